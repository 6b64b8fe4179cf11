"""Whoever has no record though they must is judged on a decoy: it must be there, whole and writable like any record."""

import resource
import shutil
import sys
from pathlib import Path

import faults
import oath
import pytest
from pamstack import CODE_PROMPT, code_for
from script import Ask

sys.path.insert(0, str(Path(__file__).parents[1] / "Format"))
import read_record

PERMIT = ["auth required pam_permit.so"]
# Nobody, and somebody without a record.
WITHOUT = {"nobody-such": "unknown-user", "bob": "not-enrolled"}


@pytest.fixture(params=WITHOUT)
def name(request):
    return request.param


def _touched(world, name, code="123456"):
    """The one file that a refused login changed, and the reason in the log."""
    before = world.tree()
    outcome = world.login(name, code)
    assert outcome.code == "PAM_AUTH_ERR"
    path, = world.changed_since(before)
    return path, outcome.event["reason"]


def test_each_name_has_its_decoy(world, name):
    path, reason = _touched(world, name)
    assert reason == WITHOUT[name] and path in map(str, world.decoys)
    for code in ("654321", "x", "123456 654321", "AAAA-AAAA"):
        assert _touched(world, name, code) == (path, reason)


def _token(world, decoy):
    """The token in a decoy's record, as the independent reader of the format has it."""
    key = world.key.read_bytes()
    record = read_record.read_record({read_record.key_id(key): key}, decoy.read_bytes(), 2 ** 32 - 1, decoy.name.encode())
    token, = record["tokens"]
    return oath.Token(token["key"], token["algorithm"], token["digits"], token["period"])


def test_the_right_code_of_a_decoy_lets_nobody_in(world, name):
    """The first thing that is ever typed for that decoy: nothing is spent, nothing is closed."""
    fresh = {decoy: decoy.read_bytes() for decoy in world.decoys}
    decoy = Path(_touched(world, name)[0])
    decoy.write_bytes(fresh[decoy])
    token = _token(world, decoy)
    for code in (token.code(), f"{token.code(1)} {token.code(2)}"):
        assert _touched(world, name, code) == (str(decoy), WITHOUT[name])


def test_names_are_spread_over_the_decoys(world):
    used = {_touched(world, f"nobody-{number}")[0] for number in range(40)}
    assert len(used) >= 8       # of 16: fewer hardly ever


def test_a_decoy_opens_to_nothing(make_world, name):
    """Whatever `nullok` and the policy say to others, a decoy's owner is nobody, and nothing typed is right."""
    world = make_world(deny=1, explain="yes")
    for _ in range(3):
        outcome = world.login(name, "123456", remarks=True)
        assert outcome.code == "PAM_AUTH_ERR" and outcome.event["reason"] == WITHOUT[name]


def test_a_locked_decoy_looks_like_a_fresh_one(make_world, name):
    """Names share decoys: what one has done is not told to another."""
    world = make_world(deny=1)
    outcomes = [world.login(name, code) for code in ("123456", "654321", "999999")]
    assert {(outcome.code, outcome.event["reason"]) for outcome in outcomes} == {("PAM_AUTH_ERR", WITHOUT[name])}


@pytest.mark.parametrize("fault, reason", [
    (faults.missing, "record-missing"), (faults.empty, "record-corrupt"), (faults.a_symlink, "record-unsafe"),
    (faults.readable_by_all, "record-unsafe"), (faults.a_hard_link, "record-unsafe"),
    (faults.owned_by_somebody, "record-unsafe"), (faults.a_fifo, "record-unsafe"), (faults.a_file, "record-corrupt"),
], ids=lambda value: getattr(value, "__name__", value))
def test_a_faulty_decoy_is_an_error(world, name, fault, reason):
    """No proof of absence: never PAM_SUCCESS, never PAM_IGNORE, whatever is typed."""
    person = world.enrol("alice")
    for decoy in world.decoys:
        fault(decoy)
    before = world.tree()
    for code in ("123456", "123456 654321", "AAAA-AAAA", "x"):
        outcome = world.stack("nullok", after=PERMIT).authenticate(name, code_for(code), limit=8)
        assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
        assert outcome.event["reason"] == reason
    assert world.tree() == before
    assert world.login("alice", person.token.code).code == "PAM_SUCCESS"


def test_who_may_pass_needs_no_decoy(make_world):
    world = make_world(required="none")
    for decoy in world.decoys:
        decoy.unlink()
    assert world.stack("nullok", after=PERMIT).authenticate("bob", []).code == "PAM_SUCCESS"


def test_init_makes_missing_ones_again(world, name):
    for decoy in world.decoys[3:]:
        decoy.unlink()
    kept = [decoy.read_bytes() for decoy in world.decoys]
    world.twostep("init")
    assert len(world.decoys) == 16 and [decoy.read_bytes() for decoy in world.decoys[:3]] == kept
    assert _touched(world, name)[1] == WITHOUT[name]


def test_no_decoy_serves_for_an_account(world, uid):
    """A record belongs to one account: nobody's record in somebody's place is refused, and somebody's in nobody's."""
    person = world.enrol("alice")
    sound, decoy = world.record_of("alice").read_bytes(), world.decoys[0].read_bytes()
    world.record_of("alice").write_bytes(decoy)
    outcome = world.login("alice", person.token.code)
    assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTHINFO_UNAVAIL", "record-corrupt")
    for path in world.decoys:
        path.write_bytes(sound)
    outcome = world.login("nobody-such", person.token.code)
    assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTHINFO_UNAVAIL", "record-corrupt")
    world.record_of("alice").write_bytes(sound)
    assert world.login("alice", person.token.code).code == "PAM_SUCCESS"


def test_a_limit_on_the_size_of_files(world, name):
    before = world.tree()
    outcome = world.login(name, "123456", before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)))
    assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTHINFO_UNAVAIL", "not-writable")
    assert world.tree() == before


def test_the_records_go_meanwhile(world, name):
    """While the person types: an error, not a decoy's refusal."""
    def answer():
        shutil.rmtree(world.users)
        return "123456"
    outcome = world.stack().authenticate(name, [Ask(CODE_PROMPT, answer)])
    assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTHINFO_UNAVAIL", "store-missing")

"""Law 8: nothing to learn by asking.

Somebody who does not exist, one who is not enrolled though they must be, one who is locked and one with a wrong code get the
same prompt, the same PAM_AUTH_ERR, nothing else, after the same time. The statistic for the time is the probability that a
login of one kind takes longer than one of another (stopwatch.superiority): 0.5 is "cannot be told apart". With N logins of
each kind its standard deviation is sqrt((2N + 1) / (12 N^2)), 0.020 for 400 and 0.075 for 30; the bounds are five of them.
The store lies in memory, where what is left of the disk's noise hides least.
"""

import itertools
import subprocess
import sys
from pathlib import Path

import oath
import pytest
import stopwatch

sys.path.insert(0, str(Path(__file__).parents[1] / "Format"))
import read_record

MODULE = next(str(path) for path in Path("/lib").glob("*/security/pam_twostep.so"))


@pytest.fixture
def quiet(folder, make_world):
    """An installation whose store is in memory: alice is enrolled, bob is locked, carol is not enrolled."""
    store = folder / "store"
    store.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=700,size=16m", "quiet", store], check=True)
    world = make_world()
    yield world
    subprocess.run(["umount", "-l", store], check=True)


def _cases(world, answer):
    alice, bob = world.enrol("alice"), world.enrol("bob")
    for _ in range(5):
        assert world.login("bob", bob.token.wrong()).code == "PAM_AUTH_ERR"
    assert world.login("bob", bob.token.code()).event["reason"] == "locked"
    decoys = sorted(world.users.glob("decoy-*"))
    assert len(decoys) == 16
    record, locked = world.record_of("alice"), world.record_of("bob")
    # The same work of putting back for everybody, so that caches are as warm for each.
    return {
        "wrong": stopwatch.Case("alice", answer(alice), record, *decoys),
        "locked": stopwatch.Case("bob", answer(bob), locked, *decoys),
        "not enrolled": stopwatch.Case("carol", answer(alice), record, *decoys),
        "unknown": stopwatch.Case("nobody-here", answer(alice), record, *decoys),
    }


def _assert_alike(world, cases, rounds, bound):
    times, codes = stopwatch.measure(world.stack(), cases, rounds, MODULE)
    assert codes == {name: ["PAM_AUTH_ERR"] for name in cases}
    told_apart = {pair: round(stopwatch.superiority(times[pair[0]], times[pair[1]]), 3)
                  for pair in itertools.combinations(cases, 2)}
    print(told_apart)
    assert all(abs(value - 0.5) <= bound for value in told_apart.values()), told_apart


def test_the_statistic_tells_what_differs():
    assert stopwatch.superiority([1, 2, 3], [1, 2, 3]) == 0.5
    assert stopwatch.superiority([4, 5, 6], [1, 2, 3]) == 1
    assert stopwatch.superiority([1, 1], [1, 2]) == 0.25


def test_times_of_codes_cannot_be_told_apart(quiet):
    cases = _cases(quiet, lambda person: person.token.wrong().encode())
    _assert_alike(quiet, cases, rounds=400, bound=0.1)


def test_times_of_pairs_cannot_be_told_apart(quiet):
    """Each is put back to before its pause: what is judged is the first wrong pair."""
    cases = _cases(quiet, lambda person: b"123456 654322")
    _assert_alike(quiet, cases, rounds=400, bound=0.1)


def test_times_of_backup_codes_cannot_be_told_apart(quiet):
    """One bcrypt each, whoever it is: without it the times would not even overlap."""
    cases = _cases(quiet, lambda person: b"AAAA-AAAA")
    _assert_alike(quiet, cases, rounds=30, bound=0.375)


@pytest.mark.parametrize("answer", ["123456", "AAAA-AAAA", "123456 654322", "", "no code", "1" * 500])
def test_the_same_prompt_the_same_result_and_nothing_else(world, answer):
    """The harness fails where anything is asked or told that the script does not say."""
    world.enrol("alice")
    bob = world.enrol("bob")
    for _ in range(5):
        world.login("bob", bob.token.wrong())
    seen = {}
    for user in ("alice", "bob", "carol", "nobody-here"):
        outcome = world.login(user, answer)
        assert len(outcome.events) == 1
        seen[user] = (outcome.code, outcome.delay, outcome.remarks)
    assert all(value == ("PAM_AUTH_ERR", 0, []) for value in seen.values()), seen


def test_a_decoy_never_lets_anybody_in(world):
    """Not even with the codes that its own record would accept; the independent reader tells its key."""
    for user in ("carol", "nobody-here"):
        for number in range(16):
            code = _decoys_token(world, number).code()
            assert world.login(user, code).code == "PAM_AUTH_ERR"


def _decoys_token(world, number):
    name = f"decoy-{number:02}"
    record = read_record.read_record(
        world.key.read_bytes(), (world.users / name).read_bytes(), 2 ** 32 - 1, name.encode())
    [token] = record["tokens"]
    return oath.Token(token["key"], token["algorithm"], token["digits"], token["period"])


def test_decoys_are_written_as_records_are(world):
    """One decoy changes for each refusal of somebody without a record, and it is the same one for the same name."""
    for user in ("nobody-here", "carol"):
        changed = []
        for _ in range(2):
            before = {path: path.read_bytes() for path in world.users.iterdir()}
            assert world.login(user, "123456").code == "PAM_AUTH_ERR"
            changed.append([path.name for path in before if path.read_bytes() != before[path]])
        assert len(changed[0]) == 1 and changed[0] == changed[1]


def test_a_missing_decoy_is_an_error_and_init_puts_it_back(world):
    for path in world.users.glob("decoy-*"):
        path.unlink()
    outcome = world.login("nobody-here", "123456")
    assert (outcome.code, outcome.event["reason"], outcome.event["cause"]) == (
        "PAM_AUTHINFO_UNAVAIL", "record-missing", "decoy")
    world.twostep("init")
    assert len(list(world.users.glob("decoy-*"))) == 16
    assert world.login("nobody-here", "123456").code == "PAM_AUTH_ERR"


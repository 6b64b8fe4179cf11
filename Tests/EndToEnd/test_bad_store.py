"""A store that is missing, empty or short of something proves nothing: never PAM_SUCCESS, never PAM_IGNORE."""

import shutil

import faults
import pytest
from pamstack import CODE_PROMPT, code_for
from script import Ask

PERMIT = ["auth required pam_permit.so"]

CASES = {
    "the key is missing": ("key", faults.missing, "key-missing"),
    "the key is empty": ("key", faults.empty, "key-invalid"),
    "the store is missing": ("store", faults.missing, "store-missing"),
    "the store is empty": ("store", faults.empty, "store-missing"),
    "the marker is missing": ("marker", faults.missing, "marker-missing"),
    "the marker is empty": ("marker", faults.empty, "marker-corrupt"),
    "the index is missing": ("index", faults.missing, "index-missing"),
    "the index is empty": ("index", faults.empty, "index-corrupt"),
    "the users' folder is missing": ("users", faults.missing, "store-missing"),
    "the users' folder is empty": ("users", faults.empty, "record-missing"),
}


@pytest.fixture
def world(make_world):
    """An installation whose policy lets the unenrolled pass."""
    return make_world(required="none")


def _enrolled_login(world, person):
    """alice with her right code, in the stack that is most inclined to let pass."""
    return world.stack("nullok", after=PERMIT).authenticate("alice", code_for(person.token.code))


@pytest.mark.parametrize("what, fault, reason", CASES.values(), ids=CASES.keys())
def test_enrolled(world, what, fault, reason):
    person = world.enrol("alice")
    fault(getattr(world, what))
    before = world.tree()
    outcome = _enrolled_login(world, person)
    if what not in faults.NEEDED_BY_THE_ENROLLED:
        assert outcome.code == "PAM_SUCCESS"
        return
    assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
    assert outcome.event["reason"] == reason
    assert world.tree() == before


@pytest.mark.parametrize("what, fault, reason",
                         [case for case in CASES.values() if case[2] != "record-missing"],
                         ids=[name for name, case in CASES.items() if case[2] != "record-missing"])
def test_unenrolled_with_leave_to_pass(world, what, fault, reason):
    world.enrol("alice")
    fault(getattr(world, what))
    before = world.tree()
    outcome = world.stack("nullok", after=PERMIT).authenticate("bob", code_for("123456"))
    assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
    assert outcome.event["reason"] == reason
    assert world.tree() == before


def test_short_of_one_record(world, uid):
    people = {name: world.enrol(name) for name in ("alice", "bob")}
    world.record(uid("alice")).unlink()
    outcome = world.stack("nullok", after=PERMIT).authenticate(
        "alice", code_for(people["alice"].token.code))
    assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
    assert outcome.event["reason"] == "record-missing"
    assert world.login("bob", people["bob"].token.code).code == "PAM_SUCCESS"


def test_a_record_that_the_index_does_not_know(world):
    """The record proves itself (docs/adr/0008-what-an-enrolled-login-reads.md), and counts."""
    index = world.index.read_bytes()
    person = world.enrol("alice")
    world.index.write_bytes(index)
    stack = world.stack("nullok", after=PERMIT)
    assert stack.authenticate("alice", code_for(person.token.wrong())).code == "PAM_AUTH_ERR"
    assert _enrolled_login(world, person).code == "PAM_SUCCESS"


@pytest.mark.parametrize("what", ["marker", "index"])
def test_of_another_store(world, folder, what):
    """It proves nobody's absence, and is no concern of those who have a record."""
    import world as installation
    (folder / "other").mkdir()
    other = installation.World(folder / "other", key=world.key)
    person = world.enrol("alice")
    getattr(world, what).write_bytes(getattr(other, what).read_bytes())
    outcome = world.stack("nullok", after=PERMIT).authenticate("bob", code_for("123456"))
    assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
    assert (outcome.event["reason"], outcome.event["cause"]) == ("index-corrupt", "not-authentic")
    assert _enrolled_login(world, person).code == "PAM_SUCCESS"


@pytest.mark.parametrize("what", ["marker", "index"])
def test_every_byte_of_it_counts(world, what):
    """A flipped bit anywhere in the sealed files is found."""
    person = world.enrol("alice")
    path = getattr(world, what)
    sound = path.read_bytes()
    places = range(len(sound)) if len(sound) <= 256 else [
        *range(96), *range(96, len(sound) - 32, len(sound) // 64), *range(len(sound) - 32, len(sound))]
    for place in places:
        path.write_bytes(sound[:place] + bytes([sound[place] ^ 1 << place % 8]) + sound[place + 1:])
        outcome = world.stack("nullok", after=PERMIT).authenticate("bob", code_for("123456"))
        assert outcome.code == "PAM_AUTHINFO_UNAVAIL", f"byte {place}"
    path.write_bytes(sound)
    assert world.stack("nullok", after=PERMIT).authenticate("bob", []).code == "PAM_SUCCESS"
    assert world.login("alice", person.token.code).code == "PAM_SUCCESS"


def test_another_key(world):
    person = world.enrol("alice")
    key = bytearray(world.key.read_bytes())
    key[31] ^= 1
    world.key.chmod(0o600)
    world.key.write_bytes(key)
    world.key.chmod(0o400)
    assert world.login("alice", person.token.code).code == "PAM_AUTHINFO_UNAVAIL"


@pytest.mark.parametrize("size", [1, 31, 33, 64, 100_000])
def test_a_key_of_another_size(world, size):
    person = world.enrol("alice")
    world.key.chmod(0o600)
    world.key.write_bytes(b"k" * size)
    world.key.chmod(0o400)
    outcome = world.login("alice", person.token.code)
    assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
    assert outcome.event["reason"] == "key-invalid"


class TestWhilePrompting:
    """What happens to the store while the person types counts: all is read again."""

    def test_the_record_vanishes(self, world, uid):
        person = world.enrol("alice")

        def answer():
            world.record(uid("alice")).unlink()
            return person.token.code()
        outcome = world.stack("nullok", after=PERMIT).authenticate("alice", code_for(answer))
        assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
        assert outcome.event["reason"] in ("record-vanished", "record-missing")

    def test_the_store_is_moved_away(self, world, uid):
        """Either it is an error, or the code was spent where the store is now: never neither."""
        person = world.enrol("alice")
        elsewhere = world.folder / "elsewhere"
        record = world.record(uid("alice")).read_bytes()

        def answer():
            world.store.rename(elsewhere)
            return person.token.code()
        outcome = world.login("alice", answer)
        if outcome.code != "PAM_AUTHINFO_UNAVAIL":
            assert outcome.code == "PAM_SUCCESS"
            assert (elsewhere / "users" / str(uid("alice"))).read_bytes() != record

    def test_another_login_spends_the_code(self, world):
        person = world.enrol("alice")
        code = person.token.code()

        def answer():
            assert world.login("alice", code).code == "PAM_SUCCESS"
            return code
        outcome = world.stack().authenticate("alice", code_for(answer))
        assert outcome.code == "PAM_AUTH_ERR"

    def test_another_login_with_another_code_does_no_harm(self, world):
        """Measured on the most used module of this kind: the waiting login was refused."""
        person = world.enrol("alice")

        def answer():
            assert world.login("alice", person.token.code(0)).code == "PAM_SUCCESS"
            return person.token.code(1)
        assert world.stack().authenticate("alice", code_for(answer)).code == "PAM_SUCCESS"

    def test_the_person_is_enrolled_meanwhile(self, world):
        """They were asked, as one who must be; now there is a record, and it counts."""
        stack = world.stack()

        def answer():
            return world.enrol("alice").token.code()
        assert stack.authenticate("alice", [Ask(CODE_PROMPT, answer)]).code == "PAM_SUCCESS"

    def test_the_configuration_breaks(self, world):
        """The configuration was read once, when the login began: no half of each."""
        person = world.enrol("alice")

        def answer():
            shutil.copy("/bin/true", world.config)
            return person.token.code()
        assert world.login("alice", answer).code == "PAM_SUCCESS"
        assert world.login("alice", person.token.code(1)).code == "PAM_AUTHINFO_UNAVAIL"

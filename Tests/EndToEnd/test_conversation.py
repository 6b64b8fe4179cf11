"""What one handle keeps between calls, what is shown, and what is not."""

import libpam
import pytest
from pamstack import CODE_PROMPT, code_for
from script import Ask, Set, Told

PERMIT = ["auth required pam_permit.so"]


def _asks(*answers):
    return [Ask(CODE_PROMPT, answer) for answer in answers]


class TestTwoCallsOnOneHandle:
    """PAM_USER is what it is when a call begins, whoever it was in the call before."""

    def test_another_user(self, world):
        alice, bob = world.enrol("alice"), world.enrol("bob")
        outcome = world.stack().call(["authenticate", Set("user", b"bob"), "authenticate"], "alice",
                                     _asks(alice.token.code(), bob.token.code()))
        assert outcome.codes == ["PAM_SUCCESS"] * 2
        assert [event["user"] for event in outcome.events] == ["alice", "bob"]

    def test_what_one_had_right_counts_for_one(self, world):
        alice = world.enrol("alice")
        world.enrol("bob")
        later = alice.token.code(1)
        outcome = world.stack().call(["authenticate", Set("user", b"bob"), "authenticate"], "alice",
                                     _asks(alice.token.code(), later))
        assert outcome.codes == ["PAM_SUCCESS", "PAM_AUTH_ERR"]
        assert outcome.events[1]["reason"] == "wrong-code"

    def test_from_one_who_passes_to_one_who_does_not(self, make_world):
        world = make_world(required="none")
        alice = world.enrol("alice")
        stack = world.stack("nullok", after=PERMIT)
        calls = ["authenticate", Set("user", b"alice"), "authenticate"]
        for code, said in ((alice.token.wrong(), "PAM_AUTH_ERR"), (alice.token.code(), "PAM_SUCCESS")):
            assert stack.call(calls, "bob", _asks(code)).codes == ["PAM_SUCCESS", said]

    def test_the_same_user_again(self, world):
        alice = world.enrol("alice")
        code = alice.token.code()
        outcome = world.stack().call(["authenticate", "authenticate"], "alice", _asks(code, code))
        assert outcome.codes == ["PAM_SUCCESS", "PAM_AUTH_ERR"]
        assert outcome.events[1]["reason"] == "already-used"

    def test_the_configuration_and_the_host_are_read_again(self, world):
        """Nothing is remembered from call to call."""
        alice = world.enrol("alice")

        def answer():
            world.configure(explain="yes")
            return alice.token.wrong()
        calls = ["authenticate", Set("rhost", b"192.0.2.7"), "authenticate"]
        outcome = world.stack().call(calls, "alice", _asks(answer, "x"), remarks=True)
        assert "that is not a code" in outcome.remarks[0]
        assert [event.get("rhost") for event in outcome.events] == [None, "192.0.2.7"]


class TestSilent:
    """PAM_SILENT, which sudo sets: the prompt and nothing else, whatever happens."""

    @pytest.fixture
    def world(self, make_world):
        return make_world(explain="yes", deny=2)

    def test_refused_and_locked(self, world):
        person = world.enrol("alice")
        wrong = person.token.wrong(2)
        for code, said in ((wrong[0], "PAM_AUTH_ERR"), ("x", "PAM_AUTH_ERR"), (wrong[1], "PAM_AUTH_ERR"),
                           (person.token.code(), "PAM_MAXTRIES")):
            assert world.login("alice", code, flags=libpam.SILENT).code == said

    def test_a_backup_code(self, world):
        person = world.enrol("alice")
        assert world.login("alice", person.backup_codes[0], flags=libpam.SILENT).code == "PAM_SUCCESS"

    def test_an_error(self, world):
        world.enrol("alice")
        world.record_of("alice").write_bytes(b"")
        assert world.login("alice", "123456", flags=libpam.SILENT).code == "PAM_AUTHINFO_UNAVAIL"


def test_how_many_backup_codes_are_left(make_world):
    """From two left on, the person is told what to do about it."""
    world = make_world(backup_codes=4)
    person = world.enrol("alice")
    hint = Told("twostep: ask your administrator for new backup codes")
    for used, code in enumerate(person.backup_codes, start=1):
        script = [*code_for(code), Told(f"twostep: backup code accepted, {4 - used} left")]
        outcome = world.stack().authenticate("alice", script + [hint] if 4 - used <= 2 else script)
        assert (outcome.code, outcome.event["left"]) == ("PAM_SUCCESS", str(4 - used))

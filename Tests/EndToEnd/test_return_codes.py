"""The contract's table of return codes, through a real stack, row by row."""

import oath
import pytest
from pamstack import CODE_PROMPT, code_for
from script import ASKS_AGAIN_LATER, Ask, FAILS, GIVES_NO_ARRAY, GIVES_NULL_TEXT, Told

PERMIT = ["auth required pam_permit.so"]


class TestAccepted:
    """A right code: PAM_SUCCESS, once."""

    @pytest.mark.parametrize("options", [
        [],
        ["--algorithm", "SHA256"],
        ["--algorithm", "SHA512"],
        ["--digits", "7"],
        ["--digits", "8", "--algorithm", "SHA512", "--period", "60"],
        ["--period", "15"],
    ], ids=" ".join)
    def test_totp(self, world, options):
        person = world.enrol("alice", *options)
        outcome = world.login("alice", person.token.code)
        assert outcome.code == "PAM_SUCCESS"
        assert outcome.event["event"] == "accepted"
        assert outcome.event["method"] == "totp"
        assert outcome.event["user"] == "alice"

    @pytest.mark.parametrize("step", [-1, 1])
    def test_a_step_early_or_late(self, world, step):
        person = world.enrol("alice")
        oath.steady()
        assert world.login("alice", person.token.code(step)).code == "PAM_SUCCESS"

    def test_hotp(self, world):
        person = world.enrol("alice", "--hotp")
        assert world.login("alice", person.token.hotp(0)).code == "PAM_SUCCESS"
        outcome = world.login("alice", person.token.hotp(5))
        assert outcome.code == "PAM_SUCCESS"
        assert outcome.event["method"] == "hotp"
        for spent in range(6):
            assert world.login("alice", person.token.hotp(spent)).code == "PAM_AUTH_ERR"

    def test_backup_code_says_how_many_are_left(self, full_world):
        person = full_world.enrol("alice")
        stack = full_world.stack()
        outcome = stack.authenticate("alice", [
            Ask(CODE_PROMPT, person.backup_codes[3]),
            Told("twostep: backup code accepted, 9 left")])
        assert outcome.code == "PAM_SUCCESS"
        assert outcome.event["method"] == "backup-code"
        outcome = stack.authenticate("alice", [
            Ask(CODE_PROMPT, person.backup_codes[0].lower().replace("-", " ")),
            Told("twostep: backup code accepted, 8 left")])
        assert outcome.code == "PAM_SUCCESS"

    def test_an_imported_secret(self, world):
        secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"     # RFC 6238, appendix B
        person = world.enrol("alice", "--secret", secret, "--digits", "8")
        assert person.secret == secret
        assert world.login("alice", person.token.code).code == "PAM_SUCCESS"

    def test_every_user_has_a_record_of_their_own(self, world):
        people = {name: world.enrol(name) for name in ("alice", "bob")}
        assert world.login("alice", people["bob"].token.code).code == "PAM_AUTH_ERR"
        assert world.login("bob", people["bob"].token.code).code == "PAM_SUCCESS"
        assert world.login("alice", people["alice"].token.code).code == "PAM_SUCCESS"


class TestIgnored:
    """An unenrolled user, and both `nullok` and policy let it pass, proven: PAM_IGNORE."""

    def test_both_say_so(self, make_world):
        world = make_world(required="none")
        outcome = world.stack("nullok", after=PERMIT).authenticate("alice", [])
        assert outcome.code == "PAM_SUCCESS"
        assert outcome.event["event"] == "ignored"
        # Alone, a module that only abstains lets nobody in: it was PAM_IGNORE, not PAM_SUCCESS.
        assert world.stack("nullok").authenticate("alice", []).code == "PAM_PERM_DENIED"

    @pytest.mark.parametrize("required, argument", [("none", "debug"), ("all", "nullok"),
                                                    ("all", "debug")])
    def test_one_alone_does_not(self, make_world, required, argument):
        world = make_world(required=required)
        outcome = world.stack(argument, after=PERMIT).authenticate("alice", code_for("123456"))
        assert outcome.code == "PAM_AUTH_ERR"
        assert outcome.event["reason"] == "not-enrolled"

    def test_an_enrolled_user_is_asked_all_the_same(self, make_world):
        world = make_world(required="none")
        person = world.enrol("alice")
        stack = world.stack("nullok", after=PERMIT)
        assert stack.authenticate("alice", code_for(person.token.wrong())).code == "PAM_AUTH_ERR"
        assert stack.authenticate("alice", code_for(person.token.code)).code == "PAM_SUCCESS"

    def test_somebody_who_does_not_exist_is_not_let_past(self, make_world):
        world = make_world(required="none")
        outcome = world.stack("nullok", after=PERMIT).authenticate("nobody-such",
                                                                  code_for("123456"))
        assert outcome.code == "PAM_AUTH_ERR"


class TestRefused:
    """Asked as usual, PAM_AUTH_ERR; the reason stands in the log alone."""

    def test_wrong(self, world):
        person = world.enrol("alice")
        outcome = world.login("alice", person.token.wrong)
        assert outcome.code == "PAM_AUTH_ERR"
        assert (outcome.event["event"], outcome.event["reason"]) == ("refused", "wrong-code")

    def test_already_used(self, world):
        person = world.enrol("alice")
        code = person.token.code()
        assert world.login("alice", code).code == "PAM_SUCCESS"
        outcome = world.login("alice", code)
        assert outcome.code == "PAM_AUTH_ERR"
        assert outcome.event["reason"] == "already-used"

    def test_an_earlier_step_after_a_later_one(self, world):
        person = world.enrol("alice")
        oath.steady()
        assert world.login("alice", person.token.code(1)).code == "PAM_SUCCESS"
        for step in (1, 0, -1):
            assert world.login("alice", person.token.code(step)).code == "PAM_AUTH_ERR"

    def test_backup_code_twice(self, full_world):
        person = full_world.enrol("alice")
        code = person.backup_codes[9]
        script = [Ask(CODE_PROMPT, code), Told("twostep: backup code accepted, 9 left")]
        assert full_world.stack().authenticate("alice", script).code == "PAM_SUCCESS"
        outcome = full_world.login("alice", code)
        assert outcome.code == "PAM_AUTH_ERR"
        assert outcome.event["reason"] == "already-used"

    @pytest.mark.parametrize("step", [-3, 3])
    def test_outside_the_window(self, world, step):
        person = world.enrol("alice")
        assert world.login("alice", person.token.code(step)).event["reason"] == "wrong-code"

    def test_unknown_user(self, world):
        outcome = world.login("nobody-such", "123456")
        assert outcome.code == "PAM_AUTH_ERR"
        assert outcome.event["reason"] == "unknown-user"

    def test_not_enrolled(self, world):
        world.enrol("bob")
        outcome = world.login("alice", "123456")
        assert outcome.code == "PAM_AUTH_ERR"
        assert outcome.event["reason"] == "not-enrolled"

    def test_locked(self, make_world):
        world = make_world(deny=3)
        person = world.enrol("alice")
        for code in person.token.wrong(3):
            assert world.login("alice", code).event["reason"] == "wrong-code"
        outcome = world.login("alice", person.token.code)
        assert outcome.code == "PAM_AUTH_ERR"
        assert outcome.event["reason"] == "locked"

    def test_a_success_starts_the_count_anew(self, make_world):
        world = make_world(deny=3)
        person = world.enrol("alice")
        for code in person.token.wrong(2):
            world.login("alice", code)
        assert world.login("alice", person.token.code(0)).code == "PAM_SUCCESS"
        for code in person.token.wrong(2):
            world.login("alice", code)
        assert world.login("alice", person.token.code(1)).code == "PAM_SUCCESS"

    def test_locked_and_explained(self, make_world):
        world = make_world(deny=3, explain="yes")
        person = world.enrol("alice")
        stack = world.stack()
        for code in person.token.wrong(3):
            outcome, told = _explained(stack, code)
            assert outcome.code == "PAM_AUTH_ERR" and "wrong" in told
        outcome, told = _explained(stack, person.token.code)
        assert outcome.code == "PAM_MAXTRIES"
        assert outcome.event["reason"] == "locked"
        assert "too many wrong codes" in told and "15 min" in told

    def test_explained(self, make_world):
        world = make_world(explain="yes")
        person = world.enrol("alice")
        code = person.token.code()
        assert world.login("alice", code).code == "PAM_SUCCESS"
        outcome, told = _explained(world.stack(), code)
        assert outcome.code == "PAM_AUTH_ERR"
        assert "used" in told


def _explained(stack, code):
    """An authentication after which the reason is told; the outcome and what was told."""
    outcome = stack.authenticate("alice", code_for(code), remarks=True)
    assert outcome.remarks and all(line.startswith("twostep: ") for line in outcome.remarks)
    return outcome, "\n".join(outcome.remarks)


class TestNoAnswer:
    """The conversation failed or gave no answer: PAM_CONV_ERR, and nothing is charged."""

    @pytest.mark.parametrize("fault", [FAILS, ASKS_AGAIN_LATER, GIVES_NO_ARRAY, GIVES_NULL_TEXT],
                             ids=["fails", "again later", "no array", "null text"])
    def test_conversation(self, world, fault):
        world.enrol("alice")
        before = world.tree()
        outcome = world.login("alice", fault)
        assert outcome.code == "PAM_CONV_ERR"
        assert outcome.event["event"] == "error"
        assert outcome.event["reason"] == "conversation-failed"
        assert world.tree() == before

    @pytest.mark.parametrize("user", ["alice", "nobody-such"])
    def test_the_same_for_those_without_a_record(self, world, user):
        assert world.login(user, FAILS).code == "PAM_CONV_ERR"


class TestOtherEntryPoints:
    """setcred and the session say yes and read nothing; account and password are errors."""

    def test_setcred_and_session(self, world):
        stack = world.stack()
        stack.write(*(f"{kind} required pam_twostep.so config=/nonexistent/twostep.conf"
                      for kind in ("auth", "session")))
        outcome = stack.call(["setcred", "open_session", "close_session"], "alice", [])
        assert outcome.codes == ["PAM_SUCCESS"] * 3

    @pytest.mark.parametrize("kind, function", [("account", "acct_mgmt"),
                                                ("password", "chauthtok")])
    def test_account_and_password(self, world, kind, function):
        stack = world.stack().write(f"{kind} required pam_twostep.so config={world.config}")
        outcome = stack.call([function], "alice", [])
        assert outcome.code == "PAM_SERVICE_ERR"
        assert {name: outcome.event[name] for name in ("event", "reason", "stack")} == {
            "event": "error", "reason": "wrong-stack", "stack": kind}

"""The arguments behind pam_twostep.so in a service file."""

import authlog
import pytest
from script import Ask


class TestArguments:
    """A module argument that is not in the contract: PAM_SERVICE_ERR, nothing asked."""

    @pytest.mark.parametrize("arguments, reason", [
        ("nulok", "unknown-argument"),
        ("NULLOK", "unknown-argument"),
        ("nullok=yes", "unknown-argument"),
        ("secret=/root/x", "unknown-argument"),
        ("prompt", "unknown-argument"),
        ("prompt=", "bad-argument"),
        ("config=twostep.conf", "repeated-argument"),
        ("debug debug", "repeated-argument"),
        ("nullok required", "contradicting-arguments"),
        ("required nullok", "contradicting-arguments"),
        ("try_first_pass use_first_pass", "contradicting-arguments"),
        ("use_first_pass debug try_first_pass", "contradicting-arguments"),
        ("forward_pass forward_pass", "repeated-argument"),
        ("use_first_pass use_first_pass", "repeated-argument"),
        ("try_first_pass=yes", "unknown-argument"),
        ("forward_pass=no", "unknown-argument"),
        ("Forward_Pass", "unknown-argument"),
    ])
    def test_bad_argument(self, world, arguments, reason):
        world.enrol("alice")
        outcome = world.stack(*arguments.split()).authenticate("alice", [])
        assert outcome.code == "PAM_SERVICE_ERR"
        assert (outcome.event["event"], outcome.event["reason"]) == ("error", reason)

    @pytest.mark.parametrize("path", ["", "relative/twostep.conf", "/etc/../etc/x", "/etc//x"])
    def test_bad_path_of_the_configuration(self, world, path):
        stack = world.stack().write(f"auth required pam_twostep.so config={path}")
        outcome = stack.authenticate("alice", [])
        assert outcome.code == "PAM_SERVICE_ERR"
        assert outcome.event["reason"] == "bad-argument"

    def test_prompt_and_echo(self, world):
        person = world.enrol("alice")
        stack = world.stack("[prompt=Six digits, please: ]", "echo_code", "debug")
        assert stack.authenticate("alice", [
            Ask("Six digits, please: ", person.token.code, style=2)]).code == "PAM_SUCCESS"

    @pytest.mark.parametrize("size, code", [(256, "PAM_SUCCESS"), (257, "PAM_SERVICE_ERR")])
    def test_length_of_the_prompt(self, world, size, code):
        person = world.enrol("alice")
        text = "p" * size
        script = [Ask(text, person.token.code)] if code == "PAM_SUCCESS" else []
        assert world.stack(f"prompt={text}").authenticate("alice", script).code == code

    def test_a_prompt_may_be_in_any_language(self, world):
        person = world.enrol("alice")
        stack = world.stack("[prompt=Código del teléfono — ¿cuál es?: ]")
        assert stack.authenticate("alice", [Ask("Código del teléfono — ¿cuál es?: ", person.token.code)]).code == \
            "PAM_SUCCESS"


class TestRequired:
    """`required`: nobody passes without a second step, whatever the configuration says."""

    def test_over_the_configuration(self, make_world):
        world = make_world(required="none")
        for arguments in (["required"], ["required", "debug"], []):
            outcome = world.stack(*arguments, after=["auth required pam_permit.so"]).authenticate(
                "bob", [Ask("Verification code: ", "123456")])
            assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTH_ERR", "not-enrolled"), arguments


class TestDebug:
    """`debug`: one more line, which says how the decision came about, and holds no secret."""

    @pytest.mark.parametrize("setting, arguments, nullok, required", [
        ("all", [], "no", "all"), ("none", [], "no", "none"), ("none", ["nullok"], "yes", "none"),
        ("none", ["required"], "no", "all"), ("all", ["nullok"], "yes", "all")])
    def test_line(self, make_world, setting, arguments, nullok, required):
        world = make_world(required=setting)
        person = world.enrol("alice")
        outcome = world.stack("debug", *arguments).authenticate(
            "alice", [Ask("Verification code: ", person.token.code)])
        decision, line = map(authlog.event, outcome.log)
        assert decision["event"] == "accepted"
        assert {name: line[name] for name in ("event", "config", "store", "nullok", "required")} == {
            "event": "debug", "config": str(world.config), "store": str(world.store), "nullok": nullok,
            "required": required}
        assert line["version"] and "\n".join(outcome.log).count(person.secret) == 0

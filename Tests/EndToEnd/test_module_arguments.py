"""The arguments behind pam_twostep.so in a service file."""

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

"""Lines of the configuration that no login looks at: a bad one stands in no command's way, but in that of mail."""

import json

import pytest
import tool

BAD = ["mail = foo", "mail_admin = foo bar", "notify = foo", "mail_command = sendmail", "recovery = foo",
       "deliver_command = foo"]
COMMANDS = [["init"], ["status"], ["list", "--json"], ["unlock", "alice"], ["invite", "bob"],
            ["backup-codes", "alice"], ["verify", "alice"], ["key", "rotate"],
            ["disable", "alice", "--override", "--reason", "test"]]


def test_every_command_is_carried_out(world):
    person = world.enrol("alice")
    text = world.config.read_text()
    world.config.write_text(text + "mail_admin = foo bar\n")
    number = len(text.splitlines()) + 1
    for command in COMMANDS:
        done = world.run(*command, input=person.token.code() + "\n")
        assert done.returncode == 0, (command, done)
        warning, hint = done.stderr.splitlines()[:2]
        assert warning.startswith(f"twostep: warning: {world.config}:{number}: bad value for 'mail_admin': "), done
        assert "nothing may follow" not in warning and "until then nobody gets mail" in hint
    assert not world.record_of("alice").exists()


@pytest.mark.parametrize("line", BAD)
def test_each_of_them(world, line):
    world.config.write_text(world.config.read_text() + line + "\n")
    done = world.run("list", "--json")
    assert done.returncode == 0 and json.loads(done.stdout) == [], done
    assert done.stderr.count("twostep: warning: ") == 1 and f"'{line.split()[0]}'" in done.stderr


def test_what_needs_mail_fails(world):
    world.enrol("alice")
    world.config.write_text(world.config.read_text() + "mail = foo\n")
    done = world.run("contact", "alice", "--set", "alice@example.org")
    tool.fails(done, tool.EX_CONFIG, "bad value for 'mail'")


@pytest.mark.parametrize("path", ["relative", "./relative", "/etc/../etc/twostep/twostep.conf"])
def test_a_configuration_is_named_by_an_absolute_path(world, path):
    for command in ("list", "doctor"):
        tool.fails(tool.run(command, "--config", path), tool.EX_USAGE, f"not an absolute path: {path}")

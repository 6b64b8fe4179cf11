"""Errors that every command has in common, and the tool's own manners."""

import os
import re

import faults
import pytest
import tool
from tool import add_token, security_key

COMMANDS = (["init"], ["enroll", "alice", "--provision"], ["status", "alice"], ["status"],
            ["list"], ["verify", "alice"], ["unlock", "alice"], ["invite", "alice"], ["backup-codes", "alice"],
            ["backup-codes", "alice", "--regenerate", "--override", "--reason", "x", "--json"],
            ["token", "add", "alice", "--provision"],
            ["token", "add", "alice", "--ssh-key", security_key()],
            ["token", "remove", "alice", "2"], ["token", "rename", "alice", "2", "x"],
            ["token", "resync", "alice", "2"], ["disable", "alice"], ["key", "rotate"])
AFTER_INIT = COMMANDS[1:]
OF_ONE_USER = COMMANDS[5:-1]


def _name(command):
    """A test's name must not hold a key, which is another one each time."""
    return " ".join(command)[:24]


@pytest.mark.parametrize("command", COMMANDS, ids=_name)
def test_not_root(world, command):
    """What an owner may do for themselves goes through the service (test_owner_commands.py), which has its own file."""
    done = tool.run(*command, "--config", world.config,
                    prefix=["setpriv", "--reuid=bob", "--regid=bob", "--init-groups"])
    tool.fails(done, tool.EX_NOPERM, "only root", "sudo")


@pytest.mark.parametrize("command", AFTER_INIT, ids=_name)
def test_not_initialised(folder, command):
    config = folder / "twostep.conf"
    config.write_text(f"store = {folder}/store\nkey = {folder}/key\n")
    done = tool.run(*command, "--config", config, input="123456\n")
    tool.fails(done, tool.EX_CONFIG, "not initialised", "twostep init")
    assert {path.name for path in folder.iterdir()} == {"twostep.conf"}


@pytest.mark.parametrize("what", ["config", "key", "store", "marker", "index", "users"])
@pytest.mark.parametrize("command", [["enroll", "bob", "--provision"], ["list"], ["status"]],
                         ids=" ".join)
def test_unsafe(world, what, command):
    world.enrol("alice")
    faults.writable_by_all(getattr(world, what))
    before = world.tree()
    reason = f"{'store' if what == 'users' else what}-unsafe"
    tool.fails(world.run(*command), tool.EX_CONFIG, reason)
    assert world.tree() == before


@pytest.mark.parametrize("what", ["config", "key", "store", "users", "record"])
@pytest.mark.parametrize("command", [["status", "alice"], *OF_ONE_USER], ids=_name)
def test_unsafe_for_one_user(world, what, command):
    person = world.enrol("alice")
    add_token(world)
    faults.writable_by_all(world.record_of("alice") if what == "record" else getattr(world, what))
    before = world.tree()
    done = world.run(*command, input=person.token.code() + "\n")
    tool.fails(done, tool.EX_CONFIG, f"{'store' if what == 'users' else what}-unsafe")
    assert world.tree() == before


def test_a_bad_line_of_the_configuration_is_named(world):
    with world.config.open("a") as file:
        file.write("windw = 3\n")
    number = len(world.config.read_text().splitlines())
    tool.fails(world.run("list"), tool.EX_CONFIG, f"{world.config}:{number}", "windw")


def test_a_configuration_that_is_named_but_missing(folder):
    tool.fails(tool.run("list", "--config", folder / "none.conf"), tool.EX_CONFIG,
               "no configuration file", folder / "none.conf")


def test_the_configuration_may_come_from_the_environment(world):
    person = world.enrol("alice")
    done = tool.run("verify", "alice", input=person.token.code() + "\n",
                    env={**os.environ, "TWOSTEP_CONFIG": str(world.config)})
    assert done.returncode == 0, done.stderr


def test_the_option_counts_more_than_the_environment(world):
    done = tool.run("list", "--config", world.config,
                    env={**os.environ, "TWOSTEP_CONFIG": "/nonexistent"})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("arguments", [["enrol"], ["list", "extra"], ["status", "--config"],
                                       ["verify"], ["--no-such"]], ids=" ".join)
def test_usage(arguments):
    done = tool.run(*arguments)
    assert done.returncode == tool.EX_USAGE and done.stdout == "" and done.stderr


@pytest.mark.parametrize("arguments, command", [
    (["--config", "FILE", "status"], "status"), (["--config=FILE", "status", "alice"], "status"),
    (["--config", "FILE"], "COMMAND"), (["token", "--config", "FILE", "add", "alice"], "token add")], ids=str)
def test_the_configuration_is_named_behind_the_command(arguments, command):
    tool.fails_with(tool.run(*arguments), tool.EX_USAGE, "--config stands behind the command",
                    f"so: twostep {command} --config FILE; or set TWOSTEP_CONFIG")


@pytest.mark.parametrize("words, wrong, right", [
    ("enrol alice", "enrol", "enroll"), ("token ad alice", "ad", "add"), ("pam confrm", "confrm", "confirm"),
    ("backup-code alice", "backup-code", "backup-codes")])
def test_a_command_with_a_slip_in_it(words, wrong, right):
    tool.fails_with(tool.run(*words.split()), tool.EX_USAGE, f"there is no command '{wrong}'", f"did you mean '{right}'?")


@pytest.mark.parametrize("words", ["frobnicate alice", "enroll alice bob", "enroll --enrol", "", "pam"])
def test_no_command_is_guessed(words):
    assert "did you mean" not in tool.run(*words.split()).stderr.lower()


def test_what_takes_no_configuration_says_no_such_thing():
    done = tool.run("pam", "rollback", "sshd", "--config", "FILE")
    assert done.returncode == tool.EX_USAGE and "behind the command" not in done.stderr


def test_version():
    done = tool.run("--version")
    assert done.returncode == 0
    assert re.fullmatch(r"twostep \d+\.\d+\.\d+\n", done.stdout)

"""A configuration that is not understood, wholly or in one line: nobody gets in by it."""

import os

import pytest
from pamstack import code_for

BAD = {
    "an unknown name": ("windw = 3", "2"),
    "a name of a later version": ("key_source = tpm", "2"),
    "a bad number": ("window = 11", "2"),
    "a negative number": ("deny = -1", "2"),
    "a number too large for any type": ("deny = 99999999999999999999999999", "2"),
    "a word for a number": ("digits = six", "2"),
    "a bad word": ("required = nobody", "2"),
    "no value": ("window =", "2"),
    "no equals sign": ("window 3", "2"),
    "a name twice": ("window = 1\nwindow = 1", "3"),
    "a relative path": ("store = twostep", "2"),
    "a path that climbs": ("store = /var/lib/../lib/twostep", "2"),
    "a control character": ("issuer = a\x07b", "2"),
    "a NUL": ("window = 1\0", "2"),
    "a carriage return": ("window = 1\r", "2"),
    "a line without end": ("issuer = " + "a" * 2000, "2"),
}


def _with(world, text):
    """The configuration with `text` from its second line on."""
    lines = [line for line in world.config.read_text().splitlines()
             if line.split(" ")[0] not in ("window", "store")]
    world.config.write_text("\n".join([lines[0], text, *lines[1:], ""]))


@pytest.mark.parametrize("text, line", BAD.values(), ids=BAD.keys())
def test_bad_line(world, text, line):
    person = world.enrol("alice")
    _with(world, text)
    before = world.tree()
    outcome = world.login("alice", person.token.code)
    assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
    assert (outcome.event["event"], outcome.event["reason"]) == ("error", "config-invalid")
    ours = " ".join(outcome.log)
    assert str(world.config) in ours and f"line {line}" in ours.replace(":", " line "), ours
    assert world.tree() == before


@pytest.mark.parametrize("text", [b"\xff" * 100, os.urandom(5000), b"\0" * 4096, b"=" * 500],
                         ids=["0xff", "noise", "zeroes", "equals signs"])
def test_not_a_configuration_at_all(world, text):
    person = world.enrol("alice")
    world.config.write_bytes(text)
    outcome = world.login("alice", person.token.code)
    assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
    assert outcome.event["reason"] == "config-invalid"


def test_larger_than_any_configuration(world):
    person = world.enrol("alice")
    with world.config.open("a") as file:
        file.write("# comment\n" * 100_000)
    outcome = world.login("alice", person.token.code)
    assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
    assert outcome.event["reason"].startswith("config-")


def test_the_tool_names_file_and_line_too(world):
    _with(world, "windw = 3")
    done = world.run("status", "alice")
    assert done.returncode == 78        # EX_CONFIG
    assert str(world.config) in done.stderr and "2" in done.stderr and "windw" in done.stderr


def test_comments_blank_lines_and_spaces(world):
    person = world.enrol("alice")
    with world.config.open("a") as file:
        file.write("\n   \n# window = 99\n\t window\t=  2 \t\nexplain=no")
    assert world.login("alice", person.token.code).code == "PAM_SUCCESS"


def test_without_the_file_the_strictest_holds(world):
    """The defaults name the machine's own store, and there is none: an error, never leave to pass."""
    world.config.unlink()
    outcome = world.stack("nullok", after=["auth required pam_permit.so"]).authenticate(
        "alice", code_for("123456"))
    assert outcome.code == "PAM_AUTHINFO_UNAVAIL"

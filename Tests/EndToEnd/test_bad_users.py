"""Names nobody has, however strange: asked as usual, judged on a decoy, PAM_AUTH_ERR, one honest line of log."""

import authlog
import libpam
import pytest
from pamstack import CODE_PROMPT, code_for
from script import Ask

NAMES = {
    "unknown": "nobody-such",
    "a slash": "/",
    "a path": "../../../etc/passwd",
    "the record's path": "users/0",
    "dots": "..",
    "a number": "4242",
    "a format": "%s%n%08x",
    "a space": "alice bob",
    "a space behind": "alice ",
    "a newline": "alice\nevent=accepted user=alice",
    "a forged field": "x reason=none event=accepted",
    "quotes": "x\" event=accepted y='",
    "an option": "--help",
    "255 bytes": "a" * 255,
    "256 bytes": "a" * 256,
    "4096 bytes": "a" * 4096,
    "another case": "ALICE",
    "UTF-8": "ålice漢字",
    "not UTF-8": b"\xff\xfe\x80",
    "control characters": "alice\x1b[2J\x07",
    "a colon": "alice:x:0:0",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_nobody(world, name):
    person = world.enrol("alice")
    before = world.tree()
    outcome = world.login(name, person.token.code)
    assert outcome.code == "PAM_AUTH_ERR"
    assert (outcome.event["event"], outcome.event["reason"]) == ("refused", "unknown-user")
    decoy, = world.changed_since(before)
    assert decoy in map(str, world.decoys)
    line, = authlog.ours(outcome.log)
    assert line.isprintable() and "<0A>" not in line, line
    assert len(line) < 1024


@pytest.mark.parametrize("name", ["nobody-such", "../../../etc/passwd", "bob"])
def test_without_leave_nobody_passes_unenrolled(make_world, name):
    world = make_world(required="all")
    assert world.stack("nullok", after=["auth required pam_permit.so"]).authenticate(
        name, code_for("123456")).code == "PAM_AUTH_ERR"


def test_an_empty_name_is_refused(world):
    """libpam asks for a name where it is given an empty one; an empty answer ends it there."""
    outcome = world.stack().authenticate("", code_for("123456"), remarks=True)
    assert outcome.code != "PAM_SUCCESS"


def test_the_name_is_asked_where_the_application_gave_none(world):
    person = world.enrol("alice")
    script = [Ask("login:", "alice", style=2), Ask(CODE_PROMPT, person.token.code)]
    assert world.stack().authenticate(None, script).code == "PAM_SUCCESS"


def test_the_uid_is_no_name(world, uid):
    world.enrol("alice")
    assert world.login(str(uid("alice")), "123456").event["reason"] == "unknown-user"


def test_the_host_and_terminal_cannot_forge_a_line(world):
    world.enrol("alice")
    outcome = world.stack().authenticate("alice", code_for("123456"), items={
        "rhost": "h event=accepted user=root\nx", "tty": "/dev/pts/0\n", "ruser": "mal\nory"})
    assert outcome.code == "PAM_AUTH_ERR"
    assert outcome.event["event"] == "refused"
    line, = authlog.ours(outcome.log)
    assert line.isprintable(), line
    assert "<0A>" not in line         # what the listener makes of a raw newline


def test_a_user_exchanged_during_the_question_is_not_let_in(world):
    """The answer would be judged for alice and the success handed over for bob."""
    person = world.enrol("alice")

    def answer(handle):
        libpam.set_text_item(handle, "user", b"bob")
        return person.token.code()
    outcome = world.stack().authenticate("alice", [Ask(CODE_PROMPT, answer)])
    assert outcome.code == "PAM_CONV_ERR"
    # The code was not looked at: it still counts for alice.
    assert world.login("alice", person.token.code).code == "PAM_SUCCESS"

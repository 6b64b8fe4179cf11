"""twostep disable USER, as root: takes the second step away, with a code of the user's or a reason."""

import authlog
import pytest
import tool
from pamstack import code_for
from tool import EX_DATAERR, EX_NOUSER, REFUSED

OVERRIDE = ["--override", "--reason", "lost phone, ticket 123"]


@pytest.fixture
def alice(world):
    return world.enrol("alice")


def _events(mark):
    return [line.partition("event=")[2] for line in authlog.since(mark) if "event=" in line]


def _is_gone(world):
    assert not world.record_of("alice").exists() and not tool.status(world)["enrolled"]
    assert world.twostep("list").splitlines()[1:] == []
    assert world.login("alice", "123456").event["reason"] == "not-enrolled"


def test_with_a_code(world, alice):
    mark = authlog.mark()
    done = world.run("disable", "alice", input=alice.token.code() + "\n")
    tool.says(done, "Type a current code of alice's, or a backup code. It is used up.",
              "alice has no second step any more.",
              "alice must have one here: until they are enrolled again, they are refused.")
    assert _events(mark) == ["accepted method=totp user=alice token=app", "disabled user=alice by=0"]
    _is_gone(world)


def test_with_a_backup_code_and_json(world, alice):
    done = world.run("disable", "alice", "--json", input=alice.backup_codes[0] + "\n")
    assert (done.returncode, done.stdout) == (0, '{"disabled":true,"user":"alice"}\n')
    _is_gone(world)


def test_override(world, alice):
    mark = authlog.mark()
    tool.says(world.run("disable", "alice", *OVERRIDE), "alice has no second step any more.",
              "alice must have one here: until they are enrolled again, they are refused.")
    assert _events(mark) == ['disabled user=alice by=0 override=yes reason="lost phone, ticket 123"']
    _is_gone(world)


def test_override_where_no_login_works(world, alice):
    """Nor does a damaged marker or index let it be done by half."""
    world.index.write_bytes(b"x" * 100)
    before = world.tree()
    assert world.run("disable", "alice", *OVERRIDE).returncode == 74
    assert world.tree() == before


@pytest.mark.parametrize("typed", ["wrong", "nothing", "used"])
def test_without_a_right_code(world, alice, typed):
    code = alice.token.code()
    if typed == "used":
        world.login("alice", code)
    answers = {"wrong": alice.token.wrong(3), "nothing": [], "used": [code] * 3}[typed]
    before = tool.but(tool.record(world), "throttle")
    done = world.run("disable", "alice", input="".join(f"{answer}\n" for answer in answers))
    assert done.returncode == (EX_DATAERR if typed == "nothing" else REFUSED), done
    assert tool.but(tool.record(world), "throttle") == before and tool.status(world)["enrolled"]


def test_who_has_none(world, alice):
    tool.fails(world.run("disable", "bob", *OVERRIDE), EX_NOUSER, "bob is not enrolled",
               "there is nothing to disable")


def test_a_login_that_waits_meanwhile(world, alice):
    """Enrolled, disabled, enrolled anew: the old device does not count."""
    world.twostep("disable", "alice", *OVERRIDE)
    again = world.enrol("alice")
    assert world.login("alice", alice.token.code()).event["reason"] == "wrong-code"
    assert world.login("alice", again.token.code()).code == "PAM_SUCCESS"


def test_killed_between_record_and_index(world, alice):
    """The index still names her: refused, never passed; enrolling puts it right."""
    index = world.index.read_bytes()
    world.twostep("disable", "alice", *OVERRIDE)
    world.index.write_bytes(index)
    world.configure(required="none")
    permit = world.stack("nullok", after=["auth required pam_permit.so"])
    outcome = permit.authenticate("alice", code_for("123456"))
    assert outcome.code == "PAM_AUTHINFO_UNAVAIL" and outcome.event["reason"] == "record-missing", outcome
    assert world.login("alice", world.enrol("alice").token.code()).code == "PAM_SUCCESS"


@pytest.mark.parametrize("arguments", [["--override"], ["--reason", "x"], ["--override", "--reason", " "]], ids=" ".join)
def test_usage(world, alice, arguments):
    assert world.run("disable", "alice", *arguments).returncode == tool.EX_USAGE
    assert tool.status(world)["enrolled"]

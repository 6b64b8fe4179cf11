"""twostep restore: after a store was put back from a copy, nothing that was spent since counts again."""

import calendar
import functools
import json
import pwd
import shutil
import subprocess
import time

import authlog
import oath
import pytest
import tool
from terminal import Terminal
from world import TOOL


@pytest.fixture
def make_world(make_world):
    """With one backup code more than is spent."""
    return functools.partial(make_world, backup_codes=2)


@pytest.fixture
def copied(make_world):
    """A world, alice in it, and a function that puts back the store as it was then."""
    world = make_world(window=0)
    person = world.enrol("alice")
    oath.steady(seconds=8)
    assert world.login("alice", person.token.code()).code == "PAM_SUCCESS"
    copy = world.folder / "copy"
    subprocess.run(["cp", "-a", world.store, copy], check=True)

    def put_back():
        shutil.rmtree(world.store)
        subprocess.run(["cp", "-a", copy, world.store], check=True)
    return world, person, put_back


def _moment(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def _lines(world, *options):
    return tool.transcript(world.twostep("restore", *options)).splitlines()


AFTERWARDS = ["invitations and recovery codes that were given out are void; others:",
              "  twostep invite USER, or twostep recover USER --reason TEXT",
              "codes of apps count again from <time> on"]


def _verify(world, code):
    return world.run("verify", "alice", input=code + "\n").returncode


def test_what_was_spent_counts_no_more(copied):
    world, person, put_back = copied
    code = person.backup_codes[0]
    assert _verify(world, code) == 0
    put_back()
    mark = authlog.mark()
    said = json.loads(world.twostep("restore", "--json"))
    assert _moment(said.pop("appCodesFrom")) > time.time()
    assert said == {"records": 1, "backupCodesVoid": 1, "backupCodesKept": 0, "backupCodesGone": 0, "unguarded": [],
                    "refusedUntilInvited": [], "left": []}
    assert any("event=restored by=0 records=1 backup-codes=void" in line for line in authlog.since(mark))
    # The backup code of after the copy, and whatever code of the app could have been typed.
    assert world.login("alice", code).code == "PAM_AUTH_ERR"
    for steps in (0, 4):
        done = tool.later(world, steps * 30, "verify", "alice", input=person.token.code(steps) + "\n")
        assert done.returncode == tool.REFUSED, done.stdout
    # A fresh code passes. No backup code does: nobody can say which were used.
    _passes_fresh_code(world, person)
    for unspent_or_not in person.backup_codes:
        done = tool.later(world, 210, "verify", "alice", "--json", input=unspent_or_not + "\n")
        assert done.returncode == tool.REFUSED and json.loads(done.stdout)["reason"] == "already-used"
    new = json.loads(world.twostep("backup-codes", "alice", "--regenerate", "--override", "--reason", "x", "--json"))
    done = tool.later(world, 240, "verify", "alice", input=new["backupCodes"][0] + "\n")
    assert done.returncode == 0, (done.stdout, done.stderr)
    # Run again it voids those as well, and says so.
    assert json.loads(world.twostep("restore", "--json"))["backupCodesVoid"] == 1
    assert json.loads(world.twostep("restore", "--json"))["backupCodesVoid"] == 0


def _passes_fresh_code(world, person):
    done = tool.later(world, 180, "verify", "alice", input=person.token.code(at=time.time() + 180) + "\n")
    assert done.returncode == 0, (done.stdout, done.stderr)


def test_what_was_spent_may_be_kept(copied):
    """After a fresh code they count as the copy has them, and the command says so."""
    world, person, put_back = copied
    code = person.backup_codes[0]
    assert _verify(world, code) == 0
    put_back()
    assert _lines(world, "--keep-backup-codes") == [
        "people whose backup codes count as in the backup: 1",
        "  what they used since counts again; to see who did: twostep log",
        *AFTERWARDS, "  backup codes that are kept, once their owner has typed one of those",
        "records that count as used until now: 1"]
    assert _verify(world, code) == tool.REFUSED
    _passes_fresh_code(world, person)
    done = tool.later(world, 210, "verify", "alice", input=code + "\n")
    assert done.returncode == 0, (done.stdout, done.stderr)


def test_what_is_void_is_said(make_world):
    world = make_world()
    world.enrol("alice")
    assert _lines(world) == [
        "people whose backup codes count no more: 1",
        "  new ones, by themselves: twostep backup-codes --regenerate",
        '  by you: twostep backup-codes USER --regenerate --override --reason "restored"',
        "  that asks for a sentence to be typed; with --json behind it nothing is asked",
        *AFTERWARDS, "records that count as used until now: 1"]


def test_from_when_on_apps_count_again(make_world):
    """Not before, and then whatever an app shows whose clock is as far off as the window lets it be."""
    world = make_world(window=2)
    token = world.enrol("alice").token
    slow = world.enrol("bob", "--period", "60").token
    said = json.loads(world.twostep("restore", "--json"))
    start, then = time.time(), _moment(said["appCodesFrom"])
    # Seven steps of the slower one, of which this one is not over.
    assert 360 < then - start <= 420
    done = tool.later(world, then - start + 1, "verify", "bob", input=slow.code(at=then - 120) + "\n")
    assert done.returncode == 0, (done.stdout, done.stderr)
    soon = then - 180
    done = tool.later(world, soon - start, "verify", "bob", "--json", input=slow.code(at=soon - 120) + "\n")
    assert json.loads(done.stdout)["reason"] == "already-used"
    done = tool.later(world, 210, "verify", "alice", input=token.code(at=start + 210 - 60) + "\n")
    assert done.returncode == 0, (done.stdout, done.stderr)


def test_keeping_them_too_late_is_said(make_world):
    world = make_world()
    world.enrol("alice")
    world.twostep("restore")
    assert _lines(world, "--keep-backup-codes") == [
        "people who have no backup code that could be kept: 1",
        "  where a restore before this one voided them, the option came too late:",
        "  put the copy back again, and begin with restore --keep-backup-codes",
        *AFTERWARDS, "records that count as used until now: 1"]
    said = json.loads(world.twostep("restore", "--keep-backup-codes", "--json"))
    assert (said["backupCodesGone"], said["backupCodesKept"]) == (1, 0)
    # Who never had any misses none.
    world.configure(backup_codes=0)
    world.twostep("disable", "alice", "--override", "--reason", "x")
    world.enrol("alice")
    assert json.loads(world.twostep("restore", "--keep-backup-codes", "--json"))["backupCodesGone"] == 0


def test_of_nobody_nothing_is_said(make_world):
    assert make_world().twostep("restore").splitlines() == ["records that count as used until now: 0"]


def test_without_it_a_spent_code_would_count(copied):
    """What the command is for."""
    world, person, put_back = copied
    assert _verify(world, person.backup_codes[0]) == 0
    assert _verify(world, person.backup_codes[0]) == tool.REFUSED
    put_back()
    assert _verify(world, person.backup_codes[0]) == 0


def test_who_has_no_timed_code_is_named(make_world):
    world = make_world()
    world.enrol("alice")
    world.enrol("bob", "--hotp")
    said = json.loads(world.twostep("restore", "--json", "--keep-backup-codes"))
    assert said["unguarded"] == [{"backupCodes": 2, "counted": True, "user": "bob"}] and said["records"] == 2
    text = world.twostep("restore", "--keep-backup-codes")
    assert "twostep token resync bob" in text and "twostep backup-codes bob --regenerate" in text
    text = world.twostep("restore")
    assert "twostep token resync bob" in text and "backup-codes bob" not in text
    assert text.splitlines()[-1] == "records that count as used until now: 2"


def test_who_is_invited_must_begin_anew(make_world):
    """The copy may be older than the end of their enrolment: with nullok they would pass. They are named, each time."""
    world = make_world(required="none")
    for user in ("alice", "bob"):
        world.twostep("invite", user)
    world.enrol("carol")
    assert _lines(world)[-5:-2] == [AFTERWARDS[1], "people who are refused until they are invited anew: 2", "  alice, bob"]
    assert tool.status(world)["state"] == "must-reenrol"
    assert json.loads(world.twostep("restore", "--json"))["refusedUntilInvited"] == ["alice", "bob"]
    world.twostep("enroll", "alice", "--provision")
    assert json.loads(world.twostep("restore", "--json"))["refusedUntilInvited"] == ["bob"]


QUESTION = "Make them void? [y/N] "


def _at_a_terminal(world, *options, answer=None):
    """What it shows; where `answer` is none, nothing may be asked."""
    with Terminal([TOOL, "restore", *options, "--config", world.config]) as terminal:
        if answer is not None:
            terminal.answer(QUESTION, answer)
        terminal.end()
    assert (QUESTION in terminal.seen) == (answer is not None), terminal.seen
    return terminal.status, terminal.seen


def test_at_a_terminal_it_asks(make_world):
    world = make_world()
    assert _at_a_terminal(world) == (0, "records that count as used until now: 0\n")
    world.enrol("alice")
    before = world.tree()
    for answer in ("n", "", "no", "yesterday"):
        status, seen = _at_a_terminal(world, answer=answer)
        assert status == tool.REFUSED and "nothing was changed" in seen and "--yes" in seen
        assert "records that will count as used until now: 1" in seen and "  their backup codes; " in seen
    assert world.changed_since(before) == set()
    status, seen = _at_a_terminal(world, "--keep-backup-codes", answer="Y")
    assert status == 0 and "their backup codes" not in seen and tool.status(world)["backupCodesLeft"] == 2
    assert _at_a_terminal(world, "--json")[0] == 0
    assert _at_a_terminal(world, "--yes")[0] == 0 and tool.status(world)["backupCodesLeft"] == 0


def test_a_record_that_cannot_be_read_hides_no_other(make_world):
    world = make_world()
    world.enrol("alice")
    world.enrol("bob")
    world.record_of("alice").write_bytes(b"x" * 12288)
    world.record_of("alice").chmod(0o600)
    done = world.run("restore", "--json")
    assert done.returncode == tool.EX_DATAERR and "1 record is as the backup has it" in done.stderr
    said = json.loads(done.stdout)
    uid = pwd.getpwnam("alice").pw_uid
    assert said["left"] == [{"error": "record-corrupt", "uid": uid, "user": "alice"}] and said["records"] == 1


def test_bad_input(make_world):
    world = make_world()
    assert world.run("restore", "alice").returncode == tool.EX_USAGE
    world.key.unlink()
    tool.fails(world.run("restore"), tool.EX_CONFIG, world.key)
    tool.fails(tool.run("restore", prefix=["setpriv", "--reuid=65534", "--clear-groups"]), tool.EX_NOPERM, "only root")

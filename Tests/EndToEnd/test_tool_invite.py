"""twostep invite USER: a one-time enrolment code, of which the hash alone is kept, and what everything else makes of somebody
who is invited."""

import hashlib
import hmac
import json
import re
import time
from datetime import datetime, timezone

import authlog
import owner
import people
import pytest
import tool
from pamstack import code_for
from tool import EX_CANTCREAT, EX_NOUSER, EX_USAGE

CODE = re.compile(r"^      ((?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4})$", re.MULTILINE)


def _invite(world, *options, user="alice"):
    said = json.loads(world.twostep("invite", user, "--json", *options))
    assert set(said) == {"user", "code", "expires"} and said["user"] == user
    return said


def _seconds(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp()


def _events(mark):
    return [line.partition("event=")[2] for line in authlog.since(mark) if "event=" in line]


def _is_kept(world, code, user="alice"):
    """Whether this is the code whose hash is in the record: HMAC-SHA-256, by docs/file-format.md."""
    invitation = tool.record(world, user)["appendix"]["invitation"]
    digest = hmac.new(bytes.fromhex(invitation["salt"]), b"twostep enrolment code v1" + code.replace("-", "").encode(),
                      hashlib.sha256)
    return digest.hexdigest() == invitation["hash"]


def test_the_code_is_shown_once_and_its_hash_kept(world):
    mark = authlog.mark()
    screen = world.twostep("invite", "alice")
    code = CODE.search(screen)[1]
    record = tool.record(world)
    assert record["state"] == "pending" and record["tokens"] == [] and tool.is_in_both_slots(world)
    assert _is_kept(world, code) and not _is_kept(world, code[:-1] + ("0" if code[-1] != "0" else "1"))
    until = record["appendix"]["invitation"]["expires"]
    assert abs(until - time.time() - 24 * 3600) < 60
    assert tool.transcript(screen, code=code) == (
        "Enrolment code of alice, valid once, until <time>:\n\n      <code>\n\n"
        "Give it to alice in a way that nobody else can read:\nit and the password are enough to enrol.\n")
    expires = datetime.fromtimestamp(until, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert _events(mark) == [f"invited user=alice by=0 expires={expires}"]
    assert code.encode() not in world.record_of("alice").read_bytes()
    assert code not in "".join(world.run(*words).stdout for words in (["status", "alice"], ["list"]))


NOBODY_LISTENS = ["twostep: warning: no login takes this code: twostepd does not listen",
                  "twostep: systemctl enable --now twostepd.socket, or keep twostepd --listen running"]
NOT_AT_LOGIN = ["twostep: warning: no login asks for this code: enroll_at_login = no",
                "twostep: set enroll_at_login = code, or enrol them here: twostep enroll alice"]


def _remarks(world):
    done = world.run("invite", "alice", "--json")
    assert done.returncode == 0 and set(json.loads(done.stdout)) == {"user", "code", "expires"}
    return done.stderr.splitlines()


def test_what_stands_in_the_way_is_said(world):
    """The table is in InvitationObstacleTests."""
    assert _remarks(world) == NOT_AT_LOGIN
    world.configure(enroll_at_login="code")
    assert _remarks(world) == NOBODY_LISTENS
    world.configure(required="none")
    what, hint, *rest = _remarks(world)
    assert what.startswith("twostep: warning: alice need not have a second step") and rest == NOBODY_LISTENS
    assert hint.endswith("twostep enroll alice")


def test_where_nothing_stands_in_the_way_nothing_is_said(machine, service):
    machine.configure(enroll_at_login="code")
    assert _remarks(machine) == []


def test_each_code_is_another_one_and_voids_the_one_before(world):
    codes = [_invite(world)["code"] for _ in range(3)]
    assert len(set(codes)) == 3
    assert [_is_kept(world, code) for code in codes] == [False, False, True] and tool.is_in_both_slots(world)


@pytest.mark.parametrize("hours", [1, 720])
def test_how_long(world, hours):
    assert abs(_seconds(_invite(world, "--valid", hours)["expires"]) - time.time() - 3600 * hours) < 60


@pytest.mark.parametrize("hours", ["0", "721", "-1", "x", ""])
def test_how_long_not(world, hours):
    before = world.tree()
    assert world.run("invite", "alice", f"--valid={hours}").returncode == EX_USAGE
    assert world.changed_since(before) == set()


class TestInvited:
    """What everything else makes of somebody who is invited: not enrolled."""

    @pytest.fixture
    def invited(self, make_world):
        world = make_world(required="none")
        _invite(world)
        return world

    def test_status_and_list(self, invited):
        status = tool.status(invited)
        assert (status["enrolled"], status["state"]) == (False, "pending") and "enrolment" not in status
        screen = tool.transcript(invited.twostep("status", "alice"), uid=str(status["uid"]))
        assert screen == ("user: alice (uid <uid>)\nsecond step: not enrolled\n"
                          "invited to enrol at a login until: <time>\n")
        row, = json.loads(invited.twostep("list", "--json"))
        assert row == status
        assert "pending" in invited.twostep("list")

    def test_who_may_pass_without_a_second_step_still_does(self, invited):
        outcome = invited.stack("nullok", after=["auth required pam_permit.so"]).authenticate("alice", [])
        assert (outcome.code, outcome.event["reason"]) == ("PAM_SUCCESS", "not-enrolled")

    def test_who_may_not_is_refused(self, invited):
        assert invited.login("alice", "123456").event["reason"] == "not-enrolled"

    @pytest.mark.parametrize("words", [["backup-codes", "alice"], ["token", "rename", "alice", "1", "x"]], ids=" ".join)
    def test_nothing_is_there_to_be_changed(self, invited, words):
        tool.fails(invited.run(*words), EX_NOUSER, "alice is not enrolled")

    def test_enrolling(self, invited):
        person = invited.enrol("alice")
        assert tool.record(invited)["appendix"] == {} and tool.status(invited)["state"] == "active"
        assert invited.login("alice", person.token.code()).code == "PAM_SUCCESS"

    def test_importing(self, invited, tmp_path):
        file = tmp_path / "users.oath"
        file.write_text("HOTP/T30 alice - 3132333435363738393031323334353637383930\n")
        file.chmod(0o600)
        invited.twostep("import", "oath", file)
        assert tool.status(invited)["state"] == "active"

    def test_taking_it_back(self, invited):
        tool.says(invited.run("disable", "alice"), "alice's invitation is void.")
        assert not invited.record_of("alice").exists() and "invitedUntil" not in tool.status(invited)

    def test_a_damaged_slot_proves_nothing(self, invited):
        tool.damage_newer_slot(invited)
        stack = invited.stack("nullok", after=["auth required pam_permit.so"])
        for _ in range(2):      # also not once it has been mended
            outcome = stack.authenticate("alice", code_for("123456"))
            assert (outcome.code, outcome.events[-1]["reason"]) == ("PAM_AUTH_ERR", "must-reenrol")
        assert _is_kept(invited, _invite(invited)["code"]) and tool.status(invited)["state"] == "must-reenrol"
        invited.enrol("alice")


def test_owners_enrol_in_its_place(machine, service):
    _invite(machine)
    with owner.at_terminal("alice", "enroll") as terminal:
        terminal.expect(tool.CODE_QUESTION)
        terminal.type(tool.token_on(terminal.seen).code())
        terminal.answer(tool.SENTENCE_QUESTION, tool.SENTENCE).end()
    assert terminal.status == 0 and tool.status(machine)["state"] == "active"


def test_who_is_enrolled_is_not_invited(world):
    person = world.enrol("alice")
    before = world.tree()
    tool.fails(world.run("invite", "alice"), EX_CANTCREAT, "alice is already enrolled", "twostep recover alice")
    assert world.changed_since(before) == set()
    assert world.login("alice", person.token.code()).code == "PAM_SUCCESS"


def test_a_record_that_was_lost_is_not_replaced(world):
    world.enrol("alice")
    world.record_of("alice").unlink()
    tool.fails(world.run("invite", "alice"), 74, "record-missing")


def test_nobody_of_that_name(world):
    tool.fails(world.run("invite", "mallory"), EX_NOUSER, "no such user: mallory")


def test_owners_cannot_invite(machine, service):
    done = owner.run("alice", "invite", "alice", typed=[people.PASSWORD])
    tool.fails(done, tool.EX_NOPERM, "only root can do this")


def test_a_code_that_cannot_be_read_is_voided_by_the_next(world):
    done = tool.unheard(world, "invite", "alice")
    assert done.returncode == tool.EX_IOERR
    assert _is_kept(world, _invite(world)["code"])

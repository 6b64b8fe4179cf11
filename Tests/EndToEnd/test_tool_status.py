"""twostep status and list: tokens, security keys, backup codes and what the throttle says of somebody."""

import json

import oath
import pytest
import tool
from tool import add_token, security_key

OFFICE = {"items": {"rhost": "192.0.2.7"}}
HOME = {"items": {"rhost": "2001:db8::7"}}


def _lines(world):
    return tool.transcript(world.twostep("status", "alice")).splitlines()


def test_of_somebody_new(full_world, uid):
    full_world.enrol("alice")
    assert _lines(full_world) == [
        f"user: alice (uid {uid('alice')})", "second step: active, not used yet",
        "token 1: app, totp, SHA1, 6 digits, 30 s, last used never", "backup codes left: 10",
        "known sources: 0"]
    said = tool.status(full_world)
    del said["uid"], said["created"], said["changed"]
    assert said == {
        "backupCodesLeft": 10, "confirmed": False, "enrolled": True, "failures": 0,
        "guessesUsedUp": [], "knownSources": 0, "securityKeys": [], "state": "active",
        "tokens": [{"algorithm": "SHA1", "digits": 6, "drift": 0, "id": 1, "kind": "totp",
                    "label": "app", "period": 30}],
        "user": "alice"}


def test_of_somebody_with_much(make_world, uid):
    """Everything there is to see, at once."""
    world = make_world(backup_codes=3, deny=3)
    person = world.enrol("alice", "--label", "work phone")
    _, _, fob = add_token(world, "--hotp", "--digits", "8", "--label", "fob")
    world.twostep("token", "add", "alice", "--ssh-key", security_key(), "--label", "blue")
    oath.steady(seconds=12)
    assert world.run("token", "resync", "alice", "1",
                     input=f"{person.token.code(-6)}\n{person.token.code(-5)}\n").returncode == 0
    assert world.login("alice", person.token.code(-4), **OFFICE).code == "PAM_SUCCESS"
    assert world.login("alice", person.backup_codes[0], remarks=True).code == "PAM_SUCCESS"
    for where in ({}, OFFICE):
        for code in person.token.wrong(3):
            world.login("alice", code, **where)
    assert _lines(world) == [
        f"user: alice (uid {uid('alice')})", "second step: active",
        "token 1: work phone, totp, SHA1, 6 digits, 30 s, clock -5 steps, last used <time>",
        "token 2: fob, hotp, SHA1, 8 digits, last used never",
        "security key: blue, sk-ssh-ed25519@openssh.com, last used never",
        "backup codes left: 2", "few are left; new ones: twostep backup-codes alice --regenerate",
        "known sources: 1", "failures in a row: 3",
        "locked until: <time>, from unknown sources", "locked until: <time>, from a known source",
        "two codes in a row, or a backup code, count all the same;", "twostep unlock alice ends it"]
    assert fob.secret not in json.dumps(tool.status(world))


class TestLock:
    def test_from_where(self, make_world):
        world = make_world(deny=3, unlock_time=1000)
        person = world.enrol("alice")
        oath.steady(seconds=6)
        assert world.login("alice", person.token.code(-1), **OFFICE).code == "PAM_SUCCESS"
        assert world.login("alice", person.token.code(), **HOME).code == "PAM_SUCCESS"
        for code in person.token.wrong(3):
            world.login("alice", code, **HOME)
        said = tool.status(world)
        assert said["knownSources"] == 2 and "worldLockedUntil" not in said
        assert said["lockedUntil"] == said["knownLockedUntil"]
        # What the status says, a login finds: from elsewhere a code is looked at.
        assert world.login("alice", person.token.wrong(), **HOME).event["reason"] == "locked"
        assert world.login("alice", person.token.wrong(), **OFFICE).event["reason"] == "wrong-code"
        assert world.login("alice", person.token.wrong()).event["reason"] == "wrong-code"

    def test_the_later_of_both(self, make_world):
        world = make_world(deny=3)
        person = world.enrol("alice")
        assert world.login("alice", person.token.code, **OFFICE).code == "PAM_SUCCESS"
        for code in person.token.wrong(3):
            world.login("alice", code)
        for code in person.token.wrong(3):
            world.login("alice", code, later=100, **OFFICE)
        said = json.loads(tool.later(world, 200, "status", "alice", "--json").stdout)
        assert said["worldLockedUntil"] < said["knownLockedUntil"] == said["lockedUntil"]

    def test_over(self, make_world):
        world = make_world(deny=3, unlock_time=50)
        person = world.enrol("alice")
        for code in person.token.wrong(3):
            world.login("alice", code)
        assert "lockedUntil" in tool.status(world)
        said = json.loads(tool.later(world, 60, "status", "alice", "--json").stdout)
        assert "lockedUntil" not in said and said["failures"] == 3

    def test_an_empty_budget_is_a_lock(self, make_world):
        """Where a few units are left, but not enough for one code, a login is refused: so the status must say it."""
        world = make_world(deny=100)
        person = world.enrol("alice")
        tool.use_up_guesses(world, person)
        hours = 12 * 3600
        assert world.login("alice", person.token.wrong(), later=hours).event["reason"] == "locked"
        said = json.loads(tool.later(world, hours, "status", "alice", "--json").stdout)
        assert said["guessesUsedUp"] == ["world"] and said["lockedUntil"]
        days = 3 * 86400
        said = json.loads(tool.later(world, days, "status", "alice", "--json").stdout)
        assert said["guessesUsedUp"] == ["world"]    # nobody looked in between: one day is credited

    def test_a_forgotten_source_is_not_a_known_one(self, world):
        person = world.enrol("alice")
        world.login("alice", person.token.code, **OFFICE)
        for days, known in ((89, 1), (91, 0)):
            said = json.loads(tool.later(world, days * 86400, "status", "alice", "--json").stdout)
            assert said["knownSources"] == known


class TestBackupCodes:
    @pytest.mark.parametrize("spent, few", [(0, False), (1, True), (3, True)])
    def test_few(self, make_world, spent, few):
        world = make_world(backup_codes=3)
        person = world.enrol("alice")
        for code in person.backup_codes[:spent]:
            world.login("alice", code, remarks=True)
        hint = "few are left; new ones: twostep backup-codes alice --regenerate"
        assert (hint in _lines(world)) == few
        row = world.twostep("list").splitlines()[1].split()
        assert row[5:7] == [str(3 - spent), "(few)"] if few else row[5] == "3" and "(few)" not in row

    def test_where_the_site_gives_none(self, make_world):
        world = make_world(backup_codes=0)
        world.enrol("alice")
        assert "backup codes left: 0" in _lines(world) and "few" not in "".join(_lines(world))


class TestWhoMustEnrolAnew:
    """Nothing that they had lets them in: they are told of no backup codes, but of the way back."""

    @pytest.fixture
    def stranded(self, make_world):
        world = make_world(required="none")
        world.twostep("invite", "alice")
        world.twostep("restore")
        return world

    def test_the_way_back(self, stranded):
        lines = _lines(stranded)
        assert lines[1:4] == ["second step: must-reenrol", "alice sets up a new one at a login, with a code made by:",
                              "twostep recover alice --reason TEXT"]
        stranded.twostep("recover", "alice", "--reason", "lost phone")
        lines = _lines(stranded)
        assert lines[1:3] == ["second step: must-reenrol",
                              "alice sets up a new one at a login, with the code that was made"]
        assert "a recovery code counts until: <time>" in lines

    def test_no_backup_codes(self, stranded):
        assert "backup-codes" not in "".join(_lines(stranded))
        assert "few" not in stranded.twostep("list")
        assert stranded.twostep("backup-codes", "alice").splitlines() == [
            "backup codes left: 0", "alice's second step is must-reenrol; look with: twostep status alice"]


class TestSite:
    def test_ways_back(self, make_world):
        world = make_world(deliver_command="/usr/local/sbin/send-code --by sms", recovery="email")
        lines = world.twostep("status").splitlines()
        assert "recovery: email" in lines and "deliver command: /usr/local/sbin/send-code --by sms" in lines
        said = json.loads(world.twostep("status", "--json"))
        assert (said["recovery"], said["deliverCommand"]) == ("email", "/usr/local/sbin/send-code --by sms")

    def test_none(self, world):
        lines = world.twostep("status").splitlines()
        assert "recovery: no" in lines and "deliver command: no" in lines
        said = json.loads(world.twostep("status", "--json"))
        assert said["recovery"] == "no" and "deliverCommand" not in said

    def test_not_understood(self, make_world):
        world = make_world()
        world.configure(deliver_command="send-code", recovery="post")
        done = world.run("status")
        assert done.returncode == 0 and done.stderr.count("twostep: warning: ") == 2
        assert {"recovery: not understood: no", "deliver command: not understood: no"} < set(done.stdout.splitlines())
        said = json.loads(world.run("status", "--json").stdout)
        assert "recovery" not in said and "deliverCommand" not in said


def test_list(make_world, uid):
    world = make_world(backup_codes=2)
    world.enrol("alice")
    add_token(world)
    world.twostep("token", "add", "alice", "--ssh-key", security_key())
    world.twostep("enroll", "bob", "--provision")
    rows = [line.split() for line in world.twostep("list").splitlines()]
    assert rows == [["USER", "UID", "STATE", "TOKENS", "KEYS", "BACKUP", "LAST", "USED"],
                    ["alice", str(uid("alice")), "active", "2", "1", "2", "(few)", "never"],
                    ["bob", str(uid("bob")), "active", "1", "0", "2", "(few)", "never"]]
    said = json.loads(world.twostep("list", "--json"))
    assert [len(row["securityKeys"]) for row in said] == [1, 0]
    assert said[0] == tool.status(world)

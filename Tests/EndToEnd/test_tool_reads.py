"""twostep verify, status and list."""

import json

import pytest
import tool


class TestVerify:
    def test_accepts_and_consumes(self, world):
        person = world.enrol("alice")
        code = person.token.code()
        done = world.run("verify", "alice", input=code + "\n")
        assert (done.returncode, done.stdout, done.stderr) == (0, "accepted\n", "")
        tool.fails(world.run("verify", "alice", input=code + "\n"), tool.REFUSED, "already-used")
        assert world.login("alice", code).code == "PAM_AUTH_ERR"

    def test_wrong(self, world):
        person = world.enrol("alice")
        tool.fails(world.run("verify", "alice", input=person.token.wrong() + "\n"), tool.REFUSED,
                   "wrong-code")

    def test_a_backup_code_says_how_many_are_left(self, make_world):
        world = make_world(backup_codes=2)
        person = world.enrol("alice")
        done = world.run("verify", "alice", input=person.backup_codes[0] + "\n")
        assert done.returncode == 0 and "1 left" in done.stderr

    def test_without_a_newline(self, world):
        person = world.enrol("alice")
        assert world.run("verify", "alice", input=person.token.code()).returncode == 0

    def test_only_one_line_is_read(self, world):
        person = world.enrol("alice")
        done = world.run("verify", "alice", input=f"000000\n{person.token.code()}\n")
        assert done.returncode == tool.REFUSED

    @pytest.mark.parametrize("input", ["\n", "x\n", "1" * 5000, "1" * 1_000_000, "\x00\n", "é\n"],
                             ids=["empty line", "a letter", "5000 digits", "a million", "NUL",
                                  "UTF-8"])
    def test_not_a_code(self, world, input):
        world.enrol("alice")
        tool.fails(world.run("verify", "alice", input=input), tool.REFUSED, "malformed")

    def test_no_answer(self, world):
        world.enrol("alice")
        tool.fails(world.run("verify", "alice", input=""), tool.EX_DATAERR, "no code was given")

    def test_not_enrolled(self, world):
        tool.fails(world.run("verify", "alice", input="123456\n"), tool.REFUSED, "not-enrolled")

    def test_no_such_user(self, world):
        tool.fails(world.run("verify", "nobody-such", input="123456\n"), tool.EX_NOUSER)

    def test_failures_count_towards_the_lock(self, make_world):
        world = make_world(deny=3)
        person = world.enrol("alice")
        for code in person.token.wrong(3):
            world.run("verify", "alice", input=code + "\n")
        assert world.login("alice", person.token.code).event["reason"] == "locked"
        tool.fails(world.run("verify", "alice", input=person.token.code() + "\n"), tool.REFUSED,
                   "locked")


class TestStatus:
    def test_tells_the_state_and_never_a_secret(self, make_world):
        world = make_world(backup_codes=2)
        person = world.enrol("alice", "--label", "work phone")
        text = world.twostep("status", "alice")
        for word in ("alice", "active", "work phone", "totp", "6 digits", "backup codes left: 2",
                     "never"):
            assert word in text, text
        said = json.loads(world.twostep("status", "alice", "--json"))
        assert said["user"] == "alice" and said["enrolled"] is True
        assert said["state"] == "active" and said["backupCodesLeft"] == 2
        assert [token["label"] for token in said["tokens"]] == ["work phone"]
        for output in (text, json.dumps(said)):
            for secret in (person.secret, *person.backup_codes):
                assert secret not in output

    def test_follows_what_happens(self, make_world):
        world = make_world(deny=3, backup_codes=2)
        person = world.enrol("alice")

        def said():
            return json.loads(world.twostep("status", "alice", "--json"))
        world.login("alice", person.backup_codes[0], remarks=True)
        assert said()["backupCodesLeft"] == 1
        for count, code in enumerate(person.token.wrong(3), 1):
            world.login("alice", code)
            assert said()["failures"] == count
        assert said()["lockedUntil"]
        assert "locked until" in world.twostep("status", "alice")

    def test_of_somebody_not_enrolled(self, world):
        assert "not enrolled" in world.twostep("status", "alice")
        assert json.loads(world.twostep("status", "alice", "--json"))["enrolled"] is False

    def test_of_nobody(self, world):
        tool.fails(world.run("status", "nobody-such"), tool.EX_NOUSER)

    def test_of_the_site(self, world):
        assert json.loads(world.twostep("status", "--json"))["enrolled"] == 0
        world.enrol("alice")
        assert "enrolled: 1" in world.twostep("status")
        # Who is invited is in the index, and not enrolled yet.
        world.twostep("invite", "bob")
        said = json.loads(world.twostep("status", "--json"))
        assert (said["enrolled"], said["pending"]) == (1, 1)
        assert "enrolled: 1\ninvited or not done with enrolling: 1\n" in world.twostep("status")

    def test_a_label_cannot_move_the_cursor(self, world):
        world.enrol("alice", "--label", "a\x1b[2Jb")
        assert "\x1b" not in world.twostep("status", "alice")

    def test_of_a_damaged_record(self, world):
        world.enrol("alice")
        world.record_of("alice").write_bytes(bytes(12288))
        before = world.tree()
        tool.fails(world.run("status", "alice"), tool.EX_IOERR, "record-corrupt")
        assert world.tree() == before


class TestList:
    def test_nobody(self, world):
        assert json.loads(world.twostep("list", "--json")) == []

    def test_everybody_enrolled(self, world):
        for name in ("carol", "alice"):
            world.enrol(name)
        text = world.twostep("list")
        assert "alice" in text and "carol" in text and "bob" not in text
        said = json.loads(world.twostep("list", "--json"))
        assert {row["user"] for row in said} == {"alice", "carol"}

    def test_one_damaged_record_does_not_hide_the_others(self, world):
        world.enrol("alice")
        world.enrol("bob")
        world.record_of("alice").write_bytes(bytes(12288))
        text = world.twostep("list")
        assert "record-corrupt" in text and "bob" in text and "alice" in text


def test_reading_changes_nothing(world):
    world.enrol("alice")
    before = world.tree()
    for command in (["status"], ["status", "alice"], ["list"], ["list", "--json"],
                    ["status", "alice", "--json"]):
        world.twostep(*command)
    assert world.tree() == before

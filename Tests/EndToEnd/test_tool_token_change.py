"""twostep token remove and rename: what is taken away counts no more, and nothing else changes."""

import json
import subprocess
import time

import authlog
import pytest
import tool
from tool import add_token, security_key

REMOVE = ("token", "remove", "alice")
RENAME = ("token", "rename", "alice")


@pytest.fixture
def two(world):
    """Alice with the tokens app (1) and tablet (2), and a security key blue: the world and both tokens."""
    person = world.enrol("alice")
    _, _, tablet = add_token(world, "--label", "tablet")
    world.twostep("token", "add", "alice", "--ssh-key", security_key(), "--label", "blue")
    return world, person.token, tablet


def _labels(world):
    said = tool.status(world)
    return [token["label"] for token in said["tokens"]], [key["label"] for key in said["securityKeys"]]


class TestRemove:
    def test_a_login_refuses_it_and_takes_the_other(self, two):
        world, app, tablet = two
        tool.says(world.run(*REMOVE, "tablet"), 'alice\'s token "tablet" no longer counts. Left: "app".')
        assert world.login("alice", tablet.code).event["reason"] == "wrong-code"
        assert world.login("alice", app.code).code == "PAM_SUCCESS"
        # Nor as two codes in a row.
        assert world.login("alice", lambda: tablet.code() + tablet.code(1)).event["reason"] == "wrong-code"

    def test_the_first_may_go_as_well(self, two):
        """Its key lies before the other's in the record."""
        world, app, tablet = two
        before = tool.record(world)
        world.twostep(*REMOVE, "app")
        after = tool.record(world)
        assert after["tokens"] == before["tokens"][1:]
        assert world.login("alice", app.code).event["reason"] == "wrong-code"
        assert world.login("alice", tablet.code).code == "PAM_SUCCESS"

    def test_from_among_many(self, world):
        person = world.enrol("alice")
        added = {label: add_token(world, "--label", label)[2] for label in ("b", "c", "d", "e")}
        before = tool.record(world)["tokens"]
        world.twostep(*REMOVE, "c")
        assert tool.record(world)["tokens"] == [token for token in before if token["label"] != "c"]
        for token in (person.token, added["b"], added["d"], added["e"]):
            assert world.login("alice", token.code).code == "PAM_SUCCESS"
        assert world.login("alice", added["c"].code).event["reason"] == "wrong-code"

    def test_its_key_is_nowhere_in_the_record(self, two):
        world, app, tablet = two
        world.twostep(*REMOVE, "tablet")
        slots = json.dumps(tool.record(world)["slots"])
        assert tablet.secret not in slots and app.secret in slots

    def test_no_damage_brings_it_back(self, two):
        world, app, tablet = two
        world.twostep(*REMOVE, "tablet")
        tool.damage_newer_slot(world)
        world.login("alice", "x")       # finds the damage
        later = {"later": 300}
        assert world.login("alice", lambda: tablet.code(10), **later).event["reason"] == "wrong-code"
        assert world.login("alice", lambda: app.code(10), **later).code == "PAM_SUCCESS"

    @pytest.mark.parametrize("name", ["tablet", "2"])
    def test_by_label_or_id(self, two, name):
        world, _, _ = two
        world.twostep(*REMOVE, name)
        assert _labels(world) == (["app"], ["blue"])

    def test_a_security_key_by_label_or_text(self, two):
        world, _, _ = two
        key = security_key()
        world.twostep("token", "add", "alice", "--ssh-key", key, "--label", "red")
        tool.says(world.run(*REMOVE, f"{key} alice@laptop"),
                  'alice\'s security key "red" no longer counts. Left: "app", "tablet".')
        world.twostep("token", "add", "alice", "--ssh-key", key, "--label", "red")
        world.twostep(*REMOVE, key)
        world.twostep(*REMOVE, "blue")
        assert _labels(world) == (["app", "tablet"], [])

    def test_the_last_token_stays(self, two):
        world, app, _ = two
        world.twostep(*REMOVE, "tablet")
        before = world.tree()
        for name in ("app", "1"):
            tool.fails_with(world.run(*REMOVE, name), tool.EX_DATAERR,
                            'alice would have no token left without "app"; nothing was changed',
                            "give another one first: twostep token add alice")
        assert world.tree() == before
        assert world.login("alice", app.code).code == "PAM_SUCCESS"

    @pytest.mark.parametrize("theirs, status, lines", [
        ("tablet", tool.EX_DATAERR, ['alice has no token "tablet" any more: somebody else took it away meanwhile',
                                     "see them with: twostep status alice"]),
        ("blue", tool.EX_UNAVAILABLE, ["somebody else has changed alice's record meanwhile; nothing was changed",
                                       "start again"])])
    def test_from_two_shells_at_once(self, two, folder, theirs, status, lines):
        """Both have looked before one of them has the lock."""
        world, _, _ = two
        trace = folder / "trace"
        late = subprocess.Popen(
            ["strace", "-qq", "-o", trace, "-e", "trace=flock", "-e", "inject=flock:delay_enter=1000000:when=1",
             tool.TOOL, *REMOVE, "tablet", "--config", world.config], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 20
        while not trace.exists() or "flock(" not in trace.read_text():
            assert time.monotonic() < deadline and late.poll() is None
            time.sleep(0.01)
        world.twostep(*REMOVE, theirs)
        before = tool.record(world)
        out, errors = late.communicate(timeout=30)
        assert (late.returncode, out) == (status, "")
        assert errors.splitlines() == [f"twostep: {line}" for line in lines]
        assert tool.record(world) == before

    @pytest.mark.parametrize("name", ["phone", "3", "0", "App", "", "99999999999999999999", "\x1b[2J",
                                      "sk-ssh-ed25519@openssh.com AAAA"], ids=repr)
    def test_what_is_not_there(self, two, name):
        world, _, _ = two
        before = world.tree()
        shown = name.replace("\x1b", "?")
        tool.fails_with(world.run(*REMOVE, name), tool.EX_DATAERR, f'alice has no token "{shown}"',
                        "see them with: twostep status alice")
        assert world.tree() == before

    def test_json(self, two):
        world, _, _ = two
        assert json.loads(world.twostep(*REMOVE, "tablet", "--json")) == \
            {"id": 2, "kind": "totp", "label": "tablet", "user": "alice"}
        assert json.loads(world.twostep(*REMOVE, "blue", "--json")) == \
            {"kind": "security-key", "label": "blue", "user": "alice"}

    def test_the_log_says_so(self, two):
        world, _, _ = two
        mark = authlog.mark()
        world.twostep(*REMOVE, "tablet")
        assert [line.split("twostep: ")[1] for line in authlog.since(mark)] == [
            "event=token-removed user=alice by=0 token=tablet kind=totp"]

    def test_nothing_else_changes(self, two):
        world, _, _ = two
        before = tool.record(world)
        assert tool.later(world, 1000, *REMOVE, "tablet").returncode == 0
        after = tool.record(world)
        assert tool.but(after, "tokens") == tool.but(before, "tokens")
        assert after["changed"] - before["changed"] >= 990 and tool.is_in_both_slots(world)

    def test_nothing_that_could_never_end_is_left(self, world):
        """After damage HOTP waits for a fresh TOTP code. Without any TOTP token it would wait for ever."""
        world.enrol("alice")
        _, _, fob = add_token(world, "--hotp", "--label", "fob")
        tool.damage_newer_slot(world)
        assert world.login("alice", fob.hotp(0)).events[-1]["reason"] == "slot-damaged"
        world.twostep(*REMOVE, "app")
        assert world.login("alice", fob.hotp(0)).code == "PAM_SUCCESS"

    def test_somebody_not_enrolled(self, world):
        tool.fails_with(world.run(*REMOVE, "app"), tool.EX_NOUSER, "alice is not enrolled",
                        "run: twostep enroll alice")


class TestRename:
    @pytest.mark.parametrize("name", ["tablet", "2"])
    def test_a_token(self, two, name):
        world, _, tablet = two
        tool.says(world.run(*RENAME, name, "work phone"),
                  'alice\'s token "tablet" is now called "work phone".')
        assert _labels(world) == (["app", "work phone"], ["blue"])
        assert world.login("alice", tablet.code).event["token"] == '"work phone"'

    def test_a_security_key(self, two):
        world, _, _ = two
        before = tool.record(world)["securityKeys"][0]
        tool.says(world.run(*RENAME, "blue", "yubikey"),
                  'alice\'s security key "blue" is now called "yubikey".')
        assert tool.record(world)["securityKeys"] == [{**before, "label": "yubikey"}]

    def test_to_the_name_it_has(self, two):
        world, _, _ = two
        assert world.run(*RENAME, "tablet", "tablet").returncode == 0
        assert world.run(*RENAME, "blue", "blue").returncode == 0
        assert _labels(world) == (["app", "tablet"], ["blue"])

    @pytest.mark.parametrize("name, label", [("tablet", "app"), ("tablet", "blue"), ("blue", "app")])
    def test_no_two_alike(self, two, name, label):
        world, _, _ = two
        before = world.tree()
        tool.fails_with(world.run(*RENAME, name, label), tool.EX_CANTCREAT,
                        f'alice has a token "{label}" already',
                        "choose another label, or see them with: twostep status alice")
        assert world.tree() == before

    @pytest.mark.parametrize("label", ["", " ", "1", "x" * 65], ids=repr)
    def test_no_label(self, two, label):
        world, _, _ = two
        done = world.run(*RENAME, "tablet", label)
        assert done.returncode == tool.EX_USAGE
        assert "LABEL takes 1 to 64 bytes, not blank and not digits alone" in done.stderr

    def test_too_long_for_a_security_key(self, two):
        world, _, _ = two
        before = world.tree()
        tool.fails_with(world.run(*RENAME, "blue", "x" * 33), tool.EX_DATAERR,
                        "a security key's label has at most 32 bytes; nothing was changed",
                        "choose a shorter one")
        assert world.tree() == before

    def test_json_and_the_log(self, two):
        world, _, _ = two
        mark = authlog.mark()
        assert json.loads(world.twostep(*RENAME, "tablet", "phone", "--json")) == \
            {"id": 2, "kind": "totp", "label": "phone", "user": "alice"}
        assert [line.split("twostep: ")[1] for line in authlog.since(mark)] == [
            "event=token-renamed user=alice by=0 token=phone kind=totp was=tablet"]

    def test_nothing_else_changes(self, two):
        world, _, _ = two
        before = tool.record(world)
        assert tool.later(world, 1000, *RENAME, "tablet", "phone").returncode == 0
        after = tool.record(world)
        before["tokens"][1]["label"] = "phone"
        assert tool.but(after) == tool.but(before)
        assert after["changed"] - before["changed"] >= 990 and tool.is_in_both_slots(world)

"""twostep token add USER --ssh-key: registering, showing and removing security keys (FIDO2)."""

import base64
import json
import os
import subprocess

import authlog
import pytest
import tool
from pamstack import code_for
from tool import security_key, ssh_key

ADD = ("token", "add", "alice")
ED25519 = "sk-ssh-ed25519@openssh.com"
ECDSA = "sk-ecdsa-sha2-nistp256@openssh.com"
NO_KEY = ("that is not the public key of a security key",
          "it begins with sk-ssh-ed25519@openssh.com or sk-ecdsa-sha2-nistp256@openssh.com; "
          "ssh-keygen -t ed25519-sk makes one")
CUT = ("the public key is cut off or damaged", "copy the whole line of the .pub file")


def ecdsa():
    # The point must be of the curve, or ssh-keygen does not take it: its generator.
    x = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    y = "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    return ssh_key(ECDSA, "nistp256", b"\4" + bytes.fromhex(x + y), "ssh:")


@pytest.fixture
def alice(world):
    return world.enrol("alice")


def _keys(world):
    return tool.status(world)["securityKeys"]


@pytest.mark.parametrize("key", [security_key(), ecdsa()], ids=["ed25519", "ecdsa"])
def test_the_keys_of_these_tests_are_keys(folder, key):
    (folder / "key.pub").write_text(key + " comment\n")
    subprocess.run(["ssh-keygen", "-l", "-f", folder / "key.pub"], check=True, capture_output=True)


class TestAdd:
    @pytest.mark.parametrize("key", [security_key(), ecdsa()], ids=["ed25519", "ecdsa"])
    def test_it_stands_in_the_record_and_in_the_status(self, world, alice, key):
        tool.says(world.run(*ADD, "--ssh-key", f"{key} alice@laptop"),
                  'alice now has the security key "alice@laptop".',
                  "It does not count yet: see ssh_key_touch in twostep.conf(5).")
        stored, = tool.record(world)["securityKeys"]
        assert (stored["label"], stored["publicKey"], stored["lastUsed"]) == ("alice@laptop", key, 0)
        assert _keys(world) == [{"label": "alice@laptop", "publicKey": key, "type": key.split()[0]}]
        assert f"security key: alice@laptop, {key.split()[0]}, last used never" in \
            world.twostep("status", "alice").splitlines()
        assert tool.is_in_both_slots(world)

    def test_where_it_counts_is_said(self, make_world):
        world = make_world(ssh_key_touch="enforced sshd cockpit")
        world.enrol("alice")
        assert world.twostep(*ADD, "--ssh-key", security_key()).splitlines()[1] == \
            "It counts for: sshd cockpit."

    def test_json(self, world, alice):
        said = json.loads(world.twostep(*ADD, "--ssh-key", security_key(), "--label", "yubikey", "--json"))
        assert said == {"kind": "security-key", "label": "yubikey", "user": "alice"}

    def test_nothing_else_changes(self, world, alice):
        before = tool.record(world)
        assert tool.later(world, 1000, *ADD, "--ssh-key", security_key()).returncode == 0
        after = tool.record(world)
        assert tool.but(after, "securityKeys") == tool.but(before, "securityKeys")
        assert after["changed"] - before["changed"] >= 1000
        assert after["securityKeys"][0]["created"] == after["changed"]

    def test_the_log_says_so(self, world, alice):
        mark = authlog.mark()
        world.twostep(*ADD, "--ssh-key", security_key(), "--label", "blue key")
        assert [line.split("twostep: ")[1] for line in authlog.since(mark)] == [
            'event=token-added user=alice by=0 token="blue key" kind=security-key']

    def test_a_login_takes_it_and_no_longer_once_it_is_removed(self, make_world, folder):
        """The module is given what sshd would leave in the PAM environment."""
        world = make_world(ssh_key_touch="enforced scripted")
        world.enrol("alice")
        key = security_key()
        (folder / "environment").write_text(f"SSH_AUTH_INFO_0=publickey {key}\n")
        os.chmod(folder / "environment", 0o644)
        stack = world.stack(before=[f"auth optional pam_env.so readenv=1 envfile={folder}/environment"])
        calls = ["setcred", "authenticate"]     # pam_env fills the environment in setcred

        def asked():
            return stack.call(calls, "alice", code_for("123456")).event["reason"]
        assert asked() == "wrong-code"
        world.twostep(*ADD, "--ssh-key", key, "--label", "yubikey")
        outcome = stack.call(calls, "alice", [])
        assert outcome.code == "PAM_SUCCESS"
        assert (outcome.event["method"], outcome.event["token"]) == ("security-key", "yubikey")
        assert _keys(world)[0]["lastUsed"]
        world.twostep("token", "remove", "alice", "yubikey")
        assert asked() == "wrong-code"


class TestLabels:
    def test_the_comment_may_have_blanks(self, world, alice):
        world.twostep(*ADD, "--ssh-key", f"  {security_key()}\talice at work ")
        assert _keys(world)[0]["label"] == "alice at work"

    def test_what_was_asked_for_goes_before_the_comment(self, world, alice):
        world.twostep(*ADD, "--ssh-key", f"{security_key()} alice@laptop", "--label", "blue")
        assert _keys(world)[0]["label"] == "blue"

    @pytest.mark.parametrize("comment", ["", " 12", " app", " " + "x" * 33],
                             ids=["none", "digits", "another token's", "too long"])
    def test_where_the_comment_is_no_label(self, world, alice, comment):
        for label in ("security-key", "security-key-2"):
            world.twostep(*ADD, "--ssh-key", security_key() + comment)
            assert _keys(world)[-1]["label"] == label

    def test_no_two_alike(self, world, alice):
        before = world.tree()
        tool.fails(world.run(*ADD, "--ssh-key", security_key(), "--label", "app"), tool.EX_CANTCREAT,
                   'alice has a token "app" already')
        assert world.tree() == before

    @pytest.mark.parametrize("label", ["x" * 33, "12", " "], ids=repr)
    def test_no_label(self, world, alice, label):
        done = world.run(*ADD, "--ssh-key", security_key(), "--label", label)
        assert done.returncode == tool.EX_USAGE and "--label" in done.stderr


class TestFiles:
    def test_as_ssh_keygen_writes_it(self, world, alice, folder):
        key = security_key()
        (folder / "id.pub").write_text(f"{key} alice@laptop\n")
        world.twostep(*ADD, "--ssh-key-file", folder / "id.pub")
        assert [(entry["label"], entry["publicKey"]) for entry in _keys(world)] == [("alice@laptop", key)]

    def test_comments_and_other_line_ends(self, world, alice, folder):
        key = security_key()
        (folder / "id.pub").write_bytes(f"# hers\r\n\r\n{key} alice@laptop\r\n".encode())
        (folder / "link").symlink_to(folder / "id.pub")
        world.twostep(*ADD, "--ssh-key-file", folder / "link")
        assert [(entry["label"], entry["publicKey"]) for entry in _keys(world)] == [("alice@laptop", key)]

    @pytest.mark.parametrize("content, lines", [("", 0), ("# none\n", 0), ("\n".join([security_key()] * 2), 2)],
                             ids=["empty", "comments", "two keys"])
    def test_not_one_key(self, world, alice, folder, content, lines):
        (folder / "id.pub").write_text(content)
        tool.fails_with(world.run(*ADD, "--ssh-key-file", folder / "id.pub"), tool.EX_DATAERR,
                        f"{folder}/id.pub has {lines} lines",
                        "give a .pub file, or one of its lines with --ssh-key")

    def test_a_private_key_is_not_repeated(self, world, alice, folder):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "id"], check=True)
        private = (folder / "id").read_text()
        done = world.run(*ADD, "--ssh-key-file", folder / "id")
        tool.fails(done, tool.EX_DATAERR)
        assert not any(line in done.stderr for line in private.splitlines())
        done = world.run(*ADD, "--ssh-key", private.splitlines()[1])
        tool.fails_with(done, tool.EX_DATAERR, *NO_KEY)

    @pytest.mark.parametrize("what", ["missing", "a folder", "a FIFO", "an endless device", "too large"])
    def test_no_file(self, world, alice, folder, what):
        path = folder / "id.pub"
        if what == "a folder":
            path.mkdir()
        elif what == "a FIFO":
            os.mkfifo(path)
        elif what == "an endless device":
            path.symlink_to("/dev/zero")
        elif what == "too large":
            path.write_text("#" * 20_000)
        tool.fails_with(world.run(*ADD, "--ssh-key-file", path), tool.EX_DATAERR,
                        f"{path} cannot be read, or is no small file", "give the .pub file of the key")


class TestRefused:
    @pytest.mark.parametrize("text", [
        "", "x", ED25519, f"{ED25519} ", f"{ED25519} AAAA", f"{ED25519} !!!!",
        "ssh-ed25519 " + security_key().split()[1],
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS alice",
        f"no-touch-required {security_key()}", f"{ED25519} {ecdsa().split()[1]}", security_key("x" * 300)],
        ids=["nothing", "a letter", "a type alone", "a type and a blank", "another blob", "no base64",
             "a type that is not the blob's", "no security key", "options before it", "two types",
             "too long"])
    def test_no_security_key(self, world, alice, text):
        before = world.tree()
        tool.fails_with(world.run(*ADD, "--ssh-key", text), tool.EX_DATAERR, *NO_KEY)
        assert world.tree() == before

    @pytest.mark.parametrize("text", [
        security_key()[:-8], security_key("").strip(), ssh_key(ED25519, os.urandom(31), "ssh:"),
        ssh_key(ED25519, os.urandom(32), "ssh:", "more"), ssh_key(ECDSA, "nistp384", bytes(65), "ssh:"),
        ssh_key(ECDSA, "nistp256", bytes(64), "ssh:"), ssh_key(ECDSA, "nistp256", bytes(65))],
        ids=["cut off", "no application", "a short key", "more behind it", "another curve",
             "a short point", "ECDSA without an application"])
    def test_damaged(self, world, alice, text):
        before = world.tree()
        tool.fails_with(world.run(*ADD, "--ssh-key", text), tool.EX_DATAERR, *CUT)
        assert world.tree() == before

    def test_twice(self, world, alice):
        key = security_key()
        world.twostep(*ADD, "--ssh-key", key)
        before = world.tree()
        tool.fails_with(world.run(*ADD, "--ssh-key", f"{key} other comment"), tool.EX_CANTCREAT,
                        "alice has this security key already", "see them with: twostep status alice")
        assert world.tree() == before

    def test_a_fifth(self, world, alice):
        for _ in range(4):
            world.twostep(*ADD, "--ssh-key", security_key())
        tool.fails_with(world.run(*ADD, "--ssh-key", security_key()), tool.EX_CANTCREAT,
                        "alice has 4 security keys, as many as there can be",
                        "remove one first: twostep token remove alice TOKEN")
        assert len(_keys(world)) == 4

    def test_somebody_not_enrolled(self, world):
        tool.fails_with(world.run(*ADD, "--ssh-key", security_key()), tool.EX_NOUSER,
                        "alice is not enrolled", "run: twostep enroll alice")

    @pytest.mark.parametrize("options", [
        ["--provision"], ["--hotp"], ["--digits", "6"], ["--secret", "GEZDGNBVGY3TQOJQ"],
        ["--ssh-key-file", "/dev/null"]], ids=" ".join)
    def test_what_does_not_go_with_it(self, world, alice, options):
        done = world.run(*ADD, "--ssh-key", security_key(), *options)
        assert done.returncode == tool.EX_USAGE and done.stdout == ""


def test_the_largest_record_there_can_be(world, alice):
    """Eight tokens and four keys, each as large as it may be: it fits, with room for what logins add."""
    world.configure(backup_codes=10)
    world.twostep("backup-codes", "alice", "--regenerate", "--override", "--reason", "x", "--json")
    for number in range(7):
        key = base64.b32encode(os.urandom(128)).decode().rstrip("=")
        world.twostep(*ADD, "--provision", "--secret", key, "--label", f"{number}{'x' * 63}")
    for number in range(4):
        world.twostep(*ADD, "--ssh-key", security_key("a" * 101), "--label", f"{number}{'y' * 31}")
        assert len(_keys(world)[-1]["publicKey"]) > 250
    for number in range(8):
        outcome = world.login("alice", lambda: alice.token.code(number), later=30 * number,
                              items={"rhost": f"192.0.2.{number}"})
        assert outcome.code == "PAM_SUCCESS", outcome.log
    assert tool.status(world)["knownSources"] == 8

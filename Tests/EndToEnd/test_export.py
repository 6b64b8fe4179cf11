"""twostep export: keys in the clear, on purpose only, as other programs read them."""

import json
import os
import stat

import authlog
import pytest
import tool
from moving import oath_login, report
from terminal import Terminal
from tool import add_token, security_key
from world import TOOL, World


@pytest.fixture
def world(make_world):
    return make_world(backup_codes=2)


def read(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and path.stat().st_uid == 0
    return path.read_text().splitlines()


def test_addresses_are_those_that_people_have(world, folder):
    alice = world.enrol("alice", "--digits", "8", "--algorithm", "SHA256")
    bob = world.enrol("bob", "--hotp")
    assert world.login("bob", bob.token.hotp(4)).code == "PAM_SUCCESS"
    out = folder / "entries"
    mark = authlog.mark()
    done = world.run("export", "--all", "--secrets", "--to", out)
    assert done.returncode == 0 and done.stdout == ""
    assert "tokens: 2, of 2 users" in done.stderr
    assert "alice: not exported: 2 backup codes: only their hashes are known" in done.stderr
    lines = read(out)
    assert lines == [alice.uri, bob.uri.replace("counter=0", "counter=5")]
    assert [line.partition("event=")[2] for line in authlog.since(mark) if "event=" in line] == \
        ["exported user=alice by=0 format=uri", "exported user=bob by=0 format=uri"]
    # Never a key anywhere else.
    for person in (alice, bob):
        assert person.secret not in done.stderr and person.secret not in "".join(authlog.since(mark))


def test_another_site_takes_them_over(world, folder, tmp_path):
    alice, bob = world.enrol("alice"), world.enrol("bob", "--hotp")
    _, _, second = add_token(world, "--hotp")
    out = folder / "entries"
    world.twostep("export", "--all", "--secrets", "--to", out)
    (folder / "other").mkdir()
    other = World(folder / "other")
    said = report(other, "uri", out)
    assert (said["imported"], said["failed"]) == (2, 0)
    assert other.login("bob", bob.token.hotp(0)).code == "PAM_SUCCESS"
    assert other.login("alice", second.hotp(0)).code == "PAM_SUCCESS"
    assert other.login("alice", lambda: alice.token.code(1)).code == "PAM_SUCCESS"


def test_pam_oath_reads_its_users_file(world, folder):
    alice, bob = world.enrol("alice"), world.enrol("bob", "--hotp", "--digits", "7")
    assert world.login("bob", bob.token.hotp(2)).code == "PAM_SUCCESS"
    out = folder / "users.oath"
    done = world.run("export", "alice", "bob", "--secrets", "--format", "oath", "--to", out)
    assert done.returncode == 0, done.stderr
    assert oath_login(folder, out, "alice", alice.token.code())
    assert not oath_login(folder, out, "bob", bob.token.hotp(2), digits=7)
    assert oath_login(folder, out, "bob", bob.token.hotp(3), digits=7)


def test_what_pam_oath_does_not_know_is_told(world, folder):
    world.enrol("alice", "--algorithm", "SHA512", "--label", "tablet")
    world.twostep("token", "add", "alice", "--ssh-key", security_key(), "--label", "stick")
    out = folder / "users.oath"
    said = json.loads(world.twostep("export", "alice", "--secrets", "--format", "oath", "--to", out, "--json"))
    assert said["tokens"] == 0 and said["failed"] == 0 and read(out) == []
    assert said["users"] == [{"user": "alice", "tokens": 0, "notExported": [
        "token tablet: pam_oath has SHA512 nowhere", "2 backup codes: only their hashes are known",
        "security key stick"]}]


@pytest.mark.parametrize("fails", ["pwrite64:error=ENOSPC", "fsync:error=EIO"])
def test_what_leaves_is_known_and_half_a_file_is_none(world, folder, fails):
    """The log has it before the file has; what could not be written whole is gone again."""
    world.enrol("alice")
    out = folder / "entries"
    before, mark = world.tree(), authlog.mark()
    done = tool.run("export", "alice", "--secrets", "--to", out, "--config", world.config,
                    prefix=["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject={fails}"])
    tool.fails(done, tool.EX_IOERR, fails.rpartition("=")[2])
    assert not out.exists() and world.tree().keys() == before.keys()
    assert [line.partition("event=")[2] for line in authlog.since(mark) if "event=" in line] == \
        ["exported user=alice by=0 format=uri"]


def test_where_no_file_can_be_made_nothing_is_logged(world, folder):
    world.enrol("alice")
    mark = authlog.mark()
    tool.fails(world.run("export", "alice", "--secrets", "--to", folder / "none/entries"), tool.EX_CANTCREAT)
    assert not [line for line in authlog.since(mark) if "event=" in line]


def test_nobody_does_it_by_mistake(world, folder):
    alice = world.enrol("alice")
    out = folder / "entries"
    tool.fails(world.run("export", "alice", "--to", out), tool.EX_USAGE, "--secrets")
    for answer, written in (("yes", False), ("export", True)):
        with Terminal([TOOL, "export", "alice", "--to", out, "--config", world.config]) as terminal:
            terminal.expect("This writes the keys of 1 user in the clear.")
            terminal.answer('Type "export" to go on: ', answer)
            seen = terminal.end()
        assert (terminal.status == 0) == written and out.exists() == written, seen
        assert alice.secret not in seen


def test_on_standard_output(world):
    alice = world.enrol("alice")
    assert world.twostep("export", "alice", "--secrets", "--to", "-") == alice.uri + "\n"


@pytest.mark.parametrize("arguments", [[], ["alice", "--all"], ["alice", "--format", "xml"],
                                       ["alice", "--json", "--to", "-"]], ids=" ".join)
def test_usage(world, folder, arguments):
    place = [] if "--to" in arguments else ["--to", folder / "entries"]
    assert world.run("export", *arguments, *place).returncode == tool.EX_USAGE
    assert not (folder / "entries").exists()


def test_who_cannot_be_exported(world, folder):
    world.enrol("alice")
    out = folder / "entries"
    tool.fails(world.run("export", "bob", "--secrets", "--to", out), tool.EX_DATAERR, "bob", "not-enrolled")
    tool.fails(world.run("export", "nobody-here", "--secrets", "--to", out), tool.EX_NOUSER)
    assert not out.exists()
    data = bytearray(world.record_of("alice").read_bytes())
    data[5000] ^= 1
    data[9000] ^= 1
    world.record_of("alice").write_bytes(data)
    bob = world.enrol("bob")
    done = world.run("export", "--all", "--secrets", "--to", out, "--json")
    assert done.returncode == tool.EX_DATAERR and "1 of 2" in done.stderr
    said = json.loads(done.stdout)
    assert [user.get("error") for user in said["users"]] == ["record-corrupt", None]
    assert read(out) == [bob.uri]
    # What is there is nobody's to write over.
    tool.fails(world.run("export", "bob", "--secrets", "--to", out), tool.EX_CANTCREAT, "is there already")
    os.unlink(out)

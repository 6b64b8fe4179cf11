"""twostep import google-authenticator --all: a whole site's home folders, and what a hostile one can hold."""

import contextlib
import json
import os
import socket
import subprocess

import moving
import oath
import pytest
import tool
from moving import home, report

NAME = ".google_authenticator"


@pytest.fixture(autouse=True)
def clean_homes():
    yield
    for user in ("alice", "bob", "carol", "dave"):
        path = home(user) / NAME
        if path.is_symlink() or not path.is_dir():
            path.unlink(missing_ok=True)
        else:
            path.rmdir()


def everybody(said):
    return {user["user"]: user["outcome"] for user in said["users"]}


def give(user, *options):
    return moving.google_authenticator(home(user) / NAME, *(options or ("-t", "-d", "-u", "-w", 3)), owner=user)


class TestAll:
    def test_everybody_who_has_a_file(self, world):
        tokens = {user: give(user) for user in ("alice", "bob")}
        tokens["carol"] = give("carol", "-c", "-u", "-w", 3)
        said = report(world, "google-authenticator", "--all")
        assert everybody(said) == dict.fromkeys(("alice", "bob", "carol"), "imported")
        assert (said["imported"], said["failed"], said["ready"], said["dryRun"]) == (3, 0, 0, False)
        assert said["withoutFile"] > 1
        oath.steady()
        assert world.login("alice", tokens["alice"].code).code == "PAM_SUCCESS"
        assert world.login("bob", tokens["bob"].code).code == "PAM_SUCCESS"
        assert world.login("carol", tokens["carol"].hotp(1)).code == "PAM_SUCCESS"
        assert world.login("bob", tokens["alice"].code).code == "PAM_AUTH_ERR"

    def test_a_dry_run(self, world):
        give("alice")
        give("bob")
        before = world.tree()
        said = report(world, "google-authenticator", "--all", "--dry-run")
        assert everybody(said) == {"alice": "ready", "bob": "ready"} and world.tree() == before
        text = world.twostep("import", "google-authenticator", "--all", "--dry-run")
        assert text.endswith("accounts without a file\nnothing was changed: this was a dry run\n")

    def test_one_bad_file_stops_nobody_else(self, world):
        give("alice")
        give("bob")
        (home("bob") / NAME).write_text("not base32!\n")
        give("carol")
        person = world.enrol("carol")
        said = report(world, "google-authenticator", "--all", status=tool.EX_DATAERR)
        assert everybody(said) == {"alice": "imported", "bob": "failed", "carol": "failed"}
        assert tool.status(world, "bob")["enrolled"] is False
        assert world.login("carol", person.token.code).code == "PAM_SUCCESS"

    def test_once_more_is_everybody_refused_and_nothing_changed(self, world):
        give("alice")
        give("bob")
        report(world, "google-authenticator", "--all")
        before = world.tree()
        said = report(world, "google-authenticator", "--all", status=tool.EX_CANTCREAT)
        assert everybody(said) == {"alice": "failed", "bob": "failed"} and world.tree() == before

    def test_backup_codes_for_everybody(self, world):
        for user in ("alice", "bob"):
            give(user)
        path = world.folder / "codes"
        report(world, "google-authenticator", "--all", "--backup-codes", path)
        codes = dict(line.split(": ") for line in path.read_text().splitlines())
        assert set(codes) == {"alice", "bob"}
        assert world.login("bob", codes["alice"].split()[0]).code == "PAM_AUTH_ERR"
        assert world.login("alice", codes["alice"].split()[0], remarks=True).code == "PAM_SUCCESS"

    @pytest.mark.parametrize("pattern", ["~/.2fa/code", "${HOME}/.2fa/code", "%h/.2fa/code"])
    def test_another_place_in_the_home_folder(self, world, pattern):
        folder = home("alice") / ".2fa"
        folder.mkdir()
        try:
            moving.google_authenticator(folder / "code", "-t", "-d", "-u", "-w", 3)
            assert everybody(report(world, "google-authenticator", "--all", "--path", pattern)) == \
                {"alice": "imported"}
        finally:
            (folder / "code").unlink()
            folder.rmdir()

    @pytest.mark.parametrize("word", ["${USER}", "%u"])
    def test_a_place_of_roots(self, world, folder, word):
        """Where homes are encrypted, or links, sites keep the files elsewhere; there they may be root's."""
        moving.google_authenticator(folder / "alice", "-t", "-d", "-u", "-w", 3, owner="root")
        assert everybody(report(world, "google-authenticator", "--all", "--path", folder / word)) == \
            {"alice": "imported"}

    @pytest.mark.parametrize("place, words", [
        ("root", ("is one file for everybody", "single quotes, or the shell fills it in")),
        ("$USER", ("${HOME} and ${USER}", "with braces")),
    ], ids=["what the shell makes of it", "no braces"])
    def test_one_persons_key_for_everybody(self, world, folder, place, words):
        """--path "/etc/2fa/${USER}" in double quotes: root's shell has filled in its own name."""
        moving.google_authenticator(folder / place, "-t", "-d", "-u", "-w", 3, owner="root")
        before = world.tree()
        for options in ((), ("--dry-run",)):
            tool.fails(world.run("import", "google-authenticator", "--all", "--path", folder / place, *options),
                       tool.EX_USAGE, *words)
        assert world.tree() == before

    def test_two_who_would_read_one_file(self, world, folder):
        """By a link of root's, and by a mount that shows one file at two places; carol's own is hers."""
        for user in ("alice", "carol", "dave"):
            (folder / user).mkdir()
            moving.google_authenticator(folder / user / "code", "-t", "-d", "-u", "-w", 3, owner="root")
        (folder / "bob").symlink_to("alice")
        with bound(folder / "dave", folder / "mallory"):
            (folder / "root").symlink_to("mallory")
            said = report(world, "google-authenticator", "--all", "--path", folder / "%u/code", status=tool.EX_DATAERR)
        assert everybody(said) == {"alice": "failed", "bob": "failed", "carol": "imported", "dave": "failed",
                                   "root": "failed"}
        why = {user["user"]: user.get("error", "") for user in said["users"]}
        assert "one file is read for alice, bob:" in why["alice"] == why["bob"].replace("bob cannot", "alice cannot")
        assert "one file is read for root, dave:" in why["dave"]
        assert [tool.status(world, user)["enrolled"] for user in ("alice", "bob", "carol", "dave")] == \
            [False, False, True, False]


@contextlib.contextmanager
def bound(source, target):
    """A folder that is seen at a second place."""
    target.mkdir()
    subprocess.run(["mount", "--bind", source, target], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", target], check=True)


def as_link(path):
    target = home("bob") / "target"
    moving.google_authenticator(target, "-t", "-d", "-u", "-w", 3, owner="alice")
    path.symlink_to(target)


def as_link_to_roots(path):
    target = path.parents[2] / "var/lib/twostep-tests/roots"
    moving.google_authenticator(target, "-t", "-d", "-u", "-w", 3, owner="root")
    path.symlink_to(target)


def as_fifo(path):
    os.mkfifo(path, 0o600)
    os.chown(path, moving.pwd.getpwnam("alice").pw_uid, -1)


def as_socket(path):
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(path))


def as_device(path):
    os.mknod(path, 0o600 | 0o020000, os.makedev(1, 5))


def as_huge(path):
    path.touch()
    os.truncate(path, 1 << 40)
    moving.give(path, "alice")


def as_bobs(path):
    moving.google_authenticator(path, "-t", "-d", "-u", "-w", 3, owner="bob")


def as_hard_link(path):
    as_own(path)
    os.link(path, home("alice") / "second-name")


def as_readable(path):
    as_own(path)
    os.chmod(path, 0o644)


def as_writable(path):
    as_own(path)
    os.chmod(path, 0o620)


def as_own(path):
    moving.google_authenticator(path, "-t", "-d", "-u", "-w", 3)


class TestHostile:
    @pytest.mark.parametrize("make, words", [
        (as_link, "is a symbolic link"), (as_link_to_roots, "is a symbolic link"),
        (as_fifo, "is no regular file"), (as_socket, "is no regular file"), (as_device, "is no regular file"),
        (lambda path: path.mkdir(), "is a folder"), (as_huge, "is larger than 64 KiB"),
        (as_bobs, "belongs to somebody else"), (as_hard_link, "has more than one name"),
        (as_readable, "is open to others"), (as_writable, "is open to others"),
    ], ids=lambda value: getattr(value, "__name__", None))
    def test_a_file_that_is_not_taken(self, world, make, words):
        path = home("alice") / NAME
        make(path)
        before = world.tree()
        try:
            tool.fails(world.run("import", "google-authenticator", "--all"), tool.EX_DATAERR,
                       "alice cannot be imported: ", words)
            tool.fails(world.run("import", "google-authenticator", path, "--user", "alice"), tool.EX_DATAERR, words)
            assert world.tree() == before
        finally:
            for left in (home("bob") / "target", home("alice") / "second-name",
                         path.parents[2] / "var/lib/twostep-tests/roots"):
                left.unlink(missing_ok=True)

    def test_a_folder_that_is_a_link(self, world, folder):
        """The owner cannot lead root to anywhere by a link above the file."""
        as_own(folder / "code")
        (home("alice") / ".2fa").symlink_to(folder)
        try:
            tool.fails(world.run("import", "google-authenticator", "--all", "--path", "~/.2fa/code"),
                       tool.EX_DATAERR, "is a symbolic link, or a folder above it is one")
        finally:
            (home("alice") / ".2fa").unlink()

    def test_a_link_of_roots_is_followed(self, world, folder):
        """Such as /home on another disk; also one that says where it leads from where it stands."""
        (folder / "disk" / "alice").mkdir(parents=True)
        as_own(folder / "disk" / "alice" / "code")
        (folder / "one").symlink_to(folder / "two")
        (folder / "two").symlink_to("../" + folder.name + "/./disk")
        said = report(world, "google-authenticator", "--all", "--path", folder / "one/${USER}/code")
        assert everybody(said) == {"alice": "imported"}

    def test_but_not_in_a_folder_that_others_may_write(self, world, folder):
        as_own(folder / "code")
        (folder / "open").mkdir()
        os.chmod(folder / "open", 0o1777)
        (folder / "open" / "link").symlink_to(folder)
        tool.fails(world.run("import", "google-authenticator", folder / "open/link/code", "--user", "alice"),
                   tool.EX_DATAERR, "is a symbolic link")

    def test_links_in_a_circle(self, world, folder):
        (folder / "one").symlink_to(folder / "two")
        (folder / "two").symlink_to(folder / "one")
        tool.fails(world.run("import", "google-authenticator", folder / "one/code", "--user", "alice"),
                   tool.EX_DATAERR, "is a symbolic link")

    def test_nothing_of_a_file_that_is_no_such_file_is_told(self, world):
        path = home("alice") / NAME
        path.write_text("hunter2-secret\n\x1b[2Jsomething\n")
        moving.give(path, "alice")
        done = world.run("import", "google-authenticator", "--all")
        tool.fails(done, tool.EX_DATAERR)
        assert "hunter" not in done.stderr and "\x1b" not in done.stderr

    def test_a_file_that_changes_all_the_time(self, world):
        """Whoever puts other things in its place meanwhile gets one of them, whole, or a refusal."""
        path = home("alice") / NAME
        token = moving.google_authenticator(path, "-t", "-d", "-u", "-w", 3)
        script = """
import os, sys
path = sys.argv[1]; good = open(path).read()
while True:
    for make in (lambda: os.symlink("/etc/shadow", path + ".n"), lambda: os.mkfifo(path + ".n", 0o600),
                 lambda: os.link("/etc/passwd", path + ".n"),
                 lambda: open(os.open(path + ".n", os.O_CREAT | os.O_WRONLY, 0o600), "w").write(good)):
        try: make()
        except OSError: continue
        os.rename(path + ".n", path)
"""
        with subprocess.Popen(["setpriv", "--reuid", "alice", "--regid", "alice", "--clear-groups",
                               "/usr/bin/python3", "-c", script, str(path)]) as other:
            try:
                outcomes = set()
                for _ in range(60):
                    done = world.run("import", "google-authenticator", path, "--user", "alice", "--replace", "--json")
                    outcomes.add(done.returncode)
                    assert done.returncode in (0, tool.EX_DATAERR), done.stderr
                    assert "root:" not in done.stdout + done.stderr
                    if done.returncode == 0:
                        assert json.loads(done.stdout)["imported"] == 1
                        assert [entry["key"] for entry in tool.record(world)["tokens"]] == [token.secret]
            finally:
                other.kill()
        (path.parent / (NAME + ".n")).unlink(missing_ok=True)
        assert outcomes == {0, tool.EX_DATAERR}

"""kill -9 at each system call of a login: the record is old or new, never neither.

Whenever the killed run had answered "accepted", the code is refused afterwards.
"""

import pwd
import shutil
import subprocess
from pathlib import Path

import killing
import oath
import pytest
import tool

SERVICE = Path("/etc/pam.d/twostep-crash")
LOGIN = ["pamtester", SERVICE.name, "alice", "authenticate"]
ACCEPTED = "successfully authenticated"


@pytest.fixture
def person(world):
    person = world.enrol("alice")
    SERVICE.write_text(f"auth required pam_twostep.so config={world.config}\n")
    yield person
    SERVICE.unlink()


class Place:
    """A store whose folder is a mount point."""

    def __init__(self, folder):
        self._folder, self._disk, self._is_mounted = folder, folder / "disk", False
        self.store, self.key, self.config = folder / "store", folder / "key", folder / "twostep.conf"
        self.config.write_text(f"store = {self.store}\nkey = {self.key}\nbcrypt_cost = 10\nbackup_codes = 1\n")
        self.init = ["/usr/local/sbin/twostep", "init", "--config", self.config]

    def run(self, *words):
        return tool.run(*words, "--config", self.config)

    def empty(self):
        """The disk, mounted; nothing was ever made."""
        self.unmount()
        for path in self.left_over() + [self._disk, self.store]:
            shutil.rmtree(path, ignore_errors=True)
        self.key.unlink(missing_ok=True)
        for path in self._disk, self.store:
            path.mkdir(mode=0o700)
        (self._disk / "lost+found").mkdir(mode=0o700)   # as mke2fs leaves it
        self.mount()

    def mount(self):
        subprocess.run(["mount", "--bind", self._disk, self.store], check=True)
        self._is_mounted = True

    def unmount(self):
        if self._is_mounted:
            subprocess.run(["umount", self.store], check=True)
        self._is_mounted = False

    def left_over(self):
        return list(self._folder.glob(".new-*"))

    def without_disk_nothing_is_made(self, point):
        """An empty store would say that nobody ever enrolled."""
        self.unmount()
        tool.fails(self.run("init"), tool.EX_CONFIG, "there is a key but no store")
        assert list(self.store.iterdir()) == [], point
        self.mount()

    def a_store_that_lost_its_marker_is_left(self, point):
        """Even with the id at hand: its index names somebody."""
        assert self.run("enroll", "alice", "--provision").returncode == 0, point
        (self.store / "marker").unlink()
        (self.store / "users" / str(pwd.getpwnam("alice").pw_uid)).unlink()
        assert "marker-missing" in self.run("init").stderr, point
        assert not (self.store / "marker").exists(), point


@pytest.fixture
def place(folder):
    place = Place(folder)
    yield place
    place.unmount()


def _points_after_the_answer(points):
    """The calls that follow the reading of the answer: judging, writing, answering."""
    asked = max(index for index, point in enumerate(points) if point.text.startswith("read(0,"))
    after = points[asked + 1:]
    names = {point.name for point in after}
    assert {"flock", "pwrite64", "fdatasync"} <= names, names
    return [point for point in after if not point.name.startswith("exit")]


def _kill_everywhere(world, person, code_of, scratch):
    """For each point: what the record says afterwards, "old" or "new"."""
    snapshot = killing.Snapshot(world.store)
    points = _points_after_the_answer(killing.points(LOGIN, code_of() + "\n", scratch))
    states = []
    for point in points:
        snapshot.restore()
        oath.steady(seconds=3)
        code = code_of()
        run = killing.killed_at(point, LOGIN, code + "\n", scratch)
        again = world.login("alice", code, remarks=True)
        assert again.code in ("PAM_SUCCESS", "PAM_AUTH_ERR"), f"{point}: {again.log}"
        if ACCEPTED in run.output:
            assert again.code == "PAM_AUTH_ERR", f"{point}: accepted twice"
        if run.killed:
            states.append("old" if again.code == "PAM_SUCCESS" else "new")
        later = world.login("alice", person.token.code(1))
        assert later.code == "PAM_SUCCESS", f"{point}: {later.log}"
    return states


def _old_then_new(states):
    """Nothing before the write, everything after it, and the test saw both sides."""
    assert states == sorted(states, reverse=True), states
    assert states.count("old") >= 5 and states.count("new") >= 3, states


def test_one_time_code(world, person, tmp_path):
    _old_then_new(_kill_everywhere(world, person, person.token.code, tmp_path))


def test_backup_code(world, person, tmp_path):
    _old_then_new(_kill_everywhere(world, person, lambda: person.backup_codes[0], tmp_path))


def test_a_failure_is_charged_before_it_is_answered(make_world, tmp_path):
    """Killing the program that asks, as whoever started su may, buys no free guesses."""
    world = make_world(deny=1)
    person = world.enrol("alice")
    SERVICE.write_text(f"auth required pam_twostep.so config={world.config}\n")
    wrong = person.token.wrong()
    snapshot = killing.Snapshot(world.store)
    done = killing.points(["sh", "-c", " ".join(LOGIN) + "; true"], wrong + "\n", tmp_path)
    points = _points_after_the_answer(done)
    verdicts = 0
    for point in points:
        snapshot.restore()
        run = killing.killed_at(point, ["sh", "-c", " ".join(LOGIN) + "; true"], wrong + "\n",
                                tmp_path)
        outcome = world.login("alice", person.token.code)
        if "failure" in run.output:
            verdicts += 1
            assert outcome.event["reason"] == "locked", point
        assert outcome.code in ("PAM_SUCCESS", "PAM_AUTH_ERR"), point
    SERVICE.unlink()
    assert verdicts >= 1


class TestTool:
    """kill -9 at each system call with which the tool changes files: it can be run again."""

    CHANGES = ("openat", "write", "pwrite64", "fsync", "fdatasync", "renameat", "renameat2",
               "rename", "unlink", "unlinkat", "mkdir", "mkdirat", "fchmod", "fchmodat", "flock",
               "fallocate", "ftruncate", "linkat", "fchown")

    def _points(self, world, command, scratch):
        """The changes from the first that names something of this world."""
        points = killing.points(command, "", scratch)
        first = next(index for index, point in enumerate(points)
                     if f'"{world.folder.name}"' in point.text or str(world.folder) in point.text
                     and point.name != "execve")
        return [point for point in points[first:] if point.name in self.CHANGES]

    def test_enrolling(self, world, tmp_path):
        alice = world.enrol("alice")
        enrol = ["/usr/local/sbin/twostep", "enroll", "bob", "--provision", "--config",
                 world.config]
        snapshot = killing.Snapshot(world.store)
        for point in self._points(world, enrol, tmp_path):
            snapshot.restore()
            killing.killed_at(point, enrol, "", tmp_path)
            outcome = world.login("bob", "123456")
            assert outcome.code in ("PAM_AUTH_ERR", "PAM_AUTHINFO_UNAVAIL"), point
            assert world.login("alice", alice.token.wrong()).event["reason"] in \
                ("wrong-code", "locked"), point
            again = world.run("enroll", "bob", "--provision", "--json")
            assert again.returncode == 0 or "already enrolled" in again.stderr, \
                f"{point}: {again.stderr}"
            assert world.login("bob", "12345").event["reason"] == "malformed", point

    def test_initialising(self, world, tmp_path):
        init = ["/usr/local/sbin/twostep", "init", "--config", world.config]
        world.configure(backup_codes=0)         # hashing them would take most of the time
        self._empty(world)
        for point in self._points(world, init, tmp_path):
            self._empty(world)
            killing.killed_at(point, init, "", tmp_path)
            again = world.run("init")
            assert again.returncode == 0, f"{point}: {again.stderr}"
            person = world.enrol("alice")
            assert world.login("alice", person.token.code).code == "PAM_SUCCESS", point

    def test_initialising_a_mount_point(self, place, tmp_path):
        """It is filled as it stands, and whatever a kill leaves there the next run takes up."""
        place.empty()
        points = [point for point in killing.points(place.init, "", tmp_path) if point.name in self.CHANGES]
        # What comes before the last decoy is there is as anywhere else.
        last = max(index for index, point in enumerate(points)
                   if '"decoy-15"' in point.text and point.name.startswith("rename"))
        points = [point for point in points[last + 1:] if "decoy-" not in point.text]
        assert sum("marker" in point.text for point in points) > 3
        lost = 0
        for point in points:
            place.empty()
            assert killing.killed_at(point, place.init, "", tmp_path).killed, point
            if (place.store / "marker").exists():
                place.without_disk_nothing_is_made(point)
                lost += 1
                if place.left_over() and lost == 1:
                    place.a_store_that_lost_its_marker_is_left(point)
                    continue
            again = place.run("init")
            assert again.returncode == 0, f"{point}: {again.stderr}"
            assert not place.left_over(), point
        assert 3 < lost < len(points) - 3
        assert place.run("enroll", "alice", "--provision").returncode == 0

    def _empty(self, world):
        shutil.rmtree(world.store, ignore_errors=True)
        world.key.unlink(missing_ok=True)

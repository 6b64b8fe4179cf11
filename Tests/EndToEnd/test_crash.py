"""kill -9 at each system call of a login: the record is old or new, never neither.

Whenever the killed run had answered "accepted", the code is refused afterwards.
"""

import shutil
from pathlib import Path

import killing
import oath
import pytest

SERVICE = Path("/etc/pam.d/twostep-crash")
LOGIN = ["pamtester", SERVICE.name, "alice", "authenticate"]
ACCEPTED = "successfully authenticated"


@pytest.fixture
def person(world):
    person = world.enrol("alice")
    SERVICE.write_text(f"auth required pam_twostep.so config={world.config}\n")
    yield person
    SERVICE.unlink()


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
        self._empty(world)
        for point in self._points(world, init, tmp_path):
            self._empty(world)
            killing.killed_at(point, init, "", tmp_path)
            again = world.run("init")
            assert again.returncode == 0, f"{point}: {again.stderr}"
            person = world.enrol("alice")
            assert world.login("alice", person.token.code).code == "PAM_SUCCESS", point

    def _empty(self, world):
        shutil.rmtree(world.store, ignore_errors=True)
        world.key.unlink(missing_ok=True)

"""Changing a record with the tool, when something goes wrong: the old state or the new one, never half of either.

kill -9 at each system call, a write that fails, a lock that somebody holds, a record that is damaged.
"""

import json
import os
import subprocess

import authlog
import killing
import oath
import pytest
import tool
from tool import add_token, security_key

CALLS = ("openat", "read", "pread64", "write", "pwrite64", "fdatasync", "fsync", "flock", "renameat",
         "unlinkat", "ftruncate", "fchmod", "sendto", "connect", "exit_group")


class Changing:
    """A command, what it is given, and how to see whether its change is there."""

    def __init__(self, world):
        self.world = world
        self.person = world.enrol("alice", "--hotp")
        self.app = self.person.token

    input = ""

    def has_changed(self, output):
        """Whether the change is there, by what logins say; an assertion fails where it is neither there nor not."""
        raise NotImplementedError

    def login(self, code):
        return self.world.login("alice", code, remarks=True)


class Unlocking(Changing):
    command = ("unlock", "alice")

    def __init__(self, world):
        super().__init__(world)
        for code in ("000000", "000001"):
            if code not in [self.app.hotp(counter) for counter in range(10)]:
                self.login(code)

    def has_changed(self, output):
        reason = self.login(self.app.hotp(0)).event.get("reason")
        assert reason in (None, "locked")
        return reason is None


class Removing(Changing):
    command = ("token", "remove", "alice", "fob")

    def __init__(self, world):
        super().__init__(world)
        _, _, self.fob = add_token(world, "--hotp", "--label", "fob")

    def has_changed(self, output):
        there = self.login(self.fob.hotp(0)).code == "PAM_SUCCESS"
        assert self.login(self.app.hotp(0)).code == "PAM_SUCCESS"
        return not there


class Adding(Changing):
    command = ("token", "add", "alice", "--provision", "--json", "--hotp", "--label", "fob")

    def has_changed(self, output):
        assert self.login(self.app.hotp(0)).code == "PAM_SUCCESS"
        if "fob" not in [token["label"] for token in tool.status(self.world)["tokens"]]:
            return False
        # What counts was printed before.
        secret = json.loads(output[:output.index("}") + 1])["secret"]
        assert self.login(oath.Token(secret).hotp(0)).code == "PAM_SUCCESS"
        return True


class Registering(Changing):
    command = ("token", "add", "alice", "--ssh-key", security_key(), "--label", "blue")

    def has_changed(self, output):
        assert self.login(self.app.hotp(0)).code == "PAM_SUCCESS"
        return bool(tool.status(self.world)["securityKeys"])


class Renaming(Changing):
    command = ("token", "rename", "alice", "app", "phone")

    def has_changed(self, output):
        label = self.login(self.app.hotp(0)).event["token"]
        assert label in ("app", "phone")
        return label == "phone"


class Resynchronising(Changing):
    command = ("token", "resync", "alice", "app")

    def __init__(self, world):
        super().__init__(world)
        self.input = f"{self.app.hotp(100)}\n{self.app.hotp(101)}\n"

    def has_changed(self, output):
        done = self.login(self.app.hotp(102)).code == "PAM_SUCCESS"
        assert done or self.login(self.app.hotp(0)).code == "PAM_SUCCESS"
        assert self.login(self.app.hotp(101)).code == "PAM_AUTH_ERR"
        return done


class Regenerating(Changing):
    command = ("backup-codes", "alice", "--regenerate", "--override", "--reason", "x", "--json")

    def has_changed(self, output):
        old = self.login(self.person.backup_codes[0]).code == "PAM_SUCCESS"
        if old:
            return False
        new = json.loads(output[:output.index("}") + 1])["backupCodes"]
        self.world.twostep("unlock", "alice")       # or the next backup code waits after a wrong one
        assert self.login(new[0]).code == "PAM_SUCCESS"
        return True


KINDS = (Unlocking, Removing, Adding, Registering, Renaming, Resynchronising, Regenerating)


def _points(command, input, scratch):
    """The calls of the command's own work: from where it opens the store on."""
    found = [point for point in killing.points(command, input, scratch) if point.name in CALLS]
    opened = next(index for index, point in enumerate(found) if '"users"' in point.text)
    assert {"flock", "pwrite64", "fdatasync"} <= {point.name for point in found[opened:]}
    return found[opened:]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_killed_at_each_call(make_world, tmp_path, kind):
    world = make_world(deny=2)
    change = kind(world)
    command = ["/usr/local/sbin/twostep", *change.command, "--config", world.config]
    snapshot = killing.Snapshot(world.store)
    states = []
    for point in _points(command, change.input, tmp_path):
        snapshot.restore()
        run = killing.killed_at(point, command, change.input, tmp_path)
        assert run.killed, point
        states.append(change.has_changed(run.output))
    assert states == sorted(states), states
    assert states.count(False) >= 5 and states.count(True) >= 3, states


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_second_slot_that_cannot_be_written_is_told(make_world, tmp_path, kind):
    """The first one is durable, so the change counts; only an older state is left beside it."""
    world = make_world(deny=2)
    change = kind(world)
    done = _failing(world, change, tmp_path, "pwrite64:error=EIO:when=2")
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "twostep: the change counts, but the record's older state could not be written over (EIO)",
        "twostep: look at the disk; the next login tries again"]
    assert change.has_changed(done.stdout)
    assert tool.record(world)["sound"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_first_slot_that_cannot_be_written_changes_nothing(make_world, tmp_path, kind):
    world = make_world(deny=2)
    change = kind(world)
    before = tool.record(world)
    done = _failing(world, change, tmp_path, "pwrite64:error=EIO:when=1")
    assert done.returncode == tool.EX_IOERR and "not-writable (EIO)" in done.stderr
    assert "nothing was changed" in done.stderr
    assert tool.record(world) == before
    assert not change.has_changed(done.stdout)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_first_slot_that_may_not_be_durable_is_told(make_world, tmp_path, kind):
    """The file has the change, and the disk has not said that it keeps it: nobody may say that nothing was changed."""
    world = make_world(deny=2)
    change = kind(world)
    mark = authlog.mark()
    done = _failing(world, change, tmp_path, "fdatasync:error=EIO:when=1")
    assert done.returncode == tool.EX_IOERR
    assert done.stderr.splitlines()[-2:] == [
        "twostep: the disk failed (EIO), and it is not certain whether the change was kept",
        "twostep: mend the disk, and look with: twostep status alice"]
    assert "nothing was changed" not in done.stderr
    assert "event=change-uncertain user=alice by=0 cause=EIO" in "".join(authlog.since(mark))
    assert change.has_changed(done.stdout)


def _failing(world, change, scratch, injection):
    return subprocess.run(
        ["strace", "-f", "-qq", "-o", scratch / "trace", "-e", f"inject={injection}",
         "/usr/local/sbin/twostep", *change.command, "--config", world.config],
        input=change.input, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_limit_on_file_sizes_changes_nothing(world, kind):
    change = kind(world)
    before = world.tree()
    done = tool.run(*change.command, "--config", world.config, input=change.input,
                    prefix=["prlimit", "--fsize=8192"])
    assert done.returncode == tool.EX_IOERR and "not-writable (RLIMIT_FSIZE)" in done.stderr
    assert world.tree() == before


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_damaged_record_is_not_touched(world, kind):
    change = kind(world)
    world.record_of("alice").write_bytes(bytes(12288))
    before = world.tree()
    tool.fails(world.run(*change.command, input=change.input), tool.EX_IOERR, "record-corrupt")
    assert world.tree() == before


def test_a_lock_that_somebody_holds(world):
    world.enrol("alice")
    before = world.tree()
    holder = subprocess.Popen(["flock", world.record_of("alice"), "sleep", "30"])
    try:
        while subprocess.run(["flock", "-n", world.record_of("alice"), "true"], check=False).returncode == 0:
            assert holder.poll() is None, "the record could not be locked; the test shows nothing"
        tool.fails_with(world.run("unlock", "alice"), tool.EX_UNAVAILABLE,
                        "somebody else is changing the store", "try again in a moment")
    finally:
        holder.kill()
        holder.wait()
    assert world.tree() == before


def test_two_at_once(world):
    """Each reads what the other has written: nothing is lost."""
    world.enrol("alice")
    commands = [[tool.TOOL, "token", "add", "alice", "--ssh-key", security_key(), "--label", f"k{number}",
                 "--config", world.config] for number in range(4)]
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ) for command in commands]
    assert [process.wait() for process in running] == [0] * 4
    assert {key["label"] for key in tool.status(world)["securityKeys"]} == {"k0", "k1", "k2", "k3"}


NO_CLOCK = r"""
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *now) {
    if (clock == CLOCK_REALTIME) { errno = EPERM; return -1; }
    return syscall(SYS_clock_gettime, clock, now);
}
"""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_clock_that_cannot_be_read_changes_nothing(world, tmp_path, kind):
    """The time 0 in a record would be 1970 to whatever asks it later: budgets, pauses, what was spent when."""
    (tmp_path / "noclock.c").write_text(NO_CLOCK)
    subprocess.run(["gcc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", tmp_path / "noclock.so",
                    tmp_path / "noclock.c"], check=True)
    change = kind(world)
    before = world.tree()
    done = tool.run(*change.command, "--config", world.config, input=change.input,
                    env={**os.environ, "LD_PRELOAD": str(tmp_path / "noclock.so")})
    assert done.returncode == 70 and "twostep: the clock cannot be read" in done.stderr.splitlines()
    assert world.tree() == before

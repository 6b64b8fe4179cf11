"""Where the record cannot be written, right and wrong get one answer; a full disk alone locks nobody out."""

import itertools
import os
import resource
import signal
import subprocess

import pytest
from pamstack import code_for


@pytest.fixture
def small_disk(folder):
    """A file system of one megabyte for the store."""
    mount = folder / "disk"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=755", "small", mount], check=True)
    yield mount
    subprocess.run(["umount", mount], check=True)


def _fill(folder):
    """Writes until nothing more goes in."""
    with open(folder / "filler", "wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass


def test_a_full_disk_locks_nobody_out(make_world, small_disk):
    world = make_world(store=small_disk / "store")
    person = world.enrol("alice")
    _fill(small_disk)
    assert world.login("alice", person.token.wrong()).event["reason"] == "wrong-code"
    assert world.login("alice", person.token.code).code == "PAM_SUCCESS"
    code = person.backup_codes[0]
    assert world.login("alice", code, remarks=True).code == "PAM_SUCCESS"
    assert world.login("alice", code).code == "PAM_AUTH_ERR"


def test_enrolling_on_a_full_disk_fails_clearly_and_leaves_nothing(make_world, small_disk):
    world = make_world(store=small_disk / "store")
    person = world.enrol("alice")
    _fill(small_disk)
    before = world.tree()
    done = world.run("enroll", "bob", "--provision")
    assert done.returncode in (73, 74), done.stderr      # EX_CANTCREAT, EX_IOERR
    assert "ENOSPC" in done.stderr
    assert world.tree() == before
    assert world.login("bob", "123456").event["reason"] == "not-enrolled"
    assert world.login("alice", person.token.code).code == "PAM_SUCCESS"


@pytest.fixture
def read_only(world):
    """Makes the store's file system read-only for the test, once people are enrolled."""
    def freeze():
        subprocess.run(["mount", "--bind", world.store, world.store], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", world.store], check=True)
        frozen.append(True)
    frozen = []
    yield freeze
    if frozen:
        subprocess.run(["umount", world.store], check=True)


def test_a_read_only_store(world, read_only):
    person = world.enrol("alice")
    read_only()
    before = world.tree()
    for code in (person.token.code(), person.token.wrong(), person.backup_codes[0], "AAAA-AAAA"):
        outcome = world.login("alice", code)
        assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
        assert (outcome.event["event"], outcome.event["reason"]) == ("error", "not-writable")
    assert world.tree() == before


@pytest.mark.parametrize("size", [0, 1, 2048, 4096, 8192])
def test_a_limit_on_the_size_of_files(world, size):
    """What a user may set before starting su: no failure goes uncharged that way, and nobody is killed."""
    person = world.enrol("alice")
    before = world.tree()

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    for code in (person.token.code, person.token.wrong, person.backup_codes[0]):
        outcome = world.login("alice", code, before=limit)
        assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
        assert outcome.event["reason"] == "not-writable"
    assert world.tree() == before
    assert world.login("alice", person.token.code).code == "PAM_SUCCESS"


def _leave_descriptors(room):
    """Sets the limit so that `room` more can be opened."""
    taken = {int(name) for name in os.listdir("/proc/self/fd")
             if os.path.exists(f"/proc/self/fd/{name}")}        # not the one that lists them
    free = (number for number in itertools.count() if number not in taken)
    limit = next(itertools.islice(free, room, None))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def test_no_descriptors_left_when_the_answer_comes(world):
    """Whatever cannot be opened, nobody gets in by it, and a wrong code is answered like a right one."""
    person = world.enrol("alice")
    outcomes = []
    for room in range(6):
        for code in (person.token.wrong(), person.token.code()):
            def answer(code=code, room=room):
                _leave_descriptors(room)
                return code
            outcomes.append(world.login("alice", answer))
    answers = [outcome.code for outcome in outcomes]
    pairs = set(zip(answers[::2], answers[1::2]))
    assert pairs <= {("PAM_AUTHINFO_UNAVAIL", "PAM_AUTHINFO_UNAVAIL"),
                     # Where the module has just enough, libpam itself may not: it opens its audit
                     # socket when the module has answered, and fails the login where it cannot.
                     ("PAM_SYSTEM_ERR", "PAM_SYSTEM_ERR"),
                     ("PAM_AUTH_ERR", "PAM_SUCCESS"), ("PAM_AUTH_ERR", "PAM_AUTH_ERR")}
    causes = [outcome.event.get("cause") for outcome in outcomes[:2]]
    assert causes == ["EMFILE"] * 2, "the limit did not bite"


@pytest.mark.parametrize("signals", [(signal.SIGCHLD, signal.SIG_IGN), (signal.SIGPIPE, signal.SIG_IGN),
                                     (signal.SIGALRM, signal.SIG_IGN)], ids=str)
def test_the_callers_signals_are_left_alone(world, signals):
    person = world.enrol("alice")
    outcome = world.login("alice", person.token.code, before=lambda: signal.signal(*signals))
    assert outcome.code == "PAM_SUCCESS"


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777], ids=oct)
def test_any_umask(world, umask):
    person = world.enrol("alice")
    outcome = world.login("alice", person.token.code, before=lambda: os.umask(umask) and None)
    assert outcome.code == "PAM_SUCCESS"


def test_standard_streams_closed(world):
    """A daemon without them: nothing is read from or written to what takes their place."""
    person = world.enrol("alice")
    taken = world.folder / "taken"

    def close():
        for descriptor in (0, 1, 2):
            os.close(descriptor)
            assert os.open(taken, os.O_RDWR | os.O_CREAT) == descriptor
    assert world.login("alice", person.token.code, "debug", before=close).code == "PAM_SUCCESS"
    assert taken.read_bytes() == b""


def test_several_handles_after_one_another_in_one_process(world):
    """Loaded, used, unloaded, and again: nothing is left over."""
    person = world.enrol("alice")
    stack = world.stack()

    def used_before():
        from pamjob import Job
        for code in person.token.wrong(2):
            report = Job(stack, ["authenticate"], "alice", code_for(code), 0, {}, None, True,
                         False).run()
            assert report.get("codes") == [7], report
    assert stack.authenticate("alice", code_for(person.token.code), before=used_before).code == \
        "PAM_SUCCESS"

"""What the service takes from itself holds a process that somebody has taken over: files of root's stay as they are."""

import subprocess

import compiled
import pytest

CALLS = ["open", "truncate", "chmod", "fchmodat2", "setxattr", "lsetxattr", "utimensat", "link", "rename", "chown"]


@pytest.fixture
def attempts(folder):
    """Runs the attempts in one way; how each went, and whether the file is as it was."""
    program = compiled.program("confined", folder)
    file = folder / "of-root"

    def run(how):
        file.write_bytes(b"as it was")
        file.chmod(0o644)
        before = file.stat()
        done = subprocess.run([program, how, file], capture_output=True, text=True, check=True)
        after = file.stat()
        kept = file.read_bytes() == b"as it was" and (before.st_mode, before.st_mtime_ns, before.st_ctime_ns) == (
            after.st_mode, after.st_mtime_ns, after.st_ctime_ns)
        return dict(line.split() for line in done.stdout.splitlines()), kept
    return run


def test_nothing_is_changed_outside_of_the_store(attempts):
    said, kept = attempts("confined")
    assert set(said) == set(CALLS) and kept
    assert set(said.values()) <= {"EPERM", "EACCES"}, said


def test_without_it_all_of_that_is_possible(attempts):
    """The attempts are real ones. fchmodat2(2) is as young as Linux 6.6."""
    said, kept = attempts("free")
    assert not kept
    assert {call for call, how in said.items() if how != "done"} <= {"fchmodat2", "link"}, said

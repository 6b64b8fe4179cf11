"""Law 4 in system calls: what a login opens closes on exec, and what is the host's the module never touches."""

import subprocess
from pathlib import Path

import calltrace
import compiled
import pytest

SERVICE = Path("/etc/pam.d/guest-calls")     # the sandbox's own /etc


@pytest.fixture
def login(world, folder):
    """One login with pamtester, traced: what it said, and its calls."""
    def login(user, code, *others):
        lines = [f"auth required pam_twostep.so config={world.config}", *others]
        SERVICE.write_text("\n".join(lines) + "\n")
        done = subprocess.run(
            calltrace.under(folder, ["pamtester", SERVICE.name, user, "authenticate"]), input=code + "\n",
            capture_output=True, text=True, timeout=60, check=False)
        calls = [call for each in calltrace.read(folder) for call in each]
        return done.stdout + done.stderr, calls
    yield login
    SERVICE.unlink()


ANSWERS = {
    "right": (lambda person: person.token.code(), "successfully authenticated"),
    "wrong": (lambda person: person.token.wrong(), "Authentication failure"),
    "backup code": (lambda person: person.backup_codes[0], "successfully authenticated"),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_login(world, login, answer):
    make, expected = ANSWERS[answer]
    said, calls = login("alice", make(world.enrol("alice")))
    assert expected in said
    assert calltrace.is_at_work(calls)
    assert calltrace.misdeeds(calls) == []


def test_a_login_of_nobody(world, login):
    said, calls = login("nobody-such", "123456")
    assert "Authentication failure" in said or "User not known" in said
    assert any(call.ours for call in calls) and calltrace.misdeeds(calls) == []


def test_every_descriptor_closes_on_exec_whoever_opens_it(world, login):
    """While the module runs: the linker's, the name service's, the log's and libcrypto's too."""
    _, calls = login("alice", world.enrol("alice").token.code())
    ours = [index for index, call in enumerate(calls) if call.ours]
    opening = [call for call in calls[ours[0]:ours[-1]] if call.name in calltrace.OPENING]
    assert len(opening) > 10
    assert [str(call) for call in opening if not call.closes_on_exec] == []


def test_a_rude_module_would_be_seen(world, folder, login):
    """The same trace of another module by our name shows what it does."""
    compiled.library("rude", folder, "m")
    rude = folder / "elsewhere" / "pam_twostep.so"
    rude.parent.mkdir()
    (folder / "rude.so").rename(rude)
    person = world.enrol("alice")
    found = []
    for fault, seen in (("umask", "umask(0177"), ("handler", "rt_sigaction("), ("mask", "rt_sigprocmask("),
                        ("thread", "clone"), ("inherited-descriptor", "openat("), ("id", "setresgid("),
                        ("output", "write(1"), ("limit", "prlimit64("), ("folder", "chdir("), ("alarm", "alarm(")):
        for path in folder.glob("calls.*"):
            path.unlink()
        _, calls = login("alice", person.token.code(), f"auth optional {rude} {fault}")
        found.append((fault, any(call.startswith(seen) for call in calltrace.misdeeds(calls))))
    assert all(is_seen for _, is_seen in found), found

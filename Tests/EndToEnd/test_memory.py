"""Laws 4 and 5 in memory: valgrind sees no error and no leak in a login, whatever is answered."""

import re
import subprocess
from pathlib import Path

import pytest

SERVICE = Path("/etc/pam.d/memory")     # the sandbox's own /etc


@pytest.fixture
def login(world, folder):
    """One login with pamtester under valgrind: what it said, and what valgrind says of it."""
    SERVICE.write_text(f"auth required pam_twostep.so config={world.config}\n")

    def login(code):
        report = folder / "valgrind"
        done = subprocess.run(
            ["valgrind", f"--log-file={report}", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect",
             "--show-leak-kinds=definite,indirect", "pamtester", "memory", "alice", "authenticate"],
            input=code + "\n", capture_output=True, text=True, timeout=120, check=False)
        return done.stdout + done.stderr, report.read_text()
    yield login
    SERVICE.unlink()


ANSWERS = {
    "right": (lambda person: person.token.code(), "successfully authenticated"),
    "wrong": (lambda person: person.token.wrong(), "Authentication failure"),
    "too long": (lambda person: "1" * 2000, "Authentication failure"),
    "backup code": (lambda person: person.backup_codes[0], "successfully authenticated"),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_valgrind_finds_nothing(world, login, answer):
    make, said = ANSWERS[answer]
    person = world.enrol("alice")
    screen, report = login(make(person))
    assert said in screen
    assert re.search(r"ERROR SUMMARY: 0 errors", report), report


def test_valgrind_finds_nothing_where_the_key_is_another(world, login):
    person = world.enrol("alice")
    world.key.chmod(0o600)
    world.key.write_bytes(b"k" * 32)
    screen, report = login(person.token.code())
    assert "retrieve authentication info" in screen, screen
    assert re.search(r"ERROR SUMMARY: 0 errors", report), report

"""Law 8: an answer shaped like a backup code costs one bcrypt, whoever gives it, and no other answer costs any."""

import os
import subprocess
from pathlib import Path

import authlog
import compiled
import pytest

SERVICE = Path("/etc/pam.d/bcrypt-calls")   # the sandbox's own /etc
MODULE = "pam_twostep.so"
COST = "$2b$10$"
WRONG = "AAAA-BBBB"


class Counting:
    """Logins in fresh processes in which every call of crypt_rn is noted."""

    def __init__(self, world, folder):
        self._log = folder / "calls"
        self._library = compiled.preload("bcrypt_calls", folder)
        SERVICE.write_text(f"auth required {MODULE} config={world.config}\n")

    def __call__(self, user, answer):
        """What the log said of the login, and the settings that were hashed under."""
        self._log.write_text("")
        mark = authlog.mark()
        subprocess.run(["pamtester", "bcrypt-calls", user, "authenticate"], input=answer + "\n",
                       capture_output=True, text=True, timeout=60, check=False,
                       env={"PATH": os.environ["PATH"], "LD_PRELOAD": str(self._library),
                            "BCRYPT_LOG": str(self._log)})
        events = [event for line in authlog.since(mark) if (event := authlog.event(line))]
        assert len(events) == 1, events
        verdict = events[0].get("reason") or events[0]["event"]
        return verdict, self._log.read_text().split()


@pytest.fixture
def login(world, folder):
    yield Counting(world, folder)
    SERVICE.unlink()


def test_one_for_everybody(world, login):
    """Right, wrong, used, without codes, unenrolled, unknown."""
    world.enrol("alice")
    bob = world.enrol("bob")
    world.configure(backup_codes=0)
    world.enrol("carol")
    code = bob.backup_codes[0]
    for user, answer, verdict in [
            ("alice", WRONG, "wrong-code"), ("bob", code, "accepted"), ("bob", code, "already-used"),
            ("bob", code.lower().replace("-", " "), "already-used"), ("carol", WRONG, "wrong-code"),
            ("dave", WRONG, "not-enrolled"), ("dave", code, "not-enrolled"), ("mallory", WRONG, "unknown-user")]:
        assert login(user, answer) == (verdict, [COST]), (user, answer)


def test_none_for_what_is_no_backup_code(world, login):
    """One code, two, nothing, a password: for everybody."""
    alice = world.enrol("alice")
    for user, verdict in [("alice", "wrong-code"), ("dave", "not-enrolled"), ("mallory", "unknown-user")]:
        for answer in [alice.token.wrong(), "271828182845"]:
            assert login(user, answer) == (verdict, []), (user, answer)
        for answer in ["", "correct horse", "AAAA-BBBU", "AAAA-BBB", "A" * 600]:
            assert login(user, answer)[1] == [], (user, answer)


def test_one_also_where_it_is_too_soon(world, login):
    """Right after a wrong one the next is not judged: hashed all the same, since a missing hash would tell."""
    alice = world.enrol("alice")
    assert login("alice", WRONG) == ("wrong-code", [COST])
    assert login("alice", alice.backup_codes[0]) == ("too-soon", [COST])


def test_one_where_single_codes_are_locked_out(world, login):
    """A closed door does not save the hash: it would tell that it is closed."""
    world.configure(deny=1)
    alice = world.enrol("alice")
    assert login("alice", alice.token.wrong())[0] == "wrong-code"
    assert login("alice", alice.token.code())[0] == "locked"
    assert login("alice", WRONG) == ("wrong-code", [COST])

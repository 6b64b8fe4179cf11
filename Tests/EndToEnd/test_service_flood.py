"""Somebody who knocks at the service in a loop, as one user or as many, keeps nobody else out of sudo and su."""

import os
import signal
import socket
import time

import pytest
from service import SOCKET, started_by

# dave's uid, and uids that no account has: what a user with subordinate uids can be.
STRANGERS = [200_000 + number for number in range(48)]


def _knock(uid, garbage, held):
    """A process of this uid that connects again and again until it is killed."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        kept = []
        while True:
            client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            client.settimeout(1)
            try:
                client.connect(str(SOCKET))
                if garbage:
                    client.send(b"\xff")
            except OSError:
                pass
            kept = (kept + [client])[-held:] if held else []
            if held:
                time.sleep(0.02)
    finally:
        os._exit(1)


@pytest.fixture(params=["gone at once", "nonsense", "held by many uids"])
def flood(request, service, uid):
    if request.param == "held by many uids":
        pids = [_knock(stranger, garbage=False, held=16) for stranger in STRANGERS]
    else:
        pids = [_knock(uid("dave"), request.param == "nonsense", held=0) for _ in range(3)]
    time.sleep(3)       # by then a queue is as long as it gets
    yield
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    for pid in pids:
        os.waitpid(pid, 0)


def test_others_are_served(machine, alice, flood):
    """By the module itself, in a program of root's that carol has started."""
    for code, expected in ((alice.token.wrong(), "PAM_AUTH_ERR"), (alice.token.code, "PAM_SUCCESS")):
        began = time.monotonic()
        outcome = machine.login("alice", code, before=started_by("carol"))
        assert outcome.code == expected, outcome.log
        assert "caller=" in outcome.log[-1]
        assert time.monotonic() - began < 10, f"{time.monotonic() - began:.1f} s"

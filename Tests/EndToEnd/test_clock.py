"""The lock and the clock: no process judges by a time older than what another has written."""

import json
import os
import signal
import time

import people
import pexpect
import pytest
from pamstack import CODE_PROMPT

DAY = 86400


def _failures(world):
    return json.loads(world.twostep("status", "alice", "--json"))["failures"]


def test_a_clock_that_is_set_back_opens_no_lock(make_world):
    world = make_world(deny=1, unlock_time=DAY)
    person = world.enrol("alice")
    assert world.login("alice", person.token.wrong(), later=5).event["reason"] == "wrong-code"
    for _ in range(3):
        assert world.login("alice", person.token.code()).event["reason"] == "locked"
    assert _failures(world) == 1


@pytest.fixture
def su(machine):
    """`su alice` by bob, up to the code's prompt."""
    running = []

    def start():
        child = pexpect.spawn("setpriv", ["--reuid", "bob", "--regid", "bob", "--clear-groups", "su", "alice"],
                              timeout=20, encoding="utf-8")
        running.append(child)
        child.expect("Password: ")
        child.sendline(people.PASSWORD)
        child.expect(CODE_PROMPT)
        return child
    yield start
    for child in running:
        if child.isalive():
            os.kill(child.pid, signal.SIGCONT)
        child.close(force=True)


def test_a_stopped_su_wakes_to_the_lock(machine, su):
    """Whoever starts `su` may stop it. However early it stops, what it does afterwards is judged by the time and the
    record as they are then."""
    machine.configure(deny=1, unlock_time=DAY)
    person = machine.enrol("alice")
    child = su()
    os.kill(child.pid, signal.SIGSTOP)
    child.sendline(person.token.wrong())
    machine.run("verify", "alice", input=person.token.wrong() + "\n")
    time.sleep(1.2)
    os.kill(child.pid, signal.SIGCONT)
    child.expect(pexpect.EOF)
    assert _failures(machine) == 1

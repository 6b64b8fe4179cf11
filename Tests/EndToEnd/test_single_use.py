"""A step or a backup code is accepted once, however many present it at the same instant."""

import contextlib
import fcntl
import os
import select
import threading
import time

import oath
import pytest
from pamstack import CODE_PROMPT, code_for
from script import Ask

AT_ONCE = 6


class Gate:
    """Lets children of this process wait, each at its prompt, until all are let go together."""

    def __init__(self):
        self._reader, self._writer = os.pipe()
        self._arrivals, self._arrived = os.pipe()

    def wait(self):
        """In a child: returns once the parent has opened the gate."""
        os.close(self._writer)
        os.write(self._arrived, b".")
        os.read(self._reader, 1)

    def open(self, count):
        """In the parent: waits until `count` children wait, then lets them go."""
        waiting = 0
        while waiting < count:
            ready, _, _ = select.select([self._arrivals], [], [], 20)
            assert ready, f"only {waiting} of {count} logins came to their prompt"
            waiting += len(os.read(self._arrivals, count))
        os.close(self._writer)

    def close(self):
        for descriptor in (self._reader, self._arrivals, self._arrived):
            os.close(descriptor)


@contextlib.contextmanager
def held(record):
    """Holds a record's lock, as another login would."""
    with record.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
        fcntl.flock(file, fcntl.LOCK_UN)


def _at_once(stack, attempts, record=None):
    """Runs (user, code) logins that answer their prompts at the same instant; their outcomes.

    With `record`, its lock is held until all of them wait for it.
    """
    gate = Gate()
    outcomes = [None] * len(attempts)

    def one(index, user, code):
        def answer():
            gate.wait()
            return code
        outcomes[index] = stack.authenticate(user, code_for(answer), remarks=True, clean=False)
    threads = [threading.Thread(target=one, args=(index, *attempt))
               for index, attempt in enumerate(attempts)]
    for thread in threads:
        thread.start()
    with held(record) if record else contextlib.nullcontext():
        gate.open(len(attempts))
        time.sleep(1 if record else 0)
    for thread in threads:
        thread.join()
    gate.close()
    return [outcome.code for outcome in outcomes]


@pytest.mark.parametrize("round", range(5))
def test_one_totp_code_many_logins(world, round):
    person = world.enrol("alice")
    codes = _at_once(world.stack(), [("alice", person.token.code())] * AT_ONCE)
    assert sorted(codes) == ["PAM_AUTH_ERR"] * (AT_ONCE - 1) + ["PAM_SUCCESS"]


@pytest.mark.parametrize("round", range(5))
def test_one_backup_code_many_logins(make_world, round):
    world = make_world(backup_codes=2)
    person = world.enrol("alice")
    codes = _at_once(world.stack(), [("alice", person.backup_codes[0])] * AT_ONCE)
    assert sorted(codes) == ["PAM_AUTH_ERR"] * (AT_ONCE - 1) + ["PAM_SUCCESS"]
    status = world.twostep("status", "alice", "--json")
    assert '"backupCodesLeft":1' in status.replace(" ", ""), status


@pytest.mark.parametrize("kind", ["one-time code", "backup code"])
def test_many_logins_that_wait_for_each_other(world, kind):
    """Whoever gets the lock judges by what the one before has written, not by what it read earlier."""
    person = world.enrol("alice")
    code = person.backup_codes[0] if kind == "backup code" else person.token.code()
    codes = _at_once(world.stack(), [("alice", code)] * AT_ONCE, world.record_of("alice"))
    assert sorted(codes) == ["PAM_AUTH_ERR"] * (AT_ONCE - 1) + ["PAM_SUCCESS"]


def test_different_backup_codes_at_once_are_all_accepted(full_world):
    """Nobody's valid code is refused because of somebody else's."""
    person = full_world.enrol("alice")
    codes = _at_once(full_world.stack(), [("alice", code) for code in person.backup_codes[:AT_ONCE]])
    assert codes == ["PAM_SUCCESS"] * AT_ONCE


def test_different_people_at_once_are_all_accepted(world):
    people = {name: world.enrol(name) for name in ("alice", "bob", "carol", "dave")}
    oath.steady(seconds=6)
    codes = _at_once(world.stack(), [(name, person.token.code()) for name, person in people.items()])
    assert codes == ["PAM_SUCCESS"] * 4


def test_wrong_codes_at_once_are_all_counted(make_world):
    world = make_world(deny=AT_ONCE + 1)
    person = world.enrol("alice")
    wrong = person.token.wrong(AT_ONCE + 1)
    assert _at_once(world.stack(), [("alice", code) for code in wrong[:AT_ONCE]]) == \
        ["PAM_AUTH_ERR"] * AT_ONCE
    # None was lost: one failure more locks the account.
    assert world.login("alice", wrong[-1]).event["reason"] == "wrong-code"
    assert world.login("alice", person.token.code).event["reason"] == "locked"


def test_the_tool_and_a_login_share_the_rule(world):
    person = world.enrol("alice")
    code = person.token.code()
    assert world.run("verify", "alice", input=code + "\n").returncode == 0
    assert world.stack().authenticate("alice", [Ask(CODE_PROMPT, code)]).code == "PAM_AUTH_ERR"

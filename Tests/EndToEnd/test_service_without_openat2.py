"""openat2(2) taken away from the service, as systemd does with `RestrictSUIDSGID=`, and as kernels before 5.6 never had it."""

import ctypes
import struct

import pamstack
import pytest
import service as running_service
from service import as_user, started_by

_OPENAT2, _ENOSYS = 437, 38
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2


def _without_openat2():
    """For a child: from now on, and in all that it starts, openat2 answers ENOSYS."""
    load_number, if_openat2 = (0x20, 0, 0, 0), (0x15, 0, 1, _OPENAT2)
    refuse, allow = (0x06, 0, 0, 0x00050000 | _ENOSYS), (0x06, 0, 0, 0x7FFF0000)
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in (
        load_number, if_openat2, refuse, allow)))
    program = struct.pack("HxxxxxxP", 4, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, program, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


@pytest.fixture
def restricted(world):
    service = running_service.Service("--config", world.config, before=_without_openat2)
    yield service
    service.stop()


def test_it_is_gone(world):
    def ask():
        _without_openat2()
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.syscall(_OPENAT2, -100, b"/", bytes(24), 24) == -1 and ctypes.get_errno() == _ENOSYS
    assert world.stack().authenticate("bob", pamstack.code_for("123456"), before=ask).code == "PAM_AUTH_ERR"


@pytest.mark.parametrize("who", [started_by, as_user], ids=["su", "a screen locker"])
def test_logins_are_judged_and_written(world, restricted, who):
    """What confines the service to its store finds the store all the same."""
    caller = "alice" if who is as_user else "dave"
    alice = world.enrol("alice")
    before, code = world.record_of("alice").read_bytes(), alice.token.code()
    for typed, said in ((alice.token.wrong(), "wrong-code"), (code, "accepted"), (code, "already-used")):
        event = world.login("alice", typed, before=who(caller)).event
        assert event.get("reason", event["event"]) == said
    assert world.record_of("alice").read_bytes() != before

"""The service killed: nobody is let in, what was charged stays charged, the person is told, the next attempt works."""

import os
import signal
import time

import killing
import libpam
import oath
import pytest
import service as running_service
import tool
from script import Ask, Told
from service import started_by

TELLING = ["twostep: the second step cannot be checked just now", "twostep: tell your administrator"]
# What a process of the service does that somebody else, or the disk, gets to see.
CALLS = ("recvfrom", "sendto", "flock", "pwrite64", "fdatasync")
FULL = 6000 * 86400             # the world's budget (docs/file-format.md)


@pytest.fixture
def world(make_world):
    return make_world(explain="yes")


@pytest.fixture
def alice(world):
    return world.enrol("alice")


def _charged(world):
    return tool.record(world)["throttle"]["world"]["level"] < FULL - 50 * 86400


def _login(world, code, options, scratch):
    """One login by su, judged by a process under strace with these options; the outcome and the process's calls."""
    trace = scratch / "trace"
    trace.unlink(missing_ok=True)
    service = running_service.Activated(
        "--config", world.config, before=["strace", "-q", "-A", "-o", trace, *options])
    try:
        begun = _size_after_the_first(trace)        # which is `listens`, and says nothing
        outcome = world.login("alice", code, before=started_by("dave"), remarks=True)
        assert service.idle()
    finally:
        service.stop()
    return outcome, trace.read_bytes()[begun:].decode(errors="replace").splitlines()


def _size_after_the_first(trace):
    """Waits until the first process under strace has ended."""
    deadline = time.monotonic() + 20
    while not (trace.exists() and b"+++" in trace.read_bytes()):
        assert time.monotonic() < deadline, "nobody was served"
        time.sleep(0.02)
    return trace.stat().st_size


def _points(world, code, scratch):
    """Each of those calls of a whole login: name, and the how-manieth it is."""
    outcome, calls = _login(world, code, [], scratch)
    assert outcome.code in ("PAM_AUTH_ERR", "PAM_SUCCESS")
    counts, found = dict.fromkeys(CALLS, 0), []
    for call in calls:
        name = call.split("(")[0]
        if name in counts:
            counts[name] += 1
            found.append((name, counts[name]))
    return found


@pytest.mark.parametrize("kind", ["wrong", "right"])
def test_at_each_call(world, alice, tmp_path, kind):
    snapshot = killing.Snapshot(world.store)
    oath.steady()
    points = _points(world, alice.token.wrong() if kind == "wrong" else alice.token.code(), tmp_path)
    assert {name for name, _ in points} == set(CALLS) and len(points) >= 10
    seen = set()
    for name, count in points:
        snapshot.restore()
        oath.steady()
        code = alice.token.wrong() if kind == "wrong" else alice.token.code()
        outcome, calls = _login(world, code, ["-e", f"inject={name}:signal=KILL:when={count}"], tmp_path)
        assert any("SIGKILL" in call for call in calls), (name, count)
        written = _charged(world) if kind == "wrong" else \
            world.login("alice", code, remarks=True).code == "PAM_AUTH_ERR"
        seen.add((outcome.code, written))
        if outcome.code == "PAM_AUTHINFO_UNAVAIL":
            own, = [event for event in outcome.events if event["event"] == "error"]
            assert (own["reason"], own["cause"]) == ("service-failed", "ended")
            assert outcome.remarks[-2:] == TELLING
        else:       # the verdict had left, and by then it was on the disk
            assert outcome.code == ("PAM_AUTH_ERR" if kind == "wrong" else "PAM_SUCCESS") and written
        # Charged or spent is what was decided; the next attempt works.
        service = running_service.Service("--config", world.config)
        assert world.login("alice", alice.token.code(1), before=started_by("dave"), remarks=True).code == "PAM_SUCCESS"
        service.stop()
    assert {("PAM_AUTHINFO_UNAVAIL", False), ("PAM_AUTHINFO_UNAVAIL", True)} <= seen


class TestListener:
    """Killed while somebody is asked: they are judged all the same, by a process of their own."""

    @pytest.fixture
    def service(self, world):
        service = running_service.Service("--config", world.config)
        yield service
        service.stop()

    @pytest.mark.parametrize("kind", ["wrong", "right"])
    def test_while_asking(self, world, alice, service, kind):
        code = alice.token.wrong() if kind == "wrong" else alice.token.code()

        def kill():
            os.kill(service.pid, signal.SIGKILL)
            return code
        outcome = world.stack().authenticate("alice", [Ask("Verification code: ", kill)], before=started_by("dave"),
                                             remarks=True)
        assert outcome.code == ("PAM_AUTH_ERR" if kind == "wrong" else "PAM_SUCCESS")
        assert " twostepd[" in outcome.log[-1]
        again = running_service.Service("--config", world.config)     # in its place, where the socket was left
        assert world.login("alice", alice.token.code(1), before=started_by("dave"), remarks=True).code == "PAM_SUCCESS"
        again.stop()

    @pytest.mark.parametrize("kind", ["wrong", "right"])
    def test_whoever_serves_somebody(self, world, alice, service, kind):
        """The process is killed while they type: refused, told why, nothing charged or spent, and the next attempt works."""
        code = alice.token.wrong() if kind == "wrong" else alice.token.code()

        def kill():
            for pid in service.connections():
                os.kill(pid, signal.SIGKILL)
            return code
        script = [Ask("Verification code: ", kill), *(Told(line, libpam.ERROR_MSG) for line in TELLING)]
        outcome = world.stack().authenticate("alice", script, before=started_by("dave"))
        assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTHINFO_UNAVAIL", "service-failed")
        assert not _charged(world) and service.is_alive()
        assert world.login("alice", alice.token.code(), before=started_by("dave")).code == "PAM_SUCCESS"

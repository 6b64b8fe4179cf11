"""Law 6: who starts su may stop, kill or limit it at any moment, and gains no guess and blocks nobody by it.

`dave` has started `su alice`; the service judges. All of it is done to the program with dave's own rights.
"""

import math
import os
import resource
import signal
import time
from collections import Counter
from pathlib import Path

import authlog
import killing
import libpam
import oath
import pamjob
import people
import pytest
import tool
from pamstack import CODE_PROMPT, code_for
from script import Ask
from service import as_user, started_by
from terminal import Terminal

SU = ["setpriv", "--reuid=dave", "--regid=dave", "--init-groups", "--reset-env", "su", "alice", "-c", "echo in as $(id -un)"]
INSIDE = "in as alice"
FULL, DEAREST = 6000 * 86400, 500 * 86400       # the world's budget; what one wrong code costs at most (docs/adr/0010)


@pytest.fixture
def alice(machine):
    machine.configure(backup_codes=1)
    return machine.enrol("alice")


@pytest.fixture
def failures(machine):
    """How many wrong codes have been charged to alice's record, to the budget that no success fills again. What one costs
    depends on how many others would have been right just then."""
    return lambda: math.ceil((FULL - tool.record(machine)["throttle"]["world"]["level"]) / DEAREST)


def _signal(terminal, number):
    """Dave sends a signal to the program that he has started."""
    def send():
        as_user("dave")()
        os.kill(terminal.pid, number)
        return {}
    assert pamjob.in_child(send, 10) == {}


def _reasons(mark):
    return [authlog.event(line).get("reason", "accepted") for line in authlog.ours(authlog.since(mark))]


def _somebody_else_gets_in(machine, alice):
    """Alice herself, from afar: at once, and not after a lock has been waited for."""
    outcome = machine.login("alice", alice.token.code(), items={"rhost": "192.0.2.7"})
    assert outcome.code == "PAM_SUCCESS" and outcome.seconds < 1.5, (outcome.seconds, outcome.log)


BEFORE = ["at the password", "at the code"]
AFTER = [0, 0.001, 0.002, 0.003, 0.004, 0.006, 0.008, 0.01, 0.013, 0.016, 0.02, 0.025, 0.03, 0.04, 0.06, 0.1, 0.3]


class TestStoppedAndKilled:
    def _until(self, terminal, moment, answer):
        """Goes on until that moment: a prompt, or so many seconds after the answer."""
        terminal.expect("Password: ")
        if moment == "at the password":
            return
        terminal.type(people.PASSWORD).expect(CODE_PROMPT)
        if moment == "at the code":
            return
        terminal.type(answer)
        time.sleep(moment)

    @pytest.mark.parametrize("moment", BEFORE + AFTER)
    def test_stopped_and_continued(self, machine, service, alice, failures, moment):
        oath.steady()
        wrong, mark = alice.token.wrong(), authlog.mark()
        with Terminal(SU) as terminal:
            self._until(terminal, moment, wrong)
            _signal(terminal, signal.SIGSTOP)
            _somebody_else_gets_in(machine, alice)
            assert failures() in ((0,) if moment in BEFORE else (0, 1))
            _signal(terminal, signal.SIGCONT)
            if moment == "at the password":
                terminal.type(people.PASSWORD).expect(CODE_PROMPT)
            if moment in BEFORE:
                terminal.type(wrong)
            assert INSIDE not in terminal.end() and terminal.status != 0
        assert sorted(_reasons(mark)) == ["accepted", "wrong-code"] and failures() == 1

    @pytest.mark.parametrize("moment", BEFORE + AFTER)
    def test_killed(self, machine, service, alice, failures, moment):
        """An answer that has left the program is judged and charged; before that nobody has learned anything."""
        oath.steady()
        mark = authlog.mark()
        with Terminal(SU) as terminal:
            self._until(terminal, moment, alice.token.wrong())
            _signal(terminal, signal.SIGKILL)
            screen = terminal.end()
        assert service.idle(5), "the service still waits for somebody who is dead"
        judged = [reason for reason in _reasons(mark) if reason != "conversation-failed"]
        assert judged in ([], ["wrong-code"]) and failures() == len(judged)
        assert not (moment in BEFORE and judged) and not (moment == AFTER[-1] and not judged)
        assert INSIDE not in screen and not ("failure" in screen and not judged)
        _somebody_else_gets_in(machine, alice)

    def test_killed_after_the_right_code(self, machine, service, alice, failures):
        """It is spent: nobody saves a code by dying."""
        for moment in (0.02, 0.1, 0.3):
            code, mark = oath.steady() or alice.token.code(), authlog.mark()
            snapshot = killing.Snapshot(machine.store)
            with Terminal(SU) as terminal:
                self._until(terminal, moment, code)
                _signal(terminal, signal.SIGKILL)
                screen = terminal.end()
            assert service.idle(5)
            judged = [reason for reason in _reasons(mark) if reason != "conversation-failed"]
            again = machine.login("alice", code)
            assert (again.event.get("reason") == "already-used") == (judged == ["accepted"])
            assert INSIDE not in screen or judged == ["accepted"]
            snapshot.restore()
        assert judged == ["accepted"]


class TestKilledAtEachCall:
    """The same without a clock: killed on entry to each call that it makes from connecting to the service on."""

    CALLS = ("connect", "sendto", "recvfrom", "poll", "getsockopt", "close")

    def _run(self, code, scratch, *options):
        trace = scratch / "trace"
        trace.unlink(missing_ok=True)
        with Terminal(["strace", "-f", "-qq", "-u", "dave", "-o", trace, *options, *SU[SU.index("su"):]]) as terminal:
            for prompt, answer in (("Password: ", people.PASSWORD), (CODE_PROMPT, code)):
                if terminal.sees_or_ends(prompt):
                    terminal.type(answer)
            screen = terminal.end()
        return screen, [line.split(None, 1)[1] for line in trace.read_text(errors="replace").splitlines()]

    def _points(self, code, scratch):
        """Each call of these names from the connection on: name, and the how-manieth it is."""
        _, calls = self._run(code, scratch)
        counts, found, connected = Counter(), [], False
        for call in calls:
            name = call.split("(")[0]
            counts[name] += 1
            connected |= name == "connect" and "/run/twostep/socket" in call
            if connected and name in self.CALLS:
                found.append((name, counts[name]))
            if connected and name == "recvfrom" and r'"\6\0\1"' in call:
                return found + [("recvfrom", counts[name] + 1)]
        raise AssertionError("no verdict came")

    @pytest.mark.parametrize("kind", ["wrong", "right"])
    def test_each(self, machine, service, alice, failures, tmp_path, kind):
        snapshot, ends = killing.Snapshot(machine.store), set()
        oath.steady()
        points = self._points(alice.token.wrong(), tmp_path)
        assert len(points) > 12 and {"connect", "sendto", "recvfrom"} <= {name for name, _ in points}
        for name, count in points:
            snapshot.restore()
            oath.steady()
            code, mark = alice.token.wrong() if kind == "wrong" else alice.token.code(), authlog.mark()
            screen, _ = self._run(code, tmp_path, "-e", f"inject={name}:signal=KILL:when={count}")
            assert service.idle(5), "the service still waits for somebody who is dead"
            judged = [reason for reason in _reasons(mark) if reason != "conversation-failed"]
            ends.add(tuple(judged))
            assert judged in ([], ["wrong-code" if kind == "wrong" else "accepted"]), (name, count)
            assert INSIDE not in screen and "failure" not in screen
            if kind == "wrong":
                assert failures() == len(judged)
            else:       # whoever dies saves no code
                again = machine.login("alice", code)
                assert again.code == ("PAM_AUTH_ERR" if judged else "PAM_SUCCESS")
        assert len(ends) == 2


class TestNothingIsLockedInTheProgram:
    """The same shown otherwise: what su itself does while it asks and is answered."""

    def _traced(self, code, scratch, *options):
        trace = scratch / "trace"
        with Terminal(["strace", "-f", "-qq", "-u", "dave", "-o", trace, *options, *SU[SU.index("su"):]]) as terminal:
            terminal.answer("Password: ", people.PASSWORD).answer(CODE_PROMPT, code)
            terminal.end()
        return trace.read_text(errors="replace"), terminal

    def test_with_the_service(self, service, alice, tmp_path):
        for code in (alice.token.wrong(), alice.backup_codes[0]):
            calls, terminal = self._traced(code, tmp_path)
            assert '"/run/twostep/socket"' in calls
            # The configuration, which names both, is read for who is exempt; neither is opened.
            for call in ("flock(", "fdatasync(", '"/var/lib/twostep', '"/etc/twostep/key'):
                assert call not in calls, call
        assert INSIDE in terminal.seen

    def test_without_it_others_wait_for_who_is_stopped(self, machine, alice, tmp_path):
        """What the service is for (docs/threat-model.md): the lock is held by whoever is stopped."""
        slow = ["-e", "inject=fdatasync:delay_enter=3000000"]
        trace = tmp_path / "trace"
        with Terminal(["strace", "-f", "-qq", "-u", "dave", "-o", trace, *slow, *SU[SU.index("su"):]]) as terminal:
            terminal.answer("Password: ", people.PASSWORD).answer(CODE_PROMPT, alice.token.wrong())
            deadline = time.monotonic() + 10
            while "flock(" not in trace.read_text() and time.monotonic() < deadline:
                time.sleep(0.02)
            program = next(int(path.name) for path in Path("/proc").glob("[0-9]*")
                           if (path / "cmdline").read_bytes().startswith(b"su\0"))
            os.kill(program, signal.SIGSTOP)
            outcome = machine.login("alice", alice.token.code())
            os.kill(program, signal.SIGCONT)
            terminal.end()
        assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTHINFO_UNAVAIL", "lock-timeout")


def _limited(**limits):
    """Sets limits, by their names without RLIMIT_, and becomes what su is under dave."""
    become = started_by("dave")

    def limit():
        become()
        for name, value in limits.items():
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))
    return limit


class TestLimited:
    @pytest.mark.parametrize("size", [0, 1, 2048, 4096, 8192])
    def test_the_size_of_files(self, machine, service, alice, failures, size):
        """It concerns the service no more: right is right, and wrong is charged."""
        limit = _limited(FSIZE=size)
        assert machine.login("alice", alice.token.wrong(), before=limit).code == "PAM_AUTH_ERR" and failures() == 1
        assert machine.login("alice", alice.token.code, before=limit).code == "PAM_SUCCESS"

    @pytest.mark.parametrize("limits", [{"CPU": 1}, {"NPROC": 0}, {"CORE": 0}, {"STACK": 65536}, {"MEMLOCK": 0}], ids=str)
    def test_other_limits(self, machine, service, alice, failures, limits):
        limit = _limited(**limits)
        assert machine.login("alice", alice.token.wrong(), before=limit).code == "PAM_AUTH_ERR" and failures() == 1
        assert machine.login("alice", alice.token.code, before=limit).code == "PAM_SUCCESS"

    @pytest.mark.parametrize("options", [
        *(["--nofile=%d" % count] for count in range(3, 13)), ["--cpu=0"], ["--cpu=1"], ["--fsize=0"], ["--nproc=0"],
        *(["--as=%d" % (count << 20)] for count in (4, 6, 8, 10, 11, 12, 13, 14, 16, 20, 30)),
        *(["--data=%d" % (count << 10)] for count in (64, 256, 1024)), ["--stack=65536"]], ids=" ".join)
    def test_su_itself(self, machine, service, alice, failures, options):
        """Whatever it still can, a wrong code gets nobody in, and what was judged is charged."""
        mark = authlog.mark()
        command = SU[:SU.index("su")] + ["prlimit", *options] + SU[SU.index("su"):]
        got_in = []
        for code in (alice.token.wrong(), alice.token.code()):
            with Terminal(command) as terminal:
                for prompt, answer in (("Password: ", people.PASSWORD), (CODE_PROMPT, code)):
                    if terminal.sees_or_ends(prompt):
                        terminal.type(answer)
                got_in.append(INSIDE in terminal.end())
        reasons = _reasons(mark)
        assert not got_in[0]
        assert failures() == reasons.count("wrong-code")
        assert "accepted" in reasons or not got_in[1]

    def test_no_descriptors_left(self, machine, service, alice):
        """Right and wrong get one answer: nobody can be asked who judges, and the program does not judge itself."""
        def leave(room):
            free = os.open("/dev/null", os.O_RDONLY)
            os.close(free)
            resource.setrlimit(resource.RLIMIT_NOFILE, (free + room, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
            return "alice"
        wrong, snapshot = alice.token.wrong(), killing.Snapshot(machine.store)
        for room in range(5):
            snapshot.restore()
            for code in (wrong, alice.token.code()):
                # libpam asks for the name when the module wants it: that is when descriptors run out.
                script = [Ask("login:", lambda room=room: leave(room), libpam.PROMPT_ECHO_ON), *code_for(code)]
                outcome = machine.stack().authenticate(None, script, before=started_by("dave"))
                # One is enough for the connection. libpam's own audit socket comes later, and fails the login with
                # PAM_SYSTEM_ERR where there is none left for it.
                said = "PAM_AUTHINFO_UNAVAIL" if room == 0 else "PAM_AUTH_ERR" if code == wrong else "PAM_SUCCESS"
                assert outcome.code in (said, "PAM_SYSTEM_ERR")
                assert room != 0 or outcome.event["cause"] == "EMFILE"


class TestLimitedMemoryWithoutTheService:
    """Whoever chooses at which allocation a process dies could have wrong codes die before they are charged."""

    @pytest.mark.parametrize("limit", ["AS", "DATA"])
    def test_right_and_wrong_get_one_answer(self, machine, alice, failures, limit):
        for code in (alice.token.wrong(), alice.token.code()):
            outcome = machine.login("alice", code, before=_limited(**{limit: 1 << 40}))
            assert (outcome.code, outcome.event["reason"], outcome.event["cause"]) == \
                ("PAM_AUTHINFO_UNAVAIL", "service-missing", "RLIMIT_AS")
        assert failures() == 0
        assert machine.login("alice", alice.token.code(), before=started_by("dave")).code == "PAM_SUCCESS"

    def test_what_root_has_started_may_be_limited(self, machine, alice):
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 40, 1 << 40))
        assert machine.login("alice", alice.token.code(), before=limit).code == "PAM_SUCCESS"

    def test_with_the_service_it_is_nobodys_business(self, machine, service, alice):
        assert machine.login("alice", alice.token.code(), before=_limited(AS=1 << 40)).code == "PAM_SUCCESS"


class TestManyStopped:
    def test_whoever_stops_twenty_hinders_themselves(self, machine, service, alice):
        """Sixteen places are a user's; the next of dave's finds none, and carol does."""
        machine.enrol("carol")
        terminals = [Terminal(SU) for _ in range(20)]
        try:
            for terminal in terminals:
                terminal.answer("Password: ", people.PASSWORD)
            for terminal in terminals:      # who finds no place is asked all the same, after a while
                terminal.expect(CODE_PROMPT)
                _signal(terminal, signal.SIGSTOP)
            assert len(service.connections()) == 16
            outcome = machine.login("alice", alice.token.wrong(), before=started_by("carol"))
            assert outcome.code == "PAM_AUTH_ERR" and outcome.seconds < 1.5
            outcome = machine.login("alice", alice.token.code(), before=started_by("dave"))
            assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
            assert any("event=error reason=service-failed cause=ended user=alice" in line for line in outcome.log)
            assert any("reason=too-many-connections" in line for line in outcome.log)
            for terminal in terminals:
                _signal(terminal, signal.SIGKILL)
            assert service.idle()
            assert machine.login("alice", alice.token.code(), before=started_by("dave")).code == "PAM_SUCCESS"
        finally:
            for terminal in terminals:
                terminal.close()

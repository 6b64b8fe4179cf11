"""Hooks: programs of a site's that get each event, and the units by which systemd starts the delivery."""

import json
import os
import re
import shutil
import subprocess
import time

import authlog
import delivering
import pytest
import service as running_service
from delivering import hook, wait_for
from units import PROJECT, Unit, complaints, exposure

UNIT, SOCKET = PROJECT / "systemd/twostep-notify.service", PROJECT / "systemd/twostep-notify.socket"
# What systemd-analyze says at most, of 10; docs/mail.md has the figure.
EXPOSURE = 4.0


@pytest.fixture
def out(folder):
    """Where hooks leave what they got."""
    return folder / "out"


@pytest.fixture
def hooks(world):
    """A site with the delivery running; hooks are put there by the test."""
    shutil.rmtree(delivering.HOOKS, ignore_errors=True)
    with delivering.running(world.config) as delivery:
        yield delivery
    shutil.rmtree(delivering.HOOKS.parent)


def got(out, count):
    """What a hook that appends its input to a file has got."""
    wait_for(lambda: out.exists() and out.read_text().count("\n") >= count, what=f"{count} events")
    return [json.loads(line) for line in out.read_text().splitlines()]


class TestHooks:
    def test_each_event_in_order(self, world, hooks, out):
        hook("10-site", f"cat >> {out}")
        started = int(time.time())
        alice = world.enrol("alice")
        world.login("alice", alice.token.code(), items={"rhost": 'a "b"\n\u00e9', "tty": "ssh"})
        world.login("alice", "abc")
        events = got(out, 3)
        assert [event["event"] for event in events] == ["enrolled", "accepted", "refused"]
        host = os.uname().nodename
        for event in events:
            assert re.fullmatch("[0-9a-f]{32}", event.pop("id")) and event.pop("host") == host
            assert started <= time.mktime(time.strptime(event.pop("time"), "%Y-%m-%dT%H:%M:%SZ")) - time.timezone <= time.time()
        assert events[0] == {"event": "enrolled", "user": "alice", "by": "0", "provisioned": "yes"}
        assert events[1] == {"event": "accepted", "service": "scripted", "method": "totp", "user": "alice", "token": "app",
                             "rhost": 'a "b"\n\u00e9', "tty": "ssh"}
        assert events[2] == {"event": "refused", "service": "scripted", "reason": "malformed", "user": "alice"}

    def test_what_it_has(self, world, hooks, out):
        """A clean environment, three streams, the root folder, no terminal, signals as they are at first."""
        hook("site", f"cat > /dev/null; {{ env; pwd; ls -l /proc/self/fd; grep Sig /proc/self/status; ps -o sid= -p $$; "
             f"echo $$; }} > {out}.new; mv {out}.new {out}")
        delivering.send("event=unlocked user=alice by=0")
        wait_for(out.exists)
        lines = out.read_text().splitlines()
        names = {line.split("=")[0] for line in lines if re.fullmatch(r"\w+=.*", line)}
        assert names - {"PWD", "OLDPWD", "SHLVL", "_"} == {"PATH", "LC_ALL"} and "/" in lines
        assert sum("->" in line for line in lines) == 4 and not any("socket:" in line for line in lines)
        # Two signals are libc's own, which it lets nobody change.
        ignored, = [int(line.split()[1], 16) & ~0x180000000 for line in lines if line.startswith("SigIgn")]
        assert ignored == 0 and "SigBlk:\t0000000000000000" in lines
        assert lines[-2].strip() == lines[-1].strip()

    def test_failures_are_logged_and_others_go_on(self, world, hooks, out):
        hook("1-fails", "cat > /dev/null; echo no such gateway; exit 3")
        hook("2-dies", "kill -9 $$")
        hook("3-talks", "cat > /dev/null; yes")
        hook("4-reads-nothing", "exec < /dev/null; exit 0")
        hook("5-no-program", "x", mode=0o755).write_text("#!/nonexistent/shell\n")
        hook("9-works", f"cat >> {out}")
        mark = authlog.mark()
        delivering.send("event=unlocked user=alice by=0")
        assert len(got(out, 1)) == 1
        wait_for(hooks.is_idle)
        assert {(line["to"], line["reason"], line["cause"]) for line in delivering.said(mark)} == {
            ("hook:1-fails", "hook-failed", "exit-3: no such gateway"), ("hook:2-dies", "hook-failed", "signal-9"),
            ("hook:3-talks", "hook-failed", "output: y"), ("hook:5-no-program", "hook-failed", "ENOENT")}

    def test_one_that_hangs_is_ended_with_all_it_started(self, world, hooks, out):
        hook("hangs", f"sleep 1000 & echo $! > {out}.pid; cat > /dev/null; wait")
        hook("works", f"cat >> {out}")
        mark = authlog.mark()
        started = time.monotonic()
        delivering.send("event=unlocked user=alice by=0")
        assert len(got(out, 1)) == 1 and time.monotonic() - started < 5
        line, = wait_for(lambda: delivering.said(mark))
        assert line["cause"] == "timeout" and 9 < time.monotonic() - started < 20
        sleeper = int((out.parent / "out.pid").read_text())
        wait_for(lambda: not os.path.exists(f"/proc/{sleeper}") or "Z" in open(f"/proc/{sleeper}/stat").read())

    def test_what_is_not_run(self, world, hooks, out):
        """What somebody else could have put there, and what is put out of use."""
        hook("unused", f"echo bad >> {out}", mode=0o644)
        hook("old.bak", f"echo bad >> {out}")
        hook("writable", f"echo bad >> {out}", mode=0o777)
        os.chown(hook("stranger", f"echo bad >> {out}"), 1001, 0)
        (delivering.HOOKS / "link").symlink_to(hook("real", f"echo bad >> {out}", folder=world.folder))
        (delivering.HOOKS / "folder").mkdir()
        hook("works", f"cat >> {out}")
        mark = authlog.mark()
        delivering.send("event=unlocked user=alice by=0")
        assert got(out, 1)[0]["event"] == "unlocked"
        wait_for(hooks.is_idle)
        assert {(line["to"], line["cause"]) for line in delivering.said(mark)} == {
            ("hook:writable", "mode"), ("hook:stranger", "owner"), ("hook:link", "symbolic-link"), ("hook:folder", "not-a-file")}
        assert "bad" not in out.read_text()

    def test_a_folder_that_others_may_write(self, world, hooks, out):
        hook("works", f"cat >> {out}")
        delivering.HOOKS.chmod(0o777)
        mark = authlog.mark()
        delivering.send("event=unlocked user=alice by=0")
        assert wait_for(lambda: delivering.said(mark))[0]["reason"] == "hook-unsafe"
        assert not out.exists()

    def test_killed_while_a_hook_runs(self, world, hooks, out):
        """It is run again: better twice than never, and the id tells."""
        hook("slow", f"cat >> {out}; sleep 3")
        delivering.send("event=unlocked user=alice by=0")
        first = got(out, 1)
        hooks.kill()
        hooks.start()
        assert got(out, 2) == first * 2

    def test_what_takes_no_password_fills_nothing(self, world, hooks, out):
        """A caller who sends nonsense in a loop is heard of once a minute."""
        hook("site", f"cat >> {out}")
        for _ in range(4):
            delivering.send(*["event=error reason=protocol cause=malformed caller=1001"] * 5)
        delivering.send("event=error reason=protocol cause=malformed caller=1002", "event=disabled user=alice by=0")
        events = got(out, 3)
        assert [event.get("caller") for event in events] == ["1001", "1002", None]

    def test_no_secret_is_in_it(self, world, hooks, out):
        hook("site", f"cat >> {out}")
        alice = world.enrol("alice")
        code = alice.token.code()
        world.login("alice", code)
        world.login("alice", alice.token.wrong())
        got(out, 3)
        text = out.read_text() + "".join(path.read_text() for path in delivering.SPOOL.glob("*.json"))
        for secret in (alice.secret, code, *alice.backup_codes):
            assert secret not in text and secret.replace("-", "") not in text


class TestUnits:
    def test_how_exposed_it_is(self):
        assert exposure(UNIT) <= EXPOSURE

    def test_systemd_understands_every_line(self):
        assert complaints(SOCKET, UNIT) == []

    def test_they_say_where_and_for_whom(self):
        socket, unit = Unit(SOCKET)["Socket"], Unit(UNIT)["Service"]
        assert (socket["ListenDatagram"], socket["SocketMode"]) == (str(delivering.EVENTS), "0600")
        assert unit["StandardInput"] == "socket" and unit["ExecStart"].endswith("twostepd --notify")

    def test_a_service_manager_hands_the_socket_over(self, world, out):
        """What came before it was started is there."""
        hook("site", f"cat >> {out}")
        delivering.EVENTS.parent.mkdir(mode=0o755, exist_ok=True)
        process = subprocess.Popen(
            ["systemd-socket-activate", "--datagram", "--inetd", f"--listen={delivering.EVENTS}", running_service.PROGRAM,
             "--notify", "--config", str(world.config)], env={"PATH": os.environ["PATH"]}, stdin=subprocess.DEVNULL)
        try:
            wait_for(delivering.listens)
            delivering.send("event=unlocked user=alice by=0", "event=unlocked user=bob by=0")
            assert [event["user"] for event in got(out, 2)] == ["alice", "bob"]
        finally:
            process.kill()
            process.wait()
            delivering.EVENTS.unlink()
            shutil.rmtree(delivering.SPOOL)
            shutil.rmtree(delivering.HOOKS.parent)

"""`twostep log`: what was logged is read back, from syslog files and from the journal."""

import json
import os
import re
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import authlog
import pytest
from tool import EX_IOERR, EX_USAGE, fails, run

JOURNALD = "/lib/systemd/systemd-journald"


def log(world, *arguments):
    """What `log --json` tells."""
    return json.loads(world.twostep("log", "--json", *arguments))


def fields(event, *without):
    """An event without what each line has anew."""
    return {name: value for name, value in event.items() if name not in ("time", "pid", *without)}


class TestSyslogFiles:
    def test_a_login_and_a_command(self, world):
        started = int(time.time())
        alice = world.enrol("alice")
        world.login("alice", alice.token.code(), items={"rhost": "192.0.2.7", "tty": "ssh"})
        world.login("alice", b"\xff\n", items={"rhost": 'a "b" \\ c', "tty": "ssh"})
        world.enrol("bob")
        told = [event for event in log(world, "alice", "--since", "10m")][-3:]
        assert [fields(event) for event in told] == [
            {"event": "enrolled", "user": "alice", "by": "0", "provisioned": "yes", "program": "twostep"},
            {"event": "accepted", "method": "totp", "user": "alice", "rhost": "192.0.2.7", "tty": "ssh", "token": "app",
             "service": "scripted", "program": told[1]["program"]},
            {"event": "refused", "reason": "malformed", "user": "alice", "rhost": 'a "b" \\ c', "tty": "ssh",
             "service": "scripted", "program": told[1]["program"]}]
        for event in told:
            assert started <= time.mktime(time.strptime(event["time"], "%Y-%m-%dT%H:%M:%SZ")) - time.timezone <= time.time()

    def test_everything_that_a_login_logs_is_read(self, world):
        """Also what goes wrong, and of everybody."""
        mark = authlog.mark()
        alice = world.enrol("alice")
        world.login("alice", alice.backup_codes[0], "debug", remarks=True)
        world.login("nobody-here", "123456")
        world.stack("nonsense").authenticate("alice", [])
        world.twostep("disable", "alice", "--override", "--reason", "lost phone, \"ticket\" 1")
        lines = [line for line in authlog.since(mark) if "event=" in line]
        told = log(world)[-len(lines):]
        assert len(lines) == 6
        for line, event in zip(lines, told):
            for name, value in re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)', line.split("event=", 1)[1]):
                plain = re.sub(r"\\x([0-9a-f]{2})", lambda c: chr(int(c[1], 16)), value.strip('"'))
                assert event[name] == plain, line
        assert told[-1]["reason"] == 'lost phone, "ticket" 1'

    def test_the_table(self, world, folder):
        path = folder / "auth.log"
        path.write_text(
            "2026-11-26T20:02:28.5+01:00 web1 sshd[7]: pam_twostep(sshd:auth): event=accepted method=backup-code user=alice "
            "rhost=192.0.2.7 tty=ssh left=9\n"
            "2026-11-26T19:02:29Z web1 twostepd[8]: pam_twostep(sudo:auth): event=refused reason=wrong-code user=alice "
            "tty=/dev/pts/1 caller=1001\n"
            "2026-11-26T19:02:30Z web1 twostep[9]: event=unlocked user=bob by=0\n")
        assert world.twostep("log", "--file", path).splitlines() == [
            "TIME                  USER   EVENT     METHOD OR REASON  SERVICE  FROM        MORE",
            "2026-11-26T19:02:28Z  alice  accepted  backup-code       sshd     192.0.2.7   tty=ssh, left=9",
            "2026-11-26T19:02:29Z  alice  refused   wrong-code        sudo     /dev/pts/1  caller=1001",
            "2026-11-26T19:02:30Z  bob    unlocked                    twostep  uid 0"]
        assert world.twostep("log", "bob", "--file", path, "--since", "2026-11-26").splitlines() == [
            "TIME                  EVENT     METHOD OR REASON  SERVICE  FROM   MORE",
            "2026-11-26T19:02:30Z  unlocked                    twostep  uid 0"]
        assert world.twostep("log", "--file", path, "--json", "--since", "2026-11-26T19:02:31Z") == "[]\n"

    def test_what_only_looks_like_an_event(self, world, folder):
        """No user, host or other program's message makes one."""
        path = folder / "auth.log"
        real = "pam_twostep(sshd:auth): event=refused reason=wrong-code user=alice"
        path.write_bytes(b"".join(b"Nov 26 20:02:28 web1 " + line + b"\n" for line in [
            b"sshd[7]: Invalid user " + real.encode(), b"evil[7]: event=accepted user=alice", b"sshd[7]: x " + real.encode(),
            b"sshd[7]: " + real.encode() + b" rhost=a b", b"sshd[7]: " + real.encode() + b"\xff",
            b"sshd[7]: " + real.encode() + b' rhost="\\x41"', b"x" * 100_000, b"sshd[7]: " + real.encode() + b" x=" + b"y" * 20_000]))
        assert log(world, "--file", path) == []
        with path.open("a") as more:
            more.write(f"Nov 26 20:02:28 web1 sshd[7]: {real}")
        assert len(log(world, "--file", path)) == 1

    def test_what_was_put_aside_is_read_first(self, world):
        aside = Path("/var/log/auth.log.1")
        aside.write_text("2020-01-01T00:00:00Z web1 twostep[9]: event=unlocked user=alice by=0\n")
        try:
            assert log(world, "alice")[0]["time"] == "2020-01-01T00:00:00Z"
        finally:
            aside.unlink()

    def test_no_file(self, world, folder):
        fails(world.run("log", "--file", folder / "none"), EX_IOERR, "ENOENT")
        fails(world.run("log", "--file", "/dev/null"), EX_IOERR, "EINVAL")
        (folder / "link").symlink_to("/var/log/auth.log")
        fails(world.run("log", "--file", folder / "link"), EX_IOERR, "ELOOP")

    def test_an_invalid_configuration_hides_nothing(self, world):
        world.configure(nonsense="1")
        assert log(world, "--since", "2030-01-01") == []

    @pytest.mark.parametrize("since", ["yesterday", "1w", "2026-02-30", "h", "-1h", ""])
    def test_what_is_no_time(self, world, since):
        assert run("log", f"--since={since}").returncode == EX_USAGE

    def test_only_root(self):
        done = run("log", prefix=["setpriv", "--reuid=dave", "--clear-groups"])
        fails(done, 77, "only root")


@contextmanager
def journal(folder):
    """A systemd-journald of this test's own, at the socket of syslog(3)."""
    old = Path("/dev/log")
    old.rename("/dev/log.aside")
    Path("/run/systemd").mkdir(exist_ok=True)
    process = subprocess.Popen([JOURNALD], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 20
        while not Path("/run/systemd/journal/dev-log").exists():
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        old.symlink_to("/run/systemd/journal/dev-log")
        yield
    finally:
        process.kill()
        process.wait()
        old.unlink(missing_ok=True)
        Path("/dev/log.aside").rename(old)
        subprocess.run(["rm", "-rf", "/run/systemd", "/run/log"], check=True)


def test_the_journal(world, folder):
    """journald keeps what was logged; what somebody else than root wrote is marked."""
    with journal(folder):
        alice = world.enrol("alice")
        subprocess.run(["logger", "-p", "authpriv.info", "-t", "sshd", "pam_twostep(sshd:auth): event=accepted user=alice"],
                       check=True, preexec_fn=lambda: os.setuid(1004))
        world.run("verify", "alice", input=alice.token.code())
        world.run("unlock", "bob")
        deadline = time.monotonic() + 20
        while len(told := log(world, "alice", "--since", "1h")) < 3:
            assert time.monotonic() < deadline, told
            time.sleep(0.1)
    assert [fields(event) for event in told] == [
        {"event": "enrolled", "user": "alice", "by": "0", "provisioned": "yes", "program": "twostep"},
        {"event": "accepted", "user": "alice", "service": "sshd", "program": "sshd", "writtenBy": 1004},
        {"event": "accepted", "method": "totp", "user": "alice", "token": "app", "program": "twostep"}]

"""The filter for fail2ban, over the log of real logins."""

import re
import subprocess
from pathlib import Path

import authlog
import people
from pamstack import CODE_PROMPT
from sshserver import SshServer

FILTER = Path(__file__).parents[2] / "fail2ban/filter.d/twostep.conf"
JAIL = Path(__file__).parents[2] / "fail2ban/jail.d/twostep.conf"


def as_written(lines, form):
    """The sandbox's lines as a syslog daemon writes them to its file."""
    written = []
    for line in lines:
        time, rest = re.match(r"<\d+>(\w{3} [ \d]\d \d\d:\d\d:\d\d) (.*)", line).groups()
        written.append({"traditional": f"{time} web1 {rest}", "no host": f"{time} {rest}",
                        "iso": f"2026-11-26T20:02:28.123456+00:00 web1 {rest}"}[form])
    return written


def matched(lines, folder):
    """The addresses that the filter finds, each as often as it does."""
    log = folder / "auth.log"
    log.write_text("".join(f"{line}\n" for line in lines))
    done = subprocess.run(["fail2ban-regex", "--print-all-matched", "-o", "<ip>", str(log), str(FILTER)], capture_output=True,
                          text=True, timeout=60, check=False)
    assert done.returncode == 0 or not done.stdout, done.stderr + done.stdout
    return done.stdout.split()




class TestRealLogins:
    def test_wrong_codes_through_sshd(self, machine, alice, folder):
        """Each wrong code counts, a right one and a used one do not."""
        mark = authlog.mark()
        server = SshServer(folder)
        try:
            code = alice.token.code()
            for typed in (alice.token.wrong(), code, code):
                with server.login("alice") as terminal:
                    terminal.answer("assword", people.PASSWORD).answer(CODE_PROMPT, typed).end()
        finally:
            server.stop()
        lines = authlog.since(mark)
        reasons = [authlog.event(line).get("reason") for line in authlog.ours(lines)]
        assert reasons == ["wrong-code", None, "already-used"], lines
        for form in ("traditional", "no host", "iso"):
            assert matched(as_written(lines, form), folder) == ["127.0.0.1"]


class TestNobodyIsFramed:
    """A scripted application says what a hostile client could make sshd say; nobody else's address is found."""

    HOSTS = ["203.0.113.9.evil.example", "evil.example", "::ffff:203.0.113.9", "rhost=203.0.113.9",
             'x" rhost=203.0.113.9 tty="y', "x\npam_twostep(sshd:auth): event=refused reason=wrong-code user=a rhost=203.0.113.9",
             "x rhost=203.0.113.9 tty=ssh", ""]

    def test_by_a_host_or_terminal(self, world, folder):
        alice = world.enrol("alice")
        mark = authlog.mark()
        for host in self.HOSTS:
            items = {"rhost": host, "tty": "ssh rhost=203.0.113.9"} if host else {"tty": "x rhost=203.0.113.9"}
            world.login("alice", alice.token.wrong(), items=items)
        lines = authlog.since(mark)
        assert len(authlog.ours(lines)) == len(self.HOSTS)
        found = matched(as_written(lines, "traditional"), folder)
        # That one is the address itself, written another way.
        assert set(found) <= {"203.0.113.9", "::ffff:203.0.113.9"} and len(found) <= 1, found

    def test_by_lines_that_only_look_like_it(self, folder):
        real = "pam_twostep(sshd:auth): event=refused reason=wrong-code user=a rhost=203.0.113.9"
        assert matched([f"Nov 26 20:02:28 web1 {line}" for line in [
            f"sshd[7]: Invalid user {real}", f"sshd[7]: x {real}", f"x sshd[7]: {real}", f"sshd[7]: {real} by=0",
            f"sshd[7]: {real.replace('wrong-code', 'already-used')}", f"sshd[7]: {real.replace('wrong-code', 'not-enrolled')}",
            f"sshd[7]: {real.replace('refused reason=wrong-code', 'accepted method=totp')}", f"sshd[7]: {real}x tty=ssh",
            'sshd[7]: pam_twostep(sshd:auth): event=refused reason=wrong-code user="a rhost=203.0.113.9" tty=ssh',
            'sshd[7]: pam_twostep(sshd:auth): event=refused reason=wrong-code user=a rhost="203.0.113.9 x" tty=ssh']], folder) == []

    def test_what_counts(self, folder):
        refused = "web1 sshd[7]: pam_twostep(sshd:auth): event=refused"
        no_way_back = "web1 twostepd[7]: pam_twostep(sshd:auth): event=recovery-refused"
        assert matched([f"Nov 26 20:02:28 {line}" for line in [
            f"{refused} reason=wrong-code user=a rhost=203.0.113.1 tty=ssh",
            f"{refused} reason=locked user=a rhost=2001:db8::7 tty=ssh",
            f"{refused} reason=too-soon user=a rhost=203.0.113.2",
            f'{refused} reason=unknown-user user=? rhost=203.0.113.3 tty="a b"',
            f'{refused} reason=wrong-code user="a b" rhost=203.0.113.4',
            f"{no_way_back} reason=wrong-token user=a rhost=203.0.113.5 tty=ssh caller=0",
            f"{no_way_back} reason=wrong-answers user=a rhost=203.0.113.6 tty=ssh way=email grant=0123456789abcdef caller=0",
            f"{no_way_back} reason=no-address user=a rhost=203.0.113.7 tty=ssh caller=0"]], folder) == [
                "203.0.113.1", "2001:db8::7", "203.0.113.2", "203.0.113.3", "203.0.113.4", "203.0.113.5", "203.0.113.6"]


def test_the_jail_is_understood(folder):
    """fail2ban itself reads filter and jail."""
    place = folder / "fail2ban"
    subprocess.run(["cp", "-rL", "/etc/fail2ban", place], check=True)
    for old in place.glob("jail.d/*"):
        old.unlink()
    (place / "filter.d/twostep.conf").write_text(FILTER.read_text())
    (place / "jail.d/twostep.local").write_text(JAIL.read_text())
    done = subprocess.run(["fail2ban-client", "-c", place, "-d"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "'twostep'" in done.stdout and "'sshd'" not in done.stdout
    # Whoever has a shell can write any line: only root's count.
    assert "'addjournalmatch', 'SYSLOG_FACILITY=10', '_UID=0'" in done.stdout

"""Mail about events: through msmtp to a real SMTP server, read by Python's own parser."""

import email.utils
import re
import subprocess
import time
from pathlib import Path

import authlog
import delivering
import mailsystem
import pytest
from delivering import wait_for

ADMIN = "admin@example.org"
TEMPLATES = Path("/etc/twostep/mail")


@pytest.fixture
def server():
    with mailsystem.running() as server:
        yield server


@pytest.fixture
def site(make_world):
    """A site that mails its administrators of refusals, too."""
    return make_world(mail=mailsystem.SENDER, mail_admin=ADMIN,
                      notify="owner admin admin:refused/wrong-code admin:refused/malformed admin:enrolled")


@pytest.fixture
def delivery(site):
    with delivering.running(site.config) as delivery:
        yield delivery


@pytest.fixture
def template():
    """Puts a template of the site's own there."""
    TEMPLATES.mkdir(parents=True)
    yield lambda name, text: (TEMPLATES / f"{name}.txt").write_bytes(text)
    subprocess.run(["rm", "-r", TEMPLATES.parent], check=True)


def enrol_quietly(server, site, user="alice"):
    person = site.enrol(user)
    assert "enrolled" in server.next().subject
    return person


class TestMail:
    def test_everything_that_a_mail_has(self, site, server, delivery):
        mark, before = authlog.mark(), int(time.time())
        site.enrol("alice")
        mail = server.next()
        message = mail.message
        assert (mail.sender, mail.recipients) == (mailsystem.SENDER, [ADMIN])
        host = subprocess.run(["hostname"], capture_output=True, text=True, check=True).stdout.strip()
        assert mail.subject == f"twostep on {host}: enrolled (alice)"
        assert message["From"].addresses[0].addr_spec == mailsystem.SENDER and message["To"] == ADMIN
        assert before <= email.utils.parsedate_to_datetime(message["Date"]).timestamp() <= time.time()
        assert re.fullmatch(r"<[0-9a-f]{32}\.admin@example\.org>", message["Message-ID"])
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["MIME-Version"] == "1.0" and message.get_content_type() == "text/plain"
        assert message.get_content_charset() == "utf-8"
        assert re.search(r"^  user +alice$", mail.text, re.M) and re.search(r"^  provisioned +yes$", mail.text, re.M)
        assert max(map(len, mail.text.splitlines())) <= 72
        wait_for(delivery.is_idle)
        assert delivering.said(mark, "mailed") == [{"event": "mailed", "to": "admin", "user": "alice", "of": "enrolled"}]

    def test_what_somebody_else_chose_stays_in_its_place(self, site, server, delivery):
        """Hosts and terminals of a hostile client, and a reason with everything in it: one recipient, one set of headers."""
        alice = enrol_quietly(server, site)
        evil = "x\r\nBcc: evil@example.com\r\n\r\nSubject: y\u2028{code}"
        site.login("alice", alice.token.wrong(), items={"rhost": evil, "tty": "\r\n.\r\nMAIL FROM:<x>\r\n\x1b[2J"})
        mail = server.next()
        assert mail.recipients == [ADMIN] and "Bcc" not in mail.message
        assert "evil@example.com" in mail.text and "\u2028" not in mail.text and "\x1b" not in mail.text
        assert [line for line in mail.text.splitlines() if "evil" in line] == [
            line for line in mail.text.splitlines() if line.startswith("  rhost")]

    def test_other_scripts(self, site, server, delivery, template):
        """Subjects and texts that are not ASCII, long ones among them."""
        subject = "Přihlášení – " + "žluťoučký kůň " * 8
        text = "ěščřžýáíé " * 30 + "\n\n  =20 {user}\n\nkonec = 100 % \n"
        template("admin", f"Subject: {subject}\n\n{text}".encode())
        site.enrol("alice")
        mail = server.next()
        assert mail.subject == subject.strip()
        assert mail.message["Content-Transfer-Encoding"] == "quoted-printable" and mail.content.isascii()
        assert mail.text.split() == text.replace("{user}", "alice").split()
        assert max(map(len, mail.content.split(b"\r\n"))) <= 78 and max(map(len, mail.text.splitlines())) <= 72

    @pytest.mark.parametrize("broken", [b"no subject", b"Subject: x\n\n{nonsense}\n", b"Subject: x\n\n\xff\n",
                                        b"Subject: x\n\n{code}\n"])
    def test_a_broken_template(self, site, server, delivery, template, broken):
        template("admin", broken)
        mark = authlog.mark()
        site.enrol("alice")
        assert "enrolled" in server.next().subject
        assert [line["reason"] for line in delivering.said(mark)] == ["template"]

    def test_a_template_that_others_may_write(self, site, server, delivery, template):
        template("admin", b"Subject: x\n\ny\n")
        (TEMPLATES / "admin.txt").chmod(0o666)
        mark = authlog.mark()
        site.enrol("alice")
        assert "enrolled" in server.next().subject
        assert ["mode" in line["cause"] for line in delivering.said(mark)] == [True]

    def test_the_same_refusal_is_told_once_an_hour(self, site, server, delivery):
        alice = enrol_quietly(server, site)
        for code in alice.token.wrong(3):
            site.login("alice", code)
        site.login("alice", "abc")
        assert {"wrong-code", "malformed"} == {
            re.search(r"^  reason +(\S+)$", server.next().text, re.M)[1] for _ in range(2)}
        wait_for(delivery.is_idle)
        assert server.none()

    def test_nobody_who_is_not_meant(self, site, server, delivery):
        site.configure(notify="owner", mail_admin=ADMIN)
        site.enrol("alice")
        site.configure(notify="admin", mail="no")
        site.enrol("bob")
        site.configure(notify="admin:disabled", mail=mailsystem.SENDER)
        site.enrol("carol")
        site.twostep("disable", "carol", "--override", "--reason", "gone")
        assert "disabled (carol)" in server.next().subject
        wait_for(delivery.is_idle)
        assert server.none()

    def test_another_program_takes_the_mail(self, site, server, delivery, folder):
        """Its arguments are words: no shell reads them."""
        taken = folder / "taken"
        program = delivering.hook("mail", f'printf "%s\\n" "$@" > {taken}.new; cat >> {taken}.new; env >> {taken}.new; '
                                  f'ls -l /proc/self/fd >> {taken}.new; mv {taken}.new {taken}', folder=folder)
        site.configure(mail_command=f"{program} --x=$(id) ;")
        site.enrol("alice")
        wait_for(taken.exists)
        lines = taken.read_text().splitlines()
        assert lines[:7] == ["--x=$(id)", ";", "-i", "-f", mailsystem.SENDER, "--", ADMIN]
        environment = [line for line in lines if re.fullmatch(r"\w+=\S*", line)]
        assert {line.split("=")[0] for line in environment} - {"PWD", "SHLVL", "_", "OLDPWD"} == {"PATH", "LC_ALL"}
        descriptors = [line for line in lines if "->" in line]
        assert len(descriptors) == 4 and sum("pipe:" in line for line in descriptors) == 2, descriptors


class TestTrouble:
    """The mail system is none, or refuses, or says nothing: logins are as ever, and the mail goes out later."""

    def login(self, site, person):
        """One right code, in its usual time."""
        outcome = site.login("alice", person.token.code())
        assert outcome.code == "PAM_SUCCESS" and outcome.seconds < 5, outcome
        return outcome

    @pytest.fixture
    def alice(self, site, server, delivery):
        site.configure(notify="admin:accepted admin:enrolled")
        return enrol_quietly(server, site)

    def test_it_is_down(self, site, server, delivery, alice):
        server.stop()
        mark = authlog.mark()
        self.login(site, alice)
        failed, = wait_for(lambda: delivering.said(mark))
        assert (failed["reason"], failed["to"], failed["of"], failed["attempts"]) == (
            "mail-refused", "admin", "accepted", "1")
        assert failed["cause"].startswith("exit-7")
        server.start()
        assert "accepted" in server.next().subject
        wait_for(delivery.is_idle)

    def test_it_refuses(self, site, server, delivery, alice):
        server.answer = "550 go away"
        mark = authlog.mark()
        self.login(site, alice)
        wait_for(lambda: delivering.said(mark))
        server.answer = "250 OK"
        assert "accepted" in server.next().subject

    def test_it_says_nothing(self, site, server, delivery, alice):
        """Logins and hooks go on beside it. What hangs is ended in the end, with all that it has started."""
        server.stop()
        silent = mailsystem.Silent(server.port)
        self.login(site, alice)
        wait_for(lambda: silent.connections)
        for _ in range(3):
            assert site.login("alice", alice.token.wrong()).seconds < 5
        silent.stop()
        server.start()
        assert "accepted" in server.next().subject

    def test_there_is_none(self, site, server, delivery, alice):
        site.configure(mail_command="/nonexistent/sendmail")
        mark = authlog.mark()
        self.login(site, alice)
        failed = wait_for(lambda: delivering.said(mark))[0]
        assert failed["cause"] == "ENOENT"
        site.configure(mail_command=None)
        assert "accepted" in server.next().subject

    def test_the_configuration_is_invalid(self, site, server, delivery, alice):
        """What happens meanwhile waits, undecided."""
        good = site.config.read_text()
        site.config.write_text(good + "notify = x\n")
        mark = authlog.mark()
        delivering.send("event=disabled user=alice by=0")
        failed, = wait_for(lambda: delivering.said(mark))
        assert failed["reason"] == "configuration" and "twice" in failed["cause"]
        site.config.write_text(good.replace("admin:accepted", "admin:disabled"))
        assert "disabled" in server.next().subject

    def test_nobody_delivers(self, site, server, delivery, alice):
        """Without the process, or with its socket full, a login is as ever."""
        delivery.kill()
        self.login(site, alice)
        delivery.start()
        stopped = delivery.pid
        subprocess.run(["kill", "-STOP", str(stopped)], check=True)
        try:
            for code in alice.token.wrong(20):
                assert site.login("alice", code).seconds < 5
        finally:
            subprocess.run(["kill", "-CONT", str(stopped)], check=True)

    def test_killed_and_started_again(self, site, server, delivery, alice):
        """Nothing is lost, and what is sent again is the same mail."""
        server.stop()
        mark = authlog.mark()
        delivering.send("event=enrolled user=bob by=0 provisioned=yes", "event=enrolled user=carol by=0 provisioned=yes")
        wait_for(lambda: len(delivering.said(mark)) >= 2)
        waiting = {entry["occurrence"]["id"] for entry in delivering.queued()}
        delivery.kill()
        assert len(waiting) == 2
        server.start()
        delivery.start()
        assert {server.next().message["Message-ID"].split(".")[0].strip("<") for _ in range(2)} == waiting
        wait_for(delivery.is_idle)

    def test_the_queue_is_bounded(self, site, server, delivery, alice):
        """Refusals go first, then what is oldest, and the log says so."""
        server.stop()
        site.configure(notify="admin:token-added admin:refused/locked")
        mark = authlog.mark()
        sent = [f"event=token-added user=u{number} by=0 token=x" for number in range(510)]
        sent[300:300] = [f"event=refused reason=locked user=r{number}" for number in range(5)]
        sent.append("event=refused reason=locked user=last")
        for start in range(0, len(sent), 5):
            delivering.send(*sent[start:start + 5])
        wait_for(lambda: [one for one in delivering.said(mark) if one["reason"] == "queue-full"][15:])
        assert len(delivering.queued()) == 500
        users = [one["user"] for one in delivering.said(mark) if one["reason"] == "queue-full"]
        assert users == [*(f"r{number}" for number in range(5)), *(f"u{number}" for number in range(10)), "last"]


def test_only_root_may_say_that_something_happened(site, server, delivery):
    mode = delivering.EVENTS.stat()
    assert (mode.st_uid, mode.st_mode & 0o777) == (0, 0o600)
    done = subprocess.run(
        ["setpriv", "--reuid=dave", "--clear-groups", "python3", "-c",
         "import socket; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.connect('/run/twostep/events')"],
        capture_output=True, text=True, check=False)
    assert "PermissionError" in done.stderr


@pytest.mark.parametrize("datagram", [
    b"", b"\n", b"nonsense", b"event=disabled user=alice by=0\nto=x", b"event=disabled\n\n", b"\xff" * 100, b"x" * 60_000,
    b"event=accepted user=" + b"a" * 17_000, b"mail=contact-code user=alice to=a@b.c minutes=15",
    b"mail=contact-code user=alice to=a@b.c minutes=15\n", b"mail=nonsense user=alice to=a@b.c minutes=15\nCODE"])
def test_what_is_no_event_does_nothing(site, server, delivery, datagram):
    mark = authlog.mark()
    delivering.send(datagram)
    assert wait_for(lambda: delivering.said(mark))[0]["reason"] == "request"
    assert server.none() and delivering.queued() == []


def test_there_is_one_at_a_time(site, server, delivery):
    done = subprocess.run(delivery.command, capture_output=True, text=True, timeout=20, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 71 and "EBUSY" in done.stderr

"""A mail system of a test's own: msmtp as sendmail, and an SMTP server on loopback that keeps what it gets."""

import contextlib
import email
import email.policy
import queue
import socket
import threading
from pathlib import Path

from aiosmtpd.controller import Controller

SENDER = "twostep@example.org"
MSMTPRC = Path("/etc/msmtprc")      # the sandbox's own /etc


class Mail:
    """One mail as the server got it: the envelope, and the message read by Python's own parser, which finds no fault."""

    def __init__(self, envelope):
        self.sender, self.recipients, self.content = envelope.mail_from, envelope.rcpt_tos, envelope.content
        # sendmail's interface turns line feeds into CRLF, and nothing else.
        self.message = email.message_from_bytes(self.content, policy=email.policy.SMTP)
        assert not self.message.defects and not self.message.is_multipart(), self.content
        for name, value in self.message.items():
            assert not getattr(value, "defects", ()), (name, value, value.defects)
        assert max(map(len, self.content.split(b"\r\n"))) <= 998 and b"\n" not in self.content.replace(b"\r\n", b"")

    @property
    def subject(self):
        return self.message["Subject"]

    @property
    def text(self):
        return self.message.get_content().replace("\r\n", "\n")


class Server:
    """The SMTP server. `answer` is what it says to each recipient."""

    def __init__(self):
        self.answer = "250 OK"
        self.mails = queue.Queue()
        self._controller = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        MSMTPRC.write_text(f"defaults\nhost 127.0.0.1\nport {self.port}\ntimeout 30\naccount default\n")
        self.start()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server, session, envelope):
        self.mails.put(envelope)
        return "250 taken"

    def start(self):
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self):
        if self._controller:
            self._controller.stop()
            self._controller = None

    def next(self, seconds=20):
        """The next mail that comes."""
        return Mail(self.mails.get(timeout=seconds))

    def none(self):
        """That no mail has come."""
        return self.mails.empty()


@contextlib.contextmanager
def running():
    """The SMTP server while it is asked for."""
    server = Server()
    yield server
    server.stop()
    MSMTPRC.unlink()


class Silent:
    """In the server's place, somebody who takes connections and never says a word."""

    def __init__(self, port):
        self._socket = socket.create_server(("127.0.0.1", port))
        self._held = []
        self._thread = threading.Thread(target=self._take, daemon=True)
        self._thread.start()

    def _take(self):
        while True:
            try:
                self._held.append(self._socket.accept()[0])
            except OSError:
                return

    @property
    def connections(self):
        return len(self._held)

    def stop(self):
        # Wakes the thread up.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for one in self._held:
            one.close()

"""The protocol between client and service, written from docs/protocol.md; shares no code with Twostep."""

import socket
import struct
from dataclasses import dataclass, field

PATH = "/run/twostep/socket"
VERSION = 1

HELLO, INFO, PROMPT, SECRET_PROMPT, ANSWER, VERDICT, FIRST_PASS, LEAVE, NO_ANSWER = range(1, 10)
VERDICTS = {1: "accepted", 2: "refused", 3: "locked", 4: "passed", 5: "unavailable", 6: "no-answer",
            7: "bad-arguments", 8: "other-version"}
# The payload's shortest and longest size, by type.
SIZES = {HELLO: (1, 4096), INFO: (1, 1025), PROMPT: (1, 1024), SECRET_PROMPT: (1, 1024), ANSWER: (0, 513),
         VERDICT: (1, 1), FIRST_PASS: (0, 0), LEAVE: (0, 513), NO_ANSWER: (0, 0)}
BY_CLIENT = {HELLO, ANSWER, NO_ANSWER}


class ProtocolError(Exception):
    """Something is not as docs/protocol.md says."""


def frame(kind, payload=b""):
    """A frame's bytes; sizes that the protocol does not allow are written all the same, up to what two bytes hold."""
    return struct.pack(">BH", kind, len(payload)) + payload


@dataclass
class Hello:
    """What a client says first. Every field may be what it must not be."""
    user: bytes
    real_uid: int = 0
    flags: int = 0
    service: bytes = b"peer"
    remote_host: bytes = b""
    terminal: bytes = b""
    arguments: list = field(default_factory=list)
    version: int = VERSION

    def payload(self):
        texts = [self.service, self.user, self.remote_host, self.terminal, *self.arguments]
        return struct.pack(">HIBB", self.version, self.real_uid, self.flags, len(texts)) + b"".join(
            struct.pack(">H", len(text)) + text for text in texts)

    def frame(self):
        return frame(HELLO, self.payload())


def read_hello(payload):
    """A hello from its payload; refuses whatever the document does not allow."""
    if len(payload) < 8:
        raise ProtocolError("short")
    version, uid, flags, count = struct.unpack(">HIBB", payload[:8])
    if version != VERSION:
        raise ProtocolError("other version")
    if flags > 1 or not 4 <= count <= 20:
        raise ProtocolError("flags or count")
    texts, rest = [], payload[8:]
    for _ in range(count):
        if len(rest) < 2:
            raise ProtocolError("short")
        size, = struct.unpack(">H", rest[:2])
        text, rest = rest[2:2 + size], rest[2 + size:]
        if len(text) < size or size > 1024 or b"\0" in text:
            raise ProtocolError("text")
        texts.append(text)
    if rest:
        raise ProtocolError("more behind the last text")
    return Hello(texts[1], uid, flags, texts[0], texts[2], texts[3], texts[4:])


class Connection:
    """One end of a connection."""

    def __init__(self, connected, seconds=30):
        self.socket = connected
        self.socket.settimeout(seconds)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, kind, payload=b""):
        self.socket.sendall(frame(kind, payload))

    def _take(self, count):
        taken = b""
        while len(taken) < count:
            more = self.socket.recv(count - len(taken))
            if not more:
                raise EOFError(f"ended after {len(taken)} of {count} bytes")
            taken += more
        return taken

    def receive(self):
        """The next frame: type and payload."""
        kind, size = struct.unpack(">BH", self._take(3))
        low, high = SIZES.get(kind, (1, 0))
        if not low <= size <= high:
            raise ProtocolError(f"a frame of type {kind} with {size} bytes")
        return kind, self._take(size)


class Client(Connection):
    """A caller of the service. It answers questions in turn; what it was asked and told is kept."""

    def __init__(self, path=PATH, seconds=30):
        connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connected.settimeout(seconds)
        connected.connect(path)
        super().__init__(connected, seconds)
        self.asked, self.told, self.left = [], [], []

    def login(self, hello, *answers, first_pass=None):
        """The whole dialogue; the verdict by its name."""
        self.socket.sendall(hello.frame())
        return self.finish(*answers, first_pass=first_pass)

    def finish(self, *answers, first_pass=None):
        """What comes after the hello; whoever runs out of answers has none."""
        answers = list(answers)
        while True:
            kind, payload = self.receive()
            if kind in BY_CLIENT:
                raise ProtocolError(f"the service sent a frame of type {kind}")
            if kind == VERDICT:
                if payload[0] not in VERDICTS:
                    raise ProtocolError(f"verdict {payload[0]}")
                return VERDICTS[payload[0]]
            if kind == INFO:
                self.told.append((payload[0], payload[1:].decode()))
            elif kind == LEAVE:
                self.left.append(payload)
                self.send(ANSWER)
            elif kind == FIRST_PASS:
                self._give(first_pass)
            else:
                self.asked.append((kind == PROMPT, payload.decode()))
                self._give(answers.pop(0) if answers else None)

    def _give(self, answer):
        if answer is None:
            self.send(NO_ANSWER)
        else:
            self.send(ANSWER, answer.encode() if isinstance(answer, str) else answer)


def login(hello, *answers, **options):
    """One login on a connection of its own: verdict and client."""
    with Client() as client:
        return client.login(hello, *answers, **options), client

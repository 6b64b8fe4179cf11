"""The protocol between client and service, written from docs/protocol.md; shares no code with Twostep."""

import socket
import struct
from dataclasses import dataclass, field

PATH = "/run/twostep/socket"
VERSION = 1

(HELLO, INFO, PROMPT, SECRET_PROMPT, ANSWER, VERDICT, FIRST_PASS, LEAVE, NO_ANSWER, COMMAND,
 OUTPUT) = range(1, 12)
VERDICTS = {1: "accepted", 2: "refused", 3: "locked", 4: "passed", 5: "unavailable", 6: "no-answer",
            7: "bad-arguments", 8: "other-version"}
# The payload's shortest and longest size, by type.
SIZES = {HELLO: (1, 4096), INFO: (1, 1025), PROMPT: (1, 1024), SECRET_PROMPT: (1, 1024), ANSWER: (0, 513),
         VERDICT: (1, 1), FIRST_PASS: (0, 0), LEAVE: (0, 513), NO_ANSWER: (0, 0), COMMAND: (1, 4096),
         OUTPUT: (1, 1025)}
BY_CLIENT = {HELLO, ANSWER, NO_ANSWER, COMMAND}
STANDARD, ERROR, HALF_BLOCKS, ASCII, SHEET = range(1, 6)


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
    session: bytes = b""

    def payload(self):
        texts = [self.service, self.user, self.remote_host, self.terminal, self.session, *self.arguments]
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
    if flags > 3 or not 5 <= count <= 21:
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
    return Hello(texts[1], uid, flags, texts[0], texts[2], texts[3], texts[5:], session=texts[4])


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


def command(*words, version=VERSION):
    """What a client says first that wants a command done; words may be what they must not be."""
    words = [word.encode() if isinstance(word, str) else word for word in words]
    return frame(COMMAND, struct.pack(">HB", version, len(words)) + b"".join(
        struct.pack(">H", len(word)) + word for word in words))


class Owner(Connection):
    """A client that has a command done, step by step."""

    def __init__(self, first, path=PATH, seconds=30):
        connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connected.settimeout(seconds)
        connected.connect(path)
        super().__init__(connected, seconds)
        self.out, self.err, self.sheet, self.drawn, self.asked = "", "", "", [], []
        self.socket.sendall(first)

    def next(self):
        """What the service wants next: a question, as `ask` or `ask secretly` and its text; or `ended` and the status."""
        while True:
            kind, payload = self.receive()
            if kind == OUTPUT:
                text = payload[1:].decode()
                if payload[0] == STANDARD:
                    self.out += text
                elif payload[0] == ERROR:
                    self.err += text
                elif payload[0] in (HALF_BLOCKS, ASCII):
                    self.drawn.append(text)
                elif payload[0] == SHEET:
                    self.sheet += text
                else:
                    raise ProtocolError(f"output {payload[0]}")
            elif kind in (PROMPT, SECRET_PROMPT):
                self.asked.append(payload.decode())
                return "ask" if kind == PROMPT else "ask secretly", payload.decode()
            elif kind == VERDICT:
                return "ended", payload[0]
            else:
                raise ProtocolError(f"a frame of type {kind} for a command")

    def answer(self, text):
        """Answers; None for no answer."""
        if text is None:
            self.send(NO_ANSWER)
        else:
            self.send(ANSWER, text.encode() if isinstance(text, str) else text)

    def finish(self, *answers):
        """Answers whatever is asked, in turn; the exit status."""
        answers = list(answers)
        while True:
            kind, said = self.next()
            if kind == "ended":
                return said
            self.answer(answers.pop(0) if answers else None)

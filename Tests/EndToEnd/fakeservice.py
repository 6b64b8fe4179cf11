"""A service of the test's own in twostepd's place, which says what twostepd never would."""

import contextlib
import os
import socket
import threading
from pathlib import Path

import peer


class FakeService:
    """Listens where twostepd would. `dialogue` gets each connection (a peer.Connection) and the hello that came on it;
    what it leaves open is closed. `listener` is called before listening, in the process that listens."""

    def __init__(self, dialogue, path=peer.PATH, backlog=16):
        self.hellos, self.problems = [], []
        self.connections = 0
        self._dialogue, self._path = dialogue, Path(path)
        self._path.parent.mkdir(mode=0o755, exist_ok=True)
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        os.chmod(path, 0o666)
        self._socket.listen(backlog)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        if dialogue is not None:
            self._thread.start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                connected, _ = self._socket.accept()
                self.connections += 1
                with peer.Connection(connected, seconds=60) as connection:
                    self._speak(connection)

    def _speak(self, connection):
        try:
            kind, payload = connection.receive()
            assert kind == peer.HELLO
            self.hellos.append(peer.read_hello(payload))
            self._dialogue(connection)
        except (EOFError, ConnectionError):
            pass
        except Exception as problem:                # of a thread nobody would hear
            self.problems.append(problem)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        if self._dialogue is not None:
            self._thread.join(10)
        self._path.unlink()
        assert self.problems == []


def saying(*frames):
    """A dialogue: the frames one after another; each question is followed by its answer, kept in `answers`."""
    def speak(connection):
        for kind, payload in frames:
            connection.send(kind, payload)
            if kind in (peer.PROMPT, peer.SECRET_PROMPT, peer.FIRST_PASS, peer.LEAVE):
                speak.answers.append(connection.receive())
    speak.answers = []
    return speak

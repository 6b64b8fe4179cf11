"""Peers that keep to nothing: each hinders itself alone."""

import contextlib
import os
import random
import re
import socket
import threading
import time
from collections import Counter

import authlog
import pamjob
import peer
import pytest
from service import as_user

HELLO = peer.Hello(b"dave").frame()


@pytest.fixture
def alice(machine):
    machine.configure(backup_codes=1)
    return machine.enrol("alice")


@pytest.fixture(autouse=True)
def unharmed(service):
    """Whatever was done to it, the service is as before: nobody is served, nothing is left open."""
    before = _settled(service)
    yield
    after = _settled(service)
    assert service.is_alive()
    # One more is the connection to the log, which a complaint has opened.
    assert len(before) <= len(after) <= len(before) + 1, (before, after)


def _settled(service):
    """What the listening process has open once nobody is served nor waits to be."""
    deadline, calm, found = time.monotonic() + 30, 0, None
    while calm < 10:
        assert time.monotonic() < deadline, "somebody is still served"
        time.sleep(0.05)
        now = service.descriptors()
        calm = calm + 1 if now == found and not service.connections() else 0
        found = now
    return found


def _seconds_until_closed(client, limit):
    """How long it takes the service to give this peer up; whatever it says is read."""
    started = time.monotonic()
    client.socket.settimeout(limit)
    with contextlib.suppress(ConnectionError):
        while client.socket.recv(4096):
            pass
    return time.monotonic() - started


def _complaints(mark):
    lines = [line for line in authlog.since(mark) if " twostepd[" in line]
    fields = [dict(re.findall(r"(\w+)=(\S+)", line)) for line in lines]
    return [(found["reason"], found.get("cause")) for found in fields]


class TestOne:
    @pytest.mark.parametrize("sent", [
        b"", b"\1", HELLO[:3], HELLO[:-1]], ids=["nothing", "a byte", "a header", "all but a byte"])
    def test_silent(self, service, sent):
        mark = authlog.mark()
        with peer.Client() as client:
            client.socket.sendall(sent)
            assert 4 < _seconds_until_closed(client, 20) < 8
        assert service.idle() and _complaints(mark) == [("protocol", "too-slow")]

    def test_byte_by_byte(self, service):
        """No byte buys time: five seconds for the header, five for the rest."""
        mark, started = authlog.mark(), time.monotonic()
        with peer.Client() as client, contextlib.suppress(ConnectionError):
            while time.monotonic() < started + 30:
                for byte in HELLO:
                    client.socket.send(bytes([byte]))
                    time.sleep(0.9)
        assert time.monotonic() - started < 15
        assert service.idle() and _complaints(mark) == [("protocol", "too-slow")]

    def test_an_answer_byte_by_byte(self, alice, service):
        """Somebody who types has time; a program that has begun to send has not."""
        mark, started = authlog.mark(), time.monotonic()
        with peer.Client() as client:
            client.socket.sendall(peer.Hello(b"alice").frame())
            assert client.receive()[0] == peer.SECRET_PROMPT
            with contextlib.suppress(ConnectionError):
                client.socket.sendall(b"\5\0\6")
                while time.monotonic() < started + 30:
                    client.socket.send(b"1")
                    time.sleep(2)
        assert time.monotonic() - started < 15
        assert service.idle() and _complaints(mark) == [("conversation-failed", None)]

    @pytest.mark.parametrize("sent", [
        b"GET / HTTP/1.1\r\n\r\n", b"\0" * 3, b"\xff" * 4096, peer.frame(peer.ANSWER, b"123456"), peer.frame(peer.VERDICT, b"\1"),
        peer.frame(peer.HELLO), b"\1\x10\1", peer.frame(peer.HELLO, b"\0\1" + b"x" * 4094),
        peer.Hello(b"dave", flags=4).frame(), peer.Hello(b"da\0ve").frame(), peer.Hello(b"dave", arguments=[b"x"] * 17).frame(),
        peer.frame(peer.HELLO, peer.Hello(b"dave").payload() + b"\0"), peer.Hello(b"x" * 1025).frame()],
        ids=lambda sent: sent[:6].hex())
    def test_malformed(self, service, sent):
        mark = authlog.mark()
        with peer.Client() as client:
            client.socket.sendall(sent)
            with pytest.raises((EOFError, ConnectionError)):
                client.receive()
        assert service.idle() and _complaints(mark) == [("protocol", "malformed")]

    def test_flooding(self, alice, service):
        """Megabytes behind a hello: what is no answer ends it, and none of them is kept."""
        with peer.Client() as client:
            client.socket.sendall(peer.Hello(b"alice").frame())
            with contextlib.suppress(ConnectionError):
                for _ in range(1000):
                    client.socket.sendall(os.urandom(65536))

    def test_answers_beforehand(self, alice, service):
        """They are answers like others: judged and charged one by one, as many as are asked for."""
        mark = authlog.mark()
        codes = alice.token.wrong(20)
        with peer.Client() as client:
            client.socket.sendall(peer.Hello(b"alice").frame() + b"".join(
                peer.frame(peer.ANSWER, code.encode()) for code in codes))
            with contextlib.suppress(ConnectionError):
                while client.receive()[0] != peer.VERDICT:
                    pass
        assert len(_complaints(mark)) == 1

    def test_vanishing(self, alice, service):
        mark = authlog.mark()
        for sent in (b"", HELLO[:10], peer.Hello(b"alice").frame()) * 20:
            with peer.Client() as client:
                client.socket.sendall(sent)
        assert service.idle()
        assert set(_complaints(mark)) <= {("conversation-failed", None), ("too-many-connections", None)}

    def test_half_closed(self, alice):
        """Whoever sends no more has not gone: what they have sent is judged."""
        with peer.Client() as client:
            client.socket.sendall(peer.Hello(b"alice").frame() + peer.frame(peer.ANSWER, alice.token.code().encode()))
            client.socket.shutdown(socket.SHUT_WR)
            assert [client.receive() for _ in range(2)] == [
                (peer.SECRET_PROMPT, b"Verification code: "), (peer.VERDICT, b"\1")]

    def test_descriptors_and_urgent_bytes(self, service):
        with peer.Client() as client:
            socket.send_fds(client.socket, [HELLO[:3]], [0, 1, 2] * 80)
            client.socket.sendall(HELLO[3:])
            with contextlib.suppress(OSError):
                client.socket.send(b"!", socket.MSG_OOB)
            with contextlib.suppress(EOFError, ConnectionError):
                client.finish("x")


def _hostile(kind, until):
    """One peer that does nothing but harm, again and again; it never raises."""
    generator = random.Random(kind)
    while time.monotonic() < until:
        with contextlib.suppress(OSError, EOFError, peer.ProtocolError):
            with peer.Client(seconds=max(until - time.monotonic(), 0.1)) as client:
                if kind % 5 == 0:       # silent
                    client.socket.recv(1)
                elif kind % 5 == 1:     # slow
                    for byte in HELLO:
                        client.socket.send(bytes([byte]))
                        time.sleep(0.3)
                elif kind % 5 == 2:     # malformed
                    client.socket.sendall(generator.randbytes(5000))
                    client.socket.recv(1)
                elif kind % 5 == 3:     # flooding
                    client.socket.sendall(HELLO + generator.randbytes(1 << 20))
                else:                   # vanishing
                    client.socket.sendall(HELLO)
            time.sleep(0.05)


class TestTwoHundred:
    """Half of them hostile, a third of which come from a program of root's that dave has started."""

    HONEST, HOSTILE, SECONDS = 100, 100, 20

    @contextlib.contextmanager
    def _harm(self):
        until = time.monotonic() + self.SECONDS

        def flood(name, kinds):
            if name:
                as_user(name)()
            threads = [threading.Thread(target=_hostile, args=(kind, until)) for kind in kinds]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            return {}
        children = []
        for name, kinds in (("dave", range(35)), ("bob", range(35, 70)), (None, range(70, self.HOSTILE))):
            children.append(threading.Thread(target=pamjob.in_child, args=(lambda: flood(name, kinds), 60)))
            children[-1].start()
            time.sleep(0.5)     # the child has its name by then
        yield until
        for child in children:
            child.join()

    def _login(self, number, codes, ended):
        """An honest caller, as the module is one: who finds no place comes again for five seconds."""
        user = ("alice", "carol")[number % 2]
        hello = peer.Hello(user.encode(), 20_000 + number)
        started = time.monotonic()
        while True:
            try:
                verdict, _ = peer.login(hello, codes.get(number, "no code"))
                break
            except (EOFError, ConnectionError):
                if time.monotonic() - started > 5:
                    verdict = "gave up"
                    break
                time.sleep(0.3)
        ended.append((verdict, time.monotonic() - started))

    def test_the_others_are_served(self, machine, alice, service):
        carol, ended = machine.enrol("carol"), []
        codes = {0: alice.token.code(), 1: carol.token.code()}
        with self._harm() as until:
            honest = [threading.Thread(target=self._login, args=(number, codes, ended)) for number in range(self.HONEST)]
            for thread in honest:
                thread.start()
            for thread in honest:
                thread.join()
            assert time.monotonic() < until + 30
        verdicts, slowest = Counter(verdict for verdict, _ in ended), max(seconds for _, seconds in ended)
        print(f"{verdicts}, the slowest {slowest:.1f} s, in the middle {sorted(s for _, s in ended)[50]:.1f} s")
        assert verdicts == {"refused": self.HONEST - 2, "accepted": 2}
        assert slowest < 30

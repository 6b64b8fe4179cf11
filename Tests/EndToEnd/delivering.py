"""twostepd --notify, which tells people and programs of events."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import authlog
import service

EVENTS = Path("/run/twostep/events")
SPOOL = Path("/var/spool/twostep")
HOOKS = Path("/etc/twostep/hooks.d")


def wait_for(condition, seconds=20, what="it"):
    """Waits until something is so."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} did not come about"
        time.sleep(0.02)
    return found


class Delivery:
    """The process, under a configuration, until `stop`."""

    command = (service.PROGRAM, "--notify")

    def __init__(self, config):
        self._options = ("--config", str(config))
        self.start()

    def start(self):
        self._process = subprocess.Popen([*self.command, *self._options], env={}, stdin=subprocess.DEVNULL)
        self.pid = self._process.pid
        wait_for(lambda: self._process.poll() is not None or listens(), what="a socket")
        assert self._process.poll() is None, self._process.returncode

    def kill(self):
        """As a crash or a power cut would."""
        self._process.kill()
        self._process.wait()

    def is_alive(self):
        return self._process.poll() is None

    def is_idle(self):
        """Whether nothing waits on the disk, and no program runs."""
        return not queued() and not Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()

    def stop(self):
        self.kill()
        shutil.rmtree(SPOOL, ignore_errors=True)
        EVENTS.unlink(missing_ok=True)


@contextlib.contextmanager
def running(config):
    """The delivery while it is asked for; it must not end by itself."""
    delivery = Delivery(config)
    yield delivery
    assert delivery.is_alive()
    delivery.stop()


def listens():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        try:
            client.connect(str(EVENTS))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        return True


def send(*datagrams):
    """Hands over what only root may say."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        client.connect(str(EVENTS))
        for one in datagrams:
            client.send(one if isinstance(one, bytes) else one.encode())


@contextlib.contextmanager
def full(delivery):
    """Stops the process, and fills the kernel's queue for its socket; in the end it goes on."""
    os.kill(delivery.pid, signal.SIGSTOP)
    wait_for(lambda: ") T " in Path(f"/proc/{delivery.pid}/stat").read_text(), what="a stop")
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as client:
            client.connect(str(EVENTS))
            with contextlib.suppress(BlockingIOError):
                while True:
                    client.send(b"event=debug")
        yield
    finally:
        os.kill(delivery.pid, signal.SIGCONT)


def queued():
    """What waits on the disk."""
    if not SPOOL.exists():
        return []
    return [json.loads(path.read_text()) for path in SPOOL.glob("*.json")]


def said(mark, event="delivery-failed"):
    """Lines of the delivery's own in the log: their fields."""
    found = []
    for line in authlog.since(mark):
        if match := re.search(rf" twostepd\[\d+\]: (event={event} .*)$", line):
            found.append({name: value.strip('"') for name, value in re.findall(r'([\w-]+)=("[^"]*"|\S*)', match[1])})
    return found


def hook(name, script, mode=0o755, folder=HOOKS):
    """Puts a hook there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(mode)
    return path

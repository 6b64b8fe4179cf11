"""twostepd, listening as on a system without a service manager."""

import contextlib
import os
import pwd
import socket
import subprocess
import time
from pathlib import Path

PROGRAM = "/usr/local/sbin/twostepd"
SOCKET = Path("/run/twostep/socket")


class Service:
    """A listening service of this test's own. `options` go behind `--listen`; `before` runs in its process first."""

    def __init__(self, *options, environment=None, before=None):
        self._start([PROGRAM, "--listen", *map(str, options)], environment or {}, before)

    def _start(self, command, environment, before=None):
        """Starts it, and waits until it listens."""
        self._process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, preexec_fn=before)
        self.pid = self._process.pid
        deadline = time.monotonic() + 20
        while not listens():
            assert self._process.poll() is None, f"twostepd ended with {self._process.returncode}"
            assert time.monotonic() < deadline, "twostepd does not listen"
            time.sleep(0.01)

    def connections(self):
        """The processes that serve a connection at this moment."""
        text = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in text.split() if _runs(pid)]

    def descriptors(self):
        """What the listening process has open."""
        found = []
        for name in os.listdir(f"/proc/{self.pid}/fd"):
            with contextlib.suppress(FileNotFoundError):
                found.append(os.readlink(f"/proc/{self.pid}/fd/{name}"))
        return sorted(found)

    def idle(self, seconds=10):
        """Waits until nobody is served; whether that came about."""
        deadline = time.monotonic() + seconds
        while self.connections():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def is_alive(self):
        return self._process.poll() is None

    def stop(self):
        """Ends the service, and whoever it serves."""
        pids = self.connections() if self.is_alive() else []
        self._process.kill()
        self._process.wait()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)


class Activated(Service):
    """The same as a service manager starts it: a process for each connection, which is its standard input. `before` is
    put before its command."""

    def __init__(self, *options, before=()):
        SOCKET.parent.mkdir(mode=0o755, exist_ok=True)
        SOCKET.unlink(missing_ok=True)
        self._start(["systemd-socket-activate", "--accept", "--inetd", f"--listen={SOCKET}", *map(str, before), PROGRAM,
                     *map(str, options)], {"PATH": os.environ["PATH"]})
        SOCKET.chmod(0o666)         # SocketMode=

    def stop(self):
        super().stop()
        SOCKET.unlink(missing_ok=True)


def _runs(pid):
    """Whether the process has not ended; one that has is there until it is asked after."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):     # gone before, or while it was read
        return False


def listens(path=SOCKET):
    """Whether somebody takes connections there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        try:
            client.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        return True


def started_by(name):
    """For `before`: what `su` is when this user has started it. Real uid the user's, effective uid root's."""
    uid = pwd.getpwnam(name).pw_uid
    return lambda: os.setresuid(uid, 0, 0)


def as_user(name):
    """For `before`: an ordinary program of this user's, a screen locker say."""
    entry = pwd.getpwnam(name)

    def become():
        os.setgroups([entry.pw_gid])
        os.setresgid(*[entry.pw_gid] * 3)
        os.setresuid(*[entry.pw_uid] * 3)
    return become

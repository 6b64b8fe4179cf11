"""One login in faulted.c, and the same again with a chosen system call made to fail, by strace.

The kernel skips a call that is made to fail, so a descriptor whose close "fails" stays open: of a
real close that fails that is not true, and those runs say nothing about descriptors.
"""

import subprocess
from dataclasses import dataclass

import authlog
import compiled
import killing
import libpam

# What each call may say on a machine that is short of something, breaking, or confined by its administrator.
PLAUSIBLE = {
    "openat": "EIO EACCES EPERM EMFILE ENFILE ENOMEM ENOENT ELOOP ENOTDIR EROFS EINTR",
    "openat2": "EIO EACCES EPERM EMFILE ENOENT ELOOP ENOSYS EAGAIN",
    "newfstatat": "EIO EACCES ENOMEM ENOENT ELOOP EOVERFLOW",
    "read": "EIO EINTR EAGAIN EISDIR",
    "pread64": "EIO EINTR EAGAIN EISDIR EBADF",
    "pwrite64": "EIO ENOSPC EDQUOT EFBIG EPERM EROFS EBADF EINTR EAGAIN",
    "fdatasync": "EIO ENOSPC EDQUOT EROFS EINTR EINVAL",
    "flock": "ENOLCK EINTR EAGAIN EBADF",
    "getrandom": "ENOSYS EINTR EAGAIN",
    "mmap": "ENOMEM EAGAIN EPERM",
    "munmap": "ENOMEM EINVAL",
    "madvise": "ENOMEM EINVAL",
    "prlimit64": "EPERM ENOSYS",
    "close": "EIO EINTR",
    "socket": "EACCES EMFILE ENFILE ENOBUFS EAFNOSUPPORT",
    "connect": "ECONNREFUSED EACCES EAGAIN EINTR",
    "sendto": "ECONNREFUSED ENOTCONN EAGAIN EINTR ENOBUFS EPIPE",
}
ANY_OTHER = "EIO EPERM EINTR ENOSYS"
# Waking somebody cannot fail. Moving the break can, but says so by giving the old one, which strace cannot.
CANNOT_FAIL = {"futex", "brk"}


@dataclass
class Answer:
    """What a login in faulted.c came to."""
    code: str           # PAM's, by name, or the signal that ended the process
    asked: int
    left_open: int
    events: list
    injected: bool = False

    @property
    def seen(self):
        """What the person at the other end can tell."""
        return self.code, self.asked


class Injecting:
    """Logins through `stack` while the clock stands still at `moment`."""

    def __init__(self, folder, stack, moment):
        self._driver = compiled.program("faulted", folder, "pam")
        self._trace = folder / "trace"
        self._stack, self.moment = stack, moment

    def command(self, user, code):
        return [str(word) for word in
                (self._driver, self._stack.confdir, self._stack.service, user, code, self.moment)]

    def login(self, user, code, prefix=(), memory=None):
        """One login, under the program `prefix` if there is one, with so many KiB of memory."""
        mark = authlog.mark()
        room = [str(memory)] if memory is not None else []
        done = subprocess.run([*prefix, *self.command(user, code), *room], capture_output=True, text=True, timeout=60)
        events = [authlog.event(line) for line in authlog.ours(authlog.since(mark))]
        # strace ends by the signal that ended what it ran.
        if done.returncode < 0:
            return Answer(f"signal {-done.returncode}", 0, 0, events)
        assert done.returncode == 0, done.stderr
        code, asked, left_open = map(int, done.stdout.split())
        return Answer(libpam.NAMES.get(code, code), asked, left_open, events)

    def points(self, user, code):
        """The system calls of one login that begins once the module is loaded and ends with its answer."""
        points = killing.points(self.command(user, code), "", self._trace.parent)
        begin, end = (next(index for index, point in enumerate(points) if f'"/twostep-{mark}"' in point.text)
                      for mark in ("begin", "end"))
        return [point for point in points[begin + 1:end] if point.name not in CANNOT_FAIL]

    def injected(self, point, error, user, code, onwards=False):
        """The login again, in which this call fails with `error`; with `onwards`, and all of its name after it.

        A number for an error is what the call returns as if it had succeeded, though nothing has been done.
        """
        when = f"{point.occurrence}{'+' if onwards else ''}"
        answer = self.login(user, code, [
            "strace", "-qq", "--seccomp-bpf", "-f", "-o", self._trace, "-e", f"trace={point.name},access",
            "-e", f"inject={point.name}:{'retval' if error.isdigit() else 'error'}={error}:when={when}"])
        lines = self._trace.read_text(errors="replace").splitlines()
        first = next((index for index, line in enumerate(lines) if "(INJECTED)" in line), None)
        if first is not None:
            before = "\n".join(lines[:first])
            assert "twostep-begin" in before and "twostep-end" not in before, f"{point} came elsewhere: {lines}"
            answer.injected = True
        return answer

"""System calls and who made them: strace with the stack of each call."""

import contextlib
import re
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from world import MODULE

_call = re.compile(r"^(\w+)\((.*)$")
# The programs that load the module, and the libraries by which they ask a person.
_host = re.compile(r"/s?bin/|/guest$|/libpam_misc\.so|/sudo/")
_frame = re.compile(r"^ > (.*?)\(.*\) \[0x")

# What makes a descriptor, and the flag without which a program that is started inherits it.
OPENING = {"open": "O_CLOEXEC", "openat": "O_CLOEXEC", "openat2": "O_CLOEXEC", "creat": "O_CLOEXEC",
           "socket": "SOCK_CLOEXEC", "socketpair": "SOCK_CLOEXEC", "accept": "SOCK_CLOEXEC", "accept4": "SOCK_CLOEXEC",
           "pipe": "O_CLOEXEC", "pipe2": "O_CLOEXEC", "dup": "O_CLOEXEC", "dup2": "O_CLOEXEC", "dup3": "O_CLOEXEC",
           "eventfd2": "EFD_CLOEXEC", "epoll_create1": "EPOLL_CLOEXEC", "inotify_init1": "IN_CLOEXEC",
           "signalfd4": "SFD_CLOEXEC", "timerfd_create": "TFD_CLOEXEC", "memfd_create": "MFD_CLOEXEC"}
# What a guest does not do: other processes and threads, signals, ids, rights, files that come, go or change hands,
# and whatever else is the host's.
FORBIDDEN = {
    "clone", "clone3", "fork", "vfork", "execve", "execveat", "wait4", "waitid",
    "rt_sigaction", "rt_sigprocmask", "sigaltstack", "rt_sigsuspend", "kill", "tkill", "tgkill", "alarm", "setitimer",
    "timer_create", "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "setfsuid",
    "setfsgid", "setsid", "setpgid", "capset", "prctl", "seccomp", "personality", "ptrace", "umask", "chdir", "fchdir",
    "chroot", "unshare", "setns", "mount", "setrlimit", "setpriority", "sched_setscheduler", "sched_setaffinity",
    "ioctl", "exit", "exit_group", "chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat", "lchown", "unlink",
    "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "symlink", "symlinkat", "link", "linkat",
    "mknod", "mknodat", "truncate", "ftruncate"}
# Of these the stack is not seen; no host starts anything between the first and the last of our module's calls.
STARTING = {"clone", "clone3", "fork", "vfork"}
WRITING = {"write", "writev", "pwrite64"}
# libcrypto reads its configuration once in a process, by fopen without "e", and closes it before it goes on. Anybody
# may read that file (docs/adr/0004-libcrypto.md).
LIBCRYPTOS_OWN = '/openssl.cnf", O_RDONLY)'
# Signs that the module was there and was seen at its work.
WORKING = {"flock", "fdatasync"}


@dataclass
class Call:
    """One system call: its name, how it looked, and through which files the way to it led, nearest first."""
    name: str
    arguments: str
    files: list = field(default_factory=list)

    @property
    def ours(self):
        """Whether our module made it, itself or by calling a library; not what the host does when it is asked."""
        for file in self.files:
            if file.endswith("/" + MODULE):
                return True
            if _host.search(file):
                return False
        return False

    @property
    def written_by_us(self):
        """Whether it stands in our module's own code: nothing between but libc's one function for it."""
        way = self.files[1:] if self.files and "/libc.so." in self.files[0] else self.files
        return bool(way) and way[0].endswith("/" + MODULE)

    @property
    def closes_on_exec(self):
        return OPENING[self.name] in self.arguments or LIBCRYPTOS_OWN in self.arguments

    def __str__(self):
        return f"{self.name}({self.arguments}"


@contextlib.contextmanager
def attached(pid, folder):
    """Traces a running process, and all that it starts, for the time of the block."""
    tracer = subprocess.Popen(_strace(folder) + ["-p", str(pid)], stderr=subprocess.DEVNULL)
    try:
        for _ in range(500):
            if "TracerPid:\t0" not in Path(f"/proc/{pid}/status").read_text():
                break
            time.sleep(0.01)
        else:
            raise AssertionError("strace did not attach")
        yield
    finally:
        tracer.terminate()
        tracer.wait()


def under(folder, command):
    """The command, traced."""
    return [*_strace(folder), *command]


def _strace(folder):
    names = ",".join(sorted({*OPENING, *FORBIDDEN, *WRITING, *WORKING, "prlimit64"}))
    return ["strace", "-qq", "-k", "-ff", "-s", "300", "-e", f"trace={names}", "-e", "signal=none",
            "-o", str(folder / "calls")]


def read(folder):
    """What was traced: for each process the calls in their order."""
    return [_calls(path) for path in sorted(folder.glob("calls.*"))]


def _calls(path):
    calls = []
    for line in path.read_text(errors="replace").splitlines():
        if match := _frame.match(line):
            calls[-1].files.append(match[1])
        elif match := _call.match(line):
            calls.append(Call(match[1], match[2]))
    return calls


def misdeeds(calls):
    """Of our module's calls those that no guest makes."""
    ours = [index for index, call in enumerate(calls) if call.ours]
    return [str(call) for index, call in enumerate(calls)
            if call.ours and _is_misdeed(call) or call.name in STARTING and ours and ours[0] < index < ours[-1]]


def _is_misdeed(call):
    return (call.name in FORBIDDEN
            or call.name == "prlimit64" and ", NULL, {" not in call.arguments
            or call.name in OPENING and not call.closes_on_exec
            or call.name in OPENING and re.search("O_CREAT|O_TRUNC", call.arguments)
            or call.name in WRITING and re.match(r"[012],", call.arguments))


def is_at_work(calls):
    """Whether our module was seen to lock a record, write and sync it."""
    return {call.name for call in calls if call.ours} >= {"flock", "fdatasync", "pwrite64", "openat"}

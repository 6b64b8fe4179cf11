"""Ends a program with SIGKILL on entry to one chosen system call, by strace.

The kernel skips the call then, so "killed at call N" means: everything up to call
N-1 has happened, nothing from N on. Each call in turn covers every state that a
kill can leave behind.
"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

_call = re.compile(r"^(\d+ +)?(\w+)\((.*)$")


@dataclass(frozen=True)
class Point:
    """A system call of a run: its name, the how-manieth of that name, and how it looked."""
    name: str
    occurrence: int
    text: str

    def __str__(self):
        return f"{self.name} #{self.occurrence}: {self.text[:90]}"


@dataclass
class Run:
    """A finished run of a program."""
    output: str
    killed: bool


def points(command, input, scratch, env=None):
    """Runs the program to its end; every system call it made, in order."""
    trace = Path(scratch) / "trace"
    done = subprocess.run(["strace", "-f", "-qq", "-o", trace, *map(str, command)], input=input,
                          capture_output=True, text=True, timeout=60, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    counts, found = {}, []
    for line in trace.read_text(errors="replace").splitlines():
        if match := _call.match(line):
            name = match[2]
            counts[name] = counts.get(name, 0) + 1
            found.append(Point(name, counts[name], f"{name}({match[3]}"))
    return found


def killed_at(point, command, input, scratch, env=None):
    """Runs the program again and kills it on entry to `point`."""
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", Path(scratch) / "trace-killed",
         "-e", f"trace={point.name}",
         "-e", f"inject={point.name}:signal=KILL:when={point.occurrence}", *map(str, command)],
        input=input, capture_output=True, text=True, timeout=60, env=env)
    return Run(done.stdout + done.stderr, done.returncode in (-9, 137))


class Snapshot:
    """The files under a folder, to be put back between kills."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.files = {path: (path.read_bytes(), path.stat().st_mode)
                      for path in self.folder.rglob("*") if path.is_file()}

    def restore(self):
        for path in self.folder.rglob("*"):
            if path.is_file() and path not in self.files:
                path.unlink()
        for path, (content, mode) in self.files.items():
            if not path.is_file() or path.read_bytes() != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                path.chmod(mode & 0o7777)

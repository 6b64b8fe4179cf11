"""Authentications in the application guest.c, which watches its guest: what it saw."""

import os
import subprocess
from collections import namedtuple
from dataclasses import dataclass
from pathlib import Path

import compiled
import libpam
from world import MODULE

Login = namedtuple("Login", "service user answer")      # the answer as guest.c takes it
FAILS = "-"             # an answer: the conversation fails
# Else what was freed and lies in a thread's cache counts as in use.
EXACT = {**os.environ, "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}
# Bytes: less than one allocation in each round of twenty comes to, and more than the last few moments' chance.
CHANCE = 512


def installed():
    """The module's file."""
    path, = Path("/usr/lib").glob(f"*/security/{MODULE}")
    return path


def inside(answer):
    """An answer before which the next login is done, on a second handle."""
    return ">" + answer


@dataclass
class Report:
    """What guest.c wrote down."""
    lines: list
    out: bytes
    error: bytes

    def _of(self, kind):
        return [line[1:] for line in self.lines if line[0] == kind]

    @property
    def codes(self):
        """What each login returned, by name, in the order of the script."""
        done = sorted((int(number), libpam.NAMES[int(code)]) for number, code, _ in self._of("done"))
        return [code for _, code in done]

    @property
    def order(self):
        """The numbers of the logins in the order in which they ended."""
        return [int(number) for number, _, _ in self._of("done")]

    @property
    def questions(self):
        return [int(asked) for _, _, asked in sorted(self._of("done"), key=lambda line: int(line[0]))]

    @property
    def changes(self):
        """What was not as before once a handle had ended: (number, name, value), of before or of then."""
        return self._of("after")

    @property
    def during(self):
        """What was not as before while the question was asked."""
        return self._of("during")

    @property
    def mapped(self):
        """After each handle's end whether the module is in memory, and how many mappings the process has."""
        return [(is_mapped == "yes", int(mappings)) for _, is_mapped, mappings in self._of("mapped")]

    @property
    def memory(self):
        """By number of logins: bytes of heap in use, and KiB resident."""
        return {int(number): (int(heap), int(resident)) for number, heap, resident in self._of("memory")}


class Host:
    """The application, compiled, for service files in one folder."""

    def __init__(self, folder, confdir):
        self.program = compiled.program("guest", folder, "pam", "pthread", "m")
        self.confdir, self.report = confdir, folder / "report"

    def run(self, logins, *options, env=None, seconds=60):
        """Runs the logins in one process; `options` are those of guest.c."""
        script = "".join("\t".join(login) + "\n" for login in logins)
        done = subprocess.run([self.program, self.report, self.confdir, *options], input=script.encode(),
                              capture_output=True, timeout=seconds, check=False, env=env)
        assert done.returncode == 0, f"guest: exit {done.returncode} {done.stderr}"
        lines = [line.split("\t", 3) for line in self.report.read_text().splitlines()]
        report = Report(lines, done.stdout, done.stderr)
        assert len(report.codes) == len(logins), "not every login came to its end"
        return report

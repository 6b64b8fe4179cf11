"""Logins of several processes at the same instant, through together.c."""

import subprocess
import tempfile
from pathlib import Path

import authlog
import compiled
import libpam


class Together:
    """Rounds of logins through `stack`; without the lock, where that is asked for."""

    def __init__(self, folder, stack, locked=True):
        place = Path(tempfile.mkdtemp(dir=folder))      # others may be running theirs
        self._driver = compiled.program("together", place, "pam", "crypto", "crypt")
        self._arguments = [stack.confdir, stack.service, "locked" if locked else "unlocked"]

    def run(self, rounds, limit=400):
        """Runs each round, a moment (0: now) and (user, answer) pairs; what each answered, and our decisions."""
        mark = authlog.mark()
        lines = [" ".join([str(moment), *(word for login in logins for word in login)])
                 for moment, logins in rounds]
        done = subprocess.run([self._driver, *self._arguments], input="".join(line + "\n" for line in lines),
                              stdout=subprocess.PIPE, text=True, timeout=limit, check=True)
        answers = [[libpam.NAMES.get(int(code), code) for code in line.split()]
                   for line in done.stdout.splitlines()]
        assert len(answers) == len(rounds)
        return answers, [authlog.event(line) for line in authlog.ours(authlog.since(mark))]

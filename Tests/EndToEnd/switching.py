"""The programs by which somebody becomes somebody else, with the project's own service files."""

import authlog
import people
from pamstack import CODE_PROMPT
from terminal import Terminal


def by(name, *command):
    """The command line by which this user runs `command`, with a clean environment."""
    return ["setpriv", f"--reuid={name}", f"--regid={name}", "--init-groups", "--reset-env", *command]


def events_since(mark):
    """What the module or the service has decided."""
    return [authlog.event(line) for line in authlog.ours(authlog.since(mark))]


class Program:
    """A program that asks for password and code, and what it shows to whoever got in."""

    def __init__(self, command, inside, service):
        self.command, self.inside, self.service = command, inside, service

    def run(self, code, password=people.PASSWORD):
        """One run; the screen, exit status and decisions."""
        mark = authlog.mark()
        with Terminal(self.command) as terminal:
            terminal.answer("assword", password)
            if code is not None:
                terminal.answer(CODE_PROMPT, code)
            screen = terminal.end()
        return screen, terminal.status, events_since(mark)

    def is_inside(self, screen):
        return self.inside in screen.splitlines()


SUDO = Program(by("alice", "sudo", "-k", "id", "-un"), "root", "sudo")
SUDO_LOGIN = Program(by("alice", "sudo", "-k", "-i", "id", "-un"), "root", "sudo-i")
SU = Program(by("carol", "su", "alice", "-c", "id -un"), "alice", "su")
SU_LOGIN = Program(by("carol", "su", "-", "alice", "-c", "id -un"), "alice", "su-l")

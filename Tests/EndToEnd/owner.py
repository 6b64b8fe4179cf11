"""The tool as an ordinary user runs it, who is not root: through twostepd."""

import subprocess

import people
from terminal import Terminal
from world import TOOL

PASSWORD_QUESTION = "Password: "
CODE_PROMPT = "Verification code: "


def command(user, *arguments):
    """The command line: the tool, run by this user with a clean environment."""
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--reset-env", TOOL, *map(str, arguments)]


def run(user, *arguments, typed=()):
    """The tool with these lines on its standard input, whatever comes of it."""
    return subprocess.run(command(user, *arguments), capture_output=True, text=True, timeout=60, check=False,
                          input="".join(f"{line}\n" for line in typed))


def at_terminal(user, *arguments, password=people.PASSWORD, **options):
    """The tool on a terminal, the password typed; None for a command that asks for none."""
    terminal = Terminal(command(user, *arguments), **options)
    if password is not None:
        terminal.answer(PASSWORD_QUESTION, password)
    return terminal

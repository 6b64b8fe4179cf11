"""The demonstration behind scripts/demo: a transcript that tells what it shows, and checks it."""

import json
import os
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path

import authlog
import oath
import people
from sshserver import SshServer

USER = "alice"
PROMPT = "Verification code: "
INSIDE = f"you are in, {USER}"
COMMAND = f"echo {INSIDE}"


@dataclass
class Scene:
    """One login: what is told before it, what is typed, and what must come of it."""
    title: str
    story: str
    code: str
    gets_in: bool
    log: dict
    shows: str = ""


class Paper:
    """What is printed: plain, with a little colour on a terminal."""

    def __init__(self):
        self._colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def _paint(self, code, text):
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text

    def line(self, text=""):
        print(text, flush=True)

    def title(self, text):
        self.line("\n" + self._paint("1", text))

    def story(self, text):
        self.line(textwrap.fill(textwrap.dedent(text).strip(), 78, initial_indent="   ",
                                subsequent_indent="   "))

    def screen(self, text):
        self.line(self._paint("36", "   | ") + text)

    def log(self, text):
        self.line("   " + self._paint("2", textwrap.fill(
            "log: " + text, 110, subsequent_indent="        ")))

    def verdict(self, good, text):
        self.line("   " + (self._paint("32", f"{text}, as told") if good
                           else self._paint("31", f"{text}: NOT AS TOLD")))


def run(paper, *command):
    """Runs a command as an administrator would, and shows it with what it prints."""
    paper.screen("# " + " ".join(command))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in (done.stdout + done.stderr).splitlines():
        paper.screen(line)
    if done.returncode:
        sys.exit(f"demo: {command[0]} ended with {done.returncode}")
    return done.stdout


def play(paper, server, number, scene):
    """Plays a scene; whether all went as told."""
    paper.title(f"{number}. {scene.title}")
    paper.story(scene.story)
    paper.line()
    mark = authlog.mark()
    paper.screen(f"$ ssh {USER}@127.0.0.1")
    with server.login(USER, command=COMMAND) as terminal:
        terminal.answer("Password: ", people.PASSWORD).answer(PROMPT, scene.code)
        seen = terminal.end()
    for line in seen.splitlines():
        if line.endswith("Password: "):
            line += "*" * len(people.PASSWORD)
        elif line.endswith(PROMPT):
            line += scene.code
        if line.strip() and not line.startswith("Connection to"):
            paper.screen(line)
    lines = authlog.ours(authlog.since(mark))
    for line in lines:
        paper.log(line[line.index("pam_twostep("):])
    events = [authlog.event(line) for line in lines]
    inside = INSIDE in seen.splitlines() and terminal.status == 0
    good = (inside == scene.gets_in and scene.shows in seen and len(events) == 1
            and scene.log.items() <= events[0].items())
    paper.verdict(good, "let in" if inside else "kept out")
    return good


def scenes(token, backup_codes):
    """The four logins that show what a second step is worth."""
    right = token.code()
    yield Scene(
        "The right code",
        f"After the password, sshd asks for the code that {USER}'s phone shows. (What is typed"
        " does not appear on a real screen; here it does, for you.)",
        right, True, {"event": "accepted", "method": "totp"})
    yield Scene(
        "The same code, once more",
        "Somebody looked over her shoulder and is quick: the thirty seconds are not over yet."
        " But a code that was accepted is spent.",
        right, False, {"event": "refused", "reason": "already-used"})
    yield Scene(
        "A wrong code",
        "Somebody has her password and guesses the rest. The screen tells nothing about why it"
        " was refused; the log does.",
        token.wrong(), False, {"event": "refused", "reason": "wrong-code"})
    yield Scene(
        "A backup code",
        "The phone is at home. One of the ten codes from the note in her wallet lets her in,"
        " once, and she is told how many are left.",
        backup_codes[0], True, {"event": "accepted", "method": "backup-code"},
        shows="twostep: backup code accepted, 9 left")


def main():
    paper = Paper()
    paper.title("Twostep: a real sshd, a real ssh, and an account made for this")
    paper.line()
    people.add(USER)
    run(paper, "twostep", "init")
    paper.screen(f"# twostep enroll {USER} --provision --json")
    said = json.loads(subprocess.run(
        ["twostep", "enroll", USER, "--provision", "--json"],
        check=True, capture_output=True, text=True).stdout)
    paper.screen(json.dumps({**said, "backupCodes": said["backupCodes"][:1] + ["..."]}))
    token = oath.Token(said["secret"])

    with tempfile.TemporaryDirectory() as folder:
        server = SshServer(Path(folder))
        try:
            results = [play(paper, server, number, scene)
                       for number, scene in enumerate(scenes(token, said["backupCodes"]), 1)]
        finally:
            server.stop()
    paper.line()
    if not all(results):
        sys.exit(f"demo: {results.count(False)} of {len(results)} logins went otherwise than told")
    paper.line("All four went as told. The account, the key and the store are gone now.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\ndemo: interrupted; nothing is left of it")

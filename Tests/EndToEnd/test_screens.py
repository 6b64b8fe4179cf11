"""The dialogues as people see them, on a real terminal, against Tests/EndToEnd/screens.

TWOSTEP_UPDATE_SCREENS=1 writes what is seen there instead. Key and time are always the same; backup codes stand as
XXXX-XXXX. Above the line of dashes is what has gone up and away.
"""

import os
import re
import subprocess
import time
from pathlib import Path

import oath
import pytest
import screen
import tool
from tool import CODE_QUESTION, SENTENCE, SENTENCE_QUESTION
from world import TOOL

SCREENS = Path(__file__).parent / "screens"
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
NOW = 1795262410        # 2026-11-21 12:00:10 UTC
TOKEN = oath.Token(SECRET)
CLOCK = ["faketime", "-f", time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(NOW))]
ENVIRONMENT = {"TZ": "UTC", "DONT_FAKE_MONOTONIC": "1"}
KEY = ["--secret", SECRET]
ENROL = ["enroll", "alice", *KEY]
PROVE = [(CODE_QUESTION, TOKEN.code(0, NOW)), (SENTENCE_QUESTION, SENTENCE)]
CTRL_D = "\x04"
CODE = "Verification code:"

DIALOGUES = {
    "enroll": (False, ENROL, PROVE),
    "enroll-key-again": (False, ENROL, [(CODE_QUESTION, ""), (CODE_QUESTION, CTRL_D)]),
    "enroll-wrong": (False, ENROL, [(CODE_QUESTION, code) for code in (
        "hello", TOKEN.code(8, NOW), TOKEN.code(8, NOW), TOKEN.code(-20, NOW), oath.Token("A" * 32).code(0, NOW))]),
    "enroll-not-saved": (False, ENROL, [PROVE[0], (SENTENCE_QUESTION, "yes"), (SENTENCE_QUESTION, CTRL_D)]),
    "token-add": (True, ["token", "add", "alice", "--secret", "A" * 32],
                  [(CODE_QUESTION, oath.Token("A" * 32).code(0, NOW))]),
    "backup-codes": (True, ["backup-codes", "alice", "--regenerate"], [(CODE, TOKEN.code(0, NOW)), PROVE[1]]),
    "disable": (True, ["disable", "alice"], [(CODE, TOKEN.code(0, NOW))]),
    "verify": (True, ["verify", "alice"], [(CODE, TOKEN.code(0, NOW))]),
    "verify-wrong": (True, ["verify", "alice"], [(CODE, oath.Token("A" * 32).code(0, NOW))]),
}
SIZES = {"80x24": (80, 24), "120x60": (120, 60)}
KINDS = {"utf8": {}, "ascii": {"LC_ALL": "C"}, "no-color": {"NO_COLOR": "1"}}
CASES = [(name, "80x24", "utf8") for name in DIALOGUES] + [
    (name, size, kind) for name in ("enroll",) for size in SIZES for kind in KINDS if (size, kind) != ("80x24", "utf8")]


@pytest.mark.parametrize("name, size, kind", CASES, ids=["-".join(case) for case in CASES])
def test_screen(make_world, tmp_path, name, size, kind):
    enrolled, words, answers = DIALOGUES[name]
    world = make_world(backup_codes=10, issuer="Example")
    if enrolled:
        done = tool.run("enroll", "alice", *KEY, "--provision", "--config", world.config, prefix=CLOCK,
                        env={**os.environ, **ENVIRONMENT})
        assert done.returncode == 0, done.stderr
    columns, rows = SIZES[size]
    end = "; echo \"exit status $?\"; exec sleep 60"
    command = ["sh", "-c", '"$@"' + end, "sh", *CLOCK, TOOL, *words, "--config", world.config]
    shown = screen.Tmux(tmp_path, command, columns, rows, {**ENVIRONMENT, **KINDS[kind]})
    try:
        for number, (question, answer) in enumerate(answers, 1):
            same = sum(question == before for before, _ in answers[:number])
            _wait(shown, question.strip(), same)
            (shown.press if answer == CTRL_D else shown.type)(answer)
        _wait(shown, "exit status", 1)
        # The address is one word, to be taken whole.
        wide = [line for line in shown.history().splitlines() if len(line.rstrip()) > 80 and "otpauth://" not in line]
        assert not wide, wide
        seen = _described(shown)
    finally:
        shown.close()
    path = SCREENS / f"{name}-{size}-{kind}.txt"
    if os.environ.get("TWOSTEP_UPDATE_SCREENS") == "1":
        SCREENS.mkdir(exist_ok=True)
        path.write_text(seen)
    assert seen == path.read_text()


def _wait(shown, text, times):
    deadline = time.monotonic() + 30
    while shown.history().count(text) < times:
        assert time.monotonic() < deadline, f"{text!r} did not come {times} times:\n{shown.history()}"
        time.sleep(0.03)


def _described(shown):
    everything, visible = shown.lines()
    gone = everything[:len(everything) - len(visible)]
    lines = [*gone, "-" * 20, *visible] if gone else visible
    text = "\n".join(line.rstrip() for line in lines).rstrip() + "\n"
    return re.sub(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b", "XXXX-XXXX", text)


def test_the_picture_of_enrolling(tmp_path):
    """README's is the golden screen, drawn anew by the script beside it, and a phone could read it."""
    folder = Path(__file__).parents[2] / "docs/pictures"
    drawn = subprocess.run([folder / "enrolling.py"], capture_output=True, check=True).stdout
    assert drawn == (folder / "enrolling.svg").read_bytes()
    picture = tmp_path / "enrolling.png"
    subprocess.run(["rsvg-convert", folder / "enrolling.svg", "-o", picture], check=True)
    read = subprocess.run(["zbarimg", "--quiet", "--raw", picture], capture_output=True, text=True, check=True).stdout
    assert read.strip() == f"otpauth://totp/Example:alice?secret={SECRET}&issuer=Example"

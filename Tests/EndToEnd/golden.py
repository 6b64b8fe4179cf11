"""How dialogues look: what was seen on a terminal, against Tests/EndToEnd/screens. TWOSTEP_UPDATE_SCREENS=1 writes it there."""

import difflib
import os
import re
from pathlib import Path

SCREENS = Path(__file__).parent / "screens"
KINDS = {"utf8": {"LC_ALL": "C.UTF-8"}, "ascii": {"LC_ALL": "C"}, "no-color": {"LC_ALL": "C.UTF-8", "NO_COLOR": "1"}}


def environment(kind):
    """What goes in front of a command for a terminal of this kind."""
    return ["env", "-u", "NO_COLOR", "-u", "COLORFGBG", *(f"{name}={value}" for name, value in KINDS[kind].items())]


def plain(text):
    """What differs each time stands as what it is: KKKK of a key, NNNNNN of a code, XXXX-XXXX, <time>, a line for the QR code."""
    for pattern, instead in [
            (r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", " ".join(["KKKK"] * 8)), (r"secret=[A-Z2-7]{32}", "secret=" + "K" * 32),
            (r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4})+(?:-[0-9A-Z]{2})?\b", lambda code: re.sub("[0-9A-Z]", "X", code[0])), (r"\b[0-9]{6}\b", "NNNNNN"),
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<time>")]:
        text = re.sub(pattern, instead, text)
    return re.sub(r"(?:^[ █▀▄#]{30,}\n)+", _drawn, text, flags=re.M)


def at_login(name, terminal, questions=()):
    """Whether a login by ssh looks as the file says.

    But for the QR code, which is a line there, no login has a colour or anything but ASCII: one file says how it looks in
    UTF-8, in ASCII and without colours.

    `questions` are some whose order is anybody's guess: each stands as [question].
    """
    # Somebody who is still asked has or has not been sent the blank behind the question.
    seen = without(plain(terminal.seen), questions).rstrip() + "\n"
    assert seen.isascii() and "\x1b" not in terminal.raw, seen
    compare(name, seen)


def without(seen, questions):
    """A screen on which each of these questions stands as [question]."""
    return re.sub("|".join(re.escape(text.strip()) for text in questions), "[question]", seen) if questions else seen


def compare(name, seen, kind="utf8"):
    """Whether this is the screen of that name, and fits 80 columns: but for an address, which is to be taken whole, and for
    ssh's own words in front of a prompt.

    A screen looks the same in every kind unless a file says how it looks in this one.
    """
    lines = [re.sub(r"^\(alice@127\.0\.0\.1\) ", "", line) for line in seen.splitlines()]
    wide = [line for line in lines if len(line) > 80 and "otpauth://" not in line]
    assert not wide, wide
    path, own = SCREENS / f"{name}.txt", SCREENS / f"{name}-{kind}.txt"
    if os.environ.get("TWOSTEP_UPDATE_SCREENS") == "1":
        if kind == "utf8":
            path.write_text(seen)
        elif seen != path.read_text():
            own.write_text(seen)
    file = own if own.exists() else path
    golden = file.read_text()
    assert seen == golden, "\n".join(difflib.unified_diff(
        golden.splitlines(), seen.splitlines(), file.name, "what is seen", lineterm=""))


def _drawn(lines):
    rows = lines[0].splitlines()
    return f"      [QR code: {max(map(len, rows))} by {len(rows)}]\n"

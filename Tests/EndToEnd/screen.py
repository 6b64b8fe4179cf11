"""A real terminal (tmux), and the picture that its screen is."""

import os
import re
import subprocess
import time

COLOURS = {0: 0, 1: 205, 2: 205, 3: 230, 4: 238, 5: 205, 6: 205, 7: 229}
PIXELS = 6          # of the picture, for half a character cell


class Tmux:
    """A program in a tmux of its own; the screen as text and as a picture.

    `environment` is the program's; None takes a variable out of it.
    """

    def __init__(self, folder, command, columns=120, rows=120, environment=None):
        self._socket = str(folder / "tmux")
        choice = {"LC_ALL": "C.UTF-8", "NO_COLOR": None, "COLORFGBG": None, **(environment or {})}
        env = ["env", *(part for name, value in choice.items() if value is None for part in ("-u", name)),
               *(f"{name}={value}" for name, value in choice.items() if value is not None)]
        self._run("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
                  *env, *map(str, command))

    def _run(self, *arguments):
        done = subprocess.run(["tmux", "-u", "-S", self._socket, *arguments], check=True,
                              capture_output=True, text=True,
                              env={**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"})
        return done.stdout

    def text(self):
        """What stands on the screen; lines that were wrapped are joined."""
        return self._run("capture-pane", "-p", "-J")

    def history(self):
        """The same with all that has gone up and away."""
        return self._run("capture-pane", "-p", "-J", "-S", "-")

    def lines(self):
        """All lines as they stand, and those of them that are on the screen."""
        return [self._run("capture-pane", "-p", *more).split("\n")[:-1] for more in (("-S", "-"), ())]

    def coloured(self):
        """The screen with its colours as escape sequences."""
        return self._run("capture-pane", "-p", "-e", "-N")      # with the blanks at the ends

    def wait_for(self, text, seconds=15):
        deadline = time.monotonic() + seconds
        while text not in self.text():
            assert time.monotonic() < deadline, f"{text!r} never came:\n{self.text()}"
            time.sleep(0.05)
        return self.text()

    def type(self, text):
        self._run("send-keys", "-l", text)
        self._run("send-keys", "Enter")

    def press(self, key):
        self._run("send-keys", "-l", key)

    def close(self):
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], capture_output=True,
                       check=False)


def picture(coloured, foreground, background):
    """The screen as rows of grey values, two to a character cell, one above the other.

    `foreground` and `background` are the terminal's own two colours.
    """
    rows = []
    front, back, reverse = foreground, background, False    # tmux carries them from line to line
    for line in coloured.split("\n"):
        upper, lower = [], []
        for escape, character in re.findall(r"\x1b\[([0-9;]*)m|(.)", line):
            if character:
                a, b = (back, front) if reverse else (front, back)
                upper.append(a if character in "█▀#" else b)
                lower.append(a if character in "█▄#" else b)
                continue
            front, back, reverse = _colours(escape, front, back, reverse, foreground, background)
        rows += [upper, lower]
    width = max(map(len, rows))
    return [row + [background] * (width - len(row)) for row in rows]


def _colours(escape, front, back, reverse, foreground, background):
    """The colours after a "select graphic rendition" sequence."""
    codes = [int(code or 0) for code in escape.split(";")]
    while codes:
        code = codes.pop(0)
        if code == 0:
            front, back, reverse = foreground, background, False
        elif code in (7, 27):
            reverse = code == 7
        elif code == 39:
            front = foreground
        elif code == 49:
            back = background
        elif 30 <= code <= 37:
            front = COLOURS[code - 30]
        elif 40 <= code <= 47:
            back = COLOURS[code - 40]
        elif 90 <= code <= 97:
            front = 255 if code == 97 else 127
        elif 100 <= code <= 107:
            back = 255 if code == 107 else 127
        elif code in (38, 48):
            value = _extended(codes)
            front, back = (value, back) if code == 38 else (front, value)
    return front, back, reverse


def _extended(codes):
    """A colour of the 256, or one of the 16 million, as a grey value."""
    if codes.pop(0) == 2:
        red, green, blue = codes.pop(0), codes.pop(0), codes.pop(0)
        return (red + green + blue) // 3
    number = codes.pop(0)
    if number >= 232:
        return 8 + 10 * (number - 232)
    if number >= 16:
        cube = [0, 95, 135, 175, 215, 255]
        number -= 16
        return (cube[number // 36] + cube[number // 6 % 6] + cube[number % 6]) // 3
    return 255 if number == 15 else COLOURS[number % 8]


def read_qr(rows, path):
    """What zbarimg reads from the picture; None if it finds no code."""
    wide = [bytes(value for value in row for _ in range(PIXELS)) for row in rows]
    data = b"".join(row * PIXELS for row in wide)
    path.write_bytes(b"P5 %d %d 255\n" % (len(wide[0]), len(wide) * PIXELS) + data)
    done = subprocess.run(["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", path],
                          capture_output=True, text=True, check=False)
    return done.stdout.rstrip("\n") or None

"""A person at a terminal: a program on a pseudo-terminal, and what was seen there."""

import io
import re

import pexpect


class Terminal:
    """Runs `command` (a list) on a pseudo-terminal.

    What is expected must come in that order; `seen` holds everything shown, as
    plain text. A program that does something else fails the test with the screen.
    """

    def __init__(self, command, env=None, columns=200, seconds=20, rows=60):
        self._screen = io.StringIO()
        self._child = pexpect.spawn(command[0], list(map(str, command[1:])), env=env,
                                    encoding="utf-8", codec_errors="replace", timeout=seconds,
                                    dimensions=(rows, columns))
        self._child.logfile_read = self._screen
        self.status = None

    @property
    def pid(self):
        return self._child.pid

    @property
    def raw(self):
        """Everything that was sent to the terminal."""
        return self._screen.getvalue()

    @property
    def seen(self):
        text = self.raw.replace("\r\n", "\n").replace("\r", "")
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)

    def expect(self, text):
        """Waits until `text` is shown."""
        index = self._child.expect_exact([text, pexpect.EOF, pexpect.TIMEOUT])
        assert index == 0, f"expected {text!r}, the screen shows:\n{self.seen}"
        return self

    def sees(self, *texts):
        """Waits for one of `texts` to be shown, and says which."""
        index = self._child.expect_exact([*texts, pexpect.EOF, pexpect.TIMEOUT])
        assert index < len(texts), f"expected one of {texts}, the screen shows:\n{self.seen}"
        return texts[index]

    def sees_or_ends(self, text):
        """Waits for `text` or the program's end; whether it was shown."""
        index = self._child.expect_exact([text, pexpect.EOF, pexpect.TIMEOUT])
        assert index < 2, f"expected {text!r} or the end, the screen shows:\n{self.seen}"
        return index == 0

    def type(self, text):
        """Types a line."""
        self._child.sendline(text)
        return self

    def press(self, key):
        """Presses one key."""
        self._child.send(key)
        return self

    def answer(self, prompt, text):
        """Waits for `prompt` and types the answer."""
        return self.expect(prompt).type(text)

    def end(self):
        """Waits for the program to end; everything seen. `status` is its exit status."""
        index = self._child.expect([pexpect.EOF, pexpect.TIMEOUT])
        assert index == 0, f"expected the end, the screen shows:\n{self.seen}"
        self._child.close()
        self.status = self._child.exitstatus
        return self.seen

    def close(self):
        """Hangs up, whatever the program is doing."""
        self._child.close(force=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

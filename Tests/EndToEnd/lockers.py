"""Real screen lockers, run as the ordinary user who locks the screen, and that user's hands on the keyboard."""

import os
import subprocess
import time
from pathlib import Path

import authlog
import people
from display import Display, as_user
from pamstack import CODE_PROMPT
from wayland import Compositor


class Locker:
    """What they have in common: a screen, the program on it, and what is decided when somebody types there."""
    patience = 6        # seconds until one types again

    def __init__(self, user):
        self.user, self.screen, self._program = user, self.make_screen(user), None

    def lock(self):
        self._program = self.start()
        self.screen.becomes_locked()

    def unlocks(self, seconds=10):
        """Waits for the locker to end well; whether the screen is free then."""
        return self._program.wait(seconds) == 0 and not self.screen.is_locked()

    def stays_locked(self):
        """Whether it is locked now. That nothing still to come unlocks it is shown by the next attempt on the same
        locker, which would find nobody to ask."""
        return self._program.poll() is None and self.screen.is_locked()

    def attempt(self, code, password=people.PASSWORD):
        """Types both; the one decision that comes of it. Types again where nothing does: some lockers drop what is
        typed while they are still busy with the attempt before."""
        mark = authlog.mark()
        for _ in range(4):
            assert self._program.poll() is None, f"the locker has ended: {self._program.returncode}"
            self.type(password, code)
            deadline = time.monotonic() + self.patience
            while time.monotonic() < deadline:
                if lines := authlog.ours(authlog.since(mark)):
                    line, = lines
                    return {**authlog.event(line), "by": "twostepd" if " twostepd[" in line else "itself"}
                time.sleep(0.05)
        raise AssertionError("nothing was decided")

    def type(self, password, code):
        self.screen.type(password + code)

    def stop(self):
        if self._program and self._program.poll() is None:
            self._program.kill()
            self._program.wait()
        self.screen.stop()


class I3lock(Locker):
    """One field, for all that is asked."""
    name, questions, make_screen = "i3lock", 1, Display

    def start(self):
        return self.screen.start("i3lock", "--nofork")


class Swaylock(Locker):
    """The same under Wayland. It drops what is typed while PAM has not answered."""
    name, questions, make_screen, patience = "swaylock", 1, Compositor, 3

    def start(self):
        return self.screen.start("swaylock")


class Xsecurelock(Locker):
    """As many questions as there are. What it shows is written down on its way from PAM to the screen."""
    name, questions, make_screen = "xsecurelock", 2, Display

    def start(self):
        home = Path(f"~{self.user}").expanduser()
        self._shown = home / "shown"
        subprocess.run(as_user(self.user, "cp", "/dev/null", self._shown), check=True)
        between = home / "between"
        between.write_text("#!/bin/bash\nset -o pipefail\n"       # its exit status says whether to unlock
                           f"/usr/libexec/xsecurelock/authproto_pam | tee -a {self._shown}\n")
        os.chmod(between, 0o755)
        return self.screen.start("xsecurelock", XSECURELOCK_PAM_SERVICE="xsecurelock", XSECURELOCK_SAVER="saver_blank",
                                 XSECURELOCK_AUTHPROTO=between)

    def shown(self):
        """Questions and remarks since the screen was locked."""
        return self._shown.read_text()

    def type(self, password, code):
        asked = self.shown().count("Password: ")
        self._until(lambda: self.shown().count("Password: ") > asked, "BackSpace")      # any key wakes it
        told = self.shown().count(CODE_PROMPT)
        self.screen.type(password)
        if code is not None:
            self._until(lambda: self.shown().count(CODE_PROMPT) > told)
            self.screen.type(code)

    def _until(self, came, key=None):
        deadline = time.monotonic() + 20
        while not came():
            assert time.monotonic() < deadline, f"it shows:\n{self.shown()}"
            if key:
                self.screen.press(key)
            time.sleep(0.3)
        time.sleep(0.3)     # from the pipe to the screen


ALL = [I3lock, Swaylock, Xsecurelock]

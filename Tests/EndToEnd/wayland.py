"""A Wayland compositor without hardware (sway) that belongs to an ordinary user."""

import shutil
import subprocess
import time
from pathlib import Path

from display import as_user

_NAME = "wayland-1"


class Compositor:
    """sway, with one key bound that makes a file; sway heeds it only while the screen is not locked."""

    def __init__(self, user):
        self.user = user
        self._folder = Path(f"/run/user-of-{user}")
        self._folder.mkdir(mode=0o700)
        self._reached = self._folder / "reached"
        config = self._folder / "config"
        config.write_text(f"xwayland disable\nbindsym F9 exec touch {self._reached}\n")
        for path in (self._folder, config):
            shutil.chown(path, user, user)
        self._server = self.start("sway", "--config", config, WLR_BACKENDS="headless", WLR_RENDERER="pixman",
                                  WLR_LIBINPUT_NO_DEVICES="1")
        deadline = time.monotonic() + 20
        while not (self._folder / _NAME).exists() or self.is_locked():
            assert self._server.poll() is None and time.monotonic() < deadline, "sway did not start"
            time.sleep(0.05)

    def start(self, *command, **settings):
        """A program of the user's on this screen."""
        return subprocess.Popen(self._command(*command, **settings), stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _command(self, *command, **settings):
        settings = {"XDG_RUNTIME_DIR": self._folder, "WAYLAND_DISPLAY": _NAME, **settings}
        if "WLR_BACKENDS" in settings:      # sway itself, which is nobody's client
            del settings["WAYLAND_DISPLAY"]
        return as_user(self.user, "env", *(f"{name}={value}" for name, value in settings.items()), *command)

    def type(self, text):
        """Types a line. wtype's first key can be lost while its keyboard is new; Escape empties the field."""
        self._wtype("-k", "Escape", "-s", "100", text, "-k", "Return")

    def _wtype(self, *arguments):
        return subprocess.run(self._command("wtype", *arguments), check=False, capture_output=True).returncode == 0

    def is_locked(self, seconds=0.5):
        """Whether the compositor keeps its own key from the user. A key that is heeded is heeded soon."""
        self._reached.unlink(missing_ok=True)
        if not self._wtype("-k", "Escape", "-s", "100", "-k", "F9"):
            return True
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._reached.exists():
                return False
            time.sleep(0.02)
        return True

    def becomes_locked(self, seconds=20):
        deadline = time.monotonic() + seconds
        while not self.is_locked():
            assert time.monotonic() < deadline, "the screen was never locked"

    def stop(self):
        self._server.terminate()
        self._server.wait()
        shutil.rmtree(self._folder)

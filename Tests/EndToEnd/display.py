"""A screen without hardware (Xvfb) that belongs to an ordinary user, and whoever has its keyboard."""

import ctypes
import os
import subprocess
import time

_GRAB_SUCCESS, _ALREADY_GRABBED = 0, 1
_ASYNCHRONOUS = 1


def as_user(name, *command):
    """Runs `command` as this user, with a clean environment."""
    return ["setpriv", f"--reuid={name}", f"--regid={name}", "--init-groups", "--reset-env", *map(str, command)]


class Display:
    """An X server of this user's. Its sockets and lock files lie in a /tmp of its own."""

    def __init__(self, user):
        self.user = user
        reader, writer = os.pipe()
        # Whoever is in the sandbox may connect; its network is its own.
        server = as_user(user, "Xvfb", "-displayfd", writer, "-screen", "0", "800x600x24", "-ac", "-noreset",
                         "-nolisten", "tcp")
        self._server = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o mode=1777 own /tmp && exec "$@"', "sh", *server],
            pass_fds=[writer], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(writer)
        with os.fdopen(reader) as said:
            number = said.readline().strip()
        assert number, "Xvfb did not start"
        self.name = f":{number}"
        self._probe = _Keyboard(self.name)

    def start(self, *command, **settings):
        """A program of the user's on this screen."""
        environment = [f"DISPLAY={self.name}", *(f"{name}={value}" for name, value in settings.items())]
        return subprocess.Popen(as_user(self.user, "env", *environment, *command), stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def type(self, text):
        """Types a line on the keyboard, whoever has it."""
        subprocess.run(["xdotool", "type", "--delay", "5", text], env={"DISPLAY": self.name, "PATH": os.environ["PATH"]},
                       check=True)
        self.press("Return")

    def press(self, key):
        subprocess.run(["xdotool", "key", key], env={"DISPLAY": self.name, "PATH": os.environ["PATH"]}, check=True)

    def is_locked(self):
        """Whether a program has the keyboard for itself, as a screen locker must."""
        return self._probe.is_taken()

    def becomes_locked(self, seconds=20):
        deadline = time.monotonic() + seconds
        while not self.is_locked():
            assert time.monotonic() < deadline, "the screen was never locked"
            time.sleep(0.02)

    def stop(self):
        self._probe.close()
        self._server.terminate()
        self._server.wait()


class _Keyboard:
    """Another program on the same screen that tries to get the keyboard. It holds it for a moment only."""

    def __init__(self, display):
        self._x = ctypes.CDLL("libX11.so.6")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XDefaultRootWindow.restype = ctypes.c_ulong
        self._x.XDefaultRootWindow.argtypes = self._x.XCloseDisplay.argtypes = [ctypes.c_void_p]
        self._x.XUngrabKeyboard.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
        self._x.XSync.argtypes = [ctypes.c_void_p, ctypes.c_int]
        self._x.XGrabKeyboard.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_int, ctypes.c_int,
                                          ctypes.c_ulong]
        self._display = self._x.XOpenDisplay(display.encode())
        assert self._display, f"no connection to {display}"

    def is_taken(self):
        root = self._x.XDefaultRootWindow(self._display)
        got = self._x.XGrabKeyboard(self._display, root, 0, _ASYNCHRONOUS, _ASYNCHRONOUS, 0)
        assert got in (_GRAB_SUCCESS, _ALREADY_GRABBED), f"XGrabKeyboard said {got}"
        if got == _GRAB_SUCCESS:
            self._x.XUngrabKeyboard(self._display, 0)
            self._x.XSync(self._display, 0)
        return got == _ALREADY_GRABBED

    def close(self):
        self._x.XCloseDisplay(self._display)

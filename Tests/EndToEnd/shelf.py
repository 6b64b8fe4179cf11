"""Ways in which an installation is broken, each undone afterwards."""

import contextlib
import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

PAM = Path("/etc/pam.d")
SSHD = Path("/etc/ssh/sshd_config.d/10-twostep.conf")
GOOD_SSHD = "UsePAM yes\nKbdInteractiveAuthentication yes\nPasswordAuthentication no\n"
MODULES = Path("/lib/x86_64-linux-gnu/security")
CONFIG = Path("/etc/twostep/twostep.conf")


def clock_is_kept_right():
    """What the kernel says, asked without any of our code: adjtimex(2)."""
    room = ctypes.create_string_buffer(512)
    state = ctypes.CDLL(None, use_errno=True).adjtimex(room)
    status = int.from_bytes(room.raw[40:44], "little")      # struct timex: modes, offset, freq, maxerror, esterror, status
    return state != 5 and not status & 0x40


@contextlib.contextmanager
def kept(*paths):
    """Puts files and folders back as they were: contents, owner, mode, and whether they are there."""
    kept_in = Path(tempfile.mkdtemp())
    for number, path in enumerate(paths):
        if path.exists():
            subprocess.run(["cp", "-a", path, kept_in / str(number)], check=True)
    try:
        yield
    finally:
        for number, path in enumerate(paths):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
            if (kept_in / str(number)).exists():
                subprocess.run(["cp", "-a", kept_in / str(number), path], check=True)
        shutil.rmtree(kept_in)


def edit(path, old, new):
    """Replaces the one occurrence of a text; owner and mode stay."""
    text = path.read_text()
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new))


def service(name):
    return PAM / name


def settings(**changes):
    """Further lines of the site's configuration."""
    CONFIG.write_text(CONFIG.read_text() + "".join(f"{name} = {value}\n" for name, value in changes.items()))


def sshd(*lines):
    SSHD.write_text("".join(line + "\n" for line in lines) + GOOD_SSHD)


OUR_LINE = "auth       required     pam_twostep.so\n"


def sshd_stack(*auth):
    """sshd's service file with other auth lines."""
    text = service("sshd").read_text()
    assert OUR_LINE in text
    service("sshd").write_text(text.replace("@include common-auth\n", "").replace(
        OUR_LINE, "".join(line + "\n" for line in auth)))



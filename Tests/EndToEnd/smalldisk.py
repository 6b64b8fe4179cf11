"""File systems of a few megabytes, and filling them up."""

import fcntl
import os
import stat
import subprocess
from pathlib import Path

LOOP_CTL_GET_FREE = 0x4C82      # linux/loop.h
MEGABYTES = 4
INODES = 64


class SmallDisk:
    """A file system of its own, in memory or in a file, mounted at `folder`."""

    def __init__(self, kind, folder):
        self.kind, self.mount = kind, Path(folder)
        self._image = self.mount.with_name(self.mount.name + ".image")
        self.mount.mkdir()
        if kind != "tmpfs":
            with self._image.open("wb") as image:
                image.truncate(MEGABYTES << 20)
            # No blocks kept back for root, who is the one who fills it.
            subprocess.run(["mkfs." + kind, "-q", "-F", "-m", "0", "-N", str(INODES), self._image], check=True)
        self._attach()
        os.chmod(self.mount, 0o755)

    def _attach(self):
        if self.kind == "tmpfs":
            options = ["-t", "tmpfs", "-o", f"size={MEGABYTES}m,nr_inodes={INODES}", "small"]
        else:
            options = ["-o", f"loop={_free_loop_device()}", self._image]
        subprocess.run(["mount", *options, self.mount], check=True)

    def detach(self):
        subprocess.run(["umount", self.mount], check=True)

    def attach_again(self):
        """Takes it away and brings it back, as a restart would: only what is on the disk is there."""
        self.detach()
        self._attach()

    def fill(self):
        """Writes until not one byte more goes in."""
        with open(self.mount / "filler", "wb", buffering=0) as file:
            for size in (1 << 16, 4096, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    pass
            os.fsync(file.fileno())
        assert os.statvfs(self.mount).f_bavail == 0

    def fill_with_names(self):
        """Makes files until there is no inode for another."""
        try:
            for number in range(INODES + 1):
                (self.mount / f"empty{number}").touch()
        except OSError:
            pass
        assert os.statvfs(self.mount).f_ffree == 0


def _free_loop_device():
    """The sandbox has no device nodes but those that every program needs."""
    control = Path("/dev/loop-control")
    if not control.exists():
        os.mknod(control, stat.S_IFCHR | 0o600, os.makedev(10, 237))
    with control.open("rb") as file:
        number = fcntl.ioctl(file, LOOP_CTL_GET_FREE)
    device = Path(f"/dev/loop{number}")
    if not device.exists():
        os.mknod(device, stat.S_IFBLK | 0o600, os.makedev(7, number))
    return device

"""Ways in which a file or folder can be not what it should be."""

import os
import pwd
import shutil
import socket
import stat

# The files on which the login of somebody enrolled depends; marker and index prove absence, and are
# not asked about somebody who is there (docs/adr/0008-what-an-enrolled-login-reads.md). Whoever has
# no record depends on all of them but the record.
NEEDED_BY_THE_ENROLLED = ("config", "key", "store", "users", "record")


def _aside(path):
    return path.with_name(path.name + ".aside")


def owned_by_somebody(path):
    os.chown(path, pwd.getpwnam("bob").pw_uid, -1)


def owned_and_readable_by_all(path):
    owned_by_somebody(path)
    os.chmod(path, 0o755 if path.is_dir() else 0o644)


def writable_by_group(path):
    os.chmod(path, stat.S_IMODE(path.stat().st_mode) | 0o020)


def writable_by_all(path):
    os.chmod(path, stat.S_IMODE(path.stat().st_mode) | 0o002)


def readable_by_all(path):
    os.chmod(path, stat.S_IMODE(path.stat().st_mode) | 0o444)


def a_symlink(path):
    path.rename(_aside(path))
    path.symlink_to(_aside(path))


def a_relative_symlink(path):
    path.rename(_aside(path))
    path.symlink_to(_aside(path).name)


def a_dangling_symlink(path):
    _remove(path)
    path.symlink_to("/nonexistent")


def a_symlink_to_itself(path):
    _remove(path)
    path.symlink_to(path.name)


def a_hard_link(path):
    os.link(path, _aside(path))


def a_fifo(path):
    mode = stat.S_IMODE(path.stat().st_mode)
    _remove(path)
    os.mkfifo(path)
    os.chmod(path, mode)


def a_folder(path):
    _remove(path)
    path.mkdir(mode=0o700)


def a_file(path):
    _remove(path)
    path.write_bytes(b"\0" * 4096)
    os.chmod(path, 0o600)


def a_socket(path):
    _remove(path)
    folder = os.open(path.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"/proc/self/fd/{folder}/{path.name}")
    os.close(folder)
    os.chmod(path, 0o600)


def an_endless_device(path):
    _remove(path)
    os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))      # /dev/zero


def missing(path):
    _remove(path)


def empty(path):
    if path.is_dir():
        _remove(path)
        path.mkdir(mode=0o700)
    else:
        os.truncate(path, 0)


def _remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


LINKED = (a_symlink, a_relative_symlink, a_dangling_symlink, a_symlink_to_itself)
# What no file may be, whatever is in it.
OF_A_FILE = (owned_by_somebody, owned_and_readable_by_all, writable_by_group, writable_by_all,
             *LINKED, a_hard_link, a_fifo, a_folder, a_socket, an_endless_device)
# What no folder may be.
OF_A_FOLDER = (owned_by_somebody, owned_and_readable_by_all, writable_by_group, writable_by_all,
               *LINKED, a_fifo, a_file, a_socket, an_endless_device)

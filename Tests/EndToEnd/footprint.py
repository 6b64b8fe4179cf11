"""What a guest in someone else's process must leave as it found it."""

import ctypes
import os
import resource

import libpam


def take():
    """The state of this process that a PAM module has no business changing."""
    # Looking takes a descriptor or two, also where a test has left the process none.
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit[1], limit[1]))
    try:
        return _state()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)


def _state():
    mask = os.umask(0o077)
    os.umask(mask)
    status = dict(line.rstrip("\n").split(":\t", 1) for line in open("/proc/self/status"))
    return {
        "descriptors": _descriptors(),
        "umask": oct(mask),
        "working directory": os.getcwd(),
        "ids": (os.getresuid(), os.getresgid(), os.getgroups()),
        "signals": {name: status[name] for name in ("SigBlk", "SigIgn", "SigCgt")},
        "threads": status["Threads"],
        "environment": _environment(),
        "children": open(f"/proc/self/task/{os.getpid()}/children").read(),
    }


def _environment():
    """What getenv would find: /proc/self/environ shows only what the program was started with."""
    entries = ctypes.POINTER(ctypes.c_char_p).in_dll(libpam.libc, "environ")
    found = []
    while entries and entries[len(found)] is not None:
        found.append(entries[len(found)])
    return found


def _descriptors():
    found = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            found[int(name)] = os.readlink(f"/proc/self/fd/{name}")
        except FileNotFoundError:
            pass        # the descriptor that lists the folder
    return found


def difference(before, after):
    """A description of what changed, empty if nothing did."""
    return "; ".join(f"{what}: {_change(before[what], after[what])}"
                     for what in before if before[what] != after[what])


def _change(before, after):
    """Of a list, which is long, only the entries that came or went."""
    if isinstance(before, list):
        return [entry for entry in before + after if (entry in before) != (entry in after)]
    return f"{before} became {after}"

"""What a guest in someone else's process must leave as it found it."""

import os
import resource


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
        "environment": open("/proc/self/environ", "rb").read(),
        "children": open(f"/proc/self/task/{os.getpid()}/children").read(),
    }


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
    return "; ".join(f"{what}: {before[what]} became {after[what]}"
                     for what in before if before[what] != after[what])

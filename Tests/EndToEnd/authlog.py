"""The lines that reached the sandbox's private /dev/log."""

import itertools
import os
import re
import socket
import time

PATH = os.environ.get("TWOSTEP_LOG", "/var/log/auth.log")
OWN = "end-to-end-mark"
_serial = itertools.count()
_field = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)')


def mark():
    """A place in the log: everything logged before it has been written."""
    token = f"{OWN}-{os.getpid()}-{next(_serial)}"
    start = os.path.getsize(PATH)       # it will stand behind this: what is before need not be read
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as outbox:
        outbox.connect("/dev/log")
        outbox.send(token.encode())
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with open(PATH, "rb") as log:
            log.seek(start)
            content = log.read()
        position = content.find(token.encode() + b"\n")
        if position >= 0:
            return start + position + len(token) + 1
        time.sleep(0.002)
    raise AssertionError("the log listener does not answer")


def since(position):
    """The lines logged between `position` and now, without the tests' own."""
    end = mark()
    with open(PATH, "rb") as log:
        log.seek(position)
        content = log.read(end - position).decode("utf-8", "backslashreplace")
    return [line for line in content.splitlines() if OWN not in line]


def ours(lines):
    """The lines that come from our module."""
    return [line for line in lines if "pam_twostep(" in line]


def event(line):
    """The fields of a decision's line, with its priority and service; None for other lines."""
    match = re.match(r"<(\d+)>.*?pam_twostep\(([^:)]*):([^)]*)\): (event=.*)$", line)
    if not match:
        return None
    fields = {"priority": int(match[1]), "service": match[2], "kind": match[3]}
    for name, value in _field.findall(match[4]):
        assert name not in fields, f"field {name} stands twice in: {line}"
        fields[name] = value
    return fields

"""Where a login comes from, as the application that asks says it."""

import functools
import os
import pwd

HOME, ELSEWHERE = "192.0.2.7", "203.0.113.9"


def address(host):
    """sshd, for somebody at this address or host."""
    return {"items": {"rhost": host, "tty": "ssh"}}


def console(terminal="/dev/tty1"):
    """login, on a terminal of this machine."""
    return {"items": {"tty": terminal}}


def started_by(user, **items):
    """A setuid program that this user has started: su, sudo."""
    return {"before": functools.partial(_become, user), "items": items}


def _become(user):
    os.setresuid(pwd.getpwnam(user).pw_uid, 0, 0)


class Door:
    """alice and the codes that are typed for her, from anywhere and at any time."""

    def __init__(self, world, *options):
        self.world = world
        self.person = world.enrol("alice", *options)
        self._wrong = iter(self.person.token.wrong(60))

    def wrong(self):
        """A wrong code that was not typed before."""
        return next(self._wrong)

    def code(self, later=0, steps=0):
        """The code that is right `later` seconds from now."""
        return self.person.token.code(steps + later // self.person.token.period)

    def pair(self, later=0):
        return f"{self.code(later)} {self.code(later, 1)}"

    def login(self, code, origin, **options):
        """What came of it: the method, or the reason why not."""
        outcome = self.world.login("alice", code, remarks=True, **origin, **options)
        return outcome.event.get("method") or outcome.event["reason"]

    def close(self, origin, times, **options):
        """Types so many wrong codes."""
        for _ in range(times):
            assert self.login(self.wrong(), origin, **options) == "wrong-code"

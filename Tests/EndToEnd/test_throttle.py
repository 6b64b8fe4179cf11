"""Law 9: failures close the door to single codes where they come from; two codes in a row and backup codes count anywhere.

Each login here is a process of its own, so whatever one knows of another stands in the record.
"""

import subprocess
from pathlib import Path

import oath
import pytest
from doors import Door, ELSEWHERE, HOME, address, console, started_by

DENY = 5


@pytest.fixture
def door(world):
    return Door(world)


@pytest.fixture
def known(door):
    """The same; alice has been let in from HOME, and the rest of the world is closed out."""
    oath.steady(seconds=8)
    assert door.login(door.code(steps=-1), address(HOME)) == "totp"
    door.close(address(ELSEWHERE), DENY)
    assert door.login(door.code(), address(ELSEWHERE)) == "locked"
    return door


class TestClosedWorld:
    def test_the_owner_gets_in_with_a_single_code_from_where_they_have_been(self, known):
        assert known.login(known.code(), address(HOME)) == "totp"

    def test_a_pair_gets_in_from_the_attackers_own_address(self, known):
        assert known.login(known.pair(), address(ELSEWHERE)) == "totp-pair"

    def test_a_backup_code_gets_in_from_the_attackers_own_address(self, known):
        assert known.login(known.person.backup_codes[0], address(ELSEWHERE)) == "backup-code"

    def test_it_is_closed_to_everybody_unknown(self, known):
        for origin in (address("198.51.100.1"), address("2001:db8::1"), address("home.example"), console(), {},
                       started_by("alice"), started_by("bob")):
            assert known.login(known.code(), origin) == "locked"

    def test_what_was_refused_unseen_is_not_spent(self, known):
        assert known.login(known.code(), address(ELSEWHERE)) == "locked"
        assert known.login(known.code(), address(HOME)) == "totp"

    def test_guessing_on_makes_it_no_worse(self, known):
        """What is not looked at is not charged: the purse opens when it was said to."""
        for _ in range(2 * DENY):
            assert known.login(known.wrong(), address(ELSEWHERE)) == "locked"
        assert known.login(known.code(930), address(ELSEWHERE), later=930) == "totp"

    def test_whoever_got_in_is_known_from_then_on(self, known):
        oath.steady(seconds=6)
        assert known.login(known.pair(), address(ELSEWHERE)) == "totp-pair"
        assert known.login(known.code(30), address("198.51.100.1"), later=30) != "locked"
        # The world was theirs, and is open again; closing it once more closes neither of the two.
        known.close(address("198.51.100.1"), DENY)
        assert known.login(known.wrong(), address("198.51.100.1")) == "locked"
        for origin in (address(HOME), address(ELSEWHERE)):
            assert known.login(known.wrong(), origin) == "wrong-code"

    def test_another_program_finds_it_closed(self, known):
        """The state is in the record, not in any process."""
        service = Path("/etc/pam.d/twostep-throttle")
        service.write_text(f"auth required pam_twostep.so config={known.world.config}\n")
        try:
            for host, said in ((ELSEWHERE, "Authentication failure"), (HOME, "successfully authenticated")):
                done = subprocess.run(["pamtester", "-I", f"rhost={host}", service.name, "alice", "authenticate"],
                                      input=known.code() + "\n", capture_output=True, text=True, check=False)
                assert said in done.stdout + done.stderr
        finally:
            service.unlink()


def test_a_known_source_has_a_purse_of_its_own(door):
    oath.steady(seconds=8)
    assert door.login(door.code(steps=-1), address(HOME)) == "totp"
    door.close(address(HOME), DENY)
    assert door.login(door.code(), address(HOME)) == "locked"
    assert door.login(door.code(), address(ELSEWHERE)) == "totp"


def test_what_is_no_guess_closes_nothing(make_world):
    door = Door(make_world(deny=1))
    oath.steady(seconds=6)
    code = door.code()
    assert door.login(code, address(HOME)) == "totp"
    for typed, reason in ((code, "already-used"), ("x", "malformed"), ("", "malformed"), ("1" * 40, "malformed"),
                          (f"{code} {code}", "wrong-code"), ("KMNP-QRST", "wrong-code")):
        assert door.login(typed, address(ELSEWHERE)) == reason
    assert door.login(door.code(steps=1), address(ELSEWHERE)) == "totp"


class TestSources:
    """Who counts as whom: after a success from the first, is the second let in while the world is closed out?"""

    SAME = {
        "the same address": (address(HOME), address(HOME)),
        "the same, written as IPv6": (address(HOME), address("::ffff:" + HOME)),
        "another of the same IPv6 network": (address("2001:db8:1:2::1"), address("2001:db8:1:2:ffff:ffff:0:9")),
        "the same on another terminal": (address(HOME), {"items": {"rhost": HOME, "tty": "pts/7"}}),
        "another console": (console("/dev/tty1"), console("tty6")),
        "a serial line": (console("/dev/ttyS0"), console("hvc0")),
        "a display": (console(":0"), console("/dev/tty7")),
        "the same user, wherever they say they are": (started_by("bob"), started_by("bob", rhost="192.0.2.99")),
    }
    OTHERS = {
        "another address": (address(HOME), address("192.0.2.8")),
        "another IPv6 network": (address("2001:db8:1:2::1"), address("2001:db8:1:3::1")),
        "a host's name": (address("home.example"), address("home.example")),
        "an address with something behind it": (address(HOME), address(HOME + " ")),
        "an address of another spelling": (address("192.0.2.7"), address("192.0.2.007")),
        "an IPv6 address with a zone": (address("fe80::1"), address("fe80::1%eth0")),
        "no address": (address(HOME), {}),
        "sshd without an address": (console("ssh"), console("ssh")),
        "a service that says its own name": (console("cron"), console("cron")),
        "a pseudo-terminal": (console("/dev/pts/3"), console("pts/3")),
        "a service that says its own name and a number": (console("smtpd2"), console("smtpd2")),
        "no number": (console("tty"), console("tty")),
        "a folder in the place of a number": (console("tty/1"), console(":/0")),
        "a console of somebody with an address": (console(), {"items": {"tty": "/dev/tty1", "rhost": "192.0.2.8"}}),
        "another user": (started_by("bob"), started_by("carol")),
        "a user who says they are at an address": (address(HOME), started_by("bob", rhost=HOME)),
        "a user on a console": (console(), started_by("bob", tty="/dev/tty1")),
        "root in the place of a user": (started_by("bob"), {"items": {}}),
    }

    def _second(self, door, first, second):
        oath.steady(seconds=8)
        assert door.login(door.code(steps=-1), first) == "totp"
        door.close(address(ELSEWHERE), DENY)
        return door.login(door.code(), second)

    @pytest.mark.parametrize("name", SAME)
    def test_same(self, door, name):
        assert self._second(door, *self.SAME[name]) == "totp"

    @pytest.mark.parametrize("name", OTHERS)
    def test_others(self, door, name):
        assert self._second(door, *self.OTHERS[name]) == "locked"

    def test_the_eight_latest_are_remembered(self, world):
        door = Door(world, "--hotp")
        codes = iter(door.person.token.hotp(counter) for counter in range(20))
        for host in range(9):
            assert door.login(next(codes), address(f"192.0.2.{host}")) == "hotp"
        world.configure(deny=1)
        door.close(address(ELSEWHERE), 1)
        assert door.login(next(codes), address("192.0.2.0")) == "locked"
        assert door.login(next(codes), address("192.0.2.1")) == "hotp"

    @pytest.mark.parametrize("days, said", [(89, "totp"), (91, "locked")])
    def test_for_ninety_days(self, door, days, said):
        later = days * 86400
        assert door.login(door.code(), address(HOME)) == "totp"
        door.close(address(ELSEWHERE), DENY, later=later)
        assert door.login(door.code(later), address(HOME), later=later) == said


class TestHowLong:
    """Every fifth failure in a row closes the purse, each time for twice as long."""

    def test_doubling(self, make_world):
        door = Door(make_world(deny=2, unlock_time=100))
        now = 0
        for closed in (100, 200, 400):
            door.close(address(ELSEWHERE), 2, later=now)
            assert door.login(door.code(now + closed - 20), address(ELSEWHERE), later=now + closed - 20) == "locked"
            now += closed + 20
        assert door.login(door.code(now), address(ELSEWHERE), later=now) == "totp"
        # A success begins anew.
        door.close(address(ELSEWHERE), 2, later=now)
        assert door.login(door.wrong(), address(ELSEWHERE), later=now + 80) == "locked"
        assert door.login(door.wrong(), address(ELSEWHERE), later=now + 120) == "wrong-code"


class TestWhatIsSaid:
    CLOSED = ["twostep: too many wrong codes; single codes count again in 15 min",
              "twostep: type two codes in a row in one line, 123456 654321, or a backup code"]

    @pytest.mark.parametrize("explain, code, told", [("no", "PAM_AUTH_ERR", []), ("yes", "PAM_MAXTRIES", 2 * CLOSED)])
    def test_to_whoever_types_a_single_code(self, known, explain, code, told):
        known.world.configure(explain=explain)
        outcome = known.world.login("alice", known.code(), remarks=True, **address(ELSEWHERE))
        assert (outcome.code, outcome.event["reason"], outcome.remarks) == (code, "locked", told)

    @pytest.mark.parametrize("explain", ["no", "yes"])
    def test_nothing_to_the_owner_at_home(self, known, explain):
        known.world.configure(explain=explain)
        outcome = known.world.login("alice", known.code(), remarks=True, **address(HOME))
        assert (outcome.code, outcome.remarks) == ("PAM_SUCCESS", [])

    def test_status_tells_the_administrator(self, known):
        assert "locked" in known.world.twostep("status", "alice").lower()

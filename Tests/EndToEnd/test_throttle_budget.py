"""Law 9: what no success refills. When it is used up, single codes are not looked at, for days; pairs and backup codes are."""

import oath
import pytest
from doors import Door, ELSEWHERE, HOME, address

DAY = 86400
# How many wrong codes are looked at, of one TOTP token, which accepts three codes at a time. The world has 60 codes: ten
# times three leave half of them; five times three, a sixth or less of what there is; seven times two; and one.
WORLD = 23
# Of 90 codes: fifteen times three leave half; then ten times three, seven times two, and one.
KNOWN = 33
# Of a counter ten codes are accepted: 10 10 10, and from there 5 4 3 3 2 2 2 2 2 2 2 1.
COUNTER = 15


@pytest.fixture
def door(make_world):
    """Closures are out of the way here."""
    return Door(make_world(deny=100))


def _use_up(door, origin, at_most, **options):
    """Types wrong codes until they are not looked at any more; how many were."""
    for count in range(at_most + 1):
        said = door.login(door.wrong(), origin, **options)
        if said == "locked":
            return count
        assert said == "wrong-code"
    raise AssertionError(f"{at_most + 1} wrong codes were looked at")


class TestWorld:
    def test_so_many_guesses(self, door):
        assert _use_up(door, address(ELSEWHERE), WORLD) == WORLD

    def test_from_anywhere_together(self, door):
        assert sum(1 for host in range(WORLD + 2)
                   if door.login(door.wrong(), address(f"192.0.2.{host}")) == "wrong-code") == WORLD

    def test_what_still_works(self, door):
        _use_up(door, address(ELSEWHERE), WORLD)
        assert door.login(door.code(), address(ELSEWHERE)) == "locked"
        assert door.login(door.person.backup_codes[0], address("198.51.100.1")) == "backup-code"
        oath.steady(seconds=6)
        assert door.login(door.pair(), address(ELSEWHERE)) == "totp-pair"
        # From where they got in they are known, and pay from another budget.
        assert door.login(door.code(60), address(ELSEWHERE), later=60) == "totp"
        assert door.login(door.code(90), address("198.51.100.2"), later=90) == "locked"

    def test_a_success_refills_nothing(self, door):
        """Guessing between the owner's logins: they open purses, not the budget."""
        oath.steady(seconds=8)
        looked_at = 0
        for step in (-1, 0, 1):
            assert door.login(door.code(steps=step), address(HOME)) == "totp"
            looked_at += sum(door.login(door.wrong(), address(ELSEWHERE)) == "wrong-code" for _ in range(3))
        # The steps around now are spent one by one, so a wrong code could hit two, one and none: nine codes are gone.
        assert looked_at == 9
        assert _use_up(door, address(ELSEWHERE), 60, later=600) == WORLD - 3

    def test_days_refill_it(self, door):
        """Six tenths of a code a day: after two looks a day apart there is one, for the present step alone."""
        _use_up(door, address(ELSEWHERE), WORLD)
        assert door.login(door.code(DAY), address(ELSEWHERE), later=DAY) == "locked"
        later = 2 * DAY
        oath.steady(seconds=6)
        assert door.login(door.code(later), address(ELSEWHERE), later=later) == "totp"

    def test_what_cannot_be_paid_for_is_not_looked_at(self, door):
        """As above, but the code of the next step: it is not among those that the budget pays for."""
        _use_up(door, address(ELSEWHERE), WORLD)
        assert door.login(door.code(DAY), address(ELSEWHERE), later=DAY) == "locked"
        later = 2 * DAY
        oath.steady(seconds=6)
        assert door.login(door.code(later, steps=1), address(ELSEWHERE), later=later) == "wrong-code"
        assert door.login(door.code(later), address(ELSEWHERE), later=later) == "locked"

    def test_a_clock_that_is_ahead_gives_a_day_at_most(self, door):
        _use_up(door, address(ELSEWHERE), WORLD)
        assert door.login(door.code(1000 * DAY), address(ELSEWHERE), later=1000 * DAY) == "locked"

    def test_longer_codes_cost_less(self, make_world):
        door = Door(make_world(deny=100), "--digits", "8")
        for _ in range(WORLD + 10):
            assert door.login(door.wrong(), address(ELSEWHERE)) == "wrong-code"
        assert door.login(door.code(), address(ELSEWHERE)) == "totp"

    def test_counters_cost_more(self, make_world):
        """A look-ahead of ten: fewer wrong codes, each of which could have matched more."""
        door = Door(make_world(deny=100), "--hotp")
        assert _use_up(door, address(ELSEWHERE), WORLD) == COUNTER
        codes = [door.person.token.hotp(counter) for counter in range(2)]
        assert door.login(codes[0], address(ELSEWHERE)) == "locked"
        assert door.login(" ".join(codes), address(ELSEWHERE)) == "hotp-pair"


class TestKnown:
    def test_all_known_sources_share_one(self, door):
        """And the world's budget beside it is not touched."""
        oath.steady(seconds=8)
        homes = [address(HOME), address("192.0.2.8")]
        for step, home in zip((-1, 0), homes):
            assert door.login(door.code(steps=step), home) == "totp"
        later = 300     # when no step near now is spent
        said = [door.login(door.wrong(), homes[number % 2], later=later) for number in range(KNOWN + 2)]
        assert said == ["wrong-code"] * KNOWN + ["locked"] * 2
        for home in homes:
            assert door.login(door.code(later), home, later=later) == "locked"
        assert door.login(door.code(later), address(ELSEWHERE), later=later) == "totp"
        assert door.login(door.person.backup_codes[0], homes[0], later=later) == "backup-code"

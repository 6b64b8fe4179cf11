"""After a wrong backup code, or a wrong pair of codes, the next one of its kind is looked at some time later.

Whoever comes earlier is refused at once, whoever they are: people who have no record share decoys, and a wait would tell.
The time that has to pass is made by libfaketime.
"""

import oath
import pytest
from doors import Door, ELSEWHERE, HOME, address

WRONG_BACKUP = "KMNP-QRST"


@pytest.fixture
def door(world):
    return Door(world)


def _wrong_pair(door):
    return f"{door.wrong()} {door.wrong()}"


def _said(door, code, later=0, source=ELSEWHERE):
    """What came of it; whatever it was, nobody waited for it."""
    outcome = door.world.login("alice", code, remarks=True, later=later, **address(source))
    assert outcome.seconds < 3
    return outcome.event.get("method") or outcome.event["reason"]


@pytest.mark.parametrize("wrong, right, method, pause", [
    (lambda door: WRONG_BACKUP, lambda door, later: door.person.backup_codes[0], "backup-code", 10),
    (_wrong_pair, Door.pair, "totp-pair", 20),      # eight pairs would have been accepted
], ids=["backup code", "pair"])
class TestPause:
    def test_too_soon_is_refused_and_later_is_not(self, door, wrong, right, method, pause):
        assert _said(door, wrong(door)) == "wrong-code"
        assert _said(door, right(door, 0)) == "too-soon"
        assert _said(door, right(door, pause + 2), pause + 2) == method

    def test_too_soon_does_not_make_it_longer(self, door, wrong, right, method, pause):
        assert _said(door, wrong(door)) == "wrong-code"
        assert _said(door, wrong(door), pause - 4) == "too-soon"
        assert _said(door, right(door, pause + 2), pause + 2) == method

    def test_single_codes_are_not_concerned(self, door, wrong, right, method, pause):
        assert _said(door, wrong(door)) == "wrong-code"
        assert _said(door, door.code()) == "totp"

    def test_nobody_known_is_concerned_by_the_world(self, door, wrong, right, method, pause):
        oath.steady(seconds=6)
        assert door.login(door.code(steps=-1), address(HOME)) == "totp"
        assert _said(door, wrong(door)) == "wrong-code"
        assert _said(door, right(door, 0), source=HOME) == method

    def test_what_is_right_or_used_stops_nobody(self, door, wrong, right, method, pause):
        code = right(door, 0)
        assert _said(door, code) == method
        for _ in range(3):
            assert _said(door, code) == "already-used"


@pytest.mark.parametrize("explain", ["no", "yes"])
def test_who_may_know_reads_how_long(make_world, explain):
    """Of a counter nineteen pairs would match: fifty seconds."""
    door = Door(make_world(explain=explain), "--hotp")
    pair = " ".join(door.person.token.hotp(counter) for counter in range(2))
    assert _said(door, _wrong_pair(door)) == "wrong-code"
    outcome = door.world.login("alice", pair, remarks=True, **address(ELSEWHERE))
    assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTH_ERR", "too-soon")
    if explain == "yes":
        assert outcome.remarks[0] == "twostep: too soon after a wrong code"
        assert outcome.remarks[1] in [f"twostep: try again in {seconds} s" for seconds in (48, 49, 50)]
    else:
        assert outcome.remarks == []
    assert _said(door, pair, 52) == "hotp-pair"


def test_an_earlier_answer_under_another_name_shows_nowhere(world):
    """Names share decoys: a wrong backup code under each of many, and the next one under another takes no longer."""
    world.enrol("alice")
    for user in [f"nobody-{number}" for number in range(24)] + ["carol", "alice", "alice", "carol"]:
        outcome = world.login(user, WRONG_BACKUP)
        assert outcome.code == "PAM_AUTH_ERR" and outcome.seconds < 3

"""After a wrong backup code, or a wrong pair of codes, the next one of its kind is looked at some time later: a login waits.

Most of the time that has to pass is made by libfaketime; two seconds or so are waited.
"""

import threading
import time

import pytest
from doors import Door, ELSEWHERE, HOME, address
from pamstack import code_for

WRONG_BACKUP = "KMNP-QRST"
PAUSE = 20


@pytest.fixture
def door(world):
    return Door(world)


def _wrong_pair(door):
    return f"{door.wrong()} {door.wrong()}"


def _timed(door, code, later=0):
    """What came of it, and the seconds that it took."""
    outcome = door.world.login("alice", code, remarks=True, later=later, limit=40, **address(ELSEWHERE))
    return outcome.event.get("method") or outcome.event["reason"], outcome.seconds


@pytest.mark.parametrize("wrong, right, method", [
    (lambda door: WRONG_BACKUP, lambda door, later: door.person.backup_codes[0], "backup-code"),
    (_wrong_pair, Door.pair, "totp-pair"),
], ids=["backup code", "pair"])
class TestPause:
    def test_the_next_waits_for_its_turn(self, door, wrong, right, method):
        assert _timed(door, wrong(door))[0] == "wrong-code"
        later = PAUSE - 3
        said, seconds = _timed(door, right(door, later), later)
        assert said == method and 1.5 < seconds < 6

    def test_and_not_longer(self, door, wrong, right, method):
        assert _timed(door, wrong(door))[0] == "wrong-code"
        said, seconds = _timed(door, right(door, PAUSE + 1), PAUSE + 1)
        assert said == method and seconds < 1.5

    def test_single_codes_wait_for_nothing(self, door, wrong, right, method):
        assert _timed(door, wrong(door))[0] == "wrong-code"
        said, seconds = _timed(door, door.code())
        assert said == "totp" and seconds < 1.5

    def test_nobody_known_waits_for_the_world(self, door, wrong, right, method):
        """Nor does the world wait for them: the two are apart."""
        assert door.login(door.code(), address(HOME)) == "totp"
        assert _timed(door, wrong(door))[0] == "wrong-code"
        started = time.monotonic()
        outcome = door.world.login("alice", right(door, 120), remarks=True, later=120, **address(HOME))
        assert outcome.event.get("method") == method and time.monotonic() - started < 1.5

    def test_what_is_right_or_used_makes_nobody_wait(self, door, wrong, right, method):
        code = right(door, 0)
        assert _timed(door, code)[0] == method
        for _ in range(3):
            said, seconds = _timed(door, code)
            assert said == "already-used" and seconds < 1.5


def test_waiting_locks_nobody_out(door):
    """A real wait of twenty seconds. Meanwhile a single code is accepted at once, and the one who waits is next."""
    stack, said = door.world.stack(), []
    assert door.login(WRONG_BACKUP, address(ELSEWHERE)) == "wrong-code"
    began = time.time()

    def wait():
        outcome = stack.authenticate("alice", code_for(door.person.backup_codes[0]), remarks=True, clean=False, limit=40,
                                     **address(ELSEWHERE))
        said.append((outcome.code, outcome.remarks))
    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(2)
    started = time.monotonic()
    assert stack.authenticate("alice", code_for(door.code()), clean=False, **address(HOME)).code == "PAM_SUCCESS"
    assert time.monotonic() - started < 1.5 and said == []
    waiting.join()
    # The pause began with the second in which the wrong code was judged.
    assert PAUSE - 2 < time.time() - began < PAUSE + 2
    assert said == [("PAM_SUCCESS", ["twostep: backup code accepted, 1 left",
                                     "twostep: ask your administrator for new backup codes"])]


@pytest.mark.parametrize("explain", ["no", "yes"])
def test_what_would_take_too_long_is_refused(make_world, explain):
    """Of a counter nineteen pairs would match: fifty seconds, and a login waits twenty at most."""
    door = Door(make_world(explain=explain), "--hotp")
    pair = " ".join(door.person.token.hotp(counter) for counter in range(2))
    assert _timed(door, _wrong_pair(door))[0] == "wrong-code"
    outcome = door.world.login("alice", pair, remarks=True, **address(ELSEWHERE))
    assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTH_ERR", "too-soon") and outcome.seconds < 1.5
    if explain == "yes":
        assert outcome.remarks[0] == "twostep: too soon after a wrong one"
        assert outcome.remarks[1] in [f"twostep: try again in {seconds} s" for seconds in (48, 49, 50)]
    else:
        assert outcome.remarks == []
    said, seconds = _timed(door, pair, later=51)
    assert said == "hotp-pair" and seconds < 1.5

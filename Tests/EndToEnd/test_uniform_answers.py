"""Law 8: nothing to learn by asking.

Somebody who does not exist, one who is not enrolled though they must be, one who is locked and one with a wrong code get the
same prompt, the same PAM_AUTH_ERR, nothing else, after the same time. The statistic for the time is the probability that a
login of one kind takes longer than one of another (stopwatch.superiority): 0.5 is "cannot be told apart". With N logins of
each kind its standard deviation is sqrt((2N + 1) / (12 N^2)), 0.020 for 400 and 0.075 for 30; the bounds are five of them.
The store lies in memory, where what is left of the disk's noise hides least.
"""

import itertools
import subprocess

import pytest
import stopwatch
from guest import installed


@pytest.fixture
def quiet(folder, make_world):
    """An installation whose store is in memory: alice is enrolled, bob is locked, carol is not enrolled. They have as many
    backup codes as decoys have and people usually do: a smaller record takes less time, by a little."""
    store = folder / "store"
    store.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=700,size=16m", "quiet", store], check=True)
    world = make_world(backup_codes=10)
    yield world
    subprocess.run(["umount", "-l", store], check=True)


def _cases(world, answer):
    alice, bob = world.enrol("alice"), world.enrol("bob")
    for _ in range(5):
        assert world.login("bob", bob.token.wrong()).code == "PAM_AUTH_ERR"
    assert world.login("bob", bob.token.code()).event["reason"] == "locked"
    decoys = world.decoys
    assert len(decoys) == 16
    record, locked = world.record_of("alice"), world.record_of("bob")
    # The same work of putting back for everybody, so that caches are as warm for each.
    return {
        "wrong": stopwatch.Case("alice", answer(alice), record, *decoys),
        "locked": stopwatch.Case("bob", answer(bob), locked, *decoys),
        "not enrolled": stopwatch.Case("carol", answer(alice), record, *decoys),
        "unknown": stopwatch.Case("nobody-here", answer(alice), record, *decoys),
    }


def _assert_alike(world, cases, rounds, bound):
    times, codes = stopwatch.measure(world.stack(), cases, rounds, str(installed()))
    assert codes == {name: ["PAM_AUTH_ERR"] for name in cases}
    told_apart = {pair: round(stopwatch.superiority(times[pair[0]], times[pair[1]]), 3)
                  for pair in itertools.combinations(cases, 2)}
    print(told_apart)
    assert all(abs(value - 0.5) <= bound for value in told_apart.values()), told_apart


def test_the_statistic_tells_what_differs():
    assert stopwatch.superiority([1, 2, 3], [1, 2, 3]) == 0.5
    assert stopwatch.superiority([4, 5, 6], [1, 2, 3]) == 1
    assert stopwatch.superiority([1, 1], [1, 2]) == 0.25


def test_times_of_codes_cannot_be_told_apart(quiet):
    cases = _cases(quiet, lambda person: person.token.wrong().encode())
    _assert_alike(quiet, cases, rounds=400, bound=0.1)


def test_times_of_pairs_cannot_be_told_apart(quiet):
    """Each is put back to before its pause: what is judged is the first wrong pair."""
    cases = _cases(quiet, lambda person: b"123456 654322")
    _assert_alike(quiet, cases, rounds=400, bound=0.1)


def test_times_of_backup_codes_cannot_be_told_apart(quiet):
    """One bcrypt each, whoever it is: without it the times would not even overlap."""
    cases = _cases(quiet, lambda person: b"AAAA-AAAA")
    _assert_alike(quiet, cases, rounds=30, bound=0.375)


@pytest.mark.parametrize("answer", ["123456", "AAAA-AAAA", "123456 654322", "", "no code", "1" * 500])
def test_the_same_prompt_the_same_result_and_nothing_else(world, answer):
    """The harness fails where anything is asked or told that the script does not say."""
    world.enrol("alice")
    bob = world.enrol("bob")
    for _ in range(5):
        world.login("bob", bob.token.wrong())
    seen = {}
    for user in ("alice", "bob", "carol", "nobody-here"):
        outcome = world.login(user, answer)
        assert len(outcome.events) == 1
        seen[user] = (outcome.code, outcome.delay, outcome.remarks)
    assert all(value == ("PAM_AUTH_ERR", 0, []) for value in seen.values()), seen

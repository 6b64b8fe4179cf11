"""Law 1: sixteen processes present one code at the same instant and one gets in; sixteen valid codes all get in."""

import shutil
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import people
import pytest
import world as installation
from together import Together

AT_ONCE = 16
ROUNDS = 500
TIMED = [f"timed{number}" for number in range(AT_ONCE)]
COUNTING = "counting"
PERIOD = 30
# The windows of two rounds do not touch: a code that by chance stands for two steps spends nothing of the next round.
APART = 3


@dataclass
class Team:
    """An installation with sixteen people who have an app and ten backup codes each, and one with a counter."""
    world: object
    members: dict
    counting: object
    records: dict

    def put_back(self, name):
        """This member's record as it was made: nothing is spent."""
        path = self.world.record_of(name)
        path.write_bytes(self.records[path])

    def rounds_of_totp(self, count, *names):
        """Moments that lie apart, and what each of `names` types then."""
        first = int(time.time()) // PERIOD
        codes = {name: self.members[name].token.of_steps(first, count * APART)[::APART] for name in names}
        return [((first + number * APART) * PERIOD, [(name, codes[name][number]) for name in names])
                for number in range(count)]


@pytest.fixture(scope="module")
def enrolled():
    """Made once: hashing their backup codes takes longer than everything else about them."""
    folder = Path("/var/lib/twostep-tests/team")
    folder.mkdir(parents=True, mode=0o755)
    for name in [*TIMED, COUNTING]:
        people.add(name)
    world = installation.World(folder, backup_codes=10)
    # Eight digits, so that no two codes of a test are alike by chance.
    members = {name: world.enrol(name, "--digits", "8") for name in TIMED}
    counting = world.enrol(COUNTING, "--digits", "8", "--hotp")
    records = {path: path.read_bytes() for path in world.users.iterdir()}
    yield Team(world, members, counting, records)
    for name in [*TIMED, COUNTING]:
        people.remove(name)
    shutil.rmtree(folder)


@pytest.fixture
def team(enrolled):
    """With nothing spent."""
    for name in [*TIMED, COUNTING]:
        enrolled.put_back(name)
    return enrolled


@pytest.fixture(params=["totp", "hotp", "backup-code"])
def method(request):
    return request.param


# Of whom each method's rounds are, so that the three can go on at the same time.
WHOSE = {"totp": TIMED[:1], "hotp": [COUNTING], "backup-code": TIMED[1:]}


def _one_code_each(team, method, rounds):
    """Rounds in which sixteen processes present one code; as many as there are codes, at most `rounds`."""
    if method == "totp":
        return [(moment, logins * AT_ONCE) for moment, logins in team.rounds_of_totp(rounds, *WHOSE["totp"])]
    if method == "hotp":
        return [(0, [(COUNTING, code)] * AT_ONCE) for code in team.counting.token.of_counters(0, rounds)]
    codes = [(name, code) for name in WHOSE["backup-code"] for code in team.members[name].backup_codes]
    return [(0, [login] * AT_ONCE) for login in codes[:rounds]]


def _run(team, rounds, **options):
    return Together(team.world.folder, team.world.stack(), **options).run(rounds)


def _spread(answers):
    """How often each set of answers came."""
    return dict(Counter(tuple(sorted(Counter(round).items())) for round in answers))


ONE_ACCEPTED = (("PAM_AUTH_ERR", AT_ONCE - 1), ("PAM_SUCCESS", 1))
ALL_ACCEPTED = (("PAM_SUCCESS", AT_ONCE),)


def _all_rounds(team, method):
    """Every round of one method: what was answered, and our decisions."""
    answers, events = [], []
    while len(answers) < ROUNDS:
        for name in WHOSE[method]:
            team.put_back(name)     # there are 150 backup codes
        more, said = _run(team, _one_code_each(team, method, ROUNDS - len(answers)))
        answers += more
        events += [event for event in said if event["user"] in WHOSE[method]]
    return answers, events


@pytest.fixture(scope="module")
def all_rounds(enrolled):
    """Of the three methods at the same time: most of it is waiting for each other."""
    with ThreadPoolExecutor() as pool:
        running = {method: pool.submit(_all_rounds, enrolled, method) for method in WHOSE}
        return {method: rounds.result() for method, rounds in running.items()}


def test_one_code_is_accepted_once(all_rounds, method):
    answers, events = all_rounds[method]
    assert _spread(answers) == {ONE_ACCEPTED: ROUNDS}
    reasons = Counter(event.get("reason", event.get("method")) for event in events)
    assert reasons == {method: ROUNDS, "already-used": ROUNDS * (AT_ONCE - 1)}


def test_without_the_lock_it_would_be_seen(team, method):
    """These processes do meet: where none waits for the record's lock, several get in with one code."""
    rounds = _one_code_each(team, method, 20)
    if method == "backup-code":
        # Each of another record: what they do to it without the lock is damage, after which none is accepted.
        rounds = [(0, [(name, team.members[name].backup_codes[0])] * AT_ONCE) for name in TIMED]
    answers, _ = _run(team, rounds, locked=False)
    assert max(round.count("PAM_SUCCESS") for round in answers) > 1, _spread(answers)


def test_sixteen_people_at_once_are_all_accepted(team):
    rounds = team.rounds_of_totp(200, *TIMED)
    answers, events = _run(team, rounds)
    assert _spread(answers) == {ALL_ACCEPTED: len(rounds)}
    accepted = Counter((event["event"], event["user"]) for event in events)
    assert accepted == {("accepted", name): len(rounds) for name in TIMED}


def test_sixteen_people_at_once_with_backup_codes(team):
    rounds = [(0, [(name, team.members[name].backup_codes[number]) for name in TIMED]) for number in range(5)]
    answers, _ = _run(team, rounds)
    assert _spread(answers) == {ALL_ACCEPTED: len(rounds)}


def test_ten_backup_codes_of_one_person_at_once_are_each_accepted_once(team):
    """With six of them presented twice: nobody's valid code is refused because of somebody else's."""
    for name in TIMED[:5]:
        codes = team.members[name].backup_codes
        [answers], events = _run(team, [(0, [(name, code) for code in codes + codes[:6]])])
        assert Counter(answers) == {"PAM_SUCCESS": 10, "PAM_AUTH_ERR": 6}
        assert sorted(int(event["left"]) for event in events if event["event"] == "accepted") == [*range(10)]
        # Each of the six once, whichever of the two it was.
        assert all("PAM_SUCCESS" in (answers[number], answers[number + 10]) for number in range(6))
        assert answers[6:10] == ["PAM_SUCCESS"] * 4


def test_a_wrong_code_beside_the_right_one_harms_nobody(team):
    """Half of the processes guess, each at another person, while that person logs in."""
    rounds = team.rounds_of_totp(100, *TIMED[:AT_ONCE // 2])
    mixed = [(moment, logins + [(name, "0" + code[1:] if code[0] != "0" else "1" + code[1:])
                                for name, code in logins]) for moment, logins in rounds]
    answers, _ = _run(team, mixed)
    for round in answers:
        assert round == ["PAM_SUCCESS"] * (AT_ONCE // 2) + ["PAM_AUTH_ERR"] * (AT_ONCE // 2)

"""One slot of a record is damaged: the other one holds, but revives nothing that was spent."""

import oath
import pytest
from pamstack import CODE_PROMPT
from script import Ask, Told

SLOT = 4096


def _flip(record, slot):
    data = bytearray(record.read_bytes())
    data[slot * SLOT + 60] ^= 4
    record.write_bytes(data)


def _written(record, login):
    """Logs in once and says which slots that wrote."""
    before = record.read_bytes()
    assert login().code == "PAM_SUCCESS"
    after = record.read_bytes()
    return [slot for slot in (1, 2)
            if before[slot * SLOT:(slot + 1) * SLOT] != after[slot * SLOT:(slot + 1) * SLOT]]


def _says_so(outcome):
    """Whether the log tells the administrator of the damage, whatever came of the login."""
    return any("slot-damaged" in line for line in outcome.log)


@pytest.fixture
def world(make_world):
    return make_world(backup_codes=2)


@pytest.fixture
def person(world):
    return world.enrol("alice")


@pytest.fixture
def record(world, uid, person):
    return world.record(uid("alice"))


def test_one_time_codes_write_the_slots_in_turn(world, person, record):
    oath.steady(seconds=6)
    written = [_written(record, lambda: world.login("alice", person.token.code(step)))
               for step in (-1, 0, 1)]
    assert written in ([[1], [2], [1]], [[2], [1], [2]])


def test_backup_codes_write_both(world, person, record):
    """So that no single damage forgets that one was spent."""
    login = lambda: world.login("alice", person.backup_codes[0], remarks=True)
    assert _written(record, login) == [1, 2]


def test_a_spent_step_stays_spent(world, person, record):
    oath.steady(seconds=6)
    code = person.token.code()
    newest, = _written(record, lambda: world.login("alice", code))
    _flip(record, newest)
    # The older state knows nothing of that login; every step that may have been spent is refused.
    outcome = world.login("alice", code)
    assert outcome.code == "PAM_AUTH_ERR" and _says_so(outcome)
    for step in (-1, 0, 1):
        assert world.login("alice", person.token.code(step)).code == "PAM_AUTH_ERR", step


@pytest.mark.parametrize("slot", [1, 2])
@pytest.mark.parametrize("code", ["000000", "AAAA-AAAA", "x"])
def test_the_log_tells_of_it_whatever_was_typed(world, person, record, slot, code):
    _flip(record, slot)
    outcome = world.login("alice", code)
    assert outcome.code == "PAM_AUTH_ERR" and _says_so(outcome)


@pytest.mark.parametrize("slot", [1, 2])
def test_backup_codes_wait_for_a_fresh_step(world, person, record, slot):
    """Until then they are refused, since one may have been spent; so the step comes by libfaketime."""
    _flip(record, slot)
    outcome = world.login("alice", person.backup_codes[0])
    assert outcome.code == "PAM_AUTH_ERR"
    later = 300
    outcome = world.login("alice", lambda: person.token.code(later // 30), later=later)
    assert outcome.code == "PAM_SUCCESS"
    script = [Ask(CODE_PROMPT, person.backup_codes[1]), Told("twostep: backup code accepted, 1 left"),
              Told("twostep: ask your administrator for new backup codes")]
    assert world.stack().authenticate("alice", script, later=later).code == "PAM_SUCCESS"
    # The damaged slot has been written over: nothing is said of it any more.
    outcome = world.login("alice", person.token.wrong(), later=later)
    assert not _says_so(outcome)


@pytest.mark.parametrize("slot", [1, 2])
def test_a_spent_backup_code_stays_spent(world, person, record, slot):
    code = person.backup_codes[0]
    assert world.login("alice", code, remarks=True).code == "PAM_SUCCESS"
    _flip(record, slot)
    assert world.login("alice", code).code == "PAM_AUTH_ERR"
    later = 300
    outcome = world.login("alice", lambda: person.token.code(later // 30), later=later)
    assert outcome.code == "PAM_SUCCESS"
    assert world.login("alice", code).code == "PAM_AUTH_ERR"


@pytest.mark.parametrize("slot", [1, 2])
def test_who_only_counts_goes_on_but_not_back(world, uid, slot):
    """Without a TOTP token there is nothing to wait for; what was spent stands in both slots."""
    person = world.enrol("bob", "--hotp")
    assert world.login("bob", person.token.hotp(0)).code == "PAM_SUCCESS"
    _flip(world.record(uid("bob")), slot)
    for counter, code in ((0, "PAM_AUTH_ERR"), (1, "PAM_SUCCESS"), (1, "PAM_AUTH_ERR")):
        assert world.login("bob", person.token.hotp(counter)).code == code


@pytest.mark.parametrize("place", [0, 1, 7, 8, 16, 31, 32, 47, 48, 100, 1000, 2048, 4000, 4095])
@pytest.mark.parametrize("slot", [1, 2])
def test_any_flipped_bit_is_noticed(world, person, record, slot, place):
    data = bytearray(record.read_bytes())
    data[slot * SLOT + place] ^= 1
    record.write_bytes(data)
    outcome = world.login("alice", person.token.code)
    assert outcome.code == "PAM_AUTH_ERR" and _says_so(outcome)

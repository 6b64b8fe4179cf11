"""docs/file-format.md is enough to read a store: a reader written from it finds what people were given and did."""

import json
import subprocess
import sys
from pathlib import Path

import oath
import pytest

READER = Path(__file__).parents[1] / "Format/read_record.py"


@pytest.fixture
def world(make_world):
    return make_world(backup_codes=2)


@pytest.fixture
def read(world, uid):
    """What the independent reader finds in the store about alice."""
    def read():
        done = subprocess.run(
            [sys.executable, READER, "--key", world.key, "--store", world.store, "--user", "alice",
             "--uid", str(uid("alice")), "--secrets"],
            capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    return read


OPTIONS = {
    "totp": [],
    "totp, nothing as usual": ["--algorithm", "SHA512", "--digits", "8", "--period", "60", "--label", "work phone"],
    "hotp": ["--hotp"],
    "hotp, SHA256, 7 digits": ["--hotp", "--algorithm", "SHA256", "--digits", "7"],
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS.keys())
def test_holds_what_was_enrolled(world, read, uid, options):
    person = world.enrol("alice", *options)
    world.enrol("bob")
    found = read()
    record = found["record"]
    assert record["securityKeys"] == []
    assert found["index"] == sorted([uid("alice"), uid("bob")])
    assert (record["state"], record["sound"], record["confirmed"], record["generation"]) == ("active", True, False, 2)
    assert record["slots"][0] == record["slots"][1]
    [token] = record["tokens"]
    assert token["key"] == person.secret
    assert token["kind"] == ("hotp" if "--hotp" in options else "totp")
    assert (token["algorithm"], token["digits"]) == (person.token.algorithm, person.token.digits)
    assert token["period"] == person.token.period
    assert (token["floor"], token["lastUsed"]) == (0, 0)
    assert ("--label" not in options) or token["label"] == "work phone"
    assert len(record["backupCodes"]) == len(person.backup_codes) == 2
    assert not any(code["spentAt"] for code in record["backupCodes"])


def test_a_totp_login_moves_the_floor_and_one_generation(world, read):
    person = world.enrol("alice")
    before = read()["record"]
    oath.steady()
    assert world.login("alice", person.token.code()).code == "PAM_SUCCESS"
    after = read()["record"]
    [token] = after["tokens"]
    assert token["floor"] == token["lastUsed"] // 30 + 1
    assert (after["generation"], after["sound"], after["confirmed"]) == (before["generation"] + 1, True, True)
    assert _without(after, "tokens", "confirmed", "throttle") == _without(before, "tokens", "confirmed", "throttle")
    assert _throttle(after) == _throttle(before)
    assert [_without(token, "floor", "lastUsed")] == [_without(token, "floor", "lastUsed")
                                                     for token in before["tokens"]]


def test_a_hotp_login_moves_the_counter_in_both_slots(world, read):
    person = world.enrol("alice", "--hotp")
    before = read()["record"]
    assert world.login("alice", person.token.hotp(3)).code == "PAM_SUCCESS"
    after = read()["record"]
    assert [slot["tokens"][0]["floor"] for slot in after["slots"]] == [4, 4]
    assert after["generation"] == before["generation"] + 2


def test_a_backup_code_is_spent_in_both_slots(world, read):
    person = world.enrol("alice")
    before = read()["record"]
    assert world.login("alice", person.backup_codes[1], remarks=True).code == "PAM_SUCCESS"
    after = read()["record"]
    for slot in after["slots"]:
        assert [number for number, code in enumerate(slot["backupCodes"]) if code["spentAt"]] == [1]
    assert after["generation"] == before["generation"] + 2


def test_a_wrong_code_charges_one_failure_and_nothing_else(world, read):
    person = world.enrol("alice")
    before = read()["record"]
    assert world.login("alice", person.token.wrong()).code == "PAM_AUTH_ERR"
    after = read()["record"]
    assert after["generation"] == before["generation"] + 1
    assert _without(after, "throttle") == _without(before, "throttle")
    was, throttle = _throttle(before), _throttle(after)
    assert throttle["worldPurse"]["failures"] == was["worldPurse"]["failures"] + 1
    # Three codes of six digits would have been accepted; a unit is a hundredth of one.
    assert throttle["world"]["level"] == was["world"]["level"] - 300 * 86_400
    for changed in (was, throttle):
        del changed["worldPurse"], changed["world"]["level"]
    assert throttle == was


@pytest.mark.parametrize("answer", [b"", b"1" * 4096], ids=["empty", "4096 bytes"])
def test_a_malformed_answer_charges_nothing(world, read, answer):
    """It is written all the same, so that neither time nor disk tells; what is written is what was there."""
    world.enrol("alice")
    before = read()["record"]
    outcome = world.login("alice", answer)
    assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTH_ERR", "malformed")
    after = read()["record"]
    assert after["generation"] == before["generation"] + 1
    assert _without(after, "throttle") == _without(before, "throttle")
    assert _throttle(after) == _throttle(before)


def test_a_login_from_somewhere_makes_it_a_known_source(world, read):
    person = world.enrol("alice")
    oath.steady()
    assert world.login("alice", person.token.code(), items={"rhost": "192.0.2.7"}).code == "PAM_SUCCESS"
    record = read()["record"]
    [source] = record["throttle"]["sources"]
    assert (source["kind"], source["number"]) == ("address", 0xC0000207)
    assert source["lastSuccess"] == record["tokens"][0]["lastUsed"]


def _throttle(record):
    """The throttle but for when it was last looked at."""
    throttle = json.loads(json.dumps(record["throttle"]))
    for share in ("world", "known"):
        del throttle[share]["at"]
    return throttle


def _without(fields, *names):
    """The fields but for these, and but for those that say where and how often the record was written."""
    return {name: value for name, value in fields.items() if name not in (*names, "slot", "slots", "generation")}

"""Records that are truncated, swapped, flipped, grown or somebody else's: refused, named, left alone."""

import os

import faults
import pytest
from pamstack import code_for

SLOT = 4096         # docs/file-format.md: a header, then two slots, each on a boundary of this size
NAMES_OF_DAMAGE = ("record-corrupt", "record-unreadable")       # the latter with EFBIG


@pytest.fixture
def person(world):
    return world.enrol("alice")


@pytest.fixture
def record(world, uid, person):
    return world.record(uid("alice"))


def _noise(sound):
    return os.urandom(len(sound))


DAMAGE = {
    "cut to nothing": lambda sound: b"",
    "cut to one byte": lambda sound: sound[:1],
    "cut within the header": lambda sound: sound[:20],
    "cut after the header": lambda sound: sound[:SLOT],
    "cut within the first slot": lambda sound: sound[:SLOT + 100],
    "cut after the first slot": lambda sound: sound[:2 * SLOT],
    "cut within the second slot": lambda sound: sound[:2 * SLOT + 100],
    "short of one byte": lambda sound: sound[:-1],
    "one byte more": lambda sound: sound + b"\0",
    "one slot more": lambda sound: sound + sound[-SLOT:],
    "a megabyte more": lambda sound: sound + bytes(1 << 20),
    "zeroes": lambda sound: bytes(len(sound)),
    "noise": _noise,
    "the slots swapped": lambda sound: sound[:SLOT] + sound[2 * SLOT:] + sound[SLOT:2 * SLOT],
    "the slots zeroed": lambda sound: sound[:SLOT] + bytes(len(sound) - SLOT),
    "the header zeroed": lambda sound: bytes(SLOT) + sound[SLOT:],
    "a bit flipped in both slots": lambda sound: _flip(_flip(sound, SLOT + 60), 2 * SLOT + 60),
    "a text file": lambda sound: b"HOTP/T30 alice - 00112233445566778899\n",
}


def _flip(sound, place, bit=0):
    return sound[:place] + bytes([sound[place] ^ 1 << bit]) + sound[place + 1:]


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damaged(world, person, record, damage):
    record.write_bytes(damage(record.read_bytes()))
    before = world.tree()
    for code in (person.token.code, person.token.wrong, person.backup_codes[0]):
        outcome = world.login("alice", code, limit=8)
        assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
        assert outcome.event["event"] == "error"
        assert outcome.event["reason"] in NAMES_OF_DAMAGE
    assert world.tree() == before


def test_of_enormous_size(world, person, record):
    """Ten sparse gigabytes are not read."""
    os.truncate(record, 10 << 30)
    outcome = world.login("alice", person.token.code, limit=8)
    assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
    assert outcome.event["reason"] in NAMES_OF_DAMAGE


def test_every_byte_of_the_header_counts(world, person, record):
    """A flipped bit in any byte of the header is found; the rest of its page must be zero."""
    sound = record.read_bytes()
    for place in [*range(64), 65, 100, 1000, SLOT - 1]:
        record.write_bytes(_flip(sound, place, place % 8))
        before = world.tree()
        outcome = world.login("alice", person.token.code)
        assert outcome.code == "PAM_AUTHINFO_UNAVAIL", f"byte {place}"
        assert outcome.event["reason"] in ("record-corrupt", "unknown-version"), f"byte {place}"
        assert world.tree() == before
    record.write_bytes(sound)
    assert world.login("alice", person.token.code).code == "PAM_SUCCESS"


class TestOfSomebodyElse:
    """A record belongs to one account: uid, name and file."""

    def test_under_this_name(self, world, uid, person):
        other = world.enrol("bob")
        world.record(uid("alice")).write_bytes(world.record(uid("bob")).read_bytes())
        before = world.tree()
        for code in (person.token.code, other.token.code, other.backup_codes[0]):
            outcome = world.login("alice", code)
            assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
            assert outcome.event["reason"] == "record-corrupt"
        assert world.tree() == before
        assert world.login("bob", other.token.code).code == "PAM_SUCCESS"

    def test_moved_to_another_uid(self, world, uid, person):
        world.record(uid("alice")).rename(world.record(uid("carol")))
        for name, reason in (("alice", "record-missing"), ("carol", "record-corrupt")):
            outcome = world.stack("nullok").authenticate(name, code_for(person.token.code))
            assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
            assert outcome.event["reason"] == reason

    def test_of_another_store_with_the_same_key(self, folder, world, person, uid):
        import world as installation
        (folder / "other").mkdir()
        other = installation.World(folder / "other", key=world.key)
        stranger = other.enrol("alice")
        sound = world.record(uid("alice")).read_bytes()
        world.record(uid("alice")).write_bytes(other.record(uid("alice")).read_bytes())
        outcome = world.login("alice", stranger.token.code)
        # It is authentic for this account: only a restored file, which nothing can tell, looks
        # like that; but it must never open with a slot of one and a slot of the other.
        assert outcome.code in ("PAM_SUCCESS", "PAM_AUTHINFO_UNAVAIL")
        mixed = sound[:2 * SLOT] + other.record(uid("alice")).read_bytes()[2 * SLOT:]
        world.record(uid("alice")).write_bytes(mixed)
        assert world.login("alice", stranger.token.code(1)).code != "PAM_SUCCESS"

    def test_the_account_was_renamed(self, world):
        import people
        import subprocess
        people.add("erin")
        try:
            erin = world.enrol("erin")
            subprocess.run(["usermod", "--login", "erina", "erin"], check=True)
            outcome = world.login("erina", erin.token.code)
            subprocess.run(["usermod", "--login", "erin", "erina"], check=True)
            assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
            assert outcome.event["reason"] == "record-corrupt"
            assert world.login("erin", erin.token.code).code == "PAM_SUCCESS"
        finally:
            people.remove("erin")

    def test_the_uid_was_given_to_somebody_new(self, world):
        import people
        number = people.add("frank")
        frank = world.enrol("frank")
        people.remove("frank")
        people.add("grace", uid=number)
        try:
            outcome = world.login("grace", frank.token.code)
            assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
            assert outcome.event["reason"] == "record-corrupt"
        finally:
            people.remove("grace")


def test_the_lock_is_not_had_in_time(world, person, record):
    import fcntl
    with record.open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        before = world.tree()
        outcome = world.login("alice", person.token.code)
        assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
        assert outcome.event["reason"] == "lock-timeout"
        assert world.tree() == before
        assert outcome.seconds < 15
    assert world.login("alice", person.token.code).code == "PAM_SUCCESS"


def test_whoever_waits_for_the_lock_notices_that_the_file_was_replaced(world, person, record):
    """A record that the tool replaced meanwhile is read anew; the old one is not written to."""
    import fcntl
    import threading
    sound = record.read_bytes()
    with record.open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        def replace():
            fresh = record.with_name(record.name + ".new")
            fresh.write_bytes(sound)
            os.chmod(fresh, 0o600)
            fresh.rename(record)
            fcntl.flock(held, fcntl.LOCK_UN)
        timer = threading.Timer(0.5, replace)
        timer.start()
        outcome = world.login("alice", person.token.code(), clean=False)
        timer.join()
    if outcome.code == "PAM_SUCCESS":
        assert record.read_bytes() != sound, "the code was spent in a file that is gone"
    else:
        assert outcome.code == "PAM_AUTHINFO_UNAVAIL"


def test_faults_of_the_record_do_not_touch_others(world, person, record):
    other = world.enrol("bob")
    faults.a_fifo(record)
    assert world.login("bob", other.token.code).code == "PAM_SUCCESS"

"""Law 1 and the record's two slots: after any flip of one bit in the newest slot, what was spent stays spent."""

import subprocess

import compiled
import libpam
import pytest
from injecting import Injecting
from smalldisk import SmallDisk

SLOT = 4096
BITS = SLOT * 8
MOMENT = 2000000000
LATER = MOMENT + 300        # beyond every window: a fresh step of the app ends the caution
REFUSED, ACCEPTED = "PAM_AUTH_ERR", "PAM_SUCCESS"


@pytest.fixture
def disk(folder):
    """In memory: a hundred thousand logins are synced."""
    disk = SmallDisk("tmpfs", folder / "disk")
    yield disk
    disk.detach()


@pytest.fixture
def world(make_world, disk):
    return make_world(store=disk.mount / "store", backup_codes=2)


class Flipping:
    """alice, who has spent a code, and whose record is then damaged bit by bit."""

    def __init__(self, world, spent, *options):
        self.person = world.enrol("alice", *options)
        self._record = world.record_of("alice")
        self._stack = world.stack()
        self._driver = compiled.program("flipped", world.folder, "pam", "crypt")
        self._login = Injecting(world.folder, self._stack, MOMENT)
        self.spent = {"totp": lambda: self.person.token.code(at=MOMENT), "hotp": lambda: self.person.token.hotp(0),
                      "backup-code": lambda: self.person.backup_codes[0]}[spent]()
        self.login(self.spent, ACCEPTED)

    def login(self, code, expected):
        assert self._login.login("alice", code).code == expected

    def _newest(self):
        """The slot with the greater generation; docs/file-format.md."""
        data = self._record.read_bytes()
        first, second = (int.from_bytes(data[slot * SLOT:slot * SLOT + 8], "big") for slot in (1, 2))
        return 1 if first > second else 2

    def tally(self, *logins, newest=True, stride=1):
        """How often each series of logins (moment, code) ended how, and how many of each said that a slot is damaged.

        After a flip of each bit of the newest slot, or of the other one; or of each `stride`-th bit.
        """
        slot = self._newest() if newest else 3 - self._newest()
        command = [self._driver, self._stack.confdir, self._stack.service, "alice", self._record,
                   slot * BITS, (slot + 1) * BITS, stride, *(word for login in logins for word in login)]
        done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, text=True, check=True, timeout=500)
        results = {}
        for line in done.stdout.splitlines():
            *codes, said, count, _ = map(int, line.split())
            results[*(libpam.NAMES.get(code, code) for code in codes), said] = count
        return results


# The token alice has, and what she has spent.
KINDS = {"totp": ("totp", []), "hotp": ("hotp", ["--hotp"]), "backup code": ("backup-code", []),
         "backup code beside hotp": ("backup-code", ["--hotp"])}


@pytest.fixture(params=KINDS.values(), ids=KINDS.keys())
def flipping(world, request):
    spent, options = request.param
    return Flipping(world, spent, *options)


def test_every_bit_of_the_newest_slot(flipping):
    assert flipping.tally((MOMENT, flipping.spent)) == {(REFUSED, 1): BITS}


# Seven is odd and less than eight: each byte is met, and each bit of a byte equally often.
STRIDE = 7
SOME = len(range(0, BITS, STRIDE))


def test_the_other_slot(flipping):
    assert flipping.tally((MOMENT, flipping.spent), newest=False, stride=STRIDE) == {(REFUSED, 1): SOME}


def test_after_a_login_that_failed(flipping):
    """The newest slot then holds the failure, the other one what was spent."""
    flipping.login(flipping.person.token.wrong(), REFUSED)
    for newest in (True, False):
        assert flipping.tally((MOMENT, flipping.spent), newest=newest, stride=STRIDE) == {(REFUSED, 1): SOME}


@pytest.mark.parametrize("spent", ["totp", "backup-code"])
def test_when_the_caution_is_over(world, spent):
    """A fresh step ends it, and mends the record: it says no more of damage, and the old code is still spent."""
    flipping = Flipping(world, spent)
    fresh, other = flipping.person.token.code(at=LATER), flipping.person.backup_codes[1]
    logins = [(MOMENT, flipping.spent), (LATER, fresh), (LATER, fresh), (MOMENT, flipping.spent), (LATER, other)]
    assert flipping.tally(*logins, stride=STRIDE) == {(REFUSED, ACCEPTED, REFUSED, REFUSED, ACCEPTED, 1): SOME}


@pytest.mark.parametrize("spent", ["hotp", "backup-code"])
def test_who_only_counts_goes_on(world, spent):
    """Without TOTP there is nothing to wait for: what comes next is accepted, once."""
    flipping = Flipping(world, spent, "--hotp")
    following = flipping.person.token.hotp(1), flipping.person.backup_codes[1]
    logins = [(MOMENT, flipping.spent), *((MOMENT, code) for code in following for _ in range(2))]
    assert flipping.tally(*logins, stride=STRIDE) == {(REFUSED, ACCEPTED, REFUSED, ACCEPTED, REFUSED, 1): SOME}

"""Codes as oathtool and the RFCs compute them, for every hash, length and period there is: accepted, and no others."""

import base64
import hashlib

import oath
import pytest
from injecting import Injecting

ALGORITHMS = {"SHA1": 20, "SHA256": 32, "SHA512": 64}      # and the length of key that RFC 6238 uses with each
DIGITS = [6, 7, 8]
PERIODS = [15, 30, 45, 60, 120]
# 2033, within a step and off the minute; the same in each run, so that no two codes are alike by chance one day.
MOMENT = 2000000000 - 7


@pytest.fixture
def world(make_world):
    """Without backup codes, which have nothing to do with it and take most of the time."""
    return make_world(backup_codes=0, deny=10)


def _secret(*parts, size):
    """A key that depends on `parts` alone."""
    stream = hashlib.shake_256(repr(parts).encode()).digest(size)
    return base64.b32encode(stream).decode().rstrip("=")


class Person:
    """alice with a key of ours and a token of this kind, at a time of ours."""

    def __init__(self, world, secret, algorithm, digits, *options, period=30):
        enrolment = world.enrol("alice", "--secret", secret, "--algorithm", algorithm,
                                "--digits", str(digits), *options)
        assert enrolment.secret == secret
        # What an app would read from the QR code; oathtool gets it from here, not from the settings above.
        self.token = enrolment.token
        assert (self.token.algorithm, self.token.digits, self.token.period) == (algorithm, digits, period)
        self._login = Injecting(world.folder, world.stack(), MOMENT)

    def login(self, code, moment=MOMENT):
        """How a login with this code ends at this moment: the method, or the reason of the refusal."""
        self._login.moment = moment
        answer = self._login.login("alice", code)
        [event] = answer.events
        assert answer.code == ("PAM_SUCCESS" if event["event"] == "accepted" else "PAM_AUTH_ERR")
        return event.get("method") or event["reason"]


def _changed(code):
    """The code with its last digit another."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("digits", DIGITS)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_totp(world, algorithm, digits, period):
    secret = _secret(algorithm, digits, period, size=ALGORITHMS[algorithm])
    person = Person(world, secret, algorithm, digits, "--period", str(period), period=period)
    codes = {step: person.token.code(step, at=MOMENT) for step in range(-3, 4)}
    assert all(len(code) == digits for code in codes.values())
    for step in (-3, -2, 2, 3):
        assert person.login(codes[step]) == "wrong-code", step
    assert person.login(_changed(codes[0])) == "wrong-code"
    for step in (-1, 0, 1):
        assert person.login(codes[step]) == "totp", step
        assert person.login(codes[step]) == "already-used", step
    # A window later the same codes are nobody's, and the next one is good.
    later = MOMENT + 3 * period
    assert person.login(codes[1], later) == "wrong-code"
    assert person.login(codes[3], later) == "totp"


@pytest.mark.parametrize("digits", DIGITS)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_hotp(world, algorithm, digits):
    person = Person(world, _secret(algorithm, digits, size=ALGORITHMS[algorithm]), algorithm, digits, "--hotp")
    codes = [person.token.hotp(counter) for counter in range(32)]
    assert person.login(codes[0]) == "hotp"
    assert person.login(codes[0]) == "already-used"
    # Ten values ahead: those are looked at, the next one is not, and a failure moves nothing.
    assert person.login(codes[11]) == "wrong-code"
    assert person.login(codes[10]) == "hotp"
    assert person.login(codes[21]) == "wrong-code"
    assert person.login(codes[20]) == "hotp"
    assert person.login(codes[21]) == "hotp"
    # Last, since each wrong code takes from the budget that pays for looking so far ahead.
    assert person.login(codes[9]) == "wrong-code"
    assert person.login(_changed(codes[22])) == "wrong-code"
    assert person.login(codes[22]) == "hotp"


@pytest.mark.parametrize("size", [16, 20, 63, 64, 65, 128])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_keys_around_the_hashes_block(world, algorithm, size):
    """RFC 2104: a key longer than the hash's block of 64 or 128 bytes is hashed first."""
    person = Person(world, _secret(algorithm, size, size=size), algorithm, 8)
    code = person.token.code(at=MOMENT)
    assert person.login(_changed(code)) == "wrong-code"
    assert person.login(code) == "totp"


# RFC 6238, appendix B.
RFC_6238 = {
    "SHA1": {59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924",
             2000000000: "69279037", 20000000000: "65353130"},
    "SHA256": {59: "46119246", 1111111109: "68084774", 1111111111: "67062674", 1234567890: "91819424",
               2000000000: "90698825", 20000000000: "77737706"},
    "SHA512": {59: "90693936", 1111111109: "25091201", 1111111111: "99943326", 1234567890: "93441116",
               2000000000: "38618901", 20000000000: "47863826"},
}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_rfc_6238(world, algorithm):
    key = (b"1234567890" * 7)[:ALGORITHMS[algorithm]]
    person = Person(world, base64.b32encode(key).decode().rstrip("="), algorithm, 8)
    for moment, code in RFC_6238[algorithm].items():
        assert oath.Token(person.token.secret, algorithm, 8).code(at=moment) == code
        assert person.login(code, moment) == "totp", moment


# RFC 4226, appendix D.
RFC_4226 = "755224 287082 359152 969429 338314 254676 287922 162583 399871 520489".split()


def test_rfc_4226(world):
    person = Person(world, base64.b32encode(b"1234567890" * 2).decode(), "SHA1", 6, "--hotp")
    for counter, code in enumerate(RFC_4226):
        assert person.token.hotp(counter) == code
        assert person.login(code) == "hotp", counter

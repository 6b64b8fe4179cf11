"""What the enrolment says to a code that is not right, to the letter; codes from oathtool."""

import os
import subprocess
import time

import oath
import pytest
from world import TOOL

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
TOKEN = oath.Token(SECRET)
NOON = 1795262400       # 2026-11-21 12:00 UTC; a step begins
NOW = NOON + 10


def _says(world, *typed, options=()):
    """The complaints about these answers, ten seconds into a step at noon."""
    done = subprocess.run(
        ["faketime", "-f", time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(NOW)), TOOL, "enroll", "alice",
         "--secret", SECRET, "--issuer", "Example", "--config", world.config, *options],
        input="".join(f"{line}\n" for line in typed), capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "TZ": "UTC", "DONT_FAKE_MONOTONIC": "1"})
    # A piped answer ends the question's line.
    lines = [line for line in done.stderr.splitlines() if not line.endswith("): ")]
    return [line.removeprefix("twostep: ") for line in lines][:-2], done


STOPPED = ["stopped before the end; nothing was changed", "start again"]
DIGITS = "type the 6 digits that the app shows"
AHEAD = "it is 12:00 UTC here: set the clock that is wrong; type a new code"
BEHIND = "it is 12:00 UTC here: set the phone if it is behind; type a new code"

CASES = {
    "letters": ("hello", "that is no code", DIGITS),
    "too short": ("12345", "that is no code", DIGITS),
    "eight digits": ("12345678", "that code has 8 digits", DIGITS),
    "two codes": ("123456 654321", "that is two codes", "type the one that the app shows now"),
    "a backup code": ("7K3M-9QXZ", "that looks like a backup code", DIGITS),
    "4 minutes ahead": (TOKEN.code(8, NOW), "the phone's clock is 4 minutes ahead", AHEAD),
    "2 steps ahead": (TOKEN.code(2, NOW), "the phone's clock is 1 minute ahead", AHEAD),
    "10 minutes behind": (TOKEN.code(-20, NOW), "that code was right 10 minutes ago", BEHIND),
    "an hour ahead": (TOKEN.code(120, NOW), "the phone's clock is 1 hour ahead", AHEAD),
    "an hour behind": (TOKEN.code(-120, NOW), "that code was right 1 hour ago", BEHIND),
    "more than is looked for": (TOKEN.code(200, NOW), "that code is wrong; it looks like one of another entry",
                                "type the one that the app shows for Example (alice)"),
    "of another key": (oath.Token("A" * 32).code(0, NOW), "that code is wrong; it looks like one of another entry",
                       "type the one that the app shows for Example (alice)"),
}


@pytest.mark.parametrize("typed, what, hint", CASES.values(), ids=CASES.keys())
def test_it_is_explained(world, typed, what, hint):
    before = world.tree()
    said, done = _says(world, typed)
    assert said == [what, hint] and done.returncode == 65, done.stderr
    assert done.stderr.splitlines()[-2].endswith(STOPPED[0]) and world.tree() == before


def test_the_same_again(world):
    code = TOKEN.code(8, NOW)
    said, _ = _says(world, code, code)
    assert said[2:] == ["that is the same code again", "wait for the next one, in 20 s"]


def test_a_counters(world):
    said, _ = _says(world, TOKEN.hotp(56), options=["--hotp"])
    assert said == ["that is the app's code number 57, too far from the first",
                    "remove the entry from the app, and scan the QR code again"]


def test_enter_alone_shows_the_key_again(world):
    said, done = _says(world, "", "", "")
    assert said == [] and done.stdout.count("type this key") == 3


def test_five_and_no_more(world):
    _, done = _says(world, *["hello"] * 6)
    assert done.returncode == 65
    assert done.stderr.splitlines()[-2:] == [
        "twostep: no right code in 5 tries; nothing was changed",
        "twostep: set the clocks of this machine and of the phone, and start again"]

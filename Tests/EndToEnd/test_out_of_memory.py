"""Memory that runs out may end the process and never lets anybody in (CVE-2025-23013)."""

import subprocess
from collections import Counter

import compiled
import libpam
import pytest
from guestlogins import Everybody


@pytest.fixture
def everybody(make_world):
    return Everybody(make_world(deny=100))


@pytest.fixture(params=["once", "forever"])
def starve(request, everybody, folder):
    """Lets each allocation of a login fail in turn; how often the login answered what, without the first time."""
    program = compiled.program("starved", folder, "pam")

    def starve(service, user, answer, *record):
        done = subprocess.run([program, everybody.confdir, service, user, answer, request.param, *record],
                              capture_output=True, text=True, timeout=120, check=True)
        first, *others = [line.split(" ", 1)[1] for line in done.stdout.splitlines()]
        assert len(others) > 50, "hardly an allocation failed"
        return first, Counter(others)
    return starve


ACCEPTED = f"returned {libpam.SUCCESS}"
REFUSED = f"returned {libpam.AUTH_ERR}"


def test_a_wrong_code_where_the_unenrolled_pass(everybody, starve):
    """The stack says PAM_SUCCESS where our module says PAM_IGNORE; whoever has a record is not to be had so."""
    first, others = starve("lenient", "bob", everybody.bob.token.wrong(), everybody.world.record_of("bob"))
    assert first == REFUSED
    assert ACCEPTED not in others, others


def test_a_used_code_is_not_accepted_again(everybody, starve):
    first, others = starve("site", "alice", everybody.right().answer)
    assert first == ACCEPTED
    assert ACCEPTED not in others, others


def test_absence_is_proven_or_nobody_passes(everybody, starve):
    """With leave to pass, but the store is not there: no failure on the way is taken for absence."""
    first, others = starve("lenient-no-store", "dave", "123456")
    assert first == f"returned {libpam.AUTHINFO_UNAVAIL}"
    assert ACCEPTED not in others, others


def test_who_is_not_enrolled_though_required(everybody, starve):
    first, others = starve("site", "dave", "123456")
    assert first == REFUSED
    assert ACCEPTED not in others, others

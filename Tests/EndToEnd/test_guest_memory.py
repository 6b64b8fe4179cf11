"""Law 4: a process that asks a thousand times, a display manager say, does not grow by it."""

import pytest
from guest import CHANCE, EXACT, Login, installed
from guestlogins import Everybody

TIMES, EARLY = 1000, 100
PAGES = 64      # KiB; the kernel's business


@pytest.fixture
def everybody(make_world):
    return Everybody(make_world(deny=100))


def _thousand(everybody):
    """Rounds of the same twenty kinds, so that two moments can be compared."""
    logins, expected = [], []
    while len(logins) < TIMES:
        kinds = everybody.one_of_each()
        kinds["again"] = (everybody.right(), "PAM_SUCCESS")
        kinds["empty"] = (Login("site", "carol", ""), "PAM_AUTH_ERR")
        kinds["a long name"] = (Login("site", "a" * 255, "12345"), "PAM_AUTH_ERR")
        assert len(kinds) == 20 and EARLY % 20 == 0
        logins += [login for login, _ in kinds.values()]
        expected += [code for _, code in kinds.values()]
    return logins, expected


def _unloaded_each_time():
    return []


def _loaded_all_the_time():
    return [f"loaded={installed()}"]


@pytest.mark.parametrize("options", [_unloaded_each_time, _loaded_all_the_time], ids=lambda make: make.__name__)
def test_a_thousand_authentications(everybody, host, options):
    logins, expected = _thousand(everybody)
    report = host.run(logins, f"memory={EARLY}", *options(), seconds=120, env=EXACT)
    everybody.check(report.codes, expected)
    assert list(report.memory) == list(range(EARLY, TIMES + 1, EARLY))
    heap, resident = zip(*report.memory.values())
    assert heap[-1] <= heap[0] + CHANCE, heap
    assert resident[-1] <= resident[0] + PAGES, resident
    _, mappings = zip(*report.mapped)
    assert mappings[-1] == mappings[EARLY], set(mappings)

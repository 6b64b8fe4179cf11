"""Law 4: nothing is written to a standard stream, also where there is none and a file of ours takes its number."""

import itertools

import pytest
from guestlogins import Everybody


@pytest.fixture
def everybody(make_world):
    return Everybody(make_world(deny=100))


def test_nothing_is_written(everybody, host):
    kinds = everybody.one_of_each()
    report = host.run([login for login, _ in kinds.values()])
    everybody.check(report.codes, [code for _, code in kinds.values()])
    assert (report.out, report.error) == (b"", b"")


def test_where_there_is_none(everybody, host):
    """The module's own files are descriptors 0 to 2 then: whoever printed would print into the record."""
    size = everybody.world.record_of("carol").stat().st_size
    some = [digits for count in (1, 2, 3) for digits in itertools.combinations("012", count)]
    for closed in map("".join, some):
        kinds = everybody.one_of_each()
        report = host.run([login for login, _ in kinds.values()], "state", f"closed={closed}")
        everybody.check(report.codes, [code for _, code in kinds.values()])
        assert report.changes == [], closed
        # Whole still, and read by the next login.
        assert everybody.world.record_of("carol").stat().st_size == size
        assert host.run([everybody.right()]).codes == ["PAM_SUCCESS"], closed
    assert everybody.world.run("status", "carol").returncode == 0

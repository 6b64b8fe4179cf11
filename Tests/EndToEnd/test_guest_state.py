"""Law 4: whatever is answered, the module leaves the process as it found it, and while it asks as well."""

import os
import subprocess

import pytest
from guestlogins import Everybody


@pytest.fixture
def everybody(make_world):
    return Everybody(make_world(deny=100))


@pytest.fixture(scope="module")
def turkish(tmp_path_factory):
    """A locale in which i and I are not each other's capital and small letter, and a comma is in every fraction."""
    place = tmp_path_factory.mktemp("locale")
    subprocess.run(["localedef", "-i", "tr_TR", "-f", "UTF-8", "--no-archive", place / "tr_TR.UTF-8"], check=True)
    return {**os.environ, "LOCPATH": str(place)}


def _watch(everybody, host, *options, env=None):
    """One login of each kind in one process, watched; what changed, and what was there more while it asked."""
    kinds = everybody.one_of_each()
    report = host.run([login for login, _ in kinds.values()], "state", *options, env=env)
    everybody.check(report.codes, [code for _, code in kinds.values()])
    names = list(kinds)
    assert report.codes[names.index("backup code")] == "PAM_SUCCESS"
    named = lambda lines: [(names[int(number)], *what) for number, *what in lines]
    return named(report.changes), named(report.during)


def _only_closing(during):
    """Whether nothing but descriptors that a program started now would not get was there while it asked."""
    return all(name.startswith("descriptor ") and what.startswith("close-on-exec ") for _, name, what in during)


def test_nothing_is_changed(everybody, host):
    changes, during = _watch(everybody, host)
    assert changes == [] and _only_closing(during), (changes, during)


def test_nothing_is_changed_where_nothing_is_as_usual(everybody, host):
    """What a module would set, or set back, to what it takes for normal."""
    changes, during = _watch(everybody, host, "unusual")
    assert changes == [] and _only_closing(during), (changes, during)


@pytest.mark.parametrize("name", ["C.UTF-8", "tr_TR.UTF-8"])
def test_nothing_is_changed_in_another_locale(everybody, host, turkish, name):
    """Nor judged otherwise: the backup code is typed in small letters."""
    changes, during = _watch(everybody, host, f"locale={name}", env=turkish)
    assert changes == [] and _only_closing(during), (changes, during)


def test_nothing_is_open_while_it_asks(everybody, host):
    """No lock across a human: neither record nor store is open then. (Of two handles only the outer one asks.)"""
    _, during = _watch(everybody, host)
    assert during == []

"""Fixtures: users, and for each test a folder of its own on a real disk."""

import itertools
import os
import pwd
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import authlog
import pamstack
import people
import service as running_service
import world as installation
from guest import Host
from neighbour import Neighbour

if os.environ.get("TWOSTEP_SANDBOX") != "1":
    pytest.exit("these tests make users and break files: run them as\n"
                "  scripts/sandbox /usr/bin/python3 -m pytest Tests/EndToEnd", returncode=64)

_serial = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def users():
    """The people every test may use, with the password `people.PASSWORD`."""
    for name in people.EVERYBODY:
        people.add(name)


@pytest.fixture
def folder():
    """An empty folder whose whole path is root's, as the module asks of a store."""
    path = Path("/var/lib/twostep-tests") / str(next(_serial))
    path.mkdir(parents=True, mode=0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def world(folder):
    """A fresh installation with nobody enrolled; everybody must have a second step."""
    return installation.World(folder)


@pytest.fixture
def full_world(folder):
    """The same with ten backup codes, as people have them."""
    return installation.World(folder, backup_codes=10)


@pytest.fixture
def make_world(folder):
    """Makes the fresh installation with settings of the test's choice."""
    def make(**settings):
        return installation.World(folder, **settings)
    return make


@pytest.fixture
def machine():
    """The machine's default installation, fresh, with nobody enrolled."""
    machine = installation.Machine()
    yield machine
    machine.remove()


@pytest.fixture
def alice(machine):
    """Enrolled where the service files look."""
    return machine.enrol("alice")


@pytest.fixture
def neighbour(tmp_path):
    """A module before ours in the stack, or after it."""
    return Neighbour(tmp_path)


@pytest.fixture
def host(everybody, folder):
    """A process in which everybody of a test's own logs in."""
    return Host(folder, everybody.confdir)


@pytest.fixture
def sudoers():
    """alice may do anything by sudo, with one try at her password."""
    rule = Path("/etc/sudoers.d/twostep-tests")
    rule.write_text("alice ALL=(ALL:ALL) ALL\nDefaults:alice lecture=never, passwd_tries=1\n")
    rule.chmod(0o440)
    yield
    rule.unlink()


@pytest.fixture
def service():
    """twostepd, listening under the default configuration."""
    service = running_service.Service()
    yield service
    service.stop()


@pytest.fixture(scope="session", autouse=True)
def everything_through_the_service(users):
    """TWOSTEP_THROUGH_SERVICE=1: each scripted login is made by a program as `su` is one, and the service judges."""
    if os.environ.get("TWOSTEP_THROUGH_SERVICE") != "1":
        yield
        return
    call, become = pamstack.Stack.call, running_service.started_by("dave")

    def called_by_dave(*arguments, before=None, later=0, **options):
        def first():
            if before:
                before()
            become()
        if later:       # the service's clock is this machine's: the program judges itself
            return call(*arguments, before=before, later=later, **options)
        outcome = call(*arguments, before=first, **options)
        own = [line for line in authlog.ours(outcome.log) if "twostepd[" not in line]
        assert all(" argument=" in line or "wrong-stack" in line for line in own), f"the program judged: {own}"
        return outcome
    pamstack.Stack.call = called_by_dave
    started = running_service.Service()
    yield
    assert started.idle() and started.is_alive()
    started.stop()
    pamstack.Stack.call = call


@pytest.fixture
def uid():
    """The numeric id of a user."""
    return lambda name: pwd.getpwnam(name).pw_uid

"""Laws 1 and 6: a login that waits at its prompt while others of the same person come and go takes no harm by them."""

import fcntl
import json
import os

import authlog
import oath
import people
import pytest
from pamstack import CODE_PROMPT, code_for
from sshserver import SshServer

OPTIONS = {"totp": [], "hotp": ["--hotp"], "backup-code": []}


@pytest.fixture(params=OPTIONS)
def kind(request):
    return request.param


@pytest.fixture
def person(full_world, kind):
    return full_world.enrol("alice", *OPTIONS[kind])


@pytest.fixture
def codes(person, kind):
    """Codes of hers that are valid in this order within the next seconds."""
    return _codes_of(person, kind)


@pytest.fixture
def guesses(person):
    near = {person.token.hotp(counter) for counter in range(16)}
    return [code for code in person.token.wrong(20) if code not in near][:2]


def _codes_of(person, kind):
    if kind == "totp":
        oath.steady(seconds=10)
        return [person.token.code(step) for step in (-1, 0, 1)]
    if kind == "hotp":
        return [person.token.hotp(counter) for counter in range(3)]
    return person.backup_codes[:3]


def _login(world, code):
    """A whole login, and how it was decided."""
    outcome = world.login("alice", code, remarks=True)
    return outcome.code, outcome.event.get("reason")


def _while_waiting(world, code, *others):
    """A login that comes to its prompt, stays there for the logins with `others`, and then answers with `code`.

    How the others were decided is checked by the child that waits; the waiting one's outcome is returned.
    """
    def answer():
        for other, expected in others:
            assert _login(world, other) == expected, other
        return code
    mark = authlog.mark()
    outcome = world.stack().authenticate("alice", code_for(answer), remarks=True)
    last = [authlog.event(line) for line in authlog.ours(authlog.since(mark))][-1]
    return outcome.code, last.get("reason")


ACCEPTED = ("PAM_SUCCESS", None)
USED = ("PAM_AUTH_ERR", "already-used")
WRONG = ("PAM_AUTH_ERR", "wrong-code")


def test_both_are_accepted(full_world, codes):
    """Measured on the most used module of this kind: the one that waited was refused."""
    assert _while_waiting(full_world, codes[1], (codes[0], ACCEPTED)) == ACCEPTED
    assert _login(full_world, codes[1]) == USED
    assert _login(full_world, codes[0])[0] == "PAM_AUTH_ERR"


def test_several_come_and_go(full_world, codes):
    assert _while_waiting(full_world, codes[2], (codes[0], ACCEPTED), (codes[1], ACCEPTED)) == ACCEPTED


def test_the_same_code_is_refused_to_the_one_that_waited(full_world, codes):
    assert _while_waiting(full_world, codes[0], (codes[0], ACCEPTED)) == USED
    assert _login(full_world, codes[1]) == ACCEPTED


def test_guesses_meanwhile(full_world, codes, guesses):
    assert _while_waiting(full_world, codes[0], *((code, WRONG) for code in guesses)) == ACCEPTED


def test_the_one_that_waits_guesses(full_world, codes, guesses):
    """A failure is charged to the record as it is by then, and takes nothing back."""
    assert _while_waiting(full_world, guesses[0], (codes[0], ACCEPTED)) == WRONG
    assert json.loads(full_world.twostep("status", "alice", "--json"))["failures"] == 1
    assert _login(full_world, codes[0]) == USED
    assert _login(full_world, codes[1]) == ACCEPTED


@pytest.mark.parametrize("kind", ["totp", "hotp"], indirect=True)
def test_an_older_code_than_the_last_is_refused(full_world, codes):
    """Of an app whose clock or counter went on meanwhile (RFC 6238, section 5.2; RFC 4226, section 7.2)."""
    assert _while_waiting(full_world, codes[0], (codes[1], ACCEPTED))[0] == "PAM_AUTH_ERR"
    assert _login(full_world, codes[2]) == ACCEPTED


def test_nothing_is_locked_meanwhile(full_world, codes):
    def answer():
        for path in (full_world.record_of("alice"), full_world.users, full_world.store, full_world.index):
            descriptor = os.open(path, os.O_RDONLY)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.close(descriptor)
        return codes[0]
    assert full_world.stack().authenticate("alice", code_for(answer), remarks=True).code == "PAM_SUCCESS"


class TestSsh:
    """Two connections to the machine's own sshd, both at the code's prompt, answered one after the other."""

    @pytest.fixture(scope="class")
    def server(self, tmp_path_factory):
        server = SshServer(tmp_path_factory.mktemp("overlapping"))
        yield server
        server.stop()

    @pytest.fixture
    def codes(self, machine, kind):
        return _codes_of(machine.enrol("alice", *OPTIONS[kind]), kind)

    @pytest.mark.parametrize("first, second", [(0, 1), (1, 0)], ids=["who came first", "who came last"])
    def test_both_get_in(self, server, codes, first, second):
        """Whoever answers first: the codes are valid in the order in which they are typed."""
        with server.login("alice") as one, server.login("alice") as other:
            for terminal in (one, other):
                terminal.answer("Password: ", people.PASSWORD).expect(CODE_PROMPT)
            for number, code in zip((first, second), codes):
                terminal = (one, other)[number]
                terminal.type(code)
                assert "in as alice" in terminal.end(), terminal.seen
                assert terminal.status == 0

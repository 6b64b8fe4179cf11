"""Screen lockers: programs of the user's own, which cannot read root's records and ask twostepd."""

from pathlib import Path

import authlog
import lockers
import people
import pytest
import service as running_service
from lockers import I3lock, Xsecurelock

PROJECT = Path(__file__).resolve().parents[2] / "pam.d"


@pytest.fixture
def alice(machine):
    return machine.enrol("alice")


@pytest.fixture
def make_locker():
    """Makes lockers that are stopped, and their screens with them, when the test ends."""
    made = []

    def make(kind, user="alice"):
        made.append(kind(user))
        return made[-1]
    yield make
    for locker in made:
        locker.stop()


@pytest.fixture(params=lockers.ALL, ids=lambda kind: kind.name)
def locker(request, make_locker):
    return make_locker(request.param)


def _said(event):
    return event.get("method") or event["reason"], event["by"]


def test_wrong_used_and_right_codes(locker, service, alice, uid):
    locker.lock()
    event = locker.attempt(alice.token.wrong())
    assert _said(event) == ("wrong-code", "twostepd") and locker.stays_locked()
    code = alice.token.code()
    event = locker.attempt(code)
    assert _said(event) == ("totp", "twostepd") and locker.unlocks()
    assert (event["service"], event["user"], event["caller"]) == (locker.name, "alice", str(uid("alice")))
    locker.lock()
    assert _said(locker.attempt(code)) == ("already-used", "twostepd") and locker.stays_locked()
    assert _said(locker.attempt(alice.backup_codes[0])) == ("backup-code", "twostepd") and locker.unlocks()
    if locker.questions == 2:
        assert "twostep: backup code accepted, 9 left" in locker.shown()


def test_without_the_service(locker, alice):
    """Nobody unlocks, and the log says why; no code is lost by it, and once the service is there it goes on."""
    locker.lock()
    code = alice.token.code()
    event = locker.attempt(code)
    assert _said(event) == ("service-missing", "itself") and event["event"] == "error"
    assert locker.stays_locked()
    service = running_service.Service()
    try:
        assert _said(locker.attempt(code)) == ("totp", "twostepd") and locker.unlocks()
    finally:
        service.stop()


def test_a_service_that_ends_in_between(locker, alice):
    service = running_service.Service()
    locker.lock()
    assert _said(locker.attempt(alice.token.wrong())) == ("wrong-code", "twostepd")
    service.stop()
    assert _said(locker.attempt(alice.token.code()))[1] == "itself" and locker.stays_locked()


@pytest.mark.parametrize("kind", [kind for kind in lockers.ALL if kind.questions == 1], ids=lambda kind: kind.name)
def test_a_wrong_password_with_the_right_code(make_locker, kind, service, alice):
    """The code comes first, and is spent."""
    locker, code = make_locker(kind), alice.token.code()
    locker.lock()
    assert _said(locker.attempt(code, "wrong horse")) == ("totp", "twostepd") and locker.stays_locked()
    assert _said(locker.attempt(code)) == ("already-used", "twostepd") and locker.stays_locked()
    assert _said(locker.attempt(alice.backup_codes[3])) == ("backup-code", "twostepd") and locker.unlocks()


@pytest.mark.parametrize("kind", [kind for kind in lockers.ALL if kind.questions == 1], ids=lambda kind: kind.name)
def test_a_password_alone(make_locker, kind, service, alice):
    locker = make_locker(kind)
    locker.lock()
    assert _said(locker.attempt("")) == ("malformed", "twostepd") and locker.stays_locked()
    assert _said(locker.attempt(alice.token.code())) == ("totp", "twostepd") and locker.unlocks()


def test_after_a_wrong_password_no_code_is_asked(make_locker, service, alice):
    """Where the locker puts questions, the password comes first."""
    locker, mark = make_locker(Xsecurelock), authlog.mark()
    locker.lock()
    locker.type("wrong horse", None)
    event = locker.attempt(alice.token.code())
    assert _said(event) == ("totp", "twostepd") and locker.unlocks()
    assert locker.shown().count("Password: ") == 2 and locker.shown().count("Verification code: ") == 1
    assert len(authlog.ours(authlog.since(mark))) == 1


def _service_file(name, text):
    """Puts another service file in place; call what this gives to have the project's again."""
    path = Path("/etc/pam.d") / name
    before = path.read_bytes()
    path.write_text(text)
    return lambda: path.write_bytes(before)


def test_in_a_transition_the_password_alone(make_locker, machine, alice, service):
    """With nullok, whoever has no second step and need not have one; whoever has one needs it."""
    machine.configure(required="none")
    put_back = _service_file("i3lock", (PROJECT / "i3lock").read_text().replace("forward_pass\n", "forward_pass nullok\n"))
    try:
        locker = make_locker(I3lock, "bob")
        locker.lock()
        assert locker.attempt("", "wrong horse")["event"] == "ignored" and locker.stays_locked()
        assert locker.attempt("")["event"] == "ignored" and locker.unlocks()
        locker = make_locker(I3lock)
        locker.lock()
        assert _said(locker.attempt("")) == ("malformed", "twostepd") and locker.stays_locked()
        assert _said(locker.attempt(alice.token.code())) == ("totp", "twostepd") and locker.unlocks()
    finally:
        put_back()


def test_what_the_files_warn_of(make_locker, machine, alice, service):
    """Debian's own file, once the code is in "login": two questions get the same one answer, so nobody unlocks."""
    put_back = _service_file("i3lock", "auth include login\n")
    try:
        locker = make_locker(I3lock)
        locker.lock()
    finally:
        put_back()      # a locker has read its file when it locks the screen
    mark = authlog.mark()
    locker.type(people.PASSWORD, alice.token.code())        # as a password it is wrong, and no code is asked
    assert _said(locker.attempt("")) == ("malformed", "twostepd") and locker.stays_locked()
    assert len(authlog.ours(authlog.since(mark))) == 1
    locker = make_locker(I3lock)
    locker.lock()
    assert _said(locker.attempt(alice.token.code())) == ("totp", "twostepd") and locker.unlocks()


@pytest.mark.parametrize("name", [kind.name for kind in lockers.ALL])
def test_the_files_tried_here_are_the_projects(name):
    assert (PROJECT / name).read_bytes() == (Path("/etc/pam.d") / name).read_bytes()

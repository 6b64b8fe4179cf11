"""The machine's own sshd and ssh, with the project's pam.d/sshd: what a person sees who logs in."""

import json

import authlog
import people
import pytest
from pamstack import CODE_PROMPT
from sshserver import SshServer

LOGGED_IN = "in as alice"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = SshServer(tmp_path_factory.mktemp("sshd"))
    yield server
    server.stop()


@pytest.fixture
def person(machine):
    return machine.enrol("alice")


def _login(server, code, user="alice", password=people.PASSWORD):
    """One login with password and code; the screen, the exit status, and our lines of log."""
    mark = authlog.mark()
    with server.login(user) as terminal:
        terminal.answer("Password: ", password)
        if code is not None:
            terminal.answer(CODE_PROMPT, code)
        screen = terminal.end()
    lines = authlog.ours(authlog.since(mark))
    return screen, terminal.status, [authlog.event(line) for line in lines]


def test_right_code_then_the_same_again(server, person):
    code = person.token.code()
    screen, status, events = _login(server, code)
    assert status == 0 and LOGGED_IN in screen
    accepted, = events
    assert accepted["event"] == "accepted" and accepted["method"] == "totp"
    assert accepted["service"] == "sshd" and accepted["rhost"] == "127.0.0.1"
    assert accepted["priority"] >> 3 == 10      # authpriv

    screen, status, events = _login(server, code)
    assert status == 255 and LOGGED_IN not in screen and "Permission denied" in screen
    refused, = events
    assert (refused["event"], refused["reason"]) == ("refused", "already-used")


def test_what_is_typed_is_not_shown(server, person):
    code = person.token.code()
    screen, status, _ = _login(server, code)
    assert status == 0
    assert code not in screen and people.PASSWORD not in screen


def test_wrong_code(server, person):
    screen, status, events = _login(server, person.token.wrong())
    assert status == 255 and LOGGED_IN not in screen and "Permission denied" in screen
    assert [event["reason"] for event in events] == ["wrong-code"]


def test_wrong_password_is_never_asked_for_a_code(server, person):
    screen, status, events = _login(server, None, password="wrong horse")
    assert status == 255 and CODE_PROMPT.strip() not in screen
    assert events == []
    # And so it costs the attacker's victim nothing, nor does it tell the code's prompt.
    assert LOGGED_IN in _login(server, person.token.code())[0]


def test_backup_code(server, person):
    screen, status, events = _login(server, person.backup_codes[0])
    assert status == 0 and LOGGED_IN in screen
    assert "twostep: backup code accepted, 9 left" in screen
    assert events[0]["method"] == "backup-code"
    screen, status, events = _login(server, person.backup_codes[0])
    assert status == 255 and LOGGED_IN not in screen and "left" not in screen


def test_somebody_not_enrolled_sees_the_same_and_stays_outside(server, machine):
    screen, status, events = _login(server, "123456", user="bob")
    assert status == 255 and "in as" not in screen
    assert "enrol" not in screen.lower()
    assert [event["reason"] for event in events] == ["not-enrolled"]


def test_somebody_who_does_not_exist(server, machine):
    """The password already fails: sshd answers as for anybody else, and asks for no code."""
    screen, status, _ = _login(server, None, user="nobody-such")
    assert status == 255 and CODE_PROMPT.strip() not in screen


def test_locked(server, person, machine):
    machine.configure(deny=2)
    for code in person.token.wrong(2):
        assert _login(server, code)[1] == 255
    screen, status, events = _login(server, person.token.code())
    assert status == 255 and LOGGED_IN not in screen
    assert [event["reason"] for event in events] == ["locked"]


def test_second_attempt_in_one_connection(server, person):
    """A mistyped code, then password and code again."""
    with server.login("alice", "-o", "NumberOfPasswordPrompts=2") as terminal:
        terminal.answer("Password: ", people.PASSWORD).answer(CODE_PROMPT, person.token.wrong())
        terminal.answer("Password: ", people.PASSWORD).answer(CODE_PROMPT, person.token.code())
        assert LOGGED_IN in terminal.end()
    assert terminal.status == 0


def test_hanging_up_at_the_prompt_charges_nothing(server, person, machine):
    for _ in range(6):
        with server.login("alice") as terminal:
            terminal.answer("Password: ", people.PASSWORD).expect(CODE_PROMPT)
    # ssh may still send an empty answer when its terminal goes: that is no guess either.
    assert json.loads(machine.twostep("status", "alice", "--json"))["failures"] == 0
    assert LOGGED_IN in _login(server, person.token.code())[0]


def test_password_authentication_alone_does_not_get_in(machine, tmp_path):
    """The one-question method: sshd answers the code's prompt with the password itself."""
    person = machine.enrol("alice")
    server = SshServer(tmp_path, "PasswordAuthentication yes")
    try:
        with server.login("alice", "-o", "PreferredAuthentications=password") as terminal:
            terminal.answer("password: ", people.PASSWORD)
            screen = terminal.end()
        assert terminal.status == 255 and LOGGED_IN not in screen
        assert LOGGED_IN in _login(server, person.token.code())[0]
    finally:
        server.stop()

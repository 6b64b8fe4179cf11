"""What somebody reads in OpenSSH who mistypes a code or is closed out, with `explain = yes` and several tries.

sshd shows what a module says together with the next question: whatever helps must be said before that.
"""

from pathlib import Path

import authlog
import people
import pytest
from pamstack import CODE_PROMPT
from sshserver import SshServer

SERVICE = "sshd-remarks"
WRONG = ("twostep: that code is wrong", "twostep: type the code your app shows now")
CLOSED = ("twostep: too many wrong codes; single codes count again in 15 min",
          "twostep: type two codes in a row in one line, 123456 654321, or a backup code")
LOGGED_IN = "in as alice"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = SshServer(tmp_path_factory.mktemp("sshd"), service=SERVICE)
    yield server
    server.stop()


@pytest.fixture
def install(make_world):
    """Makes an installation that the server's service file names."""
    file = Path("/etc/pam.d") / SERVICE

    def install(**settings):
        world = make_world(**settings)
        ours = f"auth required pam_twostep.so config={world.config}\n"
        sound = Path("/etc/pam.d/sshd").read_text()
        changed = sound.replace("auth       required     pam_twostep.so\n", ours)
        assert changed != sound
        file.write_text(changed)
        return world
    yield install
    file.unlink()


def _login(server, *codes):
    """One connection: the password, then the codes, each at its prompt; everything seen, and the decisions."""
    mark = authlog.mark()
    with server.login("alice") as terminal:
        terminal.answer("Password: ", people.PASSWORD)
        for code in codes:
            terminal.answer(CODE_PROMPT, code)
        screen = terminal.end()
    events = [authlog.event(line) for line in authlog.ours(authlog.since(mark))]
    return screen, [event.get("reason", event["event"]) for event in events]


def _in_this_order(screen, *texts):
    places = []
    for text in texts:
        assert text in screen[places[-1] + 1 if places else 0:], f"{text!r} does not come where it should:\n{screen}"
        places.append(screen.index(text, places[-1] + 1 if places else 0))


def test_the_reason_stands_before_the_next_prompt(server, install):
    world = install(explain="yes", tries=2)
    person = world.enrol("alice")
    screen, reasons = _login(server, person.token.wrong(), person.token.code())
    assert reasons == ["wrong-code", "accepted"]
    _in_this_order(screen, CODE_PROMPT, *WRONG, CODE_PROMPT, LOGGED_IN)
    assert screen.count(WRONG[0]) == 1


def test_the_reason_stands_also_where_nothing_more_is_asked(server, install):
    world = install(explain="yes", tries=1)
    person = world.enrol("alice")
    screen, reasons = _login(server, person.token.wrong())
    assert reasons == ["wrong-code"]
    _in_this_order(screen, CODE_PROMPT, *WRONG, "Permission denied")


def test_nothing_is_said_where_nobody_may_know(server, install):
    world = install(explain="no", tries=2, deny=1)
    person = world.enrol("alice")
    screen, reasons = _login(server, person.token.wrong(), person.token.code())
    assert reasons == ["wrong-code", "locked"]
    assert "twostep:" not in screen and screen.count(CODE_PROMPT.strip()) == 2


class TestClosed:
    """The purse is closed: whoever logs in next reads so, and what still works, before they type."""

    @pytest.fixture
    def person(self, install):
        world = install(explain="yes", deny=2)
        person = world.enrol("alice")
        for code in person.token.wrong(2):
            world.login("alice", code, items={"rhost": "192.0.2.9"}, remarks=True)
        return person

    @pytest.fixture
    def at_the_prompt(self, server):
        """A connection up to the code's prompt, and what was seen by then."""
        with server.login("alice") as terminal:
            terminal.answer("Password: ", people.PASSWORD).expect(CODE_PROMPT)
            yield terminal

    def test_said_before_anything_is_typed(self, person, at_the_prompt):
        _in_this_order(at_the_prompt.seen, *CLOSED, CODE_PROMPT)

    def test_two_codes_in_a_row(self, person, at_the_prompt):
        at_the_prompt.type(f"{person.token.code(0)} {person.token.code(1)}")
        assert LOGGED_IN in at_the_prompt.end()

    def test_a_backup_code(self, person, at_the_prompt):
        at_the_prompt.type(person.backup_codes[0])
        assert LOGGED_IN in at_the_prompt.end()

    def test_a_single_code(self, person, at_the_prompt):
        """PAM_MAXTRIES: sshd offers no method any more, and OpenSSH's client, told of none, asks for a password in vain."""
        mark = authlog.mark()
        at_the_prompt.type(person.token.code()).answer("password: ", people.PASSWORD)
        screen = at_the_prompt.end()
        assert LOGGED_IN not in screen and at_the_prompt.status == 255
        assert screen.count(CLOSED[0]) == 2 and screen.count(CODE_PROMPT.strip()) == 1
        refused, = [authlog.event(line) for line in authlog.ours(authlog.since(mark))]
        assert refused["reason"] == "locked"


def test_an_application_that_asks_once(tmp_path, make_world):
    """sshd's one-question method, which answers every prompt with the password: forward_pass is for such."""
    world = make_world()
    person = world.enrol("alice")
    file = Path("/etc/pam.d/sshd-forward")
    file.write_text(f"auth required pam_twostep.so config={world.config} forward_pass\n"
                    "auth required pam_unix.so use_first_pass\n"
                    "account required pam_permit.so\nsession required pam_permit.so\n")
    server = SshServer(tmp_path, "PasswordAuthentication yes", "KbdInteractiveAuthentication no", service=file.name)
    try:
        for password, code, gets_in in ((people.PASSWORD, person.token.wrong(), False),
                                        ("wrong horse", person.token.code(0), False),
                                        (people.PASSWORD, "", False),
                                        (people.PASSWORD, person.token.code(1), True)):
            with server.login("alice") as terminal:
                terminal.answer("password: ", password + code)
                screen = terminal.end()
            assert (LOGGED_IN in screen, terminal.status) == (gets_in, 0 if gets_in else 255), (password, code)
    finally:
        server.stop()
        file.unlink()

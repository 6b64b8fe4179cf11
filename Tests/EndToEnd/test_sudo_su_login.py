"""sudo, su and login on a pseudo-terminal, with the project's own service files: judged by themselves, and by twostepd."""

import authlog
import people
import pytest
import service as running_service
from pamstack import CODE_PROMPT
from switching import SU, SU_LOGIN, SUDO, SUDO_LOGIN, by, events_since
from terminal import Terminal


pytestmark = pytest.mark.usefixtures("sudoers")


@pytest.fixture(autouse=True, params=["themselves", "the service"])
def judged_by(request):
    """Everything is the same whoever judges. What root has started judges itself, also where the service is there."""
    mark = authlog.mark()
    service = running_service.Service() if request.param == "the service" else None
    yield request.param
    for line in authlog.ours(authlog.since(mark)):
        by_service = service is not None and authlog.event(line)["service"] != "login"
        assert (" twostepd[" in line) == by_service == ("caller=" in line), line
    if service:
        service.stop()


@pytest.fixture
def alice(machine):
    machine.configure(backup_codes=3)
    return machine.enrol("alice")


@pytest.fixture
def bob(machine):
    return machine.enrol("bob")


@pytest.fixture(params=[SUDO, SUDO_LOGIN, SU, SU_LOGIN],
                ids=["sudo", "sudo -i", "su", "su -"])
def program(request):
    return request.param


class TestSudoAndSu:
    def test_right_code_then_the_same_again(self, program, alice):
        code = alice.token.code()
        screen, status, events = program.run(code)
        assert status == 0 and program.is_inside(screen), screen
        assert [(event["event"], event["service"]) for event in events] == \
            [("accepted", program.service)]
        screen, status, events = program.run(code)
        assert status != 0 and not program.is_inside(screen)
        assert [event["reason"] for event in events] == ["already-used"]

    def test_wrong_code(self, program, alice):
        screen, status, events = program.run(alice.token.wrong())
        assert status != 0 and not program.is_inside(screen)
        assert [event["reason"] for event in events] == ["wrong-code"]

    def test_wrong_password_is_never_asked_for_a_code(self, program, alice):
        screen, status, events = program.run(None, password="wrong horse")
        assert status != 0 and not program.is_inside(screen)
        assert CODE_PROMPT.strip() not in screen and events == []

    def test_not_enrolled(self, program, machine):
        screen, status, events = program.run("123456")
        assert status != 0 and not program.is_inside(screen)
        assert [event["reason"] for event in events] == ["not-enrolled"]

    def test_backup_code(self, program, alice):
        screen, status, events = program.run(alice.backup_codes[1])
        assert status == 0 and program.is_inside(screen)
        assert events[0]["method"] == "backup-code"
        if program in (SU, SU_LOGIN):       # sudo asks modules to be silent
            assert "twostep: backup code accepted, 2 left" in screen


def test_sudo_asks_for_the_code_of_who_types_it(machine, alice):
    root = machine.enrol("root")
    assert SUDO.run(root.token.code())[1] != 0
    assert SUDO.run(alice.token.code())[1] == 0


def test_sudo_does_not_ask_again_at_once(alice):
    """sudo remembers for a terminal that somebody got in; that is sudo's rule and stays so."""
    command = by("alice", "sh", "-c", "sudo id -un && sudo id -un")
    with Terminal(command) as terminal:
        terminal.answer("assword", people.PASSWORD).answer(CODE_PROMPT, alice.token.code())
        assert terminal.end().splitlines().count("root") == 2


def test_su_asks_for_the_code_of_whom_one_becomes(alice, bob):
    command = by("alice", "su", "bob", "-c", "id -un")
    for token, status in ((alice.token, 1), (bob.token, 0)):
        with Terminal(command) as terminal:
            terminal.answer("Password: ", people.PASSWORD).answer(CODE_PROMPT, token.code())
            terminal.end()
        assert terminal.status == status


def test_root_becomes_anybody_without_being_asked(alice):
    mark = authlog.mark()
    with Terminal(["su", "alice", "-c", "id -un"]) as terminal:
        assert terminal.end().splitlines() == ["alice"]
    assert events_since(mark) == []


class TestLogin:
    """The console's own program."""

    def _login(self, password, code):
        with Terminal(["login"], seconds=30) as terminal:
            terminal.answer("login: ", "alice").answer("Password: ", password)
            if code is not None:
                terminal.answer(CODE_PROMPT, code)
            if terminal.sees("$ ", "Login incorrect") == "$ ":
                terminal.type("id -un; exit").end()
            return terminal.seen

    def test_right_code(self, alice):
        mark = authlog.mark()
        screen = self._login(people.PASSWORD, alice.token.code())
        assert "alice" in screen.splitlines(), screen
        accepted, = events_since(mark)
        assert (accepted["event"], accepted["service"]) == ("accepted", "login")

    def test_wrong_code(self, alice):
        mark = authlog.mark()
        screen = self._login(people.PASSWORD, alice.token.wrong())
        assert "Login incorrect" in screen and "alice" not in screen.splitlines()
        refused, = events_since(mark)
        assert refused["reason"] == "wrong-code"

    def test_wrong_password_is_never_asked_for_a_code(self, alice):
        screen = self._login("wrong horse", None)
        assert "Login incorrect" in screen and CODE_PROMPT.strip() not in screen

    def test_backup_code(self, alice):
        screen = self._login(people.PASSWORD, alice.backup_codes[0])
        assert "twostep: backup code accepted, 2 left" in screen
        assert "alice" in screen.splitlines()

"""Law 4 in the programs that people log in by: sshd, sudo, su and login, traced while they ask for a code."""

import calltrace
import people
import pytest
from pamstack import CODE_PROMPT
from sshserver import SshServer
from switching import SU, SUDO
from terminal import Terminal

pytestmark = pytest.mark.usefixtures("sudoers")


def _look(folder):
    """In the one process in which our module locked and wrote a record it did nothing that is not a guest's."""
    at_work = [calls for calls in calltrace.read(folder) if calltrace.is_at_work(calls)]
    assert len(at_work) == 1, "the module was not seen at its work, or in more than one process"
    for calls in calltrace.read(folder):
        assert calltrace.misdeeds(calls) == []
    # What the module leaves alone its host does, and the trace shows it.
    assert any(call.name in calltrace.FORBIDDEN for call in at_work[0] if not call.ours)


@pytest.mark.parametrize("program", [SUDO, SU], ids=["sudo", "su"])
def test_in_sudo_and_su(program, alice, folder):
    with Terminal(calltrace.under(folder, program.command), seconds=40) as terminal:
        terminal.answer("assword", people.PASSWORD).answer(CODE_PROMPT, alice.token.code())
        assert program.is_inside(terminal.end())
    _look(folder)


def test_in_login(alice, folder):
    with Terminal(calltrace.under(folder, ["login"]), seconds=40) as terminal:
        terminal.answer("login: ", "alice").answer("Password: ", people.PASSWORD)
        terminal.answer(CODE_PROMPT, alice.token.code()).expect("$ ").type("id -un; exit")
        assert "alice" in terminal.end().splitlines()
    _look(folder)


def test_in_sshd(alice, folder, tmp_path):
    server = SshServer(tmp_path)
    try:
        with calltrace.attached(server.pid, folder):
            with server.login("alice") as terminal:
                terminal.answer("Password: ", people.PASSWORD).answer(CODE_PROMPT, alice.token.code())
                assert "in as alice" in terminal.end()
        _look(folder)
    finally:
        server.stop()

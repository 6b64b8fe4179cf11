"""The project's service files: the code comes after the right password, and only then."""

from pathlib import Path

import people
import pytest
from pamstack import CODE_PROMPT, PASSWORD_PROMPT, Stack
from script import Ask

FILES = ("sshd", "sudo", "sudo-i", "su", "login")
PROJECT = Path(__file__).resolve().parents[2] / "pam.d"


@pytest.fixture
def person(machine):
    machine.configure(backup_codes=1)
    return machine.enrol("alice")


def _ask(password, code=None):
    script = [Ask(PASSWORD_PROMPT, password)]
    return script + [Ask(CODE_PROMPT, code)] if code is not None else script


@pytest.fixture(params=FILES)
def service(request):
    """The installed file itself, as a driver that is not root for pam_rootok."""
    return Stack(Path("/etc/pam.d"), request.param)


def _not_root(service):
    """su spares root every question: its own file, without that line."""
    if service.service != "su":
        return service
    lines = (service.confdir / "su").read_text().splitlines(keepends=True)
    changed = [line for line in lines if not line.startswith("auth       sufficient pam_rootok.so")]
    assert len(changed) == len(lines) - 1
    (service.confdir / "su-asked").write_text("".join(changed))
    return Stack(service.confdir, "su-asked")


def test_the_files_tried_here_are_the_projects(service):
    assert (PROJECT / service.service).read_bytes() == \
        (service.confdir / service.service).read_bytes()


def test_right_password_and_code(service, person):
    outcome = _not_root(service).authenticate(
        "alice", _ask(people.PASSWORD, person.token.code), clean=False)
    assert outcome.code == "PAM_SUCCESS"


def test_right_password_and_wrong_code(service, person):
    outcome = _not_root(service).authenticate(
        "alice", _ask(people.PASSWORD, person.token.wrong()), clean=False)
    assert outcome.code == "PAM_AUTH_ERR"


def test_after_a_wrong_password_no_code_is_asked(service, person):
    outcome = _not_root(service).authenticate("alice", _ask("wrong horse"), clean=False)
    assert outcome.code == "PAM_AUTH_ERR"
    assert outcome.events == []


def test_the_whole_way_in_and_out(service, person):
    calls = ["authenticate", "acct_mgmt", "setcred", "open_session", "close_session"]
    outcome = _not_root(service).call(calls, "alice", _ask(people.PASSWORD, person.token.code),
                                      flags=2, clean=False, remarks=True,
                                      items={"tty": "/dev/pts/9"})
    assert outcome.codes == ["PAM_SUCCESS"] * 5


def test_root_is_not_asked_by_su(machine):
    outcome = Stack(Path("/etc/pam.d"), "su").authenticate("alice", [], clean=False)
    assert outcome.code == "PAM_SUCCESS"


@pytest.mark.parametrize("name", FILES)
def test_what_the_files_warn_of(machine, person, name, folder):
    """With substack instead of include, the code is asked after a wrong password."""
    text = (PROJECT / name).read_text()
    spoilt = text.replace("@include common-auth\n", "auth substack common-auth\n")
    assert spoilt != text
    stack = Stack(Path("/etc/pam.d"), "spoilt")
    (stack.confdir / "spoilt").write_text(spoilt.replace("auth       sufficient pam_rootok.so", "#"))
    outcome = stack.authenticate("alice", _ask("wrong horse", person.token.wrong()), clean=False)
    assert outcome.code == "PAM_AUTH_ERR"

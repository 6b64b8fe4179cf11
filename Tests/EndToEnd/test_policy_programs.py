"""Policy where programs and the service meet it: exempt networks over real ssh, and who passes by twostepd's word."""

import datetime
import subprocess
import sys
from pathlib import Path

import authlog
import people
import pytest
from pamstack import CODE_PROMPT, code_for
from script import Told
from service import as_user, started_by
from sshserver import SshServer
from switching import events_since

TOMORROW = str(datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=1))
REMINDER = [f"twostep: set up your second step by {TOMORROW}; later you are refused",
            "twostep: run twostep enroll, or ask your administrator"]
PERMIT = ["auth required pam_permit.so"]


@pytest.fixture
def lenient():
    """A service like sshd whose file says nullok."""
    file = Path("/etc/pam.d/sshd-lenient")
    file.write_text(Path("/etc/pam.d/sshd").read_text().replace("pam_twostep.so", "pam_twostep.so nullok"))
    yield file.name
    file.unlink()


@pytest.fixture
def make_server(tmp_path):
    servers = []

    def make(service="sshd"):
        servers.append(SshServer(tmp_path, "ListenAddress [::1]:PORT", service=service))
        return servers[-1]
    yield make
    for server in servers:
        server.stop()


def _ssh(server, user, code, address):
    """One login by ssh to this address of the machine, where nothing but `code` is asked; the screen and the decision."""
    mark = authlog.mark()
    with server.login(user, "-o", f"HostName={address}", "-o", f"HostKeyAlias=[127.0.0.1]:{server.port}") as terminal:
        terminal.answer("Password: ", people.PASSWORD)
        if code is not None:
            terminal.answer(CODE_PROMPT, code)
        screen = terminal.end()
    event, = events_since(mark)
    assert (terminal.status == 0) == (f"in as {user}" in screen) == (event["event"] in ("accepted", "ignored"))
    return screen, event


@pytest.mark.parametrize("exempt, inside, outside", [
    ("net:127.0.0.0/8", "127.0.0.1", "::1"), ("net:::1", "::1", "127.0.0.1")])
def test_exempt_networks_over_ssh(machine, alice, make_server, exempt, inside, outside):
    machine.configure(exempt=exempt)
    server = make_server()
    _, event = _ssh(server, "alice", None, inside)
    assert (event["reason"], event["rule"], event["rhost"]) == ("exempt", exempt, inside)
    _, event = _ssh(server, "alice", "x", outside)
    assert (event["reason"], event["rhost"]) == ("malformed", outside)


def test_the_reminder_is_seen_over_ssh(machine, make_server, lenient):
    machine.configure(enroll_by=TOMORROW)
    screen, event = _ssh(make_server(lenient), "bob", None, "127.0.0.1")
    assert event["reason"] == "enroll-by"
    assert all(line in screen.splitlines() for line in REMINDER), screen


def _ask_as(user, **hello):
    """What the service says to a program of this user's own: verdict, questions, remarks."""
    program = ("import peer\n"
               f"verdict, client = peer.login(peer.Hello({user.encode()!r}, **{hello!r}), 'x')\n"
               "print(verdict, len(client.asked), [text for _, text in client.told], sep='|')")
    done = subprocess.run([sys.executable, "-c", program], preexec_fn=as_user(user), capture_output=True, text=True,
                          env={"PYTHONPATH": str(Path(__file__).parent)}, check=True)
    return done.stdout.rstrip("\n").split("|")


def test_an_exempt_service_passes_where_the_service_judges(machine, alice, service):
    machine.configure(exempt="service:i3lock")
    mark = authlog.mark()
    assert _ask_as("alice", service=b"i3lock") == ["passed", "0", "[]"]
    assert _ask_as("alice", service=b"swaylock") == ["refused", "1", "[]"]
    assert _ask_as("alice", service=b"i3lock", arguments=[b"required"]) == ["refused", "1", "[]"]
    assert [event["reason"] for event in events_since(mark)] == ["exempt", "malformed", "malformed"]


def test_the_reminder_comes_through_the_service(machine, service):
    machine.configure(enroll_by=TOMORROW)
    assert _ask_as("bob", service=b"i3lock", arguments=[b"nullok"]) == ["passed", "0", str(REMINDER)]
    assert _ask_as("bob", service=b"i3lock") == ["refused", "1", "[]"]
    stack = machine.stack("nullok", after=PERMIT)
    for become in (as_user("bob"), started_by("bob")):
        outcome = stack.authenticate("bob", [Told(line) for line in REMINDER], before=become)
        assert outcome.code == "PAM_SUCCESS" and outcome.event["reason"] == "enroll-by"
    machine.configure(enroll_by="no")
    assert stack.authenticate("bob", code_for("x"), before=as_user("bob")).code == "PAM_AUTH_ERR"

"""The service as a service manager starts it, and the units in systemd/ that tell systemd how."""

import re
import subprocess

import authlog
import pamjob
import peer
import people
import pytest
import service as running_service
from pamstack import CODE_PROMPT
from service import as_user, started_by
from terminal import Terminal
from units import PROJECT, Unit, complaints, exposure

UNIT, SOCKET = PROJECT / "systemd/twostepd@.service", PROJECT / "systemd/twostepd.socket"
# What systemd-analyze says at most, of 10; docs/pam.md has the figure.
EXPOSURE = 0.9
# What the unit takes away, as far as it can be taken without systemd.
CONFINED = ["prlimit", "--nofile=64", "--core=0", "setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all",
            "--no-new-privs", "--securebits=+noroot,+noroot_locked"]


def _system_calls(group):
    """What a group of systemd's stands for."""
    said = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True).stdout
    found = set()
    for word in (line.strip() for line in said.splitlines()[1:]):
        if word and not word.startswith("#"):
            found |= _system_calls(word) if word.startswith("@") else {word}
    return found


def _allowed():
    """The system calls that the unit leaves, in the order in which its lines say so."""
    allowed = _system_calls("@default")
    for line in Unit(UNIT).all("Service", "SystemCallFilter"):
        calls = set()
        for word in line.lstrip("~").split():
            calls |= _system_calls(word) if word.startswith("@") else {word}
        allowed = allowed - calls if line.startswith("~") else allowed | calls
    return allowed


class TestUnits:
    def test_how_exposed_it_is(self):
        assert exposure(UNIT) <= EXPOSURE

    def test_systemd_understands_every_line(self):
        assert complaints(SOCKET) == []

    def test_it_is_what_the_documents_say(self):
        socket, unit = Unit(SOCKET)["Socket"], Unit(UNIT)["Service"]
        assert socket["ListenStream"] == str(running_service.SOCKET) and socket["Accept"] == "yes"
        # Whoever floods it must not have it given up: sudo and su would judge themselves.
        assert socket["TriggerLimitIntervalSec"] == "0"
        assert f"`MaxConnections={socket['MaxConnections']}`" in (PROJECT / "docs/protocol.md").read_text()
        assert (unit["StandardInput"], unit["StandardOutput"]) == ("socket", "null")

    def test_every_system_call_of_a_login_is_allowed(self, world, tmp_path):
        """From the program's start to its end, also for whoever is refused, locked or unknown."""
        trace = tmp_path / "trace"
        alice = world.enrol("alice")
        calls = set()
        service = running_service.Activated(
            "--config", world.config, before=["strace", "-qq", "-y", "-s", "200", "-A", "-o", trace])
        try:
            for name, code in (("alice", alice.token.wrong()), ("alice", alice.backup_codes[0]), ("alice", alice.token.code()),
                               ("nobody", "123456")):
                world.login(name, code, before=started_by("dave"), remarks=True)
            assert service.idle()
        finally:
            service.stop()
        for line in trace.read_text(errors="replace").splitlines():
            if match := re.match(r"(\w+)\((.*)\) = (?!-)", line):
                calls.add(match[1])
                if match[1] == "openat" and re.search("O_WRONLY|O_RDWR|O_CREAT", match[2]):
                    opened = re.search(r"= \d+<(.*)>", line)[1]
                    assert opened.startswith((str(world.store), "/run/twostep/")), line
        assert {"fdatasync", "landlock_restrict_self", "capset", "recvfrom"} <= calls
        assert calls <= _allowed(), calls - _allowed()
        assert not {"mount", "setuid", "fchown", "ptrace", "add_key", "bpf"} & _allowed()


class TestActivated:
    """Logins through a socket that a service manager listens at: a process each, which has nothing but its connection."""

    @pytest.fixture
    def alice(self, machine):
        return machine.enrol("alice")

    @pytest.fixture(params=[(), CONFINED], ids=["as it is", "confined"])
    def activated(self, machine, request):
        service = running_service.Activated(before=request.param)
        yield service
        assert service.idle() and service.is_alive()
        service.stop()

    def test_logins(self, machine, alice, activated, uid):
        code = alice.token.code()
        for said, given, name in (("PAM_AUTH_ERR", alice.token.wrong(), None), ("PAM_SUCCESS", code, None),
                                  ("PAM_AUTH_ERR", code, "alice"), ("PAM_SUCCESS", alice.token.code(1), "alice")):
            before = as_user(name) if name else started_by("dave")
            outcome = machine.login("alice", given, before=before)
            assert outcome.code == said and " twostepd[" in outcome.log[-1], outcome.log
            assert outcome.event["caller"] == str(uid(name or "dave"))

    def test_su_of_an_ordinary_user(self, machine, alice, activated, uid):
        mark = authlog.mark()
        command = ["setpriv", "--reuid=dave", "--regid=dave", "--init-groups", "--reset-env", "su", "alice", "-c", "id -un"]
        for code, status in ((alice.token.wrong(), 1), (alice.token.code(), 0)):
            with Terminal(command) as terminal:
                terminal.answer("Password: ", people.PASSWORD).answer(CODE_PROMPT, code).end()
            assert terminal.status == status, terminal.seen
        assert [authlog.event(line)["caller"] for line in authlog.ours(authlog.since(mark))] == [str(uid("dave"))] * 2

    def test_places_are_counted_without_a_listener_of_ours(self, machine, alice, activated):
        """Each process counts for itself."""
        held = []

        def flood():
            as_user("dave")()
            for _ in range(40):
                client = peer.Client()
                client.socket.sendall(peer.Hello(b"dave").frame())
                held.append(client)
            asked = 0
            for client in held:
                try:
                    asked += client.receive()[0] == peer.SECRET_PROMPT
                except (EOFError, ConnectionError):
                    pass
            return {"asked": asked}
        assert pamjob.in_child(flood, 30) == {"asked": 16}
        assert machine.login("alice", alice.token.code(), before=started_by("carol")).code == "PAM_SUCCESS"


def test_the_manual_has_every_option():
    """What is in --help is in the page, and the other way round."""
    help_text = subprocess.run([running_service.PROGRAM, "--help"], capture_output=True, text=True, check=True).stdout
    shown = set(re.findall(r"--([a-z-]+)", help_text.split("OPTIONS:")[1])) - {"help", "version"}
    page = (PROJECT / "man/twostepd.8").read_text()
    synopsis, described = page.split(".Sh DESCRIPTION")
    assert set(re.findall(r"Fl -([a-z-]+)", synopsis)) == shown
    assert set(re.findall(r"\.It Fl -([a-z-]+)", described)) == shown

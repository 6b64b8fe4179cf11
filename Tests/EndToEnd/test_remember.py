"""`remember`: a code is enough for a while, for the same user, service, source and session; and all that ends it."""

import contextlib
import ctypes
import datetime
import os
import subprocess
import sys
import time
from pathlib import Path

import authlog
import pamstack
import peer
import people
import pytest
import tool
from pamstack import CODE_PROMPT
from service import as_user
from sshserver import SshServer
from switching import by, events_since
from terminal import Terminal

HOUR = 3600
FROM = {"rhost": "192.0.2.7", "tty": "ssh"}
SLOT = 4096
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
LOGGED_IN = "in as alice"


@contextlib.contextmanager
def uptime(ahead):
    """The clock that counts from the boot is `ahead` seconds further, for processes that begin meanwhile: a time
    namespace of the kernel's."""
    new_time, libc = 0x80, ctypes.CDLL(None, use_errno=True)
    own = os.open("/proc/self/ns/time", os.O_RDONLY)
    assert libc.unshare(new_time) == 0, os.strerror(ctypes.get_errno())
    Path("/proc/self/timens_offsets").write_text(f"boottime {ahead} 0\n")
    yield
    assert libc.setns(own, new_time) == 0, os.strerror(ctypes.get_errno())
    os.close(own)


@contextlib.contextmanager
def another_boot(folder):
    file = folder / "boot_id"
    file.write_text("01234567-89ab-4cde-8f01-23456789abcd\n")
    file.chmod(0o444)
    subprocess.run(["mount", "--bind", file, BOOT_ID], check=True)
    yield
    subprocess.run(["umount", BOOT_ID], check=True)


@pytest.fixture
def world(make_world):
    return make_world(remember="1h")


@pytest.fixture
def person(world):
    """Who has given a code from there."""
    person = world.enrol("alice")
    outcome = world.login("alice", person.token.code(), items=FROM)
    assert outcome.code == "PAM_SUCCESS" and outcome.event["method"] == "totp"
    return person


def _remembered(world, user="alice", *arguments, items=FROM):
    """One login at which nothing may be asked."""
    outcome = world.stack(*arguments).authenticate(user, [], items=items)
    assert outcome.code == "PAM_SUCCESS" and outcome.event["event"] == "accepted"
    assert outcome.event["method"] == "remembered" and outcome.event["user"] == user
    return True


def _asked(world, user="alice", *arguments, items=FROM, stack=None):
    """One login at which the code is asked for; what is typed is none, and costs nothing."""
    stack = stack or world.stack(*arguments)
    outcome = stack.authenticate(user, pamstack.code_for("x"), items=items)
    assert outcome.code == "PAM_AUTH_ERR"
    return outcome.event["reason"] == "malformed"


def test_again_and_again_and_nothing_is_written(world, person):
    before = world.tree()
    for _ in range(3):
        assert _remembered(world)
    assert world.tree() == before


def test_whoever_else_comes_from_elsewhere_or_otherwise_is_asked(world, person):
    bob = world.enrol("bob")
    assert _asked(world, items={"rhost": "192.0.2.8", "tty": "ssh"})
    assert _asked(world, items={"rhost": "client.example.org"}) and _asked(world, items={"tty": "tty1"})
    assert _asked(world, "bob")
    other = pamstack.Stack(world.folder / "pam.d", "scripted-too").write(
        f"auth required pam_twostep.so config={world.config}")
    assert _asked(world, stack=other)
    assert _asked(world, "alice", "required") and _asked(world, "alice", "debug", "required")
    for setting in (None, "no"):
        world.configure(remember=setting)
        assert _asked(world)
    world.configure(remember="1h")
    assert _remembered(world)
    # A refusal is not remembered for anybody either.
    assert _asked(world, "bob")
    assert world.login("bob", bob.token.code(), items=FROM).event["method"] == "totp"
    assert _remembered(world, "bob") and _remembered(world)


def test_status_says_how_many_and_until_when(world, person):
    """Counted from the code by the clock that nobody can set; not where the site remembers none."""
    status = tool.status(world)
    until = datetime.datetime.fromisoformat(status["rememberedUntil"]).timestamp()
    assert status["rememberedLogins"] == 1 and abs(until - time.time() - HOUR) < 30
    shown = f"logins that need no code for a while: 1, until {status['rememberedUntil']} at the latest"
    assert shown[:-30] in world.twostep("status", "alice")
    assert world.login("alice", person.token.code(1), items={"rhost": "192.0.2.8"}).event["method"] == "totp"
    assert tool.status(world)["rememberedLogins"] == 2
    with uptime(HOUR):
        status = tool.status(world)
        assert status["rememberedLogins"] == 0 and "rememberedUntil" not in status
    world.configure(remember="no")
    assert "rememberedLogins" not in tool.status(world)
    assert "need no code" not in world.twostep("status", "alice")
    world.configure(remember="1h")
    world.twostep("unlock", "alice")
    assert tool.status(world)["rememberedLogins"] == 0
    assert "logins that need no code for a while: 0\n" in world.twostep("status", "alice")


def test_the_whole_address_counts(world):
    person = world.enrol("alice")
    assert world.login("alice", person.token.code(), items={"rhost": "2001:db8::7"}).code == "PAM_SUCCESS"
    assert _remembered(world, items={"rhost": "2001:db8::7"})
    assert _asked(world, items={"rhost": "2001:db8::8"})


def test_the_console_is_nobody_in_particular(world):
    person = world.enrol("alice")
    assert world.login("alice", person.token.code(), items={"tty": "tty1"}).code == "PAM_SUCCESS"
    assert _asked(world, items={"tty": "tty1"})


def test_time_and_a_reboot_end_it(world, person, folder):
    with uptime(HOUR - 30):
        assert _remembered(world)
    with uptime(HOUR):
        assert _asked(world)
    with another_boot(folder):
        assert _asked(world)
    # The times counted from the code all along.
    with uptime(HOUR - 30):
        assert _remembered(world)
    assert _remembered(world)


@pytest.mark.parametrize("command", [
    ["unlock", "alice"], ["token", "rename", "alice", "app", "phone"], ["key", "rotate"]], ids=lambda words: words[0])
def test_a_change_ends_it(world, person, command):
    world.twostep(*command)
    assert _asked(world)


def test_a_backup_code_is_as_good(world):
    person = world.enrol("alice")
    assert world.login("alice", person.backup_codes[0], items=FROM, remarks=True).event["method"] == "backup-code"
    assert _remembered(world)


def test_a_damaged_slot_ends_it(world, person):
    record = world.record_of("alice")
    whole = record.read_bytes()
    for slot in (1, 2):
        data = bytearray(whole)
        data[slot * SLOT + 60] ^= 4
        record.write_bytes(data)
        outcome = world.stack().authenticate("alice", pamstack.code_for("x"), items=FROM)
        assert outcome.code == "PAM_AUTH_ERR" and any("slot-damaged" in line for line in outcome.log)
        # Mended, and nothing of it is left.
        assert _asked(world)


def test_root_is_asked_each_time(world):
    root = world.enrol("root")
    assert world.login("root", root.token.code(), items=FROM).code == "PAM_SUCCESS"
    assert _asked(world, "root")


def test_the_record_is_as_the_document_says(world, person, uid):
    done = subprocess.run(
        [sys.executable, Path(__file__).parents[1] / "Format" / "read_record.py", "--key", world.key, "--store",
         world.store, "--user", "alice", "--uid", str(uid("alice"))], capture_output=True, text=True, check=True)
    assert '"remembered": [' in done.stdout and '"mark"' in done.stdout


class TestPrograms:
    """The machine's own sshd, sudo and su, with the project's service files."""

    @pytest.fixture(autouse=True)
    def settings(self, machine):
        machine.configure(remember="1h")

    @staticmethod
    def _ssh(server, code, *options):
        mark = authlog.mark()
        with server.login("alice", *options) as terminal:
            terminal.answer("Password: ", people.PASSWORD)
            if code is not None:
                terminal.answer(CODE_PROMPT, code)
            screen = terminal.end()
        assert (terminal.status == 0) == (LOGGED_IN in screen)
        return terminal.status == 0 and [event["method"] for event in events_since(mark)]

    def test_ssh(self, machine, alice, tmp_path):
        server = SshServer(tmp_path)
        try:
            assert self._ssh(server, alice.token.code()) == ["totp"]
            assert self._ssh(server, None) == ["remembered"]
            assert self._is_asked(server, "-o", "BindAddress=127.0.0.2")
            machine.twostep("unlock", "alice")
            assert self._is_asked(server)
        finally:
            server.stop()

    @staticmethod
    def _is_asked(server, *options):
        with server.login("alice", *options) as terminal:
            terminal.answer("Password: ", people.PASSWORD)
            return terminal.sees_or_ends(CODE_PROMPT)

    @staticmethod
    def _becomes(terminal, code):
        """One run of sudo or su in a shell that is there; whether somebody else answers."""
        terminal.answer("assword", people.PASSWORD)
        if code is not None:
            terminal.answer(CODE_PROMPT, code)
        return terminal.sees("in as ", "rror", "ailure", "orry", "incorrect") == "in as "

    @pytest.mark.usefixtures("sudoers")
    @pytest.mark.parametrize("starter, command, is_served", [
        ("alice", "sudo -k sh -c 'echo in as root'", False), ("alice", "sudo -k sh -c 'echo in as root'", True),
        ("carol", "su alice -c 'echo in as alice'", True)], ids=["sudo", "sudo, by the service", "su, by the service"])
    def test_in_one_session(self, request, alice, starter, command, is_served):
        if is_served:
            request.getfixturevalue("service")
        mark = authlog.mark()
        shell = by(starter, "bash", "--norc", "-i")
        with Terminal(shell) as one, Terminal(shell) as other:
            for terminal in (one, other):
                terminal.type("stty -echo; PS1=").expect("stty")
            assert self._becomes(one.type(command), alice.token.code())
            assert self._becomes(one.type(command), None)
            # Another session of the same user, at the same time.
            other.type(command).answer("assword", people.PASSWORD).expect(CODE_PROMPT)
            assert self._becomes(one.type(command), None)
            events = events_since(mark)
            # And one in the first one's terminal.
            one.type("script -qec \"" + command + "\" /dev/null").answer("assword", people.PASSWORD).expect(CODE_PROMPT)
        assert [event.get("method", event.get("reason")) for event in events] == ["totp", "remembered", "remembered"]

    @pytest.mark.usefixtures("service", "alice")
    def test_root_by_su(self, machine):
        subprocess.run(["chpasswd", "--crypt-method", "SHA512", "--sha-rounds", "1000"],
                       input=f"root:{people.PASSWORD}\n", text=True, check=True)
        root = machine.enrol("root")
        with Terminal(by("alice", "bash", "--norc", "-i")) as terminal:
            terminal.type("stty -echo; PS1=").expect("stty")
            assert self._becomes(terminal.type("su -c 'echo in as root'"), root.token.code())
            terminal.type("su -c 'echo in as root'").answer("assword", people.PASSWORD).expect(CODE_PROMPT)

    def test_who_the_service_believes(self, alice, service):
        """A program of root's says which session it is; anybody else could claim another's."""
        hello = peer.Hello(b"alice", 1000, session=b"boot 1 2")
        assert peer.login(hello, alice.token.code())[0] == "accepted"
        assert peer.login(hello)[0] == "accepted"
        for other in (b"", b"boot 1 3", b"boot"):
            assert peer.login(peer.Hello(b"alice", 1000, session=other), "x")[0] == "refused"
        assert peer.login(peer.Hello(b"alice", 1001, session=b"boot 1 2"), "x")[0] == "refused"

    def test_a_program_that_is_not_roots_is_asked_each_time(self, machine, alice, service, uid):
        claimed = peer.Hello(b"alice", uid("alice"), session=b"boot 1 2")
        assert peer.login(claimed, alice.token.code())[0] == "accepted"
        program = ("import peer; h = peer.Hello(b'alice', session=b'boot 1 2');"
                   "v, c = peer.login(h, 'x'); print(v, len(c.asked))")
        done = subprocess.run([sys.executable, "-c", program], preexec_fn=as_user("alice"), capture_output=True, text=True,
                              env={"PYTHONPATH": str(Path(__file__).parent)}, check=True)
        assert done.stdout.split() == ["refused", "1"]

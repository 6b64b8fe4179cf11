"""Who may ask the service about whom: the kernel says who a caller is, whatever the caller says."""

import array
import os
import socket
import subprocess
import sys
from pathlib import Path

import authlog
import pamjob
import peer
import pytest
import service as running_service
import tool
from neighbour import Neighbour
from pamstack import code_for
from script import Ask, Told
from service import as_user

HERE = os.path.dirname(__file__)


@pytest.fixture
def world(make_world):
    return make_world(tries=2, backup_codes=2)


@pytest.fixture
def alice(world):
    return world.enrol("alice")


@pytest.fixture(autouse=True)
def service(world):
    """Listening under this test's configuration, which is what ordinary callers are judged by."""
    service = running_service.Service("--config", world.config)
    yield service
    assert service.idle() and service.is_alive()
    service.stop()


def _as(name, work):
    """What `work` gives in a process of this user's."""
    def run():
        as_user(name)()
        return {"given": work()}
    report = pamjob.in_child(run, 30)
    assert "given" in report, report
    return report["given"]


def _ask(hello, *answers):
    """One login; verdict and what was asked."""
    verdict, client = peer.login(hello, *answers)
    return [verdict, len(client.asked)]


def _events(mark):
    return [authlog.event(line) for line in authlog.ours(authlog.since(mark))]


class TestOrdinaryProgram:
    """A screen locker: it runs as its user, who is judged."""

    def test_right_wrong_and_used(self, world, alice, uid):
        code = alice.token.code()
        for answers, said in (((alice.token.wrong(), code), "PAM_SUCCESS"), ((code, "x"), "PAM_AUTH_ERR")):
            script = [*code_for(answers[0]), *code_for(answers[1])]
            outcome = world.stack().authenticate("alice", script, before=as_user("alice"))
            assert outcome.code == said
            assert {event["caller"] for event in outcome.events} == {str(uid("alice"))}
        assert [event["reason"] for event in outcome.events] == ["already-used", "malformed"]

    def test_backup_code_and_pair(self, world, alice):
        script = [*code_for(alice.backup_codes[0]), Told("twostep: backup code accepted, 1 left"),
                  Told("twostep: ask your administrator for new backup codes")]
        assert world.stack().authenticate("alice", script, before=as_user("alice")).code == "PAM_SUCCESS"
        pair = f"{alice.token.code(0)} {alice.token.code(1)}"
        assert world.login("alice", pair, before=as_user("alice")).event["method"] == "totp-pair"

    def test_one_that_asks_once(self, world, alice, folder):
        """Password and code in one field; the module after ours gets the password."""
        script = [Ask("Password and verification code: ", "correct horse" + alice.token.code())]
        place = folder / "neighbour"
        place.mkdir()
        place.chmod(0o777)
        neighbour = Neighbour(place)
        stack = world.stack("forward_pass", after=[neighbour.noting()])
        assert stack.authenticate("alice", script, before=as_user("alice"), clean=False).code == "PAM_SUCCESS"
        assert neighbour.noted == b"correct horse"

    def test_whoever_has_no_record(self, world, alice):
        permit = ["auth required pam_permit.so"]
        for required, arguments, said in (("all", ["nullok"], "PAM_AUTH_ERR"), ("none", [], "PAM_AUTH_ERR"),
                                          ("none", ["nullok"], "PAM_SUCCESS"), ("none", ["required"], "PAM_AUTH_ERR")):
            world.configure(required=required)
            script = [] if said == "PAM_SUCCESS" else [*code_for("123456"), *code_for("123456")]
            stack = world.stack(*arguments, after=permit)
            assert stack.authenticate("bob", script, before=as_user("bob")).code == said

    def test_the_lock_is_the_users_own(self, world, alice, uid):
        """What they get wrong counts for them as a source; whoever comes from elsewhere is not refused for it."""
        world.configure(deny=2, tries=1)
        assert world.login("alice", alice.token.code(), before=as_user("alice")).code == "PAM_SUCCESS"
        for code in alice.token.wrong(2):
            assert world.login("alice", code, before=as_user("alice")).event["reason"] == "wrong-code"
        assert world.login("alice", alice.token.code(1), before=as_user("alice")).event["reason"] == "locked"
        assert world.login("alice", alice.token.code(1), items={"rhost": "192.0.2.7"}).code == "PAM_SUCCESS"
        sources = tool.record(world)["throttle"]["sources"]
        assert ("uid", uid("alice")) in [(source["kind"], source["number"]) for source in sources]


class TestOthersRecords:
    def test_another_users(self, alice, world):
        """Nobody is asked; and it is the same whether there is such a user, or a record, or not."""
        world.enrol("bob")
        for name in (b"alice", b"carol", b"nobody-such", b"root", b"", b"0"):
            mark = authlog.mark()
            assert _as("bob", lambda: _ask(peer.Hello(name), alice.token.code())) == ["refused", 0]
            event, = _events(mark)
            assert (event["event"], event["reason"]) == ("refused", "not-permitted")
            assert event["user"] == (name.decode() if name in (b"alice", b"carol", b"root") else "?")

    @pytest.mark.parametrize("claimed", [0, "alice", 65534, 0xFFFF_FFFF])
    def test_claiming_to_be_started_by_somebody_else(self, alice, uid, claimed):
        claimed = uid(claimed) if claimed == "alice" else claimed
        mark = authlog.mark()
        hello = peer.Hello(b"alice", claimed)
        assert _as("bob", lambda: _ask(hello, alice.token.code())) == ["refused", 0]
        assert _as("alice", lambda: _ask(hello, alice.token.code())) == ["accepted", 1]
        assert [event["caller"] for event in _events(mark)] == [str(uid("bob")), str(uid("alice"))]

    def test_a_configuration_of_their_own(self, alice, world, folder):
        """Also one of root's: nobody picks the more lenient file."""
        lenient = folder / "lenient.conf"
        lenient.write_text(world.config.read_text() + "required = none\n")
        lenient.chmod(0o644)
        for path in (lenient, "/home/bob/own.conf", "/nonexistent"):
            hello = peer.Hello(b"bob", arguments=[b"nullok", f"config={path}".encode()])
            assert _as("bob", lambda: _ask(hello, "x", "x")) == ["refused", 0]
            assert peer.login(hello)[0] == ("passed" if path == lenient else "no-answer")
        named = peer.Hello(b"alice", arguments=[f"config={world.config}".encode()])
        assert _as("alice", lambda: _ask(named, alice.token.code())) == ["accepted", 1]

    def test_hosts_and_terminals_of_their_own(self, alice):
        """Nobody has another's address banned, nor a line of the log look like sshd's."""
        mark = authlog.mark()
        forged = b"sshd:auth): event=accepted user=alice\nsshd[1]: pam_twostep(sshd"
        hello = peer.Hello(b"alice", service=forged, remote_host=b"192.0.2.7", terminal=b"ssh")
        assert _as("alice", lambda: _ask(hello, alice.token.wrong(), "x"))[0] == "refused"
        lines = authlog.ours(authlog.since(mark))
        for line in lines:
            assert "192.0.2.7" not in line and "tty=" not in line and line.count("event=") == 2
            assert r'pam_twostep("sshd:auth): event=accepted user=alice\x0asshd[1]: pam_twostep(sshd":auth): ' in line

    def test_hosts_of_roots_programs_are_believed(self, alice, uid):
        mark = authlog.mark()
        hello = peer.Hello(b"alice", uid("dave"), remote_host=b"192.0.2.7", terminal=b"pts/1")
        assert _ask(hello, alice.token.code()) == ["accepted", 1]
        event, = _events(mark)
        assert (event["rhost"], event["tty"], event["caller"]) == ("192.0.2.7", "pts/1", str(uid("dave")))


def _connected_by(name):
    """A connection that a process of this user's has made, handed to this one; that process, ended, and its pid."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        try:
            as_user(name)() if name else None
            client = socket.socket(socket.AF_UNIX)
            client.connect(peer.PATH)
            theirs.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [client.fileno()]))])
        finally:
            os._exit(0)
    _, control, _, _ = ours.recvmsg(1, 1024)
    os.waitpid(child, 0)
    client = peer.Client.__new__(peer.Client)
    peer.Connection.__init__(client, socket.socket(fileno=array.array("i", control[0][2])[0]))
    client.asked, client.told, client.left = [], [], []
    return client, child


def _give_up_to(name, client, hello, *answers):
    """The login on `client`, made by a process of this user's."""
    return _as(name, lambda: [client.login(hello, *answers), len(client.asked)])


class TestHandedOn:
    def test_a_users_connection_in_another_users_hands(self, alice, world):
        world.enrol("bob")
        client, _ = _connected_by("bob")
        assert _give_up_to("alice", client, peer.Hello(b"alice"), alice.token.code()) == ["refused", 0]
        client, _ = _connected_by("alice")
        assert _give_up_to("bob", client, peer.Hello(b"alice"), alice.token.code()) == ["accepted", 1]

    def test_a_users_connection_in_roots_hands(self, alice):
        client, _ = _connected_by("bob")
        assert client.login(peer.Hello(b"alice"), alice.token.code()) == "refused"

    def test_roots_connection_in_a_users_hands_is_roots_decision(self, alice):
        client, _ = _connected_by(None)
        assert _give_up_to("bob", client, peer.Hello(b"alice"), alice.token.code()) == ["accepted", 1]

    def test_a_process_id_that_is_used_again(self, alice):
        """A process of root's has the pid of the one that connected. Nothing rests on a pid."""
        client, pid = _connected_by("bob")
        for _ in range(100):
            Path("/proc/sys/kernel/ns_last_pid").write_text(str(pid - 1))
            reader, writer = os.pipe()
            child = os.fork()
            if child == 0:
                if os.getpid() == pid:
                    os.write(writer, client.login(peer.Hello(b"alice"), alice.token.code()).encode())
                os._exit(0)
            os.close(writer)
            said = os.read(reader, 100).decode()
            os.close(reader)
            os.waitpid(child, 0)
            if child == pid:
                assert said == "refused"
                return
        pytest.fail("the pid never came again")


class TestNamespace:
    """Root in a user namespace of one's own is nobody but oneself outside."""

    @pytest.mark.parametrize("options", [
        ["--user", "--map-root-user"], ["--user"], ["--user", "--map-root-user", "--pid", "--fork"]], ids=" ".join)
    def test_root_of_ones_own(self, alice, options):
        program = ("import sys; sys.path.insert(0, sys.argv[1]); import peer, os; print(os.geteuid())\n"
                   "for name in (b'alice', b'bob'):\n"
                   "    verdict, client = peer.login(peer.Hello(name, 0), sys.argv[2], 'x'); print(verdict, len(client.asked))")
        for name, said in (("bob", ["refused", "0", "refused", "2"]), ("alice", ["accepted", "1", "refused", "0"])):
            done = subprocess.run(
                ["setpriv", f"--reuid={name}", f"--regid={name}", "--clear-groups", "unshare", *options, sys.executable,
                 "-c", program, HERE, alice.token.code()], capture_output=True, text=True, timeout=30, check=True)
            assert done.stdout.split() == ["0" if "--map-root-user" in options else "65534", *said]

"""The module as a client of the service: what it says, and what it makes of anything that it is told."""

import os
import subprocess
import time

import authlog
import compiled
import libpam
import peer
import pytest
from fakeservice import FakeService, saying
from neighbour import Neighbour
from pamstack import code_for
from script import Ask, FAILS, Told
from service import SOCKET, as_user, started_by

QUESTION = b"How now? "
ASKED = code_for("123456")      # as usual, where nothing has been asked yet
ACCEPTED = (peer.VERDICT, b"\1")
UNAVAILABLE = ["twostep: the second step cannot be checked just now", "twostep: tell your administrator"]


@pytest.fixture
def person(world):
    return world.enrol("alice")


@pytest.fixture
def su(world, person):
    """An authentication in a program that dave has started, whose effective uid is root's."""
    def su(script=(), *arguments, **options):
        return world.stack(*arguments).authenticate("alice", list(script), before=started_by("dave"), **options)
    return su


def _failed(outcome, cause):
    """Refused, with the service's failure in the log."""
    event = outcome.event
    return (outcome.code, event["event"], event["reason"], event.get("cause")) == \
        ("PAM_AUTHINFO_UNAVAIL", "error", "service-failed", cause) and event["user"] == "alice"


class TestHello:
    def test_of_a_setuid_program(self, world, su, uid):
        with FakeService(saying(ACCEPTED)) as fake:
            assert su(items={"rhost": "192.0.2.7", "tty": "pts/9"}).code == "PAM_SUCCESS"
            assert su([], "nullok", "prompt=x", flags=libpam.SILENT).code == "PAM_SUCCESS"
        config = f"config={world.config}".encode()
        assert fake.hellos == [
            peer.Hello(b"alice", uid("dave"), 0, b"scripted", b"192.0.2.7", b"pts/9", [config]),
            peer.Hello(b"alice", uid("dave"), 1, b"scripted", b"", b"", [config, b"nullok", b"prompt=x"])]

    def test_of_an_ordinary_program(self, world, person, uid):
        with FakeService(saying(ACCEPTED)) as fake:
            assert world.stack().authenticate("alice", [], before=as_user("alice")).code == "PAM_SUCCESS"
        assert fake.hellos[0].real_uid == uid("alice")

    def test_a_name_longer_than_a_hello_takes(self, world, person):
        with FakeService(saying(ACCEPTED)) as fake:
            for size, sent in ((1023, 1023), (1024, 1024), (5000, 1024)):
                outcome = world.stack().authenticate("x" * size, [], before=started_by("dave"))
                assert outcome.code == "PAM_SUCCESS" and fake.hellos[-1].user == b"x" * sent

    def test_bad_arguments_are_not_even_sent(self, su):
        with FakeService(saying(ACCEPTED)) as fake:
            assert su([], "nulok").code == "PAM_SERVICE_ERR"
        assert fake.connections == 0

    def test_root_asks_nobody(self, world, person):
        """The fast path depends on no service, and believes none."""
        with FakeService(saying(ACCEPTED)) as fake:
            assert world.login("alice", person.token.wrong()).code == "PAM_AUTH_ERR"
            assert world.login("alice", person.token.code).code == "PAM_SUCCESS"
        assert fake.connections == 0


class TestVerdict:
    CODES = {1: "PAM_SUCCESS", 2: "PAM_AUTH_ERR", 3: "PAM_MAXTRIES", 5: "PAM_AUTHINFO_UNAVAIL", 6: "PAM_CONV_ERR",
             7: "PAM_SERVICE_ERR"}

    def test_each(self, su):
        for value, code in self.CODES.items():
            with FakeService(saying((peer.VERDICT, bytes([value])))):
                outcome = su()
            assert (outcome.code, outcome.events) == (code, [])

    def test_passed(self, world):
        with FakeService(saying((peer.VERDICT, b"\4"))):
            for after, code in (((), "PAM_PERM_DENIED"), (["auth required pam_permit.so"], "PAM_SUCCESS")):
                stack = world.stack(after=after)
                assert stack.authenticate("alice", [], before=started_by("dave")).code == code

    def test_another_version(self, su):
        with FakeService(saying((peer.VERDICT, b"\10"))):
            assert _failed(su(), "other-version")

    @pytest.mark.parametrize("value", [0, 9, 255])
    def test_none_of_these(self, su, value):
        with FakeService(saying((peer.VERDICT, bytes([value])))):
            assert _failed(su(), "malformed")


class TestDialogue:
    def test_questions_remarks_and_answers(self, su):
        speak = saying((peer.INFO, b"\0hello"), (peer.SECRET_PROMPT, QUESTION), (peer.INFO, b"\1oh"),
                       (peer.PROMPT, QUESTION), (peer.PROMPT, b"?"), ACCEPTED)
        with FakeService(speak):
            assert su([Told("hello"), Ask(QUESTION.decode(), "seven"), Told("oh", libpam.ERROR_MSG),
                       Ask(QUESTION.decode(), "", libpam.PROMPT_ECHO_ON),
                       Ask("?", b"\xff" * 600, libpam.PROMPT_ECHO_ON)]).code == "PAM_SUCCESS"
        assert speak.answers == [(peer.ANSWER, b"seven"), (peer.ANSWER, b""), (peer.ANSWER, b"\xff" * 513)]

    def test_whoever_has_no_answer_says_so(self, su):
        speak = saying((peer.SECRET_PROMPT, QUESTION), (peer.FIRST_PASS, b""), (peer.VERDICT, b"\6"))
        with FakeService(speak):
            assert su([Ask(QUESTION.decode(), FAILS)]).code == "PAM_CONV_ERR"
        assert speak.answers == [(peer.NO_ANSWER, b"")] * 2

    def test_passwords_of_the_modules_beside_it(self, world, person, tmp_path):
        neighbour = Neighbour(tmp_path)
        stack = world.stack(before=[neighbour.giving("correct horse")], after=[neighbour.noting()])
        speak = saying((peer.FIRST_PASS, b""), (peer.LEAVE, b"battery staple"), ACCEPTED)
        with FakeService(speak):
            assert stack.authenticate("alice", [], before=started_by("dave"), clean=False).code == "PAM_SUCCESS"
        assert speak.answers == [(peer.ANSWER, b"correct horse"), (peer.ANSWER, b"")]
        assert neighbour.noted == b"battery staple"


class TestNoVerdict:
    """Whatever else comes, nobody is let in, and the log says what it was. The person is asked, one way or the other."""

    def test_an_end_before_anything_was_said_is_tried_again(self, su):
        """So it is for whoever finds no place; nothing has been asked."""
        started = time.monotonic()
        with FakeService(lambda connection: None) as fake:
            assert _failed(su(ASKED), "ended")
        assert 4 < time.monotonic() - started < 8 and 7 < fake.connections < 11

    def test_the_place_that_comes_free(self, su):
        def speak(connection):
            if fake.connections > 3:
                connection.send(*ACCEPTED)
        with FakeService(speak) as fake:
            assert su().code == "PAM_SUCCESS"
        assert fake.connections == 4

    @pytest.mark.parametrize("frames, script", [
        ([(peer.INFO, b"\0hello")], [Told("hello")]),
        ([(peer.SECRET_PROMPT, QUESTION)], [Ask(QUESTION.decode(), "seven")]),
        ([(peer.FIRST_PASS, b"")], []),
        ([(peer.LEAVE, b"")], [])], ids=["told", "asked", "first pass", "left"])
    def test_an_end_in_the_middle_is_the_end(self, world, su, frames, script):
        """Also for what the person is told, where the site wants that."""
        with FakeService(saying(*frames)) as fake:
            assert _failed(su(script), "ended")
            world.configure(explain="yes")
            assert _failed(su(script + [Told(line, libpam.ERROR_MSG) for line in UNAVAILABLE]), "ended")
        assert fake.connections == 2

    @pytest.mark.parametrize("sent", [
        peer.frame(peer.HELLO, peer.Hello(b"alice").payload()), peer.frame(peer.ANSWER), peer.frame(peer.NO_ANSWER),
        peer.frame(0), peer.frame(10), peer.frame(255, b"x"), peer.frame(peer.VERDICT), peer.frame(peer.VERDICT, b"\1\1"),
        peer.frame(peer.INFO), peer.frame(peer.INFO, b"\2x"), peer.frame(peer.PROMPT), peer.frame(peer.PROMPT, b"x" * 1025),
        peer.frame(peer.FIRST_PASS, b"\1"), b"HTTP/1.1 200 OK\r\n\r\n", b"\xff" * 100, b"PAM_SUCCESS"],
        ids=lambda sent: sent[:4].hex())
    def test_what_is_no_frame_of_the_services(self, su, sent):
        """A verdict behind it counts for nothing. The person is asked where no frame has come, be it the other side's."""
        is_a_frame = sent[0] in (peer.HELLO, peer.ANSWER, peer.NO_ANSWER) or sent == peer.frame(peer.INFO, b"\2x")
        def speak(connection):
            connection.socket.sendall(sent + peer.frame(*ACCEPTED))
            time.sleep(0.2)
        with FakeService(speak) as fake:
            assert _failed(su([] if is_a_frame else ASKED), "malformed")
        assert fake.connections == 1

    def test_half_a_frame(self, su):
        """Its header has come, so the rest is not waited for as long as for a look into the store."""
        def speak(connection):
            connection.socket.sendall(peer.frame(*ACCEPTED)[:3])
            connection.socket.recv(1)
        with FakeService(speak):
            outcome = su(ASKED)
        assert _failed(outcome, "too-slow") and 4 < outcome.seconds < 10

    def test_silence(self, su):
        with FakeService(lambda connection: connection.socket.recv(1)):
            outcome = su(ASKED, limit=70)
        assert _failed(outcome, "too-slow") and 44 < outcome.seconds < 55

    def test_a_service_that_is_only_talk(self, su):
        """Remarks without end are shown, and end with the connection."""
        with FakeService(saying(*[(peer.INFO, b"\0blah")] * 1000)):
            outcome = su(remarks=True)
        assert _failed(outcome, "ended") and len(outcome.remarks) == 1000


class TestNoService:
    def test_a_setuid_program_judges_itself(self, world, su, person):
        assert not SOCKET.exists()
        assert su(code_for(person.token.wrong())).event["reason"] == "wrong-code"
        outcome = su(code_for(person.token.code))
        assert outcome.code == "PAM_SUCCESS" and "caller" not in outcome.event

    def test_an_ordinary_program_cannot(self, world, person):
        for code in (person.token.code(), person.token.wrong()):
            outcome = world.login("alice", code, before=as_user("alice"))
            assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTHINFO_UNAVAIL", "service-missing")

    def test_a_socket_that_an_ended_service_left(self, su, person):
        with FakeService(None):
            subprocess.run(["cp", "-a", SOCKET, "/run/left"], check=True)
        os.rename("/run/left", SOCKET)
        assert su(code_for(person.token.code)).code == "PAM_SUCCESS"
        SOCKET.unlink()

    def test_a_service_that_takes_nobody(self, su, person):
        """Its queue is full: each waits its turn, and not for ever. Nobody judges themselves instead."""
        with FakeService(None, backlog=0):
            held = [peer.Client()]
            for code in (person.token.code(), person.token.wrong()):
                outcome = su(code_for(code))
                assert _failed(outcome, "EAGAIN") and 4 < outcome.seconds < 8
            held[0].socket.close()

    @pytest.mark.parametrize("code", ["code", "wrong"])
    def test_a_service_that_is_not_roots(self, su, person, uid, code):
        """Somebody got hold of the place; what they say counts for nothing."""
        SOCKET.parent.mkdir(exist_ok=True)
        os.chown(SOCKET.parent, uid("bob"), -1)
        program = ("import sys; sys.path.insert(0, sys.argv[1]); from fakeservice import *; "
                   f"fake = FakeService(saying({ACCEPTED})); print('up', flush=True); sys.stdin.read()")
        done = subprocess.Popen(["setpriv", "--reuid=bob", "--regid=bob", "--clear-groups", "/usr/bin/python3", "-c", program,
                                 os.path.dirname(__file__)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            assert done.stdout.readline() == b"up\n"
            assert _failed(su(code_for(getattr(person.token, code)())), "EACCES")
        finally:
            done.communicate()
            os.chown(SOCKET.parent, 0, -1)
            SOCKET.unlink()


def test_who_started_a_program_that_became_root_since(world, person, service, uid):
    """Such a program is stopped at its terminal and limited like any other that a user has started."""
    program = compiled.program("becomes_root", world.folder, "pam")
    os.chown(program, 0, 0)
    os.chmod(program, 0o4755)
    stack, mark = world.stack(), authlog.mark()
    for code, status in ((person.token.wrong(), libpam.AUTH_ERR), (person.token.code(), libpam.SUCCESS)):
        done = subprocess.run(["setpriv", "--reuid=dave", "--regid=dave", "--clear-groups", program, stack.confdir,
                               stack.service, "alice", code], check=False)
        assert done.returncode == status
    lines = authlog.ours(authlog.since(mark))
    assert [authlog.event(line).get("caller") for line in lines] == [str(uid("dave"))] * 2
    assert all(" twostepd[" in line for line in lines)

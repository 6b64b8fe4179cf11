"""Commands of owners whose client lies, stops in the middle, or loses its service; and what the service may do."""

import os
import re
import signal
import struct
from pathlib import Path

import authlog
import oath
import owner
import pamjob
import peer
import people
import pytest
import tool
from ownersite import OwnerSite
from service import as_user
from tool import SENTENCE

WORDS = {
    "enroll": ["enroll", "--"],
    "regenerate": ["backup-codes", "--regenerate", "--"],
    "add": ["token", "add", "--label=new", "--"],
    "key": ["token", "add", "--ssh-key=KEY", "--json", "--"],
    "remove": ["token", "remove", "--", "alice", "tablet"],
    "rename": ["token", "rename", "--", "alice", "tablet", "slate"],
    "resync": ["token", "resync", "--", "alice", "app"],
    "disable": ["disable", "--"],
}
# How many questions there are.
QUESTIONS = {"enroll": 3, "regenerate": 3, "add": 3, "key": 2, "remove": 2, "rename": 1, "resync": 3, "disable": 2}


@pytest.fixture(scope="module")
def site():
    site = OwnerSite("tablet", backup_codes=6)
    yield site
    site.stop()


@pytest.fixture
def world(site):
    return site.filled()


@pytest.fixture(autouse=True)
def service(site, world):
    yield site.service
    assert site.service.idle() and site.service.is_alive()


@pytest.fixture
def alice(site):
    return site.alice


def _as(name, work):
    """What `work` gives in a process of this user's."""
    def run():
        as_user(name)()
        return {"given": work()}
    report = pamjob.in_child(run, 60)
    assert "given" in report, report
    return report["given"]


def _words(name):
    return [word.replace("KEY", tool.security_key()) for word in WORDS[name]]


def _answer(client, name, number, person, turn):
    """The right answer to the question with this number; a backup code of its own for each turn, which takes no waiting."""
    if number == 0:
        return people.PASSWORD
    if name == "resync":
        return person.token.code(8 + number)
    said = client.asked[-1]
    if said.startswith("Verification code"):
        return person.backup_codes[turn]
    if "the app shows now" in said:
        return tool.token_on(client.out).code()
    return SENTENCE


def _what_counts(world, user):
    """What lets the user in: not what a code that was typed has used up."""
    if not tool.status(world, user)["enrolled"]:
        return None
    record = tool.record(world, user)
    volatile = ("floor", "lastUsed", "drift", "lean")
    return ([{name: value for name, value in token.items() if name not in volatile} for token in record["tokens"]],
            [code["hash"] for code in record["backupCodes"]], record["securityKeys"], record["created"])


def _user(name):
    return "bob" if name == "enroll" else "alice"


class TestGone:
    """Whoever goes away at a question leaves everything as it was, and the next attempt works."""

    @pytest.mark.parametrize("name", WORDS)
    def test_the_client_at_each_question(self, name, world, alice, service):
        before = _what_counts(world, _user(name))

        def play(stop):
            with peer.Owner(peer.command(*_words(name))) as client:
                for number in range(stop + 1):
                    kind, said = client.next()
                    if kind == "ended":
                        return [number, said, client.err]
                    if number < stop:
                        client.answer(_answer(client, name, number, alice, stop))
                    elif number % 2:            # in the middle of an answer
                        client.socket.sendall(struct.pack(">BH", peer.ANSWER, 6) + b"123")
            return [stop, None, ""]
        for stop in range(QUESTIONS[name]):
            assert _as(_user(name), lambda stop=stop: play(stop)) == [stop, None, ""]
            assert service.idle() and _what_counts(world, _user(name)) == before, f"gone at question {stop}"
        ended = _as(_user(name), lambda: play(QUESTIONS[name]))
        assert ended == [QUESTIONS[name], 0, ended[2]], ended
        assert _what_counts(world, _user(name)) != before or name == "resync"

    @pytest.mark.parametrize("name", WORDS)
    def test_the_service_at_each_question(self, name, world, alice, service):
        before = _what_counts(world, _user(name))
        words = [word for word in _words(name) if word != "--"]
        for stop in range(QUESTIONS[name]):
            with owner.at_terminal(_user(name), *words, password=None) as terminal:
                for number in range(stop + 1):
                    terminal.expect(_question(name, number))
                    if number < stop:
                        terminal.type(_typed(terminal, name, number, alice, stop))
                pid, = service.connections()
                os.kill(pid, signal.SIGKILL)
                # The client hears of it when it has an answer.
                screen = terminal.type("123456").end()
            assert terminal.status == tool.EX_UNAVAILABLE and "the service did not finish (ended)" in screen, screen
            assert _what_counts(world, _user(name)) == before, f"killed at question {stop}"


def _question(name, number):
    if number == 0:
        return "Password: "
    if name == "resync":
        return ("First code: ", "The code after it: ")[number - 1]
    if name == "enroll":
        return (tool.CODE_QUESTION, tool.SENTENCE_QUESTION)[number - 1]
    return (owner.CODE_PROMPT, tool.CODE_QUESTION if name == "add" else tool.SENTENCE_QUESTION)[number - 1]


def _typed(terminal, name, number, person, turn):
    if number == 0:
        return people.PASSWORD
    if name == "resync":
        return person.token.code(8 + number)
    if name == "enroll":
        return tool.token_on(terminal.seen).code()
    return person.backup_codes[turn]


class TestLies:
    def _play(self, name, first, *answers):
        """Status, questions and what stood on standard error; the status None where there was no verdict."""
        def work():
            with peer.Owner(first) as client:
                try:
                    status = client.finish(*answers)
                except (EOFError, ConnectionError):
                    status = None
                return [status, client.asked, client.err]
        return _as(name, work)

    @pytest.mark.parametrize("answer", [None, "", "x"], ids=["no answer", "empty", "wrong"])
    @pytest.mark.parametrize("name", WORDS)
    def test_no_password_no_more_questions(self, name, answer, world, alice):
        before = _what_counts(world, _user(name))
        status, asked, _ = self._play(_user(name), peer.command(*_words(name)), answer, *["123456"] * 5)
        assert asked == ["Password: "] and status in (1, 65)
        assert _what_counts(world, _user(name)) == before

    def test_answers_before_the_questions(self, world, alice):
        """They are taken for answers; a wrong password ends it whatever lies behind it."""
        behind = b"".join(peer.frame(peer.ANSWER, text.encode()) for text in ("wrong", people.PASSWORD, alice.token.code()))
        status, asked, _ = self._play("alice", peer.command(*WORDS["disable"]) + behind)
        assert (status, asked) == (1, ["Password: "]) and tool.status(world)["enrolled"]

    @pytest.mark.parametrize("frame", [
        peer.frame(peer.VERDICT, b"\0"), peer.frame(peer.COMMAND, b"x"), peer.command("disable", "--"),
        peer.Hello(b"alice").frame(), peer.frame(peer.OUTPUT, b"\1x"), peer.frame(peer.ANSWER, b"x" * 514),
        peer.frame(200, b"x"), peer.frame(peer.NO_ANSWER, b"x"), b"\xff" * 40],
        ids=["verdict", "command", "replayed", "hello", "output", "long answer", "no type", "long no-answer", "garbage"])
    def test_what_is_no_answer(self, frame, world, alice):
        before = world.tree()
        mark = authlog.mark()

        def work():
            with peer.Owner(peer.command(*WORDS["disable"])) as client:
                client.next()
                client.socket.sendall(frame)
                try:
                    return client.finish(people.PASSWORD, alice.token.code())
                except (EOFError, ConnectionError):
                    return "nothing"
        assert _as("alice", work) == "nothing"
        assert world.tree() == before
        log = "\n".join(authlog.since(mark))
        assert "event=error reason=protocol cause=malformed" in log and "disabled" not in log

    @pytest.mark.parametrize("first", [
        peer.frame(peer.COMMAND, b""), peer.frame(peer.COMMAND, b"\0"), peer.frame(peer.COMMAND, b"\0\1\0"),
        peer.frame(peer.COMMAND, b"\0\1\1\0\5abc"), peer.command(*["x"] * 17), peer.command(b"\xff"),
        peer.command(b"a\0b"), peer.command("x" * 1025)],
        ids=range(8))
    def test_what_is_no_command(self, first, world, alice):
        assert self._play("alice", first)[:2] == [None, []]

    def test_another_version(self, alice):
        assert self._play("alice", peer.command("status", "--", version=2))[0] == 8

    @pytest.mark.parametrize("words", [
        ["disable", "--override", "--reason=x", "--"], ["enroll", "--provision", "--"], ["list", "--"],
        ["unlock", "--", "alice"], ["status", "--config=/etc/shadow", "--"], ["enroll", "--secret=" + "A" * 32, "--"],
        ["token", "add", "--ssh-key-file=/etc/shadow", "--"], ["token", "add", "--ssh-key-file=/etc/hostname", "--"],
        ["--help"], ["disable"]], ids=" ".join)
    def test_what_owners_may_not_ask(self, words, world, alice):
        """Files that are named are not opened: one answer, whatever is in them."""
        before = world.tree()
        status, asked, told = self._play("alice", peer.command(*words), people.PASSWORD, alice.token.code())
        assert status in (64, 77) and asked == [] and "lines" not in told and "cannot be read" not in told, told
        assert world.tree() == before

    def test_of_somebody_else(self, world, alice):
        before = world.tree()
        for words in (["status", "--", "alice"], ["disable", "--", "alice"], ["token", "remove", "--", "alice", "tablet"]):
            status, asked, told = self._play("bob", peer.command(*words), people.PASSWORD, alice.token.code())
            assert (status, asked) == (77, []) and "for yourself only" in told
        assert world.tree() == before

    def test_root_has_no_owner(self, alice):
        """Root does what it wants done itself."""
        with peer.Owner(peer.command("status", "--", "alice")) as client, pytest.raises((EOFError, ConnectionError)):
            client.finish()

    def test_one_code_for_two_commands_at_once(self, world, alice):
        """One wins. To the other the code is used, or the record vanishes while it is looked at."""
        oath.steady()

        def work():
            code = alice.token.code()
            clients = [peer.Owner(peer.command(*WORDS["disable"])) for _ in range(2)]
            for client in clients:
                client.next()
                client.answer(people.PASSWORD)
            for client in clients:
                assert client.next()[1] == owner.CODE_PROMPT
            for client in clients:
                client.answer(code)
            return sorted(client.finish("1", "2") for client in clients)
        first, second = _as("alice", work)
        assert first == 0 and second in (1, 67, 69, 74)

    def test_a_password_does_not_carry_over(self, world, alice):
        assert self._play("alice", peer.command(*WORDS["rename"]), people.PASSWORD)[0] == 0
        assert self._play("alice", peer.command(*WORDS["disable"]), alice.token.code())[:2] == [1, ["Password: "]]


class TestConfined:
    """What the process that serves a command may do, as the kernel sees it."""

    def _state(self, service):
        pid, = service.connections()
        text = Path(f"/proc/{pid}/status").read_text()
        return {name: re.search(rf"^{name}:\s*(\S+)$", text, re.MULTILINE)[1]
                for name in ("CapEff", "CapPrm", "CapBnd", "NoNewPrivs", "Seccomp", "Seccomp_filters")}

    @pytest.mark.parametrize("words,user,filters", [
        (["token", "add"], "alice", (1, 3)), (["enroll"], "bob", (1, 2))], ids=["token add", "enroll"])
    def test_less_after_the_password(self, words, user, filters, world, alice, service):
        with owner.at_terminal(user, *words, password=None) as terminal:
            states = []
            for question in ("Password: ", owner.CODE_PROMPT if user == "alice" else tool.CODE_QUESTION):
                terminal.expect(question)
                states.append(self._state(service))
                terminal.type(people.PASSWORD)
        for state in states:
            assert {state[name] for name in ("CapEff", "CapPrm")} == {"0" * 16}
            assert (state["NoNewPrivs"], state["Seccomp"]) == ("1", "2")
        more = [int(state["Seccomp_filters"]) - int(states[0]["Seccomp_filters"]) for state in states]
        assert more == [0, filters[1] - filters[0]]

"""Laws 2 and 3: where the record cannot be written, right and wrong get one answer, and nobody learns by it."""

import contextlib
import json
import resource
import signal
import subprocess
import time
from dataclasses import dataclass

import authlog
import killing
import libpam
import oath
import people
import pytest
from injecting import Injecting
from pamstack import CODE_PROMPT
from script import Ask, Told
from terminal import Terminal

SLOTS_END = 12288       # docs/file-format.md: how large a record file is
UNAVAILABLE = [Told("twostep: the second step cannot be checked just now", libpam.ERROR_MSG),
               Told("twostep: tell your administrator", libpam.ERROR_MSG)]


@contextlib.contextmanager
def _attribute(letter, path):
    """An attribute of the file system's own, which stops root too."""
    subprocess.run(["chattr", f"+{letter}", path], check=True)
    try:
        yield
    finally:
        subprocess.run(["chattr", f"-{letter}", path], check=True)


@contextlib.contextmanager
def _read_only(folder):
    """The file system under `folder`, mounted so that nothing can be written."""
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def _limit_files(size):
    """What a user may do before starting su; a file that grows beyond the limit is fatal as well."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@dataclass
class Way:
    """A way in which a record cannot be written, and what the log calls it."""
    cause: str
    block: object = lambda world: contextlib.nullcontext()
    before: object = None


def _limit(size):
    return Way("RLIMIT_FSIZE", before=lambda: _limit_files(size))


WAYS = {
    "a read-only file system": Way("EROFS", lambda world: _read_only(world.store)),
    "an immutable file": Way("EPERM", lambda world: _attribute("i", world.record_of("alice"))),
    "a file that is only appended to": Way("EPERM", lambda world: _attribute("a", world.record_of("alice"))),
    "files of no size": _limit(0),
    "files of one slot": _limit(4096),
    "files short of the first slot's end": _limit(8191),
    "files of two slots": _limit(8192),
    "files one byte too short": _limit(SLOTS_END - 1),
}


@pytest.fixture(params=WAYS.values(), ids=WAYS.keys())
def way(request):
    return request.param


@pytest.fixture
def world(make_world):
    """With reasons for the person, so that what they are told can be compared; few failures lock."""
    return make_world(explain="yes", deny=3, backup_codes=2)


def _answers(person, used, right):
    """Everything that a login tells apart where it can write."""
    return {"right": right, "used": used, "wrong": person.token.wrong(), "not a code": "squeamish", "nothing": "",
            "a backup code": person.backup_codes[0], "another backup code": person.backup_codes[1],
            "no backup code": "KMNP-QRST"}


def _observed(outcome):
    """All that the program, the person and the log's reader can see, but for the length of time."""
    return outcome.codes, outcome.delay, outcome.authtok, outcome.events


@pytest.mark.parametrize("kind", ["totp", "hotp"])
def test_one_answer_for_everything(world, way, kind):
    person = world.enrol("alice", *(["--hotp"] if kind == "hotp" else []))
    oath.steady(seconds=8)
    used, right = (person.token.hotp(0), person.token.hotp(1)) if kind == "hotp" else \
        (person.token.code(-1), person.token.code())
    assert world.login("alice", used).code == "PAM_SUCCESS"
    answers = _answers(person, used, right)
    before = world.tree()
    with way.block(world):
        seen = {}
        for name, code in [*answers.items(), *answers.items()]:
            # Asked once, told the same: a message more, fewer or different fails here.
            script = [Ask(CODE_PROMPT, code), *UNAVAILABLE]
            seen[name] = world.stack().authenticate("alice", script, before=way.before)
        first = _observed(seen["right"])
        assert first[0] == ["PAM_AUTHINFO_UNAVAIL"]
        [event] = first[3]
        assert (event["event"], event["reason"], event["cause"]) == ("error", "not-writable", way.cause)
        for name, outcome in seen.items():
            assert _observed(outcome) == first, name
        assert world.tree() == before
    # More guesses were made than lock, and none counts; nothing right was spent.
    status = json.loads(world.twostep("status", "alice", "--json"))
    assert (status["failures"], status["backupCodesLeft"]) == (0, 2)
    for name in ("right", "a backup code"):
        assert world.login("alice", answers[name], remarks=True).code == "PAM_SUCCESS", name


def test_it_becomes_unwritable_while_the_person_types(world):
    person = world.enrol("alice")
    before = world.record_of("alice").read_bytes()
    for code in (person.token.code(), person.token.wrong()):
        def answer(code=code):
            subprocess.run(["chattr", "+i", world.record_of("alice")], check=True)
            return code
        outcome = world.stack().authenticate("alice", [Ask(CODE_PROMPT, answer), *UNAVAILABLE])
        subprocess.run(["chattr", "-i", world.record_of("alice")], check=True)
        assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
        assert outcome.event["cause"] == "EPERM"
    assert world.record_of("alice").read_bytes() == before


def test_files_that_are_just_large_enough(world):
    """The limit's other side: a right code is accepted, and a failure is charged."""
    person = world.enrol("alice")
    for code in person.token.wrong(2):
        outcome = world.stack().authenticate(
            "alice", [Ask(CODE_PROMPT, code)], before=lambda: _limit_files(SLOTS_END), remarks=True)
        assert outcome.event["reason"] == "wrong-code"
    assert json.loads(world.twostep("status", "alice", "--json"))["failures"] == 2
    outcome = world.login("alice", person.token.code, before=lambda: _limit_files(SLOTS_END))
    assert outcome.code == "PAM_SUCCESS"


@pytest.mark.parametrize("shape", ["one-time code", "backup code"])
def test_the_same_calls_are_made_for_right_and_wrong(world, shape, tmp_path):
    """So no difference in time either: what is typed is never compared with anything."""
    person = world.enrol("alice")
    moment = int(time.time())
    right, wrong = {"one-time code": (person.token.code(at=moment), person.token.wrong()),
                    "backup code": (person.backup_codes[0], "KMNP-QRST")}[shape]
    login = Injecting(world.folder, world.stack(), moment)
    traces = []
    for code in (right, wrong):
        command = ["prlimit", "--fsize=2048", *login.command("alice", code)]
        points = killing.points(command, "", tmp_path)
        begin = next(index for index, point in enumerate(points) if "/twostep-begin" in point.text)
        traces.append([point.name for point in points[begin:]])
    assert traces[0] == traces[1]
    assert "pwrite64" not in traces[0] and "flock" not in traces[0]


class TestSu:
    """bob starts `su alice` under a limit of his own, and types her password and a code."""

    COMMAND = ["setpriv", "--reuid=bob", "--regid=bob", "--init-groups", "--reset-env",
               "prlimit", "--fsize=2048", "su", "alice", "-c", "id -un"]

    def _run(self, code, command=None):
        mark = authlog.mark()
        with Terminal(command or self.COMMAND) as terminal:
            terminal.answer("Password: ", people.PASSWORD).answer(CODE_PROMPT, code)
            screen = terminal.end()
        return screen, terminal.status, [authlog.event(line) for line in authlog.ours(authlog.since(mark))]

    def test_one_answer(self, machine):
        machine.configure(deny=3)
        person = machine.enrol("alice")
        record = machine.record_of("alice")
        before = record.read_bytes()
        answers = [person.token.code(), *person.token.wrong(3), "squeamish", person.backup_codes[0], "KMNP-QRST"]
        seen = [self._run(code) for code in answers]
        for code, (screen, status, events) in zip(answers, seen):
            assert (screen, status) == seen[0][:2], code
            assert status == 1 and "alice" not in screen.splitlines()
            [event] = events
            assert (event["reason"], event["cause"]) == ("not-writable", "RLIMIT_FSIZE")
        assert record.read_bytes() == before
        free = [word for word in self.COMMAND if word not in ("prlimit", "--fsize=2048")]
        screen, status, _ = self._run(person.token.code(1), free)
        assert status == 0 and "alice" in screen.splitlines()

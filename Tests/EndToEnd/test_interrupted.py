"""Enrolling, interrupted at each prompt: nothing was changed, the terminal is as it was, and it is said."""

import os
import pty
import select
import signal
import subprocess
import termios
import time

import owner
import people
import pytest
import service as running_service
from tool import CODE_QUESTION, SENTENCE_QUESTION, token_on
from world import TOOL

PLACES = ["code", "sentence"]
KEYS = {"Ctrl-C": (b"\x03", signal.SIGINT), "Ctrl-\\": (b"\x1c", signal.SIGQUIT)}


class Shell:
    """A shell with job control on a terminal, in which the program runs: it is the terminal's after the program."""

    def __init__(self, command):
        self.pid, self._file = pty.fork()
        if self.pid == 0:
            os.execvp("bash", ["bash", "--norc", "--noprofile", "--noediting", "-i"])
        self.seen = ""
        self.type("PS1='$ '; stty -echo; set +o history; ulimit -c unlimited")
        self.type("echo re''ady")
        self.wait_for("ready\r\n")
        self.before = termios.tcgetattr(self._file)
        self.type(" ".join(command))

    def status(self):
        """What the shell says of the program; to be asked when it is about to end."""
        self.type("echo stat''us=$?.")
        self.wait_for("status=")
        self.wait_for(".", start=self.seen.index("status="))
        return int(self.seen.rpartition("status=")[2].partition(".")[0])

    def type(self, line):
        os.write(self._file, line.encode() + b"\n")

    def press(self, key):
        os.write(self._file, key)

    def echoes(self):
        return bool(termios.tcgetattr(self._file)[3] & termios.ECHO)

    def wait_for(self, text, seconds=30, start=0):
        deadline = time.monotonic() + seconds
        while text not in self.seen[start:]:
            assert time.monotonic() < deadline, f"{text!r} never came:\n{self.seen}"
            if select.select([self._file], [], [], 0.5)[0]:
                self.seen += os.read(self._file, 65536).decode(errors="replace")
        return self

    def settings(self):
        return termios.tcgetattr(self._file)

    def hang_up(self):
        os.close(self._file)
        os.waitpid(self.pid, 0)

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        self.hang_up()


@pytest.fixture
def enrolling(full_world):
    opened = []

    def start(place):
        shell = Shell([TOOL, "enroll", "alice", "--config", str(full_world.config)])
        opened.append(shell)
        shell.wait_for(CODE_QUESTION)
        if place == "sentence":
            shell.type(token_on(shell.seen.replace("\r", "")).code())
            shell.wait_for(SENTENCE_QUESTION)
        return shell
    yield start
    for shell in opened:
        try:
            shell.close()
        except (OSError, ProcessLookupError):
            pass


@pytest.mark.parametrize("key, number", KEYS.values(), ids=KEYS.keys())
@pytest.mark.parametrize("place", PLACES)
def test_keys(full_world, enrolling, place, key, number, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = full_world.tree()
    shell = enrolling(place)
    shell.press(key)
    shell.wait_for("start again")
    assert shell.status() == 128 + number
    assert "twostep: stopped before the end; nothing was changed\r\ntwostep: start again\r\n" in shell.seen
    assert "core dumped" not in shell.seen and not list(tmp_path.iterdir())
    assert shell.settings() == shell.before and full_world.tree() == before


@pytest.mark.parametrize("place", PLACES)
def test_the_input_ends(full_world, enrolling, place):
    before = full_world.tree()
    shell = enrolling(place)
    shell.press(b"\x04")
    shell.wait_for("start again")
    assert shell.status() == 65
    assert "stopped before the end; nothing was changed" in shell.seen and full_world.tree() == before


@pytest.mark.parametrize("place", PLACES)
def test_stopped_and_continued(full_world, enrolling, place):
    """Ctrl-Z and fg: the question comes again, and the dialogue goes on."""
    shell = enrolling(place)
    shell.press(b"\x1a")
    shell.wait_for("Stopped")
    mark = len(shell.seen)
    shell.type("fg")
    shell.wait_for((CODE_QUESTION if place == "code" else SENTENCE_QUESTION), start=mark)
    shell.press(b"\x03")
    shell.wait_for("nothing was changed", start=mark)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL], ids=lambda number: number.name)
@pytest.mark.parametrize("place", PLACES)
def test_signals(full_world, enrolling, place, number):
    before = full_world.tree()
    shell = enrolling(place)
    pid = int(subprocess.run(["pgrep", "-P", str(shell.pid), "twostep"], capture_output=True, text=True,
                             check=True).stdout)
    os.kill(pid, number)
    _wait_for_end(pid)
    assert shell.status() == 128 + number
    assert full_world.tree() == before and shell.settings() == shell.before
    assert ("nothing was changed" in shell.seen) == (number != signal.SIGKILL)


def _wait_for_end(pid):
    deadline = time.monotonic() + 10
    while os.path.exists(f"/proc/{pid}"):
        assert time.monotonic() < deadline, "it is still there"
        time.sleep(0.02)


@pytest.mark.parametrize("place", PLACES)
def test_the_line_is_cut(full_world, enrolling, place):
    before = full_world.tree()
    shell = enrolling(place)
    pid = int(subprocess.run(["pgrep", "-P", str(shell.pid), "twostep"], capture_output=True, text=True,
                             check=True).stdout)
    shell.hang_up()
    _wait_for_end(pid)
    assert full_world.tree() == before


@pytest.mark.parametrize("place", ["password", *PLACES])
@pytest.mark.parametrize("key, number", KEYS.values(), ids=KEYS.keys())
def test_an_owner(machine, place, key, number):
    """Through the service, which says what holds before the client goes."""
    service = running_service.Service()
    before = machine.tree()
    shell = Shell(owner.command("bob", "enroll"))
    try:
        shell.wait_for(owner.PASSWORD_QUESTION)
        assert not shell.echoes()
        if place != "password":
            shell.type(people.PASSWORD)
            shell.wait_for(CODE_QUESTION)
        if place == "sentence":
            shell.type(token_on(shell.seen.replace("\r", "")).code())
            shell.wait_for(SENTENCE_QUESTION)
        shell.press(key)
        shell.wait_for("nothing was changed")
        assert shell.status() == 128 + number
        assert "nothing was changed" in shell.seen and people.PASSWORD not in shell.seen
        assert shell.settings() == shell.before
        assert service.idle() and machine.tree() == before
    finally:
        shell.close()
        service.stop()

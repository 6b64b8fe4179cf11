"""twostep provision: many users from a list, without questions."""

import contextlib
import fcntl
import json
import os
import pwd
import stat
import subprocess
import time
from pathlib import Path

import killing
import pytest
import tool
from world import TOOL, Enrolment

CHANGES = ("pwrite64", "fsync", "renameat", "unlinkat", "fchmod")


@pytest.fixture
def listed(folder):
    """Writes a list of users."""
    def listed(*lines, mode=0o644):
        path = folder / "users.txt"
        path.write_text("".join(line + "\n" for line in lines))
        path.chmod(mode)
        return path
    return listed


def needed(folder, user):
    """What a person was given."""
    path = folder / f"{user}.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    said = json.loads(path.read_text())
    assert set(said) == {"user", "uri", "secret", "backupCodes"} and said["user"] == user
    return Enrolment(user, said["uri"], said["secret"], said["backupCodes"])


def report(done, status=0):
    assert done.returncode == status, (done.stdout, done.stderr)
    said = json.loads(done.stdout)
    return {user["user"]: user["outcome"] for user in said["users"]}, said


def test_everybody_of_the_list(world, listed, folder):
    path = listed("# staff", "alice", "", "  bob", "carol")
    into = folder / "people"
    dry = report(world.run("provision", path, "--into", into, "--dry-run", "--json"))
    assert dry[0] == {"alice": "ready", "bob": "ready", "carol": "ready"} and dry[1]["dryRun"]
    assert not into.exists() and not world.record_of("alice").exists()
    done = world.run("provision", path, "--into", into, "--digits", "8")
    tool.says(done, "alice: enrolled", "bob: enrolled", "carol: enrolled",
              "users: 3 enrolled, 0 already enrolled, 0 failed")
    assert stat.S_IMODE(into.stat().st_mode) == 0o700
    assert {path.name for path in into.iterdir()} == {"alice.json", "bob.json", "carol.json"}
    people = [needed(into, user) for user in ("alice", "bob", "carol")]
    assert len({person.secret for person in people}) == 3
    for person in people:
        assert person.token.digits == 8
        assert world.login(person.user, person.token.code).code == "PAM_SUCCESS"
        assert world.login(person.user, person.backup_codes[0], remarks=True).code == "PAM_SUCCESS"
    assert not [name for name in world.users.iterdir() if name.name.startswith(".new-")]


def test_with_pictures(world, listed, folder):
    """What zbarimg reads from each is what stands in the file beside it."""
    into = folder / "people"
    world.twostep("provision", listed("alice", "bob"), "--into", into, "--qr", "png")
    for user in ("alice", "bob"):
        picture = into / f"{user}.png"
        assert stat.S_IMODE(picture.stat().st_mode) == 0o600
        done = subprocess.run(["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture],
                              capture_output=True, text=True, check=True, timeout=30)
        assert done.stdout.strip() == needed(into, user).uri
    world.twostep("provision", listed("carol"), "--into", into, "--qr", "svg")
    assert (into / "carol.svg").read_text().count("<path ") == 1
    assert world.run("provision", listed("dave"), "--into", into, "--qr", "gif").returncode == tool.EX_USAGE


def test_again_it_leaves_who_is_done(world, listed, folder):
    alice = world.enrol("alice")
    into = folder / "people"
    outcomes, said = report(world.run("provision", listed("alice", "bob"), "--into", into, "--json"))
    assert outcomes == {"alice": "already-enrolled", "bob": "enrolled"}
    assert (said["enrolled"], said["already"], said["failed"]) == (1, 1, 0)
    before = (into / "bob.json").read_bytes()
    outcomes, _ = report(world.run("provision", listed("alice", "bob"), "--into", into, "--json"))
    assert outcomes == {"alice": "already-enrolled", "bob": "already-enrolled"}
    assert (into / "bob.json").read_bytes() == before and not (into / "alice.json").exists()
    into.chmod(0o755)
    done = world.run("provision", listed("alice", "bob"), "--into", into)
    tool.fails(done, tool.EX_CANTCREAT, "is not root's alone")
    into.chmod(0o700)
    assert world.login("alice", alice.token.code).code == "PAM_SUCCESS"


def test_who_has_no_account_stops_nobody_else(world, listed, folder):
    done = world.run("provision", listed("nobody-here", "bob"), "--into", folder / "people", "--json")
    outcomes, _ = report(done, tool.EX_NOUSER)
    assert outcomes == {"nobody-here": "failed", "bob": "enrolled"}
    assert "1 of 2 users could not be enrolled" in done.stderr
    assert not (folder / "people/nobody-here.json").exists()


@pytest.mark.parametrize("lines, words", [
    (["alice", "bob carol"], "line 2"), (["alice", "bob", "alice"], "line 3: alice stands in line 1 already"),
    (["../alice"], "line 1"), ([".alice"], "line 1"), ([], "names no user"), (["# nobody"], "names no user"),
    (["a" * 300], "line 1: longer")])
def test_a_list_that_is_none_changes_nothing(world, listed, folder, lines, words):
    before = world.tree()
    done = world.run("provision", listed(*lines), "--into", folder / "people")
    tool.fails(done, tool.EX_DATAERR, words)
    assert {name: what for name, what in world.tree().items() if "users.txt" not in name} == before


def test_where_it_cannot_be_put(world, listed, folder):
    path = listed("alice")
    (folder / "open").mkdir(mode=0o755)
    (folder / "file").write_text("")
    for place in ("open", "file", "none/people"):
        before = world.tree()
        assert world.run("provision", path, "--into", folder / place).returncode == tool.EX_CANTCREAT
        assert world.tree() == before
    tool.fails(world.run("provision", listed("alice", mode=0o666), "--into", folder / "people"),
               tool.EX_DATAERR, "may be written by others")
    done = world.run("provision", path, "--into", folder / "people", "--secret", "A" * 32)
    assert done.returncode == tool.EX_USAGE


def test_two_runs_into_one_folder(world, listed, folder):
    """Where both put their files there, the keys of the one that is too late would stand in the place of those that
    count: the second does nothing, and what it finds when it may is looked at anew."""
    into = folder / "people"
    into.mkdir(mode=0o700)
    path = listed("alice")
    with into_locked(into):
        before = world.tree()
        tool.fails(world.run("provision", path, "--into", into), tool.EX_UNAVAILABLE, "another run", "nothing was changed")
        assert world.tree() == before
    runs = [subprocess.Popen([TOOL, "provision", path, "--into", into, "--config", world.config, "--hotp"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(4)]
    assert sorted({run.wait(timeout=60) for run in runs}) in ([0], [0, tool.EX_UNAVAILABLE])
    assert world.login("alice", needed(into, "alice").token.hotp(0)).code == "PAM_SUCCESS"


@contextlib.contextmanager
def into_locked(path):
    """What another run holds while it writes."""
    number = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


def test_enrolled_between_the_look_and_the_lock(world, listed, folder):
    """Who became enrolled while this run waited at the folder is left as they are, and so is their file."""
    into = folder / "people"
    into.mkdir(mode=0o700)
    # The first look is over once the folder is opened to be locked.
    run = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=flock:delay_enter=1500000:when=1",
                            TOOL, "provision", listed("alice"), "--into", into, "--config", world.config, "--json"],
                           stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 20
    while not any(_has_open(pid, into) for pid in _children(run.pid)):
        assert time.monotonic() < deadline, "it never opened the folder"
        time.sleep(0.01)
    alice = world.enrol("alice")
    said = json.loads(run.communicate(timeout=60)[0])
    assert said["already"] == 1 and not list(into.iterdir())
    assert world.login("alice", alice.token.code).code == "PAM_SUCCESS"


def _children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _has_open(pid, folder):
    with contextlib.suppress(OSError):
        return any(os.readlink(entry) == str(folder) for entry in Path(f"/proc/{pid}/fd").iterdir())
    return False


def test_from_standard_input(world, folder):
    done = world.run("provision", "-", "--into", folder / "people", input="alice\n")
    tool.says(done, "alice: enrolled", "users: 1 enrolled, 0 already enrolled, 0 failed")
    person = needed(folder / "people", "alice")
    assert world.login("alice", person.token.code).code == "PAM_SUCCESS"


def test_killed_at_each_change(world, listed, folder, tmp_path):
    """Whenever it is killed: whoever is enrolled has the file that counts, and the next run goes on."""
    world.configure(backup_codes=1)         # hashing them would take most of the time
    into = folder / "people"
    command = [TOOL, "provision", listed("alice", "bob"), "--into", into, "--hotp", "--config", world.config]
    into.mkdir(mode=0o700)
    snapshot = killing.Snapshot(world.folder)
    points = [point for point in killing.points(command, "", tmp_path) if point.name in CHANGES]
    assert len(points) > 15
    seen = set()
    for point in points:
        snapshot.restore()
        assert killing.killed_at(point, command, "", tmp_path).killed, point
        done = [world.record_of(user).exists() for user in ("alice", "bob")]
        seen.add(tuple(done))
        for user, is_done in zip(("alice", "bob"), done):
            if is_done:
                person = needed(into, user)
                assert world.login(user, person.token.hotp(0)).code == "PAM_SUCCESS", (point, user)
        again = world.run("provision", *command[2:-2])
        assert again.returncode == 0, (point, again.stderr)
        for user, is_done in zip(("alice", "bob"), done):
            assert f"{user}: {'already-enrolled' if is_done else 'enrolled'}" in again.stdout
            person = needed(into, user)
            assert world.login(user, person.token.hotp(1 if is_done else 0)).code == "PAM_SUCCESS", (point, user)
    assert seen == {(False, False), (True, False), (True, True)}


def test_the_index_is_written_once(world, listed, folder, tmp_path):
    """Not once for each: at a hundred thousand users that would be forty gigabytes."""
    trace = tmp_path / "trace"
    subprocess.run(["strace", "-f", "-qq", "-e", "trace=renameat", "-o", trace, TOOL, "provision",
                    listed("alice", "bob", "carol", "dave"), "--into", folder / "people", "--config", world.config],
                   check=True, stdout=subprocess.DEVNULL, timeout=60)
    text = trace.read_text()
    assert text.count('".new-index"') == 1
    assert all(f'"{pwd.getpwnam(user).pw_uid}")' in text for user in ("alice", "bob", "carol", "dave"))

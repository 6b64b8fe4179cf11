"""twostep import, killed at each system call that changes something: everybody is in or not, and it can be repeated."""

import signal
import subprocess

import killing
import pytest
import tool
from moving import Seed, users_file
from world import TOOL

CHANGES = ("pwrite64", "fsync", "fdatasync", "renameat", "unlinkat", "flock")


def changes(command, snapshot, scratch):
    """The calls of a whole run at which something on the disk is changed; the store is as before afterwards."""
    found = [point for point in killing.points(command, "", scratch) if point.name in CHANGES]
    snapshot.restore()
    return found


@pytest.fixture
def path(folder):
    return folder / "users.oath"


def test_new_users(world, path, tmp_path):
    seeds = {user: Seed() for user in ("alice", "bob")}
    users_file(path, *(f"HOTP {user} - {seed.hex}" for user, seed in seeds.items()))
    command = [TOOL, "import", "oath", path, "--config", world.config]
    snapshot = killing.Snapshot(world.store)
    points = changes(command, snapshot, tmp_path)
    assert len(points) > 10
    states = set()
    for point in points:
        snapshot.restore()
        assert killing.killed_at(point, command, "", tmp_path).killed, point
        done = [world.record_of(user).exists() for user in seeds]
        states.add(tuple(done))
        for user, is_done in zip(seeds, done):
            if not is_done:
                assert world.login(user, seeds[user].token.hotp(0)).code != "PAM_SUCCESS", point
        again = world.run("import", "oath", path, "--json")
        assert again.returncode == (tool.EX_CANTCREAT if any(done) else 0), (point, again.stderr)
        for user, seed in seeds.items():
            assert world.login(user, seed.token.hotp(0)).code == "PAM_SUCCESS", (point, user)
    assert states == {(False, False), (True, False), (True, True)}


def test_replaced_tokens(world, path, tmp_path):
    """Either the old token counts or the new one; what was spent stays spent."""
    old, new = Seed(), Seed()
    users_file(path, f"HOTP alice - {old.hex}")
    world.twostep("import", "oath", path)
    assert world.login("alice", old.token.hotp(0)).code == "PAM_SUCCESS"
    users_file(path, f"HOTP alice - {new.hex}")
    command = [TOOL, "import", "oath", path, "--replace", "--config", world.config]
    snapshot = killing.Snapshot(world.store)
    states = set()
    for point in changes(command, snapshot, tmp_path):
        snapshot.restore()
        assert killing.killed_at(point, command, "", tmp_path).killed, point
        assert world.login("alice", old.token.hotp(0)).code == "PAM_AUTH_ERR", point
        works = tuple(world.login("alice", code).code == "PAM_SUCCESS"
                      for code in (old.token.hotp(1), new.token.hotp(0)))
        assert works in ((True, False), (False, True)), point
        states.add(works)
    assert len(states) == 2


def test_backup_codes_are_written_before_any_record(make_world, path, tmp_path):
    """Whoever has backup codes in their record has them in the file."""
    world = make_world(backup_codes=2)
    seed = Seed()
    users_file(path, f"HOTP alice - {seed.hex}")
    codes = world.folder / "codes"
    command = [TOOL, "import", "oath", path, "--backup-codes", codes, "--config", world.config]
    snapshot = killing.Snapshot(world.store)
    points = changes(command, snapshot, tmp_path)
    left = set()
    for point in points:
        snapshot.restore()
        codes.unlink(missing_ok=True)
        assert killing.killed_at(point, command, "", tmp_path).killed, point
        if not world.record_of("alice").exists():
            continue
        assert tool.status(world)["backupCodesLeft"] == 2
        code = codes.read_text().split()[1]
        assert world.login("alice", code, remarks=True).code == "PAM_SUCCESS", point
        left.add(point.name)
    assert left


def test_interrupted_while_codes_are_hashed(make_world, path):
    """Nobody's codes are left behind, and the same command does it."""
    world = make_world(bcrypt_cost=14)
    users_file(path, f"HOTP alice - {Seed().hex}")
    codes = world.folder / "codes"
    command = [TOOL, "import", "oath", path, "--backup-codes", codes, "--config", world.config]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with pytest.raises(subprocess.TimeoutExpired):
        running.wait(0.5)
    running.send_signal(signal.SIGINT)
    assert running.wait(20) == -signal.SIGINT
    assert not codes.exists() and not world.record_of("alice").exists()
    world.configure(bcrypt_cost=10)
    done = world.run(*command[1:-2])
    assert done.returncode == 0 and codes.read_text().startswith("alice: "), done

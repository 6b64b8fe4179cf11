"""twostep key rotate: a new master key, whatever is killed, while people log in.

Everything is looked at by the independent reader (Tests/Format), which is given the new key alone.
"""

import fcntl
import json
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import authlog
import killing
import people
import pytest
import tool
from world import TOOL

sys.path.insert(0, str(Path(__file__).parents[1] / "Format"))
import read_record                                                          # noqa: E402

CHANGES = ("pwrite64", "fsync", "fdatasync", "renameat", "unlinkat", "fchmod", "flock")
SERVICE = Path("/etc/pam.d/twostep-rotate")


def old_key(world):
    return world.key.with_name(".old-key")


def opens(world, key=None, old=None):
    """Marker, index and every record and decoy of the store open with this key (by default the site's); the uids."""
    masters = {}
    for path in filter(None, (old, key or world.key)):
        masters[read_record.key_id(path.read_bytes())] = path.read_bytes()
    store_id = read_record.read_sealed_file(masters, world.marker.read_bytes(), b"2stepMRK", b"twostep marker v1")
    uids = read_record.read_index(read_record.read_sealed_file(
        masters, world.index.read_bytes(), b"2stepIDX", b"twostep index v1", store_id))
    for decoy in world.decoys:
        assert read_record.read_record(masters, decoy.read_bytes(), 2**32 - 1, decoy.name.encode())["sound"]
    return uids, masters


def is_done(world, *users):
    """Nothing is left of the old key, and everything is under the new one, both slots of it."""
    assert not old_key(world).exists()
    uids, masters = opens(world)
    assert len(uids) == len(users)
    for user in users:
        path = world.record_of(user)
        record = read_record.read_record(masters, path.read_bytes(), int(path.name), user.encode())
        assert record["sound"] and record["slots"][0]["tokens"][0]["key"] == record["slots"][1]["tokens"][0]["key"]
    (identity,) = masters
    for path in [*world.decoys, *map(world.record_of, users)]:
        data = path.read_bytes()
        assert data[4096:][8:16] == data[8192:][8:16] == identity, path.name
    assert {path.name for path in world.folder.iterdir()} <= \
        {"key", "store", "twostep.conf", "pam.d", ".init-lock", "kept"}


def is_spent(world, person, counter):
    """A code that was used stays used."""
    return world.login(person.user, person.token.hotp(counter)).event["reason"] in ("already-used", "wrong-code")


def few_decoys(world):
    """One decoy instead of sixteen: each is sealed like the others."""
    for decoy in world.decoys[1:]:
        decoy.unlink()


def test_everything_is_under_the_new_key(world):
    alice, bob = world.enrol("alice", "--hotp"), world.enrol("bob")
    assert world.login("alice", alice.token.hotp(0)).code == "PAM_SUCCESS"
    before, had = world.key.read_bytes(), {user: tool.record(world, user) for user in ("alice", "bob")}
    mark = authlog.mark()
    done = world.run("key", "rotate")
    tool.says(done, "records under the new key: 2",
              f"The key {world.key} is a new one, and the old one is removed.",
              "Keep a copy of the new key apart from the store's backup.",
              "Backups of the store that were made until now open with the old key only:",
              "keep your copy of it with them.")
    assert [line.partition("event=")[2] for line in authlog.since(mark)] == \
        ["key-rotation-begun by=0", "key-rotated by=0 records=2"]
    assert world.key.read_bytes() != before and world.key.stat().st_mode & 0o7777 == 0o400
    is_done(world, "alice", "bob")
    for user, record in had.items():
        assert tool.but(tool.record(world, user), "keyIDs") == tool.but(record, "keyIDs")
    # What was spent stays spent, what was not works, and nobody is a nobody.
    assert is_spent(world, alice, 0)
    assert world.login("alice", alice.token.hotp(1)).code == "PAM_SUCCESS"
    assert world.login("bob", bob.token.code).code == "PAM_SUCCESS"
    assert world.login("carol", "123456").event["reason"] == "not-enrolled"
    assert world.login("nobody-of-that-name", "123456").event["reason"] == "unknown-user"


def test_json_and_what_status_says(world):
    world.enrol("alice")
    before = json.loads(world.twostep("status", "--json"))
    assert "keyRotation" not in before
    old_key(world).write_bytes(world.key.read_bytes())
    old_key(world).chmod(0o400)
    assert json.loads(world.twostep("status", "--json")) == {**before, "keyRotation": "unfinished"}
    assert "to finish it: twostep key rotate" in world.twostep("status")
    said = json.loads(world.twostep("key", "rotate", "--json"))
    assert said == {"rotated": True, "resumed": False, "records": 1, "left": []}
    is_done(world, "alice")


def test_the_old_key_can_be_kept_for_old_backups(world):
    world.enrol("alice")
    kept, before = world.folder / "kept", world.key.read_bytes()
    backup = killing.Snapshot(world.store)
    assert f"it is in {kept}." in world.twostep("key", "rotate", "--keep-old", kept)
    assert kept.read_bytes() == before and kept.stat().st_mode & 0o7777 == 0o600
    is_done(world, "alice")
    backup.restore()
    opens(world, key=kept)
    tool.fails(world.run("status", "alice"), tool.EX_IOERR, "other-key")
    tool.fails(world.run("key", "rotate"), tool.EX_IOERR, "marker-corrupt (other-key)")


def test_a_file_that_is_there_is_not_written_over(world):
    world.enrol("alice")
    (world.folder / "kept").write_text("mine")
    done = world.run("key", "rotate", "--keep-old", world.folder / "kept")
    tool.fails(done, tool.EX_CANTCREAT, "is there already; nothing was changed")
    before = world.key.read_bytes()
    done = world.run("key", "rotate", "--keep-old", world.folder / "no-folder/kept")
    tool.fails(done, tool.EX_CANTCREAT, "is in no folder that is there; nothing was changed")
    assert world.key.read_bytes() == before and not old_key(world).exists()
    said = json.loads(world.twostep("key", "rotate", "--json"))
    assert not said["resumed"] and (world.folder / "kept").read_text() == "mine"
    is_done(world, "alice")


def test_a_copy_that_cannot_be_written_is_logged_and_taken_up(world):
    """The key is a new one by then, and the log knows."""
    world.enrol("alice")
    kept, before = world.folder / "kept", world.key.read_bytes()
    mark = authlog.mark()
    done = tool.run("key", "rotate", "--keep-old", kept, "--config", world.config,
                    prefix=["strace", "-qq", "-o", "/dev/null", "-P", kept, "-e", "inject=pwrite64:error=ENOSPC"])
    tool.fails(done, tool.EX_IOERR, "the rotation is begun, and waits")
    assert any("event=key-rotation-begun by=0" in line for line in authlog.since(mark))
    assert not kept.exists() and world.key.read_bytes() != before
    said = json.loads(world.twostep("key", "rotate", "--json", "--keep-old", kept))
    assert said["resumed"] and kept.read_bytes() == before
    is_done(world, "alice")


def test_a_record_that_nobody_can_read_keeps_the_old_key(world):
    alice = world.enrol("alice", "--hotp")
    uid = people.add("gone")
    world.enrol("gone")
    people.remove("gone")
    done = world.run("key", "rotate", "--json")
    assert done.returncode == tool.EX_DATAERR and "--abandon" in done.stderr, done.stderr
    assert json.loads(done.stdout) == {"rotated": False, "resumed": False, "records": 1,
                                       "left": [{"name": str(uid), "error": "no-account"}]}
    assert old_key(world).exists()
    assert world.login("alice", alice.token.hotp(0)).code == "PAM_SUCCESS"
    # Once the account is back, it can be ended.
    people.add("gone", uid=uid)
    said = json.loads(world.twostep("key", "rotate", "--json"))
    assert said == {"rotated": True, "resumed": True, "records": 2, "left": []}
    is_done(world, "alice", "gone")
    people.remove("gone")
    # A directory that is down looks the same: nothing is given up unseen, nor for good.
    done = world.run("key", "rotate", "--abandon")
    assert done.returncode == tool.EX_USAGE and "--abandon goes with --keep-old" in done.stderr, done.stderr
    kept = [world.folder / "kept-first", world.folder / "kept"]
    done = world.run("key", "rotate", "--abandon", "--keep-old", kept[0])
    assert done.returncode == tool.EX_DATAERR and old_key(world).exists(), done.stdout
    mark = authlog.mark()
    assert "no-account" in world.twostep("key", "rotate", "--abandon", "--keep-old", kept[1])
    assert kept[0].read_bytes() == kept[1].read_bytes()
    assert any("event=key-rotated by=0 records=1 abandoned=1" in line for line in authlog.since(mark))
    assert not old_key(world).exists()
    opens(world)


def test_a_damaged_record_is_mended_and_cautious(world):
    person = world.enrol("alice")
    tool.damage_newer_slot(world)
    mark = authlog.mark()
    world.twostep("key", "rotate")
    assert any("event=slot-damaged user=alice" in line for line in authlog.since(mark))
    is_done(world, "alice")
    assert tool.record(world)["cautious"]
    assert world.login("alice", person.backup_codes[0]).event["reason"] == "slot-damaged"


def test_the_store_is_looked_at_once(world, tmp_path):
    """Marker and index, before a new key is put in place; what is read again under the lock is the key."""
    world.enrol("alice")
    trace = tmp_path / "trace"
    subprocess.run(["strace", "-f", "-qq", "-e", "trace=openat,renameat", "-o", trace, TOOL, "key", "rotate", "--config",
                    world.config], check=True, stdout=subprocess.DEVNULL, timeout=60)
    before, new_key, _ = trace.read_text().partition('".new-key"')
    assert new_key and before.count('"index"') == 1


def test_two_at_once(world):
    world.enrol("alice")
    before = world.tree()
    with (world.folder / ".init-lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        tool.fails(world.run("key", "rotate"), tool.EX_UNAVAILABLE, "another rotation")
    assert world.tree() == before


@pytest.mark.parametrize("what, status", [("key", tool.EX_CONFIG), ("marker", tool.EX_CONFIG),
                                          ("index", tool.EX_CONFIG)])
def test_a_store_that_is_not_whole_is_left_as_it_is(world, what, status):
    world.enrol("alice")
    path = getattr(world, what)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)
    before = world.tree()
    assert world.run("key", "rotate").returncode in (status, tool.EX_IOERR)
    assert world.tree() == before


def test_a_key_that_comes_from_elsewhere(make_world):
    world = make_world(key=Path("/run/twostep-test/key"))
    before = world.key.read_bytes()
    tool.fails(world.run("key", "rotate"), tool.EX_CONFIG, "when the machine starts")
    assert world.key.read_bytes() == before


def test_killed_at_each_change(world, tmp_path):
    """Whenever it is killed: people log in, and the next run ends it; nothing is lost and nothing comes back."""
    few_decoys(world)
    alice, bob = world.enrol("alice", "--hotp"), world.enrol("bob", "--hotp")
    assert world.login("alice", alice.token.hotp(0)).code == "PAM_SUCCESS"
    rotate = [TOOL, "key", "rotate", "--config", world.config]
    snapshot = killing.Snapshot(world.folder)
    points = [point for point in killing.points(rotate, "", tmp_path) if point.name in CHANGES]
    assert len(points) > 40
    seen = set()
    for point in points:
        snapshot.restore()
        before = world.key.read_bytes()
        assert killing.killed_at(point, rotate, "", tmp_path).killed, point
        seen.add((world.key.read_bytes() != before, old_key(world).exists()))
        opens(world, old=old_key(world) if old_key(world).exists() else None)
        assert is_spent(world, alice, 0), point
        assert world.login("alice", alice.token.hotp(1)).code == "PAM_SUCCESS", point
        done = world.run("key", "rotate")
        assert done.returncode == 0, (point, done.stderr)
        is_done(world, "alice", "bob")
        assert world.key.read_bytes() != before
        assert is_spent(world, alice, 1), point
        for person, counter in ((alice, 2), (bob, 0)):
            assert world.login(person.user, person.token.hotp(counter)).code == "PAM_SUCCESS", point
    # Before anything, with the copy alone, with both keys, and after the end.
    assert seen == {(False, False), (False, True), (True, True), (True, False)}


def test_the_key_is_replaced_while_a_login_opens_it(world, folder):
    """What was opened has no name any more when it is looked at. It is opened again, and not taken for a forgery."""
    alice = world.enrol("alice", "--hotp")
    SERVICE.write_text(f"auth required pam_twostep.so config={world.config}\n")
    before, calls, looks = world.key.read_bytes(), folder / "calls", "fstat,newfstatat,statx"
    mark = authlog.mark()
    login = subprocess.Popen(
        ["strace", "-f", "-y", "-o", calls, "-P", world.key, "-e", f"trace={looks},pread64",
         "-e", f"inject={looks}:delay_enter=3000000:when=1", "pamtester", SERVICE.name, alice.user, "authenticate"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        login.stdin.write(alice.token.hotp(0) + "\n")
        login.stdin.flush()
        time.sleep(0.7)
        world.twostep("key", "rotate")
        said, _ = login.communicate(timeout=60)
    finally:
        login.kill()
        SERVICE.unlink()
    assert "successfully authenticated" in said, (said, authlog.since(mark))
    # It was looked at twice, so the key was indeed replaced in between.
    assert world.key.read_bytes() != before and calls.read_text().count("stat") == 2, calls.read_text()


def test_nobody_is_refused_meanwhile(world):
    """Logins of three people, one after the other without a pause, while rotations are run and killed."""
    everybody = [world.enrol(user, "--hotp") for user in ("alice", "bob", "carol")]
    SERVICE.write_text(f"auth required pam_twostep.so config={world.config}\n")
    over, refused, counts = threading.Event(), [], dict.fromkeys(("alice", "bob", "carol"), 0)

    def log_in(person):
        while not over.is_set():
            done = subprocess.run(["pamtester", SERVICE.name, person.user, "authenticate"], capture_output=True,
                                  text=True, input=person.token.hotp(counts[person.user]) + "\n", timeout=60,
                                  check=False)
            if "successfully authenticated" not in done.stdout + done.stderr:
                refused.append((person.user, done.stdout + done.stderr))
                return
            counts[person.user] += 1
    threads = [threading.Thread(target=log_in, args=[person]) for person in everybody]
    mark = authlog.mark()
    for thread in threads:
        thread.start()
    try:
        chance = random.Random(5)
        for _ in range(6):
            rotation = subprocess.Popen([TOOL, "key", "rotate", "--config", world.config], stdout=subprocess.DEVNULL)
            try:
                rotation.wait(timeout=chance.uniform(0.02, 0.3))
            except subprocess.TimeoutExpired:
                rotation.kill()
                rotation.wait()
            world.twostep("key", "rotate")
    finally:
        over.set()
        for thread in threads:
            thread.join()
        SERVICE.unlink()
    assert not refused, (refused, authlog.since(mark)[-5:])
    assert min(counts.values()) >= 3, counts
    is_done(world, "alice", "bob", "carol")
    for person in everybody:
        assert is_spent(world, person, counts[person.user] - 1)
        assert world.login(person.user, person.token.hotp(counts[person.user])).code == "PAM_SUCCESS"

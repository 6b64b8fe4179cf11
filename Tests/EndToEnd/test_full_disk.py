"""Law 10: on a disk filled to the last byte, or without an inode left, logins are judged and written like any other."""

import pytest
from pamstack import CODE_PROMPT
from script import Ask, Told
from smalldisk import SmallDisk

FULL = {
    "of bytes": lambda disk: disk.fill(),
    "of files": lambda disk: disk.fill_with_names(),
    "of both": lambda disk: (disk.fill(), disk.fill_with_names()),
}


@pytest.fixture(params=["tmpfs", "ext4", "ext2"])
def disk(folder, request):
    disk = SmallDisk(request.param, folder / "disk")
    yield disk
    disk.detach()


@pytest.fixture(params=FULL.values(), ids=FULL.keys())
def fill(disk, request):
    """Fills the disk up, and makes sure that nothing new can be written there."""
    def fill():
        request.param(disk)
        with pytest.raises(OSError, match="No space left"):
            (disk.mount / "one-more").write_bytes(b"x")
    return fill


@pytest.fixture
def world(make_world, disk):
    return make_world(store=disk.mount / "store", deny=1, backup_codes=2)


def test_a_valid_code_is_accepted_and_its_replay_refused(world, fill):
    timed, counting = world.enrol("alice"), world.enrol("bob", "--hotp")
    fill()
    code = timed.token.code()
    assert world.login("alice", code).code == "PAM_SUCCESS"
    assert world.login("alice", code).event["reason"] == "already-used"
    for counter in range(20):       # each is written twice
        assert world.login("bob", counting.token.hotp(counter)).code == "PAM_SUCCESS", counter
    assert world.login("bob", counting.token.hotp(19)).event["reason"] == "already-used"
    for left, code in ((1, timed.backup_codes[0]), (0, timed.backup_codes[1])):
        script = [Ask(CODE_PROMPT, code), Told(f"twostep: backup code accepted, {left} left"),
                  Told("twostep: ask your administrator for new backup codes")]
        assert world.stack().authenticate("alice", script).code == "PAM_SUCCESS"
        assert world.login("alice", code).event["reason"] == "already-used"


def test_a_wrong_code_is_charged(world, fill):
    person = world.enrol("alice")
    fill()
    assert world.login("alice", person.token.wrong()).event["reason"] == "wrong-code"
    outcome = world.login("alice", person.token.code)
    assert outcome.code == "PAM_AUTH_ERR" and outcome.event["reason"] == "locked"


# What is in memory alone is gone then, records and all.
@pytest.mark.parametrize("disk", ["ext4", "ext2"], indirect=True)
def test_what_was_written_is_there_after_a_restart(world, disk, fill):
    alice, bob = world.enrol("alice"), world.enrol("bob")
    fill()
    code = alice.token.code()
    assert world.login("alice", code).code == "PAM_SUCCESS"
    assert world.login("bob", bob.token.wrong()).event["reason"] == "wrong-code"
    disk.attach_again()
    assert world.login("alice", code).event["reason"] == "already-used"
    assert world.login("bob", bob.token.code).event["reason"] == "locked"


def test_nothing_is_made_on_the_way(world, disk, fill):
    """No file appears, none grows, and none takes up more of the disk."""
    person = world.enrol("alice")
    fill()
    sizes = {path: (path.lstat().st_size, path.lstat().st_blocks) for path in disk.mount.rglob("*")}
    for code in (person.token.wrong(), person.token.code(), person.backup_codes[0], "x"):
        world.login("alice", code, remarks=True)
    assert {path: (path.lstat().st_size, path.lstat().st_blocks) for path in disk.mount.rglob("*")} == sizes

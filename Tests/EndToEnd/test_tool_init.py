"""twostep init: key, store and configuration, once; safe to repeat, never over what is there."""

import json
import stat
import subprocess
import time

import faults
import pytest
import tool
import world as installation


def _mode(path):
    status = path.stat()
    assert (status.st_uid, status.st_gid) == (0, 0), path
    return stat.S_IMODE(status.st_mode)


def test_what_it_makes_is_safe(world):
    assert _mode(world.key) == 0o400
    assert world.key.stat().st_size == 32
    assert _mode(world.store) == 0o700
    assert _mode(world.users) == 0o700
    assert _mode(world.marker) == 0o600
    assert _mode(world.index) == 0o600


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777], ids=oct)
def test_whatever_the_umask(folder, umask):
    config = folder / "twostep.conf"
    config.write_text(f"store = {folder}/store\nkey = {folder}/key\n")
    assert tool.run("init", "--config", config, umask=umask).returncode == 0
    assert _mode(folder / "key") == 0o400 and _mode(folder / "store") == 0o700
    assert _mode(folder / "store/users") == 0o700 and _mode(folder / "store/marker") == 0o600


def test_without_a_configuration_it_writes_one(folder):
    """The defaults are the sandbox's own /etc/twostep and /var/lib/twostep."""
    machine = installation.Machine()
    machine.remove()
    try:
        done = tool.run("init")
        assert done.returncode == 0, done.stderr
        assert _mode(machine.config) == 0o644
        assert _mode(machine.key) == 0o400
        settings = machine.config.read_text()
        for name in ("store", "key", "required", "deny", "window"):
            assert f"#{name} = " in settings
        # It is a configuration: every command takes it.
        assert tool.run("list").returncode == 0
    finally:
        machine.remove()


def test_again_changes_nothing(world):
    person = world.enrol("alice")
    before = world.tree()
    world.twostep("init")
    assert world.tree() == before
    assert world.login("alice", person.token.code).code == "PAM_SUCCESS"


def test_keys_differ(folder):
    keys = set()
    for name in ("one", "two", "three"):
        (folder / name).mkdir()
        keys.add(installation.World(folder / name).key.read_bytes())
    assert len(keys) == 3


def test_never_makes_a_key_where_a_store_is(world):
    world.enrol("alice")
    world.key.unlink()
    before = world.tree()
    tool.fails(world.run("init"), tool.EX_CONFIG, world.key, "backup")
    assert world.tree() == before


@pytest.mark.parametrize("what", ["marker", "index", "users"])
def test_never_patches_a_store_that_lost_something(world, what):
    """A new marker or index would be taken for proof that nobody is enrolled."""
    world.enrol("alice")
    faults.missing(getattr(world, what))
    before = world.tree()
    done = world.run("init")
    assert done.returncode in (tool.EX_CONFIG, tool.EX_IOERR)
    assert f"{what}-missing" in done.stderr or "store-missing" in done.stderr
    assert world.tree() == before


@pytest.mark.parametrize("what", ["config", "key", "store", "marker", "index", "users"])
@pytest.mark.parametrize("fault", [faults.writable_by_all, faults.owned_by_somebody,
                                   faults.a_symlink, faults.a_fifo],
                         ids=lambda fault: fault.__name__)
def test_unsafe_places_are_refused(world, what, fault):
    fault(getattr(world, what))
    before = world.tree()
    done = world.run("init")
    assert done.returncode == tool.EX_CONFIG, (done.returncode, done.stderr)
    assert f"{'store' if what == 'users' else what}-unsafe" in done.stderr
    assert world.tree() == before


def test_a_folder_above_that_others_may_write(folder):
    config = folder / "twostep.conf"
    config.write_text(f"store = {folder}/open/store\nkey = {folder}/open/key\n")
    (folder / "open").mkdir()
    (folder / "open").chmod(0o777)
    tool.fails(tool.run("init", "--config", config), tool.EX_CONFIG, "unsafe")
    assert list((folder / "open").iterdir()) == []


def test_nobody_else_can_hold_it_up(world):
    """The lock of init is on a file that only root can open; the key's folder is open to all."""
    holder = subprocess.Popen(
        ["setpriv", "--reuid", "alice", "--clear-groups", "flock", world.key.parent, "sleep", "30"],
        stdout=subprocess.DEVNULL)
    try:
        time.sleep(0.3)
        assert holder.poll() is None, "the folder could not be locked; the test shows nothing"
        world.twostep("init")
    finally:
        holder.kill()
        holder.wait()


@pytest.mark.parametrize("left", ["an empty folder", "nothing"])
def test_a_store_that_went_missing_is_not_made_anew(world, left):
    """An unmounted disk: an empty store in its place would say that nobody ever enrolled."""
    world.enrol("alice")
    world.store.rename(world.store.with_name("elsewhere"))
    if left == "an empty folder":
        world.store.mkdir(mode=0o700)
    tool.fails(world.run("init"), tool.EX_CONFIG, "there is a key but no store", world.store, "--new-store")
    assert not (world.store / "marker").exists()
    world.twostep("init", "--new-store")
    assert json.loads(world.twostep("status", "--json"))["enrolled"] == 0

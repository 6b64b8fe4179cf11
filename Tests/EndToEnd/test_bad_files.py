"""Wrong owner, mode or kind in place of each file: nobody gets in, the log says which, nothing changes."""

import os

import faults
import pytest
from pamstack import code_for

FILES = ("config", "key", "marker", "index", "record")
FOLDERS = ("store", "users")
SECRET_FILES = ("key", "marker", "index", "record")
PERMIT = ["auth required pam_permit.so"]

CASES = [
    *((what, fault) for what in FILES for fault in faults.OF_A_FILE),
    *((what, fault) for what in FOLDERS for fault in faults.OF_A_FOLDER),
    *((what, faults.readable_by_all) for what in SECRET_FILES),
]


def path_of(world, what, uid):
    return world.record(uid("alice")) if what == "record" else getattr(world, what)


@pytest.mark.parametrize("what, fault", CASES, ids=lambda part: getattr(part, "__name__", part))
def test_unsafe(make_world, uid, what, fault):
    world = make_world(required="none")
    person = world.enrol("alice")
    fault(path_of(world, what, uid))
    before = world.tree()

    # A right code, a wrong one, and somebody with leave to pass: nothing is proven to any of them.
    attempts = [("bob", "000000")] if what != "record" else []
    if what in faults.NEEDED_BY_THE_ENROLLED:
        attempts += [("alice", person.token.code), ("alice", person.token.wrong())]
    for user, code in attempts:
        stack = world.stack("nullok", after=PERMIT)
        outcome = stack.authenticate(user, code_for(code), limit=8)
        assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
        assert outcome.event["event"] == "error"
        assert outcome.event["reason"] == f"{'store' if what == 'users' else what}-unsafe"
    assert world.tree() == before


@pytest.mark.parametrize("fault", [
    faults.owned_by_somebody, faults.writable_by_group, faults.writable_by_all, faults.a_symlink,
    faults.a_relative_symlink], ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("above", ["folder", "its parent"])
def test_unsafe_folder_above(world, fault, above):
    """Whoever can write to a folder on the way can put another file there."""
    person = world.enrol("alice")
    stack = world.stack()
    # The service file itself is not found through the folder that is spoilt.
    stack.confdir = stack.confdir.rename(world.folder.parent.parent / f"pam.d-{world.folder.name}")
    folder = world.folder if above == "folder" else world.folder.parent
    try:
        fault(folder)
        outcome = stack.authenticate("alice", code_for(person.token.code))
    finally:
        _mend(folder)
    assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
    assert outcome.event["reason"].endswith("-unsafe")
    assert stack.authenticate("alice", code_for(person.token.code)).code == "PAM_SUCCESS"


def _mend(folder):
    aside = folder.with_name(folder.name + ".aside")
    if folder.is_symlink():
        folder.unlink()
        aside.rename(folder)
    folder.chmod(0o755)
    os.chown(folder, 0, 0)


@pytest.mark.parametrize("what", (*FILES, *FOLDERS))
def test_put_right_again_it_works(world, uid, what):
    """The faults above are refused for what they are, not because the test broke something else."""
    person = world.enrol("alice")
    path = path_of(world, what, uid)
    mode = path.stat().st_mode
    faults.writable_by_all(path)
    answered = world.login("alice", person.token.wrong()).code
    assert answered == ("PAM_AUTHINFO_UNAVAIL" if what in faults.NEEDED_BY_THE_ENROLLED else "PAM_AUTH_ERR")
    path.chmod(mode)
    assert world.login("alice", person.token.code).code == "PAM_SUCCESS"

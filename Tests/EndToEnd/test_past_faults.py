"""docs/past-faults.md: what went wrong in others with files, links and locks, and with who may read."""

import base64
import subprocess
import time
from pathlib import Path

import calltrace
import faults
import killing
import pytest
from pamstack import code_for

SERVICE = Path("/etc/pam.d/past-faults")     # the sandbox's own /etc
# By these names others put locks, new versions and copies beside the file they mean, or in public folders.
BESIDE = ("{}.lock", "{}.new", "{}~", "{}.tmp", ".{}.swp", "lock", ".lock")
PUBLIC = ("/tmp/krb5cc_{}", "/tmp/twostep", "/tmp/twostep-{}", "/run/lock/twostep", "/var/tmp/twostep-{}")


@pytest.fixture
def service(world):
    SERVICE.write_text(f"auth required pam_twostep.so config={world.config} debug\n")
    yield SERVICE.name
    SERVICE.unlink()


@pytest.fixture
def victim(folder):
    """A file of root's with something in it that nobody else may see or change."""
    path = folder / "victim"
    path.write_text("root:$6$sesquipedalian:20000:0:99999:7:::\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def planted(world, victim, uid):
    """Links to the victim by every name that a careless module would write to."""
    names = [world.users / name.format(uid("alice")) for name in BESIDE]
    names += [world.store / name.format("index") for name in BESIDE]
    names += [Path("/home/alice") / name for name in (".twostep", ".twostep~", ".google_authenticator")]
    public = [Path(name.format(uid("alice"))) for name in PUBLIC]
    links = [path for path in [*names, *public] if not path.exists()]
    assert len(links) > 20
    for path in links:
        path.symlink_to(victim)
    yield links
    for path in links:
        path.unlink(missing_ok=True)


def test_nothing_is_written_through_a_planted_link(world, planted, victim):
    """CVE-2024-47191, CVE-2026-31979: root wrote to a name that the attacker had made a link of."""
    person = world.enrol("bob")
    before = (victim.stat(), victim.read_bytes())
    for code in (person.token.code(), person.token.wrong(), person.backup_codes[0]):
        outcome = world.login("bob", code, remarks=True)
        assert outcome.code in ("PAM_SUCCESS", "PAM_AUTH_ERR")
    world.enrol("carol")
    world.run("verify", "bob", input=person.token.wrong() + "\n")
    after = victim.stat()
    assert victim.read_bytes() == before[1]
    for what in ("st_uid", "st_gid", "st_mode", "st_mtime_ns", "st_ctime_ns"):
        assert getattr(after, what) == getattr(before[0], what), what
    assert all(path.is_symlink() for path in planted)


def test_what_stands_beside_a_record_is_no_lock(world, planted):
    """A file by the name of a lock, left by whomever, has no say in who gets in."""
    person = world.enrol("alice")
    outcome = world.login("alice", person.token.code)
    assert outcome.code == "PAM_SUCCESS" and outcome.seconds < 3


def test_the_lock_of_a_login_that_was_killed_is_gone(world, service, tmp_path):
    """A lock file outlives whoever made it, and then nobody gets in. Killed here with the lock held."""
    person = world.enrol("alice")
    command = ["pamtester", service, "alice", "authenticate"]
    before = sorted(path.name for path in world.store.rglob("*"))
    run = killing.killed_at(killing.Point("pwrite64", 1, ""), command, person.token.code() + "\n", tmp_path)
    assert run.killed
    assert sorted(path.name for path in world.store.rglob("*")) == before
    started = time.monotonic()
    assert world.login("alice", person.token.code(1)).code == "PAM_SUCCESS"
    assert time.monotonic() - started < 3


def test_no_file_is_opened_through_a_link(world, service, folder):
    """CVE-2019-12209, CVE-2025-6020: the module's own code opens nothing that a link could stand for."""
    person = world.enrol("alice")
    subprocess.run(calltrace.under(folder, ["pamtester", service, "alice", "authenticate"]), text=True,
                   input=person.token.code() + "\n", capture_output=True, timeout=60, check=True)
    calls, = calltrace.read(folder)
    opened = [call for call in calls if call.written_by_us and call.name in ("open", "openat", "openat2")]
    assert len(opened) >= 4
    following = [str(call) for call in opened
                 if "O_NOFOLLOW" not in call.arguments and "RESOLVE_NO_SYMLINKS" not in call.arguments]
    assert following == []


@pytest.mark.parametrize("what", ["config", "key", "record", "index", "marker"])
def test_what_a_link_leads_to_is_not_logged(world, victim, what):
    """CVE-2019-12209: with debug on, parts of the file that the link led to stood in the log."""
    world.configure(required="none")
    world.enrol("alice")
    path = world.record_of("alice") if what == "record" else getattr(world, what)
    path.unlink()
    path.symlink_to(victim)
    # With alice's record gone bob, who has none, passes unasked.
    for user in ("alice", "bob") if what != "record" else ("alice",):
        outcome = world.stack("nullok", "debug", after=["auth required pam_permit.so"]).authenticate(
            user, code_for("123456"), remarks=True)
        text = "\n".join([*outcome.log, *outcome.remarks])
        assert "sesquipedalian" not in text and "$6$" not in text
        if what in faults.NEEDED_BY_THE_ENROLLED and user == "alice":
            assert outcome.code == "PAM_AUTHINFO_UNAVAIL"


def test_the_owner_of_a_secret_cannot_read_it(world):
    """CVE-2012-6140, google-authenticator 240: whoever has the account, or a program of theirs, had the secret."""
    person = world.enrol("alice")
    for code in (person.token.code(), person.token.wrong(), person.backup_codes[0]):
        world.login("alice", code, remarks=True)
    alice = ["setpriv", "--reuid=alice", "--regid=alice", "--init-groups"]
    files = [path for path in [world.key, *world.store.rglob("*")] if path.is_file()]
    assert len(files) >= 4
    for command in [*(["cat", path] for path in files), ["ls", world.store], ["ls", world.users]]:
        tried = subprocess.run([*alice, *command], capture_output=True, text=True, check=False)
        assert tried.returncode != 0 and "Permission denied" in tried.stderr, command


def test_the_store_alone_is_worth_nothing(world):
    """google-authenticator 272: a store on a disk that others read. Neither secret nor backup code stands in it."""
    person = world.enrol("alice")
    world.login("alice", person.token.code)
    key = base64.b32decode(person.secret + "=" * (-len(person.secret) % 8))
    plain = [code.replace("-", "") for code in person.backup_codes]
    secrets = [key, key.hex().encode(), person.secret.encode(), world.key.read_bytes(),
               *(code.encode() for code in [*person.backup_codes, *plain, *map(str.lower, plain)])]
    files = [path for path in world.store.rglob("*") if path.is_file()]
    assert len(files) >= 3
    for path in files:
        content = path.read_bytes()
        for secret in secrets:
            for part in (secret, secret[:8]):
                assert part not in content, path

"""twostep import oath, with files that the real pam_oath has read and written."""

import json

import authlog
import moving
import oath
import pytest
import tool
from moving import Seed, names, only, report, users_file

COUNTED = [("HOTP", 6), ("HOTP/E", 6), ("HOTP/E/6", 6), ("HOTP/E/7", 7), ("HOTP/E/8", 8)]
TIMED = [(f"HOTP/T{period}{digits and f'/{digits}'}", digits or 6, period)
         for period in (30, 60) for digits in ("", 6, 7, 8)]


@pytest.fixture
def path(folder):
    return folder / "users.oath"


@pytest.mark.parametrize("kind, digits", COUNTED)
def test_counted_codes(world, folder, path, kind, digits):
    """What pam_oath accepted is used; the next one lets in."""
    seed = Seed(digits)
    users_file(path, f"{kind} alice - {seed.hex}")
    for counter in (0, 3):
        assert moving.oath_login(folder, path, "alice", seed.token.hotp(counter), digits)
    said = only(report(world, "oath", path))
    assert (said["user"], said["outcome"], names(said["carriedOver"]), said["notCarriedOver"]) == \
        ("alice", "imported", ["token", "counter"], [])
    for counter in (0, 2, 3):
        assert world.login("alice", seed.token.hotp(counter)).code == "PAM_AUTH_ERR"
    assert world.login("alice", seed.token.hotp(4)).code == "PAM_SUCCESS"


@pytest.mark.parametrize("kind, digits, period", TIMED)
def test_timed_codes(world, folder, path, kind, digits, period):
    seed = Seed(digits, period)
    users_file(path, f"{kind}\talice\t-\t{seed.hex.upper()}")
    oath.steady(period, seconds=8)
    code = seed.token.code()
    assert moving.oath_login(folder, path, "alice", code, digits)
    assert not moving.oath_login(folder, path, "alice", code, digits)
    assert "used-codes" in names(only(report(world, "oath", path))["carriedOver"])
    assert world.login("alice", code).event["reason"] == "already-used"
    assert world.login("alice", seed.token.code(1)).code == "PAM_SUCCESS"


def test_a_token_that_was_never_used(world, path):
    timed, counted = Seed(), Seed()
    users_file(path, f"HOTP/T30 alice - {timed.hex}", f"HOTP bob - {counted.hex} 7")
    report(world, "oath", path)
    oath.steady()
    assert world.login("alice", timed.token.code).code == "PAM_SUCCESS"
    assert world.login("bob", counted.token.hotp(6)).code == "PAM_AUTH_ERR"
    assert world.login("bob", counted.token.hotp(7)).code == "PAM_SUCCESS"


def test_a_code_from_ahead_that_was_used(world, folder, path):
    """pam_oath takes codes of up to `window` steps ahead; one that it took must not come again when its time comes."""
    seed = Seed()
    users_file(path, f"HOTP/T30 alice - {seed.hex}")
    oath.steady(seconds=10)
    code = seed.token.code(1)
    assert moving.oath_login(folder, path, "alice", code)
    report(world, "oath", path)
    assert world.login("alice", code).event["reason"] == "already-used"
    assert world.login("alice", seed.token.code()).event["reason"] == "already-used"


def test_several_tokens_of_one_user(world, folder, path):
    timed, counted = Seed(), Seed(8)
    users_file(path, "# users", f"HOTP/T30 alice - {timed.hex}", "", f"HOTP bob - {Seed().hex}",
               f"HOTP/E/8 alice - {counted.hex} 5")
    said = report(world, "oath", path)
    assert [user["user"] for user in said["users"]] == ["alice", "bob"] and said["imported"] == 2
    assert [token["label"] for token in tool.status(world)["tokens"]] == ["app", "app-2"]
    oath.steady()
    assert world.login("alice", timed.token.code).code == "PAM_SUCCESS"
    assert world.login("alice", counted.token.hotp(5)).code == "PAM_SUCCESS"


@pytest.mark.parametrize("pin", ["-", "+", "s3cret-pin"])
def test_pins(world, path, pin):
    seed = Seed()
    users_file(path, f"HOTP alice {pin} {seed.hex}")
    mark = authlog.mark()
    said = report(world, "oath", path)
    assert names(only(said)["notCarriedOver"]) == ([] if pin == "-" else ["pin"])
    log = "\n".join(authlog.since(mark))
    assert "event=enrolled user=alice by=0 provisioned=yes from=oath" in log
    for secret in ("s3cret-pin", seed.hex, seed.token.secret):
        assert secret not in json.dumps(said) + log
    assert world.login("alice", seed.token.hotp(0)).code == "PAM_SUCCESS"


def test_one_user_who_cannot_be_taken_stops_nobody_else(world, path):
    seed = Seed()
    users_file(path, f"HOTP alice - {seed.hex}", f"HOTP mallory - {Seed().hex}", "HOTP bob - 00",
               f"HOTP carol - {Seed().hex}")
    person = world.enrol("carol")
    said = report(world, "oath", path, status=tool.EX_NOUSER)
    assert {user["user"]: user.get("error", user["outcome"]) for user in said["users"]} == {
        "alice": "imported", "mallory": "no such user: mallory",
        "bob": "bob cannot be imported: the key has 1 bytes; 10 to 128 are taken",
        "carol": "carol is already enrolled"}
    assert (said["imported"], said["failed"]) == (1, 3)
    assert tool.status(world, "bob")["enrolled"] is False
    assert world.login("alice", seed.token.hotp(0)).code == "PAM_SUCCESS"
    assert world.login("carol", person.token.code).code == "PAM_SUCCESS"


def test_two_names_of_one_account(world, path):
    """An account that the name service knows by two names is taken over once."""
    with open("/etc/passwd", "a", encoding="ascii") as accounts:
        accounts.write(f"alias:x:{moving.pwd.getpwnam('alice').pw_uid}:0::/nonexistent:/bin/sh\n")
    users_file(path, f"HOTP alice - {Seed().hex}", f"HOTP alias - {Seed().hex}")
    try:
        said = report(world, "oath", path, status=tool.EX_DATAERR)
        assert [user["outcome"] for user in said["users"]] == ["imported", "failed"]
        assert "under another name" in said["users"][1]["error"]
    finally:
        with open("/etc/passwd", encoding="ascii") as accounts:
            lines = [line for line in accounts if not line.startswith("alias:")]
        with open("/etc/passwd", "w", encoding="ascii") as accounts:
            accounts.writelines(lines)


@pytest.mark.parametrize("line, words", [
    ("HOTP/E/5 alice - KEY", "line 2: not a type that pam_oath knows"),
    ("HOTP/T15 alice - KEY", "line 2: not a type that pam_oath knows"),
    ("garbage", "line 2: not a type that pam_oath knows"),
    ("HOTP alice", "line 2: type, user, PIN and key are not all there"),
    ("HOTP alice - KEY0", "line 2: the key has an odd number"),
    ("HOTP alice - xyzw", "line 2: the key is not in hexadecimal digits"),
    ("HOTP alice - KEY -1", "line 2: the counter is no number"),
    ("HOTP alice - KEY 0 12345", "line 2: the last code is not one of 6 digits"),
])
def test_a_malformed_line_changes_nothing(world, path, line, words):
    key = Seed().hex
    users_file(path, f"HOTP bob - {Seed().hex}", line.replace("KEY", key))
    before = world.tree()
    for options in ((), ("--dry-run",), ("--json",)):
        done = world.run("import", "oath", path, *options)
        tool.fails(done, tool.EX_DATAERR, "nothing was changed", words)
        assert key not in done.stderr
    assert world.tree() == before


def test_many_malformed_lines(world, path):
    users_file(path, *["x"] * 1000)
    done = world.run("import", "oath", path)
    tool.fails(done, tool.EX_DATAERR, "line 20: ", "and 980 more")
    assert "line 21" not in done.stderr


@pytest.mark.parametrize("spoil, words", [
    (lambda path: path.chmod(0o644), "is open to others"),
    (lambda path: moving.give(path, "alice"), "belongs to somebody else"),
    (lambda path: path.rename(path.with_suffix(".away")), "is not there"),
    (lambda path: path.write_text(""), "names no user"),
    (lambda path: path.write_text("# nobody\n\n"), "names no user"),
])
def test_a_file_that_is_not_taken(world, path, spoil, words):
    users_file(path, f"HOTP alice - {Seed().hex}")
    spoil(path)
    before = world.tree()
    tool.fails(world.run("import", "oath", path), tool.EX_DATAERR, words)
    assert world.tree() == before


def test_a_dry_run_says_the_same_and_changes_nothing(world, path):
    users_file(path, f"HOTP alice + {Seed().hex} 3", f"HOTP/T30 bob - {Seed().hex} 5", "HOTP mallory - " + Seed().hex)
    before = world.tree()
    dry = report(world, "oath", path, "--dry-run", status=tool.EX_NOUSER)
    assert world.tree() == before
    real = report(world, "oath", path, status=tool.EX_NOUSER)
    assert [user.pop("outcome") for user in dry["users"]] == ["ready", "ready", "failed"]
    assert [user.pop("outcome") for user in real["users"]] == ["imported", "imported", "failed"]
    assert dry["users"] == real["users"]
    assert (dry["ready"], dry["imported"], real["ready"], real["imported"]) == (2, 0, 0, 2)


def test_for_people(world, path):
    users_file(path, f"HOTP alice + {Seed().hex} 3", "HOTP mallory - " + Seed().hex)
    done = world.run("import", "oath", path)
    assert done.returncode == tool.EX_NOUSER
    assert done.stdout.splitlines() == [
        "alice: imported",
        "  carried over: counted codes, SHA1, 6 digits",
        "  carried over: the next counter value, 3",
        "  not carried over: PIN +, checked elsewhere: the code is typed without it here",
        "mallory: failed: no such user: mallory",
        "users: 1 imported, 1 failed"]
    assert done.stderr.splitlines() == [
        "twostep: 1 of 2 users could not be imported",
        "twostep: the report says why; nothing was changed for them"]


def test_the_same_file_again_brings_nothing_back(world, path):
    seed = Seed()
    users_file(path, f"HOTP alice - {seed.hex} 3")
    report(world, "oath", path)
    assert world.login("alice", seed.token.hotp(5)).code == "PAM_SUCCESS"
    report(world, "oath", path, "--replace")
    assert world.login("alice", seed.token.hotp(5)).event["reason"] == "already-used"
    assert world.login("alice", seed.token.hotp(6)).code == "PAM_SUCCESS"

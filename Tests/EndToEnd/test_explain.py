"""`twostep explain` beside the login that it explains: the same stack, the same configuration, the same person.

The whole table of policy is explained in Tests/TwostepCoreTests/Policy/ExplainTests.swift.
"""

import datetime
import json
import pwd
import shutil
import time
from pathlib import Path

import pytest
import shelf
import tool
from pamstack import code_for

PERMIT = ["auth required pam_permit.so"]
ASKED = code_for("123456")
# What `explain` is asked about: a copy of what the login runs.
SERVICE = Path("/etc/pam.d/scripted")
TODAY = datetime.datetime.now(datetime.timezone.utc).date()


@pytest.fixture(autouse=True)
def no_file_is_left():
    yield
    SERVICE.unlink(missing_ok=True)


def login(world, user, script, *arguments, **options):
    """A login, after which the same service file stands in /etc/pam.d."""
    stack = world.stack(*arguments, after=PERMIT)
    outcome = stack.authenticate(user, script, **options)
    shutil.copy(world.folder / "pam.d/scripted", SERVICE)
    return outcome


def explain(user, *options, service="scripted"):
    """What it says of the one line of the service."""
    done = tool.run("explain", user, "--service", service, "--json", *options)
    assert (done.returncode, done.stderr) == (0, ""), done
    said = json.loads(done.stdout)
    assert [line["file"] for line in said["lines"]] == [str(SERVICE)]
    return said["lines"][0]


def quoted(line):
    """The lines that it quotes, found again in their files."""
    for quote in line["decides"]:
        if "line" in quote:
            assert Path(quote["file"]).read_text().splitlines()[quote["line"] - 1].strip() == quote["text"]
    return [quote["text"] for quote in line["decides"]]


def of_module(world, *arguments):
    return " ".join(["auth required pam_twostep.so", f"config={world.config}", *arguments])


def test_whoever_is_exempt_passes(make_world):
    world = make_world(exempt="net:192.0.2.0/24 user:bob")
    outcome = login(world, "alice", [], items={"rhost": "192.0.2.7"})
    line = explain("alice", "--rhost", "192.0.2.7")
    assert (line["outcome"], line["reason"]) == ("passes", outcome.event["reason"]) == ("passes", "exempt")
    assert quoted(line) == ["exempt = net:192.0.2.0/24 user:bob"]
    # A user's own sudo is believed nothing about hosts; and another address is not exempt.
    for options in (["--rhost", "192.0.2.7", "--caller", "bob"], ["--rhost", "192.0.3.7"], []):
        assert explain("alice", *options)["outcome"] == "refused"


def test_the_day_comes(make_world):
    tomorrow = TODAY + datetime.timedelta(days=1)
    world = make_world(required="user:alice", enroll_by=tomorrow)
    outcome = world.stack("nullok", after=PERMIT).authenticate("bob", [])
    shutil.copy(world.folder / "pam.d/scripted", SERVICE)
    assert outcome.event["reason"] == explain("bob")["reason"] == "not-enrolled"
    line = explain("alice")
    assert (line["outcome"], line["reason"]) == ("passes", "enroll-by")
    assert quoted(line) == [f"enroll_by = {tomorrow}", "required = user:alice", of_module(world, "nullok")]
    assert explain("alice", "--at", str(tomorrow))["outcome"] == "passes"
    later = explain("alice", "--at", str(tomorrow + datetime.timedelta(days=1)))
    assert (later["outcome"], later["reason"]) == ("refused", "not-enrolled")
    assert quoted(later) == ["required = user:alice", f"enroll_by = {tomorrow}"]


def test_a_group_that_is_not_known(make_world):
    world = make_world(required="group:policy-gone")
    outcome = login(world, "alice", ASKED, "nullok")
    line = explain("alice")
    assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTHINFO_UNAVAIL", "group-unknown")
    assert (line["outcome"], line["reason"], line["cause"]) == ("refused", "group-unknown", "policy-gone")
    assert quoted(line) == ["required = group:policy-gone"]


def test_whoever_is_enrolled_is_asked_and_nothing_is_touched(make_world):
    world = make_world(ssh_key_touch="enforced scripted", deny=2)
    person = world.enrol("alice")
    world.register("alice", "sk-ssh-ed25519@openssh.com "
                   "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIEg3wkfhhBCqLpW6dqdLCPpKyRk3xV8hGDCnZ2xNJ2PcAAAABHNzaDo=",
                   "yubi")
    assert login(world, "alice", code_for("000000"), "debug").code == "PAM_AUTH_ERR"
    before = world.tree()
    line = explain("alice")
    assert (line["outcome"], line["reason"], line["securityKeys"]) == ("asked", "enrolled", ["yubi"])
    assert quoted(line) == [of_module(world, "debug"), "ssh_key_touch = enforced scripted"]
    assert "lockedUntil" not in line
    # No key counts for who starts the program themselves.
    assert explain("alice", "--caller", "alice")["securityKeys"] == []
    assert world.tree() == before
    assert login(world, "alice", code_for("000000"), "debug").code == "PAM_AUTH_ERR"
    locked = explain("alice")
    assert locked["outcome"] == "asked"
    until = datetime.datetime.fromisoformat(locked["lockedUntil"].replace("Z", "+00:00")).timestamp()
    assert 0 < until - time.time() <= 900
    # The code that was not used up still is one: two in a row count while single ones do not.
    outcome = login(world, "alice", code_for(lambda: f"{person.token.code()} {person.token.code(1)}"), "debug")
    assert outcome.code == "PAM_SUCCESS"


def test_who_must_enrol_anew_gets_in_by_a_recovery_code(make_world):
    world = make_world()
    world.twostep("invite", "alice")
    world.twostep("restore")
    assert login(world, "alice", ASKED).event["reason"] == explain("alice")["reason"] == "must-reenrol"
    assert "recoveryUntil" not in explain("alice")
    words = ["explain", "alice", "--service", "scripted"]
    said = tool.run(*words).stdout
    assert "is asked, and refused, unless by a recovery code" in said and "no recovery code counts now" in said
    expires = json.loads(world.twostep("recover", "alice", "--reason", "x", "--json"))["expires"]
    assert (explain("alice")["outcome"], explain("alice")["recoveryUntil"]) == ("refused", expires)
    assert f"  a recovery code counts until {expires}\n" in tool.run(*words).stdout
    # Under sudo none is taken.
    assert "recoveryUntil" not in explain("alice", "--caller", "bob")
    assert "refused whatever is typed" in tool.run(*words, "--caller", "bob").stdout


def test_for_people(make_world):
    world = make_world(required="none")
    login(world, "alice", [], "nullok")
    tool.says(tool.run("explain", "alice", "--service", "SCRIPTED", "--rhost", "192.0.2.7"),
              f"alice (uid {pwd.getpwnam('alice').pw_uid}) at scripted from 192.0.2.7", "",
              f"{SERVICE}:1: {of_module(world, 'nullok')}",
              "  alice is not asked: has no second step, and need not have one",
              f"  by {world.config}:{len(world.settings)}: required = none", "    no rule of it holds",
              f"  by {SERVICE}:1: {of_module(world, 'nullok')}",
              "    nullok: who has no second step, and need not have one, passes")


def test_nobody_of_the_name_and_no_line_of_ours(make_world):
    world = make_world()
    login(world, "mallory", ASKED, "nullok")
    done = tool.run("explain", "mallory", "--service", "scripted", "--json")
    said = json.loads(done.stdout)
    assert "uid" not in said and said["lines"][0]["reason"] == "unknown-user"
    assert "no such user" in tool.run("explain", "mallory", "--service", "scripted").stdout
    SERVICE.write_text("@include common-auth\n")
    assert json.loads(tool.run("explain", "alice", "--service", "scripted", "--json").stdout)["lines"] == []
    said = tool.run("explain", "alice", "--service", "scripted").stdout
    assert "asks for no code" in said and said.endswith("to have it ask: twostep pam enable scripted\n")
    # There is no such file, or one that `pam enable` does not touch: no advice that leads nowhere.
    for name in ("ssh", "common-auth", "twostep"):
        said = tool.run("explain", "alice", "--service", name).stdout
        assert "asks for no code" in said and "pam enable" not in said


def test_a_line_that_is_included(make_world):
    world = make_world()
    part = Path("/etc/pam.d/scripted-part")
    with shelf.kept(part):
        part.write_text("# ours\n" + of_module(world) + "\n")
        for control in ("auth include", "auth substack", "@include"):
            SERVICE.write_text(f"auth required pam_unix.so\n{control} scripted-part\n")
            said = json.loads(tool.run("explain", "alice", "--service", "scripted", "--json").stdout)
            assert [(line["file"], line["line"]) for line in said["lines"]] == [(str(part), 2)]
            assert f"included by {SERVICE}:2" in tool.run("explain", "alice", "--service", "scripted").stdout


def test_what_is_wrong_is_an_answer(make_world):
    world = make_world()
    login(world, "alice", ASKED, "nullok")
    with world.config.open("a") as file:
        file.write("digits = nine\n")
    line = explain("alice")
    assert (line["outcome"], line["reason"]) == ("refused", "config-invalid")
    assert quoted(line) == ["digits = nine"]
    # A file that is not in place yet.
    other = world.folder / "other.conf"
    other.write_text(f"store = {world.store}\nkey = {world.key}\nexempt = user:alice\n")
    assert explain("alice", "--config", other)["reason"] == "exempt"
    world.configure()
    world.key.unlink()
    line = explain("alice")
    assert (line["reason"], quoted(line)) == ("key-missing", [f"key = {world.key}"])
    SERVICE.write_text("auth required pam_twostep.so nullko\n")
    assert explain("alice")["reason"] == "unknown-argument"


def test_bad_input(make_world):
    make_world()
    with shelf.kept(Path("/etc/pam.d/other")):
        Path("/etc/pam.d/other").unlink(missing_ok=True)
        for name in ("gone", "../../etc/passwd", ""):
            tool.fails(tool.run("explain", "alice", "--service", name), tool.EX_DATAERR, "no such service")
    assert tool.run("explain", "alice").returncode == tool.EX_USAGE
    assert tool.run("explain", "alice", "--service", "su", "--at", "2027-02-29").returncode == tool.EX_USAGE
    tool.fails(tool.run("explain", "alice", "--service", "su", "--caller", "mallory"), tool.EX_NOUSER, "mallory")
    tool.fails(tool.run("explain", "alice", "--service", "su", prefix=["setpriv", "--reuid=65534", "--clear-groups"]),
               tool.EX_NOPERM, "only root")

"""Who must have a second step, who is exempt, and until when: through a real stack, with real groups."""

import datetime
import subprocess

import pytest
from pamstack import code_for
from script import Told

PERMIT = ["auth required pam_permit.so"]
TODAY = datetime.datetime.now(datetime.timezone.utc).date()
YESTERDAY, TOMORROW = (str(TODAY + datetime.timedelta(days=days)) for days in (-1, 1))
ASKED = code_for("123456")


@pytest.fixture(scope="module", autouse=True)
def groups():
    """alice is listed in `policy-listed`, and `policy-own` is bob's own group."""
    own = subprocess.run(["id", "-gn", "bob"], capture_output=True, text=True, check=True).stdout.strip()
    for name in ("policy-listed", "policy-own"):
        subprocess.run(["groupadd", name], check=True)
    subprocess.run(["gpasswd", "-a", "alice", "policy-listed"], check=True, capture_output=True)
    subprocess.run(["usermod", "-g", "policy-own", "bob"], check=True)
    yield
    subprocess.run(["usermod", "-g", own, "bob"], check=True)
    for name in ("policy-listed", "policy-own"):
        subprocess.run(["groupdel", name], check=True)


def _unenrolled(world, user, script, *arguments, **options):
    return world.stack(*(arguments or ["nullok"]), after=PERMIT).authenticate(user, script, **options)


@pytest.mark.parametrize("required, user, passes", [
    ("user:alice", "alice", False), ("user:alice", "bob", True),
    ("group:policy-listed", "alice", False), ("group:policy-listed", "bob", True),
    ("group:policy-own", "bob", False), ("group:policy-own", "alice", True),
    ("service:scripted", "alice", False), ("service:sshd", "alice", True),
    ("user:carol group:policy-own service:su", "bob", False),
])
def test_required(make_world, required, user, passes):
    world = make_world(required=required)
    outcome = _unenrolled(world, user, [] if passes else ASKED)
    assert outcome.code == ("PAM_SUCCESS" if passes else "PAM_AUTH_ERR")
    assert outcome.event["event"] == ("ignored" if passes else "refused")
    assert outcome.event["reason"] == "not-enrolled"
    # Without nullok nobody passes.
    assert _unenrolled(world, user, ASKED, "debug").code == "PAM_AUTH_ERR"


def test_a_group_that_does_not_resolve_lets_nobody_pass(make_world):
    world = make_world(required="group:policy-gone")
    outcome = _unenrolled(world, "alice", ASKED)
    assert outcome.code == "PAM_AUTHINFO_UNAVAIL"
    assert (outcome.event["reason"], outcome.event["cause"]) == ("group-unknown", "policy-gone")
    # Who is enrolled is asked, and gets in: the group decides nothing for them.
    person = world.enrol("alice")
    assert _unenrolled(world, "alice", code_for(person.token.code)).code == "PAM_SUCCESS"


@pytest.mark.parametrize("exempt, user, items, passes", [
    ("user:alice", "alice", {}, True), ("user:alice", "bob", {}, False),
    ("group:policy-listed", "alice", {}, True), ("group:policy-listed", "bob", {}, False),
    ("group:policy-own", "bob", {}, True), ("group:policy-gone", "alice", {}, False),
    ("service:scripted", "alice", {}, True), ("service:scripted2", "alice", {}, False),
    ("net:192.0.2.0/24", "alice", {"rhost": "192.0.2.7"}, True),
    ("net:192.0.2.0/24", "alice", {"rhost": "::ffff:192.0.2.7"}, True),
    ("net:192.0.2.0/24", "alice", {"rhost": "192.0.3.7"}, False),
    ("net:192.0.2.0/24", "alice", {"rhost": "192.0.2.7.example.org"}, False),
    ("net:192.0.2.0/24", "alice", {}, False),
    ("net:2001:db8::/32", "alice", {"rhost": "2001:db8::7"}, True),
    ("net:2001:db8::/32", "alice", {"rhost": "2001:db9::7"}, False),
])
def test_exempt(make_world, exempt, user, items, passes):
    world = make_world(exempt=exempt)
    world.enrol(user)
    before = world.tree()
    outcome = _unenrolled(world, user, [] if passes else ASKED, "debug", items=items)
    if passes:
        assert outcome.code == "PAM_SUCCESS"
        assert (outcome.event["event"], outcome.event["reason"]) == ("ignored", "exempt")
        assert outcome.event["rule"] == exempt
        assert world.tree() == before
    else:
        assert outcome.code == "PAM_AUTH_ERR"
    # The argument overrules it.
    assert _unenrolled(world, user, ASKED, "required", items=items).code == "PAM_AUTH_ERR"


def test_exempt_is_decided_before_store_and_key_are_touched(make_world):
    world = make_world(exempt="service:scripted")
    world.key.unlink()
    world.store.rename(world.folder / "elsewhere")
    assert _unenrolled(world, "alice", []).event["reason"] == "exempt"


def test_until_the_day_with_a_reminder(make_world):
    world = make_world(required="user:alice", enroll_by=TOMORROW)
    reminder = [Told(f"twostep: set up your second step by {TOMORROW}; later you are refused"),
                Told("twostep: run twostep enroll, or ask your administrator")]
    outcome = _unenrolled(world, "alice", reminder)
    assert outcome.code == "PAM_SUCCESS" and outcome.event["reason"] == "enroll-by"
    assert _unenrolled(world, "bob", []).event["reason"] == "not-enrolled"
    assert _unenrolled(world, "alice", ASKED, "debug").code == "PAM_AUTH_ERR"
    world.configure(enroll_by=YESTERDAY)
    outcome = _unenrolled(world, "alice", ASKED)
    assert outcome.code == "PAM_AUTH_ERR" and outcome.event["reason"] == "not-enrolled"


@pytest.mark.parametrize("line", [
    "required = user:alice,user:bob", "required = net:192.0.2.0/24", "required = all user:alice", "exempt = all",
    "exempt = net:192.0.2.7/24", "exempt = net:example.org", "exempt = service:SSHD", "enroll_by = 2027-02-29"])
def test_what_is_no_rule_refuses_everybody(make_world, line):
    world = make_world()
    person = world.enrol("alice")
    with world.config.open("a") as file:
        file.write(line + "\n")
    outcome = world.login("alice", person.token.code)
    assert outcome.code == "PAM_AUTHINFO_UNAVAIL" and outcome.event["reason"] == "config-invalid"
    done = world.run("status")
    assert done.returncode == 78 and f"{world.config}:5:" in done.stderr

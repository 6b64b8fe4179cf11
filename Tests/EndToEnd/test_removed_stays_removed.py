"""What the tool took away does not come back by damage: both slots know of it."""

import os

import pytest
import tool
from pamstack import code_for
from tool import add_token, security_key

SLOT = 4096
# What happens to the slot that holds the record: a bit at its beginning, in its middle, at its end, or all of it.
DAMAGES = {"generation": (7, 1), "key id": (10, 1), "text": (2000, 1), "tag": (SLOT - 1, 1), "all": (0, SLOT)}


@pytest.fixture(params=DAMAGES.values(), ids=DAMAGES.keys())
def damage(request):
    """Damages the newer slot, or with `older` the other one, of alice's record."""
    start, count = request.param

    def damage(world, older=False):
        slot = tool.record(world)["slot"] ^ older
        path = world.record_of("alice")
        data = bytearray(path.read_bytes())
        for index in range(SLOT * (1 + slot) + start, SLOT * (1 + slot) + start + count):
            data[index] ^= 1
        path.write_bytes(data)
    return damage


@pytest.fixture(params=[False, True], ids=["newer", "older"])
def older(request):
    return request.param


def _says_damaged(outcome):
    return any("event=slot-damaged" in line for line in outcome.log)


def test_a_security_key(make_world, folder, damage, older):
    world = make_world(ssh_key_touch="enforced scripted")
    person = world.enrol("alice")
    key = security_key()
    (folder / "environment").write_text(f"SSH_AUTH_INFO_0=publickey {key}\n")
    os.chmod(folder / "environment", 0o644)
    stack = world.stack(before=[f"auth optional pam_env.so readenv=1 envfile={folder}/environment"])
    calls = ["setcred", "authenticate"]     # pam_env fills the environment in setcred
    world.register("alice", key, "yubikey")
    assert stack.call(calls, "alice", []).code == "PAM_SUCCESS"
    world.twostep("token", "remove", "alice", "yubikey")
    damage(world, older)
    outcome = stack.call(calls, "alice", code_for(person.token.wrong()))
    assert outcome.code == "PAM_AUTH_ERR" and _says_damaged(outcome)
    assert tool.status(world)["securityKeys"] == []


def test_a_token(world, damage, older):
    world.enrol("alice", "--hotp")
    _, _, fob = add_token(world, "--hotp", "--label", "fob")
    assert world.login("alice", fob.hotp(0)).code == "PAM_SUCCESS"
    world.twostep("token", "remove", "alice", "fob")
    damage(world, older)
    outcome = world.login("alice", fob.hotp(1))
    assert outcome.code == "PAM_AUTH_ERR" and _says_damaged(outcome)


def test_backup_codes(world, damage, older):
    """Beside a counting token, which makes nobody cautious: nothing else refuses the old ones."""
    person = world.enrol("alice", "--hotp")
    world.twostep("backup-codes", "alice", "--regenerate", "--override", "--reason", "x", "--json")
    damage(world, older)
    outcome = world.login("alice", person.backup_codes[0])
    assert outcome.code == "PAM_AUTH_ERR" and _says_damaged(outcome)
    assert any("event=refused reason=wrong-code" in line for line in outcome.log)

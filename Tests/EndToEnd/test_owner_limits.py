"""What a thief with the owner's password, or one code, cannot make of the commands that owners have without root."""

import authlog
import owner
import people
import pytest
import service as running_service
import tool


@pytest.fixture
def world(machine):
    machine.configure(required="none", backup_codes=2)
    return machine


@pytest.fixture(autouse=True)
def service(world):
    service = running_service.Service()
    yield service
    service.stop()


def _changed(code):
    return code[:-1] + str((int(code[-1]) + 1) % 10)


def test_a_spent_code_and_a_guess_tell_nothing_of_the_guess(world):
    """By resync and by a login alike: right or wrong, it is a wrong pair, and the next one waits."""
    alice = world.enrol("alice", "--hotp")
    assert world.login("alice", alice.token.hotp(0)).code == "PAM_SUCCESS"
    spent, right = alice.token.hotp(0), alice.token.hotp(1)
    said = []
    for guess in (right, _changed(right)):
        world.twostep("unlock", "alice")
        words = ["token", "resync", "alice", "app"]
        first = owner.run("alice", *words, typed=[people.PASSWORD, spent, guess])
        second = owner.run("alice", *words, typed=[people.PASSWORD, spent, guess])
        said.append((first.returncode, first.stderr))
        assert "so soon after" in second.stderr
    assert said[0] == said[1]
    for guess in (right, _changed(right)):
        world.twostep("unlock", "alice")
        assert world.login("alice", spent + guess).event["reason"] == "wrong-code"
        assert world.login("alice", spent + guess).event["reason"] == "too-soon"


@pytest.mark.parametrize("words", [["backup-codes", "--regenerate"], ["token", "add", "--label", "thief"]],
                         ids=["backup codes", "token"])
def test_what_root_does_meanwhile_stands(world, words):
    """A thief with the phone stops at the last question; root takes the phone's token away."""
    alice = world.enrol("alice")
    tool.add_token(world, "--label", "tablet")
    with owner.at_terminal("alice", *words) as terminal:
        terminal.answer(owner.CODE_PROMPT, alice.token.code())
        seen = terminal.expect(tool.SENTENCE_QUESTION if words[0] == "backup-codes" else tool.CODE_QUESTION).seen
        world.twostep("token", "remove", "alice", "app")
        before = world.record_of("alice").read_bytes()
        terminal.type(tool.SENTENCE if words[0] == "backup-codes" else tool.token_on(seen).code())
        assert "somebody else" in terminal.end() and terminal.status != 0
    assert world.record_of("alice").read_bytes() == before


def test_a_lost_record_is_not_enrolled_over(world):
    """Root may; whoever has the password must not put a phone of theirs in its place."""
    world.enrol("alice")
    world.record_of("alice").unlink()
    mark = authlog.mark()
    done = owner.run("alice", "enroll", typed=[people.PASSWORD])
    assert done.returncode != 0 and "record-missing" in done.stderr
    assert not world.record_of("alice").exists()
    assert not any("event=enrolled" in line for line in authlog.since(mark))
    world.enrol("alice")


def test_a_label_moves_no_cursor(world):
    world.enrol("alice")
    for label in ("x\u009b31m", "x\x7f", "x\u202e"):
        done = owner.run("alice", "token", "rename", "alice", "app", label, typed=[people.PASSWORD])
        assert done.returncode == 64 and "that cannot be shown" in done.stderr
    assert [token["label"] for token in tool.status(world)["tokens"]] == ["app"]


def test_an_owners_mistake_is_no_fault_of_the_installation(world):
    """Anybody can make it as often as they like; administrators look for event=error."""
    world.enrol("alice")
    mark = authlog.mark()
    done = owner.run("alice", "contact", "--set", "alice@example.org", typed=[people.PASSWORD])
    assert done.returncode == 78 and "sends no mail" in done.stderr, done
    assert not any("event=error" in line for line in authlog.since(mark))


def test_whoever_hangs_up_is_no_fault_of_the_installation(world):
    world.enrol("alice")
    mark = authlog.mark()
    with owner.at_terminal("alice", "token", "rename", "alice", "app", "phone", password=None) as terminal:
        terminal.expect(owner.PASSWORD_QUESTION)
    assert not any("command-failed" in line for line in authlog.since(mark))


def test_an_owner_leaves_their_own_name_away(world):
    world.enrol("alice")
    tool.add_token(world, "--label", "spare")
    done = owner.run("alice", "token", "rename", "spare", "tablet", typed=[people.PASSWORD])
    assert done.returncode == 0 and '"tablet"' in done.stdout, done
    done = owner.run("alice", "token", "remove", "nothing")
    assert done.returncode == tool.EX_DATAERR and 'alice has no token "nothing"' in done.stderr, done
    done = owner.run("alice", "token", "resync", "nothing")
    assert done.returncode == tool.EX_DATAERR and 'alice has no token "nothing"' in done.stderr, done
    for words in (["remove", "tablet"], ["rename", "tablet", "x"], ["resync", "tablet"]):
        tool.fails(world.run("token", *words), tool.EX_USAGE, "no user is named")

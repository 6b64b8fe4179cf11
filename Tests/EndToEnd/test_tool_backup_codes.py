"""twostep backup-codes USER: how many are left, and new ones in their place."""

import json
import re

import authlog
import oath
import pytest
import tool
from terminal import Terminal
from tool import SENTENCE, SENTENCE_QUESTION, backup_codes_on

CODE_QUESTION = "Verification code: "
REGENERATE = ("backup-codes", "alice", "--regenerate")
OVERRIDE = (*REGENERATE, "--override", "--reason", "lost phone, ticket 7")


@pytest.fixture
def person(full_world):
    return full_world.enrol("alice")


@pytest.fixture
def asking(full_world):
    """`backup-codes alice --regenerate` on a terminal."""
    opened = []

    def start(*options):
        opened.append(Terminal(["twostep", *REGENERATE, "--config", full_world.config, *options]))
        return opened[-1]
    yield start
    for terminal in opened:
        terminal.close()


def _counts(world, code):
    """Whether a login takes this backup code; if so it is spent."""
    return world.login("alice", code, remarks=True).code == "PAM_SUCCESS"


def _renew(world, *options):
    """New codes without questions."""
    return json.loads(world.twostep(*OVERRIDE, "--json", *options))["backupCodes"]


class TestHowManyAreLeft:
    def test_all(self, full_world, person):
        tool.says(full_world.run("backup-codes", "alice"), "backup codes left: 10")

    def test_few(self, full_world, person):
        for code in person.backup_codes[:7]:
            assert _counts(full_world, code)
        tool.says(full_world.run("backup-codes", "alice"), "backup codes left: 3")
        assert _counts(full_world, person.backup_codes[7])
        tool.says(full_world.run("backup-codes", "alice"), "backup codes left: 2",
                  "few are left; new ones: twostep backup-codes alice --regenerate")

    def test_json(self, full_world, person):
        _counts(full_world, person.backup_codes[0])
        assert json.loads(full_world.twostep("backup-codes", "alice", "--json")) == \
            {"backupCodesLeft": 9, "user": "alice"}

    def test_never_a_code_and_nothing_changes(self, full_world, person):
        before = full_world.tree()
        said = full_world.twostep("backup-codes", "alice")
        said += full_world.twostep("backup-codes", "alice", "--json")
        assert not any(code in said or code.replace("-", "") in said for code in person.backup_codes)
        assert full_world.tree() == before

    def test_of_somebody_not_enrolled(self, full_world):
        for command in (["backup-codes", "alice"], REGENERATE, OVERRIDE):
            tool.fails_with(full_world.run(*command), tool.EX_NOUSER, "alice is not enrolled",
                            "run: twostep enroll alice")


class TestTheDialogue:
    def test_as_it_looks(self, full_world, person, asking):
        oath.steady(seconds=6)
        terminal = asking().answer(CODE_QUESTION, person.token.code()).expect(SENTENCE_QUESTION)
        codes = backup_codes_on(terminal.seen)
        screen = tool.transcript(terminal.type(SENTENCE).end(), code=[person.token.code(), *codes])
        assert screen == "\n".join([
            "Type a current code of alice's, or a backup code. It is used up.",
            "Verification code: <code>", "",
            "Your new backup codes. Each lets you in once, without the app.",
            "   Print or write them down now:", "",
            *["      <code>    <code>"] * 5, "",
            '   Type "I have saved these codes" to finish: I have saved these codes',
            "alice has 10 new backup codes. The old ones no longer count.", ""])
        assert terminal.status == 0 and len(set(codes)) == 10

    def test_the_new_ones_count_and_the_old_ones_do_not(self, full_world, person, asking):
        terminal = asking().answer(CODE_QUESTION, person.token.code()).expect(SENTENCE_QUESTION)
        codes = backup_codes_on(terminal.seen)
        # Until they are confirmed it is the other way round.
        assert _counts(full_world, person.backup_codes[0])
        assert full_world.login("alice", codes[0]).event["reason"] == "wrong-code"
        terminal.type(SENTENCE).end()
        assert tool.is_in_both_slots(full_world)
        full_world.twostep("unlock", "alice")      # or the next backup code waits after a wrong one
        assert _counts(full_world, codes[0]) and _counts(full_world, codes[9])
        assert tool.status(full_world)["backupCodesLeft"] == 8
        assert full_world.login("alice", person.backup_codes[1]).event["reason"] == "wrong-code"

    def test_the_code_is_used_up(self, full_world, person, asking):
        oath.steady()
        code = person.token.code()
        asking().answer(CODE_QUESTION, code).expect(SENTENCE_QUESTION)
        assert full_world.login("alice", code).event["reason"] == "already-used"
        terminal = asking().answer(CODE_QUESTION, code).expect("that code has been used")
        assert terminal.answer(CODE_QUESTION, person.token.code(1)).expect(SENTENCE_QUESTION)

    def test_a_backup_code_will_do(self, full_world, person, asking):
        terminal = asking().answer(CODE_QUESTION, person.backup_codes[0])
        terminal.expect("twostep: backup code accepted, 9 left").answer(SENTENCE_QUESTION, SENTENCE)
        terminal.end()
        assert terminal.status == 0

    def test_wrong_codes(self, full_world, person, asking):
        before = tool.record(full_world)
        terminal = asking()
        for code in person.token.wrong(3):
            terminal.answer(CODE_QUESTION, code)
        screen = tool.transcript(terminal.end(), code=person.token.wrong(3))
        assert screen == "\n".join([
            "Type a current code of alice's, or a backup code. It is used up.",
            *["Verification code: <code>", "twostep: that code is wrong",
              "twostep: type the code your app shows now"] * 3,
            "twostep: refused: wrong-code; nothing else was changed",
            "twostep: where alice has no code: --override --reason TEXT, which is logged", ""])
        assert terminal.status == tool.REFUSED
        # As at a login they are charged, and nothing else happened.
        after = tool.record(full_world)
        assert after["throttle"]["worldPurse"]["failures"] == 3
        assert tool.but(after, "throttle") == tool.but(before, "throttle")

    def test_somebody_locked_is_told_the_ways_out(self, make_world):
        world = make_world(deny=1)
        person = world.enrol("alice")
        world.login("alice", person.token.wrong())
        done = world.run(*REGENERATE, input=person.token.code() + "\n")
        assert done.returncode == tool.REFUSED
        assert "type two codes in a row in one line" in done.stderr
        assert "refused: locked" in done.stderr
        oath.steady()
        with Terminal(["twostep", *REGENERATE, "--config", world.config]) as terminal:
            terminal.answer(CODE_QUESTION, f"{person.token.code()} {person.token.code(1)}")
            terminal.answer(SENTENCE_QUESTION, SENTENCE).end()
        assert terminal.status == 0

    @pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
    def test_interrupted_before_they_are_confirmed(self, full_world, person, asking, key):
        terminal = asking().answer(CODE_QUESTION, person.token.code()).expect(SENTENCE_QUESTION)
        before = tool.record(full_world)
        terminal.press(key).end()
        assert terminal.status != 0
        assert tool.record(full_world) == before
        assert _counts(full_world, person.backup_codes[0])

    def test_never_confirmed(self, full_world, person, asking):
        terminal = asking().answer(CODE_QUESTION, person.token.code())
        for _ in range(5):
            terminal.answer(SENTENCE_QUESTION, "no")
        assert "the codes were not confirmed; nothing was changed" in terminal.end()
        assert terminal.status == tool.EX_DATAERR
        assert _counts(full_world, person.backup_codes[0])

    def test_no_code_at_all(self, full_world, person):
        before = full_world.tree()
        done = full_world.run(*REGENERATE, input="")
        assert done.returncode == tool.EX_DATAERR
        assert done.stderr.splitlines() == ["twostep: no code was given; nothing was changed",
                                            "twostep: type one, or pipe one in"]
        assert full_world.tree() == before

    def test_somebody_else_gives_new_ones_meanwhile(self, full_world, person, asking):
        """Whoever confirms first has codes that count; the other one is told."""
        terminal = asking().answer(CODE_QUESTION, person.token.code()).expect(SENTENCE_QUESTION)
        theirs = _renew(full_world)
        terminal.type(SENTENCE)
        assert "somebody else has changed alice's record meanwhile" in terminal.end()
        assert terminal.status == tool.EX_UNAVAILABLE
        assert _counts(full_world, theirs[0])


class TestOverride:
    def test_no_code_is_asked_and_the_log_says_why(self, full_world, person):
        mark = authlog.mark()
        with Terminal(["twostep", *OVERRIDE, "--config", full_world.config]) as terminal:
            codes = backup_codes_on(terminal.expect(SENTENCE_QUESTION).seen)
            assert CODE_QUESTION not in terminal.seen
            terminal.type(SENTENCE).end()
        assert terminal.status == 0
        assert [line.split("twostep: ")[1] for line in authlog.since(mark)] == [
            'event=backup-codes-regenerated user=alice by=0 left=10 override=yes '
            'reason="lost phone, ticket 7"']
        assert _counts(full_world, codes[3])

    def test_without_it_the_log_says_that_too(self, full_world, person):
        mark = authlog.mark()
        done = full_world.run(*REGENERATE, input=f"{person.token.code()}\n{SENTENCE}\n")
        assert done.returncode == 0
        assert [line.split("twostep: ")[1] for line in authlog.since(mark)] == [
            "event=accepted method=totp user=alice token=app",
            "event=backup-codes-regenerated user=alice by=0 left=10"]

    def test_a_reason_cannot_forge_a_line(self, full_world, person):
        mark = authlog.mark()
        full_world.twostep(*REGENERATE, "--override", "--json", "--reason", "x\nevent=unlocked user=bob")
        lines = [line for line in authlog.since(mark) if "twostep" in line]
        assert len(lines) == 1 and r'reason="x\x0Aevent' in lines[0].replace("x0a", "x0A")

    def test_json(self, full_world, person):
        said = json.loads(full_world.twostep(*OVERRIDE, "--json"))
        assert set(said) == {"user", "backupCodes"} and said["user"] == "alice"
        codes = said["backupCodes"]
        assert len(set(codes)) == 10
        assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)
        assert full_world.login("alice", person.backup_codes[0]).event["reason"] == "wrong-code"
        full_world.twostep("unlock", "alice")
        assert _counts(full_world, codes[0])

    def test_as_many_as_the_site_gives(self, full_world, person):
        full_world.configure(backup_codes=4, bcrypt_cost=11)
        assert len(_renew(full_world)) == 4
        # Where it takes seconds, a person is told what they wait for.
        full_world.configure(backup_codes=2, bcrypt_cost=12)
        done = full_world.run(*OVERRIDE, input=f"{SENTENCE}\n")
        assert "\nOne moment: the codes are being hashed.\n" in done.stdout, done
        full_world.configure(backup_codes=4, bcrypt_cost=11)
        assert len(_renew(full_world)) == 4
        hashes = [code["hash"] for code in tool.record(full_world)["backupCodes"]]
        assert len(hashes) == 4 and all(text.startswith("$2b$11$") for text in hashes)

    def test_what_nobody_could_read_does_not_count(self, full_world, person):
        before = full_world.tree()
        done = tool.unheard(full_world, *OVERRIDE, "--json")
        assert done.returncode == tool.EX_IOERR and "nothing was changed" in done.stderr
        assert full_world.tree() == before

    def test_nothing_else_changes(self, full_world, person):
        before = tool.record(full_world)
        assert tool.later(full_world, 1000, *OVERRIDE, "--json").returncode == 0
        after = tool.record(full_world)
        assert tool.but(after, "backupCodes") == tool.but(before, "backupCodes")
        assert after["changed"] - before["changed"] >= 1000


def test_no_damage_brings_the_old_ones_back(full_world, person):
    _renew(full_world)
    tool.damage_newer_slot(full_world)
    full_world.login("alice", "x")      # finds the damage
    # A fresh step ends the caution; then backup codes are judged, and the old ones are wrong.
    outcome = full_world.login("alice", lambda: person.token.code(10), later=300)
    assert outcome.code == "PAM_SUCCESS"
    assert full_world.login("alice", person.backup_codes[0], later=300).event["reason"] == "wrong-code"


def test_a_site_that_gives_none(full_world, person):
    full_world.configure(backup_codes=0)
    before = full_world.tree()
    tool.fails_with(full_world.run(*OVERRIDE), tool.EX_CONFIG, "this site gives no backup codes",
                    f"set backup_codes in {full_world.config}")
    assert full_world.tree() == before


@pytest.mark.parametrize("options, what", [
    (["--override", "--reason", "x"], "--override goes with --regenerate"),
    (["--regenerate", "--override"], "--override goes with --reason"),
    (["--regenerate", "--reason", "x"], "--reason goes with --override"),
    (["--regenerate", "--override", "--reason", " "], "--reason takes 1 to 256 bytes, not blank"),
    (["--regenerate", "--override", "--reason", "x" * 257], "--reason takes 1 to 256 bytes"),
    (["--regenerate", "--json"], "--json with --regenerate goes with --override"),
], ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else "")
def test_usage(full_world, person, options, what):
    before = full_world.tree()
    done = full_world.run("backup-codes", "alice", *options)
    assert done.returncode == tool.EX_USAGE and done.stdout == "" and what in done.stderr, done.stderr
    assert full_world.tree() == before

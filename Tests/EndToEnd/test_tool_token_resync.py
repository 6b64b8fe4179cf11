"""twostep token resync USER TOKEN: two codes in a row bring a token back into step; nothing spent comes back."""

import json
import time

import authlog
import oath
import pytest
import tool
from terminal import Terminal
from tool import add_token, security_key

RESYNC = ("token", "resync", "alice", "app")
NO_MATCH = ('these are no two codes in a row of "app", as far as 1000 {}; nothing was changed',
            "start again; if they are its codes, give a new one: twostep token add alice")
NO_CODE = ["twostep: that is no code of this token", "twostep: type the 6 digits that it shows"]


def _resync(world, *codes):
    return world.run(*RESYNC, input="".join(code + "\n" for code in codes))


@pytest.fixture
def timed(world):
    """A world and alice's TOTP token, early in a time step."""
    token = world.enrol("alice").token
    oath.steady(seconds=12)
    return world, token


@pytest.fixture
def counted(world):
    """A world and alice's HOTP token."""
    return world, world.enrol("alice", "--hotp").token


class TestTimed:
    @pytest.mark.parametrize("steps, words", [
        (4, "4 steps (2 min) ahead"), (-3, "3 steps (1 min 30 s) behind"), (1, "1 step (30 s) ahead"),
        (0, "right"), (10, "10 steps (5 min) ahead"), (-10, "10 steps (5 min) behind")])
    def test_its_clock_is_followed(self, timed, steps, words):
        world, token = timed
        before = token.code(steps + 1)
        tool.says(_resync(world, token.code(steps - 1), token.code(steps)),
                  f'alice\'s token "app" is in step: its clock is {words}.', "Its next code counts.")
        assert tool.status(world)["tokens"][0]["drift"] == steps
        assert world.login("alice", before).code == "PAM_SUCCESS"

    def test_a_login_refused_it_before(self, timed):
        world, token = timed
        assert world.login("alice", token.code(5)).event["reason"] == "wrong-code"
        _resync(world, token.code(3), token.code(4))
        assert world.login("alice", token.code(5)).code == "PAM_SUCCESS"

    @pytest.mark.parametrize("steps, words", [
        (11, "11 steps (5 min 30 s) ahead"), (-11, "11 steps (5 min 30 s) behind"),
        (250, "250 steps (2 h 5 min) ahead"), (1000, "1000 steps (8 h 20 min) ahead"),
        (-1000, "1000 steps (8 h 20 min) behind")])
    def test_too_far_is_told_and_not_followed(self, timed, steps, words):
        world, token = timed
        before = world.tree()
        tool.fails_with(
            _resync(world, token.code(steps - 1), token.code(steps)), tool.EX_DATAERR,
            f'the clock of "app" is {words}; at most 10 steps are followed; nothing was changed',
            "set the clock of the device, or of this machine where every token is off; then start again")
        assert world.tree() == before

    @pytest.mark.parametrize("steps", [1001, -1001, 100_000])
    def test_farther_is_not_looked(self, timed, steps):
        world, token = timed
        before = world.tree()
        tool.fails_with(_resync(world, token.code(steps - 1), token.code(steps)), tool.EX_DATAERR,
                        NO_MATCH[0].format("steps away"), NO_MATCH[1])
        assert world.tree() == before

    def test_both_codes_are_spent_and_all_before(self, timed):
        world, token = timed
        codes = [token.code(step) for step in (-1, 0, 1)]
        assert _resync(world, *codes[:2]).returncode == 0
        for code in codes[:2]:
            assert world.login("alice", code).event["reason"] == "already-used"
        assert world.login("alice", codes[2]).code == "PAM_SUCCESS"

    def test_neither_code_may_be_spent(self, timed):
        """Law 1: one that let somebody in says nothing any more, first or second."""
        world, token = timed
        assert world.login("alice", token.code()).code == "PAM_SUCCESS"
        before = world.tree()
        for first, wait in ((0, "30 s"), (-1, "1 min")):
            tool.fails_with(_resync(world, token.code(first), token.code(first + 1)), tool.EX_DATAERR,
                            "these codes, or later ones, have been used; nothing was changed",
                            f"wait {wait}, and start again with the next two")
        assert world.tree() == before
        assert _resync(world, token.code(1), token.code(2)).returncode == 0

    def test_it_is_no_way_back(self, timed):
        """A clock that was ahead and was set right: what was spent ahead stays spent."""
        world, token = timed
        assert _resync(world, token.code(7), token.code(8)).returncode == 0
        floor = tool.record(world)["tokens"][0]["floor"]
        tool.fails(_resync(world, token.code(-1), token.code()), tool.EX_DATAERR, "have been used")
        assert tool.record(world)["tokens"][0]["floor"] == floor == int(time.time()) // 30 + 9

    @pytest.mark.parametrize("what", ["not in a row", "in the wrong order", "wrong", "another token's"])
    def test_no_two_codes_in_a_row(self, timed, what):
        world, token = timed
        other = add_token(world, "--label", "tablet")[2]
        codes = {"not in a row": (token.code(), token.code(2)),
                 "in the wrong order": (token.code(1), token.code()),
                 "wrong": tuple(token.wrong(2)),
                 "another token's": (other.code(), other.code(1))}[what]
        before = world.tree()
        tool.fails_with(_resync(world, *codes), tool.EX_DATAERR, NO_MATCH[0].format("steps away"), NO_MATCH[1])
        assert world.tree() == before

    @pytest.mark.parametrize("options", [["--algorithm", "SHA256", "--digits", "7", "--period", "15"],
                                         ["--algorithm", "SHA512", "--digits", "8", "--period", "120"]],
                             ids=" ".join)
    def test_other_kinds(self, world, options):
        token = world.enrol("alice", *options).token
        oath.steady(period=token.period, seconds=6)
        assert _resync(world, token.code(4), token.code(5)).returncode == 0
        assert world.login("alice", token.code(6)).code == "PAM_SUCCESS"

    def test_nothing_else_changes(self, timed):
        world, token = timed
        add_token(world, "--label", "tablet")
        before = tool.record(world)
        oath.steady(seconds=6)
        codes = f"{token.code(33)}\n{token.code(34)}\n"
        assert tool.later(world, 990, *RESYNC, input=codes).returncode == 0
        after = tool.record(world)
        assert tool.but(after, "tokens") == tool.but(before, "tokens")
        changed = {name for name in before["tokens"][0] if after["tokens"][0][name] != before["tokens"][0][name]}
        assert changed == {"floor", "drift"} and after["tokens"][1] == before["tokens"][1]
        assert after["changed"] - before["changed"] >= 980 and tool.is_in_both_slots(world)


class TestCounted:
    @pytest.mark.parametrize("counter", [1, 25, 500, 999])
    def test_its_counter_is_followed(self, counted, counter):
        world, token = counted
        assert counter < 11 or world.login("alice", token.hotp(counter)).code == "PAM_AUTH_ERR"
        tool.says(_resync(world, token.hotp(counter), token.hotp(counter + 1)),
                  f'alice\'s token "app" is in step: {counter} codes were skipped.', "Its next code counts.")
        assert tool.record(world)["tokens"][0]["floor"] == counter + 2
        for spent in (counter, counter + 1):
            assert world.login("alice", token.hotp(spent)).code == "PAM_AUTH_ERR"
        assert world.login("alice", token.hotp(counter + 2)).code == "PAM_SUCCESS"

    def test_farther_is_not_looked(self, counted):
        world, token = counted
        before = world.tree()
        tool.fails_with(_resync(world, token.hotp(1000), token.hotp(1001)), tool.EX_DATAERR,
                        NO_MATCH[0].format("codes on"), NO_MATCH[1])
        assert world.tree() == before

    def test_it_never_goes_back(self, counted):
        world, token = counted
        assert _resync(world, token.hotp(500), token.hotp(501)).returncode == 0
        before = world.tree()
        for first, more in ((501, 1), (500, 2), (480, 22)):
            tool.fails_with(_resync(world, token.hotp(first), token.hotp(first + 1)), tool.EX_DATAERR,
                            "these codes, or later ones, have been used; nothing was changed",
                            f"let the device show {more} more, and start again with the next two")
        assert world.tree() == before
        assert _resync(world, token.hotp(502), token.hotp(503)).returncode == 0

    def test_json_and_the_log(self, counted):
        world, token = counted
        mark = authlog.mark()
        done = world.run(*RESYNC, "--json", input=f"{token.hotp(30)}\n{token.hotp(31)}\n")
        assert json.loads(done.stdout) == {"id": 1, "label": "app", "skipped": 30, "user": "alice"}
        lines = authlog.since(mark)
        assert [line.split("twostep: ")[1] for line in lines] == [
            "event=token-resynced user=alice by=0 token=app kind=hotp skipped=30"]


class TestAsking:
    def test_on_a_terminal(self, timed):
        world, token = timed
        codes = [token.code(2), token.code(3)]
        with Terminal(["twostep", *RESYNC, "--config", world.config]) as terminal:
            terminal.answer("First code: ", "12 34").answer("First code: ", f" {codes[0][:3]} {codes[0][3:]}")
            terminal.answer("The code after it: ", codes[0]).answer("The code after it: ", codes[1])
            screen = tool.transcript(terminal.end(), first=codes[0], second=codes[1],
                                     spaced=f"{codes[0][:3]} {codes[0][3:]}")
        assert screen == "\n".join([
            "First code: 12 34", *NO_CODE, "First code:  <spaced>",
            "The code after it: <first>", "twostep: that is the first one again", "twostep: wait for the next",
            "The code after it: <second>",
            'alice\'s token "app" is in step: its clock is 3 steps (1 min 30 s) ahead.',
            "Its next code counts.", ""])
        assert terminal.status == 0

    def test_json_and_the_log(self, timed):
        world, token = timed
        mark = authlog.mark()
        done = world.run(*RESYNC, "--json", input=f"{token.code(-3)}\n{token.code(-2)}\n")
        assert json.loads(done.stdout) == {"drift": -2, "id": 1, "label": "app", "user": "alice"}
        lines = authlog.since(mark)
        assert [line.split("twostep: ")[1] for line in lines] == [
            "event=token-resynced user=alice by=0 token=app kind=totp drift=-2"]
        assert not any(code in line for line in lines for code in (token.code(-3), token.code(-2)))

    @pytest.mark.parametrize("input", ["", "123456\n"], ids=["no code", "one code"])
    def test_no_two_codes(self, timed, input):
        world, _ = timed
        before = world.tree()
        tool.fails_with(world.run(*RESYNC, input=input), tool.EX_DATAERR,
                        "two codes are needed; nothing was changed", "type them, or pipe in two lines")
        assert world.tree() == before

    def test_never_a_code(self, timed):
        world, _ = timed
        done = world.run(*RESYNC, input="x\n" * 6)
        assert done.returncode == tool.EX_DATAERR
        assert done.stderr.splitlines() == NO_CODE * 5 + [
            "twostep: no code in 5 tries; nothing was changed", "twostep: start again"]

    def test_a_security_key_has_no_codes(self, timed):
        world, _ = timed
        world.twostep("token", "add", "alice", "--ssh-key", security_key(), "--label", "blue")
        tool.fails_with(world.run("token", "resync", "alice", "blue"), tool.EX_DATAERR,
                        '"blue" is a security key, and shows no codes',
                        "see the tokens with: twostep status alice")

    def test_what_is_not_there(self, timed):
        world, _ = timed
        tool.fails_with(world.run("token", "resync", "alice", "phone"), tool.EX_DATAERR,
                        'alice has no token "phone"', "see them with: twostep status alice")
        tool.fails_with(world.run("token", "resync", "bob", "app"), tool.EX_NOUSER,
                        "bob is not enrolled", "run: twostep enroll bob")


def test_after_damage_it_is_a_matter_of_waiting(world):
    """A refused attempt mends the record too; otherwise each would begin the wait anew, and none would ever end it."""
    token = world.enrol("alice").token
    tool.damage_newer_slot(world)
    oath.steady(seconds=6)
    done = _resync(world, token.code(), token.code(1))
    tool.fails(done, tool.EX_DATAERR, "these codes, or later ones, have been used", "wait 2 min 30 s")
    assert tool.record(world)["sound"]
    later = f"{token.code(5)}\n{token.code(6)}\n"
    assert tool.later(world, 180, *RESYNC, input=later).returncode == 0

"""twostep unlock USER: single codes count again, and nothing else is changed."""

import json
import time

import authlog
import oath
import pytest
import tool

DAY = 86400


@pytest.fixture
def locked(make_world):
    """A world in which three wrong codes have locked alice; the world and alice."""
    world = make_world(deny=3)
    person = world.enrol("alice")
    for code in person.token.wrong(3):
        world.login("alice", code)
    assert world.login("alice", person.token.code).event["reason"] == "locked"
    return world, person


def _wrong(world, person, count, **options):
    for code in person.token.wrong(count):
        world.login("alice", code, **options)


class TestWhatIsSaid:
    def test_of_somebody_locked(self, locked):
        world, _ = locked
        until = tool.status(world)["lockedUntil"]
        tool.says(world.run("unlock", "alice"),
                  f"alice is unlocked. The lock would have lasted until {until}.",
                  "Wrong codes come from somebody who has the password:",
                  "if that was not alice, have it changed.")

    def test_of_some_wrong_codes(self, world):
        person = world.enrol("alice")
        _wrong(world, person, 2)
        tool.says(world.run("unlock", "alice"),
                  "alice was not locked. The wrong codes so far are forgotten.",
                  "Wrong codes come from somebody who has the password:",
                  "if that was not alice, have it changed.")
        assert tool.status(world)["failures"] == 0

    def test_of_somebody_not_locked(self, world):
        world.enrol("alice")
        tool.says(world.run("unlock", "alice"), "alice was not locked.")

    def test_json(self, locked):
        world, _ = locked
        until = tool.status(world)["lockedUntil"]
        assert json.loads(world.twostep("unlock", "alice", "--json")) == \
            {"lockedUntil": until, "unlocked": True, "user": "alice"}
        assert json.loads(world.twostep("unlock", "alice", "--json")) == \
            {"unlocked": True, "user": "alice"}

    def test_of_somebody_not_enrolled(self, world):
        before = world.tree()
        tool.fails_with(world.run("unlock", "alice"), tool.EX_NOUSER, "alice is not enrolled",
                        "there is nothing to unlock")
        assert world.tree() == before

    def test_of_somebody_whose_record_is_gone(self, world):
        """The index knows better: that is an error, and no absence."""
        world.enrol("alice")
        world.record_of("alice").unlink()
        tool.fails(world.run("unlock", "alice"), tool.EX_IOERR, "record-missing")

    def test_the_log_says_who(self, locked):
        world, _ = locked
        mark = authlog.mark()
        world.twostep("unlock", "alice")
        assert [line.split("twostep: ")[1] for line in authlog.since(mark)] == \
            ["event=unlocked user=alice by=0"]

    def test_output_that_cannot_be_written_does_not_deny_what_was_done(self, locked):
        world, person = locked
        done = tool.unheard(world, "unlock", "alice")
        assert done.returncode == tool.EX_IOERR
        assert "what was asked for is done" in done.stderr and "nothing was changed" not in done.stderr
        assert world.login("alice", person.token.code).code == "PAM_SUCCESS"


class TestWhatItDoes:
    def test_a_single_code_counts_again(self, locked):
        world, person = locked
        world.twostep("unlock", "alice")
        assert world.login("alice", person.token.code).code == "PAM_SUCCESS"

    def test_a_known_source_counts_again(self, make_world):
        world = make_world(deny=3)
        person = world.enrol("alice")
        office = {"items": {"rhost": "192.0.2.7"}}
        assert world.login("alice", person.token.code(-1), **office).code == "PAM_SUCCESS"
        _wrong(world, person, 3, **office)
        assert world.login("alice", person.token.code(), **office).event["reason"] == "locked"
        said = tool.status(world)
        assert said["knownLockedUntil"] and "worldLockedUntil" not in said
        world.twostep("unlock", "alice")
        assert world.login("alice", person.token.code(), **office).code == "PAM_SUCCESS"
        assert tool.status(world)["knownSources"] == 1

    def test_the_next_lock_is_as_short_as_the_first(self, locked):
        """Failures are forgotten, not only the lock that they led to."""
        world, person = locked
        world.twostep("unlock", "alice")
        _wrong(world, person, 3)
        world_purse = tool.record(world)["throttle"]["worldPurse"]
        assert (world_purse["failures"], world_purse["closure"]["duration"]) == (3, 900)

    def test_used_up_guesses_are_there_again(self, make_world):
        """The budget is filled by time alone; without this command that would take days."""
        world = make_world(deny=100)
        person = world.enrol("alice")
        assert tool.status(world)["guessesUsedUp"] == []
        tool.use_up_guesses(world, person)
        assert world.login("alice", person.token.code).event["reason"] == "locked"
        said = tool.status(world)
        assert said["guessesUsedUp"] == ["world"] and said["worldLockedUntil"] == said["lockedUntil"]
        assert "guesses used up: unknown sources" in world.twostep("status", "alice")
        world.twostep("unlock", "alice")
        assert tool.record(world)["throttle"]["world"]["level"] == 1500 * DAY
        assert tool.status(world)["guessesUsedUp"] == []
        assert world.login("alice", person.token.code).code == "PAM_SUCCESS"

    def test_a_full_budget_loses_nothing(self, world):
        world.enrol("alice")
        full = tool.record(world)["throttle"]["world"]["level"]
        world.twostep("unlock", "alice")
        assert tool.record(world)["throttle"]["world"]["level"] == full > 1500 * DAY

    def test_the_wait_after_a_wrong_backup_code_ends(self, world):
        person = world.enrol("alice")
        world.login("alice", "AAAA-AAAA")
        assert world.login("alice", person.backup_codes[0]).event["reason"] == "too-soon"
        world.twostep("unlock", "alice")
        assert world.login("alice", person.backup_codes[0], remarks=True).code == "PAM_SUCCESS"

    def test_nothing_else_changes(self, locked):
        world, person = locked
        before = tool.record(world)
        tool.later(world, 1000, "unlock", "alice")
        after = tool.record(world)
        assert tool.but(after, "throttle") == tool.but(before, "throttle")
        assert after["changed"] - before["changed"] >= 1000
        assert after["throttle"]["sources"] == before["throttle"]["sources"]

    def test_what_was_spent_stays_spent(self, world):
        person = world.enrol("alice")
        code = person.token.code()
        world.login("alice", code)
        world.login("alice", person.backup_codes[0], remarks=True)
        world.twostep("unlock", "alice")
        assert world.login("alice", code).event["reason"] == "already-used"
        assert world.login("alice", person.backup_codes[0]).event["reason"] == "already-used"

    def test_both_slots_know(self, locked):
        world, _ = locked
        world.twostep("unlock", "alice")
        assert tool.is_in_both_slots(world)


class TestAClockThatWasAhead:
    """A login by a clock that is a day ahead, at which the app's codes are those of that day; then it is set right."""

    @pytest.fixture
    def ahead(self, world):
        person = world.enrol("alice")
        oath.steady(seconds=12)
        self.accepted = person.token.code(at=time.time() + DAY)
        assert world.login("alice", self.accepted, later=DAY).code == "PAM_SUCCESS"
        return world, person

    def test_it_is_told_and_what_was_accepted_stays_spent(self, ahead):
        world, person = ahead
        floor = tool.record(world)["tokens"][0]["floor"]
        lines = world.twostep("unlock", "alice").splitlines()
        assert lines == [
            "alice was not locked.",
            f'No code of "app" counts before {_time(30 * floor)}: a login was judged by a clock that was ahead.',
            "If this machine's clock is right now, give another: twostep token add alice"]
        assert json.loads(world.twostep("unlock", "alice", "--json"))["tokensAhead"] == [
            {"id": 1, "label": "app", "countsFrom": _time(30 * floor)}]
        assert tool.record(world)["tokens"][0]["floor"] == floor
        assert world.login("alice", person.token.code).code == "PAM_AUTH_ERR"
        # Law 1: nothing that an administrator says brings it back, also when its time has come.
        assert world.login("alice", self.accepted, later=DAY).event["reason"] == "already-used"

    def test_resync_says_what_to_do(self, ahead):
        world, person = ahead
        done = world.run("token", "resync", "alice", "app",
                         input=f"{person.token.code()}\n{person.token.code(1)}\n")
        tool.fails(done, tool.EX_DATAERR, "a login was judged by a clock that was ahead",
                   "twostep token add alice")


def _time(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


@pytest.mark.parametrize("command", [["unlock", "alice"], ["token", "rename", "alice", "app", "x"]],
                         ids=" ".join)
def test_a_damaged_slot_revives_nothing(world, command):
    """Writing both slots hides the damage; so what the lost one may have spent must be allowed for first."""
    person = world.enrol("alice")
    oath.steady(seconds=6)
    code = person.token.code()
    assert world.login("alice", code).code == "PAM_SUCCESS"
    tool.damage_newer_slot(world)
    mark = authlog.mark()
    world.twostep(*command)
    assert any("event=slot-damaged user=alice" in line for line in authlog.since(mark))
    assert tool.record(world)["sound"]
    assert world.login("alice", code).code == "PAM_AUTH_ERR"
    assert world.login("alice", person.backup_codes[0]).event["reason"] == "slot-damaged"

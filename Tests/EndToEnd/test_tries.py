"""`tries`: how often one conversation asks. Each answer is judged, charged and logged like a login's only one."""

import json

import faults
import libpam
import pytest
from pamstack import CODE_PROMPT, code_for
from script import Ask, FAILS, GIVES_NO_ARRAY, Told

WRONG = ["twostep: that code is wrong", "twostep: type the code your app shows now"]


def _asks(*answers):
    return [Ask(CODE_PROMPT, answer) for answer in answers]


def _told(lines):
    return [Told(line, libpam.ERROR_MSG) for line in lines]


def _reasons(outcome):
    return [event.get("reason", event["event"]) for event in outcome.events]


@pytest.fixture
def world(make_world):
    return make_world(tries=3)


@pytest.fixture
def person(world):
    return world.enrol("alice")


class TestAnswers:
    @pytest.mark.parametrize("wrong", [0, 1, 2])
    def test_right_at_any_prompt(self, world, person, wrong):
        outcome = world.stack().authenticate("alice", _asks(*person.token.wrong(3)[:wrong], person.token.code()))
        assert outcome.code == "PAM_SUCCESS"
        assert _reasons(outcome) == ["wrong-code"] * wrong + ["accepted"]

    def test_three_prompts_and_no_more(self, world, person):
        outcome = world.stack().authenticate("alice", _asks(*person.token.wrong(3)))
        assert (outcome.code, _reasons(outcome)) == ("PAM_AUTH_ERR", ["wrong-code"] * 3)

    def test_each_wrong_code_is_charged(self, world, person):
        world.configure(deny=4)
        wrong = person.token.wrong(4)
        world.stack().authenticate("alice", _asks(*wrong[:3]))
        outcome = world.stack().authenticate("alice", _asks(wrong[3], person.token.code(), "x"))
        assert _reasons(outcome) == ["wrong-code", "locked", "malformed"]

    def test_each_is_charged_before_the_next_is_asked(self, world, person):
        """Nothing is left for later that a kill could prevent."""
        world.configure(deny=1)

        def answer():
            assert json.loads(world.twostep("status", "alice", "--json"))["failures"] == 1
            return person.token.code()
        outcome = world.stack().authenticate("alice", _asks(person.token.wrong(), answer, "x"))
        assert _reasons(outcome) == ["wrong-code", "locked", "malformed"]

    def test_what_is_no_guess_costs_nothing_but_a_prompt(self, world, person):
        world.configure(deny=1)
        code = person.token.code()
        assert world.login("alice", code).code == "PAM_SUCCESS"
        outcome = world.stack().authenticate("alice", _asks(code, "x", person.token.code(1)))
        assert (outcome.code, _reasons(outcome)) == ("PAM_SUCCESS", ["already-used", "malformed", "accepted"])

    def test_a_pair_after_a_wrong_code(self, world, person):
        pair = f"{person.token.code(0)} {person.token.code(1)}"
        outcome = world.stack().authenticate("alice", _asks(person.token.wrong(), pair))
        assert (outcome.code, outcome.events[1]["method"]) == ("PAM_SUCCESS", "totp-pair")

    def test_a_backup_code_after_a_wrong_code(self, world, person):
        script = _asks(person.token.wrong(), person.backup_codes[0])
        outcome = world.stack().authenticate("alice", script, remarks=True)
        assert (outcome.code, outcome.events[1]["method"]) == ("PAM_SUCCESS", "backup-code")

    @pytest.mark.parametrize("fault", [FAILS, GIVES_NO_ARRAY], ids=["fails", "no array"])
    def test_an_application_that_answers_once(self, world, person, fault):
        """It has been refused; that it gave no second answer is nothing to log."""
        outcome = world.stack().authenticate("alice", _asks(person.token.wrong(), fault))
        assert (outcome.code, _reasons(outcome)) == ("PAM_AUTH_ERR", ["wrong-code"])

    def test_an_application_that_answers_not_at_all(self, world, person):
        outcome = world.stack().authenticate("alice", _asks(FAILS))
        assert (outcome.code, _reasons(outcome)) == ("PAM_CONV_ERR", ["conversation-failed"])

    def test_another_user_meanwhile(self, world, person):
        """bob's name in the place of alice's before her right answer: it is judged for nobody."""
        def answer(handle):
            libpam.set_text_item(handle, "user", b"bob")
            return person.token.code()
        outcome = world.stack().authenticate("alice", _asks(person.token.wrong(), answer))
        assert (outcome.code, _reasons(outcome)) == ("PAM_AUTH_ERR", ["wrong-code"])
        assert world.login("alice", person.token.code).code == "PAM_SUCCESS"


class TestSameForEverybody:
    """Law 8: as many prompts for somebody who does not exist, has no record or is locked as for somebody wrong."""

    @pytest.mark.parametrize("user, reason", [("bob", "not-enrolled"), ("nobody-such", "unknown-user")])
    def test_without_a_record(self, world, user, reason):
        outcome = world.stack().authenticate(user, _asks("123456", "x", "654321"))
        assert (outcome.code, _reasons(outcome)) == ("PAM_AUTH_ERR", [reason] * 3)

    def test_locked(self, world, person):
        world.configure(deny=1)
        outcome = world.stack().authenticate("alice", _asks(*person.token.wrong(3)))
        assert (outcome.code, _reasons(outcome)) == ("PAM_AUTH_ERR", ["wrong-code", "locked", "locked"])

    def test_an_error_ends_it(self, world, person):
        faults.empty(world.record_of("alice"))
        outcome = world.stack().authenticate("alice", _asks(person.token.code()))
        assert (outcome.code, _reasons(outcome)) == ("PAM_AUTHINFO_UNAVAIL", ["record-corrupt"])


class TestWhatIsShown:
    def test_nothing_between_the_prompts(self, world, person):
        assert world.stack().authenticate("alice", _asks(*person.token.wrong(3))).remarks == []

    def test_explained_before_the_next_prompt(self, world, person):
        world.configure(explain="yes")
        wrong = person.token.wrong(2)
        script = [*_asks(wrong[0]), *_told(WRONG), *_asks("x"),
                  *_told(["twostep: that is not a code",
                          "twostep: type the digits your app shows, or a backup code like 7K3M-9QXZ"]),
                  *_asks(person.token.code())]
        assert world.stack().authenticate("alice", script).code == "PAM_SUCCESS"

    def test_who_may_know_is_not_asked_on_when_locked(self, world, person):
        world.configure(explain="yes", deny=2)
        outcome = world.stack().authenticate("alice", _asks(*person.token.wrong(3)), remarks=True)
        assert (outcome.code, _reasons(outcome)) == ("PAM_MAXTRIES", ["wrong-code", "wrong-code", "locked"])

    def test_silent(self, world, person):
        world.configure(explain="yes")
        outcome = world.stack().authenticate("alice", _asks(*person.token.wrong(3)), flags=libpam.SILENT)
        assert outcome.code == "PAM_AUTH_ERR"


def test_once_unless_set(make_world):
    world = make_world()
    person = world.enrol("alice")
    assert world.stack().authenticate("alice", _asks(person.token.wrong())).code == "PAM_AUTH_ERR"


@pytest.mark.parametrize("value", ["0", "6", "-1", "three", "", "3 times", "9999999999999999999999"])
def test_no_number_of_tries(world, person, value):
    world.configure(tries=value)
    outcome = world.stack().authenticate("alice", code_for(person.token.code))
    assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTHINFO_UNAVAIL", "config-invalid")

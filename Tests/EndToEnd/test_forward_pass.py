"""forward_pass: password and code typed into one field, for applications that ask once."""

import people
import pytest
from pamstack import PASSWORD_PROMPT
from script import Ask, FAILS

PROMPT = "Password and verification code: "
PASSWORDS = {
    "words": "correct horse", "one character": "x", "one digit": "7", "nothing": "", "a digit at its end": "hunter2",
    "seven digits": "1234567", "digits behind a space": "pass 123456", "spaces around": "  two  ", "a tab": "a\tb",
    "a dash at its end": "abc-", "UTF-8": "pässwörd🔑", "not UTF-8": b"\xff\xfe\x80", "long": "y" * 500,
    "like a backup code": "KMNPQRST", "like a printed one": "KMNP-QRST",
}


@pytest.fixture
def person(world):
    return world.enrol("alice")


@pytest.fixture
def login(world, neighbour):
    """One answer to the one prompt; what the stack said."""
    def login(answer, *arguments, user="alice", **options):
        stack = world.stack("forward_pass", *arguments, after=[neighbour.noting()])
        return stack.authenticate(user, [Ask(PROMPT, answer)], clean=False, **options)
    return login


def _bytes(text):
    return text.encode() if isinstance(text, str) else text


def _reasons(outcome):
    return [event.get("reason", event["event"]) for event in outcome.events]


@pytest.mark.parametrize("password", map(_bytes, PASSWORDS.values()), ids=PASSWORDS.keys())
def test_the_next_module_gets_the_password_alone(login, neighbour, person, password):
    """Whatever it is, whether or not the code is right, and whoever it is: the split looks at no record."""
    for code, user, said in ((person.token.wrong(), "alice", "wrong-code"), (person.token.code(), "alice", "totp"),
                             (person.backup_codes[0].lower(), "alice", "backup-code"),
                             ("123456", "nobody-such", "unknown-user"), ("KMNP-QRST", "bob", "not-enrolled")):
        outcome = login(password + code.encode(), user=user, remarks=True)
        assert outcome.code == ("PAM_SUCCESS" if "method" in outcome.event else "PAM_AUTH_ERR")
        assert outcome.event.get("method", outcome.event.get("reason")) == said
        assert neighbour.noted == password


@pytest.mark.parametrize("answer", ["correct horse", "", "12345", "correct horse 12345", "correct horse ABCDEFGH",
                                    "correct horse 123 456", "1234-5678"])
def test_the_code_is_missing(login, neighbour, person, answer):
    """All of it is the password then, and it is refused as no code."""
    outcome = login(answer)
    assert (outcome.code, _reasons(outcome)) == ("PAM_AUTH_ERR", ["malformed"])
    assert neighbour.noted == answer.encode()


def test_what_was_typed_is_used_up_as_one(login, person):
    """The code of it is spent like any other."""
    answer = "correct horse" + person.token.code()
    assert login(answer).code == "PAM_SUCCESS"
    assert _reasons(login(answer)) == ["already-used"]


def test_the_site_says_how_many_digits(make_world, neighbour):
    world = make_world(digits=8)
    person = world.enrol("alice")
    stack = world.stack("forward_pass", after=[neighbour.noting()])
    code = person.token.code()
    assert len(code) == 8
    assert stack.authenticate("alice", [Ask(PROMPT, "42" + code)], clean=False).code == "PAM_SUCCESS"
    assert neighbour.noted == b"42"


@pytest.mark.parametrize("size, said", [(512, "accepted"), (513, "malformed"), (600, "malformed")])
def test_the_end_of_an_answer_that_was_cut_is_no_code(login, person, size, said):
    code = person.token.code()
    outcome = login("y" * (size - len(code)) + code)
    assert _reasons(outcome) == [said]


def test_nothing_was_answered(login, neighbour, person):
    outcome = login(FAILS)
    assert (outcome.code, _reasons(outcome)) == ("PAM_CONV_ERR", ["conversation-failed"])
    assert neighbour.noted is None


def test_the_last_of_several_answers_counts(world, neighbour, person):
    world.configure(tries=3)
    stack = world.stack("forward_pass", after=[neighbour.noting()])
    outcome = stack.authenticate("alice", [Ask(PROMPT, "first" + person.token.wrong()), Ask(PROMPT, "second"),
                                           Ask(PROMPT, "third" + person.token.code())], clean=False)
    assert (outcome.code, _reasons(outcome)) == ("PAM_SUCCESS", ["wrong-code", "malformed", "accepted"])
    assert neighbour.noted == b"third"


def test_another_prompt(world, neighbour, person):
    stack = world.stack("forward_pass", "[prompt=Both: ]", "echo_code", after=[neighbour.noting()])
    outcome = stack.authenticate("alice", [Ask("Both: ", "pw" + person.token.code(), style=2)], clean=False)
    assert (outcome.code, neighbour.noted) == ("PAM_SUCCESS", b"pw")


class TestWithAModuleBefore:
    """Together with try_first_pass and use_first_pass: the module before was told both."""

    def _login(self, world, neighbour, given, script, argument):
        stack = world.stack("forward_pass", argument, before=[neighbour.giving(given)], after=[neighbour.noting()])
        return stack.authenticate("alice", script, clean=False)

    @pytest.mark.parametrize("argument", ["try_first_pass", "use_first_pass"])
    def test_right(self, world, neighbour, person, argument):
        outcome = self._login(world, neighbour, "correct horse" + person.token.code(), [], argument)
        assert (outcome.code, neighbour.noted) == ("PAM_SUCCESS", b"correct horse")

    def test_use_first_pass_asks_nobody(self, world, neighbour, person):
        outcome = self._login(world, neighbour, "correct horse", [], "use_first_pass")
        assert (outcome.code, _reasons(outcome)) == ("PAM_AUTH_ERR", ["malformed"])
        assert neighbour.noted == b"correct horse"

    def test_try_first_pass_asks(self, world, neighbour, person):
        script = [Ask(PROMPT, "another" + person.token.code())]
        outcome = self._login(world, neighbour, "correct horse" + person.token.wrong(), script, "try_first_pass")
        assert (outcome.code, neighbour.noted) == ("PAM_SUCCESS", b"another")


class TestWithPamUnix:
    """The stack that people write: ours first, then the password with what we leave."""

    @pytest.fixture
    def stack(self, world):
        return world.stack("forward_pass", "nullok", after=["auth required pam_unix.so try_first_pass"])

    def test_both_right(self, stack, person):
        outcome = stack.authenticate("alice", [Ask(PROMPT, people.PASSWORD + person.token.code())], clean=False)
        assert outcome.code == "PAM_SUCCESS"

    @pytest.mark.parametrize("password", ["wrong horse", people.PASSWORD + "1", people.PASSWORD[:-1], ""])
    def test_a_wrong_password(self, stack, person, password):
        outcome = stack.authenticate("alice", [Ask(PROMPT, password + person.token.code())], clean=False)
        assert (outcome.code, _reasons(outcome)) == ("PAM_AUTH_ERR", ["accepted"])

    def test_a_wrong_code(self, stack, person):
        outcome = stack.authenticate("alice", [Ask(PROMPT, people.PASSWORD + person.token.wrong())], clean=False)
        assert outcome.code == "PAM_AUTH_ERR"

    def test_who_need_not_have_a_code_is_asked_for_the_password(self, world, stack):
        world.configure(required="none")
        outcome = stack.authenticate("bob", [Ask(PASSWORD_PROMPT, people.PASSWORD)], clean=False)
        assert (outcome.code, outcome.event["event"]) == ("PAM_SUCCESS", "ignored")

    def test_unless_the_next_module_may_not_ask(self, world, stack):
        world.configure(required="none")
        stack = world.stack("forward_pass", "nullok", after=["auth required pam_unix.so use_first_pass"])
        outcome = stack.authenticate("bob", [], clean=False)
        assert outcome.code != "PAM_SUCCESS" and outcome.event["event"] == "ignored"


def test_neither_password_nor_code_reaches_the_log(login, person):
    for code in (person.token.wrong(), person.token.code(), person.backup_codes[0]):
        outcome = login("squeamish ossifrage" + code, "debug", remarks=True)
        text = "\n".join(outcome.log)
        assert "squeamish" not in text and "ossifrage" not in text and code not in text

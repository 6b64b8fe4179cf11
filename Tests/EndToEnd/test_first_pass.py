"""try_first_pass and use_first_pass: a module before ours was told something, and that is tried as the code."""

import people
import pytest
from pamstack import CODE_PROMPT, PASSWORD_PROMPT, code_for
from script import Ask

# None of these may be judged as a code where it may be a password: a wrong backup code makes its owner wait.
PASSWORDS = ["correct horse", "password", "KMNPQRST", "12345", "123456789", "12345x", "AAAA-AAA", "KMNP QRST",
             "1" * 100, "x" * 3000, "é" * 6]


@pytest.fixture
def person(world):
    return world.enrol("alice")


@pytest.fixture
def login(world, neighbour):
    """alice, for whom the module before ours was told `given`; `script` is what the person is asked by ours."""
    def login(given, script, *arguments, user="alice", **options):
        before = [neighbour.giving(given)] if given is not None else []
        stack = world.stack(*arguments, before=before, after=[neighbour.noting()])
        return stack.authenticate(user, script, clean=False, **options)
    return login


def _reasons(outcome):
    return [event.get("reason", event["event"]) for event in outcome.events]


class TestTryFirstPass:
    """It is tried where it has the shape of a code; the person is asked where it is not the right one."""

    def test_the_code(self, login, person):
        outcome = login(person.token.code(), [], "try_first_pass")
        assert (outcome.code, outcome.event["method"]) == ("PAM_SUCCESS", "totp")

    def test_a_pair(self, login, person):
        outcome = login(f"{person.token.code(0)} {person.token.code(1)}", [], "try_first_pass")
        assert (outcome.code, outcome.event["method"]) == ("PAM_SUCCESS", "totp-pair")

    def test_a_backup_code_as_it_is_printed(self, login, person):
        outcome = login(person.backup_codes[0], [], "try_first_pass", remarks=True)
        assert (outcome.code, outcome.event["method"]) == ("PAM_SUCCESS", "backup-code")

    @pytest.mark.parametrize("password", PASSWORDS, ids=lambda password: password[:16])
    def test_a_password_is_not_judged(self, login, person, password):
        outcome = login(password, code_for(person.token.code), "try_first_pass")
        assert outcome.code == "PAM_SUCCESS"
        assert _reasons(outcome) == ["accepted"]

    def test_a_wrong_code_is_charged_and_the_person_is_asked(self, make_world, neighbour):
        world = make_world(deny=2)
        person = world.enrol("alice")
        wrong = person.token.wrong(3)
        stack = world.stack("try_first_pass", before=[neighbour.giving(wrong[0])])
        outcome = stack.authenticate("alice", code_for(wrong[1]), clean=False)
        assert outcome.code == "PAM_AUTH_ERR"
        assert _reasons(outcome) == ["wrong-code", "wrong-code"]
        assert world.login("alice", person.token.code).event["reason"] == "locked"

    def test_a_wrong_code_and_then_the_right_one(self, login, person):
        outcome = login(person.token.wrong(), code_for(person.token.code), "try_first_pass")
        assert outcome.code == "PAM_SUCCESS"
        assert _reasons(outcome) == ["wrong-code", "accepted"]

    def test_nothing_given(self, login, person):
        assert login(None, code_for(person.token.code), "try_first_pass").code == "PAM_SUCCESS"

    def test_an_empty_password(self, login, person):
        assert login("", code_for(person.token.code), "try_first_pass").code == "PAM_SUCCESS"

    def test_it_takes_no_prompt_away(self, world, neighbour, person):
        world.configure(tries=2)
        wrong = person.token.wrong(3)
        stack = world.stack("try_first_pass", before=[neighbour.giving(wrong[0])])
        outcome = stack.authenticate("alice", [Ask(CODE_PROMPT, wrong[1]), Ask(CODE_PROMPT, wrong[2])], clean=False)
        assert _reasons(outcome) == ["wrong-code"] * 3

    def test_the_code_for_real_is_asked_after_a_real_password(self, world, person):
        """After pam_unix, as people have it: the password is tried, is no code, and the code is asked."""
        stack = world.stack("try_first_pass", before=["auth requisite pam_unix.so"])
        script = [Ask(PASSWORD_PROMPT, people.PASSWORD), Ask(CODE_PROMPT, person.token.code)]
        outcome = stack.authenticate("alice", script, clean=False)
        assert (outcome.code, _reasons(outcome)) == ("PAM_SUCCESS", ["accepted"])


class TestUseFirstPass:
    """It is tried, whatever it looks like, and nobody is asked."""

    def test_the_code(self, login, person):
        assert login(person.token.code(), [], "use_first_pass").code == "PAM_SUCCESS"

    @pytest.mark.parametrize("shape", [str, str.lower, lambda code: code.replace("-", "")],
                             ids=["printed", "lower case", "without dash"])
    def test_a_backup_code(self, login, person, shape):
        outcome = login(shape(person.backup_codes[0]), [], "use_first_pass", remarks=True)
        assert (outcome.code, outcome.event["method"]) == ("PAM_SUCCESS", "backup-code")

    def test_a_wrong_code(self, login, world, person):
        world.configure(tries=5)
        outcome = login(person.token.wrong(), [], "use_first_pass")
        assert (outcome.code, _reasons(outcome)) == ("PAM_AUTH_ERR", ["wrong-code"])

    @pytest.mark.parametrize("password", ["correct horse", "", "12345", "x" * 3000],
                             ids=lambda password: password[:16])
    def test_no_code(self, login, person, password):
        outcome = login(password, [], "use_first_pass")
        assert (outcome.code, _reasons(outcome)) == ("PAM_AUTH_ERR", ["malformed"])

    def test_nothing_given(self, login, person):
        outcome = login(None, [], "use_first_pass")
        assert (outcome.code, _reasons(outcome)) == ("PAM_CONV_ERR", ["conversation-failed"])

    @pytest.mark.parametrize("user, reason", [("bob", "not-enrolled"), ("nobody-such", "unknown-user")])
    def test_of_somebody_without_a_record(self, login, person, user, reason):
        outcome = login("123456", [], "use_first_pass", user=user)
        assert (outcome.code, _reasons(outcome)) == ("PAM_AUTH_ERR", [reason])


@pytest.mark.parametrize("argument", ["try_first_pass", "use_first_pass", "debug"])
def test_the_password_is_there_for_the_next_module(login, neighbour, person, argument):
    """Ours looks at it and leaves it as it is."""
    given = person.token.code() if argument == "use_first_pass" else "correct horse"
    login(given, code_for(person.token.code) if argument != "use_first_pass" else [], argument)
    assert neighbour.noted == given.encode()


@pytest.mark.parametrize("argument", ["try_first_pass", "use_first_pass", "forward_pass"])
def test_without_the_argument_nothing_is_taken(login, neighbour, person, argument):
    """What the module before was told is right, and is not looked at; what is typed leaves nothing behind."""
    outcome = login(person.token.code(), code_for(person.token.wrong()))
    assert (outcome.code, _reasons(outcome)) == ("PAM_AUTH_ERR", ["wrong-code"])
    login(None, code_for(person.token.code))
    assert neighbour.noted is None


def test_no_first_pass_reaches_the_log(login, person):
    for given in ("squeamish ossifrage", person.token.wrong(), person.backup_codes[0]):
        outcome = login(given, code_for("x") if given != person.backup_codes[0] else [], "try_first_pass", "debug",
                        remarks=True)
        assert given not in "\n".join(outcome.log)

"""twostep enroll USER: the whole dialogue, as a person sees it."""

import oath
import pytest
from terminal import Terminal
from tool import CODE_QUESTION, SENTENCE, SENTENCE_QUESTION, backup_codes_on, token_on


@pytest.fixture
def enrolling(full_world):
    opened = []

    def start(*options, columns=200):
        opened.append(Terminal(["twostep", "enroll", "alice", "--config", full_world.config, *options],
                               columns=columns))
        return opened[-1]
    yield start
    for terminal in opened:
        terminal.close()


def test_the_whole_dialogue(full_world, enrolling):
    terminal = enrolling().expect(CODE_QUESTION)
    token = token_on(terminal.seen)
    assert f"secret={token.secret}" in terminal.seen
    oath.steady()
    code = token.code()
    terminal.type(code).expect(SENTENCE_QUESTION)
    backup_codes = backup_codes_on(terminal.seen)
    assert len(set(backup_codes)) == 10
    terminal.type(SENTENCE)
    assert "alice now has a second step" in terminal.end()
    assert terminal.status == 0
    # The code that proved the app is spent; the next one, and the backup codes, are not.
    assert full_world.login("alice", code).event["reason"] == "already-used"
    assert full_world.login("alice", token.code(1)).code == "PAM_SUCCESS"
    assert full_world.login("alice", backup_codes[9], remarks=True).code == "PAM_SUCCESS"


def test_other_kinds_of_token(full_world, enrolling):
    terminal = enrolling("--algorithm", "SHA512", "--digits", "8").expect(CODE_QUESTION)
    assert "SHA512, 8 digits" in terminal.seen
    token = token_on(terminal.seen, algorithm="SHA512", digits=8)
    terminal.type(token.code()).answer(SENTENCE_QUESTION, SENTENCE).end()
    assert terminal.status == 0
    assert full_world.login("alice", token.code(1)).code == "PAM_SUCCESS"


def test_counter_based(full_world, enrolling):
    terminal = enrolling("--hotp").expect(CODE_QUESTION)
    token = token_on(terminal.seen)
    terminal.type(token.hotp(0)).answer(SENTENCE_QUESTION, SENTENCE).end()
    assert terminal.status == 0
    assert full_world.login("alice", token.hotp(0)).code == "PAM_AUTH_ERR"
    assert full_world.login("alice", token.hotp(1)).code == "PAM_SUCCESS"


def test_a_wrong_code_is_asked_again(full_world, enrolling):
    terminal = enrolling().expect(CODE_QUESTION)
    token = token_on(terminal.seen)
    terminal.type(token.wrong()).expect("that code is wrong")
    terminal.answer(CODE_QUESTION, "12").expect("that is no code").expect("the 6 digits")
    terminal.answer(CODE_QUESTION, token.code()).answer(SENTENCE_QUESTION, "yes")
    terminal.answer(SENTENCE_QUESTION, f"  {SENTENCE.lower()} ").end()
    assert terminal.status == 0
    assert full_world.login("alice", token.code(1)).code == "PAM_SUCCESS"


class TestNothingHappensBeforeTheEnd:
    """Whoever stops, or cannot prove the app, is as unenrolled as before."""

    def _untouched(self, world, before):
        assert world.tree() == before
        assert world.login("alice", "123456").event["reason"] == "not-enrolled"

    def test_only_wrong_codes(self, full_world, enrolling):
        before = full_world.tree()
        terminal = enrolling().expect(CODE_QUESTION)
        for code in token_on(terminal.seen).wrong(5):
            terminal.answer("", code).expect("that code is wrong")
        terminal.end()
        assert terminal.status == 65 and "nothing was changed" in terminal.seen
        self._untouched(full_world, before)

    def test_the_sentence_is_never_typed(self, full_world, enrolling):
        before = full_world.tree()
        terminal = enrolling().expect(CODE_QUESTION)
        terminal.type(token_on(terminal.seen).code())
        for _ in range(5):
            terminal.answer(SENTENCE_QUESTION, "no")
        terminal.end()
        assert terminal.status == 65
        self._untouched(full_world, before)

    @pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
    @pytest.mark.parametrize("at", ["code", "sentence"])
    def test_interrupted(self, full_world, enrolling, at, key):
        before = full_world.tree()
        terminal = enrolling().expect(CODE_QUESTION)
        if at == "sentence":
            terminal.type(token_on(terminal.seen).code()).expect(SENTENCE_QUESTION)
        terminal.press(key).end()
        assert terminal.status != 0
        self._untouched(full_world, before)


def test_enrolled_by_somebody_else_meanwhile(full_world, enrolling):
    terminal = enrolling().expect(CODE_QUESTION)
    person = full_world.enrol("alice")
    terminal.type(token_on(terminal.seen).code()).answer(SENTENCE_QUESTION, SENTENCE).end()
    assert terminal.status == 73 and "already enrolled" in terminal.seen
    assert full_world.login("alice", person.token.code).code == "PAM_SUCCESS"


def test_already_enrolled_is_said_before_anybody_scans_anything(full_world, enrolling):
    full_world.enrol("alice")
    terminal = enrolling()
    screen = terminal.end()
    assert terminal.status == 73 and "otpauth" not in screen


def test_a_narrow_terminal_gets_the_key_alone(enrolling):
    screen = enrolling(columns=30).expect(CODE_QUESTION).seen
    assert "█" not in screen and "too small" in screen
    assert token_on(screen).code()

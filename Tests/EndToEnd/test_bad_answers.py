"""Whatever is typed at the prompt: PAM_AUTH_ERR, a reason in the log, the answer nowhere."""

import pytest

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
ARABIC_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")

MALFORMED = {
    "nothing": b"",
    "a NUL": b"\0",
    "one byte": b"7",
    "one space": b" ",
    "only dashes": b"------",
    "too short": b"12345",
    "too long": b"123456789",
    "4096 digits": b"1" * 4096,
    "4096 spaces and six digits": b" " * 4090 + b"123456",
    "a megabyte": b"9" * 1_048_576,
    "letters": b"abcdef",
    "a sign": b"+12345",
    "a fraction": b"1234.56",
    "hexadecimal": b"0x1234",
    "a format": b"%s%n%s%n",
    "control characters": b"\x1b[2J\x07\x08\x7f",
    "a line of log": b"123456\nevent=accepted",
    "UTF-8": "åäö漢字🔑".encode(),
    "bytes that are not UTF-8": b"\xff\xfe\xc0\x80\xed\xa0\x80",
    "right digits, then a letter": b"123456x",
}


@pytest.fixture
def person(world):
    return world.enrol("alice")


@pytest.mark.parametrize("answer", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed(world, person, answer):
    before = world.tree()
    outcome = world.login("alice", answer)
    assert outcome.code == "PAM_AUTH_ERR"
    assert (outcome.event["event"], outcome.event["reason"]) == ("refused", "malformed")
    assert world.changed_since(before) == {str(world.record_of("alice"))}
    # It was not the answer that broke anything: the person still gets in.
    assert world.login("alice", person.token.code).code == "PAM_SUCCESS"


@pytest.mark.parametrize("script", [FULL_WIDTH, ARABIC_INDIC], ids=["full width", "Arabic-Indic"])
def test_the_right_code_in_digits_of_another_script(world, person, script):
    outcome = world.login("alice", person.token.code().translate(script))
    assert outcome.code == "PAM_AUTH_ERR"
    assert outcome.event["reason"] == "malformed"


@pytest.mark.parametrize("shape", ["{0}0", "0{0}", "{0}{0}"])
def test_the_right_code_with_digits_too_many(world, person, shape):
    assert world.login("alice", shape.format(person.token.code())).code == "PAM_AUTH_ERR"


def test_the_right_code_without_its_last_digit(world, person):
    assert world.login("alice", person.token.code()[:5]).code == "PAM_AUTH_ERR"


@pytest.mark.parametrize("shape", ["{0} {1}", " {0}{1} ", "{0}-{1}", "{0}\t{1}"])
def test_the_right_code_in_groups_is_right(world, person, shape):
    code = person.token.code()
    assert world.login("alice", shape.format(code[:3], code[3:])).code == "PAM_SUCCESS"


@pytest.mark.parametrize("digits", [7, 8])
def test_a_six_digit_code_where_more_are_due(world, digits):
    person = world.enrol("bob", "--digits", str(digits))
    code = person.token.code()
    for part in (code[-6:], code[:6]):
        assert world.login("bob", part).code == "PAM_AUTH_ERR"
    assert world.login("bob", code).code == "PAM_SUCCESS"


@pytest.mark.parametrize("wrong, reason", [
    (lambda code: "AAAA-AAAA", "wrong-code"),
    (lambda code: code[::-1], "wrong-code"),
    (lambda code: code[:-1] + "*", "malformed"),
    (lambda code: code + "A", "malformed"),
    (lambda code: code[:-1], "malformed"),
], ids=["another", "backwards", "a star in it", "one more", "one less"])
def test_what_looks_like_a_backup_code_but_is_none(world, person, wrong, reason):
    outcome = world.login("alice", wrong(person.backup_codes[0]))
    assert outcome.code == "PAM_AUTH_ERR"
    assert outcome.event["reason"] == reason


def test_no_answer_reaches_the_log_at_any_level(world, person):
    for answer in ("AAAA-AAAB", person.token.wrong(), "squeamish ossifrage"):
        outcome = world.login("alice", answer, "debug")
        assert outcome.code == "PAM_AUTH_ERR"
        text = "\n".join(outcome.log)
        assert answer not in text and answer.replace("-", "") not in text
    code = person.token.code()
    outcome = world.login("alice", code, "debug")
    assert outcome.code == "PAM_SUCCESS"
    for secret in (code, person.secret, *person.backup_codes):
        assert secret not in "\n".join(outcome.log)

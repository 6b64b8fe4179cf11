"""Law 4: loaded, unloaded, loaded again, by several handles at once, within one another and in two threads."""

import pytest
from guest import Login, inside
from guestlogins import Everybody

TIMES = 50


@pytest.fixture
def everybody(world):
    return Everybody(world)


def test_gone_after_each_of_fifty_logins(everybody, host):
    """libpam unloads it with the handle; what stays, libcrypto that is, stays once."""
    report = host.run([everybody.right() for _ in range(TIMES)])
    assert report.codes == ["PAM_SUCCESS"] * TIMES
    assert [is_mapped for is_mapped, _ in report.mapped] == [False] * TIMES
    assert len({mappings for _, mappings in report.mapped[1:]}) == 1, report.mapped


def test_one_handle_within_the_question_of_another(world, everybody, host):
    """The one within ends first. Its module is the same copy in memory; neither's state is the other's."""
    bob = everybody.bob.token.code()
    outer = everybody.right()
    report = host.run([outer._replace(answer=inside(outer.answer)), Login("site", "bob", bob)], "state")
    assert report.order == [1, 0]
    assert report.codes == ["PAM_SUCCESS", "PAM_SUCCESS"]
    assert report.changes == [] and report.during == []
    assert report.mapped[-1][0] is False


@pytest.mark.parametrize("inner, returned", [
    (Login("site", "bob", "123456789"), "PAM_AUTH_ERR"),
    (Login("other-key", "bob", "123456"), "PAM_AUTHINFO_UNAVAIL"),
    (Login("bad-argument", "bob", "unasked"), "PAM_SERVICE_ERR"),
    (Login("site", "bob", "-"), "PAM_CONV_ERR"),
    (Login("lenient", "dave", "unasked"), "PAM_SUCCESS"),
], ids=lambda value: getattr(value, "service", None))
def test_neither_takes_the_others_answer(everybody, host, inner, returned):
    """Other user, other configuration, other arguments: each gets its own, whichever way they are nested."""
    for outer_first in (True, False):
        right = everybody.right()
        pair = [right, inner] if outer_first else [inner, right]
        if inner.answer == "unasked" and not outer_first:
            continue        # who is not asked has nobody within their question
        pair[0] = pair[0]._replace(answer=inside(pair[0].answer))
        codes = host.run(pair).codes
        assert codes == (["PAM_SUCCESS", returned] if outer_first else [returned, "PAM_SUCCESS"])


def test_the_same_code_within_its_own_login(everybody, host):
    """Whoever answers first has it; the one who waited is refused what was spent meanwhile."""
    login = everybody.right()
    report = host.run([login._replace(answer=inside(login.answer)), login])
    assert report.codes == ["PAM_AUTH_ERR", "PAM_SUCCESS"]


@pytest.fixture
def rounds(everybody, host):
    """Runs pairs of logins in two threads, each pair at its questions at the same moment; the codes by pair."""
    def run(pairs):
        report = host.run([login for pair in pairs for login in pair], "together")
        assert report.changes == [], report.changes
        assert not report.mapped[-1][0]
        return list(zip(report.codes[::2], report.codes[1::2]))
    return run


def test_two_threads_with_a_handle_each(world, everybody, rounds):
    dave = world.enrol("dave", "--hotp")
    pairs = [(everybody.right(), Login("site", "dave", dave.token.hotp(counter))) for counter in range(40)]
    assert rounds(pairs) == [("PAM_SUCCESS", "PAM_SUCCESS")] * 40


def test_two_threads_with_one_code(everybody, rounds):
    """Exactly one. A lock that belongs to the process, as fcntl's does, would let in both."""
    codes = rounds([(login, login) for login in (everybody.right() for _ in range(40))])
    assert {tuple(sorted(pair)) for pair in codes} == {("PAM_AUTH_ERR", "PAM_SUCCESS")}, codes


def test_two_threads_with_different_configurations(world, everybody, rounds):
    pairs = [(everybody.right(), Login("other-key", "bob", "123456")) for _ in range(20)]
    assert rounds(pairs) == [("PAM_SUCCESS", "PAM_AUTHINFO_UNAVAIL")] * 20

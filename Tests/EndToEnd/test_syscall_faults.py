"""Law 3: each system call of a login fails in each way it may: nobody gets in, nothing is told, the log says why."""

import re
import time

import injecting
import pytest
from injecting import Injecting

PERMIT = ["auth required pam_permit.so"]
# Without memory the process may end, though never let anybody in.
OF_MEMORY = {"mmap", "madvise"}
ABORTED = "signal 6"
# The log is reached by these.
OF_THE_LOG = {"sendto", "connect", "socket"}
REFUSALS = {"PAM_AUTH_ERR", "PAM_AUTHINFO_UNAVAIL", "PAM_SYSTEM_ERR"}
# What the module makes of an error that has a meaning of its own.
MEANS = {"ENOENT": "-missing|-vanished", "ELOOP": "-unsafe", "ENOTDIR": "-unsafe", "EAGAIN": "lock-timeout"}
# Calls that nobody is let in without, and what they may say at first.
MAY_BE_TRIED_AGAIN = {"flock": {"EINTR", "EAGAIN"}, "getrandom": {"EINTR"}, "pwrite64": {"EINTR"}, "fdatasync": set()}
# Calls that fail for one reason only as far as an administrator is concerned. geteuid(2) cannot fail: a number that is not
# root's means a caller that is not.
NAMED_BY_CALL = {"prlimit64": ("not-writable", "RLIMIT_FSIZE"), "getrandom": ("crypto-unavailable", "getrandom"),
                 "geteuid": ("service-missing", None)}


class Subject:
    """Somebody with a right and a wrong code, and a record that is put back before each login."""

    def __init__(self, world, stack, moment, user, right, wrong):
        self.injecting = Injecting(world.folder, stack, moment)
        self.user, self.right, self.wrong = user, right, wrong
        self._record = world.record_of(user)
        self._sound = self._record.read_bytes()

    def put_back(self):
        self._record.write_bytes(self._sound)

    def login(self, code, **options):
        """A login without faults."""
        return self.injecting.login(self.user, code, **options)

    def points(self):
        self.put_back()
        return self.injecting.points(self.user, self.right)


def _subject(world, stack, kind):
    moment = int(time.time())
    person = world.enrol("alice", *(["--hotp"] if kind == "hotp" else []))
    right = person.token.hotp(0) if kind == "hotp" else person.token.code(at=moment)
    near = {person.token.hotp(counter) for counter in range(12)} if kind == "hotp" else set()
    wrong = next(code for code in person.token.wrong(20) if code not in near)
    return Subject(world, stack, moment, "alice", right, wrong)


@pytest.fixture(params=["strict", "permissive", "hotp"])
def subject(make_world, request):
    """With TOTP in a stack that lets nobody pass, and in the one that is most inclined to; and with HOTP."""
    if request.param == "permissive":
        world = make_world(deny=1, required="none")
        return _subject(world, world.stack("nullok", after=PERMIT), "totp")
    world = make_world(deny=1)
    return _subject(world, world.stack(), "hotp" if request.param == "hotp" else "totp")


def _faults(points):
    """Each call with each of its errors once, then with the first of them from that call on for ever."""
    for onwards in (False, True):
        for point in points:
            errors = injecting.PLAUSIBLE.get(point.name, injecting.ANY_OTHER).split()
            for error in errors[:1] if onwards else errors:
                yield point, error, onwards


def _complaints(subject, point, error, onwards):
    """What is wrong with how this login bore this fault, for a right code and a wrong one."""
    answers, moved = [], []
    for code in (subject.right, subject.wrong):
        subject.put_back()
        answers.append(subject.injecting.injected(point, error, subject.user, code, onwards))
        # What the record says afterwards: whether the code was spent, the failure charged.
        again = subject.login(subject.right)
        moved.append(again.code == "PAM_AUTH_ERR")
        if again.code not in ("PAM_SUCCESS", "PAM_AUTH_ERR"):
            yield f"the next login: {again}"
    right, wrong = answers
    # Only an accepted HOTP code is written twice: a wrong one does not come to the second time.
    if not right.injected or not (wrong.injected or moved[1]):
        yield "did not come again"
    may_end = {ABORTED} if point.name in OF_MEMORY else set()
    if right.code not in REFUSALS | may_end | {"PAM_SUCCESS"} or wrong.code not in REFUSALS | may_end:
        yield f"{right.code} for a right code, {wrong.code} for a wrong one"
    if right.code == "PAM_SUCCESS" and error not in MAY_BE_TRIED_AGAIN.get(point.name, {error}):
        yield "let in without it"
    if right.code == "PAM_SUCCESS" and not moved[0]:
        yield "let in, and the code is not spent"
    if right.seen != wrong.seen and not all(moved):
        yield f"tells right from wrong, {right.seen} and {wrong.seen}, before the record says so: {moved}"
    for answer in answers:
        if point.name != "close" and answer.left_open:
            yield f"left open: {answer.left_open}"
        if answer.code == "PAM_AUTHINFO_UNAVAIL" and point.name not in OF_THE_LOG:
            yield from _complaints_of_the_log(answer.events, point, error)


def _complaints_of_the_log(events, point, error):
    if [event["event"] for event in events] != ["error"]:
        yield f"logged: {events}"
        return
    [event] = events
    reason, cause = event["reason"], event.get("cause")
    means = MEANS.get(error)
    if not (cause == error or means and re.search(means, reason) or NAMED_BY_CALL.get(point.name) == (reason, cause)
            # The name service puts errors of its own in the place of those it met.
            or reason == "accounts-unavailable"):
        yield f"the log does not name it: {reason}, {cause}"


def test_every_call_in_every_way(subject):
    points = subject.points()
    assert {"openat", "newfstatat", "pread64", "flock", "getrandom", "pwrite64", "fdatasync", "mmap"} <= \
        {point.name for point in points}
    complaints, tried = [], 0
    for fault in _faults(points):
        tried += 1
        point, error, onwards = fault
        complaints += [f"{error}{' for ever' if onwards else ''} at {point}: {complaint}"
                       for complaint in _complaints(subject, *fault)]
    assert not complaints, "\n".join([f"{len(complaints)} of {tried}", *complaints[:20]])
    assert tried > 400


def test_a_record_that_was_not_written_would_be_seen(subject):
    """The kernel says that it has written, and has not: both kinds of complaint come of it."""
    point = next(point for point in subject.points() if point.name == "pwrite64")
    complaints = "\n".join(_complaints(subject, point, "4096", True))
    assert "let in, and the code is not spent" in complaints
    assert "tells right from wrong" in complaints


def test_a_descriptor_left_open_would_be_seen(subject):
    point = [point for point in subject.points() if point.name == "close"][-1]
    subject.put_back()
    assert subject.injecting.injected(point, "EIO", subject.user, subject.right).left_open == 1


def test_whoever_lost_their_record_never_passes(make_world):
    """Their absence is not proven, so where the unenrolled pass they do not, whatever fails meanwhile."""
    world = make_world(required="none")
    subject = _subject(world, world.stack("nullok", after=PERMIT), "totp")
    world.record_of("alice").unlink()
    points = subject.injecting.points("alice", subject.right)
    answers = {subject.injecting.injected(point, error, "alice", subject.right, onwards).code
               for point, error, onwards in _faults(points)}
    assert answers <= REFUSALS | {ABORTED} and "PAM_AUTHINFO_UNAVAIL" in answers, answers


def test_whoever_must_be_enrolled_never_passes(make_world):
    world = make_world(required="all")
    subject = _subject(world, world.stack("nullok", after=PERMIT), "totp")
    points = subject.injecting.points("bob", subject.right)
    answers = {subject.injecting.injected(point, error, "bob", subject.right, onwards).code
               for point, error, onwards in _faults(points)}
    assert answers <= REFUSALS | {ABORTED} and "PAM_AUTH_ERR" in answers, answers


def test_however_little_memory_there_is(subject):
    """The process may end; it lets nobody in, and who is let in has spent the code."""
    answers = set()
    for room in [*range(0, 256, 8), *range(256, 4096, 64)]:
        subject.put_back()
        wrong = subject.login(subject.wrong, memory=room)
        assert wrong.code != "PAM_SUCCESS", room
        subject.put_back()
        right = subject.login(subject.right, memory=room)
        if right.code == "PAM_SUCCESS":
            assert subject.login(subject.right).code == "PAM_AUTH_ERR", room
        answers.add(right.code)
    assert "PAM_SUCCESS" in answers and len(answers) > 1, answers


def test_without_a_clock_nobody_gets_in(world):
    """Not even with the code of the time that an unread clock might be taken for."""
    person = world.enrol("alice")
    broken = Injecting(world.folder, world.stack(), "broken")
    answers = [broken.login("alice", code).code
               for code in (person.token.code(), person.token.code(at=0), person.token.code(at=30))]
    assert answers == ["PAM_AUTHINFO_UNAVAIL"] * 3

"""A seeded fuzz of one login: whatever is typed, stored, configured or passed as argument, no wrong code gets in.

After a failure: TWOSTEP_FUZZ_SEED=SEED scripts/sandbox /usr/bin/python3 -m pytest Tests/EndToEnd/test_fuzz.py
"""

import ctypes
import os
import random
import time

import libpam
import pamjob
from pamstack import code_for
from script import FAILS, GIVES_NO_ARRAY, GIVES_NULL_TEXT, Misbehaviour

SECONDS = 10
REFUSALS = {libpam.AUTH_ERR, libpam.AUTHINFO_UNAVAIL, libpam.SERVICE_ERR, libpam.CONV_ERR}
ARGUMENTS = ["nullok", "required", "debug", "echo_code", "prompt=", "[prompt=Code: ]", "config=", "try_first_pass",
             "use_first_pass", "forward_pass", "=", "%s%n", "a" * 300]


class Job(pamjob.Job):
    """A login whose every question, if there are any, has one answer."""

    def __init__(self, stack, user, answer):
        super().__init__(stack, ["authenticate"], user, [], 0, {}, None, True, True)
        self.given = answer

    def answer(self, count, messages, responses):
        array = libpam.libc.calloc(count, ctypes.sizeof(libpam.Response))
        replies = ctypes.cast(array, ctypes.POINTER(libpam.Response))
        asks = any(messages[index].contents.style in (libpam.PROMPT_ECHO_OFF, libpam.PROMPT_ECHO_ON)
                   for index in range(count))
        if asks and isinstance(self.given, Misbehaviour):
            if self.given.gives == "null text":
                responses[0] = replies
            return self.given.returns
        for index in range(count if asks else 0):
            replies[index].text = libpam.allocated(self.given)
        responses[0] = replies
        return libpam.SUCCESS


class Fuzz:
    """Makes what may go wrong, from one seed."""

    def __init__(self, seed, wrong):
        self.random = random.Random(seed)
        self.wrong = wrong

    def answer(self):
        number = self.random
        return number.choice([
            lambda: number.choice(self.wrong).encode(),
            lambda: number.randbytes(number.choice([0, 1, 5, 6, 8, 9, 511, 512, 513, 5000])),
            lambda: bytes(number.choices(b"0123456789 -", k=number.randrange(20))),
            lambda: bytes(number.choices(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ-", k=9)),
            lambda: "".join(number.choices("0１٣𝟗é\u202e🔑-", k=number.randrange(12))).encode(),
            lambda: self.damaged(number.choice(self.wrong).encode()),
            lambda: number.choice([FAILS, GIVES_NO_ARRAY, GIVES_NULL_TEXT]),
        ])()

    def damaged(self, sound):
        """Some bytes flipped, cut, doubled, added or replaced."""
        number, data = self.random, bytearray(sound)
        for _ in range(number.choice([1, 1, 1, 2, 5])):
            place = number.randrange(len(data) + 1)
            kind = number.randrange(5)
            if kind == 0 and place < len(data):
                data[place] ^= 1 << number.randrange(8)
            elif kind == 1:
                del data[place:]
            elif kind == 2:
                data[place:place] = number.randbytes(number.choice([1, 10, 4096]))
            elif kind == 3:
                data[place:place + 64] = bytes(len(data[place:place + 64]))
            else:
                data += data[place:]
        return bytes(data)

    def arguments(self):
        chosen = self.random.sample(ARGUMENTS, self.random.choice([0, 1, 1, 2]))
        if self.random.random() < 0.1:
            chosen.append("".join(self.random.choices("abcdefnul=./%é", k=self.random.randrange(1, 40))))
        return chosen

    def user(self):
        return self.random.choice(["alice"] * 6 + ["bob"] * 3 + ["root", "nobody-such", "alice\n", "a" * 5000, "Älice", ""])


def test_no_wrong_code_gets_in_whatever_is_broken(make_world):
    world = make_world(required="all", deny=100, window=2)
    person = world.enrol("alice", "--digits", "8")
    seed = int(os.environ.get("TWOSTEP_FUZZ_SEED") or random.SystemRandom().randrange(1 << 32))
    fuzz = Fuzz(seed, [person.token.code(steps) for steps in (-1000, 100, 1000)] + ["KMNP-QRST"])
    # Nothing but a SUCCESS or an IGNORE of our module can make this stack answer PAM_SUCCESS.
    permit = ["auth required pam_permit.so"]
    targets = [world.record_of("alice"), world.config, world.marker, world.index]
    # All are put back each round, so that no login waits for what an earlier one did.
    files = {path: path.read_bytes() for path in targets + world.decoys}
    started, rounds, answers = time.monotonic(), 0, set()
    while time.monotonic() - started < SECONDS:
        rounds += 1
        damaged = fuzz.random.sample(targets + [world.decoys], fuzz.random.choice([0, 0, 1, 1, 2]))
        damaged = [path for one in damaged for path in (one if isinstance(one, list) else [one])]
        for path, sound in files.items():
            path.write_bytes(fuzz.damaged(sound) if path in damaged else sound)
        arguments, user, answer = fuzz.arguments(), fuzz.user(), fuzz.answer()
        job = Job(world.stack(*arguments, after=permit), user, answer)
        report = pamjob.in_child(job.run, 10)
        where = (f"seed {seed}, round {rounds}: {[path.name for path in damaged]} damaged, {arguments}, "
                 f"user {user[:20]!r}, answer {str(answer)[:60]}")
        assert "problem" not in report, f"{where}\n{report['problem']}"
        [code] = report["codes"]
        assert code in REFUSALS, f"{where}\nanswered {libpam.NAMES.get(code, code)}"
        answers.add(code)
    assert rounds > 50 and answers == REFUSALS, f"seed {seed}: only {rounds} rounds, {answers}"
    for path, sound in files.items():
        path.write_bytes(sound)
    assert world.stack().authenticate("alice", code_for(person.token.code)).code == "PAM_SUCCESS"

"""How long the module takes from an answer to its verdict, for several people in turn, in one process.

Everything that is not the module's is kept out: the module and libcrypto stay loaded, the clock runs from the moment the
conversation hands the answer over until pam_authenticate returns, and who comes next is drawn at random, so that what
slows the machine down for a while slows everybody down.
"""

import ctypes
import gc
import random
import time

import libpam
import pamjob


class Case:
    """One kind of person: a name, what they answer, and what is put back before each of their logins."""

    def __init__(self, user, answer, *restored):
        self.user, self.answer = user.encode(), answer
        self.restored = [(path, path.read_bytes()) for path in restored]

    def restore(self):
        for path, data in self.restored:
            with open(path, "r+b") as file:     # the same file: a new one would not be the record any more
                file.write(data)


def _one(stack, case):
    """One login: nanoseconds from answer to verdict, and the verdict."""
    began = 0

    def converse(count, _messages, responses, _data):
        nonlocal began
        array = libpam.libc.calloc(count, ctypes.sizeof(libpam.Response))
        replies = ctypes.cast(array, ctypes.POINTER(libpam.Response))
        replies[0].text = libpam.allocated(case.answer)
        responses[0] = replies
        began = time.perf_counter_ns()
        return libpam.SUCCESS

    function = libpam.ConversationFunction(converse)
    conversation = libpam.Conversation(function, None)
    handle = libpam.start(stack.service, case.user, stack.confdir, conversation)
    code = libpam.pam.pam_authenticate(handle, 0)
    taken = time.perf_counter_ns() - began
    libpam.pam.pam_end(handle, code)
    return taken, code


def measure(stack, cases, rounds, module, limit=300):
    """For each case by name, `rounds` times in nanoseconds; and the codes that were returned, by name."""
    def work():
        held = ctypes.CDLL(module)      # loaded once, so that loading is in nobody's time
        assert held
        gc.disable()
        times, codes = {name: [] for name in cases}, {name: set() for name in cases}
        for turn in range(rounds + 3):
            order = list(cases)
            random.shuffle(order)
            for name in order:
                cases[name].restore()
                taken, code = _one(stack, cases[name])
                codes[name].add(code)
                if turn >= 3:       # the first ones fill caches
                    times[name].append(taken)
        return {"times": times, "codes": {name: sorted(seen) for name, seen in codes.items()}}
    report = pamjob.in_child(work, limit)
    assert "problem" not in report, report["problem"]
    return report["times"], {name: [libpam.NAMES[code] for code in seen] for name, seen in report["codes"].items()}


def superiority(first, second):
    """The statistic: the probability that a time drawn from `first` is longer than one drawn from `second`, ties
    counting half (the Mann-Whitney U over the number of pairs). One half: nobody can tell them apart."""
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    total, index = 0.0, 0
    while index < len(ranked):
        end = index
        while end < len(ranked) and ranked[end][0] == ranked[index][0]:
            end += 1
        rank = (index + end + 1) / 2
        total += rank * sum(1 for _, which in ranked[index:end] if which == 0)
        index = end
    return (total - len(first) * (len(first) + 1) / 2) / (len(first) * len(second))

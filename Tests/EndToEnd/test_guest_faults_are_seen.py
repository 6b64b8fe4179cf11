"""The tests that watch a guest see each thing that a rude one does: rude.c beside our module in the stack."""

import compiled
import pytest
from guest import CHANCE, EXACT, installed
from guestlogins import Everybody

# What rude.c does, and by what name it is seen.
CHANGES = {
    "descriptor": "descriptor ", "inherited-descriptor": "descriptor ", "umask": "Umask", "folder": "working folder",
    "locale": "locale", "handler": "signal 41", "default-handler": "signal 13", "mask": "signal mask",
    "unmask": "signal mask", "variable": "environment", "limit": "limit 4", "undumpable": "process",
    "alarm": "timer 0", "rounding": "rounding", "thread": "Threads", "child": "children", "id": "Gid",
}


@pytest.fixture
def everybody(world):
    return Everybody(world)


@pytest.fixture
def beside(everybody, folder):
    """Puts the rude module behind ours, or before it, in the service file of the others."""
    module = compiled.library("rude", folder, "m")

    def put(fault, before=False):
        line = [f"auth optional {module} {fault}"]
        everybody.service("site", **{"before" if before else "after": line})
    return put


def _is_seen(report, fault, before):
    name_of_it = CHANGES[fault]
    during = [what for _, name, what in report.during if name.startswith(name_of_it)]
    return (report.codes == ["PAM_SUCCESS"] and any(name.startswith(name_of_it) for _, name, _ in report.changes)
            and bool(during) == before
            and (fault != "inherited-descriptor" or any("inherited " in what for what in during) == before))


@pytest.mark.parametrize("before", [True, False], ids=["before", "behind"])
def test_each_change(everybody, host, beside, before):
    """What is done before our question is seen while it is asked as well."""
    unseen = []
    for fault in CHANGES:
        beside(fault, before)
        usual = ["unusual"] if fault in ("default-handler", "unmask") else []
        report = host.run([everybody.right()], "state", *usual)
        if not _is_seen(report, fault, before):
            unseen.append((fault, report.codes, report.changes, report.during))
    assert unseen == []


def test_nothing_where_it_does_nothing(everybody, host, beside):
    beside("")
    report = host.run([everybody.right()], "state")
    assert report.codes == ["PAM_SUCCESS"] and report.changes == [] and report.during == []


def test_memory(everybody, host, beside):
    """The smallest there is, once in twenty logins."""
    beside("memory")
    leaky = [everybody.right()._replace(service="site") for _ in range(45)]
    report = host.run(leaky, "memory=1", env=EXACT)
    heap = [bytes_in_use for bytes_in_use, _ in report.memory.values()]
    assert heap[-1] > heap[4] + CHANCE, heap


def test_staying_in_memory(everybody, host, beside):
    beside(f"stays {installed()}")
    assert host.run([everybody.right()]).mapped[0][0] is True


@pytest.mark.parametrize("fault, stream", [("output", "out"), ("error-output", "error")])
def test_output(everybody, host, beside, fault, stream):
    beside(fault)
    assert getattr(host.run([everybody.right()]), stream) == b"x"

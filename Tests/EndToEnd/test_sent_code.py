"""Codes that a site sends by a way of its own, as a last resort: `send` at the prompt. Over the real sshd, with a gateway
that is a shell script, and over the service as the module speaks to it."""

import concurrent.futures
import json
import re
import time
from pathlib import Path

import authlog
import delivering
import golden
import libpam
import mailsystem
import oath
import people
import pytest
import recovering
import service as running_service
import tool
import world as installation
from delivering import wait_for
from libpam import ERROR_MSG
from pamstack import CODE_PROMPT
from script import FAILS, Ask, Told
from sshserver import SshServer

QUESTION = "Code that was sent: "
SAID = ("twostep: if this site knows how to reach you, a code is on its way",
        "twostep: it counts once, for five minutes",
        "twostep: if you are cut off, log in again and type send")
WRONG = "7K3M-9QXZ"
CODE = re.compile("[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))


class Gateway:
    """The site's program: it knows alice and bob, and leaves what it gets in a file of the test's."""

    path = Path("/etc/twostep/send-code")

    def __init__(self, folder):
        self.out = folder / "sent"
        self.works()

    def script(self, text, mode=0o755):
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text(f"#!/bin/sh\n{text}\n")
        self.path.chmod(mode)

    def works(self):
        self.script(f'read -r code && case $2 in alice|bob) echo "$1 $2 $code" >> {self.out};; *) exit 1; esac')

    @property
    def sent(self):
        """Users and codes."""
        lines = self.out.read_text().splitlines() if self.out.exists() else []
        assert all(line.split()[0] == "--sms" for line in lines)
        return [tuple(line.split()[1:]) for line in lines]

    def next(self, user="alice"):
        """A function that waits for one more code, and gives it."""
        before = len(self.sent)

        def wait():
            wait_for(lambda: len(self.sent) > before, what="a code")
            assert self.sent[before][0] == user and len(self.sent) == before + 1
            return self.sent[before][1]
        return wait


@pytest.fixture(scope="module")
def sshd(tmp_path_factory):
    server = SshServer(tmp_path_factory.mktemp("sshd"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def post():
    with mailsystem.running() as server:
        yield server


@pytest.fixture(scope="module")
def installed(post, tmp_path_factory):
    """alice and bob are enrolled, and alice has an address. Made once: each test puts the records back."""
    machine = installation.Machine()
    machine.gateway = Gateway(tmp_path_factory.mktemp("gateway"))
    machine.configure(backup_codes=2, mail=mailsystem.SENDER, deliver_command=f"{Gateway.path} --sms")
    delivery = delivering.Delivery(machine.config)
    machine.alice = machine.enrol("alice")
    machine.enrol("bob")
    recovering.give_address(machine, post, "alice", "alice@example.org")
    assert "Mail about" in post.next().subject
    wait_for(delivery.is_idle)
    delivery.stop()
    yield machine
    machine.remove()


@pytest.fixture
def site(installed, service):
    with installed.put_back():
        installed.gateway.works()
        installed.gateway.out.unlink(missing_ok=True)
        yield installed


@pytest.fixture
def delivery(site):
    with delivering.running(site.config) as delivery:
        yield delivery


@pytest.fixture
def gateway(site, delivery):
    return site.gateway


def attempt(answer, user="alice", rhost=b"192.0.2.1", typed="send"):
    return recovering.Attempt(user, typed, {} if answer is None else {QUESTION: answer}, rhost)


def events(mark):
    """What the log has of codes and decisions, and of the delivery: names, reasons, methods, causes."""
    names = ("code-requested", "code-not-sent", "code-sent", "delivery-failed", "accepted", "refused", "error")
    return [" ".join(filter(None, (line["event"], line.get("reason"), line.get("method"))))
            for line in recovering.events(mark, *names)]


class Clock:
    """The service with another clock: each of its processes reads how late it is."""

    def __init__(self, folder, later=0):
        self._file = folder / "clock"
        self.set(later)
        self.service = running_service.Activated(before=[
            "/usr/bin/env", f"LD_PRELOAD={FAKETIME}", f"FAKETIME_TIMESTAMP_FILE={self._file}", "DONT_FAKE_MONOTONIC=1"])

    def set(self, later):
        self._file.write_text(f"+{later}s\n")


@pytest.fixture
def clock(site, service, folder):
    service.stop()
    clock = Clock(folder)
    yield clock
    clock.service.stop()


class TestTheWay:
    def test_by_ssh_and_once(self, site, gateway, sshd, post):
        """What comes lets somebody in, once, however it is spelled; the owner hears of it; no app becomes void."""
        mark, code = authlog.mark(), gateway.next()
        terminal = sshd.login("alice")
        terminal.answer("Password: ", people.PASSWORD).answer(CODE_PROMPT, " Send ").expect(QUESTION)
        assert all(line in terminal.seen for line in SAID)
        assert CODE.fullmatch(code())
        assert "in as alice" in terminal.type(code().lower().replace("-", " ")).end()
        golden.at_login("login-send", terminal)
        wait_for(lambda: "code-sent" in events(mark))
        assert sorted(events(mark)) == ["accepted sent-code", "code-requested", "code-sent"]
        assert "sent" in (mail := post.next()).subject and mail.recipients == ["alice@example.org"]
        assert code() not in mail.text and code().replace("-", "") not in mail.text
        # Used once it is nothing: another one is sent in its place.
        mark = authlog.mark()
        assert attempt(code()).verdict == "refused"
        wait_for(lambda: len(gateway.sent) == 2)
        assert [event for event in events(mark) if "code-sent" not in event] == ["code-requested", "refused wrong-code"]
        oath.steady()
        terminal = sshd.login("alice")
        terminal.answer("Password: ", people.PASSWORD).answer(CODE_PROMPT, site.alice.token.code())
        assert "in as alice" in terminal.end()

    def test_cut_off_and_taken_up(self, site, gateway):
        """Whoever asks again has no other one sent, and is asked for that one; nobody else's it is."""
        sent = gateway.next()
        assert attempt(None).verdict == "no-answer"
        code, mark = sent(), authlog.mark()
        assert attempt(code, user="bob").verdict == "refused"
        wait_for(lambda: len(gateway.sent) == 2)
        assert attempt(code).verdict == "accepted"
        assert [user for user, _ in gateway.sent] == ["alice", "bob"]
        assert "code-not-sent still-counts" in events(mark)

    @pytest.mark.parametrize("later, taken", [(290, True), (301, False)])
    def test_five_minutes(self, gateway, clock, later, taken):
        sent = gateway.next()
        assert attempt(None).verdict == "no-answer"
        code = sent()
        clock.set(later)
        assert attempt(code).verdict == ("accepted" if taken else "refused")
        wait_for(lambda: len(gateway.sent) == (1 if taken else 2))

    def test_three_wrong_answers(self, gateway, clock):
        """Charged before anything is said; then the right one is none."""
        mark = authlog.mark()
        sent = gateway.next()
        assert attempt(WRONG).verdict == "refused"
        code = sent()
        # So soon after it nothing is looked at, nor charged.
        assert attempt(code).verdict == "refused"
        for later in (11, 22):
            clock.set(later)
            assert attempt(WRONG).verdict == "refused"
        clock.set(33)
        assert attempt(code).verdict == "refused"
        refused = [event.split()[1] for event in events(mark) if event.startswith("refused")]
        assert refused == ["wrong-code", "too-soon", "wrong-code", "wrong-code", "wrong-code"]
        # Another one counts.
        assert wait_for(lambda: len(gateway.sent) == 2) and gateway.sent[1][1] != code
        clock.set(44)
        assert attempt(gateway.sent[1][1]).verdict == "accepted"

    def test_a_fourth_in_an_hour(self, gateway, clock):
        for number in range(3):
            assert attempt(gateway.next()).verdict == "accepted", number
        mark = authlog.mark()
        assert attempt(WRONG).verdict == "refused"
        assert events(mark) == ["code-not-sent too-many-requests", "refused wrong-code"] and len(gateway.sent) == 3
        clock.set(3601)
        assert attempt(gateway.next()).verdict == "accepted"


def all_at_once(places):
    """What is in every file there, without one that was renamed or taken away between being listed and being read."""
    deadline = time.monotonic() + 10
    while True:
        try:
            return {path: path.read_bytes() for place in places for path in place.rglob("*") if path.is_file()}
        except FileNotFoundError:
            assert time.monotonic() < deadline


class TestTheCodeIsNowhere:
    def test_but_on_standard_input(self, site, gateway):
        """Neither in the log, nor on the disk, nor with a hook, nor where any user can look: not of the program either."""
        hook = delivering.hook("site", f"cat >> {gateway.out}.hook")
        gateway.script(
            f'read -r code; echo "$1 $2 $code" >> {gateway.out}; ls -l /proc/self/fd > {gateway.out}.files;'
            f'cat /proc/[0-9]*/cmdline | tr "\\\\0" "\\\\n" > {gateway.out}.processes; env > {gateway.out}.env;'
            'echo "$code"; echo "$code" >&2; exit 3')
        try:
            mark = authlog.mark()
            assert attempt(gateway.next()).verdict == "accepted"
            wait_for(lambda: "delivery-failed code-refused" in events(mark))
            wait_for(lambda: (path := Path(f"{gateway.out}.hook")).exists() and "sent-code" in path.read_text())
        finally:
            hook.unlink()
        code = gateway.sent[0][1]
        forms = [form.encode() for form in (code, code.replace("-", ""))]
        names = {line.split("=")[0] for line in Path(f"{gateway.out}.env").read_text().splitlines()}
        assert names - {"PWD", "OLDPWD", "SHLVL", "_"} == {"PATH", "LC_ALL"}
        assert Path(f"{gateway.out}.files").read_text().count("->") == 4
        assert "send-code\n--sms\nalice" in Path(f"{gateway.out}.processes").read_text()
        line, = [line for line in recovering.events(mark, "delivery-failed")]
        assert (line["cause"], line["to"], line["user"]) == ("exit-3", "code", "alice")
        places = [site.store, delivering.SPOOL, Path("/run/twostep"), Path("/etc/twostep"), Path("/var/log")]
        contents = all_at_once(places)
        contents |= {path: path.read_bytes() for path in (Path(f"{gateway.out}.{name}") for name in ("hook", "processes", "env"))}
        assert len(contents) > 20
        assert [path for path, content in contents.items() if any(form in content for form in forms)] == []


class TestTheGateway:
    """Nobody is let in for it, and nobody is held up."""

    @pytest.mark.parametrize("fault, cause", [
        ("exit 1", "exit-1"), ("kill -9 $$", "signal-9"), (None, "/etc/twostep/send-code: ENOENT"),
        (0o777, "/etc/twostep/send-code: mode"),
    ])
    def test_that_fails(self, gateway, fault, cause):
        if fault is None:
            gateway.path.unlink()
        elif isinstance(fault, int):
            gateway.path.chmod(fault)
        else:
            gateway.script(fault)
        mark, began = authlog.mark(), time.monotonic()
        seen = attempt(WRONG)
        assert (seen.verdict, seen.told) == ("refused", list(SAID)) and time.monotonic() - began < 2
        line, = wait_for(lambda: recovering.events(mark, "delivery-failed"))
        assert (line["reason"], line["cause"].strip('"')) == ("code-refused", cause) and not gateway.sent

    def test_that_is_slow(self, gateway):
        """Other people's codes are sent meanwhile."""
        gateway.script(f'read -r code; test $2 = alice && sleep 40; echo "$1 $2 $code" >> {gateway.out}')
        began = time.monotonic()
        assert attempt(WRONG).verdict == "refused"
        assert attempt(gateway.next("bob"), user="bob").verdict == "accepted"
        assert time.monotonic() - began < 3

    def test_no_room_for_a_moment(self, gateway, delivery):
        """The kernel's queue is full: a code waits a little."""
        mark = authlog.mark()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            with delivering.full(delivery):
                asked = pool.submit(attempt, gateway.next("alice"))
                concurrent.futures.wait([asked], timeout=0.15)
        assert asked.result().verdict == "accepted"
        assert "code-requested" in events(mark)

    def test_nobody_delivers(self, site, delivery):
        delivery.kill()
        mark = authlog.mark()
        seen = attempt(WRONG)
        assert (seen.verdict, seen.told) == ("refused", list(SAID))
        assert events(mark) == ["code-not-sent no-delivery", "refused wrong-code"]
        delivery.start()

    @pytest.mark.parametrize("name", ["-rf", '"a b"'])
    def test_names_that_are_no_argument(self, gateway, name):
        mark = authlog.mark()
        delivering.send(f"deliver=code user={name}\n{WRONG}")
        line, = wait_for(lambda: recovering.events(mark, "delivery-failed"))
        assert line["cause"] == "user-name" and not gateway.out.exists()


class TestNothingToLearn:
    """Law 8: somebody whom the gateway knows, somebody not enrolled, and somebody who does not exist."""

    USERS = ("alice", "bob", "carol", "nobody-here")

    def test_the_same_for_everybody(self, site, gateway):
        seen, written, times = set(), set(), []
        for user in self.USERS:
            before = installation.tree(site.store)
            began = time.monotonic()
            tried = attempt(WRONG, user)
            times.append(time.monotonic() - began)
            seen.add((tried.verdict, tuple(tried.everything), tuple(tried.asked)))
            after = installation.tree(site.store)
            written.add(sum(before[path] != after[path] for path in before))
        assert len(seen) == 1, seen
        assert written == {1}
        assert max(times) - min(times) < 0.5, times
        wait_for(lambda: len(gateway.sent) == 2)
        assert {user for user, _ in gateway.sent} == {"alice", "bob"}

    def test_times_cannot_be_told_apart(self, site, gateway):
        """Whoever is sent a code, and whoever does not exist: three of each at once, as when they ask for recovery."""
        kinds = {user: lambda user=user: attempt(WRONG, user) for user in ("alice", "carol", "nobody-here")}
        recovering.assert_alike(site, kinds, rounds=6, times_each=3, bound=0.45)

    def test_the_module_says_the_same(self, site, gateway):
        """Through the real libpam, where root has started the program."""
        for user in ("alice", "nobody-here"):
            outcome = site.stack().authenticate(
                user, [Ask(CODE_PROMPT, "send"), *map(Told, SAID), Ask(QUESTION, WRONG)])
            assert outcome.code == "PAM_AUTH_ERR"

    def test_without_the_service(self, site, service):
        service.stop()
        told = [Told("twostep: that cannot be done just now", ERROR_MSG),
                Told("twostep: tell your administrator", ERROR_MSG)]
        for user in self.USERS:
            outcome = site.stack().authenticate(user, [Ask(CODE_PROMPT, "send"), *told])
            assert outcome.code == "PAM_AUTHINFO_UNAVAIL"


class TestWhereItIsOff:
    """A wrong code like any other that is none."""

    @pytest.mark.parametrize("setting", [None, "no"])
    def test_by_the_configuration(self, site, gateway, setting):
        site.configure(deliver_command=setting)
        mark = authlog.mark()
        seen = attempt(WRONG)
        assert (seen.verdict, seen.asked, seen.told) == ("refused", [], [])
        assert events(mark) == ["refused malformed"] and not gateway.sent

    def test_where_a_user_has_started_the_program(self, site, gateway):
        outcome = site.stack().authenticate(
            "alice", [Ask(CODE_PROMPT, "send")], before=running_service.started_by("dave"))
        assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTH_ERR", "malformed") and not gateway.sent

    def test_a_setting_with_a_slip(self, site, gateway):
        """Nobody is sent anything, and everybody sees the same."""
        site.configure(deliver_command="send-code")
        mark = authlog.mark()
        for user in ("alice", "nobody-here"):
            seen = attempt(WRONG, user)
            assert (seen.verdict, seen.told) == ("unavailable", list(SAID))
        assert set(events(mark)) == {"error config-invalid"}


class TestWhereSomebodyEnrols:
    """At the prompt for an enrolment code: nobody enrols by a code that is sent, and what was begun stays."""

    ENROL = "Enrolment code: "
    INTRODUCTION = [Told("twostep: you must set up a second step before you can log in here"),
                    Told("twostep: type the enrolment code that your administrator gave you")]

    @pytest.fixture
    def invited(self, site):
        """dave's enrolment code; nobody's but this test's."""
        site.configure(enroll_at_login="code")
        yield json.loads(site.twostep("invite", "dave", "--json"))["code"]
        site.twostep("disable", "dave", "--override", "--reason", "x")

    def ask(self, site, user, answer, *more, **options):
        introduction = [] if options.get("remarks") else self.INTRODUCTION
        return site.stack().authenticate(
            user, [*introduction, Ask(self.ENROL, answer, libpam.PROMPT_ECHO_ON), *more], **options)

    # dave is invited, carol has no record: either sees what everybody does.
    @pytest.mark.parametrize("user, why", [("dave", "not-active"), ("carol", "not-enrolled")])
    def test_nothing_is_sent(self, site, gateway, invited, user, why):
        before, mark = tool.record(site, "dave"), authlog.mark()
        outcome = self.ask(site, user, "send", *map(Told, SAID), Ask(QUESTION, WRONG))
        assert (outcome.code, events(mark)) == ("PAM_AUTH_ERR", [f"code-not-sent {why}", "refused not-enrolled"])
        assert tool.but(tool.record(site, "dave"), "throttle") == tool.but(before, "throttle") and not gateway.sent

    def test_the_enrolment_code_counts_still(self, site, gateway, invited):
        self.ask(site, "dave", "send", *map(Told, SAID), Ask(QUESTION, WRONG))
        later = Ask(tool.CODE_QUESTION, FAILS, libpam.PROMPT_ECHO_ON)
        assert self.ask(site, "dave", invited, later, remarks=True).code == "PAM_CONV_ERR"
        assert tool.status(site, "dave")["enrolment"] == "key-shown"

    def test_where_nothing_is_sent_it_is_a_wrong_code(self, site, invited):
        site.configure(deliver_command=None)
        mark = authlog.mark()
        assert self.ask(site, "dave", "send").code == "PAM_AUTH_ERR"
        assert events(mark) == ["refused not-enrolled"]

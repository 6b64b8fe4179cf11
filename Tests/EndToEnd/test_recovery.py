"""Getting back in at a login: by a mail and answers, and by an administrator's code. Over the real sshd, the real mail
system, and the service as the module speaks to it."""

import concurrent.futures
import datetime
import json
import os
import pwd
import queue
import re
import time
from pathlib import Path

import authlog
import delivering
import golden
import mailsystem
import oath
import owner
import peer
import people
import pytest
import recovering
import service as running_service
import tool
import world as installation
from pamstack import CODE_PROMPT
from recovering import ANSWERS, ASKED, NO_TOKEN, REFUSED, SAID, Attempt, events, give_address, mailed_code, token_in, until
from script import Ask, Told
from libpam import ERROR_MSG
from sshserver import SshServer
from terminal import Terminal

ADDRESS = "alice@example.org"
THIEF = "thief@example.com"
# Of somebody who is not the owner of the record.
THEIR_ANSWERS = dict(zip(ANSWERS, ("evil one", "evil two")))
APP_QUESTION = tool.CODE_QUESTION.rstrip()
MAIL_QUESTION = "Code from the mail: "
SENTENCE = f'Type "{tool.SENTENCE}" to finish: '
UTMP = Path("/run/utmp")


@pytest.fixture(scope="module")
def sshd(tmp_path_factory):
    # For utmp(5) to be written it must be there.
    UTMP.touch(mode=0o664)
    server = SshServer(tmp_path_factory.mktemp("sshd"))
    yield server
    server.stop()
    UTMP.unlink()


@pytest.fixture(scope="module")
def post():
    with mailsystem.running() as server:
        yield server


@pytest.fixture(scope="module")
def installed(post):
    """Recovery by mail; alice is enrolled and has an address and answers, bob is enrolled; nobody else is, and nobody may
    enrol at a login otherwise. Made once: each test puts the records back."""
    machine = installation.Machine()
    recovering.write_questions()
    machine.configure(recovery="email", mail=mailsystem.SENDER, bcrypt_cost=10, backup_codes=2, issuer="Example")
    delivery = delivering.Delivery(machine.config)
    machine.alice = machine.enrol("alice")
    machine.enrol("bob")
    give_address(machine, post, "alice", ADDRESS)
    answer_questions(machine, "alice")
    # The last letter, or the first test would take it for one of its own.
    until(post, "questions")
    delivery.stop()
    yield machine
    machine.remove()


@pytest.fixture
def site(installed):
    with installed.put_back():
        yield installed


@pytest.fixture
def delivery(site):
    """A new one for each test: it counts mails by the hour."""
    with delivering.running(site.config) as delivery:
        yield delivery


@pytest.fixture
def mail(post, delivery):
    no_more(post, 0)
    return post


@pytest.fixture
def alice(site, mail, service):
    return site.alice


def no_more(mail, seconds=0.3):
    """Takes what has come, until nothing more comes; the letters."""
    letters = []
    while True:
        try:
            letters.append(mail.next(seconds) if seconds else mailsystem.Mail(mail.mails.get_nowait()))
        except queue.Empty:
            return letters


def answer_questions(site, user):
    """Which is asked first is found out first."""
    shown = site.run("contact", user, "--questions").stdout
    order = sorted(ANSWERS, key=lambda question: question.strip() not in shown)
    site.twostep("contact", user, "--questions",
                 input="".join(f"{ANSWERS[question]}\n" * 2 for question in order))


def ask(mail, user="alice"):
    """Has a mail sent that brings a token, and takes it from there."""
    assert Attempt(user, "recover").told == list(SAID)
    while not (token := token_in(letter := mail.next())):
        pass
    assert letter.recipients == [ADDRESS]
    return token


def ssh(sshd, typed, user="alice"):
    terminal = sshd.login(user)
    terminal.answer("Password: ", people.PASSWORD).answer(CODE_PROMPT, typed)
    return terminal


def answer(terminal):
    """Every question, in another spelling than before."""
    for _ in ANSWERS:
        question = terminal.sees(*ANSWERS)
        terminal.type(f" {ANSWERS[question].upper()}! ")
    return terminal


def prove(terminal):
    """The new app works; it."""
    if APP_QUESTION not in terminal.seen:
        terminal.expect(APP_QUESTION)
    app = tool.token_on(terminal.seen)
    terminal.type(app.code()).expect(SENTENCE)
    return app


def enrol(terminal, user="alice"):
    """The rest of the dialogue; the new app."""
    app = prove(terminal)
    assert f"in as {user}" in terminal.type(tool.SENTENCE).end()
    return app


def let_back_in(site, sshd, user="alice"):
    """An administrator's code, and the login by it."""
    code = json.loads(site.twostep("recover", user, "--reason", "lost phone", "--json"))["code"]
    return enrol(ssh(sshd, code, user), user)


class TestByMail:
    def test_the_whole_way(self, site, mail, sshd, alice):
        oath.steady()
        other = sshd.login("alice", command="echo ready; sleep 1000")
        other.answer("Password: ", people.PASSWORD).answer(CODE_PROMPT, alice.token.code()).expect("ready")
        mark = authlog.mark()
        terminal = ssh(sshd, " Recover")
        shown = terminal.end()
        assert all(line in shown for line in SAID)
        golden.at_login("login-recover", terminal)
        letters = [mail.next(), mail.next()]
        token, = filter(None, map(token_in, letters))
        assert all(letter.recipients == [ADDRESS] for letter in letters)
        assert token.replace("-", "") not in "".join(authlog.since(mark))
        terminal = ssh(sshd, f"https://example.org/back?{token.lower()}")
        terminal.expect(ASKED)
        answer(terminal).expect(APP_QUESTION)
        # Her other session has ended before she sees her new key.
        assert other.end() and "in as alice" not in terminal.seen
        assert tool.record(site)["state"] == "must-reenrol" and tool.record(site)["tokens"] == []
        app = enrol(terminal)
        # Address and answers stay: nothing is left to do.
        assert "twostep contact" not in terminal.seen
        golden.at_login("login-recover-token", terminal, questions=ANSWERS)
        lines = events(mark, "recovery-requested", "recovered", "sessions-ended", "enrolled-at-login", "accepted")
        assert [line["event"] for line in lines] == [
            "recovery-requested", "recovered", "sessions-ended", "enrolled-at-login", "accepted"]
        assert len({line["grant"] for line in lines[:4]}) == 1 and lines[2]["count"] == "1"
        assert (lines[1]["way"], lines[3]["proof"], lines[4]["method"]) == ("email", "recovery", "enrolment")
        letter = until(mail, "recovered")
        assert letter.recipients == [ADDRESS]
        # From where, when and how, and how to object.
        when, = re.findall(r"^  when   (\S+Z)$", letter.text, re.M)
        assert abs(datetime.datetime.fromisoformat(when).timestamp() - time.time()) < 60
        assert "\n  from   127.0.0.1\n  how    email\n" in letter.text
        assert 'run "twostep disable alice --override --reason stolen"' in " ".join(letter.text.split())
        # Once in there is nothing left of it: neither token, nor the codes of before.
        for typed, taken in ((alice.token.code(1), False), (alice.backup_codes[0], False), (app.code(1), True)):
            assert ("in as alice" in ssh(sshd, typed).end()) == taken
        assert not Attempt("alice", token).is_taken

    def test_by_somebody_else_twice_at_once_and_the_old_one(self, site, mail, alice):
        """Of two who come with one token at once one has taken it, and the other goes on with that."""
        first = ask(mail)
        assert not Attempt("bob", first).is_taken
        second = ask(mail)
        mark = authlog.mark()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            attempts = list(pool.map(lambda _: Attempt("alice", second), range(2)))
        assert all(attempt.is_taken for attempt in attempts)
        assert sorted(line.get("again", "no") for line in events(mark, "recovered")) == ["no", "yes"]
        mark = authlog.mark()
        assert not Attempt("alice", first, rhost=b"192.0.2.2").is_taken
        line, = events(mark, "recovery-refused")
        assert line["reason"] == "wrong-token" and "grant" not in line

    def test_a_link(self, site, mail, alice):
        """What is asked for and taken is the same; the mail says what to do with a link."""
        url = "https://intranet.example.org/back?to=" + "a" * 30 + "#"
        site.configure(recovery="email", recovery_url=url)
        assert Attempt("alice", "recover").told == list(SAID)
        letter = until(mail, "The way back")
        link, = re.findall(rf"^  ({re.escape(url)}[0-9A-Z]{{26}})$", letter.text, re.M)
        assert "paste this link, whole:" in letter.text and token_in(letter) is None
        assert letter.recipients == [ADDRESS]
        assert Attempt("alice", link).is_taken

    def test_a_fourth_mail_in_a_day(self, site, mail, alice):
        tokens = {ask(mail) for _ in range(3)}
        mark = authlog.mark()
        assert Attempt("alice", "recover").told == list(SAID) and len(tokens) == 3
        line, = events(mark, "recovery-refused")
        assert line["reason"] == "too-many-requests"
        assert not any(map(token_in, no_more(mail, 1)))

    @pytest.mark.parametrize("later, taken", [(59 * 60, True), (61 * 60, False)])
    def test_an_hour(self, site, mail, service, alice, later, taken):
        token = ask(mail)
        service.stop()
        library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
        shifted = running_service.Activated(
            before=["/usr/bin/env", f"LD_PRELOAD={library}", f"FAKETIME=+{later}s", "DONT_FAKE_MONOTONIC=1"])
        try:
            mark = authlog.mark()
            attempt = Attempt("alice", token)
        finally:
            shifted.stop()
        assert attempt.is_taken == taken, attempt.told
        assert [line["reason"] for line in events(mark, "recovery-refused")] == ([] if taken else ["expired"])

    def test_wrong_answers(self, site, mail, sshd, alice):
        """Charged before anything is said, and the owner hears of it. A wrong token after it has to wait; nothing keeps out
        whoever has the right one, and the answers."""
        token, mark = ask(mail), authlog.mark()
        terminal = ssh(sshd, token)
        for _ in ANSWERS:
            terminal.sees(*ANSWERS)
            terminal.type("rex")
        assert "in as" not in terminal.end()
        golden.at_login("login-recover-refused", terminal, questions=ANSWERS)
        assert Attempt("alice", "0" * 26).told == [ASKED, *REFUSED]
        lines = events(mark, "recovery-refused")
        assert [line["reason"] for line in lines] == ["wrong-answers", "too-soon"] and "grant" in lines[0]
        assert Attempt("alice", token).is_taken
        assert "wrong-answers" in until(mail, "refused").text
        assert Attempt("alice", token).is_taken

    def test_the_mail_system_is_down(self, site, mail, delivery, alice):
        """Nobody is let in for it, nobody is held up, and the mail comes when it is up again."""
        mail.stop()
        began = time.monotonic()
        assert Attempt("alice", "recover").told == list(SAID)
        assert time.monotonic() - began < 2
        mark = authlog.mark()
        delivery.kill()
        assert Attempt("alice", "recover").told == list(SAID)
        line, = events(mark, "recovery-refused")
        assert line["reason"] == "mail-not-sent"
        delivery.start()
        mail.start()
        token = ask(mail)
        assert Attempt("alice", token).is_taken

    def test_cut_off_and_taken_up(self, site, mail, sshd, alice):
        """The same token goes on, after the same questions: whoever reads the mail has not answered them. Also where people
        are asked for an enrolment code by then."""
        token = ask(mail)
        first = Attempt("alice", token)
        assert first.is_taken
        again = Attempt("alice", token)
        assert again.is_taken and all(question in again.asked for question in ANSWERS)
        # The key of before is never shown again: somebody else may have come by the mail.
        keys = [next(line for line in attempt.told if "    " in line) for attempt in (first, again)]
        assert keys[0] != keys[1]
        site.configure(enroll_at_login="code")
        terminal = sshd.login("alice")
        terminal.answer("Password: ", people.PASSWORD).answer("Enrolment code: ", token)
        app = prove(answer(terminal))
        terminal.close()
        # What is left now is for whoever has that app, and comes with the token: either alone is nothing.
        mark = authlog.mark()
        again = Attempt("alice", token)
        assert again.asked[-1] == CODE_PROMPT and not any(tool.SENTENCE in text for text in again.asked)
        terminal = sshd.login("alice")
        terminal.answer("Password: ", people.PASSWORD).answer("Enrolment code: ", token)
        answer(terminal).answer(CODE_PROMPT, app.code(1)).answer(SENTENCE, tool.SENTENCE)
        assert "in as alice" in terminal.end()
        golden.at_login("login-recover-taken-up", terminal, questions=ANSWERS)
        assert [line["event"] for line in events(mark, "enrolled-at-login", "accepted")] == [
            "enrolled-at-login", "accepted"]

    def test_what_is_begun_is_not_taken_away(self, site, mail, alice):
        """By whoever has no more than the password."""
        token = ask(mail)
        assert Attempt("alice", token).is_taken
        mark = authlog.mark()
        assert Attempt("alice", "recover").told == list(SAID)
        assert [line["reason"] for line in events(mark, "recovery-refused")] == ["in-progress"]
        assert Attempt("alice", token).is_taken


class TestByAnAdministrator:
    def test_no_questions(self, site, mail, sshd, alice):
        """Also where nobody gets back in by mail."""
        site.configure(recovery=None)
        mark = authlog.mark()
        said = json.loads(site.twostep("recover", "alice", "--reason", "lost phone", "--json"))
        terminal = ssh(sshd, said["code"])
        app = enrol(terminal)
        assert not any(question in terminal.seen for question in ANSWERS)
        golden.at_login("login-recover-admin", terminal)
        # Whoever had the phone may have set both: the address is told, and no mail lets its reader in.
        assert f"mail about you still goes to {ADDRESS}" in terminal.seen
        assert json.loads(site.twostep("contact", "alice", "--json")) == {"user": "alice", "address": ADDRESS}
        lines = [line for line in events(mark) if "grant" in line]
        assert [line["event"] for line in lines] == ["recovered", "sessions-ended", "enrolled-at-login"]
        assert lines[0]["way"] == "admin" and len({line["grant"] for line in lines}) == 1
        assert "in as alice" in ssh(sshd, app.code(1)).end()

    @pytest.mark.parametrize("later, taken", [(-59 * 60, True), (-61 * 60, False)])
    def test_an_hour(self, site, alice, later, taken):
        done = tool.run("recover", "alice", "--reason", "x", "--json", "--config", site.config,
                        prefix=["faketime", "-f", f"{later}s"], env={**os.environ, "DONT_FAKE_MONOTONIC": "1"})
        assert Attempt("alice", json.loads(done.stdout)["code"]).is_taken == taken

    def test_a_mail_does_not_void_it(self, site, mail, alice):
        code = json.loads(site.twostep("recover", "alice", "--reason", "x", "--json"))["code"]
        mark = authlog.mark()
        assert Attempt("alice", "recover").told == list(SAID)
        assert [line["reason"] for line in events(mark, "recovery-refused")] == ["admin-code"]
        assert Attempt("alice", code).is_taken


class TestWhatAThiefHasLeft:
    """Somebody had alice's password and phone for a while, and a program that runs as she; an administrator lets her back
    in."""

    def test_an_address_and_answers(self, site, mail, sshd, alice):
        oath.steady()
        with owner.at_terminal("alice", "contact", "--set", THIEF) as terminal:
            terminal.answer(CODE_PROMPT, alice.token.code()).expect(MAIL_QUESTION)
            terminal.type(mailed_code(until(mail, "confirm"))).end()
        assert terminal.status == 0, terminal.seen
        with owner.at_terminal("alice", "contact", "--questions") as terminal:
            terminal.answer(CODE_PROMPT, alice.backup_codes[0])
            for _ in THEIR_ANSWERS:
                answer = THEIR_ANSWERS[terminal.sees(*map(str.strip, THEIR_ANSWERS)) + " "]
                terminal.answer("   Answer: ", answer).answer("   Again:  ", answer)
            terminal.end()
        assert terminal.status == 0, terminal.seen
        # That is a way in, until alice is.
        assert Attempt("alice", "recover").told == list(SAID)
        while not (token := token_in(letter := mail.next())):
            pass
        assert letter.recipients == [THIEF]
        let_back_in(site, sshd)
        no_more(mail)
        mark = authlog.mark()
        assert Attempt("alice", token, THEIR_ANSWERS).told == [ASKED, *REFUSED]
        assert self.asked_in_vain() == "no-address"
        kept = tool.record(site)["appendix"]
        assert "answers" not in kept and "unverifiedContact" not in kept and kept["contact"]["verified"] == 0
        # Nor does it become one by half of what is the owner's.
        answer_questions(site, "alice")
        assert self.asked_in_vain() == "no-address"
        assert not any(map(token_in, no_more(mail)))
        reasons = [line["reason"] for line in events(mark, "recovery-refused")]
        assert reasons == ["wrong-token", "no-address", "no-address"]

    @staticmethod
    def asked_in_vain():
        """Why no mail was sent to whoever asked for one."""
        mark = authlog.mark()
        assert Attempt("alice", "recover", rhost=b"192.0.2.2").told == list(SAID)
        line, = events(mark, "recovery-requested", "recovery-refused")
        return line.get("reason")

    def test_dialogues_that_are_held_open(self, site, mail, sshd, alice, carol):
        """Begun before, with codes that counted, by programs that have no terminal, which are not ended; finished after."""
        oath.steady()
        held, last = {}, {}
        # The first: it changes the record, which the others would not outlive.
        held["address"] = hold("alice", "contact", f"--set={THIEF}", "--", answers=[alice.token.code()], at=MAIL_QUESTION)
        last["address"] = mailed_code(until(mail, "confirm"))
        held["answers"] = hold("alice", "contact", "--questions", "--", answers=[
            alice.token.code(1), "evil one", "evil one", "evil two"], at="   Again:  ")
        last["answers"] = "evil two"
        held["token"] = hold("alice", "token", "add", "--label=new", "--", answers=[alice.backup_codes[0]],
                             at=tool.CODE_QUESTION)
        held["backup codes"] = hold("alice", "backup-codes", "--regenerate", "--", answers=[alice.backup_codes[1]],
                                    at=tool.SENTENCE_QUESTION)
        last["backup codes"] = tool.SENTENCE
        # With a password alone, of somebody who was not enrolled.
        held["enrolment"] = hold("carol", "enroll", "--", answers=[
            lambda client: tool.token_on(client.out).code(), tool.SENTENCE, THIEF], at=MAIL_QUESTION)
        last["enrolment"] = mailed_code(until(mail, "confirm"))
        for user in ("alice", "carol"):
            let_back_in(site, sshd, user)
        before = {user: site.record_of(user).read_bytes() for user in ("alice", "carol")}
        last["token"] = tool.token_on(held["token"].out).code()
        changed = "twostep: somebody else has changed alice's record meanwhile; nothing was changed"
        gone = "twostep: no code is waited for, or it has expired, or too many were wrong"
        ends = {}
        for name, client in held.items():
            client.answer(last[name])
            status = client.finish()
            ends[name] = status, next((why for why in (changed, gone) if why in client.err), client.err)
        assert ends == {
            "address": (tool.EX_DATAERR, gone), "answers": (tool.EX_UNAVAILABLE, changed),
            "token": (tool.EX_UNAVAILABLE, changed), "backup codes": (tool.EX_UNAVAILABLE, changed), "enrolment": (0, gone)}
        assert before == {user: site.record_of(user).read_bytes() for user in ("alice", "carol")}

    @pytest.fixture
    def carol(self, site):
        """Nobody's but this test's."""
        yield
        if site.record_of("carol").exists():
            site.twostep("disable", "carol", "--override", "--reason", "x")


def hold(user, *words, answers, at):
    """A command of this user's, password and answers given, that waits at a question."""
    os.seteuid(pwd.getpwnam(user).pw_uid)       # the kernel tells the service
    try:
        client = peer.Owner(peer.command(*words))
    finally:
        os.seteuid(0)
    for answer in (people.PASSWORD, *answers):
        kind, said = client.next()
        assert kind != "ended", client.err
        client.answer(answer(client) if callable(answer) else answer)
    assert client.next()[1] == at, client.err
    return client


class TestNothingToLearn:
    """Law 8: somebody with an address, somebody without, somebody not enrolled, and somebody who does not exist."""

    @pytest.fixture(autouse=True)
    def everybody(self, alice):
        pass

    USERS = ("alice", "bob", "carol", "nobody-here")

    @pytest.mark.parametrize("typed", ["recover", "https://example.org/?t=" + NO_TOKEN])
    def test_the_same_for_everybody(self, site, typed):
        seen, written, times = set(), set(), []
        for user in self.USERS:
            before = installation.tree(site.store)
            began = time.monotonic()
            attempt = Attempt(user, typed)
            times.append(time.monotonic() - began)
            seen.add((attempt.verdict, tuple(attempt.everything)))
            after = installation.tree(site.store)
            written.add(sum(before[path] != after[path] for path in before))
        assert len(seen) == 1, seen
        assert written == {1}
        assert max(times) - min(times) < 1, times

    # The statistic is test_uniform_answers.py's: with 18 and 14 times of each kind its standard deviation is 0.098 and
    # 0.112. What is looked for is a wait, or a bcrypt, that somebody alone is spared: the times would not overlap.
    BOUND = 0.45

    def test_times_of_asking_cannot_be_told_apart(self, site):
        """Whoever is enrolled with an address, without one, or does not exist: three of each at once."""
        kinds = {user: lambda user=user: Attempt(user, "recover") for user in ("alice", "bob", "nobody-here")}
        recovering.assert_alike(site, kinds, rounds=6, times_each=3, bound=self.BOUND)

    def test_times_of_answering_cannot_be_told_apart(self, site, mail):
        """A right token with wrong answers, a wrong token, and a user who does not exist."""
        token, wrong = ask(mail), dict.fromkeys(ANSWERS, "rex")
        kinds = {"alice": lambda: Attempt("alice", token, wrong), "bob": lambda: Attempt("bob", NO_TOKEN, wrong),
                 "nobody-here": lambda: Attempt("nobody-here", NO_TOKEN, wrong)}
        recovering.assert_alike(site, kinds, rounds=14, times_each=1, bound=self.BOUND)

    def test_the_module_says_the_same(self, site):
        """Through the real libpam, where root has started the program."""
        stack = site.stack()
        for user in self.USERS:
            outcome = stack.authenticate(user, [Ask(CODE_PROMPT, "recover"), *map(Told, SAID)])
            assert outcome.code == "PAM_AUTH_ERR"

    def test_where_a_user_has_started_the_program(self, site):
        """An enrolment may follow from none of these; and without the service nothing does."""
        told = [Told("twostep: recovery works at a login only", ERROR_MSG),
                Told("twostep: log in by SSH or at the console", ERROR_MSG)]
        for user in self.USERS:
            outcome = site.stack().authenticate(
                user, [Ask(CODE_PROMPT, "recover"), *told], before=running_service.started_by("dave"))
            assert outcome.code == "PAM_AUTH_ERR"

    def test_without_the_service(self, site, service):
        service.stop()
        told = [Told("twostep: that cannot be done just now", ERROR_MSG),
                Told("twostep: tell your administrator", ERROR_MSG)]
        for user in self.USERS:
            outcome = site.stack().authenticate(user, [Ask(CODE_PROMPT, NO_TOKEN), *told])
            assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTHINFO_UNAVAIL", "service-missing")


def test_where_there_is_no_recovery(site, mail, alice):
    """The word is a code like any other that is none."""
    site.configure(recovery=None)
    mark = authlog.mark()
    assert Attempt("alice", "recover").told == []
    line, = events(mark)
    assert (line["event"], line["reason"]) == ("refused", "malformed")


def test_sessions_when_nobody_can_end_them(site, delivery, alice):
    """They are not ended in silence."""
    code = json.loads(site.twostep("recover", "alice", "--reason", "x", "--json"))["code"]
    delivery.kill()
    mark = authlog.mark()
    assert Attempt("alice", code).is_taken
    line, = events(mark, "sessions-not-ended")
    assert (line["reason"], line["user"]) == ("nobody", "alice") and "grant" in line
    delivery.start()


def test_sessions_when_there_is_no_room_for_a_moment(site, mail, delivery, alice):
    """The kernel's queue is full: asking waits, and so does what tells the owner."""
    code = json.loads(site.twostep("recover", "alice", "--reason", "x", "--json"))["code"]
    mark = authlog.mark()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        with delivering.full(delivery):
            attempt = pool.submit(Attempt, "alice", code)
            delivering.wait_for(lambda: events(mark, "recovered"))
            concurrent.futures.wait([attempt], timeout=0.3)
    assert attempt.result().is_taken
    assert [line["event"] for line in events(mark, "sessions-ended", "sessions-not-ended")] == ["sessions-ended"]
    assert until(mail, "recovered").recipients == [ADDRESS]


def test_what_was_judged_before_it_was_handed_over(site, mail, alice):
    """With try_first_pass: neither asked for nor charged a second time."""
    mark, given = authlog.mark(), []
    with peer.Client() as client:
        hello = peer.Hello(b"alice", flags=2, service=b"sshd", arguments=[b"try_first_pass"])
        client.socket.sendall(hello.frame())
        while (kind := client.receive()[0]) != peer.VERDICT:
            if kind == peer.FIRST_PASS:
                given.append("000000" if given else "recover")
                client.send(peer.ANSWER, given[-1].encode())
            elif kind != peer.INFO:
                client.send(peer.NO_ANSWER)
    assert given == ["recover"]
    assert [line["event"] for line in events(mark)] == ["recovery-requested"]


def test_a_shell_that_was_got_by_su(site, delivery, alice):
    """It runs in somebody else's terminal, for utmp(5) and logind in theirs: theirs stays, and it goes."""
    code = json.loads(site.twostep("recover", "alice", "--reason", "x", "--json"))["code"]
    shell = "setpriv --reuid=alice --regid=alice --clear-groups sh -c 'echo ready; exec sleep 1000'"
    with Terminal(["/bin/sh", "-c", f"{shell}; echo over; read line; echo $line"]) as terminal:
        terminal.expect("ready")
        mark = authlog.mark()
        assert Attempt("alice", code).is_taken
        terminal.expect("over").type("still there").expect("still there")
    line, = events(mark, "sessions-ended", "sessions-not-ended")
    assert line["count"] == "1"

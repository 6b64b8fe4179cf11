"""Enrolment at a login, over the real sshd and on the console: with a code, on trust, cut off at every prompt, and taken up
by whoever may."""

import json
import os
import re
import signal

import authlog
import delivering
import golden
import libpam
import mailsystem
import oath
import people
import pytest
import screen
import service as running_service
import tool
from pamstack import CODE_PROMPT
from script import FAILS, Ask, Told
from sshserver import SshServer
from terminal import Terminal

CODE_QUESTION = "Enrolment code: "
APP_QUESTION = tool.CODE_QUESTION.rstrip()
SENTENCE = f'Type "{tool.SENTENCE}" to finish: '
BEGUN_BEFORE = "Type the code that your app shows, or press Enter for a new key: "
ONCE_MORE = "type your password once more"
LOGGED_IN = "in as alice"
ENROLMENT_EVENTS = ("enrolment-begun", "enrolled-at-login", "accepted", "refused", "error")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = SshServer(tmp_path_factory.mktemp("sshd"))
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def steady():
    oath.steady()


@pytest.fixture
def site(machine, service):
    """Enrolment by code; nobody is enrolled."""
    machine.configure(enroll_at_login="code", backup_codes=2)
    return machine


def invite(site, user="alice"):
    return json.loads(site.twostep("invite", user, "--json"))["code"]


@pytest.fixture(scope="module")
def post():
    with mailsystem.running() as server:
        yield server


@pytest.fixture
def mail(site, post):
    """Mail as it is where nothing is said of whom it is about; hers is nobody's who has no record."""
    site.configure(enroll_at_login="yes", mail=mailsystem.SENDER, mail_admin="admins@example.org")
    with delivering.running(site.config):
        yield post


def events(mark):
    found = [authlog.event(line) for line in authlog.ours(authlog.since(mark))]
    return [event for event in found if event and event["event"] in ENROLMENT_EVENTS]


class Ssh:
    """alice, coming by ssh, her password typed."""

    def __init__(self, server, *options):
        self.terminal = server.login("alice", *options)
        self.terminal.answer("Password: ", people.PASSWORD)

    def confirm(self):
        """The password once more, for twostepd."""
        self.terminal.expect(ONCE_MORE).answer("Password: ", people.PASSWORD)
        return self

    def is_in(self):
        return LOGGED_IN in self.terminal.end()


class Console:
    """The same at a terminal of the machine."""

    def __init__(self, _server=None):
        self.terminal = Terminal(["login"], seconds=30)
        self.terminal.answer("login: ", "alice").answer("Password: ", people.PASSWORD)

    confirm = Ssh.confirm

    def is_in(self):
        if self.terminal.sees("$ ", "Login incorrect") != "$ ":
            return False
        self.terminal.type("id -un; exit").end()
        return True


WAYS = pytest.mark.parametrize("way", [Ssh, Console], ids=["ssh", "console"])


def prove(terminal):
    """Has the app take the key from the screen, and types the code that it shows; the app, and that code as `spent`."""
    terminal.expect(APP_QUESTION)
    app = tool.token_on(terminal.seen)
    app.spent = app.code()
    terminal.type(app.spent)
    return app


def save(terminal):
    terminal.expect(SENTENCE)
    codes = tool.backup_codes_on(terminal.seen)
    terminal.type(tool.SENTENCE)
    return codes


@WAYS
def test_with_a_code(site, server, way):
    code, mark = invite(site), authlog.mark()
    login = way(server)
    login.terminal.answer(CODE_QUESTION, code.lower().replace("-", " "))
    app = prove(login.terminal)
    codes = save(login.terminal)
    assert login.is_in() and len(codes) == 2 and "twostep contact" not in login.terminal.seen
    begun, enrolled, accepted = events(mark)
    assert (begun["event"], begun["proof"], begun["user"]) == ("enrolment-begun", "invitation", "alice")
    assert (enrolled["event"], enrolled["proof"], enrolled["token"]) == ("enrolled-at-login", "invitation", "app")
    assert (accepted["event"], accepted["method"]) == ("accepted", "enrolment")
    record = tool.record(site)
    assert record["state"] == "active" and record["appendix"] == {} and tool.is_in_both_slots(site)
    # From now on she is asked as everybody is; what she typed is spent, and so is the enrolment code.
    for answer, gets_in in ((app.spent, False), (code, False), (app.code(1), True), (codes[0], True)):
        login = way(server)
        login.terminal.answer(CODE_PROMPT, answer)
        assert login.is_in() == gets_in, answer


@WAYS
def test_on_trust(site, mail, server, way):
    """Whoever comes first: the administrators hear of it, since no record has an address to tell."""
    site.configure(issuer="Example")
    mark = authlog.mark()
    login = way(server).confirm()
    prove(login.terminal)
    save(login.terminal)
    assert login.is_in()
    if way is Ssh:
        golden.at_login("login-enroll-trust", login.terminal)
    begun, enrolled, _ = events(mark)
    assert begun["proof"] == enrolled["proof"] == "password"
    letter = mail.next()
    assert letter.recipients == ["admins@example.org"] and "enrolled-at-login (alice)" in letter.subject
    assert re.search("^  proof +password$", letter.text, re.M)


@pytest.mark.parametrize("qr, name", [("utf8", "login-enroll"), ("ascii", "login-enroll-ascii")])
def test_the_way_back_is_told_of_and_not_asked_for(site, server, qr, name):
    """Where people get back in by mail, whoever has enrolled is told what to type for it; the login is no longer for it."""
    site.configure(recovery="email", issuer="Example", qr=qr)
    code = invite(site)
    login = Ssh(server)
    login.terminal.answer(CODE_QUESTION, code)
    prove(login.terminal)
    save(login.terminal)
    assert login.is_in()
    assert tool.status(site)["recoveryMissing"] == ["address", "answers"]
    assert ("█" in login.terminal.seen) == (qr == "utf8")
    golden.at_login(name, login.terminal)


def test_somebody_without_an_invitation_sees_the_same(site, server):
    """The same question, the same answer, and no record that was not there."""
    screens = []
    invite(site)
    for _ in range(2):
        mark = authlog.mark()
        login = Ssh(server)
        login.terminal.answer(CODE_QUESTION, "0000-0000-0000-0000")
        assert not login.is_in()
        refused, = events(mark)
        assert (refused["event"], refused["reason"]) == ("refused", "wrong-enrolment-code")
        screens.append(login.terminal.seen)
        site.run("disable", "alice")
    golden.at_login("login-enroll-wrong", login.terminal)
    assert screens[0] == screens[1] and not site.record_of("alice").exists()


def test_nobody_enrols_where_the_setting_is_no(site, server):
    site.configure(enroll_at_login=None)
    code, mark = invite(site), authlog.mark()
    login = Ssh(server)
    login.terminal.answer(CODE_PROMPT, code)
    assert not login.is_in() and events(mark)[0]["reason"] == "not-enrolled"


class TestCutOff:
    """A login that ends at each prompt: nobody is in, and the next goes on. Whoever has the password alone never does, nor
    sees the key."""

    def _thief(self, server, question, again=False):
        """Somebody with the password alone: asked what they do not have, shown nothing, and not let in."""
        thief = Ssh(server).confirm() if again else Ssh(server)
        thief.terminal.expect(question)
        assert "otpauth" not in thief.terminal.seen and APP_QUESTION not in thief.terminal.seen
        thief.terminal.type("")
        assert not thief.is_in()
        thief.terminal.close()

    def test_with_a_code(self, site, server):
        site.configure(issuer="Example")
        code = invite(site)
        # At the first question.
        with Ssh(server).terminal as terminal:
            terminal.expect(CODE_QUESTION)
        self._thief(server, CODE_QUESTION)
        # With the key on the screen. The thief's wrong answer keeps the owner waiting for nothing.
        with Ssh(server).terminal as terminal:
            terminal.answer(CODE_QUESTION, code).expect(APP_QUESTION)
            app = tool.token_on(terminal.seen)
        assert tool.status(site)["enrolment"] == "key-shown" and not tool.status(site)["enrolled"]
        self._thief(server, CODE_QUESTION)
        # The same key again; and with the backup codes on the screen.
        with Ssh(server).terminal as terminal:
            terminal.answer(CODE_QUESTION, code)
            again = prove(terminal)
            assert again.secret == app.secret
            terminal.expect(SENTENCE)
            unsaved = tool.backup_codes_on(terminal.seen)
            golden.at_login("login-enroll-cut-off", terminal)
        assert tool.status(site)["enrolment"] == "app-proven" and not tool.status(site)["enrolled"]
        self._thief(server, CODE_PROMPT)
        # The code that has proven it is spent, and so is the enrolment code: the next one of the app goes on.
        for answer in (again.spent, code, unsaved[0]):
            login = Ssh(server)
            login.terminal.answer(CODE_PROMPT, answer)
            assert not login.is_in(), answer
        login = Ssh(server)
        login.terminal.answer(CODE_PROMPT, app.code(1))
        codes = save(login.terminal)
        assert login.is_in() and not set(codes) & set(unsaved)
        golden.at_login("login-enroll-taken-up", login.terminal)
        assert tool.status(site)["state"] == "active"

    def test_on_trust(self, site, server):
        """The key is never shown twice: a thief who comes in between would have a copy of what the owner goes on with."""
        site.configure(enroll_at_login="yes", issuer="Example")
        with Ssh(server).confirm().terminal as terminal:
            terminal.expect(APP_QUESTION)
            first = tool.token_on(terminal.seen)
        with Ssh(server).confirm().terminal as terminal:
            terminal.answer(BEGUN_BEFORE, "").expect(APP_QUESTION)
            second = tool.token_on(terminal.seen)
            golden.at_login("login-enroll-trust-new-key", terminal)
        assert first.code(5) != second.code(5)
        login = Ssh(server).confirm()     # with the key that was voided
        login.terminal.answer(BEGUN_BEFORE, first.code())
        assert not login.is_in()
        login = Ssh(server).confirm()
        login.terminal.answer(BEGUN_BEFORE, second.code())
        assert APP_QUESTION not in login.terminal.seen
        save(login.terminal)
        assert login.is_in()
        golden.at_login("login-enroll-trust-taken-up", login.terminal)

    def test_an_invitation_binds_also_where_the_password_is_enough(self, site, server):
        site.configure(enroll_at_login="yes")
        invite(site)
        self._thief(server, CODE_QUESTION, again=True)

    def test_what_was_begun_on_trust_is_worth_nothing_under_a_stricter_rule(self, site, server):
        site.configure(enroll_at_login="yes")
        with Ssh(server).confirm().terminal as terminal:
            prove(terminal)
            terminal.expect(SENTENCE)
        site.configure(enroll_at_login="code")
        self._thief(server, CODE_QUESTION)

    def test_a_new_invitation_voids_what_was_begun(self, site, server):
        code = invite(site)
        with Ssh(server).terminal as terminal:
            terminal.answer(CODE_QUESTION, code).expect(APP_QUESTION)
            old = tool.token_on(terminal.seen)
            new = invite(site)
            # The dialogue that was open comes to nothing.
            terminal.type(old.code())
            assert LOGGED_IN not in terminal.end()
        with Ssh(server).terminal as terminal:
            terminal.answer(CODE_QUESTION, new).expect(APP_QUESTION)
            assert tool.token_on(terminal.seen).code(5) != old.code(5)


class TestThroughAScript:
    """A scripted application, started by root."""

    @pytest.fixture
    def stack(self, site):
        return site.stack()

    INTRODUCTION = [Told("twostep: you must set up a second step before you can log in here"),
                    Told("twostep: type the enrolment code that your administrator gave you")]

    def _ask(self, answer):
        return [*self.INTRODUCTION, Ask(CODE_QUESTION, answer, libpam.PROMPT_ECHO_ON)]

    def test_wrong_codes_take_turns(self, site, stack):
        invite(site)
        for answer, reason in (("1234", "wrong-enrolment-code"), ("0000-0000-0000-0000", "too-soon")):
            outcome = stack.authenticate("alice", self._ask(answer))
            assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTH_ERR", reason)

    def test_no_answer(self, site, stack):
        outcome = stack.authenticate("alice", self._ask(FAILS))
        assert (outcome.code, outcome.event["reason"]) == ("PAM_CONV_ERR", "conversation-failed")

    @pytest.mark.parametrize("arguments, flags, asked", [
        ([], libpam.SILENT, [Ask(CODE_PROMPT, "123456")]), (["use_first_pass"], 0, []),
        (["forward_pass"], 0, [Ask("Password and verification code: ", "x123456")])],
        ids=["silent", "use_first_pass", "forward_pass"])
    def test_where_there_is_no_long_conversation(self, site, arguments, flags, asked):
        """As if nobody could enrol; without anything that was typed before, nothing is judged."""
        invite(site)
        outcome = site.stack(*arguments).authenticate("alice", list(asked), flags=flags)
        assert (outcome.code, outcome.event["reason"]) == (
            ("PAM_AUTH_ERR", "not-enrolled") if asked else ("PAM_CONV_ERR", "conversation-failed"))

    def test_what_a_user_has_started_enrols_nobody(self, site, stack):
        outcome = stack.authenticate("alice", [Ask(CODE_PROMPT, invite(site))],
                                     before=running_service.started_by("dave"))
        assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTH_ERR", "not-enrolled")

    def test_on_trust_the_service_has_the_password_confirmed_itself(self, site, stack):
        """libpam comes to our line after a wrong password as well (`substack`, `required`): here no password was asked."""
        site.configure(enroll_at_login="yes")
        once_more = Told("twostep: you must set up a second step; type your password once more")
        outcome = stack.authenticate("alice", [
            once_more, Ask("Password: ", "wrong"), Told("twostep: the password was refused; nothing was changed",
                                                        libpam.ERROR_MSG),
            Told("twostep: start again", libpam.ERROR_MSG)])
        assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTH_ERR", "password-not-confirmed")
        assert not site.record_of("alice").exists()

    def test_killed_at_each_question(self, site, stack, service):
        """The service dies while somebody is asked: refused, and nothing half-made is usable; the next login goes on."""
        code = invite(site)

        def kill():
            for pid in service.connections():
                os.kill(pid, signal.SIGKILL)
            return "x"
        asked_for_code = Ask(CODE_QUESTION, code, libpam.PROMPT_ECHO_ON)
        outcome = stack.authenticate("alice", [Ask(CODE_QUESTION, kill, libpam.PROMPT_ECHO_ON)], remarks=True)
        assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTHINFO_UNAVAIL", "service-failed")
        outcome = stack.authenticate(
            "alice", [asked_for_code, Ask(tool.CODE_QUESTION, kill, libpam.PROMPT_ECHO_ON)], remarks=True)
        assert outcome.code == "PAM_AUTHINFO_UNAVAIL" and tool.status(site)["enrolment"] == "key-shown"
        app = tool.token_on("\n".join(outcome.remarks))
        asked_for_code = Ask(CODE_QUESTION, code, libpam.PROMPT_ECHO_ON)
        outcome = stack.authenticate(
            "alice", [asked_for_code, Ask(tool.CODE_QUESTION, app.code, libpam.PROMPT_ECHO_ON),
                      Ask(tool.SENTENCE_QUESTION, kill, libpam.PROMPT_ECHO_ON)], remarks=True)
        assert outcome.code == "PAM_AUTHINFO_UNAVAIL" and tool.status(site)["enrolment"] == "app-proven"
        assert tool.status(site)["enrolled"] is False
        outcome = stack.authenticate(
            "alice", [Ask(CODE_PROMPT, app.code(1)),
                      Ask(tool.SENTENCE_QUESTION, tool.SENTENCE, libpam.PROMPT_ECHO_ON)], remarks=True)
        assert outcome.code == "PAM_SUCCESS" and tool.status(site)["state"] == "active"


def test_without_the_service(machine):
    machine.configure(enroll_at_login="code")
    code = invite(machine)
    outcome = machine.stack().authenticate("alice", [
        Told("twostep: your second step cannot be set up just now", libpam.ERROR_MSG),
        Told("twostep: tell your administrator", libpam.ERROR_MSG), Ask(CODE_PROMPT, code)])
    assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTHINFO_UNAVAIL", "service-missing")


@pytest.mark.parametrize("qr, locale", [("utf8", "C.UTF-8"), ("ascii", "C")])
def test_the_qr_code_over_ssh(site, server, tmp_path, qr, locale):
    """Photographed from a real terminal of 80 columns, and read: the address, to the letter."""
    site.configure(enroll_at_login="yes", qr=qr, issuer="site")
    shown = screen.Tmux(tmp_path, [
        "env", f"LC_ALL={locale}", "ssh", "-F", "none", "-tt", "-p", server.port, "-o",
        f"UserKnownHostsFile={server.folder}/known_hosts", "alice@127.0.0.1", "id"], columns=80, rows=70)
    try:
        shown.wait_for("Password: ")
        shown.type(people.PASSWORD)
        shown.wait_for(ONCE_MORE)
        shown.type(people.PASSWORD)
        shown.wait_for(APP_QUESTION)
        picture = screen.picture(shown.coloured(), 255, 0)
        app = tool.token_on(shown.text())
        read = screen.read_qr(picture, tmp_path / "screen.pgm")
        assert read and read.startswith("otpauth://totp/site:alice?secret=") and read in shown.text().replace("\n", "")
        shown.type(app.code())
        shown.wait_for(SENTENCE)
    finally:
        shown.close()

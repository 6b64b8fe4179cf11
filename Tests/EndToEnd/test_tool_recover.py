"""twostep recover USER: a code that an administrator reads out, of which the hash alone is kept; and who hears of it."""

import hashlib
import hmac
import json
import os
import re

import authlog
import delivering
import mailsystem
import owner
import people
import pytest
import service as running_service
import tool
from delivering import wait_for
from terminal import Terminal
from tool import EX_NOPERM, EX_NOUSER, EX_USAGE
from test_contact import ADDRESS, code_in, set_address
from test_tool_invite import NOBODY_LISTENS

CODE = re.compile(r"^      ((?:[0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{2})$", re.MULTILINE)
REASON = ["--reason", "lost phone, called back"]
QUESTIONS = ["First pet?", "First school?", "Mother's town?", "Favourite dish?"]


def _grant(world):
    return tool.record(world)["appendix"]["recovery"]["grant"]


def _is_kept(world, code):
    """Whether this is the code whose hash is in the record: HMAC-SHA-256, by docs/file-format.md."""
    grant = _grant(world)
    digest = hmac.new(bytes.fromhex(grant["salt"]), b"twostep recovery token v1" + code.replace("-", "").encode(),
                      hashlib.sha256)
    return digest.hexdigest() == grant["hash"]


def _events(mark):
    return [line.partition("event=")[2] for line in authlog.since(mark) if "event=" in line]


class TestTheCode:
    def test_it_is_said_where_no_login_takes_it(self, world):
        world.enrol("alice")
        done = world.run("recover", "alice", *REASON, "--json")
        assert done.returncode == 0 and "code" in json.loads(done.stdout)
        assert done.stderr.splitlines() == NOBODY_LISTENS

    def test_where_one_takes_it_nothing_is_said(self, machine, service):
        machine.enrol("alice")
        done = machine.run("recover", "alice", *REASON)
        assert done.returncode == 0 and CODE.search(done.stdout) and done.stderr == ""

    def test_it_is_shown_once_and_its_hash_kept(self, world):
        alice = world.enrol("alice")
        mark = authlog.mark()
        screen = world.twostep("recover", "alice", *REASON, env={**os.environ, "SUDO_USER": "carol"})
        code = CODE.search(screen)[1]
        grant = _grant(world)
        assert _is_kept(world, code) and not _is_kept(world, code[:-1] + ("0" if code[-1] != "0" else "1"))
        assert (grant["way"], grant["stage"], grant["wrong"]) == ("admin", "given", 0)
        assert grant["expires"] - grant["made"] == 3600 and tool.is_in_both_slots(world)
        assert tool.transcript(screen, code=code).startswith("Recovery code of alice, valid once, until <time>:\n\n      <code>\n\n")
        assert "only the log tells" in screen
        event, = _events(mark)
        assert re.fullmatch(r'recovery-code-made user=alice by=0 admin=\w+ reason="lost phone, called back" '
                            rf'grant={grant["id"]} expires=\S+Z', event), event
        assert "recovery code counts until" in world.twostep("status", "alice") and "recoveryUntil" in tool.status(world)
        assert code.encode() not in world.record_of("alice").read_bytes()
        # Until it is used the old second step counts, and a new code voids this one.
        assert world.login("alice", alice.token.code()).code == "PAM_SUCCESS"
        again = json.loads(world.twostep("recover", "alice", *REASON, "--json"))
        assert set(again) == {"user", "code", "expires", "mailed"} and not again["mailed"]
        assert _is_kept(world, again["code"]) and not _is_kept(world, code)
        assert "recoveryUntil" not in json.loads(tool.later(world, 3601, "status", "alice", "--json").stdout)

    def test_who_is_locked_or_must_enrol_anew(self, world):
        alice = world.enrol("alice")
        world.configure(deny=1)
        world.login("alice", alice.token.wrong())
        assert "lockedUntil" in tool.status(world)
        assert _is_kept(world, CODE.search(world.twostep("recover", "alice", *REASON))[1])
        world.twostep("disable", "alice", "--override", *REASON)
        world.twostep("invite", "alice")
        tool.damage_newer_slot(world)
        world.login("alice", "123456")
        assert tool.status(world)["state"] == "must-reenrol"
        assert _is_kept(world, CODE.search(world.twostep("recover", "alice", *REASON))[1])

    def test_who_is_not_enrolled(self, world):
        tool.fails(world.run("recover", "alice", *REASON), EX_NOUSER, "not enrolled", "twostep invite alice")
        world.twostep("invite", "alice")
        before = tool.record(world)
        tool.fails(world.run("recover", "alice", *REASON), EX_NOUSER, "not enrolled", "twostep invite alice")
        tool.fails(world.run("recover", "mallory", *REASON), EX_NOUSER, "no such user")
        assert tool.record(world) == before

    def test_a_reason_is_needed(self, world):
        world.enrol("alice")
        before = tool.record(world)
        for arguments in [], ["--reason", " "], ["--reason", "x" * 257]:
            assert world.run("recover", "alice", *arguments).returncode == EX_USAGE
        assert tool.record(world) == before

    def test_root_alone(self, machine):
        machine.enrol("alice")
        tool.fails(owner.run("alice", "recover", "alice", *REASON), EX_NOPERM, "only root")


@pytest.fixture
def server():
    with mailsystem.running() as server:
        yield server


@pytest.fixture
def site(machine, folder):
    questions = folder / "questions"
    questions.write_text("# what we ask\n" + "".join(f"{question}\n" for question in QUESTIONS))
    questions.chmod(0o644)
    machine.configure(mail=mailsystem.SENDER, mail_admin="admins@example.org", bcrypt_cost=10, backup_codes=2,
                      required="none", recovery="email", recovery_questions=questions)
    return machine


@pytest.fixture
def delivery(site, server):
    with delivering.running(site.config) as delivery:
        yield delivery


def _answer(site, *answers, options=()):
    return site.run("contact", "alice", "--questions", *options, input="".join(f"{answer}\n" for answer in answers))


def _answers(site):
    return tool.record(site)["appendix"]["answers"]["entries"]


class TestByMail:
    def test_who_hears_of_a_code(self, site, server, delivery):
        site.enrol("alice")
        set_address(site, server)
        while not server.none():
            server.next()
        said = json.loads(site.twostep("recover", "alice", "--reason", "called back {code}\nBcc: x", "--json"))
        assert said["mailed"]
        mails = {tuple(mail.recipients): mail for mail in (server.next(), server.next())}
        told = mails[(ADDRESS,)]
        assert "made a code" in told.subject and "called back" in told.text and told.message["Bcc"] is None
        assert re.search(r"until\s+20\S+Z, once", told.text)
        for mail in mails.values():
            assert said["code"] not in mail.text and said["code"].replace("-", "") not in mail.text
        assert ("admins@example.org",) in mails
        wait_for(delivery.is_idle)
        assert server.none()

    def test_questions(self, site, server, delivery):
        """Twice each, in one spelling; the hashes by libcrypt itself, the questions the same each time."""
        crypt = pytest.importorskip("crypt")
        site.enrol("alice")
        assert tool.status(site)["recoveryMissing"] == ["address", "answers"]
        set_address(site, server)
        with Terminal([tool.TOOL, "contact", "alice", "--questions"]) as terminal:
            for answer in ("The Old-Oak ", "Böblingen"):
                terminal.answer("Answer: ", answer).answer("Again:  ", answer.lower())
            screen = terminal.end()
        assert terminal.status == 0, screen
        # What was typed is not on the screen.
        assert "Oak" not in screen and "oak" not in screen and "lingen" not in screen
        first, second = _answers(site)
        assert crypt.crypt("theoldoak", first["hash"]) == first["hash"]
        assert crypt.crypt("boblingen", second["hash"]) == second["hash"] and first["hash"][:29] == second["hash"][:29]
        asked = [first["question"], second["question"]]
        assert len(set(asked)) == 2 and set(asked) <= set(QUESTIONS)
        assert tool.status(site)["recoveryMissing"] == [] and "recovery by mail: ready" in site.twostep("status", "alice")
        # A key rotation changes nothing about them; nor does a longer list about those that were answered.
        site.twostep("key", "rotate")
        assert _answer(site, "rex", "rex", "rome", "rome").returncode == 0
        assert [entry["question"] for entry in _answers(site)] == asked
        for _ in range(2):
            assert "Security questions" in server.next().subject
        tool.says(site.run("contact", "alice", "--remove"), "Mail about alice goes to them no more.",
                  "alice's answers are forgotten.")
        assert "answers" not in tool.record(site)["appendix"]
        assert {server.next().recipients[0] for _ in range(2)} == {ADDRESS}

    def test_questions_by_the_owner(self, site):
        """Through the service, with the password and a current code."""
        alice = site.enrol("alice")
        service = running_service.Service()
        try:
            done = owner.run("alice", "contact", "--questions",
                             typed=[people.PASSWORD, alice.token.code(), "rex", "rex", "rome", "rome"])
            assert done.returncode == 0 and len(_answers(site)) == 2, done
            done = owner.run("alice", "status")
            assert "recovery by mail: not ready" in done.stdout and "no verified address" in done.stdout, done
            site.configure(recovery_questions="/nowhere")
            done = owner.run("alice", "contact", "--questions", typed=[people.PASSWORD])
            assert done.returncode == tool.EX_CONFIG and "twostep: /nowhere does not exist" in done.stderr, done
            assert "twostep: ask your administrator" in done.stderr and "recovery.md" not in done.stderr, done
        finally:
            service.stop()

    @pytest.mark.parametrize("break_it, what, hint", [
        (lambda path: path.unlink(), " does not exist",
         "write at least 2 questions there, one a line; /usr/share/doc/twostep/docs/recovery.md has a sample"),
        (lambda path: path.chmod(0o666), " is not safe to use (mode)",
         "it and every folder above must be root's, no link, writable by root only: namei -lx {path}"),
        (lambda path: path.write_text("First pet?\n"), ": fewer than 2 questions",
         "write at least 2 questions there, one a line; /usr/share/doc/twostep/docs/recovery.md has a sample")])
    def test_a_file_of_questions_that_is_none(self, site, folder, break_it, what, hint):
        """The same in doctor."""
        site.enrol("alice")
        path = folder / "questions"
        break_it(path)
        tool.fails_with(_answer(site, "rex"), tool.EX_CONFIG, f"{path}{what}", hint.format(path=path))
        found = json.loads(site.run("doctor", "--json").stdout)["findings"]
        found = next(one for one in found if one["check"] == "recovery-questions")
        assert found["what"].endswith(f": {path}{what}")

    def test_what_is_no_answer(self, site):
        site.enrol("alice")
        before = tool.record(site)
        done = _answer(site, "ab", "?!", "rex", "max", "rex", "rex", "REX!", "Rex", "")
        assert done.returncode == tool.EX_DATAERR, done
        for said in ("too short", "another answer", "the question before", "nothing was changed"):
            assert said in done.stderr
        assert tool.record(site) == before
        for settings, words in (({"recovery_questions": "/nowhere"}, "/nowhere"), ({"recovery": None}, "recovery = email")):
            site.configure(**settings)
            tool.fails(_answer(site, "rex", "rex", "rome", "rome"), tool.EX_CONFIG, words)
        # A value that is not understood stands in the way of those who need it, and of nobody else.
        site.configure(recovery="maybe", recovery_url="nonsense")
        tool.fails(_answer(site, "rex", "rex", "rome", "rome"), tool.EX_CONFIG, "'recovery'")
        done = site.run("recover", "alice", *REASON)
        assert done.returncode == 0 and CODE.search(done.stdout) and "'recovery'" in done.stderr, done
        assert tool.but(tool.record(site), "appendix") == tool.but(before, "appendix")

    def test_at_the_end_of_enrolling(self, site, server, delivery):
        with Terminal([tool.TOOL, "enroll", "alice"]) as terminal:
            terminal.expect(tool.CODE_QUESTION)
            terminal.type(tool.token_on(terminal.seen).code()).answer(tool.SENTENCE_QUESTION, tool.SENTENCE)
            terminal.answer("Your mail address (Enter: none): ", "alice@localhost").expect("stays on this machine")
            terminal.answer("Your mail address (Enter: none): ", ADDRESS).expect("Code from the mail: ")
            terminal.type(code_in(server.next()))
            for answer in ("rex", "rome"):
                terminal.answer("Answer: ", answer).answer("Again:  ", answer)
            screen = terminal.end()
        assert terminal.status == 0 and "The answers are kept" in screen, screen
        assert tool.status(site)["recoveryMissing"] == []
        with Terminal([tool.TOOL, "enroll", "bob"]) as terminal:
            terminal.expect(tool.CODE_QUESTION)
            terminal.type(tool.token_on(terminal.seen).code()).answer(tool.SENTENCE_QUESTION, tool.SENTENCE)
            screen = terminal.answer("Your mail address (Enter: none): ", "").end()
        assert terminal.status == 0 and "only a backup code or an administrator" in screen, screen

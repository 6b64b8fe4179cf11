"""Every dialogue on a terminal of 80 by 24, root's and owners' through twostepd: in UTF-8, in ASCII, and without colours.

As test_screens.py, whose terminals are all real, against Tests/EndToEnd/screens; TWOSTEP_UPDATE_SCREENS=1 writes what is seen
there instead. What differs each time stands as what it is: KKKK of a key, NNNNNN of a code, XXXX-XXXX, <time>, and a line
for the QR code. A dialogue looks the same in every kind unless a file says how it looks in this one.
"""

import os
import re

import delivering
import golden
import mailsystem
import oath
import owner
import people
import pytest
import recovering
import screen
import tool
from ownersite import OwnerSite
from terminal import Terminal
from tool import CODE_QUESTION, SENTENCE, SENTENCE_QUESTION
from world import TOOL

OTHER = oath.Token("A" * 32)
CTRL_D = "\x04"


class Site(OwnerSite):
    """Before each dialogue alice has two tokens and ten backup codes, bob has nothing, and carol is locked."""

    def __init__(self):
        super().__init__("spare", issuer="Example", mail=mailsystem.SENDER)
        for wrong in self.machine.enrol("carol").token.wrong(5):
            self.machine.login("carol", wrong)
        self.keep()
        self.mails, self._delivery = mailsystem.Server(), delivering.Delivery(self.machine.config)
        recovering.write_questions()

    def stop(self):
        self._delivery.stop()
        self.mails.stop()
        mailsystem.MSMTPRC.unlink()
        super().stop()


# What is typed: a text, or what makes one of the site and of what was seen.
def code(site, _):
    """The code that alice's app shows."""
    return site.alice.token.code()


def following(site, _):
    return site.alice.token.code(1)


def shown(_, seen):
    """The code of the key on the screen."""
    return tool.token_on(seen).code()


def mailed(site, seen):
    """The code of the mail that was sent just now; others tell what was done before, or were left unread."""
    address = re.findall(r"on its way to (\S+)\. ", seen)[-1]
    while not (found := re.search(r"^  ([0-9A-Z]{4}-[0-9A-Z]{4})$", (mail := site.mails.next()).text, re.M)) or (
            mail.recipients != [address]):
        pass
    return found[1]


PASSWORD = (owner.PASSWORD_QUESTION, people.PASSWORD)
PROOF = (owner.CODE_PROMPT, code)
SAVED = (SENTENCE_QUESTION, SENTENCE)
MAILED = ("Code from the mail: ", mailed)
ADDRESS = "Your mail address (Enter: none): "
ANSWERS = [(question, answer) for answer in ("rex", "rome") for question in ("   Answer: ", "   Again:  ")]
GO_ON = ("Make them void? [y/N] ", "y")
ENROLLING = [(CODE_QUESTION, shown), SAVED]

# Who, the command, and what is typed at which question.
DIALOGUES = {
    "root-enroll": ("root", "enroll bob", ENROLLING),
    "root-enroll-stopped": ("root", "enroll bob", [
        (CODE_QUESTION, "hello"), (CODE_QUESTION, OTHER.code(0, 0)), (CODE_QUESTION, ""), (CODE_QUESTION, CTRL_D)]),
    "root-enroll-not-saved": ("root", "enroll bob", [ENROLLING[0], (SENTENCE_QUESTION, "yes"), (SENTENCE_QUESTION, CTRL_D)]),
    "root-backup-codes": ("root", "backup-codes alice --regenerate", [PROOF, SAVED]),
    "root-token-add": ("root", "token add alice --label tablet", [(CODE_QUESTION, shown)]),
    "root-token-remove": ("root", "token remove alice spare", []),
    "root-token-rename": ("root", "token rename alice spare tablet", []),
    "root-token-resync": ("root", "token resync alice app", [("First code: ", code), ("The code after it: ", following)]),
    "root-invite": ("root", "invite bob", []),
    "root-unlock": ("root", "unlock carol", []),
    "root-disable": ("root", "disable alice", [PROOF]),
    "root-verify": ("root", "verify alice", [PROOF]),
    "root-verify-wrong": ("root", "verify alice", [(owner.CODE_PROMPT, OTHER.code(0, 0))]),
    "owner-enroll": ("bob", "enroll", [PASSWORD, *ENROLLING]),
    "owner-backup-codes": ("alice", "backup-codes --regenerate", [PASSWORD, PROOF, SAVED]),
    "owner-token-add": ("alice", "token add --label tablet", [PASSWORD, PROOF, (CODE_QUESTION, shown)]),
    "owner-disable": ("alice", "disable", [PASSWORD, PROOF]),
    "owner-contact": ("alice", "contact --set alice@example.org", [PASSWORD, PROOF, MAILED]),
    "root-contact": ("root", "contact carol --set carol@example.org", [MAILED]),
    "root-recover": ("root", "recover alice --reason lost", []),
    "root-restore": ("root", "restore", [GO_ON]),
    "root-restore-kept": ("root", "restore --keep-backup-codes", [GO_ON]),
}
# Where people get back in by mail.
BY_MAIL = {
    "root-enroll-half-a-way-back": ("root", "enroll bob", [
        *ENROLLING, (ADDRESS, "bob@localhost"), (ADDRESS, "bob@example.org"), (MAILED[0], ""), (ANSWERS[0][0], "")]),
    "root-enroll-no-way-back": ("root", "enroll bob", [*ENROLLING, (ADDRESS, "")]),
    "owner-enroll-way-back": ("dave", "enroll", [
        PASSWORD, *ENROLLING, (ADDRESS, "dave@example.org"), MAILED, *ANSWERS]),
    "root-contact-questions": ("root", "contact alice --questions", ANSWERS),
    "root-contact-no-answers": ("root", "contact alice --questions", [
        (ANSWERS[0][0], "ab"), *ANSWERS[:1], (ANSWERS[1][0], "max"), *ANSWERS[:2], *ANSWERS[:2], (ANSWERS[0][0], "")]),
    "owner-contact-questions": ("alice", "contact --questions", [PASSWORD, PROOF, *ANSWERS]),
}
DIALOGUES |= BY_MAIL
SETTINGS = {name: {"recovery": "email", "backup_codes": 2} for name in BY_MAIL}
# The default, at which hashing takes a moment.
SETTINGS["root-enroll-no-way-back"]["bcrypt_cost"] = 12


@pytest.fixture(scope="module")
def site():
    site = Site()
    yield site
    site.stop()


@pytest.mark.parametrize("kind", golden.KINDS)
@pytest.mark.parametrize("name", DIALOGUES)
def test_screen(site, name, kind):
    site.filled()
    site.machine.configure(**SETTINGS.get(name, {}))
    answers = DIALOGUES[name][2]
    oath.steady()
    with Terminal(_command(name, kind), env={**os.environ, "TERM": "xterm-256color"}, columns=80, rows=24) as terminal:
        for question, answer in answers:
            seen = terminal.expect(question).seen
            typed = answer(site, seen) if callable(answer) else answer
            (terminal.press if typed == CTRL_D else terminal.type)(typed)
        terminal.end()
    assert (terminal.raw.isascii() or kind != "ascii") and ("\x1b" not in terminal.raw or kind == "utf8")
    seen = golden.without(golden.plain(terminal.seen), recovering.ANSWERS) + f"exit status {terminal.status}\n"
    golden.compare(name, seen, kind)


def test_an_owner_at_a_real_terminal(site, tmp_path):
    """tmux shows the same; on the way the password is nowhere to be seen."""
    site.filled()
    name = "owner-backup-codes"
    command = ["sh", "-c", '"$@"; echo "exit status $?"; exec sleep 60', "sh", *_command(name, "utf8")]
    oath.steady()
    shown = screen.Tmux(tmp_path, command, columns=80, rows=24)
    try:
        for question, answer in DIALOGUES[name][2]:
            shown.wait_for(question.strip())
            shown.type(answer(site, shown.text()) if callable(answer) else answer)
        seen = shown.wait_for("exit status")
    finally:
        shown.close()
    kept = (golden.SCREENS / f"{name}.txt").read_text()
    assert [line.rstrip() for line in golden.plain(seen).rstrip().splitlines()] == [line.rstrip() for line in kept.splitlines()]
    assert people.PASSWORD not in seen


def _command(name, kind):
    user, words, _ = DIALOGUES[name]
    command = [TOOL, *words.split()] if user == "root" else owner.command(user, *words.split())
    at = command.index(TOOL)
    return [*command[:at], *golden.environment(kind), *command[at:]]

"""Where behaviour should agree, the harness finds the same in the modules of others.

This keeps the harness honest: it was written against these, and if a test of
ours is ever in doubt, the same script can be put to them.
"""

import os
import secrets
import subprocess

import libpam
import oath
import pytest
from pamstack import CODE_PROMPT, Stack, code_for
from script import Ask, FAILS


class Google:
    """pam_google_authenticator as its documentation recommends it."""
    prompt = CODE_PROMPT
    asks = 2        # again, when the conversation fails

    def __init__(self, folder, user):
        path = folder / "google-secret"
        subprocess.run(["google-authenticator", "-t", "-d", "-r", "3", "-R", "30", "-w", "3", "-q",
                        "-C", "-f", "-s", path], check=True, input="", text=True)
        os.chmod(path, 0o600)
        self.token = oath.Token(path.read_text().splitlines()[0])
        self.stack = Stack(folder / "pam.d").write(
            f"auth required pam_google_authenticator.so secret={path} user=root")


class Oath:
    """pam_oath from the OATH toolkit."""
    asks = 1

    def __init__(self, folder, user):
        seed = secrets.token_hex(20)
        path = folder / "users.oath"
        path.write_text(f"HOTP/T30 {user} - {seed}\n")
        os.chmod(path, 0o600)
        self.prompt = f"One-time password (OATH) for `{user}': "
        self.token = oath.Token("")
        self.token.secret = _base32(seed)
        self.stack = Stack(folder / "pam.d").write(
            f"auth required pam_oath.so usersfile={path} window=5 digits=6")


def _base32(seed):
    done = subprocess.run(["oathtool", "--hotp", "-v", seed], capture_output=True, text=True,
                          check=True)
    return next(line.split(": ")[1] for line in done.stdout.splitlines()
                if line.startswith("Base32 secret"))


@pytest.fixture(params=[Google, Oath])
def module(request, folder):
    return request.param(folder, "alice")


def test_right_code_once(module):
    code = module.token.code()
    assert module.stack.authenticate("alice", [Ask(module.prompt, code)], clean=False).code == \
        "PAM_SUCCESS"
    assert module.stack.authenticate("alice", [Ask(module.prompt, code)], clean=False).code == \
        "PAM_AUTH_ERR"


def test_wrong_code(module):
    script = [Ask(module.prompt, module.token.wrong())]
    assert module.stack.authenticate("alice", script, clean=False).code == "PAM_AUTH_ERR"


def test_failed_conversation_never_succeeds(module):
    script = [Ask(module.prompt, FAILS)] * module.asks
    assert module.stack.authenticate("alice", script, clean=False).code != "PAM_SUCCESS"


def test_the_harness_sees_a_question_too_many(folder):
    google = Google(folder, "alice")
    with pytest.raises(AssertionError, match="not expected: 'Verification code: '"):
        google.stack.authenticate("alice", [], clean=False)


def test_the_harness_sees_a_question_too_few(folder):
    stack = Stack(folder / "pam.d").write("auth required pam_permit.so")
    with pytest.raises(AssertionError, match="never came"):
        stack.authenticate("alice", code_for("123456"))


def test_the_harness_sees_another_text(folder):
    google = Google(folder, "alice")
    with pytest.raises(AssertionError, match="expected Ask"):
        google.stack.authenticate("alice", [Ask("Code: ", "123456")], clean=False)


def test_the_harness_sees_a_crash_a_hang_and_a_trace_left_behind(folder):
    google = Google(folder, "alice")
    with pytest.raises(AssertionError, match="killed by SIGSEGV"):
        google.stack.authenticate("alice", code_for(lambda: os.kill(os.getpid(), 11)))
    with pytest.raises(AssertionError, match="no answer within 1 seconds"):
        google.stack.authenticate("alice", code_for(lambda: os.read(os.pipe()[0], 1)), limit=1)
    with pytest.raises(AssertionError, match="umask: 0o22 became 0o77"):
        google.stack.authenticate("alice", code_for(lambda: os.umask(0o077) and "" or "123456"))


@pytest.mark.parametrize("line, code", [
    ("auth required pam_permit.so", libpam.SUCCESS),
    ("auth required pam_deny.so", libpam.AUTH_ERR),
    ("auth required pam_no_such_module.so", libpam.MODULE_UNKNOWN),
])
def test_the_harness_reports_what_libpam_answers(folder, line, code):
    stack = Stack(folder / "pam.d").write(line)
    assert stack.authenticate("alice", [], clean=False).code == libpam.NAMES[code]


def test_the_harness_moves_the_clock(folder):
    google = Google(folder, "alice")
    code = google.token.code(20)
    script = [Ask(CODE_PROMPT, code)]
    assert google.stack.authenticate("alice", script, clean=False).code == "PAM_AUTH_ERR"
    assert google.stack.authenticate("alice", script, clean=False, later=600).code == "PAM_SUCCESS"

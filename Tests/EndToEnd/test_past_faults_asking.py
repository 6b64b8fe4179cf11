"""docs/past-faults.md: what went wrong in others with who is asked, and with what is made of the answer."""

import ctypes
import subprocess
from pathlib import Path

import authlog
import libpam
import pamjob
import people
import pytest
from pamstack import CODE_PROMPT, code_for
from sshserver import SshServer

ALICE, BOB = b"alice", b"bob"
PROJECT = Path(__file__).resolve().parents[2]


def _one_handle(stack, steps):
    """(user, answer) after one another on one handle; what each pam_authenticate returned."""
    def run():
        answers = [answer for _, answer in steps]

        def converse(_count, _messages, responses, _data):
            array = libpam.libc.calloc(1, ctypes.sizeof(libpam.Response))
            replies = ctypes.cast(array, ctypes.POINTER(libpam.Response))
            replies[0].text = libpam.allocated(answers.pop(0).encode())
            responses[0] = replies
            return libpam.SUCCESS
        function = libpam.ConversationFunction(converse)
        handle = libpam.start(stack.service, steps[0][0], stack.confdir, libpam.Conversation(function, None))
        codes = []
        for user, _ in steps:
            libpam.set_text_item(handle, "user", user)
            codes.append(libpam.NAMES[libpam.pam.pam_authenticate(handle, 0)])
        return {"codes": codes}
    report = pamjob.in_child(run, 30)
    assert "codes" in report, report
    return report["codes"]


def test_a_handle_that_goes_on_to_another_user_is_judged_anew(world):
    """CVE-2005-2949: the module went on with what it had prepared for the user before."""
    alice, bob = world.enrol("alice", "--hotp"), world.enrol("bob", "--hotp")
    codes = _one_handle(world.stack(), [
        (ALICE, alice.token.hotp(0)),
        (BOB, alice.token.hotp(1)),         # alice's next code is nothing to bob
        (BOB, bob.token.hotp(0)),
        (b"nobody-such", bob.token.hotp(1)),
        (ALICE, alice.token.hotp(1)),
    ])
    assert codes == ["PAM_SUCCESS", "PAM_AUTH_ERR", "PAM_SUCCESS", "PAM_AUTH_ERR", "PAM_SUCCESS"]


def test_one_connection_buys_no_more_guesses(machine, tmp_path):
    """CVE-2015-5600: naming a device many times gave one connection as many guesses. Here the record counts them."""
    machine.configure(deny=2)
    person = machine.enrol("alice")
    server = SshServer(tmp_path, "MaxAuthTries 50")
    mark = authlog.mark()
    try:
        options = ["-o", f"KbdInteractiveDevices={','.join(['pam'] * 20)}", "-o", "NumberOfPasswordPrompts=20"]
        with server.login("alice", *options) as terminal:
            for code in [*person.token.wrong(2), person.token.code(), person.token.wrong()]:
                terminal.answer("Password: ", people.PASSWORD).answer(CODE_PROMPT, code)
            terminal.expect("Password: ")       # the connection lives, and may ask on
    finally:
        server.stop()
    reasons = [authlog.event(line)["reason"] for line in authlog.ours(authlog.since(mark))]
    assert reasons == ["wrong-code", "wrong-code", "locked", "locked"]


class TestPassing:
    """Where who has no record may pass."""

    # As in https://github.com/google/google-authenticator-libpam/issues/55
    JUMPING = "auth [success=done new_authtok_reqd=done ignore=ignore default=die] pam_twostep.so"

    def _stack(self, world, *after):
        return world.stack().write(f"{self.JUMPING} config={world.config} nullok", *after)

    def test_the_rest_of_the_stack_still_decides(self, make_world):
        """google-authenticator 55: PAM_SUCCESS for who has no record ended the stack, the password unasked."""
        world = make_world(required="none")
        person = world.enrol("bob")
        deny = "auth required pam_deny.so"
        assert self._stack(world, deny).authenticate("alice", []).code == "PAM_AUTH_ERR"
        # The same line ends the stack for who gave a right code: it is the module's answer that decides.
        assert self._stack(world, deny).authenticate("bob", code_for(person.token.code)).code == "PAM_SUCCESS"

    def test_alone_it_lets_nobody_in_and_with_another_all_it_may(self, make_world):
        """google-authenticator 75: a stack in which nobody says yes refuses; the documents name pam_permit."""
        world = make_world(required="none")
        stack = world.stack("nullok")
        assert stack.authenticate("alice", []).code == "PAM_PERM_DENIED"
        outcome = world.stack("nullok", after=["auth required pam_permit.so"]).call(
            ["authenticate", "setcred"], "alice", [])
        assert outcome.codes == ["PAM_SUCCESS", "PAM_SUCCESS"]
        assert "pam_permit" in (PROJECT / "docs/pam.md").read_text()


def test_one_code_does_for_one_question(world):
    """google-authenticator 153: asked twice in one login. Each question takes a code of its own, never one again."""
    person = world.enrol("alice", "--hotp")
    line = f"auth required pam_twostep.so config={world.config}"
    stack = world.stack().write(line, line)
    codes = [person.token.hotp(counter) for counter in range(3)]
    assert stack.authenticate("alice", code_for(codes[0]) + code_for(codes[0])).code == "PAM_AUTH_ERR"
    assert stack.authenticate("alice", code_for(codes[1]) + code_for(codes[2])).code == "PAM_SUCCESS"


@pytest.mark.parametrize("file", sorted(path.name for path in PROJECT.glob("pam.d/*")))
def test_our_service_files_ask_once(file):
    """google-authenticator 153. The file by which owners' passwords are confirmed asks for the password alone."""
    text = (PROJECT / "pam.d" / file).read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#") and "pam_twostep.so" in line]
    assert [line.split()[0] for line in lines] == ([] if file == "twostep" else ["auth"])


class TestShell:
    """CVE-2026-44712: a name in a configuration, or on a device, was run by a shell."""

    NAMES = ("$(touch {})", "`touch {}`", "; touch {}", "| touch {}", "&& touch {} #", "'; touch {} '", "\n touch {}")

    def _runs_nothing(self, folder, command, input=""):
        """Runs the command; it starts no other program, and nothing comes of the name."""
        trace = folder / "trace"
        subprocess.run(["strace", "-f", "-qq", "-o", trace, "-e", "trace=execve,execveat", *map(str, command)],
                       input=input, capture_output=True, text=True, timeout=60, check=False)
        started = [line for line in trace.read_text().splitlines() if "execve" in line]
        assert len(started) == 1, started
        assert not (folder / "made").exists()

    @pytest.mark.parametrize("name", NAMES)
    def test_the_tool(self, world, folder, name):
        name = name.format(folder / "made")
        tool = ["/usr/local/sbin/twostep"]
        config = ["--config", world.config]
        self._runs_nothing(folder, [*tool, "enroll", name, "--provision", *config])
        self._runs_nothing(folder, [*tool, "status", name, *config])
        self._runs_nothing(folder, [*tool, "verify", name, *config], "123456\n")
        words = ["--label", name, "--issuer", name]
        self._runs_nothing(folder, [*tool, "enroll", "alice", "--provision", *words, *config])
        world.configure(issuer=name.replace("\n", " "))
        self._runs_nothing(folder, [*tool, "status", *config])

    def test_a_login(self, world, folder):
        world.enrol("alice")
        service = Path("/etc/pam.d/past-faults-shell")
        service.write_text(f"auth required pam_twostep.so config={world.config}\n")
        for name in self.NAMES:
            name = name.format(folder / "made")
            self._runs_nothing(folder, ["pamtester", service.name, name, "authenticate"], "123456\n")
            self._runs_nothing(folder, ["pamtester", service.name, "alice", "authenticate"], name + "\n")
        service.unlink()

"""Law 5: what was typed is wiped before it is freed, and after the login no secret is left in the process's memory; nor, of
a code that the site sends, in that of the service and of whoever delivers it."""

import base64
import re
import subprocess
from pathlib import Path

import authlog
import compiled
import delivering
import libpam
import pytest
import recovering
from neighbour import Neighbour

MASK = 0xA5


def _masked(data):
    return bytes(byte ^ MASK for byte in data).hex()


@pytest.fixture
def login(world, folder):
    """One login in the application wiped.c, which then looks for secrets in its memory: what it printed. Of several
    answers each is for one question."""
    driver = compiled.program("wiped", folder, "pam")

    def login(answer, *arguments, before=(), **secrets):
        confdir = world.stack(*arguments, before=before).confdir
        done = subprocess.run(
            [driver, confdir, "scripted", "alice", ",".join(map(_masked, [answer] if isinstance(answer, bytes) else answer)),
             *(f"{name}={_masked(data)}" for name, data in secrets.items())],
            capture_output=True, text=True, timeout=60, check=True)
        returned, freed, *found = done.stdout.splitlines()
        return int(returned.split()[1]), freed, {line.removeprefix("found ") for line in found}
    return login


def _secrets(world, person, answer):
    """Everything that must be gone; of the long ones every part, since a part is worth something too."""
    secrets = {"typed": answer[:8], "end_of_typed": answer[-8:], "typed_without_dash": answer.replace(b"-", b"")}
    key = base64.b32decode(person.secret + "=" * (-len(person.secret) % 8))
    for name, data in (("secret", key), ("master_key", world.key.read_bytes())):
        secrets |= {f"{name}_from_{at}": data[at:at + 8] for at in range(0, len(data) - 7, 4)}
    return secrets


ANSWERS = {
    "right": (lambda person: person.token.code(), libpam.SUCCESS),
    "wrong": (lambda person: person.token.code(1000), libpam.AUTH_ERR),
    "backup code": (lambda person: person.backup_codes[0], libpam.SUCCESS),
    "not a backup code": (lambda person: "KMNP-QRST", libpam.AUTH_ERR),
    "malformed": (lambda person: "squeamish ossifrage", libpam.AUTH_ERR),
    "too long": (lambda person: "squeamish ossifrage" * 100, libpam.AUTH_ERR),
}


@pytest.mark.parametrize("make, code", ANSWERS.values(), ids=ANSWERS.keys())
def test_nothing_is_left(world, login, make, code):
    person = world.enrol("alice", "--digits", "8")
    answer = make(person).encode()
    assert login(answer, **_secrets(world, person, answer)) == (code, "freed 1 dirty 0", set())


@pytest.mark.parametrize("make, code", ANSWERS.values(), ids=ANSWERS.keys())
@pytest.mark.parametrize("password", [b"squeamish ossifrage ", b""], ids=["password", "no password"])
def test_nothing_is_left_of_a_password_with_a_code(world, login, make, code, password):
    """forward_pass: what was typed is taken apart, and the password handed to libpam, which wipes its own copy."""
    world.configure(digits=8)
    person = world.enrol("alice")
    answer = password + make(person).encode()
    secrets = _secrets(world, person, answer) | {"password": password[:16] or b"sesquipedalian"}
    assert login(answer, "forward_pass", **secrets) == (code, "freed 1 dirty 0", set())


@pytest.mark.parametrize("make, code", ANSWERS.values(), ids=ANSWERS.keys())
def test_nothing_is_left_of_what_a_module_before_was_told(world, login, tmp_path, make, code):
    person = world.enrol("alice", "--digits", "8")
    given = make(person).encode()
    before = [Neighbour(tmp_path).giving(given)]
    assert login(b"another answer", "use_first_pass", before=before, **_secrets(world, person, given)) == \
        (code, "freed 0 dirty 0", set())


def test_nothing_is_left_where_the_key_is_another(world, login):
    person = world.enrol("alice", "--digits", "8")
    world.key.chmod(0o600)
    world.key.write_bytes(bytes(range(100, 132)))
    answer = person.token.code().encode()
    assert login(answer, **_secrets(world, person, answer)) == (libpam.AUTHINFO_UNAVAIL, "freed 1 dirty 0", set())


def test_what_is_there_would_be_found(world, login):
    """The arguments of the application are in its memory; another word is not."""
    world.enrol("alice")
    _, _, found = login(b"12345678", service=b"scripted", folder=str(world.folder).encode(), other=b"sesquipedalian")
    assert found == {"service", "folder"}


def _found_in(process, **secrets):
    """The names of those that stand anywhere in the writable memory of another process."""
    found = set()
    with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{process}/maps").read_text().splitlines():
            low, high, rights = re.match("([0-9a-f]+)-([0-9a-f]+) (....)", line).groups()
            if "w" in rights and "r" in rights:
                memory.seek(int(low, 16))
                content = memory.read(int(high, 16) - int(low, 16))
                found |= {name for name, data in secrets.items() if data in content}
    return found


class TestOfACodeThatIsSent:
    """`send` at the prompt: the module types it to the service, which makes it, keeps a hash, and hands it on."""

    QUESTION = "Code that was sent: "

    @pytest.fixture
    def world(self, machine, service, folder):
        self.out = folder / "sent"
        gateway = delivering.hook("send-code", f'read -r code && echo "$code" >> {self.out}', folder=folder)
        machine.configure(deliver_command=gateway, bcrypt_cost=10, backup_codes=2)
        self.service = service
        with delivering.running(machine.config) as delivery:
            self.delivery = delivery
            yield machine

    def sent(self, number):
        """The code with this number, once the site's program has it and is done, in the forms that it might have."""
        delivering.wait_for(lambda: len(delivering.said(self.mark, "code-sent")) == number, what="a code")
        code = self.out.read_text().split()[number - 1].encode()
        return code, {"code": code, "code_without_dash": code.replace(b"-", b"")}

    def test_nothing_is_left(self, world, login):
        person, self.mark = world.enrol("alice"), authlog.mark()
        # The one that counts still is asked for, and known here before the login.
        assert recovering.Attempt("alice", "send", {}).verdict == "no-answer"
        code, forms = self.sent(1)
        assert login([b"send", code], **forms, **_secrets(world, person, code)) == (
            libpam.SUCCESS, "freed 2 dirty 0", set())

        def look():
            """While the service waits for what is typed."""
            code, forms = self.sent(2)
            process, = self.service.connections()
            self.found = {"service": _found_in(process, user=b"alice", **forms),
                          "delivery": _found_in(self.delivery.pid, folder=bytes(self.out.parent), **forms)}
            return code.decode()
        assert recovering.Attempt("alice", "send", {self.QUESTION: look}).verdict == "accepted"
        # What is there is found; the codes are not.
        assert self.found == {"service": {"user"}, "delivery": {"folder"}}

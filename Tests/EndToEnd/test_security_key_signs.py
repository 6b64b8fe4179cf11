"""Which words of SSH_AUTH_INFO_0 count, from whom, and where: through a stack, with the application setting it as sshd does."""

import os
from pathlib import Path

import faults
import people
import pytest
import sshkeys
from doors import started_by
from pamstack import CODE_PROMPT, PASSWORD_PROMPT, code_for
from script import Ask

VARIABLE = "SSH_AUTH_INFO_0"


@pytest.fixture
def world(make_world):
    return make_world(ssh_key_touch="enforced scripted")


@pytest.fixture
def person(world):
    return world.enrol("alice")


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """A security key of each kind."""
    folder = tmp_path_factory.mktemp("keys")
    return [sshkeys.make(folder, kind).public.encode() for kind in ("ed25519-sk", "ecdsa-sk")]


@pytest.fixture
def key(world, person, keys):
    """Registered for alice."""
    world.register("alice", keys[0].decode(), "yellow")
    return keys[0]


def _login(world, information, script, *arguments, user="alice", **options):
    return world.stack(*arguments).authenticate(user, script, environment={VARIABLE: information}, **options)


def _accepted(outcome):
    return (outcome.code, outcome.event["method"]) == ("PAM_SUCCESS", "security-key")


@pytest.mark.parametrize("end", [b"", b"\n"], ids=["no end of line", "an end of line"])
def test_one_line_with_the_registered_key(world, person, keys, end):
    for number, key in enumerate(keys):
        world.register("alice", key.decode(), f"key{number}")
        outcome = _login(world, b"publickey " + key + end, [])
        assert _accepted(outcome) and outcome.event["token"] == f"key{number}"


OTHER_LINES = {
    "nothing": lambda key, other: b"",
    "an end of line": lambda key, other: b"\n",
    "the method alone": lambda key, other: b"publickey",
    "no key": lambda key, other: b"publickey ",
    "the key alone": lambda key, other: key,
    "its type alone": lambda key, other: b"publickey " + key.split()[0],
    "its base64 alone": lambda key, other: b"publickey " + key.split()[1],
    "a comment behind": lambda key, other: b"publickey " + key + b" alice",
    "a space behind": lambda key, other: b"publickey " + key + b" ",
    "a space before": lambda key, other: b" publickey " + key,
    "two spaces": lambda key, other: b"publickey  " + key,
    "a tab": lambda key, other: b"publickey\t" + key,
    "two ends of line": lambda key, other: b"publickey " + key + b"\n\n",
    "a carriage return": lambda key, other: b"publickey " + key + b"\r\n",
    "a line before": lambda key, other: b"\npublickey " + key + b"\n",
    "the line twice": lambda key, other: (b"publickey " + key + b"\n") * 2,
    "another key before": lambda key, other: b"publickey " + other + b"\npublickey " + key + b"\n",
    "another key behind": lambda key, other: b"publickey " + key + b"\npublickey " + other + b"\n",
    "a password before": lambda key, other: b"password\npublickey " + key + b"\n",
    "keyboard-interactive behind": lambda key, other: b"publickey " + key + b"\nkeyboard-interactive/pam\n",
    "another method": lambda key, other: b"hostbased " + key,
    "capitals": lambda key, other: b"PUBLICKEY " + key,
    "a capital in the type": lambda key, other: b"publickey S" + key[1:],
    "another key": lambda key, other: b"publickey " + other,
    "the other kind's name": lambda key, other: b"publickey " + other.split()[0] + b" " + key.split()[1],
    "its first half": lambda key, other: b"publickey " + key[:len(key) // 2],
    "without its last character": lambda key, other: b"publickey " + key[:-1],
    "one character more": lambda key, other: b"publickey " + key + b"=",
    "another character in it": lambda key, other: b"publickey " + key[:60] + bytes([key[60] ^ 1]) + key[61:],
    "an ordinary type": lambda key, other: b"publickey ssh-ed25519 " + key.split()[1],
    "quotes": lambda key, other: b"publickey \"" + key + b"\"",
    "a forged line of log": lambda key, other: b"publickey sk-x\nevent=accepted user=alice",
    "bytes that are not text": lambda key, other: b"publickey sk-\xff\xfe\x80\x01",
    "five thousand bytes": lambda key, other: b"publickey sk-" + b"A" * 5000,
    "the key behind four thousand bytes": lambda key, other: b"publickey sk-" + b"A" * 4083 + b"\npublickey " + key,
}


@pytest.mark.parametrize("make", OTHER_LINES.values(), ids=OTHER_LINES.keys())
def test_any_other_line_leads_to_the_prompt(world, person, key, keys, make):
    outcome = _login(world, make(key, keys[1]), code_for(person.token.code))
    assert (outcome.code, outcome.event["method"]) == ("PAM_SUCCESS", "totp")


class TestFromWhom:
    """The PAM environment is the application's, so it counts of a named service that root has started alone."""

    def _asked(self, outcome):
        assert (outcome.code, outcome.event["method"]) == ("PAM_SUCCESS", "totp")

    @pytest.mark.parametrize("setting", [None, "no", "enforced", "enforced sshd", "enforced scripte", "enforced Scripted",
                                         "enforced sshd scripted2"])
    def test_another_service(self, world, person, key, setting):
        world.configure(ssh_key_touch=setting)
        self._asked(_login(world, b"publickey " + key, code_for(person.token.code)))

    def test_enforced_alone_means_sshd(self, world, person, key):
        world.configure(ssh_key_touch="enforced")
        stack = world.stack()
        stack.service = "sshd"
        lines = (stack.confdir / "scripted").read_text()
        stack.write(*lines.splitlines())
        assert _accepted(stack.authenticate("alice", [], environment={VARIABLE: b"publickey " + key}))

    @pytest.mark.parametrize("setting", ["yes", "", "enforced " + " ".join(f"s{n}" for n in range(9)), "Enforced sshd",
                                         "enforce sshd", "no sshd"])
    def test_a_setting_that_is_not_understood(self, world, person, key, setting):
        world.configure(ssh_key_touch=setting)
        outcome = _login(world, b"publickey " + key, code_for(person.token.code))
        assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTHINFO_UNAVAIL", "config-invalid")

    def test_a_program_that_a_user_has_started(self, world, person, key):
        """Whose environment may be anybody's: the real uid is not root's."""
        self._asked(_login(world, b"publickey " + key, code_for(person.token.code), **started_by("bob")))

    def test_the_environment_of_the_process(self, world, person, key):
        """Not PAM's: whoever starts a program fills it."""
        def put():
            os.environ[VARIABLE] = "publickey " + key.decode()
        self._asked(world.login("alice", person.token.code, before=put))

    @pytest.mark.parametrize("named", [False, True])
    def test_a_service_that_lets_its_users_fill_it(self, world, person, key, named):
        """pam_env reads a file of alice's own. Naming such a service would be trusting her file: the manual says so."""
        world.configure(ssh_key_touch="enforced scripted" if named else "enforced sshd")
        own = Path("/home/alice/.pam_environment")
        own.write_text(f"{VARIABLE} DEFAULT=\"publickey {key.decode()}\"\n")
        try:
            stack = world.stack(before=["auth optional pam_env.so user_readenv=1"])
            script = [] if named else code_for(person.token.code)
            outcome = stack.call(["setcred", "authenticate"], "alice", script, clean=False)
        finally:
            own.unlink()
        assert outcome.code == "PAM_SUCCESS"
        assert outcome.event["method"] == ("security-key" if named else "totp")

    @pytest.mark.parametrize("user, reason", [("bob", "not-enrolled"), ("nobody-such", "unknown-user")])
    def test_somebody_without_a_record(self, world, key, user, reason):
        outcome = _login(world, b"publickey " + key, code_for("123456"), user=user)
        assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTH_ERR", reason)

    def test_somebody_else_who_has_not_registered_it(self, world, key):
        bob = world.enrol("bob")
        self._asked(_login(world, b"publickey " + key, code_for(bob.token.code), user="bob"))


class TestTheRecord:
    """The key's use is written like any other success, or it is none."""

    def test_it_is_written_before_anybody_is_let_in(self, world, person, key):
        before = world.tree()
        assert _accepted(_login(world, b"publickey " + key, []))
        assert world.changed_since(before) == {str(world.record_of("alice"))}

    def test_its_source_is_known_afterwards(self, world, person, key):
        world.configure(deny=1)
        assert _accepted(_login(world, b"publickey " + key, [], items={"rhost": "192.0.2.7"}))
        assert world.login("alice", person.token.wrong()).event["reason"] == "wrong-code"
        assert world.login("alice", person.token.code).event["reason"] == "locked"
        assert world.login("alice", person.token.code, items={"rhost": "192.0.2.7"}).code == "PAM_SUCCESS"

    def test_what_cannot_be_written_lets_nobody_in(self, world, person, key):
        import resource
        before = world.tree()
        outcome = _login(world, b"publickey " + key, code_for(person.token.code),
                         before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)))
        assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTHINFO_UNAVAIL", "not-writable")
        assert world.tree() == before

    @pytest.mark.parametrize("fault, reason", [(faults.empty, "record-corrupt"), (faults.a_symlink, "record-unsafe"),
                                               (faults.missing, "record-missing")], ids=["empty", "symlink", "missing"])
    def test_a_record_that_is_not_whole(self, world, person, key, fault, reason):
        fault(world.record_of("alice"))
        outcome = _login(world, b"publickey " + key, code_for(person.token.code))
        assert (outcome.code, outcome.event["reason"]) == ("PAM_AUTHINFO_UNAVAIL", reason)

    @pytest.mark.parametrize("slot", [1, 2])
    def test_one_slot_is_damaged(self, world, person, key, slot):
        """A key is not spent, so the other slot is enough; the log tells of the damage."""
        record = world.record_of("alice")
        data = bytearray(record.read_bytes())
        data[slot * 4096 + 60] ^= 4
        record.write_bytes(data)
        outcome = _login(world, b"publickey " + key, [])
        assert [event.get("method") for event in outcome.events] == [None, "security-key"]
        assert outcome.events[0]["event"] == "slot-damaged" and outcome.code == "PAM_SUCCESS"


class TestBesideArguments:
    """Nothing is asked and nothing taken: the module after ours gets no password from us."""

    @pytest.mark.parametrize("arguments", [["use_first_pass"], ["try_first_pass"], ["forward_pass"], ["required"],
                                           ["nullok"], ["echo_code", "prompt=x"]], ids=" ".join)
    def test_nothing_is_asked(self, world, person, key, arguments):
        assert _accepted(_login(world, b"publickey " + key, [], *arguments))

    def test_the_next_module_asks_for_itself(self, world, person, key):
        stack = world.stack("forward_pass", after=["auth required pam_unix.so try_first_pass"])
        outcome = stack.authenticate("alice", [Ask(PASSWORD_PROMPT, people.PASSWORD)], clean=False,
                                     environment={VARIABLE: b"publickey " + key})
        assert _accepted(outcome)

    def test_somebody_asked_as_usual_is_asked_with_the_usual_words(self, world, person):
        outcome = _login(world, b"publickey ssh-ed25519 AAAA", [Ask(CODE_PROMPT, person.token.code)])
        assert outcome.code == "PAM_SUCCESS"

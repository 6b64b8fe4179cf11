"""A registered security key is the second step, with the real sshd and ssh; anything else leads to the usual prompt.

The key signs in OpenSSH's stand-in for a device (sk-dummy.so), and sshd checks it: nothing of that is ours.
"""

import shutil
from pathlib import Path

import authlog
import people
import pytest
import sshkeys
from pamstack import CODE_PROMPT
from sshserver import SshServer

SERVICE = "sshd-keys"
KINDS = ["ed25519-sk", "ecdsa-sk"]
LOGGED_IN = "in as alice"
AUTHORIZED = Path("/etc/ssh/authorized")     # where the users can read it; the sandbox's own


class Server:
    """sshd that asks for a key, then for what PAM asks."""

    def __init__(self, folder, *settings, methods="publickey,keyboard-interactive"):
        self._ssh = SshServer(
            folder, "PubkeyAuthentication yes", f"AuthenticationMethods {methods}",
            f"AuthorizedKeysFile {AUTHORIZED}/%u", *settings, service=SERVICE)
        self.stop = self._ssh.stop

    def authorize(self, user, *keys, options=""):
        """Writes what the user could write to their authorized_keys."""
        AUTHORIZED.joinpath(user).write_text("".join(f"{options} {key.public}\n" for key in keys))

    def login(self, *keys, code=None, user="alice", password=people.PASSWORD):
        """One login: the screen and the decisions. Without `code` none may be asked for."""
        mark = authlog.mark()
        options = [word for key in keys for word in key.options()]
        with self._ssh.login(user, *options) as terminal:
            terminal.answer("Password: ", password)
            if code is not None:
                terminal.answer(CODE_PROMPT, code)
            screen = terminal.end()
        events = [authlog.event(line) for line in authlog.ours(authlog.since(mark))]
        assert (CODE_PROMPT.strip() in screen) == (code is not None), screen
        return screen, events

    def is_let_in(self, *keys, **options):
        """The one decision of a login that succeeds."""
        screen, events = self.login(*keys, **options)
        assert f"in as {options.get('user', 'alice')}" in screen, screen
        event, = events
        assert event["event"] == "accepted"
        return event

    def refuses_keys(self, *keys):
        """Whether sshd itself will not have them: neither password nor code is asked for."""
        with self._ssh.login("alice", *[word for key in keys for word in key.options()]) as terminal:
            screen = terminal.end()
        return terminal.status == 255 and "Permission denied (publickey)" in screen and "Password" not in screen


@pytest.fixture(scope="module", autouse=True)
def authorized():
    AUTHORIZED.mkdir(mode=0o755)
    yield
    shutil.rmtree(AUTHORIZED)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("sshd"), "PubkeyAuthOptions touch-required")
    yield server
    server.stop()


@pytest.fixture
def start(tmp_path):
    """Starts a server with settings of the test's own."""
    started = []

    def start(*settings, **options):
        folder = tmp_path / f"sshd-{len(started)}"
        folder.mkdir()
        started.append(Server(folder, *settings, **options))
        return started[-1]
    yield start
    for server in started:
        server.stop()


@pytest.fixture
def world(make_world):
    world = make_world(ssh_key_touch=f"enforced {SERVICE}")
    file = Path("/etc/pam.d") / SERVICE
    sound = Path("/etc/pam.d/sshd").read_text()
    changed = sound.replace("auth       required     pam_twostep.so\n",
                            f"auth required pam_twostep.so config={world.config}\n")
    assert changed != sound
    file.write_text(changed)
    yield world
    file.unlink()


@pytest.fixture
def person(world):
    return world.enrol("alice")


@pytest.fixture(params=KINDS)
def key(request, tmp_path):
    return sshkeys.make(tmp_path, request.param)


@pytest.fixture
def sk(tmp_path):
    """Where one kind of security key is enough."""
    return sshkeys.make(tmp_path, "ed25519-sk")


class TestRegistered:
    def test_no_code_is_asked(self, server, world, person, key):
        world.register("alice", key.public, "yellow")
        server.authorize("alice", key)
        for _ in range(2):
            event = server.is_let_in(key)
            assert (event["method"], event["token"], event["rhost"]) == ("security-key", "yellow", "127.0.0.1")

    def test_the_password_is_asked_all_the_same(self, server, world, person, sk):
        world.register("alice", sk.public, "yellow")
        server.authorize("alice", sk)
        screen, events = server.login(sk, password="wrong horse")
        assert "Permission denied" in screen and LOGGED_IN not in screen and events == []

    def test_while_the_world_is_closed_out(self, server, world, person, sk):
        """And whoever signed is known from then on."""
        world.configure(deny=1)
        world.register("alice", sk.public, "yellow")
        server.authorize("alice", sk)
        world.login("alice", person.token.wrong(), items={"rhost": "192.0.2.9"})
        assert world.login("alice", person.token.code, items={"rhost": "127.0.0.1"}).event["reason"] == "locked"
        assert server.is_let_in(sk)["method"] == "security-key"
        assert world.login("alice", person.token.code, items={"rhost": "127.0.0.1"}).code == "PAM_SUCCESS"

    def test_each_of_several(self, server, world, person, tmp_path):
        keys = [sshkeys.make(tmp_path, kind) for kind in KINDS * 2]
        for number, key in enumerate(keys):
            world.register("alice", key.public, f"key {number}")
        server.authorize("alice", *keys)
        for number, key in enumerate(keys):
            assert server.is_let_in(key)["token"] == f'"key {number}"'

    def test_exposing_to_the_session_changes_nothing(self, start, world, person, sk):
        """sshd tells PAM whatever ExposeAuthInfo says, which is about the person's own session."""
        world.register("alice", sk.public, "yellow")
        for setting in ("no", "yes"):
            server = start(f"ExposeAuthInfo {setting}")
            server.authorize("alice", sk)
            assert server.is_let_in(sk)["method"] == "security-key"


class TestUsualPrompt:
    """The code is asked for, and counts."""

    def _asked(self, server, person, *keys, user="alice"):
        assert server.is_let_in(*keys, code=person.token.code(), user=user)["method"] == "totp"

    def test_a_security_key_that_is_not_registered(self, server, world, person, key, tmp_path):
        other = sshkeys.make(tmp_path, "ed25519-sk")
        world.register("alice", other.public, "yellow")
        server.authorize("alice", key)
        self._asked(server, person, key)

    def test_an_ordinary_key(self, server, world, person, sk, tmp_path):
        ordinary = sshkeys.make(tmp_path, "ed25519")
        world.register("alice", sk.public, "yellow")
        server.authorize("alice", ordinary, sk)
        self._asked(server, person, ordinary)

    @pytest.mark.parametrize("setting", ["no", "enforced", "enforced sshd", "enforced sshd-key sshd-keys2", None])
    def test_a_service_that_is_not_named(self, server, world, person, sk, setting):
        world.configure(ssh_key_touch=setting)
        world.register("alice", sk.public, "yellow")
        server.authorize("alice", sk)
        self._asked(server, person, sk)

    def test_one_of_several_services(self, server, world, person, sk):
        world.configure(ssh_key_touch=f"enforced  sshd {SERVICE}-other\tother")
        world.register("alice", sk.public, "yellow")
        server.authorize("alice", sk)
        self._asked(server, person, sk)
        # Blanks and tabs separate, as in every list.
        world.configure(ssh_key_touch=f"enforced  sshd {SERVICE}\tother")
        assert server.is_let_in(sk)["method"] == "security-key"

    def test_two_keys(self, start, world, person, tmp_path):
        """Two methods are two lines: which of them counts is not ours to say."""
        keys = [sshkeys.make(tmp_path, kind) for kind in KINDS]
        for number, key in enumerate(keys):
            world.register("alice", key.public, f"key {number}")
        server = start(methods="publickey,publickey,keyboard-interactive")
        server.authorize("alice", *keys)
        self._asked(server, person, *keys)

    def test_no_key(self, start, world, person, sk):
        world.register("alice", sk.public, "yellow")
        server = start(methods="keyboard-interactive publickey,keyboard-interactive")
        self._asked(server, person)

    def test_a_certificate(self, start, world, person, sk, tmp_path):
        """What was registered is a key; a certificate for it is another thing, which others can make."""
        authority = sshkeys.make(tmp_path, "ed25519")
        world.register("alice", sk.public, "yellow")
        server = start(f"TrustedUserCAKeys {authority.path.with_suffix('.pub')}")
        sshkeys.certify(tmp_path, authority, sk, "alice")
        self._asked(server, person, sk)

    def test_somebody_elses_key(self, server, world, person, sk):
        """Registered for alice, and bob let it into his account."""
        bob = world.enrol("bob")
        world.register("alice", sk.public, "yellow")
        server.authorize("bob", sk)
        self._asked(server, bob, sk, user="bob")

    def test_removed(self, server, world, person, sk):
        world.register("alice", sk.public, "yellow")
        server.authorize("alice", sk)
        assert server.is_let_in(sk)["method"] == "security-key"
        world.twostep("token", "remove", "alice", "yellow")
        self._asked(server, person, sk)


class TestTouch:
    """What `ssh_key_touch = enforced` promises: only sshd can see to it that the owner touched the key."""

    @pytest.fixture
    def untouched(self, world, person, tmp_path):
        """A key that signs without being touched, as its owner may have it made; registered."""
        key = sshkeys.make(tmp_path, "ed25519-sk", "-O", "no-touch-required")
        world.register("alice", key.public, "yellow")
        return key

    def test_touch_required_refuses_what_was_not_touched(self, server, untouched):
        server.authorize("alice", untouched, options="no-touch-required")
        assert server.refuses_keys(untouched)

    def test_verify_required_refuses_who_gave_no_pin(self, start, world, person, sk):
        world.register("alice", sk.public, "yellow")
        server = start("PubkeyAuthOptions verify-required")
        server.authorize("alice", sk)
        assert server.refuses_keys(sk)

    def test_without_it_the_owner_may_waive_it(self, start, untouched):
        """Why the manual wants PubkeyAuthOptions touch-required: nothing in what sshd tells PAM shows a difference."""
        server = start()
        server.authorize("alice", untouched)
        assert server.refuses_keys(untouched)
        server.authorize("alice", untouched, options="no-touch-required")
        assert server.is_let_in(untouched)["method"] == "security-key"

"""Law 4: the module asks for no environment variable; what libcrypto reads is docs/adr/0004-libcrypto.md's table."""

import os
import subprocess
from pathlib import Path

import authlog
import compiled
import pytest

SERVICE = Path("/etc/pam.d/environment")    # the sandbox's own /etc
MODULE, LIBCRYPTO = "pam_twostep.so", "libcrypto.so.3"
ACCEPTED, UNAVAILABLE = "successfully authenticated", "cannot retrieve authentication info"

FIPS = """openssl_conf = main
[main]
alg_section = algorithms
[algorithms]
default_properties = fips=yes
"""


def _activating(*providers):
    """A configuration of libcrypto with these providers and no other."""
    return "\n".join(["openssl_conf = main", "[main]", "providers = providers", "[providers]",
                      *(f"{name} = {name}_section" for name in providers),
                      *(f"[{name}_section]\nactivate = 1" for name in providers), ""])


class Login:
    """A login in a fresh process that has not loaded libcrypto: what it said, logged and asked for."""

    def __init__(self, folder, code, environment):
        asked = folder / "asked"
        asked.touch()
        mark = authlog.mark()
        library = compiled.preload("environment_log", folder)
        done = subprocess.run(
            ["pamtester", "environment", "alice", "authenticate"], input=code + "\n", capture_output=True,
            text=True, timeout=30, check=False,
            env={"PATH": os.environ["PATH"], "LD_PRELOAD": str(library), "ENVIRONMENT_LOG": str(asked),
                 **environment})
        self.said = (done.stdout + done.stderr).lower()
        self.events = [event for line in authlog.since(mark) if (event := authlog.event(line))]
        self._asked = [line.split(" ", 1) for line in asked.read_text().splitlines()]

    def asked_by(self, who):
        """The names of the variables that this program or library asked for."""
        return {name for asking, name in self._asked if asking == who}


@pytest.fixture
def login(world, folder):
    """Makes a login with alice's right code, with these variables in the environment."""
    SERVICE.write_text(f"auth required {MODULE} config={world.config} debug\n")
    person = world.enrol("alice")
    yield lambda **environment: Login(folder, person.token.code(), environment)
    SERVICE.unlink()


@pytest.fixture
def openssl_conf(folder):
    """Makes a configuration of libcrypto."""
    def make(text):
        path = folder / "openssl.cnf"
        path.write_text(text)
        return path
    return make


def test_the_module_asks_for_nothing_and_libcrypto_for_what_the_table_says(login):
    """Also where names that other programs and our own tool obey are set."""
    names = ("TWOSTEP_CONFIG", "HOME", "TMPDIR", "LC_ALL", "LANG", "TZ", "FAKETIME")
    done = login(**dict.fromkeys(names, "/nonexistent"))
    assert ACCEPTED in done.said
    assert done.asked_by(MODULE) == set()
    assert done.asked_by(LIBCRYPTO) == {"OPENSSL_ia32cap", "OPENSSL_CONF"}


def test_where_a_provider_is_activated_libcrypto_asks_for_its_folder_too(login, openssl_conf):
    done = login(OPENSSL_CONF=str(openssl_conf(_activating("default", "legacy"))))
    assert ACCEPTED in done.said
    assert done.asked_by(MODULE) == set()
    assert done.asked_by(LIBCRYPTO) == {"OPENSSL_ia32cap", "OPENSSL_CONF", "OPENSSL_MODULES"}


def test_a_configuration_of_libcrypto_that_is_missing_changes_nothing(login):
    assert ACCEPTED in login(OPENSSL_CONF="/nonexistent/openssl.cnf").said


def test_a_provider_that_cannot_be_loaded_beside_the_default_one_changes_nothing(login, openssl_conf):
    """Pinned because it could be taken to be an error: libcrypto passes over it."""
    assert ACCEPTED in login(OPENSSL_CONF=str(openssl_conf(_activating("default", "nonexistent")))).said


@pytest.mark.parametrize("text", [_activating("nonexistent"), FIPS, _activating("null")],
                         ids=["only a provider that cannot be loaded", "fips=yes without a FIPS provider",
                              "the null provider alone"])
def test_where_libcrypto_cannot_serve_the_login_is_refused(login, openssl_conf, text):
    done = login(OPENSSL_CONF=str(openssl_conf(text)))
    assert UNAVAILABLE in done.said
    assert [(event["event"], event["reason"]) for event in done.events if event["event"] != "debug"] == \
        [("error", "crypto-unavailable")]

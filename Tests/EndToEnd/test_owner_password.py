"""The password that twostepd has PAM confirm before an owner changes anything: what confirms it, what does not, and what
an attempt costs."""

import subprocess
import time
from pathlib import Path

import authlog
import owner
import people
import pytest
import service as running_service
import tool
from terminal import Terminal

STACK = Path("/etc/pam.d/twostep")
RENAME = ["token", "rename", "alice", "app", "x"]


@pytest.fixture
def alice(machine):
    machine.configure(backup_codes=2)
    return machine.enrol("alice")


@pytest.fixture(autouse=True)
def service(machine):
    service = running_service.Service()
    yield service
    assert service.idle() and service.is_alive()
    service.stop()


@pytest.fixture
def stack():
    """Puts lines in place of the service file."""
    before = STACK.read_text()

    def write(*lines):
        STACK.write_text("".join(f"{line}\n" for line in lines))
    yield write
    STACK.write_text(before)


@pytest.fixture
def account(machine):
    """Changes alice's account by one of the system's tools; as it was afterwards."""
    shadow = Path("/etc/shadow")
    before = shadow.read_text()
    yield lambda *command: subprocess.run([*command, "alice"], check=True, capture_output=True)
    shadow.write_text(before)


def _rename(password=people.PASSWORD):
    """The smallest change that takes a password: outcome and log."""
    mark = authlog.mark()
    done = owner.run("alice", *RENAME, typed=[password])
    return done, authlog.since(mark)


def _label(world):
    return tool.status(world)["tokens"][0]["label"]


def test_the_right_one(machine, alice):
    done, log = _rename()
    assert done.returncode == 0 and _label(machine) == "x", done
    assert not [line for line in log if "password-refused" in line or "failure" in line]


@pytest.mark.parametrize("password", ["", "correct hors", "correct horse ", "Correct horse", "x" * 600], ids=len)
def test_a_wrong_one(machine, alice, password, uid):
    """Slow as su is, and in the log as su's are, with who asked; one attempt in a connection."""
    began = time.monotonic()
    done, log = _rename(password)
    seconds = time.monotonic() - began
    assert _label(machine) == "app"
    if len(password) > 511:             # more than PAM takes
        tool.fails(done, tool.EX_DATAERR, "no password was given")
        return
    tool.fails(done, tool.REFUSED, "the password was refused")
    if password:
        assert seconds > 1.95, seconds          # libpam takes up to half of 4 s off, or adds it
    assert [line for line in log if "pam_unix(twostep:auth): authentication failure" in line
            and "ruser=alice" in line and "user=alice" in line]
    assert [line for line in log if f"event=password-refused reason=wrong-password user=alice by={uid('alice')}" in line]


def test_su_is_no_slower(alice):
    """What an attempt takes at su: pam_unix's delay, which varies, and su's own second. Here it is four, or a quarter less."""
    su = []
    for _ in range(3):
        began = time.monotonic()
        with Terminal(["setpriv", "--reuid=carol", "--regid=carol", "--init-groups", "--reset-env", "su", "dave"]) as terminal:
            terminal.answer("Password: ", "wrong horse").end()
        su.append(time.monotonic() - began)
    mine = []
    for _ in range(3):
        began = time.monotonic()
        _rename("wrong horse")
        mine.append(time.monotonic() - began)
    assert sum(mine) > 0.9 * sum(su), (mine, su)


class TestAccount:
    def test_locked(self, machine, alice, account):
        account("usermod", "--lock")
        tool.fails(_rename()[0], tool.REFUSED, "the password was refused")
        assert _label(machine) == "app"

    def test_expired(self, machine, alice, account):
        account("chage", "--expiredate", "1")
        done, log = _rename()
        assert done.returncode == tool.EX_NOPERM and "twostep: your account may not do this now" in done.stderr
        assert "Your account has expired" in done.stderr        # what PAM tells is shown
        assert _label(machine) == "app" and [line for line in log if "reason=account" in line]

    def test_expired_password(self, machine, alice, account):
        account("chage", "--lastday", "0")
        done, log = _rename()
        assert done.returncode == tool.EX_NOPERM and "twostep: your password has expired" in done.stderr
        assert _label(machine) == "app" and [line for line in log if "reason=expired-password" in line]

    def test_empty_password(self, machine, alice, account):
        """common-auth says nullok; it confirms nothing."""
        account("passwd", "--delete")
        for typed in ("", people.PASSWORD):
            done, _ = _rename(typed)
            assert done.returncode in (tool.REFUSED, tool.EX_CONFIG) and _label(machine) == "app", done


class TestServiceFile:
    @pytest.mark.parametrize("module", ["pam_permit.so", "pam_rootok.so"])
    def test_one_that_asks_nothing(self, machine, alice, stack, module):
        stack(f"auth sufficient {module}", "auth required pam_deny.so", "account required pam_permit.so")
        done, log = _rename()
        tool.fails(done, tool.EX_CONFIG, "no password was asked, so nothing is confirmed", "/etc/pam.d/twostep")
        assert _label(machine) == "app" and [line for line in log if "reason=nothing-asked" in line]

    def test_none(self, machine, alice, stack):
        """libpam would take "other", which here lets everybody pass."""
        other = Path("/etc/pam.d/other")
        before = other.read_text()
        other.write_text("auth required pam_permit.so\naccount required pam_permit.so\n")
        STACK.unlink()
        try:
            done, _ = _rename()
        finally:
            other.write_text(before)
        tool.fails(done, tool.EX_CONFIG, "there is no /etc/pam.d/twostep")
        assert _label(machine) == "app"

    def test_one_that_only_abstains(self, machine, alice, stack):
        stack("auth optional pam_faildelay.so delay=1", "account required pam_permit.so")
        assert _rename()[0].returncode in (tool.REFUSED, tool.EX_UNAVAILABLE)
        assert _label(machine) == "app"

    def test_no_account_lines(self, machine, alice, stack):
        """libpam refuses then, by "other" or at all."""
        stack("auth required pam_unix.so", "account required pam_deny.so")
        tool.fails(_rename()[0], tool.EX_NOPERM, "your account may not do this now")
        assert _label(machine) == "app"

    @pytest.mark.parametrize("folder", [False, True], ids=["first failure ever", "a folder is there"])
    def test_failures_are_counted_where_others_are(self, machine, alice, stack, folder):
        """pam_faillock writes from within the service, and what it wrote refuses here and at su."""
        place = Path("/run/faillock")
        subprocess.run(["rm", "-rf", place], check=True)
        if folder:
            place.mkdir(mode=0o755)
        stack("auth required pam_faillock.so preauth silent deny=2 unlock_time=600", "auth sufficient pam_unix.so",
              "auth [default=die] pam_faillock.so authfail deny=2 unlock_time=600", "account required pam_unix.so")
        for _ in range(2):
            tool.fails(_rename("wrong horse")[0], tool.REFUSED, "the password was refused")
        tally = subprocess.run(["faillock", "--user", "alice"], capture_output=True, text=True, check=True).stdout
        assert tally.count(" twostep ") == 2, tally
        tool.fails(_rename()[0], tool.REFUSED, "the password was refused")
        assert _label(machine) == "app"
        subprocess.run(["faillock", "--user", "alice", "--reset"], check=True)
        assert _rename()[0].returncode == 0

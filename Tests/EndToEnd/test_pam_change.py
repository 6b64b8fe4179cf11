"""`twostep pam`: a change to a service file is tried, and taken back by itself unless a login confirms it."""

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import authlog
import golden
import people
import pytest
import service as service_program
import shelf
import tool
import world
from shelf import PAM
from sshserver import SshServer
from terminal import Terminal

BEFORE = "@include common-auth\naccount required pam_nologin.so\n@include common-account\n"
LINE = "auth       required     pam_twostep.so\n"
AFTER = BEFORE.replace("common-auth\n", "common-auth\n" + LINE)
PENDING = Path("/etc/twostep/pam")
WITHOUT_SYSTEMD = [
    "A reboot before that leaves it as it is: systemd does not run here, or has no",
    "twostep-pam-rollback.service. With cron it is taken back then as well, by:",
    "  echo '@reboot root /usr/bin/twostep pam rollback' >/etc/cron.d/twostep"]


@pytest.fixture(scope="module")
def site():
    machine = world.Machine()
    machine.alice = machine.enrol("alice")
    started = service_program.Service()
    shelf.SSHD.write_text(shelf.GOOD_SSHD)
    yield machine
    shelf.SSHD.unlink()
    started.stop()
    machine.remove()


@pytest.fixture
def sshd(site):
    """sshd's service file without our line."""
    path = PAM / "sshd"
    with shelf.kept(PAM):
        path.write_text(BEFORE)
        path.chmod(0o640)
        yield path
        subprocess.run([world.TOOL, "pam", "rollback", "sshd"], check=False, capture_output=True)
        for left in PENDING.glob("sshd.*"):
            left.unlink()


def pam(*arguments, **options):
    return tool.run("pam", *arguments, **options)


def enable(*options, minutes=5):
    return pam("enable", "sshd", "--yes", "--minutes", minutes, *options)


def events(mark):
    return [line[line.index("event="):] for line in authlog.since(mark) if "event=pam-" in line]


def waits_for(what, seconds=20):
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


def test_enable_and_confirm_by_a_real_login(site, sshd, folder):
    mark = authlog.mark()
    done = enable()
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert sshd.read_text() == AFTER and sshd.stat().st_mode & 0o777 == 0o640
    assert "+" + LINE in done.stdout and "--- /etc/pam.d/sshd" in done.stdout
    # The sandbox has no systemd: what cron can do is said.
    assert done.stdout.splitlines()[-6:] == [
        "sshd asks for a code now. It is taken back in 300 s, unless you",
        "log in from another terminal, with the code, and then run:", "  twostep pam confirm sshd", *WITHOUT_SYSTEMD]
    # Nobody has logged in yet.
    tool.fails(pam("confirm", "sshd"), tool.REFUSED, "nobody has been let in", "--override")
    server = SshServer(folder)
    try:
        # Times are whole seconds: what was in the change's own may have been before it.
        second = int(time.time())
        waits_for(lambda: int(time.time()) > second)
        with server.login("alice") as screen:
            screen.answer("Password: ", people.PASSWORD).answer("Verification code: ", site.alice.token.code())
            assert "in as alice" in screen.end()
    finally:
        server.stop()
    done = pam("confirm")
    assert done.stdout.startswith("sshd: the change stays.\nWhat counted: alice, from 127.0.0.1"), done
    assert sshd.read_text() == AFTER and not list(PENDING.glob("*.pending"))
    assert events(mark) == ["event=pam-enabled service=sshd by=0", "event=pam-confirmed service=sshd by=0"]
    tool.fails(pam("confirm"), tool.EX_DATAERR, "no change waits")


def test_the_login_must_be_of_the_services_kind(site, sshd):
    """A code typed at `twostep verify` or in sudo says nothing about ssh."""
    enable()
    assert site.run("verify", "alice", input=site.alice.backup_codes.pop() + "\n").returncode == 0
    tool.fails(pam("confirm", "sshd"), tool.REFUSED)
    done = pam("confirm", "sshd", "--override", "--reason", "console only")
    assert done.returncode == 0 and sshd.read_text() == AFTER


def test_the_login_must_be_by_the_service(site, sshd):
    """A code typed over the network at another service says nothing about ssh; nor does a line that anybody can log."""
    enable()
    waits_for(lambda second=int(time.time()): int(time.time()) > second)
    assert site.login("alice", site.alice.backup_codes.pop(), items={"rhost": "192.0.2.7"}, remarks=True).code == "PAM_SUCCESS"
    tool.fails(pam("confirm", "sshd"), tool.REFUSED, "nobody has been let in by sshd")
    subprocess.run(["logger", "-p", "authpriv.info", "-t", "sshd", "pam_twostep(sshd:auth): event=accepted user=bob"],
                   check=True)
    tool.fails(pam("confirm", "sshd"), tool.REFUSED)


def test_without_a_log_nothing_is_confirmed(site, sshd, folder):
    enable()
    waits_for(lambda second=int(time.time()): int(time.time()) > second)
    site.login("alice", site.alice.backup_codes.pop(), items={"rhost": "192.0.2.7"}, remarks=True)
    tool.fails(pam("confirm", "sshd", "--file", folder / "none"), tool.EX_IOERR, "says the log alone", "--override")
    # Where another file has it, that one counts.
    path = folder / "messages"
    for service, status in (("sudo", tool.REFUSED), ("sshd", 0)):
        path.write_text(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + 1))} web1 sshd[7]: "
                        f"pam_twostep({service}:auth): event=accepted method=totp user=alice\n")
        assert pam("confirm", "sshd", "--file", path).returncode == status
    assert pam("confirm", "sshd", "--file", "messages").returncode == tool.EX_USAGE


def test_unconfirmed_it_is_taken_back(site, sshd):
    inode = sshd.stat().st_ino
    mark = authlog.mark()
    assert enable(minutes=0.02).returncode == 0
    assert sshd.read_text() == AFTER
    waits_for(lambda: sshd.read_text() == BEFORE)
    assert sshd.stat().st_ino == inode and sshd.stat().st_mode & 0o777 == 0o640
    waits_for(lambda: not list(PENDING.glob("*.pending")))
    assert events(mark)[-1] == "event=pam-rolled-back service=sshd by=0 reason=unconfirmed"


def test_killed_and_hung_up_it_is_taken_back(site, sshd):
    """The tool is killed as soon as the file has changed, with its terminal and its process group."""
    screen = Terminal([world.TOOL, "pam", "enable", "sshd", "--yes", "--minutes", "0.05"])
    waits_for(lambda: sshd.read_text() == AFTER)
    os.killpg(screen.pid, signal.SIGKILL)
    screen.close()
    waits_for(lambda: sshd.read_text() == BEFORE)


def _kill_guards():
    """What a reboot does to processes."""
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (path / "cmdline").read_bytes().endswith(b"\0pam\0rollback\0--wait\0"):
                os.kill(int(path.name), signal.SIGKILL)


def test_rebooted_in_between_it_is_taken_back(site, sshd):
    """The process that waited is gone, the boot is another one, and the boot unit's command runs."""
    mark = authlog.mark()
    assert enable().returncode == 0
    _kill_guards()
    command = next(line.split("=", 1)[1].split() for line in
                   (Path(__file__).parents[2] / "systemd/twostep-pam-rollback.service").read_text().splitlines()
                   if line.startswith("ExecStart="))
    assert command[0] == "/usr/bin/twostep"
    subprocess.run([world.TOOL, *command[1:]], check=True)
    assert sshd.read_text() == AFTER        # the same boot, and time is left
    note = PENDING / "sshd.pending"
    shelf.edit(note, Path("/proc/sys/kernel/random/boot_id").read_text().strip(), "another-boot")
    subprocess.run([world.TOOL, *command[1:]], check=True)
    assert sshd.read_text() == BEFORE
    assert events(mark)[-1] == "event=pam-rolled-back service=sshd by=0 reason=booted"


def test_a_failing_change_is_taken_back_at_once(site, sshd):
    """The module cannot answer: what the trial finds."""
    module = shelf.MODULES / "pam_twostep.so"
    with shelf.kept(module):
        module.write_bytes(b"no module")
        mark = authlog.mark()
        done = enable("--force")
    assert done.returncode == tool.EX_CONFIG and "tried, and taken back" in done.stderr, done
    assert "PAM_MODULE_UNKNOWN" in done.stderr
    assert sshd.read_text() == BEFORE and not list(PENDING.glob("*.pending"))
    assert events(mark) == ["event=pam-rolled-back service=sshd by=0 reason=trial-failed"]


def test_somebody_elses_edit_stays(site, sshd):
    mark = authlog.mark()
    assert enable(minutes=0.02).returncode == 0
    sshd.write_text(AFTER + "# mine\n")
    waits_for(lambda: any("reason=edited" in line for line in events(mark)))
    assert sshd.read_text() == AFTER + "# mine\n"
    assert (PENDING / "sshd.old").read_text() == BEFORE
    assert json.loads(pam("status", "--json").stdout)["waiting"][0]["edited"] is True
    checks = {one["check"] for one in json.loads(tool.run("doctor", "--json").stdout)["findings"]}
    assert "change-edited" in checks
    # What leads out of it is named.
    tool.fails(pam("rollback", "sshd"), tool.EX_CANTCREAT, "edited", "twostep pam disable sshd takes the line out")
    assert "take the line out: twostep pam disable sshd" in enable("nullok").stderr.replace("\n         ", " ")
    assert pam("disable", "sshd", "--yes").returncode == 0 and sshd.read_text() == BEFORE + "# mine\n"


def test_while_it_waits_doctor_and_status_say_so(site, sshd):
    enable()
    assert "taken back in" in pam("status").stdout
    checks = {one["check"] for one in json.loads(tool.run("doctor", "--json").stdout)["findings"]}
    assert "change-unconfirmed" in checks
    tool.fails(enable(), tool.EX_CANTCREAT, "nothing to change")
    tool.says(pam("rollback", "sshd"), "sshd: the change is taken back.")
    assert sshd.read_text() == BEFORE


def test_what_else_asks_is_told_before_the_question(site, sshd):
    sshd.write_text(BEFORE + "auth required pam_google_authenticator.so\n")
    done = pam("enable", "sshd", input="n\n")
    assert done.returncode == tool.REFUSED
    assert "\nAlso asks: pam_google_authenticator.so (line 4)\nThat stays: " in done.stdout, done


def test_asked_and_answered_no(site, sshd):
    for answer in ("n\n", "", "\n"):
        done = pam("enable", "sshd", input=answer)
        assert done.returncode == tool.REFUSED and "nothing was changed" in done.stderr
        assert sshd.read_text() == BEFORE
    assert pam("enable", "sshd", input="y\n").returncode == 0 and sshd.read_text() == AFTER


def test_nullok_and_json(site, sshd):
    said = json.loads(enable("--json", "nullok").stdout)
    assert said["service"] == "sshd" and said["file"] == str(sshd) and said["secondsLeft"] == 300
    assert "auth       required     pam_twostep.so nullok\n" in sshd.read_text()


def test_where_cron_takes_it_back(site, sshd):
    """What was said is done: it is not said again."""
    cron = Path("/etc/cron.d")
    with shelf.kept(cron):
        cron.mkdir(exist_ok=True)
        (cron / "twostep").write_text("# @reboot root /usr/bin/twostep pam rollback\n")
        assert enable().stdout.splitlines()[-3:] == WITHOUT_SYSTEMD
        assert pam("rollback", "sshd").returncode == 0
        subprocess.run(["sh", "-c", WITHOUT_SYSTEMD[-1]], check=True)
        assert (cron / "twostep").read_text() == "@reboot root /usr/bin/twostep pam rollback\n"
        assert enable().stdout.splitlines()[-1] == \
            "At a reboot before that cron takes it back, where it runs: /etc/cron.d/twostep"


MINE = BEFORE.replace("common-auth\n", "common-auth\nauth\trequisite pam_twostep.so  prompt=x nullok # mine\n")


def test_other_arguments_are_a_change(site, sshd):
    """Of the line as it stands: its place, its control flag and what is written behind it stay."""
    sshd.write_text(MINE)
    mark = authlog.mark()
    done = enable("--force")
    assert (done.returncode, done.stderr) == (0, "")
    assert sshd.read_text() == MINE.replace("  prompt=x nullok # mine", " # mine")
    shown = done.stdout.splitlines()
    assert "-auth requisite pam_twostep.so  prompt=x nullok # mine" in shown
    assert "+auth requisite pam_twostep.so # mine" in shown
    assert "sshd's line has other arguments now. It is taken back in 300 s, unless you" in shown
    tool.fails(enable("--force"), tool.EX_CANTCREAT, "nothing to change")
    done = enable("--force", "nullok")
    assert done.returncode == tool.EX_CANTCREAT and "a change of sshd waits already" in done.stderr, done
    assert pam("rollback", "sshd").returncode == 0 and sshd.read_text() == MINE
    assert events(mark) == ["event=pam-enabled service=sshd by=0",
                            "event=pam-rolled-back service=sshd by=0 reason=asked"]
    # The same words in another order are no other arguments.
    tool.fails(enable("nullok", "prompt=x"), tool.EX_CANTCREAT, "nothing to change")


def test_disabled_while_other_arguments_wait(site, sshd):
    """What was there before has the line, too: it goes."""
    sshd.write_text(AFTER)
    assert enable("nullok").returncode == 0
    done = pam("disable", "sshd", "--yes")
    assert done.returncode == 0 and "asks for no code any more. What was there before" in done.stdout, done
    assert sshd.read_text() == BEFORE and (PENDING / "sshd.old").read_text() == AFTER
    assert not list(PENDING.glob("*.pending"))


@pytest.mark.parametrize("text, arguments", [
    (AFTER, ["forward_pass"]), (AFTER.replace("pam_twostep.so", "\\\npam_twostep.so"), ["nullok"]),
    (AFTER.replace(LINE, LINE + LINE), ["nullok"])], ids=["another place", "two lines", "twice"])
def test_other_arguments_that_take_more(site, sshd, text, arguments):
    sshd.write_text(text)
    tool.fails_with(enable(*arguments), tool.EX_CANTCREAT,
                    "sshd: the line is there, with other arguments; nothing was changed",
                    "twostep pam disable sshd, and then enable it with those that are wanted")
    assert sshd.read_text() == text


def test_disable(site, sshd):
    sshd.write_text(AFTER)
    done = pam("disable", "sshd", "--yes")
    assert done.returncode == 0 and "-" + LINE in done.stdout
    assert sshd.read_text() == BEFORE and (PENDING / "sshd.old").read_text() == AFTER
    tool.fails(pam("disable", "sshd", "--yes"), tool.EX_CANTCREAT, "nothing to change")


def failing(path, *injections):
    """Runs the tool with system calls that concern `path` failing."""
    return ["strace", "-qq", "-o", "/dev/null", "-P", path,
            *(word for one in injections for word in ("-e", f"inject={one}"))]


def failed(done, *words):
    """Told once the change has been shown."""
    assert done.returncode == tool.EX_IOERR and all(word in done.stderr for word in words), done


def test_disabled_while_it_waits_on_a_full_disk(site, sshd):
    """What was there before comes back by a rename, and nothing of the safety net is lost before."""
    inode = sshd.stat().st_ino
    enable()
    done = pam("disable", "sshd", "--yes", "--json",
               prefix=["strace", "-qq", "-o", "/dev/null", "-e", "inject=pwrite64:error=ENOSPC"])
    assert done.returncode == 0 and "before" not in json.loads(done.stdout), done
    assert sshd.read_text() == BEFORE and sshd.stat().st_ino == inode
    assert not list(PENDING.glob("*.pending"))


def test_disabled_while_it_waits_where_nothing_can_be_renamed(site, sshd):
    """It is not taken out; what was there before and the note are whole, and it is taken back later."""
    enable()
    done = pam("disable", "sshd", "--yes", prefix=failing(PAM, "renameat,renameat2:error=EIO"))
    failed(done, "taken back when its time is up")
    assert sshd.read_text() == AFTER and (PENDING / "sshd.old").read_text() == BEFORE
    assert pam("rollback", "sshd").returncode == 0 and sshd.read_text() == BEFORE


def test_the_disk_fails_behind_the_renaming(site, sshd):
    """The new file is in place although it was told to have failed: it is taken back, never left untried."""
    done = pam("enable", "sshd", "--yes", prefix=failing(PAM, "fsync,fdatasync:error=EIO:when=1"))
    failed(done, "nothing was changed")
    assert sshd.read_text() == BEFORE and not list(PENDING.glob("*.pending"))


@pytest.mark.parametrize("which", ["when=1", "when=1+"])
def test_the_disk_fails_while_the_line_is_taken_out(site, sshd, which):
    """The line is out although that was told to have failed: it is put back, and nothing is said that is not so."""
    sshd.write_text(AFTER)
    inode, mark = sshd.stat().st_ino, authlog.mark()
    done = pam("disable", "sshd", "--yes", prefix=failing(PAM, f"fsync,fdatasync:error=EIO:{which}"))
    failed(done, "nothing was changed")
    assert sshd.read_text() == AFTER and sshd.stat().st_ino == inode
    assert not events(mark)


def test_the_disk_fails_while_what_waits_is_taken_back(site, sshd):
    """It is back, which is told and logged; the note stays until it is known to be."""
    enable()
    mark = authlog.mark()
    done = pam("disable", "sshd", "--yes", prefix=failing(PAM, "fsync,fdatasync:error=EIO:when=1"))
    failed(done, "asks for no code any more", "a crash may bring the line back")
    assert sshd.read_text() == BEFORE and (PENDING / "sshd.pending").exists()
    assert events(mark) == ["event=pam-disabled service=sshd by=0 cause=EIO"]
    assert pam("rollback", "sshd").returncode == 0
    assert sshd.read_text() == BEFORE and not (PENDING / "sshd.pending").exists()


def test_killed_between_putting_back_and_forgetting(site, sshd):
    enable()
    (PENDING / "sshd.old").rename(sshd)
    assert pam("rollback", "sshd").returncode == 0
    assert sshd.read_text() == BEFORE and not list(PENDING.glob("*.pending"))


def test_a_note_that_cannot_be_read_still_waits(site, sshd):
    enable(minutes=0.01)
    _kill_guards()
    note = PENDING / "sshd.pending"
    if not note.exists():
        pytest.fail("taken back before the guard was gone")
    done = pam("status", prefix=failing(note, "pread64:error=EIO"))
    tool.fails(done, tool.EX_IOERR, "cannot be read")
    done = pam("rollback", "--wait", prefix=failing(note, "pread64:error=EIO:when=1..2"))
    assert done.returncode == 0 and sshd.read_text() == BEFORE and not note.exists()


def test_taken_back_is_said_only_where_it_is_true(site, sshd):
    module = shelf.MODULES / "pam_twostep.so"
    with shelf.kept(module):
        module.write_bytes(b"no module")
        # The first puts the change in place.
        done = pam("enable", "sshd", "--yes", "--force",
                   prefix=failing(PAM, "renameat:error=EIO:when=2+", "renameat2:error=EIO:when=2+"))
    failed(done, "not taken back yet", "twostep pam rollback sshd")
    assert sshd.read_text() == AFTER
    assert pam("rollback", "sshd").returncode == 0 and sshd.read_text() == BEFORE


def test_where_people_enrol_at_a_login_the_password_comes_first(site, sshd):
    text = BEFORE.replace("@include common-auth", "auth substack common-auth")
    sshd.write_text(text)
    config = Path("/etc/twostep/twostep.conf")
    with shelf.kept(config):
        with config.open("a") as file:
            file.write("\nenroll_at_login = yes\n")
        tool.fails(enable(), tool.EX_CANTCREAT, "after a wrong password", "nothing was changed")
        assert sshd.read_text() == text
    done = enable()
    assert done.returncode == 0 and "warning: sshd: the code is asked after a wrong password" in done.stderr, done
    with shelf.kept(config):
        with config.open("a") as file:
            file.write("\nenroll_at_login = yes\n")
        found = json.loads(tool.run("doctor", "--json").stdout)["findings"]
    assert {one["severity"] for one in found if one["check"] == "pam-after-wrong-password"} == {"error"}


@pytest.mark.parametrize("name, words", [
    ("common-auth", "many services"), ("other", "none of its own"), ("twostep", "confirms passwords"),
    ("nosuch", "no such service file"), ("../shadow", "no such service file")])
def test_what_is_never_touched(site, sshd, name, words):
    before = world.tree(PAM)
    for verb in ("enable", "disable"):
        tool.fails(pam(verb, name, "--yes"), tool.EX_CANTCREAT, words)
    assert world.tree(PAM) == before


@pytest.mark.parametrize("text", ["auth sufficient pam_unix.so\n", "auth required pam_ftp.so\n",
                                  "auth [success=done default=die] pam_unix.so\n"])
def test_where_no_place_is_safe(site, sshd, text):
    sshd.write_text(text)
    done = enable()
    tool.fails(done, tool.EX_CANTCREAT, "nothing was changed")
    assert sshd.read_text() == text


def test_nobody_is_shut_out(site, sshd):
    """Nobody enrolled, no key, an sshd that cannot ask."""
    config = Path("/etc/twostep/twostep.conf")
    with shelf.kept(config, Path("/etc/ssh")):
        shelf.sshd("KbdInteractiveAuthentication no")
        tool.fails(enable(), tool.EX_CONFIG, "sshd-keyboard-off", "--force")
    with shelf.kept(Path("/var/lib/twostep/users"), Path("/var/lib/twostep/index")):
        assert site.run("disable", "alice", "--override", "--reason", "test").returncode == 0
        tool.fails(enable(), tool.EX_CANTCREAT, "nobody is enrolled", "--force")
        # What cannot be done at all is said first.
        tool.fails(pam("enable", "nosuch", "--yes"), tool.EX_CANTCREAT, "no such service file")
        tool.fails(pam("enable", "common-auth", "--yes"), tool.EX_CANTCREAT, "many services")
    with shelf.kept(Path("/etc/twostep/key")):
        Path("/etc/twostep/key").unlink()
        tool.fails(enable("--force"), tool.EX_CONFIG, "key-missing")
    assert sshd.read_text() == BEFORE


def test_a_locker_with_one_field(site, sshd):
    path = PAM / "i3lock"
    path.write_text("@include common-auth\n@include common-account\n")
    assert pam("enable", "i3lock", "--yes").returncode == 0
    assert path.read_text().splitlines()[0] == "auth       required     pam_twostep.so forward_pass"
    assert pam("rollback", "i3lock").returncode == 0


def test_bad_arguments(site, sshd):
    tool.fails(enable("nulok"), tool.EX_USAGE, "does not take")
    assert enable(minutes=0).returncode == tool.EX_USAGE
    assert pam("confirm", "--override").returncode == tool.EX_USAGE
    done = pam("status", prefix=["setpriv", "--reuid=bob", "--regid=bob", "--init-groups"])
    tool.fails(done, tool.EX_NOPERM, "only root")
    assert sshd.read_text() == BEFORE


@pytest.mark.parametrize("line", ["windw = 3", "mail = nonsense"])
def test_the_way_out_needs_no_configuration(site, sshd, line):
    """With one bad line everybody is refused: what leads out of it must work all the same."""
    config = Path("/etc/twostep/twostep.conf")
    sshd.write_text(AFTER)
    with shelf.kept(config):
        with config.open("a") as file:
            file.write(f"\n{line}\n")
        assert "asks for a code: " in pam("status").stdout
        done = pam("disable", "sshd", "--yes")
        assert (done.returncode, done.stderr) == (0, "") and sshd.read_text() == BEFORE, done
    assert enable().returncode == 0
    with shelf.kept(config):
        with config.open("a") as file:
            file.write(f"\n{line}\n")
        tool.fails(pam("confirm", "sshd"), tool.REFUSED, "--override")
        assert pam("confirm", "sshd", "--override", "--reason", "test").returncode == 0
    assert sshd.read_text() == AFTER


# /etc/pam.d/su of Debian 12's util-linux, without its comments.
DEBIANS_SU = """\
auth       sufficient pam_rootok.so
session       required   pam_env.so readenv=1
session       required   pam_env.so readenv=1 envfile=/etc/default/locale
session    optional   pam_mail.so nopen
session    required   pam_limits.so
@include common-auth
@include common-account
@include common-session
"""


@pytest.mark.parametrize("service", ["runs", "stopped"])
def test_su_as_debian_has_it(site, service):
    """pam_rootok lets root in, who tries the stack: it is tried as somebody else starts it."""
    path = PAM / "su"
    mark = authlog.mark()
    with shelf.kept(PAM):
        path.write_text(DEBIANS_SU)
        if service == "stopped":
            Path("/run/twostep/socket").rename("/run/twostep/away")
        try:
            done = pam("enable", "su", "--yes")
        finally:
            if service == "stopped":
                Path("/run/twostep/away").rename("/run/twostep/socket")
        assert done.returncode == 0, done
        text = path.read_text()
        assert "pam_twostep.so" in text and pam("try", "su").returncode == 0
        # What is to be found is found all the same.
        path.write_text(text.replace("auth       required     pam_twostep.so", "auth       required     pam_permit.so"))
        assert pam("try", "su").returncode == tool.EX_CONFIG
        path.write_text(text)
        assert pam("rollback", "su").returncode == 0 and path.read_text() == DEBIANS_SU
    told = [line for line in authlog.since(mark) if "event=refused" in line]
    assert told and all("user=? rhost=twostep-pam-trial" in line for line in told), told


def test_the_shipped_su_can_be_tried(site):
    with shelf.kept(PAM):
        (PAM / "su").write_text((Path(__file__).parents[2] / "pam.d/su").read_text())
        done = pam("try", "su")
        assert done.returncode == 0, done


def test_a_trial_looks_like_no_attack(site, sshd):
    mark = authlog.mark()
    assert enable().returncode == 0
    told = [line for line in authlog.since(mark) if "event=refused" in line]
    assert told and all(line.endswith(" user=? rhost=twostep-pam-trial") for line in told), told


SHOWN = [
    ("enable sshd", ["n"], tool.REFUSED),
    ("enable sshd", ["y"], 0),
    ("confirm sshd", [], tool.REFUSED),
    ("rollback sshd", [], 0),
    ("enable sshd nullok --yes", [], 0),
    ("confirm sshd --override --reason console", [], 0),
    ("disable sshd", ["y"], 0),
]


def test_how_it_looks(site, sshd):
    """What was written there, and what was seen, in UTF-8; the first of them, which asks and does nothing, in every kind. There
    is neither a colour in it nor anything but ASCII, whatever the terminal."""
    seen = "".join(_shown(*one, "utf8") for one in SHOWN)
    golden.compare("root-pam", seen)
    for kind in ("ascii", "no-color"):
        assert seen.startswith(_shown(*SHOWN[0], kind))


def _shown(words, answers, status, kind):
    with Terminal([*golden.environment(kind), world.TOOL, "pam", *words.split()], columns=80, rows=24) as terminal:
        for answer in answers:
            terminal.answer("[y/N] ", answer)
        terminal.end()
    assert terminal.raw.isascii() and "\x1b" not in terminal.raw
    assert terminal.status == status, terminal.seen
    return f"# twostep pam {words}\n{terminal.seen}exit status {terminal.status}\n\n"


def test_how_a_failed_trial_looks(site, sshd):
    module = shelf.MODULES / "pam_twostep.so"
    with shelf.kept(module):
        module.write_bytes(b"no module")
        golden.compare("root-pam-tried", _shown("enable sshd --force", ["y"], tool.EX_CONFIG, "utf8"))

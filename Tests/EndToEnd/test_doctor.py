"""`twostep doctor` on an installation where all is well, and on a shelf of broken ones: each fault is found and named.

What is judged without a machine, Tests/DoctorTests has in tables.
"""

import json
import os
import pwd
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import service as service_program
import shelf
import tool
import world
from shelf import CONFIG, MODULES, PAM, edit, service, settings, sshd, sshd_stack
from world import tree

EX_OK, WARNINGS, ERRORS = 0, 1, 78
# What this machine has whatever anybody does to Twostep.
ALWAYS = {"sshd-key-alone"} | (set() if shelf.clock_is_kept_right() else {"clock-unsynchronised"})


@pytest.fixture(scope="module")
def good():
    """An installation in which nothing is to be mended: one for all tests, which put it back as it was."""
    machine = world.Machine()
    machine.enrol("alice")
    shelf.SSHD.write_text(shelf.GOOD_SSHD)
    started = service_program.Service()
    yield machine
    started.stop()
    shelf.SSHD.unlink()
    machine.remove()


@pytest.fixture
def without_service(good):
    """The same with nobody at the socket."""
    path = service_program.SOCKET
    path.rename(path.with_name("elsewhere"))
    yield good
    path.with_name("elsewhere").rename(path)


def doctor(*options):
    """What it found, and its exit status."""
    done = tool.run("doctor", "--json", *options)
    assert done.stderr == "", done.stderr
    return json.loads(done.stdout), done.returncode


def new(found):
    """The findings that are not there always."""
    return [one for one in found["findings"] if one["check"] not in ALWAYS]


def expected_status(found):
    severities = {one["severity"] for one in found["findings"]}
    return ERRORS if "error" in severities else WARNINGS if "warning" in severities else EX_OK


def test_nothing_to_mend(good):
    found, status = doctor()
    assert new(found) == [] and {one["check"] for one in found["findings"]} == ALWAYS
    assert status == expected_status(found)
    counts = [one["severity"] for one in found["findings"]]
    assert (found["errors"], found["warnings"], found["notes"]) == tuple(map(counts.count, ("error", "warning", "note")))


def test_it_changes_nothing(good):
    before = tree(Path("/etc")), good.tree(), tree(good.store)
    doctor()
    assert (tree(Path("/etc")), good.tree(), tree(good.store)) == before


def _ours(name, replacement):
    edit(service(name), re.search(r"^auth +required +pam_twostep\.so.*\n", service(name).read_text(), re.M)[0],
         replacement + "\n")


def _slot(user):
    path = Path(f"/var/lib/twostep/users/{pwd.getpwnam(user).pw_uid}")
    data = bytearray(path.read_bytes())
    data[4096 + 100] ^= 1
    path.write_bytes(data)


def _both_slots(user):
    _slot(user)
    path = Path(f"/var/lib/twostep/users/{pwd.getpwnam(user).pw_uid}")
    data = bytearray(path.read_bytes())
    data[8192 + 100] ^= 1
    path.write_bytes(data)


def _record(user="alice"):
    return Path(f"/var/lib/twostep/users/{pwd.getpwnam(user).pw_uid}")


def _common_auth(text):
    (PAM / "common-auth").write_text(text)


def _foreign_module():
    module = bytearray((MODULES / "pam_twostep.so").read_bytes())
    module[18:20] = b"\xb7\x00"         # EM_AARCH64
    (MODULES / "pam_twostep.so").write_bytes(module)


def _other_version():
    path = Path("/usr/local/sbin/twostepd")
    path.unlink()
    path.write_text("#!/bin/sh\necho twostepd 9.9.9\n")
    path.chmod(0o755)


def _hook(name, mode, owner=0):
    folder = Path("/etc/twostep/hooks.d")
    folder.mkdir()
    (folder / name).write_text("#!/bin/sh\n")
    (folder / name).chmod(mode)
    os.chown(folder / name, owner, 0)


def _recovery(questions="First pet?\nFirst school?\n", mode=0o644, **changes):
    """Getting back in by mail, as it ought to be but for what is given."""
    settings(recovery="email", **changes)
    if questions:
        QUESTIONS.write_text(questions)
        QUESTIONS.chmod(mode)


def _old_key():
    """What `key rotate` keeps until it has ended."""
    old = KEY.with_name(".old-key")
    old.write_bytes(b"o" * 32)
    old.chmod(0o400)


DECOY = Path("/var/lib/twostep/users/decoy-07")
KEY = Path("/etc/twostep/key")
QUESTIONS = Path("/etc/twostep/questions")
STORE = Path("/var/lib/twostep")

# What is done, what must be found, and where.
SHELF = {
    # module and service
    "the module is missing": (lambda: (MODULES / "pam_twostep.so").unlink(), "module-missing", "/etc/pam.d/"),
    "others may write to the module": (lambda: (MODULES / "pam_twostep.so").chmod(0o666), "module-unsafe", MODULES),
    "a module for another machine": (_foreign_module, "module-foreign", MODULES),
    "another version of the service": (_other_version, "versions-differ", None),
    "no file for passwords": (lambda: service("twostep").unlink(), "password-file-missing", None),
    "root confirms every password": (
        lambda: service("twostep").write_text("auth sufficient pam_rootok.so\n@include common-auth\n"),
        "password-file-open", service("twostep")),

    # configuration
    "a name that nobody knows": (lambda: settings(winow=2), "config-invalid", CONFIG),
    "a configuration that others may change": (lambda: CONFIG.chmod(0o666), "config-unsafe", CONFIG),
    "config= that leads nowhere": (
        lambda: _ours("sshd", "auth required pam_twostep.so config=/etc/twostep/no.conf"), "config-missing",
        "/etc/twostep/no.conf"),
    "required = none alone": (lambda: settings(required="none"), "required-none", CONFIG),
    "nullok alone": (lambda: _ours("sshd", "auth required pam_twostep.so nullok"), "nullok-unused", service("sshd")),
    "keys for a service without a code": (
        lambda: settings(ssh_key_touch="enforced chsh"), "touch-service-unknown", CONFIG),
    "a required group that nobody has": (
        lambda: settings(required="group:root group:no-such"), "required-group-unknown", CONFIG),
    "an exempt group that nobody has": (lambda: settings(exempt="group:no-such"), "exempt-group-unknown", CONFIG),
    "a required user with a slip": (
        lambda: settings(required="user:root user:alcie"), "required-user-unknown", CONFIG),
    "an exempt user with a slip": (lambda: settings(exempt="user:bob user:bbo"), "exempt-user-unknown", CONFIG),
    "a required service with a slip": (
        lambda: settings(required="service:sshd service:ssh"), "required-service-unknown", CONFIG),
    "a required service that asks for no code": (
        lambda: settings(required="service:sshd service:chsh"), "required-service-unknown", CONFIG),
    "an exempt service with a slip": (lambda: settings(exempt="service:ssh"), "exempt-service-unknown", CONFIG),
    "a day that is over": (lambda: settings(enroll_by="2026-01-31"), "enroll-by-past", CONFIG),
    "a day of the next generation": (lambda: settings(enroll_by="2062-01-31"), "enroll-by-far", CONFIG),

    # key, store and records
    "no key": (KEY.unlink, "key-missing", KEY),
    "a key for all to read": (lambda: KEY.chmod(0o444), "key-unsafe", KEY),
    "half a key": (lambda: KEY.write_bytes(b"x" * 16), "key-invalid", KEY),
    "another key": (lambda: KEY.write_bytes(b"x" * 32), "marker-corrupt", STORE),
    "records under another key": (lambda: KEY.write_bytes(b"x" * 32), "records-other-key", KEY),
    "a rotation that has not ended": (_old_key, "key-rotation-unfinished", KEY),
    "no store": (lambda: shutil.rmtree(STORE / "users"), "key-without-store", STORE),
    "a store for all to write": (lambda: STORE.chmod(0o777), "store-unsafe", STORE),
    "no marker": ((STORE / "marker").unlink, "marker-missing", STORE),
    "no index": ((STORE / "index").unlink, "index-missing", STORE),
    "an index of nonsense": (lambda: (STORE / "index").write_bytes(b"x" * 99), "index-corrupt", STORE),
    "a decoy less": (DECOY.unlink, "decoys-missing", STORE / "users"),
    "a damaged decoy": (lambda: DECOY.write_bytes(b"x" * 12288), "decoys-missing", STORE / "users"),
    "a note in the store": (lambda: (STORE / "users/notes.txt").write_text("x"), "store-stray", STORE / "users"),
    "a record less": (lambda: _record().unlink(), "record-missing", STORE / "users"),
    "a record for all": (lambda: _record().chmod(0o644), "record-unsafe", STORE / "users"),
    "a damaged half": (lambda: _slot("alice"), "slot-damaged", STORE / "users"),
    "two damaged halves": (lambda: _both_slots("alice"), "record-corrupt", STORE / "users"),
    "somebody else's record": (
        lambda: shutil.copy2(_record(), STORE / f"users/{pwd.getpwnam('bob').pw_uid}"), "record-corrupt",
        STORE / "users"),
    "a record of nobody's": (lambda: shutil.copy2(_record(), STORE / "users/54321"), "no-account", STORE / "users/54321"),

    # mail and hooks
    "a mail setting with a slip": (lambda: settings(mail="nobody"), "mail-invalid", CONFIG),
    "mail that nobody delivers": (
        lambda: settings(mail="twostep@example.org", mail_command="/bin/true"), "events-unheard", "/run/twostep/events"),
    "no mail program": (
        lambda: settings(mail="twostep@example.org", mail_command="/usr/sbin/no-sendmail"), "mail-program-missing", CONFIG),
    "administrators who are nobody here": (
        lambda: settings(mail="twostep@example.org", mail_command="/bin/true", mail_admin="no-such-ops"),
        "mail-admin-unknown", CONFIG),
    "a hook that nobody calls": (lambda: _hook("chat", 0o755), "events-unheard", "/run/twostep/events"),
    "a hook for all to write": (lambda: _hook("chat", 0o777), "hook-unsafe", "/etc/twostep/hooks.d/chat"),
    "a hook of bob's": (lambda: _hook("chat", 0o755, pwd.getpwnam("bob").pw_uid), "hook-unsafe", "/etc/twostep/hooks.d/chat"),
    "a hook without the right": (lambda: _hook("chat", 0o644), "hook-not-run", "/etc/twostep/hooks.d/chat"),
    "codes, and no program": (lambda: settings(deliver_command="/etc/twostep/no-gateway"), "deliver-program", CONFIG),
    "codes, and a program of a link's": (lambda: settings(deliver_command="/etc/alternatives/awk"), "deliver-unsafe", CONFIG),
    "codes by a slip": (lambda: settings(deliver_command="sms"), "deliver-invalid", CONFIG),
    "a hook with a dot": (lambda: _hook("chat.sh", 0o755), "hook-not-run", "/etc/twostep/hooks.d/chat.sh"),

    # recovery
    "a way back with a slip": (lambda: settings(recovery="post"), "recovery-invalid", CONFIG),
    "a way back without mail": (lambda: _recovery(), "recovery-no-mail", CONFIG),
    "no questions": (lambda: _recovery(questions=None), "recovery-questions", CONFIG),
    "one question": (lambda: _recovery(questions="First pet?\n"), "recovery-questions", CONFIG),
    "questions for all to write": (lambda: _recovery(mode=0o666), "recovery-questions", CONFIG),
    "a way back that owners do not hear of": (
        lambda: _recovery(mail="twostep@example.org", mail_command="/bin/true", notify="admin"), "recovery-unheard", CONFIG),

    # PAM
    "a service file for all to write": (lambda: service("sshd").chmod(0o666), "pam-file-unsafe", service("sshd")),
    "an include for all to write": (lambda: service("common-auth").chmod(0o666), "pam-file-unsafe", service("common-auth")),
    "an argument with a slip": (lambda: _ours("sshd", "auth required pam_twostep.so nulok"), "pam-argument", service("sshd")),
    "under account": (
        lambda: edit(service("sshd"), "account    required     pam_nologin.so", "account required pam_twostep.so"),
        "pam-wrong-stack", service("sshd")),
    "twice": (lambda: _ours("sshd", "auth required pam_twostep.so\n" * 2), "pam-twice", service("sshd")),
    "sufficient before it": (
        lambda: sshd_stack("auth sufficient pam_unix.so", "auth required pam_twostep.so"), "pam-skipped", service("sshd")),
    "a jump over it": (
        lambda: _common_auth("auth [success=2 default=ignore] pam_unix.so\nauth requisite pam_deny.so\n"), "pam-skipped",
        service("common-auth")),
    "optional": (lambda: _ours("sshd", "auth optional pam_twostep.so"), "pam-meaningless", service("sshd")),
    "default=ignore": (lambda: _ours("sshd", "auth [default=ignore] pam_twostep.so"), "pam-meaningless", service("sshd")),
    "substack": (
        lambda: edit(service("sshd"), "\n@include common-auth\n", "\nauth substack common-auth\n"),
        "pam-after-wrong-password", service("sshd")),
    "before the password": (
        lambda: sshd_stack("auth required pam_twostep.so", "@include common-auth"), "pam-before-password", service("sshd")),
    "nullok with nothing behind it": (
        lambda: (settings(required="none"),
                 sshd_stack("auth [success=1 default=die] pam_unix.so", "auth required pam_deny.so",
                            "auth required pam_twostep.so nullok")), "pam-nullok-denied", service("sshd")),
    "an include that is gone": (service("common-auth").unlink, "pam-include-missing", service("sshd")),
    "in common-auth": (
        lambda: _common_auth(service("common-auth").read_text() + "auth required pam_twostep.so\n"), "pam-shared-file",
        service("common-auth")),
    "sudo without sudo -i": (
        lambda: service("sudo-i").write_text("@include common-auth\n"), "pam-sudo-i", service("sudo-i")),
    "the module of before": (
        lambda: service("sshd").write_text(service("sshd").read_text().replace(
            "pam_twostep.so\n", "pam_twostep.so\nauth required pam_oath.so usersfile=/etc/users.oath\n", 1)),
        "pam-other-code", service("sshd")),
    "a locker with one field": (
        lambda: service("i3lock").write_text("auth include login\n"), "pam-one-field", service("i3lock")),

    # sshd and login
    "UsePAM no": (lambda: sshd("UsePAM no"), "sshd-pam-off", "/etc/ssh/sshd_config"),
    "no keyboard-interactive": (
        lambda: sshd("KbdInteractiveAuthentication no"), "sshd-keyboard-off", "/etc/ssh/sshd_config"),
    "none for some": (
        lambda: shelf.SSHD.write_text(shelf.GOOD_SSHD + "Match User bob\n  KbdInteractiveAuthentication no\n"),
        "sshd-keyboard-off", "/etc/ssh/sshd_config"),
    "passwords too": (lambda: sshd("PasswordAuthentication yes"), "sshd-password-on", "/etc/ssh/sshd_config"),
    "keys only": (lambda: sshd("AuthenticationMethods publickey"), "sshd-methods-off", "/etc/ssh/sshd_config"),
    "twenty seconds": (lambda: sshd("LoginGraceTime 20"), "sshd-grace-time", "/etc/ssh/sshd_config"),
    "root shut out": (
        lambda: sshd("AuthenticationMethods publickey,keyboard-interactive"), "sshd-root-methods", "/etc/ssh/sshd_config"),
    "a slip in sshd_config": (lambda: sshd("UsePAM maybe"), "sshd-config-invalid", shelf.SSHD),
    "untouched keys": (lambda: settings(ssh_key_touch="enforced"), "sshd-touch", "/etc/ssh/sshd_config"),
    "a hasty login": (
        lambda: edit(Path("/etc/login.defs"), "LOGIN_TIMEOUT\t\t60", "LOGIN_TIMEOUT 10"), "login-timeout",
        "/etc/login.defs"),
}
TOUCHED = [PAM, Path("/etc/ssh"), Path("/etc/twostep"), Path("/etc/login.defs"), STORE / "users", STORE / "marker",
           STORE / "index", MODULES / "pam_twostep.so", Path("/usr/local/sbin/twostepd")]


@pytest.mark.parametrize("name", SHELF)
def test_each_fault_is_found(good, name):
    break_it, check, place = SHELF[name]
    mode = STORE.stat().st_mode & 0o777
    with shelf.kept(*TOUCHED):
        try:
            break_it()
            found, status = doctor()
        finally:
            STORE.chmod(mode)
    matching = [one for one in found["findings"] if one["check"] == check]
    assert matching, new(found)
    assert place is None or any(one["file"].startswith(str(place)) for one in matching), matching
    assert status == expected_status(found) != EX_OK or check == "store-stray"
    for one in found["findings"]:
        assert one["what"] and one["cure"], one
    # A fault is no reason to find others that have nothing to do with it.
    areas = {one["area"] for one in new(found)}
    assert len(areas) <= 2, new(found)


def test_what_others_keep_right_is_right_again(good):
    """The shelf has left nothing behind."""
    test_nothing_to_mend(good)


@pytest.mark.parametrize("kind", ["tmpfs", "read-only", "full"])
def test_disks(good, kind, folder):
    """The store on another file system, through a mount of its own."""
    place = folder / "disk"
    place.mkdir(mode=0o755)
    size = "size=200k" if kind == "full" else "size=4m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"mode=700,{size}", "none", place], check=True)
    try:
        (place / "store").mkdir(mode=0o700)
        subprocess.run(["cp", "-a", *STORE.iterdir(), place / "store"], check=False)
        if kind == "read-only":
            subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        config = folder / "twostep.conf"
        config.write_text(f"store = {place}/store\nkey = {KEY}\n")
        found, _ = doctor("--config", config)
    finally:
        subprocess.run(["umount", place], check=True)
    checks = {one["check"] for one in found["findings"]}
    assert {"tmpfs": "disk-forgets", "read-only": "disk-read-only", "full": "disk-full"}[kind] in checks, found


def test_no_service(without_service):
    [finding] = new(doctor()[0])
    assert (finding["check"], finding["severity"]) == ("service-down", "error")     # the lockers need it


def test_somebody_elses_service(without_service):
    path = service_program.SOCKET
    os.chown(path.parent, pwd.getpwnam("bob").pw_uid, -1)
    program = ("import socket, time; s = socket.socket(socket.AF_UNIX); s.bind('/run/twostep/socket'); s.listen(); "
               "print('ready', flush=True); time.sleep(60)")
    somebody = subprocess.Popen(["setpriv", "--reuid=bob", "--clear-groups", "/usr/bin/python3", "-c", program],
                                stdout=subprocess.PIPE)
    try:
        assert somebody.stdout.readline() == b"ready\n"
        [finding] = new(doctor()[0])
    finally:
        somebody.kill()
        somebody.wait()
        somebody.stdout.close()
        os.chown(path.parent, 0, 0)
        path.unlink()
    assert finding["check"] == "service-unsafe"


def test_a_wrong_clock_leaves_its_mark(good):
    """Somebody logged in while the clock was a day ahead: no code of theirs counts until then."""
    with shelf.kept(STORE / "users", STORE / "index"):
        person = good.enrol("bob")
        later = tool.later(good, 86_400, "verify", "bob", input=person.token.code(at=time.time() + 86_400) + "\n")
        assert later.returncode == 0, later.stderr
        [finding] = new(doctor()[0])
    assert finding["check"] == "tokens-ahead" and "bob" in finding["what"]


def test_eight_digits_behind_a_password(good):
    with shelf.kept(PAM, STORE / "users", STORE / "index"):
        good.enrol("bob", "--digits", "8")
        sshd_stack("auth required pam_twostep.so forward_pass", "@include common-auth")
        checks = [one["check"] for one in new(doctor()[0])]
    assert checks == ["forward-pass-digits"]


def test_in_words(good):
    with shelf.kept(PAM):
        _ours("sshd", "auth optional pam_twostep.so")
        done, quiet = tool.run("doctor"), tool.run("doctor", "--quiet")
    assert (done.returncode, done.stderr, quiet.returncode, quiet.stderr) == (ERRORS, "", ERRORS, "")
    assert ("PAM\n  error: sshd: a wrong code gets in, since the line says 'optional'\n"
            f"    at {service('sshd')}:") in done.stdout
    assert "    do: write 'required' there" in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    assert "sshd-key-alone" in done.stdout and "sshd-key-alone" not in quiet.stdout
    assert done.stdout.splitlines()[-1].startswith("1 error") and "1 error" not in quiet.stdout


def test_quiet_where_there_is_nothing(good):
    done = tool.run("doctor", "--quiet")
    if shelf.clock_is_kept_right():
        tool.says(done)
    else:
        assert "clock-unsynchronised" in done.stdout and done.returncode == WARNINGS


def test_before_anything_is_set_up(good):
    """No service asks for a code: that is said, and nothing is called an error for it."""
    with shelf.kept(PAM):
        for path in PAM.iterdir():
            path.write_text("".join(line for line in path.read_text().splitlines(True) if "pam_twostep.so" not in line))
        found, status = doctor()
    assert [one["check"] for one in new(found)] == ["pam-nowhere"] and status == WARNINGS


@pytest.mark.parametrize("text", ["KbdInteractiveAuthentication no\n", shelf.GOOD_SSHD + "Match User bob\n  "
                                  "KbdInteractiveAuthentication no\n"], ids=["for all", "for some"])
def test_where_sshd_does_not_answer(good, text):
    """It will not without a host key. Its files are read then."""
    with shelf.kept(Path("/etc/ssh")):
        for key in Path("/etc/ssh").glob("ssh_host_*"):
            key.unlink()
        shelf.SSHD.write_text(text)
        checks = {one["check"] for one in new(doctor()[0])}
    assert checks == {"sshd-keyboard-off"} | ({"sshd-password-on"} if "Match" not in text else set())


def test_not_root():
    done = tool.run("doctor", prefix=["setpriv", "--reuid=bob", "--regid=bob", "--init-groups"])
    tool.fails(done, tool.EX_NOPERM, "only root", "sudo")


def test_every_check_of_the_shelf_is_documented():
    document = (Path(__file__).parents[2] / "docs/doctor.md").read_text()
    for _, check, _ in SHELF.values():
        assert f"\n| `{check}` |" in document

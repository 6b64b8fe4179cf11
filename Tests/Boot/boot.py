"""What is tried in the booted machine, in the order in which it is told. Begun by scripts/boot-test."""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "EndToEnd"))

from oath import Token
from vm import Machine

PASSWORD = "correct horse"
ASKED = "Verification code: "
SU = "su alice -c 'id -un'"
LOCKER = "pamtester i3lock {} authenticate"
BOTH = "Password and verification code: "


class Report:
    """One line for each thing that was looked at."""

    def __init__(self):
        self.passed = self.failed = 0
        self._began = time.monotonic()

    def chapter(self, title):
        print(f"\n{title} ({time.monotonic() - self._began:.0f} s)", flush=True)

    def check(self, what, holds, seen=""):
        self.passed, self.failed = self.passed + bool(holds), self.failed + (not holds)
        print(f"  {'ok' if holds else 'FAILED'}: {what}" + (f": {seen}" if seen != "" else ""), flush=True)

    def note(self, text):
        print("".join(f"    {line}\n" for line in text.splitlines()), end="", flush=True)


class Story:
    """The machine, alice who is enrolled there, and carol who becomes her by su."""

    def __init__(self, machine, report):
        self.machine, self.report, self.check = machine, report, report.check
        self._last_step = 0

    def boot(self):
        self.machine.start()
        self.come_up()

    def come_up(self):
        self.root = self.machine.root.log_in("root", "console")
        self.carol = self.machine.user.log_in("carol", PASSWORD)
        state, _ = self.root.run("systemctl is-system-running --wait")
        self.check("the machine is up", state == "running", state)
        if state != "running":
            self.report.note(self.root.run("systemctl --failed --no-legend; systemctl list-jobs")[0])

    def fresh(self):
        """A code of alice's that has not been used."""
        while int(time.time()) // 30 <= self._last_step:
            time.sleep(0.2)
        self._last_step = int(time.time()) // 30
        return self.token.code()

    def su(self, code):
        """Whether carol becomes alice."""
        return self.is_in(self.carol.begin(SU, "Password: ", PASSWORD, ASKED, code))

    def is_in(self, console):
        """Whether the `su` that has begun there ends well; what stands before its last line is a remark."""
        shown, status = console.ended()
        return status == 0 and shown.splitlines()[-1:] == ["alice"]

    def events(self):
        """The decisions that the service has logged, by the journal's account of which unit it was."""
        text, _ = self.root.run("journalctl --sync; journalctl -b -o cat -u 'twostepd@*' | grep event= | cat")
        return text.splitlines()

    def last(self, *words):
        """Whether the last decision has all these words; shows it."""
        line = (self.events() or ["nothing in the journal of twostepd@*"])[-1]
        self.check("the journal of twostepd@.service", all(word in line for word in words), line)

    # --- chapters -------------------------------------------------------------------------------

    def install(self):
        self.report.note(self.root.run(
            "uname -r; systemctl --version | head -1; dpkg-query -W libpam-modules util-linux sudo; twostepd --version")[0])
        _, status = self.root.run("twostep init")
        self.check("twostep init", status == 0)
        said, _ = self.root.run("twostep enroll alice --provision --json")
        enrolment = json.loads(said)
        self.token, self.backup_codes = Token(enrolment["secret"]), enrolment["backupCodes"]
        _, status = self.root.run("systemctl enable --now twostepd.socket")
        self.check("systemctl enable --now twostepd.socket", status == 0)
        seen, _ = self.root.run("stat -c '%A %U' /run/twostep/socket; pidof twostepd")
        self.check("it listens, and no process of ours runs", seen == "srw-rw-rw- root", seen)

    def logins(self):
        self.check("su with a wrong code fails", not self.su(self.token.wrong()))
        self.last("su:auth", "reason=wrong-code", "caller=")
        code = self.fresh()
        self.check("su with a right code works", self.su(code))
        self.last("su:auth", "event=accepted method=totp", "caller=")
        self.check("su with the same code fails", not self.su(code))
        self.last("reason=already-used")
        shown, _ = self.root.begin("runuser -u alice -- sudo -k id -un", "password for alice: ", PASSWORD, ASKED,
                                   self.backup_codes.pop()).ended()
        self.check("sudo with a backup code works", shown == "root", shown)
        self.last("sudo:auth", "method=backup-code")
        seen, _ = self.root.run("sleep 0.5; systemctl list-units --all --no-legend 'twostepd@*' | wc -l")
        self.check("no unit is left behind", seen == "0", seen)

    def lockers(self):
        """An ordinary program of one's own, which asks once."""
        for user, whom, works in (("bob", "alice", False), ("alice", "alice", True)):
            # Whoever may not ask is not asked by us, and by the next module for the password.
            asked = (BOTH, PASSWORD + self.backup_codes.pop()) if works else ("Password: ", PASSWORD)
            shown, status = self.root.begin(f"runuser -u {user} -- {LOCKER.format(whom)}", *asked).ended()
            self.check(f"{user}'s locker asking about {whom} {'unlocks' if works else 'is refused'}",
                       (status == 0) == works, shown.splitlines()[-1])
            self.last("i3lock:auth", *(["event=accepted"] if works else ["reason=not-permitted"]))

    def confinement(self):
        figure, _ = self.root.run("systemd-analyze security twostepd@x.service | tail -1")
        self.check("systemd-analyze security", "OK" in figure or "SAFE" in figure, figure)
        self.carol.begin(SU, "Password: ", PASSWORD, ASKED)
        seen, _ = self.root.run("P=$(pidof twostepd); grep -E '^(Uid|Cap(Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp):' "
                                "/proc/$P/status; grep -c : /proc/$P/net/dev; cut -d: -f3 /proc/$P/cgroup")
        self.report.note(seen)
        self.check("no network but its own loopback", "\n1\n" in seen)
        self.check("no capability at the prompt", all(f"Cap{kind}:\t0000000000000000" in seen for kind in (
            "Prm", "Eff", "Amb")))
        self.check("system calls are filtered, privileges are not gained", "Seccomp:\t2" in seen and "NoNewPrivs:\t1" in seen)
        self.carol.answer(self.backup_codes.pop())
        self.check("and the login goes on from there", self.is_in(self.carol))

    def stopped_client(self):
        self.carol.begin(SU, "Password: ", PASSWORD, ASKED)
        self.root.run("kill -STOP $(pidof su)")
        _, status = self.root.begin(f"runuser -u alice -- {LOCKER.format('alice')}", BOTH,
                                    PASSWORD + self.backup_codes.pop()).ended()
        self.check("while carol's su is stopped at its prompt, others get in", status == 0)
        self.root.run("kill -CONT $(pidof su)")
        self.carol.answer(self.backup_codes.pop())
        self.check("and when it goes on, so does its login", self.is_in(self.carol))

    def killed_service(self):
        self.carol.begin(SU, "Password: ", PASSWORD, ASKED)
        _, status = self.root.run("systemctl kill -s KILL 'twostepd@*.service'")
        code = self.fresh()
        self.carol.answer(code)
        shown, su_status = self.carol.ended()
        self.check("killed at the prompt, nobody is let in", status == 0 and su_status != 0, shown.splitlines()[-1])
        text, _ = self.root.run("journalctl --sync; journalctl -b -o cat -t su | grep event= | tail -1")
        self.check("su's own line says why", "reason=service-failed" in text, text)
        self.check("the next attempt works, with the same code", self.su(code))

    def stopped_socket(self):
        self.root.run("systemctl stop twostepd.socket")
        self.check("without the socket su judges itself", self.su(self.backup_codes.pop()))
        _, status = self.root.begin(f"runuser -u alice -- {LOCKER.format('alice')}", BOTH, PASSWORD + "000000").ended()
        text, _ = self.root.run("journalctl --sync; journalctl -b -o cat -t pamtester | grep event= | tail -1")
        self.check("a locker cannot, and says why", status != 0 and "reason=service-missing" in text, text)
        self.root.run("systemctl start twostepd.socket")

    def enable_in_pam(self, minutes):
        """A service file of its own gets our line, until a login confirms it."""
        _, status = self.root.run(f"twostep pam enable vault --yes --minutes {minutes}")
        seen, _ = self.root.run("grep -c pam_twostep.so /etc/pam.d/vault; systemctl is-active twostep-pam-rollback.timer")
        self.check("twostep pam enable changes the file and starts the timer", status == 0 and seen == "1\nactive", seen)

    def is_as_before(self):
        return self.root.run("cmp /etc/pam.d/vault /root/vault")[1] == 0

    def last_of_pam(self, boots="-b"):
        text, _ = self.root.run(f"journalctl --sync; journalctl {boots} -o cat | grep event=pam- | tail -1")
        self.check("the journal", "event=pam-rolled-back service=vault" in text, text)

    def unconfirmed(self):
        self.root.run("printf '@include common-auth\\n@include common-account\\n' >/etc/pam.d/vault; cp /etc/pam.d/vault /root")
        self.enable_in_pam(0.2)
        deadline = time.monotonic() + 300
        while not self.is_as_before() and time.monotonic() < deadline:
            time.sleep(1)
        self.check("the timer has the change taken back", self.is_as_before())
        self.last_of_pam()
        state, _ = self.root.run("sleep 1; systemctl is-active twostep-pam-rollback.timer")
        self.check("and stops", state == "inactive", state)

    def recovered(self):
        """Alice has a session at the second console; somebody gets back in as her by an administrator's code."""
        _, status = self.root.run("systemctl enable --now twostep-notify.socket twostep-notify.service")
        self.check("systemctl enable --now twostep-notify", status == 0)
        self.root.run("printf 'auth requisite pam_unix.so\\nauth required pam_twostep.so\\n' >/etc/pam.d/way-back")
        self.carol.send("exit")
        self.carol.log_in("alice", PASSWORD)
        seen, _ = self.root.run("loginctl --no-legend list-sessions | grep -c alice")
        self.check("logind knows alice's session", seen == "1", seen)
        code = json.loads(self.root.run("twostep recover alice --reason 'lost phone' --json")[0])["code"]
        self.root.begin("pamtester way-back alice authenticate", "Password: ", PASSWORD, ASKED, code)
        self.root.expect("you must set up a second step")
        # Ended before the new key is shown; whoever sat there is asked for a name again.
        self.carol.expect("login: ")
        self.root.expect("the app shows now")
        self.root.answer("\x04")
        self.root.ended()
        text, _ = self.root.run("journalctl --sync; journalctl -b -o cat | grep -E 'event=(recovered|sessions-)' | cat")
        self.check("the journal", "event=recovered" in text and "event=sessions-ended" in text, text)
        seen, _ = self.root.run("loginctl --no-legend list-sessions | grep -c alice")
        self.check("and logind knows none any more", seen == "0", seen)
        figure, _ = self.root.run("systemd-analyze security twostep-notify.service | tail -1")
        self.report.note(figure)
        _, status = self.root.run("twostep enroll alice --provision --json >/root/alice")
        self.check("root enrols her anew", status == 0)

    def reboots(self):
        self.enable_in_pam(30)
        wrong = self.token.wrong(5)
        for code in wrong[:3]:
            self.su(code)
        self.last("reason=wrong-code")
        self.root.send("systemctl reboot")
        self.report.chapter("Rebooted after three wrong codes of the five that close the door")
        self.come_up()
        seen, _ = self.root.run("systemctl is-active twostepd.socket")
        self.check("the socket is there without help", seen == "active", seen)
        self.check("the unconfirmed change to PAM was taken back at boot", self.is_as_before())
        self.last_of_pam()
        seen, _ = self.root.run("systemctl is-active twostep-pam-rollback.timer; ls /etc/twostep/pam")
        self.check("and nothing of it is left", seen == "inactive", seen)
        for code in wrong[3:]:
            self.su(code)
        self.check("two more, and a right code is refused", not self.su(self.fresh()))
        self.last("reason=locked")
        self.machine.cut_power()
        self.report.chapter("The power was cut right after that answer")
        self.boot()
        self.check("a right code is refused still", not self.su(self.fresh()))
        self.last("reason=locked")
        self.check("a backup code gets in", self.su(self.backup_codes.pop()))
        self.last("method=backup-code")
        text, _ = self.root.run("twostep status alice")
        self.report.note(text)


def main(kernel, initrd, disk):
    report = Report()
    machine = Machine(kernel, initrd, disk)
    story = Story(machine, report)
    try:
        for title, part in ((f"Boot, {'with' if machine.fast else 'without'} KVM", story.boot), ("Install", story.install),
                            ("Logins", story.logins), ("Programs that are not root", story.lockers),
                            ("Confinement", story.confinement), ("A stopped client", story.stopped_client),
                            ("A killed service", story.killed_service), ("No service", story.stopped_socket),
                            ("An unconfirmed change to PAM", story.unconfirmed), ("What survives", story.reboots),
                            ("Somebody gets back in", story.recovered)):
            report.chapter(title)
            part()
    finally:
        machine.remove()
    print(f"\n{report.passed} passed, {report.failed} failed")
    return 0 if report.failed == 0 else 1


sys.exit(main(*sys.argv[1:]))

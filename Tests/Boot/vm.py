"""A virtual machine (qemu) with two serial consoles, and a shell on each."""

import os
import re
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from pexpect import fdpexpect

# In some virtual machines /dev/kvm is there and cannot run a kernel.
_KVM, _EMULATED = ["-accel", "kvm", "-cpu", "host,arch-capabilities=off"], ["-accel", "tcg,thread=multi", "-cpu", "max"]


class Machine:
    """`disk` is changed. One console, `root`, is for root, the other one, `user`, for whoever logs in there. What came on
    both is in the file `transcript` beside the disk."""

    def __init__(self, kernel, initrd, disk):
        self._boots = ["-kernel", kernel, "-initrd", initrd, "-m", "1024", "-smp", "2", "-nodefaults", "-display", "none"]
        self._disk = disk
        self._transcript = open(Path(disk).with_name("transcript"), "w", encoding="utf-8")
        self.fast = self._runs_under_kvm()
        self._folder = Path(tempfile.mkdtemp(prefix="twostep-boot."))
        self._process = None

    def _runs_under_kvm(self):
        """Whether the kernel says a word within ten seconds."""
        if not os.access("/dev/kvm", os.R_OK | os.W_OK):
            return False
        trial = ["timeout", "10", "qemu-system-x86_64", *_KVM, *self._boots, "-serial", "stdio", "-no-reboot",
                 "-append", "console=ttyS0 panic=-1 root=/dev/none"]
        with subprocess.Popen(trial, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as running:
            spoke = any(b"Linux version" in line for line in running.stdout)
            running.terminate()
        return spoke

    def start(self):
        """Powers it on."""
        sockets = [self._folder / f"serial-{number}" for number in range(2)]
        serial = [word for path in sockets
                  for word in ("-serial", f"unix:{path},server=on,wait=off")]
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", *(_KVM if self.fast else _EMULATED), *self._boots, *serial,
             "-append", "root=/dev/vda rw console=ttyS0 quiet", "-drive", f"file={self._disk},if=virtio,format=raw",
             "-device", "virtio-rng-pci"], stdin=subprocess.DEVNULL)
        self.root, self.user = (Console(path, 60 if self.fast else 600, self._transcript) for path in sockets)
        return self

    def cut_power(self):
        """What the machine has not written to its disk is gone."""
        self._process.kill()
        self._process.wait()

    def is_running(self):
        return self._process is not None and self._process.poll() is None

    def remove(self):
        if self.is_running():
            self.cut_power()
        self._transcript.close()
        subprocess.run(["rm", "-rf", self._folder], check=True)


class Console:
    """One serial line: somebody logs in there and types."""

    def __init__(self, path, patience, transcript):
        self._socket = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + 20
        while True:
            try:
                self._socket.connect(str(path))
                break
            except (FileNotFoundError, ConnectionRefusedError):
                assert time.monotonic() < deadline, "qemu offers no serial line"
                time.sleep(0.05)
        self._line = fdpexpect.fdspawn(self._socket.fileno(), encoding="utf-8", codec_errors="replace",
                                       timeout=patience)
        self._line.logfile_read = transcript

    def log_in(self, user, password):
        """Waits for the machine to ask who is there. From then on nothing typed is echoed."""
        self.expect("login: ").send(user).expect("Password: ").send(password)
        self._line.expect(r"[#$] ")
        self.send("export SYSTEMD_PAGER= SYSTEMD_COLORS=0 PS1=; stty -echo cols 300; exec bash --norc --noediting")
        # No job control: a program that is stopped stays in front.
        self.send("PS1=; set +m; echo ready-$((40+2))").expect("ready-42\r\n")
        return self

    def send(self, text):
        self._line.send(text + "\n")
        return self

    def expect(self, text):
        self._line.expect_exact(text)
        return self

    def run(self, command):
        """The output and the exit status of a command that asks nothing."""
        return self.begin(command).ended()

    def begin(self, command, *exchange):
        """Begins a command and answers what it asks: pairs of question and answer. A last question may have no answer:
        then the command waits for `answer`. The line that tells its end is given to the shell with it: what is typed
        ahead, a program that turns the echo off throws away."""
        self.send(f'{command}; echo "=$?="')
        for question, answer in zip(exchange[::2], [*exchange[1::2], None]):
            self.expect(question)
            if answer is not None:
                self.answer(answer)
        return self

    def answer(self, text):
        time.sleep(0.2)     # the program has asked, and now turns the echo off
        return self.send(text)

    def ended(self):
        """Waits for the command to end that has begun; its output since then and its exit status."""
        self._line.expect(r"=(\d+)=\r\n")
        output = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self._line.before).replace("\r\n", "\n").replace("\r", "")
        return output.strip("\n"), int(self._line.match[1])

"""The machine's own sshd on a loopback port of the sandbox, and its own client."""

import socket
import subprocess
import time

from terminal import Terminal

SSHD = "/usr/sbin/sshd"


class SshServer:
    """sshd with the settings that pam.d/sshd asks for, and nothing else of this machine's.

    The PAM service is named as the program is called: `service` is a link to sshd for names of a test's own.
    """

    def __init__(self, folder, *settings, service="sshd"):
        self.folder = folder
        program = SSHD
        if service != "sshd":
            program = folder / service
            program.symlink_to(SSHD)
        self.port = _free_port()
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "host_key"],
                       check=True)
        public = (folder / "host_key.pub").read_text()
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {public}")
        (folder / "sshd_config").write_text("\n".join([
            # Of two settings the first counts. PORT in one is this server's.
            *(setting.replace("PORT", str(self.port)) for setting in settings),
            f"ListenAddress 127.0.0.1:{self.port}",
            f"HostKey {folder}/host_key",
            "PidFile none",
            "UsePAM yes",
            "KbdInteractiveAuthentication yes",
            "PasswordAuthentication no",
            "PubkeyAuthentication no",
            "PrintMotd no", ""]))
        self._process = subprocess.Popen(
            [program, "-D", "-f", folder / "sshd_config"], stdin=subprocess.DEVNULL)
        self._wait_until_it_listens()

    def _wait_until_it_listens(self):
        for _ in range(200):
            assert self._process.poll() is None, "sshd ended; the log says why"
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.02)
        raise AssertionError("sshd does not listen")

    def login(self, user, *options, command="echo in as $(id -un)"):
        """The ssh client as `user` would start it: one attempt, on a terminal."""
        return Terminal([
            "ssh", "-F", "none", "-tt", "-p", self.port,
            *options,       # of two settings the first counts
            "-o", f"UserKnownHostsFile={self.folder}/known_hosts",
            "-o", "StrictHostKeyChecking=yes",
            "-o", "NumberOfPasswordPrompts=1",
            f"{user}@127.0.0.1", command])

    @property
    def pid(self):
        """The process that listens."""
        return self._process.pid

    def stop(self):
        self._process.terminate()
        self._process.wait()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

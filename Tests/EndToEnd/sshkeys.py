"""Keys of people who log in by SSH, security keys among them: OpenSSH's own stand-in for one needs no device."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

# Of Debian's package openssh-tests.
PROVIDER = "/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so"


@dataclass
class Key:
    """A key pair; `public` is its public half as OpenSSH writes it, without the comment."""
    path: Path
    public: str

    def options(self):
        """What ssh is told to log in with this key alone."""
        return ["-o", "PubkeyAuthentication=yes", "-o", "IdentitiesOnly=yes", "-o", f"SecurityKeyProvider={PROVIDER}",
                "-i", self.path]


def make(folder, kind, *options):
    """A new key; `kind` as ssh-keygen -t names it."""
    path = folder / f"{kind}-{len(list(folder.glob(kind + '-*.pub')))}"
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "somebody", "-f", path, *options], check=True,
                   env={**os.environ, "SSH_SK_PROVIDER": PROVIDER}, stdin=subprocess.DEVNULL, timeout=20)
    return Key(path, " ".join(path.with_suffix(".pub").read_text().split()[:2]))


def certify(folder, authority, key, name):
    """Has `authority` sign a certificate for the key, beside its public half, where ssh finds it."""
    subprocess.run(["ssh-keygen", "-q", "-s", authority.path, "-I", "test", "-n", name, key.path.with_suffix(".pub")],
                   check=True, timeout=20)

"""An installation of Twostep of a test's own: configuration, key, store, people."""

import contextlib
import hashlib
import json
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import oath
import pamstack

TOOL = "/usr/local/sbin/twostep"
MODULE = "pam_twostep.so"


@dataclass
class Enrolment:
    """What `enroll --provision` printed: what the person has from then on."""
    user: str
    uri: str
    secret: str
    backup_codes: list
    token: oath.Token = field(init=False)

    def __post_init__(self):
        said = {name: values[0] for name, values in parse_qs(urlsplit(self.uri).query).items()}
        self.token = oath.Token(self.secret, said.get("algorithm", "SHA1"),
                                int(said.get("digits", 6)), int(said.get("period", 30)))


class World:
    """An installation under `folder`, or the machine's default one.

    Settings are written to the configuration before `twostep init` sees it; each
    may be overridden by name: World(folder, required="none", deny=3). One backup
    code instead of ten, at the lowest cost, since hashing them takes most of the time;
    `backup_codes=2` where a test uses more.
    """

    def __init__(self, folder, **settings):
        self.folder = Path(folder)
        self.config = self.folder / "twostep.conf"
        self.settings = {"store": self.folder / "store", "key": self.folder / "key",
                         "bcrypt_cost": 10, "backup_codes": 1, **settings}
        self.key, self.store = Path(self.settings["key"]), Path(self.settings["store"])
        self.configure()
        # A key that is another installation's: twostep takes that for a lost store unless told.
        self.twostep("init", *(["--new-store"] if self.key.exists() else []))

    @property
    def marker(self):
        return self.store / "marker"

    @property
    def index(self):
        return self.store / "index"

    @property
    def users(self):
        return self.store / "users"

    @property
    def decoys(self):
        """The records of nobody (docs/architecture.md): whoever has none is judged on one of these."""
        return sorted(self.users.glob("decoy-*"))

    def record(self, uid):
        return self.users / str(uid)

    def record_of(self, user):
        return self.record(pwd.getpwnam(user).pw_uid)

    def configure(self, **changes):
        """Writes the configuration, with `changes` to the settings; None removes one."""
        self.settings.update(changes)
        self.config.write_text("".join(
            f"{name} = {value}\n" for name, value in self.settings.items() if value is not None))
        os.chmod(self.config, 0o644)

    def run(self, *arguments, input=None, env=None, config=True):
        """The tool with these arguments, whatever comes of it."""
        choice = ["--config", str(self.config)] if config else []
        return subprocess.run([TOOL, *map(str, arguments), *choice], capture_output=True,
                              text=True, input=input if input is not None else "", env=env,
                              timeout=60)

    def twostep(self, *arguments, **options):
        """The tool with these arguments, which must succeed; what it printed."""
        done = self.run(*arguments, **options)
        assert done.returncode == 0, \
            f"twostep {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stderr}"
        return done.stdout

    def enrol(self, user, *options):
        """Enrols without questions."""
        said = json.loads(self.twostep("enroll", user, "--provision", "--json", *options))
        return Enrolment(said["user"], said["uri"], said["secret"], said["backupCodes"])

    def register(self, user, public_key, label):
        """Registers a security key: its public half as OpenSSH writes it."""
        self.twostep("token", "add", user, "--ssh-key", public_key, "--label", label)

    def stack(self, *arguments, before=(), after=()):
        """A service file with our module, under this configuration, between other lines."""
        words = " ".join(["auth required", MODULE, f"config={self.config}", *arguments])
        return pamstack.Stack(self.folder / "pam.d").write(*before, words, *after)

    def login(self, user, code, *arguments, **options):
        """One authentication in which nothing but the code is asked."""
        return self.stack(*arguments).authenticate(user, pamstack.code_for(code), **options)

    def tree(self):
        """Everything about every file that nobody should have changed: a description to compare."""
        return tree(self.folder, skip=self.folder / "pam.d")

    def changed_since(self, before):
        """The paths at which something is different from what `tree` described."""
        after = self.tree()
        return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


class Machine(World):
    """The machine's default installation, the one that the service files mean."""

    def __init__(self):
        folder = Path("/etc/twostep")
        folder.mkdir(mode=0o755)
        super().__init__(folder, store=Path("/var/lib/twostep"), backup_codes=10)

    @contextlib.contextmanager
    def put_back(self):
        """Settings and records are afterwards as they were; the files are the same, for the records' sake."""
        settings, records = dict(self.settings), {path: path.read_bytes() for path in self.users.iterdir()}
        yield self
        for path, content in records.items():
            path.write_bytes(content)
        self.settings = settings
        self.configure()

    def remove(self):
        shutil.rmtree(self.folder)
        for path in self.store.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def tree(folder, skip=None):
    """Path, type, mode, owner, links, times of change and content of each thing under `folder`."""
    found = {}
    for path in sorted([folder, *folder.rglob("*")]):
        if skip and (path == skip or skip in path.parents):
            continue
        status = path.lstat()
        content = None
        if path.is_symlink():
            content = os.readlink(path)
        elif path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        found[str(path)] = (oct(status.st_mode), status.st_uid, status.st_gid)
        if not path.is_dir():
            found[str(path)] += (status.st_nlink, status.st_size, status.st_mtime_ns, content)
    return found

"""Files of the programs that people move from, written by those programs, and what `import` says of them."""

import base64
import json
import os
import pwd
import secrets
import subprocess
from pathlib import Path

import oath
from pamstack import CODE_PROMPT, Stack
from script import Ask


def google_authenticator(path, *options, owner="alice"):
    """A file that the real program has written, with these options; the token that is in it."""
    path = Path(path)
    subprocess.run(["google-authenticator", "-q", "-f", "-C", *map(str, options), "-s", path],
                   check=True, input="", text=True, stdout=subprocess.DEVNULL, timeout=60)
    give(path, owner)
    return oath.Token(path.read_text().splitlines()[0])


def give(path, owner, mode=0o600):
    """Makes a file its owner's alone, as pam_google_authenticator asks."""
    entry = pwd.getpwnam(owner)
    os.chmod(path, mode)
    os.chown(path, entry.pw_uid, entry.pw_gid)


def home(user):
    return Path(pwd.getpwnam(user).pw_dir)


def google_login(folder, path, user, code, later=0):
    """One login through the real pam_google_authenticator, `later` seconds from now; whether it let the user in."""
    stack = Stack(folder / "pam.d", "google").write(
        f"auth required pam_google_authenticator.so secret={path}")
    return stack.authenticate(user, [Ask(CODE_PROMPT, code)], clean=False,
                              later=later).code == "PAM_SUCCESS"


def oath_login(folder, path, user, code, digits=6, window=5):
    """The same through the real pam_oath."""
    stack = Stack(folder / "pam.d", "oath").write(
        f"auth required pam_oath.so usersfile={path} window={window} digits={digits}")
    script = [Ask(f"One-time password (OATH) for `{user}': ", code)]
    return stack.authenticate(user, script, clean=False).code == "PAM_SUCCESS"


class Seed:
    """A key of a users.oath file."""

    def __init__(self, digits=6, period=30, size=20):
        raw = secrets.token_bytes(size)
        self.hex = raw.hex()
        self.token = oath.Token(base64.b32encode(raw).decode().rstrip("="), digits=digits, period=period)


def users_file(path, *lines):
    """A users.oath file."""
    path = Path(path)
    path.write_text("".join(line + "\n" for line in lines))
    os.chmod(path, 0o600)
    return path


def report(world, *arguments, status=0, **options):
    """What `import … --json` says."""
    done = world.run("import", *arguments, "--json", **options)
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout)


def only(said):
    """The one user of a report."""
    assert len(said["users"]) == 1, said
    return said["users"][0]


def names(lines):
    return [line["name"] for line in lines]

"""Unix users of the sandbox."""

import pwd
import subprocess

PASSWORD = "correct horse"
EVERYBODY = ("alice", "bob", "carol", "dave")


def add(name, password=PASSWORD, uid=None):
    """Makes a user with a home folder and a password; their uid."""
    number = ["--uid", str(uid)] if uid is not None else []
    subprocess.run(["useradd", "--create-home", "--shell", "/bin/bash", *number, name], check=True)
    # A quick hash: the password's strength is not what is tested here.
    subprocess.run(["chpasswd", "--crypt-method", "SHA512", "--sha-rounds", "1000"],
                   input=f"{name}:{password}\n", text=True, check=True)
    return pwd.getpwnam(name).pw_uid


def remove(name):
    subprocess.run(["userdel", "--remove", name], check=True, stderr=subprocess.DEVNULL)

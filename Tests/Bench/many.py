#!/usr/bin/python3
"""How long the commands about everybody take at a site of many users.

    scripts/sandbox /usr/bin/python3 Tests/Bench/many.py [NUMBER [--rotate]]

Makes accounts and a store with a record for each (by docs/file-format.md, not by our code), and runs `list`,
`list --json` and, if asked, `key rotate`. Say the machine with the figures.
"""

import hmac
import os
import resource
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOOL = "/usr/local/sbin/twostep"
PLACE = Path("/var/lib/twostep-many")
FIRST = 200_000


def expand(master, info):
    return hmac.digest(master, info + b"\x01", "sha256")


def sealed(master, label, associated, text):
    salt = os.urandom(32)
    return salt + AESGCM(expand(master, label + salt)).encrypt(bytes(12), text, associated)


def plaintext():
    """A record with one token and no backup codes, used an hour ago."""
    now = int(time.time())
    pause = struct.pack(">QIQ", 0, 0, 0)
    purse = struct.pack(">I", 0) + pause
    share = struct.pack(">QQ", 2000 * 86_400, now) + pause + pause
    token = (struct.pack(">IBBBBbbQQQ", 1, 1, 1, 6, 30, 0, 0, now // 30 - 100, now - 9000, now - 3600)
             + b"\x03app" + b"\x14" + os.urandom(20))
    text = struct.pack(">HBBQQ", VERSION, 2, 1, now - 9000, now - 9000) + purse + share + share + b"\0" \
        + b"\x01" + token + b"\0" + b"\0"
    return text.ljust(4032, b"\0")


def record(master, identity, uid, name):
    file = b"twostep\0" + struct.pack(">HI", 1, 4096)
    number = os.urandom(16)
    file = (file + number).ljust(4096, b"\0")
    text = plaintext()
    for slot in (0, 1):
        associated = struct.pack(">H16sBQ8sIH", 1, number, slot, slot + 1, identity, uid, len(name)) + name
        file += struct.pack(">Q", slot + 1) + identity + sealed(master, b"twostep record v1", associated, text)
    return file


def timed(what, *command, rounds=3):
    best, lines, work = 1e9, 0, 1e9
    for _ in range(rounds):
        began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([TOOL, *command, "--config", PLACE / "conf"], capture_output=True, check=False)
        best, lines = min(best, time.monotonic() - began), done.stdout.count(b"\n")
        assert done.returncode == 0, done.stderr[-400:]
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        work = min(work, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"{what}: {best:.2f} s ({work:.2f} s of the processor), {lines} lines, at most {most} MiB", flush=True)


def main():
    global VERSION
    VERSION = 3
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    PLACE.mkdir(mode=0o755)
    try:
        (PLACE / "conf").write_text(f"store = {PLACE}/store\nkey = {PLACE}/key\nbackup_codes = 0\n")
        subprocess.run([TOOL, "init", "--config", PLACE / "conf"], check=True, capture_output=True)
        uids = range(FIRST, FIRST + count)
        with open("/etc/passwd", "a") as accounts:
            accounts.writelines(f"many{uid}:x:{uid}:{uid}::/nonexistent:/bin/false\n" for uid in uids)
        master = (PLACE / "key").read_bytes()
        identity = expand(master, b"twostep key id v1")[:8]
        marker = (PLACE / "store/marker").read_bytes()
        head = marker[:18]
        key = expand(master, b"twostep marker v1" + marker[18:50])
        store = AESGCM(key).decrypt(bytes(12), marker[50:], head)
        for uid in uids:
            path = PLACE / f"store/users/{uid}"
            path.write_bytes(record(master, identity, uid, f"many{uid}".encode()))
            path.chmod(0o600)
        head = b"2stepIDX" + struct.pack(">H", 1) + identity
        index = struct.pack(f">I{count}I", count, *uids)
        (PLACE / "store/index").write_bytes(head + sealed(master, b"twostep index v1", head + store, index))
        print(f"{count} users", flush=True)
        timed("list", "list")
        timed("list --json", "list", "--json")
        if "--rotate" in sys.argv:
            timed("key rotate", "key", "rotate", rounds=1)
    finally:
        shutil.rmtree(PLACE)


if __name__ == "__main__":
    main()

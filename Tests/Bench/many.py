#!/usr/bin/python3
"""How long the commands about everybody take at a site of many users.

    scripts/sandbox /usr/bin/python3 Tests/Bench/many.py [NUMBER] [--rotate] [--site FOLDER] [--tool FILE]...

Makes accounts and a store with a record for each (by docs/file-format.md, not by our code), and runs `list`,
`list --json` and, if asked, `key rotate`. Say the machine with the figures.

`--site` makes the store in that folder, or takes the one that an earlier run left there, and leaves it. Each `--tool`
is a tool to measure beside the others, in turns, so that what else the machine does falls on all of them alike.
"""

import argparse
import hmac
import os
import resource
import shutil
import struct
import subprocess
import time
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOOL = "/usr/local/sbin/twostep"
FIRST = 200_000
VERSION = 4


def expand(master, info):
    return hmac.digest(master, info + b"\x01", "sha256")


def sealed(master, label, associated, text):
    salt = os.urandom(32)
    return salt + AESGCM(expand(master, label + salt)).encrypt(bytes(12), text, associated)


def plaintext(name):
    """The record of somebody at a site that has everything: a token, backup codes, known sources, mail and answers."""
    now = int(time.time())
    pause = struct.pack(">QIQ", 0, 0, 0)
    purse = struct.pack(">I", 0) + pause
    share = struct.pack(">QQ", 2000 * 86_400, now) + pause + pause
    sources = b"".join(struct.pack(">BQQ", 4, 0xC0000200 + number, now - 9000) + purse for number in range(2))
    token = (struct.pack(">IBBBBbbQQQ", 1, 1, 1, 6, 30, 0, 0, now // 30 - 100, now - 9000, now - 3600)
             + b"\x03app" + b"\x14" + os.urandom(20))
    setting = b"$2b$12$" + b"." * 22
    codes = b"\x0a" + setting + (b"." * 31 + struct.pack(">Q", 0)) * 10
    address = struct.pack(">Q", now - 9000) + name + b"@example.org"
    questions = [b"\x0dWhere to go?." + b"." * 31, b"\x0dWhat to eat?." + b"." * 31]
    answers = struct.pack(">Q", now - 9000) + setting + bytes([len(questions)]) + b"".join(questions)
    appendix = b"".join(struct.pack(">BH", tag, len(section)) + section for tag, section in ((3, address), (6, answers)))
    text = struct.pack(">HBBQQ", VERSION, 2, 1, now - 9000, now - 9000) + purse + share + share + b"\x02" + sources \
        + b"\x01" + token + codes + b"\0" + b"\0" + struct.pack(">H", len(appendix)) + appendix
    return text.ljust(4032, b"\0")


def record(master, identity, uid, name):
    file = b"twostep\0" + struct.pack(">HI", 1, 4096)
    number = os.urandom(16)
    file = (file + number).ljust(4096, b"\0")
    text = plaintext(name)
    for slot in (0, 1):
        associated = struct.pack(">H16sBQ8sIH", 1, number, slot, slot + 1, identity, uid, len(name)) + name
        file += struct.pack(">Q", slot + 1) + identity + sealed(master, b"twostep record v1", associated, text)
    return file


def used():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def timed(tools, place, *command, rounds=3, active=0):
    """The best of so many rounds, each of one run of every tool, which says of so many users that they are active."""
    best = {tool: (1e9, 1e9) for tool in tools}
    for _ in range(rounds):
        for tool in tools:
            began, before = time.monotonic(), used()
            done = subprocess.run([tool, *command, "--config", place / "conf"], capture_output=True, check=False)
            spent = time.monotonic() - began, used() - before
            assert done.returncode == 0, done.stderr[-400:]
            assert done.stdout.count(b"active") == active, done.stdout[:400]
            best[tool] = tuple(map(min, best[tool], spent))
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    for tool, (wall, work) in best.items():
        what = " ".join(command) + (f", {tool}" if len(tools) > 1 else "")
        print(f"{what}: {wall:.2f} s ({work:.2f} s of the processor), at most {most} MiB", flush=True)


def add_accounts(count):
    with open("/etc/passwd", "a") as accounts:
        accounts.writelines(f"many{uid}:x:{uid}:{uid}::/nonexistent:/bin/false\n"
                            for uid in range(FIRST, FIRST + count))


def build(place, count):
    """A store with a record for each of so many users."""
    (place / "conf").write_text(f"store = {place}/store\nkey = {place}/key\nbackup_codes = 0\n")
    subprocess.run([TOOL, "init", "--config", place / "conf"], check=True, capture_output=True)
    uids = range(FIRST, FIRST + count)
    master = (place / "key").read_bytes()
    identity = expand(master, b"twostep key id v1")[:8]
    marker = (place / "store/marker").read_bytes()
    head = marker[:18]
    key = expand(master, b"twostep marker v1" + marker[18:50])
    store = AESGCM(key).decrypt(bytes(12), marker[50:], head)
    for uid in uids:
        path = place / f"store/users/{uid}"
        path.write_bytes(record(master, identity, uid, f"many{uid}".encode()))
        path.chmod(0o600)
    head = b"2stepIDX" + struct.pack(">H", 1) + identity
    index = struct.pack(f">I{count}I", count, *uids)
    (place / "store/index").write_bytes(head + sealed(master, b"twostep index v1", head + store, index))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("number", nargs="?", type=int, default=100_000)
    parser.add_argument("--rotate", action="store_true")
    parser.add_argument("--site", type=Path)
    parser.add_argument("--tool", action="append")
    asked = parser.parse_args()
    tools = asked.tool or [TOOL]
    place = asked.site or Path("/var/lib/twostep-many")
    try:
        if not place.exists():
            place.mkdir(mode=0o755)
            build(place, asked.number)
        add_accounts(asked.number)
        print(f"{asked.number} users", flush=True)
        timed(tools, place, "list", active=asked.number)
        timed(tools, place, "list", "--json", active=asked.number)
        if asked.rotate:
            timed(tools[:1], place, "key", "rotate", rounds=1)
    finally:
        if not asked.site:
            shutil.rmtree(place)


if __name__ == "__main__":
    main()

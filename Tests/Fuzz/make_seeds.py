#!/usr/bin/python3
"""Writes the fuzzer's first inputs, whole dialogues and each frame, as Tests/EndToEnd/peer.py speaks the protocol.

    Tests/Fuzz/make_seeds.py FOLDER
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "EndToEnd"))
import peer  # noqa: E402  the path above leads to it

HEADER, HELLO, CLIENT, SERVICE, COMMAND, OWNERS_CLIENT, OWNERS_SERVICE = range(7)
FULL = peer.Hello(b"alice", 1000, 1, b"sudo", b"192.0.2.7", b"pts/9", [b"nullok", b"config=/etc/twostep/twostep.conf"],
                  session=b"0123-4567 1 2 3")
LONG = peer.Hello(b"a" * 1024, 0xffffffff, 0, b"b" * 1024, b"c" * 1024, b"", [b"x"] * 16)
QUESTIONS = [peer.frame(peer.FIRST_PASS), peer.frame(peer.SECRET_PROMPT, b"Verification code: "),
             peer.frame(peer.PROMPT, b"Password and verification code: "), peer.frame(peer.LEAVE, b"correct horse")]
ANSWERS = [peer.frame(peer.ANSWER), peer.frame(peer.ANSWER, b"123456"), peer.frame(peer.ANSWER, b"x" * 513),
           peer.frame(peer.NO_ANSWER)]
DOINGS = bytes([0, 1, 2, 3, 4, 128, 254])
KEY = "sk-ssh-ed25519@openssh.com AAAA comment"
# The table of docs/protocol.md, and what stands beside it.
COMMANDS = [words.split() for words in (
    "status --", "status --json -- alice", "enroll --", "enroll --label=phone -- alice", "backup-codes --",
    "backup-codes --json -- alice", "backup-codes --regenerate --", "token add --label=phone --", "token add --",
    "token remove --json -- alice phone", "token rename -- alice app phone", "token resync --json -- alice app",
    "disable --", "disable --json -- alice", "token", "help", "--help", "--version", "list --", "import uri --",
    "status --config=/etc/shadow --", "enroll --provision --json -- alice", "enroll --secret=AAAA --hotp --",
    "disable --override --reason=x --", "token add --ssh-key-file=/etc/shadow --", "--generate-completion-script bash",
    "---completion status -- x", "--experimental-dump-help", "status -- -- x", "token remove -- --json --")]
COMMANDS += [["token", "add", f"--ssh-key={KEY}", "--label=key", "--json", "--", "alice"], [""], ["x" * 1024] * 3,
             ["status", "--", "\u202ealice"], ["status", "--", "al\nice"], ["enroll", "--label=h\u00e9", "--"], ["--"] * 16]
# One of each, and of each the sizes around one frame: see ServedDesk.
SERVED = bytes(8 * size + doing for size in range(7) for doing in range(8))


def seeds():
    for kind, (low, high) in peer.SIZES.items():
        for size in (low, high):
            yield bytes([HEADER]) + peer.frame(kind, b"x" * size)[:3]
    for hello in (peer.Hello(b"alice"), FULL, LONG, peer.Hello(b"alice", version=2)):
        yield bytes([HELLO]) + hello.payload()
        yield bytes([SERVICE, len(DOINGS)]) + DOINGS + hello.frame() + b"".join(ANSWERS)
    yield bytes([HELLO]) + b"\xff".join([b"su", b"alice", b"host", b"tty", b"session", b"nullok"])
    for value in peer.VERDICTS:
        verdict = peer.frame(peer.VERDICT, bytes([value]))
        yield bytes([CLIENT, 0b11100100]) + peer.frame(peer.INFO, b"\0hello") + b"".join(QUESTIONS) + verdict
        yield bytes([CLIENT, 0b10101010]) + peer.frame(peer.INFO, b"\1oh") + b"".join(reversed(QUESTIONS)) + verdict
    for doing in DOINGS:
        for answer in ANSWERS:
            yield bytes([SERVICE, 2, doing, doing]) + FULL.frame() + answer + answer
    yield from owners()
    answered = peer.Hello(b"alice", flags=2)
    yield bytes([HELLO]) + answered.payload()
    yield bytes([SERVICE, len(DOINGS)]) + DOINGS + answered.frame() + b"".join(ANSWERS)


def owners():
    """Commands of owners: their words, what a service shows and asks, and what a client answers."""
    for words in COMMANDS:
        command = peer.command(*words)
        yield bytes([COMMAND]) + command[3:]
        yield bytes([COMMAND]) + "\0".join(words).encode()
        yield bytes([OWNERS_SERVICE, 4, 0, 3, 4, 5]) + command + b"".join(ANSWERS)
    shown = [peer.frame(peer.OUTPUT, bytes([kind]) + text) for kind in range(6)
             for text in (b"", b"shown\n", b"y" * 1024)]
    asked = [peer.frame(peer.PROMPT, b"First code: "), peer.frame(peer.SECRET_PROMPT, "Passw\u00f6rt: ".encode()),
             peer.frame(peer.PROMPT, b"\xff\xfe"), peer.frame(peer.SECRET_PROMPT, b"z" * 1024)]
    for status in (0, 1, 8, 64, 78, 255):
        verdict = peer.frame(peer.VERDICT, bytes([status]))
        yield bytes([OWNERS_CLIENT, 0b11100100, 254]) + b"".join(shown[3:15] + asked) + verdict
        yield bytes([OWNERS_CLIENT, 0b10101010, status]) + b"".join(asked + shown[3:9]) + verdict
    for frame in shown:
        yield bytes([OWNERS_CLIENT, 0, 1]) + frame + frame
    for start in range(0, len(SERVED), 8):
        some = SERVED[start:start + 8]
        yield (bytes([OWNERS_SERVICE, len(some)]) + some + peer.command("status", "--")
               + b"".join(ANSWERS))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds()):
        (folder / f"{number:03}").write_bytes(seed)

#!/usr/bin/python3
"""Writes the fuzzer's first inputs, whole dialogues and each frame, as Tests/EndToEnd/peer.py speaks the protocol.

    Tests/Fuzz/make_seeds.py FOLDER
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "EndToEnd"))
import peer  # noqa: E402  the path above leads to it

HEADER, HELLO, CLIENT, SERVICE = range(4)
FULL = peer.Hello(b"alice", 1000, 1, b"sudo", b"192.0.2.7", b"pts/9", [b"nullok", b"config=/etc/twostep/twostep.conf"])
LONG = peer.Hello(b"a" * 1024, 0xffffffff, 0, b"b" * 1024, b"c" * 1024, b"", [b"x"] * 16)
QUESTIONS = [peer.frame(peer.FIRST_PASS), peer.frame(peer.SECRET_PROMPT, b"Verification code: "),
             peer.frame(peer.PROMPT, b"Password and verification code: "), peer.frame(peer.LEAVE, b"correct horse")]
ANSWERS = [peer.frame(peer.ANSWER), peer.frame(peer.ANSWER, b"123456"), peer.frame(peer.ANSWER, b"x" * 513),
           peer.frame(peer.NO_ANSWER)]
DOINGS = bytes([0, 1, 2, 3, 4, 128, 254])


def seeds():
    for kind, (low, high) in peer.SIZES.items():
        for size in (low, high):
            yield bytes([HEADER]) + peer.frame(kind, b"x" * size)[:3]
    for hello in (peer.Hello(b"alice"), FULL, LONG, peer.Hello(b"alice", version=2)):
        yield bytes([HELLO]) + hello.payload()
        yield bytes([SERVICE, len(DOINGS)]) + DOINGS + hello.frame() + b"".join(ANSWERS)
    yield bytes([HELLO]) + b"\xff".join([b"su", b"alice", b"host", b"tty", b"nullok"])
    for value in peer.VERDICTS:
        verdict = peer.frame(peer.VERDICT, bytes([value]))
        yield bytes([CLIENT, 0b11100100]) + peer.frame(peer.INFO, b"\0hello") + b"".join(QUESTIONS) + verdict
        yield bytes([CLIENT, 0b10101010]) + peer.frame(peer.INFO, b"\1oh") + b"".join(reversed(QUESTIONS)) + verdict
    for doing in DOINGS:
        for answer in ANSWERS:
            yield bytes([SERVICE, 2, doing, doing]) + FULL.frame() + answer + answer


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds()):
        (folder / f"{number:03}").write_bytes(seed)

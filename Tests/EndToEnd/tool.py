"""What every command of the tool has in common: how it fails, and how its dialogues look."""

import base64
import json
import os
import pwd
import re
import struct
import subprocess
import sys
from pathlib import Path

import oath
from world import TOOL, Enrolment

sys.path.insert(0, str(Path(__file__).parents[1] / "Format"))
import read_record                                                          # noqa: E402

EX_USAGE, EX_DATAERR, EX_NOUSER, EX_UNAVAILABLE = 64, 65, 67, 69
EX_CANTCREAT, EX_IOERR, EX_NOPERM, EX_CONFIG = 73, 74, 77, 78
REFUSED = 1

SENTENCE = "I have saved these codes"
CODE_QUESTION = "2. Type the code that the app shows now (Enter: the key again): "
SENTENCE_QUESTION = f'   Type "{SENTENCE}" to finish: '


def fails(done, status, *words):
    """A clear error: this status, lines in the house's form, nothing on standard output."""
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines, "it failed without a word"
    for line in lines:
        assert line.startswith("twostep: ") and not line.endswith("."), done.stderr
    for word in words:
        assert str(word) in done.stderr, done.stderr


def run(*arguments, prefix=(), **options):
    """The tool with exactly these arguments."""
    return subprocess.run([*prefix, TOOL, *map(str, arguments)], capture_output=True,
                          text=True, timeout=60, **{"input": "", **options})


def says(done, *lines):
    """It succeeded, with exactly these lines on standard output and none on standard error."""
    assert (done.returncode, done.stderr) == (0, ""), (done.returncode, done.stdout, done.stderr)
    assert done.stdout.splitlines() == list(lines)


def fails_with(done, status, *lines):
    """It failed with this status and exactly these lines."""
    fails(done, status)
    assert done.stderr.splitlines() == [f"twostep: {line}" for line in lines]


def unheard(world, *arguments, **options):
    """The tool where standard output cannot be written; its exit status and standard error."""
    with open("/dev/full", "w") as full:
        return subprocess.run([TOOL, *map(str, arguments), "--config", world.config], stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=60, check=False,
                              **{"input": "", **options})


def later(world, seconds, *arguments, **options):
    """The tool with a clock that is `seconds` ahead."""
    return run(*arguments, "--config", world.config, prefix=["faketime", "-f", f"+{seconds}s"],
               env={**os.environ, "DONT_FAKE_MONOTONIC": "1"}, **options)


def status(world, user="alice"):
    """What `status --json` tells of a user."""
    return json.loads(world.twostep("status", user, "--json"))


def record(world, user="alice"):
    """The whole record, by a reader that shares no code with the tool; read in this process, which is the quicker way."""
    found = read_record.read_store(world.key, world.store, user, pwd.getpwnam(user).pw_uid)
    return json.loads(json.dumps(found["record"]))


def but(values, *names):
    """A record without some of its fields, and without what each writing changes."""
    return {name: value for name, value in values.items()
            if name not in (*names, "slot", "generation", "slots", "changed")}


def is_in_both_slots(world, user="alice"):
    """Whether no slot remembers anything older."""
    first, second = record(world, user)["slots"]
    return first == second


def damage_newer_slot(world, user="alice"):
    """Flips a bit of the slot that holds the record."""
    path = world.record_of(user)
    data = bytearray(path.read_bytes())
    data[4096 * (1 + record(world, user)["slot"]) + 60] ^= 4
    path.write_bytes(data)


def use_up_guesses(world, person):
    """Types wrong codes until no budget is left for one more; `deny` must be high, or the purse closes first."""
    for code in person.token.wrong(90):
        if world.login(person.user, code).event["reason"] == "locked":
            return
    raise AssertionError("90 wrong codes and there are still guesses")


def token_on(screen, **kind):
    """What the person has typed into the app: the key in its groups of four."""
    groups = re.search(r"^ +((?:[A-Z2-7]{4} )+[A-Z2-7]{1,4})$", screen, re.MULTILINE)[1]
    return oath.Token(groups.replace(" ", ""), **kind)


def backup_codes_on(screen):
    """The backup codes that a dialogue has shown."""
    return re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", screen.split("ackup codes.")[1])


def transcript(screen, **names):
    """A screen with what differs each time replaced by its name in angle brackets."""
    for name, texts in names.items():
        for text in [texts] if isinstance(texts, str) else texts:
            screen = screen.replace(text, f"<{name}>")
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<time>", screen)


def add_token(world, *options, user="alice"):
    """One more token, without questions: its id, label and codes."""
    said = json.loads(world.twostep("token", "add", user, "--provision", "--json", *options))
    assert set(said) == {"user", "id", "label", "uri", "secret"} and said["user"] == user
    return said["id"], said["label"], Enrolment(user, said["uri"], said["secret"], []).token


def ssh_key(kind, *parts):
    """A public key as OpenSSH writes it, without a comment: the type, and a blob of strings that begins with it."""
    strings = [part.encode() if isinstance(part, str) else part for part in (kind, *parts)]
    blob = b"".join(struct.pack(">I", len(string)) + string for string in strings)
    return f"{kind} {base64.b64encode(blob).decode()}"


def security_key(application="ssh:"):
    """The public key of a new FIDO2 key (OpenSSH's PROTOCOL.u2f)."""
    return ssh_key("sk-ssh-ed25519@openssh.com", os.urandom(32), application)

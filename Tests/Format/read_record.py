#!/usr/bin/python3
"""Reads a Twostep store as docs/file-format.md describes it, sharing no code with Twostep.

    read_record.py --key FILE [--old-key FILE] --store FOLDER --user NAME --uid N [--secrets]

Prints the record, and what marker and index say, as JSON. Needs python3-cryptography. The exit
status is 1, with a line on standard error, where anything is not as the format says. Keys and
hashes are printed only with --secrets.
"""

import argparse
import base64
import json
import struct
import sys
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

BLOCK = 4096
LARGEST = 1 << 62
STATES = {1: "pending", 2: "active", 3: "must-reenrol", 4: "disabled"}
KINDS = {1: "totp", 2: "hotp"}
HASHES = {1: "SHA1", 2: "SHA256", 3: "SHA512"}
SOURCES = {1: "uid", 2: "console", 4: "address", 6: "network"}
WORLD, KNOWN = 6_000 * 86_400, 9_000 * 86_400


class FormatError(Exception):
    """Something is not as docs/file-format.md says."""


def need(condition, what):
    if not condition:
        raise FormatError(what)


def expand(master, info, size):
    return HKDFExpand(algorithm=SHA256(), length=size, info=info).derive(master)


def key_id(master):
    return expand(master, b"twostep key id v1", 8)


def unseal(master, label, sealed, associated):
    """The plaintext, or None where it does not open."""
    need(len(sealed) >= 48, "a sealed text is shorter than 48 bytes")
    key = expand(master, label + sealed[:32], 32)
    try:
        return AESGCM(key).decrypt(bytes(12), sealed[32:], associated)
    except InvalidTag:
        return None


class Reader:
    """Takes fields from the front of some bytes."""

    def __init__(self, data):
        self._data = data
        self._at = 0

    def take(self, size):
        need(self._at + size <= len(self._data), "the plaintext ends too early")
        self._at += size
        return self._data[self._at - size:self._at]

    def number(self, form):
        return struct.unpack(">" + form, self.take(struct.calcsize(">" + form)))[0]

    def time(self):
        value = self.number("Q")
        need(value <= LARGEST, "a number is above 2^62")
        return value

    def one_of(self, names, what):
        value = self.number("B")
        need(value in names, f"{what} {value}")
        return names[value]

    def rest(self):
        return self.take(len(self._data) - self._at)

    def is_at_end(self):
        return self._at == len(self._data)

    def end(self):
        need(not any(self._data[self._at:]), "what follows the record is not zero")


def read_token(reader):
    token = {
        "id": reader.number("I"), "kind": reader.one_of(KINDS, "kind"),
        "algorithm": reader.one_of(HASHES, "hash"), "digits": reader.number("B"),
        "period": reader.number("B"), "drift": reader.number("b"), "lean": reader.number("b"),
        "floor": reader.time(),
        "created": reader.time(), "lastUsed": reader.time()}
    label = reader.take(reader.number("B"))
    key = reader.take(reader.number("B"))
    need(token["id"] >= 1, "a token's id is 0")
    need(6 <= token["digits"] <= 8, "digits")
    need(15 <= token["period"] <= 120, "period")
    need(-10 <= token["drift"] <= 10, "drift")
    need(-1 <= token["lean"] <= 1, "lean")
    need(token["floor"] <= 1 << 48, "floor")
    need(len(label) <= 64, "label")
    need(1 <= len(key) <= 128, "key")
    return {**token, "label": label.decode("utf-8", "replace"),
            "key": base64.b32encode(key).decode().rstrip("=")}


def read_pause(reader):
    pause = {"since": reader.time(), "duration": reader.number("I"), "again": reader.time()}
    need(pause["duration"] <= 86_400, "a pause is longer than a day")
    return pause


def read_purse(reader):
    return {"failures": reader.number("I"), "closure": read_pause(reader)}


def read_share(reader, most):
    share = {"level": reader.time(), "at": reader.time(), "pairs": read_pause(reader),
             "backupCodes": read_pause(reader)}
    need(share["level"] <= most, "a budget holds more than it can")
    return share


def read_source(reader):
    return {"kind": reader.one_of(SOURCES, "kind of source"), "number": reader.number("Q"),
            "lastSuccess": reader.time(), "purse": read_purse(reader)}


def read_throttle(reader):
    throttle = {"worldPurse": read_purse(reader), "world": read_share(reader, WORLD),
                "known": read_share(reader, KNOWN)}
    count = reader.number("B")
    need(count <= 8, "more than 8 known sources")
    throttle["sources"] = [read_source(reader) for _ in range(count)]
    names = [(source["kind"], source["number"]) for source in throttle["sources"]]
    need(len(set(names)) == len(names), "two known sources are one")
    return throttle


def read_security_keys(reader):
    count = reader.number("B")
    need(count <= 4, "more than 4 security keys")
    keys = []
    for _ in range(count):
        key = {"created": reader.time(), "lastUsed": reader.time()}
        label = reader.take(reader.number("B"))
        public = reader.take(reader.number("H"))
        need(len(label) <= 32 and 1 <= len(public) <= 256, "a security key's sizes")
        keys.append({**key, "label": label.decode("utf-8", "replace"), "publicKey": public.decode("ascii", "replace")})
    need(len({key["publicKey"] for key in keys}) == len(keys), "two security keys are one")
    return keys


def read_remembered(reader):
    count = reader.number("B")
    need(count <= 8, "more than 8 remembered logins")
    logins = [{"mark": reader.take(16).hex(), "at": reader.number("I")} for _ in range(count)]
    need(len({login["mark"] for login in logins}) == count, "two remembered logins are one")
    return logins


def read_backup_codes(reader):
    count = reader.number("B")
    need(count <= 10, "more than 10 backup codes")
    setting = reader.take(29).decode("ascii") if count else ""
    return [{"hash": setting + reader.take(31).decode("latin-1"), "spentAt": reader.time()}
            for _ in range(count)]


def read_invitation(reader):
    invitation = {"created": reader.time(), "expires": reader.time(), "salt": reader.take(16).hex(),
                  "hash": reader.take(32).hex()}
    need(invitation["expires"] > invitation["created"], "an invitation ends before it begins")
    return invitation


def read_enrolment(reader):
    enrolment = {
        "id": reader.take(8).hex(), "stage": reader.one_of({1: "shown", 2: "proven"}, "stage"),
        "proof": reader.one_of({1: "invitation", 2: "password", 3: "recovery"}, "proof"), "begun": reader.time(),
        "kind": reader.one_of(KINDS, "kind"), "algorithm": reader.one_of(HASHES, "hash"),
        "digits": reader.number("B"), "period": reader.number("B"), "drift": reader.number("b"),
        "lean": reader.number("b"), "floor": reader.time()}
    key = reader.take(reader.number("B"))
    need(1 <= len(key) <= 128, "key")
    return {**enrolment, "key": base64.b32encode(key).decode().rstrip("=")}


def read_address(reader):
    address = reader.rest().decode("ascii")
    need(3 <= len(address) <= 254 and "@" in address, "address")
    return address


def read_contact(reader):
    return {"verified": reader.time(), "address": read_address(reader)}


def read_unverified_contact(reader):
    contact = {"expires": reader.time(), "triesLeft": reader.number("B"), "hash": reader.take(60).decode("ascii")}
    need(contact["triesLeft"] <= 5, "tries")
    return {**contact, "address": read_address(reader)}


def read_recovery(reader):
    count = reader.number("B")
    need(count <= 3, "requests")
    recovery = {"requests": [reader.time() for _ in range(count)]}
    need(recovery["requests"] == sorted(recovery["requests"]), "requests are not in order")
    way = reader.number("B")
    need(way <= 2 and (way or count), "way")
    if way:
        recovery["grant"] = {
            "way": {1: "email", 2: "admin"}[way], "stage": reader.one_of({1: "given", 2: "redeemed"}, "stage"),
            "wrong": reader.number("B"), "id": reader.take(8).hex(), "made": reader.time(), "expires": reader.time(),
            "salt": reader.take(16).hex(), "hash": reader.take(32).hex()}
        need(recovery["grant"]["wrong"] <= 5, "wrong answers")
        need(recovery["grant"]["expires"] > recovery["grant"]["made"], "a grant ends before it begins")
    return recovery


def read_answers(reader):
    answers = {"set": reader.time()}
    setting, count = reader.take(29).decode("ascii"), reader.number("B")
    need(2 <= count <= 5, "questions")
    answers["entries"] = []
    for _ in range(count):
        question = reader.take(reader.number("B"))
        need(1 <= len(question) <= 160, "question")
        answers["entries"].append({"question": question.decode("utf-8", "replace"),
                                   "hash": setting + reader.take(31).decode("latin-1")})
    return answers


def read_sent_code(reader):
    count = reader.number("B")
    need(1 <= count <= 3, "codes sent")
    sent = {"times": [reader.time() for _ in range(count)]}
    if not reader.is_at_end():
        sent["outstanding"] = {"made": reader.time(), "wrong": reader.number("B"), "salt": reader.take(16).hex(),
                               "hash": reader.take(32).hex()}
        need(sent["outstanding"]["wrong"] <= 2, "wrong answers")
    return sent


SECTIONS = {1: ("invitation", read_invitation), 2: ("enrolment", read_enrolment), 3: ("contact", read_contact),
            4: ("unverifiedContact", read_unverified_contact), 5: ("recovery", read_recovery),
            6: ("answers", read_answers), 7: ("sentCode", read_sent_code)}


def read_appendix(data):
    """The sections by their names; those of other versions by their tags, as hexadecimal digits."""
    need(len(data) <= 1952, "an appendix of more than 1,952 bytes")
    reader, sections, last = Reader(data), {}, 0
    while not reader.is_at_end():
        tag = reader.number("B")
        section = reader.take(reader.number("H"))
        need(last < tag and section, "the appendix's sections")
        last = tag
        if tag not in SECTIONS:
            sections[tag] = section.hex()
            continue
        name, read = SECTIONS[tag]
        inner = Reader(section)
        sections[name] = read(inner)
        need(inner.is_at_end(), "more behind a section")
    return sections


def read_plaintext(data):
    need(len(data) == 4032, "the plaintext has not 4,032 bytes")
    reader = Reader(data)
    need(reader.number("H") == 4, "the plaintext's version is unknown")
    record = {"state": reader.one_of(STATES, "state")}
    flags = reader.number("B")
    need(flags <= 3, "flags")
    record.update(
        confirmed=bool(flags & 1), cautious=bool(flags & 2), created=reader.time(),
        changed=reader.time(), throttle=read_throttle(reader))
    count = reader.number("B")
    need(count <= 8, "more than 8 tokens")
    record["tokens"] = [read_token(reader) for _ in range(count)]
    ids = [token["id"] for token in record["tokens"]]
    need(len(set(ids)) == len(ids), "two tokens have one id")
    record["backupCodes"] = read_backup_codes(reader)
    record["securityKeys"] = read_security_keys(reader)
    record["remembered"] = read_remembered(reader)
    record["appendix"] = read_appendix(reader.take(reader.number("H")))
    reader.end()
    return record


def read_header(block):
    need(block[:8] == b"twostep\0", "the magic is not a record's")
    version, slot_size = struct.unpack(">HI", block[8:14])
    need((version, slot_size) == (1, BLOCK), "the header's version is unknown")
    need(not any(block[30:]), "what follows the header is not zero")
    return block[14:30]


def read_slot(masters, block, number, record_id, uid, name):
    """Generation and plaintext; the latter None where the slot does not open."""
    generation, = struct.unpack(">Q", block[:8])
    master = masters.get(block[8:16])
    if master is None:
        return generation, None
    associated = struct.pack(">H16sBQ8sIH", 1, record_id, number, generation, block[8:16], uid,
                             len(name)) + name
    return generation, unseal(master, b"twostep record v1", block[16:], associated)


def read_record(masters, data, uid, name):
    need(len(data) == 3 * BLOCK, "the file has not 12,288 bytes")
    record_id = read_header(data[:BLOCK])
    slots = [read_slot(masters, data[BLOCK * (1 + n):BLOCK * (2 + n)], n, record_id, uid, name)
             for n in (0, 1)]
    opened = [n for n in (0, 1) if slots[n][1] is not None]
    need(opened, "no slot opens")
    current = max(opened, key=lambda n: slots[n][0])
    sound = len(opened) == 2 and abs(slots[0][0] - slots[1][0]) == 1
    return {"recordID": record_id.hex(), "slot": current, "generation": slots[current][0],
            "sound": sound, "keyIDs": [data[BLOCK * (1 + n):][8:16].hex() for n in (0, 1)], "slots": [slot and read_plaintext(slot) for _, slot in slots],
            **read_plaintext(slots[current][1])}


def read_sealed_file(masters, data, magic, label, more=b""):
    need(len(data) >= 18, "the file is shorter than 18 bytes")
    need(data[:8] == magic, "the magic is another")
    need(data[8:10] == b"\0\1", "the version is unknown")
    master = masters.get(data[10:18])
    need(master is not None, "it is sealed under another key")
    text = unseal(master, label, data[18:], data[:18] + more)
    need(text is not None, "it does not open")
    return text


def read_index(text):
    count, = struct.unpack(">I", text[:4])
    need(count <= 1_000_000 and len(text) == 4 + 4 * count, "the index's length is wrong")
    uids = list(struct.unpack(f">{count}I", text[4:]))
    need(all(a < b for a, b in zip(uids, uids[1:])), "the index is not ascending")
    return uids


def without_secrets(value):
    if isinstance(value, dict):
        return {name: without_secrets(field) for name, field in value.items()
                if name not in ("key", "hash", "appendix")}
    return [without_secrets(item) for item in value] if isinstance(value, list) else value


def read_store(key, store, user, uid, old_key=None):
    """All that is printed with --secrets. What is not as the format says is a FormatError that names the file."""
    place = key
    try:
        masters = {}
        for place in filter(None, (old_key, key)):
            master = place.read_bytes()
            need(len(master) == 32, "the key has not 32 bytes")
            masters[key_id(master)] = master
        place = store / "marker"
        store_id = read_sealed_file(masters, place.read_bytes(), b"2stepMRK", b"twostep marker v1")
        need(len(store_id) == 16, "the store's id has not 16 bytes")
        place = store / "index"
        uids = read_index(read_sealed_file(
            masters, place.read_bytes(), b"2stepIDX", b"twostep index v1", store_id))
        place = store / "users" / str(uid)
        record = read_record(masters, place.read_bytes(), uid, user.encode())
    except (FormatError, OSError) as error:
        raise FormatError(f"{place}: {error}") from error
    return {"storeID": store_id.hex(), "keyID": key_id(master).hex(), "index": uids, "record": record}


def main():
    parser = argparse.ArgumentParser(description="Read a Twostep store.")
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--old-key", type=Path, help="the key before, while a rotation is unfinished")
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--uid", type=int, required=True)
    parser.add_argument("--secrets", action="store_true", help="print keys and hashes too")
    options = parser.parse_args()
    try:
        found = read_store(options.key, options.store, options.user, options.uid, options.old_key)
    except FormatError as error:
        sys.exit(str(error))
    print(json.dumps(found if options.secrets else without_secrets(found), indent=2))


if __name__ == "__main__":
    main()

"""docs/json.md and the code say the same: every command that takes --json, and of each exactly its fields.

What a command prints is what its types say: those that are encoded, and the objects that are written out by hand. They
are read from the code itself, so that a field that is added, renamed or taken away is missed in the document, or the
other way round. That a command prints what its type says, the command's own tests show.
"""

import re
from pathlib import Path

import pytest
from commandtree import doing

PROJECT = Path(__file__).parents[2]
DOCUMENT = (PROJECT / "docs/json.md").read_text()
ROOMS = ("Commands", "twostep")

# Of each section of the document the commands that it is about, and the types that they print.
OUTPUTS = {
    "init": (["init"], ["InitCommand.Made"]),
    "enroll USER --provision": (["enroll"], ["EnrollCommand.Provisioned"]),
    "invite USER": (["invite"], ["InviteCommand.Invited"]),
    "recover USER": (["recover"], ["RecoverCommand.Made"]),
    "status USER": (["status"], ["UserStatus", "UserStatus.TokenStatus", "UserStatus.SecurityKeyStatus"]),
    "status": (["status"], ["StatusCommand.SiteStatus"]),
    # Beside those of `status USER`.
    "list": (["list"], []),
    "verify USER": (["verify"], ["VerifyCommand.Verified"]),
    "doctor": (["doctor"], ["FindingReport", "FindingReport.Found"]),
    "explain USER --service SERVICE": (
        ["explain"], ["ExplanationReport", "ExplanationReport.Line", "ExplanationReport.Quoted"]),
    "pam": (["pam enable", "pam confirm", "pam disable", "pam status"],
            ["PAMEnableCommand.Enabled", "PAMDisableCommand.Disabled", "PAMStatusCommand.Shown",
             "PAMStatusCommand.Shown.Waiting"]),
    "unlock USER": (["unlock"], ["UnlockCommand.Unlocked", "TokenAhead"]),
    "backup-codes USER": (["backup-codes"], ["BackupCodesCommand.Left", "BackupCodesCommand.Fresh"]),
    "disable USER": (["disable"], ["DisableCommand.Disabled"]),
    "token add USER": (["token add"], ["TokenAddCommand.Provisioned", "DeviceStatus"]),
    "contact": (["contact"], ["ContactCommand.Shown"]),
    "log": (["log"], ["EventJSON"]),
    "import": (["import google-authenticator", "import oath", "import uri"],
               ["ImportReport", "ImportReport.Line", "ImportReport.User"]),
    "provision": (["provision"], ["ProvisionCommand.Report", "ProvisionCommand.Report.User"]),
    "export": (["export"], ["ExportCommand.Report", "ExportCommand.Report.User"]),
    "key rotate": (["key rotate"], ["KeyRotateCommand.Rotated", "KeyRotateCommand.Rotated.Left"]),
    "restore": (["restore"], ["RestoreCommand.Restored", "RestoreCommand.Restored.Left",
                              "RestoreCommand.Restored.Unguarded"]),
    "token remove, rename, resync": (
        ["token remove", "token rename", "token resync"], ["DeviceStatus", "TokenResyncCommand.Resynchronised"]),
}
# Written without a type, or computed while it is encoded.
BARE = {"pam": {"confirmed"}, "list": {"error"}, "log": {"time", "program", "service", "pid", "writtenBy"}}
# Stands in the section of `list` alone, and is what EventJSON has besides the event's own fields.
NOT_HERE = {"status USER": {"error"}}
# Printed to a file of each user's, by the same names as `enroll --provision`.
ELSEWHERE = {"Provisioning.Needed"}


def _types():
    """Every type that becomes JSON, by its name within its file's outermost types, with the names of its fields."""
    found = {}
    for room in ROOMS:
        for path in sorted((PROJECT / "Sources" / room).rglob("*.swift")):
            outer = []
            for line in path.read_text().splitlines():
                indent = len(line) - len(line.lstrip())
                while outer and indent <= outer[-1][0] and line.strip() not in ("", "}") and not line.strip().startswith(
                        ("//", "#")):
                    outer.pop()
                opened = re.match(r" *(?:(?:package|private|fileprivate|final) )*(struct|extension|class|enum) ([\w.]+)(.*)\{$", line)
                if opened:
                    outer.append((indent, opened[2], "Encodable" in opened[3] and opened[1] == "struct"))
                    if outer[-1][2]:
                        found[".".join(name for _, name, _ in outer)] = set()
                    continue
                if outer and outer[-1][2] and indent == outer[-1][0] + 4:
                    field = re.match(r" *(?:package )?(?:let|var) (\w+)(?:: [^{]*| = [^{]*|, .*)?$", line)
                    for name in re.findall(r"\w+", re.split(r"[:=]", line.strip())[0])[1:] if field else []:
                        found[".".join(name for _, name, _ in outer)].add(name)
                if len(outer) > 1 and outer[-1][1] == "CodingKeys" and outer[-2][2] and line.strip().startswith("case "):
                    found[".".join(name for _, name, _ in outer[:-1])] |= set(re.findall(r"\w+", line)[1:])
                by_hand = re.match(r' *"(\w+)": .*,$', line)
                if by_hand and outer and not outer[-1][2]:
                    found.setdefault(".".join(name for _, name, _ in outer), set()).add(by_hand[1])
    return found


TYPES = _types()


def _sections():
    parts = re.split(r"^## twostep (.*) --json$", DOCUMENT, flags=re.M)[1:]
    return dict(zip(parts[::2], parts[1::2]))


def _documented(section):
    """The names in the tables of a section."""
    names = set()
    for cells in re.findall(r"^\| (`[^|]*`) \|", section, re.M):
        names |= set(re.findall(r"`(\w+)`", cells))
    return names


def test_every_section_is_about_a_command_and_every_command_has_one():
    assert set(_sections()) == set(OUTPUTS)
    with_json = {" ".join(command.words) for command in doing() if "json" in command.options}
    assert {name for commands, _ in OUTPUTS.values() for name in commands} == with_json


def test_every_type_belongs_to_a_section():
    named = {name for _, types in OUTPUTS.values() for name in types}
    assert len(TYPES) > 20 and named | ELSEWHERE == set(TYPES)


@pytest.mark.parametrize("title", OUTPUTS)
def test_a_section_has_exactly_the_fields(title):
    fields = set().union(*(TYPES[name] for name in OUTPUTS[title][1])) | BARE.get(title, set())
    assert _documented(_sections()[title]) == fields - NOT_HERE.get(title, set())


def test_the_examples_have_documented_names_alone():
    for title, section in _sections().items():
        for example in re.findall(r"^    ([\[{].*)$", section, re.M):
            names = set(re.findall(r'"(\w+)":', example))
            of_event = {"event", "method", "rhost", "token", "tty", "user"} if title == "log" else set()
            whole = _documented(section) | (_documented(_sections()["status USER"]) if title == "list" else set()) | of_event
            assert names <= whole, (title, names - whole)

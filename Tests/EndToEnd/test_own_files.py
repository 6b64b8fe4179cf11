"""--save and --qr-file: new files for the eyes of whoever runs the command, and gone again where nothing came of it."""

import os
import stat
import subprocess

import oath
import owner
import people
import pytest
import service as running_service
import tool
from terminal import Terminal
from tool import CODE_QUESTION, SENTENCE, SENTENCE_QUESTION, backup_codes_on, token_on


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _read_qr(path):
    done = subprocess.run(["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", path], capture_output=True,
                          text=True, check=True)
    return done.stdout.rstrip("\n")


def _mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def _enrolling(world, *options):
    return Terminal(["twostep", "enroll", "alice", "--config", world.config, *options])


def test_both_files(full_world, place):
    os.umask(0)
    with _enrolling(full_world, "--save", "codes.txt", "--qr-file", "key.png") as terminal:
        terminal.expect(CODE_QUESTION)
        uri = _read_qr(place / "key.png")
        assert uri in terminal.seen.split()
        token = token_on(terminal.seen)
        terminal.type(token.code()).expect("codes.txt").expect(SENTENCE_QUESTION)
        sheet = (place / "codes.txt").read_text()
        shown = backup_codes_on(terminal.seen)
        assert len(shown) == 10 and all(f"[ ] {code}" in sheet for code in shown)
        assert "alice" in sheet and max(map(len, sheet.splitlines())) <= 72 and sheet.isascii()
        terminal.type(SENTENCE)
        assert "key.png is the key" in terminal.end() and terminal.status == 0
    assert (_mode(place / "codes.txt"), _mode(place / "key.png")) == (0o600, 0o600)
    assert (place / "codes.txt").read_text() == sheet


@pytest.mark.parametrize("name", ["key.png", "key.svg", "KEY.SVG"])
@pytest.mark.parametrize("options", [[], ["--issuer", "Müller & Söhne 100%", "--algorithm", "SHA512"]],
                         ids=["plain", "long"])
def test_the_picture_is_the_address(world, place, name, options):
    person = world.enrol("alice", "--qr-file", name, *options)
    path = place / name
    assert _mode(path) == 0o600
    if name.lower().endswith("svg"):
        subprocess.run(["rsvg-convert", "--output", "drawn.png", path], check=True)
        path = place / "drawn.png"
    assert _read_qr(path) == person.uri


def test_a_token_more_and_new_codes(full_world, place):
    full_world.enrol("alice")
    _, _, token = tool.add_token(full_world, "--qr-file", "more.png")
    assert f"secret={token.secret}" in _read_qr(place / "more.png")
    said = full_world.twostep("backup-codes", "alice", "--regenerate", "--override", "--reason", "x", "--json",
                              "--save", "new.txt")
    sheet = (place / "new.txt").read_text()
    assert sheet.count("[ ]") == 10 and all(code in said for code in sheet.split() if len(code) == 9 and code[4] == "-")


BAD = {"there": ("there.txt", "is there already"), "a link": ("link.txt", "is there already"),
       "no folder": ("none/codes.txt", "is in no folder that is there"), "a folder": ("folder", "is there already"),
       "dots": ("..", "is no name of a file"), "a user's link": ("way/codes.txt", "symbolic link")}


@pytest.mark.parametrize("path, why", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("option, ending", [("--save", ""), ("--qr-file", ".png")])
def test_bad_paths(full_world, place, path, why, option, ending):
    (place / "folder").mkdir()
    (place / ("there.txt" + ending)).write_text("mine")
    (place / ("link.txt" + ending)).symlink_to("elsewhere")
    (place / ("folder" + ending)).mkdir(exist_ok=True)
    (place / "way").symlink_to(place / "folder")
    os.chown(place / "way", 65534, 65534, follow_symlinks=False)
    before, files = full_world.tree(), sorted(place.rglob("*"))
    if path == ".." and ending:
        # It has no ending.
        done = full_world.run("enroll", "alice", option, path)
        assert done.returncode == tool.EX_USAGE
    else:
        done = full_world.run("enroll", "alice", option, path + ending)
        tool.fails(done, tool.EX_CANTCREAT, f"{path}{ending} ", why, "nothing was changed", f"{option} takes")
    assert full_world.tree() == before and sorted(place.rglob("*")) == files
    assert (place / ("there.txt" + ending)).read_text() == "mine"


@pytest.mark.parametrize("options", [["--save", "-"], ["--save", ""], ["--qr-file", "key.gif"], ["--qr-file", ""],
                                     ["--qr-file", "png"]], ids=" ".join)
def test_usage(full_world, place, options):
    done = full_world.run("enroll", "alice", *options)
    assert done.returncode == tool.EX_USAGE and options[0] in done.stderr and not list(place.iterdir())


def test_a_site_without_backup_codes(make_world, place):
    done = make_world(backup_codes=0).run("enroll", "alice", "--save", "codes.txt")
    tool.fails_with(done, tool.EX_CONFIG, "this site gives no backup codes", "leave --save away")
    assert not list(place.iterdir())


def test_the_second_file_cannot_be_made(full_world, place):
    tool.fails(full_world.run("enroll", "alice", "--save", "codes.txt", "--qr-file", "none/key.png"),
               tool.EX_CANTCREAT, "none/key.png")
    assert not list(place.iterdir())


def test_who_is_enrolled_already_gets_none(full_world, place):
    full_world.enrol("alice")
    tool.fails(full_world.run("enroll", "alice", "--save", "codes.txt"), tool.EX_CANTCREAT, "already enrolled")
    assert not list(place.iterdir())


@pytest.mark.parametrize("key", ["\x03", "\x04", "\x1c"], ids=["Ctrl-C", "Ctrl-D", "Ctrl-\\"])
def test_stopped_before_the_end_they_go(full_world, place, key):
    with _enrolling(full_world, "--save", "codes.txt", "--qr-file", "key.svg") as terminal:
        terminal.expect(CODE_QUESTION)
        terminal.type(token_on(terminal.seen).code()).expect(SENTENCE_QUESTION)
        assert (place / "codes.txt").stat().st_size > 0
        seen = terminal.press(key).end()
    assert "codes.txt was removed" in seen and "key.svg was removed" in seen
    assert not list(place.iterdir())


def test_of_another_they_stay(full_world, place):
    """What has been put in the place of the file meanwhile is not ours to remove."""
    with _enrolling(full_world, "--save", "codes.txt") as terminal:
        terminal.expect(CODE_QUESTION)
        (place / "codes.txt").unlink()
        (place / "codes.txt").write_text("another")
        terminal.press("\x03").end()
    assert (place / "codes.txt").read_text() == "another"


def test_an_owners_are_the_owners(machine, place):
    """Through the service: the client writes them, as its user and where that user may."""
    os.chmod(place, 0o777)
    for folder in place.parents:
        if folder.stat().st_mode & 0o001 == 0:
            os.chmod(folder, folder.stat().st_mode | 0o011)
    service = running_service.Service()
    try:
        oath.steady(seconds=10)
        with owner.at_terminal("bob", "enroll", "--save", "codes.txt", "--qr-file", "key.png") as terminal:
            token = token_on(terminal.expect(CODE_QUESTION).seen)
            assert f"secret={token.secret}" in _read_qr(place / "key.png")
            terminal.type(token.code()).answer(SENTENCE_QUESTION, SENTENCE).end()
            assert terminal.status == 0, terminal.seen
        assert all(code in (place / "codes.txt").read_text() for code in backup_codes_on(terminal.seen))
        for path in place.iterdir():
            assert (path.owner(), _mode(path)) == ("bob", 0o600)
        with owner.at_terminal("carol", "enroll", "--save", "/etc/codes.txt", password=None) as terminal:
            assert "/etc/codes.txt cannot be made (EACCES)" in terminal.end()
        assert terminal.status == tool.EX_CANTCREAT and people.PASSWORD not in terminal.seen
    finally:
        service.stop()

"""The QR code on a real terminal: photographed and read, it is the URI, to the letter."""

import re

import pytest
import screen
from tool import CODE_QUESTION

BLACK, WHITE = 0, 255
DARK, LIGHT = (WHITE, BLACK), (BLACK, WHITE)      # a terminal's own foreground and background
BOTH = pytest.mark.parametrize("own", [DARK, LIGHT], ids=["dark terminal", "light terminal"])


@pytest.fixture
def enrolling(tmp_path, make_world):
    """alice's enrolment on a terminal, up to where the code is asked for."""
    opened = []

    def start(*options, columns=120, rows=60, environment=None, **settings):
        command = ["twostep", "enroll", "alice", "--config", make_world(**settings).config, *options]
        opened.append(screen.Tmux(tmp_path, command, columns, rows, environment))
        opened[-1].wait_for(CODE_QUESTION.strip())
        return opened[-1]
    yield start
    for each in opened:
        each.close()


def _uri(shown):
    """The otpauth URI as printed for typing or copying."""
    uris = re.findall(r"otpauth://\S+", shown.history())
    assert len(uris) == 1, shown.history()
    return uris[0]


def _photographed(shown, own, folder):
    """What a camera reads off the screen, the question right below it; nothing of the code has gone up and away."""
    assert CODE_QUESTION.strip() in shown.text()
    return screen.read_qr(screen.picture(shown.coloured(), *own), folder / "screen.pgm")


CASES = {
    "plain": [],
    "a long label": ["--label", "work phone", "--issuer", "Example Ltd"],
    "SHA512, 8 digits": ["--algorithm", "SHA512", "--digits", "8", "--period", "60"],
    "letters of other scripts": ["--issuer", "Müller & Söhne 100%"],
    "counter based": ["--hotp"],
}


@pytest.mark.parametrize("options", CASES.values(), ids=CASES.keys())
@BOTH
def test_reads_as_the_uri(enrolling, tmp_path, options, own):
    shown = enrolling(*options)
    assert _photographed(shown, own, tmp_path) == _uri(shown)


@pytest.mark.parametrize("issuer", ["vm", "a-machine.of-some.example.com"])
@BOTH
def test_it_fits_80_by_24(enrolling, tmp_path, issuer, own):
    """The question and 23 lines: all of the code, with a border, and nothing else."""
    shown = enrolling(columns=80, rows=24, issuer=issuer)
    assert f"issuer={issuer}" in _uri(shown)
    assert _photographed(shown, own, tmp_path) == _uri(shown)


ASCII = {"the site's choice": ({"qr": "ascii"}, {}), "locale C": ({}, {"LC_ALL": "C"}),
         "no locale": ({}, {"LC_ALL": None, "LANG": None, "LC_CTYPE": None}),
         "Latin-1": ({}, {"LC_ALL": "de_DE.ISO-8859-1"})}


@pytest.mark.parametrize("settings, environment", ASCII.values(), ids=ASCII.keys())
@BOTH
def test_ascii(enrolling, tmp_path, settings, environment, own):
    shown = enrolling(environment=environment, **settings)
    assert shown.text().isascii()
    assert _photographed(shown, own, tmp_path) == _uri(shown)


PLAIN = {"NO_COLOR": {"NO_COLOR": "1"}, "NO_COLOR, ASCII": {"NO_COLOR": "1", "LC_ALL": "C"},
         "dumb": {"TERM": "dumb"}, "vt220": {"TERM": "vt220"}}


@pytest.mark.parametrize("environment", PLAIN.values(), ids=PLAIN.keys())
@BOTH
def test_without_colours(enrolling, tmp_path, environment, own):
    """The terminal's own colours alone: right on a dark background unless the terminal says that it is a light one."""
    shown = enrolling(environment={**environment, "COLORFGBG": "0;15" if own == LIGHT else None})
    assert "\x1b[" not in shown.coloured()
    assert f"right on a {'light' if own == LIGHT else 'dark'} background" in shown.text()
    assert _photographed(shown, own, tmp_path) == _uri(shown)
    # The other way round it is a negative, which not every reader takes.
    assert _photographed(shown, LIGHT if own == DARK else DARK, tmp_path) is None


def test_an_empty_no_color_forbids_nothing(enrolling):
    """https://no-color.org: present and not empty."""
    assert "\x1b[" in enrolling(environment={"NO_COLOR": ""}).coloured()


SMALL = {"ASCII, 80 by 24": (80, 24, {"LC_ALL": "C"}), "one column": (36, 40, {}), "one line": (80, 19, {}),
         "tiny": (20, 10, {})}


@pytest.mark.parametrize("columns, rows, environment", SMALL.values(), ids=SMALL.keys())
def test_too_small(enrolling, columns, rows, environment):
    """A notice, and the key alone; nothing that looks like a code."""
    shown = enrolling(columns=columns, rows=rows, environment=environment, issuer="vm")
    text = shown.history()
    assert "\x1b[" not in shown.coloured() and "█" not in text and "##" not in text
    needed = re.search(r"it\s+takes\s+(\d+)\s+by\s+(\d+)", text)
    assert needed, text
    assert int(needed[1]) > columns or int(needed[2]) > rows
    assert "--qr-file" in text and _uri(shown)


@pytest.mark.parametrize("environment", [{}, {"LC_ALL": "C"}], ids=["UTF-8", "ASCII"])
def test_what_it_takes_is_enough(enrolling, tmp_path, environment):
    shown = enrolling(columns=20, rows=10, environment=environment, issuer="vm")
    columns, rows = map(int, re.search(r"it\s+takes\s+(\d+)\s+by\s+(\d+)", shown.history()).groups())
    shown.close()
    shown = enrolling(columns=columns, rows=rows, environment=environment, issuer="vm")
    assert _photographed(shown, DARK, tmp_path) == _uri(shown)


def test_the_picture_is_what_is_read(enrolling, tmp_path):
    """The reader is not fooled: with a third of the code painted over it reads nothing."""
    picture = screen.picture(enrolling().coloured(), *DARK)
    bright = [number for number, row in enumerate(picture) if row.count(WHITE) > 20]
    third = len(bright) // 3
    for number in bright[third:2 * third]:
        picture[number] = [WHITE] * len(picture[number])
    assert screen.read_qr(picture, tmp_path / "screen.pgm") is None

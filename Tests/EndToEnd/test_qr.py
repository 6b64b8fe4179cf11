"""The QR code on a real terminal: photographed and read, it is the URI, to the letter."""

import re

import pytest
import screen

BLACK, WHITE = 0, 255


@pytest.fixture
def terminal(tmp_path):
    opened = []

    def start(world, *arguments, environment=None):
        command = ["twostep", *arguments, "--config", world.config]
        opened.append(screen.Tmux(tmp_path, command, environment=environment))
        return opened[-1]
    yield start
    for each in opened:
        each.close()


def _uri(text):
    """The otpauth URI as printed for typing or copying."""
    uris = re.findall(r"otpauth://\S+", text)
    assert len(uris) == 1, text
    return uris[0]


CASES = {
    "plain": [],
    "a long label": ["--label", "work phone", "--issuer", "Example Ltd"],
    "SHA512, 8 digits": ["--algorithm", "SHA512", "--digits", "8", "--period", "60"],
    "letters of other scripts": ["--issuer", "Müller & Söhne 100%"],
    "counter based": ["--hotp"],
}


@pytest.mark.parametrize("options", CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("foreground, background", [(WHITE, BLACK), (BLACK, WHITE)],
                         ids=["dark terminal", "light terminal"])
def test_reads_as_the_uri(world, terminal, tmp_path, options, foreground, background):
    shown = terminal(world, "enroll", "alice", *options)
    text = shown.wait_for("otpauth://")
    shown.wait_for("ode")           # the question that follows it
    picture = screen.picture(shown.coloured(), foreground, background)
    assert screen.read_qr(picture, tmp_path / "screen.pgm") == _uri(shown.text()), text


@pytest.mark.parametrize("qr, environment, drawn", [("ascii", {}, "##"), ("utf8", {"NO_COLOR": "1"}, "█")],
                         ids=["ascii", "NO_COLOR"])
def test_without_colours_it_reads_on_a_dark_terminal(make_world, terminal, tmp_path, qr, environment, drawn):
    """The light modules are drawn, the dark ones are left."""
    shown = terminal(make_world(qr=qr), "enroll", "alice", environment=environment)
    shown.wait_for("otpauth://")
    shown.wait_for("ode")
    coloured = shown.coloured()
    assert drawn in coloured and "\x1b[30;107m" not in coloured
    assert screen.read_qr(screen.picture(coloured, WHITE, BLACK), tmp_path / "screen.pgm") == _uri(shown.text())


def test_the_picture_is_what_is_read(world, terminal, tmp_path):
    """The reader is not fooled: with a third of the code painted over it reads nothing."""
    shown = terminal(world, "enroll", "alice")
    shown.wait_for("otpauth://")
    picture = screen.picture(shown.coloured(), WHITE, BLACK)
    bright = [number for number, row in enumerate(picture) if row.count(WHITE) > 20]
    third = len(bright) // 3
    for number in bright[third:2 * third]:
        picture[number] = [WHITE] * len(picture[number])
    assert screen.read_qr(picture, tmp_path / "screen.pgm") is None

#!/usr/bin/env python3
"""Draws README's picture of enrolling, from the screen that the tests hold the dialogue to:

    docs/pictures/enrolling.py >docs/pictures/enrolling.svg

Half blocks become rectangles, so that the QR code can be read whatever font there is.
"""

import re
from html import escape
from pathlib import Path

SCREEN = Path(__file__).resolve().parents[2] / "Tests/EndToEnd/screens/enroll-120x60-utf8.txt"
WIDTH, HEIGHT, MARGIN = 8, 16, 16       # of a character cell, and around the screen, in pixels
COMMAND = "# twostep enroll alice"
HALVES = {"█": (0, 1), "▀": (0,), "▄": (1,)}


def main():
    lines = [COMMAND, *SCREEN.read_text().splitlines()]
    lines = [line for line in lines if not line.startswith("exit status")]
    code = [row for row, line in enumerate(lines) if re.search("[█▀▄]", line)]
    columns, rows = max(map(len, lines)), len(lines)
    size = (2 * MARGIN + columns * WIDTH, 2 * MARGIN + rows * HEIGHT)
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" viewBox="0 0 {size[0]} {size[1]}">')
    print("<title>alice sets up her second step: QR code, key, a code that proves the app, ten backup codes</title>")
    print(f'<rect width="{size[0]}" height="{size[1]}" rx="8" fill="#1c1c1c"/>')
    print(f'<g transform="translate({MARGIN} {MARGIN})">')
    print('<g fill="#dcdcdc" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13" xml:space="preserve">')
    for row, line in enumerate(lines):
        if line and row not in code:
            # The width is said, since fonts differ.
            print(f'<text x="0" y="{row * HEIGHT + 12}" textLength="{len(line) * WIDTH}">{escape(line)}</text>')
    print("</g>")
    left, right = min(len(lines[row]) - len(lines[row].lstrip()) for row in code), max(len(lines[row]) for row in code)
    # The border that the dialogue paints, of four modules.
    print(f'<rect x="{(left - 4) * WIDTH}" y="{(code[0] - 2) * HEIGHT}" width="{(right - left + 8) * WIDTH}" '
          f'height="{(len(code) + 4) * HEIGHT}" fill="#ffffff"/>')
    squares = "".join(f"M{column * WIDTH} {row * HEIGHT + half * HEIGHT // 2}h{WIDTH}v{HEIGHT // 2}h-{WIDTH}z"
                      for row in code for column, letter in enumerate(lines[row]) for half in HALVES.get(letter, ()))
    print(f'<path d="{squares}" fill="#000000" shape-rendering="crispEdges"/>')
    print("</g>\n</svg>")


main()

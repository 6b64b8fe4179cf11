"""What every command of the tool has in common: how it fails."""

import subprocess

import world

EX_USAGE, EX_DATAERR, EX_NOUSER = 64, 65, 67
EX_CANTCREAT, EX_IOERR, EX_NOPERM, EX_CONFIG = 73, 74, 77, 78
REFUSED = 1


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
    return subprocess.run([*prefix, world.TOOL, *map(str, arguments)], capture_output=True,
                          text=True, timeout=60, **{"input": "", **options})

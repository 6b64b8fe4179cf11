"""C that a test needs beside it, compiled when it is needed."""

import subprocess
from pathlib import Path


def program(name, folder, *libraries):
    """The program made from NAME.c in this folder. What it defines stands before what its libraries define."""
    return _compile(name, folder / name, "-rdynamic", *(f"-l{library}" for library in libraries))


def preload(name, folder):
    """The library made from NAME.c in this folder, to be loaded before libc."""
    return _compile(name, folder / f"{name}.so", "-shared", "-fPIC")


def library(name, folder, *libraries):
    """The library made from NAME.c in this folder, a PAM module say."""
    return _compile(name, folder / f"{name}.so", "-shared", "-fPIC", *(f"-l{library}" for library in libraries))


def _compile(name, output, *options):
    source = Path(__file__).with_name(name + ".c")
    ours = source.parents[2] / "Sources/CLinux/include"
    subprocess.run(["cc", "-O1", "-Wall", "-Wextra", "-Werror", "-fno-builtin", "-I", ours, "-o", output, source, *options],
                   check=True, timeout=60)
    return output

"""The units in systemd/: what they say, and what systemd says of them."""

import configparser
import re
import subprocess
from pathlib import Path

PROJECT = Path(__file__).parents[2]


class Unit(configparser.RawConfigParser):
    """A unit file; what is said several times is a list."""

    class _Several(dict):
        def __setitem__(self, name, value):
            super().__setitem__(name, self[name] + value if name in self and isinstance(value, list) else value)

    def __init__(self, path):
        super().__init__(strict=False, delimiters="=", comment_prefixes="#", dict_type=self._Several, interpolation=None)
        self.optionxform = str
        self.read(path)

    def all(self, section, name):
        return self[section][name].splitlines()


def exposure(unit):
    """How exposed systemd-analyze finds a service, of 10."""
    said = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", unit], capture_output=True,
                          text=True, check=False).stdout
    level, = re.findall(r"Overall exposure level for \S+: ([0-9.]+)", said)
    return float(level)


def complaints(*units):
    """What is ignored as unknown, or spelt wrongly; that the program is not installed is not meant."""
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *units], capture_output=True,
                          text=True, check=False)
    return [line for line in done.stderr.splitlines() if "twostep" in line and "/usr/sbin/twostepd" not in line]

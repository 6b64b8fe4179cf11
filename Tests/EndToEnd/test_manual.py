"""Manual, help and parser say the same: every command, every option, every exit status, in both directions."""

import re
from pathlib import Path

import pytest
import tool
from commandtree import commands, doing

PROJECT = Path(__file__).parents[2]
MANUAL = PROJECT / "man"
SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "SEE ALSO"]
# A prompt stands below what was printed.
ROWS, COLUMNS = 23, 80


def page(name):
    return (MANUAL / f"twostep-{name}.1").read_text()


def section(text, name):
    """The lines of one section."""
    return re.search(rf"^\.Sh {name}\n(.*?)(?=^\.Sh |\Z)", text, re.M | re.S).group(1)


def of_page(name):
    """The commands that a page is about."""
    return [command for command in doing() if command.words[0] == name]


def flags(text):
    return set(re.findall(r"-([a-z][a-z-]*[a-z])", " ".join(re.findall(r"\bFl [^\n]*", text))))


@pytest.mark.parametrize("command", doing(), ids=str)
def test_every_option_stands_in_the_synopsis_and_nothing_else(command):
    forms = section(page(command.words[0]), "SYNOPSIS").split(".Nm twostep\n")
    mine = [form for form in forms if form.startswith(f".Cm {' '.join(command.words)}\n")]
    assert mine, f"no form of {command}"
    assert flags("\n".join(mine)) == command.options


def test_every_command_has_a_page_and_every_page_a_command():
    assert {path.name.removeprefix("twostep-").removesuffix(".1") for path in MANUAL.glob("twostep-*.1")} == set(
        commands()[0].below)


@pytest.mark.parametrize("name", commands()[0].below)
def test_a_page_is_whole(name):
    text = page(name)
    assert [wanted for wanted in SECTIONS if f"\n.Sh {wanted}\n" not in text] == []
    assert f".Nm twostep-{name}\n" in section(text, "NAME")
    assert f"twostep {name}" in section(text, "EXAMPLES")
    tags = "\n".join(re.findall(r"^\.It .*Fl .*$", text, re.M))
    options = set().union(*(command.options for command in of_page(name)))
    # --help stands once in each list, or in twostep(1).
    assert flags(tags) - {"help"} == options


def test_the_overview_lists_every_command():
    text = (MANUAL / "twostep.1").read_text()
    listed = section(text, "DESCRIPTION").split("Every command takes")[0]
    for name in commands()[0].below:
        assert f".It Cm {name}\n" in listed and f".Xr twostep-{name} 1 .\n" in listed, name
        assert f".Xr twostep-{name} 1" in section(text, "SEE ALSO"), name
    assert set(re.findall(r"^\.It Cm (\S+)$", listed, re.M)) == set(commands()[0].below)


def test_every_exit_status_stands_in_the_overview():
    code = (PROJECT / "Sources/Commands/Failure.swift").read_text()
    statuses = {int(number) for number in re.findall(r"^    case \w+ = (\d+)$", code, re.M)}
    text = section((MANUAL / "twostep.1").read_text(), "EXIT STATUS")
    overview = {int(number) for number in re.findall(r"^\.It (\d+)$", text, re.M)}
    assert len(statuses) > 5 and overview == statuses | {0}
    for name in commands()[0].below:
        own = {int(number) for number in re.findall(r"^\.It (\d+)$", section(page(name), "EXIT STATUS"), re.M)}
        assert 0 in own and own <= overview, name


@pytest.mark.parametrize("command", commands(), ids=str)
def test_help_fits_a_screen_and_has_an_example(command):
    done = tool.run(*command.words, "--help", env={"COLUMNS": str(COLUMNS), "PATH": "/usr/bin:/bin"})
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) <= ROWS and [line for line in lines if len(line) > COLUMNS] == [], done.stdout
    assert lines[0] == command.abstract
    assert any(line.startswith("USAGE: twostep") for line in lines)
    examples = done.stdout.split("EXAMPLE", 1)[1].split("USAGE:")[0]
    assert re.search(rf"\btwostep {' '.join(command.words)}", examples), done.stdout
    for name in command.options:
        assert f"--{name}" in done.stdout.split("USAGE:")[1], name
    for name in command.below:
        assert re.search(rf"^  {name} ", done.stdout, re.M), name


def test_help_is_had_in_other_ways_too():
    for words in ([], ["help"], ["token"], ["help", "enroll"], ["enroll", "-h"]):
        done = tool.run(*words)
        assert done.returncode == 0 and "USAGE: twostep" in done.stdout and done.stderr == "", words
    assert tool.run("enroll", "--no-such").stdout == ""

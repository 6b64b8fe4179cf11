"""One version: what the tool prints, what the module's debug line says, what the changelog's newest heading is about."""

import re
from pathlib import Path

import tool

CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"


def _newest_of_the_changelog():
    """The newest heading's version; of one that is not released, what its first line says it will be."""
    heading, first = re.search(r"^## \[([^]]+)\].*\n+(.*)$", CHANGELOG.read_text(), re.MULTILINE).groups()
    if heading != "Unreleased":
        return heading
    return re.fullmatch(r"This will be (\d+\.\d+\.\d+)\.", first)[1]


def test_tool_module_and_changelog_agree(world):
    person = world.enrol("alice")
    outcome = world.login("alice", person.token.code, "debug")
    [line] = [line for line in outcome.log if "event=debug" in line]
    printed = re.fullmatch(r"twostep (\d+\.\d+\.\d+)\n", tool.run("--version").stdout)[1]
    assert re.findall(r" version=(\S+)", line) == [printed]
    assert _newest_of_the_changelog() == printed

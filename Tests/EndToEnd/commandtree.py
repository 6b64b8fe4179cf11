"""The commands that the tool's parser has: the one list against which manual, help and completions are held."""

import functools
import json
from dataclasses import dataclass

import tool


@dataclass(frozen=True)
class Command:
    # Its words, without "twostep"; none for the tool itself.
    words: tuple
    abstract: str
    options: frozenset          # without dashes
    arguments: tuple
    # The names of its own commands.
    below: tuple

    def __str__(self):
        return " ".join(self.words) or "twostep"


# Every command has these, and the manual says so once.
EVERYWHERE = {"help", "version"}


@functools.cache
def commands():
    done = tool.run("--experimental-dump-help")
    assert done.returncode == 0, done.stderr
    found = []

    def walk(node, words):
        below = [child for child in node.get("subcommands", []) if child["commandName"] != "help"]
        arguments = node.get("arguments", [])
        options = {name["name"] for argument in arguments for name in argument.get("names", [])
                   if name["kind"] == "long" and argument.get("shouldDisplay", True)}
        positional = tuple(argument["valueName"] for argument in arguments if argument["kind"] == "positional")
        found.append(Command(words, node["abstract"], frozenset(options - EVERYWHERE), positional,
                             tuple(child["commandName"] for child in below)))
        for child in below:
            walk(child, (*words, child["commandName"]))
    walk(json.loads(done.stdout)["command"], ())
    return found


def doing():
    """Those that do something themselves."""
    return [command for command in commands() if not command.below]

"""What the shells complete, asked of the shells themselves."""

import json
import os
import subprocess
from pathlib import Path

import pexpect
import pytest
from commandtree import commands

COMPLETIONS = Path(__file__).parents[2] / "dist/completions"
# What is typed, something that must be offered, and something that must not.
CASES = {
    "a command": ("twostep enr", "enroll", "status"),
    "a command below a command": ("twostep token res", "resync", "add"),
    "an option": ("twostep enroll --alg", "--algorithm", "--digits"),
    "an option's values": ("twostep enroll --algorithm SHA25", "SHA256", "SHA512"),
    "a user": ("twostep status roo", "root", "daemon"),
    "a user behind an option": ("twostep import uri --user roo", "root", "daemon"),
    "a file behind an option": ("twostep list --config /etc/hostna", "/etc/hostname", "/etc/passwd"),
    "a file": ("twostep import oath /etc/hostna", "/etc/hostname", "/etc/passwd"),
}


def bash(line, home):
    """bash's own function, called as bash calls it."""
    words = line.split(" ")
    script = f"""
        shopt -s extglob progcomp; source {COMPLETIONS}/twostep
        COMP_LINE={json.dumps(line)}; COMP_POINT=${{#COMP_LINE}}; COMP_WORDS=({" ".join(map(json.dumps, words))})
        COMP_CWORD={len(words) - 1}; COMP_TYPE=9
        how=$(complete -p twostep); how=${{how#*-F }}; function=${{how%% *}}
        $function twostep {json.dumps(words[-1])} {json.dumps(words[-2])} 2>/dev/null
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, timeout=120)
    return [offer.strip() for offer in done.stdout.splitlines()]


def fish(line, home):
    done = subprocess.run(["fish", "--no-config", "-c", f"source {COMPLETIONS}/twostep.fish; complete -C {json.dumps(line)}"],
                          capture_output=True, text=True, timeout=120, env={**os.environ, "HOME": str(home)})
    assert done.stderr == ""
    return [offer.split("\t")[0] for offer in done.stdout.splitlines()]


def zsh(line, home):
    """zsh completes at its prompt alone: what it makes of the line after a Tab."""
    (home / ".zshrc").write_text(f"""
        PROMPT='> '; fpath=({home} $fpath); autoload -Uz compinit; compinit -u -D
        zstyle ':completion:*' menu no; unsetopt beep zle_bracketed_paste prompt_sp
        show() {{ print -r -- "<$BUFFER>"; BUFFER=; zle reset-prompt }}; zle -N show; bindkey '^X' show
    """)
    (home / "_twostep").write_bytes((COMPLETIONS / "_twostep").read_bytes())
    shell = pexpect.spawn("zsh", ["-i"], env={**os.environ, "ZDOTDIR": str(home), "HOME": str(home), "TERM": "dumb"},
                          encoding="utf-8", timeout=120, dimensions=(40, 200))
    try:
        shell.expect("> ")
        shell.send(line + "\t\x18")
        shell.expect(r"<(twostep [^>]*)>")
        return [shell.match.group(1).split(" ")[-1] or shell.match.group(1).split(" ")[-2]]
    finally:
        shell.close(force=True)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("shell", [bash, fish, zsh], ids=lambda shell: shell.__name__)
def test_what_is_completed(shell, case, tmp_path):
    line, wanted, unwanted = CASES[case]
    offered = shell(line, tmp_path)
    assert wanted in offered and unwanted not in offered, offered


@pytest.mark.parametrize("shell", [bash, fish], ids=lambda shell: shell.__name__)
def test_every_command_is_offered(shell, tmp_path):
    for command in commands():
        if command.below:
            offered = set(shell(" ".join(["twostep", *command.words, ""]), tmp_path))
            assert set(command.below) <= offered, command


@pytest.mark.parametrize("shell, name", [("bash", "twostep"), ("zsh", "_twostep"), ("fish", "twostep.fish")])
def test_each_shell_understands_its_file(shell, name):
    done = subprocess.run([shell, "-n", COMPLETIONS / name], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")

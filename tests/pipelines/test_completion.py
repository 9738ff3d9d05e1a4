"""Completion in a shell: the script is run by bash itself."""

import subprocess
import sys

import pytest

from corpus.errors import UserError
from pipelines.cli import COMMANDS
from pipelines.completion import script


def complete(*words: str) -> list[str]:
    given = " ".join(f"'{word}'" for word in words)
    test = f"COMP_WORDS=({given}); COMP_CWORD={len(words) - 1}; _hanji; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(["bash", "-c", script("bash", COMMANDS) + test], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_bash_completes_commands_and_options():
    assert complete("hanji", "pre") == ["pretrain"]
    assert complete("hanji", "warm") == ["warm-up"]
    assert complete("hanji", "export", "--g") == ["--gguf"]
    assert "--serve" in complete("hanji", "generate", "--se")
    assert complete("hanji", "build_corpus", "--rec") == complete("hanji", "build-corpus", "--rec") == ["--recipe"]
    assert complete("hanji", "export", "runs") == []  # names of files are the shell's


def test_other_shells():
    assert script("zsh", COMMANDS).startswith("autoload -U +X bashcompinit")
    fish = script("fish", COMMANDS).splitlines()
    assert "complete -c hanji -n '__fish_seen_subcommand_from export' -l gguf" in fish
    with pytest.raises(UserError, match="accepted are bash, zsh, fish"):
        script("csh", COMMANDS)


def test_the_command_prints_the_script():
    command = [sys.executable, "-m", "pipelines.cli", "completion"]
    done = subprocess.run([*command, "bash"], capture_output=True, text=True, check=True)
    assert done.stdout == script("bash", COMMANDS)
    wrong = subprocess.run([*command, "csh"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "accepted are bash" in wrong.stderr

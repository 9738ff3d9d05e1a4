"""Completion in a shell: the scripts are run by the shells themselves, zsh and fish where they are installed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from corpus.errors import UserError
from pipelines.cli import COMMANDS
from pipelines.completion import options, script


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
    assert complete("hanji", "build-corpus", "--no-") == ["--no-keep-work"]
    assert complete("hanji", "export", "runs") == []  # names of files are the shell's


@pytest.mark.parametrize("command", COMMANDS)
def test_what_every_command_has_is_completed_once(command: str):
    found = options(command)
    assert {"--help", "--quiet", "--json"} <= set(found)
    assert len(set(found)) == len(found)
    assert all(name.startswith("--") for name in found)


@pytest.mark.skipif(shutil.which("zsh") is None, reason="needs zsh")
def test_zsh_gets_the_words_to_choose_among():
    """As zsh's own _bash_complete calls the function; zsh itself leaves out what does not begin as typed."""
    call = "emulate -L sh; COMP_WORDS=(hanji export --g); COMP_CWORD=2; _hanji; echo ${COMPREPLY[@]}"
    line = f"autoload -Uz compinit && compinit -u -D\n{script('zsh', COMMANDS)}\nasked() {{ {call}; }}; asked"
    done = subprocess.run(["zsh", "-fc", line], capture_output=True, text=True, check=True)
    assert done.stdout.split() == options("export")


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
def test_fish_completes_commands_and_options(tmp_path: Path):
    (tmp_path / "hanji.fish").write_text(script("fish", COMMANDS))
    lines = ("hanji pre", "hanji export --g", "hanji build_corpus --rec", "hanji build-corpus --rec")
    asked = "; ".join(f"complete -C '{line}'" for line in lines)
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source {tmp_path}/hanji.fish; {asked}"],
        capture_output=True, text=True, check=True, env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.stdout.split() == ["pretrain", "--gguf", "--recipe", "--recipe"]


def test_other_shells():
    assert script("zsh", COMMANDS).startswith("autoload -U +X bashcompinit")
    fish = script("fish", COMMANDS).splitlines()
    assert "complete -c hanji -n '__fish_seen_subcommand_from export' -l gguf" in fish
    assert "complete -c hanji -n '__fish_seen_subcommand_from build-corpus build_corpus' -l recipe" in fish
    with pytest.raises(UserError, match="accepted are bash, zsh, fish"):
        script("csh", COMMANDS)


def test_the_command_prints_the_script():
    command = [sys.executable, "-m", "pipelines.cli", "completion"]
    done = subprocess.run([*command, "bash"], capture_output=True, text=True, check=True)
    assert done.stdout == script("bash", COMMANDS)
    wrong = subprocess.run([*command, "csh"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "accepted are bash" in wrong.stderr

"""Completion of `hanji` in a shell: a script with all commands and their options (`hanji completion SHELL`)."""

import importlib

import typer.main

from corpus.errors import UserError
from pipelines.console import application

SHELLS = ("bash", "zsh", "fish")


def options(command: str) -> list[str]:
    """The long options of a command, --help included."""
    main = importlib.import_module(f"pipelines.{command}").main
    parameters = typer.main.get_command(application(main)).params
    found = [name for each in parameters for name in (*each.opts, *each.secondary_opts) if name.startswith("--")]
    return [*dict.fromkeys(found), "--help"]


def script(shell: str, commands: tuple[str, ...]) -> str:
    """The script for a shell. Raises UserError for one that is not supported."""
    if shell not in SHELLS:
        raise UserError(f"completion {shell}: accepted are {', '.join(SHELLS)}.")
    names = {command.replace("_", "-"): options(command) for command in commands}
    if shell == "fish":
        lines = [f"complete -c hanji -n __fish_use_subcommand -f -a '{' '.join(names)}'"]
        for name, found in names.items():
            spellings = " ".join(dict.fromkeys((name, name.replace("-", "_"))))
            lines += [f"complete -c hanji -n '__fish_seen_subcommand_from {spellings}' -l {o[2:]}" for o in found]
        return "\n".join(lines) + "\n"
    cases = "\n".join(f"    {name}|{name.replace('-', '_')}) words='{' '.join(o)}';;" for name, o in names.items())
    return _BASH.format(
        begin="autoload -U +X bashcompinit && bashcompinit\n" if shell == "zsh" else "",
        names=" ".join(names),
        cases=cases,
    )


_BASH = """{begin}_hanji() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} words=
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='{names}'
  elif [[ $word == -* ]]; then
    case ${{COMP_WORDS[1]}} in
{cases}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -o default -F _hanji hanji
"""

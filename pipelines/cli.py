"""`hanji COMMAND …`: the same commands as `python -m pipelines.COMMAND …`."""

import ast
import difflib
import importlib
import sys
from pathlib import Path

COMMANDS = (
    "new",
    "build_corpus",
    "dedup",
    "train_quality",
    "ablate",
    "index",
    "decontaminate",
    "mirror",
    "train_tokenizer",
    "report_tokenizer",
    "pack",
    "inspect",
    "trace",
    "audit",
    "pages",
    "verify",
    "pretrain",
    "generate",
    "evaluate",
    "export",
    "publish",
    "end_to_end",
    "doctor",
    "warm_up",
)


def _summary(command: str) -> str:
    """The first line of a command's docstring, read without importing it: some commands import torch."""
    tree = ast.parse(Path(__file__).with_name(f"{command}.py").read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").splitlines()[0]


def main() -> None:
    """Dispatch to a command, or list them."""
    from pipelines.console import run, tolerate_narrow_output

    tolerate_narrow_output()
    if sys.argv[1:] in (["--version"], ["-V"]):
        from corpus import release

        print(f"hanji {release()}")
        return
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print("usage: hanji COMMAND [OPTIONS]\n")
        for command in COMMANDS:
            print(f"  {command:<18}{_summary(command)}")
        print(
            "\n`hanji COMMAND --help` shows the options of a command, `hanji --version` the version,\n"
            "`hanji completion bash` (zsh, fish) the script that completes commands and options in a shell.\n"
            "Exit status: 0 done; 1 done, and the answer is no (verify, doctor, --fail-if); 2 an error, and the\n"
            "message says how to fix it; 130 interrupted."
        )
        return
    if sys.argv[1] == "completion":
        from pipelines.completion import script

        def completion(shell: str) -> None:
            """Print the completion script of a shell: bash, zsh or fish."""
            print(script(shell, COMMANDS), end="")

        run(completion, sys.argv[2:], "hanji completion")
    command = sys.argv[1].replace("-", "_")
    if command not in COMMANDS:
        near = difflib.get_close_matches(command, COMMANDS, 1)
        meant = f" Did you mean {near[0]}?" if near else ""
        print(
            f"error: unknown command {sys.argv[1]!r}.{meant} `hanji` lists them: {', '.join(COMMANDS)}.",
            file=sys.stderr,
        )
        sys.exit(2)
    run(importlib.import_module(f"pipelines.{command}").main, sys.argv[2:], f"hanji {command}")


if __name__ == "__main__":
    main()

"""`hanji COMMAND …`: the same commands as `python -m pipelines.COMMAND …`."""

import ast
import importlib
import sys
from pathlib import Path

COMMANDS = (
    "build_corpus",
    "dedup",
    "mirror",
    "train_tokenizer",
    "report_tokenizer",
    "pack",
    "inspect",
    "verify",
    "pretrain",
    "generate",
    "evaluate",
    "export",
    "end_to_end",
)


def _summary(command: str) -> str:
    """The first line of a command's docstring, read without importing it: some commands import torch."""
    tree = ast.parse(Path(__file__).with_name(f"{command}.py").read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").splitlines()[0]


def main() -> None:
    """Dispatch to a command, or list them."""
    from pipelines.console import run

    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print("usage: hanji COMMAND [OPTIONS]\n")
        for command in COMMANDS:
            print(f"  {command:<18}{_summary(command)}")
        print("\n`hanji COMMAND --help` tells the options of one.")
        return
    command = sys.argv[1].replace("-", "_")
    if command not in COMMANDS:
        print(f"error: unknown command {sys.argv[1]!r}; accepted: {', '.join(COMMANDS)}", file=sys.stderr)
        sys.exit(2)
    run(importlib.import_module(f"pipelines.{command}").main, sys.argv[2:], f"hanji {command}")


if __name__ == "__main__":
    main()

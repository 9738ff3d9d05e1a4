"""Command lines of benchmarks: the docstring as help, and the folders of texts that several of them read."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

VARIABLES = {"mirror": "HANJI_MIRROR", "data": "HANJI_DATA"}


def parser(description: str | None, *folders: str) -> argparse.ArgumentParser:
    """A parser with --mirror or --data, by default what the environment names."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in folders:
        made.add_argument(f"--{name}", type=Path, default=os.environ.get(VARIABLES[name]))
    return made


def parse(made: argparse.ArgumentParser, arguments: Sequence[str] | None, reason: str) -> argparse.Namespace:
    """The options; ends the program with what to set and `reason` if a folder is missing."""
    options = made.parse_args(arguments)
    names = [name for name in VARIABLES if hasattr(options, name)]
    if any(getattr(options, name) is None for name in names):
        variables, flags = " and ".join(VARIABLES[name] for name in names), " and ".join(f"--{name}" for name in names)
        sys.exit(f"set {variables} or give {flags}: {reason}")
    return options

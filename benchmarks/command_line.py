"""Command lines of benchmarks: the docstring as help, and the folders of texts that several of them read."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

VARIABLES = {"mirror": "HANJI_MIRROR", "data": "HANJI_DATA"}


def parser(description: str | None, *folders: str) -> argparse.ArgumentParser:
    """A parser with --mirror or --data, by default the environment's folders."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.set_defaults(folders=folders)
    for name in folders:
        made.add_argument(f"--{name}", type=Path, default=from_environment(name), help=f"default: {VARIABLES[name]}")
    return made


def parse(
    made: argparse.ArgumentParser, arguments: Sequence[str] | None = None, reason: str = "the benchmark reads them"
) -> argparse.Namespace:
    """The options. Ends the program with the variables to set and `reason` if a folder is not given."""
    options = made.parse_args(arguments)
    for name in options.folders:
        if getattr(options, name) is None:
            require(name, reason)
    return options


def from_environment(name: str) -> Path | None:
    """The folder of an environment variable in VARIABLES; None if it is not set."""
    found = os.environ.get(VARIABLES[name])
    return Path(found) if found else None


def require(name: str, reason: str) -> Path:
    """The folder of an environment variable. Ends the program if it is not set or not a folder."""
    found = from_environment(name)
    if found is None or not found.is_dir():
        sys.exit(f"set {VARIABLES[name]} to a folder or give --{name}: {reason}")
    return found

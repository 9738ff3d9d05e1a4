"""A command called with the words of its command line, in this process: one of its own imports for two seconds."""

import contextlib
import importlib
import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from pipelines.console import run


class Done(NamedTuple):
    """How a command ended, as subprocess.run has it."""

    returncode: int
    stdout: str
    stderr: str


def called(name: str, *arguments: str | Path | float, unset: tuple[str, ...] = (), **environment: str) -> Done:
    """Call pipelines.NAME; `unset` are names of the environment that the command does not get, `environment` others
    that it gets. A mistake of the program is raised."""
    main = importlib.import_module(f"pipelines.{name}").main
    told = {key: value for key, value in os.environ.items() if key not in unset} | environment
    out, errors = io.StringIO(), io.StringIO()
    with _environment(told), contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        try:
            run(main, [*map(str, arguments)], name)
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return Done(code, out.getvalue(), errors.getvalue())


def _environment(told: Mapping[str, str]) -> contextlib.AbstractContextManager:
    return mock.patch.dict(os.environ, told, clear=True)

"""A command called with the words of its command line, in this process: one of its own imports for two seconds."""

import contextlib
import importlib
import io
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from pipelines import cli
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
    return _ended(lambda: run(main, [*map(str, arguments)], name), unset, environment)


def typed(words: Sequence[str], unset: tuple[str, ...] = (), **environment: str) -> Done:
    """Call what a line of the docs says: `hanji NAME …` or `python -m pipelines.NAME …`."""
    if words[0] != "hanji":
        assert tuple(words[:2]) == ("python", "-m")
        return called(words[2].removeprefix("pipelines."), *words[3:], unset=unset, **environment)
    with mock.patch("sys.argv", list(words)):
        return _ended(cli.main, unset, environment)


def _ended(command: Callable[[], None], unset: tuple[str, ...], environment: Mapping[str, str]) -> Done:
    told = {key: value for key, value in os.environ.items() if key not in unset} | environment
    out, errors = io.StringIO(), io.StringIO()
    with _environment(told), contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        try:
            command()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return Done(code, out.getvalue(), errors.getvalue())


def _environment(told: Mapping[str, str]) -> contextlib.AbstractContextManager:
    return mock.patch.dict(os.environ, told, clear=True)

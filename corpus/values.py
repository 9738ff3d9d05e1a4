"""JSON and TOML of unknown origin as Python values.

Values nested too deep end Python's parsers with RecursionError; here that is one more error of the file.
"""

import json
import tomllib
from collections.abc import Callable
from typing import Any


def from_json(content: str | bytes, hook: Callable[[dict[str, Any]], Any] | None = None) -> Any:
    """A JSON value; `hook` makes something else of each object. Raises ValueError for anything else."""
    try:
        return json.loads(content, object_hook=hook)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def from_toml(text: str) -> dict[str, Any]:
    """A TOML table. Raises tomllib.TOMLDecodeError for anything else."""
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise tomllib.TOMLDecodeError("it is nested too deep") from error

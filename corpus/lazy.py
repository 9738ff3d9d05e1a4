"""Public names of a folder, each loaded from its file on first use: importing the folder itself stays cheap."""

import importlib
from collections.abc import Callable
from typing import Any


def public(folder: str, names: dict[str, str]) -> Callable[[str], Any]:
    """A module `__getattr__` (PEP 562) for the package `folder`; `names` maps each public name to the file that defines it."""

    def get(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {folder!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{folder}.{names[name]}"), name)

    return get

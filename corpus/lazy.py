"""Public names of a folder, each loaded from its file on first use: importing the folder itself stays cheap."""

import importlib
import sys
from collections.abc import Callable
from typing import Any


def public(folder: str, names: dict[str, str]) -> Callable[[str], Any]:
    """A module `__getattr__` (PEP 562) for the package `folder`; `names` maps each public name to the file that defines
    it.

    No public name may be that of a file in the folder: after the file is loaded, Python finds the file, not the name.
    """
    module = sys.modules[folder]
    module.__dict__["__all__"] = sorted(names)
    module.__dict__["__dir__"] = lambda: sorted({*vars(module), *names})

    def get(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {folder!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{folder}.{names[name]}"), name)

    return get

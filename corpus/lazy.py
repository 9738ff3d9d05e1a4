"""Names that are loaded on first use: the public names of a folder, and libraries that most processes do not need."""

import importlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any


def public(folder: str, names: dict[str, str]) -> Callable[[str], Any]:
    """A module `__getattr__` (PEP 562) for the package `folder`; `names` maps each public name to the file that defines
    it.

    No public name may be that of a file in the folder: after the file is loaded, Python finds the file, not the name.
    """
    module = sys.modules[folder]
    module.__dict__["__all__"] = sorted(names)
    module.__dict__["__dir__"] = lambda: sorted({*vars(module), *names})

    return named(folder, {name: f"{folder}.{file}:{name}" for name, file in names.items()})


def named(module: str, places: dict[str, str]) -> Callable[[str], Any]:
    """A module `__getattr__` for names of other modules: `places` maps each to "module:name"."""

    def get(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        where, _, its = places[name].partition(":")
        return getattr(importlib.import_module(where), its)

    return get


class Later:
    """Stands for a module that is imported when an attribute of it is first asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)


if TYPE_CHECKING:
    import httpx as httpx
else:
    httpx = Later("httpx")  # processes that open no connection do not load it: 0.2 s

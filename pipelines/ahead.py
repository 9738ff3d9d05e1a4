"""Compiling kernels ahead, on all cores. Otherwise a first run compiles one after the other, each where it is needed.

kernels.json lists the kernels that Python calls and the kinds of their arguments, those that take longest first.
`python -m tests.kernels` writes it anew.
"""

import importlib
import json
import sys
from functools import reduce
from pathlib import Path
from typing import Any

LIST = Path(__file__).with_name("kernels.json")
MOST = 8  # processes that compile: the longest kernel takes an eighth of the time of all
Entry = tuple[str, list[Any]]  # "module:kernel", and its arguments as in the list


def wanted() -> list[Entry]:
    """The kernels of the list in the folders of which a module is loaded, without those that are compiled."""
    entries = json.loads(LIST.read_text(encoding="utf-8"))
    loaded = [(name, kinds) for name, kinds in entries if name.partition(":")[0].rpartition(".")[0] in sys.modules]
    return [entry for entry in loaded if not _is_compiled(entry[0])]


def compile_ahead(entries: list[Entry], workers: int) -> None:
    """Compile kernels into the cache, on `workers` processes, at most MOST. With one worker, each is compiled where it
    is first needed."""
    from corpus.engine.local import LocalEngine
    from corpus.engine.workers import restart

    if not entries or workers == 1:
        return
    with LocalEngine(min(workers, MOST)) as engine:
        for _ in engine.map(compile_one, entries, name="compiling", describe=lambda entry: entry[0]):
            pass
    restart()  # so that later workers begin with what is compiled now


def _is_compiled(name: str) -> bool:
    kernel = _kernel(name)
    return any(Path(kernel.stats.cache_path).glob(f"{name.rpartition('.')[2].replace(':', '.')}-*.nbi"))


def _kernel(name: str) -> Any:
    module, _, kernel = name.partition(":")
    return getattr(importlib.import_module(module), kernel)


def compile_one(entry: Entry) -> None:
    """Compile a kernel, unless the cache has it."""
    name, kinds = entry
    _kernel(name).compile(tuple(map(kind_of, kinds)))


def kind_of(spelled: Any) -> Any:
    """Numba's type of an argument: "int64", "uint8[:]", "const uint8[:, :]" (read-only), a list for a tuple, an object
    with one key for a named one. Arrays are contiguous."""
    from numba import types

    if isinstance(spelled, dict):
        ((name, kinds),) = spelled.items()
        module, _, path = name.partition(":")
        cls = reduce(getattr, path.split("."), importlib.import_module(module))
        return types.BaseTuple.from_types([kind_of(kind) for kind in kinds], cls)
    if isinstance(spelled, list):
        return types.BaseTuple.from_types([kind_of(kind) for kind in spelled])
    element, _, shape = spelled.removeprefix("const ").partition("[")
    found = getattr(types, element)
    return types.Array(found, shape.count(":"), "C", readonly=spelled.startswith("const ")) if shape else found


def load_all() -> None:
    """Load the modules of all kernels of the list."""
    for name, _ in json.loads(LIST.read_text(encoding="utf-8")):
        importlib.import_module(name.partition(":")[0])

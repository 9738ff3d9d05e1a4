"""`python -m tests.kernels` writes pipelines/kernels.json anew: the kernels that a run of all commands calls."""

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numba import types
from numba.core import dispatcher

from pipelines.ahead import LIST
from pipelines.warm_up import first_runs


def spell(kind: Any) -> Any:
    """A type as `kind_of` reads it."""
    if isinstance(kind, types.Array):
        return f"{'' if kind.mutable else 'const '}{kind.dtype}[{', '.join(':' * kind.ndim)}]"
    if not issubclass(type(kind), types.BaseTuple):
        return str(kind)
    cls, kinds = getattr(kind, "instance_class", tuple), [spell(each) for each in kind]
    return kinds if cls is tuple else {f"{cls.__module__}:{cls.__qualname__}": kinds}


@contextmanager
def recorded() -> Iterator[dict[str, float]]:
    """The kernels that Python calls for the first time within the block, as they stand in the list, and the seconds of
    processor time that each took to be ready."""
    found: dict[str, float] = {}
    numba: Any = dispatcher.Dispatcher
    depth, compile_as_before = 0, numba.compile

    def noting(kernel: Any, signature: Any) -> Any:
        nonlocal depth
        depth, begun, before = depth + 1, time.process_time(), set(kernel.overloads)
        try:
            return compile_as_before(kernel, signature)
        finally:
            depth -= 1
            new = [types for types in kernel.overloads if types not in before]
            if depth == 0 and new:
                name = f"{kernel.py_func.__module__}:{kernel.py_func.__qualname__}"
                entry = json.dumps([name, [spell(kind) for kind in new[0]]])
                found[entry] = time.process_time() - begun

    numba.compile = noting
    try:
        yield found
    finally:
        numba.compile = compile_as_before


def main() -> None:
    """Write the list."""
    with tempfile.TemporaryDirectory() as scratch, recorded() as found:
        first_runs(Path(scratch))
    lines = sorted(found, key=lambda entry: (-round(found[entry]), entry))
    LIST.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()

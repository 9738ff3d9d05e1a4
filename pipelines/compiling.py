"""Messages about compilation: kernels are compiled once per user and version, and a first run waits for them.

Numba keeps each compiled kernel as a file in its cache folder (corpus/__init__.py), so that the files tell how far a
first run has come.
"""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

KERNELS = 81  # files that `hanji warm-up` compiles, 2026-11-27
SECONDS = 120  # CPU seconds of compiling them all, on one core of the development machine
EVERY = 10.0  # seconds between two lines


def cache_folder() -> Path:
    """Where compiled kernels are kept: one folder for each version of the kernels."""
    import corpus  # noqa: F401  # sets NUMBA_CACHE_DIR

    return Path(os.environ["NUMBA_CACHE_DIR"])


def compiled() -> int:
    """How many kernels are compiled already."""
    return sum(1 for _ in cache_folder().rglob("*.nbi"))


def is_first_run() -> bool:
    """Whether most kernels are still to be compiled."""
    return compiled() < KERNELS // 2


class CompileNotice:
    """A context manager that tells a first run that it is compiling, and how far it is; silent when all is compiled."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "CompileNotice":
        if is_first_run():
            begun = compiled()
            self._tell(
                f"Compiling kernels, once: about {SECONDS} s of processor time, which the workers share; less where not"
                " all are needed. Later runs start at once; `hanji warm-up` compiles ahead."
            )
            self._thread = threading.Thread(target=self._watch, args=(begun,), daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self, before: int) -> None:
        start = time.monotonic()
        while not self._over.wait(EVERY):
            now = compiled()
            if now == before:  # nothing new: this stage is working, not compiling
                continue
            before = now
            self._tell(f"compiling: {now} kernels ready, {time.monotonic() - start:.0f} s")

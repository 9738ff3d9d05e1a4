"""Engines run tasks: one small interface, `map`, and its implementation with the processes of this machine.

Tasks write their results to disk (corpus/engine/task.py), so only little is sent between processes: a description to
the worker, counts back. Each process uses one core (corpus/engine/workers.py).
"""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any, Protocol, TypeVar

from corpus.engine.task import noted
from corpus.engine.workers import begin_worker, restart, start_method
from corpus.errors import RESUME, UserError, explain_os_error

PULSE = 0.5  # seconds between two checks for an interrupt
GRACE = 5.0  # seconds that a worker has to end on its own
Item = TypeVar("Item")
Result = TypeVar("Result")


class Observer(Protocol):
    """Receives the progress of a stage, for example to display it."""

    def begin(self, stage: str, items: int, weight: int) -> None: ...
    def advance(self, stage: str, group: str, weight: int, items: int = 1) -> None: ...
    def skip(self, stage: str, group: str, weight: int) -> None:
        """An item that an earlier run had finished, in place of `advance`."""

    def end(self, stage: str) -> None: ...


class Silent:
    """An observer that shows nothing."""

    def begin(self, stage: str, items: int, weight: int) -> None: ...
    def advance(self, stage: str, group: str, weight: int, items: int = 1) -> None: ...
    def skip(self, stage: str, group: str, weight: int) -> None: ...
    def end(self, stage: str) -> None: ...


class Engine(Protocol):
    """Runs a pure function over items."""

    workers: int
    observer: Observer

    def map(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        name: str = "map",
        describe: Callable[[Item], str] = str,
        group: Callable[[Item], str] = lambda item: "",
        weigh: Callable[[Item], int] = lambda item: 1,
    ) -> Iterator[Result]:
        """Results in the order of the items; an exception names the item (`describe`).

        Function and items must be picklable. `group` and `weigh` (for example bytes) are for the observer only.
        """
        ...


class LocalEngine:
    """Runs tasks on `workers` processes of this machine; with one worker, in this process.

    A context manager: leaving it ends the processes. At most `4 × workers` items are in flight, so that results behind
    a slow item are bounded.
    """

    def __init__(self, workers: int | None = None, observer: Observer | None = None):
        self.workers = workers or os.cpu_count() or 1
        self.observer: Observer = observer or Silent()
        self._pool: ProcessPoolExecutor | None = None
        self._others: set[Any] = set()  # processes that this one had started before the pool

    def __enter__(self) -> "LocalEngine":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close()
        if (
            kind is KeyboardInterrupt
        ):  # a worker that was still to be started would find no queue, and print a traceback
            restart()

    def close(self) -> None:
        """End the worker processes; running tasks are stopped and leave no files.

        No worker outlives this call, even when it is interrupted: a pool waits for its workers at exit, and so a second
        Ctrl-C would wait for their tasks. A worker that was being started when the first one came is not on the pool's
        list, but among the children of this process.
        """
        pool, self._pool = self._pool, None
        if pool is None:
            return
        started = set(multiprocessing.active_children()) - self._others
        processes = list({*(pool._processes or {}).values(), *started})
        try:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.terminate()
            for process in processes:
                process.join(GRACE)
        finally:
            for process in processes:
                process.kill()
            for process in processes:
                process.join()

    def map(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        name: str = "map",
        describe: Callable[[Item], str] = str,
        group: Callable[[Item], str] = lambda item: "",
        weigh: Callable[[Item], int] = lambda item: 1,
    ) -> Iterator[Result]:
        todo = list(items)
        results = self._serial(function, todo) if self.workers == 1 else self._parallel(function, todo)
        return followed(self.observer, name, todo, results, describe, group, weigh)

    @staticmethod
    def _serial(function: Callable[[Item], Result], items: list[Item]) -> Iterator[tuple[Result, bool]]:
        for item in items:
            yield noted(partial(function, item))

    def _parallel(self, function: Callable[[Item], Result], items: list[Item]) -> Iterator[tuple[Result, bool]]:
        if self._pool is None:
            self._others = set(multiprocessing.active_children())
            self._pool = ProcessPoolExecutor(
                self.workers, mp_context=start_method(), initializer=begin_worker, initargs=(dict(os.environ),)
            )
        waiting: deque[Future[tuple[Result, bool]]] = deque()
        ahead = iter(items)
        try:
            for item in ahead:
                waiting.append(self._pool.submit(noted, partial(function, item)))
                if len(waiting) >= 4 * self.workers:
                    break
            while waiting:
                while wait([waiting[0]], PULSE).not_done:  # a wait without a limit would not notice an interrupt
                    pass
                yield waiting.popleft().result()
                for item in ahead:
                    waiting.append(self._pool.submit(noted, partial(function, item)))
                    break
        except BrokenProcessPool:
            self._pool = None
            raise
        finally:
            for future in waiting:
                future.cancel()


def followed(
    observer: Observer,
    name: str,
    items: list[Item],
    results: Iterator[tuple[Result, bool]],
    describe: Callable[[Item], str],
    group: Callable[[Item], str],
    weigh: Callable[[Item], int],
) -> Iterator[Result]:
    """The results of a stage's items, in their order, reported to the observer; an exception names its item.

    `results`: with whether an earlier run had finished the item (corpus.engine.task.noted).
    """
    observer.begin(name, len(items), sum(weigh(item) for item in items))
    try:
        for item in items:
            try:
                result, known = next(results)
            except Exception as error:
                raise _explain(name, describe(item), error) from error
            report = observer.skip if known else observer.advance
            report(name, group(item), weigh(item))
            yield result
    finally:
        observer.end(name)


def _explain(stage: str, item: str, error: Exception) -> Exception:
    """The same error, naming the stage and the item."""
    if isinstance(error, UserError):
        return UserError(str(error) if item in str(error) else f"{item}: {error}")
    if told := explain_os_error(error):
        return UserError(f"{stage} of {item}: {told}")
    if isinstance(error, MemoryError):
        return UserError(f"{stage} of {item}: not enough memory. Use fewer --workers. {RESUME}")
    if isinstance(error, BrokenProcessPool):
        return UserError(
            f"{stage}: a worker process ended abruptly while {item} or a part after it was running; the most likely"
            " cause is too little memory. Run the same command again with fewer --workers; it continues where it"
            " stopped."
        )
    named = RuntimeError(f"{stage} of {item} failed: {type(error).__name__}: {error}")
    return named

"""How long each step of a build takes, and how much of it an earlier run had done."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from corpus.engine.local import Engine


@dataclass
class Lap:
    """One step: seconds of this run, its tasks and those of them that an earlier run had finished, and their weights
    (bytes, or 1 a task)."""

    seconds: float = 0.0
    tasks: int = 0
    known: int = 0
    weight: int = 0
    known_weight: int = 0

    @property
    def fresh(self) -> float:
        """The share of the step that this run did, by weight."""
        return 1 - self.known_weight / self.weight if self.weight else 0.0


class Stopwatch:
    """Takes the time of the steps of a build. While it is used as a context manager it is the engine's observer, and
    passes everything on to the one before."""

    def __init__(self, engine: Engine) -> None:
        self.laps: dict[str, Lap] = {}
        self._engine, self._observer = engine, engine.observer
        self._begin = time.monotonic()
        self._lap = Lap()

    def __enter__(self) -> "Stopwatch":
        self._engine.observer = self
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.observer = self._observer

    @property
    def seconds(self) -> float:
        """Since it was made."""
        return time.monotonic() - self._begin

    @contextmanager
    def lap(self, step: str) -> Iterator[None]:
        """Take the time of a step."""
        self._lap = self.laps.setdefault(step, Lap())
        start = time.monotonic()
        try:
            yield
        finally:
            self._lap.seconds += time.monotonic() - start
            self._lap = Lap()

    def begin(self, stage: str, items: int, weight: int) -> None:
        self._observer.begin(stage, items, weight)

    def advance(self, stage: str, group: str, weight: int, items: int = 1) -> None:
        self._lap.tasks += items
        self._lap.weight += weight
        self._observer.advance(stage, group, weight, items)

    def skip(self, stage: str, group: str, weight: int) -> None:
        self._lap.tasks += 1
        self._lap.weight += weight
        self._lap.known += 1
        self._lap.known_weight += weight
        self._observer.skip(stage, group, weight)

    def end(self, stage: str) -> None:
        self._observer.end(stage)

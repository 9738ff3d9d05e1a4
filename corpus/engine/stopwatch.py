"""How long each step of a build takes, over all runs that it took, and how much of it was done before the first."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from corpus.engine.local import Engine
from corpus.engine.task import read_json, write_json
from corpus.errors import DamagedError

PULSE = 2.0  # seconds between two records of a run, so that a run that is killed loses no more of its time

log = logging.getLogger(__name__)


@dataclass
class Lap:
    """One step: seconds of one run or several, its tasks and those of them that were done before, and their weights
    (bytes, or 1 a task)."""

    seconds: float = 0.0
    tasks: int = 0
    known: int = 0
    weight: int = 0
    known_weight: int = 0

    @property
    def fresh(self) -> float:
        """The share of the step that was done in these seconds, by weight."""
        return 1 - self.known_weight / self.weight if self.weight else 0.0

    def after(self, before: "Lap") -> "Lap":
        """This lap of the last run together with those of the runs before it.

        The tasks are those of the last run. What it found done and the runs before it did is not known any more, since
        their seconds are in the sum.
        """
        done, weight = before.tasks - before.known, before.weight - before.known_weight
        return Lap(
            self.seconds + before.seconds,
            self.tasks,
            max(self.known - done, 0),
            self.weight,
            max(self.known_weight - weight, 0),
        )


class Stopwatch:
    """Takes the time of the steps of a build. While it is used as a context manager it is the engine's observer, and
    passes everything on to the one before.

    `record`: a file that has the times of runs that did not finish, and is kept up to date with those of this run. It
    is removed by `finish`.
    """

    def __init__(self, engine: Engine, record: Path | None = None) -> None:
        self.laps: dict[str, Lap] = {}
        self._engine, self._observer = engine, engine.observer
        self._begin = self._started = time.monotonic()
        self._step, self._lap = "", Lap()
        self._record, self._over = record, threading.Event()
        self._before = _read(record)
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> "Stopwatch":
        self._engine.observer = self
        if self._record is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.observer = self._observer
        if self._record is not None and not self._over.is_set():
            self._stop()
            self._write()

    @property
    def seconds(self) -> float:
        """Since it was made, and of the runs before."""
        return time.monotonic() - self._begin + self._before["seconds"]

    @property
    def runs(self) -> int:
        """This run and those before that did not finish."""
        return self._before["runs"] + 1

    @property
    def total(self) -> dict[str, Lap]:
        """The laps of all runs; the steps are those of this run."""
        return {step: lap.after(self._before["laps"].get(step, Lap())) for step, lap in self.laps.items()}

    def finish(self) -> None:
        """The build is done: the next one begins at zero."""
        self._stop()
        if self._record is not None:
            self._record.unlink(missing_ok=True)

    @contextmanager
    def lap(self, step: str) -> Iterator[None]:
        """Take the time of a step."""
        self._step, self._lap = step, self.laps.setdefault(step, Lap())
        self._started = time.monotonic()
        try:
            yield
        finally:
            self._lap.seconds += time.monotonic() - self._started
            self._step, self._lap = "", Lap()

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

    def _follow(self) -> None:
        while not self._over.wait(PULSE):
            with suppress(OSError):  # a disk that is full or gone stops the build itself; it says so
                self._write()

    def _stop(self) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _write(self) -> None:
        """Write what the next run adds to its own times: per step the seconds and the tasks done, of all runs."""
        laps = {}
        step, now = self._step, time.monotonic()
        for name in {**self._before["laps"], **self.laps}:
            lap, before = self.laps.get(name, Lap()), self._before["laps"].get(name, Lap())
            running = now - self._started if name == step else 0.0
            laps[name] = Lap(
                lap.seconds + running + before.seconds,
                lap.tasks - lap.known + before.tasks,
                0,
                lap.weight - lap.known_weight + before.weight,
            )
        kept = any(lap.tasks for lap in laps.values())  # a run that left nothing leaves no file either
        if self._record is not None and kept and self._record.parent.is_dir():
            content = {"runs": self.runs, "seconds": self.seconds, "laps": {k: asdict(lap) for k, lap in laps.items()}}
            write_json(self._record, content, durable=False)


def _read(record: Path | None) -> dict[str, Any]:
    """{"runs", "seconds", "laps"} of the runs that did not finish."""
    if record is not None and record.is_file():
        try:
            told = read_json(record)
            return told | {"laps": {step: Lap(**lap) for step, lap in told["laps"].items()}}
        except (DamagedError, KeyError, TypeError, AttributeError):
            log.warning("%s is damaged, so the times of runs that did not finish are not added", record)
    return {"runs": 0, "seconds": 0.0, "laps": {}}

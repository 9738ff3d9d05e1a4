"""The stopwatch of a build passes everything on, and takes the time and the tasks of each step."""

import pytest

from corpus.engine import stopwatch
from corpus.engine.local import LocalEngine
from corpus.engine.stopwatch import Lap, Stopwatch
from tests.corpus.engine.test_engine import Watcher, double


class Clock:
    """A clock that stands still until it is moved."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


def test_it_passes_on_what_it_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(stopwatch, "time", clock)

    def slow(x: int) -> int:
        clock.now += 7 * x
        return x

    watcher = Watcher()
    engine = LocalEngine(1, watcher)
    with Stopwatch(engine) as watch:
        with watch.lap("a"):
            assert list(engine.map(slow, [0, 1], name="x", weigh=lambda x: 10 + x)) == [0, 1]
            watch.skip("x", "", 79)
        clock.now += 2
        list(engine.map(double, [1, 2]))  # in no step
        with watch.lap("b"):
            clock.now += 1
        with watch.lap("a"):
            clock.now += 0.5
    assert engine.observer is watcher
    assert watcher.events[:3] == [("begin", "x", 2, 21), ("advance", "", 10), ("advance", "", 11)]
    assert ("skip", "", 79) in watcher.events
    a, b = watch.laps["a"], watch.laps["b"]
    assert (a.tasks, a.known, a.weight, a.known_weight) == (3, 1, 100, 79)
    assert round(a.fresh, 9) == 0.21
    assert (a.seconds, b.seconds, watch.seconds) == (7.5, 1, 10.5)
    assert (b.tasks, b.fresh) == (0, 0.0)


def test_a_step_that_was_done_before_is_no_work() -> None:
    assert Lap(seconds=1, tasks=2, known=2, weight=8, known_weight=8).fresh == 0

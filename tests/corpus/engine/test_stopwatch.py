"""The stopwatch of a build passes everything on, and takes the time and the tasks of each step."""

import contextlib
import threading
from pathlib import Path

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


def interrupted(record: Path, clock: Clock, *runs: tuple[list[int], int]) -> Stopwatch:
    """Runs of one step, each with the seconds of its tasks and how many tasks before them it skips; the last is left
    open."""
    for number, (seconds, known) in enumerate(runs, start=1):
        watch = Stopwatch(LocalEngine(1), record)
        with watch if number < len(runs) else contextlib.nullcontext(), watch.lap("a"):
            for _ in range(known):
                watch.skip("x", "", 10)
            for each in seconds:
                clock.now += each
                watch.advance("x", "", 10)
        clock.now += 1
    return watch


def test_runs_that_were_interrupted_are_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(stopwatch, "time", clock)
    record = tmp_path / "unfinished.json"
    # Four tasks, of which a build long ago had done one; 3 + 5 s, then 7 s.
    watch = interrupted(record, clock, ([3], 1), ([5], 2), ([7], 3))
    assert watch.total == {"a": Lap(15, 4, 1, 40, 10)}
    assert (watch.runs, watch.seconds) == (3, 16)  # one second after the last lap; those between the runs are of none
    watch.finish()
    assert not record.exists()
    assert Stopwatch(LocalEngine(1), record).runs == 1


def test_a_task_that_was_done_twice_leaves_nothing_done_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(stopwatch, "time", clock)
    watch = interrupted(tmp_path / "unfinished.json", clock, ([1, 1], 0), ([1], 1))
    assert watch.total == {"a": Lap(3, 2, 0, 20, 0)}


def test_a_killed_run_has_left_its_seconds_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(stopwatch, "time", clock)
    record = tmp_path / "unfinished.json"
    killed = Stopwatch(LocalEngine(1), record)
    with killed.lap("a"):
        clock.now += 2
        killed.advance("x", "", 1)
        clock.now += 4  # within the next task
        killed._write()  # by the thread; then nothing more
    after = Stopwatch(LocalEngine(1), record)
    assert after._before["laps"] == {"a": Lap(6, 1, 0, 1, 0)}
    assert (after.runs, after.seconds) == (2, 6)


def test_the_record_is_kept_up_to_date_while_a_task_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopwatch, "PULSE", 0.01)
    record, written = tmp_path / "unfinished.json", threading.Event()
    watch = Stopwatch(LocalEngine(1), record)
    write = watch._write
    monkeypatch.setattr(watch, "_write", lambda: (write(), written.set() if record.exists() else None))
    with watch, watch.lap("a"):
        watch.advance("x", "", 1)
        assert written.wait(30)


def test_a_run_that_did_nothing_leaves_no_record_and_a_damaged_one_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record = tmp_path / "unfinished.json"
    with Stopwatch(LocalEngine(1), record) as watch, watch.lap("a"):
        pass
    assert not record.exists()
    for damaged in ("{", "[]", '{"runs": 1, "seconds": 1, "laps": {"a": {"x": 1}}}'):
        record.write_text(damaged)
        assert Stopwatch(LocalEngine(1), record).runs == 1
    assert caplog.text.count("is damaged") == 3


def test_bytes_of_a_task_are_no_tasks_of_their_own() -> None:
    """A download tells of its bytes as they come (no item), and of its end."""
    with Stopwatch(LocalEngine(1)) as watch, watch.lap("download"):
        for weight, items in ((5, 0), (6, 0), (0, 1), (7, 3), (1, 0)):
            watch.advance("download", "host", weight, items)
    assert (watch.laps["download"].tasks, watch.laps["download"].weight) == (4, 19)

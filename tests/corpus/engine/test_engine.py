"""The engine: results in order, bounded in flight, errors that name the item, workers that die with their parent."""

import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from corpus.engine.local import LocalEngine
from corpus.engine.task import noted, run_task
from corpus.errors import RESUME, UserError


def double(x: int) -> int:
    return 2 * x


def slow_first(x: int) -> int:
    time.sleep(0.2 if x == 0 else 0)
    return x


def fail_on_three(x: int) -> int:
    if x == 3:
        raise ValueError("three")
    return x


def user_error(x: int) -> int:
    raise UserError("row 7 is no number")


def disk_full(x: int) -> int:
    raise OSError(errno.ENOSPC, "No space left on device", "/data/out")


def die(x: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return x


class Watcher:
    def __init__(self) -> None:
        self.events: list[tuple] = []

    def begin(self, stage: str, items: int, weight: int) -> None:
        self.events.append(("begin", stage, items, weight))

    def advance(self, stage: str, group: str, weight: int, items: int = 1) -> None:
        self.events.append(("advance", group, weight))

    def skip(self, stage: str, group: str, weight: int) -> None:
        self.events.append(("skip", group, weight))

    def end(self, stage: str) -> None:
        self.events.append(("end", stage))


@pytest.fixture(scope="module")
def two_workers():
    with LocalEngine(2) as engine:
        yield engine


def test_order_with_one_and_two_workers(two_workers: LocalEngine) -> None:
    assert list(LocalEngine(1).map(double, range(20))) == list(two_workers.map(double, range(20)))
    assert list(two_workers.map(slow_first, range(20))) == list(range(20))


def test_no_items(two_workers: LocalEngine) -> None:
    assert list(two_workers.map(double, [])) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_an_exception_names_stage_and_item(workers: int) -> None:
    with LocalEngine(workers) as engine, pytest.raises(RuntimeError, match=r"read of part-3 failed: ValueError: three"):
        list(engine.map(fail_on_three, range(6), name="read", describe=lambda x: f"part-{x}"))


def test_user_errors_stay_user_errors(two_workers: LocalEngine) -> None:
    with pytest.raises(UserError, match=r"part-1: row 7 is no number"):
        list(two_workers.map(user_error, [1], describe=lambda x: f"part-{x}"))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (UserError("row 7 is no number"), "web/a: row 7 is no number"),
        (UserError("web/a, row 7: no number"), "web/a, row 7: no number"),  # it is named already
        (MemoryError(), f"read of web/a: not enough memory. Use fewer --workers. {RESUME}"),
    ],
)
def test_what_a_task_says_names_its_item_once(error: Exception, told: str) -> None:
    def refuse(item: str) -> None:
        raise error

    with pytest.raises(UserError) as raised:
        list(LocalEngine(1).map(refuse, ["a"], name="read", describe=lambda item: f"web/{item}"))
    assert str(raised.value) == told


def test_an_engine_has_a_worker_for_each_core(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, workers in ((6, 6), (1, 1), (None, 1)):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        assert LocalEngine().workers == LocalEngine(0).workers == workers
        assert LocalEngine(3).workers == 3


def test_a_full_disk_is_told_plainly(two_workers: LocalEngine) -> None:
    with pytest.raises(UserError, match=r"no space left .*continues where it stopped"):
        list(two_workers.map(disk_full, [1]))


def test_a_killed_worker_is_told_plainly_and_the_engine_recovers() -> None:
    with LocalEngine(2) as engine:
        with pytest.raises(UserError, match="ended abruptly"):
            list(engine.map(die, [1, 2]))
        assert list(engine.map(double, [1, 2])) == [2, 4]


def test_the_observer_sees_every_item() -> None:
    watcher = Watcher()
    list(LocalEngine(1, watcher).map(double, [5, 6], name="read", group=lambda x: f"g{x}", weigh=lambda x: x))
    assert watcher.events == [("begin", "read", 2, 11), ("advance", "g5", 5), ("advance", "g6", 6), ("end", "read")]


def make_folder(folder: Path) -> str:
    run_task(folder, lambda to: (to / "made").write_text(folder.name) and None)
    return folder.name


@pytest.mark.parametrize("workers", [1, 2])
def test_what_an_earlier_run_finished_is_reported_as_such(tmp_path: Path, workers: int) -> None:
    folders = [tmp_path / name for name in "abc"]
    make_folder(folders[1])
    watcher = Watcher()
    with LocalEngine(workers, watcher) as engine:
        assert list(engine.map(make_folder, folders, name="make", weigh=lambda folder: ord(folder.name))) == list("abc")
    assert watcher.events[1:-1] == [("advance", "", 97), ("skip", "", 98), ("advance", "", 99)]


def make_two(folders: tuple[Path, Path]) -> None:
    for folder in folders:
        make_folder(folder)


def test_an_item_half_of_which_was_finished_is_work(tmp_path: Path) -> None:
    make_folder(tmp_path / "a")
    assert noted(partial(make_two, (tmp_path / "a", tmp_path / "b")))[1] is False
    assert noted(partial(make_two, (tmp_path / "a", tmp_path / "b")))[1] is True
    assert noted(partial(double, 2)) == (4, False)


def leave_mark(item: tuple[Path, int]) -> int:
    folder, x = item
    (folder / str(x)).touch()
    return x


@pytest.mark.parametrize(("workers", "ahead"), [(1, 0), (2, 8)])
def test_results_wait_in_bounds(tmp_path: Path, workers: int, ahead: int) -> None:
    """Nobody takes the results after the second: no more than the tasks in flight may run meanwhile."""
    with LocalEngine(workers) as engine:
        results = engine.map(leave_mark, [(tmp_path, x) for x in range(100)])
        assert [next(results), next(results)] == [0, 1]
        most, since = 0, time.monotonic()
        while time.monotonic() - since < 0.5 or (ahead and most == 2):  # half a second in which nothing starts
            done = len(list(tmp_path.iterdir()))
            most, since = (done, time.monotonic()) if done > most else (most, since)
            time.sleep(0.02)
        assert most == 2 + ahead if workers == 1 else 2 < most <= 2 + ahead


PARENT = """
import os, sys, time
from corpus.engine.local import LocalEngine
from corpus.engine.task import noted, run_task

def report(x):
    print(os.getpid(), flush=True)
    time.sleep(600)

if __name__ == "__main__":
    with LocalEngine(2) as engine:
        list(engine.map(report, [1, 2]))
"""


def test_workers_end_when_the_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment)
    assert parent.stdout is not None
    pids = [int(parent.stdout.readline()) for _ in range(2)]
    parent.kill()
    parent.wait()
    for pid in pids:
        for _ in range(3000):
            if not Path(f"/proc/{pid}").exists() or "zombie" in Path(f"/proc/{pid}/status").read_text():
                break
            time.sleep(0.1)
        else:
            pytest.fail(f"worker {pid} outlived its parent")


INTERRUPTED = """
import multiprocessing.process, signal, threading, time, _thread
from corpus.engine.local import LocalEngine
from corpus.engine.task import noted, run_task

def slow(item):
    time.sleep(600)

if __name__ == "__main__":
    terminate, calls = multiprocessing.process.BaseProcess.terminate, []

    def interrupted(process):  # the second Ctrl-C comes while the first worker is being ended
        calls.append(process)
        if len(calls) == 1:
            raise KeyboardInterrupt
        terminate(process)

    def interrupt():  # again if it came where Python ignores it, as in a finaliser
        while time.sleep(3) or not calls:
            _thread.interrupt_main()

    multiprocessing.process.BaseProcess.terminate = interrupted
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
    threading.Thread(target=interrupt, daemon=True).start()
    with LocalEngine(2) as engine:
        list(engine.map(slow, [1, 2, 3]))
"""


def test_a_second_ctrl_c_ends_at_once(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(INTERRUPTED)
    begun = time.monotonic()
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    result = subprocess.run(
        [sys.executable, "program.py"], cwd=tmp_path, env=environment, capture_output=True, timeout=500, check=False
    )
    assert b"KeyboardInterrupt" in result.stderr
    assert time.monotonic() - begun < 400  # the tasks under way take 600 seconds


def test_a_worker_that_the_pool_does_not_know_is_ended_too() -> None:
    """An interrupt between the start of a worker and its entry in the pool's list; processes of others stay."""
    other = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,))
    other.start()
    try:
        engine = LocalEngine(2)
        list(engine.map(str, [1, 2]))
        assert engine._pool is not None
        lost = engine._pool._processes.popitem()[1]
        engine.close()
        assert not lost.is_alive()
        assert other.is_alive()
    finally:
        other.kill()
        other.join()


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.EACCES, "/data/out: no permission. Change"),
        (errno.EROFS, "read-only"),
        (errno.EMFILE, "ulimit -n"),
        (errno.ENAMETOOLONG, "too long"),
        (errno.EXDEV, "Invalid cross-device link"),
    ],
)
def test_what_the_machine_refuses_is_a_paragraph(number: int, told: str) -> None:
    def refuse(item: int) -> None:
        raise OSError(number, os.strerror(number), "/data/out")

    with pytest.raises(UserError, match=f"read of a: /data/out: .*{told.removeprefix('/data/out: ')}"):
        list(LocalEngine(1).map(refuse, [1], name="read", describe=lambda _: "a"))


@pytest.mark.parametrize(
    "words", ["4194304 requested and 4968 written", "Not enough free space to write 16777216 bytes"]
)
def test_a_disk_that_numpy_found_full_is_told_like_any_other(words: str) -> None:
    def refuse(item: int) -> None:
        raise OSError(words)

    with pytest.raises(UserError, match="no space left on the disk"):
        list(LocalEngine(1).map(refuse, [1]))

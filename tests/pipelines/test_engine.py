"""Progress of stages, as it is shown in a terminal and in a log file."""

import io
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from rich.console import Console

from corpus.errors import UserError
from pipelines import engine
from pipelines.engine import Display, require_engine

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("weight", "shown", "absent"), [(4, "count 3/4", " B"), (4_000_000_000, "3.0 GB of 4.0 GB", "kB")]
)
def test_live_progress_counts_tasks_and_shows_bytes_as_such(monkeypatch, weight, shown, absent):
    """A stage whose tasks have no weights is not told in bytes."""
    stream = io.StringIO()
    terminal = Console(file=stream, force_terminal=True, width=160)
    monkeypatch.setattr(engine, "console", terminal)
    with Display() as display:
        display.begin("count", 4, weight)
        for _ in range(3):
            display.advance("count", "", weight // 4)
        display._bars.refresh()
    lines = [line for line in stream.getvalue().splitlines() if "count" in line]
    assert any(shown in line for line in lines)
    assert not any(absent in line for line in lines)


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ({}, "3.0 kB of 9.0 kB, 2.0 kB/s"),
        ({"finished_speed": 4000}, "3.0 kB of 9.0 kB, 4.0 kB/s"),  # the whole stage's, once it is done
        ({"speed": None}, "3.0 kB of 9.0 kB, 0 B/s"),
        ({"completed": 0}, "0 B of 9.0 kB"),
        ({"total": None}, "3.0 kB of 0 B, 2.0 kB/s"),
        ({"fields": {}}, ""),
        ({"fields": {"in_bytes": False}}, ""),
    ],
)
def test_what_of_a_stage_is_done_and_how_fast(more, shown):
    task: Any = SimpleNamespace(
        **{"completed": 3000, "total": 9000, "speed": 2000, "finished_speed": None, "fields": {"in_bytes": True}} | more
    )
    assert engine.Amount().render(task).plain == shown


@pytest.mark.parametrize(("workers", "given"), [(0, None), (1, 1), (2, 2), (3, 3)])
def test_an_engine_of_so_many_workers(monkeypatch, tmp_path, workers, given):
    """0 is one for each core, and one alone compiles what it calls; another name than those of --engine is an
    error."""
    made: list[Any] = []
    monkeypatch.setattr(
        "corpus.engine.local.LocalEngine", lambda *how: made.append(how) or SimpleNamespace(workers=how[0] or 5)
    )
    monkeypatch.setattr("pipelines.ahead.compile_ahead", lambda entries, workers: made.append(workers))
    display: Any = SimpleNamespace(tell_compiling=lambda: made.append("told"))
    assert engine.open_engine("local", workers, display, "auto", tmp_path).workers == (given or 5)
    assert made == ["told", (given, display), *([] if given == 1 else [given or 5])]
    with pytest.raises(UserError, match="--engine dask: no such engine; accepted: local, ray"):
        engine.open_engine("dask", workers, display, "auto", tmp_path)


def test_ray_gets_its_address_and_workers_and_a_folder_that_all_see(monkeypatch, tmp_path):
    called = []

    def ray(*how):
        called.append(how)
        return SimpleNamespace(require_shared=lambda out: called.append((out, out.is_dir())))

    monkeypatch.setattr("corpus.engine.ray.RayEngine", ray)
    display: Any = "display"
    engine.open_engine("ray", 3, display, "head:6379", tmp_path / "new" / "out")
    assert called == [("head:6379", 3, display), (tmp_path / "new" / "out", True)]


@pytest.mark.parametrize("quiet", [False, True])
@pytest.mark.parametrize("terminal", [False, True])
def test_progress_is_live_in_a_terminal_and_silent_where_that_is_asked_for(monkeypatch, capsys, terminal, quiet):
    stream = io.StringIO()
    monkeypatch.setattr(engine, "console", Console(file=stream, force_terminal=terminal, quiet=quiet, width=160))
    with Display() as display:
        display.begin("read", 1, 1)
        display.advance("read", "", 1)
        display.end("read")
    assert ("read" in stream.getvalue()) == (terminal and not quiet)
    assert ("read" in capsys.readouterr().err) == (not terminal and not quiet)


@pytest.mark.parametrize(("seconds", "spent"), [(59.9, "59.9 s"), (60.0, "1 min 0 s"), (599.0, "9 min 59 s")])
def test_a_stage_of_minutes_is_told_in_minutes(monkeypatch, capsys, seconds, spent):
    clock = Clock()
    monkeypatch.setattr(engine, "time", clock)
    with Display() as display:
        display.begin("read", 1, 1)
        clock.now += seconds
        display.advance("read", "", 1)
    assert capsys.readouterr().err == f"read: 1 of 1, {spent}\n"


class Clock:
    """A clock that stands still until it is moved."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


def resume(display: Display, clock: Clock) -> None:
    """Of four tasks of 1 GB two were done before; one more takes ten seconds."""
    display.begin("read", 4, 4_000_000_000)
    display.skip("read", "wiki", 1_000_000_000)
    display.skip("read", "wiki", 1_000_000_000)
    clock.now += 10.5
    display.advance("read", "news", 1_000_000_000)


def test_a_resume_counts_what_was_done_before_apart(monkeypatch, capsys):
    """The speed and the time left are those of this run's work: 1 GB in 10.5 s, and 1 GB to do."""
    clock = Clock()
    monkeypatch.setattr(engine, "time", clock)
    with Display() as display:
        resume(display, clock)
        display.end("read")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "read (news): 3 of 4, 2 already done, 1.0 GB of 2.0 GB, 95.2 MB/s, 10.5 s, 10 s left"
    assert lines[1].startswith("read: 3 of 4, 2 already done")


def test_live_progress_of_a_resume(monkeypatch):
    stream, clock = io.StringIO(), Clock()
    monkeypatch.setattr(engine, "console", Console(file=stream, force_terminal=True, width=160))
    monkeypatch.setattr(engine, "time", clock)
    with Display() as display:
        resume(display, clock)
        display._bars.refresh()
        display.end("read")
    assert "read news 3/4, 2 already done" in stream.getvalue()
    assert "1.0 GB of 2.0 GB" in stream.getvalue()
    assert "read 4 done (2 already done)" in stream.getvalue()


def test_a_stage_is_told_every_ten_seconds(monkeypatch, capsys) -> None:
    clock = Clock()
    monkeypatch.setattr(engine, "time", clock)
    with Display() as display:
        display.begin("read", 9, 9)
        for seconds in (10.0, 0.1, 9.9, 10.1):
            clock.now += seconds
            display.advance("read", "", 1)
        display.advance("read", "", 5, 5)
        display.end("read")
        display.begin("nothing", 0, 0)
        display.end("nothing")
    told = capsys.readouterr().err.splitlines()
    # beyond ten seconds after the line before, and at the end, when no time is left
    assert [line.split(",")[0] for line in told] == ["read: 2 of 9", "read: 4 of 9", "read: 9 of 9"]
    assert [line.endswith(" left") for line in told] == [True, True, False]


def test_commands_keep_memory_and_library_calls_leave_the_process_as_it_was():
    """Arrow allocates by malloc, whose thresholds are raised, in a command; not where one worker runs for a program of
    the user's."""
    code = """
import sys
from pathlib import Path
import pyarrow as pa
from corpus.engine.local import LocalEngine
from pipelines.engine import Display, open_engine
before = pa.default_memory_pool().backend_name
with LocalEngine(1) as engine:
    assert list(engine.map(str, [1])) == ["1"]
print(before == pa.default_memory_pool().backend_name)
with Display() as display, open_engine("local", 1, display, "", Path()):
    print(pa.default_memory_pool().backend_name)
    pa.array(["no Series"])
    print("pandas" in sys.modules, pa.table({"a": [1]}).to_pandas().a[0])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.split() == ["True", "system", "False", "1"]


def test_ray_that_is_not_installed_is_told_with_the_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert require_engine("local") == "local"
    with pytest.raises(typer.BadParameter, match=r'Ray is not installed: pip install "hanji\[ray\]"'):
        require_engine("ray")

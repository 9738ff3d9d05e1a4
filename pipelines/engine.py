"""How commands run tasks: the engine of --engine, and the progress of its stages for a terminal or a log file."""

import importlib.util
import sys
import time
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from corpus.errors import UserError
from corpus.quantities import duration, megabytes
from pipelines.console import console


def require_engine(name: str) -> str:
    """The name of an engine. Raises BadParameter for Ray where it is not installed, before anything is loaded."""
    if name == "ray" and importlib.util.find_spec("ray") is None:
        raise typer.BadParameter('Ray is not installed: pip install "hanji[ray]".')
    return name


# Options of every command that runs tasks.
Workers = Annotated[int, typer.Option(min=0, max=4096, help="processes; 0 = one per core")]
EngineName = Annotated[
    Literal["local", "ray"],
    typer.Option(
        callback=require_engine,
        help="where tasks run: local (processes of this machine) or ray (a cluster, see --ray-address)",
    ),
]
RAY_ADDRESS = 'Ray cluster: "auto" (that of this machine), HOST:PORT of its head, or "local"'


def open_engine(name: str, workers: int, display: "Display", address: str, out: Path) -> Any:
    """The engine of `--engine NAME`, a context manager. `workers`: 0 for all cores.

    Raises UserError for an unknown name, and for a Ray cluster with machines that do not see the output folder.
    """
    if name == "local":
        from corpus.engine.local import LocalEngine
        from corpus.engine.workers import own_process
        from pipelines.ahead import compile_ahead, wanted

        own_process()
        display.tell_compiling()
        local = LocalEngine(workers or None, display)
        if local.workers > 1:
            compile_ahead(wanted(), local.workers)
        return local
    if name == "ray":
        from corpus.engine.ray import RayEngine

        engine = RayEngine(address, workers, display)
        out.mkdir(parents=True, exist_ok=True)
        engine.require_shared(out)
        return engine
    raise UserError(f"--engine {name}: no such engine; accepted: local, ray.")


class Amount(ProgressColumn):
    """What of a stage is done, and how fast: bytes where its tasks have weights, else nothing, since the label counts
    tasks."""

    style = "cyan"

    def render(self, task: Task) -> Text:
        if not task.fields.get("in_bytes"):
            return Text("")
        speed = f", {megabytes(task.finished_speed or task.speed or 0)}/s" if task.completed else ""
        return Text(f"{megabytes(task.completed)} of {megabytes(task.total or 0)}{speed}", self.style)


class Stage:
    """What is done of a stage; weights are those of this run, without what an earlier run had finished."""

    def __init__(self, items: int, weight: int) -> None:
        self.items, self.weight = items, weight
        self.done = self.known = self.weight_done = 0
        self.in_bytes = weight > items
        self.start = self.told = time.monotonic()


class Display:
    """Progress of an engine's stages: a live bar per group in a terminal, else a plain line every ten seconds and at
    the end.

    A context manager and an Observer (corpus/engine/local.py); weights are bytes.
    """

    def __init__(self) -> None:
        self._live = console.is_terminal and not console.quiet
        self._silent = console.quiet
        self._compiling: Any = None
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False, style="bold"),
            BarColumn(bar_width=24),
            Amount(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=False,
        )
        self._totals: dict[str, Any] = {}
        self._stages: dict[str, Stage] = {}

    def __enter__(self) -> "Display":
        if self._live:
            self._bars.start()
        return self

    def tell_compiling(self) -> None:
        """Tell of kernels that this run compiles first, until the end of the block."""
        from pipelines.compiling import CompileNotice

        self._compiling = CompileNotice(lambda text: console.print(text, style="dim"))
        self._compiling.__enter__()

    def __exit__(self, *_: object) -> None:
        if self._compiling is not None:
            self._compiling.__exit__(None, None, None)
        if self._live:
            self._bars.stop()

    def begin(self, stage: str, items: int, weight: int) -> None:
        self._stages[stage] = Stage(items, weight)
        if self._live:
            self._totals[stage] = self._bars.add_task(stage, total=weight, in_bytes=weight > items)

    def advance(self, stage: str, group: str, weight: int, items: int = 1) -> None:
        seen = self._stages[stage]
        seen.weight_done += weight
        seen.done += items
        self._show(stage, group)

    def skip(self, stage: str, group: str, weight: int) -> None:
        seen = self._stages[stage]
        seen.weight -= weight
        seen.done += 1
        seen.known += 1
        self._show(stage, group)

    def end(self, stage: str) -> None:
        seen = self._stages[stage]
        if self._live:
            known = f" ({seen.known:,} already done)" if seen.known else ""
            self._bars.update(self._totals[stage], description=f"{stage} {seen.items:.0f} done{known}")
        elif not self._silent and seen.items:
            self._line(stage, "")

    def _show(self, stage: str, group: str) -> None:
        seen = self._stages[stage]
        if self._live:
            # What an earlier run did leaves the total, so that speed and time left are those of this run.
            label = f"{stage} {group}".rstrip() + f" {seen.done:.0f}/{seen.items:.0f}"
            label += f", {seen.known:,} already done" if seen.known else ""
            self._bars.update(self._totals[stage], description=label, total=seen.weight, completed=seen.weight_done)
        elif not self._silent and time.monotonic() - seen.told > 10:
            seen.told = time.monotonic()
            self._line(stage, group)

    def _line(self, stage: str, group: str) -> None:
        seen = self._stages[stage]
        done, total = seen.weight_done, seen.weight
        seconds = max(time.monotonic() - seen.start, 1e-9)
        left = f", {duration(seconds * (total - done) / done)} left" if 0 < done < total else ""
        spent = f"{seconds:.1f} s" if seconds < 60 else duration(seconds)
        where = f" ({group})" if group else ""
        known = f", {seen.known:,} already done" if seen.known else ""
        # Stages without weights count tasks, and tasks are not bytes.
        amount = f", {megabytes(done)} of {megabytes(total)}, {megabytes(done / seconds)}/s" if seen.in_bytes else ""
        print(
            f"{stage}{where}: {seen.done:.0f} of {seen.items:.0f}{known}{amount}, {spent}{left}",
            file=sys.stderr,
            flush=True,
        )

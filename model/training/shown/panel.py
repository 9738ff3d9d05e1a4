"""The display of a run while it trains: a live panel in a terminal, plain lines in a log file."""

import math
from collections.abc import Callable
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel as Frame
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from corpus.quantities import duration, percent


class Panel:
    """An observer (model.training.progress.Observer) and a context manager.

    In a terminal one panel is redrawn; otherwise each event is a line.
    """

    def __init__(self, console: Console, steps: int) -> None:
        self.console = console
        self._live = Live(console=console, refresh_per_second=4, transient=True) if console.is_terminal else None
        self._bar = Progress(TextColumn("step"), BarColumn(None), MofNCompleteColumn())
        self._task = self._bar.add_task("", total=steps)
        self._values: dict[str, Any] = {}
        self._validation: dict[str, Any] = {}
        self._sample = ""

    def __enter__(self) -> "Panel":
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def __call__(self, kind: str, step: int, values: dict[str, Any]) -> None:
        """Show an event."""
        if kind == "train" or kind == "start":
            self._values |= values
        elif kind == "validation":
            self._validation |= values
        elif kind == "sample":
            self._sample = values["prompt"] + "⏵" + values["text"]
        if self._live is None or kind in ("skip", "warning", "resume"):
            self.console.print(self._line(kind, step, values), markup=False, highlight=False)
        if self._live:
            self._bar.update(self._task, completed=step)
            self._live.update(self._picture())

    def _line(self, kind: str, step: int, values: dict[str, Any]) -> str:
        if kind == "train":
            return f"step {step}: " + ", ".join(f"{name} {text}" for name, text in figures(values))
        if kind == "validation":
            return f"step {step}: bits per byte " + ", ".join(f"{n} {t}" for n, t in _bits(values))
        if kind == "sample":
            return f"step {step}: {values['prompt']}⏵{values['text']!r}"
        told = {name: value for name, value in values.items() if name not in ("data", "machine")}  # for the report
        return f"step {step}: {kind}: " + ", ".join(f"{name.replace('_', ' ')} {_plain(v)}" for name, v in told.items())

    def _picture(self) -> Frame:
        grid = Table.grid(padding=(0, 3))
        pairs = figures(self._values) + [(f"bits/byte {n}", t) for n, t in _bits(self._validation)]
        for begin in range(0, len(pairs), 3):
            grid.add_row(*(Text.assemble((f"{name} ", "dim"), text) for name, text in pairs[begin : begin + 3]))
        return Frame(Group(self._bar, grid, Text(self._sample, overflow="ellipsis")), title="pretraining")


def figures(values: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and text of each figure of a "train" event, in order of importance."""
    forms = [
        ("loss", "loss", "{:.4f}".format),
        ("unigram_entropy", "unigram entropy", "{:.3f}".format),
        ("lr", "lr", "{:.2e}".format),
        ("grad_norm", "gradient norm", "{:.3f}".format),
        ("tokens_per_second", "tokens/s", "{:,.0f}".format),
        ("mfu_6n", "MFU 6N", percent),
        ("mfu_causal", "MFU causal", percent),
        ("memory_gb", "memory", "{:.1f} GB".format),
        ("stall", "data stall", lambda share: percent(share, 2)),
        ("tokens", "tokens", "{:,}".format),
        ("skipped", "skipped", "{}".format),
    ]
    pairs = [(name, number(values[key], write)) for key, name, write in forms if key in values]
    if values and "mfu_6n" not in values and "loss" in values:
        pairs.append(("MFU", "unknown"))
    if values.get("seconds_left") is not None:
        pairs.append(("left", duration(values["seconds_left"])))
    return pairs


def _plain(value: Any) -> str:
    """A value of an event, a list or the keys of a table without signs of Python."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return " ".join(map(str, value)) if isinstance(value, list | dict) else str(value)


def number(value: float | None, write: Callable[[float], str]) -> str:
    """A figure, written by `write`; for a skipped step it may be missing (metrics.jsonl) or not finite (the loop)."""
    return "not finite" if value is None or not math.isfinite(value) else write(value)


def _bits(values: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name[4:], number(value, "{:.4f}".format)) for name, value in values.items() if name.startswith("bpb/")]

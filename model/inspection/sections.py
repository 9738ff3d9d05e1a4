"""The parts of an inspection: tables and texts, for a terminal or a page."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from corpus.quantities import percent


@dataclass(frozen=True)
class Section:
    """A table, or texts; `bar` is the column whose number is drawn as a bar."""

    title: str
    columns: list[str] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    note: str = ""
    bar: int | None = None
    texts: list[tuple[str, str]] = field(default_factory=list)  # (its source, its text)


@dataclass(frozen=True)
class Inspection:
    """A folder: its kind, one line about it, and its sections."""

    kind: str
    path: Path
    summary: str
    sections: list[Section]


def distribution(title: str, lengths: dict[str, list[int]]) -> Section:
    """Shares per power of two, a column per source."""
    if not any(lengths.values()):
        return Section(title, note="nothing to count")
    tops = {name: np.frexp(np.array(values, float))[1] for name, values in lengths.items() if values}
    low, high = min(int(t.min()) for t in tops.values()), max(int(t.max()) for t in tops.values())
    rows: list[list[Any]] = [
        [f"{1 << max(0, k - 1):,} – {(1 << k) - 1:,}", *(percent((t == k).mean()) for t in tops.values())]
        for k in range(low, high + 1)
    ]
    rows.append(["median", *(int(np.median(lengths[name])) for name in tops)])
    return Section(title, ["", *tops], rows)


def cell(column: str, value: Any) -> str:
    """A value in readable form: shares in per cent, counts with thousands separators."""
    if value is None:
        return ""
    if isinstance(value, float):
        return (
            percent(value, 2) if column in ("share", "waste") else f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
        )
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def bars(section: Section) -> Iterable[float]:
    """The bar column's numbers as fractions of the largest."""
    numbers = [float(row[section.bar] or 0) for row in section.rows] if section.bar is not None else []
    largest = max(numbers, default=0) or 1
    return [number / largest for number in numbers]

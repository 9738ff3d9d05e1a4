"""The cells of the report's tables: how a figure is written, its sort key, and which one in a column is best.

All tables have one shape, so that the page draws and sorts them in one way. Numbers have three digits; an undefined
value is a dash and sorts last.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

Report = dict[str, Any]
DASH = "–"


@dataclass
class Cell:
    """`value` is the sort key, None last; `below` is small text under the cell; `bar` is a share of the column's
    longest; `best` marks the best of its column."""

    text: str
    value: float | str | None = None
    below: str = ""
    title: str = ""
    bar: float | None = None
    best: bool = False
    tags: list[str] = field(default_factory=list)
    ours: bool = False


@dataclass
class Column:
    """`group: label` is the name of a column in a group; `better`: "low" or "high" where one direction is better;
    `about` is an explanation."""

    name: str
    about: str = ""
    better: str = ""
    numeric: bool = True

    @property
    def group(self) -> str:
        return self.name.partition(": ")[0] if ": " in self.name else ""

    @property
    def label(self) -> str:
        return self.name.removeprefix(f"{self.group}: ")


@dataclass
class Table:
    caption: str
    columns: list[Column]
    rows: list[list[Cell]]

    def __post_init__(self) -> None:
        for n, column in enumerate(self.columns):
            values = [row[n].value for row in self.rows if isinstance(row[n].value, int | float)]
            if column.better and len(values) > 1:
                best = min(values) if column.better == "low" else max(values)  # type: ignore[type-var]  # numbers all
                for row in self.rows:
                    row[n].best = row[n].value == best

    @property
    def groups(self) -> list[tuple[str, int]]:
        """(group, number of columns in it), "" for none; empty where no column has a group."""
        found = [(name, len(list(columns))) for name, columns in groupby(column.group for column in self.columns)]
        return found if any(name for name, _ in found) else []


def number(value: float | None) -> str:
    """Three digits: 1.87, 23.4, 12,345; a dash for None."""
    if value is None:
        return DASH
    if value == 0 or abs(value) >= 99.95:
        return f"{value:,.0f}"
    return f"{value:#.3g}" if abs(value) >= 0.1 else f"{value:.3f}"


def percent(value: float | None) -> str:
    """A share as 12.3 %; a dash for None."""
    return DASH if value is None else f"{100 * value:.1f} %"


def count(value: float | None) -> str:
    """A whole number with thousands separators; a dash for None."""
    return DASH if value is None else f"{value:,.0f}"


def sentence(text: str) -> str:
    """With a capital first letter; the other letters are unchanged."""
    return text[:1].upper() + text[1:]


def visible(token: str) -> str:
    """White space and invisible characters, made visible."""
    signs = {" ": "␣", "\n": "↵", "\t": "→"}
    return "".join(signs.get(c) or (c if c.isprintable() else f"⟨{ord(c):04X}⟩") for c in token)


def dig(tree: Any, *keys: str) -> Any:
    """The value under the keys, None where one of them is missing."""
    for key in keys:
        if not isinstance(tree, dict) or tree.get(key) is None:
            return None
        tree = tree[key]
    return tree


def interval_cell(interval: dict[str, Any] | None, write: Callable[[float | None], str] = number) -> Cell:
    """A value with its 95 % interval below."""
    value = dig(interval, "value")
    low, high = dig(interval, "low"), dig(interval, "high")
    below = "" if value is None or low is None or high is None else f"{write(low)} – {write(high)}"
    return Cell(write(value), value, below)

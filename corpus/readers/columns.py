"""The output of every reader: named columns of a chunk of records, their row numbers, and the unreadable records.

A reader gets the wanted columns and the place of each in a record: `{"text": ("text",), "subsource": ("meta",
"pile_set_name")}`. It returns string columns only, whatever the format of the file.
"""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.document import Unreadable
from corpus.errors import UserError

Fields = Mapping[str, tuple[str, ...]]  # column -> path of keys in the record

SAMPLE = 200  # bytes stored of an unreadable record


class Columns(NamedTuple):
    """A chunk of records: `rows` int64[n], each column a pa.StringArray of length n (nulls where a record has no
    such field)."""

    rows: np.ndarray
    columns: dict[str, pa.Array]
    unreadable: list[Unreadable]
    notes: tuple[
        str, ...
    ] = ()  # notes for the user about how the file is read, the same in all of its chunks once they are known


def dotted(path: str) -> tuple[str, ...]:
    """`"meta.title"` as ("meta", "title"); raises UserError for an empty name."""
    keys = tuple(path.split("."))
    if not all(keys):
        raise UserError(f'field {path!r}: expected a name such as "text", or names joined by dots such as "meta.title"')
    return keys


def require(columns: Columns, name: str, reason: str | None = None, sample: bytes = b"") -> Columns:
    """Move the records whose column `name` is null to `unreadable`, for `reason` ("null text" by default)."""
    array = columns.columns[name]
    if not array.null_count:
        return columns
    valid = pc.is_valid(array)
    keep = valid.to_numpy(zero_copy_only=False)
    return columns._replace(
        rows=columns.rows[keep],
        columns={key: values.filter(valid) for key, values in columns.columns.items()},
        unreadable=columns.unreadable + runs(columns.rows[~keep], reason or f"null {name}", sample),
    )


def runs(rows: np.ndarray, reason: str, sample: bytes) -> list[Unreadable]:
    """Rows int64[n], ascending, that cannot be read for one reason; neighbours are one entry, so that a table of nulls
    does not cost an object for each row."""
    if not len(rows):
        return []
    first = np.flatnonzero(np.diff(rows, prepend=rows[0] - 2) != 1)
    counts = np.diff(np.append(first, len(rows)))
    return [
        Unreadable(row, -1, reason, sample, count)
        for row, count in zip(rows[first].tolist(), counts.tolist(), strict=True)
    ]


def merged(unreadable: list[Unreadable], most: int = 100) -> list[Unreadable]:
    """The same records in fewer entries: after `most` entries of a reason, neighbours of that reason are one entry."""
    if len(unreadable) <= most:
        return unreadable
    found: list[Unreadable] = []
    seen: Counter[str] = Counter()
    for lost in unreadable:
        seen[lost.reason] += 1
        last = found[-1] if found else None
        if last and seen[lost.reason] > most and last.reason == lost.reason and last.row + last.records == lost.row:
            found[-1] = last._replace(records=last.records + lost.records)
        else:
            found.append(lost)
    return found


def empty(fields: Fields, unreadable: list[Unreadable]) -> Columns:
    """No records, only unreadable ones."""
    return Columns(np.zeros(0, np.int64), {name: pa.array([], pa.string()) for name in fields}, unreadable)

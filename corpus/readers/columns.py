"""What every reader yields: named columns of a stretch of records, their row numbers, and what could not be read.

A reader is told which columns are wanted and where in a record each stands: `{"text": ("text",), "subsource": ("meta",
"pile_set_name")}`. It answers with string columns only, whatever the format of the file.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.document import Unreadable
from corpus.errors import UserError

Fields = Mapping[str, tuple[str, ...]]  # column -> path of keys in the record

SAMPLE = 200  # bytes kept of what could not be read


class Columns(NamedTuple):
    """A stretch of records: `rows` int64[n], each column a pa.StringArray of length n (nulls where a record has no
    such field)."""

    rows: np.ndarray
    columns: dict[str, pa.Array]
    unreadable: list[Unreadable]


def dotted(path: str) -> tuple[str, ...]:
    """`"meta.title"` as ("meta", "title"); a UserError for an empty name."""
    keys = tuple(path.split("."))
    if not all(keys):
        raise UserError(f'field {path!r}: expected a name such as "text", or names joined by dots such as "meta.title"')
    return keys


def require(columns: Columns, name: str, present: bool = True) -> Columns:
    """Move the records whose column `name` is null to `unreadable`, as "null text" (or "missing field" if not
    `present`)."""
    array = columns.columns[name]
    if not array.null_count:
        return columns
    keep = pc.is_valid(array)
    lost = columns.rows[~keep.to_numpy(zero_copy_only=False)]
    reason = f"null {name}" if present else "missing field"
    return Columns(
        columns.rows[keep.to_numpy(zero_copy_only=False)],
        {key: values.filter(keep) for key, values in columns.columns.items()},
        columns.unreadable + [Unreadable(int(row), -1, reason, b"") for row in lost],
    )


def empty(fields: Fields, unreadable: list[Unreadable]) -> Columns:
    """No records, only what could not be read."""
    return Columns(np.zeros(0, np.int64), {name: pa.array([], pa.string()) for name in fields}, unreadable)

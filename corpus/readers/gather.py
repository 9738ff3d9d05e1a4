"""Columns of about 8 MiB from single records, for formats that are read record by record."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import numpy as np
import pyarrow as pa

from corpus.document import Unreadable
from corpus.readers.columns import Columns, Fields, empty, merged
from corpus.readers.guard import Pending, RecordError, guarded
from corpus.readers.stream import BLOCK

Record = tuple[int, Sequence[str | None]]  # row number, and a value for each field

MOST_UNREADABLE = 4096  # in memory at a time


def gather(records: Iterable[Record | Pending | Unreadable], fields: Fields, required: str) -> Iterator[Columns]:
    """Columns of the records; one without a value for `required` is unreadable.

    The order of values is that of `fields`. A pending record is parsed here: an error, or too long a time, costs only
    that record.
    """
    names = list(fields)
    needed = names.index(required)
    rows: list[int] = []
    values: list[list[str | None]] = [[] for _ in names]
    unreadable: list[Unreadable] = []
    size = 0
    for record in records:
        if isinstance(record, Pending):
            found = guarded(partial(_cells, record.read), record.content, record.row, record.offset)
            record = found if isinstance(found, Unreadable) else (record.row, found)
        if len(unreadable) >= MOST_UNREADABLE:
            yield _columns(names, rows, values, merged(unreadable))
            rows, values, unreadable, size = [], [[] for _ in names], [], 0
        if isinstance(record, Unreadable):
            unreadable.append(record)
            continue
        row, cells = record
        text = cells[needed]
        if text is None:
            unreadable.append(Unreadable(row, -1, "missing field", required.encode()))
            continue
        rows.append(row)
        for column, cell in zip(values, cells, strict=True):
            column.append(cell)
        size += len(text.encode())
        if size >= BLOCK:
            yield _columns(names, rows, values, unreadable)
            rows, values, unreadable, size = [], [[] for _ in names], [], 0
    if rows:
        yield _columns(names, rows, values, unreadable)
    elif unreadable:
        yield empty(fields, unreadable)


def _cells(read: Callable[[bytes], list[str | None]], content: bytes) -> list[str | None]:
    """The values that `read` returns for a record; raises an error if a value is not valid text, such as half of a
    surrogate pair."""
    cells = read(content)
    for cell in cells:
        if cell is not None and not cell.isascii():
            try:
                cell.encode()
            except UnicodeEncodeError as error:
                raise RecordError("lone surrogate") from error
    return cells


def _columns(
    names: Sequence[str], rows: list[int], values: list[list[str | None]], unreadable: list[Unreadable]
) -> Columns:
    arrays = {name: pa.array(column, pa.string()) for name, column in zip(names, values, strict=True)}
    return Columns(np.array(rows, np.int64), arrays, unreadable)

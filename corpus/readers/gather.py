"""For formats that are read record by record: records in, columns of about 8 MiB out."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from corpus.document import Unreadable
from corpus.readers.columns import Columns, Fields, empty
from corpus.readers.stream import BLOCK

Record = tuple[int, Sequence[str | None]]  # row number, and a value for each field


def gather(records: Iterable[Record | Unreadable], fields: Fields, required: str) -> Iterator[Columns]:
    """Columns of the records; one without a value for `required` is unreadable. The order of values is that of `fields`."""
    names = list(fields)
    needed = names.index(required)
    rows: list[int] = []
    values: list[list[str | None]] = [[] for _ in names]
    unreadable: list[Unreadable] = []
    size = 0
    for record in records:
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


def _columns(
    names: Sequence[str], rows: list[int], values: list[list[str | None]], unreadable: list[Unreadable]
) -> Columns:
    arrays = {name: pa.array(column, pa.string()) for name, column in zip(names, values, strict=True)}
    return Columns(np.array(rows, np.int64), arrays, unreadable)

"""JSON lines, plain or compressed: one record per line; blank lines are not records.

Lines that the kernel cannot read are parsed again by Python, line by line: NaN and Infinity, a list of strings as the
text, names of fields that are escaped or written in Unicode's decomposed form.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pyarrow as pa

from corpus.document import Unreadable
from corpus.readers import json_fields, json_kernel
from corpus.readers.columns import SAMPLE, Columns, Fields, empty, merged
from corpus.readers.encoding import Text
from corpus.readers.guard import guarded
from corpus.readers.json_strings import StringColumn
from corpus.readers.json_values import parsed, values
from corpus.readers.lines import Lines, lines
from corpus.readers.stream import BLOCK
from corpus.readers.utf8_check import is_utf8

CHUNK = 1 << 20  # bytes of lines parsed at a time: the size of the cache of one core


def read_jsonl(text: Text, fields: Fields, required: str) -> Iterator[Columns]:
    """Columns of about 8 MiB of lines each. A record without a string at `required` is unreadable.

    Rows are line numbers, blank lines counted. A field that is not a string is null.
    """
    unreadable: list[Unreadable] = []
    batch: Batch | None = None
    for chunk in lines(text.blocks(), text.limits, CHUNK):
        if isinstance(chunk, Unreadable):
            unreadable.append(chunk)
            continue
        if batch and batch.room < chunk.size:
            yield batch.columns(unreadable)
            batch, unreadable = None, []
        batch = batch or Batch(fields, required, text.limits.max_line_bytes, max(BLOCK, chunk.size))
        unreadable += batch.add(chunk)
    if batch:
        yield batch.columns(unreadable)
    elif unreadable:
        yield empty(fields, unreadable)


class Batch:
    """Records of one chunk of lines after another, until `room` bytes of lines are used."""

    def __init__(self, fields: Fields, required: str, longest: int, room: int) -> None:
        self.room = room
        self._names, self._paths = list(fields), list(fields.values())
        self._fields, self._required = fields, required
        # Fields whose names a file may write in other bytes: escaped, or decomposed.
        self._spelled = np.array([not all(key.isascii() for key in keys) for keys in self._paths])
        self._again: list[tuple[int, list[str | None]]] = []  # rows that Python has read
        self._needed, self._longest = self._names.index(required), longest
        self._rows: list[np.ndarray] = [np.zeros(0, np.int64)]
        self._columns = [StringColumn(room) for _ in self._names]

    def add(self, chunk: Lines) -> list[Unreadable]:
        """Add the good records; returns the others. Lines longer than the limit are unreadable."""
        data, size = chunk.buffer, chunk.size
        self.room -= size
        found = json_fields.find(data, size, chunk.newlines, self._paths, self._needed)
        good = (found.status == json_kernel.GOOD) & (found.kinds[:, self._needed] == json_kernel.STRING)
        good &= found.ends - found.starts <= self._longest
        if not is_utf8(data[:size], found.beyond):
            spans = zip(found.starts.tolist(), found.ends.tolist(), strict=True)
            good &= np.array([_decodes(data[start:end].tobytes()) for start, end in spans], bool)
        elsewhere = good & (found.kinds == json_kernel.ABSENT)[:, self._spelled].any(axis=1)
        good &= ~elsewhere
        kept = np.flatnonzero(good)
        while True:
            wrong = np.zeros(len(kept), np.bool_)
            for field, column in enumerate(self._columns):
                wrong |= column.write(data, found, kept, field)
            if not wrong.any():
                break
            found.status[kept[wrong]] = json_kernel.BROKEN
            good[kept[wrong]] = False
            kept = kept[~wrong]
        for column in self._columns:
            column.keep()
        self._rows.append(chunk.row + found.numbers[kept])
        return merged([lost for i in np.flatnonzero(~good).tolist() if (lost := self._lost(chunk, found, i))])

    def _lost(self, chunk: Lines, found: json_fields.Found, i: int) -> Unreadable | None:
        """The reason why line i is not a record; None for a piece of a record that was damaged and is counted there."""
        if (chunk.torn_first and found.numbers[i] == 0) or (chunk.torn_last and found.ends[i] == chunk.size - 1):
            return None
        start, end = int(found.starts[i]), int(found.ends[i])
        line = chunk.buffer[start:end].tobytes()
        row = chunk.row + int(found.numbers[i])
        if end - start > self._longest:
            reason = "line too long"
        elif self._worth_another_look(line, int(found.status[i]), found.kinds[i]):
            again = guarded(
                partial(_by_python, fields=self._fields, required=self._required), line, row, chunk.offset + start
            )
            if isinstance(again, Unreadable):
                return again
            self._again.append((row, again))
            return None
        else:
            reason = _reason(line, int(found.status[i]), int(found.kinds[i, self._needed]), self._required)
        return Unreadable(row, chunk.offset + start, reason, line[:SAMPLE])

    def _worth_another_look(self, line: bytes, status: int, kinds: np.ndarray) -> bool:
        if status == json_kernel.BROKEN:
            return b"NaN" in line or b"Infinity" in line
        if status != json_kernel.GOOD:
            return False
        return kinds[self._needed] == json_kernel.OTHER or bool((kinds[self._spelled] == json_kernel.ABSENT).any())

    def columns(self, unreadable: list[Unreadable]) -> Columns:
        """The columns of the records added."""
        arrays = {name: column.array() for name, column in zip(self._names, self._columns, strict=True)}
        rows = np.concatenate(self._rows)
        if self._again:
            rows = np.concatenate([rows, [row for row, _ in self._again]])
            order = np.argsort(rows)
            added = zip(*(cells for _, cells in self._again), strict=True)
            for name, cells in zip(self._names, added, strict=True):
                arrays[name] = pa.concat_arrays([arrays[name], pa.array(cells, pa.string())]).take(pa.array(order))
            rows = rows[order]
        return Columns(rows, arrays, unreadable)


def _by_python(line: bytes, fields: Fields, required: str) -> list[str | None]:
    cells = values(parsed(line), fields, required)
    for cell in cells:
        if cell is not None:
            cell.encode()  # half of a surrogate pair raises an error
    return cells


def parse(chunk: Lines, fields: Fields, required: str, longest: int) -> Columns:
    """The columns of one chunk of lines."""
    batch = Batch(fields, required, longest, chunk.size)
    return batch.columns(batch.add(chunk))


def _reason(line: bytes, status: int, kind: int, required: str) -> str:
    if not _decodes(line):
        return "bad utf-8"
    if status == json_kernel.BROKEN:
        return "bad json"
    if status == json_kernel.NOT_AN_OBJECT:
        return "not an object"
    if kind == json_kernel.ABSENT:
        return "missing field"
    return f"null {required}" if kind == json_kernel.NULL else f"{required} is no string"


def _decodes(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True

"""JSON lines, plain or compressed: one record a line, blank lines are none."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from corpus.document import Unreadable
from corpus.readers import json_fields, json_kernel
from corpus.readers.columns import SAMPLE, Columns, Fields, empty
from corpus.readers.json_strings import StringColumn
from corpus.readers.lines import Lines, lines
from corpus.readers.stream import BLOCK, Limits
from corpus.readers.unpack import blocks
from corpus.readers.utf8_check import is_utf8

STRETCH = 1 << 20  # bytes of lines parsed at a time: what the cache of one core holds


def read_jsonl(path: Path, fields: Fields, required: str, limits: Limits) -> Iterator[Columns]:
    """Columns of about 8 MiB of lines each. A record without a string at `required` is unreadable.

    Rows are line numbers, blank lines counted. A field that holds something else than a string is null.
    """
    unreadable: list[Unreadable] = []
    batch: Batch | None = None
    for stretch in lines(blocks(path, limits), limits, STRETCH):
        if isinstance(stretch, Unreadable):
            unreadable.append(stretch)
            continue
        if batch and batch.room < stretch.size:
            yield batch.columns(unreadable)
            batch, unreadable = None, []
        batch = batch or Batch(fields, required, limits.max_line_bytes, max(BLOCK, stretch.size))
        unreadable += batch.add(stretch)
    if batch:
        yield batch.columns(unreadable)
    elif unreadable:
        yield empty(fields, unreadable)


class Batch:
    """Records of one stretch of lines after another, until `room` bytes of lines are used up."""

    def __init__(self, fields: Fields, required: str, longest: int, room: int) -> None:
        self.room = room
        self._names, self._paths = list(fields), list(fields.values())
        self._required, self._needed, self._longest = required, self._names.index(required), longest
        self._rows: list[np.ndarray] = [np.zeros(0, np.int64)]
        self._columns = [StringColumn(room) for _ in self._names]

    def add(self, stretch: Lines) -> list[Unreadable]:
        """Take in the good records; returns the others. Lines longer than the cap are unreadable."""
        data, size = stretch.buffer, stretch.size
        self.room -= size
        found = json_fields.find(data, size, stretch.newlines, self._paths, self._needed)
        good = (found.status == json_kernel.GOOD) & (found.kinds[:, self._needed] == json_kernel.STRING)
        good &= found.ends - found.starts <= self._longest
        if not is_utf8(data[:size], found.beyond):
            spans = zip(found.starts.tolist(), found.ends.tolist(), strict=True)
            good &= np.array([_decodes(data[start:end].tobytes()) for start, end in spans], bool)
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
        self._rows.append(stretch.row + found.numbers[kept])
        return [lost for i in np.flatnonzero(~good).tolist() if (lost := self._lost(stretch, found, i))]

    def _lost(self, stretch: Lines, found: json_fields.Found, i: int) -> Unreadable | None:
        """Why line i is no record; None for a piece of a record that damage has cost, which is counted there."""
        if (stretch.torn_first and found.numbers[i] == 0) or (stretch.torn_last and found.ends[i] == stretch.size - 1):
            return None
        start, end = int(found.starts[i]), int(found.ends[i])
        line = stretch.buffer[start:end].tobytes()
        if end - start > self._longest:
            reason = "line too long"
        else:
            reason = _reason(line, int(found.status[i]), int(found.kinds[i, self._needed]), self._required)
        return Unreadable(stretch.row + int(found.numbers[i]), stretch.offset + start, reason, line[:SAMPLE])

    def columns(self, unreadable: list[Unreadable]) -> Columns:
        """What was taken in."""
        arrays = {name: column.array() for name, column in zip(self._names, self._columns, strict=True)}
        return Columns(np.concatenate(self._rows), arrays, unreadable)


def parse(stretch: Lines, fields: Fields, required: str, longest: int) -> Columns:
    """The columns of one stretch of lines."""
    batch = Batch(fields, required, longest, stretch.size)
    return batch.columns(batch.add(stretch))


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

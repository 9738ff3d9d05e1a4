"""JSON lines, plain or compressed: one record a line, blank lines are none."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from corpus.document import Unreadable
from corpus.readers import json_fields, json_kernel, json_strings
from corpus.readers.columns import SAMPLE, Columns, Fields, empty
from corpus.readers.lines import Lines, lines
from corpus.readers.stream import Limits
from corpus.readers.unpack import blocks
from corpus.readers.utf8_check import is_utf8


def read_jsonl(path: Path, fields: Fields, required: str, limits: Limits) -> Iterator[Columns]:
    """Columns of about 8 MiB of lines each. A record without a string at `required` is unreadable.

    Rows are line numbers, blank lines counted. A field that holds something else than a string is null.
    """
    unreadable: list[Unreadable] = []
    for stretch in lines(blocks(path, limits), limits):
        if isinstance(stretch, Unreadable):
            unreadable.append(stretch)
            continue
        columns = parse(stretch, fields, required, limits.max_line_bytes)
        yield columns._replace(unreadable=unreadable + columns.unreadable)
        unreadable = []
    if unreadable:
        yield empty(fields, unreadable)


def parse(stretch: Lines, fields: Fields, required: str, longest: int) -> Columns:
    """The columns of a stretch of lines; lines of more than `longest` bytes are unreadable."""
    names = list(fields)
    data, size = stretch.buffer, stretch.size
    found = json_fields.find(data, size, stretch.newlines, [fields[name] for name in names])
    good = (found.status == json_kernel.GOOD) & (found.kinds[:, names.index(required)] == json_kernel.STRING)
    good &= found.ends - found.starts <= longest
    if not is_utf8(data[:size]):
        spans = zip(found.starts.tolist(), found.ends.tolist(), strict=True)
        good &= np.array([_decodes(data[start:end].tobytes()) for start, end in spans], bool)
    kept = np.flatnonzero(good)
    columns = {name: json_strings.strings(data, found, kept, field) for field, name in enumerate(names)}
    unreadable = []
    for i in np.flatnonzero(~good).tolist():
        if (stretch.torn_first and found.numbers[i] == 0) or (stretch.torn_last and found.ends[i] == size - 1):
            continue  # a piece of a record that damage has cost, counted there
        start, end = int(found.starts[i]), int(found.ends[i])
        line = data[start:end].tobytes()
        if end - start > longest:
            reason = "line too long"
        else:
            reason = _reason(line, int(found.status[i]), int(found.kinds[i, names.index(required)]), required)
        row = stretch.row + int(found.numbers[i])
        unreadable.append(Unreadable(row, stretch.offset + start, reason, line[:SAMPLE]))
    return Columns(stretch.row + found.numbers[kept], columns, unreadable)


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

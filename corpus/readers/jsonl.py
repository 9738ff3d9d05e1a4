"""JSON lines, plain or compressed: one record a line, blank lines are none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from corpus.document import Unreadable
from corpus.readers.columns import SAMPLE, Columns, Fields, empty
from corpus.readers.lines import Lines, lines
from corpus.readers.stream import Limits, blocks


def read_jsonl(path: Path, fields: Fields, required: str, limits: Limits) -> Iterator[Columns]:
    """Columns of about 8 MiB of lines each. A record without a string at `required` is unreadable.

    Rows are line numbers, blank lines counted.
    """
    unreadable: list[Unreadable] = []
    for stretch in lines(blocks(path, limits), limits):
        if isinstance(stretch, Unreadable):
            unreadable.append(stretch)
            continue
        yield parse(stretch, fields, required, limits.max_line_bytes, unreadable)
        unreadable = []
    if unreadable:
        yield empty(fields, unreadable)


def parse(stretch: Lines, fields: Fields, required: str, longest: int, unreadable: list[Unreadable]) -> Columns:
    """The columns of a stretch of lines."""
    rows: list[int] = []
    values: dict[str, list[str | None]] = {name: [] for name in fields}
    offset = stretch.offset
    for row, line in enumerate(stretch.data.split(b"\n"), stretch.row):
        if line and not line.isspace():
            record, reason = _record(line, fields, required) if len(line) <= longest else ({}, "line too long")
            if reason:
                unreadable.append(Unreadable(row, offset, reason, line[:SAMPLE]))
            else:
                rows.append(row)
                for name, value in record.items():
                    values[name].append(value)
        offset += len(line) + 1
    columns = {name: pa.array(column, pa.string()) for name, column in values.items()}
    return Columns(np.array(rows, np.int64), columns, unreadable)


def _record(line: bytes, fields: Fields, required: str) -> tuple[dict[str, str | None], str]:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}, reason_of(line)
    if not isinstance(record, dict):
        return {}, "not an object"
    found = {name: _at(record, path) for name, path in fields.items()}
    text = found[required]
    if not isinstance(text, str):
        return (
            {},
            "missing field" if text is _ABSENT else f"null {required}" if text is None else f"{required} is no string",
        )
    return {name: value if isinstance(value, str) else None for name, value in found.items()}, ""


_ABSENT = object()


def _at(record: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        if not isinstance(record, dict) or key not in record:
            return _ABSENT
        record = record[key]
    return record


def reason_of(line: bytes) -> str:
    """Why a line is no record: bad bytes, or bad JSON."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return "bad utf-8"
    return "bad json"

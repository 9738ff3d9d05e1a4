"""The wanted fields of a stretch of JSON lines: where the kernel found them, in arrays."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from corpus.readers.json_kernel import mark, walk

SLACK = 64  # bytes that must be readable behind a stretch


class Found(NamedTuple):
    """Line by line (blank ones left out), field by field."""

    starts: np.ndarray  # int64[n]: first byte of the line
    ends: np.ndarray  # int64[n]: its newline
    numbers: np.ndarray  # int64[n]: how many newlines stand before it
    status: np.ndarray  # uint8[n]: GOOD, BROKEN, NOT_AN_OBJECT
    kinds: np.ndarray  # uint8[n, fields]: ABSENT, NULL, STRING, OTHER
    begins: np.ndarray  # int64[n, fields]: first byte within the quotes
    stops: np.ndarray  # int64[n, fields]: the closing quote
    escaped: np.ndarray  # bool[n, fields]: whether there is a backslash between
    marks: np.ndarray  # uint64[]: a bit per byte of the stretch that ends a run of plain characters


def find(buffer: np.ndarray, size: int, newlines: int, paths: Sequence[tuple[str, ...]]) -> Found:
    """The fields at `paths` in each line of buffer[:size] (uint8), which ends with a newline and holds `newlines` of them.

    Behind the stretch, 64 more bytes of the buffer must be there; what they hold does not matter.
    """
    if size and (buffer[size - 1] != ord("\n") or len(buffer) < size + SLACK):
        raise ValueError("a stretch of lines must end with a newline and have 64 bytes behind it")
    if len(paths) > 63:
        raise ValueError(f"at most 63 fields, found {len(paths)}")
    keys = [key.encode() for path in paths for key in path]
    lengths = np.array([len(path) for path in paths], np.int64)
    first = np.concatenate([[0], np.cumsum(lengths)])
    bounds = np.concatenate([[0], np.cumsum([len(key) for key in keys])]).astype(np.int64)
    marks = np.empty(-(-size // 64), np.uint64)
    mark(buffer, marks)
    shape = (newlines, len(paths))
    found = Found(
        np.empty(newlines, np.int64),
        np.empty(newlines, np.int64),
        np.empty(newlines, np.int64),
        np.empty(newlines, np.uint8),
        np.empty(shape, np.uint8),
        np.empty(shape, np.int64),
        np.empty(shape, np.int64),
        np.empty(shape, np.bool_),
        marks,
    )
    spelled = np.frombuffer(b"".join(keys) + b"\0", np.uint8)
    count = walk(buffer, size, marks, spelled, bounds, first, lengths, *found[:-1])
    return Found._make([*(array[:count] for array in found[:-1]), marks])

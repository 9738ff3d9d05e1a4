"""The wanted fields of a chunk of JSON lines: arrays of the places where the kernel found them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from corpus.readers.json_kernel import walk
from corpus.readers.json_marks import mark

SLACK = 128  # bytes that must be readable after a chunk


class Found(NamedTuple):
    """The fields of each line that is not blank."""

    starts: np.ndarray  # int64[n]: first byte of the line
    ends: np.ndarray  # int64[n]: its newline
    numbers: np.ndarray  # int64[n]: how many newlines are before it
    status: np.ndarray  # uint8[n]: GOOD, BROKEN, NOT_AN_OBJECT
    kinds: np.ndarray  # uint8[n, fields]: ABSENT, NULL, STRING, OTHER
    begins: np.ndarray  # int64[n, fields]: first byte within the quotes
    stops: np.ndarray  # int64[n, fields]: the closing quote
    escaped: np.ndarray  # bool[n, fields]: whether there is a backslash between them
    escapes: np.ndarray  # uint64[]: a bit per byte of the chunk, set where an escape begins
    beyond: np.ndarray  # bool[]: which blocks of 64 bytes are not all ASCII


def find(buffer: np.ndarray, size: int, newlines: int, paths: Sequence[tuple[str, ...]], needed: int) -> Found:
    """The fields at `paths` in each line of buffer[:size] (uint8), which ends with a newline and contains `newlines` of
    them.

    The buffer must have 128 more bytes after the chunk, with any content. In a GOOD line with a STRING at field
    `needed` the escapes of the strings found are not checked yet; they are checked when they are copied.
    """
    if size and (buffer[size - 1] != ord("\n") or len(buffer) < size + SLACK):
        raise ValueError(f"a chunk of lines must end with a newline and have {SLACK} bytes after it")
    if len(paths) > 63:
        raise ValueError(f"at most 63 fields, found {len(paths)}")
    keys = [key.encode() for path in paths for key in path]
    lengths = np.array([len(path) for path in paths], np.int64)
    first = np.concatenate([[0], np.cumsum(lengths)])
    bounds = np.concatenate([[0], np.cumsum([len(key) for key in keys])]).astype(np.int64)
    words = -(-size // 64)
    ends, escapes = np.empty(words, np.uint64), np.empty(words, np.uint64)
    beyond = np.empty(words, np.bool_)
    mark(buffer, ends, escapes, beyond)
    shape = (newlines, len(paths))
    found: list[Any] = [
        np.empty(newlines, np.int64),
        np.empty(newlines, np.int64),
        np.empty(newlines, np.int64),
        np.empty(newlines, np.uint8),
        np.empty(shape, np.uint8),
        np.empty(shape, np.int64),
        np.empty(shape, np.int64),
        np.empty(shape, np.bool_),
    ]
    spelled = np.frombuffer(b"".join(keys) + b"\0", np.uint8)
    count = walk(buffer, size, ends, escapes, spelled, bounds, first, lengths, needed, *found)
    return Found._make([*(array[:count] for array in found), escapes, beyond])

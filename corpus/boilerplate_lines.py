"""Kernels over the lines of a column: which could be boilerplate, their keys per site, and texts without the learned ones.

A key is a 64-bit hash of a line and the scope (site) it was seen on; two different lines of a corpus share one with a chance of
about one in a million. The scan runs at about 300 MB/s a core.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit

from corpus.hashing import hash64, mix64
from corpus.utf8 import LETTER, classes, decode, string_buffers, strings_from


class Limits(NamedTuple):
    """Which lines are eligible: letters are weighed (Hangul and ideographs twice), edges counted in lines that are not empty."""

    edge_lines: int
    edge_letters: int
    letters: int
    max_bytes: int

    def array(self) -> np.ndarray:
        """int64[4], for kernels."""
        return np.array(self, np.int64)


@njit
def _line_key(data, start, end, scope):
    return mix64(hash64(data, start, end, 0) ^ scope)


@njit
def _has_letters(data, start, end, classes, least):
    """Whether a line has so many letters, Hangul and ideographs counted twice."""
    n = 0
    i = start
    while i < end and n < least:
        c, width = decode(data, i)
        if classes[c] == LETTER:
            n += 2 if c >= 0x2E80 else 1
        i += width
    return n >= least


@njit
def _lines_of(data, start, end):
    """How many lines are not empty."""
    n = 0
    for i in range(start, end + 1):
        if i == end or data[i] == 0x0A:
            n += i > start
            start = i + 1
    return n


@njit
def _is_eligible(data, start, end, index, lines, classes, limits):
    """Whether line `index` of `lines` could be boilerplate by its length and place. limits: edge lines, edge letters, letters, bytes."""
    if end - start < limits[1] or end - start > limits[3]:
        return False
    edge = index < limits[0] or index >= lines - limits[0]
    return _has_letters(data, start, end, classes, limits[1] if edge else limits[2])


@njit(cache=True, nogil=True)
def _line_keys(data, offsets, scopes, classes, limits, keys, rows):
    """The key and row of every line that could be boilerplate, and one of the scope itself for each document; how many."""
    n = 0
    for document in range(offsets.shape[0] - 1):
        keys[n] = scopes[document]
        rows[n] = document
        n += 1
        line = offsets[document]
        end = offsets[document + 1]
        lines = _lines_of(data, line, end)
        index = 0
        for i in range(line, end + 1):
            if i == end or data[i] == 0x0A:
                if i > line:
                    if _is_eligible(data, line, i, index, lines, classes, limits):
                        keys[n] = _line_key(data, line, i, scopes[document])
                        rows[n] = document
                        n += 1
                    index += 1
                line = i + 1
    return n


@njit(cache=True, nogil=True)
def _tally(keys, rows, out_keys, documents, first):
    """Distinct keys, how many different rows have each, the first of them; `keys` ascending, `rows` ascending within a key."""
    n = -1
    last = -1
    for i in range(keys.shape[0]):
        if i == 0 or keys[i] != keys[i - 1]:
            n += 1
            out_keys[n] = keys[i]
            documents[n] = 0
            first[n] = rows[i]
            last = -1
        if rows[i] != last:
            documents[n] += 1
            last = rows[i]
    return n + 1


@njit(cache=True, nogil=True)
def _find_key(data, offsets, scope, key):
    for i in range(offsets.shape[0] - 1):
        if _line_key(data, offsets[i], offsets[i + 1], scope) == key:
            return i
    return -1


@njit(cache=True, nogil=True)
def _remove(data, offsets, scopes, classes, limits, learned, out, out_offsets, removed):
    """Copy the texts without learned lines; blank lines that then meet become one."""
    at = 0
    out_offsets[0] = 0
    for document in range(offsets.shape[0] - 1):
        start = at
        cut = 0
        blank = False  # a blank line since the last line written
        line = offsets[document]
        end = offsets[document + 1]
        lines = _lines_of(data, line, end)
        index = 0
        for i in range(line, end + 1):
            if i == end or data[i] == 0x0A:
                if i == line:
                    blank = True
                else:
                    known = False
                    if _is_eligible(data, line, i, index, lines, classes, limits):
                        key = _line_key(data, line, i, scopes[document])
                        found = np.searchsorted(learned, key)
                        known = found < learned.shape[0] and learned[found] == key
                    index += 1
                    if known:
                        cut += 1
                    else:
                        if at > start:
                            out[at] = 0x0A
                            at += 1
                            if blank:
                                out[at] = 0x0A
                                at += 1
                        blank = False
                        out[at : at + i - line] = data[line:i]
                        at += i - line
                line = i + 1
        out_offsets[document + 1] = at
        removed[document] = cut


def tally(texts: pa.Array, scopes: np.ndarray, limits: Limits) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(key uint64 ascending, documents int32, first row int32) of the eligible lines, and of each scope (its own key) itself.

    `scopes` is uint64[n], one for each text.
    """
    data, offsets = string_buffers(texts)
    room = int(offsets[-1] - offsets[0]) // limits.edge_letters + 2 * len(texts)
    keys, rows = np.empty(room, np.uint64), np.empty(room, np.int32)
    n = _line_keys(data, offsets, scopes, classes(), limits.array(), keys, rows)
    order = np.argsort(keys[:n], kind="stable")
    out = np.empty(n, np.uint64), np.empty(n, np.int32), np.empty(n, np.int32)
    n = _tally(keys[order], rows[order], *out)
    return out[0][:n].copy(), out[1][:n].copy(), out[2][:n].copy()


def find(lines: pa.Array, scope: int, key: int) -> str | None:
    """The line that has the key on that scope."""
    index = _find_key(*string_buffers(lines), np.uint64(scope), np.uint64(key))
    return None if index < 0 else lines[int(index)].as_py()


def cut(texts: pa.Array, scopes: np.ndarray, limits: Limits, learned: np.ndarray) -> tuple[pa.Array, np.ndarray]:
    """The texts without the eligible lines whose keys are in `learned` (uint64, ascending), and int64[n] lines removed from each."""
    data, offsets = string_buffers(texts)
    out = np.empty(max(int(offsets[-1] - offsets[0]), 1), np.uint8)
    out_offsets, removed = np.empty(len(offsets), np.int64), np.empty(len(texts), np.int64)
    _remove(data, offsets, scopes, classes(), limits.array(), learned, out, out_offsets, removed)
    return (strings_from(out[: max(out_offsets[-1], 1)], out_offsets) if removed.any() else texts), removed

"""Kernels over the lines of a column: which could be boilerplate, their keys per site, and texts without the learned
ones.

A key is a 64-bit hash of a line and the scope (site) it was seen on; two different lines of a corpus share one with a
chance of about one in a million. Ends of lines are found 64 bytes at a time; about 1 GB/s a core.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit

from corpus.kernels.blocks import (
    BLOCK,
    below,
    copy_block,
    fast_hash,
    hangul_leads,
    inner_bytes,
    is_byte,
    latin_letters,
    ones,
)
from corpus.kernels.hashing import bytes_between, mix64, trailing_zeros
from corpus.kernels.utf8 import LETTER, classes, decode, string_buffers, strings_from


class Limits(NamedTuple):
    """Which lines are eligible: letters are weighed (Hangul and ideographs twice), edges counted in lines that are
    not empty."""

    edge_lines: int
    edge_letters: int
    letters: int
    max_bytes: int

    def array(self) -> np.ndarray:
        """int64[4], for kernels."""
        return np.array(self, np.int64)


@njit
def _line_key(data, start, end, scope):
    return mix64(fast_hash(data, start, end) ^ scope)


@njit
def _has_letters(data, start, end, classes, least):
    """Whether a line has so many letters, Hangul and ideographs counted twice."""
    n = 0
    i = start
    if i + BLOCK < data.shape[0]:  # the block's part before anything but ASCII and syllables
        syllables = hangul_leads(data, i)
        plain = bytes_between(data, i, 0x00, 0x7F) | syllables | inner_bytes(data, i)
        width = min(trailing_zeros(~plain), end - i)
        n = ones(latin_letters(data, i) & below(width)) + 2 * ones(syllables & below(width))
        i += width
        while i < end and (data[i] & 0xC0) == 0x80:  # a syllable that ends behind the block
            i += 1
    while i < end and n < least:
        c, width = decode(data, i)
        if classes[c] == LETTER:
            n += 2 if c >= 0x2E80 else 1
        i += width
    return n >= least


@njit
def _ends_of_lines(data, start, end, ends):
    """Where the lines of a document end: (an array that begins with them, maybe `ends`, how many lines, how many are
    not empty)."""
    n = 0
    filled = 0
    line = start
    i = start
    while i < end:
        if n + BLOCK + 1 > ends.shape[0]:
            longer = np.empty(2 * ends.shape[0] + BLOCK + 1, np.int64)
            longer[:n] = ends[:n]
            ends = longer
        if i + BLOCK <= data.shape[0]:
            width = min(BLOCK, end - i)
            newlines = is_byte(data, i, 0x0A) & below(width)
        else:  # the last bytes of a batch
            width = 1
            newlines = np.uint64(data[i] == 0x0A)
        while newlines:
            ends[n] = i + trailing_zeros(newlines)
            filled += ends[n] > line
            line = ends[n] + 1
            n += 1
            newlines &= newlines - np.uint64(1)
        i += width
    ends[n] = end
    return ends, n + 1, filled + (end > line)


@njit
def _is_eligible(data, start, end, index, lines, classes, limits):
    """Whether line `index` of `lines` could be boilerplate by its length and place. limits: edge lines, edge
    letters, letters, bytes."""
    if end - start < limits[1] or end - start > limits[3]:
        return False
    edge = index < limits[0] or index >= lines - limits[0]
    return _has_letters(data, start, end, classes, limits[1] if edge else limits[2])


@njit(cache=True, nogil=True)
def _line_keys(data, offsets, scopes, classes, limits, keys, rows):
    """The key and row of every line that could be boilerplate, and one of the scope itself for each document; how
    many."""
    n = 0
    ends = np.empty(1024, np.int64)
    for document in range(offsets.shape[0] - 1):
        keys[n] = scopes[document]
        rows[n] = document
        n += 1
        line = offsets[document]
        ends, count, lines = _ends_of_lines(data, line, offsets[document + 1], ends)
        index = 0
        for end in ends[:count]:
            if end > line:
                if _is_eligible(data, line, end, index, lines, classes, limits):
                    keys[n] = _line_key(data, line, end, scopes[document])
                    rows[n] = document
                    n += 1
                index += 1
            line = end + 1
    return n


@njit(cache=True, nogil=True)
def _tally(keys, rows, out_keys, documents, first):
    """Distinct keys, how many different rows have each, the first of them; `keys` ascending, `rows` ascending within
    a key."""
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


@njit
def _copy(data, start, end, out, at):
    """Copy data[start:end] to out[at:], and up to 63 bytes of what is behind it; the next free place."""
    i = start
    while i < end and i + BLOCK <= data.shape[0]:
        copy_block(data, i, out, at + i - start)
        i += BLOCK
    while i < end:
        out[at + i - start] = data[i]
        i += 1
    return at + end - start


@njit
def _sieve(learned):
    """A bit for each value of the lowest sixteen bits of the keys: most lines are told from all learned ones by it."""
    bits = np.zeros(1 << 10, np.uint64)
    for key in learned:
        bits[(key & np.uint64(0xFFFF)) >> np.uint64(6)] |= np.uint64(1) << (key & np.uint64(63))
    return bits


@njit
def _mark_known(data, line, ends, lines, scope, classes, limits, learned, sieve, known):
    """Set known[k] for each line k, of which `lines` are not empty, that is learned; how many."""
    cut = 0
    index = 0
    for k in range(ends.shape[0]):
        end = ends[k]
        known[k] = False
        if end > line:
            if _is_eligible(data, line, end, index, lines, classes, limits):
                key = _line_key(data, line, end, scope)
                if (sieve[(key & np.uint64(0xFFFF)) >> np.uint64(6)] >> (key & np.uint64(63))) & np.uint64(1):
                    found = np.searchsorted(learned, key)
                    known[k] = found < learned.shape[0] and learned[found] == key
                    cut += known[k]
            index += 1
        line = end + 1
    return cut


@njit(cache=True, nogil=True)
def _remove(data, offsets, scopes, classes, limits, learned, out, out_offsets, removed):
    """Copy the texts without learned lines; blank lines that then meet become one."""
    at = 0
    out_offsets[0] = 0
    ends = np.empty(1024, np.int64)
    known = np.empty(1024, np.bool_)
    sieve = _sieve(learned)
    for document in range(offsets.shape[0] - 1):
        line = offsets[document]
        ends, count, lines = _ends_of_lines(data, line, offsets[document + 1], ends)
        if known.shape[0] < count:
            known = np.empty(ends.shape[0], np.bool_)
        cut = _mark_known(data, line, ends[:count], lines, scopes[document], classes, limits, learned, sieve, known)
        removed[document] = cut
        start = at
        blank = False  # a blank line since the last line written
        if cut == 0:
            at = _copy(data, line, offsets[document + 1], out, at)
            count = 0
        for k in range(count):
            end = ends[k]
            if end == line:
                blank = True
            elif not known[k]:
                if at > start:
                    out[at] = 0x0A
                    at += 1
                    if blank:
                        out[at] = 0x0A
                        at += 1
                blank = False
                at = _copy(data, line, end, out, at)
            line = end + 1
        out_offsets[document + 1] = at


def tally(texts: pa.Array, scopes: np.ndarray, limits: Limits) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(key uint64 ascending, documents int32, first row int32) of the eligible lines, and of each scope (its own key)
    itself.

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
    """The texts without the eligible lines whose keys are in `learned` (uint64, ascending), and int64[n] lines
    removed from each."""
    data, offsets = string_buffers(texts)
    out = np.empty(int(offsets[-1] - offsets[0]) + BLOCK, np.uint8)
    out_offsets, removed = np.empty(len(offsets), np.int64), np.empty(len(texts), np.int64)
    _remove(data, offsets, scopes, classes(), limits.array(), learned, out, out_offsets, removed)
    return (strings_from(out[: max(out_offsets[-1], 1)], out_offsets) if removed.any() else texts), removed

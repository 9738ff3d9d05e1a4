"""Copies the strings found in JSON lines to Arrow columns, and checks and decodes their escapes.

A column is made of many short chunks of lines, which stay in the processor's cache from the first pass to this last
one; with chunks of the size of a column (8 MiB) reading was a third slower.
"""

import numpy as np
import pyarrow as pa

from corpus.kernels.inner import kernel
from corpus.kernels.utf8 import encode
from corpus.readers.json_fields import SLACK, Found
from corpus.readers.json_grammar import ESCAPE, HEX
from corpus.readers.json_kernel import STRING
from corpus.readers.vectors import copy64, trailing_zeros


class StringColumn:
    """A pa.StringArray that is being built; `room` bytes are allocated for it."""

    def __init__(self, room: int) -> None:
        if room > np.iinfo(np.int32).max:
            raise ValueError(f"{room} bytes in one string column; a batch must stay below 2 GiB")
        self._out = np.empty(room + SLACK, np.uint8)
        self._size = 0  # bytes used
        self._stops = [np.zeros(1, np.int32)]  # where each string ends
        self._valid = [np.zeros(0, np.bool_)]
        self._written = 0, self._stops[0], self._valid[0]

    def write(self, buffer: np.ndarray, found: Found, lines: np.ndarray, field: int) -> np.ndarray:
        """Copy one field at the lines of that index (int64[m]), null where it is not a string; returns bool[m]: the
        lines with a wrong escape.

        The strings belong to the column after `keep` is called; the next call without it replaces them.
        """
        valid = found.kinds[lines, field] == STRING
        begins = np.where(valid, found.begins[lines, field], 0)
        stops = np.where(valid, found.stops[lines, field], 0)
        escaped = found.escaped[lines, field] & valid
        offsets = np.empty(len(lines), np.int32)
        wrong = np.zeros(len(lines), np.bool_)
        # Decoding only shortens: \n is two bytes for one, \uXXXX six for at most three.
        if self._size + int((stops - begins).sum()) + SLACK > len(self._out):
            raise ValueError("this column is full; allocate as many bytes as all chunks together have")
        size = _copy(buffer, found.escapes, begins, stops, escaped, self._out, self._size, offsets, wrong)
        self._written = size, offsets, valid
        return wrong

    def keep(self) -> None:
        """Make the strings written last a part of the column."""
        self._size, offsets, valid = self._written
        self._stops.append(offsets)
        self._valid.append(valid)

    def array(self) -> pa.Array:
        """The column; its bytes are not copied."""
        offsets, valid = np.concatenate(self._stops), np.concatenate(self._valid)
        nulls = None if valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))
        return pa.StringArray.from_buffers(
            len(valid), pa.py_buffer(offsets), pa.py_buffer(self._out[: self._size]), nulls
        )


@kernel
def _copy_run(data, i, end, out, k):
    """Copy data[i:end] to out[k:] in steps of 64 bytes. Up to 63 bytes after it are written too; the caller provides
    the space."""
    while i < end:
        copy64(out, np.uint64(k), data, np.uint64(i))
        i += 64
        k += 64


@kernel
def _hex4(data, i):
    """The value of four hexadecimal digits; 65,536 or more if they are not."""
    digits = (HEX[data[i]] | HEX[data[i + 1]] | HEX[data[i + 2]] | HEX[data[i + 3]]) & 0xF0
    return (
        (np.int64(digits) << 12)
        | (np.int64(HEX[data[i]]) << 12)
        | (np.int64(HEX[data[i + 1]]) << 8)
        | (np.int64(HEX[data[i + 2]]) << 4)
        | np.int64(HEX[data[i + 3]])
    )


@kernel
def _unescape(data, escapes, i, end, out, k):
    """Copy the string data[i:end] to out[k:] with decoded escapes; returns the position after it, or -1 at a wrong
    escape.

    Always 64 bytes are copied, at the beginning of a word and after each escape. How many of them count is known
    afterwards, so that no branch depends on the distance to the next escape.
    """
    word = i >> 6
    while i < end:
        bits = escapes[word]
        if i > word << 6:  # an escape reached into this word
            bits &= ~np.uint64(0) << np.uint64(i & 63)
        copy64(out, np.uint64(k), data, np.uint64(i))
        while bits != 0:
            escape = (word << 6) + np.int64(trailing_zeros(bits))
            if escape >= end:
                break
            bits &= bits - np.uint64(1)
            k += escape - i
            i = escape + 2
            c = data[escape + 1]
            plain = ESCAPE[c]
            if plain != 0:
                out[k] = plain
                k += 1
            else:
                if c != 117:  # \u
                    return np.int64(-1)
                code = _hex4(data, i)
                i += 4
                if code >= 0xD800 and code <= 0xDBFF:
                    low = _hex4(data, i + 2)
                    if data[i] != 92 or data[i + 1] != 117 or low < 0xDC00 or low > 0xDFFF:
                        return np.int64(-1)
                    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
                    if i >> 6 == word:
                        bits &= bits - np.uint64(1)  # the second half's
                    i += 6
                elif code > 0xFFFF or (code >= 0xDC00 and code <= 0xDFFF):
                    return np.int64(-1)
                k = encode(code, out, k)
            copy64(out, np.uint64(k), data, np.uint64(i))
        word += 1
        stop = min(word << 6, end)
        if i < stop:
            k += stop - i
            i = stop
    return k


@kernel
def _copy(data, escapes, begins, stops, escaped, out, k, offsets, wrong):
    """Copy strings one after another to out[k:], and their ends to `offsets`; strings with wrong escapes are marked and
    left out."""
    for line in range(len(begins)):
        i = begins[line]
        end = stops[line]
        if escaped[line]:
            after = _unescape(data, escapes, i, end, out, k)
            wrong[line] = after < 0
            k = max(after, k)
        else:
            _copy_run(data, i, end, out, k)
            k += end - i
        offsets[line] = k
    return k

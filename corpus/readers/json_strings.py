"""The strings that were found in JSON lines, copied into Arrow columns with their escapes undone, 2.5 GB/s on one core."""

import numpy as np
import pyarrow as pa
from numba import njit

from corpus.readers.json_fields import SLACK, Found
from corpus.readers.json_kernel import DE_BRUIJN, ESCAPE, HEX, STRING, ZEROS
from corpus.utf8 import encode


def strings(buffer: np.ndarray, found: Found, lines: np.ndarray, field: int) -> pa.Array:
    """The strings of one field at the lines of that index (int64[m]) as a pa.StringArray; null where there is none."""
    valid = found.kinds[lines, field] == STRING
    begins = np.where(valid, found.begins[lines, field], 0)
    stops = np.where(valid, found.stops[lines, field], 0)
    # Escapes only shorten: \n is two bytes for one, \uXXXX six for at most three.
    longest = int((stops - begins).sum())
    if longest > np.iinfo(np.int32).max:
        raise ValueError(f"{longest} bytes in one string column; a stretch must stay below 2 GiB")
    out = np.empty(longest + SLACK, np.uint8)
    offsets = np.zeros(len(lines) + 1, np.int32)
    size = _copy(buffer, found.marks, begins, stops, found.escaped[lines, field], out, offsets)
    nulls = None if valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.StringArray.from_buffers(len(lines), pa.py_buffer(offsets), pa.py_buffer(out[:size]), nulls)


@njit(cache=True, nogil=True)
def _next_special(marks, i):
    """As json_kernel's _next_mark; a kernel is inlined from its own file, or Numba's cache would miss a change of it."""
    word = i >> 6
    bits = marks[word] >> np.uint64(i & 63)
    if bits == 0:
        word += 1
        while marks[word] == 0:
            word += 1
        bits = marks[word]
        i = word << 6
    lowest = bits & (~bits + np.uint64(1))
    return i + ZEROS[(lowest * DE_BRUIJN) >> np.uint64(58)]


@njit(cache=True, nogil=True)
def _hex4(data, i):
    """The value of four hexadecimal digits, known to be such."""
    return (
        (np.int64(HEX[data[i]]) << 12)
        | (np.int64(HEX[data[i + 1]]) << 8)
        | (np.int64(HEX[data[i + 2]]) << 4)
        | np.int64(HEX[data[i + 3]])
    )


@njit(cache=True, nogil=True)
def _copy_run(data, i, end, out, k):
    """Copy data[i:end] to out[k:] in steps of 32 bytes, so that up to 31 bytes behind are written too; the caller has the room."""
    # Unsigned, since Numba tests signed indices for being negative, and then nothing is vectorised.
    source = np.uint64(i)
    target = np.uint64(k)
    stop = np.uint64(end)
    step = np.uint64(32)
    while source < stop:
        for j in range(step):
            out[target + j] = data[source + j]
        source += step
        target += step


@njit(cache=True, nogil=True)
def _unescape(data, marks, i, end, out, k):
    """Copy the valid JSON string data[i:end] to out[k:], escapes undone; the position after it."""
    while True:
        stop = min(_next_special(marks, i), end)
        _copy_run(data, i, stop, out, k)
        k += stop - i
        i = stop
        if i >= end:
            return k
        c = data[i + 1]
        if c != 117:
            out[k] = ESCAPE[c]
            k += 1
            i += 2
            continue
        code = _hex4(data, i + 2)
        i += 6
        if code >= 0xD800 and code <= 0xDBFF:
            code = 0x10000 + ((code - 0xD800) << 10) + (_hex4(data, i + 2) - 0xDC00)
            i += 6
        k = encode(code, out, k)


@njit(cache=True, nogil=True)
def _copy(data, marks, begins, stops, escaped, out, offsets):
    k = np.int64(0)
    for line in range(len(begins)):
        i = begins[line]
        end = stops[line]
        if escaped[line]:
            k = _unescape(data, marks, i, end, out, k)
        else:
            _copy_run(data, i, end, out, k)
            k += end - i
        offsets[line + 1] = k
    return k

"""Functions that all kernels share: an Arrow string column as bytes and offsets, decoding, and classes of characters.

Kernels take `data` uint8[bytes] and `offsets` int64[n + 1], both views of the Arrow buffers, and rely on valid UTF-8:
Arrow strings made by the readers are checked once, when they are read.
"""

import unicodedata
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from corpus.kernels.inner import inner

OTHER, LETTER, NUMBER, SPACE, MARK, PUNCTUATION, SYMBOL, CONTROL = range(8)


def string_buffers(array: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """The bytes and offsets of a string column: (uint8[bytes], int64[n + 1]).

    The bytes are a zero-copy view that cannot be written, whether Arrow's buffer could or not, and offsets are 64 bits
    of our own (8 bytes a document): Numba compiles a kernel for each kind of array that it meets. Slices keep the whole
    buffer and start at their own first offset. Raises ValueError for nulls and for other types.
    """
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
        if isinstance(array, pa.ChunkedArray):
            array = array.chunk(0)
    if pa.types.is_large_string(array.type):
        width: type = np.int64
    elif pa.types.is_string(array.type):
        width = np.int32
    else:
        raise ValueError(f"expected a string column, found {array.type}")
    if array.null_count:
        raise ValueError(f"expected no nulls in the string column, found {array.null_count}")
    if len(array) == 0:
        return read_only(b""), np.zeros(1, np.int64)
    _, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, width)[array.offset : array.offset + len(array) + 1].astype(np.int64)
    return read_only(data if data is not None else b""), bounds


def read_only(data: Any, dtype: Any = np.uint8) -> np.ndarray:
    """The numbers of a buffer or an array, zero-copy, as an array that cannot be written: dtype[n]."""
    view = np.frombuffer(data, dtype)
    view.flags.writeable = False
    return view


def strings_from(data: np.ndarray, offsets: np.ndarray) -> pa.Array:
    """A string column over `data` uint8[bytes] and `offsets` int64[n + 1], without copying the bytes.

    Raises ValueError if the bytes exceed what 32-bit offsets can address (2 GiB): batches must be far smaller.
    """
    if offsets[-1] > np.iinfo(np.int32).max:
        raise ValueError(f"{offsets[-1]} bytes in one string column; a batch must stay below 2 GiB")
    return pa.StringArray.from_buffers(
        len(offsets) - 1,
        pa.py_buffer(np.ascontiguousarray(offsets, np.int32)),
        pa.py_buffer(np.ascontiguousarray(data)),
    )


@cache
def classes() -> np.ndarray:
    """uint8[0x110000]: one of OTHER … CONTROL for each code point, from the Unicode database of this Python.

    SPACE is str.isspace, as in regular expressions' \\s; LETTER, NUMBER, MARK, PUNCTUATION, SYMBOL are the
    general categories L, N, M, P, S; CONTROL is C other than unassigned and white space. Built once per process (about
    0.2 s), stored on disk beside the compiled kernels.
    """
    import os
    import sys
    from pathlib import Path

    path = (
        Path(os.environ["NUMBA_CACHE_DIR"])
        / f"classes-{unicodedata.unidata_version}-{sys.version_info[0]}{sys.version_info[1]}.npy"
    )
    if path.exists():
        table = np.load(path)
        if table.shape == (0x110000,) and table.dtype == np.uint8:
            return table
    kinds = {"L": LETTER, "N": NUMBER, "M": MARK, "P": PUNCTUATION, "S": SYMBOL, "C": CONTROL, "Z": OTHER}
    table = np.fromiter(
        (
            SPACE if chr(c).isspace() else OTHER if (k := unicodedata.category(chr(c))) == "Cn" else kinds[k[0]]
            for c in range(0x110000)
        ),
        np.uint8,
        0x110000,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.npy")
    np.save(temporary, table)
    temporary.replace(path)
    return table


@inner
def decode(data, i):
    """The code point at byte i of valid UTF-8, and its width: (uint32, int64)."""
    b = np.uint32(data[i])
    if b < 0x80:
        return b, np.int64(1)
    if b < 0xE0:
        return ((b & np.uint32(0x1F)) << np.uint32(6)) | (np.uint32(data[i + 1]) & np.uint32(0x3F)), np.int64(2)
    if b < 0xF0:
        return (
            ((b & np.uint32(0xF)) << np.uint32(12))
            | ((np.uint32(data[i + 1]) & np.uint32(0x3F)) << np.uint32(6))
            | (np.uint32(data[i + 2]) & np.uint32(0x3F))
        ), np.int64(3)
    return (
        ((b & np.uint32(7)) << np.uint32(18))
        | ((np.uint32(data[i + 1]) & np.uint32(0x3F)) << np.uint32(12))
        | ((np.uint32(data[i + 2]) & np.uint32(0x3F)) << np.uint32(6))
        | (np.uint32(data[i + 3]) & np.uint32(0x3F))
    ), np.int64(4)


@inner
def encode(c, out, i):
    """Write code point c as UTF-8 at out[i]; returns the next free position."""
    if c < 0x80:
        out[i] = c
        return i + 1
    if c < 0x800:
        out[i] = 0xC0 | (c >> 6)
        out[i + 1] = 0x80 | (c & 0x3F)
        return i + 2
    if c < 0x10000:
        out[i] = 0xE0 | (c >> 12)
        out[i + 1] = 0x80 | ((c >> 6) & 0x3F)
        out[i + 2] = 0x80 | (c & 0x3F)
        return i + 3
    out[i] = 0xF0 | (c >> 18)
    out[i + 1] = 0x80 | ((c >> 12) & 0x3F)
    out[i + 2] = 0x80 | ((c >> 6) & 0x3F)
    out[i + 3] = 0x80 | (c & 0x3F)
    return i + 4


@inner
def is_hangul(c):
    """A precomposed Hangul syllable, U+AC00 to U+D7A3: the unit in which Korean is counted."""
    return (c >= 0xAC00) and (c <= 0xD7A3)


@inner
def is_jamo(c):
    """A letter smaller than a syllable: conjoining (U+1100–11FF, A960–A97F, D7B0–D7FF), compatibility (U+3131–318E) or
    half-width (U+FFA0–FFDC)."""
    return (
        ((c >= 0x1100) and (c <= 0x11FF))
        or ((c >= 0x3131) and (c <= 0x318E))
        or ((c >= 0xA960) and (c <= 0xA97F))
        or ((c >= 0xD7B0) and (c <= 0xD7FF))
        or ((c >= 0xFFA0) and (c <= 0xFFDC))
    )

"""The parts of JSON's grammar (RFC 8259) within a line: spaces, numbers, words, and strings with their escapes.

Each function begins at a byte of the chunk and returns where its part ends, or -1. None reads past the newline that
ends the line. `ends` and `escapes` are the bits that corpus/readers/json_marks.py sets.
"""

import numpy as np

from corpus.kernels.inner import kernel
from corpus.kernels.utf8 import encode
from corpus.readers.vectors import trailing_zeros

WORDS = np.frombuffer(b"truenullfalse", np.uint8)
HEX = np.full(256, 255, np.uint8)
for _digit, _characters in enumerate("0123456789abcdef"):
    HEX[[ord(_characters), ord(_characters.upper())]] = _digit
ESCAPE = np.zeros(256, np.uint8)  # the byte that a one-letter escape means
for _letter, _byte in zip('"\\/bfnrt', b'"\\/\b\f\n\r\t', strict=True):
    ESCAPE[ord(_letter)] = _byte


@kernel
def next_end(ends, i):
    """The first marked byte at i or after; the chunk's last newline is always marked."""
    word = i >> 6
    bits = ends[word] >> np.uint64(i & 63)
    if bits == 0:
        word += 1
        while ends[word] == 0:
            word += 1
        bits = ends[word]
        i = word << 6
    return i + np.int64(trailing_zeros(bits))


@kernel
def space_end(data, i):
    while data[i] == 32 or data[i] == 9 or data[i] == 13:
        i += 1
    return i


@kernel
def _digits_end(data, i):
    while data[i] >= 48 and data[i] <= 57:
        i += 1
    return i


@kernel
def number_end(data, i):
    """The end of the number at i, or -1."""
    if data[i] == 45:
        i += 1
    if data[i] == 48:
        i += 1
    else:
        end = _digits_end(data, i)
        if end == i:
            return np.int64(-1)
        i = end
    if data[i] == 46:
        end = _digits_end(data, i + 1)
        if end == i + 1:
            return np.int64(-1)
        i = end
    if data[i] == 101 or data[i] == 69:
        i += 1
        if data[i] == 43 or data[i] == 45:
            i += 1
        end = _digits_end(data, i)
        if end == i:
            return np.int64(-1)
        i = end
    return i


@kernel
def same(data, i, j, keys, a, b):
    """Whether data[i:j] is keys[a:b]."""
    if j - i != b - a:
        return False
    for k in range(j - i):  # noqa: SIM110 (Numba has no `all` over a generator)
        if data[i + k] != keys[a + k]:
            return False
    return True


@kernel
def word_end(data, i):
    """The end of true, false or null at i, or -1."""
    if same(data, i, i + 4, WORDS, 0, 4) or same(data, i, i + 4, WORDS, 4, 8):
        return i + 4
    return i + 5 if same(data, i, i + 5, WORDS, 8, 13) else np.int64(-1)


@kernel
def four_hex(data, i):
    """The value of four hexadecimal digits at i, or -1."""
    value = np.int64(0)
    for k in range(4):
        digit = np.int64(HEX[data[i + k]])
        if digit > 15:  # also at the newline, so that this never reads past the line
            return np.int64(-1)
        value = value * 16 + digit
    return value


@kernel
def string_end(data, ends, escapes, i):
    """From the first byte after the opening quote: (the closing quote or -1, whether there are escapes before it)."""
    word = i >> 6
    shift = np.uint64(i & 63)
    bits = ends[word] >> shift
    backslashes = escapes[word] >> shift
    found = np.uint64(0)
    while bits == 0:
        found |= backslashes
        word += 1
        bits = ends[word]
        backslashes = escapes[word]
        i = word << 6
    place = np.uint64(trailing_zeros(bits))
    found |= backslashes & ((np.uint64(1) << place) - np.uint64(1))
    end = i + np.int64(place)
    return (end if data[end] == 34 else np.int64(-1)), found != 0


@kernel
def escapes_hold(data, escapes, i, end):
    """Whether every escape in the string data[i:end] is valid."""
    while True:
        word = i >> 6
        bits = escapes[word] >> np.uint64(i & 63)
        while bits == 0:
            word += 1
            i = word << 6
            if i >= end:
                return True
            bits = escapes[word]
        i += np.int64(trailing_zeros(bits))
        if i >= end:
            return True
        c = data[i + 1]
        if c == 117:  # \u
            code = four_hex(data, i + 2)
            if code < 0 or (code >= 0xDC00 and code <= 0xDFFF):
                return False
            i += 6
            if code >= 0xD800 and code <= 0xDBFF:
                if data[i] != 92 or data[i + 1] != 117:
                    return False
                code = four_hex(data, i + 2)
                if code < 0xDC00 or code > 0xDFFF:
                    return False
                i += 6
        elif ESCAPE[c] != 0:
            i += 2
        else:
            return False


@kernel
def spells(data, i, end, keys, a, b, scratch):
    """Whether the valid JSON string data[i:end] means keys[a:b]; `scratch` has the size of a character."""
    while i < end:
        if data[i] != 92:
            scratch[0] = data[i]
            size = 1
            i += 1
        elif data[i + 1] != 117:
            scratch[0] = ESCAPE[data[i + 1]]
            size = 1
            i += 2
        else:
            code = four_hex(data, i + 2)
            i += 6
            if code >= 0xD800 and code <= 0xDBFF:
                code = 0x10000 + ((code - 0xD800) << 10) + (four_hex(data, i + 2) - 0xDC00)
                i += 6
            size = encode(code, scratch, 0)
        if not same(scratch, 0, size, keys, a, min(b, a + size)):
            return False
        a += size
    return a == b

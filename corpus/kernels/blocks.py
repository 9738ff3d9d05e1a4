"""Sixty-four bytes of text at a time: functions for kernels that return one bit for each byte in a 64-bit word.

A vector unit compares 64 bytes in a few instructions. The work per line, word or syllable is then done only for set
bits (Langdale & Lemire 2019). All functions read 64 bytes (`hangul_leads` 65) from data[i] on and do not check the end
of the array: callers make sure that so many bytes exist, and process the last bytes of a batch one by one.
"""

import numpy as np

from corpus.kernels.inner import inner
from corpus.kernels.intrinsics import bytes_between, load64

BLOCK = 64
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
FACTOR = np.uint64(0x9E3779B97F4A7C15)


@inner
def below(n):
    """The word whose lowest n bits are set, 0 ≤ n ≤ 64."""
    return ALL >> np.uint64(64 - n) if n > 0 else np.uint64(0)


@inner
def is_byte(data, i, byte):
    """Bits of the bytes that are equal to `byte`."""
    return bytes_between(data, i, byte, byte)


@inner
def latin_letters(data, i):
    """Bits of the bytes A–Z and a–z."""
    return bytes_between(data, i, 0x41, 0x5A) | bytes_between(data, i, 0x61, 0x7A)


@inner
def inner_bytes(data, i):
    """Bits of the bytes that are not the first of a character."""
    return bytes_between(data, i, 0x80, 0xBF)


@inner
def hangul_leads(data, i):
    """Bits of the bytes that begin a syllable from U+AC00 to U+D77F: all syllables but the last 36, which are rare."""
    return (
        bytes_between(data, i, 0xEB, 0xEC)
        | (is_byte(data, i, 0xEA) & bytes_between(data, i + 1, 0xB0, 0xBF))
        | (is_byte(data, i, 0xED) & bytes_between(data, i + 1, 0x80, 0x9D))
    )


@inner
def fold64(h, word):
    """The hash of a sequence of 64-bit words, extended by the next word."""
    h = (h ^ word) * FACTOR
    return h ^ (h >> np.uint64(32))


@inner
def fast_hash(data, start, end):
    """A 64-bit hash of data[start:end], never 0: for tables inside a task. Hashes that are stored are made with
    corpus/kernels/hashing.py."""
    h = np.uint64(end - start)
    i = start
    while i < end:
        if i + 8 <= data.shape[0]:
            word = load64(data, i) & below(min(8 * (end - i), 64))
        else:
            word = np.uint64(0)
            for j in range(end - 1, i - 1, -1):
                word = (word << np.uint64(8)) | np.uint64(data[j])
        h = fold64(h, word)
        i += 8
    return h if h != 0 else np.uint64(1)

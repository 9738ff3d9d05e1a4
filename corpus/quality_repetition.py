"""Repeated runs of words: the share of a document that its commonest 2- to 4-grams and its duplicate 5- to 10-grams cover.

Gopher's definitions (Rae et al. 2021, appendix A1.1) as datatrove computes them: a top n-gram counts its characters and the
spaces between its words, as often as it occurs (of equally common ones the first); duplicates are taken greedily from the
left, a duplicate n-gram is skipped as a whole, and only its words' characters count. N-grams are recognised by a 64-bit rolling hash of
word hashes. A longer n-gram can only recur where a shorter one does, so most documents need three tables instead of nine. Time and memory
are linear in words: about 60 bytes a word of the longest document.
"""

import numpy as np
import pyarrow as pa
from numba import njit

from corpus.utf8 import SPACE, classes, decode, string_buffers

TOP = (2, 3, 4)
DUPLICATE = (5, 6, 7, 8, 9, 10)
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
LARGE = 1 << 20  # words
COUNTS = (*(f"top_{n}_gram_characters" for n in TOP), *(f"duplicate_{n}_gram_characters" for n in DUPLICATE))


@njit
def _words(data, start, end, classes, hashes, ends):
    """Hash of each word, and the characters of all words up to and including it; how many words there are."""
    n = 0
    total = 0
    i = start
    h = np.uint64(0)
    while i < end:
        c, width = decode(data, i)
        i += width
        if classes[c] != SPACE:
            total += 1
            h = (h ^ np.uint64(c)) * MULTIPLIER
            h ^= h >> np.uint64(29)
        if h != 0 and (i == end or classes[c] == SPACE):
            hashes[n] = h
            ends[n] = total
            n += 1
            h = np.uint64(0)
    return n


@njit
def _slot(keys, mask, key):
    slot = (key ^ (key >> np.uint64(32))) & mask
    while keys[slot] != 0 and keys[slot] != key:
        slot = (slot + np.uint64(1)) & mask
    return slot


@njit
def _lengthen(grams, hashes, words, n):
    """Hashes of n-grams from those of (n - 1)-grams, in place; never 0."""
    for i in range(words - n + 1):
        key = grams[i] * MULTIPLIER + hashes[i + n - 1]
        key ^= key >> np.uint64(29)
        grams[i] = key if key != 0 else np.uint64(1)


@njit
def _length(ends, i, n):
    return ends[i + n - 1] - (ends[i - 1] if i else 0)


@njit
def _top(grams, ends, words, n, keys, tally, first, capacity):
    """Characters that the commonest n-gram covers, and how often it occurs; of equally common ones the first."""
    if words < n:
        return 0, 0
    keys[:capacity] = 0
    mask = np.uint64(capacity - 1)
    most = 1
    where = 0
    for i in range(words - n + 1):
        key = grams[i]
        slot = _slot(keys, mask, key)
        if keys[slot] == 0:
            keys[slot] = key
            tally[slot] = 1
            first[slot] = i
        else:
            tally[slot] += 1
            if tally[slot] > most or (tally[slot] == most and first[slot] < where):
                most = tally[slot]
                where = first[slot]
    return (_length(ends, where, n) + n - 1) * most, most


@njit
def _duplicates(grams, ends, words, n, keys, capacity):
    keys[:capacity] = 0
    mask = np.uint64(capacity - 1)
    covered = 0
    i = 0
    while i <= words - n:
        key = grams[i]
        slot = _slot(keys, mask, key)
        if keys[slot] == key:
            covered += _length(ends, i, n)
            i += n
        else:
            keys[slot] = key
            i += 1
    return covered


@njit(cache=True, nogil=True)
def _count(data, offsets, classes, hashes, grams, ends, keys, tally, first, counts):
    for document in range(offsets.shape[0] - 1):
        words = _words(data, offsets[document], offsets[document + 1], classes, hashes, ends)
        capacity = 4
        while capacity < 2 * words:
            capacity *= 2
        row = counts[document]
        row[:] = 0
        grams[:words] = hashes[:words]
        most = 2
        for n in range(2, 5):
            if most > 1:
                _lengthen(grams, hashes, words, n)
                row[n - 2], most = _top(grams, ends, words, n, keys, tally, first, capacity)
            elif words >= n:  # no shorter n-gram recurs, so none does: the first stands for all
                row[n - 2] = _length(ends, 0, n) + n - 1
        if most > 1:
            for n in range(5, 11):
                _lengthen(grams, hashes, words, n)
                row[n - 2] = _duplicates(grams, ends, words, n, keys, capacity)
                if row[n - 2] == 0:
                    break


@njit(cache=True, nogil=True)
def _most_words(data, offsets, classes):
    most = 0
    for document in range(offsets.shape[0] - 1):
        words = 0
        outside = True
        i = offsets[document]
        while i < offsets[document + 1]:
            c, width = decode(data, i)
            space = classes[c] == SPACE
            words += outside and not space
            outside = space
            i += width
        most = max(most, words)
    return most


def count_repetition(texts: pa.Array) -> dict[str, np.ndarray]:
    """COUNTS as int64[n] each: characters of each document inside its commonest and its duplicate n-grams of words."""
    data, offsets = string_buffers(texts)
    kinds = classes()
    words = int(np.diff(offsets).max(initial=0)) // 2 + 1
    if words > LARGE:  # worth a look before memory is asked for
        words = max(int(_most_words(data, offsets, kinds)), 1)
    capacity = max(4, 1 << (2 * words - 1).bit_length())
    counts = np.empty((len(offsets) - 1, len(COUNTS)), np.int64)
    hashes, grams, ends = np.empty(words, np.uint64), np.empty(words, np.uint64), np.empty(words, np.int64)
    table = np.empty(capacity, np.uint64), np.empty(capacity, np.int32), np.empty(capacity, np.int32)
    _count(data, offsets, kinds, hashes, grams, ends, *table, counts)
    return dict(zip(COUNTS, counts.T, strict=True))

"""Repeated runs of words: the characters of a document that its most common 2- to 4-gram and its duplicate 5- to
10-grams cover.

Gopher's definitions (Rae et al. 2021, appendix A1.1) as datatrove computes them. The top n-gram counts its characters
and the spaces between its words, times its occurrences, if it occurs more than once; of equally common n-grams the
first is taken. Duplicate n-grams are taken greedily from the left: one that was seen before is skipped as a whole, and
only the characters of its words count. Words are compared by a 64-bit hash.

An n-gram can recur only if both (n - 1)-grams in it do, so each length looks only at the places that are left from the
length before: all words once, then about a third of them, then a few. An n-gram's key is the pair of slots that its
(n - 1)-grams have in their table, so that nothing is hashed again. Time and memory are linear in words: about 50 bytes
a word of the longest document. About 700 MB/s a core.
"""

import numpy as np
import pyarrow as pa

from corpus.kernels.blocks import BLOCK, below, fast_hash, fold64, inner_bytes, is_byte
from corpus.kernels.inner import inner, kernel
from corpus.kernels.intrinsics import bytes_between, load64, ones, prefetch, trailing_zeros
from corpus.kernels.utf8 import string_buffers

TOP = (2, 3, 4)
DUPLICATE = (5, 6, 7, 8, 9, 10)
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
COUNTS = (*(f"top_{n}_gram_characters" for n in TOP), *(f"duplicate_{n}_gram_characters" for n in DUPLICATE))
LARGE = 1 << 20  # words
AHEAD = 16  # keys whose places are fetched while others are looked up
SEEN = np.int32(1 << 30)  # a bit in `occurrences`: the greedy walk has seen this n-gram


@inner
def _word_hash(data, start, end):
    """A 64-bit hash of data[start:end]."""
    length = end - start
    if length > 16 or start + 16 > data.shape[0]:
        return fast_hash(data, start, end)
    low = load64(data, start) & below(min(8 * length, 64))  # no branch on the length, which could not be guessed
    high = load64(data, start + 8) & below(max(8 * length - 64, 0))
    h = fold64(np.uint64(length), low)
    h = h if length <= 8 else fold64(h, high)
    return h if h != 0 else np.uint64(1)


@inner
def _words(data, start, end, keys, ends):
    """Write the hash of each word, and the characters of all words up to and including it; returns the number of
    words."""
    n = 0
    total = 0
    word = start  # where the word begins, if there is one
    inside = False
    i = start
    while i < end:
        if i + BLOCK <= data.shape[0]:
            width = min(BLOCK, end - i)
            space = (is_byte(data, i, 0x20) | bytes_between(data, i, 0x09, 0x0A)) & below(width)
            first = ~inner_bytes(data, i) & below(width)
        else:  # the last bytes of a batch
            width = 1
            space = np.uint64(data[i] == 0x20 or data[i] == 0x09 or data[i] == 0x0A)
            first = np.uint64((data[i] & 0xC0) != 0x80)
        first &= ~space
        letters = ~space & below(width)
        edges = letters ^ (letters << np.uint64(1) | np.uint64(inside))
        edges &= below(width)
        while edges:
            at = trailing_zeros(edges)
            if inside:
                before = below(at)
                total += ones(first & before)
                first &= ~before
                keys[n] = _word_hash(data, word, i + at)
                ends[n] = total
                n += 1
            word = i + at
            inside = not inside
            edges &= edges - np.uint64(1)
        total += ones(first)
        i += width
    if inside:
        keys[n] = _word_hash(data, word, end)
        ends[n] = total
        n += 1
    return n


def _table_bits(count: int) -> int:
    """Bits of a slot number in a table for so many keys. The table is at most half full, or three quarters full for
    documents that would need gigabytes."""
    bits = 2
    while (1 << bits) < (2 * count if count < LARGE else 4 * count // 3):
        bits += 1
    return bits


_bits = inner(_table_bits)


@inner
def _count_keys(keys, count, slots, table, occurrences):
    """Write the slot of each key in a hash table, and how often the key in each slot occurs. Both tables have at least
    twice as many slots as there are keys."""
    bits = _bits(count)
    capacity = 1 << bits
    table[:capacity] = 0
    occurrences[:capacity] = 0
    mask = np.uint64(capacity - 1)
    shift = np.uint64(64 - bits)
    far = count > LARGE  # the table is larger than any cache
    for i in range(count):
        if far and i + AHEAD < count:
            key = keys[i + AHEAD]
            slot = ((key ^ (key >> np.uint64(32))) * MULTIPLIER) >> shift
            prefetch(table, slot)
            prefetch(occurrences, slot)
        key = keys[i]
        slot = ((key ^ (key >> np.uint64(32))) * MULTIPLIER) >> shift
        while table[slot] != 0 and table[slot] != key:
            slot = (slot + np.uint64(1)) & mask
        table[slot] = key
        occurrences[slot] += 1
        slots[i] = slot


@inner
def _lengthen(places, keys, count, slots, occurrences):
    """Keep, as (n + 1)-grams, the places where an n-gram and the next one both recur; returns how many. Their keys are
    pairs of slots, from 1."""
    kept = 0
    for i in range(count - 1):
        slot = np.uint64(slots[i])
        following = np.uint64(slots[i + 1])
        recurs = places[i + 1] == places[i] + 1 and occurrences[slot] & ~SEEN > 1 and occurrences[following] & ~SEEN > 1
        places[kept] = places[i]
        keys[kept] = ((slot + np.uint64(1)) << np.uint64(32)) | following
        kept += recurs
    return kept


@inner
def _length(ends, i, n):
    """Characters of the n words from word i on."""
    return np.int64(ends[i + n - 1]) - (np.int64(ends[i - 1]) if i else np.int64(0))


@inner
def _top(places, count, slots, occurrences, ends, words, n):
    """Characters that the most common n-gram covers; of equally common n-grams the first. 0 if it occurs only once."""
    if words < n:
        return np.int64(0)
    most = np.int32(1)
    where = np.int64(0)
    for i in range(count):
        if occurrences[slots[i]] > most:
            most = occurrences[slots[i]]
            where = places[i]
    return (np.int64(_length(ends, where, n)) + n - 1) * most if most > 1 else np.int64(0)


@inner
def _duplicates(places, count, slots, occurrences, ends, n):
    """Characters in n-grams that were seen before, skipping each as a whole."""
    covered = np.int64(0)
    free = np.int64(0)  # the next word that is in no duplicate so far
    for i in range(count):
        if places[i] >= free:
            if occurrences[slots[i]] & SEEN:
                covered += _length(ends, places[i], n)
                free = places[i] + n
            else:
                occurrences[slots[i]] |= SEEN
    return covered


@kernel
def _count(data, offsets, places, keys, ends, slots, table, occurrences, counts):
    for document in range(offsets.shape[0] - 1):
        words = _words(data, offsets[document], offsets[document + 1], keys, ends)
        row = counts[document]
        row[:] = 0
        for i in range(words):
            places[i] = i
        count = words
        for n in range(1, 11):
            if count:
                _count_keys(keys, count, slots, table, occurrences)
            if n >= 5:
                row[n - 2] = _duplicates(places, count, slots, occurrences, ends, n)
            elif n >= 2:
                row[n - 2] = _top(places, count, slots, occurrences, ends, words, n)
            if count:
                count = _lengthen(places, keys, count, slots, occurrences)


@kernel
def _most_words(data, offsets):
    """The most words that a document may have: its white space, and one."""
    most = 0
    for document in range(offsets.shape[0] - 1):
        words = 1
        for i in range(offsets[document], offsets[document + 1]):
            words += (data[i] == 0x20) | (data[i] == 0x09) | (data[i] == 0x0A)
        most = max(most, words)
    return most


def count_repetition(texts: pa.Array) -> dict[str, np.ndarray]:
    """COUNTS as int64[n] each, for texts normalised by corpus/cleaning/normalize.py: characters inside the most common
    and the duplicate n-grams of words."""
    data, offsets = string_buffers(texts)
    words = int(np.diff(offsets).max(initial=0)) // 2 + 1
    if words > LARGE:  # count them before so much memory is allocated
        words = int(_most_words(data, offsets))
    capacity = 1 << _table_bits(words)  # not `_bits`, which is compiled anew in each process that calls it
    counts = np.empty((len(offsets) - 1, len(COUNTS)), np.int64)
    places, slots, ends = (np.empty(words, np.int32) for _ in range(3))
    keys, table, occurrences = np.empty(words, np.uint64), np.empty(capacity, np.uint64), np.empty(capacity, np.int32)
    _count(data, offsets, places, keys, ends, slots, table, occurrences, counts)
    return dict(zip(COUNTS, counts.T, strict=True))

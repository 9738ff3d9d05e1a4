"""Encoding kernels: a pre-token's bytes to the ids that HF tokenizers' BPE gives, through a cache of pre-tokens.

Text repeats itself: nine pre-tokens in ten are found in the cache (a slot of half a cache line with up to three ids in
it, see corpus/kernels/hashing.py for the keys). The others are merged (tokenizer/kernels/pairs.py).
"""

import numpy as np
from numba import njit

from corpus.kernels.hashing import LONG_KEY, equal_bytes, key_of, peek, prefetch, slot_of
from tokenizer.kernels.pairs import LOW, SHORT, begin, merge_long, merge_short, poke

AHEAD = 32  # pre-tokens whose slots are fetched at a time
CACHED = 248  # bytes up to which a pre-token is remembered
FIELD = np.uint64(0xFFFFF)  # an id


@njit
def _store(data, start, length, low, high, q, found, n, cache, size):
    """Put a pre-token and its n ids, `found`, into the free slot q."""
    slots, words, offsets, tokens = cache
    word_at, token_at = peek(offsets, size) >> 32, peek(offsets, size) & LOW
    value = np.uint64(0)
    if n < 4:
        value = np.uint64(n)
        for i in range(n):
            value |= np.uint64(peek(found, i)) << np.uint64(2 + 20 * i)
    else:
        for i in range(n):
            poke(tokens, token_at + i, peek(found, i))
        token_at += n
    if length > 15:
        for i in range(length):
            poke(words, word_at + i, peek(data, start + i))
        word_at += length
    poke(offsets, size + 1, word_at << 32 | token_at)
    poke(slots, 4 * q, low)
    poke(slots, 4 * q + 1, high)
    poke(slots, 4 * q + 2, value)
    poke(slots, 4 * q + 3, np.uint64(size + 1))


@njit
def _full(cache, size):
    slots, words, offsets, tokens = cache
    room = min(tokens.shape[0] - (offsets[size] & LOW), words.shape[0] - (offsets[size] >> 32))
    return 8 * size >= slots.shape[0] or room < CACHED


@njit(cache=True)
def remember(data, bounds, ids, cache):
    """Put words, each with one id (int64) that encoding it is to give, into an empty cache; how many they are."""
    slots = cache[0]
    mask = np.uint64(slots.shape[0] // 4 - 1)
    size = 0
    for n in range(ids.shape[0]):
        low, high = key_of(data, bounds[n], bounds[n + 1])
        q = slot_of(low, high, mask)
        while slots[4 * q + 3]:
            q = np.int64(np.uint64(q + 1) & mask)
        _store(data, bounds[n], bounds[n + 1] - bounds[n], low, high, q, ids[n : n + 1], 1, cache, size)
        size += 1
    return size


@njit
def _merge(data, start, length, merges, scratch, out, written):
    """The ids of a pre-token into `out`; their number."""
    ids = merges[3]
    if length <= SHORT:
        left = begin(data, start, length, merges[2], scratch[0])
        left = merge_short(scratch, left, merges)
        for i in range(left):
            poke(out, written + i, peek(ids, np.int64(peek(scratch[0], i + 1))))
        return left
    symbols = data[start : start + length].astype(np.int32)
    left = merge_long(symbols, merges)
    for i in range(left):
        out[written + i] = ids[symbols[i]]
    return left


@njit(cache=True, nogil=True)
def encode_words(data, start, ends, first, done, merges, cache, size, out, written, bounds):
    """Encode pre-tokens from number `done` on; (pre-tokens done, ids written, words in the cache).

    Stops early when the cache is full; call again with a larger or an empty one. `first` tells where documents begin
    among the pre-tokens, and `bounds[i]` receives where the ids of document i begin in `out`, which needs room for
    three ids more than there are bytes.
    """
    slots, words, offsets, tokens = cache
    mask = np.uint64(slots.shape[0] // 4 - 1)
    scratch = np.empty((2, SHORT + 10), np.int32)
    document = np.searchsorted(first, done)
    next_document = first[document] if document < first.shape[0] else ends.shape[0] + 1
    start = ends[done - 1] if done > 0 else start
    # Slots lie all over memory: those of AHEAD pre-tokens are asked for before the first of them is needed.
    lows, highs = np.empty(AHEAD, np.uint64), np.empty(AHEAD, np.uint64)
    homes = np.empty(AHEAD, np.int64)
    for block in range(done, ends.shape[0], AHEAD):
        last = min(block + AHEAD, ends.shape[0])
        begun = start
        for n in range(block, last):
            end = peek(ends, n)
            low, high = key_of(data, begun, end)
            q = slot_of(low, high, mask)
            prefetch(slots, 4 * q)
            poke(lows, n - block, low)
            poke(highs, n - block, high)
            poke(homes, n - block, q)
            begun = end
        for n in range(block, last):
            while next_document == n:
                bounds[document] = written
                document += 1
                next_document = first[document] if document < first.shape[0] else ends.shape[0] + 1
            end = peek(ends, n)
            low, high, q = peek(lows, n - block), peek(highs, n - block), peek(homes, n - block)
            while True:
                if peek(slots, 4 * q) == low and peek(slots, 4 * q + 1) == high:
                    value, number = peek(slots, 4 * q + 2), np.int64(peek(slots, 4 * q + 3))
                    # Three ids are written at once and counted after: how many there are could not be guessed.
                    poke(out, written, (value >> np.uint64(2)) & FIELD)
                    poke(out, written + 1, (value >> np.uint64(22)) & FIELD)
                    poke(out, written + 2, (value >> np.uint64(42)) & FIELD)
                    count = np.int64(value & np.uint64(3))
                    if high < LONG_KEY or equal_bytes(data, start, words, offsets[number - 1] >> 32, end - start):
                        if count == 0:
                            token_at = offsets[number - 1] & LOW
                            count = (offsets[number] & LOW) - token_at
                            for i in range(count):
                                out[written + i] = tokens[token_at + i]
                        written += count
                        break
                elif peek(slots, 4 * q + 3) == 0:
                    length = end - start
                    if length <= CACHED and _full(cache, size):
                        return n, written, size
                    left = _merge(data, start, length, merges, scratch, out, written)
                    if length <= CACHED:
                        _store(data, start, length, low, high, q, out[written : written + left], left, cache, size)
                        size += 1
                    written += left
                    break
                q = np.int64(np.uint64(q + 1) & mask)
            start = end
    while document < first.shape[0]:
        bounds[document] = written
        document += 1
    return ends.shape[0], written, size

"""Encoding kernels: a pre-token's bytes to the ids that HF tokenizers' BPE gives, through a cache of pre-tokens.

Nine of ten pre-tokens are found in the cache (a slot of half a cache line with up to three ids in it, see
corpus/kernels/hashing.py for the keys). The others are merged (tokenizer/kernels/pairs.py).
"""

import numpy as np
from numba import njit

from corpus.kernels.hashing import (
    LONG_KEY,
    advanced,
    equal_bytes,
    key_at,
    key_of,
    peek,
    pointer,
    prefetch,
    slot_of,
    store64,
)
from tokenizer.kernels.pairs import LOW, SHORT, begin, merge_long, merge_short, poke, table_of
from tokenizer.scanner.blocks import scan_some
from tokenizer.scanner.patterns import HANJI
from tokenizer.scanner.pretokenize import scan_hanji

AHEAD = 64  # pre-tokens whose slots are fetched at a time
ROOM = 576  # pre-tokens between scanner and cache
CACHED = 248  # bytes up to which a pre-token is remembered
FIELD = np.uint64(0xFFFFF)  # an id
FILLED = 5  # eighths of the slots that may be taken


@njit
def _store(data, start, length, low, high, q, found, n, cache, size, narrow):
    """Put a pre-token and its n ids, `found`, into the free slot q: up to three ids of 16 bits (`narrow`) or 20, and
    their number."""
    slots, words, offsets, tokens = cache
    word_at, token_at = peek(offsets, size) >> 32, peek(offsets, size) & LOW
    value = np.uint64(0)
    if n < 4:
        width = np.int64(16) if narrow else np.int64(20)
        value = np.uint64(n) << np.uint64(3 * width)
        for i in range(n):
            value |= np.uint64(peek(found, i)) << np.uint64(width * i)
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
def _pointers(cache):
    """The cache in the form that the kernels take: (pointers to its arrays, the mask of its slots, words and ids that
    may be stored)."""
    slots, words, offsets, tokens = cache
    pieces = pointer(slots), pointer(words), pointer(offsets), pointer(tokens)
    return pieces, np.uint64(slots.shape[0] // 4 - 1), words.shape[0] - CACHED, tokens.shape[0] - CACHED


@njit(cache=True)
def remember(data, bounds, ids, cache, narrow):
    """Put words, each with the one id (int64) that encoding it must give, into an empty cache; returns their number."""
    pieces, mask, _, _ = _pointers(cache)
    slots = cache[0]
    text, found = pointer(data), pointer(ids)
    for n in range(ids.shape[0]):
        low, high = key_of(data, bounds[n], bounds[n + 1])
        q = slot_of(low, high, mask)
        while slots[4 * q + 3]:
            q = np.int64(np.uint64(q + 1) & mask)
        poke(found, 0, ids[n])
        _store(text, bounds[n], bounds[n + 1] - bounds[n], low, high, q, found, 1, pieces, n, narrow)
    return ids.shape[0]


@njit(cache=True)
def own_tokens(data, bounds, merges, own):
    """Which words, data[bounds[n]:bounds[n + 1]] of up to CACHED bytes, merge to a single symbol: the symbol, or -1, is
    written to own int32[n]."""
    symbols, made = np.empty(SHORT + 10, np.int32), np.empty(SHORT + 10, np.int32)
    table = table_of(merges)
    whole = merges[2].shape[0] > 1
    for n in range(own.shape[0]):
        length = bounds[n + 1] - bounds[n]
        own[n] = -1
        if length <= SHORT:
            left = begin(data, bounds[n], length, merges[2], whole, symbols)
            if merge_short(symbols, made, left, table) == 1:
                own[n] = symbols[1]
        elif length <= CACHED:
            long = data[bounds[n] : bounds[n + 1]].astype(np.int32)
            if merge_long(long, merges) == 1:
                own[n] = long[0]


@njit
def _encode_some(data, size, start, ends, n, last, merges, ids, cache, stored, scratch, ahead, out, written, narrow):
    """Encode the pre-tokens number n to last - 1, the first of which begins at `start`: (pre-tokens done, ids written,
    words in the cache).

    Stops early when the cache is full, and before a pre-token longer than SHORT that is not in the cache. All arrays
    come as pointers. `narrow`: ids have 16 bits.
    """
    (slots, words, offsets, tokens), mask, word_room, token_room = cache
    pairs, characters, whole = merges
    room = np.int64(mask + np.uint64(1)) * FILLED // 8
    lows, highs, homes = ahead
    # Slots are at random addresses: those of AHEAD pre-tokens are prefetched before the first of them is needed.
    for block in range(n, last, AHEAD):
        until = min(block + AHEAD, last)
        begun = start
        for k in range(block, until):
            end = peek(ends, k)
            low, high = key_at(data, begun, end, size)
            q = slot_of(low, high, mask)
            prefetch(slots, 4 * q)
            poke(lows, k - block, low)
            poke(highs, k - block, high)
            poke(homes, k - block, q)
            begun = end
        for k in range(block, until):
            end = peek(ends, k)
            low, high, q = peek(lows, k - block), peek(highs, k - block), peek(homes, k - block)
            while True:
                if (peek(slots, 4 * q) ^ low) | (peek(slots, 4 * q + 1) ^ high) == 0:
                    value = peek(slots, 4 * q + 2)
                    # Three ids are always written and then counted: the branch predictor cannot guess how many there
                    # are.
                    if narrow:
                        store64(out, written, value)
                        count = np.int64(value >> np.uint64(48))
                    else:
                        poke(out, written, value & FIELD)
                        poke(out, written + 1, (value >> np.uint64(20)) & FIELD)
                        poke(out, written + 2, (value >> np.uint64(40)) & FIELD)
                        count = np.int64(value >> np.uint64(60))
                    if count > 0 and high < LONG_KEY:
                        written += count
                        break
                    number = np.int64(peek(slots, 4 * q + 3))
                    if high < LONG_KEY or equal_bytes(data, start, words, peek(offsets, number - 1) >> 32, end - start):
                        if count == 0:
                            token_at = peek(offsets, number - 1) & LOW
                            count = (peek(offsets, number) & LOW) - token_at
                            for i in range(count):
                                poke(out, written + i, peek(tokens, token_at + i))
                        written += count
                        break
                elif peek(slots, 4 * q + 3) == 0:
                    length = end - start
                    used = peek(offsets, stored)
                    if length > SHORT or stored >= room or used >> 32 > word_room or used & LOW > token_room:
                        return k, written, stored
                    symbols, made = scratch
                    left = merge_short(symbols, made, begin(data, start, length, characters, whole, symbols), pairs)
                    for i in range(1, left + 1):
                        poke(symbols, i, peek(ids, np.int64(peek(symbols, i))))
                        poke(out, written + i - 1, peek(symbols, i))
                    _store(data, start, length, low, high, q, advanced(symbols, 1), left, cache[0], stored, narrow)
                    stored += 1
                    written += left
                    break
                q = np.int64(np.uint64(q + 1) & mask)
            start = end
    return last, written, stored


@njit
def _encode_long(data, start, end, merges, cache, stored, out, written, narrow):
    """Encode one pre-token that is not in the cache, of any length: (ids written, words in the cache)."""
    symbols = data[start:end].astype(np.int32)
    left = merge_long(symbols, merges)
    ids = merges[3]
    for i in range(left):
        symbols[i] = ids[symbols[i]]
        out[written + i] = symbols[i]
    if end - start <= CACHED:
        pieces, mask, _, _ = _pointers(cache)
        low, high = key_of(data, start, end)
        q = slot_of(low, high, mask)
        while cache[0][4 * q + 3]:
            q = np.int64(np.uint64(q + 1) & mask)
        _store(pointer(data), start, end - start, low, high, q, pointer(symbols), left, pieces, stored, narrow)
        stored += 1
    return written + left, stored


@njit
def full(cache, stored):
    """Whether a cache with so many words has no room for one more."""
    slots, words, offsets, tokens = cache
    return (
        stored >= slots.shape[0] // 4 * FILLED // 8
        or offsets[stored] >> 32 > words.shape[0] - CACHED
        or offsets[stored] & LOW > tokens.shape[0] - CACHED
    )


@njit(cache=True, nogil=True)
def encode_words(data, start, ends, first, done, merges, cache, stored, out, written, bounds):
    """Encode pre-tokens from number `done` on; (pre-tokens done, ids written, words in the cache).

    Stops early when the cache is full; call again with a larger or an empty one. `first` is where documents begin among
    the pre-tokens, and `bounds[i]` receives where the ids of document i begin in `out`, which needs room for four ids
    more than there are bytes.
    """
    pieces = table_of(merges), pointer(merges[2]), merges[2].shape[0] > 1
    scratch_arrays = np.empty(SHORT + 10, np.int32), np.empty(SHORT + 10, np.int32)
    ahead_arrays = np.empty(AHEAD, np.uint64), np.empty(AHEAD, np.uint64), np.empty(AHEAD, np.int64)
    scratch = pointer(scratch_arrays[0]), pointer(scratch_arrays[1])
    ahead = pointer(ahead_arrays[0]), pointer(ahead_arrays[1]), pointer(ahead_arrays[2])
    narrow = out.itemsize == 2
    document = np.searchsorted(first, done)
    start = ends[done - 1] if done > 0 else start
    while True:
        while document < first.shape[0] and first[document] == done:
            bounds[document] = written
            document += 1
        if done == ends.shape[0]:
            return done, written, stored
        last = first[document] if document < first.shape[0] else ends.shape[0]
        done, written, stored = _encode_some(
            pointer(data), data.shape[0], start, pointer(ends), done, last, pieces, pointer(merges[3]),
            _pointers(cache), stored, scratch, ahead, pointer(out), written, narrow,
        )  # fmt: skip
        start = ends[done - 1] if done > 0 else start
        if done < last:
            if full(cache, stored):
                return done, written, stored
            written, stored = _encode_long(data, start, ends[done], merges, cache, stored, out, written, narrow)
            start = ends[done]
            done += 1


@njit(cache=True, nogil=True)
def encode_documents(data, offsets, document, at, scanner, code, spare, merges, cache, stored, out, written, bounds):
    """Scan and encode documents from number `document` on, of which the first is encoded up to byte `at`: (document,
    at, ids written, words in the cache).

    Pre-tokens go from the scanner to the cache some hundred at a time, so that their data stay in the processor's L1
    cache. Stops early when the cache is full; call again with a larger or an empty one. `scanner` holds the tables of
    tokenizer/scanner/pretokenize.py, `spare` is int64[2, …] with room for ROOM pre-tokens, or for all of the longest
    document for the pattern hanji. `bounds[i]` receives where the ids of document i begin in `out`.
    """
    table, look, rules, caps = scanner
    found, ends = spare
    pieces = table_of(merges), pointer(merges[2]), merges[2].shape[0] > 1
    scratch_arrays = np.empty(SHORT + 10, np.int32), np.empty(SHORT + 10, np.int32)
    ahead_arrays = np.empty(AHEAD, np.uint64), np.empty(AHEAD, np.uint64), np.empty(AHEAD, np.int64)
    scratch = pointer(scratch_arrays[0]), pointer(scratch_arrays[1])
    ahead = pointer(ahead_arrays[0]), pointer(ahead_arrays[1]), pointer(ahead_arrays[2])
    narrow = out.itemsize == 2
    count = offsets.shape[0] - 1
    while document < count:
        end = offsets[document + 1]
        if at == offsets[document]:
            bounds[document] = written
        while at < end:
            if code == HANJI:
                last = scan_hanji(data, at, end, table, look, rules, caps, found, ends, 0)
            else:
                _, last = scan_some(pointer(data), data.shape[0], at, end, pointer(table), code, pointer(ends), 0, ROOM)
            done, written, stored = _encode_some(
                pointer(data), data.shape[0], at, pointer(ends), 0, last, pieces, pointer(merges[3]),
                _pointers(cache), stored, scratch, ahead, pointer(out), written, narrow,
            )  # fmt: skip
            at = ends[done - 1] if done > 0 else at
            if done < last:
                if full(cache, stored):
                    return document, at, written, stored
                written, stored = _encode_long(data, at, ends[done], merges, cache, stored, out, written, narrow)
                at = ends[done]
        document += 1
        at = end
    bounds[count] = written
    return document, at, written, stored

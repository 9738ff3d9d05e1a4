"""Encoding kernels: a pre-token's bytes to the ids that HF tokenizers' BPE gives, through a cache of pre-tokens.

Text repeats itself: nine pre-tokens in ten are found in the cache (a slot of one cache line with up to three ids in it, see
corpus/hashing.py for the keys). The others are merged: short ones by looking for the best pair again and again, long ones with a
heap over a linked list, so that ten megabytes of one letter take time proportional to n log n.
"""

import numpy as np
from numba import njit

from corpus.hashing import LONG_KEY, equal_bytes, key_of, peek, prefetch, slot_of
from corpus.utf8 import decode, encode

AHEAD = 32  # pre-tokens whose slots are fetched at a time
CACHED = 248  # bytes up to which a pre-token is remembered, and searched for the best pair again and again
MAX_ID = 1 << 20  # ids and ranks have 20 bits: three ids share a word, and so do a pair and its rank
NONE = np.int32(np.iinfo(np.int32).max)
LOW, FREE = np.int64(0xFFFFFFFF), np.uint64(np.iinfo(np.uint64).max)


class MergeTable:
    """What two symbols merge to: an open hash table of one word a pair, a << 40 | b << 20 | rank."""

    def __init__(self, pairs: np.ndarray, results: np.ndarray, byte_ids: np.ndarray, whole_characters: bool):
        """From `pairs` int64[n, 2] and the ids they make, `results` int64[n], by rank; `byte_ids` int64[256], -1 for none.

        `whole_characters`: no merge crosses the boundary of a character unless it completes one. Then what a character's bytes
        merge to does not depend on its neighbours, and words begin as characters instead of bytes: Korean ones three times shorter.
        """
        slots = np.full(1 << max(4, int(np.ceil(np.log2(max(1, len(pairs)) * 2.5)))), FREE, np.uint64)
        of_bytes = np.empty(1 << 16, np.int32)  # the rank of two bytes, first << 8 | second: where every search begins
        characters = np.full(1 << 16 if whole_characters else 1, -1, np.int32)  # ids of those that are one token
        self.arrays = slots, results.astype(np.int32), of_bytes, byte_ids.astype(np.int32), characters
        _fill(pairs, self.arrays)


@njit(cache=True)
def _fill(pairs, merges):
    slots, _, of_bytes, byte_ids, characters = merges
    mask = np.uint64(slots.shape[0] - 1)
    for rank in range(pairs.shape[0]):
        key = np.uint64(pairs[rank, 0]) << np.uint64(20) | np.uint64(pairs[rank, 1])
        q = _home(key, mask)
        while slots[q] != FREE:
            q = np.int64(np.uint64(q + 1) & mask)
        slots[q] = key << np.uint64(20) | np.uint64(rank)
    for pair in range(1 << 16):
        a, b = byte_ids[pair >> 8], byte_ids[pair & 255]
        of_bytes[pair] = _rank(slots, a, b) if a >= 0 and b >= 0 else NONE
    scratch = np.empty((4, 16), np.int32)
    data = np.empty(4, np.uint8)
    for c in range(characters.shape[0]):
        if (
            (c >= 0x80)
            and (c < 0xD800 or c > 0xDFFF)
            and _merge_short(data, 0, encode(c, data, 0), merges, scratch) == 1
        ):
            characters[c] = scratch[0, 0]


@njit
def _home(key, mask):
    h = key * np.uint64(0x9E3779B97F4A7C15)
    return np.int64((h >> np.uint64(32)) & mask)


@njit
def _found(slots, q, slot, key):
    """The rank of a pair, int32, or NONE, given its home in the table and what stands there."""
    while slot >> np.uint64(20) != key:
        if slot == FREE:
            return NONE
        q = np.int64(np.uint64(q + 1) & np.uint64(slots.shape[0] - 1))
        slot = peek(slots, q)
    return np.int32(slot & np.uint64(0xFFFFF))


@njit
def _rank(slots, a, b):
    """The rank of the merge of a and b, int32, or NONE."""
    key = np.uint64(a) << np.uint64(20) | np.uint64(b)
    q = _home(key, np.uint64(slots.shape[0] - 1))
    return _found(slots, q, peek(slots, q), key)


@njit
def _merge_short(data, start, n, merges, scratch):
    """The ids of data[start:start + n] into scratch[0]; their number. `scratch` is int32[4, ≥ n].

    `ranks` holds rank << 8 | position of each pair, so that the smallest is the merge to make and where.
    """
    slots, results, of_bytes, byte_ids, characters = merges
    mask = np.uint64(slots.shape[0] - 1)
    symbols, ranks, after, before = scratch[0], scratch[1], scratch[2], scratch[3]
    if characters.shape[0] > 1:
        at = start
        count = np.int64(0)
        while at < start + n:
            c, width = decode(data, at)
            whole = characters[c] if c < 0x10000 else np.int32(-1)
            if whole >= 0:
                symbols[count] = whole
                count += 1
            else:
                for p in range(width):
                    symbols[count + p] = byte_ids[data[at + p]]
                count += width
            at += width
        n = count
        for p in range(n - 1):
            rank = _rank(slots, symbols[p], symbols[p + 1])
            ranks[p] = rank if rank == NONE else rank << 8 | p
    else:
        for p in range(n):
            symbols[p] = byte_ids[data[start + p]]
        for p in range(n - 1):
            rank = of_bytes[np.int64(data[start + p]) << 8 | np.int64(data[start + p + 1])]
            ranks[p] = rank if rank == NONE else rank << 8 | p
    for p in range(n):
        after[p], before[p] = p + 1, p - 1
    while True:
        best = NONE
        for p in range(n - 1):
            best = min(best, ranks[p])
        if best == NONE:
            break
        i = np.int64(best & 255)
        j = np.int64(after[i])
        k = np.int64(after[j])
        symbol = results[best >> 8]
        symbols[i] = symbol
        after[i] = k
        ranks[i] = ranks[j] = NONE
        # The searches for both new pairs begin before either is decided on; behind the ends they look for anything.
        h = np.int64(before[i])
        key = np.uint64(symbol) << np.uint64(20) | np.uint64(symbols[min(k, n - 1)])
        key_before = np.uint64(symbols[max(h, 0)]) << np.uint64(20) | np.uint64(symbol)
        q, q_before = _home(key, mask), _home(key_before, mask)
        slot, slot_before = peek(slots, q), peek(slots, q_before)
        if k < n:
            before[k] = i
            rank = _found(slots, q, slot, key)
            ranks[i] = rank if rank == NONE else rank << 8 | i
        if h >= 0:
            rank = _found(slots, q_before, slot_before, key_before)
            ranks[h] = rank if rank == NONE else rank << 8 | h
    left = 0
    place = np.int64(0)
    while place < n:
        symbols[left] = symbols[place]
        left += 1
        place = np.int64(after[place])
    return left


@njit
def _up(heap, n, value):
    i = n
    while i > 0:
        j = (i - 1) >> 1
        if heap[j] <= value:
            break
        heap[i] = heap[j]
        i = j
    heap[i] = value


@njit
def _pop(heap, n):
    """Remove the smallest of n values; it."""
    top = heap[0]
    value = heap[n - 1]
    n -= 1
    i = 0
    while True:
        j = 2 * i + 1
        if j >= n:
            break
        if j + 1 < n and heap[j + 1] < heap[j]:
            j += 1
        if heap[j] >= value:
            break
        heap[i] = heap[j]
        i = j
    heap[i] = value
    return top


@njit
def _merge_long(data, start, n, merges, out, written):
    """The ids of data[start:start + n] into `out`, for any n below 2³¹; their number. A heap of rank << 32 | position."""
    slots, results, _, byte_ids, _ = merges
    symbols = np.empty(n, np.int32)
    for p in range(n):
        symbols[p] = byte_ids[data[start + p]]
    before = np.arange(-1, n - 1).astype(np.int32)
    after = np.arange(1, n + 1).astype(np.int32)
    heap = np.empty(3 * n, np.int64)  # each merge removes a symbol and adds at most two pairs
    size = 0
    for p in range(n - 1):
        rank = _rank(slots, symbols[p], symbols[p + 1])
        if rank != NONE:
            _up(heap, size, np.int64(rank) << 32 | p)
            size += 1
    while size > 0:
        top = _pop(heap, size)
        size -= 1
        i = np.int64(top & LOW)
        j = np.int64(after[i])
        if symbols[i] < 0 or j >= n or _rank(slots, symbols[i], symbols[j]) != top >> 32:
            continue
        symbol = results[top >> 32]
        symbols[i] = symbol
        symbols[j] = -1
        k = np.int64(after[j])
        after[i] = k
        if k < n:
            before[k] = i
            rank = _rank(slots, symbol, symbols[k])
            if rank != NONE:
                _up(heap, size, np.int64(rank) << 32 | i)
                size += 1
        h = np.int64(before[i])
        if h >= 0:
            rank = _rank(slots, symbols[h], symbol)
            if rank != NONE:
                _up(heap, size, np.int64(rank) << 32 | h)
                size += 1
    left = 0
    for p in range(n):
        if symbols[p] >= 0:
            out[written + left] = symbols[p]
            left += 1
    return left


@njit
def _store(data, start, length, low, high, q, symbols, n, cache, size):
    """Put a pre-token and its n ids into the free slot q."""
    slots, words, offsets, tokens = cache
    word_at, token_at = offsets[size] >> 32, offsets[size] & LOW
    value = np.uint64(0)
    if n < 4:
        value = np.uint64(n)
        for i in range(n):
            value |= np.uint64(symbols[i]) << np.uint64(2 + 20 * i)
    else:
        for i in range(n):
            tokens[token_at + i] = symbols[i]
        token_at += n
    if length > 15:
        for i in range(length):
            words[word_at + i] = data[start + i]
        word_at += length
    offsets[size + 1] = word_at << 32 | token_at
    slots[q, 0], slots[q, 1], slots[q, 2], slots[q, 3] = low, high, value, np.uint64(size + 1)


@njit
def _full(cache, size):
    slots, words, offsets, tokens = cache
    room = min(tokens.shape[0] - (offsets[size] & LOW), words.shape[0] - (offsets[size] >> 32))
    return 2 * size >= slots.shape[0] or room < CACHED


@njit(cache=True)
def remember(data, bounds, ids, cache):
    """Put words, each with one id (int64) that encoding it is to give, into an empty cache; how many they are."""
    slots = cache[0]
    mask = np.uint64(slots.shape[0] - 1)
    size = 0
    for n in range(ids.shape[0]):
        low, high = key_of(data, bounds[n], bounds[n + 1])
        q = slot_of(low, high, mask)
        while slots[q, 3]:
            q = np.int64(np.uint64(q + 1) & mask)
        _store(data, bounds[n], bounds[n + 1] - bounds[n], low, high, q, ids[n : n + 1], 1, cache, size)
        size += 1
    return size


@njit(cache=True, nogil=True)
def encode_words(data, start, ends, first, done, merges, cache, size, out, written, bounds):
    """Encode pre-tokens from number `done` on; (pre-tokens done, ids written, words in the cache).

    Stops early when the cache is full; call again with an empty one. `first` tells where documents begin among the pre-tokens, and
    `bounds[i]` receives where the ids of document i begin in `out`, which needs room for three ids more than there are bytes.
    """
    slots, words, offsets, tokens = cache
    mask = np.uint64(slots.shape[0] - 1)
    scratch = np.empty((4, CACHED + 8), np.int32)
    symbols = scratch[0]
    document = np.searchsorted(first, done)
    start = ends[done - 1] if done > 0 else start
    # Slots lie all over memory: those of AHEAD pre-tokens are asked for before the first of them is needed.
    keys = np.empty((AHEAD, 2), np.uint64)
    homes = np.empty(AHEAD, np.int64)
    for block in range(done, ends.shape[0], AHEAD):
        last = min(block + AHEAD, ends.shape[0])
        begin = start
        for n in range(block, last):
            low, high = key_of(data, begin, ends[n])
            q = slot_of(low, high, mask)
            prefetch(slots, 4 * q)
            keys[n - block, 0], keys[n - block, 1], homes[n - block] = low, high, q
            begin = ends[n]
        for n in range(block, last):
            while document < first.shape[0] and first[document] == n:
                bounds[document] = written
                document += 1
            end = ends[n]
            length = end - start
            low, high, q = keys[n - block, 0], keys[n - block, 1], homes[n - block]
            while True:
                if slots[q, 0] == low and slots[q, 1] == high:
                    value = slots[q, 2]
                    # Three ids are written at once and counted after: how many there are could not be guessed.
                    out[written] = (value >> np.uint64(2)) & np.uint64(0xFFFFF)
                    out[written + 1] = (value >> np.uint64(22)) & np.uint64(0xFFFFF)
                    out[written + 2] = (value >> np.uint64(42)) & np.uint64(0xFFFFF)
                    count, number = np.int64(value & np.uint64(3)), np.int64(slots[q, 3])
                    if high < LONG_KEY or equal_bytes(data, start, words, offsets[number - 1] >> 32, length):
                        if count == 0:
                            token_at = offsets[number - 1] & LOW
                            count = (offsets[number] & LOW) - token_at
                            for i in range(count):
                                out[written + i] = tokens[token_at + i]
                        written += count
                        break
                elif slots[q, 3] == 0:
                    if length > CACHED:
                        left = _merge_long(data, start, length, merges, out, written)
                    elif _full(cache, size):
                        return n, written, size
                    else:
                        left = _merge_short(data, start, length, merges, scratch)
                        _store(data, start, length, low, high, q, symbols, left, cache, size)
                        size += 1
                        for i in range(left):
                            out[written + i] = symbols[i]
                    written += left
                    break
                q = np.int64(np.uint64(q + 1) & mask)
            start = end
    while document < first.shape[0]:
        bounds[document] = written
        document += 1
    return ends.shape[0], written, size

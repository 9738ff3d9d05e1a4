"""Encoding kernels: a pre-token's bytes to the ids that HF tokenizers' BPE gives, through a cache of pre-tokens.

Text repeats itself: nine pre-tokens in ten are found in the cache (a slot of one cache line with up to three ids in it, see
corpus/hashing.py for the keys). The others are merged: short ones by looking for the best pair again and again, long ones with a
heap over a linked list, so that ten megabytes of one letter take time proportional to n log n.
"""

import numpy as np
import pyarrow as pa
from numba import njit

from corpus.hashing import LONG_KEY, equal_bytes, key_of, prefetch, slot_of
from tokenizer.words import buffers

SLOTS = 1 << 20  # of a cache: 32 MB, half of them used
AHEAD = 32  # pre-tokens whose slots are fetched at a time
SCAN = 100  # symbols up to which looking at every pair beats the heap
CACHED = 256  # bytes up to which a pre-token is remembered
MAX_ID = 1 << 20  # three ids share a word of the cache
NONE = np.int64(1) << np.int64(62)


class Cache:
    """Pre-tokens and their ids: an open hash table, and what does not fit into its slots."""

    def __init__(self) -> None:
        slots = np.zeros((SLOTS, 4), np.uint64)  # key low, key high, ids, number + 1 (0: free)
        words = np.empty(SLOTS * 8 + CACHED, np.uint8)  # the bytes of the long ones
        tokens = np.empty(SLOTS * 4 + CACHED, np.uint32)  # the ids of those that have more than three
        offsets = np.zeros(SLOTS // 2 + 1, np.int64)  # begin in words << 32 | begin in tokens, by number
        self.arrays = slots, words, offsets, tokens
        self.size = 0


def remember(cache: Cache, words: pa.Array, ids: np.ndarray) -> None:
    """Put words (large_binary) into an empty cache, each with one id (int64) that encoding it is to give."""
    data, offsets = buffers(words)
    cache.size = _remember(data, offsets, ids, *cache.arrays)


def merge_table(pairs: np.ndarray, results: np.ndarray) -> np.ndarray:
    """uint64[slots, 2]: an open hash table from two ids (int64[n, 2]) to rank and result, (a << 32 | b) + 1 → rank << 32 | id."""
    slots = 1 << max(4, int(np.ceil(np.log2(max(1, len(pairs)) * 2.5))))
    table = np.zeros((slots, 2), np.uint64)
    _fill(table, pairs, results)
    return table


@njit(cache=True)
def _fill(table, pairs, results):
    mask = np.uint64(table.shape[0] - 1)
    for rank in range(pairs.shape[0]):
        key = (np.uint64(pairs[rank, 0]) << np.uint64(32) | np.uint64(pairs[rank, 1])) + np.uint64(1)
        q = _home(key, mask)
        while table[q, 0] != 0 and table[q, 0] != key:
            q = np.int64(np.uint64(q + 1) & mask)
        table[q, 0] = key
        table[q, 1] = np.uint64(rank) << np.uint64(32) | np.uint64(results[rank])


def byte_pair_merges(table: np.ndarray, byte_ids: np.ndarray) -> np.ndarray:
    """int64[65536]: the merge of each two bytes, first << 8 | second, as the table has it: where every search begins."""
    merges = np.empty(1 << 16, np.int64)
    _fill_byte_pairs(table, byte_ids, merges)
    return merges


@njit(cache=True)
def _fill_byte_pairs(table, byte_ids, merges):
    for pair in range(1 << 16):
        merges[pair] = _merge_of(table, byte_ids[pair >> 8], byte_ids[pair & 255])


@njit
def _home(key, mask):
    h = key * np.uint64(0x9E3779B97F4A7C15)
    return np.int64((h ^ (h >> np.uint64(32))) & mask)


@njit
def _merge_of(table, a, b):
    """rank << 32 | result of the merge of a and b, or NONE."""
    key = (np.uint64(a) << np.uint64(32) | np.uint64(b)) + np.uint64(1)
    mask = np.uint64(table.shape[0] - 1)
    q = _home(key, mask)
    while table[q, 0] != key:
        if table[q, 0] == 0:
            return NONE
        q = np.int64(np.uint64(q + 1) & mask)
    return np.int64(table[q, 1])


@njit
def _merge_short(data, start, n, symbols, byte_pairs, table, byte_ids, ranks):
    """The ids of data[start:start + n] into `symbols` int64[≥ n]; their number. `ranks` int64[≥ n] is scratch."""
    for i in range(n):
        symbols[i] = byte_ids[data[start + i]]
    if n > SCAN:
        return _merge_long(symbols, n, table)
    for i in range(n - 1):
        ranks[i] = byte_pairs[np.int64(data[start + i]) << 8 | np.int64(data[start + i + 1])]
    while n > 1:
        best = NONE
        at = 0
        for i in range(n - 1):
            if ranks[i] < best:
                best = ranks[i]
                at = i
        if best == NONE:
            break
        symbols[at] = best & np.int64(0xFFFFFFFF)
        n -= 1
        for i in range(at + 1, n):
            symbols[i] = symbols[i + 1]
            ranks[i - 1] = ranks[i]
        if at > 0:
            ranks[at - 1] = _merge_of(table, symbols[at - 1], symbols[at])
        if at < n - 1:
            ranks[at] = _merge_of(table, symbols[at], symbols[at + 1])
    return n


@njit
def _encode_long(data, start, n, table, byte_ids, out, written):
    symbols = np.empty(n, np.int64)
    for i in range(n):
        symbols[i] = byte_ids[data[start + i]]
    left = _merge_long(symbols, n, table)
    for i in range(left):
        out[written + i] = symbols[i]
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
def _merge_long(symbols, n, table):
    """The same for any n, at most 2³¹: a heap of rank << 32 | position over a doubly linked list."""
    before = np.arange(-1, n - 1).astype(np.int32)
    after = np.arange(1, n + 1).astype(np.int32)
    heap = np.empty(3 * n, np.int64)  # each merge removes a symbol and adds at most two pairs
    size = 0
    for first in range(n - 1):
        found = _merge_of(table, symbols[first], symbols[first + 1])
        if found != NONE:
            _up(heap, size, (found >> 32) << 32 | first)
            size += 1
    while size > 0:
        top = _pop(heap, size)
        size -= 1
        i = np.int64(top & np.int64(0xFFFFFFFF))
        if symbols[i] < 0 or after[i] >= n:
            continue
        j = np.int64(after[i])
        found = _merge_of(table, symbols[i], symbols[j])
        if found == NONE or found >> 32 != top >> 32:
            continue
        symbols[i] = found & np.int64(0xFFFFFFFF)
        symbols[j] = -1
        behind = np.int64(after[j])
        after[i] = behind
        if behind < n:
            before[behind] = i
            found = _merge_of(table, symbols[i], symbols[behind])
            if found != NONE:
                _up(heap, size, (found >> 32) << 32 | i)
                size += 1
        h = np.int64(before[i])
        if h >= 0:
            found = _merge_of(table, symbols[h], symbols[i])
            if found != NONE:
                _up(heap, size, (found >> 32) << 32 | h)
                size += 1
    left = 0
    for k in range(n):
        if symbols[k] >= 0:
            symbols[left] = symbols[k]
            left += 1
    return left


@njit
def _store(data, start, length, low, high, q, symbols, n, cache, words, offsets, tokens, size):
    """Put a pre-token and its n ids into the free slot q."""
    word_at = offsets[size] >> 32
    token_at = offsets[size] & np.int64(0xFFFFFFFF)
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
    cache[q, 0] = low
    cache[q, 1] = high
    cache[q, 2] = value
    cache[q, 3] = np.uint64(size + 1)


@njit
def _full(cache, words, offsets, tokens, size):
    return (
        size == offsets.shape[0] - 1
        or tokens.shape[0] - (offsets[size] & np.int64(0xFFFFFFFF)) < CACHED
        or words.shape[0] - (offsets[size] >> 32) < CACHED
    )


@njit(cache=True)
def _remember(data, bounds, ids, cache, words, offsets, tokens):
    mask = np.uint64(cache.shape[0] - 1)
    symbols = np.empty(1, np.int64)
    size = 0
    for n in range(ids.shape[0]):
        length = bounds[n + 1] - bounds[n]
        if length > CACHED or _full(cache, words, offsets, tokens, size):
            continue
        low, high = key_of(data, bounds[n], bounds[n + 1])
        q = slot_of(low, high, mask)
        while cache[q, 3]:
            q = np.int64(np.uint64(q + 1) & mask)
        symbols[0] = ids[n]
        _store(data, bounds[n], length, low, high, q, symbols, 1, cache, words, offsets, tokens, size)
        size += 1
    return size


@njit(cache=True, nogil=True)
def encode_words(
    data,
    start,
    ends,
    first,
    done,
    byte_pairs,
    table,
    byte_ids,
    cache,
    words,
    offsets,
    tokens,
    size,
    out,
    written,
    bounds,
):
    """Encode pre-tokens from number `done` on; (pre-tokens done, ids written, words in the cache).

    Stops early when the cache is full; call again with an empty one. `first` tells where documents begin among the pre-tokens, and
    `bounds[i]` receives where the ids of document i begin in `out`, which needs room for three ids more than there are bytes.
    """
    mask = np.uint64(cache.shape[0] - 1)
    symbols = np.empty(CACHED, np.int64)
    ranks = np.empty(CACHED, np.int64)
    document = np.searchsorted(first, done)
    if done > 0:
        start = ends[done - 1]
    # Slots lie all over memory: those of AHEAD pre-tokens are asked for before the first of them is needed.
    keys = np.empty((AHEAD, 2), np.uint64)
    homes = np.empty(AHEAD, np.int64)
    for block in range(done, ends.shape[0], AHEAD):
        last = min(block + AHEAD, ends.shape[0])
        begin = start
        for n in range(block, last):
            low, high = key_of(data, begin, ends[n])
            q = slot_of(low, high, mask)
            prefetch(cache, 4 * q)
            keys[n - block, 0] = low
            keys[n - block, 1] = high
            homes[n - block] = q
            begin = ends[n]
        for n in range(block, last):
            while document < first.shape[0] and first[document] == n:
                bounds[document] = written
                document += 1
            end = ends[n]
            length = end - start
            low, high, q = keys[n - block, 0], keys[n - block, 1], homes[n - block]
            while True:
                if cache[q, 0] == low and cache[q, 1] == high:
                    value = cache[q, 2]
                    # Three ids are written at once and counted after: how many there are could not be guessed.
                    out[written] = (value >> np.uint64(2)) & np.uint64(0xFFFFF)
                    out[written + 1] = (value >> np.uint64(22)) & np.uint64(0xFFFFF)
                    out[written + 2] = (value >> np.uint64(42)) & np.uint64(0xFFFFF)
                    count = np.int64(value & np.uint64(3))
                    number = np.int64(cache[q, 3])
                    if high < LONG_KEY or equal_bytes(data, start, words, offsets[number - 1] >> 32, length):
                        if count == 0:
                            token_at = offsets[number - 1] & np.int64(0xFFFFFFFF)
                            count = (offsets[number] & np.int64(0xFFFFFFFF)) - token_at
                            for i in range(count):
                                out[written + i] = tokens[token_at + i]
                        written += count
                        break
                elif cache[q, 3] == 0:
                    if length > CACHED:
                        left = _encode_long(data, start, length, table, byte_ids, out, written)
                    elif _full(cache, words, offsets, tokens, size):
                        return n, written, size
                    else:
                        left = _merge_short(data, start, length, symbols, byte_pairs, table, byte_ids, ranks)
                        _store(data, start, length, low, high, q, symbols, left, cache, words, offsets, tokens, size)
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

"""What two symbols merge to, and the merging of a sequence of symbols: functions that the encoder's kernels inline.

Symbols 0 … 255 are bytes, symbol 256 + r is what merge r makes, so that the merge with the smaller result comes first.
The merge of a pair is found by one look-up in a table without collisions (hash, displace, look up), without
unpredictable branches. Short sequences are searched for the best pair after each merge; long ones keep a heap, so that
ten megabytes of one letter take time proportional to n log n. Both give what HF tokenizers' BPE gives.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from corpus.kernels.inner import helper
from corpus.kernels.intrinsics import address, peek, pointer
from corpus.kernels.utf8 import decode, encode

MAX_ID = 1 << 20  # ids and symbols have 20 bits: three ids share a word, and so do a pair and what it makes
SHORT = 62  # symbols up to which a sequence is searched after each merge: one bit each, and one for either end
EDGE = np.int64(MAX_ID - 1)  # marks the ends; merges with nothing
NONE = np.int32(np.iinfo(np.int32).max)
LOW, FREE = np.int64(0xFFFFFFFF), np.uint64(np.iinfo(np.uint64).max)


def _poke(typing, array, index, value):
    def generate(context, builder, signature, arguments):
        data = address(context, builder, signature.args[0], arguments[0])
        stored = context.cast(builder, arguments[2], signature.args[2], signature.args[0].dtype)
        builder.store(stored, builder.gep(data, [arguments[1]]))
        return context.get_dummy_value()

    return types.void(array, types.int64, value), generate


poke: Any = intrinsic(_poke)  # array[index] = value, for an index that is neither negative nor beyond the end


def _lowest(typing, word):
    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), generate


def _highest(typing, word):
    def generate(context, builder, signature, arguments):
        zeros = builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 1))
        return builder.sub(ir.Constant(ir.IntType(64), 63), zeros)

    return types.int64(types.uint64), generate


lowest: Any = intrinsic(_lowest)  # the position of the lowest bit set in a uint64 other than 0
highest: Any = intrinsic(_highest)  # … of the highest


class MergeTable:
    """The merges of a tokenizer, or the first of them; `arrays` are the arguments of the kernels."""

    def __init__(self, pairs: np.ndarray, results: np.ndarray, byte_ids: np.ndarray, whole_characters: bool):
        """From `pairs` int64[n, 2] and the ids they make, `results` int64[n], by rank; `byte_ids` int64[256], -1 for
        none.

        `whole_characters`: no merge crosses the boundary of a character unless it completes one. Then the merges within
        a character do not depend on its neighbours, and words start as characters instead of bytes: Korean words are
        three times shorter.
        """
        size = int(max(byte_ids.max(), results.max(initial=0), pairs.max(initial=0))) + 1
        self.byte_ids = byte_ids
        self.symbols = np.full(size, -1, np.int32)  # by id
        self.symbols[byte_ids[byte_ids >= 0]] = np.flatnonzero(byte_ids >= 0)
        self.symbols[results] = 256 + np.arange(len(results))
        parts = self.symbols[pairs]
        made = np.flatnonzero((parts >= 0).all(axis=1))  # a merge of a token that no merge makes never happens
        keys = (parts[made, 0].astype(np.uint64) << np.uint64(20)) | parts[made, 1].astype(np.uint64)
        slots, displacements = _perfect(keys, (256 + made).astype(np.uint64))
        characters = np.full(1 << 16 if whole_characters else 1, -1, np.int32)  # symbols of those that are one token
        self.arrays = slots, displacements, characters, *_ids_of_symbols(np.concatenate([byte_ids, results]))
        _fill(self.arrays)

    def keep_symbols(self) -> None:
        """Make encoding return symbols instead of ids."""
        slots, displacements, characters, ids, _ = self.arrays
        self.arrays = slots, displacements, characters, *_ids_of_symbols(np.arange(len(ids)))


def _ids_of_symbols(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The ids of all symbols int32[n], and int64[2]: from which symbol on an id is the symbol plus a constant, and that
    constant. Trainers number what they merge, so this is so from symbol 256 on in most tokenizers, and saves reading a
    table of 200 KB at random, a tenth of the time that new words take."""
    shifts = ids - np.arange(len(ids))
    others = np.flatnonzero(shifts != shifts[-1])
    return ids.astype(np.int32), np.array([others[-1] + 1 if len(others) else 0, shifts[-1]], np.int64)


def _perfect(keys: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A table without collisions: slots uint64[2^k] of key << 20 | value, and displacements uint16[2^j] of the keys'
    buckets."""
    bits = max(4, int(np.ceil(np.log2(max(1, len(keys)) * 1.3))))
    while True:
        displacements = np.zeros(1 << max(2, bits - 2), np.uint16)
        buckets = np.array([], np.int64) if len(keys) == 0 else _hash_all(keys) & np.uint64(len(displacements) - 1)
        sizes = np.bincount(buckets.astype(np.int64), minlength=len(displacements))
        order = np.lexsort((buckets, -sizes[buckets.astype(np.int64)])) if len(keys) else np.zeros(0, np.int64)
        slots = np.full(1 << bits, FREE, np.uint64)
        if _displace(keys[order], values[order], slots, displacements):
            return slots, displacements
        bits += 1


@helper
def _hash(key):
    h = key * np.uint64(0x9E3779B97F4A7C15)
    h = (h ^ (h >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return h ^ (h >> np.uint64(32))


@helper
def _slot(h, displacement, mask):
    step = (h >> np.uint64(44)) | np.uint64(1)
    place = (h >> np.uint64(20)) + np.uint64(displacement) * step
    return np.int64(place & mask)


@njit(cache=True)
def _hash_all(keys):
    found = np.empty_like(keys)
    for i in range(keys.shape[0]):
        found[i] = _hash(keys[i])
    return found


@njit(cache=True)
def _displace(keys, values, slots, displacements):
    """Place keys ordered by bucket, the fullest bucket first; False when a bucket fits nowhere."""
    mask, last = np.uint64(displacements.shape[0] - 1), np.uint64(slots.shape[0] - 1)
    i = 0
    while i < keys.shape[0]:
        bucket = _hash(keys[i]) & mask
        end = i
        while end < keys.shape[0] and _hash(keys[end]) & mask == bucket:
            end += 1
        displacement = 0
        while displacement < 1 << 16:
            placed = i
            while placed < end:
                q = _slot(_hash(keys[placed]), displacement, last)
                if slots[q] != FREE:
                    break
                slots[q] = (keys[placed] << np.uint64(20)) | values[placed]
                placed += 1
            if placed == end:
                break
            for k in range(i, placed):
                slots[_slot(_hash(keys[k]), displacement, last)] = FREE
            displacement += 1
        if displacement == 1 << 16:
            return False
        displacements[bucket] = displacement
        i = end
    return True


@helper
def table_of(merges):
    """The arguments of `pair_symbol` from a MergeTable's arrays: pointers and masks."""
    slots, displacements = merges[0], merges[1]
    return pointer(slots), np.uint64(slots.shape[0] - 1), pointer(displacements), np.uint64(displacements.shape[0] - 1)


@helper
def ids_of(merges):
    """The argument `ids` of `id_of` from a MergeTable's arrays."""
    return pointer(merges[3]), merges[4][0], np.int32(merges[4][1])


@helper
def id_of(ids, symbol):
    """The id of a symbol; without a branch, since nobody can guess which kind a symbol is of."""
    table, regular, shift = ids
    found = peek(table, np.int64(symbol) if symbol < regular else np.int64(0))
    return found if symbol < regular else symbol + shift


@helper
def pair_symbol(table, a, b):
    """What the symbols a and b make, int32, or NONE."""
    slots, mask, displacements, bucket_mask = table
    key = (np.uint64(a) << np.uint64(20)) | np.uint64(b)
    h = _hash(key)
    displacement = peek(displacements, np.int64(h & bucket_mask))
    slot = peek(slots, _slot(h, displacement, mask))
    return np.int32(slot & np.uint64(0xFFFFF)) if slot >> np.uint64(20) == key else NONE


@njit(cache=True)
def _fill(merges):
    characters = merges[2]
    symbols, made = np.empty(80, np.int32), np.empty(80, np.int32)
    data = np.zeros(4, np.uint8)
    for c in range(0x80, characters.shape[0]):
        if c < 0xD800 or c > 0xDFFF:
            n = begin(data, 0, encode(c, data, 0), characters, False, symbols)
            if merge_short(symbols, made, n, table_of(merges)) == 1:
                characters[c] = symbols[1]


@helper
def begin(data, start, length, characters, whole, symbols):
    """Write the initial symbols of data[start:start + length] into symbols[1:]; returns their number. With `whole`,
    characters that are a token start as that token."""
    at = start
    count = np.int64(0)
    if not whole:
        for p in range(length):
            poke(symbols, p + 1, np.int32(peek(data, start + p)))
        return length
    while at < start + length:
        byte = np.int32(peek(data, at))
        if byte < 0x80:
            count += 1
            poke(symbols, count, byte)
            at += 1
            continue
        c, width = decode(data, at)
        whole = characters[c] if c < 0x10000 else np.int32(-1)
        if whole >= 0:
            count += 1
            poke(symbols, count, whole)
        else:
            for p in range(width):
                count += 1
                poke(symbols, count, np.int32(data[at + p]))
        at += width
    return count


@helper
def merge_short(symbols, made, n, table):
    """Merge the n ≤ SHORT symbols in symbols[1:], in place; returns how many are left. `symbols` and `made` are int32[≥
    SHORT + 10].

    `made` holds what each symbol and the next one make, << 6 | place: the smallest tells which merge to do, and where.
    """
    poke(symbols, 0, np.int32(EDGE))
    poke(symbols, n + 1, np.int32(EDGE))
    poke(made, 0, NONE)
    for p in range(1, n):
        symbol = pair_symbol(table, peek(symbols, p), peek(symbols, p + 1))
        poke(made, p, NONE if symbol == NONE else symbol << np.int32(6) | np.int32(p))
    for p in range(n, n + 9):  # up to a multiple of eight, which are compared together
        poke(made, p, NONE)
    alive = (np.uint64(2) << np.uint64(n + 1)) - np.uint64(1)
    left = n
    while True:
        best = NONE
        for block in range(0, n, 8):
            for p in range(8):
                best = min(best, peek(made, block + p))
        if best == NONE:
            break
        i = np.int64(best & np.int32(63))
        symbol = best >> np.int32(6)
        after = alive & ~((np.uint64(2) << np.uint64(i)) - np.uint64(1))
        j = lowest(after)
        after &= after - np.uint64(1)
        k = lowest(after)
        h = highest(alive & ((np.uint64(1) << np.uint64(i)) - np.uint64(1)))
        alive ^= np.uint64(1) << np.uint64(j)
        left -= 1
        poke(symbols, i, symbol)
        poke(made, j, NONE)
        # At the ends both look up a symbol that is in no merge.
        behind = pair_symbol(table, symbol, peek(symbols, k))
        before = pair_symbol(table, peek(symbols, h), symbol)
        poke(made, i, NONE if behind == NONE else behind << np.int32(6) | np.int32(i))
        poke(made, h, NONE if before == NONE else before << np.int32(6) | np.int32(h))
    rest = alive & ~np.uint64(1)
    for p in range(1, left + 1):
        poke(symbols, p, peek(symbols, lowest(rest)))
        rest &= rest - np.uint64(1)
    return left


@helper
def _up(heap, n, value):
    i = n
    while i > 0:
        j = (i - 1) >> 1
        if heap[j] <= value:
            break
        heap[i] = heap[j]
        i = j
    heap[i] = value


@helper
def _pop(heap, n):
    """Remove and return the smallest of n values."""
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


@helper
def merge_long(symbols, merges):
    """Merge symbols int32[n], for any n below 2³¹, in place; returns how many are left.

    Uses a heap of (symbol made << 32 | position).
    """
    table = table_of(merges)
    n = symbols.shape[0]
    before = np.arange(-1, n - 1).astype(np.int32)
    after = np.arange(1, n + 1).astype(np.int32)
    heap = np.empty(3 * n, np.int64)  # each merge removes a symbol and adds at most two pairs
    size = 0
    for p in range(n - 1):
        made = pair_symbol(table, symbols[p], symbols[p + 1])
        if made != NONE:
            _up(heap, size, np.int64(made) << 32 | p)
            size += 1
    while size > 0:
        top = _pop(heap, size)
        size -= 1
        i = np.int64(top & LOW)
        j = np.int64(after[i])
        if symbols[i] < 0 or j >= n or pair_symbol(table, symbols[i], symbols[j]) != top >> 32:
            continue
        symbol = np.int32(top >> 32)
        symbols[i] = symbol
        symbols[j] = -1
        k = np.int64(after[j])
        after[i] = k
        if k < n:
            before[k] = i
            made = pair_symbol(table, symbol, symbols[k])
            if made != NONE:
                _up(heap, size, np.int64(made) << 32 | i)
                size += 1
        h = np.int64(before[i])
        if h >= 0:
            made = pair_symbol(table, symbols[h], symbol)
            if made != NONE:
                _up(heap, size, np.int64(made) << 32 | h)
                size += 1
    left = 0
    for p in range(n):
        if symbols[p] >= 0:
            symbols[left] = symbols[p]
            left += 1
    return left

"""A hash table of words in one array: pre-token bytes to 64-bit counts, filled by a kernel.

A slot holds two 64-bit words of key, a count and the word's number: one cache line. Words of up to 15 bytes (nearly
all) are their own key (bytes and length), so that a hit reads nothing else; longer ones are compared byte by byte on an
equal hash. The words are stored one after another in the layout of an Arrow binary column, in the order of their first
occurrence. 1.5 million distinct words of 10 bytes take about 100 MB.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa

from corpus.kernels.hashing import LONG_KEY, equal_bytes, key_of, mix64, next_slot, slot_of
from corpus.kernels.inner import helper, kernel
from corpus.kernels.intrinsics import leading_zeros, peek, pointer
from corpus.kernels.utf8 import read_only
from tokenizer.kernels.keys import AHEAD, HIGHS, HOMES, LOWS, WIDTH, find_keys
from tokenizer.kernels.pairs import poke

PARTITIONS = 64
BATCH = 64


def room_of(slots: int) -> int:
    """The words that a table of so many slots takes. With three quarters 704,926 Korean words took 0.21 s and 34 MB,
    with half 0.25 s and 67 MB, whose pages have to be touched first."""
    return slots // 4 * 3


class WordTable:
    """Distinct words with counts.

    `add` takes the result of `tokenizer.scanner.pretokenize.scan`; `column` and `counts` return the content.
    """

    def __init__(self, slots: int = 1 << 14):
        self._slots = aligned(4 * slots).reshape(-1, 4)  # key low, key high, count, number + 1 (0: free)
        self._data = np.empty(slots * 8, np.uint8)
        self._offsets = np.zeros(room_of(slots) + 1, np.int64)
        self.size = 0

    def add(self, data: np.ndarray, start: int, ends: np.ndarray, weights: np.ndarray | None = None) -> None:
        """Count the words of `data` uint8[] that tile it from `start` on and end at `ends` int64[n]; each once, or
        `weights` int64[n] times."""
        weights = read_only(np.ones(1, np.int64) if weights is None else weights, np.int64)
        data, ends = read_only(data), read_only(ends, np.int64)
        # Not allocated in the kernel, which uses them by pointer and would release them too early.
        spare = np.empty(3 * AHEAD, np.uint64), np.zeros(AHEAD + WIDTH, np.int64)
        done = 0
        while True:
            done, self.size = _add(
                data,
                start,
                ends,
                done,
                weights,
                spare,
                self._slots,
                self._data,
                self._offsets,
                self.size,
                room_of(len(self._slots)),
            )
            if done == len(ends):
                return
            self._grow(int(ends[done] - (ends[done - 1] if done else start)))

    def column(self) -> pa.Array:
        """The words, large_binary[size], in the order of first occurrence (a copy)."""
        offsets = self._offsets[: self.size + 1].copy()
        return pa.LargeBinaryArray.from_buffers(
            pa.large_binary(), self.size, [None, pa.py_buffer(offsets), pa.py_buffer(self._data[: offsets[-1]].copy())]
        )

    def counts(self) -> np.ndarray:
        """int64[size]: how often each word of `column` was seen."""
        counts = np.empty(self.size, np.int64)
        _counts(self._slots, counts)
        return counts

    @property
    def bytes(self) -> int:
        """Memory of the table."""
        return self._slots.nbytes + self._data.nbytes + self._offsets.nbytes

    def _grow(self, needed: int) -> None:
        if self.size >= room_of(len(self._slots)):
            # Small tables grow faster: otherwise moving their content takes a tenth of the counting time.
            slots = aligned(4 * (8 if len(self._slots) < 1 << 18 else 2) * len(self._slots)).reshape(-1, 4)
            rehash(self._slots, slots)
            self._slots = slots
            self._offsets = np.concatenate(
                [self._offsets, np.zeros(room_of(len(slots)) + 1 - len(self._offsets), np.int64)]
            )
        used = int(self._offsets[self.size])
        if used + needed > len(self._data):
            data = np.empty(max(2 * len(self._data), used + needed), np.uint8)
            data[:used] = self._data[:used]
            self._data = data


def aligned(count: int) -> np.ndarray:
    """uint64[count] of zeros that begin where a cache line does, so that a slot of half a line is never in two
    lines."""
    space = np.zeros(count + 8, np.uint64)
    begin = -space.ctypes.data % 64 // 8
    return space[begin : begin + count]


def buffers(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """The bytes and offsets of a large_binary column without nulls: (uint8[bytes], int64[n + 1]), zero-copy."""
    if len(column) == 0:
        return read_only(b""), np.zeros(1, np.int64)
    _, offsets, data = column.buffers()
    bounds = np.frombuffer(offsets, np.int64)[column.offset : column.offset + len(column) + 1]
    return read_only(data if data is not None else b""), bounds


def int64_array(values: np.ndarray) -> pa.Array:
    """int64[n] as an Arrow array, zero-copy. `pa.array` would import pandas, 37 MB, where it is installed."""
    return pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(np.ascontiguousarray(values, np.int64))])


def int64_values(array: pa.Array) -> np.ndarray:
    """The values of an int64 array without nulls, zero-copy. `to_numpy` would import pandas, too."""
    values = array.buffers()[1]
    return (
        np.frombuffer(values, np.int64)[array.offset : array.offset + len(array)] if values else np.zeros(0, np.int64)
    )


def partitioned(words: pa.Array, counts: np.ndarray) -> Iterator[tuple[pa.Array, np.ndarray]]:
    """Words and counts by the hash of the word, PARTITIONS times; within a partition in the given order."""
    data, offsets = buffers(words)
    partition = np.empty(len(words), np.uint8)
    _partition(data, offsets, partition)
    order = np.argsort(partition, kind="stable")
    bounds = np.searchsorted(partition[order], np.arange(PARTITIONS + 1))
    words, counts = words.take(int64_array(order)), counts[order]
    for start, end in pairwise(bounds.tolist()):
        yield words.slice(start, end - start), counts[start:end]


@kernel
def _partition(data, offsets, partition):
    for i in range(offsets.shape[0] - 1):
        low, high = key_of(data, offsets[i], offsets[i + 1])
        # Other bits than slot_of's, otherwise all words of a partition would fall into a 64th of a hash table.
        partition[i] = mix64(low ^ mix64(high)) >> np.uint64(58)


@kernel
def _add(data, start, ends, done, weights, spare, slots, words, offsets, size, room):
    mask = np.uint64(slots.shape[0] - 1)
    return _add_words(
        pointer(data), data.shape[0], start, pointer(ends), ends.shape[0], done, pointer(weights),
        weights.shape[0] == 1, pointer(slots.reshape(-1)), mask, pointer(words), words.shape[0], pointer(offsets), size,
        room, pointer(spare[0]), pointer(spare[1]),
    )  # fmt: skip


@helper
def _add_words(
    data,
    length,
    start,
    ends,
    count,
    done,
    weights,
    one,
    slots,
    mask,
    words,
    word_room,
    offsets,
    size,
    room,
    batch,
    bounds,
):
    """`_add` with pointers for arrays, to which no references are counted."""
    above = np.uint64(leading_zeros(mask))
    if done > 0:
        start = peek(ends, done - 1)
    for block in range(done, count, BATCH):
        last = min(block + BATCH, count)
        poke(bounds, 0, start)
        for n in range(block, last):
            poke(bounds, n - block + 1, peek(ends, n))
        # Slots are at random addresses: those of a batch are prefetched before the first of them is needed.
        find_keys(data, length, bounds, last - block, slots, mask, above, batch)
        for n in range(block, last):
            end = peek(ends, n)
            weight = np.uint64(peek(weights, 0 if one else n))
            k = n - block
            low, high, home = peek(batch, LOWS + k), peek(batch, HIGHS + k), np.int64(peek(batch, HOMES + k))
            q = home
            other = (peek(slots, 4 * q) ^ low) | (peek(slots, 4 * q + 1) ^ high)
            if other == 0 and high < LONG_KEY and high != 0:  # a free slot has the key of the empty word
                poke(slots, 4 * q + 2, peek(slots, 4 * q + 2) + weight)
                start = end
                continue
            while True:
                if (peek(slots, 4 * q) == low and peek(slots, 4 * q + 1) == high and peek(slots, 4 * q + 3) != 0) and (
                    high < LONG_KEY
                    or equal_bytes(data, start, words, peek(offsets, np.int64(peek(slots, 4 * q + 3)) - 1), end - start)
                ):
                    poke(slots, 4 * q + 2, peek(slots, 4 * q + 2) + weight)
                    break
                if peek(slots, 4 * q + 3) == 0:
                    used = peek(offsets, size)
                    if size == room or used + end - start > word_room:
                        return n, size
                    for i in range(end - start):
                        poke(words, used + i, peek(data, start + i))
                    size += 1
                    poke(offsets, size, used + end - start)
                    poke(slots, 4 * q, low)
                    poke(slots, 4 * q + 1, high)
                    poke(slots, 4 * q + 2, weight)
                    poke(slots, 4 * q + 3, np.uint64(size))
                    break
                q = next_slot(q, home, mask)
            start = end
    return count, size


@kernel
def _counts(slots, counts):
    for q in range(slots.shape[0]):
        if slots[q, 3]:
            counts[np.int64(slots[q, 3]) - 1] = slots[q, 2]


@kernel
def rehash(old, new):
    """Fill an empty table of slots (uint64[n, 4]: key low, key high, value, 0 where free) from a smaller one."""
    old, new = old.reshape(-1), new.reshape(-1)
    before, mask = np.uint64(old.shape[0] // 4 - 1), np.uint64(new.shape[0] // 4 - 1)
    for pair in range(0, old.shape[0], 8):
        # Words in their first slot, which came earlier and are more frequent, get theirs again before others take it.
        displaced = 0
        for i in range(pair, pair + 8, 4):
            if peek(old, i + 3) != 0:
                if slot_of(peek(old, i), peek(old, i + 1), before) == i >> 2:
                    _move(old, i, new, mask)
                else:
                    displaced |= 1 << (i - pair)
        if displaced:
            for i in range(pair, pair + 8, 4):
                if displaced >> (i - pair) & 1:
                    _move(old, i, new, mask)


@helper
def _move(old, i, new, mask):
    """Copy the slot that begins at old[i] into the first free one of `new`."""
    home = q = slot_of(peek(old, i), peek(old, i + 1), mask)
    while peek(new, 4 * q + 3):
        q = next_slot(q, home, mask)
    for k in range(4):
        poke(new, 4 * q + k, peek(old, i + k))

"""fastText's supervised models (Joulin et al. 2016), read from their files: .bin and .ftz of format 11 and 12.

Dense or product-quantised rows, pruned or not, and every loss are supported. Models come from untrusted places, so
every size, count and index in the file is checked: a damaged or truncated file raises a UserError, and no kernel reads
beyond an array. Dense rows are memory-mapped, so that the processes of one machine share them.
"""

import mmap
import struct
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numba import njit

from corpus.errors import UserError
from corpus.kernels.hashing import equal_bytes
from corpus.kernels.inner import helper

MAGIC, FORMATS = 793712314, (11, 12)
SUPERVISED = 3
HIERARCHICAL, NEGATIVE, SOFTMAX, ONE_VS_ALL = 1, 2, 3, 4  # the losses' numbers in the file
PREFIX = "__label__"
UNPACKED = 64_000_000  # bytes of quantised rows that are unpacked once; larger ones are decoded row by row
# In a subword, and words in an n-gram: trained models have fewer, and a damaged file may contain any number.
MOST_CHARACTERS = 64
UNBUILT = 10**15  # fastText's count of an inner node that is not built yet; the sum over all labels must be below it
CENTROIDS = 256


class Inputs(NamedTuple):
    """The tables that turn a text into its vector (fasttext_vector.py). The first rows belong to words."""

    rows: np.ndarray  # float32[rows, width], or [0, width] if the rows stay coded
    codes: np.ndarray  # uint8[rows, parts] of coded rows, or [0, 0]
    centroids: np.ndarray  # float32[width · 256]: of each part 256 vectors
    scales: np.ndarray  # float32[rows]: the norms of coded rows
    part: int  # columns in a part
    slots: np.ndarray  # int32[2ⁿ]: hash table of words and labels: number, or -1 where free
    hashes: np.ndarray  # uint32[words + labels]: fastText's hash of each
    spellings: np.ndarray  # uint8: the bytes in which they are found
    starts: np.ndarray  # int64[words + labels]
    lengths: np.ndarray  # int64[words + labels]
    words: int
    ngrams: int  # words in the longest n-gram
    shortest: int  # characters in a subword; longest 0: no subwords
    longest: int
    buckets: int  # hash values of subwords and n-grams
    pruned: bool
    kept: np.ndarray  # uint8[buckets / 8]: one bit a hash value: is there a row for it; empty if not pruned
    table: np.ndarray  # int32[2ⁿ, 2]: hash table of (hash value, row) if pruned, -1 where free


class Outputs(NamedTuple):
    """The tables that turn the vector into probabilities."""

    weights: np.ndarray  # float32[labels, width]; of hierarchical softmax: one row an inner node
    tree: np.ndarray  # int32[2 · labels - 1, 2]: left and right, leaves first; empty for other losses
    loss: int


class Model(NamedTuple):
    """A model for the kernels, and its labels without `__label__`, in the order of its probabilities."""

    inputs: Inputs
    outputs: Outputs
    labels: tuple[str, ...]


def read_model(path: Path | str) -> Model:
    """The model in that file. Raises UserError if it cannot be read, is damaged, or is not a supervised model."""
    try:
        with open(path, "rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise UserError(f"model {path}: cannot be read: {error.strerror}. Name a .bin or .ftz of fastText.") from error
    except ValueError as error:
        raise UserError(f"model {path}: the file is empty. Copy or train the model again.") from error
    return _Reader(path, np.frombuffer(data, np.uint8)).model()


class _Reader:
    """A file, and the position of the next read."""

    def __init__(self, path: Path | str, data: np.ndarray) -> None:
        self.path = path
        self.data = data
        self.at = 0

    def fail(self, found: str) -> NoReturn:
        raise UserError(f"model {self.path}: {found}. Copy or train the model again.")

    def check(self, holds: bool, found: str) -> None:
        if not holds:
            self.fail(f"damaged: {found}")

    def take(self, form: str) -> Any:
        size = struct.calcsize("<" + form)
        if size > len(self.data) - self.at:
            self.fail(f"truncated: it ends after {len(self.data):,} bytes")
        values = struct.unpack("<" + form, self.data[self.at : self.at + size].tobytes())
        self.at += size
        return values if len(values) > 1 else values[0]

    def array(self, kind: type, count: int) -> np.ndarray:
        size = count * np.dtype(kind).itemsize
        if count < 0:
            self.fail(f"damaged: a table of {count:,} entries")
        if size > len(self.data) - self.at:
            self.fail(f"truncated: it ends after {len(self.data):,} bytes, within a table of {count:,} entries")
        values: np.ndarray = self.data[self.at : self.at + size].view(kind)
        self.at += size
        return values

    def model(self) -> Model:
        if len(self.data) < 8 or self.take("i") != MAGIC:
            raise UserError(f"model {self.path}: not a model of fastText. Name a .bin or .ftz of fastText.")
        version = self.take("i")
        if version not in FORMATS:
            self.fail(f"format {version}; 11 and 12 are known")
        width, _, _, _, _, ngrams, loss, kind, buckets, shortest, longest, _ = self.take("12i")
        self.take("d")
        if kind != SUPERVISED:
            raise UserError(
                f"model {self.path}: word vectors, not a classifier. Name a model of `fasttext supervised`."
            )
        longest = 0 if version == 11 else max(longest, 0)  # before format 12 classifiers had no subwords
        self.check(0 < width <= 1_000_000, f"vectors of {width} numbers")
        self.check(loss in (HIERARCHICAL, NEGATIVE, SOFTMAX, ONE_VS_ALL), f"loss {loss}")
        self.check(ngrams <= MOST_CHARACTERS and longest <= MOST_CHARACTERS, f"n-grams of {max(ngrams, longest)}")
        hashed = ngrams > 1 or longest > 0
        self.check(buckets > 0 if hashed else buckets >= 0, f"{buckets} hash values")
        size, words, labels, _, pruned = self.take("iiiqq")
        self.check(words >= 0 and labels > 0 and words + labels == size, f"{words} words and {labels} labels of {size}")
        self.check(-1 <= pruned <= buckets, f"{pruned} of {buckets} hash values kept")
        starts, lengths, counts = self._entries(size, words)
        kept = self.array(np.int32, 2 * max(pruned, 0)).reshape(-1, 2)
        bits, table = self._kept(kept, buckets, words) if pruned >= 0 else (np.empty(0, np.uint8), _no_table())
        quantised = self._flag()
        self.check(quantised or pruned < 0, "pruned, but not quantised")
        needed = words + (pruned if pruned >= 0 else buckets if hashed else 0)
        matrix = self._quantised(width) if quantised else (self._dense(width), *_no_codes())
        rows, codes, centroids, scales, part = matrix
        self.check(
            max(len(rows), len(codes)) >= needed, f"{max(len(rows), len(codes)):,} rows where {needed:,} are named"
        )
        compressed = self._flag() and quantised
        weights = _unpack(*self._quantised(width)) if compressed else np.ascontiguousarray(self._dense(width)).copy()
        self.check(len(weights) == labels, f"{len(weights)} rows of output for {labels} labels")
        self.check(bool(np.isfinite(weights).all()), "output that is not a number")
        self.check(self.at == len(self.data), f"{len(self.data) - self.at:,} bytes after the end")
        if quantised and codes.shape[0] * width * 4 <= UNPACKED:
            rows = _unpack(*matrix)
            codes, centroids, scales, part = _no_codes()
        slots, hashes = _word_table(self.data, starts, lengths)
        inputs = Inputs(
            _fixed(rows), codes, centroids, scales, part, slots, hashes, self.data, starts, lengths,
            words, max(ngrams, 1), max(shortest, 1), longest, max(buckets, 1), pruned >= 0, bits, table,
        )  # fmt: skip
        tree = self._tree(counts[words:].tolist()) if loss == HIERARCHICAL else np.empty((0, 2), np.int32)
        return Model(inputs, Outputs(weights, tree, loss), self._labels(starts[words:], lengths[words:]))

    def _flag(self) -> bool:
        value = self.take("B")
        self.check(value <= 1, f"a flag of {value}")
        return bool(value)

    def _labels(self, starts: np.ndarray, lengths: np.ndarray) -> tuple[str, ...]:
        spelled = zip(starts.tolist(), lengths.tolist(), strict=True)
        names = [self.data[start : start + length].tobytes() for start, length in spelled]
        return tuple(name.decode(errors="backslashreplace").removeprefix(PREFIX) for name in names)

    def _entries(self, size: int, words: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where each word and label is spelled, how long it is, how often it occurred."""
        if size * 10 > len(self.data) - self.at:
            self.fail(f"truncated: it ends after {len(self.data):,} bytes, within a table of {size:,} words")
        starts, lengths, counts = (np.empty(size, np.int64) for _ in range(3))
        kinds = np.empty(size, np.uint8)
        at = _scan_entries(self.data, self.at, starts, lengths, counts, kinds)
        if at < 0:
            self.fail(f"truncated: it ends after {len(self.data):,} bytes, within a table of {size:,} words")
        self.at = at
        self.check(not kinds[:words].any() and bool((kinds[words:] == 1).all()), "words and labels are mixed")
        return starts, lengths, counts

    def _kept(self, kept: np.ndarray, buckets: int, words: int) -> tuple[np.ndarray, np.ndarray]:
        values, rows = kept[:, 0].astype(np.int64), kept[:, 1].astype(np.int64)
        inside = (values >= 0) & (values < buckets) & (rows >= 0) & (rows < len(kept))
        self.check(bool(inside.all()), "a kept hash value lies outside its table")
        self.check(len(np.unique(values)) == len(values), "a hash value is kept twice")
        bits = np.zeros(buckets // 8 + 1, np.uint8)
        np.bitwise_or.at(bits, values >> 3, (1 << (values & 7)).astype(np.uint8))
        table = np.full((_power(2 * len(kept)), 2), -1, np.int32)
        _fill_table(values, rows + words, table)
        return bits, table

    def _dense(self, width: int) -> np.ndarray:
        height, across = self.take("qq")
        self.check(across == width and height >= 0, f"a table of {height:,} × {across:,} where {width} columns belong")
        return self.array(np.float32, height * width).reshape(height, width)

    def _quantised(self, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
        """No rows, and what they are decoded from: codes, centroids, scales, columns in a part."""
        with_norms = self._flag()
        height, across, size = self.take("qqi")
        self.check(across == width and height >= 0, f"a table of {height:,} × {across:,} where {width} columns belong")
        codes = self.array(np.uint8, size)
        parts, part = self._quantiser(width)
        self.check(size == height * parts, f"{size:,} codes for {height:,} rows of {parts}")
        centroids = self.array(np.float32, width * CENTROIDS).copy()
        scales = np.ones(height, np.float32)
        if with_norms:
            norms = self.array(np.uint8, height)
            self._quantiser(1)
            scales = self.array(np.float32, CENTROIDS)[norms]
        return np.empty((0, width), np.float32), codes.reshape(height, parts), centroids, scales, part

    def _quantiser(self, width: int) -> tuple[int, int]:
        across, parts, part, last = self.take("4i")
        whole = across == width and parts > 0 and part > 0 and 0 < last <= part and (parts - 1) * part + last == width
        self.check(whole, f"{parts} parts of {part} columns, the last of {last}, where {width} columns belong")
        return parts, part

    def _tree(self, counts: list[int]) -> np.ndarray:
        """The Huffman tree over the labels, most frequent first, built as fastText builds it."""
        self.check(min(counts) >= 0 and sum(counts) < UNBUILT, "a label's count")
        leaves = len(counts)
        weights = [*counts, *([UNBUILT] * (leaves - 1))]
        tree = np.full((2 * leaves - 1, 2), -1, np.int32)
        leaf, node = leaves - 1, leaves
        for parent in range(leaves, 2 * leaves - 1):
            for side in range(2):
                if leaf >= 0 and weights[leaf] < weights[node]:
                    tree[parent, side] = leaf
                    leaf -= 1
                else:
                    tree[parent, side] = node
                    node += 1
            weights[parent] = weights[tree[parent, 0]] + weights[tree[parent, 1]]
        return tree


def _no_codes() -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    return _fixed(np.empty((0, 0), np.uint8)), np.empty(0, np.float32), np.empty(0, np.float32), 1


def _no_table() -> np.ndarray:
    return np.full((1, 2), -1, np.int32)


def _fixed(array: np.ndarray) -> np.ndarray:
    """Read-only, like an array mapped from a file, so that Numba compiles once for both."""
    array.flags.writeable = False
    return array


def _power(count: int) -> int:
    """The smallest power of two above it."""
    return 1 << int(count).bit_length()


def _unpack(_: np.ndarray, codes: np.ndarray, centroids: np.ndarray, scales: np.ndarray, part: int) -> np.ndarray:
    rows = np.empty((len(codes), len(centroids) // CENTROIDS), np.float32)
    for number in range(codes.shape[1]):
        first, last = number * part, min((number + 1) * part, rows.shape[1])
        vectors = centroids[first * CENTROIDS : last * CENTROIDS].reshape(CENTROIDS, last - first)
        rows[:, first:last] = vectors[codes[:, number]] * scales[:, None]
    return rows


def _word_table(data: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    slots = np.full(_power(2 * len(starts)), -1, np.int32)
    hashes = np.empty(len(starts), np.uint32)
    _fill_words(data, starts, lengths, slots, hashes)
    return slots, hashes


@helper
def fnv(h, byte):
    """One step of FNV-1a as in fastText: bytes are signed."""
    signed = np.uint32(byte) | np.uint32(0xFFFFFF00) if byte >= 0x80 else np.uint32(byte)
    return np.uint32((h ^ signed) * np.uint32(16777619))


@njit(cache=True)
def _scan_entries(data, at, starts, lengths, counts, kinds):
    """Read the entries (spelling, 0, int64 count, uint8 kind) from data[at] on; returns where they end, or -1 if the
    file ends before."""
    for entry in range(starts.shape[0]):
        starts[entry] = at
        while at < data.shape[0] and data[at] != 0:
            at += 1
        if at + 10 > data.shape[0]:
            return np.int64(-1)
        lengths[entry] = at - starts[entry]
        count = np.uint64(0)
        for i in range(8):
            count |= np.uint64(data[at + 1 + i]) << np.uint64(8 * i)
        counts[entry] = np.int64(count)
        kinds[entry] = data[at + 9]
        at += 10
    return np.int64(at)


@njit(cache=True)
def _fill_words(data, starts, lengths, slots, hashes):
    mask = np.int64(slots.shape[0] - 1)
    for entry in range(starts.shape[0]):
        h = np.uint32(2166136261)
        for i in range(starts[entry], starts[entry] + lengths[entry]):
            h = fnv(h, data[i])
        hashes[entry] = h
        slot = np.int64(h) & mask
        while slots[slot] >= 0:
            other = slots[slot]
            same = lengths[other] == lengths[entry]
            if same and equal_bytes(data, starts[other], data, starts[entry], lengths[entry]):
                break  # the last of equal ones is found, as in fastText
            slot = (slot + 1) & mask
        slots[slot] = entry


@njit(cache=True)
def _fill_table(values, rows, table):
    mask = np.int64(table.shape[0] - 1)
    for i in range(values.shape[0]):
        slot = values[i] & mask
        while table[slot, 0] >= 0:
            slot = (slot + 1) & mask
        table[slot, 0] = values[i]
        table[slot, 1] = rows[i]

"""The documents of an index that are similar to new documents, by their signatures.

The band keys of the new documents are sorted; the index is read once from front to back, its keys are computed
and looked up. Documents that share a key are compared at once, byte by byte of the signatures, and the MOST best of
each new document are kept, so that memory is small even with many documents of one template. The result is the same for
any partition of the index.

Cost: about 0.5 µs a document of the index for each block of new documents, and 10 ns a pair that shares a key.
"""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import numpy as np
from numba import njit

from corpus.duplicates.candidates import SURELY_BELOW, band_records
from corpus.duplicates.index import Dataset, Index
from corpus.duplicates.shuffle import sort_records
from corpus.engine.local import Engine
from corpus.kernels.hashing import mix64
from corpus.kernels.inner import kernel

MOST = 8  # documents of the index that are kept for each new document
BLOCK = 100_000  # new documents that are looked up together: 40 MB
AT_ONCE = 1_000_000  # documents of the index that one task reads
HASHES_AT_ONCE = 4_000_000


def known_hashes(hashes: np.ndarray, index: Index) -> np.ndarray:
    """int64[n]: the first document of the index whose text has one of the hashes uint64[n, 2], or −1."""
    out = np.full(len(hashes), -1, np.int64)
    order = np.lexsort((hashes[:, 1], hashes[:, 0]))
    ascending = hashes[order]
    for dataset, start in zip(index.datasets, index.starts[:-1], strict=True):
        known = dataset.array("hashes.npy")
        for first in range(0, len(known), HASHES_AT_ONCE):
            some = np.array(known[first : first + HASHES_AT_ONCE])
            left = np.searchsorted(ascending[:, 0], some[:, 0], side="left")
            maybe = np.flatnonzero(left < len(ascending))
            maybe = maybe[ascending[left[maybe], 0] == some[maybe, 0]]
            _mark(ascending, some[maybe], left[maybe], start + first + maybe, out)
    found = np.empty_like(out)
    found[order] = out
    return found


@kernel
def _mark(ascending, some, left, numbers, out):
    """Write the smallest number for each of the equal hashes from `left` on."""
    for i in range(some.shape[0]):
        place = left[i]
        while place < ascending.shape[0] and ascending[place, 0] == some[i, 0]:
            if ascending[place, 1] == some[i, 1] and (out[place] < 0 or numbers[i] < out[place]):
                out[place] = numbers[i]
            place += 1


def alike(
    signatures: np.ndarray,
    wanted: np.ndarray,
    index: Index,
    shape: tuple[int, int],
    least: float,
    engine: Engine,
    work: Path,
) -> tuple[np.ndarray, np.ndarray]:
    """The documents of the index that are most similar to each new one: (int64[n, MOST] numbers, −1 if there are fewer,
    and int16[n, MOST] agreeing bytes), the most similar first.

    `signatures` uint8[n, permutations] of the new documents, `wanted` bool[n] those to look up, `shape` bands and rows
    of a band; pairs that agree in less than the share `least` of their bytes are left out.
    """  # fmt: skip
    numbers = np.full((len(signatures), MOST), -1, np.int64)
    agreeing = np.zeros((len(signatures), MOST), np.int16)
    parts = [
        (each, int(start), first, min(first + AT_ONCE, each.documents))
        for each, start in zip(index.datasets, index.starts, strict=False)
        for first in range(0, each.documents, AT_ONCE)
    ]
    work.mkdir(parents=True, exist_ok=True)
    for begin in range(0, len(signatures), BLOCK):
        block = slice(begin, begin + BLOCK)
        chosen = np.flatnonzero(wanted[block])
        np.save(work / "signatures.npy", signatures[block])
        np.save(work / "keys.npy", sort_records(band_records(signatures[block][chosen], chosen, *shape)))
        scan = partial(_scan, work, shape, int(np.ceil(least * signatures.shape[1])))
        for rows, found, agree in engine.map(scan, parts, name="index", describe=_describe):
            _merge(numbers[block], agreeing[block], rows, found, agree)
    return numbers, agreeing


def _describe(part: tuple[Dataset, int, int, int]) -> str:
    return str(part[0].folder)


def _scan(
    work: Path, shape: tuple[int, int], least: int, part: tuple[Dataset, int, int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compare a part of the index with one block: (new documents with results, numbers, agreeing bytes)."""
    dataset, start, first, last = part
    new, records = np.load(work / "signatures.npy"), np.load(work / "keys.npy")
    numbers = np.full((len(new), MOST), -1, np.int64)
    agreeing = np.zeros((len(new), MOST), np.int16)
    bits = max(int(len(records) * 16).bit_length(), 10)
    filled = np.zeros(1 << (bits - 6), np.uint64)
    buckets = np.zeros((1 << (bits - 4)) + 1, np.int64)
    _fill(records, bits, filled, buckets)
    _search(
        records,
        bits,
        filled,
        buckets,
        new,
        np.full(len(new), -1, np.int64),
        dataset.array("signatures.npy")[first:last],
        dataset.array("shingles.npy")[first:last],
        *shape,
        start + first,
        least,
        numbers,
        agreeing,
    )
    rows = np.flatnonzero(numbers[:, 0] >= 0)
    return rows, numbers[rows], agreeing[rows]


def _merge(
    numbers: np.ndarray, agreeing: np.ndarray, rows: Iterable[int], found: np.ndarray, agree: np.ndarray
) -> None:
    for row, others, counts in zip(rows, found, agree, strict=True):
        for number, count in zip(others, counts, strict=True):
            if number >= 0:
                _put(numbers[row], agreeing[row], int(number), int(count))


@njit(cache=True)  # it is called from Python as well
def _put(numbers, agreeing, number, count):
    """Insert a document into the best ones if it is one of them: more agreeing bytes first, then the smaller number."""
    place = numbers.shape[0]
    while place > 0 and (
        numbers[place - 1] < 0
        or agreeing[place - 1] < count
        or (agreeing[place - 1] == count and numbers[place - 1] > number)
    ):
        place -= 1
    if place == numbers.shape[0]:
        return
    for i in range(numbers.shape[0] - 1, place, -1):
        numbers[i] = numbers[i - 1]
        agreeing[i] = agreeing[i - 1]
    numbers[place] = number
    agreeing[place] = count


@kernel
def _fill(records, bits, filled, buckets):
    """Write a bit for the upper `bits` of each key, and where the keys of each sixteen such values begin."""
    shift = np.uint64(64 - bits)
    for i in range(records.shape[0]):
        upper = records[i, 0] >> shift
        filled[upper >> np.uint64(6)] |= np.uint64(1) << (upper & np.uint64(63))
        buckets[np.int64(upper >> np.uint64(4)) + 1] += 1
    for i in range(1, buckets.shape[0]):
        buckets[i] += buckets[i - 1]


@kernel
def _search(
    records, bits, filled, buckets, new, last, known, sizes, bands, rows, start, least, numbers, agreeing
):  # fmt: skip
    shift = np.uint64(64 - bits)
    for j in range(known.shape[0]):
        if sizes[j] == 0:
            continue
        for band in range(bands):
            key = np.uint64(band + 1)
            for row in range(band * rows, (band + 1) * rows):
                key = (key + np.uint64(known[j, row])) * np.uint64(0x9E3779B97F4A7C15)
            key = mix64(key)
            upper = key >> shift
            if not (filled[upper >> np.uint64(6)] >> (upper & np.uint64(63))) & np.uint64(1):
                continue
            bucket = np.int64(upper >> np.uint64(4))
            for place in range(buckets[bucket], buckets[bucket + 1]):
                if records[place, 0] != key:
                    continue
                i = np.int64(records[place, 1])
                if last[i] == j:  # they shared a band before
                    continue
                last[i] = j
                count = 0
                for k in range(known.shape[1]):
                    count += new[i, k] == known[j, k]
                if count >= least:
                    _put(numbers[i], agreeing[i], start + j, count)


def least_agreement(least: float, permutations: int) -> float:
    """The share of agreeing bytes below which the similarity is taken to be below `least` (SURELY_BELOW standard errors
    of short signatures)."""
    share = least + (1 - least) / 256
    return share - SURELY_BELOW * float(np.sqrt(share * (1 - share) / permutations))

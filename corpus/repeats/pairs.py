"""Pairs of places with the same fingerprint, and the batches in which their texts are compared."""

from collections.abc import Iterator

import numpy as np

from corpus.duplicates.shuffle import sort_records
from corpus.duplicates.verify import BYTES_AT_ONCE
from corpus.kernels.inner import kernel


def recurring(records: np.ndarray) -> np.ndarray:
    """bool[n]: which of the records uint64[n, k] have a hash (in their first column) that may occur more than once.

    It holds for all that do and, by chance, for a fifth of the others: hashes are counted by their lower bits, in four
    to eight bytes a record."""
    counts = np.zeros(1 << (4 * len(records)).bit_length(), np.uint8)
    out = np.empty(len(records), np.bool_)
    _recurring(records, counts, out)
    return out


@kernel
def _recurring(records, counts, out):
    mask = np.uint64(counts.shape[0] - 1)
    for i in range(records.shape[0]):
        slot = records[i, 0] & mask
        counts[slot] += counts[slot] < 2
    for i in range(records.shape[0]):
        out[i] = counts[records[i, 0] & mask] > 1


def repeated(records: np.ndarray) -> np.ndarray:
    """The records whose hash occurs more than once, sorted by hash, document and place.

    Most fingerprints are unique: so they are sorted by their hash alone first, by radix."""
    by_hash = sort_records(np.column_stack([records[:, 0], np.arange(len(records), dtype=np.uint64)]))
    equal = by_hash[1:, 0] == by_hash[:-1, 0]
    shared = np.append(False, equal)[: len(records)] | np.append(equal, False)[: len(records)]
    records = records[by_hash[shared, 1].astype(np.int64)]
    return records[np.lexsort((records[:, 2], records[:, 1], records[:, 0]))]


def against_best(records: np.ndarray, order: np.ndarray) -> np.ndarray:
    """uint64[m, 4]: loser, its place, winner, its place; from sorted (hash, document, place) records."""
    out = np.empty((len(records), 4), np.uint64)
    return out[: _pairs(records, order, out)].copy()


@kernel
def _pairs(records, order, out):
    count = 0
    start = 0
    n = records.shape[0]
    while start < n:
        end = start + 1
        while end < n and records[end, 0] == records[start, 0]:
            end += 1
        best = start
        for i in range(start + 1, end):
            a = np.int64(records[i, 1])
            b = np.int64(records[best, 1])
            if order[a, 0] < order[b, 0] or (order[a, 0] == order[b, 0] and order[a, 1] < order[b, 1]):
                best = i
        for i in range(start, end):
            if i != best:
                out[count, 0] = records[i, 1]
                out[count, 1] = records[i, 2]
                out[count, 2] = records[best, 1]
                out[count, 3] = records[best, 2]
                count += 1
        start = end
    return count


def pair_batches(pairs: np.ndarray, order: np.ndarray) -> Iterator[tuple[int, int]]:
    """Batches of pairs, sorted by loser, whose texts together have at most BYTES_AT_ONCE bytes: (first, last + 1).

    A text is counted once for each loser. All pairs of a loser are in one batch, unless their texts are more than that:
    then every pair counts both.
    """
    if not len(pairs):
        return
    loser, winner = ((~order[pairs[:, column], 1]).astype(np.int64) for column in (0, 2))  # bytes of their texts
    begins = np.append(True, pairs[1:, 0] != pairs[:-1, 0])
    weights = np.where(begins, loser, 0)
    first = np.unique(pairs[:, 0] * len(order) + pairs[:, 2], return_index=True)[1]
    weights[first] += winner[first]
    starts = np.append(np.flatnonzero(begins), len(pairs))
    large = np.repeat(np.add.reduceat(weights, starts[:-1]) > BYTES_AT_ONCE, np.diff(starts))
    weights[large] = (loser + winner)[large]
    ends = np.cumsum(weights)
    start = 0
    while start < len(pairs):
        room = (int(ends[start - 1]) if start else 0) + BYTES_AT_ONCE
        end = max(start + 1, int(np.searchsorted(ends, room, side="right")))
        whole = int(starts[np.searchsorted(starts, end, side="right") - 1])
        end = whole if whole > start else end
        yield start, end
        start = end

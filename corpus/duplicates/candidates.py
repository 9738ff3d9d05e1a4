"""Candidate pairs by locality-sensitive hashing: documents that agree on all rows of one band of their signatures.

Bands and rows are what datasketch selects for the threshold when missed pairs have more weight than false ones:
candidates are verified on the texts, so a false one costs little and a missed one is lost. At threshold 0.7 and 128
permutations this gives 23 bands of 5 rows: a pair at 0.7 is found with probability 0.985, at 0.8 with 0.9999.

In a bucket of up to `ALL_PAIRS` documents every pair is a candidate. A larger one (a template, an empty page) would
cost the square of its size; there each document is compared with the bucket's best survivor and with its neighbour in
the order of survival, 2(k − 1) pairs. This gives the same component whenever the survivor is similar to the bucket.
"""

from functools import cache

import numpy as np

from corpus.kernels.hashing import mix64
from corpus.kernels.inner import helper, kernel

ALL_PAIRS = 16
# a signature excludes a pair so many standard errors below the threshold: 1 in 30,000 pairs at the threshold is lost
SURELY_BELOW = 4.0


@cache
def band_shape(threshold: float, permutations: int, caution: float) -> tuple[int, int]:
    """Bands and rows per band, as datasketch chooses them with weight `caution` on missed pairs and 1 − caution on
    false ones: both as areas under the probability 1 − (1 − s^rows)^bands that a pair of similarity s is found.

    That is a polynomial in s of degree bands · rows, so Fejér's quadrature is exact. (datasketch integrates with scipy,
    and importing both takes a third of a second. Gauss's points need LAPACK, which ends the process without a word or
    waits for ever where memory is short.) Near 1 (from 0.998 on with 128 permutations) a single band is best,
    which datasketch refuses: there it is two bands of half the permutations, which find a pair of 0.999 with
    probability 0.996.
    """
    points, weights = _quadrature(permutations + 1)
    below, above = (points + 1) * threshold / 2, threshold + (points + 1) * (1 - threshold) / 2
    least, best = np.inf, (0, 0)
    for bands in range(1, permutations + 1):
        for rows in range(1, permutations // bands + 1):
            false = float(weights @ (1 - (1 - below**rows) ** bands)) * threshold / 2
            missed = float(weights @ (1 - above**rows) ** bands) * (1 - threshold) / 2
            error = false * (1 - caution) + missed * caution
            if error < least:
                least, best = error, (bands, rows)
    return best if best[0] > 1 else (2, permutations // 2)


def _quadrature(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights on [−1, 1] that integrate polynomials of a degree below `count` exactly (Fejér 1933)."""
    angles = (np.arange(count) + 0.5) * np.pi / count
    waves = np.arange(1, count // 2 + 1)[:, None]
    return np.cos(angles), (1 - 2 * (np.cos(2 * waves * angles) / (4 * waves**2 - 1)).sum(axis=0)) * 2 / count


def band_records(signatures: np.ndarray, numbers: np.ndarray, bands: int, rows: int) -> np.ndarray:
    """uint64[n · bands, 2]: (key of a band, document number), from uint32[n, permutations] and int64[n]."""
    out = np.empty((len(numbers) * bands, 2), np.uint64)
    _bands(signatures, numbers, bands, rows, out)
    return out


def candidate_pairs(records: np.ndarray, order: np.ndarray) -> np.ndarray:
    """int64[m, 2]: pairs (loser, winner) of documents that share a key in sorted (key, document) records.

    Pairs may repeat.

    `order` uint64[documents, 2] is the order of survival. A pair has the same direction in every band. In a bucket of
    any size each document is the loser of few pairs, so that a shuffle by loser stays balanced.
    """
    count = _pairs(records, order, np.empty((0, 2), np.int64), False)
    out = np.empty((count, 2), np.int64)
    _pairs(records, order, out, True)
    return out


def estimate(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """float32[n]: the similarity of pairs, estimated from signatures uint32[n, permutations]."""
    return (left == right).mean(axis=1, dtype=np.float32)


def estimate_short(agreements: np.ndarray, permutations: int) -> np.ndarray:
    """float32[n]: the similarity that so many agreeing bytes of two short signatures estimate, without bias and not
    below 0."""
    by_chance = 1 / 256
    return np.maximum((agreements / permutations - by_chance) / (1 - by_chance), 0).astype(np.float32)


def floor(threshold: float, permutations: int) -> float:
    """The estimate below which a pair is taken to be below the threshold (SURELY_BELOW standard errors)."""
    return threshold - SURELY_BELOW * float(np.sqrt(threshold * (1 - threshold) / permutations))


@kernel
def _bands(signatures, numbers, bands, rows, out):
    n = numbers.shape[0]
    place = 0
    for i in range(n):
        for band in range(bands):
            key = np.uint64(band + 1)
            for row in range(band * rows, (band + 1) * rows):
                key = (key + np.uint64(signatures[i, row])) * np.uint64(0x9E3779B97F4A7C15)
            out[place, 0] = mix64(key)
            out[place, 1] = np.uint64(numbers[i])
            place += 1


@helper
def _before(order, a, b):
    """Whether document a is before b in the order of survival. Ties are broken by number: here any order is good."""
    if order[a, 0] != order[b, 0]:
        return order[a, 0] < order[b, 0]
    if order[a, 1] != order[b, 1]:
        return order[a, 1] < order[b, 1]
    return a < b


@helper
def _put(order, a, b, out, place):
    """Write a pair as (loser, winner)."""
    if _before(order, a, b):
        out[place, 0] = b
        out[place, 1] = a
    else:
        out[place, 0] = a
        out[place, 1] = b
    return place + 1


@kernel
def _pairs(records, order, out, write):
    n = records.shape[0]
    count = 0
    start = 0
    while start < n:
        end = start + 1
        while end < n and records[end, 0] == records[start, 0]:
            end += 1
        size = end - start
        if size > ALL_PAIRS:
            if write:
                best = np.int64(records[start, 1])
                for i in range(start + 1, end):
                    if _before(order, np.int64(records[i, 1]), best):
                        best = np.int64(records[i, 1])
                for i in range(start, end):
                    number = np.int64(records[i, 1])
                    if number != best:
                        count = _put(order, number, best, out, count)
                    if i > start:
                        count = _put(order, np.int64(records[i - 1, 1]), number, out, count)
            else:
                count += 2 * (size - 1)
        elif size > 1:
            if write:
                for i in range(start, end):
                    for j in range(i + 1, end):
                        count = _put(order, np.int64(records[i, 1]), np.int64(records[j, 1]), out, count)
            else:
                count += size * (size - 1) // 2
        start = end
    return count

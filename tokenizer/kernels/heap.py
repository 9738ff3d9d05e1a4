"""A binary heap of pairs by count, as functions that the trainer's kernel inlines: three arrays, the most frequent pair
first.

Ties go to the smaller pair of ids. Arrays double when they are full; the caller keeps the number of entries.
"""

import numpy as np

from corpus.kernels.inner import helper


@helper
def _before(count, pair, other_count, other_pair):
    return count > other_count or (count == other_count and pair < other_pair)


@helper
def push(heap, n, count, pair, identity):
    """Add an entry to a heap of n: arrays of counts, pairs and numbers of pairs."""
    counts, pairs, identities = heap
    i = n
    while i > 0:
        j = (i - 1) >> 1
        if not _before(count, pair, counts[j], pairs[j]):
            break
        counts[i], pairs[i], identities[i] = counts[j], pairs[j], identities[j]
        i = j
    counts[i], pairs[i], identities[i] = count, pair, identity


@helper
def sink(heap, n, count, pair, identity):
    """Replace the first entry of a heap of n."""
    counts, pairs, identities = heap
    i = 0
    while True:
        j = 2 * i + 1
        if j >= n:
            break
        if j + 1 < n and _before(counts[j + 1], pairs[j + 1], counts[j], pairs[j]):
            j += 1
        if not _before(counts[j], pairs[j], count, pair):
            break
        counts[i], pairs[i], identities[i] = counts[j], pairs[j], identities[j]
        i = j
    counts[i], pairs[i], identities[i] = count, pair, identity


@helper
def drop(heap, n):
    """Remove the first of a heap of n."""
    if n > 1:
        sink(heap, n - 1, heap[0][n - 1], heap[1][n - 1], heap[2][n - 1])


@helper
def roomy(heap, n):
    """A heap of n entries with room for another."""
    if n < heap[0].shape[0]:
        return heap
    return longer(heap[0]), longer(heap[1]), longer(heap[2])


@helper
def longer(array):
    twice = np.empty(2 * array.shape[0], array.dtype)
    twice[: array.shape[0]] = array
    return twice

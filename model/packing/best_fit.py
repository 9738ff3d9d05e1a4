"""Best-fit decreasing: documents into rows of a fixed length, so that almost no space is wasted and no document is cut.

Longest document first, each into the fullest row with enough space (Ding et al. 2024, "Fewer Truncations Improve
Language Modeling", arXiv 2404.10830). Free space is a small integer, so open rows are kept in one list per amount of
free space, and a tree over the amounts finds the smallest sufficient one: O(n log capacity) for n documents, 12 steps a
document at 4,096 tokens. Measured on one core: 7.6 M documents/s for lengths up to 512, 12 M/s for lengths up to 4,096,
rows of 4,096.
"""

import numpy as np

from corpus.kernels.inner import helper, kernel


def best_fit(lengths: np.ndarray, capacity: int) -> tuple[np.ndarray, int]:
    """The row of each document: (int64[n] row numbers from 0, number of rows).

    `lengths` int64[n], each in 1 … capacity (tokens); ValueError otherwise. Ties go to the earlier document and to the
    row used last, so the result depends only on the lengths.
    """
    lengths = np.ascontiguousarray(lengths, np.int64)
    if len(lengths) and (lengths.min() < 1 or lengths.max() > capacity):
        raise ValueError(f"lengths must be in 1 … {capacity}, found {lengths.min()} … {lengths.max()}")
    rows = np.empty(len(lengths), np.int64)
    return rows, int(_best_fit(lengths, capacity, rows))


@kernel
def _best_fit(lengths, capacity, rows):
    n = lengths.shape[0]
    # Counting sort, longest first, earlier documents first among equals.
    starts = np.zeros(capacity + 2, np.int64)
    for i in range(n):
        starts[capacity - lengths[i] + 1] += 1
    for length in range(capacity + 1):
        starts[length + 1] += starts[length]
    order = np.empty(n, np.int64)
    for i in range(n):
        slot = capacity - lengths[i]
        order[starts[slot]] = i
        starts[slot] += 1
    leaves = 1
    while leaves < capacity + 1:
        leaves *= 2
    waiting = np.zeros(2 * leaves, np.int64)  # rows at or below each node of the tree; leaf = amount of free space
    first = np.full(capacity + 1, -1, np.int64)  # the row used last for each amount of free space …
    following = np.empty(n, np.int64)  # … and the chain of the others
    count = 0
    for position in range(n):
        i = order[position]
        length = lengths[i]
        free = _least(waiting, leaves, length)
        if free < 0:
            row = count
            count += 1
            free = capacity
        else:
            row = first[free]
            first[free] = following[row]
            _add(waiting, leaves + free, -1)
        rows[i] = row
        rest = free - length
        if rest > 0:
            following[row] = first[rest]
            first[rest] = row
            _add(waiting, leaves + rest, 1)
    return count


@helper
def _add(waiting, node, change):
    while node > 0:
        waiting[node] += change
        node >>= 1


@helper
def _least(waiting, leaves, wanted):
    """The least amount of free space >= wanted that some row has, or -1."""
    node = leaves + wanted
    if waiting[node] > 0:
        return wanted
    while node > 1:
        if node & 1 == 0 and waiting[node + 1] > 0:
            node += 1
            while node < leaves:
                node *= 2
                if waiting[node] == 0:
                    node += 1
            return node - leaves
        node >>= 1
    return -1

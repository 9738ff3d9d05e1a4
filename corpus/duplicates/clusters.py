"""From verified edges to who is dropped for whom: union-find, survivors, and no chains.

Near-duplication is not transitive: a reaches z over b, c, d …, each step small. Components of up to `chain_cap`
documents are taken whole. In a larger one each document must itself be similar enough to the survivor; those that are
not try again among themselves, with a survivor of their own. What is left after ROUNDS rounds is kept: a chain must not
swallow different documents.
"""

from collections.abc import Callable

import numpy as np
from numba import njit

ROUNDS = 8

Survivors = Callable[
    [np.ndarray, np.ndarray], np.ndarray
]  # (group per entry, ascending; document) → survivor per group
Verify = Callable[
    [np.ndarray], tuple[np.ndarray, np.ndarray]
]  # pairs int64[n, 2], sorted → float32[n], bool[n] similar enough


def assign(
    edges: np.ndarray, similarity: np.ndarray, chain_cap: int, survivors: Survivors, verify: Verify
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who is dropped for whom: (dropped int64[n] ascending, survivor int64[n], their similarity float32[n]).

    `edges` int64[m, 2] are distinct verified pairs, either way round, with their similarity float32[m]. Survivors are
    never dropped themselves.
    """
    edges = np.sort(edges, axis=1)
    ascending = np.lexsort((edges[:, 1], edges[:, 0]))
    edges, similarity = edges[ascending], similarity[ascending]
    known = _Known(edges, similarity)
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for _ in range(ROUNDS):
        if not len(edges):
            break
        numbers, ends = np.unique(edges, return_inverse=True)
        labels = _components(len(numbers), ends.reshape(-1, 2))
        by_group = np.argsort(labels, kind="stable")
        _, groups, sizes = np.unique(labels[by_group], return_inverse=True, return_counts=True)
        members = numbers[by_group]
        best = survivors(groups, members)[groups]
        others = members != best
        small = (sizes[groups] <= chain_cap)[others]
        gone, kept = members[others], best[others]
        similar, enough = known.look_up(gone, kept, verify)
        dropped = small | enough
        found.append((gone[dropped], kept[dropped], similar[dropped]))
        # The survivors are settled as well; what was too far from them looks for others.
        left = np.sort(gone[~dropped])
        inside = np.isin(edges, left).all(axis=1)
        edges = edges[inside]
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
    gone, kept, similar = (np.concatenate(columns) for columns in zip(*found, strict=True))
    by_number = np.argsort(gone)
    return gone[by_number], kept[by_number], similar[by_number]


class _Known:
    """Similarities of verified pairs; the others are verified when asked for."""

    def __init__(self, edges: np.ndarray, similarity: np.ndarray):
        self.edges, self.similarity = edges, similarity

    def look_up(self, a: np.ndarray, b: np.ndarray, verify: Verify) -> tuple[np.ndarray, np.ndarray]:
        """Similarity of each pair, and whether it is enough."""
        pairs = np.stack([np.minimum(a, b), np.maximum(a, b)], axis=1)
        places = _find(self.edges, pairs)
        similar = np.where(places >= 0, self.similarity[places], np.float32(0)).astype(np.float32)
        enough = places >= 0
        unknown = np.flatnonzero(~enough)
        if len(unknown):
            unknown = unknown[np.lexsort((pairs[unknown, 1], pairs[unknown, 0]))]
            similar[unknown], enough[unknown] = verify(pairs[unknown])
        return similar, enough


@njit(cache=True, nogil=True)
def _find(edges, pairs):
    """The place of each pair among sorted edges, or −1."""
    out = np.full(pairs.shape[0], -1, np.int64)
    for p in range(pairs.shape[0]):
        low = 0
        high = edges.shape[0]
        while low < high:
            middle = (low + high) // 2
            if edges[middle, 0] < pairs[p, 0] or (edges[middle, 0] == pairs[p, 0] and edges[middle, 1] < pairs[p, 1]):
                low = middle + 1
            else:
                high = middle
        if low < edges.shape[0] and edges[low, 0] == pairs[p, 0] and edges[low, 1] == pairs[p, 1]:
            out[p] = low
    return out


def _components(count: int, edges: np.ndarray) -> np.ndarray:
    """The smallest node of each node's component, int64[count]."""
    labels = np.arange(count)
    unite(labels, edges)
    settle(labels)
    return labels


@njit(cache=True, nogil=True)
def unite(labels, edges):
    """Join components in int64[nodes]: union by smaller label with path halving, so that no order of edges matters
    in the end."""
    for e in range(edges.shape[0]):
        a = edges[e, 0]
        b = edges[e, 1]
        while labels[a] != a:
            labels[a] = labels[labels[a]]
            a = labels[a]
        while labels[b] != b:
            labels[b] = labels[labels[b]]
            b = labels[b]
        if a < b:
            labels[b] = a
        elif b < a:
            labels[a] = b


@njit(cache=True, nogil=True)
def settle(labels):
    """Point each node at the smallest of its component; labels never exceed their node, so one ascending pass will
    do."""
    for i in range(labels.shape[0]):
        labels[i] = labels[labels[i]]

"""From verified edges to the documents to drop: union-find, survivors, and no chains.

Near-duplication is not transitive: a chain a, b, c, … z of small steps can connect two different documents. So a
document is dropped only for a survivor to which its own similarity is verified. One document of each component
survives: among those with the best priority the one with the most verified edges, because it is similar to most of the
others (ties as in documents.ranks). Documents that are not similar to it are clustered again among themselves, with a
survivor of their own. After ROUNDS rounds the rest is kept.
"""

from collections.abc import Callable

import numpy as np

from corpus.kernels.inner import kernel

ROUNDS = 8

Survivors = Callable[
    [np.ndarray, np.ndarray], np.ndarray
]  # (group per entry, ascending; document) → survivor per group
Verify = Callable[
    [np.ndarray], tuple[np.ndarray, np.ndarray]
]  # pairs (loser, survivor) int64[n, 2] → float32[n], bool[n] similar enough


def assign(
    edges: np.ndarray,
    similarity: np.ndarray,
    priority: Callable[[np.ndarray], np.ndarray],
    survivors: Survivors,
    verify: Verify,
    central: bool = True,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(dropped document int64[n] ascending, its survivor int64[n], their similarity float32[n]).

    `edges` int64[m, 2] are distinct verified pairs (loser, survivor) with their similarity float32[m]; other pairs are
    verified when they are needed. `priority` gives a number for each document, of which the smallest is best. Survivors
    are never dropped themselves. Without `central`, `survivors` decides alone among those of the best priority.
    """
    ascending = np.lexsort((edges[:, 1], edges[:, 0]))
    edges, similarity = edges[ascending], similarity[ascending]
    left = edges
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for _ in range(ROUNDS):
        if not len(left):
            break
        numbers, ends = np.unique(left, return_inverse=True)
        labels = _components(len(numbers), ends.reshape(-1, 2))
        by_group = np.argsort(labels, kind="stable")
        groups = np.unique(labels[by_group], return_inverse=True)[1]
        members = numbers[by_group]
        degree = np.bincount(ends.reshape(-1), minlength=len(numbers))[by_group]
        chosen = _best(groups, priority(members), -degree if central else np.zeros_like(degree))
        best = survivors(groups[chosen], members[chosen])[groups]
        others = members != best
        pairs = np.column_stack([members[others], best[others]])
        similar, enough = _look_up(edges, similarity, pairs, verify)
        found.append((pairs[enough, 0], pairs[enough, 1], similar[enough]))
        # The survivors are done as well; documents too different from them need another survivor.
        left = left[np.isin(left, pairs[~enough, 0]).all(axis=1)]
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
    gone, kept, similar = (np.concatenate(columns) for columns in zip(*found, strict=True))
    by_number = np.argsort(gone)
    return gone[by_number], kept[by_number], similar[by_number]


def _best(groups: np.ndarray, *keys: np.ndarray) -> np.ndarray:
    """bool[n]: the entries of each group (ascending) that have its smallest keys, the first key first."""
    chosen = np.ones(len(groups), bool)
    for key in keys:
        least = np.full(groups[-1] + 1, np.iinfo(np.int64).max)
        np.minimum.at(least, groups[chosen], key[chosen].astype(np.int64))
        chosen &= key == least[groups]
    return chosen


def _look_up(
    edges: np.ndarray, similarity: np.ndarray, pairs: np.ndarray, verify: Verify
) -> tuple[np.ndarray, np.ndarray]:
    """Similarity of each pair, and whether it is enough: known for edges, verified for other pairs."""
    places = _find(edges, pairs)
    enough = places >= 0
    similar = np.where(enough, similarity[places], np.float32(0)).astype(np.float32)
    unknown = np.flatnonzero(~enough)
    if len(unknown):
        unknown = unknown[np.lexsort((pairs[unknown, 0], pairs[unknown, 1]))]
        similar[unknown], enough[unknown] = verify(pairs[unknown])
    return similar, enough


@kernel
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
    point_to_smallest(labels)
    return labels


@kernel
def unite(labels, edges):
    """Join components in int64[nodes]: union by smaller label with path halving, so that the result does not depend on
    the order of edges."""
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


@kernel
def point_to_smallest(labels):
    """Point each node at the smallest of its component. Labels never exceed their node, so one ascending pass is
    enough."""
    for i in range(labels.shape[0]):
        labels[i] = labels[labels[i]]

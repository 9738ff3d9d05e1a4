"""Components against a plain graph search, survivors against a plain greedy choice, and chains."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.duplicates.clusters import ROUNDS, assign, point_to_smallest, unite

Pair = tuple[int, int]


def _graphs(least: int, most: int):
    """Nodes and undirected edges in any order, few enough to leave several components."""
    return st.integers(least, most).flatmap(
        lambda n: st.tuples(st.just(n), st.integers(0, 10**9), st.integers(n // 4, n + n // 4))
    )


def _edges(graph: tuple[int, int, int]) -> tuple[int, list[Pair]]:
    n, seed, count = graph
    rng = np.random.default_rng(seed)
    pairs = {(int(a), int(b)) for a, b in rng.integers(0, n, (count, 2)) if a != b}
    distinct = sorted({(min(p), max(p)) for p in pairs})
    order = rng.permutation(len(distinct))
    turned = rng.integers(0, 2, len(distinct))
    return n, [distinct[i][::-1] if turned[i] else distinct[i] for i in order]


def _components(nodes: set[int], edges: list[Pair]) -> dict[int, int]:
    """The smallest node of each node's component, by looking at neighbours until nothing new is found."""
    neighbours: dict[int, set[int]] = {node: set() for node in nodes}
    for a, b in edges:
        neighbours[a].add(b)
        neighbours[b].add(a)
    label: dict[int, int] = {}
    for node in sorted(nodes):
        waiting = [] if node in label else [node]
        while waiting:
            at = waiting.pop()
            if at not in label:
                label[at] = node
                waiting += neighbours[at]
    return label


@given(_graphs(60, 200), st.integers(1, 5))
@settings(max_examples=150)
def test_union_find_is_a_graph_search(graph: tuple[int, int, int], calls: int) -> None:
    """Edges in any order, in several calls as `join` makes them: a step that stops below the root joins the wrong
    trees."""
    n, edges = _edges(graph)
    labels = np.arange(n)
    for some in np.array_split(np.array(edges, np.int64).reshape(-1, 2), calls):
        unite(labels, some)
    point_to_smallest(labels)
    expected = _components(set(range(n)), edges)
    assert labels.tolist() == [expected[i] for i in range(n)]


def plain_assign(
    edges: list[Pair], similar: set[Pair], priority: dict[int, int], rank: dict[int, int]
) -> dict[int, int]:
    """Rounds of: of each component one survives, those verified to be similar to it go, the others go on."""
    kept: dict[int, int] = {}
    for _ in range(ROUNDS):
        nodes = {node for edge in edges for node in edge}
        label = _components(nodes, edges)
        left = set()
        for smallest in set(label.values()):
            members = [node for node in nodes if label[node] == smallest]
            degree = {m: sum(m in edge for edge in edges) for m in members}
            best = min(members, key=lambda m: (priority[m], -degree[m], rank[m]))
            for member in members:
                if member != best and (member, best) in similar:
                    kept[member] = best
                elif member != best:
                    left.add(member)
        edges = [edge for edge in edges if left.issuperset(edge)]
    return kept


@given(_graphs(5, 60), st.integers(0, 10**6))
@settings(max_examples=150)
def test_everyone_goes_for_a_survivor_that_is_verified(graph: tuple[int, int, int], seed: int) -> None:
    n, edges = _edges(graph)
    rng = np.random.default_rng(seed)
    also = {(int(a), int(b)) for a, b in rng.integers(0, n, (n, 2))}
    priority = dict(enumerate(rng.integers(0, 2, n).tolist()))
    rank = dict(enumerate(rng.permutation(n).tolist()))
    asked: list[Pair] = []

    def survivors(groups: np.ndarray, members: np.ndarray) -> np.ndarray:
        return np.array([min(members[groups == g].tolist(), key=rank.__getitem__) for g in range(groups.max() + 1)])

    def verify(pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        asked.extend(map(tuple, pairs.tolist()))
        return np.full(len(pairs), 0.75, np.float32), np.array([tuple(p) in also for p in pairs.tolist()])

    array = np.array(edges, np.int64).reshape(-1, 2)
    gone, kept, similar = assign(
        array,
        np.full(len(array), 0.8, np.float32),
        lambda m: np.array([priority[i] for i in m.tolist()]),
        survivors,
        verify,
    )
    assert gone.tolist() == sorted(set(gone.tolist()))
    assert not set(gone.tolist()) & set(kept.tolist())
    pairs = list(zip(gone.tolist(), kept.tolist(), strict=True))
    assert all(pair in also or pair in edges for pair in pairs)
    assert dict(pairs) == plain_assign(edges, also | set(edges), priority, rank)
    assert similar.tolist() == pytest.approx([0.8 if pair in edges else 0.75 for pair in pairs])
    assert not set(asked) & set(edges)  # what is known is not compared again


def _first(groups: np.ndarray, members: np.ndarray) -> np.ndarray:
    return np.array([members[groups == g].min() for g in range(groups.max() + 1)])


def _equal(members: np.ndarray) -> np.ndarray:
    return np.zeros(len(members), np.int64)


@pytest.mark.parametrize("size", [3, 63, 64, 65, 200])
def test_a_chain_swallows_nothing(size: int) -> None:
    """A path of any length: only neighbours of a survivor go with it, and nobody goes twice."""
    edges = np.array([[i, i + 1] for i in range(size - 1)], np.int64)

    def never(pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.full(len(pairs), 0.25, np.float32), np.zeros(len(pairs), bool)

    gone, kept, similar = assign(edges, np.full(len(edges), 0.75, np.float32), _equal, _first, never)
    assert len(gone)
    assert (np.abs(gone - kept) == 1).all()
    assert not set(gone) & set(kept)
    assert (similar == 0.75).all()


def test_a_large_cluster_that_is_no_chain_is_dropped_whole() -> None:
    edges = np.array([[i + 1, i] for i in range(99)], np.int64)
    asked: list[int] = []

    def close(pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        asked.append(len(pairs))
        return np.full(len(pairs), 0.9, np.float32), np.ones(len(pairs), bool)

    gone, kept, _ = assign(edges, np.full(99, 0.75, np.float32), _equal, _first, close)
    assert gone.tolist() == [0, *range(2, 100)]  # 1 is the first of those with two neighbours
    assert (kept == 1).all()
    assert asked == [98]  # once for each: the edge from 1 to 0 is verified the other way round


def test_nothing_to_do() -> None:
    gone, kept, similar = assign(np.empty((0, 2), np.int64), np.empty(0, np.float32), _equal, _first, lambda p: None)
    assert len(gone) == len(kept) == len(similar) == 0


def test_eight_rounds_find_eight_survivors() -> None:
    """Ten stars in a row, the largest first, joined by their leaves: each round takes the largest that is left."""
    edges: list[Pair] = []
    for star in range(10):
        leaves = range(100 * star + 1, 100 * star + 31 - 2 * star)
        edges += [(leaf, 100 * star) for leaf in leaves]
        if star:
            edges.append((100 * star + 1, 100 * (star - 1) + 2))

    def never(pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.full(len(pairs), 0.25, np.float32), np.zeros(len(pairs), bool)

    gone, kept, _ = assign(np.array(edges), np.full(len(edges), 0.75, np.float32), _equal, _first, never)
    assert ROUNDS == 8
    assert gone.tolist() == sorted(leaf for leaf, center in edges if center % 100 == 0 and center < 800)
    assert set(kept.tolist()) == {100 * star for star in range(8)}

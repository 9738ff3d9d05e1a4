"""Clusters against a plain graph search, and chains."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.duplicates.clusters import assign


def _smallest(groups: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Survivor = the smallest number."""
    return np.array([members[groups == g].min() for g in range(groups.max() + 1)])


def _never(pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.full(len(pairs), 0.25, np.float32), np.zeros(len(pairs), bool)


@given(
    st.sets(st.tuples(st.integers(0, 25), st.integers(0, 25)).filter(lambda p: p[0] < p[1]), max_size=40), st.randoms()
)
def test_components_and_survivors(pairs: set[tuple[int, int]], random) -> None:
    shuffled = [pair if random.random() < 0.5 else pair[::-1] for pair in sorted(pairs, key=lambda _: random.random())]
    edges = np.array(shuffled, np.int64).reshape(-1, 2)
    gone, kept, similar = assign(edges, np.full(len(edges), 0.8, np.float32), 100, _smallest, _never)
    component = {node: node for pair in pairs for node in pair}
    for _ in component:
        for a, b in pairs:
            component[a] = component[b] = min(component[a], component[b])
    assert dict(zip(gone.tolist(), kept.tolist(), strict=True)) == {a: c for a, c in component.items() if a != c}
    assert gone.tolist() == sorted(gone.tolist())
    direct = {(min(p), max(p)) for p in pairs}
    expected = [0.8 if (k, g) in direct else 0.25 for g, k in zip(gone.tolist(), kept.tolist(), strict=True)]
    assert similar.tolist() == pytest.approx(expected)


def test_a_long_chain_is_cut() -> None:
    """A path 0 – 1 – … – 9 above the cap: only direct neighbours of a survivor may go with it, and nobody goes
    twice."""
    edges = np.array([[i, i + 1] for i in range(9)], np.int64)
    gone, kept, similar = assign(edges, np.full(9, 0.75, np.float32), 3, _smallest, _never)
    assert (np.abs(gone - kept) == 1).all()
    assert not set(gone) & set(kept)
    assert (similar == 0.75).all()
    assert gone.tolist() == [1, 3, 5, 7, 9]


def test_a_large_cluster_that_is_no_chain_is_dropped_whole() -> None:
    edges = np.array([[i, i + 1] for i in range(99)], np.int64)

    def close(pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        assert (pairs[:, 0] == 0).all()  # asked about the survivor alone, once each
        return np.full(len(pairs), 0.9, np.float32), np.ones(len(pairs), bool)

    gone, kept, _ = assign(edges, np.full(99, 0.75, np.float32), 64, _smallest, close)
    assert gone.tolist() == list(range(1, 100))
    assert (kept == 0).all()


def test_nothing_to_do() -> None:
    gone, kept, similar = assign(np.empty((0, 2), np.int64), np.empty(0, np.float32), 64, _smallest, _never)
    assert len(gone) == len(kept) == len(similar) == 0

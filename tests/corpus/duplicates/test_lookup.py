"""Looking up new documents in an index, beside plain Python over all pairs."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.duplicates import lookup
from corpus.duplicates.lookup import MOST, alike, known_hashes, least_agreement
from corpus.engine.local import LocalEngine

BYTES, SHAPE = 8, (4, 2)  # of a signature; bands and rows


def index_of(parts: list[dict[str, np.ndarray]]) -> Any:
    """What looking up needs of an index."""
    datasets = [
        SimpleNamespace(documents=len(next(iter(arrays.values()))), folder="d", array=lambda name, a=arrays: a[name])
        for arrays in parts
    ]
    return SimpleNamespace(datasets=datasets, starts=np.cumsum([0, *(each.documents for each in datasets)]))


def keys(signature: np.ndarray) -> set[tuple[int, int]]:
    """The keys of the bands: the number of a band is added to its first byte."""
    return {(band + int(one), int(two)) for band, (one, two) in enumerate(signature.reshape(SHAPE))}


@given(st.data())
@settings(max_examples=120)
def test_the_most_similar_are_found(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Of those that share a band, the MOST with most agreeing bytes, of equals the first; whatever is read at once."""
    random = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    base = random.integers(0, 3, (3, BYTES), np.uint8)

    def near(count: int) -> np.ndarray:
        chosen = base[random.integers(0, 3, count)]
        return np.where(random.random((count, BYTES)) < 0.2, random.integers(0, 256, (count, BYTES)), chosen).astype(
            np.uint8
        )

    new, known = near(data.draw(st.integers(0, 6))), [near(data.draw(st.integers(0, 25))) for _ in range(2)]
    wanted = random.random(len(new)) < 0.8
    sizes = [random.integers(0, 4, len(some)).astype(np.uint32) for some in known]
    least = data.draw(st.sampled_from([0.0, 0.5, 0.6, 1.0]))
    index = index_of([{"signatures.npy": s, "shingles.npy": z} for s, z in zip(known, sizes, strict=True)])
    with pytest.MonkeyPatch.context() as patch, LocalEngine(1) as engine:
        patch.setattr(lookup, "AT_ONCE", data.draw(st.sampled_from([3, 100])))
        patch.setattr(lookup, "BLOCK", data.draw(st.sampled_from([2, 100])))
        numbers, agreeing = alike(new, wanted, index, SHAPE, least, engine, tmp_path_factory.mktemp("lookup"))
    every, size = np.concatenate(known), np.concatenate(sizes)
    for i, row in enumerate(new):
        bands = np.array([bool(keys(row) & keys(other)) for other in every], bool)
        counts = (every == row).sum(axis=1)
        fit = np.flatnonzero(bands & (size > 0) & (counts >= least * BYTES)) if wanted[i] else []
        best = sorted((-int(counts[k]), int(k)) for k in fit)[:MOST]
        assert numbers[i].tolist() == [k for _, k in best] + [-1] * (MOST - len(best))
        assert agreeing[i, : len(best)].tolist() == [-n for n, _ in best]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=8),
    st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=9), min_size=1, max_size=3),
    st.sampled_from([1, 4, 100]),
)
def test_equal_hashes_are_found_at_their_first_place(new: list, known: list[list], at_once: int) -> None:
    """Hashes of which one half is equal are not equal."""
    parts = [{"hashes.npy": np.array(some, np.uint64).reshape(-1, 2)} for some in known]
    every = [pair for some in known for pair in some]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookup, "HASHES_AT_ONCE", at_once)
        found = known_hashes(np.array(new, np.uint64).reshape(-1, 2), index_of(parts))
    assert found.tolist() == [every.index(pair) if pair in every else -1 for pair in new]


def test_what_signatures_of_bytes_exclude() -> None:
    """Four standard errors below the share of bytes that agree, of which one in 256 agrees by chance."""
    share = 0.7 + 0.3 / 256
    assert least_agreement(0.7, 128) == pytest.approx(share - 4 * (share * (1 - share) / 128) ** 0.5)

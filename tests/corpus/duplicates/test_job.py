"""How matching is cut into tasks, and from which estimate on a pair is compared."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from corpus.duplicates.candidates import band_shape, floor
from corpus.duplicates.job import Job, MatchSettings
from corpus.duplicates.shingles import ShingleSettings
from corpus.duplicates.verify import jaccard


def job(documents: int = 1000, permutations: int = 128, **settings: Any) -> Job:
    known: Any = SimpleNamespace(count=documents)
    return Job(
        known, MatchSettings.model_validate(settings), ShingleSettings(), permutations, 9, 13, {}, Path("w"), "", True
    )


@pytest.mark.parametrize(
    ("documents", "block"),
    [(1, 10_000), (640_000, 10_000), (640_064, 10_001), (16_000_000, 250_000), (10**9, 250_000)],
)
def test_blocks_grow_with_the_corpus(documents: int, block: int) -> None:
    assert job(documents).block == block


def test_a_pair_is_compared_from_the_lower_of_two_estimates_on() -> None:
    """Below the threshold by four deviations; where containment counts, an excerpt of half a document has a
    similarity of half at most."""
    least = floor(0.7, 128)
    assert least < 0.7
    assert job().floor == least
    assert job(containment=1.0).floor == min(least, 0.5)
    assert job(containment=0.6).floor == 0.3 < least
    assert job(threshold=0.9).floor == floor(0.9, 128) > least


def test_similarity_is_of_sets() -> None:
    counts = np.array([[4, 4, 4], [4, 2, 2], [3, 3, 0], [0, 0, 0], [1, 0, 0], [10, 7, 7]])
    assert jaccard(counts).tolist() == pytest.approx([1, 0.5, 0, 0, 0, 0.7])


@pytest.mark.parametrize("permutations", [16, 128, 256])
def test_every_threshold_has_bands_that_find_pairs_above_it(permutations: int) -> None:
    """Up to 1, where datasketch refuses to choose."""
    for threshold in np.append(np.arange(0.31, 1, 0.01), [0.995, 0.999, 1.0]):
        bands, rows = band_shape(float(threshold), permutations, 0.98)
        assert bands >= 2
        assert bands * rows <= permutations
        assert 1 - (1 - threshold**rows) ** bands >= 0.9


@pytest.mark.parametrize(
    ("documents", "exact", "bands"), [(1000, 1, 1), (55_555, 1, 1), (55_556, 1, 2), (100_001, 2, 2), (10**7, 32, 32)]
)
def test_partitions_grow_with_the_records_in_them(documents: int, exact: int, bands: int) -> None:
    """A record a document of its hash, and nine of its bands."""
    assert job(documents).exact_partitions == exact
    assert job(documents).band_partitions == bands

"""The bootstrap's level and seed, and its intervals beside a plain bootstrap."""

import numpy as np
import pytest

from tokenizer.analysis.bootstrap import RESAMPLES, divided, draws, interval, ratio, resampled


def test_the_level_is_95_percent():
    assert interval(np.arange(1001.0)) == pytest.approx((25.0, 975.0))


def test_values_that_are_none_are_left_out():
    assert interval(np.array([np.nan, 1.0, np.inf, 1.0])) == (1.0, 1.0)
    assert interval(np.array([np.nan])) == (None, None)


def test_nothing_is_divided_by_what_is_not_positive():
    found = divided(np.array([1.0, 0.0, -1.0, 1.0]), np.array([0.0, 0.0, -1.0, 2.0]))
    assert np.isnan(found).tolist() == [True, True, True, False]
    assert found[3] == 0.5


def test_the_seed_decides_the_draws():
    assert (draws(50, 1) == draws(50, 1)).all()
    assert (draws(50, 1) != draws(50, 2)).any()
    assert (draws(50, 1).sum(axis=1) == 50).all()
    assert draws(50, 1).mean(axis=0) == pytest.approx(np.ones(50), abs=0.2)  # each row as often as the others
    above, below = np.arange(1, 60), np.full(59, 7)
    assert ratio(above, below, 3) == ratio(above, below, 3)
    assert ratio(above, below, 3) != ratio(above, below, 4)


def test_ratio_beside_a_plain_bootstrap():
    rng = np.random.default_rng(5)
    words = rng.integers(5, 200, 300)
    tokens = words + rng.integers(0, 400, 300)
    found = ratio(tokens, words, 0)
    drawn = [
        (lambda chosen: tokens[chosen].sum() / words[chosen].sum())(rng.integers(0, 300, 300)) for _ in range(4000)
    ]
    low, high = np.percentile(drawn, (2.5, 97.5))
    assert found["value"] == tokens.sum() / words.sum()
    width = high - low
    assert found["low"] == pytest.approx(low, abs=0.08 * width)
    assert found["high"] == pytest.approx(high, abs=0.08 * width)
    assert RESAMPLES >= 1000


def test_resampled_totals_are_around_the_totals():
    sums = np.stack([np.arange(1, 400), np.full(399, 3)], axis=1)
    drawn = resampled(sums, 1)
    assert drawn.shape == (RESAMPLES, 2)
    assert drawn[:, 1] == pytest.approx(3 * 399)  # what is the same everywhere does not vary
    assert drawn[:, 0].mean() == pytest.approx(sums[:, 0].sum(), rel=0.01)
    assert drawn[:, 0].std() == pytest.approx(sums[:, 0].std() * 399**0.5, rel=0.1)


def test_what_does_not_vary_has_an_interval_of_its_value():
    """One document; and a ratio of zero, which is a value as any other."""
    assert ratio(np.array([6]), np.array([4]), 0) == {"value": 1.5, "low": 1.5, "high": 1.5}
    assert ratio(np.zeros(5, np.int64), np.arange(1, 6), 0) == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert ratio(np.arange(5), np.zeros(5, np.int64), 0) == {"value": None, "low": None, "high": None}

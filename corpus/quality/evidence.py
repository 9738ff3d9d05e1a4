"""How much a share says: whether so many of so few things would come about by chance."""

import math

import numpy as np

CHANCE = 0.01  # how often a text that lies at a limit is taken for one beyond it


def beyond_chance(shares: np.ndarray, things: np.ndarray, limit: float, side: str) -> np.ndarray:
    """bool[n]: is each share of so many things (float[n] both) beyond the limit by more than chance?

    A share of at most 1 is one of a binomial distribution: its tail beyond round(share × things) of round(things)
    draws at the limit has to be
    at most CHANCE. Where a limit is no share (0 or less, 1 or more: a mean length), ten things are enough.
    """
    if not 0 < limit < 1:
        return things >= 10
    draws = np.rint(things).astype(np.int64)
    hits = np.minimum(np.rint(shares.astype(np.float64) * things).astype(np.int64), draws)
    return np.array([_tail(int(k), int(n), limit, side) <= CHANCE for k, n in zip(hits, draws, strict=True)], bool)


def _tail(hits: int, draws: int, p: float, side: str) -> float:
    """P(X ≥ hits), or P(X ≤ hits) for side "min", of a binomial distribution; summed away from the mean until nothing
    is added."""
    if side == "min":
        hits, p = draws - hits, 1 - p
    if hits <= draws * p:
        return 1.0
    logarithm = math.lgamma(draws + 1) - math.lgamma(hits + 1) - math.lgamma(draws - hits + 1)
    term = math.exp(logarithm + hits * math.log(p) + (draws - hits) * math.log1p(-p))
    total = 0.0
    for k in range(hits, draws + 1):
        total += term
        if term < 1e-12 or total > 1:
            break
        term *= (draws - k) / (k + 1) * p / (1 - p)
    return total

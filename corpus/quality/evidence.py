"""Whether a share is beyond a limit by more than chance explains, given the number of things that it is a share of."""

import math

import numpy as np

CHANCE = 0.01  # how often a text exactly at a limit is taken for one beyond it


def beyond_chance(shares: np.ndarray, things: np.ndarray, limit: float, side: str) -> np.ndarray:
    """bool[n]: whether each share is beyond the limit by more than chance. `shares` and `things` are float[n].

    The number of hits, round(share × things) of round(things) draws, is compared with a binomial distribution at the
    limit: the probability of this tail must be at most CHANCE. A limit outside (0, 1) is not a share but, for example,
    a mean length; then ten things are enough.
    """
    if not 0 < limit < 1:
        return things >= 10
    draws = np.rint(things).astype(np.int64)
    hits = np.minimum(np.rint(shares.astype(np.float64) * things).astype(np.int64), draws)
    return np.array([_tail(int(k), int(n), limit, side) <= CHANCE for k, n in zip(hits, draws, strict=True)], bool)


def _tail(hits: int, draws: int, p: float, side: str) -> float:
    """P(X ≥ hits), or P(X ≤ hits) for side "min", of a binomial distribution; summed away from the mean until the terms
    are negligible."""
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

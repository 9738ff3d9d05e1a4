"""Bootstrap intervals of ratios over documents (Efron 1979; the percentile method).

The unit of resampling is a document, because the words of one document are not independent. Resampling needs only the
sums of each document, so all resamples are one matrix product: how often each document was drawn, times the documents'
sums. Beyond BLOCKS documents, each is added to a row drawn at random. The rows then contain random numbers of documents
of random kinds, so that resampling rows varies the totals as resampling documents does, and memory is bounded for any
corpus size. The draws depend only on the seed and the number of rows. Tokenizers measured on the same documents are
therefore resampled in the same way, and their differences can be compared.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np

RESAMPLES = 1000
BLOCKS = 4096
LEVEL = (2.5, 97.5)  # percentiles: 95 %


@lru_cache(maxsize=8)
def draws(rows: int, seed: int) -> np.ndarray:
    """float32[RESAMPLES, rows]: how often each row is drawn; each resample draws `rows` of them with replacement."""
    chosen = np.random.default_rng([seed, rows]).integers(0, rows, (RESAMPLES, rows))
    chosen += np.arange(RESAMPLES)[:, None] * rows
    return np.bincount(chosen.ravel(), minlength=RESAMPLES * rows).reshape(RESAMPLES, rows).astype(np.float32)


def resampled(sums: np.ndarray, seed: int) -> np.ndarray:
    """float64[RESAMPLES, K]: the totals of each resample of `sums`, int64[rows, K]. 1000 × 4096 × 10 takes 20 ms."""
    if len(sums) == 0:
        return np.zeros((RESAMPLES, sums.shape[1]))
    weights = draws(len(sums), seed)
    # 24 bits are not enough for the sums of large blocks; their deviations from the mean are far smaller.
    mean = sums.mean(axis=0)
    return weights @ (sums - mean).astype(np.float32) + mean * len(sums)


def interval(values: np.ndarray) -> tuple[float | None, float | None]:
    """The 95 % interval of resampled values; NaN (a resample without a value) is left out. None if no value is left."""
    values = values[np.isfinite(values)]
    if len(values) == 0:
        return None, None
    low, high = np.percentile(values, LEVEL)
    return float(low), float(high)


def estimate(value: float | None, values: np.ndarray) -> dict[str, float | None]:
    """{"value", "low", "high"}."""
    low, high = interval(values) if value is not None else (None, None)
    return {"value": value, "low": low, "high": high}


def ratio(above: np.ndarray, below: np.ndarray, seed: int) -> dict[str, float | None]:
    """Σ above / Σ below over documents, int64[rows] each, with its interval; None where Σ below is 0."""
    sums = np.stack([above, below], axis=1)
    return statistics(sums, {"ratio": lambda totals: divided(totals[:, 0], totals[:, 1])}, seed)["ratio"]


def statistics(
    sums: np.ndarray, functions: Mapping[str, Callable[[np.ndarray], np.ndarray]], seed: int
) -> dict[str, dict[str, float | None]]:
    """Statistics of totals by name, with their intervals: each function takes totals float64[n, K] and gives a value
    for each row."""
    total, drawn = sums.sum(axis=0, dtype=np.float64)[None], resampled(sums, seed)
    values = {name: float(function(total)[0]) for name, function in functions.items()}
    return {
        name: estimate(value if np.isfinite(value) else None, functions[name](drawn)) for name, value in values.items()
    }


def divided(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """above / below, NaN where below is not positive."""
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=np.asarray(below) > 0)

"""Rényi efficiency: how evenly a tokenizer uses its vocabulary (Zouhar et al. 2023, arXiv:2306.16842).

Eff_α = H_α(p) / log |V| with H_α(p) = log Σ p_v^α / (1 − α), where p are the shares of the tokens in a text. At α = 2.5
the paper found a correlation of 0.78 with the quality of translation. |V| is the vocabulary's size in the paper. In
`tokenization-scorer`, its published implementation, it is by default the number of tokens that occur. Both are
reported. A tokenizer can be changed to raise this figure without being better (Cognetta et al. 2024, arXiv:2402.14614),
so it is not a goal to optimise.
"""

import numpy as np

from tokenizer.analysis.bootstrap import estimate, resampled

POWER = 2.5
FREQUENT = 512  # tokens whose share is resampled; see `resampled_efficiency`


def renyi_efficiency(counts: np.ndarray, size: int | None = None, power: float = POWER) -> float | None:
    """Eff_α of token counts, int64[vocabulary]; `size` is |V|, None for the number of tokens that occur.

    None where it is not defined.
    """
    observed = counts[counts > 0]
    size = len(observed) if size is None else size
    if len(observed) == 0 or size < 2:
        return None
    shares = observed / observed.sum()
    return float(np.log2(np.sum(shares**power)) / (1 - power) / np.log2(size))


def resampled_efficiency(
    counts: np.ndarray, frequent: np.ndarray, totals: np.ndarray, size: int, seed: int, power: float = POWER
) -> tuple[dict[str, float | None], dict[str, float | None]]:
    """Eff_α with its interval over documents, for |V| = `size` and for the observed tokens.

    `counts` int64[vocabulary]; `frequent` int64[rows, FREQUENT]: the counts of the most frequent tokens by row of
    documents; `totals` int64[rows]: all tokens of each row. At α = 2.5 the other tokens make about a thousandth of Σ
    p^α and still less of its variance, so their part is kept fixed. This makes the interval cheap to compute and does
    not change the value.
    """
    observed = int(np.count_nonzero(counts))
    wide, narrow = renyi_efficiency(counts, size, power), renyi_efficiency(counts, None, power)
    sums = resampled(np.concatenate([frequent, totals[:, None]], axis=1), seed)
    shares = np.divide(sums[:, :-1], sums[:, -1:], out=np.zeros_like(sums[:, :-1]), where=sums[:, -1:] > 0)
    whole = max(int(counts.sum()), 1)
    rest = np.sum((counts / whole) ** power) - np.sum((frequent.sum(axis=0) / whole) ** power)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = np.log2((np.maximum(shares, 0) ** power).sum(axis=1) + rest) / (1 - power)
        return estimate(wide, entropy / np.log2(max(size, 2))), estimate(narrow, entropy / np.log2(max(observed, 2)))

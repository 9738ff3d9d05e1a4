"""From the scores of every recipe and seed to a table: means, intervals over seeds, and differences between recipes.

A seed draws the first weights and the order of the text; the same seeds are used for every recipe, and differences are
taken seed by seed. Intervals are Student's, 95 %, over seeds alone: they say how a repeated training would scatter, not
how other held-out texts would.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

# Student's t at 97.5 % by degrees of freedom; beyond these 1.96.
STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131]
Scores = Mapping[str, tuple[float, float]]  # KIND.LANGUAGE.GROUP → (nats, bytes)


def groups_of(scores: Scores) -> dict[str, list[str]]:
    """Rows of the table → the sources that each adds up, in the table's order."""
    found: dict[str, list[str]] = {"all": list(scores)}
    for part, label in ((1, "language"), (0, "kind"), (2, "kept by")):
        for name in sorted(scores):
            found.setdefault(f"{label} {name.rsplit('.', 2)[part]}", []).append(name)
    return found


def bits_per_byte(scores: Scores, sources: Sequence[str]) -> float:
    """Σ nats / (ln 2 · Σ bytes)."""
    nats, size = (sum(scores[name][k] for name in sources) for k in (0, 1))
    return nats / (math.log(2) * size) if size else math.nan


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """(mean, lower, upper); of one value the bounds are not numbers."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return mean, math.nan, math.nan
    t = STUDENT[len(values) - 2] if len(values) - 2 < len(STUDENT) else 1.96
    half = t * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return mean, mean - half, mean + half


def summarise(scores: Mapping[str, Sequence[Scores]]) -> list[dict[str, Any]]:
    """A row for all texts, each language, each kind and each group: bytes, bits per byte of each arm (arm → one score a
    seed), and of each arm but the first its difference from the first. The lower the better."""
    arms = list(scores)
    sources = scores[arms[0]][0]
    rows = []
    for name, mine in groups_of(sources).items():
        values = {arm: [bits_per_byte(seed, mine) for seed in seeds] for arm, seeds in scores.items()}
        differences = {
            arm: [b - a for a, b in zip(values[arms[0]], values[arm], strict=True)] for arm in arms[1:]
        }  # fmt: skip
        rows.append(
            {
                "texts": name,
                "bytes": int(sum(sources[source][1] for source in mine)),
                "bits_per_byte": {arm: _numbers(found) for arm, found in values.items()},
                "difference": {arm: _numbers(found) for arm, found in differences.items()},
            }
        )
    return rows


def _numbers(values: Sequence[float]) -> dict[str, Any]:
    mean, low, high = (None if math.isnan(x) else round(x, 5) for x in interval(values))
    clear = low is not None and high is not None and (low > 0 or high < 0)
    return {
        "mean": mean,
        "interval": [low, high],
        "seeds": [round(value, 5) for value in values],
        "excludes_zero": clear,
    }

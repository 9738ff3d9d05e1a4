"""Targets: the mix of languages whose tokenizer does what is wanted, such as 1.9 tokens a Korean word.

The weight of a language's counts decides how much of the vocabulary it gets. Since words are counted once, a tokenizer
of another mix costs seconds: the weights of a grid are tried, which is the trade-off curve, and the target is searched
for between two of them by bisection of the logarithm. What is measured is text, not counts, since white space makes
words and pre-tokens do not show it. Superwords (tokenizer/superwords.py) are the other lever: their share of the
vocabulary is the one with the fewest tokens per word.

    LANGUAGE_fertility=X   tokens per word of that language
    premium=X              Korean tokens per English token of parallel text
"""

import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

from corpus.errors import UserError
from tokenizer.options import Target
from tokenizer.tradeoff import Texts, curve_of, ratio_label

GRID = tuple(4.0**n for n in range(-3, 4))  # weights of the language against all others; measured for the curve
CLOSE = 0.005  # relative distance from the target that is good enough: bootstrapped intervals are as wide
TRAININGS = 16  # at most, the grid's included
TURNS = 2  # of choosing the share of superwords and then the weights


class Point(NamedTuple):
    """A weight of the target's language against the others, and the figures of the tokenizer that it gives."""

    weight: float
    figures: dict[str, float]


def weights_of(weight: float, language: str, languages: list[str]) -> dict[str, float]:
    """The weights of all languages where one has `weight` against the others; none is below 1, so that rare words stay
    as they are."""
    least = min(weight, 1.0)
    return {lang: (weight if lang == language else 1.0) / least for lang in languages}


def solve(target: Target, figures: Callable[[float], dict[str, float]]) -> tuple[Point, list[Point]]:
    """The weight whose tokenizer comes closest to the target, and all that were tried by their weight.

    `figures(weight)` trains and measures. Raises UserError where no weight of the grid reaches the target.
    """
    tried = [Point(weight, figures(weight)) for weight in GRID]

    def value(point: Point) -> float:
        return point.figures[target.figure]

    def distance(point: Point) -> float:
        return abs(value(point) / target.value - 1)

    def crossing(points: list[Point]) -> list[tuple[Point, Point]]:
        """The neighbours between which the figure crosses the target."""
        return [pair for pair in pairwise(points) if min(map(value, pair)) <= target.value < max(map(value, pair))]

    if min(map(distance, tried)) > CLOSE and not crossing(tried):
        low, high = min(map(value, tried)), max(map(value, tried))
        raise UserError(
            f"--target {target.figure}={target.value:g} cannot be reached by weights: {target.figure} is {low:.3f} to"
            f" {high:.3f} for weights of {target.language} from {GRID[0]:g} to {GRID[-1]:g}. A larger --vocab-size"
            " lowers it, a smaller one raises it."
        )
    while min(map(distance, tried)) > CLOSE and len(tried) < TRAININGS:
        left, right = crossing(tried)[0]
        weight = math.sqrt(left.weight * right.weight)
        tried.append(Point(weight, figures(weight)))
        tried.sort()
    return min(tried, key=distance), tried


def check(target: Target, texts: Texts) -> None:
    """Raise UserError where the target's figure cannot be measured on these texts."""
    if target.figure == "premium" and not any({"ko", "en"} <= set(one) for one in texts.parallel.values()):
        raise UserError(
            "--target premium=…: a premium is measured on the same content in Korean and English; give --parallel DIR"
            " with files NAME.ko and NAME.en of as many lines."
        )
    if target.figure != "premium" and target.language not in texts.columns:
        raise UserError(
            f"--target {target.figure}=…: there is no text of language {target.language!r}; there is"
            f" text of {', '.join(texts.columns) or 'none'}."
        )


class Answer(NamedTuple):
    """What a search found: the weights and the number of superwords, and how it got there."""

    weights: dict[str, float]
    superwords: int
    target: dict[str, Any] | None  # of training.json
    share_curve: dict[str, Any] | None


def search(
    target: Target | None,
    texts: Texts,
    languages: list[str],
    figures: Callable[[dict[str, float], int], dict[str, float]],
    shares: list[int],
    size: int,
    weights: dict[str, float],
) -> Answer:
    """Find the weights that reach the target, and which of `shares` of superwords gives the fewest tokens per word.

    `figures(weights, superwords)` trains on weighted counts of `languages` and measures. The share is chosen first, by
    the geometric mean of the fertilities, then the weights for that share, and both once more if these weights want
    another share. Without a target the share is chosen for `weights`. Raises UserError where the target cannot be
    reached.
    """
    if target and target.language not in languages:
        raise UserError(f"--target {target.figure}=…: there are no counts for {target.language!r}, only for"
                        f" {', '.join(languages)}.")  # fmt: skip
    share, by_share, best, tried = shares[0], dict[int, dict[str, float]](), None, list[Point]()
    for turn in range(TURNS):
        before = share
        if len(shares) > 1:
            by_share = {n: figures(weights, n) for n in shares}
            share = min(shares, key=lambda n: _mean_fertility(by_share[n]))
        if not target or (turn and share == before):
            break
        of_weight = partial(weights_of, language=target.language, languages=languages)
        best, tried = solve(target, partial(_figures_of, figures, of_weight, share))
        weights = of_weight(best.weight)
    share_curve = None
    if by_share:
        about = f"tokens of single words; the rest of {size:,} are superwords"
        by_words = [(float(size - n), f"{size - n:,}", by_share[n]) for n in reversed(shares)]
        share_curve = curve_of(about, by_words, texts, ticks=[at for at, _, _ in by_words], chosen=size - share)
    found = None
    if target and best:
        about = f"weight of {target.language} against the other languages"
        points = [(point.weight, ratio_label(point.weight), point.figures) for point in tried]
        found = {
            "figure": target.figure,
            "wanted": target.value,
            "reached": best.figures[target.figure],
            "language": target.language,
            "weight": best.weight,
            "curve": curve_of(about, points, texts, ticks=GRID, chosen=best.weight, wanted=target.value),
        }
    return Answer(weights, share, found, share_curve)


def _figures_of(
    figures: Callable[[dict[str, float], int], dict[str, float]],
    of_weight: Callable[[float], dict[str, float]],
    share: int,
    weight: float,
) -> dict[str, float]:
    return figures(of_weight(weight), share)


def _mean_fertility(figures: dict[str, float]) -> float:
    return math.prod(value for name, value in figures.items() if name.endswith("_fertility"))  # its power, to compare

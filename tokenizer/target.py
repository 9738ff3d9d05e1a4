"""Targets: the mix of languages whose tokenizer does what is wanted, such as 1.9 tokens a Korean word.

The weight of a language's counts decides how much of the vocabulary it gets. Since words are counted once, a tokenizer
of another mix costs seconds: the weights of a grid are tried, which is the trade-off curve, and the target is searched
for between two of them by bisection of the logarithm. What is measured is text, not counts, since white space makes
words and pre-tokens do not show it.

    LANGUAGE_fertility=X   tokens per word of that language
    premium=X              Korean tokens per English token of parallel text
"""

import math
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from corpus import html
from corpus.engine.output import hashes_of
from corpus.engine.task import settings_sha256
from corpus.errors import UserError
from corpus.shards import shard_paths
from tokenizer.analysis.fertility import Sums
from tokenizer.analysis.parity import Parallel, read_parallel
from tokenizer.analysis.subject import Subject, open_subject
from tokenizer.analysis.survey import read_books, read_pilot
from tokenizer.analysis.tally import TOKENS, WORDS
from tokenizer.page.charts import Axis, Box
from tokenizer.training.bpe import Merges
from tokenizer.training.files import write_tokenizer

GRID = tuple(4.0**n for n in range(-3, 4))  # weights of the language against all others; measured for the curve
CLOSE = 0.005  # relative distance from the target that is good enough: bootstrapped intervals are as wide
TRAININGS = 16  # at most, the grid's included
TEXT = 2 << 20  # bytes of each language that candidates are measured on
_TARGET = re.compile(r"(premium|([a-z]{2,3})_fertility)\s*=\s*([0-9.]+)")


class Target(NamedTuple):
    """A figure that a tokenizer should have; `language`: whose weight is searched for."""

    figure: str  # "premium" or "ko_fertility"
    value: float
    language: str


class Point(NamedTuple):
    """A weight of the target's language against the others, and the figures of the tokenizer that it gives."""

    weight: float
    figures: dict[str, float]


def parse_target(text: str) -> Target:
    """`ko_fertility=1.9` or `premium=1.25`. Raises UserError for anything else."""
    match = _TARGET.fullmatch(text.strip())
    try:
        value = float(match[3]) if match else 0.0
    except ValueError:
        value = 0.0
    if not match or value <= 0 or (match[2] and value < 1):
        raise UserError(
            f"--target {text!r}: expected premium=X, or LANGUAGE_fertility=X with X of at least 1, such as"
            " ko_fertility=1.9."
        )
    return Target(match[1], value, match[2] or "ko")


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


class Texts(NamedTuple):
    """What candidates are measured on."""

    name: str
    columns: dict[str, pa.Array]  # by language
    parallel: Parallel
    identity: list[Any]  # a JSON value that is another one for other texts


def read_texts(target: Target, corpus: Path, parallel: Path | None, seed: int = 0) -> Texts:
    """About TEXT bytes of each language: of the validation split, or where that is empty of the training split.

    Raises UserError where the target's figure cannot be measured on them.
    """
    for split in ("validation", "train"):
        if split == "train" or (corpus / split / "state.json").is_file():
            shards = shard_paths(corpus, split)
            books = read_books(shards)
            if books.documents_of():
                break
    pilot = read_pilot(shards, books, seed, TEXT)
    columns = {language: pa.chunked_array(pilot.of(language)).combine_chunks() for language in books.languages}
    sets = read_parallel(parallel) if parallel else {}
    if target.figure == "premium" and not any({"ko", "en"} <= set(one) for one in sets.values()):
        raise UserError(
            "--target premium=…: a premium is measured on the same content in Korean and English; give --parallel DIR"
            " with files NAME.ko and NAME.en of as many lines."
        )
    if target.figure != "premium" and target.language not in columns:
        raise UserError(
            f"--target {target.figure}=…: {corpus} has no text of language {target.language!r}; it has"
            f" {', '.join(columns) or 'none'}."
        )
    return Texts(
        f"the split {split!r} of the corpus", columns, sets, [hashes_of(corpus, shards), settings_sha256(sets), seed]
    )


def search(
    target: Target,
    texts: Texts,
    languages: list[str],
    learn: Callable[[dict[str, float]], Merges],
    pattern: str,
    size: int,
    work: Path,
) -> dict[str, Any]:
    """Find the weight that reaches the target; the "target" of training.json.

    `learn(weights)` trains on the weighted counts of `languages`. Candidates of `size` tokens are written to
    `work`/candidate. Raises UserError where the target cannot be reached.
    """
    if target.language not in languages:
        raise UserError(f"--target {target.figure}=…: there are no counts for {target.language!r}, only for"
                        f" {', '.join(languages)}.")  # fmt: skip
    candidate = work / "candidate"

    def figures(weight: float) -> dict[str, float]:
        write_tokenizer(candidate, learn(weights_of(weight, target.language, languages)), pattern, size)
        return measure(open_subject(candidate), texts)

    best, curve = solve(target, figures)
    shutil.rmtree(candidate)
    return {
        "figure": target.figure,
        "wanted": target.value,
        "reached": best.figures[target.figure],
        "language": target.language,
        "weight": best.weight,
        "text": texts.name,
        "vocab_size": size,
        "figures": list(best.figures),
        "curve": [{"weight": point.weight, "figures": point.figures} for point in curve],
    }


def measure(subject: Subject, texts: Texts) -> dict[str, float]:
    """{"LANGUAGE_fertility": tokens per word, "premium": Korean tokens per English token}, as far as there is text."""
    found = {}
    for language, column in texts.columns.items():
        sums = Sums.empty(subject.vocab_size, len(column))
        sums.add(subject, column)
        totals = sums.rows.sum(axis=(0, 1))
        if totals[WORDS]:
            found[f"{language}_fertility"] = float(totals[TOKENS] / totals[WORDS])
    both = [one for one in texts.parallel.values() if {"ko", "en"} <= set(one)]
    if both:
        tokens = {
            language: sum(len(subject.encode_column(pa.array(one[language], pa.large_string()))[0]) for one in both)
            for language in ("ko", "en")
        }
        found["premium"] = tokens["ko"] / tokens["en"]
    return found


def write_page(path: Path, answer: Mapping[str, Any]) -> None:
    """Write the trade-off curve of a target (the "target" of training.json) as a page: table and picture."""
    shapes = {"wide": (690, 330), "narrow": (360, 300)}
    charts = {name: _chart(answer, *size) for name, size in shapes.items()}
    html.write_page(path, "tokenizer.page", "target.html", {"weight": _weight}, answer=answer, charts=charts)


def table(answer: Mapping[str, Any]) -> Iterator[list[str]]:
    """The rows of the trade-off curve, a heading first; the chosen weight is marked."""
    yield [f"{answer['language']} : others", *answer["figures"]]
    for point in answer["curve"]:
        mark = " ←" if point["weight"] == answer["weight"] else ""
        yield [_weight(point["weight"]) + mark, *(f"{point['figures'][name]:.3f}" for name in answer["figures"])]


def _weight(weight: float) -> str:
    return f"{weight:.3g}" if weight >= 1 else f"1/{1 / weight:.3g}"


def _chart(answer: Mapping[str, Any], width: int, height: int) -> dict[str, Any]:
    """Each figure as a line over the weight, both axes logarithmic."""
    frame = Box(44, 14, width - 16, height - 46)
    curve = answer["curve"]
    values = [point["figures"][name] for point in curve for name in answer["figures"]] + [answer["wanted"]]
    x = Axis(curve[0]["weight"], curve[-1]["weight"], frame.left, frame.right)
    y = Axis(min(values) / 1.05, max(values) * 1.05, frame.bottom, frame.top)
    lines = [
        {"name": name, "points": [(x(point["weight"]), y(point["figures"][name])) for point in curve]}
        for name in answer["figures"]
    ]
    return {
        "width": width, "height": height, "frame": frame, "lines": lines, "y_ticks": y.ticks(24),
        "x_ticks": [(x(weight), _weight(weight)) for weight in GRID],
        "wanted": y(answer["wanted"]), "chosen": x(answer["weight"]),
    }  # fmt: skip

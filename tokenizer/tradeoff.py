"""Trade-off curves: what Korean and English cost as a setting of the training varies, as a table and a picture.

The settings are the weights of languages (tokenizer/target.py) and the size of the vocabulary. A smaller vocabulary is
the beginning of a larger one. Every point is a tokenizer measured on the same held-out text.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from corpus import html
from corpus.engine.marker import hashes_of
from corpus.engine.task import settings_sha256
from corpus.shards import shard_paths, splits_of
from tokenizer.analysis.fertility import Sums
from tokenizer.analysis.parity import Parallel, read_parallel
from tokenizer.analysis.subject import Subject
from tokenizer.analysis.survey import read_pilot, read_size
from tokenizer.analysis.tally import TOKENS, WORDS
from tokenizer.page.charts import Axis, Box

TEXT = 2 << 20  # bytes of each language that a tokenizer is measured on
SHAPES = {"wide": (690, 330), "narrow": (360, 300)}  # of a chart, in pixels

Curve = Mapping[str, Any]


class Texts(NamedTuple):
    """What candidates are measured on."""

    name: str
    columns: dict[str, pa.Array]  # by language
    parallel: Parallel
    identity: list[Any]  # a JSON value that is another one for other texts


def read_texts(corpus: Path, parallel: Path | None = None, seed: int = 0) -> Texts:
    """About TEXT bytes of each language: of the validation split, or where that is empty of the training split."""
    for split in reversed(splits_of(corpus)):
        shards = shard_paths(corpus, split)
        sizes = read_size(shards)
        if sizes.documents_of():
            break
    pilot = read_pilot(shards, sizes, seed, TEXT)
    columns = {language: pa.chunked_array(pilot.of(language)).combine_chunks() for language in sizes.languages}
    sets = read_parallel(parallel) if parallel else {}
    return Texts(
        f"the split {split!r} of the corpus", columns, sets, [hashes_of(corpus, shards), settings_sha256(sets), seed]
    )


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


def curve_of(
    about: str,
    points: Sequence[tuple[float, str, dict[str, float]]],
    texts: Texts,
    ticks: Sequence[float],
    chosen: float,
    wanted: float | None = None,
) -> dict[str, Any]:
    """A curve as training.json has it. `points`: (setting, how it is written, its figures); `about`: the setting in
    words; `ticks`: settings that the axis names; `chosen`: that of the tokenizer; `wanted`: the value of a target."""
    return {
        "about": about,
        "text": texts.name,
        "figures": list(points[0][2]),
        "points": [{"at": at, "label": label, "figures": figures} for at, label, figures in points],
        "ticks": list(ticks),
        "chosen": chosen,
        "wanted": wanted,
    }


def ratio_label(value: float) -> str:
    """A positive number, as 1/n where it is below 1."""
    return f"{value:.3g}" if value >= 1 else f"1/{1 / value:.3g}"


def table(curve: Curve) -> Iterator[list[str]]:
    """The rows of a curve, a heading first; an arrow marks the tokenizer's own."""
    yield [curve["about"], *curve["figures"]]
    for point in curve["points"]:
        mark = " ←" if point["at"] == curve["chosen"] else ""
        yield [point["label"] + mark, *(f"{point['figures'][name]:.3f}" for name in curve["figures"])]


def write_page(path: Path, title: str, curves: Sequence[Curve]) -> None:
    """Write curves as a page: pictures and tables."""
    charts = [{name: _chart(curve, *size) for name, size in SHAPES.items()} for curve in curves]
    shown = list(zip(curves, charts, strict=True))
    html.write_page(path, "tokenizer.page", "tradeoff.html", title=title, curves=shown)


def _chart(curve: Curve, width: int, height: int) -> dict[str, Any]:
    """Each figure as a line over the setting, both axes logarithmic."""
    frame = Box(44, 14, width - 16, height - 46)
    points, names, wanted = curve["points"], curve["figures"], curve["wanted"]
    values = [point["figures"][name] for point in points for name in names] + [wanted or points[0]["figures"][names[0]]]
    x = Axis(points[0]["at"] / 1.05, points[-1]["at"] * 1.05, frame.left, frame.right)
    y = Axis(min(values) / 1.05, max(values) * 1.05, frame.bottom, frame.top)
    lines = [{"name": name, "points": [(x(p["at"]), y(p["figures"][name])) for p in points]} for name in names]
    labels = {point["at"]: point["label"] for point in points}
    return {
        "width": width, "height": height, "frame": frame, "lines": lines, "y_ticks": y.ticks(24),
        "x_ticks": [(x(at), labels[at]) for at in curve["ticks"]],
        "wanted": y(wanted) if wanted else None, "chosen": x(curve["chosen"]),
    }  # fmt: skip

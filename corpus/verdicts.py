"""What the rules of quality did, for people to judge the rules: for each rule that dropped a document, its limits, how
its statistic is distributed on both sides of them, and the kept documents that came nearest to being dropped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow.compute as pc

from corpus.prepare import PartTask
from corpus.quality.judgement import all_rules, limits
from corpus.quality.rules import Rule
from corpus.recipe import Recipe
from corpus.stored import read_table, texts_at

BINS = 24
NEAREST = 5  # kept documents shown for each kind of text
EXCERPT = 600  # characters of each
# The limit is a quarter of the axis for a least value, 40 % of it for a greatest one; all beyond is in the last bin.
REACH = {"min": 4.0, "max": 2.5}

NAMES = {
    "language": "other language",
    "empty": "nothing left",
    "exact": "exact duplicate",
    "near": "near duplicate",
    "contained": "inside a longer document",
    "contamination": "item of an evaluation set",
    "nothing left": "nothing left after cuts",
    "min_words": "too short",
    "max_words": "too long",
    "max_lost": "broken characters",
    "max_gambling": "gambling",
    "max_adult": "adult content",
    "max_promotion": "loans and wares",
    "max_solicitation": "advertising",
    "max_trade": "goods of spam",
    "max_sales_talk": "sales talk",
    "max_keyword": "the title repeated to sell",
    "max_lorem_lines": "lorem ipsum",
    "max_jamo": "mostly ㅋㅋ and ㅠㅠ",
    "max_repeated": "repeated letters",
    "min_hangul": "little Hangul",
    "min_particle_eojeols": "Korean labels without sentences",
    "min_alphabetic_words": "signs and numbers",
    "min_stop_words": "English without function words",
    "min_closed_lines": "no sentences",
    "max_short_lines": "labels and menus",
    "max_bullet_lines": "nothing but a list",
    "max_ellipsis_lines": "teasers cut short",
}


def name_of(reason: str) -> str:
    """A reason in words: "too short" for min_words, "duplicate lines too high" where no other words are known."""
    side, _, statistic = reason.partition("_")
    ends = {"min": "too low", "max": "too high"}
    return NAMES.get(reason) or (f"{statistic.replace('_', ' ')} {ends[side]}" if side in ends else reason)


@dataclass
class _Group:
    """Documents of one language and profile, as one rule saw them."""

    limit: float
    counts: np.ndarray = field(default_factory=lambda: np.zeros(BINS, np.int64))
    nearest: list[tuple[float, str, dict[str, Any], int, int]] = field(default_factory=list)  # … entry, part, its row


def describe_rules(tasks: Sequence[PartTask], recipe: Recipe, dropped: Mapping[str, int]) -> list[dict[str, Any]]:
    """rules.json: [{"rule", "name", "meaning", "side", "dropped", "groups": [{"profile", "language", "limit", "width",
    "counts", "nearest"}]}], those that dropped most first.

    Bin i of `counts` is for values from i × width; the last one is open above. Reads a column of numbers for each rule
    that dropped something; the same for any number of workers.
    """
    rules = [rule for rule in all_rules(recipe.quality) if dropped.get(rule.name)]
    found: dict[str, dict[tuple[str, str], _Group]] = {rule.name: {} for rule in rules}
    for number in range(len(tasks)) if rules else ():
        _add(tasks, number, recipe, rules, found)
    _add_texts(tasks, [near for groups in found.values() for group in groups.values() for near in group.nearest])
    return [
        {
            "rule": rule.name,
            "name": name_of(rule.name),
            "meaning": rule.meaning,
            "side": rule.side,
            "dropped": dropped[rule.name],
            "groups": [_described(rule, key, group) for key, group in sorted(found[rule.name].items())],
        }
        for rule in sorted(rules, key=lambda rule: (-dropped[rule.name], rule.name))
    ]


def width_of(side: str, limit: float) -> float:
    """How wide a bin is."""
    return (REACH[side] * limit or 6.0) / BINS


def _described(rule: Rule, key: tuple[str, str], group: _Group) -> dict[str, Any]:
    return {
        "profile": key[0],
        "language": key[1],
        "limit": group.limit,
        "width": width_of(rule.side, group.limit),
        "counts": group.counts.tolist(),
        "nearest": [entry for _, _, entry, _, _ in group.nearest],
    }


def _add(
    tasks: Sequence[PartTask],
    number: int,
    recipe: Recipe,
    rules: Sequence[Rule],
    found: dict[str, dict[tuple[str, str], _Group]],
) -> None:
    """Count one part in."""
    task = tasks[number]
    statistics = read_table(
        task.measured_dir / "statistics.arrow", list(dict.fromkeys(rule.statistic for rule in rules))
    )
    documents = read_table(task.measured_dir / "documents.arrow", ["lang", "origin"])
    kept = read_table(task.clean_dir / "judged.arrow", ["reason"])["reason"].is_null().to_numpy()
    languages = documents["lang"].to_numpy()
    for language in sorted(set(pc.unique(documents["lang"]).to_pylist())):
        rows = np.flatnonzero(languages == language)
        asked = limits(language, task.profile, recipe.quality)
        for rule in rules:
            limit = asked[rule.name]
            if limit is None:
                continue
            group = found[rule.name].setdefault((task.profile, language), _Group(float(limit)))
            values = statistics[rule.statistic].to_numpy()[rows]
            places = np.minimum(values / width_of(rule.side, limit), BINS - 1).astype(np.int64)
            group.counts += np.bincount(np.maximum(places, 0), minlength=BINS)
            inside = values >= np.float32(limit) if rule.side == "min" else values <= np.float32(limit)
            mine = np.flatnonzero(kept[rows] & inside)
            distance = np.abs(values[mine] - limit)
            for place in np.argsort(distance, kind="stable")[:NEAREST].tolist():
                row = int(rows[mine[place]])
                origin = documents["origin"][row].as_py()
                entry = {
                    "source": task.source.name,
                    "origin": origin,
                    "value": round(float(values[mine[place]]), 4),
                }
                group.nearest.append((float(distance[place]), origin, entry, number, row))
            group.nearest = sorted(group.nearest, key=lambda near: near[:2])[:NEAREST]


def _add_texts(tasks: Sequence[PartTask], nearest: Sequence[tuple[float, str, dict[str, Any], int, int]]) -> None:
    """Begin the texts of entries, each part read once."""
    for number in sorted({number for _, _, _, number, _ in nearest}):
        rows = np.array(sorted({row for _, _, _, part, row in nearest if part == number}))
        measured, read = (folder / "documents.arrow" for folder in (tasks[number].measured_dir, tasks[number].read_dir))
        texts = dict(zip(rows.tolist(), texts_at(read, measured, rows), strict=True))
        for _, _, entry, part, row in nearest:
            if part == number:
                entry["text"] = texts[row][:EXCERPT]

"""A page of documents that each rule drops and keeps: short excerpts of openly licensed texts, each with its source and
licence.

For every rule of the web profiles, in Korean and English, up to ten documents that it alone would drop, evenly spaced
over their values, and the ten kept ones nearest to the limit. A rule that drops nothing here is listed as such.
Personal data is redacted first, excerpts have at most EXCERPT characters. Collections of other licences (C4, comments
with hate speech) are counted in docs/cleaning.md and not quoted.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from corpus.cleaning.privacy import PrivacySettings, redact
from corpus.quality.judgement import STATISTICS, QualitySettings, Reference, is_broken
from corpus.quality.rules import RULES

EACH = 10  # dropped and kept
EXCERPT = 70  # characters
LANGUAGES = {"ko": "Korean", "en": "English"}


class Quoted(NamedTuple):
    """A collection that may be quoted: its documents, their names, and their authors."""

    lang: str
    credit: str  # author and licence, shown after each excerpt
    texts: pa.Array
    names: Sequence[str]  # title or path of each document
    matrix: np.ndarray  # statistics of each


def excerpt(text: str) -> str:
    """The beginning of a text on one line of Markdown."""
    text = redact(pa.array([text], pa.string()), PrivacySettings())[0][0].as_py()
    line = " ⏎ ".join(part for part in text.split("\n") if part.strip())
    line = line[:EXCERPT].rstrip() + ("…" if len(line) > EXCERPT else "")
    return "`" + line.replace("`", "'").replace("|", "¦") + "`"


def page(collections: Mapping[str, Quoted]) -> str:
    """The page, in Markdown."""
    parts = [
        "# What the rules drop and keep: examples\n",
        (
            "Written by `HANJI_MIRROR=DIR HANJI_DATA=DIR python -m benchmarks.calibrate examples --documents 20000"
            " --out docs/cleaning-examples.md`. For"
        ),
        (
            "each rule of the web profile: the share of the collections' documents that it alone would drop, up to"
            f" {EACH} of those, evenly spaced over"
        ),
        (
            f"their values, and the {EACH} nearest to the limit that are kept. All rules but `min_words` look at"
            " documents of enough words. Each line: value, beginning"
        ),
        "of the document, name, source and licence. The excerpts keep their authors' licences.\n",
        *(f"- {name}: {len(c.texts)} documents, {c.credit}" for name, c in collections.items()),
    ]
    for lang, language in LANGUAGES.items():
        mine = [c for c in collections.values() if c.lang == lang]
        thresholds = getattr(QualitySettings().web, lang)
        for rule in Reference.model_fields:
            limit = getattr(thresholds, rule)
            if limit is not None:
                parts.append(_section(f"{language}: `{rule} = {limit:g}`", rule, limit, thresholds.min_words, mine))
    return "\n".join(parts) + "\n"


def _section(heading: str, rule: str, limit: float, min_words: float, collections: Sequence[Quoted]) -> str:
    _, statistic = rule.split("_", 1)
    words, column = STATISTICS.index("words"), STATISTICS.index(statistic)
    rows = [(c, row) for c in collections for row in range(len(c.texts))]
    matrix = np.concatenate([c.matrix for c in collections])
    judged = (matrix[:, words] >= min_words) | (rule == "min_words")
    values = matrix[:, column]
    columns = {name: index for index, name in enumerate(STATISTICS)}
    broken = is_broken(next(r for r in RULES if r.name == rule), limit, matrix, columns)
    dropped = np.flatnonzero(judged & broken)
    dropped = dropped[np.argsort(values[dropped], kind="stable")]
    dropped = dropped[np.unique(np.linspace(0, max(len(dropped) - 1, 0), min(EACH, len(dropped))).astype(int))]
    kept = np.flatnonzero(judged & ~broken)
    kept = kept[np.argsort(np.abs(values[kept] - limit), kind="stable")][:EACH]
    share = 100 * float((judged & broken).sum()) / max(int(judged.sum()), 1)
    lines = [f"\n## {heading}\n", f"Drops {share:.2f} % of {int(judged.sum())}.\n"]
    for label, chosen in (("dropped", dropped), ("kept", kept)):
        for number in chosen.tolist():
            collection, row = rows[number]
            quoted = excerpt(collection.texts[row].as_py())
            lines.append(f"- {label} {values[number]:.3g}: {quoted} — {collection.names[row]}, {collection.credit}")
    return "\n".join(lines)


def write(collections: Mapping[str, Quoted], path: Path) -> dict[str, int]:
    """Write the page; returns the number of documents it selected from, and its bytes."""
    text = page(collections)
    path.write_text(text, encoding="utf-8")
    return {"documents": sum(len(c.texts) for c in collections.values()), "bytes": len(text.encode())}

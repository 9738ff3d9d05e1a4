"""The quality of a document: one row of statistics for each document, and rules that are limits on these statistics.

Measuring and judging are separate steps: the statistics are stored beside the documents, so that new limits need no new
pass over the texts. Limits differ by language and by profile: `web` for crawled pages; `reference` for edited
collections (encyclopaedias, documentation, literature), where only broken documents are dropped; `none` drops nothing.
The rules are a table (corpus/quality/rules.py).
"""

import hashlib
import runpy
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, create_model, field_validator

from corpus.errors import UserError
from corpus.quality.evidence import beyond_chance
from corpus.quality.keyword import count_keyword
from corpus.quality.lines import count_lines
from corpus.quality.model import STATISTIC, ModelSettings
from corpus.quality.phrases import count_phrases
from corpus.quality.repetition import count_repetition
from corpus.quality.rules import MORE, RULES, SENTENCES, Count, Rule
from corpus.quality.sales_talk import NAMED, count_points, count_sales_talk
from corpus.quality.urls import UrlSettings
from corpus.quality.words import count_words
from corpus.structure import find_lines, running_text

VERSION = 11
Profile = Literal["web", "reference", "none"]  # crawled pages, edited text, no rules


def _limits(name: str, column: Literal["ko", "en", "reference"]) -> Any:
    """A settings model with one key for each rule; None: the rule is off."""
    fields: dict[str, Any] = {rule.name: (float | None, getattr(rule, column)) for rule in RULES}
    doc = f"Limits of the rules, in the order in which they are tried; None: off. Defaults: `{column}` of RULES."
    return create_model(name, __config__=ConfigDict(extra="forbid"), __doc__=doc, **fields)


KoreanWeb, EnglishWeb, Reference = (
    _limits("KoreanWeb", "ko"),
    _limits("EnglishWeb", "en"),
    _limits("Reference", "reference"),
)


class Web(BaseModel):
    """Limits for crawled pages."""

    model_config = ConfigDict(extra="forbid")
    ko: KoreanWeb = KoreanWeb()  # type: ignore[valid-type]  # made from the table
    en: EnglishWeb = EnglishWeb()  # type: ignore[valid-type]
    other: Reference = Reference()  # type: ignore[valid-type]


class QualitySettings(BaseModel):
    """The rules of each profile."""

    model_config = ConfigDict(extra="forbid")
    web: Web = Web()
    reference: Reference = Reference()  # type: ignore[valid-type]
    rules: list[str] = []  # the user's own Python files, each with RULES = [Rule(…), …] (docs/extending.md)
    model: ModelSettings | None = None  # a fastText classifier; this project includes none
    urls: UrlSettings = UrlSettings()  # what a document's URL says (corpus/quality/urls.py)

    @field_validator("rules")
    @classmethod
    def _readable(cls, paths: list[str]) -> list[str]:
        for path in paths:
            try:
                own_rules(path)
            except UserError as error:
                raise ValueError(str(error)) from error
        return paths

    def sources(self) -> list[str]:
        """SHA-256 of each file of rules, of the model and of lists of URLs. A task's key contains them besides the
        settings."""
        own = [_digest(path) for path in self.rules] + ([self.model.source()] if self.model else [])
        return [*own, *self.urls.digests()]


def _digest(path: str) -> str:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError as error:
        raise UserError(
            f"rules {path}: cannot be read: {error.strerror}. Name a Python file (looked from {Path.cwd()})."
        ) from error


def own_rules(path: str) -> list[Rule]:
    """The rules that a Python file defines as RULES. Raises UserError if there are none or their names are taken."""
    return _own_rules(path, _digest(path))


@cache
def _own_rules(path: str, digest: str) -> list[Rule]:
    try:
        found = runpy.run_path(path).get("RULES")
    except Exception as error:
        raise UserError(f"rules {path}: does not run: {type(error).__name__}: {error}. Mend the file.") from error
    if not isinstance(found, list | tuple) or not found or not all(isinstance(rule, Rule) for rule in found):
        raise UserError(f"rules {path}: no RULES = [Rule(…), …] in it. See docs/extending.md.")
    known = {rule.statistic for rule in RULES} | {STATISTIC, *MORE}
    for rule in found:
        if rule.statistic in known or not rule.statistic.isidentifier():
            raise UserError(f"rules {path}: the statistic {rule.statistic!r} needs a name of its own.")
    return list(found)


def all_rules(settings: QualitySettings) -> list[Rule]:
    """The table's rules, those of the recipe's files and those of its model."""
    own = [rule for path in settings.rules for rule in own_rules(path)]
    return [*RULES, *own, *(settings.model.rules() if settings.model else [])]


def _definitions(settings: QualitySettings) -> dict[str, Count | tuple[Count, Count]]:
    rules = all_rules(settings)
    return {"characters": "characters"} | {rule.statistic: rule.of for rule in rules} | MORE | _evidence(rules)


def _evidence(rules: list[Rule]) -> dict[str, Count | tuple[Count, Count]]:
    return {f"n_{rule.things}": rule.things for rule in rules if rule.things}


def statistics(settings: QualitySettings | None = None) -> tuple[str, ...]:
    """The names of the statistics: the columns of `measure`. `n_…` are the counts that a ratio is made of."""
    return tuple(_definitions(settings or QualitySettings()))


STATISTICS: tuple[str, ...] = statistics()


def measure(texts: pa.Array, settings: QualitySettings | None = None) -> np.ndarray:
    """float32[n, len(statistics(settings))] for normalised texts. The ratio 0 / 0 is 0."""
    running = running_text(texts, find_lines(texts))
    lines, distinct = count_lines(running.texts, running.kinds)
    counts = count_words(running.texts) | lines | count_repetition(distinct) | count_phrases(running.texts)
    named = counts["topics"] > NAMED * counts["visible"]
    points = count_points(running.texts)
    counts["sales_talk"] = count_sales_talk(points, named, counts["visible"])
    counts["keyword"] = count_keyword(texts, points, counts["visible"])
    counts["lost"] = counts["lost"] + counts["replacements"]
    counts["all_lines"] = counts["newlines"] + 1
    counts["line_characters"] = counts["characters"] - counts["newlines"]
    counts["aside_words"] = running.aside_words
    counts["running_words"], counts["all_words"] = counts["real_words"], counts["words"]
    counts["unmarked_words"] = np.maximum(counts["words"] - counts["list_lines"], 0)
    counts["distinct_characters"] = counts["characters"] - counts["again_characters"]
    # Where spaces are missing, and in identifiers, four syllables or six Latin letters make a word: 97 % of eojeols and
    # 75 % of English words have no more.
    apart = counts["syllables"] // 4 + counts["latin"] // 6
    counts["words"] = np.maximum(counts["running_words"], apart) + running.aside_words
    definitions = _definitions(settings or QualitySettings())
    matrix = np.empty((len(texts), len(definitions)), np.float32)
    for index, (name, of) in enumerate(definitions.items()):
        parts = of if isinstance(of, tuple) else (of,)
        columns = [_column(name, part, counts, texts) for part in parts]
        matrix[:, index] = _ratio(*columns) if len(columns) == 2 else columns[0]
    return matrix


def _column(statistic: str, count: Count, counts: dict[str, np.ndarray], texts: pa.Array) -> np.ndarray:
    if isinstance(count, str):
        if count not in counts:
            raise UserError(
                f"statistic {statistic!r}: no count is named {count!r}; known: {', '.join(sorted(counts))}."
            )
        return counts[count]
    values = np.asarray(count(texts))
    if values.shape != (len(texts),) or values.dtype.kind not in "biuf":
        raise UserError(
            f"statistic {statistic!r}: its function must return {len(texts)} numbers, one a text; found {values.shape}."
        )
    return values


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def limits(language: str, profile: str, settings: QualitySettings) -> dict[str, float | None]:
    """Rule → limit for documents of a language and profile, in the order in which rules are tried; None: not asked."""
    kind = language if profile == "web" and language in ("ko", "en") else "reference"
    given = settings.reference if profile == "reference" else getattr(settings.web, language, settings.web.other)
    if profile == "none":
        return dict.fromkeys((rule.name for rule in all_rules(settings)), None)
    return {rule.name: getattr(given, rule.name, getattr(rule, kind)) for rule in all_rules(settings)}


def judge(
    matrix: np.ndarray,
    languages: pa.Array,
    profile: Profile | str,
    settings: QualitySettings,
) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Which rule drops each document: (int16[n] index into the names or -1, rule names, float32[n] value of the
    rule's statistic or 0)."""
    table = all_rules(settings)
    columns = {name: index for index, name in enumerate(statistics(settings))}
    rules = np.full(len(matrix), -1, np.int16)
    values = np.zeros(len(matrix), np.float32)
    names = [rule.name for rule in table]
    if profile == "none" or not len(matrix):
        return rules, names, values
    codes = languages.to_numpy(zero_copy_only=False)
    for language in sorted(set(codes.tolist())):
        rows = np.flatnonzero(codes == language)
        asked = limits(language, profile, settings)
        for index, rule in enumerate(table):
            limit = asked[rule.name]
            if limit is None:
                continue
            fired = rows[is_broken(rule, float(limit), matrix[rows], columns)]
            first = fired[rules[fired] < 0]
            rules[first] = index
            values[first] = matrix[first, columns[rule.statistic]]
    return rules, names, values


def is_broken(rule: Rule, limit: float, matrix: np.ndarray, columns: dict[str, int]) -> np.ndarray:
    """bool[n]: whether the statistic is beyond the limit, and by more than chance."""
    share = matrix[:, columns[rule.statistic]]
    broken = share < np.float32(limit) if rule.side == "min" else share > np.float32(limit)
    if rule.spared:
        broken &= matrix[:, columns[SENTENCES]] < rule.spared
    if rule.things and broken.any():
        things = matrix[broken, columns[f"n_{rule.things}"]] / rule.each
        broken[broken] = beyond_chance(share[broken], things, limit, rule.side)
    return broken


def score(matrix: np.ndarray) -> np.ndarray:
    """float32[n] in 0..1, by which the survivor among duplicates is selected: length, whole sentences, words rather
    than symbols, no repetition."""
    column = {name: matrix[:, STATISTICS.index(name)].astype(np.float64) for name in STATISTICS}
    length = np.minimum(np.log2(1 + column["characters"]) / 14, 1)  # saturates at 16,000 characters
    sentences = np.maximum(column["closed_lines"], column["ending_lines"])
    repetition = np.maximum(column["duplicate_line_characters"], column["duplicate_5_gram"])
    clean = 1 - np.minimum(1, repetition + column["jamo"] + column["lost"])
    return ((length + sentences + column["alphabetic_words"] + clean) / 4).clip(0, 1).astype(np.float32)

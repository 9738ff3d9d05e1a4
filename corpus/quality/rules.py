"""How good a document is: one row of statistics each, and rules that are nothing but thresholds on them.

Measuring and judging are apart, so that statistics stay beside the documents and new thresholds need no new pass. A
rule's name is its key in the recipe: `max_hash_ratio = 0.1` drops what has more than 0.1 in the statistic `hash_ratio`.
Thresholds differ by language and by profile: `web` for crawled pages, `reference` for edited collections
(encyclopaedias, documentation, books), where only what is broken goes; `none` judges nothing.
"""

from typing import Literal

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from corpus.quality.lines import count_lines
from corpus.quality.phrases import count_phrases
from corpus.quality.repetition import DUPLICATE, TOP, count_repetition
from corpus.quality.words import count_words

VERSION = 3

_RATIOS = {  # statistic: (count, of which other count)
    "word_length": ("real_word_characters", "words"),
    "alphabetic_words": ("alphabetic_words", "words_and_symbols"),
    "hash_ratio": ("hashes", "words_and_symbols"),
    "ellipsis_ratio": ("ellipses", "words_and_symbols"),
    "newline_ratio": ("newlines", "words_and_symbols"),
    "bullet_lines": ("bullet_lines", "all_lines"),
    "ellipsis_lines": ("ellipsis_lines", "all_lines"),
    "terminal_lines": ("terminal_lines", "lines"),
    "closed_lines": ("closed_lines", "lines"),
    "ending_lines": ("ending_lines", "lines"),
    "short_lines": ("short_lines", "lines"),
    "duplicate_lines": ("duplicate_lines", "lines"),
    "duplicate_line_characters": ("duplicate_line_characters", "characters"),
    "recurring_lines": ("duplicate_line_characters", "line_characters"),  # FineWeb's share, newlines not counted
    "duplicate_paragraphs": ("duplicate_paragraphs", "paragraphs"),
    "duplicate_paragraph_characters": ("duplicate_paragraph_characters", "characters"),
    **{f"top_{n}_gram": (f"top_{n}_gram_characters", "characters") for n in TOP},
    **{f"duplicate_{n}_gram": (f"duplicate_{n}_gram_characters", "characters") for n in DUPLICATE},
    "hangul": ("syllables", "visible"),
    "jamo": ("jamo", "visible"),
    "latin": ("latin", "visible"),
    "digits": ("digits", "visible"),
    "lost": ("lost", "visible"),
    "gambling": ("gambling", "visible"),
    "adult": ("adult", "visible"),
    "promotion": ("promotion", "visible"),
    "c4_lines": ("c4_lines", "lines"),
    "repeated": ("repeated", "visible"),
    "eojeol_length": ("syllables", "eojeols"),
    "particle_eojeols": ("particle_eojeols", "eojeols"),
}
STATISTICS: tuple[str, ...] = (
    "characters",
    "words",  # those that are more than punctuation
    "stop_words",
    "particles",
    "c4_sentences",
    "curly_lines",
    "lorem_lines",
    "syllable_entropy",
    *_RATIOS,
)


class Thresholds(BaseModel):
    """Rules in the order in which they are tried; None: not asked.

    A document is dropped by the first that it breaks.
    """

    model_config = ConfigDict(extra="forbid")

    min_words: float | None = None
    max_words: float | None = None
    min_characters: float | None = None
    max_lost: float | None = 0.01  # � and 占쏙옙: one character in a hundred did not survive its decoding
    max_gambling: float | None = None
    max_adult: float | None = None
    max_promotion: float | None = None
    max_lorem_lines: float | None = None
    max_curly_lines: float | None = None
    min_word_length: float | None = None
    max_word_length: float | None = None
    min_eojeol_length: float | None = None
    max_eojeol_length: float | None = None
    min_hangul: float | None = None
    max_jamo: float | None = None
    max_repeated: float | None = None
    min_syllable_entropy: float | None = None
    max_hash_ratio: float | None = None
    max_ellipsis_ratio: float | None = None
    max_bullet_lines: float | None = None
    max_ellipsis_lines: float | None = None
    min_alphabetic_words: float | None = None
    min_stop_words: float | None = None
    min_particles: float | None = None
    min_particle_eojeols: float | None = None
    max_duplicate_paragraphs: float | None = None
    max_duplicate_paragraph_characters: float | None = None
    max_duplicate_lines: float | None = None
    max_duplicate_line_characters: float | None = None
    max_recurring_lines: float | None = None
    max_top_2_gram: float | None = None
    max_top_3_gram: float | None = None
    max_top_4_gram: float | None = None
    max_duplicate_5_gram: float | None = None
    max_duplicate_6_gram: float | None = None
    max_duplicate_7_gram: float | None = None
    max_duplicate_8_gram: float | None = None
    max_duplicate_9_gram: float | None = None
    max_duplicate_10_gram: float | None = None
    min_c4_sentences: float | None = None
    min_c4_lines: float | None = None
    min_terminal_lines: float | None = None
    min_closed_lines: float | None = None
    min_ending_lines: float | None = None
    max_short_lines: float | None = None
    max_newline_ratio: float | None = None


class EnglishWeb(Thresholds):
    """Gopher's and FineWeb's thresholds as published, on words between spaces."""

    max_gambling: float | None = 0.1
    max_adult: float | None = 0.1
    max_promotion: float | None = 0.15
    max_lorem_lines: float | None = 0  # C4
    min_words: float | None = 50  # Gopher, also the next eight
    max_words: float | None = 100_000
    min_word_length: float | None = 3
    max_word_length: float | None = 10
    max_hash_ratio: float | None = 0.1
    max_ellipsis_ratio: float | None = 0.1
    max_bullet_lines: float | None = 0.9
    max_ellipsis_lines: float | None = 0.3
    min_alphabetic_words: float | None = 0.8
    min_stop_words: float | None = 2
    max_duplicate_paragraphs: float | None = 0.3  # Gopher repetition, down to the 10-grams
    max_duplicate_paragraph_characters: float | None = 0.2
    max_duplicate_lines: float | None = 0.3
    max_duplicate_line_characters: float | None = 0.2
    max_top_2_gram: float | None = 0.2
    max_top_3_gram: float | None = 0.18
    max_top_4_gram: float | None = 0.16
    max_duplicate_5_gram: float | None = 0.15
    max_duplicate_6_gram: float | None = 0.14
    max_duplicate_7_gram: float | None = 0.13
    max_duplicate_8_gram: float | None = 0.12
    max_duplicate_9_gram: float | None = 0.11
    max_duplicate_10_gram: float | None = 0.1
    min_closed_lines: float | None = (
        0.12  # FineWeb's share of terminal lines; dialogue closes its lines with quotation marks
    )
    max_short_lines: float | None = 0.67  # FineWeb
    max_newline_ratio: float | None = 0.3  # FineWeb
    max_recurring_lines: float | None = 0.1  # FineWeb's 0.01 drops documentation for its headings; FineWeb-2's value


class KoreanWeb(Thresholds):
    """FineWeb-2's thresholds for Korean where they carry over from morphemes to eojeol, dps's and our own for the
    rest."""

    max_gambling: float | None = 0.1
    max_adult: float | None = 0.1
    max_promotion: float | None = 0.15
    max_lorem_lines: float | None = 0  # C4
    min_words: float | None = 30  # an eojeol says about as much as 1.7 English words: Gopher's 50
    max_words: float | None = 100_000
    max_word_length: float | None = 15  # spaces missing throughout
    min_eojeol_length: float | None = 1.5
    max_eojeol_length: float | None = 8
    min_hangul: float | None = 0.1  # of the visible characters; dps's 0.25 drops a third of a code-mixed developer wiki
    max_jamo: float | None = 0.25
    max_repeated: float | None = 0.2
    min_syllable_entropy: float | None = 0.4
    max_hash_ratio: float | None = 0.1  # Gopher
    max_ellipsis_ratio: float | None = 0.1  # Gopher
    max_bullet_lines: float | None = 0.9  # Gopher
    max_ellipsis_lines: float | None = 0.3  # Gopher
    min_alphabetic_words: float | None = (
        0.6  # FineWeb-2: 0.791 of the morphemes; documentation has more bare numbers and code
    )
    min_particles: float | None = 2  # FineWeb-2: two of twenty stop morphemes
    max_duplicate_lines: float | None = 0.374  # FineWeb-2, down to the 10-grams
    max_top_2_gram: float | None = 0.282
    max_top_3_gram: float | None = 0.228
    max_top_4_gram: float | None = 0.185
    max_duplicate_5_gram: float | None = 0.201
    max_duplicate_6_gram: float | None = 0.184
    max_duplicate_7_gram: float | None = 0.168
    max_duplicate_8_gram: float | None = 0.154
    max_duplicate_9_gram: float | None = 0.14
    max_duplicate_10_gram: float | None = 0.127
    min_closed_lines: float | None = 0.062  # FineWeb-2's share of terminal lines
    max_recurring_lines: float | None = 0.2  # FineWeb-2: 0.1, which drops 6 % of documentation for its headings
    max_newline_ratio: float | None = 0.43  # FineWeb-2: 0.196 per morpheme, of which an eojeol has about 2.2


class Reference(Thresholds):
    """What no edited text has, in any language."""

    max_words: float | None = 1_000_000
    max_repeated: float | None = 0.3
    max_duplicate_5_gram: float | None = 0.4
    max_duplicate_10_gram: float | None = 0.3


class Web(BaseModel):
    """Thresholds for crawled pages."""

    model_config = ConfigDict(extra="forbid")
    ko: KoreanWeb = KoreanWeb()
    en: EnglishWeb = EnglishWeb()
    other: Reference = Reference()


class QualitySettings(BaseModel):
    """The rules of each profile."""

    model_config = ConfigDict(extra="forbid")
    web: Web = Web()
    reference: Reference = Reference()


def measure(texts: pa.Array, languages: pa.Array) -> np.ndarray:
    """float32[n, len(STATISTICS)] for normalised texts. A ratio of nothing to nothing is 0.

    `languages` string[n] is not looked at: every statistic is defined for every text, rules choose among them.
    """
    counts = count_words(texts) | count_lines(texts) | count_repetition(texts) | count_phrases(texts)
    counts["lost"] = counts["lost"] + counts["replacements"]
    counts["all_lines"] = counts["newlines"] + 1
    counts["line_characters"] = counts["characters"] - counts["newlines"]
    counts["words"], counts["words_and_symbols"] = counts["real_words"], counts["words"]
    matrix = np.empty((len(texts), len(STATISTICS)), np.float32)
    for index, name in enumerate(STATISTICS):
        matrix[:, index] = _ratio(*(counts[count] for count in _RATIOS[name])) if name in _RATIOS else counts[name]
    return matrix


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def judge(
    matrix: np.ndarray,
    languages: pa.Array,
    profile: Literal["web", "reference", "none"] | str,
    settings: QualitySettings,
) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Which rule drops each document: (int16[n] index into the names or -1, rule names, float32[n] statistic that
    decided or 0)."""
    names = list(Thresholds.model_fields)
    rules = np.full(len(matrix), -1, np.int16)
    values = np.zeros(len(matrix), np.float32)
    if profile == "none" or not len(matrix):
        return rules, names, values
    codes = languages.to_numpy(zero_copy_only=False)
    for language in sorted(set(codes.tolist())):
        rows = np.flatnonzero(codes == language)
        thresholds = (
            settings.reference if profile == "reference" else getattr(settings.web, language, settings.web.other)
        )
        for index, name in enumerate(names):
            limit = getattr(thresholds, name)
            if limit is None:
                continue
            side, statistic = name.split("_", 1)
            column = matrix[rows, STATISTICS.index(statistic)]
            limit = np.float32(limit)
            broken = column < limit if side == "min" else column > limit
            first = rows[broken & (rules[rows] < 0)]
            rules[first] = index
            values[first] = matrix[first, STATISTICS.index(statistic)]
    return rules, names, values


def score(matrix: np.ndarray, languages: pa.Array) -> np.ndarray:
    """float32[n] in 0..1, to choose the survivor among duplicates: length, whole sentences, words rather than
    symbols, no repetition."""
    column = {name: matrix[:, index].astype(np.float64) for index, name in enumerate(STATISTICS)}
    length = np.minimum(np.log2(1 + column["characters"]) / 14, 1)  # saturates at 16,000 characters
    sentences = np.maximum(column["closed_lines"], column["ending_lines"])
    repetition = np.maximum(column["duplicate_line_characters"], column["duplicate_5_gram"])
    clean = 1 - np.minimum(1, repetition + column["jamo"] + column["lost"])
    return ((length + sentences + column["alphabetic_words"] + clean) / 4).clip(0, 1).astype(np.float32)

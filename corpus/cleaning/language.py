"""The language of a document: Korean by its script, all others by a small model.

Hangul is used for one language, so the share of Hangul among the letters decides Korean without a model, at the speed
of a scan. The other documents are classified by fastText's model of 176 languages (corpus/cleaning/language_model.py),
which reads the first five hundred characters.
"""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field

from corpus.cleaning.language_model import load_model, predict
from corpus.kernels.blocks import BLOCK, below, hangul_leads, inner_bytes, latin_letters
from corpus.kernels.inner import kernel
from corpus.kernels.intrinsics import bytes_between, ones, trailing_zeros
from corpus.kernels.utf8 import LETTER, classes, decode, is_hangul, is_jamo, string_buffers
from corpus.structure import find_lines, running_text

VERSION = 5
UNDETERMINED = "und"
FUNCTION_WORDS = frozenset(
    [
        "the",
        "of",
        "and",
        "to",
        "a",
        "in",
        "is",
        "that",
        "for",
        "it",
        "as",
        "with",
        "are",
        "be",
        "this",
        "by",
        "on",
        "or",
        "from",
        "not",
        "which",
        "an",
        "at",
        "was",
        "can",
        "if",
        "you",
        "has",
    ]
)
MIXED_SHARE = 0.5  # of korean_share: Korean among names and titles in Latin letters, if the model knows no language
ENGLISH_SHARE = 0.15  # of the words; running English has 0.35 to 0.5, lists of goods and names hardly any


class LanguageSettings(BaseModel):
    """When a document counts as Korean, and the least probability of the model's answer."""

    model_config = ConfigDict(extra="forbid")

    # Hangul among all letters; a Latin letter counts a third, because a syllable is about three letters. 98 % of Korean
    # documentation full of identifiers is above 0.3, and English with a tenth of Korean is below it. Documents below it
    # are classified by the model.
    korean_share: float = Field(default=0.3, gt=0, le=1)
    confidence: float = Field(
        default=0.65, ge=0, le=1
    )  # RefinedWeb and FineWeb use 0.65 with the same model; below: "und"
    characters: int = Field(default=500, ge=20)  # the model reads so much of a document; more changed nothing on udhr2
    letters: int = Field(default=3, ge=1)  # a document with fewer letters is "und"


@kernel
def _letters(data, offsets, classes, limit, hangul, other, ends):
    """Per document: Hangul letters, other letters (both of the whole text), and where its first `limit` characters
    end."""
    for document in range(offsets.shape[0] - 1):
        i = offsets[document]
        end = offsets[document + 1]
        seen = 0
        cut = end
        korean = 0
        foreign = 0
        while i < end:
            if seen == limit:
                cut = i
            if i + BLOCK < data.shape[0]:  # ASCII and syllables, sixty-four bytes at a time
                syllables = hangul_leads(data, i)
                inner = inner_bytes(data, i)
                foreign_leads = ~(bytes_between(data, i, 0x00, 0x7F) | syllables | inner)
                n = min(trailing_zeros(foreign_leads), end - i)
                if n == BLOCK:
                    n -= (2 if (syllables >> np.uint64(62)) & np.uint64(1) else 0) + np.int64(
                        syllables >> np.uint64(63)
                    )
                mine = below(n)
                characters = ones(~inner & mine)
                if n > 0 and (seen + characters <= limit or seen >= limit):
                    korean += ones(syllables & mine)
                    foreign += ones(latin_letters(data, i) & mine)
                    seen += characters
                    i += n
                    continue
            byte = data[i]
            if byte < 0x80:
                foreign += ((byte | 0x20) >= 0x61) and ((byte | 0x20) <= 0x7A)
                i += 1
            else:
                c, width = decode(data, i)
                if is_hangul(c) or is_jamo(c):
                    korean += 1
                elif classes[c] == LETTER:
                    foreign += 3 if c >= 0x2E80 else 1  # an ideograph or kana counts as much as a syllable
                i += width
            seen += 1
        hangul[document] = korean
        other[document] = foreign
        ends[document] = cut


@kernel
def _are_capitals(data, starts, ends, out):
    for text in range(starts.shape[0]):
        capitals = 0
        for i in range(starts[text], ends[text]):
            if data[i] >= 0x61 and data[i] <= 0x7A:
                capitals = 0
                break
            capitals += data[i] >= 0x41 and data[i] <= 0x5A
        out[text] = capitals > 0


def detect(texts: pa.Array, settings: LanguageSettings) -> tuple[pa.Array, np.ndarray]:
    """(string[n] codes, float32[n] scores): "ko", another ISO 639 code of the model, or "und".

    The score is the weighted share of Hangul for Korean, and the model's probability for other languages. For "und" it
    is the best probability found, or 0 for a document with almost no letters.
    """
    data, hangul, other, starts, ends = _seen(texts, settings)
    count = len(texts)
    share = _share(hangul, other)
    # Link targets, addresses and code do not count as letters of a text. Few documents get here that are not clearly
    # Korean.
    doubtful = np.flatnonzero((share < settings.korean_share) & (hangul > 0))
    if len(doubtful):
        share[doubtful] = np.maximum(share[doubtful], _shares(_bare(texts, doubtful), settings))
    korean = (share >= settings.korean_share) & (hangul > 0)
    scores = np.where(korean, share, 0).astype(np.float32)
    codes = np.full(count, UNDETERMINED, object)
    codes[korean] = "ko"
    readable = np.flatnonzero(~korean & (hangul + other >= settings.letters))
    if len(readable):
        labels, probabilities = _judged(data, starts[readable], ends[readable])
        scores[readable] = probabilities
        names = np.array(load_model().languages, object)[labels]
        codes[readable] = np.where(probabilities >= settings.confidence, names, UNDETERMINED)
        unsure = readable[probabilities < settings.confidence]
        if len(unsure):  # the same texts without markup
            unsure = _decided(_bare(texts, unsure), unsure, codes, scores, settings)
        if len(unsure):  # their sentences alone
            rows, bare = unsure, _bare(texts, unsure).to_pylist()
            sentences = [_sentences(text) for text in bare]
            unsure = _decided(pa.array(sentences, pa.string()), unsure, codes, scores, settings)
            left = set(unsure.tolist())
            for row, text, sentence in zip(rows.tolist(), bare, sentences, strict=True):
                if row in left and (_reads_as_english(text) or _reads_as_english(sentence)):
                    codes[row] = "en"
                elif row in left and share[row] >= MIXED_SHARE * settings.korean_share:
                    codes[row], scores[row] = "ko", share[row]
    return pa.array(codes, pa.string()), scores


def _decided(
    texts: pa.Array, rows: np.ndarray, codes: np.ndarray, scores: np.ndarray, settings: LanguageSettings
) -> np.ndarray:
    """The rows of which the model is not sure by these texts either; the others get their code."""
    data, _, _, starts, ends = _seen(texts, settings)
    labels, probabilities = _judged(data, starts, ends)
    better = probabilities >= settings.confidence
    codes[rows[better]] = np.array(load_model().languages, object)[labels[better]]
    scores[rows] = np.maximum(scores[rows], probabilities)
    return rows[~better]


def _sentences(text: str) -> str:
    """The lines that read like sentences: four words or more, most of them of letters alone, and a stop or colon."""
    return "\n".join(line for line in text.split("\n") if _is_sentence(line))


def _is_sentence(line: str) -> bool:
    if not line.rstrip(" \t").endswith((".", ":", "!", "?")):
        return False
    words = line.split()
    plain = sum(word.strip(".,:;!?()'\"").isalpha() for word in words)
    return len(words) >= 4 and 4 * plain >= 3 * len(words)


def _seen(texts: pa.Array, settings: LanguageSettings) -> tuple[np.ndarray, ...]:
    """(bytes, Hangul letters, other letters, where each text begins, where the part ends that the model reads)."""
    data, offsets = string_buffers(texts)
    hangul, other, ends = (np.empty(len(texts), np.int64) for _ in range(3))
    _letters(data, offsets, classes(), settings.characters, hangul, other, ends)
    return data, hangul, other, offsets[:-1], ends


def _share(hangul: np.ndarray, other: np.ndarray) -> np.ndarray:
    letters = hangul + other / 3
    return np.divide(hangul, letters, out=np.zeros(len(hangul)), where=letters > 0)


def _shares(texts: pa.Array, settings: LanguageSettings) -> np.ndarray:
    _, hangul, other, _, _ = _seen(texts, settings)
    return _share(hangul, other)


def _reads_as_english(text: str) -> bool:
    """Whether enough of a text's words are English function words, of enough different ones."""
    words = re.findall("[A-Za-z]+", text.lower())
    found = [word for word in words if word in FUNCTION_WORDS]
    return len(set(found)) >= 4 and len(found) >= ENGLISH_SHARE * len(words)


def _bare(texts: pa.Array, rows: np.ndarray) -> pa.Array:
    """The running texts of these rows, without code between backticks."""
    chosen = texts.take(pa.array(rows))
    return pc.replace_substring_regex(running_text(chosen, find_lines(chosen)).texts, r"`[^`\n]*`", " ")


def _judged(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The model's answers. Texts without small letters are converted to small letters first, because the model takes
    texts in capitals for other languages."""
    labels, probabilities = predict(data, starts, ends)
    shouting = np.zeros(len(starts), np.bool_)
    _are_capitals(data, starts, ends, shouting)
    rows = np.flatnonzero(shouting)
    if len(rows):
        calm = [data[starts[row] : ends[row]].tobytes().decode().lower() for row in rows]
        data, offsets = string_buffers(pa.array(calm, pa.string()))
        labels[rows], probabilities[rows] = predict(data, offsets[:-1], offsets[1:])
    return labels, probabilities

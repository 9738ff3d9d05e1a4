"""Fertility: how many tokens a tokenizer uses per word, and related figures, computed from sums over documents.

Words are what white space separates: eojeol in Korean. They are counted in running text, so a space belongs to the
token in which the tokenizer includes it. All figures are ratios of totals; intervals are bootstrapped over documents
(tokenizer/analysis/bootstrap.py).

The figures are listed in the table METRICS (tokenizer/analysis/metrics.py).

    >>> from tokenizers import Tokenizer
    >>> from tokenizer.analysis import measure
    >>> found = measure(Tokenizer.from_file("tokenizer.json"), texts)
    >>> found["metrics"]["fertility"]
    {'value': 1.82, 'low': 1.80, 'high': 1.84}
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from tokenizer.analysis.bootstrap import BLOCKS, statistics
from tokenizer.analysis.efficiency import FREQUENT
from tokenizer.analysis.metrics import METRICS, TOTALS, Encoded, Totals
from tokenizer.analysis.subject import Subject, as_subject
from tokenizer.analysis.tally import (
    BYTES,
    CHARACTERS,
    COLUMNS,
    DOCUMENTS,
    HANGUL,
    SCRIPTS,
    SYLLABLES,
    TOKENS,
    WORDS,
    frequencies,
    tally,
)
from tokenizer.analysis.word_list import frequent_words

FREQUENT_ROWS = 512
QUANTILES = (1, 5, 25, 50, 75, 95, 99)
# The same edges for all tokenizers: powers of √2.
EDGES = np.unique(np.concatenate([[0], np.rint(2 ** (np.arange(0, 49) / 2)).astype(np.int64)]))
_MEASURES = (BYTES, CHARACTERS, SYLLABLES, WORDS, TOKENS)


@dataclass
class Sums:
    """Sums of one tokenizer over some documents, from which a group's figures are computed. `join` adds up the sums of
    parts."""

    rows: (
        np.ndarray
    )  # int64[rows, SCRIPTS, COLUMNS]: a document each, or documents at random (tokenizer/analysis/bootstrap.py)
    used: np.ndarray  # int64[vocabulary]: how often each id occurs
    frequent: np.ndarray  # int64[rows, FREQUENT + 1]: how often the most frequent ids do, and all tokens
    of: int  # documents of all the parts that will be joined
    random: np.random.Generator
    documents: int = 0
    tokens: list[np.ndarray] = field(default_factory=list)  # int64 each: tokens of each document

    @classmethod
    def empty(cls, vocabulary: int, documents: int, of: int = 0, seed: Sequence[int] = (0,)) -> "Sums":
        """Space for at most `documents`, a part of `of`. Each part needs a seed of its own."""
        rows, frequent = (documents if max(of, documents) <= most else most for most in (BLOCKS, FREQUENT_ROWS))
        return cls(
            np.zeros((rows, len(SCRIPTS), len(COLUMNS)), np.int64),
            np.zeros(vocabulary, np.int64),
            np.zeros((frequent, FREQUENT + 1), np.int64),
            max(of, documents),
            np.random.default_rng(list(seed)),
        )

    def add(self, subject: Subject, texts: pa.Array, place: np.ndarray | None = None) -> None:
        """Encode a string column and add its documents.

        `place` int32[vocabulary]: the column of each frequent id, or -1. None: computed from this column, for callers
        that add only one column.
        """
        ids, bounds, ends = subject.encode_ends(texts)
        place = places(np.bincount(ids, minlength=subject.vocab_size)) if place is None else place
        own, drawn = np.arange(self.documents, self.documents + len(texts)), self.random.integers(0, BLOCKS, len(texts))
        tally(texts, bounds, ends, drawn if self.of > BLOCKS else own, self.rows)
        tokens = np.diff(bounds)
        rows = drawn % FREQUENT_ROWS if self.of > FREQUENT_ROWS else own
        frequencies(ids, bounds, rows, place, self.used, self.frequent)
        np.add.at(self.frequent[:, -1], rows, tokens)
        self.tokens.append(tokens)
        self.documents += len(texts)


def join(parts: Iterable[Sums]) -> Sums:
    """The sums of all parts: rows of single documents one after another, rows of many added up."""
    parts = list(parts)
    of = parts[0].of

    def rows(arrays: list[np.ndarray], most: int) -> np.ndarray:
        if of > most:
            return np.sum(arrays, axis=0)
        return np.concatenate([array[: part.documents] for array, part in zip(arrays, parts, strict=True)])

    return Sums(
        rows([part.rows for part in parts], BLOCKS),
        np.sum([part.used for part in parts], axis=0),
        rows([part.frequent for part in parts], FREQUENT_ROWS),
        of,
        parts[0].random,
        sum(part.documents for part in parts),
        [tokens for part in parts for tokens in part.tokens],
    )


def places(used: np.ndarray) -> np.ndarray:
    """int32[vocabulary]: 0 … FREQUENT − 1 for the ids that occur most often, -1 for the others."""
    place = np.full(len(used), -1, np.int32)
    most = np.argsort(-used, kind="stable")[:FREQUENT]
    most = most[used[most] > 0]
    place[most] = np.arange(len(most))
    return place


def measure(tokenizer: Any, texts: Sequence[str] | pa.Array, seed: int = 0) -> dict[str, Any]:
    """All figures of a tokenizer on a list of texts, each of them a document.

    `tokenizer`: a `tokenizers.Tokenizer`, a fast tokenizer of transformers, an Encoder, a Subject, or the path of
    anything that `tokenizer.peers.open_subject` reads. Returns the group that docs/fertility.md describes: counts,
    "metrics", each with "value", "low" and "high", "tokens_per_document", "scripts". Raises UserError for anything that
    is not a tokenizer.
    """
    subject = as_subject(tokenizer)
    column = texts if isinstance(texts, pa.Array) else pa.array(texts, pa.large_string())
    return whole(sums_of(subject, column), subject, frequent_words([column]), seed=seed)


def sums_of(subject: Subject, column: pa.Array) -> Sums:
    """The sums of one string column."""
    sums = Sums.empty(subject.vocab_size, len(column))
    sums.add(subject, column)
    return join([sums])


def whole(sums: Sums, subject: Subject, words: pa.Array, exact: bool = True, seed: int = 0) -> dict[str, Any]:
    """The figures of some documents, and those of the scripts in them."""
    return group(sums, subject, words, exact, seed) | {"scripts": script_groups(sums.rows, exact, seed)}


def group(sums: Sums, subject: Subject, words: pa.Array, exact: bool = True, seed: int = 0) -> dict[str, Any]:
    """The figures of some documents (GROUP in docs/fertility.md).

    `words`: the word list of the STRR; `exact`: all documents, no sample.
    """
    tokens = np.concatenate([np.zeros(0, np.int64), *sums.tokens])
    encoded = Encoded(subject, words, sums.used, sums.frequent, seed)
    found = _ratios(sums.rows, seed)
    return {
        **_counts(sums.rows.sum(axis=(0, 1))),
        "documents": sums.documents,
        "exact": exact,
        "metrics": {m.name: m.encoded(encoded) if m.encoded else found[m.name] for m in METRICS},
        "tokens_per_document": _distribution(tokens),
    }


def script_groups(rows: np.ndarray, exact: bool = True, seed: int = 0) -> dict[str, Any]:
    """The figures of the words of each script; scripts that do not occur are left out."""
    found = {}
    for number, name in enumerate(SCRIPTS):
        part = rows[:, [number]]
        if part[:, :, TOKENS].any():
            metrics = _ratios(part, seed, number)
            found[name] = _counts(part.sum(axis=(0, 1))) | {"exact": exact, "metrics": metrics}
    return found


def _counts(total: np.ndarray) -> dict[str, int]:
    return {name: int(total[n]) for n, name in enumerate(COLUMNS) if n in (DOCUMENTS, *_MEASURES)}


def _ratios(rows: np.ndarray, seed: int, script: int | None = None) -> dict[str, Any]:
    """The metrics of totals of int64[rows, scripts, COLUMNS], over all scripts together."""
    hangul = rows[:, HANGUL if script is None else 0, :]
    if script not in (None, HANGUL):
        hangul = np.zeros_like(hangul)
    sums = np.concatenate([rows.sum(axis=1), hangul[:, [TOKENS, SYLLABLES]]], axis=1)

    def named(compute: Callable[[Totals], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
        return lambda totals: compute(dict(zip(TOTALS, totals.T, strict=True)))

    return statistics(sums, {m.name: named(m.totals) for m in METRICS if m.totals}, seed)


def _distribution(tokens: np.ndarray) -> dict[str, Any]:
    """Quantiles and a histogram of tokens per document; edges[i] ≤ tokens < edges[i + 1]."""
    if len(tokens) == 0:
        return {"quantiles": {str(q): None for q in QUANTILES}, "histogram": {"edges": [], "counts": []}}
    counts, _ = np.histogram(tokens, EDGES)
    first, last = np.flatnonzero(counts)[[0, -1]]
    return {
        "quantiles": dict(zip(map(str, QUANTILES), np.percentile(tokens, QUANTILES).tolist(), strict=True)),
        "histogram": {"edges": EDGES[first : last + 2].tolist(), "counts": counts[first : last + 1].tolist()},
    }

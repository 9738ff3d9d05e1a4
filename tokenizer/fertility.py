"""Fertility: how many tokens a tokenizer spends on a word, and what goes with it, from totals over whole documents.

Words are what white space separates: eojeol in Korean. They are counted in running text, so the space belongs to a token as
the tokenizer has it. Fertility F = Σ tokens / Σ words (Rust et al. 2021, arXiv:2012.15613); compression = bytes (or characters)
per token.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numba import njit

from corpus.shards import read_shard
from corpus.utf8 import SPACE, classes, decode, is_hangul, string_buffers


class ColumnEncoder(Protocol):
    """What is measured: anything that encodes a string column to ids (any integers) and document offsets int64[n + 1]."""

    def encode_column(self, array: pa.Array) -> tuple[np.ndarray, np.ndarray]: ...


@dataclass
class Totals:
    """Sums over documents."""

    documents: int = 0
    bytes: int = 0
    characters: int = 0
    syllables: int = 0  # precomposed Hangul
    words: int = 0
    tokens: int = 0

    def add(self, other: "Totals") -> None:
        """Add another's sums."""
        for name, value in asdict(other).items():
            setattr(self, name, getattr(self, name) + value)

    def metrics(self) -> dict[str, float | None]:
        """Ratios of the sums; None where the denominator is 0."""
        return {
            "fertility": _ratio(self.tokens, self.words),
            "bytes_per_token": _ratio(self.bytes, self.tokens),
            "characters_per_token": _ratio(self.characters, self.tokens),
            "tokens_per_syllable": _ratio(self.tokens, self.syllables),
        }


def _ratio(above: int, below: int) -> float | None:
    return above / below if below else None


@njit(cache=True, nogil=True)
def _count(data, offsets, kinds, out):
    for d in range(offsets.shape[0] - 1):
        i = offsets[d]
        inside = False
        while i < offsets[d + 1]:
            c, width = decode(data, i)
            i += width
            out[d, 0] += 1
            if is_hangul(c):
                out[d, 1] += 1
            if kinds[c] == SPACE:
                inside = False
            elif not inside:
                inside = True
                out[d, 2] += 1


def count_text(texts: pa.Array) -> np.ndarray:
    """int64[n, 3]: characters, Hangul syllables and words of each string."""
    data, offsets = string_buffers(texts)
    out = np.zeros((len(offsets) - 1, 3), np.int64)
    _count(data, offsets, classes(), out)
    return out


def measure(encoder: ColumnEncoder, shards: Iterable[Path]) -> dict[tuple[str, str], Totals]:
    """(language, source) → totals over every document of the shards."""
    found: dict[tuple[str, str], Totals] = {}
    for path in shards:
        for batch in read_shard(path):
            counts = count_text(batch["text"])
            _, bounds = encoder.encode_column(batch["text"])
            _, offsets = string_buffers(batch["text"])
            groups: dict[tuple[str, str], list[int]] = {}
            for row, key in enumerate(zip(batch["lang"].to_pylist(), batch["source"].to_pylist(), strict=True)):
                groups.setdefault(key, []).append(row)
            for key, rows in groups.items():
                characters, syllables, words = counts[rows].sum(axis=0).tolist()
                size, tokens = int(np.diff(offsets)[rows].sum()), int(np.diff(bounds)[rows].sum())
                found.setdefault(key, Totals()).add(Totals(len(rows), size, characters, syllables, words, tokens))
    return found


def summarise(found: dict[tuple[str, str], Totals]) -> dict[str, Any]:
    """fertility.json: per language, and within it per source, totals and metrics."""
    result: dict[str, Any] = {}
    for language in sorted({language for language, _ in found}):
        whole = Totals()
        sources = {}
        for (lang, source), totals in sorted(found.items()):
            if lang == language:
                whole.add(totals)
                sources[source] = asdict(totals) | totals.metrics()
        result[language] = asdict(whole) | whole.metrics() | {"sources": sources}
    return result

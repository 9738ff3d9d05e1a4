"""Morpheme boundaries inside Korean words, for training only: no merge crosses them, and encoding needs no
morphological analyser.

Kiwi analyses each distinct Hangul pre-token once, without its context (about 20 000 a second and core): so 기차 alone
may be read as a verb. Boundaries inside a syllable (했 = 하 + 았) do not exist in the text and are left out.
"""

import itertools
import mmap
from collections.abc import Iterator
from functools import cache, partial
from typing import Any

import numpy as np
import pyarrow as pa

from corpus.engine.local import Engine
from corpus.errors import RESUME, UserError
from tokenizer.kernels.words import WordTable, buffers

KINDS = ("josa", "all")
BATCH = 20_000  # words per task
KIWI_BYTES = 500_000_000  # 210 MB of them at once, the others with the first words (0.23)


def split_words(words: pa.Array, counts: np.ndarray, kind: str, engine: Engine) -> tuple[pa.Array, np.ndarray]:
    """Distinct words with counts (large_binary, int64) as the pieces whose borders merges may not cross: `josa`
    separates particles from the text before them, `all` separates every morpheme. Words without Hangul stay whole."""
    if kind not in KINDS:
        raise UserError(f"--morphemes {kind!r}; accepted: none, {', '.join(KINDS)}.")
    starts = range(0, len(words), BATCH)
    batches = [words.slice(start, BATCH) for start in starts]
    total = WordTable()
    split = engine.map(partial(_split_batch, kind=kind), batches, name="morphemes", describe=_describe, weigh=len)
    for start, (pieces, owners) in zip(starts, split, strict=True):
        data, offsets = buffers(pieces)
        total.add(data, int(offsets[0]), offsets[1:], counts[start + owners])
    return total.column(), total.counts()


def boundaries(tokens: list[Any], kind: str) -> Iterator[int]:
    """Where morphemes begin, in characters, given Kiwi's tokens of one word.

    Morphemes that share a syllable with the previous one are not counted.
    """
    end = 0
    for token in tokens:
        if token.start >= end > 0 and (kind == "all" or token.tag.startswith("J")):
            yield token.start
        end = max(end, token.start + token.len)


@cache
def kiwi() -> Any:
    """Kiwi, loaded once in a process. Raises UserError where there is no memory for it: Kiwi itself ends the process
    then, without a word."""
    from kiwipiepy import Kiwi

    try:
        mmap.mmap(-1, KIWI_BYTES).close()
    except OSError as error:
        raise UserError(
            f"Kiwi, which finds the morphemes of Korean words, needs {KIWI_BYTES // 10**6} MB of memory, and this"
            f" process may not take so much (see `ulimit -v`). {RESUME}"
        ) from error
    return Kiwi(num_workers=1)


def _split_batch(words: pa.Array, kind: str) -> tuple[pa.Array, np.ndarray]:
    """The pieces of a batch of words, large_binary[m], and the word that each belongs to, int64[m]."""
    texts = [word.decode("utf-8", "replace") for word in words.to_pylist()]
    korean = [n for n, text in enumerate(texts) if any("가" <= c <= "힣" for c in text)]
    found: dict[int, list[int]] = {}
    stripped = [texts[n].lstrip(" ") for n in korean]
    for n, text, tokens in zip(korean, stripped, kiwi().tokenize(iter(stripped)), strict=True):
        lead = len(texts[n]) - len(text)
        found[n] = [lead + position for position in boundaries(tokens, kind)]
    pieces, owners = [], []
    for n, text in enumerate(texts):
        cuts = [0, *found.get(n, []), len(text)]
        whole = words[n].as_py()
        parts = [text[i:j].encode() for i, j in itertools.pairwise(cuts)] if n in found else [whole]
        pieces += parts
        owners += [n] * len(parts)
    return pa.array(pieces, pa.large_binary()), np.array(owners, np.int64)


def _describe(batch: pa.Array) -> str:
    return f"{len(batch)} words from {batch[0].as_py().decode(errors='replace')!r}"

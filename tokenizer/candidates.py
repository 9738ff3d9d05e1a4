"""Tokenizers of other weights of languages and other shares of superwords, trained from counts and measured.

Words are counted once, and so are pieces of runs of words, as tokens of one first stage (tokenizer/superwords.py). A
first stage that is larger, or learned from another mix, has other tokens: the bytes of each piece are merged again by
its merges. For a larger first stage of the same mix that is exact. For another mix a piece may begin or end where that
mix's tokens do not, so the tokenizer that is written in the end is made from pieces counted again, and is measured.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpus.kernels.inner import kernel
from tokenizer.analysis.subject import open_subject
from tokenizer.directory import SPECIAL_TOKENS
from tokenizer.kernels.pairs import SHORT, MergeTable, merge_long, merge_short, table_of
from tokenizer.kernels.words import buffers
from tokenizer.superwords import add_superwords
from tokenizer.tradeoff import Texts, measure
from tokenizer.training.bpe import Merges
from tokenizer.training.counts import Total
from tokenizer.training.files import write_tokenizer

PARTS = (40, 20, 10, 5)  # of a vocabulary, one may be superwords
LEAST_WORDS = 512  # tokens that are learned from single words at least
Weights = dict[str, float]


def shares_of(size: int) -> list[int]:
    """The numbers of superwords that are tried in a vocabulary of `size`, from none to a fifth."""
    return sorted({0, *(size // part for part in PARTS if size - size // part >= LEAST_WORDS)})


class Candidates:
    """Trains tokenizers of `size` tokens from counts and measures them on `texts`.

    `learn(weights)` returns merges for all of `size` from the words. `pieces(weights)` are those of runs, as ids of the
    first stage `known`; both are None where no candidate has superwords. `work`/candidate is written and removed.
    """

    def __init__(
        self,
        learn: Callable[[Weights], Merges],
        texts: Texts,
        pattern: str,
        size: int,
        work: Path,
        rules: dict[str, Any],
        known: Merges | None = None,
        pieces: Callable[[Weights], Total] | None = None,
    ) -> None:
        self._learn, self._texts, self._pattern, self._size, self._rules = learn, texts, pattern, size, rules
        self._folder, self._known, self._pieces = work / "candidate", known, pieces
        self._last: tuple[Weights, Merges, Total | None] | None = None

    def figures(self, weights: Weights, superwords: int = 0) -> dict[str, float]:
        """What `tokenizer.tradeoff.measure` finds for the tokenizer of these weights, whose last `superwords` tokens
        may span words."""
        merges, total = self._counted(weights)
        words_until = None
        if superwords and total and self._known:
            first = merges.first(self._size - superwords - len(SPECIAL_TOKENS))
            words_until = len(first.tokens)
            again = total._replace(words=merged_again(total.words, self._known, first))
            merges = add_superwords(first, again, words_until + superwords, **self._rules)
        write_tokenizer(self._folder, merges, self._pattern, self._size, words_until=words_until)
        found = measure(open_subject(self._folder), self._texts)
        shutil.rmtree(self._folder)
        return found

    def _counted(self, weights: Weights) -> tuple[Merges, Total | None]:
        """Merges of words, and pieces; those of the last weights are kept for their other shares."""
        if self._last is None or self._last[0] != weights:
            self._last = None
            self._last = weights, self._learn(weights), self._pieces(weights) if self._pieces else None
        return self._last[1:]


def merged_again(pieces: pa.Array, known: Merges, merges: Merges) -> pa.Array:
    """Pieces of ids of the first stage `known` as ids of another, `merges`: large_binary[n] of uint32.

    A merge of a first stage never crosses words, so a piece is merged as one word.
    """
    special = len(SPECIAL_TOKENS)
    order = np.array([merges.tokens.index(bytes([byte])) for byte in range(256)], np.int64)
    table = MergeTable(
        merges.pairs.astype(np.int64) + special, np.arange(len(merges.pairs)) + 256 + special, order + special, False
    )
    data, offsets = buffers(pieces)
    starts = np.cumsum([0, *map(len, known.tokens)])
    ids = np.ascontiguousarray(data[offsets[0] : offsets[-1]]).view(np.uint32) - np.uint32(special)
    bounds = (offsets - offsets[0]) // 4
    lengths = np.diff(starts)[ids]
    out = np.empty(int(lengths.sum()), np.uint32)
    ends = np.zeros(len(pieces) + 1, np.int64)
    used = _merge_again(ids, bounds, np.frombuffer(b"".join(known.tokens), np.uint8), starts, table.arrays, out, ends)
    return pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(pieces), [None, pa.py_buffer(4 * ends), pa.py_buffer(out[:used].copy())]
    )


@kernel
def _merge_again(ids, bounds, text, starts, merges, out, ends):
    """Write the ids that merging the bytes of each piece gives to `out`, and where they end to ends[1:]; returns how
    many there are."""
    table = table_of(merges)
    room = np.empty(1 << 12, np.int32)
    symbols, made = np.empty(SHORT + 10, np.int32), np.empty(SHORT + 10, np.int32)
    used = 0
    for piece in range(bounds.shape[0] - 1):
        length = 0
        for k in range(bounds[piece], bounds[piece + 1]):
            token = ids[k]
            for p in range(starts[token], starts[token + 1]):
                if length == room.shape[0]:
                    longer = np.empty(2 * length, np.int32)
                    longer[:length] = room
                    room = longer
                room[length] = text[p]
                length += 1
        if length <= SHORT:
            symbols[1 : length + 1] = room[:length]
            left = merge_short(symbols, made, length, table)
            for i in range(left):
                out[used + i] = merges[3][symbols[i + 1]]
        else:
            left = merge_long(room[:length], merges)
            for i in range(left):
                out[used + i] = merges[3][room[i]]
        used += left
        ends[piece + 1] = used
    return used

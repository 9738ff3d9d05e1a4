"""Distinct words as the BPE trainer sees them: their symbols by position, and a count that all merges reach."""

from typing import Any

import numpy as np

from corpus.kernels.inner import kernel

NEAR = 2
APART = 1 << NEAR  # positions for each of which the word is stored once: fewer are faster to read and take more memory


def positions_of(
    data: np.ndarray, offsets: np.ndarray, symbol_of: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """The symbols of distinct words by position, and the word of every fourth position, int32[].

    A vocabulary of `size` leaves two numbers for positions without a symbol: `size` for the separator before a word and
    after the last one, `size` + 1 for one within a symbol. The symbols are uint16 where that is enough.
    """
    count = int(offsets[-1] - offsets[0]) + len(offsets)
    symbol = np.empty(count, np.uint16 if size + 1 < 1 << 16 else np.uint32)
    word_at = np.empty(-(-count // APART), np.int32)
    _fill(data, offsets, symbol_of, size, symbol, word_at)
    return symbol, word_at


@kernel
def _fill(data, offsets, symbol_of, size, symbol, word_at):
    symbol[0] = size
    word_at[0] = -1  # before the first word
    for w in range(offsets.shape[0] - 1):
        start = offsets[w] - offsets[0] + w + 1
        # The separator before a word belongs to the previous one, so that a word is found by counting separators.
        stop = offsets[w + 1] - offsets[0] + w + 2
        for block in range((start + APART - 1) // APART, (stop + APART - 1) // APART):
            word_at[block] = w
        for i in range(offsets[w + 1] - offsets[w]):
            symbol[start + i] = symbol_of[data[offsets[w] + i]]
        symbol[stop - 1] = size


def least_count(
    data: np.ndarray, offsets: np.ndarray, counts: np.ndarray, states: np.ndarray, merges: int, rules: tuple
) -> int:
    """A count that all of the first `merges` merges have at least, from distinct words of bytes with `counts`; 0 where
    nothing is known.

    While a word that occurs n times is not one token, each two neighbours in it occur n times, and some may be merged.
    So before a rarer pair is merged, each such word has become a token of its own: with as many words of n or more as
    there are merges to make, none is below n. `states` int32[256] are those of the bytes; `rules` are learn_merges'.
    """
    _, max_bytes, whole_characters, max_spaces = rules
    may_be_tokens = np.zeros(len(counts), np.bool_)
    _mark(data, offsets, states, max_bytes, whole_characters, max_spaces, may_be_tokens)
    frequent = counts[may_be_tokens]
    return int(np.partition(frequent, -merges)[-merges]) if 0 < merges <= len(frequent) else 0


@kernel
def _mark(data, offsets, states, max_bytes, whole_characters, max_spaces, marked):
    """Mark the words of two or more bytes that merges can make one token."""
    for w in range(marked.shape[0]):
        length = offsets[w + 1] - offsets[w]
        missing, spaces = np.int64(0), np.int64(0)  # bytes that the character so far lacks
        whole: Any = True
        for p in range(offsets[w], offsets[w + 1]):
            state = np.int64(states[data[p]])
            whole &= missing + state >= 0 if state < 0 else missing == 0
            missing += state
            spaces += data[p] == 0x20
        marked[w] = (
            2 <= length <= max_bytes and spaces <= max_spaces and (not whole_characters or (whole and missing == 0))
        )

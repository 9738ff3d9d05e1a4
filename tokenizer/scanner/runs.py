"""Runs of words: what the merges of superwords may cross (SuperBPE, Liu et al. 2025, arXiv:2503.13423).

A run is a word of the `hanji` pattern and the following words that come after a single space, with English
contractions. Punctuation, digits, newlines and changes of script (`AI가`) end it. Its 64th word also ends it, which
bounds the work per run. All other pre-tokens are runs of their own. A run as one regular expression is the pre-token
that tokenizer.json names, so that HF tokenizers merges across words.

Merges come in two stages. Those of the first never have a space or an apostrophe after a letter, so they cannot cross
the border of two words. Words are therefore merged one by one, through the cache, and only their results are merged by
runs.
"""

from itertools import pairwise

import numpy as np
from numba import njit

from corpus.kernels.hashing import peek, pointer
from corpus.kernels.utf8 import decode
from tokenizer.kernels.pairs import SHORT, MergeTable, merge_long, merge_short, poke, table_of
from tokenizer.scanner.kinds import HANGUL, LETTER, kinds
from tokenizer.scanner.patterns import CONTRACTION, HANJI, LETTERS, NO_WORDS, SIGN, SYLLABLES

WORDS = 64  # of a run

REGEX = (
    rf"(?:['’]{CONTRACTION}| ?{SYLLABLES}|{SIGN}?{LETTERS})(?: {SYLLABLES}| {LETTERS}|'{CONTRACTION}){{0,{WORDS - 1}}}"
    rf"|{NO_WORDS}"
)


def crosses(token: bytes) -> bool:
    """Whether a token may contain the border of two words of a run: a space or an apostrophe after a letter, or after
    part of a character."""
    if b" " not in token[1:] and b"'" not in token[1:]:
        return False
    text = token.decode("utf-8", "replace")
    letters = kinds(HANJI)
    return any(
        sign in " '" and (before == "\ufffd" or letters[ord(before)] in (LETTER, HANGUL))
        for before, sign in pairwise(text)
    )


def run_bounds(data: np.ndarray, start: int, ends: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where runs begin among pre-tokens, and documents among runs: (int64[runs + 1], int64[n + 1]).

    From the result of `tokenizer.scanner.pretokenize.scan` for the pattern hanji: the pre-tokens of `data` uint8[] from
    `start` on end at `ends` int64[], those of document i are number `first[i]` to `first[i + 1]`.
    """
    runs, first_run = np.empty(len(ends) + 1, np.int64), np.empty(len(first), np.int64)
    count = _run_bounds(data, start, ends, first, kinds(HANJI), runs, first_run)
    return runs[: count + 1], first_run


def merge_runs(symbols: np.ndarray, bounds: np.ndarray, merges: MergeTable, out: np.ndarray) -> np.ndarray:
    """Merge the symbols (uint32[], of words merged one by one) of each run, symbols[bounds[i]:bounds[i + 1]], into ids
    in `out`.

    `out` has room for as many ids as there are symbols. Returns the bounds of the runs in it, int64[runs + 1].
    """
    done = np.empty_like(bounds)
    spare = np.empty(SHORT + 10, np.int32), np.empty(SHORT + 10, np.int32)
    _merge_runs(symbols, bounds, merges.arrays, spare, out, done)
    return done


@njit
def _is_contraction(data, start, end):
    """Whether a pre-token of the pattern hanji, which begins with an apostrophe and ends in a letter, is a
    contraction."""
    first = np.int64(data[start + 1])
    if end - start == 2:
        first |= 32
        return first == 115 or first == 100 or first == 109 or first == 116
    if end - start != 3 or data[start + 2] >= 0x80 or (first ^ np.int64(data[start + 2])) & 32:
        return False
    first, second = first | 32, np.int64(data[start + 2]) | 32
    return (first == 108 and second == 108) or ((first == 118 or first == 114) and second == 101)


@njit(cache=True, nogil=True)
def _run_bounds(data, start, ends, first, table, runs, first_run):
    count = 0
    words = 0  # of the run so far; 0 where no word may join
    document = 0
    for n in range(ends.shape[0]):
        while document < first.shape[0] and first[document] == n:
            first_run[document] = count
            document += 1
            words = 0
        end = ends[n]
        last = end - 1
        while data[last] & 0xC0 == 0x80:
            last -= 1
        kind = table[decode(data, last)[0]]
        word = kind in (LETTER, HANGUL)
        sign = data[start]
        joins = word and 0 < words < WORDS and (sign == 32 or (sign == 39 and _is_contraction(data, start, end)))
        if not joins:
            runs[count] = n
            count += 1
            words = 0
        words = words + 1 if word else 0
        start = end
    while document < first.shape[0]:
        first_run[document] = count
        document += 1
    runs[count] = ends.shape[0]
    return count


@njit(cache=True, nogil=True)
def _merge_runs(found, bounds, merges, spare, out, done):
    ids, table = pointer(merges[3]), table_of(merges)
    symbols, made = pointer(spare[0]), pointer(spare[1])
    written = 0
    for run in range(bounds.shape[0] - 1):
        done[run] = written
        start = bounds[run]
        n = bounds[run + 1] - start
        if n == 1:
            poke(out, written, peek(ids, np.int64(peek(found, start))))
            written += 1
        elif n <= SHORT:
            for i in range(n):
                poke(symbols, i + 1, np.int32(peek(found, start + i)))
            n = merge_short(symbols, made, n, table)
            for i in range(n):
                poke(out, written + i, peek(ids, np.int64(peek(symbols, i + 1))))
            written += n
        else:
            long = found[start : start + n].astype(np.int32)
            n = merge_long(long, merges)
            for i in range(n):
                out[written + i] = ids[long[i]]
            written += n
    done[bounds.shape[0] - 1] = written

"""Runs of words: what the merges of superwords may cross (SuperBPE, Liu et al. 2025, arXiv:2503.13423).

A run is a word of the `hanji` pattern and the words and punctuation that follow it, as long as each piece begins with
a space or a sign: " of", "-to", "'s", ",", " (". It ends with punctuation that keeps newlines, before a piece that
begins with a letter (`AI가`, `("of`), at digits, newlines and longer white space, and after 64 pieces, which bounds the
work per run. All other pre-tokens are runs of their own. A run as one regular expression is the pre-token that
tokenizer.json names, so that HF tokenizers merges across words.

Merges come in two stages. No token of the first contains a border between two pieces of a run: a space or a sign after
a letter, or a space after a sign. Pieces are therefore merged one by one, through the cache, and only their results are
merged by runs.
"""

from itertools import pairwise

import numpy as np
from numba import njit

from corpus.kernels.hashing import mix64
from corpus.kernels.inner import kernel
from corpus.kernels.intrinsics import peek, pointer
from corpus.kernels.utf8 import decode
from tokenizer.kernels.pairs import SHORT, MergeTable, merge_long, merge_short, poke, table_of
from tokenizer.scanner.kinds import APOSTROPHE, HANGUL, LETTER, OTHER, SPACE, WHITE, kinds
from tokenizer.scanner.patterns import CONTRACTION, HANJI, LETTERS, NO_WORDS, SIGN, SIGNS, SYLLABLES

WORDS = 64  # pieces of a run
MET = 1 << 18  # 256 KB; 10,000 superwords fill a twenty-fifth

REGEX = (
    rf"(?:['’]{CONTRACTION}| ?{SYLLABLES}|{SIGN}?{LETTERS})"
    rf"(?:['’]{CONTRACTION}| {SYLLABLES}|{SIGN}{LETTERS}| ?{SIGNS}(?![\r\n]|{SIGNS})){{0,{WORDS - 1}}}|{NO_WORDS}"
)


def crosses(token: bytes) -> bool:
    """Whether a token may contain the border of two pieces of a run: a sign or white space after a letter, or white
    space after a sign; or parts of several characters, which may be anything."""
    text = token.decode("utf-8", "replace")
    if "\ufffd" in text:
        return len(token) > 3 or token[0] < 0x80 or any(byte & 0xC0 != 0x80 for byte in token[1:])
    found = kinds(HANJI)[[ord(character) for character in text]].tolist()
    return any(
        (before in (LETTER, HANGUL) and after in (OTHER, APOSTROPHE, SPACE, WHITE))
        or (before in (OTHER, APOSTROPHE) and after in (SPACE, WHITE))
        for before, after in pairwise(found)
    )


def run_bounds(data: np.ndarray, start: int, ends: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where runs begin among pre-tokens, and documents among runs: (int64[runs + 1], int64[n + 1]).

    From the result of `tokenizer.scanner.pretokenize.scan` for the pattern hanji: the pre-tokens of `data` uint8[] from
    `start` on end at `ends` int64[], those of document i are number `first[i]` to `first[i + 1]`.
    """
    runs, first_run = np.empty(len(ends) + 1, np.int64), np.empty(len(first), np.int64)
    count = _run_bounds(data, start, ends, first, kinds(HANJI), runs, first_run)
    return runs[: count + 1], first_run


def meetings(merges: MergeTable, pairs: np.ndarray, first_stage: int) -> np.ndarray:
    """uint8[MET]: 1 at the hash of each two symbols of the first stage that are neighbours in a token of the second.

    Two others are never in one token, so a run is cut between them. That is one look-up for each symbol; most pieces
    are single symbols then. `pairs` int64[n, 2] are the ids that merges join, by rank.
    """
    met = np.zeros(MET, np.uint8)
    first = np.arange(256 + len(pairs))
    last = first.copy()
    for made, (a, b) in enumerate(merges.symbols[pairs[first_stage:]].tolist(), 256 + first_stage):
        if a >= 0 and b >= 0:  # a merge of a token that no merge makes never happens
            met[_meeting(last[a], first[b])] = 1
            first[made], last[made] = first[a], last[b]
    return met


def merge_runs(
    symbols: np.ndarray, bounds: np.ndarray, merges: MergeTable, met: np.ndarray, out: np.ndarray
) -> np.ndarray:
    """Merge the symbols (uint32[], of words merged one by one) of each run, symbols[bounds[i]:bounds[i + 1]], into ids
    in `out`.

    `met` is what `meetings` returns; `out` has room for as many ids as there are symbols. Returns the bounds of the
    runs in it, int64[runs + 1].
    """
    done = np.empty_like(bounds)
    spare = np.empty(SHORT + 10, np.int32), np.empty(SHORT + 10, np.int32)
    _merge_runs(symbols, bounds, merges.arrays, met, spare, out, done)
    return done


@njit(cache=True)  # it is called from Python as well
def _meeting(a, b):
    return np.int64(mix64((np.uint64(a) << np.uint64(32)) | np.uint64(b)) & np.uint64(MET - 1))


@kernel
def _run_bounds(data, start, ends, first, table, runs, first_run):
    count = 0
    pieces = 0  # of the run so far; 0 where nothing may join
    document = 0
    for n in range(ends.shape[0]):
        while document < first.shape[0] and first[document] == n:
            first_run[document] = count
            document += 1
            pieces = 0
        end = ends[n]
        last = end - 1
        while data[last] & 0xC0 == 0x80:
            last -= 1
        begin = table[decode(data, start)[0]]
        kind = table[decode(data, last)[0]]
        word = kind in (LETTER, HANGUL)
        if word:
            joins = begin not in (LETTER, HANGUL)
        else:
            joins = kind in (OTHER, APOSTROPHE)
            if joins and n + 1 < first[document]:  # not the last of its document
                after = table[decode(data, end)[0]]
                joins = after not in (OTHER, APOSTROPHE)
        if not (joins and 0 < pieces < WORDS):
            runs[count] = n
            count += 1
            pieces = 1 if word else 0
        else:
            pieces += 1
        start = end
    while document < first.shape[0]:
        first_run[document] = count
        document += 1
    runs[count] = ends.shape[0]
    return count


@kernel
def _merge_runs(found, bounds, merges, met, spare, out, done):
    ids, table = pointer(merges[3]), table_of(merges)
    symbols, made = pointer(spare[0]), pointer(spare[1])
    written = 0
    for run in range(bounds.shape[0] - 1):
        done[run] = written
        stop = bounds[run + 1]
        end = bounds[run]
        while end < stop:
            start = end
            end += 1
            while end < stop and peek(met, _meeting(peek(found, end - 1), peek(found, end))):
                end += 1
            n = end - start
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
                long = found[start:end].astype(np.int32)
                n = merge_long(long, merges)
                for i in range(n):
                    out[written + i] = ids[long[i]]
                written += n
    done[bounds.shape[0] - 1] = written

"""Counts the tokens of each word in a column: one kernel over the text and the positions where tokens end.

Words are what white space separates: eojeol in Korean. A word is of one script: Hangul only, Hangul with other letters
(AI가), Latin only … A token belongs to the word in which it begins, including the white space in it; tokens of white
space alone are of the script "white space". So every byte, character and token of a document is counted exactly once,
and the scripts add up to the whole. About 6 ns a byte.
"""

import numpy as np
import pyarrow as pa

from corpus.kernels.inner import helper, kernel
from corpus.kernels.utf8 import decode, is_hangul, string_buffers
from tokenizer.analysis import scripts as base

SCRIPTS = ("hangul", "hangul mixed", "latin", "han", "other letters", "digits", "symbols", "white space")
HANGUL, MIXED, LATIN, HAN, LETTERS, DIGITS, SYMBOLS, BLANK = range(len(SCRIPTS))
COLUMNS = ("documents", "bytes", "characters", "syllables", "words", "tokens", "continued", "whole")
DOCUMENTS, BYTES, CHARACTERS, SYLLABLES, WORDS, TOKENS, CONTINUED, WHOLE = range(len(COLUMNS))

_BASE_HANGUL, _BASE_BLANK, _BASE_DIGITS, _BASE_OTHER = base.HANGUL, base.WHITESPACE, base.DIGITS, base.OTHER
_BASE_LATIN, _BASE_HAN, _BASE_KANA = (base.NAMES.index(name) for name in ("latin", "han", "kana"))


def tally(array: pa.Array, bounds: np.ndarray, ends: np.ndarray, rows: np.ndarray, out: np.ndarray) -> None:
    """Add document d of a string column to `out[rows[d]]`.

    A document counts for each script that has words or separate white space in it.

    `bounds` int64[n + 1] and `ends` int64[tokens] as `Subject.encode_ends` returns them; `rows` int64[n]; `out`
    int64[rows, SCRIPTS, COLUMNS]. `continued` counts words of two tokens or more; `whole` those with no token boundary
    between their first letter or digit and their last (or inside a word of punctuation), so that a comma after a word
    is ignored.
    """
    data, offsets = string_buffers(array)
    _tally(data, offsets, bounds, ends, base.scripts(), rows, out)


def frequencies(
    ids: np.ndarray, bounds: np.ndarray, rows: np.ndarray, place: np.ndarray, used: np.ndarray, frequent: np.ndarray
) -> None:
    """Add to `used` int64[vocabulary] how often each id occurs, and to `frequent` int64[rows, n] those with a column in
    it, by `rows` int64[documents]; `place` int32[vocabulary] is their column, or -1."""
    _frequencies(ids, bounds, rows, place, used, frequent)


def cores(array: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """The words of a column without the punctuation around them, concatenated: (uint8[bytes], ends int64[words]); those
    without a letter are left out."""
    data, offsets = string_buffers(array)
    out = np.empty(int(offsets[-1] - offsets[0]), np.uint8)
    ends = np.empty(len(out) + 1, np.int64)
    count = _cores(data, offsets, base.scripts(), out, ends)
    return out, ends[:count]


@helper
def _word(data, i, stop, table):
    """The word at i: its end, characters, syllables, script, and where its first letter or digit begins and its last
    one ends."""
    start = i
    characters, syllables = 0, 0
    first, last = -1, -1
    hangul, latin, han, letters, digits = False, False, False, False, False
    while i < stop:
        c, width = decode(data, i)
        kind = table[c]
        if kind == _BASE_BLANK:
            break
        characters += 1
        if is_hangul(c):
            syllables += 1
        if kind != _BASE_OTHER:
            if first < 0:
                first = i
            last = i + width
            if kind == _BASE_HANGUL:
                hangul = True
            elif kind == _BASE_LATIN:
                latin = True
            elif kind in (_BASE_HAN, _BASE_KANA):
                han = True
            elif kind == _BASE_DIGITS:
                digits = True
            else:
                letters = True
        i += width
    if first < 0:
        first, last = start, i
    if hangul:
        script = MIXED if latin or han or letters else HANGUL
    elif han:
        script = HAN
    elif letters:
        script = LETTERS
    elif latin:
        script = LATIN
    else:
        script = DIGITS if digits else SYMBOLS
    return i, characters, syllables, script, first, last


@kernel
def _tally(data, offsets, bounds, ends, table, rows, out):
    seen = np.empty(out.shape[1], np.bool_)
    for d in range(offsets.shape[0] - 1):
        sums = out[rows[d]]
        i, stop = offsets[d], offsets[d + 1]
        t, last_token = bounds[d], bounds[d + 1]
        running = False  # token t began in a word before i
        owner = BLANK  # the script of that word
        seen[:] = False
        while True:
            # The white space before the next word: the part inside a word's token has the script of that word, the part
            # covered by white-space tokens has its own script, the rest has the script of the next word.
            start = i
            while i < stop and table[decode(data, i)[0]] == _BASE_BLANK:
                i += decode(data, i)[1]
            own = min(ends[t], i) if running else start
            behind = owner
            if running and ends[t] <= i:
                running = False
                t += 1
            glued = own
            while t < last_token and not running and ends[t] <= i:
                glued = ends[t]
                sums[BLANK, TOKENS] += 1
                seen[BLANK] = True
                t += 1
            after = BLANK
            if i < stop:
                word = i
                i, characters, syllables, after, first, last = _word(data, word, stop, table)
                seen[after] = True
                sums[after, WORDS] += 1
                sums[after, BYTES] += i - word
                sums[after, CHARACTERS] += characters
                sums[after, SYLLABLES] += syllables
                touching = 0
                whole = True
                end = word
                while t < last_token and end < i:
                    end = ends[t]
                    touching += 1
                    if not running:
                        sums[after, TOKENS] += 1
                        owner = after
                    if first < end < last:
                        whole = False
                    running = end > i
                    if not running:
                        t += 1
                sums[after, CONTINUED] += touching > 1
                sums[after, WHOLE] += whole
            else:
                word = i
            p = start
            while p < word:
                width = decode(data, p)[1]
                side = behind if p < own else BLANK if p < glued else after
                sums[side, BYTES] += width
                sums[side, CHARACTERS] += 1
                p += width
            if i >= stop:
                break
        sums[BLANK, TOKENS] += last_token - t - (1 if running else 0)
        for k in range(out.shape[1]):
            sums[k, DOCUMENTS] += seen[k]


@kernel
def _frequencies(ids, bounds, rows, place, used, frequent):
    for d in range(bounds.shape[0] - 1):
        row = frequent[rows[d]]
        for t in range(bounds[d], bounds[d + 1]):
            used[ids[t]] += 1
            column = place[ids[t]]
            if column >= 0:
                row[column] += 1


@kernel
def _cores(data, offsets, table, out, ends):
    count = used = 0
    for d in range(offsets.shape[0] - 1):
        i, stop = offsets[d], offsets[d + 1]
        while i < stop:
            c, width = decode(data, i)
            if table[c] == _BASE_BLANK:
                i += width
                continue
            i, _, _, script, first, last = _word(data, i, stop, table)
            if script < DIGITS:
                for p in range(first, last):
                    out[used + p - first] = data[p]
                used += last - first
                ends[count] = used
                count += 1
    return count

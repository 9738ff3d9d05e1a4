"""Pre-tokens: the stretches of text that BPE merges never cross, found by one kernel over Arrow's UTF-8 bytes.

Each pattern exists twice: as the regular expression written into tokenizer.json, and as a branch of the kernel that finds the same
boundaries without a regular expression engine (about 30 times faster). `gpt2` is GPT-2's; `cl100k` is GPT-4's, which is also
Llama 3's; `hanji` is ours for Korean and English:

- Hangul, other letters and digits never share a pre-token (`AI가` → `AI`, `가`), so that josa do not stick to Latin words;
- nothing but one space is glued to a word; punctuation keeps the newlines after it, as in cl100k, which suits code;
- digits come in groups of at most three;
- runs are capped (ㅋㅋㅋㅋ… at 8, an eojeol at 16 syllables, punctuation at 16, other words at 32 letters), which also bounds the
  work per pre-token.
"""

from functools import cache

import numpy as np
import pyarrow as pa
from numba import njit

from corpus.errors import UserError
from corpus.utf8 import decode, string_buffers
from tokenizer.classes import (
    HANGUL,
    HANGUL_RANGE,
    JAMO,
    JAMO_RANGES,
    LETTER,
    MARK,
    NEWLINE,
    NUMBER,
    OTHER,
    SPACE,
    classes,
)

GPT2, CL100K, HANJI = range(3)
NAMES = ("gpt2", "cl100k", "hanji")

DIGITS = 3  # cl100k and hanji
HANGUL_CAP, JAMO_CAP, WORD_CAP, OTHER_CAP = 16, 8, 32, 16  # hanji, in characters

_HANGUL = f"{chr(HANGUL_RANGE[0])}-{chr(HANGUL_RANGE[1])}"
_JAMO = "".join(f"{chr(first)}-{chr(last)}" for first, last in JAMO_RANGES)

REGEXES = {
    "gpt2": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "cl100k": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    # Letters and marks other than Hangul are written as what they are not, since no class of regular expressions can subtract.
    "hanji": rf"['’](?:[sdmtSDMT]|ll|LL|ve|VE|re|RE)(?![A-Za-z])| ?[{_HANGUL}]{{1,{HANGUL_CAP}}}| ?[{_JAMO}]{{1,{JAMO_CAP}}}"
    rf"| ?[^\s\p{{N}}\p{{P}}\p{{S}}\p{{C}}{_HANGUL}{_JAMO}]{{1,{WORD_CAP}}}| ?\p{{N}}{{1,{DIGITS}}}"
    rf"| ?[^\s\p{{L}}\p{{M}}\p{{N}}]{{1,{OTHER_CAP}}}[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
}


def pattern_code(name: str) -> int:
    """The kernel's number of a pattern. Raises UserError for an unknown name."""
    if name not in NAMES:
        raise UserError(f"unknown pre-token pattern {name!r}; accepted: {', '.join(NAMES)}.")
    return NAMES.index(name)


@cache
def _table(code: int) -> np.ndarray:
    """uint8[0x110000]: the classes as one pattern distinguishes them."""
    merged = np.arange(8, dtype=np.uint8)
    if code == HANJI:
        merged[MARK] = LETTER
    else:
        merged[[HANGUL, JAMO]] = LETTER
        merged[MARK] = OTHER
    if code == GPT2:
        merged[NEWLINE] = SPACE
    return merged[classes()]


def scan(array: pa.Array, pattern: str) -> tuple[np.ndarray, np.ndarray]:
    """The pre-tokens of a string column: (ends int64[pre-tokens], first int64[n + 1]).

    The pre-tokens tile the column's bytes: one begins where the one before it ends. `ends` are positions in the bytes of
    `corpus.utf8.string_buffers`; those of document i are `ends[first[i]:first[i + 1]]`.
    """
    data, offsets = string_buffers(array)
    return scan_buffers(data, offsets, pattern_code(pattern))


def scan_buffers(data: np.ndarray, offsets: np.ndarray, code: int) -> tuple[np.ndarray, np.ndarray]:
    """`scan` over `data` uint8[bytes], valid UTF-8, and `offsets` int64[n + 1]."""
    # Room for one pre-token per byte; memory that is never written is never taken.
    ends = np.empty(offsets[-1] - offsets[0], np.int64)
    first = np.empty(len(offsets), np.int64)
    total = _scan(data, offsets, _table(code), code, ends, first)
    return ends[:total], first


@njit
def _class_at(data, i, table):
    b = data[i]
    if b < 0x80:
        return table[b], np.int64(1)
    c, width = decode(data, i)
    return table[c], width


@njit
def _run(data, i, end, table, kind, cap):
    """Past the characters of one class from i on, at most `cap` of them."""
    count = 0
    while i < end and count < cap:
        k, width = _class_at(data, i, table)
        if k != kind:
            break
        i += width
        count += 1
    return i


@njit
def _newlines(data, i, end):
    while i < end and (data[i] == 10 or data[i] == 13):
        i += 1
    return i


@njit
def _letter_suffix(first, second, i, end):
    """Bytes of s, t, d, m, ll, ve, re (given in lower case) at the front of a contraction's tail; 0 for none."""
    if first == 115 or first == 116 or first == 100 or first == 109:
        return 1
    if i + 1 < end and ((first == 108 and second == 108) or (second == 101 and (first == 118 or first == 114))):
        return 2
    return 0


@njit
def _contraction(data, i, end, code):
    """The end of a contraction whose apostrophe ends before i, or 0 where there is none."""
    if i >= end:
        return 0
    first = data[i]
    second = data[i + 1] if i + 1 < end else np.uint8(0)
    if code == GPT2:
        width = _letter_suffix(first, second, i, end)
        return i + width if width else 0
    if code == CL100K:
        if first == 0xC5 and second == 0xBF:  # ſ, which is an s to a regular expression that ignores case
            return i + 2
        width = _letter_suffix(
            first | 32 if 65 <= first <= 90 else first, second | 32 if 65 <= second <= 90 else second, i, end
        )
        return i + width if width else 0
    if 65 <= first <= 90:
        single = first == 83 or first == 84 or first == 68 or first == 77
        lower, other = first | 32, (second | 32 if 65 <= second <= 90 else np.uint8(0))
        width = 1 if single else _letter_suffix(lower, other, i, end)
    else:
        width = _letter_suffix(first, second, i, end)
    if width == 0:
        return 0
    i += width
    if i < end and 65 <= (data[i] & 0xDF) <= 90:
        return 0
    return i


@njit
def _white(data, i, end, table, newline_rule):
    """The end of the pre-token that begins at white space i: \\s*[\\r\\n]+ where the pattern has it, \\s+(?!\\S), or \\s+."""
    start = i
    last = i  # where the last character begins
    after_newline = 0
    while i < end:
        k, width = _class_at(data, i, table)
        if k == NEWLINE:
            after_newline = i + 1
        elif k != SPACE:
            break
        last = i
        i += width
    if newline_rule and after_newline:
        return after_newline
    if i < end and last > start:
        return last
    return i


@njit
def _next(data, i, end, table, code):
    """The end of the pre-token that begins at i < end."""
    kind, width = _class_at(data, i, table)
    b = data[i]
    if b == 39:
        j = _contraction(data, i + 1, end, code)
        if j:
            return j
    elif code == HANJI and b == 0xE2 and data[i + 1] == 0x80 and data[i + 2] == 0x99:
        j = _contraction(data, i + 3, end, code)
        if j:
            return j
    j = i
    if code == CL100K:
        if kind == LETTER:
            return _run(data, i + width, end, table, LETTER, end)
        if kind == NUMBER:
            return _run(data, i + width, end, table, NUMBER, DIGITS - 1)
        if i + width < end and kind != NEWLINE:
            following, following_width = _class_at(data, i + width, table)
            if following == LETTER:
                return _run(data, i + width + following_width, end, table, LETTER, end)
            if b == 32 and following == OTHER:
                kind = OTHER
        if kind == OTHER:
            return _newlines(data, _run(data, i + width, end, table, OTHER, end), end)
        return _white(data, i, end, table, True)
    if b == 32 and i + 1 < end:
        following, following_width = _class_at(data, i + 1, table)
        if following != SPACE and following != NEWLINE:
            kind = following
            width = 1 + following_width
    if kind in (SPACE, NEWLINE):
        return _white(data, i, end, table, code == HANJI)
    j = i + width
    if code == GPT2:
        return _run(data, j, end, table, kind, end)
    if kind == HANGUL:
        return _run(data, j, end, table, kind, HANGUL_CAP - 1)
    if kind == LETTER:
        return _run(data, j, end, table, kind, WORD_CAP - 1)
    if kind == NUMBER:
        return _run(data, j, end, table, kind, DIGITS - 1)
    if kind == JAMO:
        return _run(data, j, end, table, kind, JAMO_CAP - 1)
    return _newlines(data, _run(data, j, end, table, kind, OTHER_CAP - 1), end)


@njit(cache=True, nogil=True)
def _scan(data, offsets, table, code, ends, first):
    n = 0
    for document in range(offsets.shape[0] - 1):
        first[document] = n
        i = offsets[document]
        end = offsets[document + 1]
        while i < end:
            i = _next(data, i, end, table, code)
            ends[n] = i
            n += 1
    first[offsets.shape[0] - 1] = n
    return n

"""Pre-tokens: the pieces of text whose borders BPE merges never cross, found by one kernel over Arrow's UTF-8 bytes.

Each pattern exists twice: as the regular expression written into tokenizer.json (tokenizer/scanner/patterns.py), and as
a table of rules from which a kernel finds the same boundaries some hundred times faster than a regular expression
engine: tokenizer/scanner/blocks.py for the patterns that all clients support, this file for `hanji`. There, whether a
pre-token begins at a character nearly always depends on the classes of that character and the two before it. One table
look-up per character decides, without unpredictable branches: 4096 rules, made by `_rules` below. Only newlines,
apostrophes, long numbers and overlong runs take separate paths.
"""

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit

from corpus.kernels.blocks import BLOCK
from corpus.kernels.hashing import load64, peek, pointer
from corpus.kernels.utf8 import decode, string_buffers
from tokenizer.kernels.pairs import poke
from tokenizer.scanner.blocks import class_at, letters, scan_some
from tokenizer.scanner.kinds import (
    APOSTROPHE,
    HANGUL,
    JAMO,
    LETTER,
    NEWLINE,
    NUMBER,
    OTHER,
    SPACE,
    START,
    UNKNOWN,
    WHITE,
    kinds,
)
from tokenizer.scanner.patterns import DIGITS, HANGUL_CAP, HANJI, JAMO_CAP, OTHER_CAP, WORD_CAP, pattern_code

# The values of a rule: a pre-token begins at this character; more checks are needed; one begins at the previous
# character.
HERE, CLOSER, BEFORE = 1, 2, 4
HIGH_BITS = np.uint64(0x8080808080808080)  # of eight bytes; none is set in ASCII


def scan(array: pa.Array, pattern: str) -> tuple[np.ndarray, np.ndarray]:
    """The pre-tokens of a string column: (ends int64[pre-tokens], first int64[n + 1]).

    The pre-tokens tile the column's bytes: one begins where the previous one ends. `ends` are positions in the bytes of
    `corpus.utf8.string_buffers`; those of document i are `ends[first[i]:first[i + 1]]`.
    """
    data, offsets = string_buffers(array)
    return scan_buffers(data, offsets, pattern_code(pattern))


def scan_buffers(data: np.ndarray, offsets: np.ndarray, code: int) -> tuple[np.ndarray, np.ndarray]:
    """`scan` over `data` uint8[bytes], valid UTF-8, and `offsets` int64[n + 1]."""
    # Room for one pre-token per byte; memory that is never written is never taken.
    ends, first = np.empty(offsets[-1] - offsets[0] + BLOCK + 2, np.int64), np.empty(len(offsets), np.int64)
    found = np.empty(int(np.max(np.diff(offsets), initial=0)) + 2 if code == HANJI else 0, np.int64)
    total = _scan(data, offsets, kinds(code), *tables(), code, found, ends, first)
    return ends[:total], first


@cache
def tables() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The tables of the pattern hanji: classes by a first look uint8[2048], rules uint8[4096], caps in bytes."""
    table = kinds(HANJI)
    # A byte below 0x80 is its own class; the first two bytes of three name a block of 64 characters, mostly of one
    # class.
    look = np.full(2048, UNKNOWN, np.uint8)
    look[:128] = table[:128]
    blocks = table[:0x10000].reshape(1024, 64)
    uniform = (blocks == blocks[:, :1]).all(axis=1)
    look[128 : 128 + 1024][uniform] = blocks[uniform, 0]
    caps = np.full(16, np.iinfo(np.int64).max, np.int64)
    # From this many bytes on, a run may have more characters than its cap.
    caps[[HANGUL, JAMO, LETTER]] = 3 * HANGUL_CAP, 3 * JAMO_CAP, WORD_CAP
    caps[[OTHER, APOSTROPHE, NEWLINE]] = OTHER_CAP  # a newline ends punctuation here; other white space is not a run
    return look, _rules(), caps


def _rules() -> np.ndarray:
    """uint8[4096]: the rule at a character c after p and, before that, q: index q << 8 | p << 4 | c."""
    rules = np.zeros((16, 16, 16), np.uint8)
    white = (SPACE, WHITE, NEWLINE)
    other = (OTHER, APOSTROPHE)
    for q in range(START + 1):
        for p in range(START + 1):
            for c in range(START):
                rule = 0
                same = p == c or (p in other and c in other)
                if c in white:
                    # Runs of white space; the character after them decides about their last character.
                    rule = HERE if p not in white and p != START else 0
                    if c == NEWLINE:
                        rule = CLOSER
                else:
                    if p in white and q in white:
                        rule = BEFORE  # \s+(?!\S): the last one is separate, or precedes the word
                    glued = p == SPACE
                    if c == LETTER:
                        glued = p in (SPACE, WHITE) or (p in other and q not in (*other, SPACE))
                    if not same and not glued and p != START:
                        rule |= HERE
                    if c == APOSTROPHE and not same and p != SPACE:
                        rule |= CLOSER
                    if c == NUMBER and p == NUMBER and q == NUMBER:
                        rule = CLOSER
                rules[q, p, c] = rule
    return rules.reshape(-1)


@njit
def _newlines(data, i, end):
    while i < end and (data[i] == 10 or data[i] == 13):
        i += 1
    return i


@njit
def _after_last_newline(data, i, end, table):
    """The position after the last newline of the run of white space at i."""
    last = i
    while i < end:
        kind, width = class_at(data, i, table)
        i += width
        if kind == NEWLINE:
            last = i
        elif kind != SPACE and kind != WHITE:
            break
    return last


@njit
def _contraction(data, i, end):
    """The end of a contraction whose apostrophe ends before i, or 0 where there is none."""
    if i >= end:
        return 0
    first, second = data[i], data[i + 1] if i + 1 < end else np.uint8(0)
    if 65 <= first <= 90:
        width = letters(first | 32, second | 32 if 65 <= second <= 90 else np.uint8(0), i, end)
    else:
        width = letters(first, second, i, end)
    if width == 0:
        return 0
    i += width
    if i < end and 65 <= (data[i] & 0xDF) <= 90:
        return 0
    return i


@njit
def _digit_groups(data, i, end, table, found, n):
    """Continue a number of which DIGITS digits end at i; returns (its end, the number of ends found)."""
    count = DIGITS
    while i < end:
        kind, width = class_at(data, i, table)
        if kind != NUMBER:
            break
        if count == DIGITS:
            found[n] = i << 4 | NUMBER
            n += 1
            count = 0
        i += width
        count += 1
    return i, n


@njit
def _scan_document(data, i, end, table, look, rules, found):
    """Write where pre-tokens end, and the class of their last character, as end << 4 | class; their number."""
    n: Any = 0
    limit = data.shape[0] - 1
    context: Any = np.int64(START << 4 | START)
    kind: Any = np.int64(START)
    while i < end:
        if i + 8 <= end and load64(data, i) & HIGH_BITS == 0:
            # Eight one-byte characters: the next one does not wait for the width of this one.
            stop = i + 8
            while i < stop:
                kind = np.int64(peek(look, np.int64(peek(data, i))))
                following = (context << 4 | kind) & 0xFFF
                rule = np.int64(peek(rules, following))
                if rule > HERE:
                    break
                poke(found, n, i << 4 | (context & 15))
                n += rule
                context = following
                i += 1
            if i == stop:
                continue
        first = np.int64(peek(data, i))
        second = np.int64(peek(data, min(i + 1, limit)))
        three = (first & 0xF0) == 0xE0
        one = first if first < 0x80 else np.int64(2047)
        place = 128 + ((first & 0xF) << 6 | (second & 0x3F)) if three else one
        kind = np.int64(peek(look, place))
        width = np.int64(3) if three else np.int64(1)
        if kind == UNKNOWN:
            c, width = decode(data, i)
            kind = np.int64(table[c])
        context = (context << 4 | kind) & 0xFFF
        rule = np.int64(peek(rules, context))
        last = context >> 4 & 15
        if rule & BEFORE:
            j = i - 1
            while data[j] & 0xC0 == 0x80:
                j -= 1
            found[n] = j << 4 | WHITE
            n += 1
        poke(found, n, i << 4 | last)
        n += rule & HERE
        i += width
        if not rule & CLOSER:
            continue
        if kind == NUMBER:
            i, n = _digit_groups(data, i, end, table, found, n)
            context = np.int64(START << 4 | NUMBER)
            continue
        if kind == APOSTROPHE:
            after = _contraction(data, i, end)
            if after == 0:
                continue
        elif last in (OTHER, APOSTROPHE):
            after = _newlines(data, i, end)
        else:
            if last != SPACE and last != WHITE and last != START:
                found[n] = (i - 1) << 4 | last
                n += 1
            after = _after_last_newline(data, i - 1, end, table)
            kind = np.int64(WHITE)
        i = after
        context = np.int64(START << 4 | START)
        if i < end:
            found[n] = i << 4 | kind
            n += 1
    found[n] = end << 4 | kind
    return n + 1


@njit
def _split(data, i, end, stop, table, kind, ends, n):
    """Cut an overlong run, perhaps with one character before it and newlines after it, at its cap; returns the number
    of ends.

    If one sign of punctuation is left over, it begins the next word in the document, which ends at `stop`.
    """
    cap = HANGUL_CAP if kind == HANGUL else JAMO_CAP if kind == JAMO else WORD_CAP if kind == LETTER else OTHER_CAP
    first, width = class_at(data, i, table)
    if first == SPACE or (kind == LETTER and first != LETTER):
        i += width
    count = 0
    cut = False
    while i < end and data[i] != 10 and data[i] != 13:
        if count == cap:
            ends[n] = i
            n += 1
            count = 0
            cut = True
        i += decode(data, i)[1]
        count += 1
    left_over = cut and count == 1 and kind in (OTHER, APOSTROPHE) and end < stop
    if left_over and class_at(data, end, table)[0] == LETTER:
        after = _contraction(data, end, stop) if kind == APOSTROPHE else 0
        if after == 0:
            return n
        end = after
    ends[n] = end
    return n + 1


@njit
def scan_hanji(data, start, end, table, look, rules, caps, found, ends, n):
    """Write where the pre-tokens of a document end, data[start:end] by the pattern hanji, to ends[n:]; the number of
    ends."""
    for k in range(_scan_document(data, start, end, table, look, rules, found)):
        kind = peek(found, k) & 15
        position = peek(found, k) >> 4
        if position - start > peek(caps, kind):
            n = _split(data, start, position, end, table, kind, ends, n)
            start = ends[n - 1]
        else:  # an empty one is overwritten
            poke(ends, n, position)
            n += position > start
            start = max(start, position)
    return n


@njit(cache=True, nogil=True)
def _scan(data, offsets, table, look, rules, caps, code, found, ends, first):
    n = 0
    text, characters, written = pointer(data), pointer(table), pointer(ends)
    for document in range(offsets.shape[0] - 1):
        first[document] = n
        start = offsets[document]
        end = offsets[document + 1]
        if code == HANJI and start < end:
            n = scan_hanji(data, start, end, table, look, rules, caps, found, ends, n)
        while code != HANJI and start < end:
            start, n = scan_some(text, data.shape[0], start, end, characters, code, written, n, ends.shape[0])
    first[offsets.shape[0] - 1] = n
    return n

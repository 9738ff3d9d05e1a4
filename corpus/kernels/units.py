"""Units: the syllables and words of which shingles, spans and test items are made, read directly from UTF-8.

    a Hangul syllable, a Han or Kana character      one unit each (Korean, and the scripts written without spaces)
    a word: a run of any other letters, digits and marks, lower-cased

Spaces, punctuation and symbols are ignored. Korean is written with and without spaces for the same words, so an eojeol
cannot be a unit. The hash of a character is a mix of its code point, the hash of a word a mix of its bytes in lower
case, eight at a time.

The cost is in branches that the processor cannot predict: a space after any syllable, the end of any word. So
syllables, the blanks between them and ASCII words are first found as bits, 64 bytes at a time (like strings in
simdjson). 640 MB of Korean and 680 MB of English a second on one core; letter by letter it was 430 and 330.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from corpus.kernels.hashing import mix64
from corpus.kernels.inner import inner, kernel
from corpus.kernels.intrinsics import bytes_between, load64, trailing_zeros
from corpus.kernels.utf8 import LETTER, MARK, NUMBER, classes, decode, encode, is_hangul, string_buffers

WORD = np.uint64(0xD1B54A32D192ED03)  # makes the hash of a word different from that of a character
FACTOR = np.uint64(0x9E3779B97F4A7C15)
FOLDED = np.array([ord(chr(c).lower()) if c < 128 and chr(c).isalnum() else 0 for c in range(256)], np.uint8)
LOWER8 = np.uint64(0x2020202020202020)  # small letters, eight at once; digits have this bit already
FIRST_BYTES = np.array([(1 << 8 * n) - 1 for n in range(9)], np.uint64)
BLOCK = 64
# Korean writers separate words by seven different dots. Unicode classifies two of them as letters, and Katakana's dot
# is between the letters of its block.
MIDDLE_DOT, ARAEA, OLD_ARAEA = 0x30FB, 0x318D, 0x119E


class Units(NamedTuple):
    """The units of a column one after another; unit i is bytes starts[i] to ends[i] of its own text."""

    hashes: np.ndarray  # uint64[total]
    alone: np.ndarray  # uint8[total]: 1 for a character that is a unit, 0 for a word
    starts: np.ndarray  # int32[total]
    ends: np.ndarray  # int32[total]
    bounds: np.ndarray  # int64[n + 1]


def units(texts: pa.Array) -> Units:
    """The units of each text with their places, for matching spans and test items. 17 bytes a unit."""
    data, offsets = string_buffers(texts)
    made = empty_units(most_units(offsets), len(texts))
    columns = list(made)
    total = int(scan(data, offsets, classes(), lower_case(), *columns))
    return Units(made.hashes[:total], made.alone[:total], made.starts[:total], made.ends[:total], made.bounds)


def empty_units(count: int, texts: int) -> Units:
    """Room for so many units of so many texts."""
    wide, narrow = np.empty(count, np.uint64), np.empty(count, np.uint8)
    return Units(wide, narrow, np.empty(count, np.int32), np.empty(count, np.int32), np.empty(texts + 1, np.int64))


def most_units(offsets: np.ndarray) -> int:
    """The length of the arrays that `scan` needs: a unit takes two bytes with its gap, and the kernel writes one
    ahead."""
    return int(offsets[-1] - offsets[0]) // 2 + len(offsets) + 1


@cache
def lower_case() -> np.ndarray:
    """uint32[65536]: each code point of the basic plane in lower case, where that is one code point."""
    return np.array([ord(low) if len(low := chr(c).lower()) == 1 else c for c in range(0x10000)], np.uint32)


@inner
def _stands_alone(c):
    """Whether the character is a unit: Hangul syllables, Kana and Han."""
    return (
        is_hangul(c)
        or ((c >= 0x3041) and (c <= 0x30FF) and (c != MIDDLE_DOT))
        or ((c >= 0x3400) and (c <= 0x4DBF))
        or ((c >= 0x4E00) and (c <= 0x9FFF))
        or ((c >= 0xF900) and (c <= 0xFAFF))
        or ((c >= 0x20000) and (c <= 0x3FFFF))
    )


@inner
def _put(units, alone, starts, ends, place, value, single, start, end):
    """Write a unit, and its place in the text if there are arrays for it."""
    units[place] = value
    alone[place] = single
    if starts is not None:
        starts[place] = start
        ends[place] = end


@inner
def _fold(value, chunk):
    """The hash of the first bytes of a word, extended by the next eight bytes."""
    value = (value ^ chunk) * FACTOR
    return value ^ (value >> np.uint64(32))


@inner
def _goes_on(data, i, kinds):
    """Whether byte i begins a letter, digit or mark that belongs to a word."""
    c = decode(data, i)[0]
    return not _stands_alone(c) and kinds[c] in (LETTER, NUMBER, MARK) and not _is_dot(data, i, c, False)


@inner
def _is_dot(data, i, c, first):
    """Whether the letter at byte i is a middle dot: ㆍ, or a ᆞ without the leading consonant of old Korean before it.

    `first`: whether the text begins here.
    """
    if c != OLD_ARAEA:
        return c == ARAEA
    return (
        first
        or i < 3
        or data[i - 3] != 0xE1
        or not (data[i - 2] == 0x84 or (data[i - 2] == 0x85 and data[i - 1] < 0xA0))
    )


@inner
def _block(data, i, start, end, kinds, units, alone, starts, ends, count):
    """Write the syllables and ASCII words of the 64 bytes from i on, up to another letter: (next byte, units)."""
    syllables = (
        bytes_between(data, i, 0xEB, 0xEC)
        | (bytes_between(data, i, 0xEA, 0xEA) & bytes_between(data, i + 1, 0xB0, 0xBF))
        | (bytes_between(data, i, 0xED, 0xED) & bytes_between(data, i + 1, 0x80, 0x9D))
    )
    letters = (
        bytes_between(data, i, 0x61, 0x7A) | bytes_between(data, i, 0x41, 0x5A) | bytes_between(data, i, 0x30, 0x39)
    )
    limit = min(end - i, trailing_zeros(bytes_between(data, i, 0xC0, 0xFF) & ~syllables))
    todo = syllables | (letters & ~(letters << np.uint64(1)))
    if limit < BLOCK:
        todo &= (np.uint64(1) << np.uint64(limit)) - np.uint64(1)
    reach = limit
    while todo:
        first = trailing_zeros(todo)
        todo &= todo - np.uint64(1)
        at = i + first
        word = load64(data, at)
        if (syllables >> np.uint64(first)) & np.uint64(1):
            c = (
                ((word & np.uint64(0xF)) << np.uint64(12))
                | ((word >> np.uint64(2)) & np.uint64(0xFC0))
                | ((word >> np.uint64(16)) & np.uint64(0x3F))
            )
            _put(units, alone, starts, ends, count, mix64(c), 1, at - start, at - start + 3)
            count += 1
            reach = max(reach, first + 3)
            continue
        left = min(trailing_zeros(~(letters >> np.uint64(first))), limit - first)
        if first + left == limit and (limit == BLOCK or (i + limit < end and _goes_on(data, i + limit, kinds))):
            return at, count  # the word may continue
        last = at + left
        value = np.uint64(0)
        begin = at
        while left > 8:
            value = _fold(value, word | LOWER8)
            at += 8
            left -= 8
            word = load64(data, at)
        value = _fold(value, (word | LOWER8) & FIRST_BYTES[left])
        _put(units, alone, starts, ends, count, mix64(value ^ WORD), 0, begin - start, last - start)
        count += 1
    return i + reach, count


@inner
def _word(data, i, end, kinds, lower, letter):
    """The word at byte i, letter by letter (`letter` is scratch uint8[4]): (its hash, the byte after it)."""
    value = np.uint64(0)
    chunk = np.uint64(0)
    filled = 0
    while i < end:
        c, width = decode(data, i)
        if c < 0x80:
            if FOLDED[c] == 0:
                break
            letter[0] = FOLDED[c]
            length = 1
        else:
            if not _goes_on(data, i, kinds):
                break
            length = encode(lower[c] if c < 0x10000 else c, letter, 0)
        for k in range(length):
            if filled == 8:
                value = _fold(value, chunk)
                chunk = np.uint64(0)
                filled = 0
            chunk |= np.uint64(letter[k]) << np.uint64(8 * filled)
            filled += 1
        i += width
    return mix64(_fold(value, chunk) ^ WORD), i


@kernel
def scan(data, offsets, kinds, lower, units, alone, starts, ends, bounds):
    """Write the units of all documents to arrays of length `most_units` (starts and ends may be None); returns their
    number."""
    count = 0
    bounds[0] = 0
    letter = np.empty(4, np.uint8)
    for d in range(offsets.shape[0] - 1):
        start = offsets[d]
        end = offsets[d + 1]
        i = start
        while i < end:
            if i + BLOCK + 8 <= data.shape[0]:
                before = i
                i, count = _block(data, i, start, end, kinds, units, alone, starts, ends, count)
                if i > before:
                    continue
            c, width = decode(data, i)
            if _stands_alone(c):
                _put(units, alone, starts, ends, count, mix64(np.uint64(c)), 1, i - start, i - start + width)
                count += 1
                i += width
            elif kinds[c] in (LETTER, NUMBER, MARK) and not _is_dot(data, i, c, i == start):
                begin = i
                value, i = _word(data, i, end, kinds, lower, letter)
                _put(units, alone, starts, ends, count, value, 0, begin - start, i - start)
                count += 1
            else:
                i += width
        bounds[d + 1] = count
    return count

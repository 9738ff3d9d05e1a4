"""The kind of a line from its own signs (corpus/structure/kinds.py), and the bits that its neighbours need.

A sign is looked for only if the first or the last character of the line can belong to it.
"""

import numpy as np

from corpus.kernels.inner import inner
from corpus.kernels.utf8 import LETTER, NUMBER, decode
from corpus.structure.kinds import (
    BULLETS,
    CIRCLED,
    CODE_BEGINS,
    LETTERED,
    TABLE_TAGS,
    VERSE_CHARACTERS,
    VERSE_WORDS,
    Kind,
)
from corpus.structure.sentences import CLOSING, ENDINGS, STOPS

BLANK, PROSE, HEADING, LIST, TABLE, CODE, QUOTE, VERSE, FORMULA, SIGNS = (np.uint8(kind) for kind in Kind)
# What is known from the line alone, as bits; a fence's length and a verse's number are in the bits above them.
TICKS, TILDES, BARE, MATH, HAS_MATH, BEGIN, END, DELIMITER = (1 << bit for bit in range(8))
PIPE, TABS, UNDERLINE, INDENTED, DEEP, HANGUL, OPEN, SHORT = (1 << bit for bit in range(8, 16))
NUMBER_AT = 16  # the first bit of the number
RUNS_ON = "은는이가을를의에로도와과서게며고면지니라" + ENDINGS  # last syllables of a line of verse
_BULLET, _LETTERED, STOP, CLOSES, RUNS = 1, 2, 4, 8, 16


def _marks() -> np.ndarray:
    table = np.zeros(0x10000, np.uint8)
    for bit, characters in enumerate((BULLETS + CIRCLED, LETTERED, STOPS, CLOSING, RUNS_ON)):
        for character in characters:
            table[ord(character)] |= 1 << bit
    return table


MARKS = _marks()
_TAGS = np.array([int.from_bytes(tag.encode(), "little") for tag in TABLE_TAGS], np.uint64)
_BEGINS = np.array([int.from_bytes(mark.encode(), "little") for mark in CODE_BEGINS], np.uint64)


@inner
def is_latin(byte):
    return ((byte | 0x20) >= 0x61) and ((byte | 0x20) <= 0x7A)


@inner
def is_digit(byte):
    return byte >= 0x30 and byte <= 0x39


@inner
def is_space(byte):
    return byte == 0x20 or byte == 0x09


@inner
def _same_run(data, i, end):
    """How many bytes from i on are equal to data[i]."""
    n = i
    while n < end and data[n] == data[i]:
        n += 1
    return n - i


@inner
def _packed(data, i, end):
    """Up to seven letters, as small letters, in a little-endian word."""
    word = np.uint64(0)
    for k in range(min(7, end - i)):
        if not is_latin(data[i + k]):
            break
        word |= np.uint64(data[i + k] | 0x20) << np.uint64(8 * k)
    return word


@inner
def _begins(data, i, end, mark):
    """Whether the bytes of a little-endian word are at i."""
    while mark:
        if i >= end or np.uint64(data[i]) != mark & np.uint64(0xFF):
            return False
        mark >>= np.uint64(8)
        i += 1
    return True


@inner
def _only_of(data, i, end, allowed):
    for k in range(i, end):
        found = False
        for byte in allowed:
            found = found or data[k] == byte
        if not found:
            return False
    return True


@inner
def _count_pairs(data, i, end):
    """How often $$ occurs."""
    n = 0
    while i + 1 < end:
        if data[i] == 0x24 and data[i + 1] == 0x24:
            n += 1
            i += 1
        i += 1
    return n


@inner
def _has_letter(data, i, end, classes):
    while i < end:
        c, width = decode(data, i)
        if classes[c] == LETTER or classes[c] == NUMBER:
            return True
        i += width
    return False


@inner
def _has_any(data, i, end, wanted):
    for k in range(i, end):
        for byte in wanted:
            if data[k] == byte:
                return True
    return False


@inner
def count_words(data, i, end):
    """How many words there are; counting stops above VERSE_WORDS."""
    n = 0
    outside = True
    for k in range(i, end):
        space = is_space(data[k])
        n += outside and not space
        outside = space
        if n > VERSE_WORDS:
            break
    return n


@inner
def last_character(data, start, end):
    i = end - 1
    while i > start and (data[i] & 0xC0) == 0x80:
        i -= 1
    return decode(data, i)[0], i


@inner
def _is_open(data, i, end):
    """Whether a line ends without terminal punctuation."""
    while end > i:
        c, end = last_character(data, i, end)
        if c < 0x10000 and MARKS[c] & STOP:
            return False
        if c >= 0x10000 or not MARKS[c] & CLOSES:
            return True
    return True


@inner
def _is_item(data, i, end, classes):
    """Whether a list mark is at byte i of a line that has a letter."""
    byte = data[i]
    behind = data[i + 1] if i + 1 < end else np.uint8(0x20)
    if byte == 0x2A or byte == 0x2B:  # * +
        return is_space(behind)
    if byte == 0x2D or (byte == 0xC2 and behind == 0xB7):  # - ·
        i += 1 if byte == 0x2D else 2
        return i < end and (is_space(data[i]) or classes[decode(data, i)[0]] == LETTER)
    if is_digit(byte):
        n = i
        while n < end and is_digit(data[n]):
            n += 1
        if n - i > 3 or n >= end or (data[n] != 0x2E and data[n] != 0x29):
            return False
        return n + 1 >= end or is_space(data[n + 1]) or data[n + 1] >= 0x80
    if byte == 0x28:  # (
        n = i + 1
        while n < end and is_digit(data[n]):
            n += 1
        if n == i + 1 and n < end:
            c, width = decode(data, n)
            if c < 0x80 or c >= 0x10000 or not MARKS[c] & _LETTERED:
                return False
            n += width
        return n < end and n - i <= 4 and data[n] == 0x29
    if is_latin(byte):
        return behind == 0x29 and i + 2 < end and is_space(data[i + 2])
    if byte < 0x80:
        return False
    c, width = decode(data, i)
    if c >= 0x10000:
        return False
    if MARKS[c] & _BULLET:
        return True
    return (
        (MARKS[c] & _LETTERED) != 0
        and i + width + 1 < end
        and data[i + width] == 0x2E
        and is_space(data[i + width + 1])
    )


@inner
def _is_heading(data, i, end):
    n = _same_run(data, i, end)
    if data[i] == 0x23:  # #
        return n <= 6 and (i + n == end or is_space(data[i + n]))
    if data[i] == 0x3D and n >= 2 and n <= 6:  # =
        return i + 2 * n < end and data[end - 1] == 0x3D and data[end - 2] == 0x3D
    return False


@inner
def _is_table(data, i, end):
    if data[i] == 0x7C:  # |
        return _has_any(data, i + 1, end, (0x7C,))
    if data[i] == 0x2B:  # +---+
        return i + 2 < end and data[i + 1] == 0x2D and _only_of(data, i, end, (0x2B, 0x2D, 0x3D))
    if data[i] == 0x3C:  # <
        word = _packed(data, i + 1 + (i + 1 < end and data[i + 1] == 0x2F), end)
        for tag in _TAGS:
            if tag == word:
                return True
    return False


@inner
def _is_code(data, i, end, hangul):
    """Whether a line looks like program code: a comment, a directive, or a semicolon or brace at the end."""
    byte = data[i]
    if byte == 0x2F or byte == 0x2A or byte == 0x3C or byte == 0x23:  # / * < #
        for mark in _BEGINS:
            if _begins(data, i, end, mark):
                return True
    last = data[end - 1]
    before = data[end - 2] if end - i > 1 else np.uint8(0)
    if last == 0x3B:  # ;
        if before == 0x29 or before == 0x22 or before == 0x27 or before == 0x7D:  # ) " ' }
            return True
        return not hangul and (_has_any(data, i, end, (0x3D, 0x28, 0x5B, 0x3C, 0x7B)) or count_words(data, i, end) <= 2)
    return not hangul and (last == 0x7B or last == 0x7D)


@inner
def kind_alone(data, start, end, hangul, pipes, tabs, characters, classes):
    """(kind of the line from its own signs, its bits)."""
    i = start
    columns = 0
    while i < end and is_space(data[i]):
        columns += 4 if data[i] == 0x09 else 1
        i += 1
    while end > i and is_space(data[end - 1]):
        end -= 1
    if i == end:
        return BLANK, 0
    bits = (PIPE if pipes else 0) | (TABS if tabs >= 2 else 0) | (HANGUL if hangul else 0)
    bits |= (INDENTED if columns >= 2 else 0) | (DEEP if columns >= 4 else 0)
    bits |= SHORT if characters <= VERSE_CHARACTERS else 0
    byte = data[i]
    last = data[end - 1]
    if last == 0x24 and end - i >= 2 and data[end - 2] == 0x24:
        bits |= HAS_MATH
    if not is_latin(byte) and not (
        byte >= 0xEA and byte <= 0xED
    ):  # of all marks only those of items and code begin with a letter
        if byte == 0x60 or byte == 0x7E:  # ` ~
            n = _same_run(data, i, end)
            if n >= 3 and (byte == 0x7E or not _has_any(data, i + n, end, (0x60,))):
                bits |= (TICKS if byte == 0x60 else TILDES) | (BARE if i + n == end else 0)
                return CODE, bits | min(n, 255) << NUMBER_AT
        if byte == 0x24 and end - i >= 2 and data[i + 1] == 0x24:
            pairs = _count_pairs(data, i, end)
            return FORMULA, bits | (MATH if pairs == 1 else 0) | HAS_MATH
        if byte == 0x5C:  # \
            word = _packed(data, i + 1, end)
            if word == np.uint64(0x6E69676562) or word == np.uint64(0x646E65):  # begin, end
                return FORMULA, bits | (BEGIN if word == np.uint64(0x6E69676562) else END)
        delimiter = pipes > 0 and (byte == 0x7C or byte == 0x2D or byte == 0x3A)
        if delimiter and _only_of(data, i, end, (0x7C, 0x2D, 0x3A, 0x20, 0x09)) and _has_any(data, i, end, (0x2D,)):
            return TABLE, bits | DELIMITER
        if (byte == 0x7C or byte == 0x2B or byte == 0x3C) and _is_table(data, i, end):
            return TABLE, bits
        if (byte == 0x23 or byte == 0x3D) and _is_heading(data, i, end):
            return HEADING, bits
        if byte == 0x3E:
            return QUOTE, bits
        if not is_digit(byte) and not _has_letter(data, i, end, classes):
            run = _same_run(data, i, end)
            under = (byte == 0x2D or byte == 0x3D) and run >= 3 and i + run == end
            code = last == 0x7B or last == 0x7D or last == 0x3B
            return CODE if code else SIGNS, bits | (UNDERLINE if under else 0)
        if _is_item(data, i, end, classes):
            return LIST, bits
    elif is_latin(byte):
        if end - i > 2 and data[i + 1] == 0x29 and is_space(data[i + 2]):
            return LIST, bits
    elif end - i > 4 and data[i + 3] == 0x2E and is_space(data[i + 4]) and MARKS[decode(data, i)[0]] & _LETTERED:
        return LIST, bits
    if (last == 0x3B or last == 0x7B or last == 0x7D or not is_latin(byte)) and _is_code(data, i, end, hangul):
        return CODE, bits
    if columns >= 4 and not hangul and _has_any(data, i, end, (0x7B, 0x7D, 0x5B, 0x5D, 0x3D, 0x3B, 0x3C, 0x3E, 0x5F)):
        return CODE, bits
    if is_latin(last) or is_digit(last) or (last != 0x2E and _is_open(data, i, end)):
        bits |= OPEN
    if is_digit(byte):
        n = i
        value = 0
        while n < end and is_digit(data[n]) and n - i < 3:
            value = 10 * value + int(data[n] - 0x30)
            n += 1
        if n + 1 < end and data[n] == 0x20 and classes[decode(data, n + 1)[0]] == LETTER:
            bits |= value << NUMBER_AT
    return PROSE, bits

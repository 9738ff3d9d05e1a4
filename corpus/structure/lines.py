"""The kind of every line of a column (corpus/structure/kinds.py), in two passes: what each line shows by itself, then
what its neighbours make of it.

Newlines, pipes, tabs and Hangul are found 64 bytes at a time; a line's own signs are looked for only where its first
or last character gives a reason to. About 1.5 GB/s a core on prose. corpus/structure/definition.py is the same in
plain Python.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit

from corpus.kernels.blocks import BLOCK, below, inner_bytes, is_byte, ones
from corpus.kernels.hashing import bytes_between, trailing_zeros
from corpus.kernels.utf8 import LETTER, NUMBER, classes, decode, is_hangul, string_buffers
from corpus.structure.kinds import (
    BULLETS,
    CIRCLED,
    CODE_BEGINS,
    LETTERED,
    TABLE_TAGS,
    VERSE_CHARACTERS,
    VERSE_LINES,
    VERSE_WORDS,
    Kind,
)
from corpus.structure.sentences import CLOSING, ENDINGS, STOPS

BLANK, PROSE, HEADING, LIST, TABLE, CODE, QUOTE, VERSE, FORMULA, SIGNS = (np.uint8(kind) for kind in Kind)
# What a line shows by itself, as bits; a fence's length and a verse's number stand above them.
_TICKS, _TILDES, _BARE, _MATH, _HAS_MATH, _BEGIN, _END, _DELIMITER = (1 << bit for bit in range(8))
_PIPE, _TABS, _UNDERLINE, _INDENTED, _DEEP, _HANGUL, _OPEN, _SHORT = (1 << bit for bit in range(8, 16))
_NUMBER = 16  # the first bit of the number
RUNS_ON = "은는이가을를의에로도와과서게며고면지니라" + ENDINGS  # last syllables of a line of verse
_BULLET, _LETTERED, _STOP, _CLOSING, _RUNS_ON = 1, 2, 4, 8, 16


def _marks() -> np.ndarray:
    table = np.zeros(0x10000, np.uint8)
    for bit, characters in enumerate((BULLETS + CIRCLED, LETTERED, STOPS, CLOSING, RUNS_ON)):
        for character in characters:
            table[ord(character)] |= 1 << bit
    return table


_MARKS = _marks()
_TAGS = np.array([int.from_bytes(tag.encode(), "little") for tag in TABLE_TAGS], np.uint64)
_BEGINS = np.array([int.from_bytes(mark.encode(), "little") for mark in CODE_BEGINS], np.uint64)


class Lines(NamedTuple):
    """The lines of a column, one document after another: those of document d have numbers bounds[d] to bounds[d +
    1]."""

    bounds: np.ndarray  # int64[n + 1]
    starts: np.ndarray  # int64[total]: byte of the column's buffer where the line begins
    ends: np.ndarray  # int64[total]: where it ends, before its newline
    kinds: np.ndarray  # uint8[total]: Kind


@njit
def _is_latin(byte):
    return ((byte | 0x20) >= 0x61) and ((byte | 0x20) <= 0x7A)


@njit
def _is_digit(byte):
    return byte >= 0x30 and byte <= 0x39


@njit
def _is_space(byte):
    return byte == 0x20 or byte == 0x09


@njit
def _same_run(data, i, end):
    """How many bytes equal to data[i] begin there."""
    n = i
    while n < end and data[n] == data[i]:
        n += 1
    return n - i


@njit
def _packed(data, i, end):
    """Up to seven letters in small ones as a little-endian word."""
    word = np.uint64(0)
    for k in range(min(7, end - i)):
        if not _is_latin(data[i + k]):
            break
        word |= np.uint64(data[i + k] | 0x20) << np.uint64(8 * k)
    return word


@njit
def _begins(data, i, end, mark):
    """Whether the bytes of a little-endian word stand at i."""
    while mark:
        if i >= end or np.uint64(data[i]) != mark & np.uint64(0xFF):
            return False
        mark >>= np.uint64(8)
        i += 1
    return True


@njit
def _only_of(data, i, end, allowed):
    for k in range(i, end):
        found = False
        for byte in allowed:
            found = found or data[k] == byte
        if not found:
            return False
    return True


@njit
def _count_pairs(data, i, end):
    """How often $$ stands there."""
    n = 0
    while i + 1 < end:
        if data[i] == 0x24 and data[i + 1] == 0x24:
            n += 1
            i += 1
        i += 1
    return n


@njit
def _has_letter(data, i, end, classes):
    while i < end:
        c, width = decode(data, i)
        if classes[c] == LETTER or classes[c] == NUMBER:
            return True
        i += width
    return False


@njit
def _has_any(data, i, end, wanted):
    for k in range(i, end):
        for byte in wanted:
            if data[k] == byte:
                return True
    return False


@njit
def _words(data, i, end):
    """How many words there are; more than VERSE_WORDS is all that anybody asks."""
    n = 0
    outside = True
    for k in range(i, end):
        space = _is_space(data[k])
        n += outside and not space
        outside = space
        if n > VERSE_WORDS:
            break
    return n


@njit
def _last(data, start, end):
    i = end - 1
    while i > start and (data[i] & 0xC0) == 0x80:
        i -= 1
    return decode(data, i)[0], i


@njit
def _is_open(data, i, end):
    """Whether a line ends without terminal punctuation."""
    while end > i:
        c, end = _last(data, i, end)
        if c < 0x10000 and _MARKS[c] & _STOP:
            return False
        if c >= 0x10000 or not _MARKS[c] & _CLOSING:
            return True
    return True


@njit
def _is_item(data, i, end, classes):
    """Whether a list mark stands at byte i of a line that has a letter."""
    byte = data[i]
    behind = data[i + 1] if i + 1 < end else np.uint8(0x20)
    if byte == 0x2A or byte == 0x2B:  # * +
        return _is_space(behind)
    if byte == 0x2D or (byte == 0xC2 and behind == 0xB7):  # - ·
        i += 1 if byte == 0x2D else 2
        return i < end and (_is_space(data[i]) or classes[decode(data, i)[0]] == LETTER)
    if _is_digit(byte):
        n = i
        while n < end and _is_digit(data[n]):
            n += 1
        if n - i > 3 or n >= end or (data[n] != 0x2E and data[n] != 0x29):
            return False
        return n + 1 >= end or _is_space(data[n + 1]) or data[n + 1] >= 0x80
    if byte == 0x28:  # (
        n = i + 1
        while n < end and _is_digit(data[n]):
            n += 1
        if n == i + 1 and n < end:
            c, width = decode(data, n)
            if c < 0x80 or c >= 0x10000 or not _MARKS[c] & _LETTERED:
                return False
            n += width
        return n < end and n - i <= 4 and data[n] == 0x29
    if _is_latin(byte):
        return behind == 0x29 and i + 2 < end and _is_space(data[i + 2])
    if byte < 0x80:
        return False
    c, width = decode(data, i)
    if c >= 0x10000:
        return False
    if _MARKS[c] & _BULLET:
        return True
    return (
        (_MARKS[c] & _LETTERED) != 0
        and i + width + 1 < end
        and data[i + width] == 0x2E
        and _is_space(data[i + width + 1])
    )


@njit
def _is_heading(data, i, end):
    n = _same_run(data, i, end)
    if data[i] == 0x23:  # #
        return n <= 6 and (i + n == end or _is_space(data[i + n]))
    if data[i] == 0x3D and n >= 2 and n <= 6:  # =
        return i + 2 * n < end and data[end - 1] == 0x3D and data[end - 2] == 0x3D
    return False


@njit
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


@njit
def _is_code(data, i, end, hangul):
    """Whether a line looks like a program's: a comment, a directive, or an end in a semicolon or brace."""
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
        return not hangul and (_has_any(data, i, end, (0x3D, 0x28, 0x5B, 0x3C, 0x7B)) or _words(data, i, end) <= 2)
    return not hangul and (last == 0x7B or last == 0x7D)


@njit
def _look(data, start, end, hangul, pipes, tabs, characters, classes):
    """(kind of the line by itself, its bits)."""
    i = start
    columns = 0
    while i < end and _is_space(data[i]):
        columns += 4 if data[i] == 0x09 else 1
        i += 1
    while end > i and _is_space(data[end - 1]):
        end -= 1
    if i == end:
        return BLANK, 0
    bits = (_PIPE if pipes else 0) | (_TABS if tabs >= 2 else 0) | (_HANGUL if hangul else 0)
    bits |= (_INDENTED if columns >= 2 else 0) | (_DEEP if columns >= 4 else 0)
    bits |= _SHORT if characters <= VERSE_CHARACTERS else 0
    byte = data[i]
    last = data[end - 1]
    if last == 0x24 and end - i >= 2 and data[end - 2] == 0x24:
        bits |= _HAS_MATH
    if not _is_latin(byte) and not (
        byte >= 0xEA and byte <= 0xED
    ):  # no mark but an item's or code's begins with a letter
        if byte == 0x60 or byte == 0x7E:  # ` ~
            n = _same_run(data, i, end)
            if n >= 3 and (byte == 0x7E or not _has_any(data, i + n, end, (0x60,))):
                bits |= (_TICKS if byte == 0x60 else _TILDES) | (_BARE if i + n == end else 0)
                return CODE, bits | min(n, 255) << _NUMBER
        if byte == 0x24 and end - i >= 2 and data[i + 1] == 0x24:
            pairs = _count_pairs(data, i, end)
            return FORMULA, bits | (_MATH if pairs == 1 else 0) | _HAS_MATH
        if byte == 0x5C:  # \
            word = _packed(data, i + 1, end)
            if word == np.uint64(0x6E69676562) or word == np.uint64(0x646E65):  # begin, end
                return FORMULA, bits | (_BEGIN if word == np.uint64(0x6E69676562) else _END)
        delimiter = pipes > 0 and (byte == 0x7C or byte == 0x2D or byte == 0x3A)
        if delimiter and _only_of(data, i, end, (0x7C, 0x2D, 0x3A, 0x20, 0x09)) and _has_any(data, i, end, (0x2D,)):
            return TABLE, bits | _DELIMITER
        if (byte == 0x7C or byte == 0x2B or byte == 0x3C) and _is_table(data, i, end):
            return TABLE, bits
        if (byte == 0x23 or byte == 0x3D) and _is_heading(data, i, end):
            return HEADING, bits
        if byte == 0x3E:
            return QUOTE, bits
        if not _is_digit(byte) and not _has_letter(data, i, end, classes):
            run = _same_run(data, i, end)
            under = (byte == 0x2D or byte == 0x3D) and run >= 3 and i + run == end
            code = last == 0x7B or last == 0x7D or last == 0x3B
            return CODE if code else SIGNS, bits | (_UNDERLINE if under else 0)
        if _is_item(data, i, end, classes):
            return LIST, bits
    elif _is_latin(byte):
        if end - i > 2 and data[i + 1] == 0x29 and _is_space(data[i + 2]):
            return LIST, bits
    elif end - i > 4 and data[i + 3] == 0x2E and _is_space(data[i + 4]) and _MARKS[decode(data, i)[0]] & _LETTERED:
        return LIST, bits
    if (last == 0x3B or last == 0x7B or last == 0x7D or not _is_latin(byte)) and _is_code(data, i, end, hangul):
        return CODE, bits
    if columns >= 4 and not hangul and _has_any(data, i, end, (0x7B, 0x7D, 0x5B, 0x5D, 0x3D, 0x3B, 0x3C, 0x3E, 0x5F)):
        return CODE, bits
    if _is_latin(last) or _is_digit(last) or (last != 0x2E and _is_open(data, i, end)):
        bits |= _OPEN
    if _is_digit(byte):
        n = i
        value = 0
        while n < end and _is_digit(data[n]) and n - i < 3:
            value = 10 * value + int(data[n] - 0x30)
            n += 1
        if n + 1 < end and data[n] == 0x20 and classes[decode(data, n + 1)[0]] == LETTER:
            bits |= value << _NUMBER
    return PROSE, bits


@njit
def _last_of(kinds, bits, i, count):
    """The line that closes the fence or formula which line i opens; -1 if none does. A formula has no blank line."""
    b = bits[i]
    fence = b & (_TICKS | _TILDES)
    for j in range(i + 1, count):
        if fence:
            if bits[j] & fence and bits[j] & _BARE and bits[j] >> _NUMBER >= b >> _NUMBER:
                return j
        elif kinds[j] == BLANK or bits[j] & (_TICKS | _TILDES):
            return -1
        elif bits[j] & (_HAS_MATH if b & _MATH else _END):
            return j
    return -1


@njit
def _enclose(kinds, bits, count):
    """Fences and formulas from their first line to their last. A fence without its end is one line of code."""
    i = 0
    no_ticks = no_tildes = 256  # fences so long are known to have no end behind here
    begun = -1  # a \\begin without its \\end stands before this line's paragraph ends
    while i < count:
        b = bits[i]
        last = -1
        if kinds[i] == CODE and b & (_TICKS | _TILDES):
            length = b >> _NUMBER
            if length < (no_ticks if b & _TICKS else no_tildes):
                last = _last_of(kinds, bits, i, count)
                if last < 0 and b & _TICKS:
                    no_ticks = length
                elif last < 0:
                    no_tildes = length
        elif kinds[i] == FORMULA and (b & _MATH or (b & _BEGIN and i > begun)):
            last = _last_of(kinds, bits, i, count)
            if last < 0 and b & _BEGIN:
                begun = i
                while begun < count and kinds[begun] != BLANK:
                    begun += 1
        if last < 0:
            i += 1
            continue
        for j in range(i, last + 1):
            kinds[j] = kinds[i]
            bits[j] &= ~(_DELIMITER | _TABS)
        i = last + 1


@njit
def _tables(kinds, bits, count):
    """The rows around a delimiter row, and neighbouring lines of cells between tabs."""
    for i in range(count):
        if kinds[i] == TABLE and bits[i] & _DELIMITER:
            if i > 0 and bits[i - 1] & _PIPE and kinds[i - 1] in (PROSE, LIST):
                kinds[i - 1] = TABLE
            j = i + 1
            while j < count and bits[j] & _PIPE and kinds[j] in (PROSE, LIST):
                kinds[j] = TABLE
                j += 1
        elif bits[i] & _TABS and kinds[i] in (PROSE, LIST):
            before = i > 0 and bits[i - 1] & _TABS and kinds[i - 1] in (PROSE, LIST, TABLE)
            after = i + 1 < count and bits[i + 1] & _TABS and kinds[i + 1] in (PROSE, LIST)
            if before or after:
                kinds[i] = TABLE


@njit
def _neighbours(kinds, bits, count):
    """Underlined headings, lists that go on, and what stands between lines of code."""
    for i in range(count):
        before = kinds[i - 1] if i > 0 else BLANK
        if kinds[i] == PROSE:
            under = i + 1 < count and kinds[i + 1] == SIGNS and bits[i + 1] & _UNDERLINE
            if under and before != PROSE:
                kinds[i] = HEADING
            elif before == LIST and bits[i] & _INDENTED:
                kinds[i] = LIST
    last = -5  # of the lines of code
    for i in range(count):
        if kinds[i] == CODE:
            if i - last <= 4:
                plain = True
                for j in range(last + 1, i):
                    plain = plain and (
                        kinds[j] in (BLANK, SIGNS) or (kinds[j] == PROSE and bits[j] & _OPEN and not bits[j] & _HANGUL)
                    )
                if plain:
                    kinds[last + 1 : i] = CODE
            last = i


@njit
def _runs_on(data, start, end):
    """Whether a line of some words ends in a particle, a connective or an ending; in Latin, in a comma or a small
    word."""
    while end > start and _is_space(data[end - 1]):
        end -= 1
    words = _words(data, start, end)
    if words < VERSE_WORDS:
        return False
    i = end
    while i > start:
        c, i = _last(data, start, i)
        if is_hangul(c):
            return (_MARKS[c] & _RUNS_ON) != 0
        if c < 0x80 and _is_latin(np.uint8(c)):
            break
        if c >= 0x10000 or not (_MARKS[c] & (_STOP | _CLOSING) or c == 0x2C or c == 0x3B):
            return False
    while i > start and _is_latin(data[i - 1]):
        i -= 1
    return data[i] >= 0x61 and words > VERSE_WORDS


@njit
def _verses(data, starts, ends, kinds, bits, count):
    """Lines numbered one after the other, and paragraphs of short lines that run on."""
    i = 0
    while i < count:
        if kinds[i] != PROSE:
            i += 1
            continue
        stop = i
        short = True
        closed = 0
        while stop < count and kinds[stop] == PROSE:
            number = bits[stop] >> _NUMBER
            if number and stop > i and bits[stop - 1] >> _NUMBER == number - 1 and number > 1:
                bits[stop - 1] |= _BARE  # of a numbered pair; PROSE has no fence
                bits[stop] |= _BARE
            short = short and bits[stop] & _SHORT
            closed += not bits[stop] & _OPEN
            stop += 1
        poem = False
        if short and stop - i >= VERSE_LINES and 4 * closed <= stop - i:
            running = 0
            for j in range(i, stop):
                running += _runs_on(data, starts[j], ends[j])
            poem = 2 * running >= stop - i
        for j in range(i, stop):
            if poem or bits[j] & _BARE:
                kinds[j] = VERSE
        i = stop


@njit(cache=True, nogil=True)
def _find(data, offsets, classes, bounds, starts, ends, kinds, bits):
    """The lines of all documents; how many there are. Beyond the room that the arrays have, they are only counted."""
    room = starts.shape[0]
    total = 0
    for document in range(offsets.shape[0] - 1):
        bounds[document] = total
        first = total
        line = offsets[document]
        stop = offsets[document + 1]
        i = line
        hangul = False
        pipes = tabs = characters = 0
        while i < stop or line <= stop:
            if i >= stop:
                newlines = np.uint64(1)
                bars = cells = leads = firsts = np.uint64(0)
                width = 1
            elif i + BLOCK <= data.shape[0]:
                width = min(BLOCK, stop - i)
                mine = below(width)
                newlines = is_byte(data, i, 0x0A) & mine
                bars = is_byte(data, i, 0x7C) & mine
                cells = is_byte(data, i, 0x09) & mine
                leads = bytes_between(data, i, 0xEA, 0xED) & mine
                firsts = ~inner_bytes(data, i) & mine
            else:  # the last bytes of a batch
                width = 1
                newlines = np.uint64(data[i] == 0x0A)
                bars = np.uint64(data[i] == 0x7C)
                cells = np.uint64(data[i] == 0x09)
                leads = np.uint64(data[i] >= 0xEA and data[i] <= 0xED)
                firsts = np.uint64((data[i] & 0xC0) != 0x80)
            while newlines:
                end = i + trailing_zeros(newlines)
                before = newlines ^ (newlines - np.uint64(1))
                if total < room:
                    starts[total] = line
                    ends[total] = end
                    if end > line:
                        inside = before >> np.uint64(1)
                        kinds[total], bits[total] = _look(
                            data,
                            line,
                            end,
                            hangul or (leads & inside) != 0,
                            pipes + ones(bars & inside),
                            tabs + ones(cells & inside),
                            characters + ones(firsts & inside),
                            classes,
                        )
                    else:
                        kinds[total] = BLANK
                        bits[total] = 0
                total += 1
                line = end + 1
                hangul = False
                pipes = tabs = characters = 0
                bars &= ~before
                cells &= ~before
                leads &= ~before
                firsts &= ~before
                newlines &= newlines - np.uint64(1)
            hangul = hangul or leads != 0
            pipes += ones(bars)
            tabs += ones(cells)
            characters += ones(firsts)
            i += width
        if total <= room:
            count = total - first
            _enclose(kinds[first:total], bits[first:total], count)
            _tables(kinds[first:total], bits[first:total], count)
            _neighbours(kinds[first:total], bits[first:total], count)
            _verses(data, starts[first:total], ends[first:total], kinds[first:total], bits[first:total], count)
    bounds[offsets.shape[0] - 1] = total
    return total


def find_lines(texts: pa.Array) -> Lines:
    """The lines of each text and their kinds, for texts as corpus/cleaning/normalize.py leaves them.

    25 bytes a line.
    """
    data, offsets = string_buffers(texts)
    room = int(offsets[-1] - offsets[0]) // 40 + 4 * len(texts) + 64
    while True:
        bounds = np.empty(len(offsets), np.int64)
        starts, ends, bits = (np.empty(room, np.int64) for _ in range(3))
        kinds = np.empty(room, np.uint8)
        total = int(_find(data, offsets, classes(), bounds, starts, ends, kinds, bits))
        if total <= room:
            return Lines(bounds, starts[:total], ends[:total], kinds[:total])
        room = total

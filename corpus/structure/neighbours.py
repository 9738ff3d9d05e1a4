"""What the neighbours of a line change in its kind: fences and formulas, tables, headings, lists, code and verse.

Every function takes the lines of one document: their kinds uint8[count] and bits int64[count]
(corpus/structure/signs.py). It changes them in place.
"""

import numpy as np

from corpus.kernels.inner import inner
from corpus.kernels.utf8 import is_hangul
from corpus.structure.kinds import FRONT_MATTER, VERSE_LINES, VERSE_WORDS
from corpus.structure.signs import (
    BARE,
    BEGIN,
    BLANK,
    CLOSES,
    CODE,
    DELIMITER,
    END,
    FORMULA,
    HANGUL,
    HAS_MATH,
    HEADING,
    INDENTED,
    LIST,
    MARKS,
    MATH,
    NUMBER_AT,
    OPEN,
    PIPE,
    PROSE,
    RUNS,
    SHORT,
    SIGNS,
    STOP,
    TABLE,
    TABS,
    TICKS,
    TILDES,
    UNDERLINE,
    VERSE,
    count_words,
    is_digit,
    is_latin,
    is_space,
    last_character,
)


@inner
def _last_of(kinds, bits, i, count):
    """The line that closes the fence or formula that line i opens; -1 if there is none. A formula has no blank line."""
    b = bits[i]
    fence = b & (TICKS | TILDES)
    for j in range(i + 1, count):
        if fence:
            if bits[j] & fence and bits[j] & BARE and bits[j] >> NUMBER_AT >= b >> NUMBER_AT:
                return j
        elif kinds[j] == BLANK or bits[j] & (TICKS | TILDES):
            return -1
        elif bits[j] & (HAS_MATH if b & MATH else END):
            return j
    return -1


@inner
def _is_key(data, i, end):
    """Whether a line begins with a key and a colon, or continues the line before."""
    if i < end and (is_space(data[i]) or data[i] in (0x2D, 0x23, 0x5D, 0x7D)):  # - # ] }
        return True
    if i == end or not (is_latin(data[i]) or data[i] == 0x5F):
        return False
    while i < end and (is_latin(data[i]) or is_digit(data[i]) or data[i] in (0x5F, 0x2E, 0x2D)):
        i += 1
    return i < end and data[i] == 0x3A


@inner
def _is_rule(data, i, end):
    """Whether a line is --- alone."""
    while i < end and is_space(data[i]):
        i += 1
    while end > i and is_space(data[end - 1]):
        end -= 1
    return end - i == 3 and data[i] == 0x2D and data[i + 1] == 0x2D and data[i + 2] == 0x2D


@inner
def find_front_matter(data, starts, ends, kinds, bits, count):
    """Make code of keys and values between the first line of a text, --- alone, and the next such line."""
    if not (count > 2 and bits[0] & UNDERLINE and _is_rule(data, starts[0], ends[0])):
        return
    for i in range(1, min(count, FRONT_MATTER + 1)):
        if bits[i] & UNDERLINE and _is_rule(data, starts[i], ends[i]):
            if i > 1:
                kinds[: i + 1] = CODE
                bits[: i + 1] = 0
            return
        if kinds[i] == BLANK or not _is_key(data, starts[i], ends[i]):
            return


@inner
def enclose(kinds, bits, count):
    """Give all lines of a fence or formula the kind of its first line. A fence without an end is one line of code."""
    i = 0
    no_ticks = no_tildes = 256  # fences of this length or more have no end after this line
    begun = -1  # the last line of a paragraph with a \\begin and without its \\end
    while i < count:
        b = bits[i]
        last = -1
        if kinds[i] == CODE and b & (TICKS | TILDES):
            length = b >> NUMBER_AT
            if length < (no_ticks if b & TICKS else no_tildes):
                last = _last_of(kinds, bits, i, count)
                if last < 0 and b & TICKS:
                    no_ticks = length
                elif last < 0:
                    no_tildes = length
        elif kinds[i] == FORMULA and (b & MATH or (b & BEGIN and i > begun)):
            last = _last_of(kinds, bits, i, count)
            if last < 0 and b & BEGIN:
                begun = i
                while begun < count and kinds[begun] != BLANK:
                    begun += 1
        if last < 0:
            i += 1
            continue
        for j in range(i, last + 1):
            kinds[j] = kinds[i]
            bits[j] &= ~(DELIMITER | TABS)
        i = last + 1


@inner
def join_tables(kinds, bits, count):
    """Find the rows around a delimiter row, and neighbouring lines of cells between tabs."""
    for i in range(count):
        if kinds[i] == TABLE and bits[i] & DELIMITER:
            if i > 0 and bits[i - 1] & PIPE and kinds[i - 1] in (PROSE, LIST):
                kinds[i - 1] = TABLE
            j = i + 1
            while j < count and bits[j] & PIPE and kinds[j] in (PROSE, LIST):
                kinds[j] = TABLE
                j += 1
        elif bits[i] & TABS and kinds[i] in (PROSE, LIST):
            before = i > 0 and bits[i - 1] & TABS and kinds[i - 1] in (PROSE, LIST, TABLE)
            after = i + 1 < count and bits[i + 1] & TABS and kinds[i + 1] in (PROSE, LIST)
            if before or after:
                kinds[i] = TABLE


@inner
def join_neighbours(kinds, bits, count):
    """Find underlined headings, continued items of lists, and lines between lines of code."""
    for i in range(count):
        before = kinds[i - 1] if i > 0 else BLANK
        if kinds[i] == PROSE:
            under = i + 1 < count and kinds[i + 1] == SIGNS and bits[i + 1] & UNDERLINE
            if under and before != PROSE:
                kinds[i] = HEADING
            elif before == LIST and bits[i] & INDENTED:
                kinds[i] = LIST
    last = -5  # the last line of code
    for i in range(count):
        if kinds[i] == CODE:
            if i - last <= 4:
                plain = True
                for j in range(last + 1, i):
                    plain = plain and (
                        kinds[j] in (BLANK, SIGNS) or (kinds[j] == PROSE and bits[j] & OPEN and not bits[j] & HANGUL)
                    )
                if plain:
                    kinds[last + 1 : i] = CODE
            last = i


@inner
def _runs_on(data, start, end):
    """Whether a line of at least VERSE_WORDS words ends in a particle, a connective or a verb ending; in Latin script,
    in a word without a capital."""
    while end > start and is_space(data[end - 1]):
        end -= 1
    words = count_words(data, start, end)
    if words < VERSE_WORDS:
        return False
    i = end
    while i > start:
        c, i = last_character(data, start, i)
        if is_hangul(c):
            return (MARKS[c] & RUNS) != 0
        if c < 0x80 and is_latin(np.uint8(c)):
            break
        if c >= 0x10000 or not (MARKS[c] & (STOP | CLOSES) or c == 0x2C or c == 0x3B):
            return False
    while i > start and is_latin(data[i - 1]):
        i -= 1
    return data[i] >= 0x61 and words > VERSE_WORDS


@inner
def find_verses(data, starts, ends, kinds, bits, count):
    """Find lines numbered consecutively, and paragraphs of short lines that continue in the next line."""
    i = 0
    while i < count:
        if kinds[i] != PROSE:
            i += 1
            continue
        stop = i
        short = True
        closed = 0
        while stop < count and kinds[stop] == PROSE:
            number = bits[stop] >> NUMBER_AT
            if number and stop > i and bits[stop - 1] >> NUMBER_AT == number - 1 and number > 1:
                bits[stop - 1] |= BARE  # one of a numbered pair; the bit is free because PROSE has no fence
                bits[stop] |= BARE
            short = short and bits[stop] & SHORT
            closed += not bits[stop] & OPEN
            stop += 1
        poem = False
        if short and stop - i >= VERSE_LINES and 4 * closed <= stop - i:
            running = 0
            for j in range(i, stop):
                running += _runs_on(data, starts[j], ends[j])
            poem = 2 * running >= stop - i
        for j in range(i, stop):
            if poem or bits[j] & BARE:
                kinds[j] = VERSE
        i = stop

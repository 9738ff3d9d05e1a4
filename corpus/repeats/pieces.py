"""Pieces: what a cut may take, and what it must leave whole: sentences of prose, headings, and blocks of lines.

A sentence of prose is a piece, across lines where a paragraph is wrapped. Tables, lists, code, and short lines in a row
(verse, a menu) are a block: its lines are pieces of one group, which goes as a whole or stays. `choose` turns stretches
of bytes into pieces:

    inside   a repeated stretch takes the pieces that lie in it as a whole; less than LEAST bytes in a row are no cut
    touched  a test item takes every piece that it touches
    headings and the line that introduces a block go with the whole of their body, and stay with any of it
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit

from corpus.kernels.utf8 import LETTER, MARK, NUMBER, SPACE, classes, decode, is_hangul, string_buffers

LEAST = 200  # bytes: Lee et al. 2022 cut from 50 BPE tokens on
WRAPPED = 120  # columns: no paragraph is wrapped to lines longer than that
SHORT = 60  # columns: a longer line is prose even where no sentence ends in it
SENTENCE, HEADING, INTRODUCTION, BLOCK = range(4)
INSIDE, TOUCHED, WHOLE_LINE = 1, 2, 3  # what a stretch may take
# Kinds of lines, before they become pieces.
_BLANK, _PROSE, _HEADING, _LIST, _TABLE, _CODE, _VERSE = range(7)


class Pieces(NamedTuple):
    """The pieces of a column one after another; piece p stands at bytes starts[p] to ends[p] of its own text."""

    starts: np.ndarray  # int64[total]
    ends: np.ndarray  # int64[total]
    kinds: np.ndarray  # uint8[total]: SENTENCE, HEADING, INTRODUCTION or BLOCK
    groups: np.ndarray  # int64[total]: pieces of one block have one number, all others a number of their own
    levels: np.ndarray  # uint8[total]: of a heading, 1 is the highest
    bounds: np.ndarray  # int64[n + 1]


def pieces(texts: pa.Array) -> Pieces:
    """The pieces of each text; white space between them belongs to none. 26 bytes a piece."""
    data, offsets = string_buffers(texts)
    room = int(offsets[-1] - offsets[0]) + len(offsets)
    made = Pieces(
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty(room, np.uint8),
        np.empty(room, np.int64),
        np.empty(room, np.uint8),
        np.empty(len(offsets), np.int64),
    )
    total = int(_pieces(data, offsets, classes(), *made))
    return made._replace(**{name: getattr(made, name)[:total] for name in Pieces._fields[:5]})


def choose(
    texts: pa.Array, made: Pieces, rows: np.ndarray, starts: np.ndarray, ends: np.ndarray, how: np.ndarray
) -> np.ndarray:
    """bool[pieces]: which pieces go, from stretches of bytes sorted by row; `how` is INSIDE, TOUCHED or WHOLE_LINE for
    each.

    WHOLE_LINE takes like INSIDE, and whatever its length.
    """
    data, offsets = string_buffers(texts)
    taken = np.zeros(len(made.starts), np.uint8)
    _choose(data, offsets, classes(), *made, rows, starts, ends, how, taken)
    return taken > 0


@njit
def _width(data, start, end):
    """Columns: one a character, two where it takes three bytes (Hangul, Han, Kana)."""
    columns = 0
    for i in range(start, end):
        if data[i] & 0xC0 != 0x80:
            columns += 1 + (data[i] >= 0xE0)
    return columns


@njit
def _is_closer(c):
    return (
        c == 0x22 or c == 0x27 or c == 0x29 or c == 0x5D or c == 0x7D or c == 0x201D or c == 0x2019
        or (c >= 0x3009 and c <= 0x3011 and c & 1 == 1) or c == 0xFF09 or c == 0xBB
    )  # fmt: skip


@njit
def _abbreviates(data, start, stop):
    """Is the word that ends at byte `stop`, before a full stop, no end of a sentence: an initial, "Dr", "No", "1",
    "가"?"""
    first = stop
    letters = 0
    upper = False
    while first > start and ((data[first - 1] | 0x20) >= 0x61 and (data[first - 1] | 0x20) <= 0x7A):
        first -= 1
        letters += 1
        upper = data[first] < 0x61
    if letters:
        return letters == 1 or (upper and letters <= 4)
    while first > start and data[first - 1] >= 0x30 and data[first - 1] <= 0x39:
        first -= 1
    if first < stop:
        return first == start  # a number counts something where a sentence would begin with it
    return stop - start == 3 and data[start] >= 0xEA  # one syllable does, too


@njit
def sentence_end(data, i, start, stop, kinds):
    """The byte behind the sentence that ends with the character at byte i and its closing quotes; 0 where none ends.

    `start` is where the sentence began, `stop` the end of the line.
    """
    c, width = decode(data, i)
    if not (c == 0x2E or c == 0x21 or c == 0x3F or c == 0x2026 or c == 0x3002 or c == 0xFF01 or c == 0xFF1F):
        return 0
    end = i + width
    while end < stop:
        d, w = decode(data, end)
        if not (_is_closer(d) or d == 0x2E or d == 0x21 or d == 0x3F or d == 0x2026):
            break
        end += w
    if c == 0x2E and end == i + 1 and _abbreviates(data, start, i):
        return 0
    if end == stop or c == 0x3002 or c == 0xFF01 or c == 0xFF1F:
        return end
    following, w = decode(data, end)
    if kinds[following] != SPACE:
        if c == 0x2E and i - 3 >= start and is_hangul(following):  # "했다.그러나"
            before = decode(data, i - 3)[0] if data[i - 3] & 0xC0 != 0x80 else np.uint32(0)
            if before == 0xB2E4 or before == 0xC694 or before == 0xAE4C or before == 0xC8E0:  # 다 요 까 죠
                return end
        return 0
    j = end
    while j < stop:
        d, w = decode(data, j)
        if kinds[d] != SPACE:
            small = d >= 0x61 and d <= 0x7A  # "etc. and": after Latin letters only
            return 0 if small and c == 0x2E and i > start and data[i - 1] < 0x80 else end
        j += w
    return end


@njit
def _ends_sentence(data, start, stop, kinds):
    """Is the end of this line the end of a sentence?"""
    i = stop
    while i > start:
        i -= 1
        while data[i] & 0xC0 == 0x80:
            i -= 1
        c = decode(data, i)[0]
        if not _is_closer(c):
            return sentence_end(data, i, start, stop, kinds) == stop
    return False


@njit
def _has_sentence(data, start, stop, kinds):
    i = start
    while i < stop:
        if sentence_end(data, i, start, stop, kinds):
            return True
        i += decode(data, i)[1]
    return False


@njit
def _is_fence(data, start, stop):
    return (
        stop - start >= 3
        and (data[start] == 0x60 or data[start] == 0x7E)
        and data[start + 1] == data[start]
        and data[start + 2] == data[start]
    )


@njit
def _heading_level(data, start, stop):
    """Of "## Title" and "== Title ==": 1 to 6; 0 of other lines."""
    mark = data[start]
    count = 0
    if mark != 0x23 and mark != 0x3D:
        return 0
    while start + count < stop and data[start + count] == mark:
        count += 1
    if count > 6 or start + count == stop:
        return 0
    if mark == 0x23:
        return count if data[start + count] == 0x20 else 0
    return max(count - 1, 1) if data[stop - 1] == 0x3D else 0


@njit
def _is_item(data, start, stop, kinds):
    """Does a bullet or a number open this line: "- ", "* ", "• ", "1. ", "2) ", "(3) ", "가. ", "① "?"""
    c, width = decode(data, start)
    i = start + width
    if i >= stop:
        return False
    circled = c >= 0x2460 and c <= 0x2473
    bullet = (
        c == 0x2D or c == 0x2A or c == 0x2B or c == 0xB7 or c == 0x2022 or c == 0x2013 or c == 0x25CB or c == 0x25CF
        or c == 0x25A0 or c == 0x25A1 or c == 0x25AA or c == 0x203B or c == 0x318D or c == 0x3147
    )  # fmt: skip
    if circled:
        return True
    if bullet:
        return kinds[decode(data, i)[0]] == SPACE
    i = start + (c == 0x28)
    first = i
    while i < stop and data[i] >= 0x30 and data[i] <= 0x39:
        i += 1
    if i == first and i + 3 < stop and is_hangul(decode(data, i)[0]):
        i += 3
    if i == first and i + 1 < stop and (data[i] | 0x20) >= 0x61 and (data[i] | 0x20) <= 0x7A:
        i += 1
    if i == first or i - first > 3 or i + 1 >= stop:
        return False
    return (data[i] == 0x29 or (data[i] == 0x2E and c != 0x28)) and kinds[decode(data, i + 1)[0]] == SPACE


@njit
def _is_row(data, start, stop):
    """A row of a table: two bars or two tabs at least, or a bar at its start."""
    bars = 0
    tabs = 0
    for i in range(start, stop):
        bars += data[i] == 0x7C
        tabs += data[i] == 9
    return bars >= 2 or tabs >= 2 or data[start] == 0x7C


@njit
def _introduces(data, stop):
    """Does a line that ends at byte `stop` end in a colon, wide or not?"""
    return data[stop - 1] == 0x3A or (
        stop >= 3 and data[stop - 3] == 0xEF and data[stop - 2] == 0xBC and data[stop - 1] == 0x9A
    )


@njit
def _lines(data, first, end, kinds, starts, ends, line_kinds, levels):
    """Trimmed lines of a text, and what each one is; how many."""
    count = 0
    fenced = False
    i = first
    while i <= end:
        stop = i
        while stop < end and data[stop] != 10:
            stop += 1
        start = i
        last = stop
        while start < last and kinds[decode(data, start)[0]] == SPACE:
            start += decode(data, start)[1]
        while last > start:
            j = last - 1
            while data[j] & 0xC0 == 0x80:
                j -= 1
            if kinds[decode(data, j)[0]] != SPACE:
                break
            last = j
        levels[count] = 0
        kind = _PROSE
        indented = start - i >= 4 or (start > i and data[i] == 9)
        fence = _is_fence(data, start, last)
        if fenced or fence:
            kind = _CODE
            fenced = fenced != fence
        elif start == last:
            kind = _BLANK
        else:
            level = _heading_level(data, start, last)
            if level:
                kind = _HEADING
                levels[count] = level
            elif _is_row(data, start, last):
                kind = _TABLE
            elif _is_item(data, start, last, kinds):
                kind = _LIST
            elif indented:
                kind = _CODE
            elif _width(data, start, last) <= SHORT and not _has_sentence(data, start, last, kinds):
                kind = _VERSE
        starts[count] = start
        ends[count] = last
        line_kinds[count] = kind
        count += 1
        i = stop + 1
    # A short line by itself is a heading where prose or a block follows; one with a colon introduces the block.
    for k in range(count):
        if line_kinds[k] == _VERSE:
            before = k - 1
            while before >= 0 and line_kinds[before] == _BLANK:
                before -= 1
            after = k + 1
            while after < count and line_kinds[after] == _BLANK:
                after += 1
            follows = line_kinds[after] if after < count else np.uint8(_BLANK)
            small = after == k + 1 and after < count and data[starts[after]] >= 0x61 and data[starts[after]] <= 0x7A
            if _introduces(data, ends[k]):
                if follows in (_LIST, _TABLE, _CODE):
                    line_kinds[k] = _PROSE
            elif (
                (before < 0 or line_kinds[before] != _VERSE) and not small and follows in (_PROSE, _LIST, _TABLE, _CODE)
            ):
                line_kinds[k] = _HEADING
                levels[k] = 7
    # Short lines right above prose are its beginning: a paragraph wrapped to few columns.
    for k in range(count - 2, -1, -1):
        if line_kinds[k] == _VERSE and line_kinds[k + 1] == _PROSE:
            line_kinds[k] = _PROSE
    return count


@njit
def _goes_on(data, ends, line_kinds, starts, k, count, widest, kinds):
    """Does the sentence at the end of line k go on in the next line, because its next word did not fit?"""
    if k + 1 >= count or line_kinds[k + 1] != _PROSE or widest > WRAPPED:
        return False
    if _ends_sentence(data, starts[k], ends[k], kinds):
        return False
    word = starts[k + 1]
    while word < ends[k + 1] and kinds[decode(data, word)[0]] != SPACE:
        word += decode(data, word)[1]
    c = data[starts[k + 1]]
    if (c >= 0x61 and c <= 0x7A) or _width(data, starts[k], ends[k]) <= SHORT:
        return True
    return _width(data, starts[k], ends[k]) + 1 + _width(data, starts[k + 1], word) > widest


@njit
def _is_word(data, i, kinds):
    return kinds[decode(data, i)[0]] in (LETTER, NUMBER, MARK)


@njit
def _has_word(data, i, stop, kinds):
    while i < stop:
        if _is_word(data, i, kinds):
            return True
        i += decode(data, i)[1]
    return False


@njit(cache=True, nogil=True)
def _pieces(data, offsets, kinds, out_starts, out_ends, out_kinds, groups, levels, bounds):
    n = 0
    group = 0
    bounds[0] = 0
    room = 0
    starts = np.empty(0, np.int64)
    ends = np.empty(0, np.int64)
    line_kinds = np.empty(0, np.uint8)
    line_levels = np.empty(0, np.uint8)
    for d in range(offsets.shape[0] - 1):
        base = offsets[d]
        end = offsets[d + 1]
        lines = 1
        for i in range(base, end):
            lines += data[i] == 10
        if lines > room:
            room = 2 * lines
            starts = np.empty(room, np.int64)
            ends = np.empty(room, np.int64)
            line_kinds = np.empty(room, np.uint8)
            line_levels = np.empty(room, np.uint8)
        count = _lines(data, base, end, kinds, starts, ends, line_kinds, line_levels)
        last_kind = _BLANK  # of the last line that is not blank
        going = False  # a sentence that began on a line before
        widest = 0
        for k in range(count):
            kind = line_kinds[k]
            if kind == _BLANK or starts[k] == ends[k]:
                going = False
                continue
            if kind != _PROSE:
                if kind == _HEADING or last_kind in (_HEADING, _PROSE, _BLANK):
                    group += 1
                out_starts[n] = starts[k] - base
                out_ends[n] = ends[k] - base
                out_kinds[n] = HEADING if kind == _HEADING else BLOCK
                groups[n] = group
                levels[n] = line_levels[k]
                n += 1
                last_kind = kind
                going = False
                continue
            if k == 0 or line_kinds[k - 1] != _PROSE:
                widest = 0
                j = k
                while j < count and line_kinds[j] == _PROSE:
                    widest = max(widest, _width(data, starts[j], ends[j]))
                    j += 1
            last_kind = kind
            start = starts[k]
            i = start
            while i < ends[k]:
                stop = sentence_end(data, i, start, ends[k], kinds)
                if stop == 0:
                    i += decode(data, i)[1]
                    if i < ends[k]:
                        continue
                    stop = ends[k]
                marks = start > starts[k] and not _has_word(data, start, stop, kinds)  # "다. ^^" is no sentence more
                if going or marks:
                    out_ends[n - 1] = stop - base
                    going = False
                else:
                    group += 1
                    out_starts[n] = start - base
                    out_ends[n] = stop - base
                    out_kinds[n] = SENTENCE
                    groups[n] = group
                    levels[n] = 0
                    n += 1
                i = stop
                while i < ends[k] and kinds[decode(data, i)[0]] == SPACE:
                    i += decode(data, i)[1]
                start = i
            going = _goes_on(data, ends, line_kinds, starts, k, count, widest, kinds)
            if not going and _introduces(data, ends[k]):
                out_kinds[n - 1] = INTRODUCTION
        bounds[d + 1] = n
    return n


@njit
def _take(data, base, starts, ends, first, last, begin, stop, how, kinds, taken):
    """Mark the pieces first … last that the stretch begin … stop takes."""
    for p in range(first, last):
        if base + ends[p] <= begin:
            continue
        if base + starts[p] >= stop:
            break
        inner = base + starts[p]
        outer = base + ends[p]
        while inner < outer and not _is_word(data, inner, kinds):
            inner += decode(data, inner)[1]
        while outer > inner:
            j = outer - 1
            while data[j] & 0xC0 == 0x80:
                j -= 1
            if _is_word(data, j, kinds):
                break
            outer = j
        if inner == outer:
            inner, outer = base + starts[p], base + ends[p]
        if how == TOUCHED:
            fits = begin < outer and stop > inner
        else:
            fits = begin <= inner and stop >= outer
        if fits:
            taken[p] = max(taken[p], how)


@njit(cache=True, nogil=True)
def _choose(data, offsets, kinds, starts, ends, piece_kinds, groups, levels, bounds, rows, begins, stops, how, taken):
    cut = 0
    for d in range(offsets.shape[0] - 1):
        first = bounds[d]
        last = bounds[d + 1]
        base = offsets[d]
        if cut == rows.shape[0] or rows[cut] != d:
            continue
        while cut < rows.shape[0] and rows[cut] == d:
            _take(data, base, starts, ends, first, last, base + begins[cut], base + stops[cut], how[cut], kinds, taken)
            cut += 1
        # A block goes as a whole or not at all.
        p = first
        while p < last:
            q = p
            every = True
            touched = False
            while q < last and groups[q] == groups[p]:
                every = every and taken[q] > 0
                touched = touched or taken[q] == TOUCHED
                q += 1
            for r in range(p, q):
                if touched:
                    taken[r] = TOUCHED
                elif not every:
                    taken[r] = 0
            p = q
        # Little in a row is not worth a cut.
        p = first
        while p < last:
            if taken[p] == 0:
                p += 1
                continue
            q = p
            most = taken[p]
            while q < last and taken[q] > 0:
                most = max(most, taken[q])
                q += 1
            if most == INSIDE and ends[q - 1] - starts[p] < LEAST:
                taken[p:q] = 0
            p = q
        # Headings go with the whole of their body and stay with any of it, from the innermost outwards.
        for p in range(last - 1, first - 1, -1):
            q = p + 1
            if piece_kinds[p] == HEADING:
                while q < last and not (piece_kinds[q] == HEADING and levels[q] <= levels[p]):
                    q += 1
            elif piece_kinds[p] == INTRODUCTION and q < last and piece_kinds[q] == BLOCK:
                while q < last and groups[q] == groups[p + 1]:
                    q += 1
            else:
                continue
            if q == p + 1:
                continue
            every = True
            for r in range(p + 1, q):
                every = every and taken[r] > 0
            if every:
                taken[p] = max(taken[p], INSIDE)
            elif taken[p] != TOUCHED:
                taken[p] = 0

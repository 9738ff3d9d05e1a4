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

from corpus.kernels.utf8 import LETTER, MARK, NUMBER, SPACE, classes, decode, string_buffers
from corpus.structure import Kind, find_lines
from corpus.structure.sentences import CLOSING, MARKS, STOPS, WORDS, next_sentence

LEAST = 200  # bytes: Lee et al. 2022 cut from 50 BPE tokens on
WRAPPED = 120  # columns: no paragraph is wrapped to lines longer than that
SHORT = 60  # columns: a longer line is prose even where no sentence ends in it
SENTENCE, HEADING, INTRODUCTION, BLOCK = range(4)
INSIDE, TOUCHED, WHOLE_LINE = 1, 2, 3  # what a stretch may take
_BLANK, _PROSE, _HEADING, _LIST, _TABLE, _CODE = (
    np.uint8(kind) for kind in (Kind.BLANK, Kind.PROSE, Kind.HEADING, Kind.LIST, Kind.TABLE, Kind.CODE)
)
_LOOSE = np.uint8(255)  # a short line of prose in which no sentence ends: a heading, an entry of a menu, a verse
_ENDS, _CLOSERS = (np.array([ord(char) for char in marks], np.uint32) for marks in (STOPS, CLOSING))


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
    arrays = [MARKS, WORDS, *find_lines(texts), *made]
    total = int(_pieces(data, offsets, classes(), *arrays))
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
def _ends_sentence(data, start, stop):
    """Does terminal punctuation, and maybe closing marks, stand at the end of this line?"""
    i = stop
    while i > start:
        i -= 1
        while data[i] & 0xC0 == 0x80:
            i -= 1
        c = decode(data, i)[0]
        if np.any(c == _ENDS):
            return True
        if not np.any(c == _CLOSERS):
            return False
    return False


@njit
def _heading_level(data, start, stop):
    """Of "## Title" and "== Title ==" 1 to 6, of underlined ones 2."""
    mark = data[start]
    count = 0
    while start + count < stop and data[start + count] == mark:
        count += 1
    if mark == 0x23:
        return count
    return max(count - 1, 1) if mark == 0x3D else 2


@njit
def _introduces(data, stop):
    """Does a line that ends at byte `stop` end in a colon, wide or not?"""
    return data[stop - 1] == 0x3A or (
        stop >= 3 and data[stop - 3] == 0xEF and data[stop - 2] == 0xBC and data[stop - 1] == 0x9A
    )


@njit
def _trim(data, starts, ends, line_kinds, levels, marks, words):
    """Cut white space off the lines of a text, give headings their level, and find short lines, headings by place."""
    count = starts.shape[0]
    for k in range(count):
        start = starts[k]
        last = ends[k]
        while start < last and (data[start] == 0x20 or data[start] == 0x09):
            start += 1
        while last > start and (data[last - 1] == 0x20 or data[last - 1] == 0x09):
            last -= 1
        starts[k] = start
        ends[k] = last
        levels[k] = 0
        if line_kinds[k] == _HEADING:
            levels[k] = _heading_level(data, start, last)
        elif line_kinds[k] == _PROSE and _width(data, start, last) <= SHORT:
            whole = next_sentence(data, start, start, last, marks, words) == last
            line_kinds[k] = _LOOSE if whole and not _ends_sentence(data, start, last) else _PROSE
    # One by itself is a heading where prose or a block follows; one with a colon introduces the block.
    for k in range(count):
        if line_kinds[k] == _LOOSE:
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
                (before < 0 or line_kinds[before] != _LOOSE) and not small and follows in (_PROSE, _LIST, _TABLE, _CODE)
            ):
                line_kinds[k] = _HEADING
                levels[k] = 7
    # Short lines right above prose are its beginning: a paragraph wrapped to few columns.
    for k in range(count - 2, -1, -1):
        if line_kinds[k] == _LOOSE and line_kinds[k + 1] == _PROSE:
            line_kinds[k] = _PROSE


@njit
def _goes_on(data, starts, ends, line_kinds, k, widest, kinds):
    """Does the sentence at the end of line k go on in the next line, because its next word did not fit?"""
    if k + 1 >= starts.shape[0] or line_kinds[k + 1] != _PROSE or widest > WRAPPED:
        return False
    if _ends_sentence(data, starts[k], ends[k]):
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
def _pieces(
    data, offsets, kinds, marks, words, line_bounds, line_starts, line_ends, all_kinds,
    out_starts, out_ends, out_kinds, groups, levels, bounds,
):  # fmt: skip
    n = 0
    group = 0
    bounds[0] = 0
    for d in range(offsets.shape[0] - 1):
        base = offsets[d]
        starts = line_starts[line_bounds[d] : line_bounds[d + 1]]
        ends = line_ends[line_bounds[d] : line_bounds[d + 1]]
        line_kinds = all_kinds[line_bounds[d] : line_bounds[d + 1]]
        count = starts.shape[0]
        line_levels = np.empty(count, np.uint8)
        _trim(data, starts, ends, line_kinds, line_levels, marks, words)
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
            while start < ends[k]:
                stop = next_sentence(data, start, start, ends[k], marks, words)
                signs = start > starts[k] and not _has_word(data, start, stop, kinds)  # "다. ^^" is no sentence more
                if going or signs:
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
                start = stop
                while start < ends[k] and (data[start] == 0x20 or data[start] == 0x09):
                    start += 1
            going = _goes_on(data, starts, ends, line_kinds, k, widest, kinds)
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

"""Pieces: the units that a cut takes as a whole: sentences of prose, headings, and lines of blocks.

A sentence of prose is a piece, also across lines where a paragraph is wrapped. Tables, lists, code, and short lines in
a row (verse, a menu) are a block: its lines are pieces of one group, and a group is cut as a whole or not at all.
corpus/repeats/taking.py decides which pieces a cut takes.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from corpus.kernels.inner import helper, kernel
from corpus.kernels.utf8 import LETTER, MARK, NUMBER, SPACE, classes, decode, string_buffers
from corpus.structure import Kind, find_lines
from corpus.structure.sentences import CLOSING, MARKS, STOPS, WORDS, next_sentence

WRAPPED = 120  # columns: no paragraph is wrapped to longer lines
SHORT = 60  # columns: a longer line is prose even where no sentence ends in it
SENTENCE, HEADING, INTRODUCTION, BLOCK = range(4)
_BLANK, _PROSE, _HEADING, _LIST, _TABLE, _CODE = (
    np.uint8(kind) for kind in (Kind.BLANK, Kind.PROSE, Kind.HEADING, Kind.LIST, Kind.TABLE, Kind.CODE)
)
_LOOSE = np.uint8(255)  # a short line of prose in which no sentence ends: a heading, an entry of a menu, a verse
_ENDS, _CLOSERS = (np.array([ord(char) for char in marks], np.uint32) for marks in (STOPS, CLOSING))


class Pieces(NamedTuple):
    """The pieces of a column one after another; piece p is bytes starts[p] to ends[p] of its own text."""

    starts: np.ndarray  # int64[total]
    ends: np.ndarray  # int64[total]
    kinds: np.ndarray  # uint8[total]: SENTENCE, HEADING, INTRODUCTION or BLOCK
    groups: np.ndarray  # int64[total]: pieces of one block have one number, all others a number of their own
    levels: np.ndarray  # uint8[total]: of a heading, 1 is the highest
    bounds: np.ndarray  # int64[n + 1]


def pieces(texts: pa.Array) -> Pieces:
    """The pieces of each text; white space between them belongs to no piece. 26 bytes a piece."""
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


@helper
def _width(data, start, end):
    """Columns: one a character, two for a character of three bytes (Hangul, Han, Kana)."""
    columns = 0
    for i in range(start, end):
        if data[i] & 0xC0 != 0x80:
            columns += 1 + (data[i] >= 0xE0)
    return columns


@helper
def _ends_sentence(data, start, stop):
    """Whether terminal punctuation, possibly followed by closing marks, is at the end of this line."""
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


@helper
def _heading_level(data, start, stop):
    """1 to 6 for "## Title" and "== Title ==", 2 for underlined headings."""
    mark = data[start]
    count = 0
    while start + count < stop and data[start + count] == mark:
        count += 1
    if mark == 0x23:
        return count
    return max(count - 1, 1) if mark == 0x3D else 2


@helper
def _introduces(data, stop):
    """Whether a line that ends at byte `stop` ends in a colon, full-width or not."""
    return data[stop - 1] == 0x3A or (
        stop >= 3 and data[stop - 3] == 0xEF and data[stop - 2] == 0xBC and data[stop - 1] == 0x9A
    )


@helper
def _trim(data, starts, ends, line_kinds, levels, marks, words):
    """Strip the lines of a text, give headings their level, and find short lines and the headings among them."""
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
    # A single short line before prose or a block is a heading; one with a colon introduces the block.
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
    # Short lines directly above prose are its beginning: a paragraph wrapped to few columns.
    for k in range(count - 2, -1, -1):
        if line_kinds[k] == _LOOSE and line_kinds[k + 1] == _PROSE:
            line_kinds[k] = _PROSE


@helper
def _goes_on(data, starts, ends, line_kinds, k, widest, kinds):
    """Whether the sentence at the end of line k continues in the next line, because its next word did not fit."""
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


@helper
def is_word(data, i, kinds):
    return kinds[decode(data, i)[0]] in (LETTER, NUMBER, MARK)


@helper
def _has_word(data, i, stop, kinds):
    while i < stop:
        if is_word(data, i, kinds):
            return True
        i += decode(data, i)[1]
    return False


@kernel
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
        going = False  # whether a sentence that began on an earlier line continues
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
                signs = start > starts[k] and not _has_word(
                    data, start, stop, kinds
                )  # "다. ^^" is not another sentence
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

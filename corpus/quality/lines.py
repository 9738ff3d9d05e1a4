"""Counts over the lines and paragraphs of each document: how they begin and end, how short they are, how often they
recur.

Lines are what newlines separate, paragraphs what two newlines separate; both are recognised again by a 64-bit hash (a
false duplicate once in 10¹² documents of a million lines), a paragraph's made from its lines'. Definitions follow
datatrove's Gopher repetition and FineWeb filters. Memory is one hash table for the document with most lines. Ends of
lines are found 64 bytes at a time: about 1 GB/s a core.
"""

import numpy as np
import pyarrow as pa
from numba import njit

from corpus.kernels.blocks import BLOCK, below, fast_hash, fold64, inner_bytes, is_byte, ones
from corpus.kernels.hashing import trailing_zeros
from corpus.kernels.utf8 import decode, is_hangul, string_buffers

COUNTS = (
    "newlines",
    "lines",  # that are not blank
    "bullet_lines",
    "ellipsis_lines",
    "terminal_lines",  # ending in terminal punctuation
    "closed_lines",  # the same, or in closing marks behind it: dialogue ends in a quotation mark
    "ending_lines",  # whose last letter is one that Korean sentences end in
    "short_lines",  # of at most 30 characters
    "duplicate_lines",  # seen before in the document
    "duplicate_line_characters",
    "paragraphs",
    "duplicate_paragraphs",
    "duplicate_paragraph_characters",
)

SHORT = 30  # characters; FineWeb's
BULLETS = "•-*·‧ㆍ●○■□▶◆◇※☞"  # Gopher: "•" and "-"; the others open list items on Korean pages
# of Unicode's Sentence_Terminal what occurs in the languages we keep, and their neighbours
TERMINAL = ".?!。！？．｡‼‽⁇⁈⁉﹒﹖﹗؟۔।॥։።"
CLOSING = "\"'”’)]」』》〉"  # may follow the end of a sentence
# last syllables of sentence-final endings and of note style (-음, -함)
ENDINGS = "다요까죠오네지라자음함임됨것군나니데게래걸"


def _marks() -> np.ndarray:
    table = np.zeros(0x10000, np.uint8)
    for bit, characters in enumerate((BULLETS, TERMINAL, CLOSING, ENDINGS)):
        for character in characters:
            table[ord(character)] |= 1 << bit
    return table


_MARKS = _marks()
_BULLET, _TERMINAL, _CLOSING, _ENDING = 1, 2, 4, 8


@njit
def _mark(marks, c):
    return marks[c] if c < 0x10000 else np.uint8(0)


@njit
def _last(data, start, end):
    """The code point that ends at `end`, and where it starts."""
    i = end - 1
    while i > start and (data[i] & 0xC0) == 0x80:
        i -= 1
    return decode(data, i)[0], i


@njit
def _add(table, capacity, key):
    """Put `key` in the set; whether it was there. Zero marks a free slot."""
    if key == 0:
        key = np.uint64(1)
    slot = key & np.uint64(capacity - 1)
    while table[slot] != 0:
        if table[slot] == key:
            return True
        slot = (slot + np.uint64(1)) & np.uint64(capacity - 1)
    table[slot] = key
    return False


@njit
def _is_closed(data, start, end, marks):
    """Whether terminal punctuation stands at the end, behind it nothing but closing marks."""
    i = end
    while i > start:
        c, i = _last(data, start, i)
        if _mark(marks, c) & _TERMINAL:
            return True
        if not _mark(marks, c) & _CLOSING:
            return False
    return False


@njit
def _is_ending(data, start, end, marks):
    """Whether the last letter before closing marks and terminal punctuation is a Korean sentence ending."""
    i = end
    while i > start:
        c, i = _last(data, start, i)
        if is_hangul(c):
            return (_mark(marks, c) & _ENDING) != 0
        if not (_mark(marks, c) & (_TERMINAL | _CLOSING)) and c != 0x20 and c != 0x2026 and c != 0x7E:
            return False
    return False


@njit
def _take_line(data, start, end, characters, marks, short, table, capacity, row):
    """Count a line that is not empty; its hash."""
    first = start
    while first < end and (data[first] == 0x20 or data[first] == 0x09):
        first += 1
    key = fast_hash(data, start, end)
    if first < end:
        row[1] += 1
        row[2] += (_mark(marks, decode(data, first)[0]) & _BULLET) != 0
        c = _last(data, start, end)[0]
        row[3] += (c == 0x2026) or (c == 0x2E and end - start > 2 and data[end - 2] == 0x2E and data[end - 3] == 0x2E)
        row[4] += (_mark(marks, c) & _TERMINAL) != 0
        row[5] += _is_closed(data, start, end, marks)
        row[6] += _is_ending(data, start, end, marks)
        row[7] += characters <= short
        if _add(table, capacity, key):
            row[8] += 1
            row[9] += characters
    return key


@njit
def _take_paragraph(key, characters, table, capacity, row):
    row[10] += 1
    if _add(table, capacity, key):
        row[11] += 1
        row[12] += characters


@njit(cache=True, nogil=True)
def _count(data, offsets, marks, capacities, table, counts, short):
    for document in range(offsets.shape[0] - 1):
        row = counts[document]
        row[:] = 0
        end = offsets[document + 1]
        capacity = capacities[document]
        table[:capacity] = 0
        i = offsets[document]
        line = i  # where the line begins
        characters = 0  # of it
        lines = 0  # in the paragraph
        paragraph = np.uint64(0)
        paragraph_characters = 0
        while i < end or line <= end:  # the last line ends with the document
            if i >= end:
                newlines = np.uint64(1)
                firsts = np.uint64(0)
                width = 1
            elif i + BLOCK <= data.shape[0]:
                width = min(BLOCK, end - i)
                newlines = is_byte(data, i, 0x0A) & below(width)
                firsts = ~inner_bytes(data, i) & below(width)
            else:  # the last bytes of a batch
                width = 1
                newlines = np.uint64(data[i] == 0x0A)
                firsts = np.uint64((data[i] & 0xC0) != 0x80)
            while newlines:
                stop = i + trailing_zeros(newlines)
                before = newlines ^ (newlines - np.uint64(1))  # the line's bits and its newline's
                characters += ones(firsts & (before >> np.uint64(1)))
                row[0] += stop < end
                if stop > line:
                    key = _take_line(data, line, stop, characters, marks, short, table, capacity, row)
                    paragraph = fold64(paragraph, key)
                    paragraph_characters += characters + (lines > 0)
                    lines += 1
                if lines and stop in (line, end):
                    _take_paragraph(paragraph, paragraph_characters, table, capacity, row)
                    lines = 0
                    paragraph = np.uint64(0)
                    paragraph_characters = 0
                line = stop + 1
                characters = 0
                firsts &= ~before
                newlines &= newlines - np.uint64(1)
            characters += ones(firsts)
            i += width


@njit(cache=True, nogil=True)
def _newlines(data, offsets, out):
    for document in range(offsets.shape[0] - 1):
        n = 0
        i = offsets[document]
        end = offsets[document + 1]
        while i < end:
            if i + BLOCK <= data.shape[0]:
                n += ones(is_byte(data, i, 0x0A) & below(min(BLOCK, end - i)))
                i += BLOCK
            else:
                n += data[i] == 0x0A
                i += 1
        out[document] = n


def count_lines(texts: pa.Array) -> dict[str, np.ndarray]:
    """COUNTS as int64[n] each, for texts as corpus/cleaning/normalize.py leaves them."""
    data, offsets = string_buffers(texts)
    newlines = np.empty(len(offsets) - 1, np.int64)
    _newlines(data, offsets, newlines)
    # Lines and paragraphs share the table, at most half full: a power of two above four times the newlines.
    capacities = np.left_shift(1, np.ceil(np.log2(4 * (newlines + 1))).astype(np.int64))
    table = np.zeros(int(capacities.max(initial=4)), np.uint64)
    counts = np.empty((len(newlines), len(COUNTS)), np.int64)
    _count(data, offsets, _MARKS, capacities, table, counts, SHORT)
    return dict(zip(COUNTS, counts.T, strict=True))

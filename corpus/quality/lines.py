"""Counts over the lines and paragraphs of each document: how they begin and end, how short they are, how often they
recur.

Newlines separate lines, two newlines separate paragraphs. Duplicates are found by a 64-bit hash (one false duplicate in
10¹² documents of a million lines); a paragraph's hash is computed from the hashes of its lines. Definitions follow
datatrove's Gopher repetition and FineWeb filters. Memory is one hash table for the document with the most lines. Ends
of lines are found 64 bytes at a time: about 1 GB/s a core.
"""

import numpy as np
import pyarrow as pa

from corpus.kernels.blocks import BLOCK, below, fast_hash, fold64, inner_bytes, is_byte
from corpus.kernels.inner import inner, kernel
from corpus.kernels.intrinsics import ones, trailing_zeros
from corpus.kernels.utf8 import decode, is_hangul, string_buffers, strings_from
from corpus.structure.kinds import Kind
from corpus.structure.sentences import CLOSING, ENDINGS, TERMINAL, next_sentence
from corpus.structure.sentences import MARKS as SENTENCE_MARKS
from corpus.structure.sentences import WORDS as SENTENCE_WORDS

COUNTS = (
    "newlines",
    "lines",  # that are not blank
    "list_lines",
    "bullet_lines",  # items of lists that begin with a sign
    "ellipsis_lines",
    "terminal_lines",  # ending in terminal punctuation
    "prose_lines",  # neither headings nor items of lists nor verse
    # of these: with the end of a sentence, also inside the line, without a full stop, or before a quotation mark
    "closed_lines",
    "ending_lines",  # whose last letter is one that Korean sentences end in
    "short_lines",  # of the prose lines: labels, of at most 30 characters and without the end of a sentence
    "sentence_characters",  # of the lines, headings apart, in which a sentence ends
    "duplicate_lines",  # seen before in the document; headings and labels recur in every form and reference
    "duplicate_line_characters",
    "again_characters",  # of all lines seen before, headings and labels too
    "paragraphs",
    "duplicate_paragraphs",  # of more than 30 characters
    "duplicate_paragraph_characters",
)

(
    NEWLINES,
    LINES,
    LIST_LINES,
    BULLET_LINES,
    ELLIPSIS_LINES,
    TERMINAL_LINES,
    PROSE_LINES,
    CLOSED_LINES,
    ENDING_LINES,
    SHORT_LINES,
    SENTENCE_CHARACTERS,
    DUPLICATE_LINES,
    DUPLICATE_LINE_CHARACTERS,
    AGAIN_CHARACTERS,
    PARAGRAPHS,
    DUPLICATE_PARAGRAPHS,
    DUPLICATE_PARAGRAPH_CHARACTERS,
) = range(len(COUNTS))  # columns of a row of counts

SHORT = 30  # characters; FineWeb's
BULLETS = "•-*·‧ㆍ●○■□▶◆◇※☞"  # Gopher: "•" and "-"; the others open list items on Korean pages
# The syllable before the last syllable of verbs that end a sentence. With it a sentence without a full stop is found
# inside a line.
BEFORE_DA = "니했한된었았였이있없않는난같겠인왔갔봤렸졌줬싶렵"
BEFORE_YO = "세어아해에예네까지군데대려져와워돼봐나은게께고서든"
_BULLET, _TERMINAL, _CLOSING, _ENDING, _BEFORE_DA, _BEFORE_YO = (1 << bit for bit in range(6))


def _marks() -> np.ndarray:
    table = np.zeros(0x10000, np.uint8)
    for bit, characters in enumerate((BULLETS, TERMINAL, CLOSING, ENDINGS, BEFORE_DA, BEFORE_YO)):
        for character in characters:
            table[ord(character)] |= 1 << bit
    return table


_MARKS = _marks()
_PROSE, _QUOTE, _LIST, _HEADING = int(Kind.PROSE), int(Kind.QUOTE), int(Kind.LIST), int(Kind.HEADING)


@inner
def _mark(c):
    return _MARKS[c] if c < 0x10000 else np.uint8(0)


@inner
def _last(data, start, end):
    """The code point that ends at `end`, and where it starts."""
    i = end - 1
    while i > start and (data[i] & 0xC0) == 0x80:
        i -= 1
    return decode(data, i)[0], i


@inner
def _add(table, capacity, key):
    """Add `key` to the set; returns whether it was there already. Zero marks a free slot."""
    if key == 0:
        key = np.uint64(1)
    slot = key & np.uint64(capacity - 1)
    while table[slot] != 0:
        if table[slot] == key:
            return True
        slot = (slot + np.uint64(1)) & np.uint64(capacity - 1)
    table[slot] = key
    return False


@inner
def _is_closed(data, start, end):
    """Whether terminal punctuation is at the end, followed by nothing but closing marks."""
    i = end
    while i > start:
        c, i = _last(data, start, i)
        if _mark(c) & _TERMINAL:
            return True
        if not _mark(c) & _CLOSING:
            return False
    return False


@inner
def _is_ending(data, start, end):
    """Whether the last letter before closing marks, terminal punctuation and ㅠㅠ is a Korean sentence ending."""
    i = end
    while i > start:
        c, i = _last(data, start, i)
        if is_hangul(c):
            return (_mark(c) & _ENDING) != 0
        light = c == 0x20 or c == 0x2026 or c == 0x7E or (c >= 0x3131 and c <= 0x318E)
        if not (_mark(c) & (_TERMINAL | _CLOSING)) and not light:
            return False
    return False


@inner
def _has_sentence(data, start, end):
    """Whether a sentence ends inside a line, with a full stop or with a verb's ending that needs none."""
    if next_sentence(data, start, start, end, SENTENCE_MARKS, SENTENCE_WORDS) < end:
        return True
    i = start
    while i < end:
        if i + BLOCK <= data.shape[0]:  # a syllable before a space: its last byte, then the space
            found = is_byte(data, i, 0x20) & below(min(BLOCK, end - i))
            if not found:
                i += BLOCK
                continue
            i = min(i + trailing_zeros(found), end)
        if i < end and data[i] == 0x20 and i >= start + 6 and data[i - 1] >= 0x80 and data[i - 4] >= 0x80:
            c, before = _last(data, start, i)
            verb = _BEFORE_DA if c == 0xB2E4 else _BEFORE_YO if c == 0xC694 else 0  # 다 요
            if verb and _mark(_last(data, start, before)[0]) & verb:
                return True
        i += 1
    return False


@inner
def _take_line(data, start, end, characters, kind, short, table, capacity, row):
    """Count a line that is not empty; (its hash, whether it was seen before)."""
    again = False
    first = start
    while first < end and (data[first] == 0x20 or data[first] == 0x09):
        first += 1
    key = fast_hash(data, start, end)
    if first < end:
        stop = end
        while data[stop - 1] == 0x20 or data[stop - 1] == 0x09:
            stop -= 1
        c = _last(data, start, end)[0]
        ending = _is_ending(data, start, end)
        row[LINES] += 1
        row[LIST_LINES] += kind == _LIST
        row[BULLET_LINES] += kind == _LIST and (_mark(decode(data, first)[0]) & _BULLET) != 0
        row[ELLIPSIS_LINES] += (c == 0x2026) or (
            c == 0x2E and end - start > 2 and data[end - 2] == 0x2E and data[end - 3] == 0x2E
        )
        row[TERMINAL_LINES] += (_mark(c) & _TERMINAL) != 0
        row[ENDING_LINES] += ending
        prose = kind in (_PROSE, _QUOTE)
        closed = ending or _is_closed(data, start, end) or _has_sentence(data, first, stop)
        label = characters <= short and not closed
        row[PROSE_LINES] += prose
        row[CLOSED_LINES] += prose and closed
        row[SHORT_LINES] += prose and label
        row[SENTENCE_CHARACTERS] += characters if closed and kind != _HEADING else 0
        again = _add(table, capacity, key)
        if again:
            row[AGAIN_CHARACTERS] += characters
            if kind != _HEADING and not label:
                row[DUPLICATE_LINES] += 1
                row[DUPLICATE_LINE_CHARACTERS] += characters
    return key, again


@inner
def _take_paragraph(key, characters, short, table, capacity, row):
    row[PARAGRAPHS] += 1
    if characters > short and _add(table, capacity, key):
        row[DUPLICATE_PARAGRAPHS] += 1
        row[DUPLICATE_PARAGRAPH_CHARACTERS] += characters


@kernel
def _count(data, offsets, kinds, capacities, table, counts, short, distinct):
    number = 0  # of the line in the column
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
                row[NEWLINES] += stop < end
                if stop > line:
                    key, again = _take_line(data, line, stop, characters, kinds[number], short, table, capacity, row)
                    if again:
                        for k in range(line, stop):
                            distinct[k] = 0x20
                    paragraph = fold64(paragraph, key)
                    paragraph_characters += characters + (lines > 0)
                    lines += 1
                if lines and stop in (line, end):
                    _take_paragraph(paragraph, paragraph_characters, short, table, capacity, row)
                    lines = 0
                    paragraph = np.uint64(0)
                    paragraph_characters = 0
                line = stop + 1
                number += 1
                characters = 0
                firsts &= ~before
                newlines &= newlines - np.uint64(1)
            characters += ones(firsts)
            i += width


@kernel
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


def count_lines(texts: pa.Array, kinds: np.ndarray) -> tuple[dict[str, np.ndarray], pa.Array]:
    """COUNTS as int64[n] each, for running texts, and the texts with spaces in place of each line seen before.

    `kinds` uint8[lines] are those of their lines, all documents' one after the other.
    """
    data, offsets = string_buffers(texts)
    newlines = np.empty(len(offsets) - 1, np.int64)
    _newlines(data, offsets, newlines)
    # Lines and paragraphs share the table, at most half full: a power of two above four times the newlines.
    capacities = np.left_shift(1, np.ceil(np.log2(4 * (newlines + 1))).astype(np.int64))
    table = np.zeros(int(capacities.max(initial=4)), np.uint64)
    counts = np.empty((len(newlines), len(COUNTS)), np.int64)
    distinct = data[: int(offsets[-1])].copy()
    _count(data, offsets, kinds, capacities, table, counts, SHORT, distinct)
    return dict(zip(COUNTS, counts.T, strict=True)), strings_from(distinct, offsets)

"""Running text: the part of a text that is natural language, for the steps that judge how it is written.

Removed are lines of code, tables and formulas, lines without a letter (signs; the times of subtitles, sums, scores),
the marks of headings, the targets of Markdown links, web addresses and tags; the words of a link stay. The words of the
removed lines are counted, so that a page of code is not taken for an empty page. A column without any of this costs one
scan and no copy. About 1.5 GB/s a core.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from corpus.kernels.blocks import BLOCK, below, is_byte
from corpus.kernels.inner import inner, kernel
from corpus.kernels.intrinsics import copy_block, trailing_zeros
from corpus.kernels.utf8 import LETTER, classes, decode, string_buffers, strings_from
from corpus.structure.kinds import Kind
from corpus.structure.lines import Lines
from corpus.structure.signs import is_space

REACH = 500  # bytes that a tag or a link's target has at most
_BLANK, _HEADING, _TABLE, _CODE, _FORMULA, _SIGNS = (
    int(Kind[name]) for name in ["BLANK", "HEADING", "TABLE", "CODE", "FORMULA", "SIGNS"]
)


class Running(NamedTuple):
    """Texts without markup; the kinds of the lines that are left, one document after another; and the number of words
    in the removed lines of each document."""

    texts: pa.Array
    kinds: np.ndarray  # uint8[lines]
    aside_words: np.ndarray  # int64[n]


@inner
def _words(data, i, end):
    n = 0
    outside = True
    for k in range(i, end):
        space = is_space(data[k])
        n += outside and not space
        outside = space
    return n


@inner
def _has_letter(data, i, end, classes):
    while i < end:
        byte = data[i]
        if byte < 0x80:
            if (byte | 0x20) >= 0x61 and (byte | 0x20) <= 0x7A:
                return True
            i += 1
        else:
            c, width = decode(data, i)
            if classes[c] == LETTER:
                return True
            i += width
    return False


@inner
def _behind_mark(data, i, end):
    """The first byte of a heading's words."""
    while i < end and is_space(data[i]):
        i += 1
    while i < end and (data[i] == 0x23 or data[i] == 0x3D):
        i += 1
    return i


@inner
def _next_sign(data, i, end):
    """The next byte that may begin a link's target, an address or a tag: ] : <"""
    while i < end:
        if i + BLOCK <= data.shape[0]:
            found = is_byte(data, i, 0x5D) | is_byte(data, i, 0x3A) | is_byte(data, i, 0x3C)
            found &= below(min(BLOCK, end - i))
            if found:
                return i + trailing_zeros(found)
            i += BLOCK
        elif data[i] == 0x5D or data[i] == 0x3A or data[i] == 0x3C:
            return i
        else:
            i += 1
    return end


@inner
def _until(data, i, end, byte):
    """The first place of a byte from i on, within REACH; -1 if there is none."""
    for k in range(i, min(end, i + REACH)):
        if data[k] == byte:
            return k
    return -1


@inner
def _left_out(data, start, i, end):
    """The markup around the sign at byte i of a line: (where it begins, where it ends), or (-1, -1)."""
    if data[i] == 0x5D:
        if i + 1 < end and data[i + 1] == 0x28:
            stop = _until(data, i + 2, end, 0x29)
            if stop >= 0:
                return i + 1, stop + 1
    elif data[i] == 0x3C:
        named = i + 1 < end and (((data[i + 1] | 0x20) >= 0x61 and (data[i + 1] | 0x20) <= 0x7A) or data[i + 1] == 0x2F)
        if named:
            stop = _until(data, i + 2, end, 0x3E)
            if stop >= 0:
                return i, stop + 1
    elif i + 2 < end and data[i + 1] == 0x2F and data[i + 2] == 0x2F:
        first = i
        while first > start and (data[first - 1] | 0x20) >= 0x61 and (data[first - 1] | 0x20) <= 0x7A:
            first -= 1
        stop = i + 3
        while stop < end and data[stop] > 0x20 and data[stop] < 0x7F:
            c = data[stop]
            if c == 0x22 or c == 0x28 or c == 0x29 or c == 0x3C or c == 0x3E or c == 0x5B or c == 0x5D:
                break
            stop += 1
        if first < i and stop > i + 3:
            return first, stop
    return -1, -1


@inner
def _copy(data, start, end, out, at):
    i = start
    while i < end and i + BLOCK <= data.shape[0]:
        copy_block(data, i, out, at + i - start)
        i += BLOCK
    while i < end:
        out[at + i - start] = data[i]
        i += 1
    return at + end - start


@kernel
def _has_markup(data, offsets, classes, starts, ends, kinds):
    """Whether there is anything to remove."""
    for line in range(kinds.shape[0]):
        kind = kinds[line]
        if kind in (_HEADING, _TABLE, _CODE, _FORMULA, _SIGNS):
            return True
        if kind != _BLANK and not _has_letter(data, starts[line], ends[line], classes):
            return True
    i = offsets[0]
    end = offsets[offsets.shape[0] - 1]
    while i < end:
        i = _next_sign(data, i, end)
        if i < end and _left_out(data, offsets[0], i, end)[0] >= 0:
            return True
        i += 1
    return False


@kernel
def _run(data, classes, bounds, starts, ends, kinds, out, out_offsets, kept, aside):
    """Copy the running text of each document; returns the number of lines left."""
    at = 0
    lines = 0
    out_offsets[0] = 0
    for document in range(bounds.shape[0] - 1):
        words = 0
        first = True
        begun = lines
        for line in range(bounds[document], bounds[document + 1]):
            kind = kinds[line]
            start = starts[line]
            end = ends[line]
            if kind in (_TABLE, _CODE, _FORMULA):
                words += _words(data, start, end)
                continue
            if kind not in (_BLANK, _SIGNS) and not _has_letter(data, start, end, classes):
                words += _words(data, start, end)
                continue
            if kind == _SIGNS or (kind == _BLANK and lines > begun and kept[lines - 1] == _BLANK):
                continue  # adjacent blank lines become one
            if not first:
                out[at] = 0x0A
                at += 1
            first = False
            kept[lines] = kind
            lines += 1
            if kind == _HEADING:
                start = _behind_mark(data, start, end)
            begin = start
            i = _next_sign(data, start, end)
            while i < end:
                left, right = _left_out(data, start, i, end)
                if left >= 0:
                    at = _copy(data, begin, left, out, at) if left > begin else at
                    begin = right
                    start = right
                    i = right
                else:
                    i += 1
                i = _next_sign(data, i, end)
            at = _copy(data, begin, end, out, at) if end > begin else at
        if first:  # an empty text has one line
            kept[lines] = _BLANK
            lines += 1
        aside[document] = words
        out_offsets[document + 1] = at
    return lines


def running_text(texts: pa.Array, lines: Lines) -> Running:
    """The running text of each text, of which `lines` are the lines."""
    data, offsets = string_buffers(texts)
    aside = np.zeros(len(texts), np.int64)
    if not len(texts) or not _has_markup(data, offsets, classes(), lines.starts, lines.ends, lines.kinds):
        return Running(texts, lines.kinds, aside)
    out = np.empty(int(offsets[-1] - offsets[0]) + BLOCK, np.uint8)
    out_offsets = np.empty(len(offsets), np.int64)
    kinds = np.empty(len(lines.kinds), np.uint8)
    count = int(_run(data, classes(), *lines, out, out_offsets, kinds, aside))
    return Running(strings_from(out[: max(int(out_offsets[-1]), 1)], out_offsets), kinds[:count], aside)

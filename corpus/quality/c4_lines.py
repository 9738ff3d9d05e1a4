"""Whether a line is closed and how many sentences it has, as C4's rules count (Raffel et al. 2020, section 2.2;
datatrove's C4QualityFilter), over the bytes of a text."""

import numpy as np

from corpus.kernels.blocks import BLOCK, below, is_byte
from corpus.kernels.inner import inner
from corpus.kernels.intrinsics import trailing_zeros


@inner
def _citation(data, start, end):
    """The end of the line without the Wikipedia citation marks there: [12], [], [edit], [citation needed]."""
    if end - start < 2 or data[end - 1] != 0x5D:
        return end
    i = end - 2
    while i >= start and data[i] >= 0x30 and data[i] <= 0x39:
        i -= 1
    if i >= start and data[i] == 0x5B:
        return i
    for mark in (b"[edit]", b"[citation needed]"):
        if end - len(mark) >= start:
            same = True
            for j in range(len(mark)):
                if data[end - len(mark) + j] != mark[j]:
                    same = False
                    break
            if same:
                return end - len(mark)
    return end


@inner
def closes(data, start, end):
    """C4's end of a line: . ? ! " or ', but no three dots; citation marks do not count."""
    shorter = _citation(data, start, end)
    while shorter < end:
        end = shorter
        shorter = _citation(data, start, end)
    if end == start:
        return False
    c = data[end - 1]
    if c == 0x2E:
        return not (end - start >= 3 and data[end - 2] == 0x2E and data[end - 3] == 0x2E)
    return c == 0x3F or c == 0x21 or c == 0x22 or c == 0x27


@inner
def _stops(data, i, end):
    """The bits of . ? ! from byte i on, and how many bytes they cover."""
    if i + BLOCK <= data.shape[0]:
        width = min(BLOCK, end - i)
        return (is_byte(data, i, 0x2E) | is_byte(data, i, 0x3F) | is_byte(data, i, 0x21)) & below(width), width
    return np.uint64(data[i] == 0x2E or data[i] == 0x3F or data[i] == 0x21), np.int64(1)


@inner
def sentences(data, start, end):
    """Sentence ends: terminal punctuation, closing marks, then white space and no small letter; at least one."""
    n = 1
    i = start
    free = start  # the bytes before belong to an end already counted
    while i < end:
        stops, width = _stops(data, i, end)
        while stops:
            at = i + trailing_zeros(stops)
            stops &= stops - np.uint64(1)
            if at >= free:
                c = data[at]
                free = at + 1
                while free < end and (
                    data[free] == 0x22
                    or data[free] == 0x27
                    or data[free] == 0x29
                    or data[free] == 0x5D
                    or data[free] == c
                ):
                    free += 1
                if free + 1 < end and data[free] == 0x20 and not (data[free + 1] >= 0x61 and data[free + 1] <= 0x7A):
                    n += 1
        i += width
    return n


@inner
def longest_word(data, start, end):
    """Characters of the longest word between spaces and tabs."""
    longest = 0
    length = 0
    for i in range(start, end):
        if data[i] == 0x20 or data[i] == 0x09:
            length = 0
        else:
            length += (data[i] & 0xC0) != 0x80
            longest = max(longest, length)
    return longest

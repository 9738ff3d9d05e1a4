"""The signs of a text that have a meaning, as a hash in which corpus/duplicates/facts.py compares them."""

import numpy as np

from corpus.duplicates.fact_words import is_digit
from corpus.kernels.hashing import mix64
from corpus.kernels.inner import helper
from corpus.kernels.utf8 import decode


@helper
def _near(data, i, start, end, step):
    """The byte before or after (step −1, 1) a sign, one space skipped: 0 at the edges and for other scripts."""
    i += step
    if i >= start and i < end and data[i] == 0x20:
        i += step
    return data[i] if i >= start and i < end and data[i] < 0x80 else np.uint8(0)


@helper
def _is_operand(byte):
    lower = byte | 0x20
    return (
        is_digit(byte) or (lower >= 0x61 and lower <= 0x7A) or byte in (0x28, 0x29, 0x5B, 0x5D, 0x7B, 0x7D, 0x24, 0x5C)
    )


@helper
def signs_hash(data, offsets, d):
    """A hash of the signs of a text that have a meaning, in their order: + - − × ÷ = < > between operands, ++ and #
    after a letter, a minus before a number, thumbs up and down. A minus between two digits without spaces is part of a
    date, a range or a telephone number and does not count.
    """
    start = offsets[d]
    end = offsets[d + 1]
    value = np.uint64(0)
    i = start
    while i < end:
        byte = data[i]
        if byte < 0x80 and not (byte == 0x2B or byte == 0x2D or byte == 0x23 or (byte >= 0x3C and byte <= 0x3E)):
            i += 1
            continue
        c, width = decode(data, i)
        if byte >= 0x80 and not (c == 0x2212 or c == 0xD7 or c == 0xF7 or c == 0x1F44D or c == 0x1F44E):
            i += width
            continue
        left = _near(data, i, start, end, -1)
        right = _near(data, i + width - 1, start, end, 1)
        before = data[i - 1] if i > start else np.uint8(0x20)
        behind = data[i + width] if i + width < end else np.uint8(0x20)
        if c == 0x2212:
            c = np.uint32(0x2D)
        counts = c > 0xFFFF
        if c == 0x2D:
            tight = is_digit(before) and is_digit(behind)
            number = is_digit(left) or is_digit(right) or not (before | 0x20 >= 0x61 and before | 0x20 <= 0x7A)
            counts = not tight and number and _is_operand(left) and _is_operand(right)
            counts = counts or (is_digit(behind) and before < 0x80 and not _is_operand(before) and before != 0x2D)
        elif c == 0x23 or c == 0x2B:
            counts = (before | 0x20 >= 0x61 and before | 0x20 <= 0x7A) or before == 0x2B
            counts = counts or (c == 0x2B and _is_operand(left) and _is_operand(right))
        elif not counts:
            counts = _is_operand(left) and _is_operand(right)
        if counts:
            value = mix64(value ^ np.uint64(c))
        i += width
    return value

"""Which pieces a cut takes, from ranges of bytes (corpus/repeats/pieces.py says what a piece is).

    inside   a repeated span takes the pieces that are completely inside it; fewer than `least` bytes in a row are not
             cut
    touched  a test item takes every piece that it touches

A heading, and the line that introduces a block, is taken only together with its whole body.
"""

import numpy as np
import pyarrow as pa

from corpus.kernels.inner import helper, kernel
from corpus.kernels.utf8 import classes, decode, string_buffers
from corpus.repeats.pieces import BLOCK, HEADING, INTRODUCTION, Pieces, is_word

INSIDE, TOUCHED, WHOLE_LINE = 1, 2, 3  # which pieces a range takes


def take_pieces(
    texts: pa.Array, made: Pieces, rows: np.ndarray, starts: np.ndarray, ends: np.ndarray, how: np.ndarray, least: int
) -> np.ndarray:
    """bool[pieces]: which pieces are cut, from ranges of bytes sorted by row. `how` is INSIDE, TOUCHED or WHOLE_LINE
    for each range.

    WHOLE_LINE is INSIDE without the least length.
    """
    data, offsets = string_buffers(texts)
    taken = np.zeros(len(made.starts), np.uint8)
    _take_pieces(data, offsets, classes(), *made, rows, starts, ends, how, least, taken)
    return taken > 0


@helper
def _mark(data, base, starts, ends, first, last, begin, stop, how, kinds, taken):
    """Mark the pieces first … last that the range begin … stop takes."""
    for p in range(first, last):
        if base + ends[p] <= begin:
            continue
        if base + starts[p] >= stop:
            break
        inner = base + starts[p]
        outer = base + ends[p]
        while inner < outer and not is_word(data, inner, kinds):
            inner += decode(data, inner)[1]
        while outer > inner:
            j = outer - 1
            while data[j] & 0xC0 == 0x80:
                j -= 1
            if is_word(data, j, kinds):
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


@kernel
def _take_pieces(
    data, offsets, kinds, starts, ends, piece_kinds, groups, levels, bounds, rows, begins, stops, how, least, taken
):
    cut = 0
    for d in range(offsets.shape[0] - 1):
        first = bounds[d]
        last = bounds[d + 1]
        base = offsets[d]
        if cut == rows.shape[0] or rows[cut] != d:
            continue
        while cut < rows.shape[0] and rows[cut] == d:
            _mark(data, base, starts, ends, first, last, base + begins[cut], base + stops[cut], how[cut], kinds, taken)
            cut += 1
        # A block is cut as a whole or not at all.
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
        # Fewer than `least` bytes in a row stay.
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
            if most == INSIDE and ends[q - 1] - starts[p] < least:
                taken[p:q] = 0
            p = q
        # A heading is cut with its whole body and stays with any part of it, from the innermost heading outwards.
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

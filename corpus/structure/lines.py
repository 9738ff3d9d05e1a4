"""The kind of every line of a column (corpus/structure/kinds.py), in two passes: each line alone (signs.py), then
together with its neighbours (neighbours.py).

Newlines, pipes, tabs and Hangul are found 64 bytes at a time. About 1.5 GB/s a core on prose.
corpus/structure/definition.py is the same in plain Python.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from corpus.kernels.blocks import BLOCK, below, inner_bytes, is_byte
from corpus.kernels.inner import kernel
from corpus.kernels.intrinsics import bytes_between, ones, trailing_zeros
from corpus.kernels.utf8 import classes, string_buffers
from corpus.structure.neighbours import enclose, find_front_matter, find_verses, join_neighbours, join_tables
from corpus.structure.signs import BLANK, kind_alone


class Lines(NamedTuple):
    """The lines of a column, one document after another: those of document d are bounds[d] to bounds[d + 1]."""

    bounds: np.ndarray  # int64[n + 1]
    starts: np.ndarray  # int64[total]: byte of the column's buffer where the line begins
    ends: np.ndarray  # int64[total]: where it ends, before its newline
    kinds: np.ndarray  # uint8[total]: Kind


@kernel
def _find(data, offsets, classes, bounds, starts, ends, kinds, bits):
    """Write the lines of all documents; returns their number. Lines beyond the arrays' length are only counted."""
    room = starts.shape[0]
    total = 0
    for document in range(offsets.shape[0] - 1):
        bounds[document] = total
        first = total
        line = offsets[document]
        stop = offsets[document + 1]
        i = line
        hangul = False
        pipes = tabs = characters = 0
        while i < stop or line <= stop:
            if i >= stop:
                newlines = np.uint64(1)
                bars = cells = leads = firsts = np.uint64(0)
                width = 1
            elif i + BLOCK <= data.shape[0]:
                width = min(BLOCK, stop - i)
                mine = below(width)
                newlines = is_byte(data, i, 0x0A) & mine
                bars = is_byte(data, i, 0x7C) & mine
                cells = is_byte(data, i, 0x09) & mine
                leads = bytes_between(data, i, 0xEA, 0xED) & mine
                firsts = ~inner_bytes(data, i) & mine
            else:  # the last bytes of a batch
                width = 1
                newlines = np.uint64(data[i] == 0x0A)
                bars = np.uint64(data[i] == 0x7C)
                cells = np.uint64(data[i] == 0x09)
                leads = np.uint64(data[i] >= 0xEA and data[i] <= 0xED)
                firsts = np.uint64((data[i] & 0xC0) != 0x80)
            while newlines:
                end = i + trailing_zeros(newlines)
                before = newlines ^ (newlines - np.uint64(1))
                if total < room:
                    starts[total] = line
                    ends[total] = end
                    if end > line:
                        inside = before >> np.uint64(1)
                        kinds[total], bits[total] = kind_alone(
                            data,
                            line,
                            end,
                            hangul or (leads & inside) != 0,
                            pipes + ones(bars & inside),
                            tabs + ones(cells & inside),
                            characters + ones(firsts & inside),
                            classes,
                        )
                    else:
                        kinds[total] = BLANK
                        bits[total] = 0
                total += 1
                line = end + 1
                hangul = False
                pipes = tabs = characters = 0
                bars &= ~before
                cells &= ~before
                leads &= ~before
                firsts &= ~before
                newlines &= newlines - np.uint64(1)
            hangul = hangul or leads != 0
            pipes += ones(bars)
            tabs += ones(cells)
            characters += ones(firsts)
            i += width
        if total <= room:
            count = total - first
            find_front_matter(
                data, starts[first:total], ends[first:total], kinds[first:total], bits[first:total], count
            )
            enclose(kinds[first:total], bits[first:total], count)
            join_tables(kinds[first:total], bits[first:total], count)
            join_neighbours(kinds[first:total], bits[first:total], count)
            find_verses(data, starts[first:total], ends[first:total], kinds[first:total], bits[first:total], count)
    bounds[offsets.shape[0] - 1] = total
    return total


def find_lines(texts: pa.Array) -> Lines:
    """The lines of each text and their kinds, for texts normalised by corpus/cleaning/normalize.py.

    25 bytes a line.
    """
    data, offsets = string_buffers(texts)
    room = int(offsets[-1] - offsets[0]) // 40 + 4 * len(texts) + 64
    while True:
        bounds = np.empty(len(offsets), np.int64)
        starts, ends, bits = (np.empty(room, np.int64) for _ in range(3))
        kinds = np.empty(room, np.uint8)
        total = int(_find(data, offsets, classes(), bounds, starts, ends, kinds, bits))
        if total <= room:
            return Lines(bounds, starts[:total], ends[:total], kinds[:total])
        room = total

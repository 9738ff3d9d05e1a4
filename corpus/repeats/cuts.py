"""Cuts: stretches of bytes to take out of documents, as found by corpus/repeats/spans.py and corpus/contamination/find.py.

A cut list is an Arrow file beside a part: row, first byte, byte behind the last, why. An end of −1 means the whole document. Cuts
take adjoining punctuation along and shrink to whole words (runs without white space): neither half an eojeol nor half a character
is ever left.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numba import njit

from corpus.kernels.utf8 import LETTER, MARK, NUMBER, SPACE, classes, decode, string_buffers, strings_from

CUTS = pa.schema([("row", pa.int64()), ("start", pa.int64()), ("end", pa.int64()), ("kind", pa.string())])


def write_cuts(folder: Path, cuts: pa.Table) -> None:
    """Write `cuts.arrow`, sorted by row and place."""
    ordered = cuts.sort_by([("row", "ascending"), ("start", "ascending"), ("end", "ascending")])
    with pa.OSFile(str(folder / "cuts.arrow"), "wb") as sink, pa.ipc.new_file(sink, CUTS) as writer:
        writer.write_table(ordered)


def read_cuts(folders: Sequence[Path]) -> pa.Table:
    """The cut lists of several folders as one."""
    tables = []
    for folder in folders:
        with pa.OSFile(str(folder / "cuts.arrow")) as file:
            tables.append(pa.ipc.open_file(file).read_all())
    return pa.concat_tables([CUTS.empty_table(), *tables])


def apply_cuts(texts: pa.Array, first_row: int, cuts: pa.Table) -> tuple[pa.Array, np.ndarray]:
    """The texts without their cuts, and the bytes each lost (int64[n]).

    `texts` are rows first_row … of the part. Overlapping cuts count once. A text that is cut whole becomes empty: drop it.
    """
    row, start, end = (cuts[name].to_numpy() for name in ("row", "start", "end"))
    mine = (row >= first_row) & (row < first_row + len(texts))
    if not mine.any():
        return texts, np.zeros(len(texts), np.int64)
    data, offsets = string_buffers(texts)
    lengths = np.diff(offsets)
    row, start, end = row[mine] - first_row, start[mine], end[mine]
    whole = end < 0
    start, end = np.where(whole, 0, start), np.where(whole, lengths[row], end)
    if ((start < 0) | (end > lengths[row]) | (start > end)).any():
        raise ValueError("a cut reaches beyond its text: the cut list belongs to other documents")
    order = np.lexsort((end, start, row))
    out = np.empty(int(lengths.sum()), np.uint8)
    bounds = np.empty(len(offsets), np.int64)
    _cut(data, offsets, classes(), row[order], start[order], end[order], out, bounds)
    return strings_from(out[: max(int(bounds[-1]), 1)], bounds), lengths - np.diff(bounds)


@njit
def _is_space(data, i, kinds):
    """Does a character of white space begin at byte i?"""
    c, _ = decode(data, i)
    return kinds[c] == SPACE


@njit
def _clings(data, i, kinds):
    """Is the character at byte i neither white space nor part of a word?"""
    kind = kinds[decode(data, i)[0]]
    return kind not in (SPACE, LETTER, NUMBER, MARK)


@njit
def _before(data, i):
    """The byte at which the character before byte i begins."""
    i -= 1
    while data[i] & 0xC0 == 0x80:
        i -= 1
    return i


@njit(cache=True, nogil=True)
def _cut(data, offsets, kinds, rows, starts, ends, out, bounds):
    """Copy what is not cut. Of the white space on both sides of a cut one side stays: the one with more newlines."""
    at = 0
    cut = 0
    bounds[0] = 0
    for d in range(offsets.shape[0] - 1):
        base = offsets[d]
        stop = offsets[d + 1]
        document = at
        copied = base
        while cut < rows.shape[0] and rows[cut] == d:
            start = base + starts[cut]
            end = base + ends[cut]
            cut += 1
            while cut < rows.shape[0] and rows[cut] == d and base + starts[cut] <= end:
                end = max(end, base + ends[cut])
                cut += 1
            # Take the punctuation that clings to the stretch along, then shrink to whole words.
            while start > copied and _clings(data, _before(data, start), kinds):
                start = _before(data, start)
            while end < stop and _clings(data, end, kinds):
                end += decode(data, end)[1]
            while (
                start < end
                and start > base
                and not _is_space(data, start, kinds)
                and not _is_space(data, _before(data, start), kinds)
            ):
                start += decode(data, start)[1]
            while (
                end > start
                and end < stop
                and not _is_space(data, end, kinds)
                and not _is_space(data, _before(data, end), kinds)
            ):
                end = _before(data, end)
            while start < end and _is_space(data, start, kinds):
                start += decode(data, start)[1]
            while end > start and _is_space(data, _before(data, end), kinds):
                end = _before(data, end)
            if start >= end:
                continue
            # Of the white space on both sides keep the one with more newlines, else the left one.
            left = start
            while left > copied and _is_space(data, _before(data, left), kinds):
                left = _before(data, left)
            right = end
            while right < stop and _is_space(data, right, kinds):
                right += decode(data, right)[1]
            newlines = 0
            for i in range(left, start):
                newlines -= data[i] == 10
            for i in range(end, right):
                newlines += data[i] == 10
            keep_right = newlines > 0
            for i in range(copied, left if keep_right else start):
                out[at] = data[i]
                at += 1
            copied = end if keep_right else right
        for i in range(copied, stop):
            out[at] = data[i]
            at += 1
        if copied > base:  # what a cut left at the edges
            while at > document and _is_space(out, _before(out, at), kinds):
                at = _before(out, at)
            first = document
            while first < at and _is_space(out, first, kinds):
                first += decode(out, first)[1]
            for i in range(first, at):
                out[document + i - first] = out[i]
            at -= first - document
        bounds[d + 1] = at

"""Cuts: ranges of bytes to remove from documents, found by corpus/repeats/spans.py and corpus/contamination/find.py.

A cut list is an Arrow file beside a part: row, first byte, byte after the last, why. An end of −1 means the whole
document. Only whole sentences and whole blocks are removed (corpus/repeats/pieces.py): those inside a repeated span,
and those that a test item touches. Sentences that were separate stay separate: where a cut leaves two sentences of one
line side by side, a newline is written between them, so that every line of the result is part of a line of the input
(`invented_lines`).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.kernels.inner import helper, kernel
from corpus.kernels.utf8 import SPACE, classes, decode, string_buffers, strings_from
from corpus.repeats.pieces import pieces
from corpus.repeats.taking import INSIDE, TOUCHED, WHOLE_LINE, take_pieces

TAKES = {"span": INSIDE, "paragraph": WHOLE_LINE}  # by kind; all other kinds take what they touch
SPAN_BYTES = 200  # Lee et al. 2022 cut from 50 BPE tokens on, about 200 bytes of English or of Korean
CUTS = pa.schema([("row", pa.int64()), ("start", pa.int64()), ("end", pa.int64()), ("kind", pa.string())])


def write_cuts(folder: Path, cuts: pa.Table) -> None:
    """Write `cuts.arrow`, sorted by row and place."""
    order = pc.sort_indices(cuts, [(key, "ascending") for key in ("row", "start", "end")])
    with pa.OSFile(str(folder / "cuts.arrow"), "wb") as sink, pa.ipc.new_file(sink, CUTS) as writer:
        writer.write_table(cuts.take(order))


def read_cuts(folders: Sequence[Path]) -> pa.Table:
    """The cut lists of several folders as one."""
    tables = []
    for folder in folders:
        with pa.OSFile(str(folder / "cuts.arrow")) as file:
            tables.append(pa.ipc.open_file(file).read_all())
    return pa.concat_tables([CUTS.empty_table(), *tables])


def apply_cuts(texts: pa.Array, first_row: int, cuts: pa.Table, least: int = SPAN_BYTES) -> tuple[pa.Array, np.ndarray]:
    """The texts without their cuts, and how many bytes each of them lost (int64[n]).

    `texts` are rows first_row … of the part. Of a repeated span at least `least` bytes in a row are cut. Overlapping
    cuts count once. A text that is cut completely becomes empty; the caller drops it.
    """
    row, start, end = (cuts[name].to_numpy() for name in ("row", "start", "end"))
    mine = (row >= first_row) & (row < first_row + len(texts))
    if not mine.any():
        return texts, np.zeros(len(texts), np.int64)
    data, offsets = string_buffers(texts)
    lengths = np.diff(offsets)
    row, start, end = row[mine] - first_row, start[mine], end[mine]
    how = np.array([TAKES.get(kind, TOUCHED) for kind in cuts["kind"].filter(pa.array(mine)).to_pylist()], np.int64)
    whole = np.zeros(len(texts), bool)
    whole[row[end < 0]] = True
    if ((start < 0) | (end > lengths[row]) | ((start > end) & (end >= 0))).any():
        raise ValueError("a cut reaches beyond its text: the cut list belongs to other documents")
    changed = np.unique(row)
    chosen = texts.take(pa.array(changed))
    made = pieces(chosen)
    partly = np.flatnonzero(~whole[row])
    order = partly[np.lexsort((end[partly], start[partly], row[partly]))]
    taken = take_pieces(chosen, made, np.searchsorted(changed, row[order]), start[order], end[order], how[order], least)
    out = np.empty(int(lengths.sum()) + 1, np.uint8)
    bounds = np.empty(len(offsets), np.int64)
    some = np.full(len(texts), -1, np.int64)
    some[changed] = np.arange(len(changed))
    _cut(data, offsets, classes(), made.starts, made.ends, made.bounds, taken, some, whole, out, bounds)
    return strings_from(out[: max(int(bounds[-1]), 1)], bounds), lengths - np.diff(bounds)


def invented_lines(before: str, after: str) -> int:
    """How many lines of `after` are part of no line of `before`, white space ignored: lines that a cut joined."""
    there = {"".join(line.split()) for line in before.split("\n")}
    lines = ("".join(line.split()) for line in after.split("\n"))
    return sum(line not in there and not any(line in other for other in there) for line in lines)


@helper
def _is_space(data, i, kinds):
    """Whether a character of white space begins at byte i."""
    c, _ = decode(data, i)
    return kinds[c] == SPACE


@helper
def _before(data, i):
    """The byte at which the character before byte i begins."""
    i -= 1
    while data[i] & 0xC0 == 0x80:
        i -= 1
    return i


@kernel
def _cut(data, offsets, kinds, starts, ends, piece_bounds, taken, some, whole, out, bounds):
    """Copy the pieces that are not taken.

    Between two pieces that a cut brings together are as many newlines as on the side with more of them, at least one.
    """
    at = 0
    bounds[0] = 0
    for d in range(offsets.shape[0] - 1):
        base = offsets[d]
        stop = offsets[d + 1]
        copied = base
        document = at
        if whole[d]:
            copied = stop
        elif some[d] >= 0:
            p = piece_bounds[some[d]]
            last = piece_bounds[some[d] + 1]
            while p < last:
                if not taken[p]:
                    p += 1
                    continue
                first = p
                while p < last and taken[p]:
                    p += 1
                left = base + starts[first]
                while left > copied and _is_space(data, _before(data, left), kinds):
                    left = _before(data, left)
                right = base + ends[p - 1]
                while right < stop and _is_space(data, right, kinds):
                    right += decode(data, right)[1]
                before = 0
                for i in range(left, base + starts[first]):
                    before += data[i] == 10
                after = 0
                indent = right
                for i in range(base + ends[p - 1], right):
                    if data[i] == 10:
                        after += 1
                        indent = i + 1
                for i in range(copied, left):
                    out[at] = data[i]
                    at += 1
                copied = right
                if right < stop and at > document:
                    for _ in range(max(before, after, 1)):
                        out[at] = 10
                        at += 1
                    copied = indent
        for i in range(copied, stop):
            out[at] = data[i]
            at += 1
        bounds[d + 1] = at

"""From encoded documents to rows: the position of each piece of a document, and the copying.

A document becomes its tokens between BOS and EOS, according to the settings; a document longer than a row is cut into
pieces of a row's length and a rest. `fit` puts whole pieces into rows by best fit; `concatenate` puts documents one
after another and cuts where a row ends. Both only compute positions, in NumPy over piece numbers; `fill` copies the
tokens, about 2 GB/s a core.
"""

from typing import NamedTuple

import numpy as np

from corpus.kernels.inner import kernel
from model.packing.best_fit import best_fit


class Layout(NamedTuple):
    """Pieces in the order of rows and columns: int64[pieces] each."""

    document: np.ndarray  # index into the offsets
    start: np.ndarray  # first token of the piece within its document, BOS counted
    length: np.ndarray
    row: np.ndarray
    column: np.ndarray
    rows: int


def fit(lengths: np.ndarray, seq_len: int) -> Layout:
    """Whole documents into rows of `seq_len`; only documents longer than a row are cut.

    `lengths` int64[n] with BOS and EOS.

    Rows come in the order of their first document and keep their documents in order.
    """
    document, start, length = _cut(lengths, seq_len, np.zeros(len(lengths), np.int64))
    row = np.empty(len(length), np.int64)
    whole = length == seq_len
    rest_rows, rest_count = best_fit(length[~whole], seq_len)
    row[whole] = rest_count + np.arange(whole.sum())
    row[~whole] = rest_rows
    rows = rest_count + int(whole.sum())
    first = np.full(rows, len(row), np.int64)
    np.minimum.at(first, row, np.arange(len(row)))
    rank = np.empty(rows, np.int64)
    rank[np.argsort(first)] = np.arange(rows)
    row = rank[row]
    order = np.argsort(row, kind="stable")
    document, start, length, row = document[order], start[order], length[order], row[order]
    ends = np.cumsum(length)
    row_starts = np.searchsorted(row, np.arange(rows))
    column = ends - length - (ends - length)[row_starts][row] if rows else np.zeros(0, np.int64)
    return Layout(document, start, length, row, column, rows)


def concatenate(lengths: np.ndarray, seq_len: int, filled: int = 0) -> Layout:
    """Documents one after another, cut where rows end.

    The first row already contains `filled` tokens; the last one may be incomplete.
    """
    begins = filled + np.cumsum(lengths) - lengths
    document, start, length = _cut(lengths, seq_len, begins % seq_len)
    position = begins[document] + start
    rows = -(-(filled + int(lengths.sum())) // seq_len)
    return Layout(document, start, length, position // seq_len, position % seq_len, rows)


def _cut(lengths: np.ndarray, seq_len: int, column: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pieces of documents that begin at `column` of a row and are cut at each end of a row: (document, start,
    length)."""
    pieces = -(-(column + lengths) // seq_len) * (lengths > 0)
    document = np.repeat(np.arange(len(lengths)), pieces)
    number = np.arange(len(document)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    start = np.maximum(number * seq_len - column[document], 0)
    end = np.minimum((number + 1) * seq_len - column[document], lengths[document])
    return document, start, end - start


@kernel
def fill(ids, offsets, document, start, length, row, column, bos, eos, out):
    """Copy pieces into `out` [rows, seq_len], which initially contains padding. `bos`, `eos`: ids, or -1 for none."""
    extra = 1 if bos >= 0 else 0
    for k in range(document.shape[0]):
        first = offsets[document[k]]
        tokens = offsets[document[k] + 1] - first
        r = row[k]
        c = column[k]
        for j in range(start[k], start[k] + length[k]):
            t = j - extra
            if t < 0:
                out[r, c] = bos
            elif t >= tokens:
                out[r, c] = eos
            else:
                out[r, c] = ids[first + t]
            c += 1

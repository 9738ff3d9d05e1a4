"""Blocks of bytes cut at newlines, with line numbers, byte offsets and a cap on the length of a line.

Nothing is decoded here. A line that grows beyond the cap before its end is seen is passed over without being held in
memory; whoever splits a stretch judges the lines in it. The lines on both sides of damage are handed on, marked as
torn: they may be whole; and if one is only a piece of a record, then it belongs to the damage and is no second loss.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numba import njit

from corpus.document import Unreadable
from corpus.readers.columns import SAMPLE
from corpus.readers.stream import BLOCK, Gap, Limits

SLACK = 128  # bytes behind a stretch that kernels may read
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Lines(NamedTuple):
    """Whole lines; the last one has a newline even where the file ends without.

    Valid only until the next stretch is read.
    """

    buffer: np.ndarray  # uint8; the lines are buffer[:size], and SLACK bytes more may be read
    size: int
    row: int  # line number of the first, counted from 0
    offset: int  # byte offset of the first in the decompressed stream
    newlines: int
    torn_first: bool = False  # the first line may lack its beginning
    torn_last: bool = False  # the last line may lack its end

    def bytes(self) -> bytes:
        """A copy of the lines."""
        return self.buffer[: self.size].tobytes()


def lines(pieces: Iterable[bytes | Gap], limits: Limits, block: int = BLOCK) -> Iterator[Lines | Unreadable]:
    """Cut pieces into stretches of whole lines, each of at least `block` bytes but the last.

    One buffer is filled again and again: fresh memory for every block costs more than the copying. After a Gap line
    numbers just go on, since how many lines are lost is not known. A byte order mark at the very beginning is left out.
    """
    buffer = np.empty(2 * block + SLACK, np.uint8)
    filled = 0  # bytes of the buffer in use
    cut = 0  # of these, how many belong to whole lines
    row = offset = 0  # of buffer[0]
    skipping = False  # within a line already given up
    torn = False  # the first line in the buffer comes after damage

    def stretch(torn_last: bool = False) -> Lines:
        return Lines(buffer, cut, row, offset, int(_newlines(buffer[:cut])), torn, torn_last)

    for piece in pieces:
        if isinstance(piece, Gap):
            sample = buffer[cut : min(filled, cut + SAMPLE)].tobytes()
            if cut_short := filled > cut:
                buffer[filled] = 10
                cut = filled + 1
            if cut:
                yield (whole := stretch(cut_short))
                row, offset = row + whole.newlines, offset + filled
            yield Unreadable(row, offset, piece.reason, sample)
            row, filled, cut, skipping, torn = row + 1, 0, 0, False, True
            continue
        if skipping:
            end = piece.find(b"\n")
            offset += len(piece) if end < 0 else end + 1
            if end < 0:
                continue
            piece, skipping = piece[end + 1 :], False
        if offset == 0 and filled == 0 and piece.startswith(BYTE_ORDER_MARK):
            piece, offset = piece[3:], 3
        if len(buffer) < filled + len(piece) + SLACK:
            buffer = np.concatenate([buffer[:filled], np.empty(filled + len(piece) + SLACK, np.uint8)])
        buffer[filled : filled + len(piece)] = np.frombuffer(piece, np.uint8)
        end = piece.rfind(b"\n") + 1
        cut = filled + end if end else cut
        filled += len(piece)
        if cut >= block:
            yield (whole := stretch())
            row, offset = row + whole.newlines, offset + cut
            buffer[: filled - cut] = buffer[cut:filled].copy()
            filled, cut, torn = filled - cut, 0, False
        if filled - cut > limits.max_line_bytes:
            if cut:
                yield (whole := stretch())
                row, offset = row + whole.newlines, offset + cut
            yield Unreadable(row, offset, "line too long", buffer[cut : cut + SAMPLE].tobytes())
            offset, row, filled, cut, skipping = offset + filled - cut, row + 1, 0, 0, True
            torn = False
    if filled > cut:
        buffer[filled] = 10
        cut = filled + 1
    if cut:
        yield stretch()


@njit(cache=True, nogil=True)
def _newlines(data):
    """How many there are, 65 GB/s: counted in 16 bits, of which one vector instruction adds many, for as long as
    they suffice."""
    count = np.int64(0)
    for start in range(0, len(data), 8192):
        part = np.uint16(0)
        for c in data[start : start + 8192]:
            part = np.uint16(part + np.uint16(c == np.uint8(10)))
        count += part
    return count

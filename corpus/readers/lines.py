"""Blocks of bytes cut at newlines, with line numbers, byte offsets and a limit on the length of a line.

Nothing is decoded here. A line that exceeds the limit before its end is seen is skipped without being kept in memory;
the caller checks the lines inside a chunk. The lines on both sides of damage are returned and marked as torn: they may
be complete, and if one is only a piece of a record, it belongs to the damage and is not counted a second time.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from corpus.document import Unreadable
from corpus.readers.columns import SAMPLE
from corpus.readers.stream import BLOCK, Gap, Limits

SLACK = 128  # bytes after a chunk that kernels may read
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Lines(NamedTuple):
    """Whole lines; the last one has a newline even if the file ends without.

    Valid only until the next chunk is read.
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
    """Cut pieces into chunks of whole lines, each of at least `block` bytes but the last.

    One buffer is used again for every block: new memory costs more than copying. After a Gap the line numbers continue,
    because the number of lost lines is not known. A byte order mark at the beginning of the file is left out.
    """
    from corpus.readers.newlines import count_newlines  # commands that read no lines need not load kernels

    buffer = np.empty(2 * block + SLACK, np.uint8)
    filled = 0  # bytes of the buffer in use
    cut = 0  # of these, how many belong to whole lines
    row = offset = 0  # of buffer[0]
    skipping = False  # within a line already given up
    torn = False  # the first line in the buffer comes after damage

    def chunk(torn_last: bool = False) -> Lines:
        return Lines(buffer, cut, row, offset, int(count_newlines(buffer[:cut])), torn, torn_last)

    for piece in pieces:
        if isinstance(piece, Gap):
            sample = buffer[cut : min(filled, cut + SAMPLE)].tobytes()
            if cut_short := filled > cut:
                buffer[filled] = 10
                cut = filled + 1
            if cut:
                yield (whole := chunk(cut_short))
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
            yield (whole := chunk())
            row, offset = row + whole.newlines, offset + cut
            buffer[: filled - cut] = buffer[cut:filled].copy()
            filled, cut, torn = filled - cut, 0, False
        if filled - cut > limits.max_line_bytes:
            if cut:
                yield (whole := chunk())
                row, offset = row + whole.newlines, offset + cut
            yield Unreadable(row, offset, "line too long", buffer[cut : cut + SAMPLE].tobytes())
            offset, row, filled, cut, skipping = offset + filled - cut, row + 1, 0, 0, True
            torn = False
    if filled > cut:
        buffer[filled] = 10
        cut = filled + 1
    if cut:
        yield chunk()

"""Blocks of bytes cut at newlines, with line numbers, byte offsets and a cap on the length of a line.

Nothing is decoded here. A line that grows beyond the cap before its end is seen is passed over without being held in memory;
whoever splits a stretch judges the lines in it. A line cut by damage is given up, on both sides of the damage, so that no half record
is taken for a whole one.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from corpus.document import Unreadable
from corpus.readers.columns import SAMPLE
from corpus.readers.stream import Gap, Limits


class Lines(NamedTuple):
    """Whole lines, as one stretch of bytes; the last line of the file may lack its newline."""

    data: bytes
    row: int  # line number of the first, counted from 0
    offset: int  # byte offset of the first in the decompressed stream


def lines(pieces: Iterable[bytes | Gap], limits: Limits) -> Iterator[Lines | Unreadable]:
    """Cut pieces into stretches of whole lines.

    After a Gap the rest of the line it fell into is skipped up to the next newline; line numbers go on from there, since how many
    lines are lost is not known.
    """
    tail = b""  # the beginning of a line whose end is not there yet
    row = offset = 0  # of the tail
    skipping = False  # within a line already given up
    for piece in pieces:
        if isinstance(piece, Gap):
            yield Unreadable(row, offset, piece.reason, tail[:SAMPLE])
            offset, row, tail, skipping = offset + len(tail), row + 1, b"", True
            continue
        if skipping:
            end = piece.find(b"\n")
            offset += len(piece) if end < 0 else end + 1
            if end < 0:
                continue
            piece, skipping = piece[end + 1 :], False
        end = piece.rfind(b"\n") + 1
        if end:
            data = tail + piece[:end] if tail or end < len(piece) else piece
            yield Lines(data, row, offset)
            row, offset = row + data.count(b"\n"), offset + len(data)
            tail = piece[end:]
        else:
            tail += piece
        if len(tail) > limits.max_line_bytes:
            yield Unreadable(row, offset, "line too long", tail[:SAMPLE])
            offset, row, tail, skipping = offset + len(tail), row + 1, b"", True
    if tail:
        yield Lines(tail, row, offset)

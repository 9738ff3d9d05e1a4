"""Text files: each is one document."""

from collections.abc import Iterator
from pathlib import Path

from corpus.document import Unreadable
from corpus.readers.columns import SAMPLE, Columns, Fields
from corpus.readers.gather import Record, gather
from corpus.readers.lines import BYTE_ORDER_MARK
from corpus.readers.stream import Gap, Limits
from corpus.readers.unpack import blocks


def read_text(path: Path, fields: Fields, required: str, limits: Limits) -> Iterator[Columns]:
    """The file as the one value of `required`.

    Damage anywhere, or more than `max_line_bytes`, makes the whole file unreadable.
    """
    yield from gather(_records(path, list(fields).index(required), len(fields), limits), fields, required)


def _records(path: Path, needed: int, count: int, limits: Limits) -> Iterator[Record | Unreadable]:
    text = bytearray()
    for piece in blocks(path, limits):
        if isinstance(piece, Gap):
            yield Unreadable(0, piece.offset, piece.reason, bytes(text[:SAMPLE]))
            return
        text += piece
        if len(text) > limits.max_line_bytes:
            yield Unreadable(0, 0, "text too long", bytes(text[:SAMPLE]))
            return
    try:
        decoded = bytes(text.removeprefix(BYTE_ORDER_MARK)).decode("utf-8")
    except UnicodeDecodeError as error:
        yield Unreadable(0, error.start, "bad utf-8", bytes(text[error.start : error.start + SAMPLE]))
        return
    if decoded:
        yield 0, [decoded if field == needed else None for field in range(count)]

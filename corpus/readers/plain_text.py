"""Text files: each is one document."""

from collections.abc import Iterator

from corpus.document import Unreadable
from corpus.readers.columns import SAMPLE, Columns, Fields
from corpus.readers.encoding import Text
from corpus.readers.gather import Record, gather
from corpus.readers.lines import BYTE_ORDER_MARK
from corpus.readers.stream import Gap


def read_text(text: Text, fields: Fields, required: str) -> Iterator[Columns]:
    """The whole file as one value of `required`.

    Damage anywhere, or more than `max_line_bytes`, makes the whole file unreadable.
    """
    yield from gather(_records(text, list(fields).index(required), len(fields)), fields, required)


def _records(text: Text, needed: int, count: int) -> Iterator[Record | Unreadable]:
    held = bytearray()
    for piece in text.blocks():
        if isinstance(piece, Gap):
            yield Unreadable(0, piece.offset, piece.reason, bytes(held[:SAMPLE]))
            return
        held += piece
        if len(held) > text.limits.max_line_bytes:
            yield Unreadable(0, 0, "text too long", bytes(held[:SAMPLE]))
            return
    try:
        decoded = bytes(held.removeprefix(BYTE_ORDER_MARK)).decode("utf-8")
    except UnicodeDecodeError as error:
        yield Unreadable(0, error.start, "bad utf-8", bytes(held[error.start : error.start + SAMPLE]))
        return
    if decoded:
        yield 0, [decoded if field == needed else None for field in range(count)]

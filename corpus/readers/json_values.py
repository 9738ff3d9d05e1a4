"""JSON that is not one record a line: an array of records (`[{…}, {…}]`), or records written over many lines.

It also reads NaN and Infinity, which Python and pandas write although JSON does not have them. Values are parsed by
Python, about 100 MB/s, one record at a time; a broken record costs the text up to the next `}` after which an object
begins.
"""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from unicodedata import normalize

from corpus.document import Unreadable
from corpus.readers.columns import SAMPLE, Columns, Fields
from corpus.readers.encoding import Text
from corpus.readers.gather import Pending, gather
from corpus.readers.guard import RecordError
from corpus.readers.lines import BYTE_ORDER_MARK
from corpus.readers.stream import Gap

HEAD = 1 << 16
BETWEEN = re.compile(rb"[\s,\[\]]*")  # what is between the records of an array, or before and after it
NEXT = re.compile(rb"\}\s*,?\s*(?=\{)")
# A string, closed or up to the end of the buffer, or a bracket outside of strings.
MARK = re.compile(rb'"(?:[^"\\]|\\.)*+("|\\?\Z)|[{}\[\]]', re.DOTALL)
BARE = re.compile(rb"[,\n\]]")


def is_lines(text: Text) -> bool:
    """Whether a JSON file has one record per line: it does not begin with an array or with the first line of an object
    written over many lines."""
    head = b""
    for piece in text.blocks():
        if isinstance(piece, Gap):
            break
        head += piece
        if len(head) >= HEAD:
            break
    first, newline, _ = head.removeprefix(BYTE_ORDER_MARK).lstrip().partition(b"\n")
    return not first.startswith(b"[") and not (newline and re.fullmatch(rb"\{\s*|\{.*[,{\[]\s*", first))


def read_values(text: Text, fields: Fields, required: str) -> Iterator[Columns]:
    """Columns of the records of such a file; rows count them."""
    yield from gather(_records(text, fields, required), fields, required)


def values(record: Any, fields: Fields, required: str) -> list[str | None]:
    """The strings of a parsed record at the paths of `fields`, null where there is none. Raises RecordError if
    `required` has none.

    Names are compared in Unicode's composed form. A list of strings at `required` is one text, line by line.
    """
    if not isinstance(record, dict):
        raise RecordError("not an object")
    found = [_at(record, keys) for keys in fields.values()]
    text = dict(zip(fields, found, strict=True))[required]
    if isinstance(text, _Absent):
        raise RecordError("missing field")
    if text is None or (isinstance(text, float) and text != text):
        raise RecordError(f"null {required}")
    if isinstance(text, list) and text and all(isinstance(item, str) for item in text):
        found[list(fields).index(required)] = "\n".join(text)
    elif not isinstance(text, str):
        raise RecordError(f"{required} is no string")
    return [value if isinstance(value, str) else None for value in found]


def parsed(content: bytes) -> Any:
    """A JSON value parsed by Python, with NaN and Infinity; raises RecordError ("bad json") if it is not JSON."""
    try:
        return json.loads(content.decode("utf-8"))
    except (json.JSONDecodeError, RecursionError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise
        raise RecordError("bad json") from error


class _Absent:
    """The value of a field that is not there."""


def _at(record: dict[str, Any], keys: tuple[str, ...]) -> Any:
    value: Any = record
    for key in keys:
        if not isinstance(value, dict):
            return _Absent()
        if key not in value:
            if key.isascii():
                return _Absent()
            composed = {normalize("NFC", name): name for name in value}
            if normalize("NFC", key) not in composed:
                return _Absent()
            key = composed[normalize("NFC", key)]
        value = value[key]
    return value


def _records(text: Text, fields: Fields, required: str) -> Iterator[Pending | Unreadable]:
    def read(content: bytes) -> list[str | None]:
        return values(parsed(content), fields, required)

    def record(place: int, content: bytes) -> Pending | Unreadable:
        if len(content) > text.limits.max_line_bytes:
            return Unreadable(row, place, "record too long", content[:SAMPLE])
        return Pending(row, place, content, read)

    held = bytearray()
    row = offset = scanned = depth = (
        0  # `scanned`: bytes of `held` of which brackets are counted; `depth`: those open there
    )
    pieces = text.blocks()
    more = True
    while more:
        piece = next(pieces, None)
        if piece is None:
            more = False
        elif isinstance(piece, Gap):
            yield Unreadable(row, offset, piece.reason, bytes(held[:SAMPLE]))
            row, offset, scanned, depth = row + 1, offset + len(held), 0, 0
            held.clear()
            continue
        else:
            held += piece.removeprefix(BYTE_ORDER_MARK) if not offset and not held else piece
        while True:
            if depth == 0:
                gap = BETWEEN.match(held, scanned)
                scanned = gap.end() if gap else scanned
                del held[:scanned]
                offset, scanned = offset + scanned, 0
            end, scanned, depth = _end(held, scanned, depth)
            if end is None:
                break
            for place, content in _split(bytes(held[:end])):
                yield record(offset + place, content)
                row += 1
            del held[:end]
            offset, scanned, depth = offset + end, 0, 0
        if len(held) > text.limits.max_line_bytes:
            found = NEXT.search(held)
            stop = found.end() if found else len(held)
            yield Unreadable(row, offset, "record too long", bytes(held[:SAMPLE]))
            del held[:stop]
            row, offset, scanned, depth = row + 1, offset + stop, 0, 0
    if held.strip():
        for place, content in _split(bytes(held)):
            yield record(offset + place, content)
            row += 1


def _end(held: bytearray, start: int, depth: int) -> tuple[int | None, int, int]:
    """(the end of the value at the begin of `held`, or None; up to where brackets are counted; how many are open
    there)."""
    if depth == 0 and start == 0 and held and held[0] not in b"{":  # a bare value: up to the next comma or newline
        found = BARE.search(held)
        if found is None:
            return None, 0, 0
        return max(found.start(), 1), 0, 0
    for mark in MARK.finditer(held, start):
        sign = held[mark.start()]
        if sign == ord('"'):
            if mark[1] != b'"':  # looked at again once more of it is there
                return None, mark.start(), depth
        elif sign in b"{[":
            depth += 1
        else:
            depth -= 1
            if depth <= 0:
                return mark.end(), mark.end(), 0
    return None, len(held), depth


def _split(content: bytes) -> list[tuple[int, bytes]]:
    """A value with its place in `content`; if it is broken, the pieces of it that may be records: a missing quotation
    mark hides their ends."""
    if not NEXT.search(content):
        return [(0, content)]
    try:
        parsed(content)
    except (RecordError, UnicodeDecodeError):
        bounds = [0, *(found.end() for found in NEXT.finditer(content)), len(content)]
        return [(i, content[i:j].rstrip(b" ,\r\n\t]")) for i, j in pairwise(bounds)]
    return [(0, content)]

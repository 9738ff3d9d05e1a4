"""WARC and WET files (ISO 28500): records with a header, a length, and content.

Plain text is read as it is: `conversion` records, and whatever else declares text/plain. A page as it was fetched (`response`) gives
its main text (corpus/readers/html.py), and is unreadable if it has none. `warcinfo`, `request` and `metadata` records are about pages
and are not counted. A record must be followed by an empty line just where its length says; if not, it is given up, and reading goes on
at the next line that begins a record. Rows count the records that are told.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from corpus.document import Unreadable
from corpus.readers.columns import SAMPLE, Columns, Fields
from corpus.readers.gather import Record, gather
from corpus.readers.html import PageError, page
from corpus.readers.stream import Gap, Limits
from corpus.readers.unpack import blocks

VERSION = re.compile(rb"(?:\A|(?<=\r\n\r\n))WARC/1\.[01]\r\n")
NEXT = re.compile(rb"WARC/1\.[01]\r\n(?:WARC-|Content-)", re.IGNORECASE)
LONGEST_NEXT = 20  # bytes, no less than what NEXT matches
ABOUT = ("warcinfo", "request", "metadata", "revisit", "continuation")
LONGEST_HEADER = 1 << 16
END = b"\r\n\r\n"


def read_warc(path: Path, fields: Fields, required: str, limits: Limits) -> Iterator[Columns]:
    """Text, `url`, `title` of a page, and any header by its name in small letters, such as "warc-date"."""
    names = [keys[0] for keys in fields.values()]
    yield from gather(_Warc(path, limits).records(names), fields, required)


class _Warc:
    """A window on the stream: `held` are bytes read and not yet used."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.pieces = blocks(path, limits)
        self.longest = limits.max_line_bytes
        self.held = bytearray()
        self.offset = 0  # of held[0] in the decompressed stream
        self.gap: Gap | None = None
        self.row = 0

    def records(self, names: list[str]) -> Iterator[Record | Unreadable]:
        """Each record's values of `names`."""
        while self._fill(1):
            if self.held[:2] == b"\r\n" and len(self.held) >= 2 and self.row == 0:
                self._drop(2)
                continue
            yield from self._record(names)
            if self.gap:
                yield from self._lose(self.gap.reason)
                self.gap = None
        if self.gap:
            yield from self._lose(self.gap.reason)

    def _record(self, names: list[str]) -> Iterator[Record | Unreadable]:
        header = self._header()
        if header is None:
            if not self.gap:
                yield from self._lose("bad warc header")
                self._resume()
            return
        fields, size = header
        try:
            length = int(fields["content-length"])
        except (KeyError, ValueError):
            length = -1
        kind = fields.get("warc-type", "")
        if fields.get("warc-target-uri", "").strip("<").startswith("metadata:"):  # a crawler's log among its pages
            kind = "metadata"
        if kind in ABOUT or 0 <= length <= self.longest:
            enough = length >= 0 and length <= self.longest and self._fill(size + length + len(END))
            if self.gap:
                return
            if enough and self.held[size + length : size + length + len(END)] == END:
                content = bytes(self.held[size : size + length])
                offset = self.offset
                self._drop(size + length + len(END))
                if kind not in ABOUT:
                    yield self._told(fields, content, names, offset)
                return
        reason = "record too long" if length > self.longest else "bad length"
        yield from self._lose(reason)
        self._resume()

    def _told(self, fields: dict[str, str], content: bytes, names: list[str], offset: int) -> Record | Unreadable:
        row = self.row
        self.row += 1
        title = None
        try:
            if fields.get("warc-type") == "response":
                title, text = page(content, self.longest)
            elif fields.get("warc-type") == "conversion" or fields.get("content-type", "").startswith("text/plain"):
                text = content.decode("utf-8")
            else:
                return Unreadable(row, offset, "no page", content[:SAMPLE])
        except PageError as error:
            return Unreadable(row, offset, str(error), content[:SAMPLE])
        except UnicodeDecodeError:
            return Unreadable(row, offset, "bad utf-8", content[:SAMPLE])
        address = fields.get("warc-target-uri", "").removeprefix("<").removesuffix(">")  # WARC/1.0 had it in brackets
        known = {**fields, "text": text, "url": address or None, "title": title}
        return row, [known.get(name) for name in names]

    def _header(self) -> tuple[dict[str, str], int] | None:
        """Named fields and the header's size, or None if there is none here."""
        while (end := self.held.find(END, 0, LONGEST_HEADER)) < 0:
            if len(self.held) >= LONGEST_HEADER or not self._fill(len(self.held) + 1):
                break
        if end < 0 or not VERSION.match(self.held):
            return None
        fields = {}
        for line in bytes(self.held[:end]).decode("utf-8", "replace").split("\r\n")[1:]:
            name, _, value = line.partition(":")
            fields[name.strip().lower()] = value.strip()
        return fields, end + len(END)

    def _lose(self, reason: str) -> Iterator[Unreadable]:
        yield Unreadable(self.row, self.offset, reason, bytes(self.held[:SAMPLE]))
        self.row += 1

    def _resume(self) -> None:
        """Go to the next record's first line; to the next gap or the end if there is none.

        Not even the newline before it is asked for: that may be what was damaged.
        """
        self._drop(1)
        while not (found := NEXT.search(self.held)):
            self._drop(max(0, len(self.held) - LONGEST_NEXT))
            if not self._fill(len(self.held) + 1):
                self._drop(len(self.held))
                return
        self._drop(found.start())

    def _drop(self, count: int) -> None:
        del self.held[:count]
        self.offset += count

    def _fill(self, count: int) -> bool:
        """Whether `held` has that many bytes; reads on as far as the next gap."""
        while len(self.held) < count and not self.gap:
            piece = next(self.pieces, None)
            if piece is None:
                return False
            if isinstance(piece, Gap):
                self.gap = piece
            else:
                self.held += piece
        return len(self.held) >= count

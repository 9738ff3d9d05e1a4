"""WARC and WET files (ISO 28500, and the drafts 0.17 and 0.18 before it): records with a header, a length, and content.

Plain text is read as it is: `conversion` records, and other records with text/plain. Of a fetched page (`response`) the
main text is read (corpus/readers/html.py); it is unreadable if it has none. `warcinfo`, `request` and `metadata`
records describe pages and are not counted. At the end that its length gives, a record must be followed by an empty
line, the next record or the end of the file; if not, it is lost, and reading continues at the next line that begins a
record. Lines may end in a bare newline, as in ClueWeb09. Rows count the records that are returned.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from corpus.document import Unreadable
from corpus.readers.columns import SAMPLE, Columns, Fields
from corpus.readers.gather import gather
from corpus.readers.guard import Pending, RecordError
from corpus.readers.html import page
from corpus.readers.stream import Gap, Limits
from corpus.readers.unpack import blocks

VERSION = re.compile(rb"WARC/(?:1\.[01]|0\.1[78])\r?\n")
NEXT = re.compile(rb"WARC/(?:1\.[01]|0\.1[78])\r?\n(?:WARC-|Content-)", re.IGNORECASE)
LONGEST_NEXT = 20  # bytes, at least as many as NEXT matches
ABOUT = ("warcinfo", "request", "metadata", "revisit", "continuation")
LONGEST_HEADER = 1 << 16
BLANK_LINE = re.compile(rb"\r?\n\r?\n")
LENGTH = re.compile(r"[0-9]{1,18}")
AFTER = 16  # bytes read after a record's content


def read_warc(path: Path, fields: Fields, required: str, limits: Limits) -> Iterator[Columns]:
    """Text, `url`, `title` of a page, and any header by its name in small letters, such as "warc-date"."""
    names = [keys[0] for keys in fields.values()]
    yield from gather(_Warc(path, limits).records(names), fields, required)


class _Warc:
    """A window on the stream: `held` are bytes that are read but not yet used."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.pieces = blocks(path, limits)
        self.longest = limits.max_line_bytes
        self.held = bytearray()
        self.offset = 0  # of held[0] in the decompressed stream
        self.gap: Gap | None = None
        self.row = 0
        self.blank = self.after_blank = -1  # where in the stream the next blank line was found, and where it ends
        self.clear = 0  # no blank line begins in the stream before this place

    def records(self, names: list[str]) -> Iterator[Pending | Unreadable]:
        """Each record, with its values of `names` not parsed yet."""
        while self._fill(1):
            if self.held[:1] in (b"\r", b"\n"):
                self._drop(1)
                continue
            yield from self._record(names)
            if self.gap:
                yield from self._lose(self.gap.reason)
                self.gap = None
        if self.gap:
            yield from self._lose(self.gap.reason)

    def _record(self, names: list[str]) -> Iterator[Pending | Unreadable]:
        header = self._header()
        if header is None:
            if not self.gap:
                yield from self._lose("bad warc header")
                self._resume()
            return
        fields, size = header
        length = int(fields["content-length"]) if LENGTH.fullmatch(fields.get("content-length", "")) else -1
        kind = fields.get("warc-type", "")
        if fields.get("warc-target-uri", "").strip("<").startswith("metadata:"):  # a crawler's log among its pages
            kind = "metadata"
        reason = "record too long" if length > self.longest else "bad length"
        if 0 <= length <= self.longest:
            whole = self._fill(size + length)
            self._fill(size + length + AFTER)
            if self.gap and not whole:
                return
            if whole and self._ends(size + length):
                content = bytes(self.held[size : size + length])
                offset = self.offset
                self._drop(size + length)
                if kind not in ABOUT:
                    yield Pending(
                        self.row, offset, content, lambda content: _told(fields, content, names, self.longest)
                    )
                    self.row += 1
                return
            if not whole and not NEXT.search(self.held, size):
                reason = "truncated record"
        yield from self._lose(reason)
        self._resume()

    def _ends(self, place: int) -> bool:
        """Whether a record may end there."""
        after = bytes(self.held[place : place + AFTER])
        rest = after.lstrip(b"\r\n")
        lines = after[: len(after) - len(rest)].count(b"\n")
        return lines >= 2 or rest.startswith(b"WARC/") or (not rest and len(after) < AFTER)

    def _header(self) -> tuple[dict[str, str], int] | None:
        """Named fields and the header's size, or None if there is none here."""
        if self.blank < self.offset:  # else it is known from the place before, which was not a record
            while not (found := BLANK_LINE.search(self.held, max(0, self.clear - self.offset), LONGEST_HEADER)):
                size = len(self.held)
                self.clear = max(self.clear, self.offset + min(size, LONGEST_HEADER) - 3)
                if size >= LONGEST_HEADER or not self._fill(size + 1):
                    return None
            self.blank, self.after_blank = self.offset + found.start(), self.offset + found.end()
        end = self.blank - self.offset
        if end >= LONGEST_HEADER or not VERSION.match(self.held):
            return None
        fields = {}
        for line in bytes(self.held[:end]).decode("utf-8", "replace").replace("\r\n", "\n").split("\n")[1:]:
            name, _, value = line.partition(":")
            fields[name.strip().lower()] = value.strip()
        return fields, self.after_blank - self.offset

    def _lose(self, reason: str) -> Iterator[Unreadable]:
        yield Unreadable(self.row, self.offset, reason, bytes(self.held[:SAMPLE]))
        self.row += 1

    def _resume(self) -> None:
        """Go to the next record's first line; to the next gap or the end if there is none.

        The newline before it is not required: it may be damaged.
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
        """Read until `held` has `count` bytes, at most to the next gap; returns whether it has them."""
        while len(self.held) < count and not self.gap:
            piece = next(self.pieces, None)
            if piece is None:
                return False
            if isinstance(piece, Gap):
                self.gap = piece
            else:
                self.held += piece
        return len(self.held) >= count


def _told(fields: dict[str, str], content: bytes, names: list[str], longest: int) -> list[str | None]:
    title = None
    kind = fields.get("warc-type", "")
    if kind == "response" and fields.get("content-type", "application/http").lower().startswith("application/http"):
        title, text = page(content, longest, cut="warc-truncated" in fields)
    elif kind == "conversion" or fields.get("content-type", "").lower().startswith("text/plain"):
        text = content.decode("utf-8")
    else:
        raise RecordError("no page")
    address = fields.get("warc-target-uri", "").removeprefix("<").removesuffix(">")  # WARC/1.0 had it in brackets
    known = {**fields, "text": text, "url": address or None, "title": title}
    return [known.get(name) for name in names]

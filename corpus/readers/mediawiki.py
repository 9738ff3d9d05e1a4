"""Pages of a MediaWiki XML dump (export 0.10 and 0.11), streamed.

A dump is one element <page> after another, each tag on its own line, so pages are cut out as bytes, and text outside a
page is ignored: a part of a dump, or a damaged one, can be read as well as a complete one. Only four fields of a page
are read. `<` in text is always written `&lt;`, so the search for tags cannot fail. Each tag is searched once, so that
the time is proportional to the length of the page, whatever it contains.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar, overload

from corpus.document import Unreadable
from corpus.readers.columns import SAMPLE
from corpus.readers.entities import unescape
from corpus.readers.guard import RecordError, guarded
from corpus.readers.stream import Gap, Limits
from corpus.readers.unpack import blocks

NAMESPACE = re.compile(rb"<ns>\s{0,9}(-?\d{1,9})\s{0,9}</ns>")
REDIRECT = re.compile(rb"<redirect\b")
BEGIN, END = b"<page>", b"</page>"
T = TypeVar("T")


class Page(NamedTuple):
    """One page; `text` is wikitext, "" for a redirect."""

    row: int
    title: str
    namespace: int
    redirect: bool
    text: str


@overload
def pages(path: Path, limits: Limits) -> Iterator[Page | Unreadable]: ...
@overload
def pages(path: Path, limits: Limits, told: Callable[[Page], T]) -> Iterator[T | Unreadable]: ...
def pages(path: Path, limits: Limits, told: Callable[[Page], object] = lambda page: page) -> Iterator[object]:
    """The result of `told` for every page in order; damage, pages of more than `max_line_bytes` and pages that fail are
    Unreadable."""
    held = bytearray()
    offset = row = searched = 0
    for piece in blocks(path, limits):
        if isinstance(piece, Gap):
            yield Unreadable(row, offset, piece.reason, bytes(held[:SAMPLE]))
            row += 1
            offset += len(held)
            held.clear()
            searched = 0
            continue
        held += piece
        used = 0
        while (end := held.find(END, max(searched, used))) >= 0:
            begin = held.rfind(BEGIN, used, end)
            if begin >= 0:
                content = bytes(held[begin:end])
                yield guarded(partial(_told, told, row), content, row, offset + begin)
                row += 1
            used = searched = end + len(END)
        del held[:used]
        offset += used
        searched = max(0, len(held) - len(END))
        if len(held) > limits.max_line_bytes:
            yield Unreadable(row, offset, "page too long", bytes(held[:SAMPLE]))
            row += 1
            offset += len(held)
            held.clear()
            searched = 0
    if BEGIN in held:
        yield Unreadable(row, offset, "truncated page", bytes(held[:SAMPLE]))


def _told(told: Callable[[Page], object], row: int, content: bytes) -> object:
    return told(_page(row, content))


def _page(row: int, page: bytes) -> Page:
    title, after = _element(page, b"title", 0)
    namespace = NAMESPACE.search(page)
    text, _ = _element(page, b"text", after)
    if not namespace:
        raise RecordError("bad page")
    redirect = REDIRECT.search(page, 0, page.find(b"<text", after)) is not None
    body = "" if redirect else unescape(text.decode("utf-8"))
    return Page(row, unescape(title.decode("utf-8")), int(namespace[1]), redirect, body)


def _element(page: bytes, name: bytes, start: int) -> tuple[bytes, int]:
    """The content of the first element of that name from `start` on, and where it begins.

    Raises RecordError if it has no end.
    """
    opening = re.compile(rb"<%b(?=[\s/>])" % name).search(page, start)
    end = page.find(b">", opening.end()) if opening else -1
    if opening is None or end < 0:
        raise RecordError("bad page")
    if page[end - 1 : end] == b"/":
        return b"", opening.start()
    close = page.find(b"</%b>" % name, end)
    if close < 0:
        raise RecordError("bad page")
    return page[end + 1 : close], opening.start()

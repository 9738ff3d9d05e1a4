"""Pages of a MediaWiki XML dump (export 0.10 and 0.11), streamed.

A dump is one element <page> after another, each tag on a line of its own, so pages are cut out as bytes and nothing outside a page
matters: a piece of a dump, or one damaged in the middle, reads as well as a whole. Only four fields of a page are looked at. `<` within
text is always written `&lt;`, so the search for tags cannot go wrong.
"""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from corpus.document import Unreadable
from corpus.readers.columns import SAMPLE
from corpus.readers.stream import Gap, Limits
from corpus.readers.unpack import blocks

TITLE = re.compile(rb"<title>(.*?)</title>", re.DOTALL)
NAMESPACE = re.compile(rb"<ns>\s*(-?\d+)\s*</ns>")
REDIRECT = re.compile(rb"<redirect\b")
TEXT = re.compile(rb"<text\b[^>]*?(?:/>|>(.*?)</text>)", re.DOTALL)
BEGIN, END = b"<page>", b"</page>"


class Page(NamedTuple):
    """One page; `text` is wikitext, "" for a redirect."""

    row: int
    title: str
    namespace: int
    redirect: bool
    text: str


def pages(path: Path, limits: Limits) -> Iterator[Page | Unreadable]:
    """Every page in order; damage and pages of more than `max_line_bytes` cost themselves."""
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
                yield _page(row, offset + begin, bytes(held[begin:end]))
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


def _page(row: int, offset: int, page: bytes) -> Page | Unreadable:
    title, namespace, text = TITLE.search(page), NAMESPACE.search(page), TEXT.search(page)
    if not title or not namespace or not text:
        return Unreadable(row, offset, "bad page", page[:SAMPLE])
    redirect = REDIRECT.search(page, 0, text.start()) is not None
    try:
        body = "" if redirect else html.unescape((text[1] or b"").decode("utf-8"))
        return Page(row, html.unescape(title[1].decode("utf-8")), int(namespace[1]), redirect, body)
    except UnicodeDecodeError:
        return Unreadable(row, offset, "bad utf-8", page[:SAMPLE])

"""Web pages as they were fetched: from the bytes of an HTTP answer to the main text of its HTML.

What is main text and what is menu, margin and footer, trafilatura decides (Barbaresi 2021), set to precision: with its defaults a short
Korean article came with all menus around it. It does 4 MB of HTML a second; Resiliparse did 37, but lost every bulleted list. The
character set is found here, since Korean pages are CP949 more often than they say so, and guessing from letter frequencies
took short CP949 pages for UTF-8. What is valid UTF-8 beyond ASCII is UTF-8, whatever it declares; then comes what the server or the page
itself says, then CP949, always strictly. A page that fits none is unreadable.
"""

import codecs
import html
import logging
import re
import zlib
from collections.abc import Mapping
from typing import NamedTuple

DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
TITLE = re.compile(r"<title\b[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
HEAD = 4096  # bytes in which a page must declare its character set; browsers look at 1,024
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# As the WHATWG standard has it: the larger set wherever one of its subsets is declared.
SUPERSETS = {"euc_kr": "cp949", "johab": "johab", "ascii": "cp1252", "iso8859-1": "cp1252", "gb2312": "gb18030"}
LARGEST = 8 << 20  # bytes of HTML; what is larger is a table or a trap


class PageError(ValueError):
    """This answer is no page with text; the message is the reason as the books count it."""


class Page(NamedTuple):
    """A page's own title and its main text."""

    title: str | None
    text: str


def page(message: bytes, most: int) -> Page:
    """The page in a whole HTTP answer, or PageError. A body may unpack to at most `most` bytes."""
    head, _, body = message.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if not re.match(r"HTTP/[\d.]+ 2\d\d\b", status):
        raise PageError("http error" if status.startswith("HTTP/") else "bad http")
    kind = fields.get("content-type", "text/html").lower()
    body = _unpacked(body, fields, most)
    declared = CHARSET.search(kind)
    if kind.startswith("text/plain"):
        return Page(None, decode(body, declared and declared[1]))
    if not kind.startswith(("text/html", "application/xhtml+xml")):
        raise PageError("no page")
    if len(body) > LARGEST:
        raise PageError("page too long")
    return main_text(decode(body, declared and declared[1]))


def main_text(source: str) -> Page:
    """Title and main text of HTML; PageError if there is no text in it."""
    from trafilatura import extract

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it logs every page without text; the books count them
    title = TITLE.search(source)
    name = " ".join(html.unescape(title[1]).split()) if title else ""
    try:
        text = extract(source, favor_precision=True, include_comments=False)
    except (ValueError, RecursionError) as error:
        raise PageError("bad html") from error
    if not text:
        raise PageError("no main text")
    return Page(name or None, text)


def decode(body: bytes, declared: str | None) -> str:
    """The characters of a page, by the first of the likely and the declared sets in which every byte has a meaning; else PageError."""
    mark = next((name for mark, name in MARKS.items() if body.startswith(mark)), None)
    own = DECLARED.search(body[:HEAD])
    likely = None if body.isascii() else "utf-8"
    for name in (mark, likely, declared, own and own[1].decode(), "utf-8", "cp949"):
        try:
            if name:
                known = codecs.lookup(name).name
                return body.decode(SUPERSETS.get(known, known))
        except (LookupError, UnicodeDecodeError):
            continue
    raise PageError("bad charset")


def _unpacked(body: bytes, fields: Mapping[str, str], most: int) -> bytes:
    """The body without the codings of its transfer. Crawlers often undo them and leave the field, so a body that is not coded passes."""
    if "chunked" in fields.get("transfer-encoding", "").lower():
        body = _joined(body)
    coding = fields.get("content-encoding", "identity").lower()
    if coding in ("gzip", "x-gzip", "deflate") and body.startswith((b"\x1f\x8b", b"\x78")):
        unpacker = zlib.decompressobj(wbits=47)
        try:
            body = unpacker.decompress(body, most)
        except zlib.error as error:
            raise PageError("bad content encoding") from error
        if unpacker.unconsumed_tail:
            raise PageError("archive bomb")
        if not unpacker.eof:
            raise PageError("bad content encoding")
    return body


def _joined(body: bytes) -> bytes:
    """The chunks of RFC 9112, section 7.1; the body itself if it is not made of chunks."""
    pieces: list[bytes] = []
    place = 0
    while size := re.compile(rb"([0-9A-Fa-f]{1,8})[^\r\n]{0,200}\r\n").match(body, place):
        start, length = size.end(), int(size[1], 16)
        if not length:
            return b"".join(pieces)
        if body[start + length : start + length + 2] != b"\r\n":
            break
        pieces.append(body[start : start + length])
        place = start + length + 2
    if place:
        raise PageError("bad transfer encoding")
    return body

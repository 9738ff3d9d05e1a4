"""Web pages as crawlers store them: from the bytes of an HTTP answer to the main text of its HTML.

trafilatura (Barbaresi 2021) separates main text from menus, margins and footers. It is set to precision: with its
defaults a short Korean article included all menus around it. It processes 4 MB of HTML a second; Resiliparse processed
37, but lost every bulleted list. The character set is detected by corpus/readers/charset.py, because Korean pages are
often CP949 without declaring it, and detection by letter frequencies took short CP949 pages for UTF-8.
"""

import logging
import re
from typing import NamedTuple

from corpus.readers.charset import decode
from corpus.readers.entities import unescape_page
from corpus.readers.guard import RecordError
from corpus.readers.http import answer

CHARSET = re.compile(r"""charset\s{0,9}=\s{0,9}["']?\s{0,9}([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
TITLE, END_OF_TITLE = re.compile(r"<title(?=[\s>/])", re.IGNORECASE), re.compile(r"</title", re.IGNORECASE)
LARGEST = 8 << 20  # bytes of HTML; larger pages are tables or attacks


class Page(NamedTuple):
    """A page's title and its main text."""

    title: str | None
    text: str


def page(message: bytes, most: int, cut: bool = False) -> Page:
    """The page in a complete HTTP answer; raises RecordError.

    A body may unpack to at most `most` bytes; if the answer was `cut`, its end may be missing.
    """
    fields, body = answer(message, most, cut)
    kind = fields.get("content-type", "text/html").lower()
    declared = CHARSET.search(kind)
    if kind.startswith("text/plain"):
        return Page(None, decode(body, declared and declared[1]))
    if not kind.startswith(("text/html", "application/xhtml+xml")):
        raise RecordError("no page")
    if len(body) > LARGEST:
        raise RecordError("page too long")
    return main_text(decode(body, declared and declared[1]))


def main_text(source: str) -> Page:
    """Title and main text of HTML; raises RecordError if it contains no text."""
    from trafilatura import extract

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it logs every page without text, which we count
    try:
        text = extract(source, favor_precision=True, include_comments=False)
    except (ValueError, RecursionError) as error:
        raise RecordError("bad html") from error
    if not text:
        raise RecordError("no main text")
    return Page(title_of(source), text)


def title_of(source: str) -> str | None:
    """The first <title> of a page on one line, None if there is none. Each of the three marks is searched once."""
    opening = TITLE.search(source)
    begin = source.find(">", opening.end()) + 1 if opening else 0
    end = END_OF_TITLE.search(source, begin) if begin else None
    return " ".join(unescape_page(source[begin : end.start()]).split()) or None if end else None

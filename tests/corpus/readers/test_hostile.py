"""Anything at all in files of markup: no error, no record lost without reason, and none that only the guard caught."""

import bz2
import gzip
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from corpus.document import Part, Unreadable
from corpus.readers import read
from corpus.readers.bzip import bzip_blocks
from corpus.readers.charset import decode
from corpus.readers.entities import unescape, unescape_page
from corpus.readers.guard import FAILED, RecordError
from corpus.readers.html import page, title_of
from corpus.readers.mediawiki import Page, pages
from corpus.readers.stream import Limits
from corpus.readers.wikitext import clean
from corpus.readers.wikitext.private import PRIVATE
from corpus.readers.wikitext.shown import BY_NAME, CONVERT, DATES, LINKS, MONEY, QUOTES, ROWS, SHIPS, SIGNS
from corpus.readers.wikitext.templates import WAYS
from corpus.sources import source

EVERY = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
NAMES = sorted(
    {
        *BY_NAME,
        *CONVERT,
        *DATES,
        *LINKS,
        *MONEY,
        *QUOTES,
        *ROWS,
        *SHIPS,
        *SIGNS,
        *WAYS,
        "lang-xx",
        "formatnum:",
        "lc:",
        "pagename",
    }
)
TOKENS = [
    "{{", "}}", "{{{", "}}}", "[[", "]]", "{|", "|}", "|", "=", "\n", " ", "글", "a", "1", "-1", "0", "km", "m3", "to",
    "ft", "in", "==", "'''", "''", "*", ";",
    "<ref>", "</ref>", "<ref name=a/>", "<ref ", ">", "<!--", "-->", "<nowiki>", "</nowiki>", "<pre>", "</pre>",
    "<math>", "</math>", "<br/>", "<table>",
    "</table>", "<rt>", "</rt>", "[http://a ", "[mailto:", "]", "(", ")", ",", "~", "&nbsp;", "&#xE000;", "&#57345;",
    "&#1114112;", "&#" + "9" * 5000 + ";",
    "\ue000", "\ue001", "\ue006", "0\ue001", "\x00", "__TOC__", "-{", "}-", "파일:", "분류:", "{{!}}", "{{=}}",
    "<syntaxhighlight inline>", "1=", "2=", "\U0001f600",
]  # fmt: skip
MARKUP = st.lists(st.one_of(st.sampled_from(TOKENS), st.sampled_from(NAMES), st.text(max_size=5)), max_size=40).map(
    "".join
)


def sound(text: str | None) -> None:
    assert text is None or text.encode("utf-8") is not None


@EVERY
@given(MARKUP, st.sampled_from(["", "ko", "en"]))
def test_wikitext(markup: str, language: str) -> None:
    text = clean(markup, "제목", language)
    sound(text.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
    assert not PRIVATE.search(text)
    assert clean(markup, "제목", language) == text


@EVERY
@given(st.sampled_from(NAMES), st.lists(st.one_of(st.sampled_from(TOKENS), st.text(max_size=8)), max_size=6))
def test_templates_of_every_name(name: str, values: list[str]) -> None:
    assert not PRIVATE.search(clean("앞 {{" + "|".join([name, *values]) + "}} 뒤"))


@EVERY
@given(st.text())
def test_plain_text_stays(text: str) -> None:
    """Letters and digits of a text without marks are not touched."""
    letters = "".join(c for c in text if c.isalnum())
    assert clean(f"글 {letters} 끝") == f"글 {letters} 끝".replace("  ", " ")


@EVERY
@given(
    st.lists(
        st.one_of(
            st.sampled_from(["&", "#", "x", ";", "0", "9", "amp", "nbsp", "9" * 4400, "가"]), st.text(max_size=3)
        ),
        max_size=12,
    ).map("".join)
)
def test_references(text: str) -> None:
    for found in (unescape(text), unescape_page(text)):
        assert isinstance(found, str)
        assert found == text or "&" in text
        assert len(found) <= len(text)


PARTS = [
    b"<page>", b"</page>", b"<title>", b"</title>", b"<ns>", b"</ns>", b"0", b"-", b"9" * 4400, b"<text>", b"</text>",
    b"<text />", b"<text xml:space='x'>",
    b"<redirect title='a' />", "글".encode(), b"\xff", b"\xed\xa0\x80", b"&lt;ref&gt;", b"&#57344;",
    b"<page><title>t</title><ns>0</ns><text>a</text></page>", b"\n",
]  # fmt: skip


@EVERY
@given(st.lists(st.one_of(st.sampled_from(PARTS), st.binary(max_size=4)), max_size=30).map(b"".join))
@example(b"<page><title>t</title><ns>" + b"9" * 5000 + b"</ns><text>a</text></page>")
def test_dumps(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(data)
    found = list(pages(path, Limits()))
    assert [one.row for one in found] == list(range(len(found)))
    assert not [one for one in found if isinstance(one, Unreadable) and one.reason.startswith(FAILED)]
    kind = source("wikipedia-dump", {"date": "20240101"})
    chunks = list(kind.read(path, Part("wikipedia-dump", "x")))
    assert sum(chunk.records.num_rows + len(chunk.unreadable) + sum(chunk.skipped.values()) for chunk in chunks) == len(
        found
    )
    assert not [lost for chunk in chunks for lost in chunk.unreadable if lost.reason.startswith(FAILED)]
    assert {one.title for one in found if isinstance(one, Page) and one.namespace == 0} >= {
        title for chunk in chunks for title in chunk.records["title"].to_pylist()
    }


HEADERS = [
    b"WARC/1.0\r\n", b"WARC/0.18\n", b"WARC/1.1\n", b"WARC-Type: response\r\n", b"WARC-Type: conversion\n",
    b"WARC-Type: warcinfo\r\n", b"Content-Length: 3\r\n",
    b"Content-Length: " + b"9" * 5000 + b"\r\n", b"Content-Length: 0\n", b"Content-Length: 40\n", b"\r\n", b"\n",
    b"\r\n\r\n", b"abc", b"WARC-Target-URI: <http://a>\r\n",
    b"WARC-Truncated: length\r\n", b"Content-Type: text/plain\r\n", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 404\n",
    b"Content-Encoding: gzip\r\n", b"<p>a</p>", b"\xff", b"\x00",
]  # fmt: skip


@EVERY
@given(st.lists(st.one_of(st.sampled_from(HEADERS), st.binary(max_size=4)), max_size=40).map(b"".join), st.booleans())
def test_warc(tmp_path: Path, data: bytes, packed: bool) -> None:
    good = b"WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: 3\r\n\r\n\xea\xb0\x80\r\n\r\n"
    path = tmp_path / ("a.warc.gz" if packed else "a.warc")
    path.write_bytes(gzip.compress(data + b"\n") + gzip.compress(good) if packed else good + data)
    chunks = list(read(path, {"text": ("text",), "url": ("url",), "title": ("title",)}))
    lost = [one for columns in chunks for one in columns.unreadable]
    assert not [one for one in lost if one.reason.startswith(FAILED)]
    rows = sorted([int(row) for columns in chunks for row in columns.rows] + [one.row for one in lost])
    assert rows == list(range(len(rows)))
    if not packed:
        assert "가" in chunks[0].columns["text"].to_pylist()


FIELDS = [
    b"Content-Type: text/html; charset=", b"euc-kr", b"undefined", b"punycode", b"utf-16",
    b"Content-Type: text/plain\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: gzip, deflate\r\n", b"Content-Encoding: br\r\n", b"Content-Encoding: zstd\r\n", b"\r\n",
    b"\r\n\r\n", b"\n\n", b"5\r\nabcde\r\n", b"0\r\n\r\n",
    b"<title>", b"</title>", b"<p>", b"</p>", b"&#" + b"9" * 5000 + b";", b"<meta charset=",
    b'<meta http-equiv="Content-Type" content="text/html; charset=', b">",
    "서울의 한 도서관은 책 나눔 행사를 연다고 밝혔다. ".encode(),
    "서울의 한 도서관은 책 나눔 행사를 연다고 밝혔다. ".encode("cp949"), b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\x1f\x8b\x08\x00", b"\x78\x9c", b"\x28\xb5\x2f\xfd", b"<table>", b"<div>" * 50, b"<!--", b"<![CDATA[",
    b"<?xml encoding='", b"\x00",
]  # fmt: skip


@EVERY
@given(st.lists(st.one_of(st.sampled_from(FIELDS), st.binary(max_size=6)), max_size=30).map(b"".join), st.booleans())
def test_http_answers(data: bytes, cut: bool) -> None:
    try:
        found = page(b"HTTP/1.1 200 OK\r\n" + data, 1 << 16, cut)
    except RecordError as error:
        assert str(error)  # noqa: PT017 (either outcome is right)
    else:
        sound(found.text)
        sound(found.title)


@EVERY
@given(
    st.lists(st.one_of(st.sampled_from(FIELDS), st.binary(max_size=20)), max_size=30).map(b"".join),
    st.one_of(st.none(), st.text(max_size=12)),
)
def test_character_sets(body: bytes, declared: str | None) -> None:
    try:
        text = decode(body, declared)
    except RecordError as error:
        assert str(error) == "bad charset"  # noqa: PT017
    else:
        sound(text)
        title_of(text)


@EVERY
@given(
    st.lists(st.binary(min_size=1, max_size=400), min_size=1, max_size=5),
    st.integers(0, 10_000),
    st.binary(max_size=6),
    st.integers(0, 40),
)
def test_bzip2(tmp_path: Path, streams: list[bytes], place: int, junk: bytes, cut: int) -> None:
    data = b"".join(bz2.compress(stream) for stream in streams)
    at = place % len(data)
    path = tmp_path / "a.bz2"
    path.write_bytes(data[:at] + junk + data[at + cut :])
    found = b"".join(block for block in bzip_blocks(path) if isinstance(block, bytes))
    if not junk and not cut:
        assert found == b"".join(streams)
    assert len(found) <= sum(map(len, streams)) + 900_000

"""HTTP answers, field by field and coding by coding."""

import gzip
import zlib

import pytest
import zstandard

from corpus.readers.entities import unescape, unescape_page
from corpus.readers.guard import RecordError
from corpus.readers.http import answer

BODY = "<p>글</p>".encode()
RAW = zlib.compressobj(wbits=-15)
DEFLATED = RAW.compress(BODY) + RAW.flush()
CODED = {"gzip": gzip.compress(BODY), "zlib": zlib.compress(BODY), "raw": DEFLATED, "zstd": zstandard.compress(BODY)}


def told(head: bytes, body: bytes = BODY, most: int = 1000, cut: bool = False) -> bytes | str:
    """The body of an answer with these lines, or why there is none."""
    try:
        return answer(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + body, most, cut).body
    except RecordError as error:
        return error.args[0]


@pytest.mark.parametrize(
    ("status", "found"),
    [
        *((f"HTTP/{version} {code} x", BODY) for version in ("1.0", "1.1", "2") for code in (200, 203, 299)),
        *((f"HTTP/1.1 {code} x", "http error") for code in (100, 199, 300, 301, 404, 500, 2000, 20)),
        ("HTTP/1.1  200", BODY),
        ("HTTP/1.1200 OK", "http error"),
        ("ICY 200 OK", "bad http"),
        ("", "bad http"),
    ],
)
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_status(status: str, found: bytes | str, end: str) -> None:
    message = f"{status}{end}X-A:  b: c {end}x-a2 : d{end}{end}".encode() + BODY
    if isinstance(found, str):
        with pytest.raises(RecordError, match=f"^{found}$"):
            answer(message, 1000)
    else:
        assert answer(message, 1000) == ({"x-a": "b: c", "x-a2": "d"}, BODY)


@pytest.mark.parametrize(
    ("declared", "coding", "found"),
    [
        *((name, "gzip", BODY) for name in ("gzip", "x-gzip", "deflate", "GZIP", " gzip ")),
        *((name, "zlib", BODY) for name in ("gzip", "x-gzip", "deflate")),
        ("deflate", "raw", BODY),
        ("zstd", "zstd", BODY),
        *((name, "", BODY) for name in ("gzip", "deflate", "zstd", "br", "", "identity", "none", "utf-8", "x")),
        ("br", "raw", "unknown content encoding"),
        ("identity", "raw", DEFLATED),
        ("none", "raw", DEFLATED),
        ("utf-8", "raw", DEFLATED),
        ("gzip", "raw", DEFLATED),
    ],
)
def test_content_encodings(declared: str, coding: str, found: bytes | str) -> None:
    assert told(f"Content-Encoding: {declared}".encode(), CODED.get(coding, BODY)) == found


def test_content_encodings_are_undone_from_the_last_to_the_first() -> None:
    both = zstandard.compress(gzip.compress(BODY))
    assert told(b"Content-Encoding: gzip, zstd", both) == BODY
    assert told(b"Content-Encoding: gzip,zstd", both) == BODY
    assert told(b"Content-Encoding: zstd, gzip", both) != BODY


@pytest.mark.parametrize("coding", CODED)
@pytest.mark.parametrize(("more", "bomb"), [(-1, True), (0, False), (1, False)])
def test_at_most_so_many_bytes(coding: str, more: int, bomb: bool) -> None:
    name = {"zlib": "deflate", "raw": "deflate"}.get(coding, coding)
    found = told(f"Content-Encoding: {name}".encode(), CODED[coding], len(BODY) + more)
    assert found == ("archive bomb" if bomb else BODY)


@pytest.mark.parametrize(("cut", "found"), [(False, "bad content encoding"), (True, BODY)])
def test_a_body_without_its_end(cut: bool, found: bytes | str) -> None:
    assert told(b"Content-Encoding: gzip", CODED["gzip"][:-8], cut=cut) == found
    assert told(b"Content-Encoding: gzip", CODED["gzip"][:10] + b"\xff" * 20, cut=cut) == "bad content encoding"
    assert told(b"Content-Encoding: zstd", CODED["zstd"][:4] + b"\xff" * 20, cut=cut) == "bad content encoding"


@pytest.mark.parametrize(
    ("body", "whole", "cut"),
    [
        (b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", b"abcde", b"abcde"),
        (b"3\nabc\n2\nde\n0\n\n", b"abcde", b"abcde"),
        (b"A;x=y\r\n0123456789\r\n0\r\n", b"0123456789", b"0123456789"),
        (b"a\r\n0123456789\r\n00\r\nrest", b"0123456789", b"0123456789"),
        (b"3\r\nabc\r\n", "bad transfer encoding", b"abc"),
        (b"3\r\nabc\r\n5\r\nde", "bad transfer encoding", b"abcde"),
        (b"3\r\nabc\r\n5\r\ndefgh", "bad transfer encoding", b"abcdefgh"),
        (b"3\r\nabc\r\n5\r\ndefgh\r", "bad transfer encoding", b"abcdefgh"),
        (b"3\r\nabc\r\n1\r\ndefgh", "bad transfer encoding", "bad transfer encoding"),
        (b"3\r\nabc\r\nxyz", "bad transfer encoding", "bad transfer encoding"),
        (b"<p>abc", b"<p>abc", b"<p>abc"),
        (b"3\r\nabcd", b"3\r\nabcd", b"3\r\nabcd"),
        (b"123456789\r\nab\r\n", b"123456789\r\nab\r\n", b"123456789\r\nab\r\n"),
        (b"", b"", b""),
    ],
)
def test_chunks(body: bytes, whole: bytes | str, cut: bytes | str) -> None:
    assert told(b"Transfer-Encoding: gzip, Chunked", body) == whole
    assert told(b"Transfer-Encoding: chunked", body, cut=True) == cut
    assert told(b"Transfer-Encoding: x", body) == body


@pytest.mark.parametrize(
    ("text", "found", "page"),
    [
        ("&amp;&lt;&copy;&#44032;&#xAC00;&#XAC00;", "&<©가가가", "&<©가가가"),
        ("&copy 1&amp", "&copy 1&amp", "© 1&"),
        ("&nosuchname; &;", "&nosuchname; &;", "&nosuchname; &;"),
        ("a&#0;b&#x0;c", "abc", "a\ufffdb\ufffdc"),
        ("&#0000000044032;&#x000000AC00;", "가가", "가가"),
        ("a&#1114111;b", "ab", "ab"),
        ("a&#1114112;b", "ab", "a\ufffdb"),
        ("a&#99999999;b", "ab", "a\ufffdb"),
        ("a&#xFFFFFFFF;b", "ab", "a\ufffdb"),
        ("a&#xD800;b&#55296;c", "abc", "a\ufffdb\ufffdc"),
        ("&#44032", "&#44032", "가"),
        ("a&#00000000;b&#x00000000c", "ab&#x00000000c", "a\ufffdb\x0c"),
        ("&#" + "9" * 5000 + ";", "", "\ufffd"),
        ("&#" + "0" * 5000 + "65;", "A", "A"),
        ("&#x" + "0" * 5000 + "41;", "A", "A"),
        ("&amp;lt;", "&lt;", "&lt;"),
    ],
)
def test_references(text: str, found: str, page: str) -> None:
    assert unescape(text) == found
    assert unescape_page(text) == page

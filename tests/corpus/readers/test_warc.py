"""WARC records as old and careless crawlers wrote them, and why a record is not read."""

import gzip
import zlib
from pathlib import Path

import pytest
import zstandard

from corpus.readers import read, unpack
from corpus.readers.guard import RecordError
from corpus.readers.html import page
from corpus.readers.http import answer
from corpus.readers.warc import LONGEST_HEADER

FIELDS = {"text": ("text",), "url": ("url",)}
SENTENCE = "한강은 오늘도 조용히 흐르고 사람들은 강가를 걷는다. "
HTML = f"<html><body><article><p>{SENTENCE * 8}</p></article></body></html>".encode()


def record(
    content: bytes,
    *lines: str,
    version: str = "1.0",
    end: str = "\r\n",
    kind: str = "response",
    after: str | None = None,
) -> bytes:
    head = end.join([f"WARC/{version}", f"WARC-Type: {kind}", *lines, f"Content-Length: {len(content)}", "", ""])
    return head.encode() + content + (end * 2 if after is None else after).encode()


def reply(body: bytes = HTML, end: str = "\r\n", *lines: str) -> bytes:
    return end.join(["HTTP/1.1 200 OK", "Content-Type: text/html", *lines, "", ""]).encode() + body


def read_all(path: Path, data: bytes) -> tuple[list[str], list[tuple[int, str]]]:
    path.write_bytes(data)
    chunks = list(read(path, FIELDS))
    texts = [text for columns in chunks for text in columns.columns["text"].to_pylist()]
    return texts, [(lost.row, lost.reason) for columns in chunks for lost in columns.unreadable]


@pytest.mark.parametrize("version", ["0.17", "0.18", "1.0", "1.1"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("http", ["\r\n", "\n"])
def test_versions_and_ends_of_lines(tmp_path: Path, version: str, end: str, http: str) -> None:
    info = record(b"software: x\r\n", version=version, end=end, kind="warcinfo")
    one = record(reply(HTML, http), "WARC-Target-URI: http://a.kr/", version=version, end=end)
    texts, lost = read_all(tmp_path / "a.warc", info + one * 3)
    assert [SENTENCE.strip() in text for text in texts] == [True] * 3
    assert lost == []


@pytest.mark.parametrize("after", ["", "\n", "\r\n", "\n\n", "\r\n\r\n", "\r\n\r\n\r\n", "\n\r\n"])
def test_what_stands_between_records(tmp_path: Path, after: str) -> None:
    texts, lost = read_all(tmp_path / "a.warc", record(reply(), after=after) * 3)
    assert (len(texts), lost) == (3, [])


def test_damage_and_its_true_reason(tmp_path: Path) -> None:
    good, cut = record(reply()), record(reply())[:-300]
    wrong = record(reply()).replace(b"Content-Length: ", b"Content-Length: 1")
    endless = record(reply()).replace(b"Content-Length: ", b"Content-Length: " + b"9" * 5000)
    cases = [
        (good + cut, [(1, "truncated record")], 1),
        (good + wrong + good, [(1, "bad length")], 2),
        (good + endless + good, [(1, "bad length")], 2),
        (good + b"WARC/7\r\n\r\n" + good, [(1, "bad warc header")], 2),
        (record(b"a.kr. 300 IN A 1.2.3.4", "Content-Type: text/dns") + good, [(0, "no page")], 1),
        (record(b"<html>no http</html>") + good, [(0, "bad http")], 1),
        (
            record(reply(b"\x1b\xff\xfe\x80", "\r\n", "Content-Encoding: br")) + good,
            [(0, "unknown content encoding")],
            1,
        ),
    ]
    for data, lost, kept in cases:
        texts, found = read_all(tmp_path / "a.warc", data)
        assert (len(texts), found) == (kept, lost)


@pytest.mark.parametrize("kind", ["warcinfo", "request", "metadata", "revisit", "continuation"])
def test_records_about_pages_are_no_records_lost(tmp_path: Path, kind: str) -> None:
    about = record(b"format: x\r\n", "Content-Type: text/plain", kind=kind)
    texts, lost = read_all(tmp_path / "a.warc", about + record(reply()) + about)
    assert (len(texts), lost) == (1, [])


def test_a_response_that_the_crawler_cut(tmp_path: Path) -> None:
    packed = reply(gzip.compress(HTML * 40)[:-20], "\r\n", "Content-Encoding: gzip")
    chunked = reply(b"%x\r\n" % len(HTML) + HTML + b"\r\nffff\r\n<p>", "\r\n", "Transfer-Encoding: chunked")
    for content in (packed, chunked):
        assert read_all(tmp_path / "a.warc", record(content))[0] == []
        texts, lost = read_all(tmp_path / "a.warc", record(content, "WARC-Truncated: length"))
        assert lost == []
        assert SENTENCE.strip() in texts[0]


@pytest.mark.parametrize("coding", ["deflate", "raw deflate", "zstd", "gzip, gzip", "gzip, zstd", "br (undone)"])
def test_codings(coding: str) -> None:
    body = {
        "deflate": zlib.compress(HTML),
        "raw deflate": zlib.compress(HTML)[2:-4],
        "zstd": zstandard.ZstdCompressor().compress(HTML),
        "gzip, gzip": gzip.compress(gzip.compress(HTML)),
        "gzip, zstd": zstandard.ZstdCompressor().compress(gzip.compress(HTML)),  # the last one was applied last
        "br (undone)": HTML,
    }[coding]
    name = coding.removeprefix("raw ").removesuffix(" (undone)")
    assert SENTENCE.strip() in page(reply(body, "\r\n", f"Content-Encoding: {name}"), 1 << 20).text


def test_bombs_in_every_coding() -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(1 << 22))
    with pytest.raises(RecordError, match="archive bomb"):
        answer(reply(bomb, "\r\n", "Content-Encoding: zstd"), 1 << 20)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "raw deflate", "zstd"])
def test_a_body_of_exactly_the_limit_is_no_bomb(coding: str) -> None:
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(HTML),
        "deflate": zlib.compress(HTML),
        "raw deflate": raw.compress(HTML) + raw.flush(),
        "zstd": zstandard.ZstdCompressor().compress(HTML),
    }[coding]
    message = reply(packed, "\r\n", f"Content-Encoding: {coding.removeprefix('raw ')}")
    assert answer(message, len(HTML)).body == HTML
    with pytest.raises(RecordError, match="archive bomb"):
        answer(message, len(HTML) - 1)


def test_many_false_beginnings_are_looked_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(b"WARC/1.0\r\nWARC-a" * 20_000)
    found = [lost for columns in read(path, FIELDS) for lost in columns.unreadable]
    assert {lost.reason for lost in found} == {"bad warc header"}


@pytest.mark.parametrize(
    ("after", "ends"),
    [
        *((after, True) for after in ("", "\n", "\r\n", "\r\n\r\n", "\n\n\n", "\r\n\r\n" + "x" * 20, "\n\nx")),
        *((after, True) for after in ("WARC/1.0\r\n" + "x" * 20, "\nWARC/1.0\r\n" + "x" * 20)),
        *((after, False) for after in ("x", "\nx", "\r\nx" + "y" * 20, " \n\n" + "x" * 20, "\r\rx", "\r" * 16)),
    ],
)
def test_where_a_record_may_end(tmp_path: Path, after: str, ends: bool) -> None:
    """One line end is no empty line: the text may go on after it."""
    data = record("가나다".encode(), kind="conversion", after=after)
    assert read_all(tmp_path / "a.warc", data)[0] == (["가나다"] if ends else [])


@pytest.mark.parametrize("piece", [1, 3, 16, 64, 1 << 20])
def test_pieces_of_any_size_give_the_same_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(unpack, "PIECE", piece)
    good, bad = record("가나다".encode(), kind="conversion"), b"WARC/7\r\nWARC-Type: x\r\n\r\n" + b"y" * 50
    wrong = good.replace(b"Content-Length: 9", b"Content-Length: 7")
    info = record(b"a: b", kind="warcinfo")
    texts, lost = read_all(tmp_path / "a.warc", good + bad + info + wrong + good + info + good[:-8])
    assert texts == ["가나다"] * 2
    assert lost == [(1, "bad warc header"), (2, "bad length"), (4, "truncated record")]


@pytest.mark.parametrize(("more", "found"), [(-4, True), (-3, False)])
def test_the_longest_header(tmp_path: Path, more: int, found: bool) -> None:
    size = record(b"", "X: ", kind="conversion", after="").index(b"\r\n\r\n")
    data = record("글".encode(), "X: " + "x" * (LONGEST_HEADER - size + more), kind="conversion")
    assert data.index(b"\r\n\r\n") == LONGEST_HEADER + more
    assert read_all(tmp_path / "a.warc", data)[0] == (["글"] if found else [])

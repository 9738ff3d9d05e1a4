"""Pages in WARC files: what the server answered becomes main text, whatever the character set and the codings of its
transfer."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.readers import Limits, html, read
from corpus.readers.charset import decode
from corpus.readers.guard import RecordError
from corpus.readers.html import main_text, page

ARTICLE = "서울시는 25일 한강공원에서 열리는 행사에 시민들의 많은 참여를 바란다고 밝혔다. 똠방각하와 펲시도 온다."
KOREAN = f"""<html><head>%s<title>한강 축제 &amp; 행사 - 서울 뉴스</title><script>var 숨김 = 1;</script></head><body>
<div id="gnb"><ul><li><a href="/">홈</a></li><li><a href="/login">로그인</a></li><li><a href="/join">회원가입</a></li></ul></div>
<div class="article_view" id="articleBody"><h1>한강 축제 열려</h1><p>{ARTICLE}</p><p>두 번째 문단은 여기에 있다. 날씨는 맑았다.</p>
<ul><li>첫째로 불꽃놀이를 한다.</li><li>둘째로 노래를 부른다.</li></ul></div>
<div class="related"><h3>관련기사</h3><ul><li><a href="/1">다른 기사 하나</a></li><li><a href="/2">다른 기사 둘</a></li></ul></div>
<footer>Copyright 서울뉴스 무단전재 및 재배포 금지</footer></body></html>"""
FIELDS = {"text": ("text",), "url": ("url",), "title": ("title",)}


def answer(body: bytes, *lines: str, status: str = "200 OK", kind: str = "text/html") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", f"Content-Type: {kind}", *lines, "", ""]).encode() + body


def chunked(body: bytes, size: int = 100) -> bytes:
    pieces = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def record(content: bytes, uri: str, kind: str = "response") -> bytes:
    head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {uri}\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content + b"\r\n\r\n"


@pytest.mark.parametrize("charset", ["utf-8", "euc-kr", "ks_c_5601-1987", "utf-16"])
@pytest.mark.parametrize("declared", ["header", "meta", "nowhere"])
def test_korean_pages_of_every_character_set(charset: str, declared: str) -> None:
    if charset == "utf-16" and declared == "meta":
        pytest.skip("a page in UTF-16 has a byte order mark; a meta element in it cannot be read before that is known")
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">' if declared == "meta" else ""
    encoding = "utf-8" if charset == "utf-8" else "utf-16" if charset == "utf-16" else "cp949"
    body = (KOREAN % meta).encode(encoding)
    kind = f"text/html; charset={charset}" if declared == "header" else "text/html"
    found = page(answer(body, kind=kind), 1 << 20)
    assert found.title == "한강 축제 & 행사 - 서울 뉴스"
    for wanted in (ARTICLE, "날씨는 맑았다.", "첫째로 불꽃놀이를 한다."):
        assert wanted in found.text
    for unwanted in ("로그인", "무단전재", "다른 기사", "숨김"):
        assert unwanted not in found.text


def test_a_wrong_declaration_gives_way_to_what_fits() -> None:
    assert decode(ARTICLE.encode(), "euc-kr") == ARTICLE
    assert decode(ARTICLE.encode("cp949"), "utf-8") == ARTICLE
    assert decode(b"caf\xe9", "iso-8859-1") == "café"
    assert decode(b"\x93quoted\x94", "latin1") == "“quoted”"
    assert decode("글".encode(), "no-such-set") == "글"
    assert decode("글 文".encode(), "iso-8859-1") == "글 文"
    assert decode("日本".encode("iso-2022-jp"), "iso-2022-jp") == "日本"
    with pytest.raises(RecordError, match="bad charset"):
        decode(b"\xfd\xff\x80", None)


@pytest.mark.parametrize("kind", ["text/html", "Text/HTML; charset=utf-8", "application/xhtml+xml; charset=utf-8"])
def test_kinds_of_pages(kind: str) -> None:
    assert ARTICLE in page(answer((KOREAN % "").encode(), kind=kind), 1 << 20).text
    with pytest.raises(RecordError, match="no page"):
        page(answer((KOREAN % "").encode(), kind="application/xml"), 1 << 20)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("", "html"),  # nothing is said: it is taken for a page
        ("Content-Type: text/html", "html"),
        ("Content-Type: application/xhtml+xml; charset=utf-8", "html"),
        ("content-type:TEXT/PLAIN; charset=euc-kr", "text"),
        ("Content-Type: text/plain", "text"),
        ("Content-Type: application/xml", None),
        ("Content-Type: x-text/html", None),
    ],
)
def test_a_body_is_what_its_answer_says(monkeypatch: pytest.MonkeyPatch, head: str, kind: str | None) -> None:
    """Of pages the main text is read, up to LARGEST bytes without the answer's head; text is as it is."""
    monkeypatch.setattr(html, "main_text", lambda source: html.Page("title", f"main text of {source}"))
    monkeypatch.setattr(html, "LARGEST", 30)
    text = "<p>한지는 종이이다.</p>"
    encoding = "euc-kr" if "euc-kr" in head else "utf-8"
    for size, fits in ((30, True), (31, False)):
        body = text.encode(encoding).ljust(size)
        message = f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".replace("\r\n\r\n\r\n", "\r\n\r\n").encode() + body
        if kind == "text":
            assert page(message, 99) == (None, body.decode(encoding))
        elif kind and fits:
            assert page(message, 99) == ("title", f"main text of {body.decode()}")
        else:
            with pytest.raises(RecordError, match="page too long" if kind else "no page"):
                page(message, 99)


def test_comments_of_readers_are_no_part_of_a_page() -> None:
    comment = "정말 좋은 글이네요, 다음에도 또 읽으러 오겠습니다. 늘 건강하시길 바랍니다."
    source = KOREAN % "" + "".join(f'<div class="comments" id="comments"><p>{comment} {n}</p></div>' for n in range(9))
    told = html.main_text(source.replace("</body>", "").replace("</html>", "") + "</body></html>")
    assert ARTICLE in told.text
    assert comment not in told.text


@pytest.mark.parametrize("coding", ["gzip", "chunked", "both", "undone"])
def test_codings_of_the_transfer_are_undone(coding: str) -> None:
    body = (KOREAN % "").encode()
    lines = []
    if coding in ("gzip", "both", "undone"):
        lines.append("Content-Encoding: gzip")
        body = body if coding == "undone" else gzip.compress(body)
    if coding in ("chunked", "both", "undone"):
        lines.append("Transfer-Encoding: chunked")
        body = body if coding == "undone" else chunked(body)
    assert ARTICLE in page(answer(body, *lines), 1 << 20).text


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (answer(b"<p>gone</p>", status="404 Not Found"), "http error"),
        (answer(b"", status="301 Moved", kind="text/html"), "http error"),
        (answer(b"\x89PNG", kind="image/png"), "no page"),
        (answer(b"<html><body></body></html>"), "no main text"),
        (answer(b""), "no main text"),
        (answer(gzip.compress(bytes(1 << 22), mtime=0), "Content-Encoding: gzip"), "archive bomb"),
        (answer(gzip.compress(b"<p>abc</p>" * 99, mtime=0)[:-9], "Content-Encoding: gzip"), "bad content encoding"),
        (answer(chunked(b"<p>abc</p>" * 99)[:-50], "Transfer-Encoding: chunked"), "bad transfer encoding"),
        (b"no answer at all", "bad http"),
        (b"", "bad http"),
    ],
)
def test_what_is_no_page(message: bytes, reason: str) -> None:
    with pytest.raises(RecordError, match=reason):
        page(message, 1 << 20)


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from([b"<p>", b"</", b"<table>", b"<!--", b"text ", b"<div ", b"\xff", b"&#x110000;", b"\x00"]))
)
def test_any_bytes_at_all(pieces: list[bytes]) -> None:
    try:
        found = page(answer(b"".join(pieces) * 3), 1 << 20)
    except RecordError as error:
        assert str(error) in ("bad html", "no main text", "bad charset")  # noqa: PT017 (either outcome is right)
    else:
        assert found.text.encode()


def test_deep_nesting_does_not_crash() -> None:
    try:
        found = main_text("<div>" * 20_000 + "글 " * 50 + "</div>" * 20_000)
    except RecordError:
        return
    assert "글" in found.text


def test_pages_of_a_warc_file(tmp_path: Path) -> None:
    body = (KOREAN % "").encode("cp949")
    good = answer(body, kind="text/html; charset=euc-kr")
    path = tmp_path / "a.warc.gz"
    records = [
        record(b"GET / HTTP/1.1\r\n\r\n", "http://a.kr/", "request"),
        record(good, "<http://a.kr/>"),
        record(answer(b"", status="404 Not Found"), "http://a.kr/gone"),
        record(answer(b"<p>\xfd\xff\x80</p>", kind="text/html"), "http://a.kr/damaged"),
        record(b"wget --warc-file", "metadata://gnu.org/software/wget", "resource"),
        record(good, "http://b.kr/"),
    ]
    path.write_bytes(b"".join(gzip.compress(one) for one in records))
    [columns] = read(path, FIELDS)
    assert columns.columns["url"].to_pylist() == ["http://a.kr/", "http://b.kr/"]
    assert columns.columns["title"].to_pylist() == ["한강 축제 & 행사 - 서울 뉴스"] * 2
    assert all(ARTICLE in text for text in columns.columns["text"].to_pylist())
    assert [(lost.row, lost.reason) for lost in columns.unreadable] == [(1, "http error"), (2, "bad charset")]
    [capped] = read(path, FIELDS, limits=Limits(max_line_bytes=len(good) - 1))
    assert {lost.reason for lost in capped.unreadable} == {"record too long", "http error", "bad charset"}


def test_a_header_may_stand_before_a_large_piece(tmp_path: Path) -> None:
    big = answer(b"<html><body><p>" + b"A sentence of the page. " * 30_000 + b"</p></body></html>")
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(gzip.compress(record(big, f"http://a/{i}")) for i in range(3)))
    assert [len(c.rows) for c in read(path, FIELDS)] == [3]


def test_pages_of_real_crawls(shared_data: Path) -> None:
    rows = 0
    for path in sorted((shared_data / "web").glob("sample-*.warc.gz")):
        expected = gzip.decompress(path.read_bytes()).count(b"\r\nWARC-Type: response\r\n")
        found = list(read(path, FIELDS))
        assert sum(len(c.rows) + len(c.unreadable) for c in found) == expected
        rows += sum(len(c.rows) for c in found)
        everything = "\n".join(text for c in found for text in c.columns["text"].to_pylist())
        for mark in ("<div", "<p>", "</a>", "function(", "&nbsp;"):
            assert mark not in everything
    assert rows > 30

"""Hostile markup takes work in proportion to its length: counted on inputs of doubled length, for every pattern over
the whole of a page."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.readers import charset, entities, html, http, mediawiki, warc
from corpus.readers.stream import Limits
from corpus.readers.wikitext import (
    article,
    dates,
    elements,
    holes,
    lines,
    links,
    marks,
    numbers,
    private,
    templates,
    units,
)
from tests.corpus.readers.work import Steps, counting

WIKITEXT = [article, dates, elements, holes, lines, links, marks, numbers, private, templates, units, entities]
SIZE = 240  # characters, and twice as many
REPEATED = [
    "[[", "{{", "<", "&", "\n", "{|", "\n{|", "\n|}", "]]", "}}", "{{{", "<math>", "<nowiki>", "<ref ", "<ref>", "<rp>",
    "<rt>", "<gallery>", "<!--", "[/ ",
    "[http:// a", "[http://a [", "[mailto:", "[//a.b ", "-{", "__A", "==", "=\n", "=a=\n", "''", "{{\n", "[[\n", "[[a|",
    "{{nowrap|", "(", "( ", "&nbsp;",
    "</ref", "<br ", "<a ", "<span ", "\t ", "&#", "&#1", "<math", "{{lang|ko|", "{{!}}", "* \n", "~", "<table>",
    "</table>", "<ref></ref>", "<ref name=a>",
    "{{convert|1|", "({{x}}", ", ~ ", " ({{x}}", "{{x}}~", ", {{x}}", "<pre>", "<!--a-->\n", " <!---->", "{{quote|",
    "{{{{{", "{{{{{a}}}", "[[a]]", "{{ =", "{{ ",
    "= a", "__가", "-{a", "<ref><table>", "{{lc:", "&amp;", "(~", "<ref/>", "[[a|{{nowrap|",
]  # fmt: skip
BUILT: dict[str, Callable[[int], str]] = {
    "deep templates around text": lambda n: "{{nowrap|" * (n // 22) + "x" * (n // 2) + "}}" * (n // 22),
    "deep links around text": lambda n: "[[a|" * (n // 12) + "x" * (n // 2) + "]]" * (n // 12),
    "one run of braces": lambda n: "{" * (n // 2) + "}}a" * (n // 6),
    "braces, then lines": lambda n: "{{" * (n // 4) + "\n" * (n // 2),
    "a heading that is none": lambda n: "=" + " a" * (n // 2),
    "spaces behind a hole": lambda n: "({{x}}" + " " * n,
    "references opened, then closed": lambda n: "<ref>" * (n // 11) + "</ref>" * (n // 11),
    "spaces around a comment": lambda n: " " * (n // 2) + "<!---->" + " " * (n // 2),
}


@pytest.mark.parametrize("name", [*REPEATED, *BUILT])
def test_wikitext(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    build = BUILT.get(name) or (lambda n: name * (n // len(name)))
    with counting(monkeypatch, WIKITEXT) as work:
        size = SIZE if name in REPEATED else 8 * SIZE  # nesting has an end
        once, twice = (work(lambda size=size: article.clean(build(size))) for size in (size, 2 * size))
    assert twice < 2.4 * once + 500


@pytest.mark.parametrize(
    "mark", ["<title>", "<title ", "<text>", "<text ", "<text", "<ns>", "<ns>1", "<redirect", "&#1", "<page>"]
)
def test_pages_of_a_dump(monkeypatch: pytest.MonkeyPatch, mark: str) -> None:
    def read(size: int) -> None:
        content = f"<page><title>a</title>{mark * (size // len(mark))}".encode()
        with pytest.raises(mediawiki.RecordError):
            mediawiki._page(0, content)

    with counting(monkeypatch, [mediawiki, entities]) as work:
        once, twice = (work(lambda size=size: read(size)) for size in (4 * SIZE, 8 * SIZE))
    assert twice < 2.4 * once + 500


@pytest.mark.parametrize(
    "mark",
    [
        "<title>",
        "<title ",
        "<title",
        "</title",
        "&#1",
        "<meta ",
        "<meta charset=",
        "charset ",
        "<?xml ",
        "1\r\n",
        "\n",
        "\r",
    ],
)
def test_web_pages(monkeypatch: pytest.MonkeyPatch, mark: str) -> None:
    def read(size: int) -> None:
        source = mark * (size // len(mark))
        html.title_of("<title>" + source)
        html.CHARSET.search(source)
        charset.DECLARED.search(source.encode())
        http.BLANK_LINE.search(source.encode())
        entities.unescape_page(source)
        with pytest.raises(http.RecordError):
            http.answer(f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n{source}".encode(), 1 << 20)

    with counting(monkeypatch, [html, http, charset, entities]) as work:
        once, twice = (work(lambda size=size: read(size)) for size in (4 * SIZE, 8 * SIZE))
    assert twice < 2.4 * once + 500


@pytest.mark.parametrize(
    "mark", ["WARC/1.0\r\nWARC-a", "WARC/0.18\nContent-", "WARC/1.0\r\n\r\n", "WARC/1.0\r\nContent-Length: 9\r\n\r\n"]
)
def test_warc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mark: str) -> None:
    def read(size: int) -> None:
        (path := tmp_path / "a.warc").write_bytes(mark.encode() * (size // len(mark)))
        list(warc.read_warc(path, {"text": ("text",)}, "text", Limits()))

    with counting(monkeypatch, [warc]) as work:
        once, twice = (work(lambda size=size: read(size)) for size in (8 * SIZE, 16 * SIZE))
    assert twice < 2.4 * once + 500


@pytest.mark.parametrize(
    ("pattern", "linear"),
    [(r"<a>.*?</a>", False), (r"<a[^<>]*>", True), (r"a*b", False), (r"(?:a|b)+c", False), (r"^a*b", True)],
)
def test_the_counting_tells_what_is_linear(pattern: str, linear: bool) -> None:
    text = "<a>" if "<" in pattern else "a"
    once, twice = (Steps(re.compile(pattern)).search(text * size, 0, len(text) * size) for size in (100, 200))
    assert (twice < 2.4 * once + 50) == linear

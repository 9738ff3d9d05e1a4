"""Pages of a MediaWiki dump, whole, damaged and cut, in pieces of any size."""

from pathlib import Path

import pytest

from corpus.document import Unreadable
from corpus.readers import unpack
from corpus.readers.mediawiki import Page, pages
from corpus.readers.stream import Limits


def xml(title: str, text: str = "글", space: str = "0", more: str = "") -> str:
    return f"<page>\n<title>{title}</title>\n<ns>{space}</ns>\n{more}<text bytes='3'>{text}</text>\n</page>\n"


def found(path: Path, content: str, most: int = 1 << 20) -> list[tuple[object, ...]]:
    path.write_text(content)
    return [
        (page.row, page.reason, page.offset) if isinstance(page, Unreadable) else tuple(page)
        for page in pages(path, Limits(max_line_bytes=most))
    ]


@pytest.mark.parametrize("piece", [1, 2, 7, 64, 1 << 20])
def test_pages_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(unpack, "PIECE", piece)
    head = "<mediawiki>\n<title>x</title>\n"
    whole = [
        xml("a &amp; b", "c &lt;page&gt; d"), xml("b", space=" -1 "), xml("c", "d", "14", "<redirect title='e' />\n"),
        xml("d", "&lt;redirect"), "<page><title/><ns>0</ns><text /></page>", xml("f").replace("<ns>0</ns>", ""),
        xml("g").replace("</text>", ""), "<page>\n<title>lost\n", xml("h"), "</page>", xml("i"),
        xml("j").rstrip(), "end",
    ]  # fmt: skip
    places = [len((head + "".join(whole[:i])).encode()) for i in range(len(whole))]
    assert found(tmp_path / "a.xml", head + "".join(whole)) == [
        Page(0, "a & b", 0, False, "c <page> d"),
        Page(1, "b", -1, False, "글"),
        Page(2, "c", 14, True, ""),
        Page(3, "d", 0, False, "<redirect"),
        Page(4, "", 0, False, ""),
        (5, "bad page", places[5]),
        (6, "bad page", places[6]),
        Page(7, "h", 0, False, "글"),
        Page(8, "i", 0, False, "글"),
        Page(9, "j", 0, False, "글"),
    ]
    assert found(tmp_path / "a.xml", head + "".join(whole[:2]) + "<page>\n<title>a</title>") == [
        Page(0, "a & b", 0, False, "c <page> d"),
        Page(1, "b", -1, False, "글"),
        (2, "truncated page", places[2] - 1),
    ]


def test_pages_that_are_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "PIECE", 16)
    first, last = xml("a"), xml("c")
    long = xml("b", "d" * 1000)
    seen = found(tmp_path / "a.xml", first + long + last, 300)
    assert seen[0] == Page(0, "a", 0, False, "글")
    assert seen[-1][1:] == Page(0, "c", 0, False, "글")[1:]
    assert [each[1] for each in seen[1:-1]] == ["page too long"] * (len(seen) - 2)
    assert seen[1][2] == len(first.encode()) - 1
    assert [each[0] for each in seen] == list(range(len(seen)))


def test_a_redirect_is_one_by_its_mark_before_the_text(tmp_path: Path) -> None:
    """Not by what its title or its text say."""
    [page] = found(tmp_path / "a.xml", xml("a", "b <redirect title='c' />"))
    assert page == Page(0, "a", 0, False, "b <redirect title='c' />")

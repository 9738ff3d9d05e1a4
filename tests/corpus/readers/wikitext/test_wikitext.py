"""Wikitext made text: each mark by itself, whole articles of a real dump, damage to one."""

import bz2
import xml.etree.ElementTree as ET
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.document import Part, Unreadable
from corpus.readers import unpack
from corpus.readers.mediawiki import Page, pages
from corpus.readers.stream import Limits
from corpus.readers.wikitext import clean
from corpus.sources import source

DUMP = "dumps.wikimedia.org/enwiki/20240101/enwiki-20240101-pages-articles1.xml-p10p30302.bz2"


@pytest.mark.parametrize(
    ("wikitext", "text"),
    [
        ("'''서울'''은 [[대한민국]]의 [[수도 (정치)|수도]]이다.", "서울은 대한민국의 수도이다."),
        ("앞<ref name=a>각주 {{cite|x}}</ref> 뒤<ref name=a /> 끝", "앞 뒤 끝"),
        ("{{정보상자\n|이름={{lang|en|Box}}\n}}\n본문", "본문"),
        ("{{lang|ko|한국어}}와 {{llang|en|English}}", "한국어와 English"),
        ("<ruby>漢<rp>(</rp><rt>한</rt><rp>)</rp></ruby>字", "漢(한)字"),
        ("식 <math>a^2 + b^2 < c</math> 끝", "식 $a^2 + b^2 < c$ 끝"),
        ("{| class=x\n| a || {{b}}\n{|\n|c\n|}\n|}\n뒤", "뒤"),
        ("[[파일:a.jpg|섬네일|[[서울]]의 {{작게|밤}}]]사진 뒤", "사진 뒤"),
        ("글 [https://a.kr 이름] [https://b.kr] [[분류:도시]][[en:Seoul]]", "글 이름"),
        ("* 하나\n** 둘\n# 셋", "하나\n둘\n셋"),
        ("머리\n== 역사 ==\n글\n== 빈 절 ==\n== 각주 ==\n{{각주}}\n목록\n", "머리\n\n역사\n\n글"),
        ("== 빈 절 ==\n=== 빈 항 ===\n== 다음 절 ==\n=== 항 ===\n글", "다음 절\n\n항\n\n글"),
        ("== 절 ==\n글\n== 각주 ==\n=== 출전 ===\n목록\n== 뒷글 ==\n끝", "절\n\n글\n\n뒷글\n\n끝"),
        ("<!-- 숨김 -->글 <nowiki>[[그대로]]</nowiki>&nbsp;끝", "글 [[그대로]] 끝"),
        ("닫히지 않은 {{틀 안\n다음 줄", "닫히지 않은\n다음 줄"),
        ("이름({{llang|en}}, )은", "이름은"),
        ("__TOC__\n{{PAGENAME}}", ""),
        ("앞 {{갑|{{을|병}}}} 뒤 {{정}} 끝", "앞 뒤 끝"),
        ("앞 {{갑|{{lang|ko|{{{이름|}}}}}}} 뒤", "앞 뒤"),
        ("앞 {{nowrap|{{lang|ko|속}}}} 뒤", "앞 속 뒤"),
        ("{{상자|\n{|\n| 칸\n|}}}\n본문", "본문"),
        ("{{상자|값=|}}본문", "본문"),
        ("{{{{갑}}|을}} 뒤", "뒤"),
        ("[[ 서울 ]]과 [[부산 | 부산시]]와 [[:분류:도시|도시]]", "서울과 부산시와 도시"),
        ("식 <math>{{a}}</math>", "식 ${{a}}$"),
    ],
)
def test_marks(wikitext: str, text: str) -> None:
    assert clean(wikitext) == text


@given(
    st.lists(st.sampled_from(["{{", "}}", "[[", "]]", "{|", "|}", "{{{", "}}}", "|", "\n", "글", "==", "<ref>", "'''"]))
)
def test_any_marks_at_all(pieces: list[str]) -> None:
    assert "\ue000" not in clean("".join(pieces))


def test_pages_are_those_of_an_xml_parser(mirror: Path) -> None:
    found = [page for page in pages(mirror / DUMP, Limits()) if isinstance(page, Page)]
    xml = bz2.decompress((mirror / DUMP).read_bytes()).decode()
    expected: list[tuple[str, int, bool]] = []
    root = ET.fromstring("<dump>" + xml[xml.index("<page>") : xml.rindex("</page>") + 7] + "</dump>")
    for page, element in zip(found, root.iter("page"), strict=True):
        redirect = element.find("redirect") is not None
        expected.append((element.findtext("title") or "", int(element.findtext("ns") or -99), redirect))
        assert redirect or page.text == (element.findtext("revision/text") or "")
    assert [(page.title, page.namespace, page.redirect) for page in found] == expected
    assert len(expected) == 206


def test_a_real_dump(mirror: Path) -> None:
    kind = source("wikipedia-dump", {"date": "20240101", "language": "en", "files": [Path(DUMP).name]})
    chunks = list(kind.read(mirror / DUMP, Part("wikipedia-dump", "https://" + DUMP)))
    documents = {row["title"]: row["text"] for chunk in chunks for row in chunk.records.to_pylist()}
    assert sum(sum(chunk.skipped.values()) for chunk in chunks) + len(documents) == 206
    assert len(documents) == 106
    everything = "\n".join(documents.values())
    for mark in ("[[", "]]", "{|", "<ref", "</", "&nbsp;", "'''"):
        assert mark not in everything
    braces = [line for line in everything.splitlines() if "{{" in line or "}}" in line]
    assert all("$" in line and "\\" in line for line in braces), "only formulas have braces: LaTeX of their own"
    folder = mirror / "huggingface.co/datasets/wikimedia/wikipedia/20231101.en"
    ours = both = 0
    for path in sorted(folder.glob("*.parquet")):
        table = pq.read_table(path, columns=["title", "text"]).to_pylist()
        for row in table:
            if row["title"] in documents:
                theirs, mine = set(row["text"].split()), set(documents[row["title"]].split())
                both += len(theirs & mine)
                ours += len(theirs)
    assert ours > 10_000  # distinct words of the articles that the snapshot has too, of another date
    assert both / ours > 0.9


def test_damage_costs_the_pages_it_hits(tmp_path: Path) -> None:
    page = "<page><title>t{0}</title><ns>0</ns><revision><text>글 {0}</text></revision></page>\n"
    data = "".join(page.format(i) for i in range(5)).encode()
    path = tmp_path / "a.xml"
    path.write_bytes(data.replace("글 2".encode(), b"\xea 2").replace(b"<title>t3", b"<titel>t3") + b"<page><title>cut")
    found = list(pages(path, Limits()))
    assert [page.title for page in found if isinstance(page, Page)] == ["t0", "t1", "t4"]
    assert [p.reason for p in found if isinstance(p, Unreadable)] == ["bad utf-8", "bad page", "truncated page"]
    path.write_bytes(data.replace("글 2".encode(), b"x" * 4_000_000))
    found = list(pages(path, Limits(max_line_bytes=1_000_000)))
    assert [page.title for page in found if isinstance(page, Page)] == ["t0", "t1", "t3", "t4"]
    assert "page too long" in [p.reason for p in found if isinstance(p, Unreadable)]


def test_pages_across_pieces_and_after_one_without_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = "<page><title>t{0}</title><ns>0</ns><revision><text>글 {0}</text></revision></page>\n"
    path = tmp_path / "a.xml"
    path.write_bytes(
        "".join(["<mediawiki>", page.format(0), page.format(1)[:-9], *map(page.format, range(2, 5))]).encode()
    )
    for size in (1, 3, 7, 50, 1 << 20):
        monkeypatch.setattr(unpack, "PIECE", size)
        assert [(p.row, p.title) for p in pages(path, Limits()) if isinstance(p, Page)] == [
            (0, "t0"),
            (1, "t2"),
            (2, "t3"),
            (3, "t4"),
        ]


PAGES = [
    f"<page><title>t{i}</title><ns>0</ns><revision>"
    f"<text>글 {i} {'가나다 ' * (i % 4)}</text></revision></page>\n".encode()
    for i in range(12)
]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 0.999), junk=st.binary(max_size=12), cut=st.integers(0, 60))
def test_damage_costs_no_page_that_it_does_not_touch(tmp_path: Path, place: float, junk: bytes, cut: int) -> None:
    data = b"".join(PAGES)
    at = int(place * len(data))
    end = min(at + cut, len(data))
    path = tmp_path / "a.xml"
    path.write_bytes(data[:at] + junk + data[end:])
    found = list(pages(path, Limits()))
    starts = [sum(map(len, PAGES[:i])) for i in range(len(PAGES) + 1)]
    away = [i for i in range(len(PAGES)) if starts[i + 1] <= at or starts[i] > end]
    texts = {page.title: page.text for page in found if isinstance(page, Page)}
    for i in away:
        assert texts.get(f"t{i}") == f"글 {i} {'가나다 ' * (i % 4)}"
    touched = len(PAGES) - len(away)
    assert sum(isinstance(page, Page) for page in found) <= len(PAGES)
    assert sum(f"t{i}" not in texts for i in range(len(PAGES))) <= touched
    assert [page.row for page in found] == sorted(page.row for page in found)

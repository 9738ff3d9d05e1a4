"""Lines of a site are learned from counts over parts, and go as whole lines."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.cleaning.boilerplate import (
    COUNTS_SCHEMA,
    BoilerplateSettings,
    LineCounts,
    _slices,
    learn,
    load,
    remove,
    sites,
)

FOOTER = "저작권자 ⓒ 예시일보, 무단전재 및 재배포 금지"
COOKIES = "This site uses cookies to give you the best experience of all its pages."
SETTINGS = BoilerplateSettings(documents=4, share=0.3)
Document = tuple[str, str | None, str]  # text, URL, source


def arrays(documents: list[Document]) -> list[pa.Array]:
    columns = zip(*documents, strict=True) if documents else ([], [], [])
    return [pa.array(list(column), pa.string()) for column in columns]


def write_part(folder: Path, documents: list[Document], batch_rows: int = 3) -> Path:
    folder.mkdir(parents=True)
    counts = LineCounts(SETTINGS)
    schema = pa.schema([(name, pa.string()) for name in ("text", "url", "source")])
    with pa.OSFile(str(folder / "documents.arrow"), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for start in range(0, len(documents), batch_rows):
            columns = arrays(documents[start : start + batch_rows])
            counts.add(*columns)
            writer.write_batch(pa.record_batch(columns, schema=schema))
    counts.write(folder / "lines.arrow")
    return folder / "lines.arrow"


def page(number: int, site: str, body: str, source: str = "web") -> Document:
    return body, f"https://www.{site}/page/{number}", source


def bodies(count: int, footer: str = "") -> list[str]:
    return [f"글 {i}의 첫 문단은 이렇게 시작한다.\n둘째 문단 {i}{footer}" for i in range(count)]


def learned_lines(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "learned.jsonl").read_text(encoding="utf-8").splitlines()]


def cleaned(documents: list[Document], learned: Path) -> list[str]:
    return remove(*arrays(documents), load(learned), SETTINGS)[0].to_pylist()


@pytest.mark.parametrize("before", range(8))
def test_a_line_is_looked_up_where_it_was_first_seen(tmp_path: Path, before: int) -> None:
    """Anywhere in a part: batches have three documents, and the line begins in any of them."""
    documents = [page(i, f"{i}.example", b) for i, b in enumerate(bodies(before))]
    documents += [page(i, "news.example", b) for i, b in enumerate(bodies(5, f"\n{FOOTER}"))]
    parts = [write_part(tmp_path / "p0", documents[:1]), write_part(tmp_path / "p1", documents[1:])]
    learn(parts, SETTINGS, tmp_path / "learned")
    assert [(row["site"], row["line"]) for row in learned_lines(tmp_path / "learned")] == [("news.example", FOOTER)]


def test_learns_per_site_over_parts(tmp_path: Path) -> None:
    news = [page(i, "news.example", b) for i, b in enumerate(bodies(6, f"\n{FOOTER}"))]
    other = [page(i, "other.example", b) for i, b in enumerate(bodies(6))]
    quoting = page(9, "other.example", f"기사 끝에는 이런 줄이 있다.\n{FOOTER}")
    parts = [
        write_part(tmp_path / str(i), docs)
        for i, docs in enumerate((news[:2], news[2:5] + other[:3], news[5:] + other[3:] + [quoting]))
    ]
    learned = learn(parts, SETTINGS, tmp_path / "learned")
    assert learned_lines(tmp_path / "learned") == [
        {"documents": 6, "site": "news.example", "site_documents": 6, "line": FOOTER}
    ]
    assert cleaned(news, learned) == bodies(6)
    assert cleaned([quoting, *other], learned) == [quoting[0], *bodies(6)]  # another site's line stays


def test_counts_documents_not_lines(tmp_path: Path) -> None:
    documents = [page(i, "a.example", b) for i, b in enumerate(bodies(9))]
    documents.append(page(10, "a.example", "\n".join([COOKIES] * 20)))
    learn([write_part(tmp_path / "0", documents)], SETTINGS, tmp_path / "learned")
    assert learned_lines(tmp_path / "learned") == []


def test_documents_without_url_belong_to_their_source(tmp_path: Path) -> None:
    documents: list[Document] = [(b, None, "books") for b in bodies(5, f"\n{FOOTER}")]
    learned = learn([write_part(tmp_path / "0", documents)], SETTINGS, tmp_path / "learned")
    assert [row["site"] for row in learned_lines(tmp_path / "learned")] == ["books"]
    assert cleaned(documents, learned) == bodies(5)
    assert cleaned([(documents[0][0], None, "other")], learned) == [documents[0][0]]


def test_headings_and_code_inside_a_page_stay(tmp_path: Path) -> None:
    around = [f"line {i} of many in this page" for i in range(12)]
    text = "\n".join([*around[:6], "Return Value", "int main() {", "Requirements", *around[6:]])
    documents = [page(i, "docs.example", text.replace("many", f"the {i}")) for i in range(8)]
    learned = learn([write_part(tmp_path / "0", documents)], SETTINGS, tmp_path / "learned")
    assert cleaned(documents, learned) == [d[0] for d in documents]


def test_long_lines_go_wherever_they_stand(tmp_path: Path) -> None:
    documents = [
        page(
            i,
            "a.example",
            "\n".join([*[f"{i} {j} is a line" for j in range(9)], COOKIES, *[f"{j} {i}" for j in range(9)]]),
        )
        for i in range(6)
    ]
    learned = learn([write_part(tmp_path / "0", documents)], SETTINGS, tmp_path / "learned")
    assert cleaned(documents, learned) == [d[0].replace(COOKIES + "\n", "") for d in documents]


def test_blank_lines_meet_as_one(tmp_path: Path) -> None:
    documents = [page(i, "a.example", f"하나 {i}\n\n{FOOTER}\n\n둘 {i}\n{FOOTER}") for i in range(5)]
    learned = learn([write_part(tmp_path / "0", documents)], SETTINGS, tmp_path / "learned")
    assert cleaned(documents, learned) == [f"하나 {i}\n\n둘 {i}" for i in range(5)]
    _, counts = remove(*arrays(documents), load(learned), SETTINGS)
    assert counts == {"lines": 10, "documents": 5}


def test_the_same_for_any_slicing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = [page(i, "a.example", b) for i, b in enumerate(bodies(12, f"\n{FOOTER}\n{COOKIES}"))]
    parts = [write_part(tmp_path / f"p{i}", documents[i::3]) for i in range(3)]
    whole = learn(parts, SETTINGS, tmp_path / "whole").read_bytes()
    monkeypatch.setattr("corpus.cleaning.boilerplate.SLICE_ROWS", 5)
    assert learn(parts, SETTINGS, tmp_path / "sliced").read_bytes() == whole
    assert len(learned_lines(tmp_path / "sliced")) == 2


@pytest.mark.parametrize("rows", [1, 2, 1000])
def test_every_key_is_in_one_slice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    """The smallest and the largest key, too, and keys where a slice begins."""
    keys = sorted({0, 1, 2**64 - 1, 2**64 - 2, *(k * 2**64 // 7 + step for k in range(1, 7) for step in (-1, 0, 1))})
    parts = [keys, keys[::2], []]
    for number, mine in enumerate(parts):
        columns = [pa.array(mine, pa.uint64()), *(pa.array(range(1, len(mine) + 1), pa.int32()) for _ in range(2))]
        with pa.OSFile(str(tmp_path / f"{number}"), "wb") as sink, pa.ipc.new_file(sink, COUNTS_SCHEMA) as writer:
            writer.write_batch(pa.record_batch(columns, schema=COUNTS_SCHEMA))
    monkeypatch.setattr("corpus.cleaning.boilerplate.SLICE_ROWS", rows)
    found = list(_slices([tmp_path / f"{number}" for number in range(3)]))
    expected = {key: (n + 1, n + 1) for n, key in enumerate(keys)}  # documents, and the place in the first part
    for n, key in enumerate(keys[::2]):
        expected[key] = expected[key][0] + n + 1, expected[key][1]
    told = [(k, (d, w)) for slice_ in found for k, d, w in zip(*(column.tolist() for column in slice_), strict=True)]
    assert told == sorted(expected.items())


def test_the_most_frequent_lines_are_told_first(tmp_path: Path) -> None:
    b, a = (f"https://{site}.example/" for site in "ba")
    documents: list[Document] = [(f"글 {n}이다.\n둘째 문단 {n}\n{FOOTER}", f"{b}{n}", "web") for n in range(5)]
    documents += [(f"글 {n}이다.\n둘째 {n}\n{FOOTER}\n{COOKIES}", f"{a}{n}", "web") for n in range(5)]
    documents.append((f"또 글이다.\n그렇다.\n{FOOTER}", f"{b}9", "web"))
    learn([write_part(tmp_path / "0", documents)], SETTINGS, tmp_path / "learned")
    assert [(row["documents"], row["site"], row["line"]) for row in learned_lines(tmp_path / "learned")] == [
        (6, "b.example", FOOTER), (5, "a.example", COOKIES), (5, "a.example", FOOTER)
    ]  # fmt: skip


lines = st.sampled_from([FOOTER, COOKIES, "", "가나다라", "하나뿐인 줄이 여기에 있다", "a b c"])


@given(st.lists(st.lists(lines, min_size=1, max_size=14).map("\n".join), max_size=4))
def test_only_whole_learned_lines_go(tmp_path_factory: pytest.TempPathFactory, bodies_: list[str]) -> None:
    folder = tmp_path_factory.getbasetemp() / "learned-once"
    if not folder.exists():
        documents = [page(i, "a.example", b) for i, b in enumerate(bodies(6, f"\n{FOOTER}\n{COOKIES}"))]
        learn([write_part(folder / "0", documents)], SETTINGS, folder / "learned")
    documents = [page(i, "a.example", body) for i, body in enumerate(bodies_)]
    for before, after in zip(bodies_, cleaned(documents, folder / "learned" / "learned.arrow"), strict=True):
        everything, kept = ([line for line in text.split("\n") if line] for text in (before, after))
        rest = iter(everything)
        assert all(line in rest for line in kept)  # in their order, none invented
        assert [x for x in kept if x not in (FOOTER, COOKIES)] == [x for x in everything if x not in (FOOTER, COOKIES)]
        inside = everything[5:-5].count(FOOTER)  # short lines go at the edges alone
        assert kept.count(FOOTER) >= inside


NOTE = "이 문서의 내용은 예고 없이 바뀔 수 있으므로 항상 최신 판을 확인하시기 바랍니다."
INTRODUCTION = "다음 표에서는 이 뷰가 돌려주는 모든 열의 이름과 형식을 차례대로 설명합니다."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # a header row, and the only row of a body
        ("글 {i}\n\n|열 이름과 그 설명|데이터 형식과 그 크기|\n|---|---|\n|{i}|값 {i}|", None),
        ("글 {i}\n\n|이름 {i}|형식|\n|---|---|\n|이 뷰의 모든 열에 공통인 설명이다|데이터 형식과 그 크기|", None),
        # the line that introduces a list or a table, with a colon or without
        (f"글 {{i}}\n\n{INTRODUCTION}\n\n|열|형식|\n|---|---|\n|a{{i}}|int|", None),
        ("글 {i}\n\n설치하려면 먼저 다음 프로그램이 모두 필요합니다:\n\n- 프로그램 {i}\n- 도구 {i}", None),
        # a line out of code
        ('글 {i}\n```\nSystem.out.println("every example begins with this line");\nrun({i});\n```', None),
        # verse
        ("노래 {i}\n1 태초에 높은 산이 있고 그 아래 강이 흘렀느니라\n2 강가에 사는 백성 {i}이 밭을 갈았느니라", None),
        # one item of a list, half of a wrapped sentence
        (f"글 {{i}}\n\n- 항목 {{i}}\n- {NOTE}", None),
        (
            "글 {i}이다.\n이 문서의 내용은 예고 없이 바뀔 수 있으므로 언제나 최신 판을 보시고\n{i}쪽의 안내를 따르십시오.",
            None,
        ),
        # a heading keeps its body, marked or not; a heading goes with its body
        (f"# 제목 {{i}}\n\n글 {{i}}이다.\n\n## 주의\n\n{NOTE}\n\n## 예 {{i}}\n\n또 글 {{i}}이다.", None),
        (f"글 {{i}}이다.\n\n주의\n\n{NOTE}\n\n예 {{i}}\n\n또 글 {{i}}이다.", None),
        # what is whole goes: a sentence in a paragraph of its own, a list that recurs from its first item to its last
        (f"글 {{i}}이다.\n\n{NOTE}\n\n또 글 {{i}}이다.", "글 {i}이다.\n\n또 글 {i}이다."),
        (f"글 {{i}}이다.\n\n- {FOOTER}\n- {COOKIES}\n\n또 글 {{i}}이다.", "글 {i}이다.\n\n또 글 {i}이다."),
    ],
)
def test_blocks_stay_whole(tmp_path: Path, text: str, expected: str | None) -> None:
    documents = [page(i, "a.example", text.replace("{i}", str(i))) for i in range(6)]
    learned = learn([write_part(tmp_path / "0", documents)], SETTINGS, tmp_path / "learned")
    wanted = text if expected is None else expected
    assert cleaned(documents, learned) == [wanted.replace("{i}", str(i)) for i in range(6)]


def test_sites() -> None:
    urls = pa.array(
        ["https://www.News.example:8080/a?b#c", "http://user@blog.example", "ftp://x.y/z", None, "no url", ""]
    )
    sources = pa.array(["s"] * 6)
    assert sites(urls, sources).to_pylist() == ["news.example", "blog.example", "x.y", "s", "s", "s"]


@pytest.mark.parametrize(
    ("with_line", "pages", "learned"),
    [
        (4, 10, True),  # in exactly as many documents as are asked for
        (3, 10, False),
        (6, 20, True),  # in exactly the share that is asked for
        (5, 20, False),
        (7, 20, True),
        (29, 100, False),
    ],
)
def test_lines_at_the_limits(tmp_path: Path, with_line: int, pages: int, learned: bool) -> None:
    """At least 4 documents, and 30 % of the site's."""
    texts = [f"글 {i}의 첫 문단이다.\n둘째 문단 {i}" + (f"\n{FOOTER}" if i < with_line else "") for i in range(pages)]
    documents = [page(i, "a.example", text) for i, text in enumerate(texts)]
    learn([write_part(tmp_path / "0", documents)], SETTINGS, tmp_path / "learned")
    assert [row["line"] for row in learned_lines(tmp_path / "learned")] == ([FOOTER] if learned else [])

"""Cutting against a plain twin that works on strings, and what may be cut at all."""

import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.repeats.cuts import CUTS, SPAN_BYTES, apply_cuts, invented_lines
from corpus.repeats.pieces import BLOCK, HEADING, INTRODUCTION, pieces

LINES = ["# 제목", "## 작은 제목", "짧은 줄", "a b", "- 하나", "- 둘", "1. 셋", "| 가 | 나 |", "| 1 | 2 |", "```",
    "    x = 1", "", "",
         "첫 문장이다. 둘째 문장은 조금 더 길다.", "He said so. “It is.” Dr. Kim went home! Then no more",
         "다음과 같다:",
         "이 줄은 예순 칸보다 길어서 끝에 마침표가 없어도 본문으로 여겨지는 줄이다 그렇지 아니한가 그럴 것이다",
         "긴 글이 이어진다. " * 9, "하나이다.둘이다. 셋이다…", "。", "!?"]  # fmt: skip
TEXTS = st.lists(st.sampled_from(LINES), min_size=1, max_size=9).map("\n".join)
KINDS = st.sampled_from(["span", "paragraph", "contamination"])


def _cuts(rows: list[tuple[int, int, int, str]]) -> pa.Table:
    columns = list(zip(*sorted(rows), strict=True)) or [[], [], [], []]
    types = [pa.int64()] * 3 + [pa.string()]
    return pa.table([pa.array(c, t) for c, t in zip(columns, types, strict=True)], schema=CUTS)


def _inner(text: str, start: int, end: int) -> tuple[int, int]:
    """The bounds of the letters, digits and marks of text[start:end]; all of it where there are none."""
    word = [i for i in range(start, end) if unicodedata.category(text[i])[0] in "LNM"]
    return (word[0], word[-1] + 1) if word else (start, end)


def plain_cut(
    text: str, cuts: list[tuple[int, int, str]], made: list[tuple[int, int, int, int, int]], least: int
) -> str:
    """`cuts` in characters, and the pieces (start, end, kind, group, level) of the text."""
    taken = [0] * len(made)
    for begin, stop, kind in cuts:
        for p, (start, end, *_) in enumerate(made):
            if end <= begin or start >= stop:
                continue
            first, last = _inner(text, start, end)
            if kind == "contamination":
                if begin < last and stop > first:
                    taken[p] = max(taken[p], 2)
            elif begin <= first and stop >= last:
                taken[p] = max(taken[p], 3 if kind == "paragraph" else 1)
    for group in {g for *_, g, _ in made}:
        mine = [p for p in range(len(made)) if made[p][3] == group]
        touched, every = any(taken[p] == 2 for p in mine), all(taken[p] for p in mine)
        for p in mine:
            taken[p] = 2 if touched else taken[p] if every else 0
    p = 0
    while p < len(made):
        q = p
        while q < len(made) and taken[q]:
            q += 1
        if q > p and max(taken[p:q]) == 1 and len(text[made[p][0] : made[q - 1][1]].encode()) < least:
            taken[p:q] = [0] * (q - p)
        p = max(q, p + 1)
    for p in reversed(range(len(made))):
        _, _, kind, _, level = made[p]
        rest = range(p + 1, len(made))
        body: list[int] = []
        if kind == HEADING:
            stops = [q for q in rest if made[q][2] == HEADING and made[q][4] <= level]
            body = list(range(p + 1, stops[0] if stops else len(made)))
        elif kind == INTRODUCTION and p + 1 < len(made) and made[p + 1][2] == BLOCK:
            body = [q for q in rest if made[q][3] == made[p + 1][3]]
        if body and all(taken[q] for q in body):
            taken[p] = max(taken[p], 1)
        elif body and taken[p] != 2:
            taken[p] = 0
    # What stays between cuts, and what separates it.
    out, at, p = "", 0, 0
    while p < len(made):
        q = p
        while q < len(made) and taken[q]:
            q += 1
        if q > p:
            out += text[at : made[p][0]].rstrip()
            behind = text[made[q - 1][1] :]
            rest = behind.lstrip()
            at = len(text) - len(rest)
            if rest and out:
                seam = behind[: len(behind) - len(rest)]
                before = text[: made[p][0]][len(text[: made[p][0]].rstrip()) :]
                out += "\n" * max(before.count("\n"), seam.count("\n"), 1)
                at -= len(seam.rpartition("\n")[2]) if "\n" in seam else 0
        p = max(q, p + 1)
    return out + text[at:]


def _pieces_of(texts: list[str]) -> list[list[tuple[int, int, int, int, int]]]:
    """Pieces of each text, in characters."""
    made = pieces(pa.array(texts))
    out = []
    for d, text in enumerate(texts):
        data = text.encode()
        span = slice(made.bounds[d], made.bounds[d + 1])
        columns = [made.starts[span], made.ends[span], made.kinds[span], made.groups[span], made.levels[span]]
        rows = zip(*(c.tolist() for c in columns), strict=True)
        out.append([(len(data[:s].decode()), len(data[:e].decode()), *rest) for s, e, *rest in rows])
    return out


@given(st.lists(TEXTS, min_size=1, max_size=3), st.data())
@settings(max_examples=300)
def test_kernel_is_the_definition(texts: list[str], data) -> None:
    rows, expected = [], []
    least = data.draw(st.sampled_from([20, 100, SPAN_BYTES]))
    for row, (text, made) in enumerate(zip(texts, _pieces_of(texts), strict=True)):
        places = st.integers(0, len(text))
        spans = data.draw(
            st.lists(st.tuples(places, places, KINDS).map(lambda p: (min(p[:2]), max(p[:2]), p[2])), max_size=4)
        )
        for a, b, kind in spans:
            rows.append((row + 5, len(text[:a].encode()), len(text[:b].encode()), kind))
        expected.append(plain_cut(text, spans, made, least) if spans else text)
    made, lost = apply_cuts(pa.array(["before", *texts]).slice(1), 5, _cuts(rows), least)
    assert made.to_pylist() == expected
    assert lost.tolist() == [len(a.encode()) - len(b.encode()) for a, b in zip(texts, expected, strict=True)]
    assert [invented_lines(a, b) for a, b in zip(texts, expected, strict=True)] == [0] * len(texts)


def _cut(text: str, gone: str, kind: str = "paragraph") -> str:
    start = len(text[: text.index(gone)].encode())
    return apply_cuts(pa.array([text]), 0, _cuts([(0, start, start + len(gone.encode()), kind)]))[0].to_pylist()[0]


def test_whole_sentences_that_stay_apart() -> None:
    text = "첫째 문장이다. 둘째 문장은 길다. 셋째 문장이다.\n\n넷째."
    assert _cut(text, "문장이다. 둘째 문장은 길다. 셋째") == "첫째 문장이다.\n셋째 문장이다.\n\n넷째."
    assert _cut(text, "째 문장은 길") == text
    assert _cut(text, "째 문장은 길", "contamination") == "첫째 문장이다.\n셋째 문장이다.\n\n넷째."
    assert _cut(text, "셋째 문장이다.\n\n넷째") == "첫째 문장이다. 둘째 문장은 길다."


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("글이 있다.\n| 가 | 나 |\n| 1 | 2 |\n| 3 | 4 |\n글이 있다.", "| 1 | 2 |"),
        ("글이 있다.\n```\na = 1\nb = 2\n```\n글이 있다.", "a = 1\nb = 2"),
        ("나 보기가 역겨워\n가실 때에는\n말없이 고이 보내\n드리오리다", "가실 때에는\n말없이 고이 보내"),
        ("차례는 이렇다:\n- 하나\n- 둘\n- 셋\n끝이다.", "- 둘"),
        ("차례는 이렇다:\n- 하나\n- 둘", "차례는 이렇다"),  # what introduces a list stays with it
        ("# 제목\n본문이 있다. 또 있다.", "제목"),  # a heading stays with its body
    ],
)
def test_never_inside_a_block(text: str, gone: str) -> None:
    assert _cut(text, gone) == text


def test_a_heading_goes_with_the_whole_of_its_body() -> None:
    text = "# 하나\n처음이다.\n## 둘\n가운데이다.\n\n끝까지다.\n# 셋\n남는다."
    assert _cut(text, "가운데이다.\n\n끝까지다") == "# 하나\n처음이다.\n# 셋\n남는다."
    assert _cut(text, "처음이다.\n## 둘\n가운데이다.\n\n끝까지다") == "# 셋\n남는다."
    assert _cut(text, "처음이다") == text.replace("처음이다.\n", "")
    assert _cut("차례는 이렇다:\n- 하나\n- 둘\n\n끝이다.", "- 하나\n- 둘") == "끝이다."


@pytest.mark.parametrize(
    "text",
    [
        "이 문단은 여러 줄로 나뉘어 있어서 한 문장이 다음 줄로 넘어가며 이렇게\n다시 이어진다. "
        "다음 문장은 여기에서 시작한다.",
        "the paragraph is wrapped in the middle\nof a sentence. Here is another one.",
    ],
)
def test_a_sentence_goes_over_the_end_of_a_line(text: str) -> None:
    """Half a sentence on one line is no sentence."""
    second = text.split("\n")[1]
    assert _cut(text, second) == text.split(". ")[0] + "."


def test_a_repeated_stretch_of_little_is_not_cut() -> None:
    text = "앞의 글이다. " + "같은 글이 여기에 또 있다. " * 3 + "뒤의 글이다."
    assert _cut(text, ("같은 글이 여기에 또 있다. " * 3).strip(), "span") == text
    longer = text.replace("같은 글이", "같은 글이 " + "길게 " * 15)
    assert _cut(longer, "같은 글이" + longer.partition("같은 글이")[2][:-9], "span") == "앞의 글이다.\n뒤의 글이다."


@pytest.mark.parametrize(
    ("behind", "seam"),
    [("\n    x = 1\n    y = 2;", "\n"), ("\n\n\t- 하나\n- 둘", "\n\n"), (" 셋째이다.", "\n"), ("\n  셋째이다.", "\n")],
)
@pytest.mark.parametrize("before", [" ", "\n", "\n\n", "\n\n\n"])
def test_what_stays_keeps_its_indent_and_its_distance(before: str, behind: str, seam: str) -> None:
    """The newlines are those of the side with more of them."""
    text = f"처음에는 이렇다.{before}둘째 문장이다.{behind}"
    assert _cut(text, "둘째 문장이다.") == "처음에는 이렇다." + max(before.strip(" "), seam, key=len) + behind.lstrip(
        "\n" if "\n" in behind else " "
    )
    assert _cut(text, f"처음에는 이렇다.{before}둘째 문장이다.") == behind.lstrip()


def test_a_whole_document_and_none() -> None:
    texts = pa.array(["하나 둘", "셋", " "])
    cuts = _cuts([(1, 0, -1, "contained"), (2, 0, -1, "contained")])
    assert apply_cuts(texts, 0, cuts)[0].to_pylist() == ["하나 둘", "", ""]
    assert apply_cuts(texts, 10, cuts)[0] is texts


@pytest.mark.parametrize(("start", "end"), [(0, 7), (0, 99), (-1, 6), (5, 4), (7, 7)])
def test_cuts_of_other_documents_are_refused(start: int, end: int) -> None:
    """A text of six bytes."""
    with pytest.raises(ValueError, match="other documents"):
        apply_cuts(pa.array(["짧다"]), 0, _cuts([(0, start, end, "span")]))
    assert apply_cuts(pa.array(["짧다"]), 0, _cuts([(0, 0, 6, "x"), (1, start, end, "x")]))[0].to_pylist() == [""]


def test_lines_that_nobody_wrote_are_counted() -> None:
    before = "만들 뷰를 고릅니다. 끝.\n뷰를 만듭니다."
    assert invented_lines(before, "만들 뷰를 뷰를 만듭니다.\n끝.") == 1
    assert invented_lines(before, "고릅니다.  끝.\n\n뷰를 만듭니다.") == 0
    assert invented_lines(before, "고릅니다. 끝. 뷰를 만듭니다.") == 1  # what stood on two lines


def test_offsets_of_a_slice() -> None:
    texts = pa.array(["버린다.", "첫째 문장이다. 둘째이다."]).slice(1)
    assert np.array_equal(pieces(texts).starts, [0, len("첫째 문장이다. ".encode())])

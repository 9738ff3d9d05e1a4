"""Cutting against a plain twin that works on characters."""

import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.repeats.cuts import CUTS, apply_cuts

TEXTS = st.lists(st.text(st.sampled_from("가나 ab.?\n　é漢🙂"), max_size=30), min_size=1, max_size=4)


def _cuts(rows: list[tuple[int, int, int]]) -> pa.Table:
    columns = list(zip(*sorted(rows), strict=True)) or [[], [], []]
    return pa.table(
        [*(pa.array(c, pa.int64()) for c in columns), pa.array(["x"] * len(rows), pa.string())], schema=CUTS
    )


def _clings(char: str) -> bool:
    return not char.isspace() and unicodedata.category(char)[0] not in "LNM"


def plain_cut(text: str, spans: list[tuple[int, int]]) -> str:
    """`spans` in bytes of UTF-8, at character boundaries."""
    places = [0, *np.cumsum([len(c.encode()) for c in text]).tolist()]
    merged: list[list[int]] = []
    for start, end in sorted((places.index(a), places.index(b)) for a, b in spans):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    out, copied = "", 0
    for start, end in merged:
        while start > copied and _clings(text[start - 1]):
            start -= 1
        while end < len(text) and _clings(text[end]):
            end += 1
        while start < end and start > 0 and not text[start].isspace() and not text[start - 1].isspace():
            start += 1
        while end > start and end < len(text) and not text[end].isspace() and not text[end - 1].isspace():
            end -= 1
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if start >= end:
            continue
        left = start
        while left > copied and text[left - 1].isspace():
            left -= 1
        right = end
        while right < len(text) and text[right].isspace():
            right += 1
        keep_right = text[end:right].count("\n") > text[left:start].count("\n")
        out += text[copied : left if keep_right else start]
        copied = end if keep_right else right
    out += text[copied:]
    return out.strip() if copied else out


@given(TEXTS, st.data())
def test_kernel_is_the_definition(texts: list[str], data) -> None:
    rows, expected = [], []
    for row, text in enumerate(texts):
        places = [0, *np.cumsum([len(c.encode()) for c in text]).tolist()]
        spans = data.draw(
            st.lists(
                st.tuples(st.sampled_from(places), st.sampled_from(places)).map(lambda p: (min(p), max(p))), max_size=4
            )
        )
        rows += [(row + 5, *span) for span in spans]
        expected.append(plain_cut(text, spans))
    made, lost = apply_cuts(pa.array(["before", *texts]).slice(1), 5, _cuts(rows))
    assert made.to_pylist() == expected
    assert lost.tolist() == [len(a.encode()) - len(b.encode()) for a, b in zip(texts, expected, strict=True)]


def test_words_stay_whole_and_paragraphs_apart() -> None:
    text = "첫째 문단이다.\n\n둘째 문단은 길다.\n\n셋째"
    start = len("첫째 문".encode())
    end = len("첫째 문단이다.\n\n둘째 문단은 길".encode())
    assert apply_cuts(pa.array([text]), 0, _cuts([(0, start, end)]))[0].to_pylist() == [
        "첫째 문단이다.\n\n길다.\n\n셋째"
    ]


def test_a_whole_document_and_none() -> None:
    texts = pa.array(["하나 둘", "셋"])
    assert apply_cuts(texts, 0, _cuts([(1, 0, -1)]))[0].to_pylist() == ["하나 둘", ""]
    assert apply_cuts(texts, 10, _cuts([(1, 0, -1)]))[0] is texts


def test_cuts_of_other_documents_are_refused() -> None:
    with pytest.raises(ValueError, match="other documents"):
        apply_cuts(pa.array(["짧다"]), 0, _cuts([(0, 0, 99)]))

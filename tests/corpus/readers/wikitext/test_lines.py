"""Headings, list marks and closing sections, and what is left where something was dropped."""

import pytest

from corpus.readers.wikitext.holes import BEFORE, REACH, hole, mended
from corpus.readers.wikitext.lines import LAST_SECTIONS, LIST_MARKS, paragraphs
from corpus.readers.wikitext.private import HOLE


@pytest.mark.parametrize(
    ("wikitext", "text"),
    [
        # headings
        *((f"{'=' * level} 가 {'=' * level}\n나", "가\n\n나") for level in range(1, 7)),
        ("======= 가 =======\n나", "= 가 =\n\n나"),
        ("=== 가 ==\n나", "= 가\n\n나"),
        ("== 가 ===\n나", "가 =\n\n나"),
        ("== 가\n나", "== 가\n나"),
        ("==\n나", "==\n나"),
        ("===\n나", "===\n나"),
        ("====\n나", "====\n나"),
        ("=가=\n나", "가\n\n나"),
        ("==  ==\n나", "== ==\n나"),
        # those of sections without text
        ("== 가 ==\n== 나 ==\n다", "나\n\n다"),
        ("== 가 ==\n=== 나 ===\n다", "가\n\n나\n\n다"),
        ("=== 가 ===\n== 나 ==\n다", "나\n\n다"),
        ("== 가 ==\n=== 나 ===\n=== 다 ===\n라", "가\n\n다\n\n라"),
        ("== 가 ==\n=== 나 ===\n다\n== 라 ==\n마", "가\n\n나\n\n다\n\n라\n\n마"),
        ("가\n== 나 ==", "가"),
        # closing sections, with the sections in them
        *((f"가\n== {title.title()} ==\n나", "가") for title in sorted(LAST_SECTIONS)),
        ("가\n== 각주 ==\n나\n=== 다 ===\n라\n== 마 ==\n바", "가\n\n마\n\n바"),
        ("가\n=== 각주 ===\n나\n=== 다 ===\n라", "가\n\n다\n\n라"),
        ("가\n=== 각주 ===\n나\n== 다 ==\n라", "가\n\n다\n\n라"),
        ("가\n== 각주 ==\n나\n=== 다 ===\n라\n==== 마 ====\n바", "가"),
        ("== 나 ==\n=== 각주 ===\n다\n=== 라 ===\n마", "나\n\n라\n\n마"),
        ("가\n== 각주와 출처 ==\n나", "가\n\n각주와 출처\n\n나"),
        # lists, spaces and lines of marks
        *((f"{mark}{mark} 가\n나", "가\n나") for mark in LIST_MARKS),
        ("*#:; 가", "가"),
        ("가 * 나", "가 * 나"),
        ("  가  나\t다 \t 라   마 ", "가 나\t다 라 마"),
        ("가\n\n\n\n나", "가\n\n나"),
        ("가\n|-\n!\n나", "가\n나"),
        ("가\n—:;,.\n나", "가\n나"),
        ("가\n*\n나", "가\n\n나"),
    ],
)
def test_lines(wikitext: str, text: str) -> None:
    assert paragraphs(wikitext) == text


@pytest.mark.parametrize(
    ("line", "text"),
    [
        *((f"가({sign}#{sign}) 나", "가 나") for sign in ",;:·/~、，–-"),
        *((f"가 {sign}#{other} 나", "가 나") for sign, other in ("()", "（）", "(）")),
        ("가(#, 나)", "가(나)"),
        ("가(#나)", "가(나)"),
        ("가(나, #)", "가(나)"),
        ("가(나; #, 다)", "가(나; 다)"),
        ("가(나, #; 다)", "가(나, 다)"),
        ("가(#, #)", "가"),
        ("가(# ~ #)", "가"),
        ("가(((#)))", "가"),
        ("가((((#))))", "가()"),
        ("가 ( , ( , ( , # , ) , ) , ) 나", "가 나"),
        ("가(나 ((#)))", "가(나)"),
        *((f"가 #{sign} 나", f"가{sign} 나") for sign in ".,;:!?)）。、"),
        ("# 가", "가"),
        ("가 # 나", "가 나"),
        ("가 () 나", "가 () 나"),
        ("가( ~ )", "가"),
        ("가(나, ~ )", "가(나)"),
        ("가(나; ~)", "가(나)"),
        ("가 ~ 나", "가 ~ 나"),
        ("가[#] 나", "가[] 나"),
        ("", ""),
    ],
)
def test_holes(line: str, text: str) -> None:
    assert mended(line.replace("#", HOLE)) == text


def test_a_hole_is_left_only_where_something_can_be_left() -> None:
    assert [hole(f"가{sign}") for sign in BEFORE] == [HOLE] * len(BEFORE)
    assert [hole(before) for before in ("", "가", "가.", "(가")] == [""] * 4


@pytest.mark.parametrize("distance", range(2 * REACH + 4))
def test_holes_far_from_each_other_are_mended_as_one_by_one(distance: int) -> None:
    """Patterns are applied around holes only; what lies between does not change what they do."""
    between = "나" * distance
    brackets = f"가 (({HOLE})) {between} (라, {HOLE} / {HOLE}) 다 ({HOLE}, 마)"
    assert mended(brackets) == f"가 {between} (라) 다 (마)"
    assert mended(f"{'가 ' * distance}(({HOLE}, {HOLE}) / {HOLE}) 끝") == f"{'가 ' * distance}끝"

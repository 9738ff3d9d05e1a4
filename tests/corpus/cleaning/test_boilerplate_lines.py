"""The kernels of boilerplate lines beside plain Python over one text."""

from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.cleaning.boilerplate_lines import Limits, _line_key, cut, eligible_lines
from corpus.kernels.utf8 import LETTER, classes
from corpus.structure import Kind, definition
from corpus.structure.sentences import CLOSING, ENDINGS, STOPS
from tests.helpers.borders import at_each_border
from tests.helpers.compiled import callable_alone

line_key = callable_alone(_line_key)

LIMITS = Limits(edge_lines=2, edge_letters=6, letters=16, max_bytes=70)
NEVER = (Kind.TABLE, Kind.CODE, Kind.VERSE, Kind.FORMULA, Kind.SIGNS)
# Letters at, below and above each limit; what ends a sentence and what does not; every kind of block.
LINES = [
    *("가나다", "가나", "abcdef", "abcde", "가나다라마바사아", "가나다라마바사", "漢字와 é ñ", "ﾊﾝｶｸ カナ x"),
    *(
        "이 문서는 예고 없이 바뀔 수 있으므로",
        "이 문서는 예고 없이 바뀔 수 있다.",
        "바뀔 수 있으므로 (보시고)",
        "글이다. ",
    ),
    *("This line goes on and on", "This line ends here.", '"This line ends here."', "x" * 70, "x" * 71, "a" * 15 + "é"),
    *(
        "## 주의할 것",
        "# Heading here",
        "주의할 것",
        "Bibliography",
        "Bibliography.",
        "다음과 같습니다: **",
        "설명은 이렇다:",
    ),
    *(
        "가" * 19 + "abc",
        "가" * 20 + "a",
        "- 항목 하나이다",
        "- 항목 둘이다",
        "> 인용한 글이다",
        "> quoted text",
        "---",
    ),
    *("|이름 하나|값 하나|", "|---|---|", "```", "int main() {", "$$", "", "", "", " ", "\t", "ends with a colon: "),
]
LEARNED = st.sets(st.sampled_from(LINES), max_size=12)
TEXTS = st.lists(st.lists(st.sampled_from(LINES), min_size=1, max_size=16).map("\n".join), min_size=1, max_size=4)


def letters(line: str) -> int:
    return sum(2 if ord(c) >= 0x2E80 else 1 for c in line if classes()[ord(c)] == LETTER)


def size(line: str) -> int:
    return len(line.encode())


def eligible(lines: list[str], kinds: list[Kind]) -> list[bool]:
    filled = [k for k, kind in enumerate(kinds) if kind != Kind.BLANK]
    edges = {*filled[: LIMITS.edge_lines], *filled[max(len(filled) - LIMITS.edge_lines, 0) :]}
    return [
        kind not in (*NEVER, Kind.BLANK)
        and size(line) <= LIMITS.max_bytes
        and letters(line) >= (LIMITS.edge_letters if k in edges else LIMITS.letters)
        for k, (line, kind) in enumerate(zip(lines, kinds, strict=True))
    ]


def closed(line: str) -> bool:
    left = line.rstrip(CLOSING + " \t")
    ends = [k for k in range(len(left), len(line) + 1) if line[:k] and line[k - 1] in STOPS + ENDINGS]
    return bool(ends)


def without(text: str, learned: Collection[str]) -> tuple[str, int]:
    """The text without the learned lines on which nothing around them depends, and how many lines went."""
    lines, kinds = text.split("\n"), definition.kinds(text)
    count = len(lines)
    known = [line in learned and fit for line, fit in zip(lines, eligible(lines, kinds), strict=True)]

    def runs_into(k: int) -> bool:
        prose = kinds[k : k + 2] == [Kind.PROSE, Kind.PROSE]
        return prose and not closed(lines[k]) and letters(lines[k]) >= LIMITS.letters

    def is_label(k: int) -> bool:
        alone = (k == 0 or kinds[k - 1] == Kind.BLANK) and kinds[k + 1 : k + 2] == [Kind.BLANK]
        return kinds[k] == Kind.HEADING or (
            kinds[k] == Kind.PROSE and alone and size(lines[k]) <= 60 and not closed(lines[k])
        )

    def stays(k: int, next_filled: int | None) -> bool:
        """Whether a known line must stay for what is around it."""
        if k and not known[k - 1] and runs_into(k - 1):
            return True
        if k + 1 < count and not known[k + 1] and runs_into(k):
            return True
        if next_filled is None or known[next_filled]:
            return False
        following = kinds[next_filled]
        if following not in (Kind.PROSE, Kind.HEADING, Kind.SIGNS):
            return True
        if (lines[k].rstrip(" *") or lines[k][0])[-1] == ":":
            return True
        if kinds[k] == Kind.HEADING and following != Kind.HEADING:
            return True
        return kinds[k] == Kind.PROSE and 2 * k > count and size(lines[k]) <= 60

    changed = True
    while changed:
        before = list(known)
        k = 0
        while k < count:
            stop = k + 1
            next_filled = next((j for j in range(stop, count) if kinds[j] != Kind.BLANK), None)
            if kinds[k] in (Kind.LIST, Kind.QUOTE):
                while stop < count and kinds[stop] == kinds[k]:
                    stop += 1
                if not all(known[k:stop]):
                    known[k:stop] = [False] * (stop - k)
            elif kinds[k] != Kind.BLANK and known[k]:
                known[k] = not stays(k, next_filled)
            elif kinds[k] != Kind.BLANK and next_filled is not None and known[next_filled] and is_label(k):
                body = next_filled + 1
                while body < count and not is_label(body):
                    body += 1
                if all(known[j] or kinds[j] == Kind.BLANK for j in range(next_filled, body)):
                    known[next_filled:body] = [False] * (body - next_filled)
            k = stop
        changed = known != before
    if not any(known):
        return text, 0
    out, blank = "", False
    for line, gone in zip(lines, known, strict=True):
        if not line:
            blank = True
        elif not gone:
            out += ("\n\n" if blank else "\n") * bool(out) + line
            blank = False
    return out, sum(known)


def key(line: str, scope: int) -> int:
    data = np.frombuffer(line.encode() + b"z" * 80, np.uint8)
    return int(line_key(data, 0, size(line), np.uint64(scope)))


def check(texts: list[str], learned: Collection[str], scopes: list[int]) -> None:
    keys = np.array(sorted({key(line, scope) for line in learned for scope in set(scopes)}), np.uint64)
    array = pa.array(texts)
    for more in (array, pa.array([*texts, "x" * 80])[: len(texts)]):  # with room behind, blocks are read to the end
        found, removed = cut(more, np.array(scopes, np.uint64), LIMITS, keys)
        assert list(zip(found.to_pylist(), removed.tolist(), strict=True)) == [without(t, learned) for t in texts]


@given(TEXTS, LEARNED)
@settings(max_examples=250)
@example(["가나다\n글\n가나다\n글\n가나다\n글\n가나다"], {"가나다"})  # only at the edges
@example(["가나다\n\n가나다라마바사아\n\n가나다"], {"가나다", "가나다라마바사아"})
def test_lines_are_cut_as_in_plain_python(texts: list[str], learned: set[str]) -> None:
    check(texts, learned, [7] * len(texts))


def test_every_line_that_goes_before_and_behind_every_line_that_stays() -> None:
    """At the top of a page, and in its lower half as a paragraph of its own."""
    for line in sorted({line for line in LINES if letters(line) >= LIMITS.edge_letters}):
        others = [other for other in dict.fromkeys(LINES) if other != line]
        forms = [f"{line}\n{other}" for other in others]
        forms += [f"글이다.\n글이다.\n\n{line}\n\n{other}" for other in others]
        check([*forms, *(f"{other}\n{line}" for other in others)], {line}, [7] * 3 * len(others))


@pytest.mark.parametrize("least", [5, 6])
def test_letters_are_counted_across_the_borders_of_blocks(least: int) -> None:
    """A line of 6 letters at every offset; and long ones, whose sixteenth letter is in another block than the first."""
    lines = [
        "가나다",
        "가abcd",
        "é가xyz",
        "a 漢字 b",
        "가" * 8,
        "가나다라마바사 a",
        "- " + "x" * 16,
        "!" * 60 + "가" * 2,
    ]
    wanted = [line for line in lines if letters(line) >= least]
    check(at_each_border("\n" + "\n".join(lines)), wanted, [3] * len(at_each_border("")))


@given(st.lists(st.tuples(st.lists(st.sampled_from(LINES), max_size=9).map("\n".join), st.integers(1, 3)), max_size=6))
def test_lines_are_counted_once_for_each_document(documents: list[tuple[str, int]]) -> None:
    expected: dict[int, list[int]] = {}
    for row, (text, scope) in enumerate(documents):
        lines = text.split("\n")
        fit = eligible(lines, definition.kinds(text))
        mine = {key(line, scope) for line, good in zip(lines, fit, strict=True) if good}
        for found in {scope, *mine}:
            expected.setdefault(found, []).append(row)
    texts, scopes = (list(column) for column in zip(*documents, strict=True)) if documents else ([], [])
    keys, counts, firsts = eligible_lines(pa.array(texts, pa.string()), np.array(scopes, np.uint64), LIMITS)
    told = zip(keys.tolist(), counts.tolist(), firsts.tolist(), strict=True)
    assert list(told) == [(found, len(rows), rows[0]) for found, rows in sorted(expected.items())]


def test_the_same_line_of_another_site_stays() -> None:
    line, scopes = "이 문서는 예고 없이 바뀔 수 있다.", np.array([1, 2], np.uint64)
    texts = pa.array([f"글이다.\n{line}", f"글이다.\n{line}"])
    found, removed = cut(texts, scopes, LIMITS, np.array([key(line, 2)], np.uint64))
    assert found.to_pylist() == [f"글이다.\n{line}", "글이다."]
    assert removed.tolist() == [0, 1]

"""Fingerprints, and how far two places agree, beside plain Python over lists of units."""

from itertools import groupby

import numpy as np
import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.duplicates.shingles import BASE
from corpus.kernels import hashing
from corpus.kernels.units import units
from corpus.kernels.utf8 import string_buffers
from corpus.repeats.spans_kernel import PARAGRAPH, Grain, agreements, fingerprints, grain, paragraph_starts
from tests.helpers.compiled import callable_alone

mix64 = callable_alone(hashing.mix64)

PIECES = [
    "가",
    "나",
    "다",
    "ab ",
    "c ",
    "\n",
    "\n\n",
    ". ",
    " -",
    "−",
    "+",
    "#",
    "<",
    "=",
    ">",
    "×",
    "÷",
    "-+",
    "+-",
    "/",
]
TEXT = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
LONG = st.lists(st.sampled_from(["가", "나", "ab ", "c ", "가나다라마바", "d e f g ", "\n"]), max_size=70).map("".join)
SIGNS = set("+-#<=>×÷")


class Text:
    """The units of one text: hash, whether it is a character alone, where it begins and ends; and what is between."""

    def __init__(self, text: str) -> None:
        data = text.encode()
        found = units(pa.array([text]))
        self.hashes, self.alone = found.hashes.tolist(), found.alone.tolist()
        self.starts, self.ends = found.starts.tolist(), found.ends.tolist()
        self.between = [data[a:b].decode() for a, b in zip([0, *self.ends], self.starts, strict=False)]
        self.opens = [not k or "\n" in gap for k, gap in enumerate(self.between)]
        self.signs = [[c for c in gap.replace("−", "-") if c in SIGNS] for gap in self.between]


def gram(hashes: list[int]) -> int:
    key = 0
    for value in hashes:
        key = (key * int(BASE) + value) % 2**64
    return int(mix64(np.uint64(key)))


def plain_fingerprints(text: Text, least: int, spans: Grain | None) -> set[tuple[int, int]]:
    """(hash, place) of paragraphs and of the rightmost smallest n-gram of every window."""
    count = len(text.hashes)
    opens = [k for k in range(count) if text.opens[k]]
    found = set()
    for first, stop in zip(opens, [*opens[1:], count], strict=False):
        if stop - first >= least:
            found.add((int(mix64(np.uint64(gram(text.hashes[first:stop])))), text.starts[first] + int(PARAGRAPH)))
    if spans is None:
        return found
    sizes = [spans.syllables if alone else spans.words for alone in text.alone]
    last = next((k for k in range(count) if k + sizes[k] > count), count)
    grams = [gram(text.hashes[k : k + sizes[k]]) for k in range(last)]
    window = spans.long_window if sum(text.alone) > count / 2 else spans.short_window
    for first in range(last - window + 1):
        best = min(range(first, first + window), key=lambda k: (grams[k], -k))
        found.add((grams[best], text.starts[best]))
    return found


@given(st.lists(LONG, min_size=1, max_size=3), st.integers(1, 40), st.sampled_from([None, grain(100), grain(200)]))
@settings(max_examples=150)
@example(["가" * 100], 100, grain(200))  # equal n-grams: the last one of each window
@example(["가" * 55, "가" * 54, "ab " * 27, "ab " * 26], 55, grain(200))  # exactly one window, and one unit less
@example(["가" * 23, "가" * 22, "ab " * 10, "ab " * 9], 55, grain(100))
@example(["가 ab " * 30], 61, grain(200))  # as many characters as words
@example(["가" * 9 + "\n" + "나" * 10], 10, None)
def test_fingerprints_are_those_of_plain_python(texts: list[str], least: int, spans: Grain | None) -> None:
    column = pa.array(texts)
    scanned = units(column)
    newlines = paragraph_starts(*string_buffers(column), scanned)
    plain = [Text(text) for text in texts]
    assert newlines.tolist() == [opens for text in plain for opens in text.opens]
    made = fingerprints(scanned, newlines, 5, least, spans).tolist()
    expected = {
        (key, number, place)
        for number, text in enumerate(plain, 5)
        for key, place in plain_fingerprints(text, least, spans)
    }
    assert len(made) == len(expected)
    assert {tuple(row) for row in made} == expected


def test_grains_are_those_of_long_and_of_short_spans() -> None:
    assert [grain(size) for size in (100, 199)] == [Grain(10, 5, 14, 6)] * 2
    assert [grain(size) for size in (200, 500)] == [Grain(24, 12, 32, 16)] * 2


def plain_agreement(one: Text, i: int, other: Text, j: int, paragraph: bool, same: bool) -> tuple[int, int] | None:
    """The units of `one` that agree with `other` from unit i and j on, to both sides: first, and after the last."""

    def agree(a: int, b: int) -> bool:
        return 0 <= a < len(one.hashes) and 0 <= b < len(other.hashes) and one.hashes[a] == other.hashes[b]

    room = i - j if same else len(one.hashes)
    right = 1
    while right < room and agree(i + right, j + right) and one.signs[i + right] == other.signs[j + right]:
        if paragraph and one.opens[i + right]:
            break
        right += 1
    if paragraph:
        end = i + right
        return (i, end) if end == len(one.hashes) or one.opens[end] else None
    left = 0
    while agree(i - left - 1, j - left - 1) and one.signs[i - left] == other.signs[j - left]:
        left += 1
    return i - min(left, max(room - right, 0) if same else left), i + right


@given(st.lists(TEXT, min_size=1, max_size=3), st.integers(1, 30), st.data())
@settings(max_examples=300)
def test_agreements_are_those_of_plain_python(texts: list[str], least: int, data: st.DataObject) -> None:
    plain = [Text(text) for text in texts]
    places = [(d, k) for d, text in enumerate(plain) for k in range(len(text.hashes))]
    equal = [
        (d, i, e, j, paragraph)
        for d, i in places
        for e, j in places
        if (e < d or (e == d and j < i)) and plain[d].hashes[i] == plain[e].hashes[j]
        for paragraph in ([False, True] if e != d and plain[d].opens[i] and plain[e].opens[j] else [False])
    ]
    chosen = data.draw(st.lists(st.sampled_from(equal), max_size=12, unique=True)) if equal else []

    def record(d: int, i: int, e: int, j: int, paragraph: bool) -> tuple[int, int, int, int]:
        more = int(PARAGRAPH) * paragraph
        return d, plain[d].starts[i] + more, e, plain[e].starts[j] + more

    chosen.sort(key=lambda pair: record(*pair))
    expected = []
    for _, group in groupby(chosen, key=lambda pair: pair[0]):
        covered = -1
        for d, i, e, j, paragraph in group:
            one = plain[d]
            span = None
            if paragraph or one.starts[i] >= covered:
                span = plain_agreement(one, i, plain[e], j, paragraph, d == e)
            bounds = (one.starts[span[0]], one.ends[span[1] - 1]) if span else (-1, -1)
            if not paragraph and bounds[1] - bounds[0] < least:
                bounds = -1, -1
            if not paragraph:
                covered = max(covered, bounds[1])
            expected.append(bounds)
    column = pa.array(texts)
    scanned = units(column)
    newlines = paragraph_starts(*string_buffers(column), scanned)
    pairs = np.array([record(*pair) for pair in chosen], np.int64).reshape(-1, 4)
    assert agreements(column, scanned, newlines, pairs, least).tolist() == [list(bounds) for bounds in expected]

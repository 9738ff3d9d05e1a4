"""Alignment beside plain Python: the gaps themselves, and that what is outside of them is equal."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpus.kernels.alignment import gaps
from tests.corpus.duplicates.plain_facts import plain_gaps

UNITS = st.lists(st.integers(1, 9), max_size=40)
FEW = [1, 2, 2, 1, 1, 3, 3, 2] * 9  # every run of two words occurs more than once: no anchor


def found(left: list[int], right: list[int]) -> list[tuple[int, ...]]:
    return [tuple(gap) for gap in gaps(np.array(left, np.uint64), np.array(right, np.uint64)).tolist()]


@given(UNITS, UNITS, UNITS)
@example([], [], [])
@example([1], [], [1])
@example([4, 5, 6, 7, 1, 1, 8, 9], [8, 9, 4, 5, 2, 6, 7], [])  # a passage was moved
@example([1, 2, 3, 4], [4, 3, 2, 1], [])
@example([1, 2, 1, 2, 3], [1, 2, 3], [])  # twice in one text
@example([5, 6, 9, 5, 7], [6, 5, 9, 7, 5], [1])
def test_gaps_are_those_of_plain_python(left: list[int], right: list[int], both: list[int]) -> None:
    """And what is outside of them is equal. `both`: in the middle of either text."""
    left, right = ([*side[: len(side) // 2], *both, *side[len(side) // 2 :]] for side in (left, right))
    made = found(left, right)
    assert made == plain_gaps(left, right)  # type: ignore[arg-type]  # any keys
    a = b = 0
    for first, last, begin, end in [*made, (len(left), len(left), len(right), len(right))]:
        assert left[a:first] == right[b:begin]
        a, b = last, end


@pytest.mark.parametrize(("size", "split"), [(63, True), (64, True), (65, False)])
@pytest.mark.parametrize("shorter", [0, 7])
def test_of_a_gap_of_64_words_the_longest_common_part_is_taken_out(size: int, split: bool, shorter: int) -> None:
    """On either side; of a longer one nothing."""
    left = [20, 21, 40, *FEW[: size - 2], 41, 22, 23]
    right = [20, 21, 42, *FEW[1 : size - 2 - shorter], 43, 22, 23]
    for one, other in ((left, right), (right, left)):
        made = found(one, other)
        assert made == plain_gaps(one, other)  # type: ignore[arg-type]
        assert (len(made) > 1) == split


def test_an_exchanged_unit_is_one_gap() -> None:
    text = list(range(1, 300))
    assert found(text, [*text[:150], 1000, *text[151:]]) == [(150, 151, 150, 151)]

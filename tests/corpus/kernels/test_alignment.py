"""Alignment against a plain longest common subsequence, and what must hold for any two texts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from corpus.kernels.alignment import gaps

UNITS = st.lists(st.integers(1, 6), max_size=40)


def _aligned(left: list[int], right: list[int]) -> int:
    """How many units are outside of all gaps; those must be equal, in their order."""
    found = gaps(np.array(left, np.uint64), np.array(right, np.uint64)).tolist()
    a = b = equal = 0
    for first, last, begin, end in [*found, [len(left), len(left), len(right), len(right)]]:
        assert a <= first <= last
        assert b <= begin <= end
        assert left[a:first] == right[b:begin]
        equal += first - a
        a, b = last, end
    assert (a, b) == (len(left), len(right))
    return equal


def _longest(left: list[int], right: list[int]) -> int:
    row = [0] * (len(right) + 1)
    for one in left:
        before = row
        row = [0]
        for place, two in enumerate(right):
            row.append(before[place] + 1 if one == two else max(before[place + 1], row[place]))
    return row[-1]


@given(UNITS, UNITS)
def test_what_is_outside_of_gaps_is_equal(left: list[int], right: list[int]) -> None:
    assert _aligned(left, right) <= _longest(left, right)


def test_an_exchanged_unit_is_one_gap() -> None:
    text = list(range(1, 300))
    other = [*text[:150], 1000, *text[151:]]
    assert gaps(np.array(text, np.uint64), np.array(other, np.uint64)).tolist() == [[150, 151, 150, 151]]

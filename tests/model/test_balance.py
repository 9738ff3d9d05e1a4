"""Work over ranks: the dearest first, each to whom has least."""

import heapq

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.balance import balanced


@pytest.mark.parametrize(
    ("costs", "ranks", "owners"),
    [
        ([2, 3, 2, 3, 2], 2, [0, 0, 1, 1, 0]),  # of equal cost the first first; of equal load the first rank
        ([1, 1, 2], 2, [1, 1, 0]),  # the last is the dearest
        ([1, 1, 1, 3], 2, [1, 1, 1, 0]),
        ([5, 5], 4, [0, 1]),
        ([0, 0, 7], 2, [1, 1, 0]),
        ([], 3, []),
    ],
)
def test_by_hand(costs: list[int], ranks: int, owners: list[int]) -> None:
    assert balanced(costs, ranks) == owners


@given(st.lists(st.integers(0, 20), max_size=30), st.integers(1, 6))
def test_as_with_a_heap(costs: list[int], ranks: int) -> None:
    loads = [(0, rank) for rank in range(ranks)]
    owners = [-1] * len(costs)
    for cost, number in sorted((-cost, number) for number, cost in enumerate(costs)):
        load, owners[number] = heapq.heappop(loads)
        heapq.heappush(loads, (load - cost, owners[number]))
    assert balanced(costs, ranks) == owners

"""Work divided over ranks."""

from collections.abc import Sequence


def balanced(costs: Sequence[int], ranks: int) -> list[int]:
    """The rank that takes each item, so that all have about the same cost: the dearest item first, to the rank that has
    least. Every rank comes to the same answer."""
    owners, load = [0] * len(costs), [0] * ranks
    for number in sorted(range(len(costs)), key=lambda n: (-costs[n], n)):
        owners[number] = load.index(min(load))
        load[owners[number]] += costs[number]
    return owners

"""The benchmark of repeated substrings counts what the definition says: against sets of slices, and against substrings
that occur twice."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.substrings import excess, outside
from corpus.repeats.cuts import CUTS

PIECES = st.lists(st.binary(max_size=12).map(lambda b: bytes(c % 3 for c in b)), max_size=6)


@given(PIECES, st.integers(1, 6))
def test_excess_is_windows_minus_distinct_windows(pieces: list[bytes], size: int) -> None:
    windows = [piece[i : i + size] for piece in pieces for i in range(len(piece) - size + 1)]
    assert excess(pieces, size) == len(windows) - len(set(windows))


@given(PIECES, st.integers(1, 6))
def test_there_is_excess_where_a_substring_of_that_length_occurs_twice(pieces: list[bytes], size: int) -> None:
    places = [
        (piece[i:j], n, i)
        for n, piece in enumerate(pieces)
        for i in range(len(piece))
        for j in range(i + size, len(piece) + 1)
    ]
    twice = len({text for text, *_ in places}) < len(places)
    assert (excess(pieces, size) > 0) == twice


def test_what_is_outside_of_the_ranges() -> None:
    column = pa.array(["abcdefgh", "xyz"])
    cuts = pa.table({"row": [0, 0, 0], "start": [1, 2, 6], "end": [3, 4, 7], "kind": ["span"] * 3}, schema=CUTS)
    assert outside(column, cuts) == [b"a", b"", b"ef", b"h", b"xyz"]

"""Entries of unreadable records: neighbours are joined, and nothing is lost or counted twice."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.document import Unreadable
from corpus.errors import UserError
from corpus.readers.columns import Columns, dotted, merged, require, runs

ENTRIES = st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 3), st.booleans()), max_size=30)


def rows_of(entries: list[Unreadable]) -> list[tuple[str, int]]:
    return [(lost.reason, lost.row + n) for lost in entries for n in range(lost.records)]


@given(st.sets(st.integers(0, 30)))
def test_runs_are_neighbouring_rows(rows: set[int]) -> None:
    ascending = sorted(rows)
    found = runs(np.array(ascending, np.int64), "r", b"s")
    assert rows_of(found) == [("r", row) for row in ascending]
    assert len(found) == sum(row - 1 not in rows for row in rows)  # as few as possible
    assert all((lost.offset, lost.sample) == (-1, b"s") for lost in found)


@given(ENTRIES, st.integers(0, 6))
def test_after_so_many_entries_neighbours_are_joined(told: list[tuple[str, int, bool]], most: int) -> None:
    row, entries = 0, []
    for reason, records, gap in told:
        row += gap
        entries.append(Unreadable(row, row, reason, b"", records))
        row += records
    found = merged(entries, most)
    assert rows_of(found) == rows_of(entries)
    assert found == entries or len(entries) > most
    for one, two in pairwise(found):  # what could still be joined is among the first of its reason
        if one.reason == two.reason and one.row + one.records == two.row:
            assert sum(lost.reason == two.reason for lost in entries if lost.row <= two.row) <= most


def test_records_without_a_text_are_moved_with_their_rows() -> None:
    text, url = pa.array(["a", None, None, "b", None]), pa.array(["u", "v", "w", "x", "y"])
    before = Unreadable(0, 0, "bad", b"")
    columns = Columns(np.array([1, 2, 3, 5, 9]), {"text": text, "url": url}, [before])
    found = require(columns, "text")
    assert (found.rows.tolist(), found.columns["url"].to_pylist()) == ([1, 5], ["u", "x"])
    assert found.unreadable == [before, Unreadable(2, -1, "null text", b"", 2), Unreadable(9, -1, "null text", b"", 1)]
    assert require(columns, "url") is columns
    assert require(columns._replace(columns={"text": url, "url": text}), "url").unreadable[1].reason == "null url"
    assert require(columns, "text", "gone", b"s").unreadable[1] == Unreadable(2, -1, "gone", b"s", 2)


def test_only_more_than_so_many_entries_are_joined() -> None:
    """Of each reason by itself the first are told one by one."""
    entries = [Unreadable(row, row, reason, b"") for row, reason in enumerate("aaabbbaaa")]
    assert merged(entries, 9) == entries
    found = [(lost.row, lost.reason, lost.records) for lost in merged(entries, 2)]
    assert found == [(0, "a", 1), (1, "a", 2), (3, "b", 1), (4, "b", 2), (6, "a", 3)]


def test_names_joined_by_dots() -> None:
    assert [dotted(path) for path in ("a", "a.b", "글.b c.d")] == [("a",), ("a", "b"), ("글", "b c", "d")]
    for path in ("", ".", "a.", ".a", "a..b"):
        with pytest.raises(UserError, match=f"^field {path!r}: expected a name"):
            dotted(path)

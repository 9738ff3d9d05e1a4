"""Intermediate documents lose nothing by being stored without the texts that a step did not change."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.stored import (
    CHANGED,
    ROW,
    batches,
    changed_lengths,
    compressed,
    filled,
    put_changed,
    read_table,
    row_of,
    texts_at,
    where_changed,
)

BEFORE = pa.schema([("id", pa.string()), ("text", pa.string())])
AFTER = BEFORE.append(ROW)
TEXT = st.sampled_from(["", "a", "한글", "두 줄\n이다", "the same", "\U0001f600"])
# Batches of (text before, text after or None where the step dropped the document).
STEPS = st.lists(st.lists(st.tuples(TEXT, TEXT | st.none()), min_size=1, max_size=6), max_size=4)


def write(folder: Path, steps: list[list[tuple[str, str | None]]]) -> tuple[Path, Path, list[tuple[str, str]]]:
    """A step before and one after it; what the second one kept as (id, text)."""
    paths = folder / "before.arrow", folder / "after.arrow"
    kept = []
    with compressed(paths[0], BEFORE) as old, compressed(paths[1], AFTER) as new:
        for number, pairs in enumerate(steps):
            ids = [f"{number}-{row}" for row in range(len(pairs))]
            before = pa.array([text for text, _ in pairs], pa.string())
            old.write_batch(pa.RecordBatch.from_arrays([pa.array(ids), before], schema=BEFORE))
            rows = [row for row, (_, text) in enumerate(pairs) if text is not None]
            after = pa.array([pairs[row][1] for row in rows], pa.string())
            stored = where_changed(before.take(pa.array(rows, pa.int32())), after)
            mine = pa.array([ids[row] for row in rows], pa.string())
            new.write_batch(pa.RecordBatch.from_arrays([mine, stored, pa.array(rows, pa.int32())], schema=AFTER))
            kept += [(ids[row], str(pairs[row][1])) for row in rows]
    return *paths, kept


@settings(deadline=None, max_examples=60)
@given(STEPS)
def test_texts_are_filled_in_from_the_step_before(tmp_path_factory: pytest.TempPathFactory, steps: list) -> None:
    before, after, kept = write(tmp_path_factory.mktemp("steps"), steps)
    found = [(row["id"], row["text"]) for batch in filled(before, after) for row in batch.to_pylist()]
    assert found == kept
    rows = np.arange(0, len(kept), 2)
    assert texts_at(before, after, rows) == [kept[row][1] for row in rows.tolist()]
    some = [batch.schema for batch in filled(before, after, ["text"])]
    assert all((schema.names, schema.field("text").nullable) == (["text", "row"], False) for schema in some)


def test_what_did_not_change_takes_no_bytes(tmp_path: Path) -> None:
    texts = [f"{n} {np.random.default_rng(n).bytes(300).hex()}" for n in range(100)]
    before, after, _ = write(tmp_path, [[(text, text if n else "other") for n, text in enumerate(texts)]])
    stored = read_table(after)["text"]
    assert stored.null_count == 99
    assert stored.nbytes < 1000
    assert after.stat().st_size < before.stat().st_size / 10


def test_columns_rows_and_a_row_beyond_the_end(tmp_path: Path) -> None:
    before, _, _ = write(tmp_path, [[("a", "a"), ("b", "b")], [("c", "c")]])
    assert [batch.to_pydict() for batch in batches(before, ["text"])] == [{"text": ["a", "b"]}, {"text": ["c"]}]
    assert read_table(before, ["text", "id"]).column_names == ["id", "text"]
    assert [row_of(before, row).to_pylist()[0]["text"] for row in range(3)] == ["a", "b", "c"]
    with pytest.raises(IndexError, match="no row 3"):
        row_of(before, 3)


def test_parts_of_other_batches_are_told(tmp_path: Path) -> None:
    before, _, _ = write(tmp_path, [[("a", "a")], [("b", "b")]])
    other = tmp_path / "other"
    other.mkdir()
    _, after, _ = write(other, [[("a", "a")]])
    with pytest.raises(ValueError, match="zip"):
        list(filled(before, after))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(TEXT, TEXT | st.none()), max_size=12), st.integers(0, 12), st.integers(0, 12))
@example([("a", "x"), ("b", "y"), ("c", None), ("d", "z"), ("e", None)], 1, 4)  # some before them, and none behind
@example([("a", "x"), ("b", None), ("c", "y"), ("d", None)], 1, 4)
@example([("a", "x"), ("b", "y"), ("c", "z")], 1, 2)
def test_changed_texts_take_the_place_of_theirs(
    tmp_path_factory: pytest.TempPathFactory, rows: list, first: int, last: int
) -> None:
    """None: unchanged. Of any stretch of rows, and their lengths."""
    path = tmp_path_factory.mktemp("changed") / "texts.arrow"
    changed = [(row, text) for row, (_, text) in enumerate(rows) if text is not None]
    columns = [pa.array([row for row, _ in changed], pa.int64()), pa.array([text for _, text in changed], pa.string())]
    with compressed(path, CHANGED) as writer:
        writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=CHANGED))
    expected = [before if after is None else after for before, after in rows]
    chosen = np.arange(len(rows))[first:last]
    texts = pa.array([rows[row][0] for row in chosen.tolist()], pa.string())
    assert put_changed(texts, chosen, read_table(path)).to_pylist() == expected[first:last]
    lengths = np.array([len(before.encode()) for before, _ in rows], np.int64)
    assert changed_lengths(lengths, path).tolist() == [len(text.encode()) for text in expected]

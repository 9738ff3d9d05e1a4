"""Documents of many parts under one numbering, and who survives of a group, beside plain Python over lists of rows."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpus.duplicates.documents import Documents, first_of_groups, join_ranks, priority_of, ranks

SCHEMA = pa.schema(
    [("id", pa.string()), ("text", pa.string()), ("source", pa.string()), ("quality", pa.float32())]
)  # fmt: skip
PRIORITIES = {"web": 2, "pile": 1}
# Equal in some of what decides, often; bytes and characters of a text are two lengths.
ROW = st.tuples(
    st.sampled_from("abcdef"),
    st.sampled_from(["", "a", "가", "abc", "나나"]),
    st.sampled_from(["web", "pile.x", "other", "web.ko"]),
    st.sampled_from([0.5, -1.0, 0.0, math.nan]),
)
PARTS = st.lists(st.lists(st.lists(ROW, max_size=3), max_size=3), min_size=1, max_size=4)  # of batches of rows
Row = tuple[str, str, str, float]


def written(folder: Path, parts: list[list[list[Row]]]) -> Documents:
    for number, batches in enumerate(parts):
        (folder / str(number)).mkdir()
        path = folder / str(number) / "documents.arrow"
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, SCHEMA) as writer:
            for rows in batches:
                columns = [pa.array([row[n] for row in rows], SCHEMA.field(n).type) for n in range(4)]
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=SCHEMA))
        count = sum(map(len, batches))
        np.save(folder / str(number) / "signatures.npy", np.arange(2 * count, dtype=np.uint32).reshape(-1, 2) + number)
    return Documents.open([folder / str(number) for number in range(len(parts))])


def order(row: Row, number: int) -> tuple[Any, ...]:
    name, text, source, quality = row
    rank = PRIORITIES.get(source.split(".")[0], 100)
    return rank, math.inf if math.isnan(quality) else -quality, -len(text.encode()), name, number


@given(PARTS, st.data())
@example([[[("b", "a", "web", 0.5), ("a", "a", "web", 0.5)], [("a", "a", "web", 0.5)]], []], None)
def test_documents_are_those_of_a_list(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[list[Row]]], data: st.DataObject | None
) -> None:
    folder = tmp_path_factory.mktemp("documents")
    documents = written(folder, parts)
    places = [(p, row) for p, batches in enumerate(parts) for row in range(sum(map(len, batches)))]
    rows = [row for batches in parts for batch in batches for row in batch]
    assert documents.count == len(rows)
    chosen = sorted(data.draw(st.sets(st.sampled_from(range(len(rows)))))) if data and rows else list(range(len(rows)))
    numbers = np.array(chosen, np.int64)
    assert list(zip(*(c.tolist() for c in documents.locate(numbers)), strict=True)) == [places[n] for n in chosen]
    assert documents.numbers(*(np.array([places[n][k] for n in chosen], np.int64) for k in (0, 1))).tolist() == chosen
    assert documents.take("id", numbers).to_pylist() == [rows[n][0] for n in chosen]
    assert documents.take("text", numbers, pc.binary_length).to_pylist() == [len(rows[n][1].encode()) for n in chosen]
    assert documents.take_anywhere("id", numbers[::-1]).to_pylist() == [rows[n][0] for n in chosen[::-1]]
    if chosen:
        made = [[2 * row + p, 2 * row + 1 + p] for p, row in (places[n] for n in chosen)]
        assert documents.signatures(numbers).tolist() == made
    found = [(first + n, row["id"]) for p in range(len(parts)) for first, batch in documents.batches(p)
             for n, row in enumerate(batch.to_pylist())]  # fmt: skip
    assert found == [(n, row[0]) for n, row in enumerate(rows)]
    assert max(len(rows), 1) << documents.shift < 2**64 <= 2 * max(len(rows), 1) << documents.shift
    for size in (1, 2, 5):
        blocks = documents.blocks(size)
        every = [(p, row) for block in blocks for p, first, last in block for row in range(first, last)]
        assert every == places
        assert [sum(last - first for _, first, last in block) for block in blocks] == [
            min(size, len(rows) - at) for at in range(0, len(rows), size)
        ]
    for p in range(len(parts)):
        mine = [ranks(batch, PRIORITIES) for _, batch in documents.batches(p)]
        (folder / f"ranks{p}").mkdir()
        np.save(folder / f"ranks{p}" / "order.npy", np.concatenate([np.empty((0, 2), np.uint64), *mine]))
    join_ranks(folder, [folder / f"ranks{p}" for p in range(len(parts))], documents)
    of_all = np.load(folder / "order.npy")
    assert priority_of(of_all, numbers).tolist() == [order(rows[n], n)[0] for n in chosen]
    for most in (1, 2, 4) if chosen else ():
        groups = np.sort(np.random.default_rng(len(chosen)).integers(0, most, len(chosen)))
        groups = np.unique(groups, return_inverse=True)[1]
        best = [min((order(rows[n], n), n) for n, g in zip(chosen, groups, strict=True) if g == group)[1]
                for group in range(groups.max() + 1)]  # fmt: skip
        assert first_of_groups(documents, of_all, groups, numbers).tolist() == best


def test_files_that_were_written_again_are_read_again(tmp_path: Path) -> None:
    """Open files are kept in a process; those of another run in the same place are others."""
    for text in ("하나", "둘째 글"):
        for path in (tmp_path / "0").glob("*"):
            path.unlink()
        (tmp_path / "0").mkdir(exist_ok=True)
        (tmp_path / "0").rmdir()
        rows = [("a", text, "web", 0.5)] * len(text)
        documents = written(tmp_path, [[rows]])
        assert documents.take("text", np.array([0])).to_pylist() == [text]
        assert len(documents.signatures(np.arange(len(text)))) == documents.count == len(text)

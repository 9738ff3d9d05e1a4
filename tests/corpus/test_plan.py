"""Which rows make which shard, against a count by hand; that no step holds the whole corpus is measured."""

import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from corpus.duplicates.documents import Documents
from corpus.duplicates.dropped import index_dropped
from corpus.duplicates.join import DUPLICATES
from corpus.engine.task import TaskRecord
from corpus.plan import CHOSEN, ChooseTask, cut_shards
from corpus.stored import batches
from tests.corpus.test_commit import _part

SIZES = (3, 0, 5, 1, 4)  # documents of the parts


def table_of(path: Path, rows: np.ndarray, batch: int) -> Path:
    """A table of duplicates (part, row, survivor's part and row), `batch` rows at once."""
    columns = [pa.array(rows[:, i], DUPLICATES.field(i).type) for i in range(4)]
    columns += [pa.repeat("near", len(rows)), pa.repeat(pa.scalar(0.9, pa.float32()), len(rows))]
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, DUPLICATES) as writer:
        for first in range(0, len(rows), batch):
            writer.write_table(pa.table(columns, schema=DUPLICATES).slice(first, batch))
    return path


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_dropped_rows_and_copies_of_each_part(tmp_path: Path, batch: int) -> None:
    parts = [_part(tmp_path, n, ["x"] * size).directory for n, size in enumerate(SIZES)]
    chance = np.random.default_rng(batch)
    places = [(part, row) for part, size in enumerate(SIZES) for row in range(size)]
    gone = sorted(chance.choice(len(places), 6, replace=False).tolist())
    kept = [place for number, place in enumerate(places) if number not in gone]
    rows = np.array([(*places[number], *kept[chance.integers(len(kept))]) for number in gone])
    table = table_of(tmp_path / "duplicates.arrow", rows, batch)
    dropped = index_dropped(parts, table, tmp_path / "dropped")
    starts = Documents.open(parts, signed=False).starts
    for part, size in enumerate(SIZES):
        assert dropped.rows(part).tolist() == [row for p, row, *_ in rows.tolist() if p == part]
        expected = [1 + sum((p, r) == (part, row) for _, _, p, r in rows.tolist()) for row in range(size)]
        assert dropped.copies(starts[part], starts[part + 1]).tolist() == expected
    assert dropped.count().tolist() == np.bincount(rows[:, 0], minlength=len(SIZES)).tolist()
    assert sum(len(found) for found in batches(table)) == 6


def test_no_duplicates_at_all(tmp_path: Path) -> None:
    parts = [_part(tmp_path, 0, []).directory, _part(tmp_path, 1, ["x"]).directory]
    dropped = index_dropped(parts, table_of(tmp_path / "d", np.empty((0, 4), int), 1), tmp_path / "dropped")
    assert [dropped.rows(part).tolist() for part in (0, 1)] == [[], []]
    assert dropped.copies(0, 1).tolist() == [1]


def test_cutting_a_hundred_parts_holds_one_part(tmp_path: Path) -> None:
    """Twenty times the documents need no more memory; every document is in one piece, shards are as large as they
    may be."""

    def cut(parts: int) -> int:
        folder, tasks, records = tmp_path / str(parts), [], []
        for number in range(parts):
            place = folder / f"{number:03d}"
            place.mkdir(parents=True)
            rows = np.zeros(50_000, CHOSEN)
            rows["row"], rows["bytes"] = np.arange(50_000), 100 + number
            np.save(place / "train.npy", rows)
            tasks.append(
                ChooseTask("s", number, 0, 0, Path("d"), None, (), None, 0.0, place)  # type: ignore[arg-type]
            )
            records.append(TaskRecord(place, "", [], {}, {"train": 50_000, "validation": 0}))
        tracemalloc.start()
        shards = cut_shards(tasks, records, 30_000_000, folder)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert sum(shard.rows for shard in shards) == parts * 50_000
        assert sum(shard.bytes for shard in shards) == sum(50_000 * (100 + number) for number in range(parts))
        assert all(30_000_000 - 100 - parts < shard.bytes <= 30_000_000 for shard in shards[:-1])
        reached: dict[str, int] = {}
        for piece in (piece for shard in shards for piece in shard.pieces):
            assert piece.first == reached.get(piece.chosen.parent.name, 0)
            reached[piece.chosen.parent.name] = piece.last
        assert set(reached.values()) == {50_000}
        return peak

    small = cut(5)
    assert small > 400_000  # the ends of one part's texts
    assert cut(100) < small + 300_000

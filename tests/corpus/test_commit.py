"""Every kept row reaches exactly one shard, in order, with the number of documents it stands for."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import mmh3
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.clean import CLEAN_SCHEMA
from corpus.commit import write_duplicates, write_shard
from corpus.duplicates.dropped import index_dropped
from corpus.engine.task import TaskRecord, run_task
from corpus.plan import Shard, choose_rows, choose_tasks, cut_shards
from corpus.shards import read_shard
from corpus.stored import CHANGED, TEXTS

DUPLICATES = pa.schema(
    [
        ("part", pa.int32()),
        ("row", pa.int64()),
        ("survivor_part", pa.int32()),
        ("survivor_row", pa.int64()),
        ("kind", pa.string()),
        ("similarity", pa.float32()),
    ]
)

UNTRIMMED = [TaskRecord(Path("none"), "", [], {})]


def _part(folder: Path, number: int, texts: list[str], batch_rows: int = 3) -> TaskRecord:
    def function(out: Path) -> None:
        rows = [
            {
                "id": f"s-{number}-{row}", "text": text, "source": "s", "lang": "ko", "origin": f"{number}#{row}",
                "url": None, "title": None,
                "license": "CC0-1.0", "duplicates": 1, "hash": b"0" * 16, "quality": 0.5,
            }
            for row, text in enumerate(texts)
        ]  # fmt: skip
        with pa.OSFile(str(out / "documents.arrow"), "wb") as sink, pa.ipc.new_file(sink, CLEAN_SCHEMA) as writer:
            for start in range(0, len(rows), batch_rows):
                writer.write_batch(pa.RecordBatch.from_pylist(rows[start : start + batch_rows], schema=CLEAN_SCHEMA))

    return run_task(folder / f"part-{number}", function, settings=texts)


def shards_of(
    records: list[TaskRecord],
    trimmed: list[TaskRecord],
    sources: list[str],
    shares: dict[str, float],
    table: Path,
    limit: int,
    work: Path,
) -> list[Shard]:
    """The shards of these parts, as a build makes them."""
    dropped = index_dropped([record.directory for record in records], table, work / "dropped")
    tasks = choose_tasks(records, trimmed, sources, shares, dropped, work / "plan")
    return cut_shards(tasks, [choose_rows(task) for task in tasks], limit, work / "shards")


def _rows(shard: Shard) -> list[int]:
    """The rows of the shard's first part."""
    return shard.pieces[0].read()["row"].tolist()


def _duplicates(folder: Path, rows: list[tuple[int, int, int, int]]) -> Path:
    path = folder / "duplicates.arrow"
    columns = list(zip(*sorted(rows), strict=True)) or [(), (), (), ()]
    arrays = [pa.array(c, f.type) for c, f in zip(columns, DUPLICATES, strict=False)]
    table = pa.table(
        [*arrays, pa.array(["near"] * len(rows)), pa.array([0.9] * len(rows), pa.float32())], schema=DUPLICATES
    )
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, DUPLICATES) as writer:
        writer.write_table(table)
    return path


@given(
    st.lists(st.lists(st.text("가나a ", min_size=1, max_size=30), max_size=9), min_size=1, max_size=4),
    st.integers(1, 120),
    st.sampled_from([0.0, 0.3]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=40)
def test_shards_hold_what_was_kept(tmp_path_factory, parts, limit, share, chance) -> None:
    folder = tmp_path_factory.mktemp("commit")
    records = [_part(folder, n, texts) for n, texts in enumerate(parts)]
    places = [(p, r) for p, texts in enumerate(parts) for r in range(len(texts))]
    dropped = {place for place in places if chance.random() < 0.3}
    kept = [place for place in places if place not in dropped]
    if not kept:
        dropped, kept = set(), places
    rows = [(*place, *chance.choice(kept)) for place in dropped]
    table = _duplicates(folder, rows)
    shards = shards_of(records, UNTRIMMED * len(parts), ["s"] * len(parts), {"s": share}, table, limit, folder / "work")
    found: dict[str, list[tuple[str, int]]] = {"train": [], "validation": []}
    for shard in shards:
        written = write_shard(shard)
        with pa.OSFile(str(written.directory / "shard.arrow")) as file:
            batch = pa.ipc.open_stream(file).read_all()
        assert batch.num_rows == written.result["rows"] > 0
        assert sum(len(t.encode()) for t in batch["text"].to_pylist()) == written.result["bytes"] == shard.bytes
        assert written.result["bytes"] <= limit or batch.num_rows == 1
        found[shard.name.split("/")[0]] += zip(
            batch["origin"].to_pylist(), batch["duplicates"].to_pylist(), strict=True
        )
    assert [shard.name for shard in shards] == sorted(shard.name for shard in shards)
    everything = found["train"] + found["validation"]
    stands_for = {place: 1 + sum(row[2:] == place for row in rows) for place in kept}
    assert dict(everything) == {f"{p}#{r}": stands_for[p, r] for p, r in kept}
    assert len(everything) == len(kept)
    order = [origin for origin, _ in found["train"]]
    assert order == [f"{p}#{r}" for p, r in kept if f"{p}#{r}" in set(order)]
    if share == 0:
        assert not found["validation"]


def test_shards_are_numbered_per_source_and_split(tmp_path: Path) -> None:
    record = _part(tmp_path, 0, ["가" * 10] * 7)
    shards = shards_of([record], UNTRIMMED, ["s"], {"s": 0.0}, _duplicates(tmp_path, []), 60, tmp_path / "work")
    assert [s.name for s in shards] == [f"train/s-{n:05d}.arrow" for n in range(4)]
    assert [s.rows for s in shards] == [2, 2, 2, 1]


@pytest.mark.parametrize("named", [1, 100_000])
def test_write_duplicates_names_both_sides(tmp_path: Path, monkeypatch, named: int) -> None:
    monkeypatch.setattr("corpus.commit.NAMED", named)
    records = [_part(tmp_path, 0, ["하나", "둘", "셋"]), _part(tmp_path, 1, ["넷"])]
    table = _duplicates(tmp_path, [(0, 1, 0, 0), (1, 0, 0, 2)])
    result = write_duplicates([r.directory for r in records], table, tmp_path / "out.arrow")
    assert result.to_pylist() == [
        {"part": p, "source": "s", "survivor_source": "s", "kind": "near", "documents": 1, "bytes": 3} for p in (0, 1)
    ]
    with pa.OSFile(str(tmp_path / "out.arrow")) as file:
        rows = pa.ipc.open_stream(file).read_all().to_pylist()
    assert [(r["id"], r["survivor"], r["origin"], r["survivor_origin"]) for r in rows] == [
        ("s-0-1", "s-0-0", "0#1", "0#0"),
        ("s-1-0", "s-0-2", "1#0", "0#2"),
    ]


def test_a_changed_duplicate_list_rewrites_the_shard(tmp_path: Path) -> None:
    record = _part(tmp_path, 0, ["하나", "둘"])
    first = shards_of([record], UNTRIMMED, ["s"], {"s": 0.0}, _duplicates(tmp_path, []), 1000, tmp_path / "work")
    assert not write_shard(first[0]).skipped
    assert write_shard(first[0]).skipped
    second = shards_of(
        [record], UNTRIMMED, ["s"], {"s": 0.0}, _duplicates(tmp_path, [(0, 1, 0, 0)]), 1000, tmp_path / "work"
    )
    record_again = write_shard(second[0])
    assert not record_again.skipped
    assert record_again.result["rows"] == 1
    assert second[0].pieces[0].read()["copies"].tolist() == [2]


@pytest.mark.parametrize("what", ["nothing", "name", "content", "rows", "copies"])
def test_a_shard_is_written_again_when_what_it_is_made_of_changed(tmp_path: Path, what: str) -> None:
    record = _part(tmp_path, 0, ["하나", "둘"])
    (shard,) = shards_of([record], UNTRIMMED, ["s"], {"s": 0.0}, _duplicates(tmp_path, []), 1000, tmp_path / "work")
    assert not write_shard(shard).skipped
    (piece,) = shard.pieces
    if what == "copies":
        chosen = piece.read()
        chosen["copies"] += 1
        np.save(piece.chosen, chosen)
    changes: dict[str, dict[str, Any]] = {
        "name": {"name": "train/s-00001.arrow"},
        "content": {"pieces": (replace(piece, content=("0" * 64,)),)},
        "rows": {"pieces": (replace(piece, last=1),)},
    }
    assert write_shard(replace(shard, **changes.get(what, {}))).skipped == (what == "nothing")


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_holding_out_follows_the_share_and_ignores_other_documents(tmp_path: Path, share: float) -> None:
    record = _part(tmp_path, 0, [f"글 {n}" for n in range(2000)], 500)
    shards = shards_of([record], UNTRIMMED, ["s"], {"s": share}, _duplicates(tmp_path, []), 10**9, tmp_path / "work")
    held = next(s for s in shards if s.name.startswith("validation"))
    assert abs(held.rows / 2000 - share) < 0.04
    before = _rows(held)
    again = shards_of(
        [record],
        UNTRIMMED,
        ["s"],
        {"s": share},
        _duplicates(tmp_path, [(0, before[0], 0, 1999)]),
        10**9,
        tmp_path / "work",
    )
    assert _rows(next(s for s in again if s.name.startswith("validation"))) == before[1:]


def test_held_out_are_the_ids_of_small_hashes(tmp_path: Path) -> None:
    """Which documents a corpus holds out is the same for ever: MurmurHash3 of the id with seed 1, its first half."""
    ids = [f"s-0-{n}" for n in range(300)]
    record = _part(tmp_path, 0, [f"글 {n}" for n in range(300)], 70)
    shards = shards_of([record], UNTRIMMED, ["s"], {"s": 0.1}, _duplicates(tmp_path, []), 10**9, tmp_path / "work")
    held = next(s for s in shards if s.name.startswith("validation"))
    expected = [n for n, name in enumerate(ids) if mmh3.hash64(name, seed=1, signed=False)[0] < 0.1 * 2**64]
    assert _rows(held) == expected
    assert 10 < len(expected) < 60


def test_what_trimming_left_nothing_of_is_in_no_shard(tmp_path: Path) -> None:
    record = _part(tmp_path, 0, ["하나", "", "셋"])
    shards = shards_of([record], UNTRIMMED, ["s"], {"s": 0.0}, _duplicates(tmp_path, []), 1000, tmp_path / "work")
    assert [_rows(shard) for shard in shards] == [[0, 2]]


def _mixed(folder: Path, number: int, source: str, rows: list[tuple[str, str, str | None]]) -> TaskRecord:
    """A part of (text, language, licence)."""

    def function(out: Path) -> None:
        columns = {
            "id": [f"{source}-{n}" for n in range(len(rows))], "text": [row[0] for row in rows],
            "source": [source] * len(rows), "lang": [row[1] for row in rows],
            "origin": [f"{source}#{n}" for n in range(len(rows))], "url": [None] * len(rows),
            "title": [None] * len(rows), "license": [row[2] for row in rows], "duplicates": [1] * len(rows),
            "hash": [b"0" * 16] * len(rows), "quality": [0.5] * len(rows),
        }  # fmt: skip
        batch = pa.RecordBatch.from_pydict(columns, schema=CLEAN_SCHEMA)
        with pa.OSFile(str(out / "documents.arrow"), "wb") as sink, pa.ipc.new_file(sink, CLEAN_SCHEMA) as writer:
            writer.write_batch(batch)

    return run_task(folder / f"part-{number}", function, settings=[source, rows])


def test_a_shard_tells_its_languages_and_licences(tmp_path: Path) -> None:
    rows = [
        ("한글", "ko", "CC0-1.0"),
        ("abc", "en", None),
        ("나", "ko", None),
        ("de", "en", "CC0-1.0"),
        ("f", "en", "MIT"),
    ]
    records = [_mixed(tmp_path, 0, "s", rows[:3]), _mixed(tmp_path, 1, "s", rows[3:])]
    (shard,) = shards_of(
        records, UNTRIMMED * 2, ["s"] * 2, {"s": 0.0}, _duplicates(tmp_path, []), 1000, tmp_path / "work"
    )
    assert write_shard(shard).result == {
        "rows": 5, "bytes": 15, "languages": {"en": 3, "ko": 2}, "language_bytes": {"en": 6, "ko": 9},
        "licenses": {"": 6, "CC0-1.0": 8, "MIT": 1}, "license_documents": {"": 2, "CC0-1.0": 2, "MIT": 1},
    }  # fmt: skip


def test_duplicates_between_sources_name_each_its_own(tmp_path: Path) -> None:
    """Counts by (part, source, survivor's source), with the bytes of what is gone."""
    web = _mixed(tmp_path, 0, "web", [("가나다", "ko", None), ("ab", "en", None), ("x", "en", None)])
    wiki = _mixed(tmp_path, 1, "wiki", [("나", "ko", None), ("abcde", "en", None)])
    table = _duplicates(tmp_path, [(0, 0, 1, 0), (0, 1, 1, 1), (1, 1, 0, 2)])
    counts = write_duplicates([web.directory, wiki.directory], table, tmp_path / "out.arrow")
    assert counts.to_pylist() == [
        {"part": 0, "source": "web", "survivor_source": "wiki", "kind": "near", "documents": 2, "bytes": 11},
        {"part": 1, "source": "wiki", "survivor_source": "web", "kind": "near", "documents": 1, "bytes": 5},
    ]
    with pa.OSFile(str(tmp_path / "out.arrow")) as file:
        rows = pa.ipc.open_stream(file).read_all().to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("web-0", "wiki-0", "near", np.float32(0.9), "web", "wiki", "web#0", "wiki#0", 9),
        ("web-1", "wiki-1", "near", np.float32(0.9), "web", "wiki", "web#1", "wiki#1", 2),
        ("wiki-1", "web-2", "near", np.float32(0.9), "wiki", "web", "wiki#1", "web#2", 5),
    ]


def test_texts_that_were_cut_take_the_place_of_the_clean_ones(tmp_path: Path) -> None:
    """Shorter, empty and untouched texts, in two record batches."""
    clean = _part(tmp_path, 0, ["하나 둘", "셋", "넷", "다섯 여섯", "일곱"])

    def cut(out: Path) -> None:
        changed = pa.record_batch({"row": [0, 1, 3], "text": ["하나", "", "여섯"]}, schema=CHANGED)
        with pa.OSFile(str(out / TEXTS), "wb") as sink, pa.ipc.new_file(sink, CHANGED) as writer:
            writer.write_batch(changed)

    trim = run_task(tmp_path / "trim", cut)
    duplicates = _duplicates(tmp_path, [])
    (shard,) = shards_of([clean], [trim], ["s"], {"s": 0.0}, duplicates, 1000, tmp_path / "work")
    assert (_rows(shard), shard.bytes) == ([0, 2, 3, 4], 6 + 3 + 6 + 6)
    (piece,) = shard.pieces
    assert (piece.documents, piece.texts) == (clean.directory / "documents.arrow", trim.directory / TEXTS)
    assert piece.content == (clean.outputs["documents.arrow"]["sha256"], trim.outputs[TEXTS]["sha256"])
    assert write_shard(shard).result["bytes"] == shard.bytes
    rows = [row for batch in read_shard(shard.path) for row in batch.to_pylist()]
    assert [(row["id"], row["text"]) for row in rows] == [
        ("s-0-0", "하나"), ("s-0-2", "넷"), ("s-0-3", "여섯"), ("s-0-4", "일곱"),
    ]  # fmt: skip

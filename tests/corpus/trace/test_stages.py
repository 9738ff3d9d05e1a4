"""Rows of the steps' files, and which files are whose."""

import json
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest

from corpus.document import Part as UpstreamPart
from corpus.trace import find
from corpus.trace.find import reasons
from corpus.trace.stages import Part, Stages, index_of, record, rows_where
from corpus.trace.story import _as_read


@pytest.fixture
def batched(tmp_path: Path) -> Path:
    """Three batches of three, none and four rows."""
    path = tmp_path / "a.arrow"
    schema = pa.schema([("id", pa.string()), ("row", pa.int64())])
    batches = [["a", None, "ab"], [], ["c", "ab", "", "a.c"]]
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for number, batch in enumerate(batches):
            writer.write_batch(pa.record_batch([batch, [10 * number + i for i in range(len(batch))]], schema=schema))
    return path


def test_rows_are_counted_over_batches(batched: Path) -> None:
    assert [index_of(batched, "id", value) for value in ("a", "ab", "c", "", "a.c", "b")] == [0, 2, 3, 5, 6, -1]
    assert [index_of(batched, "row", value) for value in (0, 2, 20, 23, 3)] == [0, 2, 3, 6, -1]
    equal = partial(rows_where, batched, "id")
    assert [equal(value).tolist() for value in ("a", "ab", "", "x")] == [[0], [2, 4], [5], []]
    within = partial(equal, part_of=True)
    assert [within(value).tolist() for value in ("a", "b", "a.", "c", "x")] == [[0, 2, 4, 6], [2, 4], [6], [3, 6], []]
    assert [record(batched, row) for row in (1, 3, 6)] == [
        {"id": None, "row": 1},
        {"id": "c", "row": 20},
        {"id": "a.c", "row": 23},
    ]


def test_shards_are_those_of_the_source_alone_in_order(tmp_path: Path) -> None:
    for name in ("web-00000", "web-00010", "web-00002", "web-2-00000", "web-x", "a-web-00000", "w.b-00000", "web"):
        for split in ("train", "validation", "other"):
            (tmp_path / split).mkdir(exist_ok=True)
            (tmp_path / split / f"{name}.arrow").write_text("")
    (tmp_path / "train" / "web-00001.txt").write_text("")
    stages = Stages(tmp_path)
    told = [path.relative_to(tmp_path).as_posix() for path in stages.shards("web")]
    assert told == [f"{split}/web-{n}.arrow" for split in ("train", "validation") for n in ("00000", "00002", "00010")]
    assert [path.stem for path in stages.shards("w.b")] == ["w.b-00000"] * 2
    assert [path.stem for path in stages.shards("web-2")] == ["web-2-00000"] * 2


def test_parts_are_numbered_in_the_order_of_the_build(tmp_path: Path) -> None:
    """By the recipe's sources, each with its files in the order in which they were read; beside it lie other files."""
    inputs = [("b", "y"), ("a", "z"), ("b", "x"), ("a", "z"), ("c", "w"), ("b", "y")]
    sources = [{"name": name, "kind": "local", "files": ["x.jsonl"]} for name in ("c", "b", "a")]
    manifest = {"recipe": {"name": "x", "sources": sources}, "hanji": "1"}
    manifest |= {"inputs": [{"source": source, "part": part} for source, part in inputs]}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    found = Stages(tmp_path).parts
    assert found == [Part(0, "c", "w"), Part(1, "b", "y"), Part(2, "b", "x"), Part(3, "a", "z")]


def test_a_file_is_read_as_the_subset_that_it_is(tmp_path: Path) -> None:
    """Of its source: another one may have the same file, and a source several of them."""
    inputs = [("u1", "a", "x"), ("u2", "a", "y"), ("u1", "b", "z"), ("u3", "b", "")]
    told = [{"url": url, "source": source, "subset": subset} for url, source, subset in inputs]
    (tmp_path / "manifest.json").write_text(json.dumps({"inputs": told}))
    for url, source, subset in (*inputs, ("u9", "a", "")):
        assert _as_read(Stages(tmp_path), Part(0, source, "p"), UpstreamPart(source, url)).subset == subset


def test_cuts_of_a_part_are_the_lists_that_exist(tmp_path: Path) -> None:
    stages = Stages(tmp_path)
    spans, settled = stages.work / "spans/cuts/00007", stages.work / "contamination/settled/00007"
    assert stages.cuts(Part(7, "a", "a")) == []
    for folder in (settled, spans):
        folder.mkdir(parents=True)
    (settled / "cuts.arrow").write_text("")
    assert stages.cuts(Part(7, "a", "a")) == [settled]
    (spans / "cuts.arrow").write_text("")
    assert stages.cuts(Part(7, "a", "a")) == [spans, settled]
    assert stages.cuts(Part(0, "a", "a")) == []


def test_reasons_of_all_steps_are_added_the_most_frequent_first(tmp_path: Path) -> None:
    dropped = {"clean": {"b": 2, "c": 1, "x": 3}, "deduplicate": {"near": 9, "b": 1}, "trim": {"a": 3, "c": 1}}
    total = {step: {"dropped": found} for step, found in dropped.items()}
    (tmp_path / "stats.json").write_text(json.dumps({"total": total}))
    assert list(reasons(Stages(tmp_path)).items()) == [("near", 9), ("a", 3), ("b", 3), ("x", 3), ("c", 2)]


@pytest.mark.parametrize("count", range(1, 8))
def test_a_sample_has_at_most_so_many_documents_whatever_their_order(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    every = [(Part(0, "a", "a"), f"u#{row}") for row in range(count)]
    monkeypatch.setattr(find, "_dropped", lambda stages, reason: every)
    chosen, total = find.find_documents(Stages(Path()), find.Wanted(reason="x"), 4)
    assert (len(chosen), total) == (min(count, 4), count)
    if count <= 4:
        assert chosen == every
    every = every[::-1]
    assert set(find.find_documents(Stages(Path()), find.Wanted(reason="x"), 4)[0]) == set(chosen)

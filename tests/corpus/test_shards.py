"""What we write, `datasets` reads."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from corpus.assemble import _describe_split
from corpus.commit import SHARD
from corpus.document import SCHEMA
from corpus.engine.marker import Maker, describe, write_marker
from corpus.errors import DamagedError, UserError
from corpus.shards import describe_split, read_shard, shard_paths, source_of, write_stream


def _document(number: int) -> dict:
    texts = {"id": f"s-{number}", "text": f"글 {number}", "source": "s", "lang": "ko", "origin": f"f#{number}"}
    return texts | {"url": None, "title": None, "license": "CC0-1.0", "duplicates": 1}


def test_datasets_opens_a_split(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    folder = tmp_path / "train"
    folder.mkdir()
    batches = [
        pa.RecordBatch.from_pylist([_document(n) for n in range(a, b)], schema=SCHEMA) for a, b in ((0, 3), (3, 5))
    ]
    assert write_stream(folder / "s-00000.arrow", SCHEMA, batches) == 5
    describe_split(folder, SCHEMA, ["s-00000.arrow"], "f" * 64, "train")
    dataset = datasets.load_from_disk(str(folder))
    assert dataset.column_names == SCHEMA.names
    assert dataset["text"][4] == "글 4"
    assert dataset.features["duplicates"].dtype == "int32"
    assert [b.num_rows for p in shard_paths(tmp_path) for b in read_shard(p)] == [3, 2]


def test_a_split_of_no_rows_opens_too(tmp_path: Path) -> None:
    """`datasets` does not open a stream without a batch."""
    datasets = pytest.importorskip("datasets")
    assert write_stream(tmp_path / "s-00000.arrow", SCHEMA, []) == 0
    assert [batch.num_rows for batch in read_shard(tmp_path / "s-00000.arrow")] == [0]
    describe_split(tmp_path, SCHEMA, ["s-00000.arrow"], "f" * 64, "train")
    assert datasets.load_from_disk(str(tmp_path)).num_rows == 0


def test_the_fingerprint_of_a_split_is_that_of_its_content(tmp_path: Path) -> None:
    """`datasets` names its caches by it: equal for equal shards of one split, another one for all else."""

    def fingerprint(name: str, split: str, **shards: str) -> str:
        (tmp_path / name).mkdir()
        paths = [SimpleNamespace(name=f"{split}/{shard}.arrow", path=tmp_path / shard) for shard in shards]
        written = [SimpleNamespace(outputs={SHARD: {"sha256": sha256}}) for sha256 in shards.values()]
        stages: Any = SimpleNamespace(shards=paths, written=written)
        _describe_split(tmp_path / name, split, stages)
        return json.loads((tmp_path / name / split / "state.json").read_text())["_fingerprint"]

    one = fingerprint("a", "train", s="1", t="2")
    assert len(one) == 16  # as those of `datasets`
    assert one == fingerprint("b", "train", s="1", t="2")
    others = [fingerprint("c", "train", s="1", t="3"), fingerprint("d", "validation", s="1", t="2")]
    others += [fingerprint("e", "train", s="1"), fingerprint("f", "train")]
    assert len({one, *others}) == 5


def test_packed_features(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    schema = pa.schema([("input_ids", pa.list_(pa.uint16(), 4)), ("lengths", pa.list_(pa.int32()))])
    batch = pa.RecordBatch.from_pylist([{"input_ids": [1, 2, 3, 4], "lengths": [3, 1]}], schema=schema)
    write_stream(tmp_path / "s-00000.arrow", schema, [batch])
    describe_split(tmp_path, schema, ["s-00000.arrow"], "f" * 64, "train")
    assert datasets.load_from_disk(str(tmp_path))[0] == {"input_ids": [1, 2, 3, 4], "lengths": [3, 1]}


def test_an_unfinished_corpus_is_named(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    write_marker(tmp_path / "other", Maker("train_tokenizer", "a tokenizer"), {}, {}, True)
    with pytest.raises(UserError, match=r"missing. It holds a tokenizer, made by train_tokenizer. Make one with"):
        shard_paths(tmp_path / "other")
    with pytest.raises(UserError) as error:
        shard_paths(tmp_path / "other")
    assert "--out" not in str(error.value)  # build_corpus would refuse this folder
    with pytest.raises(UserError, match=r"not a finished corpus.*build_corpus --recipe demo --out"):
        shard_paths(tmp_path)


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="reads memory from /proc")
def test_a_split_and_a_file_are_no_corpus(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "state.json").write_text("{}")
    with pytest.raises(UserError, match=f"one split of a corpus. Name the folder of the corpus, {tmp_path}"):
        shard_paths(tmp_path / "train")
    with pytest.raises(UserError, match=r"state.json: a file, not a folder\. Name the folder of a corpus"):
        shard_paths(tmp_path / "train" / "state.json")


def test_batches_that_were_read_leave_the_memory(tmp_path: Path) -> None:
    def mapped() -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("RssFile"))

    schema = pa.schema([pa.field("text", pa.string())])
    write_stream(tmp_path / "s.arrow", schema, (pa.record_batch([["x" * (1 << 22)]], schema=schema) for _ in range(16)))
    before, after = mapped(), []
    for batch in read_shard(tmp_path / "s.arrow"):
        assert len(bytes(batch["text"].buffers()[2])) == 1 << 22
        after.append(mapped())
    assert max(after) - before < 3 << 12  # kilobytes: three batches of sixteen


@pytest.mark.parametrize("content", [b"no arrow", b""])
def test_a_damaged_shard_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "s-00000.arrow"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"s-00000.arrow: not a readable Arrow shard"):
        list(read_shard(path))


def test_source_of_a_shard() -> None:
    assert source_of(Path("x/mc4-ko-00012.arrow")) == "mc4-ko"


def test_a_list_of_shards_that_was_changed_is_not_believed(tmp_path: Path) -> None:
    state = tmp_path / "train" / "state.json"
    state.parent.mkdir()
    state.write_text('{"_data_files": [{"filename": "a-00000.arrow"}, {"filename": "b-00000.arrow"}]}')
    assert [path.name for path in shard_paths(tmp_path)] == ["a-00000.arrow", "b-00000.arrow"]
    write_marker(tmp_path, Maker("build_corpus", "a corpus"), {}, {"train/state.json": describe(state)}, True)
    assert len(shard_paths(tmp_path)) == 2
    state.write_text('{"_data_files": [{"filename": "a-00000.arrow"}]}')
    with pytest.raises(DamagedError, match="is damaged"):
        shard_paths(tmp_path)

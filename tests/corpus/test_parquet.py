"""A corpus as Parquet: the same documents, read by datasets and polars; other folders are refused."""

import json
from itertools import islice
from pathlib import Path

import datasets
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus import parquet
from corpus.errors import UserError
from corpus.parquet import write_parquet
from corpus.prepare import text_bytes
from corpus.shards import read_shard
from tests.helpers.commands import called
from tests.model.small_corpus import write_corpus


def corpus_of(folder: Path) -> Path:
    texts = [f"{n}번째 문서다. 한지는 닥나무로 만든다." for n in range(50)]
    return write_corpus(
        folder, {"train": {"web-00000": texts, "wiki-00000": texts[:3]}, "validation": {"web-00000": texts[:2]}}
    )


def test_the_same_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In row groups of as many batches as have so many bytes of text."""
    assert parquet.GROUP_BYTES == 64_000_000
    corpus = corpus_of(tmp_path / "corpus")
    batches = [batch.num_rows for batch in read_shard(corpus / "train/web-00000.arrow")]
    two = sum(text_bytes(batch["text"]) for batch in islice(read_shard(corpus / "train/web-00000.arrow"), 2))
    for number, (group, first) in enumerate([(64_000_000, [50]), (two, [14]), (two + 1, [21]), (1, batches)]):
        monkeypatch.setattr(parquet, "GROUP_BYTES", group)
        out = tmp_path / f"out{number}"
        told = write_parquet(corpus, out)
        for name in ("train/web-00000", "train/wiki-00000", "validation/web-00000"):
            mine = pa.Table.from_batches(read_shard(corpus / f"{name}.arrow"))
            assert pq.read_table(out / f"{name}.parquet").to_pylist() == mine.to_pylist()
        made = pq.read_metadata(out / "train/web-00000.parquet")
        assert [made.row_group(k).num_rows for k in range(len(first))] == first
        assert told["documents"] == 55
        assert told["bytes"] == polars.read_parquet(out / "*/*.parquet")["text"].str.len_bytes().sum()
        assert told == json.loads((out / "summary.json").read_text())
    loaded = datasets.load_dataset(str(tmp_path / "out0"), cache_dir=str(tmp_path / "cache"))
    assert {split: rows.num_rows for split, rows in loaded.items()} == {"train": 53, "validation": 2}


def test_a_finished_copy_is_left_and_another_refused(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path / "corpus")
    first = called("export", "--corpus", corpus, "--out", tmp_path / "out")
    assert (first.returncode, "55 documents" in first.stderr) == (0, True)
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.parquet")}
    assert len(written) == 3
    assert called("export", "--corpus", corpus, "--out", tmp_path / "out").returncode == 0
    assert all(path.stat().st_mtime_ns == when for path, when in written.items())
    other = write_corpus(tmp_path / "other", {"train": {"web-00000": ["다른 글"]}})
    refused = called("export", "--corpus", other, "--out", tmp_path / "out")
    assert (refused.returncode, "--overwrite" in refused.stderr) == (2, True)
    with pytest.raises(UserError, match="not a finished corpus"):
        write_parquet(tmp_path, tmp_path / "none")
    both = called("export", "--corpus", corpus, "--gguf", "--out", tmp_path / "none")
    assert (both.returncode, "Leave one of them out" in both.stderr) == (2, True)

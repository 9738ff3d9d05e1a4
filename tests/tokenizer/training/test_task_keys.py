"""Counting is done again when anything that it reads changed: texts, way of cutting, sample of documents."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.engine.local import LocalEngine
from corpus.shards import shard_paths
from tests.tokenizer.corpora import Row, write_corpus
from tokenizer.training import counts
from tokenizer.training.sample import Sample

ROWS: list[Row] = [(f"글 {n}", "ko", f"https://a.kr/{n}") for n in range(8)]
EVERY = (1 << 64) - 1


def sample_of(**changes: Any) -> Sample:
    half = {"seed": 0, "thresholds": {("web", "ko"): EVERY // 2}, "sites": np.array([5], np.uint64)}
    return Sample(**(half | {"site_thresholds": np.array([EVERY], np.uint64), "summary": []} | changes))


SAMPLES = {
    "no sample": None,
    "seed": sample_of(seed=1),
    "thresholds": sample_of(thresholds={("web", "ko"): EVERY // 3}),
    "sources": sample_of(thresholds={("other", "ko"): EVERY // 2}),
    "sites": sample_of(sites=np.array([6], np.uint64)),
    "site_thresholds": sample_of(site_thresholds=np.array([EVERY - 1], np.uint64)),
}


@pytest.mark.parametrize("what", [*SAMPLES, "pattern", "letters", "texts", "memory alone"])
def test_what_counting_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    ran: list[Path] = []

    def count(folder: Path, path: Path, **options: Any) -> dict[str, Any]:
        ran.append(path)
        return {"tables": []}

    monkeypatch.setattr(counts, "_count", count)
    shards = shard_paths(write_corpus(tmp_path / "corpus", {"web": ROWS}))

    def run(pattern: str = "hanji", sample: Sample | None = None, memory: int = 1 << 30) -> int:
        with LocalEngine(1) as engine:
            counts.count_shards(shards, tmp_path / "counts", pattern, engine, sample, memory)
        return len(ran)

    begun = sample_of()
    assert run(sample=begun) == run(sample=sample_of()) == 1
    if what == "texts":
        shards[0].write_bytes(shard_paths(write_corpus(tmp_path / "other", {"web": ROWS[:-1]}))[0].read_bytes())
        assert run(sample=begun) == 2
    elif what == "pattern":
        assert run("gpt2", begun) == 2
    elif what == "letters":
        monkeypatch.setattr(counts, "engine_version", lambda: "99.0")
        assert run(sample=begun) == 2
    elif what == "memory alone":  # the result is the same for any
        assert run(sample=begun, memory=1) == 1
    else:
        assert run(sample=SAMPLES[what]) == 2


@pytest.mark.parametrize("what", SAMPLES)
def test_a_shard_counted_before_an_interruption_is_known_by_its_sample(tmp_path: Path, what: str) -> None:
    """The shards' own tasks, which outlive a run that was killed."""
    (shard,) = shard_paths(write_corpus(tmp_path / "corpus", {"web": ROWS}))
    cut = counts.Pretokens("hanji")

    def tables(sample: Sample | None) -> list[Any]:
        found = counts._count_shard(shard, work=tmp_path / "work", cut=cut, sample=sample, memory=1 << 30)
        return [(table["lang"], table["documents"]) for table in found]

    fresh = counts._count(tmp_path, shard, cut, SAMPLES[what], 1 << 30)["tables"]
    tables(sample_of())
    made = (tmp_path / "work" / shard.stem / "task.json").stat().st_mtime_ns
    tables(sample_of())
    assert (tmp_path / "work" / shard.stem / "task.json").stat().st_mtime_ns == made
    assert tables(SAMPLES[what]) == [(table["lang"], table["documents"]) for table in fresh]
    assert (tmp_path / "work" / shard.stem / "task.json").stat().st_mtime_ns != made


@pytest.mark.parametrize("what", ["pattern", "texts", "memory", "nothing"])
def test_a_shard_counted_before_an_interruption_is_known_by_all_else(tmp_path: Path, what: str) -> None:
    """By the shard's size and time, since the stage as a whole knows the content; memory decides how many files there
    are."""
    (shard,) = shard_paths(write_corpus(tmp_path / "corpus", {"web": ROWS}))

    def made(pattern: str = "hanji", memory: int = 1 << 30) -> int:
        cut = counts.Pretokens(pattern)
        counts._count_shard(shard, work=tmp_path / "work", cut=cut, sample=None, memory=memory)
        return (tmp_path / "work" / shard.stem / "task.json").stat().st_mtime_ns

    first = made()
    assert made() == first
    if what == "texts":
        stat = shard.stat()
        os.utime(shard, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    again = made("gpt2" if what == "pattern" else "hanji", 1 if what == "memory" else 1 << 30)
    assert (again == first) == (what == "nothing")


def test_a_damaged_table_is_counted_again(tmp_path: Path) -> None:
    """Also one whose time says that nothing happened to it: what reads the tables hashes nothing."""
    shards = shard_paths(write_corpus(tmp_path / "corpus", {"web": ROWS}))

    def run() -> bytes:
        with LocalEngine(1) as engine:
            counts.count_shards(shards, tmp_path / "counts", "hanji", engine)
        return table.read_bytes()

    table = tmp_path / "counts" / "web.ko.arrow"
    before = run()
    stat = table.stat()
    table.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    os.utime(table, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert run() == before

"""Word counts of a corpus against collections.Counter over HF's pre-tokens; the same for any memory and number of
workers."""

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest

from corpus.engine.local import LocalEngine
from corpus.engine.task import file_sha256
from corpus.errors import UserError
from corpus.shards import shard_paths
from tests.tokenizer.corpora import Row, write_corpus
from tests.tokenizer.scanner.test_pretokenize import expected
from tokenizer.training.counts import count_hashes, count_shards, counted_text, read_index, weighted

SOURCES: dict[str, list[Row]] = {
    "web-ko": [
        *((f"한국어 문서 {n}번 AI가 쓴 글 글 글", "ko", None) for n in range(20)),
        ("An English page", "en", None),
    ],
    "web-en": [(f"an English page, number {n} of many", "en", None) for n in range(20)],
}


@pytest.fixture(scope="module")
def shards(tmp_path_factory) -> list[Path]:
    return shard_paths(write_corpus(tmp_path_factory.mktemp("corpus"), SOURCES))


def counted(shards: list[Path], directory: Path, workers: int = 1, memory: int = 1 << 30) -> Path:
    with LocalEngine(workers) as engine:
        count_shards(shards, directory, "hanji", engine, memory=memory)
    return directory


def reference(source: str, lang: str) -> Counter:
    texts = [text for text, language, _ in SOURCES[source] if language == lang]
    return Counter(word.encode() for text in texts for word in expected(text, "hanji"))


def test_tables_per_source_and_language(shards, tmp_path):
    tables = read_index(counted(shards, tmp_path / "counts"))["tables"]
    assert [(t["source"], t["lang"]) for t in tables] == [("web-en", "en"), ("web-ko", "en"), ("web-ko", "ko")]
    for table in tables:
        with pa.ipc.open_file(tmp_path / "counts" / table["file"]) as file:
            rows = file.read_all().to_pylist()
        found = {row["word"]: row["count"] for row in rows}
        assert found == reference(table["source"], table["lang"])
        assert table["words"] == sum(found.values())
        assert table["distinct"] == len(found)
        texts = [text for text, lang, _ in SOURCES[table["source"]] if lang == table["lang"]]
        assert table["documents"] == len(texts)
        assert table["bytes"] == sum(len(text.encode()) for text in texts)


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.glob("*") if path.name != "task.json"}


def test_same_files_for_any_memory_and_workers(shards, tmp_path):
    alone = files(counted(shards, tmp_path / "a"))
    assert files(counted(shards, tmp_path / "b", memory=1)) == alone  # spills after each batch
    assert files(counted(shards, tmp_path / "c", workers=2)) == alone


def test_a_rerun_counts_nothing_again(shards, tmp_path):
    before = {p: p.stat().st_mtime_ns for p in counted(shards, tmp_path / "counts").iterdir()}
    assert {p: p.stat().st_mtime_ns for p in counted(shards, tmp_path / "counts").iterdir()} == before
    assert not (tmp_path / "counts.work").exists()


def test_weights_and_pruning(shards, tmp_path):
    directory = counted(shards, tmp_path / "counts")
    english = reference("web-en", "en") + reference("web-ko", "en")
    korean = reference("web-ko", "ko")
    total = weighted(directory, {"en": 2.5})
    found = dict(zip(total.words.to_pylist(), total.counts.tolist(), strict=True))
    assert set(found) == set(english) | set(korean)
    assert found[b" page"] == round(20 * 2.5) + round(2.5)
    only = weighted(directory, {"en": 0}, min_count=20)
    kept = {word: n for word, n in korean.items() if n >= 20}
    assert dict(zip(only.words.to_pylist(), only.counts.tolist(), strict=True)) == kept
    assert only.pruned_words == len(korean) - len(kept)
    assert only.pruned_count == korean.total() - sum(kept.values())


def test_errors_tell_what_there_is(shards, tmp_path):
    directory = counted(shards, tmp_path / "counts")
    with pytest.raises(UserError, match="en, ko"):
        weighted(directory, {"fr": 1})
    with pytest.raises(UserError, match=r"counts\.json is missing"):
        read_index(tmp_path)


@pytest.mark.parametrize("least", [1, 2, 20, 21])
def test_a_word_of_exactly_the_least_count_stays(shards, tmp_path, least):
    directory = counted(shards, tmp_path / "counts")
    every = reference("web-en", "en") + reference("web-ko", "en") + reference("web-ko", "ko")
    kept = weighted(directory, min_count=least)
    expected = {word: n for word, n in every.items() if n >= least}
    assert dict(zip(kept.words.to_pylist(), kept.counts.tolist(), strict=True)) == expected
    assert kept.pruned_count == every.total() - sum(expected.values())


def test_a_weighted_word_never_vanishes(shards, tmp_path):
    directory = counted(shards, tmp_path / "counts")
    found = weighted(directory, {"en": 0.001})
    assert found.counts.min() == 1
    assert len(found.words) == len(weighted(directory).words)


def test_counts_are_known_by_their_content(shards, tmp_path):
    """A table of equal size is not the same table; shards are named by what is in them, whatever their order."""
    directory = counted(shards, tmp_path / "counts")
    hashes = count_hashes(directory)
    assert hashes == {path.name: file_sha256(path) for path in directory.iterdir() if path.name != "task.json"}
    assert counted_text(directory) == sorted(file_sha256(path) for path in shards)
    assert counted_text(counted(shards[::-1], tmp_path / "turned")) == counted_text(directory)
    table = directory / "web-ko.ko.arrow"
    content = bytearray(table.read_bytes())
    content[len(content) // 2] ^= 1
    table.write_bytes(content)
    with pytest.raises(UserError, match=r"web-ko\.ko\.arrow is damaged: its SHA-256 differs"):
        count_hashes(directory)


@pytest.mark.parametrize(("weight", "once", "often"), [(0.51, 1, 10), (1.4, 1, 28), (1.6, 2, 32), (2.0, 2, 40)])
def test_weighted_counts_are_rounded_to_the_nearest(shards, tmp_path, weight, once, often):
    """Each table by itself, before they are added up."""
    directory = counted(shards, tmp_path / "counts")
    total = weighted(directory, {"en": weight})
    found = dict(zip(total.words.to_pylist(), total.counts.tolist(), strict=True))
    assert (found[b"An"], found[b" many"], found[b" page"]) == (once, often, once + often)
    assert found[" 글".encode()] == reference("web-ko", "ko")[" 글".encode()]

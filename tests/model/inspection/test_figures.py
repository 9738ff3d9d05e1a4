"""Every figure of an inspection by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from corpus.engine.local import LocalEngine
from corpus.shards import shard_paths
from model.inspection.inspect import inspect
from model.inspection.sections import Inspection, Section, bars, cell, distribution
from model.packing.corpus import pack_corpus
from model.packing.packer import PackSettings
from tests.model.small_corpus import byte_tokenizer, write_corpus
from tokenizer.training.counts import count_shards


def section(found: Inspection, title: str) -> Section:
    return next(each for each in found.sections if each.title == title)


def test_a_corpus(tmp_path: Path) -> None:
    texts = ["가" * 3, "나" * 20, "다" * 21]
    corpus = write_corpus(tmp_path, {"train": {"web-00000": texts, "wiki-00000": texts[:1]}, "validation": {}})

    def book(read: int, documents: int, size: int) -> dict[str, Any]:
        return {
            "read": {"in": read, "unreadable": {"bad json": 1, "null text": 2}, "skipped": {"redirect": 4}},
            "clean": {"dropped": {f"rule {n}": n + 1 for n in range(15)}},
            "deduplicate": {"dropped": {"exact": 8, "near": 16}},
            "output": {
                "documents": documents, "bytes": size,
                "languages": {"ko": 30, "en": 10}, "language_bytes": {"en": 75, "ko": 25},
            },
        }  # fmt: skip

    stats = {"sources": {"web": book(200, 30, 80), "wiki": book(160, 10, 20)}, "total": book(360, 40, 100)}
    (corpus / "stats.json").write_text(json.dumps(stats))
    found = inspect(corpus)
    assert found.summary == "40 documents of 360 records, 100 bytes"
    dropped = sum(range(1, 16))
    assert section(found, "Records").rows == [
        ["web", 200, 7, dropped, 24, 30, 80, 0.8],
        ["wiki", 160, 7, dropped, 24, 10, 20, 0.2],
    ]
    assert section(found, "Dropped by").rows == [[f"rule {n}", n + 1] for n in range(14, 2, -1)]  # the twelve most
    assert section(found, "Languages").rows == [["en", 10, 75], ["ko", 30, 25]]
    assert section(found, "Characters per document").rows == [
        ["2 – 3", "33.3 %", "100.0 %"],
        ["4 – 7", "0.0 %", "0.0 %"],
        ["8 – 15", "0.0 %", "0.0 %"],
        ["16 – 31", "66.7 %", "0.0 %"],
        ["median", 20, 3],
    ]
    assert [text for _, text in section(found, "Samples").texts] == [texts[0], texts[2], texts[0]]


def test_of_large_sources_evenly_spaced_documents_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.inspection.inspect.LOOKED_AT", 4)
    shards = {f"web-{n:05d}": ["가" * 5] * 3 for n in range(3)}
    corpus = write_corpus(tmp_path, {"train": shards, "validation": {}})
    out = {"documents": 9, "bytes": 9, "languages": {}, "language_bytes": {}}
    book: dict[str, Any] = {
        "read": {"in": 9, "unreadable": {}, "skipped": {}}, "clean": {"dropped": {}}, "deduplicate": {"dropped": {}},
        "output": out,
    }  # fmt: skip
    (corpus / "stats.json").write_text(json.dumps({"sources": {"web": book}, "total": book}))
    asked: list[int] = []

    def seen(title: str, lengths: dict[str, list[int]]) -> Section:
        asked.extend(len(values) for values in lengths.values())
        return Section(title)

    monkeypatch.setattr("model.inspection.inspect.distribution", seen)
    assert "Dropped by" not in [each.title for each in inspect(corpus).sections]
    assert asked == [4]


def test_word_counts(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", {"train": {"web-00000": ["a b b c c c", "b"]}, "validation": {}})
    with LocalEngine(1) as engine:
        count_shards(shard_paths(corpus), tmp_path / "counts", "hanji", engine)
    found = inspect(tmp_path / "counts")
    ((_, shown),) = section(found, "Most frequent pre-tokens").texts
    assert shown.split("  ")[:2] == ["' c' 3", "' b' 2"]
    ((source, _, documents, size, words, distinct),) = section(found, "Tables").rows
    assert (source, documents, size, words, distinct) == ("web", 2, 12, 7, 4)
    assert found.summary == "7 pre-tokens by the pattern 'hanji'"


def test_packed_rows(tmp_path: Path) -> None:
    texts = {"web-00000": ["abc", "de", "x" * 40], "news-00000": ["fg", "hij", "k"]}
    corpus = write_corpus(tmp_path / "corpus", {"train": texts, "validation": {"web-00000": ["h"]}})
    (tmp_path / "tokenizer").mkdir()
    byte_tokenizer().save(str(tmp_path / "tokenizer" / "tokenizer.json"))
    with LocalEngine(1) as engine:
        pack_corpus(corpus, tmp_path / "tokenizer", tmp_path / "packed", PackSettings(seq_len=16, bos=False), engine)
    found = inspect(tmp_path / "packed")
    about = json.loads((tmp_path / "packed" / "packing.json").read_text())
    ends = about["documents"] * (about["bos"] + about["eos"])
    assert section(found, "Mix").note == f"{ends:,} of the tokens are BOS and EOS"
    for split, source, _, documents, tokens, rows, cut, waste, share in section(found, "Rows").rows:
        book = about["splits"][split][source]
        assert (documents, tokens, rows, cut) == tuple(
            book[name] for name in ("documents", "tokens", "rows", "cut_documents")
        )
        assert waste == 1 - tokens / (16 * rows)
        assert share == tokens / about["tokens"]
    pieces = dict(section(found, "Samples").texts)["news · row 0"].split(" ⏐ ")
    assert sorted(piece.partition("<")[0] for piece in pieces) == ["fg", "hij", "k"]


def test_tiers(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", {"train": {"web-00000": ["abc", "de"]}, "validation": {}})
    (tmp_path / "tokenizer").mkdir()
    byte_tokenizer().save(str(tmp_path / "tokenizer" / "tokenizer.json"))
    with LocalEngine(1) as engine:
        pack_corpus(corpus, tmp_path / "tokenizer", tmp_path / "packed", PackSettings(seq_len=16, tiers=(2, 5)), engine)
    about = json.loads((tmp_path / "packed" / "packing.json").read_text())
    rows = section(inspect(tmp_path / "packed"), "Tiers").rows
    assert [row[0] for row in rows] == [1, 2, 5]
    assert sum(row[1] for row in rows) == about["rows"]
    assert sum(row[2] for row in rows) == about["tokens"]


def test_a_run(tmp_path: Path) -> None:
    events: list[dict[str, Any]] = [
        {"kind": "train", "step": n, "loss": 9 - n / 10, "lr": 1e-3, "tokens": 100 * n, "tokens_per_second": 50.0,
         "skipped": n // 20}
        for n in range(1, 41)
    ]  # fmt: skip
    events += [{"kind": "validation", "step": 10, "bpb/web": 3.0}]
    events += [{"kind": "validation", "step": 40, "bpb/web": 2.0, "bpb/language/ko": 1.5, "loss/web": 7.0}]
    events += [{"kind": "sample", "step": n, "prompt": "봄", "text": f"글 {n}"} for n in range(6)]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    (tmp_path / "config.toml").write_text("[model]\n")
    for name, size in (("step-000020", 5), ("step-000040", 7)):
        (tmp_path / "checkpoints" / name).mkdir(parents=True)
        (tmp_path / "checkpoints" / name / "a").write_bytes(bytes(size))
        (tmp_path / "checkpoints" / name / "b").write_bytes(bytes(1))
    found = inspect(tmp_path)
    assert found.summary == "step 40, loss 5.0000, 4,000 tokens"
    rows = section(found, "Training").rows
    assert len(rows) == 20
    assert rows[-1] == [40, 5.0, 1e-3, 4000, 50.0, 2]
    bits = section(found, "Bits per byte, held out")
    assert (bits.columns, bits.rows) == (["step", "web", "language/ko"], [[10, 3.0, None], [40, 2.0, 1.5]])
    assert section(found, "Checkpoints").rows == [["step-000020", 6], ["step-000040", 8]]
    assert [text for _, text in section(found, "Samples").texts] == ["글 2", "글 3", "글 4", "글 5"]


def test_shares_at_the_borders_of_powers_of_two() -> None:
    found = distribution("x", {"a": [1, 2, 3, 4], "none": [], "b": [8]})
    assert found.columns == ["", "a", "b"]
    assert found.rows == [
        ["1 – 1", "25.0 %", "0.0 %"],
        ["2 – 3", "50.0 %", "0.0 %"],
        ["4 – 7", "25.0 %", "0.0 %"],
        ["8 – 15", "0.0 %", "100.0 %"],
        ["median", 2, 8],
    ]
    assert distribution("x", {"none": []}).note == "nothing to count"


def test_cells_and_bars() -> None:
    values = [("share", 0.1234), ("waste", 0.5), ("loss", 0.12345), ("size", 1000.0), ("n", 1234), ("b", True)]
    assert [cell(*pair) for pair in values] == ["12.34 %", "50.00 %", "0.1235", "1,000", "1,234", "True"]
    assert cell("x", None) == ""
    assert list(bars(Section("x", ["a", "n"], [["p", 2], ["q", None], ["r", 4]], bar=1))) == [0.5, 0.0, 1.0]
    assert list(bars(Section("x", ["n"], [[0]], bar=0))) == [0.0]

"""A finished corpus of several parts, kinds of duplicates and shards: all files are named, and the books balance."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from corpus.assemble import REPORTS, _inputs, _manifest
from corpus.build import Built, build
from corpus.download.locator import Locator
from corpus.engine.local import LocalEngine
from corpus.engine.task import file_sha256
from corpus.recipe import Recipe
from corpus.shards import read_shard
from tests.corpus.test_clean import page


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Two parts of one source with exact and near duplicates in both, and one of another; broken lines everywhere."""
    folder = tmp_path_factory.mktemp("assemble")
    texts = [page(n) for n in range(1, 40, 3)]
    parts = {
        "a0": [*texts[:6], texts[0], texts[1] + "\n덧붙인 말이다."],
        "a1": [*texts[6:], texts[7], texts[8], texts[9] + "\n덧붙인 말이다.", texts[10] + "\n덧붙인 말이다."],
        "b": [texts[2], page(50), page(53)],
    }
    for name, mine in parts.items():
        lines = [json.dumps({"text": text}, ensure_ascii=False) for text in mine]
        (folder / f"{name}.jsonl").write_text("\n".join(["broken", *lines, "broken"]) + "\n", encoding="utf-8")
    sources = [
        {"name": name, "files": str(folder / f"{name}*.jsonl"), "license": "CC0-1.0", "profile": "none", "priority": n}
        for n, name in enumerate("ba", 1)
    ]
    recipe = Recipe.model_validate({"name": "t", "validation": 0.0, "languages": ["ko"], "sources": sources})
    recipe = recipe.model_copy(update={"shard_bytes": 6000})
    with LocalEngine(1) as engine:
        return build(recipe, folder / "out", engine, Locator(None, folder / "cache"))


def test_books_of_several_parts_kinds_and_shards_balance(built: Built) -> None:
    book = built.stats["sources"]["a"]
    assert book["read"]["unreadable"] == {"bad json": 4}
    assert book["deduplicate"]["dropped"] == {"exact": 4, "near": 3}
    kept = [
        row for path in built.out.glob("train/a-*.arrow") for batch in read_shard(path) for row in batch.to_pylist()
    ]
    assert book["output"]["documents"] == len(kept) == 13 - 1
    assert book["output"]["shards"] == len(list(built.out.glob("train/a-*.arrow"))) > 2
    lost = book["deduplicate"]["bytes_in"] - book["deduplicate"]["bytes_kept"]
    assert lost == book["clean"]["bytes_kept"] - sum(len(row["text"].encode()) for row in kept)
    lines = (built.out / "rejects" / "a.unreadable.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["origin"].rpartition("/")[2] for line in lines] == ["a0.jsonl"] * 2 + ["a1.jsonl"] * 2


def test_each_file_of_a_part_is_named_with_its_own_address(tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    urls = ["https://a.example/documents", "https://a.example/signals"]
    part = SimpleNamespace(urls=urls, url=urls[0], subset="x")
    tasks = [SimpleNamespace(source=SimpleNamespace(name="s"), part=part, clean_dir=tmp_path / "part")]
    files = [{"path": f"/{n}", "bytes": n, "mtime_ns": n, "sha256": f"{n}"} for n in (1, 2)]
    stages: Any = SimpleNamespace(tasks=tasks, read=[SimpleNamespace(inputs=files)], shards=[], written=[])
    for name in REPORTS:
        (tmp_path / name).write_text("")
    recipe = Recipe.model_validate({"name": "t", "sources": [{"name": "s"}]})
    assert _manifest(recipe, tmp_path, stages)["inputs"] == [
        {"source": "s", "part": "part", "url": url, "subset": "x", "bytes": n, "sha256": f"{n}"}
        for n, url in enumerate(urls, 1)
    ]
    assert _inputs(stages) == [{"source": "s", "url": url} | file for url, file in zip(urls, files, strict=True)]


def test_the_manifest_names_every_file_with_its_content(built: Built) -> None:
    outputs = {entry["path"]: entry for entry in built.manifest["outputs"]}
    assert outputs.keys() >= {*REPORTS, *(f"train/{p.name}" for p in built.out.glob("train/*.arrow"))}
    for name, entry in outputs.items():
        path = built.out / name
        assert (entry["bytes"], entry["sha256"]) == (path.stat().st_size, file_sha256(path))
        if path.suffix == ".arrow" and path.parent != built.out:
            texts = [text for batch in read_shard(path) for text in batch["text"].to_pylist()]
            assert (entry["rows"], entry["text_bytes"]) == (len(texts), sum(len(text.encode()) for text in texts))
    assert [(i["source"], Path(i["url"]).name) for i in built.manifest["inputs"]] == [
        ("b", "b.jsonl"), ("a", "a0.jsonl"), ("a", "a1.jsonl")
    ]  # fmt: skip
    audit = json.loads((built.out / "audit.json").read_text())
    book = built.stats["total"]["deduplicate"]
    counts = {"records": book["in"], "exact": 4, "near": 3, "kept": book["kept"]}
    assert {name: audit[name] for name in counts} == counts
    assert book["in"] == book["kept"] + 7
    for entry in built.manifest["inputs"]:
        assert (entry["bytes"], entry["sha256"]) == (Path(entry["url"]).stat().st_size, file_sha256(Path(entry["url"])))

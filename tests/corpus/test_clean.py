"""New thresholds judge again what was measured once, and nothing else; the result is that of a build from scratch."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from corpus.build import Built, build
from corpus.download.locator import Locator
from corpus.engine.local import LocalEngine
from corpus.quality.judgement import STATISTICS, Reference, measure
from corpus.recipe import Recipe
from corpus.stored import filled, read_table

# What looks at text in reading and measuring.
SCANS = (
    *("corpus.sources.local.Local.read", "corpus.cleaning.normalize.normalize", "corpus.cleaning.language.detect"),
    *(
        "corpus.cleaning.boilerplate.LineCounts.add",
        "corpus.cleaning.boilerplate.remove",
        "corpus.cleaning.privacy.redact",
    ),
    *(
        "corpus.quality.judgement.measure",
        "corpus.quality.judgement.count_words",
        "corpus.quality.judgement.count_repetition",
    ),
)


NOUNS = ["바다", "산길", "시장", "학교", "음악", "나무", "우주", "기차", "요리", "그림", "강물", "하늘", "도시"]
VERBS = ["보았다", "지났다", "그렸다", "떠올렸다", "찾았다", "배웠다", "들었다", "남겼다", "잊었다", "적었다", "읽었다"]


def page(number: int) -> str:
    """Two dozen different sentences with an address among them; some pages repeat their last line."""
    keys = [hashlib.md5(f"{number} {k}".encode()).digest() for k in range(24)]
    body = [
        f"{NOUNS[a % 13]}에서 {NOUNS[b % 13]}의 {c}번째 {NOUNS[d % 13]}를 {VERBS[e % 11]}."
        for a, b, c, d, e, *_ in keys
    ]
    return "\n".join([*body[:12], f"문의는 someone{number}@example.org로.", *body[12:], *(["끝."] * (number % 4))])


def run(folder: Path, inputs: Path, min_words: float) -> Built:
    source = {"name": "mine", "files": [str(inputs)], "profile": "web"}
    thresholds = {"web": {"ko": {"min_words": min_words, "max_duplicate_lines": 0.5}}}
    recipe = {"name": "t", "validation": 0.0, "sources": [source], "languages": ["ko"], "quality": thresholds}
    with LocalEngine(1) as engine:
        return build(
            Recipe.model_validate(recipe), folder, engine, Locator(None, folder.parent / "cache"), overwrite=True
        )


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("in") / "in.jsonl"
    texts = [page(n) if n % 3 else page(n)[: 40 + 12 * n] for n in range(40)] + ["", "An English page. " * 30]
    path.write_text("".join(json.dumps({"text": t}, ensure_ascii=False) + "\n" for t in texts), encoding="utf-8")
    return path


def hashes(folder: Path) -> dict[str, str]:
    """Every file under work/measured and work/clean, and of the corpus, but manifests, which name folders and times."""
    found = [p for part in (".work/measured", ".work/clean", "train", "rejects") for p in (folder / part).rglob("*")]
    files = [p for p in [*found, folder / "stats.json"] if p.is_file() and p.name != "task.json"]
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_a_threshold_is_judged_again_and_nothing_else(
    tmp_path: Path, inputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(tmp_path / "a/out", inputs, 30)
    work = first.out / ".work"
    tasks = [work / "boilerplate/task.json", *work.glob("read/*/task.json"), *work.glob("measured/*/task.json")]
    times = [path.stat().st_mtime_ns for path in tasks]
    assert len(tasks) == 3
    with monkeypatch.context() as patch:
        for scan in SCANS:
            patch.setattr(scan, lambda *_, scan=scan: pytest.fail(f"{scan} ran again"))
        second = run(tmp_path / "a/out", inputs, 100)
    assert [path.stat().st_mtime_ns for path in tasks] == times
    dropped = [built.stats["total"]["clean"]["dropped"] for built in (first, second)]
    assert dropped[0]["min_words"] < dropped[1]["min_words"]
    assert dropped[0]["language"] == dropped[1]["language"] == 1
    fresh = run(tmp_path / "b/out", inputs, 100)
    assert hashes(second.out) == hashes(fresh.out)


def test_every_scan_is_one_that_runs(tmp_path: Path, inputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list above means something: a first build calls each of them."""
    for scan in SCANS:
        with monkeypatch.context() as patch:
            patch.setattr(scan, lambda *_, scan=scan: (_ for _ in ()).throw(ZeroDivisionError(scan)))
            with pytest.raises(Exception, match=scan):
                run(tmp_path / scan / "out", inputs, 30)


def test_statistics_lie_beside_the_documents(tmp_path: Path, inputs: Path) -> None:
    built = run(tmp_path / "out", inputs, 30)
    [folder] = (built.out / ".work/measured").iterdir()
    documents, statistics = (read_table(folder / f"{name}.arrow") for name in ("documents", "statistics"))
    [read] = built.out.glob(".work/read/*/documents.arrow")
    texts = pa.concat_arrays([batch["text"] for batch in filled(read, folder / "documents.arrow")])
    expected = measure(texts)
    assert statistics.column_names == list(STATISTICS)
    assert np.array_equal(np.column_stack([c.to_numpy() for c in statistics.columns]), expected)
    judged = pa.ipc.open_file(str(built.out / ".work/clean" / folder.name / "judged.arrow")).read_all()
    assert judged["id"].to_pylist() == documents["id"].to_pylist()
    counted = judged["reason"].value_counts().to_pylist()
    reasons: dict[Any, int] = {row["values"]: row["counts"] for row in counted}
    assert reasons.pop(None) == built.stats["total"]["clean"]["kept"] > 20
    dropped = built.stats["total"]["clean"]["dropped"]
    assert reasons == {name: count for name, count in dropped.items() if name in Reference.model_fields}

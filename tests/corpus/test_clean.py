"""New thresholds judge again what was measured once, and nothing else; the result is that of a build from scratch."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from corpus import clean
from corpus.build import Built, build
from corpus.clean import clean_part
from corpus.document import Part
from corpus.download.locator import Locator
from corpus.duplicates import minhash
from corpus.duplicates.shingles import ShingleSettings, Sizes
from corpus.engine.local import LocalEngine
from corpus.prepare import PartTask, read_part
from corpus.quality.judgement import STATISTICS, Reference, measure, score
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


def part_of(tmp_path: Path, records: list[dict[str, Any]], **settings: Any) -> PartTask:
    """A part that is read already."""
    file = tmp_path / "in.jsonl"
    file.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    source = {"name": "s", "kind": "local", "files": [str(file)], "profile": "web", "license": "CC0-1.0",
              "fields": {name: name for name in ("text", "title", "url")}}  # fmt: skip
    recipe = Recipe.model_validate({"name": "t", "languages": ["ko"], "sources": [source]} | settings)
    folders = tmp_path / "read" / "s", tmp_path / "clean" / "s"
    task = PartTask(recipe, recipe.sources[0], Part("s", str(file)), file, 1, *folders)
    read_part(task)
    return task


def test_what_is_dropped_before_the_rules_is_told_with_its_own_value(tmp_path: Path) -> None:
    """The score of its language, 0 bytes; the bytes that came in are those before anything was removed."""
    english = "The ferry left the harbour late that evening, and nobody was on the quay to see it go."
    texts = [page(1), english, "  ", english + " It was raining.", "someone@example.com"]
    task = part_of(tmp_path, [{"text": text} for text in texts], privacy={"tags": {"email": ""}})
    made = clean_part(task)
    read = read_table(task.read_dir / "documents.arrow").to_pylist()
    assert made.result["documents_in"] == len(read)
    assert made.result["bytes_in"] == sum(len(row["text"].encode()) for row in read)
    assert made.result["dropped"] == {"empty": len(read) - 3, "language": 2}
    sampled = [json.loads(line) for line in (made.directory / "rejects.jsonl").read_text().splitlines()]
    told = {entry["id"]: entry["value"] for entry in sampled if entry["reason"] == "language"}
    english_ones = [row for row in read if row["text"].startswith(english)]
    assert told == {row["id"]: round(row["lang_score"], 4) for row in english_ones}
    assert min(told.values()) > 0.5
    assert {entry["value"] for entry in sampled if entry["reason"] == "empty"} == {0}


def test_titles_and_addresses_are_redacted_and_what_is_left_empty_is_dropped(tmp_path: Path) -> None:
    mail = "someone@example.com"
    records = [
        {"text": page(1), "title": f"글 {mail}", "url": f"https://a.example/{mail}/x"},
        {"text": mail, "title": None, "url": "https://b.example/"},
        {"text": page(2), "title": "둘", "url": "https://c.example/"},
    ]
    task = part_of(tmp_path, records, privacy={"tags": {"email": ""}})
    made = clean_part(task)
    kept = read_table(made.directory / "documents.arrow").to_pylist()
    assert [(row["title"], row["url"]) for row in kept] == [
        ("글 ", "https://a.example//x"), ("둘", "https://c.example/")
    ]  # fmt: skip
    assert made.result["dropped"] == {"empty": 1}
    redacted = made.result["redacted"]
    assert {name: redacted[name] for name in ("email in title", "email in url")} == {
        "email in title": 1, "email in url": 1
    }  # fmt: skip


def test_each_kept_document_has_its_own_score_signature_and_verdict(tmp_path: Path) -> None:
    """Although others of its batch are dropped; signatures are made as the recipe says for its language."""
    texts = [page(n) if n % 3 else page(n)[: 40 + 12 * n] for n in range(9)]
    records = [{"text": text} for text in texts]
    sizes = ShingleSettings(languages={"ko": Sizes(syllables=3)})
    limits = {"web": {"ko": {"min_words": 30, "max_duplicate_lines": 0.5}}}
    task = part_of(tmp_path, records, quality=limits, shingles=sizes.model_dump())
    made = clean_part(task)
    kept = read_table(made.directory / "documents.arrow")
    assert 2 < len(kept) < len(texts) - 1
    mine = kept["text"].combine_chunks()
    scores = score(measure(mine))
    assert len(set(scores.tolist())) > 2
    assert kept["quality"].to_pylist() == scores.tolist()
    expected = minhash.sketch(mine, pa.array(["ko"] * len(mine)), sizes, minhash.MinHashSettings())
    assert np.array_equal(np.load(made.directory / "signatures.npy"), expected)
    judged = read_table(made.directory / "judged.arrow").to_pylist()
    statistics = read_table(task.measured_dir / "statistics.arrow")
    assert len(judged) == len(texts)
    sampled = [json.loads(line) for line in (made.directory / "rejects.jsonl").read_text().splitlines()]
    values = {row["id"]: row["value"] for row in judged if row["reason"]}
    assert {entry["id"]: entry["value"] for entry in sampled} == {id: round(v, 4) for id, v in values.items()}
    for place, row in enumerate(judged):
        name = row["reason"].partition("_")[2] if row["reason"] else None
        assert row["value"] == (statistics[name][place].as_py() if name else None)


def test_texts_that_only_reading_changed_are_cleaned_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What measuring writes holds no text where it changed none, and may be the same."""

    def same(task: PartTask, learned: Any, out: Path) -> dict[str, Any]:
        for name in ("documents.arrow", "statistics.arrow", "rejects.jsonl"):
            (out / name).write_text("the same")
        return {}

    monkeypatch.setattr(clean, "_measure", same)
    monkeypatch.setattr(clean, "_clean", lambda task, measured, scanner, out: (out / "made").write_text("1") and {})
    task = part_of(tmp_path, [{"text": page(1)}])
    assert not clean_part(task).skipped
    assert clean_part(task).skipped
    task.path.write_text(json.dumps({"text": page(2)}), encoding="utf-8")
    read_part(task)
    assert not clean_part(task).skipped


def test_a_clean_part_that_was_changed_unnoticed_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At equal size and time: matching reads the files without hashing them."""
    monkeypatch.setattr(clean, "_clean", lambda task, measured, scanner, out: (out / "made").write_text("1") and {})
    task = part_of(tmp_path, [{"text": page(1)}])
    made = clean_part(task).directory / "made"
    stat = made.stat()
    made.write_text("2")
    os.utime(made, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert not clean_part(task).skipped
    assert made.read_text() == "1"

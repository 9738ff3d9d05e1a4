"""The demo sample's key says what each record should meet; the build must agree, record by record."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from corpus.build import build
from corpus.download.locator import Locator
from corpus.engine.local import LocalEngine
from corpus.recipe import load_recipe
from corpus.shards import read_shard, shard_paths

ROOT = Path(__file__).resolve().parents[2]
KEY = [json.loads(line) for line in (ROOT / "corpus/sample/files/key.jsonl").read_text(encoding="utf-8").splitlines()]
KEPT = ("kept", "repaired", "redacted", "boilerplate removed")

Place = tuple[str, int]


def place(origin: str) -> Place:
    """`package:corpus.sample/files/web-ko.jsonl.gz#12` → ("web-ko.jsonl.gz", 12)."""
    file, _, row = origin.rpartition("#")
    return file.rpartition("/")[2], int(row)


class Demo:
    """The built demo corpus, by the place each record came from."""

    def __init__(self, out: Path) -> None:
        paths = [path for split in ("train", "validation") for path in shard_paths(out, split)]
        rows = [row for path in paths for batch in read_shard(path) for row in batch.to_pylist()]
        self.texts: dict[Place, str] = {place(row["origin"]): row["text"] for row in rows}
        with pa.memory_map(str(out / "duplicates.arrow")) as file:
            self.duplicates = {place(r["origin"]): r for r in pa.ipc.open_stream(file).read_all().to_pylist()}
        self.unreadable = {place(f"{e['origin']}#{e['row']}"): e for e in _entries(out, "*.unreadable.jsonl")}
        self.rejects = {place(e["origin"]): e for e in _entries(out, "*.jsonl") if "id" in e}
        self.report = (out / "report.html").read_text(encoding="utf-8")
        self.rejected_text = "\n".join(e.get("text", e.get("sample", "")) for e in _entries(out, "*.jsonl"))


def _entries(out: Path, pattern: str) -> Iterator[dict[str, Any]]:
    for path in sorted((out / "rejects").glob(pattern)):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    out = tmp_path_factory.mktemp("key") / "corpus"
    recipe = load_recipe("demo", ROOT / "pipelines" / "recipes")
    with LocalEngine(1) as engine:
        build(recipe, out, engine, Locator(None, out / ".work" / "downloads"))
    return Demo(out)


def test_the_key_covers_the_sample() -> None:
    assert len(KEY) > 440
    assert {entry["expect"] for entry in KEY} == {*KEPT, "dropped", "unreadable"}


@pytest.mark.parametrize("kind", sorted({entry["kind"] for entry in KEY}))
def test_every_record_of_this_kind_meets_its_fate(demo: Demo, kind: str) -> None:
    wrong = [f"{e['file']}#{e['row']}: {problem}" for e in KEY if e["kind"] == kind and (problem := _problem(demo, e))]
    assert not wrong, "\n".join(wrong)


def test_removed_lines_are_listed_in_the_report_with_their_counts(demo: Demo) -> None:
    cells = (
        '<td>12</td><td>400</td><td class="text">example.com</td><td class="text">저작권자 ⓒ 예시일보, 무단전재 및'
        " 재배포 금지</td>"
    )
    assert cells in demo.report
    assert not any("무단전재 및 재배포 금지" in text for text in demo.texts.values())


def _problem(demo: Demo, entry: dict[str, Any]) -> str:
    here = (entry["file"], entry["row"])
    text = demo.texts.get(here)
    if "one of" in entry:  # two copies of equal standing: exactly one survives, whichever is better
        kept = [(e["file"], e["row"]) in demo.texts for e in entry["one of"]]
        if sum(kept) != 1:
            return f"{sum(kept)} of the two copies were kept"
        if text is None:
            return "" if here in demo.duplicates else "dropped, but not as a duplicate"
        return _text_problem(entry, text)
    if entry["expect"] in KEPT:
        return "lost" if text is None else _text_problem(entry, text)
    if text is not None:
        return "kept"
    if entry["expect"] == "unreadable":
        found = demo.unreadable.get(here, {}).get("reason")
        return "" if found == entry["reason"] else f"unreadable for {found!r}"
    if entry["reason"] in ("exact", "near"):
        return _duplicate_problem(demo, entry, here)
    rejected = demo.rejects.get(here, {})
    found, expected = rejected.get("reason"), entry["reason"]
    if expected in ("language", "empty"):
        right = found == expected
    else:  # any quality rule; a soup of keywords may be in no language at all
        right = found not in (None, "language", "empty") or (found == "language" and rejected["lang"] == "und")
    return "" if right else f"dropped for {found!r}, not {expected!r}"


def _text_problem(entry: dict[str, Any], text: str) -> str:
    if "text" in entry and text != entry["text"]:
        return f"became {text[:80]!r}"
    missing = [part for part in entry.get("contains", ()) if part not in text]
    left = [part for part in entry.get("lacks", ()) if part in text]
    return f"lacks {missing}, still has {left}" if missing or left else ""


def _duplicate_problem(demo: Demo, entry: dict[str, Any], here: Place) -> str:
    row = demo.duplicates.get(here)
    if row is None:
        return "not dropped as a duplicate"
    if row["kind"] != entry["reason"]:
        return f"a {row['kind']} duplicate"
    survivor = place(row["survivor_origin"])
    return "" if survivor == (entry["of"]["file"], entry["of"]["row"]) else f"survived by {survivor}"


def test_only_planted_records_are_missing(demo: Demo) -> None:
    planted = {(e["file"], e["row"]) for e in KEY if e["expect"] not in KEPT or "one of" in e}
    everything = {(e["file"], e["row"]) for e in KEY}
    assert everything - set(demo.texts) <= planted


def test_nothing_personal_is_left_in_clear_anywhere(demo: Demo) -> None:
    secrets = [part for e in KEY if e["expect"] == "redacted" for part in e.get("lacks", ())]
    assert len(secrets) >= 8
    for secret in secrets:
        assert secret not in demo.rejected_text

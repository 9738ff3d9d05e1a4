"""The times of a build: figures that follow from the books, the page that shows them, and a corpus without them."""

import json
import re
from pathlib import Path

import pytest

from corpus.build import build
from corpus.download.locator import Locator
from corpus.engine.local import LocalEngine
from corpus.engine.stopwatch import Lap, Stopwatch
from corpus.recipe import Recipe
from corpus.report import figure, size
from corpus.times import STEPS, describe_times, read_times, write_times
from tests.helpers.browser import check_page


@pytest.fixture
def times() -> dict:
    sizes = {"read": (9, 8), "clean": (8, 6), "deduplicate": (6, 5), "trim": (5, 4)}
    total = {
        stage: {"in": 100, "kept": 50, "bytes_in": before * 1_000_000, "bytes_kept": after * 1_000_000}
        for stage, (before, after) in sizes.items()
    }
    watch = Stopwatch(LocalEngine(1))
    watch.laps = {
        "read": Lap(3.0, 4, 0, 400, 0),
        "clean": Lap(0.5, 4, 3, 400, 300),
        "match": Lap(2.0, 5, 5, 5, 5),
        "trim": Lap(0.25, 4, 0, 4, 0),
    }
    return describe_times(watch, total, 2)


def test_speeds_are_of_what_this_run_did(times: dict) -> None:
    steps = {row["step"]: row for row in times["steps"]}
    assert list(steps) == ["read", "clean", "match", "trim"]
    assert steps["read"]["megabytes_per_second"] == 3.0  # 9 MB in 3 s
    assert steps["clean"]["megabytes_per_second"] == 4.0  # a quarter of 8 MB in 0.5 s
    assert steps["match"]["megabytes_per_second"] is None
    assert (steps["match"]["tasks"], steps["match"]["already_done"]) == (5, 5)
    assert steps["trim"]["megabytes_per_second"] == 20.0


def test_every_figure_of_the_page_is_that_of_the_json(times: dict, tmp_path: Path) -> None:
    times |= {"seconds": 7.25}
    write_times(tmp_path, "x<b>y", times)
    assert read_times(tmp_path) == times
    page = (tmp_path / "times.html").read_text(encoding="utf-8")
    assert "x&lt;b&gt;y" in page
    assert "7.2 s" in page
    rows = [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in re.findall(r"<tr>(<td.*?)</tr>", page)]
    assert rows == [
        [
            row["step"],
            f"{row['seconds']:.2f}",
            "–" if row["megabytes_per_second"] is None else figure(row["megabytes_per_second"]),
            f"{100 * row['share']:.1f} %",
            size(row["text"]),
            f"{row['tasks']:,}",
            f"{row['already_done']:,}",
        ]
        for row in times["steps"]
    ]


def test_the_page_in_a_browser(times: dict, tmp_path: Path) -> None:
    write_times(tmp_path, "demo", times)
    check_page(tmp_path / "times.html", tmp_path / "profile")


def test_a_build_leaves_its_times_beside_the_work_and_not_in_the_corpus(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(
        "".join(json.dumps({"text": f"문서 {n} 번의 글이다."}) + "\n" for n in range(20))
    )
    source = {"name": "a", "kind": "jsonl", "files": [str(tmp_path / "in.jsonl")], "fields": {"text": "text"}}
    recipe = Recipe.model_validate({"name": "t", "languages": ["ko"], "sources": [source]})
    for _ in range(2):
        with LocalEngine(1) as engine:
            built = build(recipe, tmp_path / "out", engine, Locator(None, tmp_path / "cache"))
    times = read_times(tmp_path / "out" / ".work")
    assert built.found
    assert times is not None
    assert [row["step"] for row in times["steps"]] == list(STEPS)
    assert times["seconds"] >= sum(row["seconds"] for row in times["steps"]) - 0.1 > 0
    files = json.loads((tmp_path / "out" / ".hanji.json").read_text())["files"]
    assert not [name for name in files if "times" in name]
    assert 'href=".work/times.html"' in (tmp_path / "out" / "report.html").read_text()

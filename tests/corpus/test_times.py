"""The times of a build: figures that follow from the books, the page that shows them, and a corpus without them."""

import json
import re
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from corpus.build import build
from corpus.download.locator import Locator
from corpus.engine import stopwatch
from corpus.engine.local import LocalEngine
from corpus.engine.stopwatch import Lap, Stopwatch
from corpus.quantities import megabytes
from corpus.recipe import Recipe
from corpus.report import figure
from corpus.times import STEPS, describe_times, read_times, write_times
from tests.corpus.engine.test_stopwatch import Clock
from tests.helpers.browser import check_page


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> dict:
    sizes = {"read": (9, 8), "clean": (8, 6), "deduplicate": (6, 5), "trim": (5, 4)}
    total = {
        stage: {"in": 100, "kept": 50, "bytes_in": before * 1_000_000, "bytes_kept": after * 1_000_000}
        for stage, (before, after) in sizes.items()
    }
    clock = Clock()
    monkeypatch.setattr(stopwatch, "time", clock)
    watch = Stopwatch(LocalEngine(1))
    watch.laps = {
        "download": Lap(0.25, 2, 1, 3_000_000, 1_000_000),
        "read": Lap(3.0, 4, 0, 400, 0),
        "boilerplate and test items": Lap(0.5, 0, 0, 0, 0),
        "clean": Lap(0.5, 4, 3, 400, 300),
        "match": Lap(2.0, 5, 5, 5, 5),
        "trim": Lap(0.25, 4, 0, 4, 0),
        "write": Lap(0.5, 4, 2, 8, 2),
        "report": Lap(0.0, 1, 0, 1, 0),
    }
    clock.now += 8
    return describe_times(watch, total, 2)


def test_speeds_are_of_what_this_run_did(times: dict) -> None:
    found = {row["step"]: (row["share"], row["text"] / 1e6, row["megabytes_per_second"]) for row in times["steps"]}
    assert found == {
        "download": (0.0312, 3, 8.0),  # two of 3 MB in a quarter of a second
        "read": (0.375, 9, 3.0),  # 9 MB in 3 s
        "boilerplate and test items": (0.0625, 8, None),  # no tasks
        "clean": (0.0625, 8, 4.0),  # a quarter of 8 MB in 0.5 s
        "match": (0.25, 6, None),  # all done before
        "trim": (0.0312, 5, 20.0),
        "write": (0.0625, 4, 6.0),  # three quarters of 4 MB in 0.5 s
        "report": (0.0, 4, None),  # in no time
    }
    assert list(found) == list(STEPS)
    assert (times["seconds"], times["runs"], times["workers"]) == (8, 1, 2)
    assert [(row["tasks"], row["already_done"]) for row in times["steps"]] == [
        (2, 1), (4, 0), (0, 0), (4, 3), (5, 5), (4, 0), (4, 2), (1, 0)
    ]  # fmt: skip


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
            megabytes(row["text"]),
            *([f"{row['tasks']:,}", f"{row['already_done']:,}"] if row["tasks"] else ["–", "–"]),
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
    source = {"name": "a", "kind": "local", "files": [str(tmp_path / "in.jsonl")], "fields": {"text": "text"}}
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


def test_a_build_that_was_interrupted_tells_the_seconds_of_all_its_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a scan made while cleaning is nothing that a step after it found done."""
    rows = "".join(json.dumps({"text": f"문서 {n} 번의 글이다."}) + "\n" for n in range(20))
    (tmp_path / "in.jsonl").write_text(rows)
    test = {"task": "mine", "files": [str(tmp_path / "test.jsonl")], "fields": ["q"]}
    (tmp_path / "test.jsonl").write_text(json.dumps({"q": "이 문장은 시험에 나오는 문장이며 어디에도 없다."}) + "\n")
    source = {"name": "a", "kind": "local", "files": [str(tmp_path / "in.jsonl")], "fields": {"text": "text"}}
    recipe = Recipe.model_validate(
        {"name": "t", "languages": ["ko"], "sources": [source], "contamination": {"sets": [test]}}
    )

    def run() -> None:
        with LocalEngine(1) as engine:
            build(recipe, tmp_path / "out", engine, Locator(None, tmp_path / "cache"))

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    clock = count(0.0, 0.1)  # each look at it is a tenth of a second later: reading takes some, however fast it is
    monkeypatch.setattr(stopwatch, "time", SimpleNamespace(monotonic=clock.__next__))
    work = tmp_path / "out" / ".work"
    with monkeypatch.context() as patched:
        patched.setattr("corpus.build.match", stop)
        with pytest.raises(KeyboardInterrupt):
            run()
    first = json.loads((work / "times-unfinished.json").read_text())
    run()
    assert not (work / "times-unfinished.json").exists()
    times = read_times(work)
    assert times is not None
    rows = {row["step"]: row for row in times["steps"]}
    assert (times["runs"], sum(row["already_done"] for row in rows.values())) == (2, 0)
    assert rows["read"]["seconds"] >= round(first["laps"]["read"]["seconds"], 2) > 0
    assert times["seconds"] > round(first["seconds"], 2)
    assert rows["read"]["megabytes_per_second"] is not None
    page = (work / "times.html").read_text(encoding="utf-8")
    assert "2 runs together: one was interrupted" in page
    run()
    assert read_times(work) == times  # nothing was done

"""A dataset without test items: what is left out, what is told, and what is refused."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.contamination import files as module
from corpus.contamination.evaluation_set import EvaluationSet, text_fields
from corpus.contamination.files import decontaminate_files
from corpus.contamination.find import ContaminationSettings
from corpus.contamination.sets import parse_sets
from corpus.download.locator import Locator
from corpus.engine.local import LocalEngine
from corpus.errors import UserError
from tests.corpus.contamination.test_contamination import ENGLISH, ITEMS, _sets
from tests.corpus.duplicates.test_index import _write
from tests.corpus.duplicates.test_match import prose
from tests.helpers.browser import check_page


def _run(
    data: Path, out: Path, sets: list, workers: int = 1, column: str = "text", identifier: str | None = "name",
    **settings
) -> dict:  # fmt: skip
    chosen = ContaminationSettings(sets=sets, **settings)
    with LocalEngine(workers) as engine:
        locator = Locator("/nonexistent", out.parent / "cache")
        return decontaminate_files(data, column, out, chosen, locator, engine, identifier=identifier)


def test_records_with_test_items_are_left_out_and_listed(tmp_path: Path) -> None:
    rng = random.Random(1)
    texts = [prose(rng) for _ in range(8)]
    texts[2] += " " + ITEMS[0]["q"] + " " + prose(rng)
    texts[4] += " " + ITEMS[0]["q"]
    texts[5] = ITEMS[1]["q"]
    texts[6] += ITEMS[2]["p"]  # background: told, not removed
    texts[7] += " " + ITEMS[2]["q"]  # too short to tell
    data = _write(tmp_path / "a.jsonl", texts, "r")
    summary = _run(data, tmp_path / "out", _sets(tmp_path))
    assert (summary["records"], summary["contaminated"], summary["kept"]) == (8, 3, 5)
    assert summary["tasks"]["ko"] == {"items": 3, "leaks": 2}
    lines = data.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = "".join(line for i, line in enumerate(lines) if i not in (2, 4, 5))
    assert (tmp_path / "out" / "a.jsonl").read_text(encoding="utf-8") == kept
    listed = pq.read_table(tmp_path / "out" / "contamination.parquet").to_pylist()
    found = {r["row"]: (r["id"], r["task"], r["item"], r["field"], r["verdict"]) for r in listed}
    assert found[2] == ("r2", "ko", 0, "q", "leak")
    assert found[5] == ("r5", "ko", 1, "q", "leak")
    assert found[6][4] == "background"
    place = next(r for r in listed if r["row"] == 2)
    assert texts[2].encode()[place["start"] : place["end"]].decode() in ITEMS[0]["q"]
    page = (tmp_path / "out" / "review.html").read_text(encoding="utf-8")
    assert "ko, item 0, q" in page
    assert "r5" in page
    told = _run(data, tmp_path / "told", _sets(tmp_path), remove="nothing", workers=2)
    assert (told["contaminated"], told["kept"]) == (3, 8)
    assert (tmp_path / "told" / "a.jsonl").read_bytes() == data.read_bytes()
    for name in ("contamination.parquet", "review.html"):
        assert (tmp_path / "told" / name).exists()


def test_the_page_in_a_browser(tmp_path: Path) -> None:
    data = _write(tmp_path / "a.jsonl", [f"앞에 선 글. {ITEMS[1]['q']} 뒤에 선 글.", "다른 글", ITEMS[0]["p"]])
    _run(data, tmp_path / "out", _sets(tmp_path))
    check_page(tmp_path / "out" / "review.html", tmp_path / "profile")


def test_records_of_several_files_keep_their_own_numbers(tmp_path: Path) -> None:
    """Behind unreadable records, at the start of the second file, twice in one record, beside a file of our name."""
    rng = random.Random(1)
    first, second = tmp_path / "in/a.jsonl", tmp_path / "in/b.jsonl"
    first.parent.mkdir()
    lines = [json.dumps({"text": text, "name": f"a{n}"}) for n, text in enumerate([prose(rng), ITEMS[1]["q"]])]
    first.write_text("\n".join(["{broken", "[1]", *lines]) + "\n")
    _write(second, [f"{ITEMS[0]['q']} {prose(rng)} {ITEMS[1]['q']}", prose(rng)], "b")
    pq.write_table(pa.table({"text": ["글이다."], "name": ["c0"]}), tmp_path / "in/contamination.parquet")
    (tmp_path / "in/hanji-summary.json").write_text("{}")
    summary = _run(tmp_path / "in", tmp_path / "out", _sets(tmp_path))
    assert (summary["files"], summary["records"], summary["contaminated"], summary["kept"]) == (3, 7, 2, 3)
    assert sum(summary["unreadable"].values()) == 2
    assert summary["tasks"]["ko"]["leaks"] == 2
    listed = pq.read_table(tmp_path / "out/hanji-contamination.parquet").to_pylist()
    assert sorted((r["file"], r["row"], r["id"], r["item"]) for r in listed) == [
        ("a.jsonl", 3, "a1", 1), ("b.jsonl", 0, "b0", 0), ("b.jsonl", 0, "b0", 1)
    ]  # fmt: skip
    assert first.read_text().splitlines()[2] in (tmp_path / "out/a.jsonl").read_text()
    assert (tmp_path / "out/b.jsonl").read_text() == second.read_text().splitlines(keepends=True)[1]
    assert pq.read_table(tmp_path / "out/contamination.parquet")["name"].to_pylist() == ["c0"]
    assert (tmp_path / "out/hanji-summary.json").is_file()


def test_a_finished_folder_is_left_alone_and_other_settings_are_refused(tmp_path: Path) -> None:
    data = _write(tmp_path / "a.jsonl", [ITEMS[1]["q"], "다른 글"])
    first = _run(data, tmp_path / "out", _sets(tmp_path))
    state = (tmp_path / "out" / "summary.json").stat().st_mtime_ns
    assert _run(data, tmp_path / "out", _sets(tmp_path)) == first
    assert (tmp_path / "out" / "summary.json").stat().st_mtime_ns == state
    with pytest.raises(UserError, match=r"coverage was 0\.7 and is 0\.9"):
        _run(data, tmp_path / "out", _sets(tmp_path), coverage=0.9)


@pytest.mark.parametrize("what", ["nothing", "items", "content", "id", "column"])
def test_a_finished_folder_is_known_by_all_that_it_was_made_of(tmp_path: Path, what: str) -> None:
    data = tmp_path / "a.jsonl"
    data.write_text(json.dumps({"text": "글이다.", "body": "글이다.", "name": "n"}) + "\n")
    sets = _sets(tmp_path)
    first = _run(data, tmp_path / "out", sets)
    if what == "items":
        (tmp_path / "ko.jsonl").write_text(json.dumps(ITEMS[0]) + "\n")
    elif what == "content":
        data.write_text(data.read_text().replace("n", "m"))
    more = {"id": {"identifier": None}, "column": {"column": "body"}}.get(what, {})
    if what == "nothing":
        assert _run(data, tmp_path / "out", sets) == first
    else:
        with pytest.raises(UserError, match="is finished with other settings"):
            _run(data, tmp_path / "out", sets, **more)


def test_the_page_shows_each_find_with_what_is_around_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its figures, its table, and of every pair both texts: all but what the test took from another work."""
    pages: list[dict[str, Any]] = []
    monkeypatch.setattr(module, "write_review", lambda path, page: (path.write_text(""), pages.append(page)))
    rng = random.Random(4)
    before, behind = prose(rng), prose(rng)
    short = ENGLISH[0]["choices"]["text"][0]
    texts = [
        f"{before}. {ITEMS[0]['q']} {behind}",
        ITEMS[1]["q"],
        prose(rng),
        ITEMS[0]["q"],
        ITEMS[2]["p"],
        f"{short}.",
    ]
    summary = _run(_write(tmp_path / "a.jsonl", texts, "r"), tmp_path / "out", _sets(tmp_path))
    (page,) = pages
    assert page["figures"] == [("6", "records"), ("3", "with a leak"), ("3", "copied"), ("2", "items that leaked")]
    assert summary["tasks"] == {"en": {"items": 1, "leaks": 0}, "ko": {"items": 3, "leaks": 2}}
    ((_, head, rows),) = page["tables"]
    assert head == [
        "test",
        "items",
        "leak",
        "records with a leak",
        "short",
        "common",
        "background",
        "too short to tell",
    ]
    assert rows == [["ko", "3", "2", "3", "0", "0", "1", "1"], ["en", "1", "0", "0", "1", "0", "0", "0"]]
    groups = {group["name"]: group for group in page["groups"]}
    assert {name: group["size"] for name, group in groups.items()} == {"ko: leak": 3, "en: short": 1}
    pairs = {pair["right"]["title"]: pair for group in page["groups"] for pair in group["pairs"]}
    assert pairs.keys() == {"r0", "r1", "r3", "r5"}
    pair = pairs["r0"]
    assert (pair["left"]["title"], pair["facts"]) == ("ko, item 0, q", ["100 % of it found", "leak"])
    found = ITEMS[0]["q"][:-1]  # without the question mark
    data = texts[0].encode()
    start, end = data.index(found.encode()), data.index(found.encode()) + len(found.encode())
    runs = pair["right"]["runs"]
    assert runs[0] == (data[start - 120 : start].decode("utf-8", "ignore"), "gap")
    assert runs[-1] == (data[end : end + 120].decode("utf-8", "ignore"), "gap")
    assert "".join(text for text, _ in runs[1:-1]) == found
    assert "".join(text for text, _ in pair["left"]["runs"]) == ITEMS[0]["q"]
    assert pairs["r5"]["left"]["title"] == "en, item 0, choices.text"


def test_sets_of_a_command_line(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text('{"q": "a", "n": 3, "c": {"text": ["b"]}, "turns": [{"says": "c"}]}\n')
    file = tmp_path / "mine.jsonl"
    assert text_fields(file) == ["q", "c.text", "turns.says"]
    whole = EvaluationSet(task="mine", files=[str(file)], fields=["q", "c.text", "turns.says"])
    some = whole.model_copy(update={"fields": ["q", "c.text"]})
    assert parse_sets(f"kobest, {file},{file}:q+c.text") == ["kobest", whole, some]
    packed = tmp_path / "mine.jsonl.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    assert parse_sets(str(packed)) == [whole.model_copy(update={"files": [str(packed)]})]
    colon = tmp_path / "a:b.jsonl"
    colon.write_bytes(file.read_bytes())
    of_colon = EvaluationSet(task="a:b", files=[str(colon)], fields=["q", "c.text"])
    assert parse_sets(f"{colon}:q+c.text") == [of_colon]
    with pytest.raises(UserError, match="no such file"):
        parse_sets("none.jsonl")
    with pytest.raises(UserError, match="names no set"):
        parse_sets(" , ")
    (tmp_path / "empty.jsonl").write_text('{"n": 3}\n')
    with pytest.raises(UserError, match="no field of its first record holds text"):
        parse_sets(str(tmp_path / "empty.jsonl"))


def test_one_command_decontaminates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from pipelines.console import application
    from pipelines.decontaminate import main

    _sets(tmp_path)
    data = _write(tmp_path / "a.jsonl", [ITEMS[1]["q"], "다른 글"])
    monkeypatch.delenv("HANJI_MIRROR", raising=False)
    call = ["--in", str(data), "--out", str(tmp_path / "out"), "--workers", "1"]
    result = CliRunner().invoke(application(main), [*call, "--sets", f"{tmp_path / 'ko.jsonl'}:q", "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["tasks"] == {"ko": {"items": 3, "leaks": 1}}
    for wrong, message in (
        (["--sets", "kobst"], "unknown set 'kobst'"),
        (["--remove", "span"], "'span' is not one of 'document', 'nothing'"),
        (["--sets", f"{tmp_path / 'ko.jsonl'}:qq"], "no text in field 'qq'"),
        (["--coverage", "3"], "coverage"),
    ):
        result = CliRunner().invoke(application(main), [*call[:2], "--out", str(tmp_path / "other"), *wrong])
        assert result.exit_code == 2
        assert message in " ".join(result.stderr.split())

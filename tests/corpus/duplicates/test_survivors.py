"""Which of a cluster stays, by each rule, in JSON lines and parquet, with and without an index."""

import json
import random
import time
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.duplicates.dataset import NearDuplicateSettings
from corpus.duplicates.files import deduplicate_files
from corpus.duplicates.index import add
from corpus.duplicates.survivor_rule import Rule, parse_rule
from corpus.duplicates.survivors import Values, _days
from corpus.engine.local import LocalEngine
from corpus.errors import UserError
from tests.corpus.duplicates.test_match import prose

BASE = prose(random.Random(1))
OTHER = prose(random.Random(2))
ROWS = [
    {"text": BASE, "score": 0.2, "date": "2024-03-01", "site": "wiki"},
    {"text": BASE + " 가", "score": 0.9, "date": "2023-01-01T10:00:00Z", "site": "news"},
    {"text": BASE + " 가 나 다", "score": 0.5, "date": "2025-06-30", "site": "blog"},
    {"text": OTHER, "score": None, "date": None, "site": None},
    {"text": BASE + " 라", "score": 0.1, "date": "soon", "site": "blog"},
]
RULES = {
    "longest": 2,
    "highest:score": 1,
    "lowest:score": 4,
    "newest:date": 2,
    "oldest:date": 1,
    "source:site=news,wiki": 1,
    "source:site=blog": 2,
}


def _run(data: Path, out: Path, rule: str, against: Path | None = None) -> list[dict]:
    with LocalEngine(1) as engine:
        chosen = parse_rule(rule)
        deduplicate_files(data, "text", out, NearDuplicateSettings(), engine, rule=chosen, against=against)
    return pq.read_table(out / "duplicates.parquet").to_pylist()


def _data(folder: Path, kind: str) -> Path:
    path = folder / f"a.{kind}"
    if kind == "jsonl":
        path.write_text("not json\n" + "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in ROWS))
    else:
        pq.write_table(pa.Table.from_pylist([*ROWS]), path)
    return path


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
@pytest.mark.parametrize("rule", RULES)
def test_the_survivor_is_the_one_of_the_rule(tmp_path: Path, rule: str, kind: str) -> None:
    first = 1 if kind == "jsonl" else 0  # a broken line comes before the records
    found = _run(_data(tmp_path, kind), tmp_path / "out", rule)
    expected = RULES[rule] + first
    assert {r["survivor_row"] for r in found} == {expected}
    assert {r["row"] for r in found} == {0 + first, 1 + first, 2 + first, 4 + first} - {expected}
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    absent = {"score": 1, "date": 2, "site": 1}  # a date that is none counts as one that is not there
    assert summary.get("without_value") == absent.get(rule.partition(":")[2].partition("=")[0])


def test_what_is_in_an_index_comes_before_every_rule(tmp_path: Path) -> None:
    old = tmp_path / "old.jsonl"
    old.write_text(json.dumps({"text": BASE + " 마"}) + "\n")
    with LocalEngine(1) as engine:
        add(old, tmp_path / "index", "text", engine)
    for rule in ("highest:score", "source:site=index,news"):
        found = _run(_data(tmp_path, "jsonl"), tmp_path / rule[:4], rule, tmp_path / "index")
        assert len(found) == 4
        assert {r["survivor_dataset"] for r in found} == {str(old)}


def test_another_rule_replaces_a_finished_folder_only_when_told_to(tmp_path: Path) -> None:
    data, out = _data(tmp_path, "jsonl"), tmp_path / "out"
    _run(data, out, "longest")
    with pytest.raises(UserError, match="is finished with other settings"):
        _run(data, out, "highest:score")
    with LocalEngine(1) as engine:
        rule = parse_rule("highest:score")
        deduplicate_files(data, "text", out, NearDuplicateSettings(), engine, rule=rule, overwrite=True)
    assert {r["survivor_row"] for r in pq.read_table(out / "duplicates.parquet").to_pylist()} == {2}


def test_a_date_without_a_zone_is_utc_wherever_the_program_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    days = {  # since 2000
        "2000-01-02": 1.0,
        "2000-01-02T12:00": 1.5,
        "2000-01-02T12:00:00+09:00": 1.125,
        datetime(2000, 1, 2, 12): 1.5,
        946_684_800: 0.0,
        "946684800": None,  # text of a number is no date
        "soon": None,
        float("nan"): None,
    }
    try:
        for zone in ("UTC", "Asia/Seoul", "America/New_York"):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            assert [_days(value) for value in days] == list(days.values())
    finally:
        monkeypatch.undo()
        time.tzset()


def test_rules_that_cannot_be(tmp_path: Path) -> None:
    assert parse_rule("source:a.b=x, y") == Rule("source", "a.b", ("x", "y"))
    assert parse_rule("source:a.b=x, y").priorities == {"x": 1, "y": 2}  # 0 is for what comes before all of them
    for wrong in ("best", "highest", "central:x", "source:site", "source:site=", "newest:"):
        with pytest.raises(UserError, match="accepted are central, longest"):
            parse_rule(wrong)
    with pytest.raises(UserError, match=r"no record has a number in 'rank', by which --survivor"):
        _run(_data(tmp_path, "jsonl"), tmp_path / "out", "highest:rank")
    with pytest.raises(UserError, match=r"no record has a date in 'site'"):
        _run(_data(tmp_path, "parquet"), tmp_path / "out2", "newest:site")


@pytest.mark.parametrize("rule", [*RULES, "central"])
def test_no_record_at_all_is_no_record_without_a_value(rule: str) -> None:
    """An empty file is told about in its own words, whatever the rule."""
    Values(parse_rule(rule)).require(Path("data"))
    with pytest.raises(UserError, match="no record has a "):
        Values(Rule("source", "site", ("a",)), found=[None], missing=1).require(Path("data"))


@pytest.mark.parametrize("rule", ["central", *RULES])
def test_the_central_document_survives_where_the_rule_decides_nothing(rule: str) -> None:
    central = rule == "central" or rule.startswith("source")
    assert parse_rule(rule).order == ("central" if central else "ranked")

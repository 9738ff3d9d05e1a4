"""Scores are added to what is there, never lost; and a model is asked in plain text."""

import json
import math

import numpy as np
import pytest

from corpus.errors import UserError
from model.evaluation.harness import _ratio_error, _standard_error, held_out, task_scores
from model.evaluation.results import keep, merge, model_identity, require_scores
from model.evaluation.tables import cut_note, tables
from tests.model.small_corpus import write_corpus


def result(tasks: dict, **values) -> dict:
    given = {"name": "hf", "model": "a", "profile": "main", "limit": None, "bos": None, "skipped": {}, "averages": {}}
    return given | {"tasks": tasks} | values


def test_results_merge_by_task(tmp_path):
    keep(tmp_path, [result({"x": {"n": 1, "acc": 0.5}, "y": {"n": 1, "acc": 0.1}}, skipped={"z": "no data"})])
    now = result({"y": {"n": 2, "acc": 0.2}, "z": {"n": 1, "acc": 0.3}}, bpb={"sources": {}})
    merged, aside = keep(tmp_path, [now])
    assert aside is None
    assert {task: entry["acc"] for task, entry in merged[0]["tasks"].items()} == {"x": 0.5, "y": 0.2, "z": 0.3}
    assert merged[0]["skipped"] == {}
    assert json.loads((tmp_path / "results.json").read_text()) == merged[0]
    assert merge(merged[0], result({}))["bpb"] == {"sources": {}}


@pytest.mark.parametrize(
    "name", ["config.json", "tokenizer.json", "tokenizer_config.json", "model-00001-of-00002.safetensors", "x.bin"]
)
def test_a_model_is_known_by_all_that_its_scores_depend_on(tmp_path, name):
    (tmp_path / "notes.txt").write_text("a")
    before = model_identity(tmp_path)
    (tmp_path / "notes.txt").write_text("b")
    assert model_identity(tmp_path) == before
    (tmp_path / name).write_text("a")
    there = model_identity(tmp_path)
    (tmp_path / name).write_text("b")
    assert len({before, there, model_identity(tmp_path)}) == 3


@pytest.mark.parametrize("other", [{"model": "b"}, {"limit": 4}, {"profile": "polyglot"}, {"bos": True}, {"step": 3}])
def test_scores_of_another_model_or_other_settings_are_set_aside(tmp_path, other):
    old = result({"x": {"n": 1, "acc": 0.5}})
    keep(tmp_path, [old])
    merged, aside = keep(tmp_path, [result({"y": {"n": 1, "acc": 0.1}}, **other)])
    assert aside == tmp_path / "results-1.json"
    assert json.loads(aside.read_text()) == old
    assert list(merged[0]["tasks"]) == ["y"]


def test_nothing_scored_is_an_error_with_the_reasons():
    with pytest.raises(UserError, match=r"Nothing was scored, and nothing was written. kobest_wic: no data"):
        require_scores([result({}, skipped={"kobest_wic": "no data"})])
    require_scores([result({}), result({}, bpb={"sources": {}})])


def test_every_metric_is_taken_whatever_its_name():
    samples = [
        {
            "doc_id": 0,
            "filter": "none",
            "acc": 1.0,
            "ppl": (3, 4),
            "filtered_resps": [],
            "arguments": [("", {})],
            "target": 0,
        },
        {"doc_id": 0, "filter": "strict", "exact": 0.0, "arguments": [("", {})], "target": 0},
        {"doc_id": 1, "filter": "none", "acc": 0.0, "ppl": (3, 4), "arguments": [("", {})], "target": 0},
        {"doc_id": 1, "filter": "strict", "exact": 1.0, "arguments": [("", {})], "target": 0},
    ]
    found = {"alias": "t", "acc,none": 0.5, "acc_stderr,none": "N/A", "ppl,none": 12.5, "exact,strict": 0.5}
    entry = task_scores(found, samples)
    assert entry["n"] == 2
    assert (entry["acc"], entry["ppl"], entry["exact/strict"]) == (0.5, 12.5, 0.5)
    assert entry["acc_stderr"] == entry["exact/strict_stderr"] == pytest.approx(0.5)  # s = 0.7071, over the root of 2
    assert "ppl_stderr" not in entry
    made = tables([result({"t": entry | {"cut": 0}})])
    assert [(table.unit, [row.name for row in table.rows]) for table in made] == [
        ("score", ["t/acc", "t/exact/strict"]),
        ("value", ["t/ppl"]),
    ]


def test_cut_prompts_are_told():
    assert cut_note([result({"x": {"n": 9, "cut": 0, "acc": 1.0}})]) == ""
    assert "hf: x 1,370." in cut_note([result({"x": {"n": 1404, "cut": 1370, "acc": 1.0}})])


def test_standard_errors_by_hand(tmp_path):
    """Two documents, 6 and 12 bytes, 3 and 12 nats: 15/18 nats a byte; weighted by bytes, deviations -1/3 and 1/6."""
    assert _standard_error(np.array([1.0, 0.0, 0.0, 1.0])) == pytest.approx(0.2886751)  # s = .57735, over 2
    assert _standard_error(np.array([1.0])) == 0.0
    variance = (6 * (1 / 3) ** 2 + 12 * (1 / 6) ** 2) / 18
    squares = 3**2 / 6 + 12**2 / 12
    assert _ratio_error(15, 18, 2, squares) == pytest.approx(math.sqrt(variance / 1) / math.log(2))


def test_held_out_documents_are_spread_over_all_shards(tmp_path):
    texts = [f"document {n}" for n in range(10)]
    corpus = write_corpus(tmp_path, {"validation": {"web-00000": texts[:4], "web-00001": texts[4:]}})
    assert [text for text, _ in held_out(corpus, 3)["web"]] == ["document 0", "document 4", "document 9"]
    assert [text for text, _ in held_out(corpus, 99)["web"]] == texts

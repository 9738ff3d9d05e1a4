"""Scores are added to what is there, never lost; and a model is asked in plain text."""

import json
import math

import numpy as np
import pytest

from corpus.errors import UserError
from model.evaluation.harness import _ratio_error, _standard_error, held_out, task_scores
from model.evaluation.results import Unfinished, keep, merge, model_identity, read_results, require_scores
from model.evaluation.tables import cut_note, largest, markdown, tables
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


def test_checkpoints_are_kept_in_the_order_of_their_steps_beside_older_ones(tmp_path):
    """Those that were there stay; if one of several is of another model, all of the old file is set aside."""
    tasks = {"x": {"n": 1, "acc": 0.5}}
    keep(tmp_path, [result(tasks, step=step) for step in (9, 5)])
    more = {"y": {"n": 2, "acc": 0.25}}
    merged, aside = keep(tmp_path, [result(more, step=9)])
    assert aside is None
    assert [(each["step"], list(each["tasks"])) for each in merged] == [(5, ["x"]), (9, ["x", "y"])]
    assert json.loads((tmp_path / "results.json").read_text()) == merged
    for number in (1, 2):
        merged, aside = keep(tmp_path, [result(tasks, step=5), result(tasks, step=10 + number)])
        assert aside == tmp_path / f"results-{number}.json"
        assert [each["step"] for each in merged] == [5, 10 + number]
    merged, _ = keep(tmp_path, [result(tasks)])
    assert json.loads((tmp_path / "results.json").read_text()) == merged[0] == result(tasks)


def test_what_is_measured_anew_replaces_what_was():
    """The last score of each task, the bits of this command if it measured any, and a reason only for what has none."""
    before = result({"x": 1, "y": 2}, skipped={"z": "old", "v": "gone"}, bpb={"a": 1}, measured="then", name="old")
    now = result({"y": 3, "v": 4}, skipped={"z": "new", "x": "no data"}, measured="now")
    merged = merge(before, now)
    assert merged == before | {
        "tasks": {"x": 1, "y": 3, "v": 4}, "skipped": {"z": "new"}, "measured": "now", "name": "hf", "averages": {},
    }  # fmt: skip
    assert merge(before, now | {"bpb": {"b": 2}})["bpb"] == {"b": 2}
    assert "bpb" not in merge(now, now)


@pytest.mark.parametrize(("content", "told"), [("{", "not readable as JSON"), ("[1]", "not a results.json"),
                                               ('[{"tasks": {}}, {"tasks": []}]', "not a results.json"),
                                               ('{"name": "x"}', "not a results.json")])  # fmt: skip
def test_what_is_no_file_of_results_is_told(tmp_path, content, told):
    (tmp_path / "results.json").write_text(content)
    with pytest.raises(UserError, match=told):
        read_results(tmp_path / "results.json")
    (tmp_path / "results.json").write_text('{"tasks": {}}')
    assert read_results(tmp_path / "results.json") == [{"tasks": {}}]


def test_the_tables_as_text():
    """All of it: notes, the column of always one answer, published figures, dashes, commands and what was skipped."""
    one = result(
        {
            "kobest_wic": {"n": 4, "acc": 0.5, "f1": 0.4, "f1_stderr": 0.05, "f1_constant": 0.3333},
            "boolq": {"n": 4, "acc": 0.625, "acc_stderr": 0.25, "acc_constant": 0.6},
            "mine": {"n": 4, "ppl": 7.5, "acc": 0.1},
        },
        limit=4,
    )
    two = result({"kobest_boolq": {"n": 9, "f1": 0.25}}, name="b", profile="polyglot", limit=4)
    spread = {"bpb": 1.5, "stderr": 0.01}
    two["bpb"] = {
        "languages": dict.fromkeys(("ko", "ja", "en", "de"), spread),
        "sources": {"web": spread, "news": spread},
    }
    note = "Profiles: hf main, b polyglot. The published columns have profile polyglot, which gives other scores"
    note += " (docs/evaluation.md). Only the first 4 documents of each task were scored."
    expected = f"""careful

## KOBEST, macro-F1

{note}

    lm_eval run

|  | hf | b | one answer | KoGPT2 1.2B | Polyglot-Ko 1.3B | XGLM 1.7B | PolyLM 1.7B | 42dot LLM-PLM 1.3B |
|---|---|---|---|---|---|---|---|---|
| kobest_boolq | – | 0.250 |  | 0.337 | 0.355 | 0.502 | 0.334 | 0.369 |
| kobest_wic | 0.400 ± 0.050 | – | 0.333 |  |  |  |  |  |
| average of the first four | – | – |  | 0.504 | 0.539 | 0.488 | 0.388 | 0.549 |

## English

{note}

|  | hf | b | one answer | MPT 1B | OPT 1.3B | XGLM 1.7B | PolyLM 1.7B | 42dot LLM-PLM 1.3B |
|---|---|---|---|---|---|---|---|---|
| boolq/acc | 0.625 ± 0.250 | – | 0.600 | 0.517 | 0.578 | 0.585 | 0.617 | 0.624 |

## Other tasks

{note}

|  | hf | b |
|---|---|---|
| mine/acc | 0.100 | – |

## Other tasks, metrics that are not shares

{note}

|  | hf | b |
|---|---|---|
| mine/ppl | 7.500 | – |

## Bits per byte on held-out documents

Lower is better. The figures are comparable between tokenizers, on the same documents.

|  | hf | b |
|---|---|---|
| language de | – | 1.500 ± 0.010 |
| language en | – | 1.500 ± 0.010 |
| language ja | – | 1.500 ± 0.010 |
| language ko | – | 1.500 ± 0.010 |
| source news | – | 1.500 ± 0.010 |
| source web | – | 1.500 ± 0.010 |

## Skipped

- z: no data
"""
    found = markdown(tables([one, two]), {"z": "no data"}, "careful", {"KOBEST, macro-F1": ["lm_eval run"]})
    assert found == expected
    made = tables([two, two | {"limit": None, "run": "r"}])
    assert made[0].columns == ["b", "r, b"]
    assert made[0].note == (
        "Profile polyglot. The published columns have profile polyglot. Scores of different documents do not compare;"
        " of each task were scored: b the first 4, r, b all."
    )
    assert [table.other_profile for table in made] == [False, False]
    assert [largest(table) for table in tables([one, two])] == [1.0, 1.0, 1.0, 0.0, 1.5]


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


def test_scores_of_an_unfinished_evaluation(tmp_path):
    """They are read again for the same settings alone, and not from a file that is damaged."""
    path = tmp_path / ".work" / "scores.json"
    Unfinished(path, {"limit": 3}).add("x", {"acc": 0.5})
    Unfinished(path, {"limit": 4}).add("x", {"acc": 0.25})
    Unfinished(path, {"limit": 3}).add("y", {"acc": 0.125})
    assert Unfinished(path, {"limit": 3}).scores == {"x": {"acc": 0.5}, "y": {"acc": 0.125}}
    assert Unfinished(path, {"limit": 4}).scores == {"x": {"acc": 0.25}}
    assert Unfinished(path, {"limit": 5}).scores == {}
    text = path.read_text()
    for damaged in (text.replace("0.5", "0.6"), text[:-9], "[]", '"x"', "{}"):
        path.write_text(damaged)
        assert Unfinished(path, {"limit": 3}).scores == {}
    path.write_bytes(b"\xff")
    assert Unfinished(path, {"limit": 3}).scores == {}

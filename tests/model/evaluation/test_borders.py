"""What scores depend on, one thing at a time: classes, filters, windows, settings, and parts of a whole."""

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import f1_score

from corpus.errors import UserError
from model.evaluation import page, scores, task_names
from model.evaluation import tasks as harness_tasks
from model.evaluation.harness import (
    averages,
    bootstrap_f1,
    document_bits,
    held_out,
    macro_f1,
    right_choices,
    task_scores,
)
from model.evaluation.results import merge
from model.evaluation.scores import Request
from model.evaluation.seed_results import ENGLISH, ENGLISH_AVERAGE
from model.evaluation.tables import tables
from model.evaluation.task_names import KOBEST
from model.evaluation.tasks import expand
from tests.model.evaluation.test_evaluate import ThreeTokens
from tests.model.evaluation.test_figures import _kobest, result
from tests.model.evaluation.test_page import with_families
from tests.model.small_corpus import write_corpus


def test_a_class_that_was_only_given_counts_as_one_never_right() -> None:
    gold, given = np.array([0, 0, 1, 1]), np.array([0, 2, 1, 1])
    assert macro_f1(gold, given) == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert macro_f1(gold, given) == pytest.approx(f1_score(gold, given, average="macro"))


def test_what_always_one_answer_scores_in_macro_f1() -> None:
    """Three of four are 0: always 0 has F1 of 6/7 and 0; always 1 would have less, and so would the answers given."""
    gold, given = [0, 0, 0, 1], [1, 0, 0, 1]
    samples = [{"doc_id": n, "f1": pair} for n, pair in enumerate(zip(gold, given, strict=True))]
    found = task_scores({"f1,none": 0.5}, samples)
    assert found["f1_constant"] == pytest.approx(3 / 7)
    assert found["f1_stderr"] == bootstrap_f1(np.array(gold), np.array(given))


def test_the_right_choice_where_only_the_question_varies() -> None:
    """WinoGrande: the more likely one if it was right, else the other."""
    asked = [("A is", "big"), ("B is", "big")]
    answers = [{"arguments": asked, "target": "big", "filtered_resps": [(a,), (b,)], "acc": acc}
               for a, b, acc in ((-1.0, -2.0, 1), (-1.0, -2.0, 0), (-3.0, -2.0, 1), (-3.0, -2.0, 0))]  # fmt: skip
    assert right_choices(answers) == [0, 1, 1, 0]


def test_an_empty_document_has_no_bits(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path, {"validation": {"web-00000": ["", "ab"], "none-00000": []}})
    assert {name: [text for text, _ in rows] for name, rows in held_out(corpus, 9).items()} == {"web": ["ab"]}


def test_a_window_repeats_no_more_than_the_model_holds() -> None:
    assert document_bits(ThreeTokens(), ["한지"], context=9) == [18.0]


def test_an_average_needs_all_its_tasks() -> None:
    """The harness' group has five, the model card's four."""
    four = {name: entry for name, entry in _kobest().items() if name != "kobest_wic"}
    assert averages(four, "main") == {}
    assert averages(four, "polyglot").keys() == {"kobest_f1"}
    del four["kobest_copa"]
    assert averages(four, "polyglot") == {}


def test_the_average_of_two_commands_is_that_of_both() -> None:
    every = _kobest()
    parts = [
        {"tasks": {name: every[name] for name in names}, "skipped": {}, "profile": "main", "averages": {"stale": 1.0}}
        for names in (KOBEST[:3], KOBEST[3:])
    ]
    assert merge(*parts)["averages"] == averages(every, "main")


def test_a_curve_goes_by_steps_whatever_the_order_of_the_results(monkeypatch: pytest.MonkeyPatch) -> None:
    results = [result(f"step {step}", step / 10) | {"step": step, "run": "a"} for step in (7, 5, 6)]
    made = tables(results)
    for line in page.curves(made[0], results).values():
        assert [step for step, _ in line] == [5, 6, 7]
    assert page.curves(tables(results[:1])[0], results[:1]) == {}
    most = max(len(page.curves(table, results)) for table in made)
    for lines, charts in ((most, len(made)), (most - 1, len(made) - 1)):
        monkeypatch.setattr(page, "LINES", lines)
        assert len(page.learning_curves(made, results)) == charts


def test_a_group_is_named_if_all_its_tasks_are_there() -> None:
    one = with_families(result("hf", 0.1), of=12) | {"source": "hf"}
    words = " ".join(page.commands(tables([one]), [one])["Other tasks"])
    assert "--tasks click,haerae,kmmlu_t0,kmmlu_t1,kmmlu_t10," in words


def test_the_published_average_stands_beside_the_same_tasks() -> None:
    whole = result("one", 0.1)
    part = whole | {"tasks": {name: whole["tasks"][name] for name in ("piqa", "boolq")}}
    for given, label in ((whole, "average"), (part, "average of these 3")):
        (table,) = [each for each in tables([given]) if each.title == "English"]
        assert table.rows[-1].name == label
        same = [
            sum(column) / (len(table.rows) - 1) for column in zip(*(r.published for r in table.rows[:-1]), strict=True)
        ]
        assert list(table.rows[-1].published) == (list(ENGLISH_AVERAGE) if given is whole else pytest.approx(same))
    assert len(ENGLISH) > 3


def test_nothing_and_everything_are_shares() -> None:
    made = tables([result("one", 0.1) | {"tasks": {"t": {"n": 1, "a": 0.0, "b": 1.0, "c": 1.5, "d": -0.5}}, "bpb": {}}])
    assert [(table.unit, [row.name for row in table.rows]) for table in made] == [
        ("score", ["t/a", "t/b"]),
        ("value", ["t/c", "t/d"]),
    ]


def test_groups_and_tags_are_their_tasks_whatever_is_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups of groups, parts as names or tables, tags in order; a name that is nowhere, and a group in itself."""

    def entry(kind: str, **of: Any) -> SimpleNamespace:
        return SimpleNamespace(kind=SimpleNamespace(name=kind), **of)

    parts = ["b", {"task": "a", "metric": "acc"}, {"group": "inner", "task": "inner"}, "nowhere", "outer", "marked"]
    known = {
        "a": entry("TASK"), "b": entry("TASK"), "c": entry("TASK"), "plain": SimpleNamespace(),
        "outer": entry("GROUP", cfg={"task": parts}), "inner": entry("GROUP", cfg={"task": ["c", {"group": "plain"}]}),
        "marked": entry("TAG", tags={"c", "a"}),
    }  # fmt: skip
    monkeypatch.setattr(harness_tasks, "_index", lambda names: known)
    assert harness_tasks._members("outer", known) == ["b", "a", "c", "plain", "a", "c"]
    assert expand(["marked", "outer"]) == ["a", "c", "b", "plain"]
    with pytest.raises(UserError, match=r"--tasks marke: no such task .did you mean marked"):
        expand(["marke"])


def test_the_files_of_a_dataset_are_found_by_split_and_configuration(tmp_path: Path) -> None:
    """By name in the folder of the configuration, of any of four kinds; a file of another split or kind is none."""
    root = tmp_path / "huggingface.co" / "datasets" / "who" / "what"
    names = ("test.jsonl", "validation-00000-of-00001.parquet", "train.json", "dev.csv", "other.jsonl", "test.txt")
    for name in (*names, "deep/test.csv"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")

    def found(**task: Any) -> dict[str, list[str]]:
        files = harness_tasks.data_files(tmp_path, {"dataset_path": "who/what"} | task)
        return {split: [path.relative_to(root).as_posix() for path in paths] for split, paths in files.items()}

    every = {"training_split": "train", "validation_split": "validation", "test_split": "test", "fewshot_split": "dev"}
    assert found(**every, dataset_name="") == {
        "test": ["test.jsonl"], "validation": ["validation-00000-of-00001.parquet"], "train": ["train.json"],
        "dev": ["dev.csv"],
    }  # fmt: skip
    assert found(test_split="test", dataset_name="deep") == {"test": ["deep/test.csv"]}
    assert found(test_split="other", training_split=None) == {"other": ["other.jsonl"]}
    assert found(test_split="none") == {}
    assert harness_tasks.data_files(tmp_path, {"dataset_path": "who/else", "test_split": "test"}) == {}


def test_a_name_beside_a_known_one_is_told_whatever_it_is_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks, groups and tags of the harness' files, with or without quotation marks; ours and bpb."""
    files = b"task: first_task\n  task: inner_task\ngroup: 'a_group'\ntag:  \"a_tag\" # why\ninclude: no_name\n"
    monkeypatch.setattr(task_names, "_text", lambda: files)
    for name, near in (("first_tas", "first_task"), ("a_grou", "a_group"), ("a_tagg", "a_tag"), ("koreann", "korean"),
                       ("bpbb", "bpb"), ("winogrand", "winogrande"), ("kobest_wi", "kobest_wic")):  # fmt: skip
        with pytest.raises(UserError) as error:
            task_names.require_known([name] if name not in files.decode() else [f"{name}~"])
        assert f"(did you mean {near}?)" in str(error.value)
    with pytest.raises(UserError) as error:
        task_names.require_known(["bpb", "qqqqqqqq"])
    assert str(error.value) == (
        "--tasks qqqqqqqq: no such task; accepted: kobest, english, korean, bpb, or a task of lm-evaluation-harness."
    )
    monkeypatch.setattr(task_names, "_text", lambda: pytest.fail("read for names of ours"))
    task_names.require_known(["bpb", *task_names.GROUPS, *task_names.KOBEST, *task_names.ENGLISH])


def test_a_task_is_scored_once_however_often_it_is_named() -> None:
    assert expand(["kobest_wic", "bpb", "kobest", "kobest_wic"]) == ["kobest_wic", *KOBEST[:4]]


def test_every_setting_reaches_what_it_is_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, Any] = {}

    def told(name: str, answer: Any):
        def call(*arguments: Any) -> Any:
            found[name] = arguments
            return answer

        monkeypatch.setattr(scores, name, call)

    model, tasks = SimpleNamespace(), SimpleNamespace(skipped={"a": "b"}, unreachable=["c"])
    for name, answer in (("check_directory", None), ("model_identity", "id"), ("open_model", model),
                         ("prepare", tasks), ("score_tasks", {}), ("score_bpb", {"sources": {}})):  # fmt: skip
        told(name, answer)
    mirror, corpus = tmp_path / "mirror", tmp_path / "corpus"
    request = Request(["kobest_wic", "bpb"], "main", mirror, corpus, 17, 5, 3, True, 9, "cpu")
    result = scores.evaluate_directory(tmp_path, "name", request)
    assert found["open_model"] == (tmp_path, "main", 9, "cpu", True)
    assert found["prepare"][:3] == (["kobest_wic"], mirror, "main")
    assert found["score_tasks"] == (model, tasks, 3)
    assert found["score_bpb"] == (model, corpus, 17, 5, None)
    assert (result["limit"], result["bos"], result["skipped"]) == (3, True, {"a": "b"})
    assert result["unreachable"] == ["c"]


def test_an_interrupted_evaluation_goes_on_with_the_task_it_was_at(tmp_path: Path, monkeypatch: Any) -> None:
    """With other settings, or of another model, all tasks are scored."""
    identity, asked = ["one"], []

    def score_tasks(model: Any, tasks: Any, limit: Any, scored: Any) -> dict[str, Any]:
        asked.append(list(tasks.names))
        for name in tasks.names:
            if len(asked) == 1 and name == "kobest_wic":
                raise KeyboardInterrupt
            scored(name, {"acc": len(asked)})
        return {name: {"acc": len(asked)} for name in tasks.names}

    monkeypatch.setattr(scores, "check_directory", lambda _: None)
    monkeypatch.setattr(scores, "model_identity", lambda _: identity[0])
    monkeypatch.setattr(scores, "open_model", lambda *_: SimpleNamespace())
    monkeypatch.setattr(
        scores, "prepare", lambda names, *_: SimpleNamespace(names=[*names], skipped={}, unreachable=[])
    )
    monkeypatch.setattr(scores, "score_tasks", score_tasks)

    def evaluate(limit: int = 3) -> Any:
        request = Request(["kobest_copa", "kobest_wic"], "main", tmp_path, None, 1, 1, limit, True, 1, "cpu")
        return scores.evaluate_directory(tmp_path, "name", request, None, tmp_path / ".work" / "scores.json")["tasks"]

    with pytest.raises(KeyboardInterrupt):
        evaluate()
    assert list(evaluate().items()) == [("kobest_copa", {"acc": 1}), ("kobest_wic", {"acc": 2})]
    assert set(evaluate(4)) == {"kobest_copa", "kobest_wic"}
    identity[0] = "another"
    evaluate()
    both = ["kobest_copa", "kobest_wic"]
    assert asked == [both, ["kobest_wic"], both, both]


def test_checkpoints_are_scored_in_the_order_of_their_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.runs.required.found", lambda _: dict.fromkeys((700, 5, 60), tmp_path))
    assert scores._steps(tmp_path, "all") == [5, 60, 700]
    assert scores._steps(tmp_path, "60") == [60]
    assert scores._steps(tmp_path, "") == [None]


@pytest.mark.parametrize("disabled", [True, False])
def test_the_bars_of_others_are_as_they_were(disabled: bool) -> None:
    import datasets

    from model.evaluation.quiet import quiet_harness

    (datasets.disable_progress_bars if disabled else datasets.enable_progress_bars)()
    try:
        with quiet_harness():
            assert datasets.are_progress_bars_disabled()
        assert datasets.are_progress_bars_disabled() == disabled
    finally:
        datasets.enable_progress_bars()


@pytest.mark.parametrize("name", ["torchao", "torch.utils._pytree"])
def test_what_others_warn_of_their_own_code_is_not_shown(name: str) -> None:
    from model.evaluation.quiet import quiet_harness

    logger = logging.getLogger(name)
    before = logger.level
    with quiet_harness():
        assert not logger.isEnabledFor(logging.WARNING)
        assert logger.isEnabledFor(logging.ERROR)
    assert logger.level == before

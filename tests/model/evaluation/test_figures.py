"""Standard errors, averages and table cells by hand; the published figures against each other."""

import math
from statistics import fmean
from typing import Any

import numpy as np
import pytest

from model.evaluation import seed_results
from model.evaluation.harness import averages, bootstrap_f1, held_out, macro_f1, score_bpb, task_scores
from model.evaluation.tables import Row, ScoreTable, tables
from tests.model.small_corpus import write_corpus


def test_the_standard_error_of_an_accuracy() -> None:
    """Four answers, three right: a deviation of 1/2 (with n - 1) over the root of four."""
    samples = [{"doc_id": n, "acc": acc, "arguments": [("q",)], "target": 0} for n, acc in enumerate([1, 0, 1, 1])]
    found = task_scores({"acc,none": 0.75, "acc_stderr,none": 0.9, "alias": "t"}, samples)
    assert found == {"n": 4, "acc": 0.75, "acc_stderr": pytest.approx(0.25)}


def test_what_always_one_answer_scores() -> None:
    answers = [("q", "a"), ("q", "b"), ("q", "c")]
    right = [0, 1, 1, 2, 1]
    samples = [{"doc_id": n, "acc": 0, "arguments": answers, "target": k} for n, k in enumerate(right)]
    assert task_scores({"acc,none": 0.0}, samples)["acc_constant"] == 3 / 5


def test_the_standard_error_of_macro_f1_is_that_of_a_plain_bootstrap() -> None:
    draw = np.random.default_rng(7)
    gold = draw.integers(0, 2, 60)
    given = np.where(draw.random(60) < 0.7, gold, 1 - gold)
    rows = (draw.integers(0, 60, 60) for _ in range(3000))
    plain = np.std([macro_f1(gold[r], given[r]) for r in rows])
    assert bootstrap_f1(gold, given) == pytest.approx(plain, rel=0.1)


class Letters:
    """A model that takes as many nats for a text as its letters say: a = 1, b = 2, …"""

    prefix_token_id, max_length = 0, 100

    def tok_encode(self, text: str, add_special_tokens: bool) -> list[int]:
        return [ord(c) - 96 for c in text]

    def _loglikelihood_tokens(self, windows: Any, disable_tqdm: bool) -> list[tuple[float, bool]]:
        return [(-float(sum(wanted)), False) for _, _, wanted in windows]


def test_the_standard_error_of_bits_per_byte(tmp_path: Any) -> None:
    texts = ["aaab", "cc", "bdbdbd", "e"]
    corpus = write_corpus(tmp_path, {"validation": {"web-00000": texts}})
    found = score_bpb(Letters(), corpus, documents=10)["sources"]["web"]
    sizes = np.array([4, 2, 6, 1])
    nats = np.array([5, 6, 18, 5])
    mean = nats.sum() / sizes.sum()
    assert found["bpb"] == pytest.approx(mean / math.log(2))
    spread = (sizes * (nats / sizes - mean) ** 2).sum() / sizes.sum()  # documents weighted by their bytes
    assert found["stderr"] == pytest.approx(math.sqrt(spread / 3) / math.log(2))


@pytest.mark.parametrize(
    ("documents", "rows"),
    [(1, [0]), (2, [0, 39]), (5, [0, 9, 19, 29, 39]), (40, list(range(40))), (99, list(range(40)))],
)
def test_held_out_documents_are_spread_over_all_shards(tmp_path: Any, documents: int, rows: list[int]) -> None:
    texts = [f"document {n}" for n in range(40)]
    corpus = write_corpus(tmp_path, {"validation": {"web-00000": texts[:25], "web-00001": texts[25:]}})
    assert [text for text, _ in held_out(corpus, documents)["web"]] == [texts[n] for n in rows]


def _kobest() -> dict[str, dict[str, Any]]:
    names = ("boolq", "copa", "hellaswag", "sentineg", "wic")
    return {f"kobest_{n}": {"n": 10 * 2**k, "acc": k / 10, "f1": k / 7} for k, n in enumerate(names)}


def test_the_averages_of_both_profiles() -> None:
    scores = _kobest()
    sizes = [10 * 2**k for k in range(5)]
    for metric, by in (("acc", 10), ("f1", 7)):
        weighted = sum(size * k / by for k, size in enumerate(sizes)) / sum(sizes)
        assert averages(scores, "main")[f"kobest_{metric}"] == pytest.approx(weighted)
    assert averages(scores, "polyglot") == {"kobest_f1": pytest.approx((0 + 1 + 2 + 3) / 4 / 7)}  # WiC is left out


def result(name: str, begin: float) -> dict[str, Any]:
    """A result in which no figure occurs twice."""
    unique = (begin + k / 1000 for k in range(1000))
    tasks = {task: {"n": 5, "f1": next(unique), "f1_stderr": next(unique)} for task in _kobest()}
    for task, metric, _ in seed_results.ENGLISH.values():
        tasks.setdefault(task, {"n": 5}).update({metric: next(unique), f"{metric}_stderr": next(unique)})
    bits = {kind: {k: {"bpb": next(unique), "stderr": next(unique)} for k in names}
            for kind, names in (("languages", ("ko", "en")), ("sources", ("web", "wiki")))}  # fmt: skip
    group = {"kobest_f1": next(unique)}
    return {
        "name": name, "profile": "main", "limit": None, "tasks": tasks, "averages": group, "bpb": bits, "skipped": {},
    }  # fmt: skip


def test_every_cell_is_the_score_of_its_row_and_column() -> None:
    results = [result("one", 0.1), result("two", 0.5)]
    made: dict[str, ScoreTable] = {table.title: table for table in tables(results)}
    rows: dict[str, Row] = {row.name: row for table in made.values() for row in table.rows}
    assert all(table.columns == ["one", "two"] for table in made.values())
    for k, r in enumerate(results):
        for task in _kobest():
            assert rows[task].scores[k] == (r["tasks"][task]["f1"], r["tasks"][task]["f1_stderr"])
        for name, (task, metric, published) in seed_results.ENGLISH.items():
            assert rows[name].scores[k] == (r["tasks"][task][metric], r["tasks"][task][f"{metric}_stderr"])
            assert rows[name].published == published
        four = [r["tasks"][name]["f1"] for name in seed_results.KOBEST if name != "average"]
        assert rows["average of the first four"].scores[k] == (pytest.approx(fmean(four)), None)
        group = rows["average of all by size (the harness' group)"].scores[k]
        assert group == (r["averages"]["kobest_f1"], None)
        english = [r["tasks"][task][metric] for task, metric, _ in seed_results.ENGLISH.values()]
        assert rows["average"].scores[k] == (pytest.approx(fmean(english)), None)
        for kind, label in (("languages", "language"), ("sources", "source")):
            for name, bits in r["bpb"][kind].items():
                assert rows[f"{label} {name}"].scores[k] == (bits["bpb"], bits["stderr"])


def test_published_averages_are_those_of_the_published_scores() -> None:
    """A figure that was copied wrongly breaks the mean of its column (rounded to three digits there)."""
    korean = [row for name, row in seed_results.KOBEST.items() if name != "average"]
    assert [fmean(column) for column in zip(*korean, strict=True)] == pytest.approx(
        seed_results.KOBEST["average"], abs=0.00051
    )
    english = [row for _, _, row in seed_results.ENGLISH.values()]
    assert [fmean(column) for column in zip(*english, strict=True)] == pytest.approx(
        seed_results.ENGLISH_AVERAGE, abs=0.0011
    )

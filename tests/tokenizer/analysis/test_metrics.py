"""The table of metrics: what it refuses, and the documentation that is made from it. The figures are in
test_fertility.py."""

from pathlib import Path

import pytest

from tokenizer.analysis.metrics import METRICS, TOPICS, Metric, by_topic, metric, names, table


def test_the_docs_show_the_table() -> None:
    page = Path(__file__).parents[3] / "docs/fertility.md"
    assert table() in page.read_text(encoding="utf-8")


def test_names_are_unique_and_scripts_have_those_of_totals() -> None:
    assert len(set(names())) == len(METRICS)
    assert len({m.label for m in METRICS}) == len(METRICS)
    assert set(names()) - set(names(scripts=True)) == {m.name for m in METRICS if m.encoded}
    assert metric("strr").label == "STRR"


def test_the_page_goes_by_topic() -> None:
    order = [TOPICS.index(m.topic) for m in by_topic()]
    assert order == sorted(order)
    assert by_topic()[0].name == "fertility"
    assert sorted(m.name for m in by_topic()) == sorted(names())


@pytest.mark.parametrize("functions", [{}, {"totals": lambda t: t["words"], "encoded": lambda e: {}}])
def test_a_metric_has_one_function(functions: dict) -> None:
    with pytest.raises(ValueError, match="metric x: expected one of totals and encoded"):
        Metric("x", "x", "", "", "cost", "x", "x", **functions)


def test_a_metric_of_no_topic_is_refused() -> None:
    with pytest.raises(ValueError, match="metric x: found the topic 'speed', expected one of cost, "):
        Metric("x", "x", "", "", "speed", "x", "x", totals=lambda t: t["words"])


def test_how_each_metric_is_named_and_shown() -> None:
    assert {m.name: (m.label, m.better, m.unit, m.topic) for m in METRICS} == {
        "fertility": ("tokens per word", "low", "", "cost"),
        "bytes_per_token": ("bytes per token", "high", "", "compression"),
        "characters_per_token": ("characters per token", "high", "", "compression"),
        "tokens_per_syllable": ("tokens per syllable", "low", "", "cost"),
        "words_kept_whole": ("words kept whole", "high", "%", "running words"),
        "continued_words": ("continued words", "low", "%", "running words"),
        "strr": ("STRR", "high", "%", "distinct words"),
        "renyi_efficiency": ("Rényi efficiency", "", "", "vocabulary"),
        "renyi_efficiency_observed": ("Rényi, observed", "", "", "vocabulary"),
    }

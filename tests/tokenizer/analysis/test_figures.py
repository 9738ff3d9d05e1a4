"""Intervals against a plain bootstrap over documents, limits at their bounds."""

import re
from typing import Any

import numpy as np
import pytest

from corpus.errors import UserError
from tests.tokenizer.analysis.test_morphology import SENTENCE, Marked
from tests.tokenizer.byte_level import small_tokenizer
from tokenizer.analysis.fertility import measure
from tokenizer.analysis.limits import OTHERS, check, check_names, figures, parse_limit
from tokenizer.analysis.morphology import measure as measure_morphology
from tokenizer.analysis.morphology_analysis import assemble
from tokenizer.analysis.subject import as_subject

LEVEL = 95  # per cent, as the reports say


def plain_interval(above: np.ndarray, below: np.ndarray, seed: int = 12) -> tuple[float, float]:
    """Documents drawn with replacement, the ratio of their sums, the middle 95 % of 4,000 such ratios."""
    draw = np.random.default_rng(seed)
    rows = (draw.integers(0, len(above), len(above)) for _ in range(4000))
    ratios = np.array([above[r].sum() / below[r].sum() for r in rows])
    low, high = np.percentile(ratios, [(100 - LEVEL) / 2, (100 + LEVEL) / 2])
    return float(low), float(high)


def documents(count: int) -> list[str]:
    draw = np.random.default_rng(4)
    words = ["a", "letters", "한글", "그리고", "incomprehensible", "x1"]
    return [" ".join(draw.choice(words, draw.integers(1, 12))) for _ in range(count)]


def test_measured_intervals_are_those_of_a_plain_bootstrap() -> None:
    """Fertility and bytes per token of 300 documents by a tokenizer of bytes, whose figures can be counted."""
    texts = documents(300)
    found = measure(as_subject(small_tokenizer()), texts)["metrics"]
    sizes = np.array([len(text.encode()) for text in texts])
    words = np.array([len(text.split()) for text in texts])
    low, high = plain_interval(sizes, words)
    width = high - low
    fertility = found["fertility"]
    assert fertility["value"] == pytest.approx(sizes.sum() / words.sum())
    assert fertility["low"] == pytest.approx(low, abs=0.12 * width)
    assert fertility["high"] == pytest.approx(high, abs=0.12 * width)
    # The middle 90 % would be narrower by a sixth: the tolerance above tells them apart.
    assert (fertility["high"] - fertility["low"]) / width == pytest.approx(1, abs=0.1)


def test_intervals_follow_the_seed_and_nothing_else() -> None:
    texts, subject = documents(60), as_subject(small_tokenizer())

    def interval(seed: int) -> tuple[float, float]:
        found = measure(subject, texts, seed=seed)["metrics"]["fertility"]
        return found["low"], found["high"]

    assert interval(1) == interval(1)
    assert len({interval(seed) for seed in range(5)}) > 1


def _morphology(seed: int, sentences: int = 80) -> dict[str, Any]:
    """Sentences, a third of them cut at morphemes, the others not."""
    text, morphemes = SENTENCE
    analysed = [(f"{text}{' ' * (n + 1)}".rstrip() + f" {n}", morphemes) for n in range(sentences)]
    good = ["학교", "에서", " 먹", "었", "다", ".", " 했", "다"]
    bad = ["학", "교에서", " 먹었다", ".", " 했다"]
    cut = {said: [*(good if n % 3 == 0 else bad), said.removeprefix(text)] for n, (said, _) in enumerate(analysed)}
    found = measure_morphology(Marked(cut), assemble(analysed), None, seed)["kiwi"]
    assert found["sentences"] == sentences
    return found


def test_the_interval_of_f1_is_that_of_a_plain_bootstrap() -> None:
    found = _morphology(0)
    hits = np.array([5 if n % 3 == 0 else 1 for n in range(80)])
    tokens = np.array([5 if n % 3 == 0 else 2 for n in range(80)])
    assert found["f1"] == pytest.approx(2 * hits.sum() / (tokens.sum() + 5 * 80))
    low, high = plain_interval(2 * hits, tokens + 5)
    assert (found["low"], found["high"]) == pytest.approx((low, high), abs=0.12 * (high - low))
    assert len({_morphology(seed)["low"] for seed in range(4)}) > 1


@pytest.mark.parametrize(
    ("condition", "broken"),
    [
        *(("unreachable>=3", True), ("unreachable>3", False), ("unreachable<=3", True), ("unreachable<3", False)),
        *(("unreachable>2.9", True), ("unreachable<3.1", True), ("unreachable>=3.1", False)),
    ],
)
def test_a_figure_exactly_at_a_limit(condition: str, broken: bool) -> None:
    entry = {"name": "t", "ours": True, "languages": {}, "parity": None, "nfd_penalty": None, "morphology": None}
    report = {"tokenizers": [entry | {"vocabulary": {"unreachable": {"count": 3}}}]}
    assert bool(check(report, [parse_limit(condition)])) == broken


def test_each_figure_that_can_be_limited_is_that_of_its_name() -> None:
    """Gold morphemes before those of an analyser, and the first set of parallel text that has a premium."""

    def entry(name: str, ours: bool, **more: Any) -> dict[str, Any]:
        groups = {lang: {"metrics": {"fertility": {"value": value}}} for lang, value in (("ko", 2.5), ("en", 1.25))}
        parity = {"gini": 0.5, "a": {"premium": None}, "b": {"premium": {"value": 1.5}}, "c": {"premium": {"value": 9}}}
        return {
            "name": name, "ours": ours, "languages": groups, "parity": parity, "nfd_penalty": 3.5,
            "morphology": {"gold": {"f1": 0.625}, "kiwi": {"f1": 0.875}}, "vocabulary": {"unreachable": {"count": 7}},
        } | more  # fmt: skip

    assert figures(entry("t", True)) == {
        "ko_fertility": 2.5, "en_fertility": 1.25, "premium": 1.5, "nfd_penalty": 3.5, "morphology_f1": 0.625,
        "unreachable": 7,
    }  # fmt: skip
    less = figures(entry("t", True, parity=None, nfd_penalty=None, morphology={"gold": None, "kiwi": {"f1": 0.875}}))
    assert [less[name] for name in OTHERS] == [None, None, 0.875, 7]
    assert figures(entry("t", True, morphology=None))["morphology_f1"] is None
    report = {"tokenizers": [entry("peer", False), entry("mine", True), entry("other", True, nfd_penalty=1.0)]}
    told = check(report, [parse_limit("nfd_penalty>3"), parse_limit(" en_fertility <1.5")])
    assert told == [
        "mine: nfd_penalty is 3.5, which is > 3", "mine: en_fertility is 1.25, which is < 1.5",
        "other: en_fertility is 1.25, which is < 1.5",
    ]  # fmt: skip
    known = "'fr_fertility>1': the report has no fr_fertility for mine. It has: ko_fertility, en_fertility, premium, "
    with pytest.raises(UserError, match=re.escape(known)):
        check(report, [parse_limit("fr_fertility>1")])


def test_a_figure_is_of_a_language_of_the_corpus_and_a_metric() -> None:
    check_names([parse_limit(f"{figure}>1") for figure in ("ko_fertility", "en_strr", *OTHERS)], ["ko", "en"])
    for figure in ("fr_fertility", "ko_speed", "ko"):
        limit = parse_limit(f"{figure}>1")
        with pytest.raises(UserError, match=rf"there is no {figure}\. .*this corpus being ko, en and the metrics fert"):
            check_names([limit], ["ko", "en"])

"""A value exactly at its limit keeps the rule, the next number beyond it breaks it: every rule, every kind of text."""

import numpy as np
import pyarrow as pa
import pytest

from corpus.quality.evidence import beyond_chance
from corpus.quality.judgement import QualitySettings, is_broken, judge, statistics
from corpus.quality.rules import ENOUGH, RULES, SENTENCES, Rule

NAMES = statistics()


def verdict(rule: Rule, kind: str, value: np.float32) -> str | None:
    """The rule that drops a document in which nothing but one statistic is remarkable."""
    row = np.zeros((1, len(NAMES)), np.float32)
    for other in RULES:  # far on the good side of all other rules
        row[0, NAMES.index(other.statistic)] = 0 if other.side == "max" else 1e6
    for name in ("words", "characters", "syllables"):
        if f"max_{name}" in {other.name for other in RULES}:
            row[0, NAMES.index(name)] = 5000
    row[0, [n for n, name in enumerate(NAMES) if name.startswith("n_")]] = 1e6
    row[0, NAMES.index(rule.statistic)] = value
    language, profile = {"ko": ("ko", "web"), "en": ("en", "web"), "reference": ("ko", "reference")}[kind]
    only = {r.name: None for r in RULES if r.name != rule.name}
    limits = {kind: only} if kind != "reference" else {}
    settings = QualitySettings.model_validate({"web": limits} if limits else {"reference": only})
    found, names, _ = judge(row, pa.array([language]), profile, settings)
    return names[found[0]] if found[0] >= 0 else None


CASES = [(r, kind) for r in RULES for kind in ("ko", "en", "reference") if getattr(r, kind) is not None]


@pytest.mark.parametrize(("rule", "kind"), CASES, ids=[f"{r.name}-{kind}" for r, kind in CASES])
def test_a_value_at_the_limit(rule: Rule, kind: str) -> None:
    limit = np.float32(getattr(rule, kind))
    away = np.float32(-np.inf if rule.side == "min" else np.inf)
    assert verdict(rule, kind, limit) is None
    # A share of a million things must be beyond its limit by more than chance.
    share = rule.things is not None and 0 < limit < 1
    beyond = limit + np.float32(np.copysign(0.01, away)) if share else np.nextafter(limit, away)
    assert verdict(rule, kind, beyond) == rule.name


@pytest.mark.parametrize(("things", "enough"), [(9, False), (9.9, False), (10, True), (11, True)])
def test_ten_things_are_enough_for_a_mean(things: float, enough: bool) -> None:
    """Where a limit is no share: a mean length of ten words is one, of nine it is none."""
    for limit, side in ((1.0, "max"), (3.0, "min"), (30.0, "max")):
        assert beyond_chance(np.ones(1), np.array([things]), limit, side).tolist() == [enough]


SPARED = [rule for rule in RULES if rule.spared]


@pytest.mark.parametrize("rule", SPARED, ids=[rule.name for rule in SPARED])
def test_two_hundred_characters_in_sentences_spare_a_text(rule: Rule) -> None:
    """From exactly so many on a rule about labels asks nothing."""
    limit = next(limit for limit in (rule.ko, rule.en, rule.reference) if limit is not None)
    rows = np.zeros((2, len(NAMES)), np.float32)
    rows[:, [n for n, name in enumerate(NAMES) if name.startswith("n_")]] = 1e6
    rows[:, NAMES.index(rule.statistic)] = 0 if rule.side == "min" else 1
    rows[:, NAMES.index(SENTENCES)] = ENOUGH - 1, ENOUGH
    assert (ENOUGH, rule.spared) == (200, 200)
    assert is_broken(rule, limit, rows, {name: n for n, name in enumerate(NAMES)}).tolist() == [True, False]


EACH = [rule for rule in RULES if rule.each > 1]


@pytest.mark.parametrize("rule", EACH, ids=[rule.name for rule in EACH])
def test_several_words_make_one_thing(rule: Rule) -> None:
    """With n times as many words a share of n-grams is the evidence that a share of words is with once as many."""
    limit = next(limit for limit in (rule.ko, rule.en, rule.reference) if limit is not None)
    share = 0.0 if rule.side == "min" else 1.0
    counts = np.arange(1, 200)
    enough = counts[beyond_chance(np.full(len(counts), share), counts.astype(float), limit, rule.side)].min()
    rows = np.zeros((2, len(NAMES)), np.float32)
    rows[:, NAMES.index(rule.statistic)] = share
    rows[:, NAMES.index(f"n_{rule.things}")] = (enough - 1) * rule.each, enough * rule.each
    assert is_broken(rule, limit, rows, {name: n for n, name in enumerate(NAMES)}).tolist() == [False, True]

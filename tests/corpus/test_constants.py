"""Numbers that decide what is kept and told and that tests take from the program: each as its comment gives it."""

from importlib import import_module
from typing import Any

import pytest

NUMBERS: dict[str, dict[str, Any]] = {
    "cleaning.language": {"ENGLISH_SHARE": 0.15, "MIXED_SHARE": 0.5},
    "cleaning.normalize_repairs": {"MENTIONS": 3},
    "contamination.find": {"EXAMPLES": 5},
    "contamination.index": {"SYLLABLES": 8, "WORDS": 5, "SHARED": 10},
    "contamination.scan": {"REACH": 2},
    "download.answers": {"MOST_REDIRECTS": 10},
    "download.transfer": {"RETRIED": {408, 425, 429, 500, 502, 503, 504}, "SPARE": 1 << 30},
    "duplicates.candidates": {"ALL_PAIRS": 16, "SURELY_BELOW": 4.0},
    "duplicates.clusters": {"ROUNDS": 8},
    "duplicates.dataset": {"FINEWEB2": {1: 1, 2: 2, 3: 3, 5: 5, 100: 8, 1000: 1}},
    "duplicates.facts": {"RECURS": 2, "TOGETHER": 3},
    "duplicates.report": {"SHOWN": 400},
    "quality.evidence": {"CHANCE": 0.01},
    "quality.lines": {"SHORT": 30},
    "quality.phrases": {"DIFFERENT": 3},
    "quality.repetition": {"TOP": (2, 3, 4), "DUPLICATE": (5, 6, 7, 8, 9, 10)},
    "readers.charset": {"KOREAN": 0.35, "FEWEST": 4, "DAMAGE": 0.1},
    "readers.guard": {"SECONDS": 10.0, "SECONDS_PER_MB": 15.0},
    "rejects": {"SAMPLE": 20, "EXCERPT": 600, "MOST_TOLD": 1000},
    "repeats.pieces": {"WRAPPED": 120, "SHORT": 60},
    "repeats.spans_kernel": {"SYLLABLES": 24, "WORDS": 12, "LONG_WINDOW": 32, "SHORT_WINDOW": 16},
    "repeats.taking": {"LEAST": 200},
    "report": {"EXAMPLES": 5},
    "structure.kinds": {"VERSE_LINES": 4, "VERSE_CHARACTERS": 45, "VERSE_WORDS": 2},
}


@pytest.mark.parametrize("module", NUMBERS)
def test_numbers(module: str) -> None:
    found = import_module(f"corpus.{module}")
    assert {name: getattr(found, name) for name in NUMBERS[module]} == NUMBERS[module]

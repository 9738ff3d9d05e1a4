"""Numbers that decide what a tokenizer is and what is told of it, each as its comment gives it."""

from importlib import import_module
from typing import Any

import pytest

NUMBERS: dict[str, dict[str, Any]] = {
    "analysis.bootstrap": {"RESAMPLES": 1000, "BLOCKS": 4096, "LEVEL": (2.5, 97.5)},
    "analysis.efficiency": {"POWER": 2.5, "FREQUENT": 512},
    "analysis.morphology_analysis": {"LONGEST": 300, "PER_DOCUMENT": 20},
    "analysis.vocabulary": {"LENGTHS": 33, "RARE": 10, "SYLLABLES": 11172},
    "analysis.vocabulary_families": {"EXAMPLES": 20},
    "analysis.word_list": {"SIZE": 10_000},
    "kernels.pairs": {"SHORT": 62},
    "page.tables": {"COMMON": 0.001},
    "report": {"KIWI_SENTENCES": 3000},
    "scanner.classes": {"HANGUL_RANGE": (0xAC00, 0xD7A3)},
    "scanner.patterns": {
        "DEFAULT_PATTERN": "cl100k", "DIGITS": 3, "HANGUL_CAP": 16, "JAMO_CAP": 8, "WORD_CAP": 32, "OTHER_CAP": 16,
    },
    "scanner.runs": {"WORDS": 64},
    "superwords": {"PAIRS": 1 << 22, "RARE": 2.0**-19, "MAX_WORDS": 4},
}  # fmt: skip


@pytest.mark.parametrize("module", NUMBERS)
def test_numbers(module: str) -> None:
    found = import_module(f"tokenizer.{module}")
    assert {name: getattr(found, name) for name in NUMBERS[module]} == NUMBERS[module]

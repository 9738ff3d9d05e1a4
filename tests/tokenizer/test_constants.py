"""Numbers that decide what a tokenizer is and what is told of it, each as its comment gives it."""

from importlib import import_module
from typing import Any

import pytest

NUMBERS: dict[str, dict[str, Any]] = {
    "analysis.bootstrap": {"RESAMPLES": 1000, "BLOCKS": 4096, "LEVEL": (2.5, 97.5)},
    "analysis.efficiency": {"POWER": 2.5, "FREQUENT": 512},
    "analysis.fertility": {"FREQUENT_ROWS": 512, "QUANTILES": (1, 5, 25, 50, 75, 95, 99)},
    "analysis.morphology": {"EXAMPLES": 20},
    "analysis.morphology_analysis": {"LONGEST": 300, "PER_DOCUMENT": 20},
    "analysis.survey": {"SAMPLE": 6 << 20, "PILOT": 4 << 20},
    "analysis.vocabulary": {"LENGTHS": 33, "RARE": 10, "SYLLABLES": 11172, "RAREST": 16},
    "analysis.vocabulary_families": {"EXAMPLES": 20},
    "analysis.word_list": {"SIZE": 10_000},
    "candidates": {"PARTS": (40, 20, 10, 5), "LEAST_WORDS": 512},
    "directory": {"MULTIPLE": 128, "TOKENIZER": "tokenizer.json"},
    "encoding.checks": {"MOST_IDS": 1 << 24},
    "encoding.definition": {"MAX_WHOLE": 1 << 19, "NEVER": (0xC0, 0xC1, *range(0xF5, 0x100))},
    "encoding.merge": {"CACHED": 248, "FILLED": 4},
    "kernels.pairs": {"SHORT": 62, "MAX_ID": 1 << 20},
    "kernels.words": {"PARTITIONS": 64},
    "page.charts": {"FEW": 50},
    "page.page": {"BOX_BYTES": 3_000_000, "CONTEXT": 4096},
    "page.tables": {"COMMON": 0.001},
    "report": {"KIWI_SENTENCES": 3000, "SHOWN": 4, "SHOWN_CHARACTERS": range(20, 161)},
    "schema": {"VERSION": 3},
    "scanner.classes": {"HANGUL_RANGE": (0xAC00, 0xD7A3), "JAMO_RANGES": (
        (0x1100, 0x11FF), (0x3131, 0x318E), (0xA960, 0xA97C), (0xD7B0, 0xD7C6), (0xD7CB, 0xD7FB),
    )},
    "scanner.patterns": {
        "DEFAULT_PATTERN": "cl100k", "DIGITS": 3, "HANGUL_CAP": 16, "JAMO_CAP": 8, "WORD_CAP": 32, "OTHER_CAP": 16,
    },
    "scanner.runs": {"WORDS": 64},
    "superwords": {"PAIRS": 1 << 22, "RARE": 2.0**-19, "MAX_WORDS": 4},
    "target": {"GRID": (1 / 64, 1 / 16, 1 / 4, 1.0, 4.0, 16.0, 64.0), "CLOSE": 0.005, "TRAININGS": 16},
    "tradeoff": {"TEXT": 2 << 20},
    "training.morphemes": {"KINDS": ("josa", "all"), "BATCH": 20_000, "KIWI_BYTES": 500_000_000},
}  # fmt: skip


@pytest.mark.parametrize("module", NUMBERS)
def test_numbers(module: str) -> None:
    found = import_module(f"tokenizer.{module}")
    assert {name: getattr(found, name) for name in NUMBERS[module]} == NUMBERS[module]

"""Default limits are the published ones, or differ from them as the comment beside them says."""

from dataclasses import asdict
from typing import Any

import pytest
from pydantic import BaseModel

from corpus.cleaning.boilerplate import BoilerplateSettings
from corpus.cleaning.language import LanguageSettings
from corpus.cleaning.normalize import NormalizeSettings
from corpus.cleaning.privacy import PrivacySettings
from corpus.contamination.find import ContaminationSettings
from corpus.download.locator import DownloadSettings
from corpus.download.transfer import TransferSettings
from corpus.duplicates.match import MatchSettings
from corpus.duplicates.minhash import MinHashSettings
from corpus.duplicates.shingles import ShingleSettings
from corpus.quality import evidence
from corpus.quality.rules import RULES
from corpus.recipe import Recipe, SourceRecipe
from corpus.repeats.spans import SpanSettings

# Rae et al. 2021 (Gopher), table A1 and appendix A1.1, for English; 5- to 10-grams are doubled here.
GOPHER = {
    "max_words": 100_000,
    "min_word_length": 3,
    "max_hash_ratio": 0.1,
    "max_ellipsis_ratio": 0.1,
    "max_bullet_lines": 0.9,
    "max_ellipsis_lines": 0.3,
    "min_alphabetic_words": 0.8,
    "min_stop_words": 2,
    "max_top_2_gram": 0.2,
    "max_top_3_gram": 0.18,
    "max_top_4_gram": 0.16,
    **{f"max_duplicate_{n}_gram": 2 * (20 - n) / 100 for n in range(5, 11)},
}
# What differs from its source, with the reason in corpus/quality/rules.py: (Korean, English).
OWN = {
    "min_words": (20, 20),
    "max_word_length": (30, 12),
    "min_eojeol_length": (1.5, None),
    "max_eojeol_length": (15, None),
    "min_hangul": (0.05, None),
    "max_jamo": (0.25, None),
    "max_lost": (0.01, 0.01),
    "max_gambling": (0.2, 0.2),
    "max_adult": (0.2, 0.2),
    "max_promotion": (0.2, 0.2),
    "max_short_lines": (None, 0.67),  # FineWeb (Penedo et al. 2024)
    "min_particle_eojeols": (0.06, None),
    "max_navigation": (0.15, 0.2),
    "max_recurring_lines": (0.3, 0.3),
    "max_duplicate_lines": (0.374, 0.374),  # FineWeb-2's; Gopher's 0.3 drops references to commands
    "max_duplicate_paragraphs": (None, 0.4),  # Gopher 0.3
    "max_duplicate_line_characters": (None, 0.3),  # Gopher 0.2
    "max_duplicate_paragraph_characters": (None, 0.35),  # Gopher 0.2
}
BY_NAME = {rule.name: rule for rule in RULES}


@pytest.mark.parametrize("name", GOPHER)
def test_limits_of_gopher(name: str) -> None:
    assert BY_NAME[name].en == pytest.approx(GOPHER[name])


@pytest.mark.parametrize("name", OWN)
def test_limits_of_our_own(name: str) -> None:
    assert (BY_NAME[name].ko, BY_NAME[name].en) == OWN[name]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (MatchSettings(), {"threshold": 0.7, "short": 100, "short_threshold": 0.9, "caution": 0.98,
                           "siblings": "keep", "survivor": "central", "containment": None}),
        (MinHashSettings(), {"permutations": 128, "seed": 1}),
        (ShingleSettings(), {"syllables": 7, "letters": 20, "languages": {}}),
        (BoilerplateSettings(), {"documents": 10, "share": 0.02, "edge_lines": 5, "edge_letters": 12, "letters": 40,
                                 "max_bytes": 1000}),
        (ContaminationSettings(), {"sets": [], "remove": "document", "coverage": 0.7, "syllables": 20, "words": 13,
                                   "common": 10}),
        (LanguageSettings(), {"korean_share": 0.3, "confidence": 0.65, "characters": 500, "letters": 3}),
        (NormalizeSettings(), {"entities": True, "mojibake": True}),
        (SpanSettings(), {"paragraphs": False, "paragraph_units": 40, "spans": False, "span_bytes": 200,
                          "contained": 0.9, "containment": "ignore"}),
        (Recipe(name="t", sources=[{"name": "s"}]), {"validation": 0.005, "shard_bytes": 256_000_000,
                                                     "licenses": "any", "languages": ["ko", "en"]}),
        (SourceRecipe(name="s"), {"priority": 100, "validation": None, "weight": 1.0, "profile": None}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseModel) else "",
)  # fmt: skip
def test_settings(settings: BaseModel, expected: dict[str, Any]) -> None:
    found = settings.model_dump(mode="json")
    assert {name: found[name] for name in expected} == expected


def test_every_kind_of_personal_data_is_replaced() -> None:
    assert PrivacySettings().kinds == [
        "email", "resident", "card", "licence", "phone", "business", "account", "passport", "ip",
    ]  # fmt: skip


def test_how_patient_a_transfer_is() -> None:
    assert asdict(TransferSettings()) == {
        "attempts": 6, "backoff": 1.0, "longest_wait": 120.0, "timeout": 60.0, "max_file": 256 << 30,
        "max_unannounced": 1 << 30,
    }  # fmt: skip
    assert asdict(DownloadSettings()) == asdict(TransferSettings()) | {"parallel": 8, "per_host": 4, "max_disk": None}


def test_a_text_at_a_limit_is_taken_for_one_beyond_it_once_in_a_hundred() -> None:
    assert evidence.CHANCE == 0.01

"""Repairs of a single text that need thought: composition, half-width jamo, HTML entities, mojibake.

Each is made only where one reading alone makes sense; a text about HTML keeps its entities, and an accented name its letters.
"""

import unicodedata
from typing import NamedTuple


class Repairs(NamedTuple):
    """Which of the repairs that a recipe may switch off are wanted."""

    entities: bool = True
    mojibake: bool = True


def repair(text: str, wanted: Repairs) -> tuple[str, set[str]]:
    """The text after one round of repairs, and the kinds that changed it."""
    kinds = set()
    composed = unicodedata.normalize("NFC", text)
    if composed != text:
        kinds.add("nfc")
    return composed, kinds

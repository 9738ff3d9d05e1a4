"""The classes of characters that a pattern distinguishes."""

from functools import cache

import numpy as np

from tokenizer.scanner import classes as base
from tokenizer.scanner.patterns import GPT2, HANJI

LETTER, NUMBER, OTHER, APOSTROPHE, SPACE, WHITE, NEWLINE, HANGUL, JAMO = range(9)


@cache
def kinds(code: int) -> np.ndarray:
    """uint8[0x110000]: LETTER … JAMO of each code point, for one pattern."""
    names = {base.LETTER: LETTER, base.NUMBER: NUMBER, base.SPACE: WHITE, base.NEWLINE: NEWLINE, base.OTHER: OTHER}
    names |= {base.MARK: LETTER, base.HANGUL: HANGUL, base.JAMO: JAMO}
    if code != HANJI:
        names |= {base.MARK: OTHER, base.HANGUL: LETTER, base.JAMO: LETTER}
    if code == GPT2:
        names[base.NEWLINE] = WHITE
    table = np.array([names[kind] for kind in range(8)], np.uint8)[base.classes()]
    table[0x20] = SPACE
    table[0x27] = APOSTROPHE
    if code == HANJI:
        table[0x2019] = APOSTROPHE
    return table

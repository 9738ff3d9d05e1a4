"""The script of a character, for the scripts that occur in vocabularies of Korean and English."""

from functools import cache

import numpy as np

from corpus.kernels.utf8 import LETTER, MARK, NUMBER, SPACE, classes

NAMES = (
    "other", "whitespace", "digits", "hangul", "latin", "han", "kana", "cyrillic", "greek",
    "arabic", "hebrew", "devanagari", "thai", "other letters",
)  # fmt: skip
OTHER, WHITESPACE, DIGITS, HANGUL = range(
    4
)  # classes below HANGUL are not letters; OTHER are punctuation, symbols, controls
OTHER_LETTERS = len(NAMES) - 1

# The blocks of the Unicode Standard, 15.0; characters in them that are not letters, marks or numbers stay OTHER.
_BLOCKS = {
    "hangul": [(0x1100, 0x11FF), (0x3131, 0x318E), (0xA960, 0xA97F), (0xAC00, 0xD7FF), (0xFFA0, 0xFFDC)],
    "latin": [
        (0x41, 0x2B8), (0x2E0, 0x2E4), (0x1D00, 0x1DBF), (0x1E00, 0x1EFF), (0x2071, 0x209C), (0x212A, 0x212B), (0x2132, 0x2132),
        (0x214E, 0x214E), (0x2160, 0x2188), (0x2C60, 0x2C7F), (0xA720, 0xA7FF), (0xAB30, 0xAB69), (0xFB00, 0xFB06), (0xFF21, 0xFF5A),
        (0x10780, 0x107BA), (0x1DF00, 0x1DFFF),
    ],
    "han": [(0x2E80, 0x2FDF), (0x3005, 0x3007), (0x303B, 0x303B), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x16FE2, 0x16FF6), (0x20000, 0x3FFFF)],
    "kana": [(0x3041, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9F), (0x1AFF0, 0x1B16F)],
    "cyrillic": [(0x400, 0x52F), (0x1C80, 0x1C8F), (0x1D2B, 0x1D2B), (0x1D78, 0x1D78), (0x2DE0, 0x2DFF), (0xA640, 0xA69F), (0x1E030, 0x1E08F)],
    "greek": [
        (0x370, 0x3E1), (0x3F0, 0x3FF), (0x1D26, 0x1D2A), (0x1D5D, 0x1D61), (0x1D66, 0x1D6A), (0x1DBF, 0x1DBF), (0x1F00, 0x1FFF),
        (0x2126, 0x2126), (0xAB65, 0xAB65),
    ],
    "arabic": [(0x600, 0x6FF), (0x750, 0x77F), (0x870, 0x8FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFE), (0x10EC0, 0x10EFF), (0x1EE00, 0x1EEFF)],
    "hebrew": [(0x590, 0x5FF), (0xFB1D, 0xFB4F)],
    "devanagari": [(0x900, 0x97F), (0xA8E0, 0xA8FF)],
    "thai": [(0xE00, 0xE7F)],
}  # fmt: skip


@cache
def scripts() -> np.ndarray:
    """uint8[0x110000]: for each code point its index in NAMES.

    A mark outside the blocks, as in decomposed é, belongs to no script: OTHER.
    """
    kinds = classes()
    table = np.zeros(0x110000, np.uint8)
    table[kinds == LETTER] = OTHER_LETTERS
    written = (kinds == LETTER) | (kinds == MARK)
    for name, blocks in _BLOCKS.items():
        for first, last in blocks:
            block = slice(first, last + 1)
            table[block][written[block]] = NAMES.index(name)
    table[0x3007] = NAMES.index("han")  # 〇, a number by category
    table[(kinds == NUMBER) & (table == OTHER)] = DIGITS
    table[kinds == SPACE] = WHITESPACE
    return table

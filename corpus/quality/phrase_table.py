"""Lists of phrases as a table that a kernel looks them up in: chains of phrases with a common head."""

from collections.abc import Iterator, Sequence

import numpy as np

FACTOR = np.uint64(0x9E3779B97F4A7C15)


def split_list(listed: str, whole_lines: bool = False) -> Iterator[str]:
    """The phrases of a list: those of a line are separated by "|", or else by spaces, unless each line is one."""
    for line in listed.strip().split("\n"):
        yield from line.split("|") if "|" in line or whole_lines else line.split()


def _key(phrase: bytes) -> int:
    head = phrase[:4] if phrase[0] < 0x80 else phrase[:6]  # four letters or two syllables
    return (int.from_bytes(head, "little") * int(FACTOR) & 0xFFFFFFFFFFFFFFFF) >> 48


def chained(phrases: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Phrases, the shortest first, as chains of those with a common key, the longest first: heads int16[2¹⁶], a bit for
    each head, following int16[n], bytes, offsets int64[n + 1]."""
    heads, following = np.full(1 << 16, -1, np.int16), np.empty(len(phrases), np.int16)
    for index, phrase in enumerate(phrases):
        assert len(phrase) >= (4 if phrase[0] < 0x80 else 6), phrase
        following[index] = heads[_key(phrase)]
        heads[_key(phrase)] = index
    data = np.frombuffer(b"".join(phrases), np.uint8)
    offsets = np.cumsum([0, *map(len, phrases)], dtype=np.int64)
    bits = np.packbits(heads >= 0, bitorder="little")  # 8 kB stay in the first cache
    return heads, bits, following, data, offsets

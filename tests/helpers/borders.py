"""Texts in which everything crosses the borders of the blocks of 64 bytes that kernels read, and odd texts by name."""

import unicodedata
from collections.abc import Callable
from typing import Any

from hypothesis import example
from hypothesis import strategies as st

# Numbers of 64 bits. `integers(0, 2**64 - 1)` draws small ones nearly always: of 50 examples of lists one had a number
# above 2⁵⁵.
WIDE = st.integers(0, 1 << 16).map(lambda n: n * 0x9E3779B97F4A7C15 % (1 << 64)) | st.integers(0, (1 << 64) - 1)

# What random examples seldom have, and those of every run in CI are the same.
ODD_TEXTS = (
    "",
    "a",
    "가",
    "\n",
    "\r\n한\r글\r\n\r\n",
    "\u2028\u2029\x85\x0b\x0c\x1c",
    "\x00\x00a\x00",
    "\ufeff가\ufeff",
    "힣\ud7a4\ud7af힣\ud7b0\ud7c6\ud7cb\ud7fb\ud7ff" * 9,  # none, and letters of old Korean
    unicodedata.normalize("NFD", "첫 문장이다. 값을 café에서 읽었다. " * 4),
    "ᄒᆞᆫ글 ᅟᆞ ᅠᆞ ㆍᆢ・ ㅤﾠﾡￂ" * 5,
    "x" * 63 + "가나",
    "가" * 21 + "é" + "나" * 30,
    "a" * 64 + "\n" + "b" * 128 + " " + "c" * 8,
    "😀👨\u200d👩\u200d👧🏴\U000e0067\U000e007f" * 4,
    "a\u0301\u0323" * 30 + "\U0010ffff",
    " \u00a0\u3000\u200b\t" * 20,
)


def odd_texts(arguments: Callable[[str], dict[str, Any]]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """ODD_TEXTS as examples of a property; `arguments` makes the test's arguments of a text."""

    def decorate(test: Callable[..., Any]) -> Callable[..., Any]:
        for text in ODD_TEXTS:
            test = example(**arguments(text))(test)
        return test

    return decorate


BORDERS = 131  # offsets: two blocks and what is left of a third


def at_each_border(text: str) -> list[str]:
    """`text` behind 0, 1, … bytes: of letters, and of syllables of three bytes."""
    letters = ["x" * offset + text for offset in range(BORDERS)]
    return letters + ["가" * (offset // 3) + "x" * (offset % 3) + text for offset in range(0, BORDERS)]

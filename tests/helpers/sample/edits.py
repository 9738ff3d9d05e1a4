"""Edits that turn a document into a near-copy of itself, or damage it in a way that can be undone exactly.

All are functions of the text alone, without chance, so that the same defects come out everywhere.
"""

import re
import unicodedata
from collections.abc import Callable

HANGUL_FILLER = "\u3164"
ZERO_WIDTH_SPACE = "\u200b"
WORD_JOINER = "\u2060"
BYTE_ORDER_MARK = "\ufeff"
NO_BREAK_SPACE = "\u00a0"

_WORDS = {
    "ko": {
        "가장": "제일",
        "다시": "또다시",
        "함께": "같이",
        "모두": "전부",
        "바로": "곧바로",
        "먼저": "우선",
        "아주": "매우",
        "많은": "수많은",
        "자주": "종종",
        "오래": "오랫동안",
        "훨씬": "한결",
        "그대로": "고스란히",
        "때문에": "까닭에",
        "동안": "사이",
        "작은": "조그만",
        "큰": "커다란",
        "따로": "별도로",
        "꼭": "반드시",
        "이미": "벌써",
        "거의": "대체로",
    },
    "en": {
        "small": "little",
        "around": "about",
        "because": "since",
        "about": "roughly",
        "until": "till",
        "every": "each",
        "single": "lone",
        "many": "numerous",
        "almost": "nearly",
        "began": "started",
        "large": "big",
        "entire": "whole",
        "often": "frequently",
        "however": "though",
        "hundreds": "dozens",
        "became": "turned",
        "across": "over",
        "along": "down",
        "only": "merely",
        "later": "afterwards",
        "still": "yet",
    },
}


def drop_spaces(text: str) -> str:
    """Every twentieth space is missing."""
    return _at_every(r" ", 20, text, lambda _: "")


def add_spaces(text: str) -> str:
    """As many spaces more as a tenth of those there are, each inside a word of four or more syllables."""
    every = max(1, len(re.findall(r"[가-힣]{4,}", text)) * 10 // (text.count(" ") + 1))
    return _at_every(r"([가-힣]{2})(?=[가-힣]{2,})", every, text, lambda match: f"{match[1]} ")


def change_particles(text: str) -> str:
    """About every thirtieth word has 은/는 for its 을/를."""
    most = len(text.split()) // 30
    return re.sub(r"(?<=[가-힣])[을를](?=[\s,.])", lambda match: {"을": "은", "를": "는"}[match[0]], text, count=most)


def change_words(text: str, lang: str) -> str:
    """About three in a hundred words are replaced by another of the same meaning."""
    return re.sub(_word_pattern(lang), lambda match: _WORDS[lang][match[0]], text, count=_words_to_change(text))


def words_can_change(text: str, lang: str) -> bool:
    """Whether the text has as many replaceable words as change_words would replace."""
    return len(re.findall(_word_pattern(lang), text)) >= _words_to_change(text)


def add_byline(text: str) -> str:
    """A sentence in front that tells where the text comes from."""
    return f"Our regional desk reports on Monday evening. {text}"


def change_punctuation(text: str) -> str:
    """Semicolons and colons become dashes, commas go, and the last sentence gets louder."""
    return re.sub(r"[;:](?= )", " -", text).replace(",", "").removesuffix(".") + "!"


def decompose(text: str) -> str:
    """NFD, as some file systems and editors store Hangul."""
    return unicodedata.normalize("NFD", text)


def utf8_as_latin1(text: str) -> str:
    """UTF-8 bytes taken for Latin-1."""
    return text.encode("utf-8").decode("latin-1")


def utf8_as_cp1252(text: str) -> str:
    """UTF-8 bytes taken for Windows-1252."""
    return text.encode("utf-8").decode("cp1252")


def cp949_as_latin1(text: str) -> str:
    """Bytes of the old Korean code page taken for Latin-1."""
    return text.encode("cp949").decode("latin-1")


def curly_apostrophes(text: str) -> str:
    """Typographic apostrophes, which need three bytes."""
    return text.replace("'", "\u2019")


def hide_characters(text: str) -> str:
    """A byte-order mark in front, zero-width spaces within words."""
    return BYTE_ORDER_MARK + _at_every(r"(\w)(?=\w\w)", 15, text, lambda match: match[1] + ZERO_WIDTH_SPACE)


def fill_line_ends(text: str) -> str:
    """HANGUL FILLER, which shows as nothing, at the end of every line."""
    return "\n".join(line + HANGUL_FILLER * 2 for line in text.split("\n"))


def add_controls(text: str) -> str:
    """Bell, backspace and word joiner after some words."""
    return _at_every(r"(\w)(?= )", 10, text, lambda match: match[1] + "\a\b" + WORD_JOINER)


def windows_lines(text: str) -> str:
    """CRLF for newlines and a no-break space for every sixth space."""
    return _at_every(r" ", 6, text, lambda _: NO_BREAK_SPACE).replace("\n", "\r\n")


def trail_spaces(text: str) -> str:
    """Spaces and CRLF at the end of every line."""
    return text.replace("\n", "  \r\n") + "  \r\n"


def _at_every(pattern: str, every: int, text: str, replace: Callable[[re.Match[str]], str]) -> str:
    """Replace each `every`-th match, beginning with the `every`-th."""
    seen = 0

    def replacement(match: re.Match[str]) -> str:
        nonlocal seen
        seen += 1
        return match[0] if seen % every else replace(match)

    return re.sub(pattern, replacement, text)


def _words_to_change(text: str) -> int:
    return round(len(text.split()) * 0.03)


def _word_pattern(lang: str) -> str:
    return rf"(?<![\w-])(?:{'|'.join(_WORDS[lang])})(?![\w-])"

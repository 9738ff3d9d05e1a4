"""What a vocabulary contains, and which tokens are wasted: scripts and lengths, syllables, broken, unreachable, unused
and duplicate tokens.

The classes of broken and unreachable tokens are those of Land & Bartolo 2024 (arXiv:2405.05417). A vocabulary of
200,000 takes a few seconds, most of them for checking that encoding each token's text gives the token again.
"""

import re
import string
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from tokenizer.analysis.scripts import DIGITS, HANGUL, NAMES, WHITESPACE
from tokenizer.analysis.vocabulary_families import EXAMPLES, near_copies, repeats, spam
from tokenizer.analysis.vocabulary_kernel import BROKEN, LONE_BYTE, VALID, describe

LENGTHS = 33  # the last of the lengths counts all longer ones
RARE = 10  # occurrences
SYLLABLES = 11172
RAREST = 16  # syllables of the corpus that the report shows
# Text around a token that may be needed to produce it: a token is reported as unreachable only if no context produces
# it. Without contexts, tokens that only continue a word, or only precede one, would be false alarms. The rare cases,
# such as o200k's " I'" before a d, come last.
_NEAR = ("", "a", "가", "1", ".", " ", "\n")
_FAR = (*string.punctuation, "\t", "\r", "é", "漢", "。", "—", "’")
_ENDINGS = ("t", "d", "s", "m", "T", "D", "S", "M", "ll", "re", "ve")
CONTEXTS = [
    *([(before, after)] for before in _NEAR for after in _NEAR),
    [*((before, "") for before in _FAR), *(("", after) for after in (*_FAR, *_ENDINGS))],
]
_BORDER = re.compile(r"\w\W* \W*\w")


class Vocabulary(Protocol):
    """The tokenizer to analyse: the bytes of each token, None for special ones, and the ids of texts
    (tokenizer/analysis/peers.py)."""

    @property
    def token_bytes(self) -> list[bytes | None]: ...

    def encode_column(self, array: pa.Array) -> tuple[np.ndarray, np.ndarray]: ...


def analyse(tokenizer: Vocabulary, used: np.ndarray | None = None, korean: Sequence[str] = ()) -> dict[str, Any]:
    """The vocabulary in numbers and examples.

    `used` int64[vocabulary]: how often each token occurs in a corpus, None for unknown; `korean`: texts of it.

    Shares are of all tokens but the special ones. Tokens that aren't UTF-8 are written with their bytes (\\xea).
    """
    ids = [n for n, token in enumerate(tokenizer.token_bytes) if token is not None]
    tokens = [token for token in tokenizer.token_bytes if token is not None]
    found = describe(tokens)
    valid = found.broken == VALID
    times = np.zeros(len(ids), np.int64) if used is None else used[ids]
    texts = {token.decode(): number for number, token, fine in zip(ids, tokens, valid, strict=True) if fine and token}
    frequency = dict(zip(ids, times.tolist(), strict=True))
    copied, spammed = repeats(texts), spam(texts)
    return {
        "tokens": len(ids),
        "special": len(tokenizer.token_bytes) - len(ids),
        "composition": composition(found.broken, found.characters, found.scripts),
        "lengths": {
            "bytes": _histogram(np.fromiter(map(len, tokens), np.int64, len(tokens))),
            "characters": _histogram(found.characters[valid]),
        },
        "several_words": _several_words(texts),
        "syllables": syllables(texts),
        "rare_syllables": rare_syllables(tokenizer, korean),
        "broken_utf8": _broken(found.broken, tokens),
        "unreachable": unreachable(tokenizer, texts),
        "never_used": None if used is None else _seldom(tokens, times, 0, 0),
        "rare": None if used is None else {"below": RARE, **_seldom(tokens, times, 1, RARE - 1)},
        "near_copies": near_copies(texts, lambda token: frequency[texts[token]]),
        "repeats": copied[:EXAMPLES],
        "repeat_tokens": len(copied),
        "spam": spammed[:EXAMPLES],
        "spam_tokens": len(spammed),
        "longest": [
            {"token": token, "id": number, "characters": len(token), "bytes": len(token.encode()),
                "used": frequency[number] if used is not None else None}
            for token, number in sorted(texts.items(), key=lambda item: (-len(item[0]), item[1]))
            if any(map(str.isalpha, token))
        ][:EXAMPLES],
    }  # fmt: skip


def nfd_penalty(tokenizer: Vocabulary, texts: Sequence[str]) -> float | None:
    """Tokens of the texts with their characters decomposed (NFD, as macOS file names are) for each token of the same
    texts composed (NFC)."""
    counts = [
        len(
            tokenizer.encode_column(pa.array([unicodedata.normalize(form, text) for text in texts], pa.large_string()))[
                0
            ]
        )
        for form in ("NFD", "NFC")
    ]
    return counts[0] / counts[1] if counts[1] else None


def composition(broken: np.ndarray, characters: np.ndarray, scripts: np.ndarray) -> dict[str, dict[str, Any]]:
    """{script: {"tokens", "share", "mean_characters", "characters": how many by length}}, from the result of
    `describe`.

    Letters decide: tokens with letters of one script have this script, also with other characters in them; with letters
    of several scripts they are "mixed"; without letters "digits", "punctuation" or "whitespace"; not UTF-8 "fragments".
    """
    letters = scripts >> HANGUL << HANGUL
    names = np.full(len(broken), "mixed", object)
    names[letters == 0] = "punctuation"
    names[(letters == 0) & (scripts & 1 << DIGITS > 0)] = "digits"
    names[scripts == 1 << WHITESPACE] = "whitespace"
    for script in range(HANGUL, len(NAMES)):
        names[letters == 1 << script] = NAMES[script]
    names[broken != VALID] = "fragments"
    kinds, counts = np.unique(names.astype(str), return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return {
        str(kinds[n]): {
            "tokens": int(counts[n]),
            "share": float(counts[n] / len(names)),
            "mean_characters": None if kinds[n] == "fragments" else float(characters[names == kinds[n]].mean()),
            "characters": None if kinds[n] == "fragments" else _histogram(characters[names == kinds[n]]),
        }
        for n in order
    }


def syllables(texts: dict[str, int]) -> dict[str, int]:
    """How many of the 11,172 modern syllables are one token, with or without a space before them; and of the 2,350
    of KS X 1001."""
    alone = {token[-1] for token in texts if len(token.removeprefix(" ")) == 1 and "가" <= token[-1] <= "힣"}
    standard = {bytes([row, cell]).decode("euc_kr") for row in range(0xB0, 0xC9) for cell in range(0xA1, 0xFF)}
    return {
        "covered": len(alone),
        "of": SYLLABLES,
        "ks_x_1001": len(alone & standard),
        "ks_x_1001_of": len(standard),
    }


def rare_syllables(tokenizer: Vocabulary, texts: Sequence[str]) -> dict[str, Any]:
    """How each of the 11,172 modern syllables is encoded as a text of its own, and the rarest of those in `texts`.

    {"tokens": {n: how many syllables take n tokens}, "lost": {"count", "examples"} of syllables that their tokens do
    not give back, "rarest": [{"syllable", "count": in the texts, "tokens": how many it takes}]}.
    """
    every = [chr(c) for c in range(ord("가"), ord("힣") + 1)]
    ids, bounds = tokenizer.encode_column(pa.array(every, pa.large_string()))
    taken = np.diff(bounds)
    pieces = [tokenizer.token_bytes[n] or b"" for n in ids.tolist()]
    back = [b"".join(pieces[a:b]).removeprefix(b" ") for a, b in pairwise(bounds.tolist())]
    points = np.frombuffer("".join(texts).encode("utf-32-le"), np.uint32).astype(np.int64) - ord("가")
    counts = np.bincount(points[(points >= 0) & (points < SYLLABLES)], minlength=SYLLABLES)
    met = np.flatnonzero(counts)
    rarest = met[np.argsort(counts[met], kind="stable")][:RAREST]
    lost = [syllable for syllable, data in zip(every, back, strict=True) if data != syllable.encode()]
    return {
        "tokens": {str(n): int(count) for n, count in enumerate(np.bincount(taken)) if count},
        "lost": {"count": len(lost), "examples": lost[:EXAMPLES]},
        "rarest": [{"syllable": every[n], "count": int(counts[n]), "tokens": int(taken[n])} for n in rarest],
    }


def unreachable(tokenizer: Vocabulary, texts: dict[str, int]) -> dict[str, Any]:
    """Tokens that encoding their own text does not give, alone or within any of CONTEXTS: {"count", "examples":
    [{"token", "id", "instead": [tokens]}]}.

    Only tokens that are UTF-8; a byte whose character has a token of its own, as in SentencePiece models, is not text
    and does not count.
    """
    left = texts
    for contexts in CONTEXTS:
        if not left:
            break
        column = pa.array([b + token + a for token in left for b, a in contexts], pa.large_string())
        ids, bounds = tokenizer.encode_column(column)
        owners = np.repeat(np.arange(len(column)) // len(contexts), np.diff(bounds))
        seen = np.zeros(len(left), np.bool_)
        seen[owners[ids == np.fromiter(left.values(), np.int64, len(left))[owners]]] = True
        left = {token: number for (token, number), found in zip(left.items(), seen.tolist(), strict=True) if not found}
    examples = []
    for token, number in list(left.items())[:EXAMPLES]:
        ids, _ = tokenizer.encode_column(pa.array([token], pa.large_string()))
        instead = [_shown(tokenizer.token_bytes[n] or b"") for n in ids.tolist()]
        examples.append({"token": token, "id": number, "instead": instead})
    return {"count": len(left), "share": len(left) / len(texts) if texts else None, "examples": examples}


def _several_words(texts: dict[str, int]) -> dict[str, Any]:
    """Tokens that contain the end of a word and the start of the next, as superwords do: {"tokens", "share",
    "examples"}."""
    found = [token for token in texts if _BORDER.search(token)]
    return {"tokens": len(found), "share": len(found) / len(texts) if texts else None, "examples": found[:EXAMPLES]}


def _broken(broken: np.ndarray, tokens: list[bytes]) -> dict[str, Any]:
    """Tokens that are not whole characters.

    The single bytes of the alphabet are among them: every byte-level vocabulary has them.
    """
    examples = [_shown(tokens[n]) for n in np.flatnonzero((broken != VALID) & (broken != LONE_BYTE))[:EXAMPLES]]
    total = int((broken != VALID).sum())
    classes = {name: int((broken == kind).sum()) for name, kind in BROKEN.items()}
    return {"tokens": total, "share": total / len(tokens), **classes, "examples": examples}


def _seldom(tokens: list[bytes], times: np.ndarray, low: int, high: int) -> dict[str, Any]:
    chosen = np.flatnonzero((times >= low) & (times <= high))
    examples = [_shown(tokens[n]) for n in chosen[:: max(1, len(chosen) // EXAMPLES)][:EXAMPLES]]
    return {"count": len(chosen), "share": len(chosen) / len(tokens), "examples": examples}


def _histogram(lengths: np.ndarray) -> list[int]:
    return np.bincount(np.minimum(lengths, LENGTHS - 1), minlength=LENGTHS).tolist()


def _shown(token: bytes) -> str:
    return token.decode(errors="backslashreplace")

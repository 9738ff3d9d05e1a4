"""Redundant tokens: copies with and without a space, in other case, with a suffix; repeated text; and words of spam."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from corpus.quality.phrase_lists import ADULT, GAMBLING, PROMOTION

EXAMPLES = 20
# The most common josa and English suffixes, and punctuation that rarely improves a token.
_LISTED = (
    "은 는 이 가 을 를 의 에 도 로 와 과 만 들 에서 에게 으로 까지 부터 처럼 보다 라고 이라고 께서 s es 's ed ing ly er"
    " . , : ; ! ?"
)
SUFFIXES = sorted(_LISTED.split(), key=len, reverse=True)
SPAM = {
    name: tuple(
        word for line in listed.strip().split("\n") for word in (line.split("|") if "|" in line else line.split())
    )
    for name, listed in (("gambling", GAMBLING), ("adult", ADULT), ("promotion", PROMOTION))
}
_REPEAT = re.compile(r" ?((?!\s)(?:.{1,8}?))\1{2,}", re.DOTALL)

Tokens = Mapping[str, int]  # text → id


def near_copies(tokens: Tokens, rank: Callable[[str], int]) -> dict[str, dict[str, Any]]:
    """Of each kind {"tokens": how many differ from another token of the vocabulary only in it, "examples": [[token,
    copy, …]]}, the highest `rank` first: `space` before it, `case`, a `suffix` of SUFFIXES after at least two
    characters."""
    spaced = [[token[1:], token] for token in tokens if token[0] == " " and token[1:] in tokens]
    cases: dict[str, list[str]] = defaultdict(list)
    for token in tokens:
        cases[token.lower()].append(token)
    cased = [sorted(group, key=rank, reverse=True) for group in cases.values() if len(group) > 1]
    suffixed = []
    for token in tokens:
        for suffix in SUFFIXES:
            stem = token.removesuffix(suffix)
            if len(stem) < len(token) and len(stem.strip()) > 1 and stem in tokens:
                suffixed.append([stem, token])
                break

    def tell(groups: list[list[str]]) -> dict[str, Any]:
        groups.sort(key=lambda group: -sum(map(rank, group)))
        return {"tokens": sum(len(group) - 1 for group in groups), "examples": groups[:EXAMPLES]}

    return {"space": tell(spaced), "case": tell(cased), "suffix": tell(suffixed)}


def repeats(tokens: Tokens) -> list[dict[str, Any]]:
    """Tokens that repeat up to eight characters three times or more, not white space: [{"token", "id", "unit",
    "times"}], letters first, then the longest."""
    found = []
    for token, number in tokens.items():
        match = _REPEAT.fullmatch(token)
        if match:
            unit = match[1]
            found.append({"token": token, "id": number, "unit": unit, "times": len(token.strip(" ")) // len(unit)})
    return sorted(found, key=lambda row: (not row["unit"].isalpha(), -len(row["token"]), row["id"]))


def spam(tokens: Tokens) -> list[dict[str, Any]]:
    """Tokens that are a phrase of the corpus' spam lists, or contain one of three syllables or more: [{"token", "id",
    "phrase", "category"}]."""
    listed = {phrase: category for category, phrases in SPAM.items() for phrase in phrases}
    inside = re.compile("|".join(p for p in sorted(listed, key=len, reverse=True) if p[0] >= "가" and len(p) > 2))
    found = []
    for token, number in tokens.items():
        word = token.strip().lower()
        match = inside.search(word)
        phrase = word if word in listed else match[0] if match else None
        if phrase:
            found.append({"token": token, "id": number, "phrase": phrase, "category": listed[phrase]})
    return found

"""Korean sentences with the morphemes of their words, by byte positions, to compare token boundaries with.

Two sources: Kiwi, which reads each sentence as a whole (about 20 000 eojeol a second), and gold analyses in Sejong's
tags (`jhe.eval.ko.pos`), whose forms carry no positions and are aligned with the word here. A morpheme that shares a
syllable with the one before it (했 = 하 + 았) does not begin at a position in the text; such boundaries are counted as
hidden and left out.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from corpus.errors import UserError
from corpus.lines import read_lines
from tokenizer.training.morphemes import kiwi

OTHER, JOSA, EOMI = range(3)
LONGEST = 300  # characters of a sentence; longer ones are lists and tables
PER_DOCUMENT = 20  # sentences, so that no long document dominates

Morpheme = tuple[str, str, int, int]  # form, tag, first character, end; within a sentence


class Analysis(NamedTuple):
    """Sentences and the morphemes of their eojeol, those with Hangul.

    Positions are bytes of the concatenated sentences.
    """

    sentences: pa.Array  # large_string[n]
    words: np.ndarray  # int64[w, 3]: begin, end, sentence
    morphemes: np.ndarray  # int64[m, 4]: begin, end, word, OTHER | JOSA | EOMI; only those that begin in the text
    forms: list[str]  # of these morphemes
    glosses: list[str]  # of the words: 하/VV + 았/EP + 다/EF
    hidden: int  # morphemes that begin within a syllable


def sentences_of(texts: Sequence[str], limit: int, seed: int = 0) -> list[str]:
    """At most `limit` sentences with Hangul: lines, or the parts that end in . ? !, of texts in an order drawn by
    `seed`."""
    found: list[str] = []
    for n in np.random.default_rng(seed).permutation(len(texts)):
        pieces = re.split(r"\n|(?<=[.?!])\s+", texts[n])
        kept = (piece.strip() for piece in pieces if 10 <= len(piece) <= LONGEST and re.search("[가-힣]", piece))
        found += [piece for _, piece in zip(range(PER_DOCUMENT), kept, strict=False)]
        if len(found) >= limit:
            break
    return found[:limit]


def analyse(sentences: Sequence[str]) -> Analysis:
    """Kiwi's morphemes of sentences, each in its context."""
    analysed = kiwi().tokenize(iter(sentences))
    return assemble(
        (sentence, [(token.form, token.tag, token.start, token.start + token.len) for token in tokens])
        for sentence, tokens in zip(sentences, analysed, strict=True)
    )


def read_gold(path: Path) -> Analysis:
    """Gold analyses: lines of word, TAB, BOS | EOS | nothing, TAB, `form/TAG+form/TAG`.

    Raises UserError for other lines.
    """
    sentences: list[tuple[str, list[Morpheme]]] = []
    text = ""
    morphemes: list[Morpheme] = []
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip():
            continue
        fields = line.removesuffix("\r").split("\t")
        parts = re.findall(r"(.+?)/([A-Z]+)(?:\+|$)", fields[-1])
        if len(fields) != 3 or not parts:
            raise UserError(
                f"{path}, line {number}: found {line!r}; expected word, TAB, BOS or EOS or nothing, TAB,"
                " form/TAG+form/TAG."
            )
        if fields[1].startswith("BOS") and text:
            sentences.append((text, morphemes))
            text, morphemes = "", []
        word = fields[0].strip()
        start = len(text) + bool(text)
        text = f"{text} {word}" if text else word
        begins = align(word, tuple(parts))
        ends = [len(word)] * len(parts)
        for n in range(len(parts) - 1, 0, -1):
            ends[n - 1] = begins[n] if begins[n] >= 0 else ends[n]
        for (form, tag), begin, end in zip(parts, begins, ends, strict=True):
            # A morpheme without a position of its own gets one before the end of the previous morpheme, and is hidden.
            morphemes.append((form, tag, start + max(begin, 0), start + end))
    return assemble([*sentences, (text, morphemes)] if text else sentences)


def assemble(analysed: Iterable[tuple[str, list[Morpheme]]]) -> Analysis:
    """An Analysis of (sentence, its morphemes in order) pairs."""
    sentences: list[str] = []
    words: list[tuple[int, int, int]] = []
    rows: list[tuple[int, int, int, int]] = []
    forms: list[str] = []
    glosses: list[str] = []
    base = hidden = 0
    for sentence, morphemes in analysed:
        bytes_at = np.cumsum([0] + [len(c.encode()) for c in sentence]).tolist()
        spans = [match.span() for match in re.finditer(r"\S+", sentence)]
        inside = _by_word(spans, morphemes)
        for (start, end), found in zip(spans, inside, strict=True):
            if not re.search("[가-힣]", sentence[start:end]):
                continue
            word = len(words)
            words.append((base + bytes_at[start], base + bytes_at[end], len(sentences)))
            glosses.append(" + ".join(f"{_readable(form)}/{tag}" for form, tag, _, _ in found))
            reached, before = start, ""
            for number, (form, tag, first, last) in enumerate(found):
                last = min(max(last, first), end)
                if first >= reached and last > first and not _glide(before, sentence[first]):
                    kind = JOSA if tag.startswith("J") else EOMI if tag.startswith("E") else OTHER
                    rows.append((base + bytes_at[first], base + bytes_at[last], word, kind))
                    forms.append(form)
                elif number or first > start:  # the beginning of a word is a boundary of its own
                    hidden += 1
                reached, before = max(reached, last), form
        sentences.append(sentence)
        base += bytes_at[-1]
    return Analysis(
        pa.array(sentences, pa.large_string()),
        np.array(words, np.int64).reshape(-1, 3),
        np.array(rows, np.int64).reshape(-1, 4),
        forms,
        glosses,
        hidden,
    )


def _by_word(spans: list[tuple[int, int]], morphemes: list[Morpheme]) -> list[list[Morpheme]]:
    """The morphemes that begin in each word."""
    found: list[list[Morpheme]] = [[] for _ in spans]
    n = 0
    for morpheme in morphemes:
        # A morpheme of length zero, an elided copula, belongs to the word that it ends.
        while n < len(spans) and morpheme[2] >= spans[n][1] and not (morpheme[2] == morpheme[3] == spans[n][1]):
            n += 1
        if n < len(spans) and morpheme[2] >= spans[n][0]:
            found[n].append(morpheme)
    return found


def _glide(before: str, character: str) -> bool:
    """Whether the ㅂ that a stem ends with moved into the next syllable: 돕 + 아 = 도와, 놀랍 + 은 = 놀라운.

    Kiwi marks this for some stems only.
    """
    return _letters(before[-1:])[-1:] == ["ㅂ"] and _letters(character)[:2] in (
        ["ㅇ", "ㅘ"],
        ["ㅇ", "ㅝ"],
        ["ㅇ", "ㅜ"],
    )


def _readable(form: str) -> str:
    """Final consonants as independent letters: ᆫ as ㄴ."""
    return "".join(_letters(c)[0] if 0x11A8 <= ord(c) <= 0x11C2 else c for c in form)


_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_FINALS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"


def _letters(character: str) -> list[str]:
    """The letters of a syllable, at any position in it; any other character is its own letter."""
    letters = []
    for c in unicodedata.normalize("NFD", character):
        code = ord(c)
        if 0x1100 <= code < 0x1113:
            c = _INITIALS[code - 0x1100]
        elif 0x1161 <= code < 0x1176:
            c = chr(0x314F + code - 0x1161)
        elif 0x11A8 <= code < 0x11C3:
            c = _FINALS[code - 0x11A8]
        letters.append(c)
    return letters


@cache
def align(word: str, parts: tuple[tuple[str, str], ...]) -> tuple[int, ...]:
    """The position in the word where each (form, tag) morpheme begins, in characters; -1 where it begins within a
    syllable.

    The letters of the forms are aligned with those of the word at the least edit distance. A morpheme begins at a
    character when its first letter is the first of that character, unless it is an ending that begins with a final
    consonant.
    """
    if "".join(form for form, _ in parts) == word:
        return tuple(np.cumsum([0] + [len(form) for form, _ in parts[:-1]]).tolist())
    surface = [(letter, n, k) for n, c in enumerate(word) for k, letter in enumerate(_letters(c))]
    forms = [[letter for c in form for letter in _letters(c)] for form, _ in parts]
    place = _match([letter for letters in forms for letter in letters], [letter for letter, _, _ in surface])
    begins = [0]
    at = len(forms[0])
    for (form, tag), letters in zip(parts[1:], forms[1:], strict=True):
        matched = place[at]
        at += len(letters)
        begin = surface[matched][1] if matched >= 0 and surface[matched][2] == 0 else -1
        if begin >= 0 and tag[0] in "EJ" and not "가" <= form[0] <= "힣":
            begin = -1
        begins.append(begin if begin > 0 else -1)
    return tuple(begins)


def _match(a: list[str], b: list[str]) -> list[int]:
    """For each letter of `a` the place in `b` of the equal letter that the cheapest edit of a into b keeps, or -1."""
    cost = np.zeros((len(a) + 1, len(b) + 1), np.int64)
    cost[:, 0], cost[0] = np.arange(len(a) + 1), np.arange(len(b) + 1)
    table = cost.tolist()
    for i in range(1, len(a) + 1):
        row, above = table[i], table[i - 1]
        for j in range(1, len(b) + 1):
            row[j] = min(above[j - 1] + (a[i - 1] != b[j - 1]), above[j] + 1, row[j - 1] + 1)
    found = [-1] * len(a)
    i, j = len(a), len(b)
    while i and j:
        if a[i - 1] == b[j - 1] and table[i][j] == table[i - 1][j - 1]:
            i, j = i - 1, j - 1
            found[i] = j
        elif table[i][j] == table[i - 1][j] + 1:
            i -= 1
        elif table[i][j] == table[i - 1][j - 1] + 1:
            i, j = i - 1, j - 1
        else:
            j -= 1
    return found

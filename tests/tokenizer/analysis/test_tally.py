from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.borders import odd_texts
from tests.tokenizer.conftest import texts
from tokenizer.analysis.scripts import NAMES, scripts
from tokenizer.analysis.tally import (
    BLANK,
    BYTES,
    CHARACTERS,
    COLUMNS,
    CONTINUED,
    DOCUMENTS,
    SCRIPTS,
    SYLLABLES,
    TOKENS,
    WHOLE,
    WORDS,
    cores,
    tally,
)


def script_of(word: str) -> str:
    kinds = {NAMES[scripts()[ord(c)]] for c in word} - {"other", "whitespace"}
    letters = kinds - {"digits"}
    if "hangul" in letters:
        return "hangul mixed" if len(letters) > 1 else "hangul"
    if letters & {"han", "kana"}:
        return "han"
    if letters:
        return "latin" if letters == {"latin"} else "other letters"
    return "digits" if kinds else "symbols"


def core_of(word: str) -> tuple[int, int]:
    """The first letter or digit of a word and its last, as byte positions in it."""
    inside = [n for n, c in enumerate(word) if NAMES[scripts()[ord(c)]] != "other"]
    first, last = (inside[0], inside[-1] + 1) if inside else (0, len(word))
    return len(word[:first].encode()), len(word[:last].encode())


def words_of(text: str) -> list[tuple[int, int, str]]:
    found, at, word = [], 0, ""
    for c in [*text, " "]:
        if NAMES[scripts()[ord(c)]] == "whitespace":
            if word:
                found.append((at - len(word.encode()), at, word))
            word = ""
        else:
            word += c
        at += len(c.encode())
    return found


def twin(text: str, ends: list[int]) -> np.ndarray:
    """The same sums, token by token and character by character."""
    out = np.zeros((len(SCRIPTS), len(COLUMNS)), np.int64)
    words = words_of(text)
    kinds = [SCRIPTS.index(script_of(word)) for *_, word in words]
    tokens = list(pairwise([0, *ends]))
    owners = []  # of each token
    for begin, end in tokens:
        inside = [n for n, (first, last, _) in enumerate(words) if first < end and last > begin]
        owners.append(inside[0] if inside else None)
        out[kinds[inside[0]] if inside else BLANK, TOKENS] += 1
    at = 0
    for c in text:
        inside = [n for n, (first, last, _) in enumerate(words) if first <= at < last]
        if inside:
            kind = kinds[inside[0]]
        else:
            owner = next(o for o, (begin, end) in zip(owners, tokens, strict=True) if begin <= at < end)
            kind = BLANK if owner is None else kinds[owner]
        width = len(c.encode())
        out[kind, BYTES] += width
        out[kind, CHARACTERS] += 1
        out[kind, SYLLABLES] += "가" <= c <= "힣"
        at += width
    for (first, last, word), kind in zip(words, kinds, strict=True):
        begin, end = core_of(word)
        out[kind, WORDS] += 1
        out[kind, CONTINUED] += sum(a < last and b > first for a, b in tokens) > 1
        out[kind, WHOLE] += not any(first + begin < e < first + end for e in ends)
    for kind in {*kinds, *([BLANK] if None in owners else [])}:
        out[kind, DOCUMENTS] = 1
    return out


@given(st.lists(st.tuples(texts, st.integers(0, 2**30)), max_size=4))
@odd_texts(lambda text: {"documents": [(text, 7), (text, 1000)]})
def test_the_kernel_says_what_the_plain_way_says(documents):
    ends, bounds, expected, base = [], [0], np.zeros((2, len(SCRIPTS), len(COLUMNS)), np.int64), 0
    for n, (text, seed) in enumerate(documents):
        size = len(text.encode())
        # Tokens end anywhere but within white space of several bytes, where which character is whose would be a matter
        # of taste.
        allowed = [p for p in range(1, size) if not inside_blank(text, p)]
        chosen = np.random.default_rng(seed)
        cut = sorted(p for p in allowed if chosen.random() < 0.4) + ([size] if size else [])
        expected[n % 2] += twin(text, cut)
        ends += [base + p for p in cut]
        bounds.append(len(ends))
        base += size
    found = np.zeros_like(expected)
    array = pa.array([text for text, _ in documents], pa.string())
    tally(array, np.array(bounds), np.array(ends, np.int64), np.arange(len(documents)) % 2, found)
    assert found.tolist() == expected.tolist()


def inside_blank(text: str, position: int) -> bool:
    data = text.encode()
    if data[position] & 0xC0 != 0x80:
        return False
    start = position
    while data[start] & 0xC0 == 0x80:
        start -= 1
    character = data[start:].decode(errors="ignore")[0]
    return NAMES[scripts()[ord(character)]] == "whitespace"


def test_one_sentence_by_hand():
    # 저는| 서|울|에|,| 갑니|다.| |AI|가
    text = "저는 서울에, 갑니다.  AI가"
    tokens = ["저는", " 서", "울", "에", ",", " 갑니", "다.", " ", " AI", "가"]
    assert "".join(tokens) == text
    ends = np.cumsum([len(token.encode()) for token in tokens])
    out = np.zeros((1, len(SCRIPTS), len(COLUMNS)), np.int64)
    tally(pa.array([text]), np.array([0, len(tokens)]), ends, np.zeros(1, np.int64), out)
    hangul, mixed, blank = out[0, 0].tolist(), out[0, 1].tolist(), out[0, BLANK].tolist()
    assert dict(zip(COLUMNS, hangul, strict=True)) == {
        "documents": 1, "bytes": 28, "characters": 12, "syllables": 8, "words": 3, "tokens": 7, "continued": 2,
        "whole": 1,
    }  # fmt: skip
    assert dict(zip(COLUMNS, mixed, strict=True)) == {
        "documents": 1, "bytes": 6, "characters": 4, "syllables": 1, "words": 1, "tokens": 2, "continued": 1,
        "whole": 0,
    }  # fmt: skip
    assert blank == [1, 1, 1, 0, 0, 1, 0, 0]


def test_a_token_of_two_words_belongs_to_the_first():
    out = np.zeros((1, len(SCRIPTS), len(COLUMNS)), np.int64)
    tally(pa.array(["of the end"]), np.array([0, 2]), np.array([6, 10]), np.zeros(1, np.int64), out)
    assert out[0, 2].tolist() == [1, 10, 10, 0, 3, 2, 0, 3]


@given(texts)
@odd_texts(lambda text: {"text": text})
def test_cores_are_the_words_with_letters_without_their_signs(text):
    data, ends = cores(pa.array([text]))
    found = [bytes(data[a:b]).decode() for a, b in pairwise([0, *ends.tolist()])]
    expected = []
    for *_, word in words_of(text):
        begin, end = core_of(word)
        if script_of(word) not in ("digits", "symbols"):
            expected.append(word.encode()[begin:end].decode())
    assert found == expected


@pytest.mark.parametrize(
    ("word", "script"),
    [
        *(("한국", "hangul"), ("ㅋㅋ", "hangul"), ("한국1", "hangul"), ("한,국", "hangul")),
        *(("漢字로", "hangul mixed"), ("로漢", "hangul mixed"), ("AI가", "hangul mixed"), ("가あ", "hangul mixed")),
        *(("가é", "hangul mixed"), ("가я", "hangul mixed"), ("漢字", "han"), ("かな", "han"), ("A漢", "han")),
        *(("word", "latin"), ("é1", "latin"), ("я", "other letters"), ("1,2", "digits"), ("--", "symbols")),
    ],
)
def test_a_word_is_of_one_script_or_mixed(word, script):
    out = np.zeros((1, len(SCRIPTS), len(COLUMNS)), np.int64)
    tally(pa.array([word]), np.array([0, 1]), np.array([len(word.encode())]), np.zeros(1, np.int64), out)
    assert {SCRIPTS[n]: row for n, row in enumerate(out[0, :, WORDS].tolist()) if row} == {script: 1}

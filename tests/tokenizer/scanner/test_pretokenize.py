"""The scanner against the regular expressions of tokenizer.json, run by HF tokenizers."""

import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tokenizers import Regex
from tokenizers.pre_tokenizers import Split

from corpus.errors import UserError
from corpus.kernels.utf8 import string_buffers
from tests.helpers.borders import odd_texts
from tests.helpers.compiled import callable_alone
from tests.tokenizer.conftest import texts
from tokenizer.scanner import alternatives
from tokenizer.scanner.kinds import kinds
from tokenizer.scanner.patterns import NAMES, REGEXES, llama_cpp_name, pattern_code
from tokenizer.scanner.pretokenize import scan

match = callable_alone(alternatives.match)

SPLITS = {name: Split(Regex(REGEXES[name]), "isolated") for name in NAMES}


def scanned(documents: list[str], pattern: str) -> list[list[str]]:
    column = pa.array(documents, pa.large_string())
    data, offsets = string_buffers(column)
    ends, first = scan(column, pattern)
    raw, bounds = data.tobytes(), [int(offsets[0]), *ends.tolist()]
    words = [raw[i:j].decode() for i, j in itertools.pairwise(bounds)]
    return [words[first[d] : first[d + 1]] for d in range(len(documents))]


def expected(text: str, pattern: str) -> list[str]:
    return [word for word, _ in SPLITS[pattern].pre_tokenize_str(text)]


@pytest.mark.parametrize("pattern", NAMES)
@given(text=texts)
@example(text="AI가 don't 'ſ 'LL they’re 'docs' ㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋ 12345년\n\n\t  if x:\r\n")
@odd_texts(lambda text: {"text": text})
def test_agrees_with_the_regular_expression(pattern, text):
    assert scanned([text], pattern) == [expected(text, pattern)]


runs = st.builds(
    lambda sign, count, tail: sign * count + tail,
    st.sampled_from("=-'’.가ㅋa(1\u0301漢"),
    st.integers(0, 70),
    st.sampled_from(["", "'s", "’ve", "'sé", "f", "foo", "가", " ", "\n", "\n\n x", "'", "1", " a", "(", "\u0301"]),
)


@pytest.mark.parametrize("pattern", NAMES)
@given(text=st.lists(runs | st.sampled_from([" ", "\t", "x", "가"]), max_size=4).map("".join))
def test_agrees_on_long_runs(pattern, text):
    assert scanned([text], pattern) == [expected(text, pattern)]


ODD = [
    "가",
    "힣",
    "\ud7b0",
    "\ud7ff",
    "漢",
    "é",
    "ſ",
    "\U0001f600",
    "\u3000",
    "\xa0",
    "３",
    "\u0301",
    "’",
    "'s",
    "'ll",
    "\n",
    "\r\n",
    "\n \n",
    "  ",
    "1234",
    "(",
]
ODD += ["a" * n for n in (1, 8, 16, 24, 63, 64, 65)]


@pytest.mark.parametrize("pattern", NAMES)
@pytest.mark.parametrize(("number", "filler"), [*enumerate(["a b", "가 나다", "1", " ", ".", "\n"])])
def test_agrees_with_odd_things_at_every_offset(pattern, number, filler):
    """Each with three texts after it, which take turns: every one at every offset after two of the fillers."""
    afters = "", " x", "b" + filler * 30
    documents = []
    for at in range(131):
        before = (filler * 131).encode()[:at].decode(errors="ignore")
        documents += [before + odd + afters[(n + at + number) % 3] for n, odd in enumerate(ODD)]
    assert scanned(documents, pattern) == [expected(text, pattern) for text in documents]


@pytest.mark.parametrize("pattern", NAMES)
@given(text=texts)
def test_blocks_agree_with_the_alternatives_one_by_one(pattern, text):
    text = text * 3 + "." * 70  # so that blocks may read what they like
    data, code, table = np.frombuffer(text.encode(), np.uint8), pattern_code(pattern), kinds(pattern_code(pattern))
    ends, end = [0], len(data)
    while ends[-1] < end:
        ends.append(match(data, ends[-1], end, table, code))
    assert scan(pa.array([text]), pattern)[0].tolist() == ends[1:]


@pytest.mark.parametrize("pattern", NAMES)
def test_agrees_on_every_character_between_others(pattern):
    points = [*range(0xD800), *range(0xE000, 0x110000)]
    text = "".join(chr(c) for c in points[:0x30000]) + chr(0x10FFFF)
    pieces = [f"{text[i : i + 64]} a가1.{text[i : i + 16]}" for i in range(0, len(text), 64)]
    assert scanned(pieces, pattern) == [expected(piece, pattern) for piece in pieces]


@pytest.mark.parametrize("pattern", NAMES)
@pytest.mark.parametrize("kind", ["ko", "en", "mixed", "code"])
def test_agrees_on_real_text(pattern, kind, real_texts):
    documents = real_texts[kind][::2]
    for text, words in zip(documents, scanned(documents, pattern), strict=True):
        assert words == expected(text, pattern)


def test_agrees_on_a_slice_of_every_file_of_the_mirror(mirror, monkeypatch):
    from benchmarks import scanner

    monkeypatch.setenv("HANJI_MIRROR", str(mirror))
    splits = {name: Split(Regex(regex), "isolated") for name, regex in scanner.PATTERNS.items()}
    found = dict.fromkeys(splits, 0)
    for path in scanner.files():
        for batch in scanner.batches(path, 0.01):
            for name, split in splits.items():
                found[name] += scanner.compare([text[:10_000] for text in batch], name, split)[2]
    assert min(found.values()) > 10_000


@pytest.mark.parametrize("pattern", NAMES)
def test_agrees_on_every_contraction_and_what_is_none(pattern):
    """An apostrophe, up to two of the letters that may follow it and some that may not, in either case, and a third."""
    some = ["", *"sStTdDmMlLvVeErRazAZ@[`{1 '", "ſ", "é", "가"]
    afters = itertools.cycle(["", "x", "Z", "z", "가", " a", "'s", "1", "é"])  # 9 beside 30: each meets each in turn
    documents = [f"I{sign}{a}{b}{next(afters)}" for sign in "'’" for a in some for b in some]
    assert scanned(documents, pattern) == [expected(text, pattern) for text in documents]


def test_the_patterns_to_the_letter():
    """What is written into tokenizer.json: that of others as they publish it, and ours, which never changes."""
    cl100k = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"
        r"\s+(?!\S)|\s+"
    )
    jamo = "\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\ud7b0-\ud7c6\ud7cb-\ud7fb"
    assert {
        "gpt2": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        "cl100k": cl100k,
        "hanji": "['’](?:[sdmtSDMT]|ll|LL|ve|VE|re|RE)(?![A-Za-z])| ?[가-힣]{1,16}|"
        rf"[^\r\n\p{{L}}\p{{M}}\p{{N}}]?[^\s\p{{N}}\p{{P}}\p{{S}}\p{{C}}가-힣{jamo}]{{1,32}}| ?[{jamo}]{{1,8}}|"
        r" ?\p{N}{1,3}| ?[^\s\p{L}\p{M}\p{N}]{1,16}[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        "qwen2": cl100k.replace("{1,3}", ""),
    } == REGEXES
    assert [[llama_cpp_name(name, whole) for name in NAMES] for whole in (False, True)] == [
        ["gpt-2", "dbrx", None, "qwen2"],
        [None, "llama-bpe", None, None],
    ]


def test_hanji_separates_scripts_and_caps_runs():
    text = "AI가 C언어를 “좋아” ㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋ 1234년 don't"
    assert scanned([text], "hanji")[0] == [
        *("AI", "가", " C", "언어를", " “", "좋아", "”", " ㅋㅋㅋㅋㅋㅋㅋㅋ", "ㅋㅋ", " 123", "4", "년", " don", "'t"),
    ]


def test_a_slice_starts_at_its_own_text():
    column = pa.array(["하나 둘", "", "three four", "다섯"])[1:3]
    _, offsets = string_buffers(column)
    ends, first = scan(column, "gpt2")
    assert first.tolist() == [0, 0, 2]
    assert (ends - offsets[0]).tolist() == [5, 10]


def test_unknown_pattern_names_the_known_ones():
    with pytest.raises(UserError, match="gpt2, cl100k, hanji"):
        pattern_code("o200k")

"""What a vocabulary holds and wastes, on vocabularies whose faults are known."""

import unicodedata
from functools import cache

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenizer.analysis.peers import Subject, open_subject
from tokenizer.analysis.scripts import HANGUL, NAMES, scripts
from tokenizer.analysis.vocabulary import (
    _several_words,
    analyse,
    composition,
    nfd_penalty,
    rare_syllables,
    syllables,
    unreachable,
)
from tokenizer.analysis.vocabulary_families import SPAM, near_copies, repeats, spam
from tokenizer.analysis.vocabulary_kernel import BROKEN, END, IMPOSSIBLE, LONE_BYTE, MIXED, START, VALID, describe
from tokenizer.training.bpe import Merges, train
from tokenizer.training.files import write_tokenizer

HAN = "한".encode()
opened = cache(open_subject)  # cl100k takes two seconds


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        (b"a", VALID), (HAN, VALID), (b"", VALID), ("😀".encode(), VALID),
        (HAN[:1], LONE_BYTE), (HAN[1:2], LONE_BYTE), (b"\xc3", LONE_BYTE),
        (HAN[:2], START), ("😀".encode()[:3], START), (HAN[1:], END), ("😀".encode()[1:], END),
        (b" " + HAN[:1], MIXED), (HAN + HAN[:2], MIXED), (HAN[1:] + b"a", MIXED), (HAN[2:] + HAN[:1], MIXED),
        (b"\xff", IMPOSSIBLE), (b"\xc0\x80", IMPOSSIBLE), (b"a\xf5", IMPOSSIBLE), (b"\xed\xa0", IMPOSSIBLE), (b"\x80" * 4, IMPOSSIBLE),
        (b"\xe0\x80", IMPOSSIBLE), (HAN[:1] + b"a", IMPOSSIBLE),
    ],
)  # fmt: skip
def test_broken_tokens_by_class(token: bytes, kind: int):
    assert describe([b"before", token, b"after"]).broken.tolist() == [VALID, kind, VALID]


def plainly(token: bytes) -> tuple[int, int, int]:
    """The twin of the kernel: by the errors that Python's decoder tells."""
    ending = 0
    while ending < min(3, len(token)) and 0x80 <= token[ending] < 0xC0:
        ending += 1
    rest, starting, possible = token[ending:], 0, True
    try:
        text = rest.decode()
    except UnicodeDecodeError as error:
        text = rest[: error.start].decode()
        starting = len(rest) - error.start
        possible = error.reason == "unexpected end of data"
    found = 0
    for c in text:
        found |= 1 << int(scripts()[ord(c)])
    if not ending and not starting:
        kind = VALID
    elif len(token) == 1 and possible:
        kind = LONE_BYTE
    elif not possible:
        kind = IMPOSSIBLE
    elif ending == len(token):
        kind = END
    elif starting == len(token):
        kind = START
    else:
        kind = MIXED
    return kind, len(text), found


pieces = st.binary(max_size=6) | st.text(max_size=4).map(lambda text: text.encode()[1:-1])


@given(st.lists(pieces, min_size=1, max_size=8))
def test_describe_agrees_with_python(tokens: list[bytes]):
    found = describe(tokens)
    assert list(zip(*(column.tolist() for column in found), strict=True)) == [plainly(token) for token in tokens]


@pytest.mark.slow
def test_describe_agrees_with_python_on_real_tokens(shared_data):
    subject = open_subject(shared_data / "tokenizers/tiktoken/cl100k_base.tiktoken")
    tokens = [token for token in subject.token_bytes if token is not None][::7]
    found = describe(tokens)
    assert list(zip(*(column.tolist() for column in found), strict=True)) == [plainly(token) for token in tokens]


def test_scripts():
    wanted = {"가": "hangul", "ㅋ": "hangul", "a": "latin", "é": "latin", "漢": "han", "カ": "kana", "ー": "kana", "я": "cyrillic", "λ": "greek", "5": "digits",
              "５": "digits", "²": "digits", "×": "other", ".": "other", " ": "whitespace", "\n": "whitespace", "\u3000": "whitespace", "ა": "other letters", "ب": "arabic",
              "א": "hebrew", "क": "devanagari", "ก": "thai", "〇": "han", "一": "han", "。": "other", "_": "other", "µ": "latin"}  # fmt: skip
    assert {c: NAMES[scripts()[ord(c)]] for c in wanted} == wanted


def test_composition():
    tokens = [
        b" school",
        "학교".encode(),
        " 학교".encode(),
        b"2024",
        "2024년".encode(),
        b"...",
        b"  ",
        HAN[:2],
        "AI가".encode(),
        b".name",
    ]
    found = composition(*describe(tokens))
    assert {script: row["tokens"] for script, row in found.items()} == {
        "hangul": 3, "latin": 2, "digits": 1, "punctuation": 1, "whitespace": 1, "fragments": 1, "mixed": 1
    }  # fmt: skip
    assert found["hangul"]["share"] == 3 / 10
    assert found["hangul"]["mean_characters"] == (2 + 3 + 5) / 3
    assert found["fragments"]["mean_characters"] is None
    assert {length: n for length, n in enumerate(found["hangul"]["characters"]) if n} == {2: 1, 3: 1, 5: 1}


@pytest.mark.parametrize("token", ["韓국", "국漢", "가カ", "漢カ", "가a", "aя", " 漢가 "])
def test_letters_of_two_scripts_are_mixed(token):
    assert [script for script, row in composition(*describe([token.encode()])).items() if row["tokens"]] == ["mixed"]


@pytest.mark.parametrize(
    ("token", "script"), [("漢字", "han"), ("가ㅋ", "hangul"), ("가1.", "hangul"), (" カナ", "kana")]
)
def test_letters_of_one_script_are_of_it(token, script):
    assert [name for name, row in composition(*describe([token.encode()])).items() if row["tokens"]] == [script]


def test_syllables():
    # 뷁 is no part of KS X 1001
    assert syllables({"가": 1, " 나": 2, "나": 3, "뷁": 4, "가다": 5, "ㄱ": 6, "a": 7}) == {
        "covered": 3, "of": 11172, "ks_x_1001": 2, "ks_x_1001_of": 2350
    }  # fmt: skip


class Spelled:
    """A tokenizer whose tokens are 가, 나 and bytes; it drops 힣."""

    @property
    def token_bytes(self) -> list[bytes | None]:
        return [None, "가".encode(), "나".encode(), *(bytes([b]) for b in range(256))]

    def encode_column(self, array: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        known = {"가": [1], "나": [2], "힣": [0]}
        found = [known.get(text) or [3 + b for b in text.encode()] for text in array.to_pylist()]
        return np.concatenate(found).astype(np.uint32), np.cumsum([0, *map(len, found)])


def test_rare_syllables():
    texts = ["가가나 힣!", "다다다 가ㅋ漢"]
    assert rare_syllables(Spelled(), texts) == {
        "tokens": {"1": 3, "3": 11169},
        "lost": {"count": 1, "examples": ["힣"]},
        "rarest": [
            {"syllable": "나", "count": 1, "tokens": 1},
            {"syllable": "힣", "count": 1, "tokens": 1},
            {"syllable": "가", "count": 3, "tokens": 1},
            {"syllable": "다", "count": 3, "tokens": 3},
        ],
    }


def test_near_copies():
    tokens = {
        token: n
        for n, token in enumerate(
            ["the", " the", "The", "THE", " The", "학교", "학교는", "학교에서", "walk", "walking", "s", "is"]
        )
    }
    found = near_copies(tokens, lambda token: -tokens[token])
    assert found["space"] == {"tokens": 2, "examples": [["the", " the"], ["The", " The"]]}
    assert found["case"] == {"tokens": 3, "examples": [["the", "The", "THE"], [" the", " The"]]}
    assert found["suffix"]["tokens"] == 3  # not "is": its stem is one character
    assert ["학교", "학교에서"] in found["suffix"]["examples"]


def test_repeats():
    found = repeats(
        {
            "ㅋㅋㅋㅋ": 1,
            " 하하하": 2,
            "----": 3,
            "    ": 4,
            "소셜그래프소셜그래프소셜그래프": 5,
            "abab": 6,
            "aab": 7,
            "ㅋㅋ": 8,
        }
    )
    assert [(row["token"], row["unit"], row["times"]) for row in found] == [
        ("소셜그래프소셜그래프소셜그래프", "소셜그래프", 3), ("ㅋㅋㅋㅋ", "ㅋ", 4), (" 하하하", "하", 3), ("----", "-", 4)
    ]  # fmt: skip


def test_tokens_of_several_words_are_counted_among_all():
    crossing = [f"w{n} of" for n in range(25)]
    texts = {token: n for n, token in enumerate([*crossing, " of", "of", " 할", "할수", "."])}
    assert _several_words(texts) == {"tokens": 25, "share": 25 / 30, "examples": crossing[:20]}
    assert _several_words({" of": 0}) == {"tokens": 0, "share": 0.0, "examples": []}
    assert _several_words({}) == {"tokens": 0, "share": None, "examples": []}


def test_spam():
    found = spam({" 카지노": 1, "카지노는": 2, "토토": 3, "토토로": 4, " Casino": 5, "casinoed": 6, "학교": 7})
    assert {row["token"]: (row["phrase"], row["category"]) for row in found} == {
        " 카지노": ("카지노", "gambling"), "카지노는": ("카지노", "gambling"), "토토": ("토토", "gambling"), " Casino": ("casino", "gambling")
    }  # fmt: skip


TEXT = ["학교에서 학생들이 학교에 간다"] * 3 + ["the school of the school"] * 3


@pytest.fixture(scope="module")
def subject(tmp_path_factory) -> Subject:
    """A trained tokenizer, with one token that no text gives."""
    from tokenizer.kernels.words import WordTable
    from tokenizer.scanner.pretokenize import scan

    column = pa.array(TEXT, pa.large_string())
    table = WordTable()
    data = np.frombuffer("".join(TEXT).encode(), np.uint8)
    table.add(data, 0, scan(column, "hanji")[0])
    merges = train(table.column(), table.counts(), 300)
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(folder, with_dead_merge(merges), "hanji", 304)
    return open_subject(folder, ours=True)


def with_dead_merge(merges: Merges) -> Merges:
    """With one more merge, that of the end of " school" with its begin: a token with a space inside, which the
    pattern never lets arise."""
    first, second = merges.pairs[merges.tokens.index(b" school") - 256].tolist()
    tokens = [*merges.tokens, merges.tokens[second] + merges.tokens[first]]
    return Merges(np.concatenate([merges.pairs, [[second, first]]]), np.concatenate([merges.counts, [1]]), tokens)


def test_the_report_of_a_vocabulary(subject: Subject):
    ids, _ = subject.encode_column(pa.array(TEXT, pa.large_string()))
    used = np.bincount(ids, minlength=subject.vocab_size)
    found = analyse(subject, used)
    ordinary = [token for token in subject.token_bytes if token is not None]
    assert found["tokens"] == len(ordinary)
    assert found["special"] == subject.vocab_size - len(ordinary) >= 3
    assert sum(row["tokens"] for row in found["composition"].values()) == len(ordinary)
    assert sum(found["lengths"]["bytes"]) == len(ordinary)
    assert found["lengths"]["bytes"][1] == 256
    assert found["several_words"]["examples"] == [
        next(t for t in reversed(ordinary) if t).decode()
    ]  # the one of `with_dead_merge`
    assert found["broken_utf8"]["lone_byte"] == 115
    assert found["broken_utf8"]["impossible"] == 13  # C0, C1, F5 … FF
    assert found["broken_utf8"]["tokens"] == sum(found["broken_utf8"][name] for name in BROKEN)
    assert found["never_used"]["count"] == sum(
        used[n] == 0 for n, token in enumerate(subject.token_bytes) if token is not None
    )
    assert found["rare"]["below"] == 10
    assert found["longest"][0]["token"] == max((t.decode(errors="ignore") for t in ordinary), key=len)
    assert analyse(subject)["never_used"] is None


def test_a_token_that_nothing_gives_is_found(subject: Subject):
    dead = next(token for token in reversed(subject.token_bytes) if token is not None)
    found = analyse(subject)["unreachable"]
    assert found["count"] == 1
    assert found["examples"][0]["token"] == dead.decode()
    assert "".join(found["examples"][0]["instead"]) == dead.decode()


@pytest.mark.slow
def test_no_false_alarms(shared_data):
    """Tokens that begin within a word, contractions and white space before a word come back only within their
    surroundings."""
    for name in ("gpt2", "tiktoken/cl100k_base.tiktoken"):
        subject = opened(shared_data / "tokenizers" / name)
        texts = {}
        for number, token in enumerate(subject.token_bytes):
            text = (token or b"\xff").decode(errors="replace")
            if "\ufffd" not in text and number % 25 == 0:
                texts[text] = number
        assert unreachable(subject, texts)["count"] == 0


def test_sentencepiece_bytes_are_no_false_alarm(shared_data):
    subject = open_subject(shared_data / "tokenizers/kortok/sp-32k")
    found = analyse(subject)
    assert found["unreachable"]["count"] == 0
    assert found["syllables"]["covered"] == 2989
    assert found["composition"]["hangul"]["tokens"] == 29190


def test_known_counts(shared_data):
    """Counts published for these vocabularies: not UTF-8 773 and 344; syllables 164 and 0."""
    for name, broken, covered in (("tiktoken/cl100k_base.tiktoken", 773, 164), ("gpt2", 344, 0)):
        subject = opened(shared_data / "tokenizers" / name)
        tokens = [token for token in subject.token_bytes if token is not None]
        assert int((describe(tokens).broken != VALID).sum()) == broken
        texts = {token.decode(): n for n, token in enumerate(tokens) if "\ufffd" not in token.decode(errors="replace")}
        assert syllables(texts)["covered"] == covered


def test_nfd_penalty(subject: Subject):
    assert nfd_penalty(subject, ["the school"]) == 1
    assert nfd_penalty(subject, []) is None
    composed = len(subject.encode_spans("학교"))
    decomposed = len(subject.encode_spans("\u1112\u1161\u11a8\u1100\u116d"))
    assert nfd_penalty(subject, ["학교"]) == decomposed / composed > 3


class Letters:
    """A vocabulary by hand: every text is encoded letter by letter, whatever tokens there are."""

    def __init__(self, *tokens: bytes | None) -> None:
        self.token_bytes: list[bytes | None] = list(tokens)

    def encode_column(self, array: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        known = {token: n for n, token in enumerate(self.token_bytes)}
        texts = [[known.get(c.encode(), 0) for c in text] for text in array.to_pylist()]
        return np.array([n for ids in texts for n in ids], np.int64), np.cumsum([0, *map(len, texts)])


def test_tokens_by_how_often_they_occur():
    """Never, once, nine and ten times; special tokens do not count."""
    tokens = [None, b"x", b"a", b"b", b"c", b"d", None]
    found = analyse(Letters(*tokens), np.array([7, 5000, 0, 1, 9, 10, 3]))
    assert (found["tokens"], found["special"]) == (5, 2)
    assert found["never_used"] == {"count": 1, "share": 0.2, "examples": ["a"]}
    assert found["rare"] == {"below": 10, "count": 2, "share": 0.4, "examples": ["b", "c"]}
    assert [(row["token"], row["id"], row["used"]) for row in found["longest"]][:2] == [("x", 1, 5000), ("a", 2, 0)]


def test_the_last_length_counts_all_longer_ones():
    tokens = [b"x", "가나".encode(), b"y" * 31, b"y" * 32, b"y" * 33, b"y" * 90, b"\xea"]
    found = analyse(Letters(*tokens))
    lengths = found["lengths"]
    assert [len(lengths["bytes"]), len(lengths["characters"])] == [33, 33]
    assert {n: count for n, count in enumerate(lengths["bytes"]) if count} == {1: 2, 6: 1, 31: 1, 32: 3}
    assert {n: count for n, count in enumerate(lengths["characters"]) if count} == {1: 1, 2: 1, 31: 1, 32: 3}


def test_shares_are_of_all_tokens():
    """Of five tokens of text two are never encoded: only their letters are."""
    found = analyse(Letters(b"a", b"b", b"c", b"ab", b"bc", b"\xea", b"\xea\xb0", b"\xff"))
    assert (found["unreachable"]["count"], found["unreachable"]["share"]) == (2, 0.4)
    assert [row["token"] for row in found["unreachable"]["examples"]] == ["ab", "bc"]
    assert found["unreachable"]["examples"][0]["instead"] == ["a", "b"]
    broken = found["broken_utf8"]
    assert (broken["tokens"], broken["share"]) == (3, 3 / 8)
    assert broken["examples"] == ["\\xea\\xb0", "\\xff"]  # single bytes of the alphabet are no finding


def test_a_stem_has_two_characters_and_a_unit_eight():
    tokens = {token: n for n, token in enumerate(["a", " a", "as", " as", "ab", " ab", "abs", " abs"])}
    suffixed = near_copies(tokens, lambda token: -tokens[token])["suffix"]
    assert suffixed == {"tokens": 2, "examples": [["ab", "abs"], [" ab", " abs"]]}
    units = {"abcdefgh" * 3: 1, "abcdefghi" * 3: 2, "ab" * 2: 3, "ab" * 3: 4}
    assert [(row["id"], row["unit"], row["times"]) for row in repeats(units)] == [(1, "abcdefgh", 3), (4, "ab", 3)]


NAMED = {
    "HANGUL": "hangul", "LATIN": "latin", "CJK": "han", "KANGXI": "han", "HIRAGANA": "kana", "KATAKANA": "kana",
    "HALFWIDTH KATAKANA": "kana", "HALFWIDTH HANGUL": "hangul", "FULLWIDTH LATIN": "latin", "CYRILLIC": "cyrillic",
    "GREEK": "greek", "ARABIC": "arabic", "HEBREW": "hebrew", "DEVANAGARI": "devanagari", "THAI": "thai",
}  # fmt: skip
# Blocks of phonetic signs, which have several scripts, and letters that are named after another one.
APART = [(0x870, 0x88E), (0x1D26, 0x1DBF), (0x2090, 0x209C), (0x2184, 0x2184), (0xAB30, 0xAB68), (0x1AFF0, 0x1AFFE)]
APART += [(0x1DF00, 0x1DF2A), (0x1EE00, 0x1EEBB)]


def test_every_letter_has_the_script_that_its_name_begins_with():
    wrong = []
    for c in range(0x110000):
        if unicodedata.category(chr(c))[0] != "L" or any(first <= c <= last for first, last in APART):
            continue
        name = unicodedata.name(chr(c), "").replace("-", " ")
        script = next((script for begin, script in NAMED.items() if name.startswith(f"{begin} ")), None)
        if script is not None and NAMES[scripts()[c]] != script:
            wrong.append((f"{c:04X}", name, NAMES[scripts()[c]]))
    assert not wrong


def test_letters_have_the_script_of_the_unicode_property():
    """In rare blocks, too; letters of two scripts (µ, ー, the Arabic tatweel) have that of their block."""
    regex = pytest.importorskip("regex")
    scripts_of = {name: regex.compile(rf"\p{{Script={name}}}") for name in NAMES[HANGUL:-1] if name != "kana"}
    scripts_of["kana"] = regex.compile(r"[\p{Script=Hiragana}\p{Script=Katakana}]")
    common = regex.compile(r"\p{Script=Common}")
    found = scripts()
    letters = [c for c in range(0x110000) if unicodedata.category(chr(c))[0] == "L"]
    wrong = [
        (f"{c:04X}", NAMES[found[c]])
        for c in letters
        if not common.match(chr(c))
        and NAMES[found[c]] != next((name for name, own in scripts_of.items() if own.match(chr(c))), "other letters")
    ]
    assert not wrong
    for letter, script in ((0xAB30, "latin"), (0x10780, "latin"), (0x870, "arabic"), (0x1EE00, "arabic")):
        assert NAMES[found[letter]] == script


def test_marks_belong_to_the_script_of_their_block_and_others_to_none():
    for mark, script in (("\u094d", "devanagari"), ("\u0e49", "thai"), ("\u0301", "other"), ("\u05b0", "hebrew")):
        assert unicodedata.category(mark)[0] == "M"
        assert NAMES[scripts()[ord(mark)]] == script
    assert NAMES[scripts()[0x3007]] == "han"  # a number by category, as no other of Han is


def test_counts_are_of_all_tokens_and_examples_of_some():
    """25 repeats and as many words of spam, one of them twice; the longest are so in characters, and have a letter."""
    laughter = ["ㅋ" * n for n in range(3, 28)]
    phrases = [phrase for phrase in SPAM["gambling"] if len(phrase) > 2 and " " not in phrase][:24]
    tokens = [*laughter, *phrases, " " + phrases[0], "1" * 60, "가나다", "abcd", " ."]
    found = analyse(Letters(*(token.encode() for token in tokens)))
    assert (found["repeat_tokens"], len(found["repeats"])) == (26, 20)  # the ones, too
    assert (found["spam_tokens"], len(found["spam"])) == (25, 20)
    assert found["longest"][0]["token"] == "ㅋ" * 27
    assert "1" * 60 not in [row["token"] for row in found["longest"]]
    short = analyse(Letters(*(token.encode() for token in ("가나다", "abcd", "1" * 9, "가ab"))))["longest"]
    assert [(row["token"], row["id"], row["characters"], row["bytes"], row["used"]) for row in short] == [
        ("abcd", 1, 4, 4, None), ("가나다", 0, 3, 9, None), ("가ab", 3, 3, 5, None),
    ]  # fmt: skip
    assert found["composition"]["punctuation"]["tokens"] == 1  # a space before it makes it no white space


def test_a_syllable_counts_with_a_space_before_it_alone():
    assert syllables({" 다": 1, "  라": 2, "마바": 3})["covered"] == 1


def test_the_penalty_is_that_of_canonical_decomposition(subject: Subject):
    """A sign of compatibility, ㎏, is two letters in another form only."""
    assert nfd_penalty(subject, ["㎏"]) == 1


def test_the_most_frequent_copies_are_told_first():
    """By what the tokens of a group occur together, each group by its most frequent one."""
    ranks = {"the": 5, " the": 1, "The": 2, "an": 3, " an": 4, "of": 1, " of": 1, "AN": 9}
    found = near_copies({token: n for n, token in enumerate(ranks)}, ranks.__getitem__)
    assert found["space"]["examples"] == [["an", " an"], ["the", " the"], ["of", " of"]]
    assert found["case"] == {"tokens": 2, "examples": [["AN", "an"], ["the", "The"]]}

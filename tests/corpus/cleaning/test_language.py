"""Korean by script, the rest by the model: which agrees with the fasttext module, and never looks outside its file."""

import gzip
import itertools
import socket
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.cleaning.language import (
    LanguageSettings,
    _are_capitals,
    _letters,
    _reads_as_english,
    _sentences,
    detect,
)
from corpus.cleaning.language_model import _number_of, load_model, model_path, predict
from corpus.cleaning.normalize import NormalizeSettings, normalize
from corpus.kernels import utf8
from corpus.kernels.utf8 import LETTER, classes, string_buffers
from tests.helpers.borders import at_each_border
from tests.helpers.compiled import callable_alone

number_of = callable_alone(_number_of)
is_jamo = callable_alone(utf8.is_jamo)

SETTINGS = LanguageSettings()


@pytest.fixture(scope="module")
def reference():
    fasttext = pytest.importorskip("fasttext")
    return fasttext.load_model(str(model_path()))


def language(text: str) -> str:
    return detect(pa.array([text]), SETTINGS)[0][0].as_py()


def agree(reference, strings: list[str]) -> None:
    data, offsets = string_buffers(pa.array(strings, pa.string()))
    labels, probabilities = predict(data, offsets[:-1], offsets[1:])
    for text, label, probability in zip(strings, labels, probabilities, strict=True):
        (expected,), (known,) = reference.predict(text)
        assert probability == pytest.approx(min(known, 1), abs=2e-4)
        assert "__label__" + load_model().languages[label] == expected


@given(
    texts=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1, max_size=40), max_size=4
    )
)
def test_predictions_are_fasttexts(reference, texts: list[str]) -> None:
    agree(reference, texts)


def test_predictions_are_fasttexts_on_real_texts(reference, mirror: Path, shared_data: Path) -> None:
    with gzip.open(mirror / "huggingface.co/datasets/allenai/c4/en/c4-train.00000-of-01024.json.gz") as file:
        strings = [orjson.loads(line)["text"][:1000] for line, _ in zip(file, range(200), strict=False)]
    with zipfile.ZipFile(shared_data / "languages/udhr2.zip") as archive:
        strings += [archive.read(name).decode()[:1000] for name in archive.namelist() if name.endswith(".txt")]
    agree(reference, [text.replace("\n", " ") for text in strings])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.", "ko"),
        ("이 함수는 `std::vector<int>`를 받아 size_t를 반환하는 template function이다.", "ko"),
        ("ㅋㅋㅋㅋㅋ ㅠㅠ", "ko"),
        ("Everyone has the right to life, liberty and security of person.", "en"),
        ("EVERYONE HAS THE RIGHT TO LIFE, LIBERTY AND SECURITY OF PERSON.", "en"),
        ("The Korean word for paper is 한지, and it is made from mulberry bark by hand.", "en"),
        ("Tous les êtres humains naissent libres et égaux en dignité et en droits.", "fr"),
        ("すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。", "ja"),
        ("人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心。", "zh"),
        ("123 456 789", "und"),
        ("", "und"),
        ("…!?", "und"),
    ],
)
def test_languages(text: str, expected: str) -> None:
    assert language(text) == expected


def test_decomposed_korean_is_korean_once_normalised() -> None:
    text = unicodedata.normalize("NFD", "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.")
    assert detect(normalize(pa.array([text]), NormalizeSettings())[0], SETTINGS)[0].to_pylist() == ["ko"]


def test_korean_in_latin_letters_is_not_taken_for_english() -> None:
    assert language("Modeun inganeun taeeonal ttaebuteo jayuroumyeo geu joneomgwa gwollie isseo dongdeunghada.") != "en"


def test_scores_and_slices() -> None:
    texts = pa.array(["이것은 한국어 문장입니다.", "This is quite certainly an English sentence.", "!"])
    codes, scores = detect(texts, SETTINGS)
    assert scores.dtype == np.float32
    assert scores[0] == 1
    assert 0.65 <= scores[1] <= 1
    assert scores[2] == 0
    assert detect(texts[1:], SETTINGS)[0].to_pylist() == codes.to_pylist()[1:]
    assert detect(texts[:0], SETTINGS)[0].to_pylist() == []


def test_nothing_is_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    load_model.cache_clear()
    assert language("This is quite certainly an English sentence.") == "en"


def letters_of(text: str, limit: int) -> tuple[int, int, int]:
    """Hangul letters, other letters by weight, and bytes of the first `limit` characters."""
    hangul = sum("가" <= c <= "힣" or is_jamo(ord(c)) for c in text)
    rest = [c for c in text if classes()[ord(c)] == LETTER and not ("가" <= c <= "힣" or is_jamo(ord(c)))]
    return hangul, sum(3 if c >= "\u2e80" else 1 for c in rest), len(text[:limit].encode())


@given(
    st.lists(
        st.lists(
            st.sampled_from(
                ["한국어 문장", "힟", "hello ", "é", "漢字", "々かⴀ", "ㅋㅋ", "ᄀ", "ﾡ", "👍", "1,000 ", "\n"]
            ),
            max_size=40,
        ).map("".join),
        max_size=4,
    ),
    st.integers(20, 90),
)
def test_letters_are_the_twins(strings: list[str], limit: int) -> None:
    for texts in (strings, [*strings, "x" * 80]):
        data, offsets = string_buffers(pa.array(texts, pa.string()))
        hangul, other, ends = (np.empty(len(texts), np.int64) for _ in range(3))
        _letters(data, offsets, classes(), limit, hangul, other, ends)
        found = list(zip(hangul.tolist(), other.tolist(), (ends - offsets[:-1]).tolist(), strict=True))
        assert found == [letters_of(text, limit) for text in texts]


@pytest.mark.parametrize("limit", [20, 21, 22, 23, 43, 44, 63, 64, 65, 90, 128])
def test_letters_wherever_a_block_ends(limit: int) -> None:
    texts = [*at_each_border("가힣é漢々かⴀㅋ ᄀﾡ👍a1,Zz{[@`\n끝"), "x" * 80]
    data, offsets = string_buffers(pa.array(texts, pa.string()))
    hangul, other, ends = (np.empty(len(texts), np.int64) for _ in range(3))
    _letters(data, offsets, classes(), limit, hangul, other, ends)
    found = list(zip(hangul.tolist(), other.tolist(), (ends - offsets[:-1]).tolist(), strict=True))
    assert found == [letters_of(text, limit) for text in texts]


def test_a_word_of_the_same_place_and_length_is_no_word_of_the_model() -> None:
    """The table of words compares spellings: most places are taken by other words."""
    words = load_model().inputs
    slots, spellings, starts, lengths = words.slots, words.spellings, words.starts, words.lengths

    def place(word: bytes) -> int:
        h = 2166136261
        for byte in word:
            h = ((h ^ (byte if byte < 128 else byte | 0xFFFFFF00)) * 16777619) & 0xFFFFFFFF
        return h & (len(slots) - 1)

    def number(word: bytes) -> int:
        return int(number_of(np.frombuffer(word, np.uint8), 0, len(word), slots, spellings, starts, lengths))

    known = {
        spellings[s : s + n].tobytes(): i
        for i, (s, n) in enumerate(zip(starts.tolist(), lengths.tolist(), strict=True))
    }
    assert [number(word) for word in list(known)[:200]] == list(known.values())[:200]
    met = 0
    for letters in itertools.islice(itertools.product(b"abcdefghijklmnopqrstuvwxyz", repeat=4), 0, 40_000, 7):
        word = bytes(letters)
        slot = place(word)
        if word not in known and slots[slot] >= 0 and lengths[slots[slot]] == len(word):
            met += 1
            assert number(word) == -1
    assert met > 20


@pytest.mark.parametrize(
    ("latin", "code", "asked"), [(21, "ko", False), (22, "ko", True), (51, "ko", True), (52, "und", True)]
)
def test_a_share_of_hangul_at_its_limit(monkeypatch: pytest.MonkeyPatch, latin: int, code: str, asked: bool) -> None:
    """Three syllables and twenty-one letters, of which three weigh as much as a syllable, are exactly 0.3, for which
    the model is not asked; to half of that it is Korean where the model knows no language."""
    seen: list[int] = []

    def told(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        seen.append(len(starts))
        return predict(data, starts, ends)

    monkeypatch.setattr("corpus.cleaning.language.predict", told)
    codes, scores = detect(pa.array(["가나다" + "x" * latin]), LanguageSettings(confidence=1))
    assert (codes.to_pylist(), bool(seen)) == ([code], asked)
    if code == "ko":
        assert scores[0] == np.float32(3 / (3 + latin / 3))


@pytest.mark.parametrize(("text", "read"), [("ab", False), ("abc", True), ("漢", True), ("12 a.b!", False)])
def test_a_text_of_too_few_letters_is_not_shown_to_the_model(text: str, read: bool) -> None:
    codes, scores = detect(pa.array([text]), LanguageSettings(confidence=0))
    assert (codes[0].as_py() != "und", scores[0] > 0) == (read, read)


def test_a_probability_at_its_limit_is_enough() -> None:
    text = pa.array(["Tous les êtres humains naissent libres et égaux en dignité et en droits."])
    score = float(detect(text, SETTINGS)[1][0])
    assert 0.5 < score < 1
    assert detect(text, LanguageSettings(confidence=score))[0].to_pylist() == ["fr"]
    assert detect(text, LanguageSettings(confidence=min(1, score * 1.001)))[0].to_pylist() == ["und"]


@pytest.mark.parametrize(
    ("words", "others", "english"),
    [
        ("the of and to", 22, True),  # 4 of 26
        ("the of and to", 23, False),  # 4 of 27
        ("the of and to the of", 34, True),  # 6 of 40: exactly 0.15
        ("the of and to the of", 35, False),
        ("the of and the of and", 0, False),  # three different ones
    ],
)
def test_function_words_make_english(words: str, others: int, english: bool) -> None:
    assert _reads_as_english(words + " word" * others) == english
    assert _reads_as_english(words.upper() + " 123 가나" + " word" * others) == english


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("one two three four.", True),
        ("one two three.", False),  # four words are the least
        ("one two three 4x.", True),  # three quarters of them of letters alone
        ("one two 3x 4x.", False),
        ('(one) "two", three; four!', True),
        *((f"one two three four{stop} \t", True) for stop in ".:!?"),
        *((f"one two three four{stop}", False) for stop in ("", ",", ";", ")")),
    ],
)
def test_lines_that_read_like_sentences(line: str, sentence: bool) -> None:
    assert _sentences(f"menu\n{line}\nx = 1.") == (line if sentence else "")


def test_texts_in_capitals_alone() -> None:
    texts = ["ABC", "aBC", "ABc", "123", "", "가A", "x", "A1!"]
    data, offsets = string_buffers(pa.array(texts))
    found = np.empty(len(texts), np.bool_)
    _are_capitals(data, offsets[:-1], offsets[1:], found)
    assert found.tolist() == [True, False, False, False, False, True, False, True]


def test_the_score_of_an_undetermined_text_is_the_best_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model is asked three times, with less of the text each time."""
    told = iter([0.5, 0.6, 0.4])
    monkeypatch.setattr(
        "corpus.cleaning.language._judged",
        lambda data, starts, ends: (np.zeros(len(starts), np.int64), np.full(len(starts), next(told), np.float32)),
    )
    codes, scores = detect(pa.array(["Ein Wort, noch eins."]), SETTINGS)
    assert (codes.to_pylist(), scores.tolist()) == (["und"], [np.float32(0.6)])
    assert next(told, None) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("the of and to a in is", "en"),  # the whole, without a sentence in it
        (f"{'menu ' * 60}\nthe of and to.", "en"),  # a sentence of it, the whole not
        (f"{'menu ' * 60}\nthe of and to", "und"),
        ("`가나다` " + "x" * 36, "ko"),  # what is taken from a text takes no letters from its share: a fifth is Hangul
        ("`가나다` " + "x" * 54, "und"),
    ],
)
def test_what_the_model_does_not_know_is_judged_by_its_words_and_letters(
    monkeypatch: pytest.MonkeyPatch, text: str, code: str
) -> None:
    monkeypatch.setattr(
        "corpus.cleaning.language._judged",
        lambda data, starts, ends: (np.zeros(len(starts), np.int64), np.full(len(starts), 0.1, np.float32)),
    )
    assert detect(pa.array([text]), SETTINGS)[0].to_pylist() == [code]

"""The shingle kernel against a plain Python twin, and what it promises about Korean, short texts and settings."""

import unicodedata
from functools import cache
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.duplicates.shingles import BASE, ShingleSettings, Sizes, shingle, windows
from corpus.kernels.hashing import murmur3_128
from corpus.kernels.units import FACTOR, WORD, units
from tests.helpers.borders import at_each_border

MASK = 2**64 - 1
TEXT = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from("가나다라 ABcd12.,-ㅋé漢かガ\n・ㆍᆞᄒ")), max_size=60
)


def _mix(x: int) -> int:
    x ^= x >> 33
    x = x * 0xFF51AFD7ED558CCD & MASK
    x ^= x >> 33
    x = x * 0xC4CEB9FE1A85EC53 & MASK
    return x ^ (x >> 33)


def _alone(char: str) -> bool:
    spans = (
        (0xAC00, 0xD7A3),
        (0x3041, 0x30FF),
        (0x3400, 0x4DBF),
        (0x4E00, 0x9FFF),
        (0xF900, 0xFAFF),
        (0x20000, 0x3FFFF),
    )
    return char != "・" and any(first <= ord(char) <= last for first, last in spans)


def _word(word: str) -> int:
    """The hash of a word's bytes, eight at a time."""
    data = word.encode()
    value = 0
    for i in range(0, len(data), 8):
        value = (value ^ int.from_bytes(data[i : i + 8], "little")) * int(FACTOR) & MASK
        value ^= value >> 32
    return _mix(value ^ int(WORD))


def _units(text: str) -> list[tuple[int, bool]]:
    units: list[tuple[int, bool]] = []
    word = ""
    before = ""
    for char in [*text, " "]:
        dot = char == "ㆍ" or (char == "ᆞ" and not "\u1100" <= before <= "\u115f")
        before = char
        if not dot and not _alone(char) and not char.isspace() and unicodedata.category(char)[0] in "LNM":
            low = char.lower() if ord(char) < 0x10000 and len(char.lower()) == 1 else char
            word += low
            continue
        if word:
            units.append((_word(word), False))
            word = ""
        if _alone(char):
            units.append((_mix(ord(char)), True))
    return units


@cache
def plain_shingles(text: str, syllables: int = 7, words: int = 5) -> set[int]:
    """The definition, slowly."""
    units = _units(text)
    if not units:
        value, found = 0, False
        for char in text:
            if not char.isspace():
                data = np.frombuffer(char.encode(), np.uint8)
                value, found = _mix(value ^ int(murmur3_128(data, 0, len(data), 2)[0])), True
        return {value} if found else set()
    out = set()
    first = syllables if units[0][1] else words
    for start in range(1 - first, len(units)):
        size = first if start < 0 else syllables if units[start][1] else words
        value = 0
        for i in range(start, start + size):
            value = (value * int(BASE) + (units[i][0] if 0 <= i < len(units) else 0)) & MASK
        out.add(_mix(value))
    return out


@given(st.lists(TEXT, max_size=6), st.integers(1, 9), st.integers(1, 6), st.sampled_from([0, 70, 900]))
def test_kernel_is_the_definition(texts: list[str], syllables: int, words: int, behind: int) -> None:
    """Also where more text follows (the kernel reads 64 bytes at once), and in stretches of one document."""
    settings = ShingleSettings(syllables=syllables, words=words)
    texts = [*texts, *(["동해Water물 과 " * (behind // 9)] if behind else [])]
    hashes, offsets = shingle(pa.array(texts, pa.string()), None, settings)
    assert len(offsets) == len(texts) + 1
    assert len(hashes) == offsets[-1]
    for i, text in enumerate(texts):
        found = hashes[offsets[i] : offsets[i + 1]].tolist()
        assert found == sorted(plain_shingles(text, syllables, words))


@given(st.lists(st.text(st.sampled_from("가힣힞ꯀ퟿ ABz09.Éé漢かㄱ‘\n・ㆍᆞᄒᅟᅠ"), max_size=150), min_size=1, max_size=4))
def test_units_stand_where_they_say(texts: list[str]) -> None:
    found = units(pa.array([*texts, "끝 " * 40]))
    for d, text in enumerate(texts):
        first, last = found.bounds[d : d + 2]
        expected = _units(text)
        assert (
            list(zip(found.hashes[first:last].tolist(), found.alone[first:last].astype(bool).tolist(), strict=True))
            == expected
        )
        pieces = [
            text.encode()[s:e].decode() for s, e in zip(found.starts[first:last], found.ends[first:last], strict=True)
        ]
        assert [u for piece in pieces for u in _units(piece)] == expected
        assert len(pieces) == len(expected)


ODD = "abcdefgh Abcdefghabcdefgh ABCDEFGHabcdefghabcdefgh é漢かㄱ‘\n・ㆍᆞᄒᅟᅠ가힣힞ꯀ퟿ 09. a가b é漢é z"


def test_units_wherever_a_block_ends() -> None:
    """Syllables, words of 8, 16 and 24 letters and rare letters cross the borders of blocks of 64 bytes."""
    texts = [*at_each_border(ODD), "끝 " * 40]
    found = units(pa.array(texts))
    for d, text in enumerate(texts):
        first, last = found.bounds[d : d + 2]
        made = zip(found.hashes[first:last].tolist(), found.alone[first:last].astype(bool).tolist(), strict=True)
        assert list(made) == _units(text)
    hashes, offsets = shingle(pa.array(texts), None, ShingleSettings())
    for d, text in enumerate(texts):
        assert hashes[offsets[d] : offsets[d + 1]].tolist() == sorted(plain_shingles(text))


def test_long_documents_in_small_batches(monkeypatch) -> None:
    rng = np.random.default_rng(3)
    texts = ["".join(rng.choice(list("가나 다라ab 7é漢."), size)) for size in (5000, 3, 1500, 0, 2500)]
    column = pa.array(texts)
    expected = [plain_shingles(text) for text in texts]
    for at_once in (1, 2000, 10**6):
        monkeypatch.setattr("corpus.duplicates.shingles.AT_ONCE", at_once)
        hashes, bounds = windows(column, None, ShingleSettings())
        assert [set(hashes[a:b].tolist()) for a, b in pairwise(bounds)] == expected


def test_kernel_is_the_definition_on_real_text(shared_data) -> None:
    for name in ("jhe.dev.ko", "jhe.dev.en"):
        lines = (shared_data / "parallel" / name).read_text(encoding="utf-8").splitlines()[:150]
        texts = ["\n".join(lines[i : i + 10]) for i in range(0, len(lines), 10)]
        column = pa.array(["", *texts]).slice(1)
        hashes, offsets = shingle(column, None, ShingleSettings())
        for i, text in enumerate(texts):
            assert set(hashes[offsets[i] : offsets[i + 1]].tolist()) == plain_shingles(text)
        loose, bounds = windows(column, None, ShingleSettings())
        for i in range(len(texts)):
            assert set(loose[bounds[i] : bounds[i + 1]]) == set(hashes[offsets[i] : offsets[i + 1]])


def _set(text: str, language: str | None = None, settings: ShingleSettings | None = None) -> set[int]:
    languages = None if language is None else pa.array([language])
    return set(shingle(pa.array([text]), languages, settings or ShingleSettings())[0].tolist())


def test_spaces_case_and_punctuation_do_not_count() -> None:
    assert _set("아버지가 방에 들어가신다.") == _set("아버지 가방에들어 가신다")
    assert _set("Hello, World — again!") == _set("hello world\nAGAIN")
    assert _set("hello world") != _set("helloworld")  # but words are words where they are not Hangul


@pytest.mark.parametrize("dot", "·ㆍ・･‧∙•⋅ᆞ,")
def test_middle_dots_are_one(dot: str) -> None:
    text = "제조·가공·수입 및 운반·보관, 시장·군수·구청장 Wi·Fi"
    assert _set(text.replace("·", dot)) == _set(text)


def test_old_korean_keeps_its_vowel() -> None:
    assert _set("ᄒᆞᆫ 나라") != _set("ᄒᆫ 나라")


def test_every_unit_counts_the_same_wherever_it_stands() -> None:
    text = "가나다라마바사아자차카타파하거너더러머버"
    differing = {len(_set(text) - _set(text[:i] + "훵" + text[i + 1 :])) for i in range(len(text))}
    assert differing == {7}


@pytest.mark.parametrize(("text", "count"), [("", 0), (" \n\t　", 0), ("!!!", 1), ("🙂", 1), ("안녕", 8), ("ok", 5)])
def test_short_texts(text: str, count: int) -> None:
    assert len(_set(text)) == count


def test_sizes_by_language() -> None:
    settings = ShingleSettings(languages={"ja": Sizes(syllables=5, words=3)})
    text = "これは日本語の文章です。とても短い。"
    assert _set(text, "ja", settings) == plain_shingles(text, 5, 3)
    assert _set(text, "ko", settings) == plain_shingles(text, 7, 5)

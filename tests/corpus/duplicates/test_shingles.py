"""The shingle kernel against a plain Python twin, and what it promises about Korean, short texts and settings."""

import unicodedata
from functools import cache
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.duplicates.shingles import BASE, LETTER, LETTERS, ShingleSettings, Sizes, shingle, windows
from corpus.kernels.hashing import murmur3_128
from corpus.kernels.units import FACTOR, WORD, units
from tests.helpers.borders import at_each_border, odd_texts

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


def _pieces(text: str) -> list[tuple[str, bool]]:
    """Words in lower case, and single characters: what a unit is made of, and whether it is alone."""
    pieces: list[tuple[str, bool]] = []
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
            pieces.append((word, False))
            word = ""
        if _alone(char):
            pieces.append((char, True))
    return pieces


def _units(text: str) -> list[tuple[int, bool]]:
    return [(_mix(ord(piece)) if alone else _word(piece), alone) for piece, alone in _pieces(text)]


def _of_letters(letters: bytes) -> int:
    value = int(LETTERS)
    while len(letters) > 8:
        value = (value ^ int.from_bytes(letters[:8], "little")) * int(BASE) & MASK
        value ^= value >> 32
        letters = letters[8:]
    return _mix((value ^ int.from_bytes(letters, "little")) * int(BASE) & MASK)


@cache
def plain_shingles(text: str, syllables: int = 7, letters: int = 20) -> set[int]:
    """The definition, slowly."""
    units = _units(text)
    if not units:
        value, found = 0, False
        for char in text:
            if not char.isspace():
                data = np.frombuffer(char.encode(), np.uint8)
                value, found = _mix(value ^ int(murmur3_128(data, 0, len(data), 2)[0])), True
        return {value} if found else set()
    stream, places = b"", []
    for (value, alone), (piece, _) in zip(units, _pieces(text), strict=True):
        places.append(len(stream))
        other = (ord(c) * int(LETTER) % 2**32 >> 24 for c in piece)
        spelled = bytes(ord(c) if ord(c) < 0x80 else o for c, o in zip(piece, other, strict=True))
        stream += value.to_bytes(8, "little")[:3] if alone else spelled
    ends = [*places[1:], len(stream)]
    padded = bytes(letters) + stream + bytes(letters)
    from_letter = [-blanks for blanks in range(4, letters, 4)] if not units[0][1] else []
    out = set()
    for start, end, (_, alone) in zip(places, ends, units, strict=True):
        if not alone:
            from_letter += [start, *(range(start + letters - 4, end, letters - 4) if end - start > letters else [])]
    out |= {_of_letters(padded[letters + start :][:letters]) for start in from_letter}
    for start in range(1 - syllables if units[0][1] else 0, len(units)):
        if start < 0 or units[start][1]:
            value = 0
            for i in range(start, start + syllables):
                value = (value * int(BASE) + (units[i][0] if 0 <= i < len(units) else 0)) & MASK
            out.add(_mix(value))
    return out


@given(st.lists(TEXT, max_size=6), st.integers(1, 9), st.integers(8, 40), st.sampled_from([0, 70, 900]))
@odd_texts(lambda text: {"texts": [text, text], "syllables": 7, "letters": 20, "behind": 70})
def test_kernel_is_the_definition(texts: list[str], syllables: int, letters: int, behind: int) -> None:
    """Also where more text follows (the kernel reads 64 bytes at once), and in stretches of one document."""
    settings = ShingleSettings(syllables=syllables, letters=letters)
    texts = [*texts, *(["동해Water물 과 " * (behind // 9)] if behind else [])]
    hashes, offsets = shingle(pa.array(texts, pa.string()), None, settings)
    assert len(offsets) == len(texts) + 1
    assert len(hashes) == offsets[-1]
    for i, text in enumerate(texts):
        found = hashes[offsets[i] : offsets[i + 1]].tolist()
        assert found == sorted(plain_shingles(text, syllables, letters))


@given(st.lists(st.text(st.sampled_from("가힣힞ꯀ퟿ ABz09.Éé漢かㄱ‘\n・ㆍᆞᄒᅟᅠ"), max_size=150), min_size=1, max_size=4))
@odd_texts(lambda text: {"texts": [text, text]})
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


def test_units_on_either_side_of_every_border_of_a_class() -> None:
    """All characters whose neighbour in Unicode is of another kind, as the first, in the middle and as the last of a
    word."""
    every = [chr(c) for c in (*range(0x20, 0xD800), *range(0xE000, 0x20002), *range(0x3FFFE, 0x40002))]
    kinds = [(_alone(char), unicodedata.category(char)[0] in "LNM", char.isspace()) for char in every]
    other = [one != next_one for one, next_one in pairwise(kinds)]
    chosen = [char for char, a, b in zip(every[1:], other, [*other[1:], False], strict=True) if a or b]
    assert len(chosen) > 2000
    texts = [f"{char}ab{char}c{char}. " for char in chosen]
    found = units(pa.array([*texts, "끝 " * 40]))
    for d, text in enumerate(texts):
        first, last = found.bounds[d : d + 2]
        made = zip(found.hashes[first:last].tolist(), found.alone[first:last].astype(bool).tolist(), strict=True)
        assert list(made) == _units(text), [hex(ord(text[0]))]


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
    assert _set("hello world") != _set("helloworld")  # a shingle begins at each word


@pytest.mark.parametrize("edit", ["joined", "split", "hyphenated", "wrapped"])
def test_a_space_more_or_less_costs_one_shingle(edit: str) -> None:
    words = [
        "The",
        "ferry",
        "to",
        "the",
        "outer",
        "islands",
        "left",
        "an",
        "hour",
        "late",
        "because",
        "of",
        "fog",
        "and",
        "nobody",
        "on",
        "the",
        "pier",
        "complained",
    ]
    text = " ".join(words)
    edits = {
        "joined": text.replace("outer islands", "outerislands"),
        "split": text.replace("complained", "comp lained"),
        "hyphenated": text.replace("because", "be-\ncause"),
        "wrapped": text.replace(" ", "\n"),
    }
    one, other = _set(text), _set(edits[edit])
    assert len(one ^ other) == (0 if edit == "wrapped" else 1)


def test_no_letter_of_a_long_word_is_without_a_shingle() -> None:
    word = "abcdefghijklmnopqrstuvwxyz" * 5
    for i in range(len(word)):
        assert _set(word) != _set(word[:i] + "é" + word[i + 1 :])


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
    settings = ShingleSettings(languages={"ja": Sizes(syllables=5, letters=12)})
    for text in (
        "これは日本語の文章です。とても短い。",
        "これは documentation of a library です。",
        "words alone, documentation",
    ):
        assert _set(text, "ja", settings) == plain_shingles(text, 5, 12)
        assert _set(text, "ko", settings) == plain_shingles(text, 7, 20)

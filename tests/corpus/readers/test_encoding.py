"""Which encoding a text file has, where its first bytes beyond ASCII do not tell."""

import gzip
import json
from pathlib import Path

import pytest

from corpus.readers import read
from corpus.readers.encoding import Text, _unmarked
from corpus.readers.stream import PIECE, Limits

KOREAN = "이것은 한국어로 쓴 문장이고 그다음에 다른 문장이 또 있다.\n"
EITHER = "징"  # its two bytes in CP949 are a character of UTF-8, too


@pytest.mark.parametrize("encoding", ["cp949", "utf-8"])
@pytest.mark.parametrize("before", ["", EITHER, EITHER * 3])
def test_a_few_bytes_that_fit_both_encodings_leave_a_doubt(tmp_path: Path, encoding: str, before: str) -> None:
    """The first piece of the file has nothing else beyond ASCII; the Korean text is in the next one."""
    text = "a" * (PIECE - 100) + before + "\n" + "b" * 200 + "\n" + KOREAN * 50
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    made = Text(path, Limits())
    assert b"".join(piece for piece in made.blocks() if isinstance(piece, bytes)).decode() == text
    assert made.transcoded == ("CP949" if encoding == "cp949" else None)


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
def test_more_than_a_tenth_of_ascii_shows_utf_16_without_a_mark(name: str) -> None:
    """And zeros in the other half of the bytes, as one syllable in 256 has, are at most a quarter of these."""
    for ascii_, found in ((9, None), (10, None), (11, name), (100, name)):
        assert _unmarked(("a" * ascii_ + "나" * (100 - ascii_)).encode(name)) == found
    for zeros, found in ((0, name), (10, name), (11, None), (40, None)):  # U+AC00 ends in a zero
        assert _unmarked(("a" * 40 + "가" * zeros + "나" * (60 - zeros)).encode(name)) == found
    assert _unmarked(("a" * 50).encode(name) + "\ud800\ud800".encode(name, "surrogatepass")) is None


@pytest.mark.parametrize("encoding", [None, "cp949", "utf-8"])
def test_half_a_character_before_damage_is_no_part_of_what_follows(tmp_path: Path, encoding: str | None) -> None:
    lines = [json.dumps({"text": f"{n} {KOREAN}"}, ensure_ascii=False) + "\n" for n in range(12)]
    coding = encoding or "cp949"
    before, after = ("".join(part).encode(coding) for part in (lines[:6], lines[6:]))
    cut = before.rindex("있".encode(coding)) + 1
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(before[:cut]) + b"damaged" + gzip.compress(after))
    chunks = list(read(path, {"text": ("text",)}, encoding=encoding))
    texts = [text for chunk in chunks for text in chunk.columns["text"].to_pylist()]
    assert texts == [json.loads(line)["text"] for n, line in enumerate(lines) if n != 5]
    assert "damaged gzip" in [lost.reason for chunk in chunks for lost in chunk.unreadable]


def test_few_rare_or_foreign_syllables_are_not_korean(tmp_path: Path) -> None:
    """Four syllables of KS X 1001, nine tenths of the letters, are; the others of CP949, which accented Latin letters
    become, are not."""
    for text, korean in (
        ("컵 컵 컵 컵", True),
        ("컵 컵 컵", False),
        ("컵" * 18 + "Ω" * 2, True),
        ("컵" * 17 + "Ω" * 3, False),
        ("쑛펲" * 9, False),
    ):
        path = tmp_path / "a.txt"
        path.write_bytes(text.encode("cp949"))
        made = Text(path, Limits())
        list(made.blocks())
        assert (made.transcoded == "CP949") == korean, text

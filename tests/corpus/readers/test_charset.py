"""The character set of a page: whom to trust, and what a damaged byte costs."""

import random
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.readers.charset import FREQUENT, KOREAN, decode, is_korean, known
from corpus.readers.guard import RecordError

KOREAN_TEXT = "서울의 한 도서관은 이번 주말에 책 나눔 행사를 연다고 밝혔다. 똠방각하와 펲시도 온다. "
FRENCH = "Le café était fermé; l'été dernier, où étiez-vous ? Ça alors, déjà vu à l'hôtel. "
JAPANESE = "東京の図書館は今週末に本の交換会を開くと発表した。だれでも参加できる。"


@pytest.mark.parametrize("server", [None, "iso-8859-1", "windows-1252", "utf-8", "shift_jis", "euc-kr", "undefined"])
@pytest.mark.parametrize("own", ["", "euc-kr", "iso-8859-1", "ks_c_5601-1987", "utf-16"])
def test_korean_is_found_whatever_is_declared(server: str | None, own: str) -> None:
    page = f'<meta charset="{own}">{KOREAN_TEXT * 3}'
    assert decode(page.encode("cp949"), server) == page
    assert decode(page.encode(), server) == page


@pytest.mark.parametrize(
    ("text", "encoding", "server", "own"),
    [
        (FRENCH, "cp1252", "iso-8859-1", ""),
        (FRENCH, "cp1252", None, "iso-8859-1"),
        (FRENCH, "cp1252", "euc-kr", "windows-1252"),  # the page is trusted before its server
        (JAPANESE, "cp932", "shift_jis", ""),
        (JAPANESE, "cp932", "iso-8859-1", "x-sjis"),
        (JAPANESE, "euc_jp", None, "euc-jp"),
        (JAPANESE, "iso2022_jp", "iso-2022-jp", ""),
        ("Привет, мир. Как дела сегодня? ", "cp1251", "windows-1251", ""),
        ("这是一个关于图书馆的消息。", "gb18030", None, "gb2312"),
    ],
)
def test_other_languages_keep_what_is_declared(text: str, encoding: str, server: str | None, own: str) -> None:
    page = f'<meta charset="{own}">{text * 3}'
    assert decode(page.encode(encoding), server) == page


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("server", [None, "utf-16", "utf-8"])
def test_utf_16_with_and_without_a_mark(encoding: str, server: str | None) -> None:
    page = f"<html><head><title>제목</title></head><body><p>{KOREAN_TEXT}</p></body></html>"
    assert decode(page.encode(encoding), server) == page


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
@given(cut=st.integers(1, 40))
def test_a_page_cut_anywhere_is_read_up_to_there(encoding: str, cut: int) -> None:
    page = f"<p>{KOREAN_TEXT * 2}"
    body = page.encode(encoding)[:-cut]
    assert page.startswith(decode(body, None))
    assert len(page) - len(decode(body, None)) <= cut


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
@given(place=st.integers(20, 100), byte=st.sampled_from([0xFF, 0x80, 0xF8]))
def test_a_bad_byte_costs_itself(encoding: str, place: int, byte: int) -> None:
    page = f'<meta charset="{encoding}">{KOREAN_TEXT * 3}'
    body = bytearray(page.encode(encoding))
    body[place] = byte
    found = decode(bytes(body), None)
    assert abs(len(found) - len(page)) <= 2
    assert found[:20] == page[:20]
    assert found[-40:] == page[-40:]


def test_replacement_characters_of_the_page_are_no_damage() -> None:
    """A page of UTF-8 that was damaged before it was written keeps its marks, however many; one bad byte in ten is
    damage that is mended, more are none of this set."""
    for text in ("\ufffd" * 20 + "글", KOREAN_TEXT + "\ufffd" * 90):
        assert decode(text.encode(), None) == text
    body = "글".encode() * 20
    assert decode(body + b"\xff\xfe" + "글".encode(), "utf-8") == "글" * 20 + "\ufffd\ufffd글"
    with pytest.raises(RecordError):
        decode(body + b"\xff\xfe\xff" + "글".encode(), "utf-8")


def test_one_wrong_character_in_ten_is_damage_that_is_mended() -> None:
    """Exactly; and in a page of ASCII one in two hundred bytes."""
    assert decode("가".encode() * 10 + b"\xff", None) == "가" * 10 + "\ufffd"
    for declared in (None, "utf-8"):
        with pytest.raises(RecordError, match="bad charset"):
            decode("가".encode() * 9 + b"\xff", declared)
    assert decode(b"a" * 198 + b"\xff\xff" + b"a" * 200, "utf-8").count("\ufffd") == 2
    with pytest.raises(RecordError, match="bad charset"):
        decode(b"a" * 197 + b"\xff\xff" + b"a" * 200, "utf-8")


def test_a_page_that_calls_itself_utf_16_is_read_as_utf_8() -> None:
    """It could not be read if it were; a stray byte does not change that."""
    body = b'<meta charset="utf-16">' + b"A sentence of plain English. " * 20
    assert decode(body + b"\x92s end", None) == body.decode() + "\ufffds end"
    assert decode(body.replace(b"utf-16", b"utf-16be") + "글".encode(), None).endswith("English. 글")


def test_a_stray_byte_in_a_page_of_ascii() -> None:
    page = "<p>" + "A sentence of plain English. " * 20
    assert decode(page.encode() + b"\x92s end", "utf-8") == page + "\ufffds end"
    with pytest.raises(RecordError, match="bad charset"):
        decode(page.encode() + b"\x92s end", None)


@pytest.mark.parametrize(
    "name",
    ["undefined", "punycode", "idna", "rot13", "unicode_escape", "base64", "hex", "x" * 5000, "utf-7", "\x00", ""],
)
def test_what_is_no_character_set(name: str) -> None:
    assert known(name) is None
    assert decode(KOREAN_TEXT.encode(), name) == KOREAN_TEXT


def test_korean_has_four_frequent_syllables_and_a_share_of_them() -> None:
    frequent, rare = sorted(FREQUENT)[:7], [c for c in "갉갊갯걀걜겋곬곯굄궤긂깎깖꺄꼍" if c not in FREQUENT]
    assert not is_korean("".join(frequent[:3]).encode("cp949"))
    assert is_korean("".join(frequent[:4]).encode("cp949"))
    assert is_korean("".join([*frequent, *rare[:13]]).encode("cp949"))  # 7 of 20: exactly the share
    assert not is_korean("".join([*frequent, *rare[:14]]).encode("cp949"))


def test_no_other_language_is_taken_for_korean(shared_data: Path) -> None:
    chosen = random.Random(7)
    judged = 0
    with zipfile.ZipFile(shared_data / "languages" / "udhr2.zip") as archive:
        for name in archive.namelist():
            text = archive.read(name).decode("utf-8", "replace")[300:]
            for encoding in (
                "cp1251",
                "koi8-r",
                "cp1252",
                "cp1254",
                "cp1255",
                "cp1256",
                "cp874",
                "gb18030",
                "big5",
                "euc_jp",
                "cp932",
            ):
                start = chosen.randrange(max(1, len(text) - 300))
                body = text[start : start + 300].encode(encoding, "ignore")
                if len([byte for byte in body if byte > 127]) > 20:
                    judged += 1
                    assert not is_korean(body), (name, encoding)
    assert judged > 300
    assert KOREAN < 0.48


@pytest.mark.parametrize("declared", [None, "euc-kr", "iso-8859-1"])
def test_a_page_of_which_only_half_a_character_is_beyond_ascii_fits_no_set_by_that(declared: str | None) -> None:
    """Half a character at the end proves nothing; the set that is declared has to fit."""
    if declared == "iso-8859-1":
        assert decode(b"abc\xea", declared) == "abcê"
    else:
        with pytest.raises(RecordError, match="bad charset"):
            decode(b"abc\xea", declared)

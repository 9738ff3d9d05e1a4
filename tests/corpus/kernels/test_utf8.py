"""Views of Arrow strings, decoding and encoding against Python's own."""

import unicodedata
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numba import njit

from corpus.kernels import utf8
from tests.helpers.compiled import callable_alone

is_hangul = callable_alone(utf8.is_hangul)
is_jamo = callable_alone(utf8.is_jamo)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@njit
def _code_points(data, start, end, out):
    n = 0
    i = start
    while i < end:
        c, width = utf8.decode(data, i)
        out[n] = c
        n += 1
        i += width
    return n


@njit
def _encoded(points, out):
    i = 0
    for c in points:
        i = utf8.encode(c, out, i)
    return i


@given(texts)
@example("\x7f\x80\u07ff\u0800\uffff\U00010000\U0010ffff")  # where a code point takes one more byte
def test_decode_and_encode_are_pythons(text: str) -> None:
    data, offsets = utf8.string_buffers(pa.array([text]))
    points = np.zeros(len(text), np.uint32)
    assert _code_points(data, offsets[0], offsets[1], points) == len(text)
    assert points.tolist() == [ord(c) for c in text]
    out = np.zeros(4 * len(text) + 4, np.uint8)
    assert bytes(out[: _encoded(points, out)]) == text.encode()


@given(st.lists(texts, max_size=6), st.data())
def test_buffers_of_slices(strings: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(strings)))
    for kind in (pa.string(), pa.large_string()):
        view, offsets = utf8.string_buffers(pa.array(strings, kind)[start:])
        assert [bytes(view[a:b]).decode() for a, b in pairwise(offsets)] == strings[start:]


@given(st.lists(texts, max_size=6))
def test_strings_from_round_trips(strings: list[str]) -> None:
    array = pa.array(strings, pa.string())
    assert utf8.strings_from(*utf8.string_buffers(array)).to_pylist() == strings


def test_refuses_nulls_and_other_types() -> None:
    with pytest.raises(ValueError, match="no nulls"):
        utf8.string_buffers(pa.array(["a", None]))
    with pytest.raises(ValueError, match="expected a string column"):
        utf8.string_buffers(pa.array([1]))


KINDS = {"L": utf8.LETTER, "N": utf8.NUMBER, "M": utf8.MARK, "P": utf8.PUNCTUATION, "S": utf8.SYMBOL, "C": utf8.CONTROL}


def _kind(c: int) -> int:
    category = unicodedata.category(chr(c))
    return utf8.SPACE if chr(c).isspace() else utf8.OTHER if category == "Cn" else KINDS.get(category[0], utf8.OTHER)


def test_classes_follow_the_unicode_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made anew, as read from the disk, and where the file there is none of ours."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    make = utf8.classes.__wrapped__
    table = make()
    some = [*range(0x3100), *range(0x3100, 0x110000, 89), 0xAC00, 0xD7A3, 0x4E00, 0x1F600, 0x10FFFF]
    assert table[some].tolist() == [_kind(c) for c in some]
    assert set(table.tolist()) == {utf8.OTHER, utf8.SPACE, *KINDS.values()} == set(range(8))
    [file] = (tmp_path / "cache").iterdir()
    for content in (table[:-1], table.astype(np.int32)):
        assert (make() == table).all()
        np.save(file, content)
        made = make()
        assert made.dtype == np.uint8
        assert (made == table).all()
    assert (utf8.classes() == table).all()


@pytest.mark.parametrize("code", [0xABFF, 0xAC00, 0xD7A3, 0xD7A4, 0xD7AF, 0xD7B0, 0xD7FF])
def test_where_the_syllables_begin_and_end(code: int) -> None:
    assert bool(is_hangul(code)) == (0xAC00 <= code <= 0xD7A3)


@pytest.mark.parametrize(
    ("first", "last"), [(0x1100, 0x11FF), (0x3131, 0x318E), (0xA960, 0xA97F), (0xD7B0, 0xD7FF), (0xFFA0, 0xFFDC)]
)
def test_where_letters_of_syllables_begin_and_end(first: int, last: int) -> None:
    assert [bool(is_jamo(code)) for code in (first - 1, first, last, last + 1)] == [False, True, True, False]


def test_a_column_of_more_than_2_gib_is_refused() -> None:
    """Its offsets have 32 bits; no byte of it is read here."""
    with pytest.raises(ValueError, match="must stay below 2 GiB"):
        utf8.strings_from(np.zeros(0, np.uint8), np.array([0, 1 << 31]))


@given(st.characters(exclude_categories=["Cs"]))
def test_hangul_and_jamo(character: str) -> None:
    name = unicodedata.name(character, "")
    assert bool(is_hangul(ord(character))) == name.startswith("HANGUL SYLLABLE ")
    if is_jamo(ord(character)):
        assert "HANGUL" in name or unicodedata.category(character) == "Cn"


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
@pytest.mark.parametrize("mutable", [True, False])
@pytest.mark.parametrize("strings", [[], [""], ["가", "b"]])
def test_a_kernel_meets_one_kind_of_array(kind: pa.DataType, mutable: bool, strings: list[str]) -> None:
    """Numba compiles a kernel for bytes that can be written and for bytes that cannot, and Arrow has both."""
    array = pa.array(strings, kind)
    if not mutable:
        buffers = [buffer and pa.py_buffer(buffer.to_pybytes()) for buffer in array.buffers()]
        array = pa.Array.from_buffers(kind, len(array), buffers)
    data, offsets = utf8.string_buffers(array)
    assert (data.dtype, data.flags.writeable, data.flags.c_contiguous) == (np.uint8, False, True)
    assert (offsets.dtype, offsets.flags.writeable, offsets.flags.c_contiguous) == (np.int64, True, True)


def test_a_view_that_cannot_be_written_is_no_copy() -> None:
    numbers = np.arange(3)
    view = utf8.read_only(numbers, np.int64)
    numbers[1] = 7
    assert view.tolist() == [0, 7, 2]
    assert not view.flags.writeable
    assert numbers.flags.writeable

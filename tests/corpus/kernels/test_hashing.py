"""The kernel is MurmurHash3 x64 128, byte for byte."""

import mmh3
import numpy as np
import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from corpus.kernels import hashing
from corpus.kernels.hashing import hash_strings
from tests.helpers.borders import WIDE
from tests.helpers.compiled import callable_alone

equal_bytes = callable_alone(hashing.equal_bytes)
mix64 = callable_alone(hashing.mix64)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(st.lists(texts, max_size=8), st.integers(0, 2**32 - 1))
def test_equals_the_reference(strings: list[str], seed: int) -> None:
    ours = hash_strings(pa.array(strings, pa.string()), seed)
    theirs = [mmh3.hash64(s.encode(), seed, signed=False) for s in strings]
    assert ours.tolist() == [list(pair) for pair in theirs]


def test_all_tail_lengths() -> None:
    strings = ["한글abc"[:0] + "x" * n for n in range(50)]
    assert hash_strings(pa.array(strings)).tolist() == [list(mmh3.hash64(s.encode(), signed=False)) for s in strings]


def test_slices_hash_like_their_strings() -> None:
    array = pa.array(["가", "나다", "", "라마바"])
    assert np.array_equal(hash_strings(array[1:3]), hash_strings(pa.array(["나다", ""])))


@given(st.binary(max_size=20), st.binary(max_size=20), st.integers(0, 20))
@example(b"abc", b"abd", 3)  # the last byte alone
@example(b"abc", b"xbc", 3)
@example(b"abc", b"abd", 2)
def test_equal_bytes_are_equal_slices(one: bytes, two: bytes, length: int) -> None:
    length = min(length, len(one), len(two))
    left, right = (np.frombuffer(b"?" + data + b"!", np.uint8) for data in (one, two))
    assert equal_bytes(left, 1, right, 1, length) == (one[:length] == two[:length])


@given(st.lists(WIDE))
def test_numbers_are_mixed_one_by_one(numbers: list[int]) -> None:
    mixed = hashing.mix_all(np.array(numbers, np.uint64))
    assert mixed.tolist() == [int(mix64(np.uint64(number))) for number in numbers]

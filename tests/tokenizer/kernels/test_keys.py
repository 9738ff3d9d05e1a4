"""Keys and slots of eight words at a time against those of one word."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from corpus.kernels import hashing
from corpus.kernels.hashing import LONG_KEY, slot_of
from corpus.kernels.intrinsics import leading_zeros, pointer
from tests.helpers.compiled import callable_alone
from tokenizer.kernels.keys import AHEAD, HIGHS, HOMES, LOWS, WIDTH, find_keys

next_slot = callable_alone(hashing.next_slot)
key_of = callable_alone(hashing.key_of)

GARBAGE = 0x5555555555555555


@njit
def found(data, bounds, count, slots, mask, batch):
    above = np.uint64(leading_zeros(mask))
    find_keys(pointer(data), data.shape[0], pointer(bounds), count, pointer(slots), mask, above, pointer(batch))


@njit
def expected(data, start, end, mask):
    low, high = key_of(data, start, end)
    return low, high, slot_of(low, high, mask)


def check(words: list[bytes], before: bytes, after: bytes, bits: int) -> None:
    data = np.frombuffer(before + b"".join(words) + after + b"\0", np.uint8)[:-1]
    begin = len(before) + np.concatenate([[0], np.cumsum([len(word) for word in words])]).astype(np.int64)
    bounds = np.concatenate([begin, np.full(WIDTH, GARBAGE, np.int64)])
    mask = np.uint64((1 << bits) - 1)
    slots, batch = np.zeros(4 << bits, np.uint64), np.full(3 * AHEAD, GARBAGE, np.uint64)
    found(data, bounds, len(words), slots, mask, batch)
    for n in range(len(words)):
        columns = tuple(batch[column + n] for column in (LOWS, HIGHS, HOMES))
        assert columns == expected(data, begin[n], begin[n + 1], mask), (n, words[n])


lengths = st.integers(0, 40) | st.sampled_from([7, 8, 9, 14, 15, 16, 17])
words = st.lists(lengths.flatmap(lambda n: st.binary(min_size=n, max_size=n)), max_size=30)


@given(words, st.binary(max_size=20), st.binary(max_size=20), st.integers(1, 12))
def test_the_same_as_one_by_one(words, before, after, bits):
    check(words, before, after, bits)


def test_every_length_at_every_distance_from_the_end():
    for length in range(20):
        for distance in range(20):
            check([bytes(range(1, length + 1))], b"", b"x" * distance, 8)


def test_a_full_batch():
    rng = np.random.default_rng(3)
    check([rng.bytes(n % 19) for n in range(AHEAD - WIDTH)], b"a", b"", 12)


def test_every_slot_is_searched_once_and_the_other_of_a_pair_first():
    for home in range(16):
        visited = [home]
        while len(visited) < 16:
            visited.append(int(next_slot(visited[-1], home, np.uint64(15))))
        assert sorted(visited) == list(range(16))
        assert visited[1] == home ^ 1


def word_of(low: int, high: int) -> bytes:
    """The word whose key is not a hash."""
    length = high >> 56
    if length <= 15:
        return (low | high << 64).to_bytes(16, "little")[:length]
    fields = [low & 0xFFFF, low >> 16 & 0xFFFF, low >> 32 & 0xFFFF, low >> 48, high >> 32 & 0xFFFF]
    last = [high & 0xFFFF, high >> 16 & 0xFFFF]
    fields = [*fields[: length // 3 - 2], *last]

    def character(bits: int) -> bytes:
        return bytes([0xE0 | bits & 0xF, 0x80 | bits >> 4 & 0x3F, 0x80 | bits >> 10])

    lead = bytes([high >> 48 & 0xFF]) if length % 3 else b""
    return lead + b"".join(character(bits) for bits in fields)


def key(word: bytes) -> tuple[int, int]:
    low, high = key_of(np.frombuffer(word, np.uint8), 0, len(word))
    return int(low), int(high)


syllables = st.text(st.characters(min_codepoint=0x800, max_codepoint=0xD7FF), min_size=1, max_size=9)
leads = st.sampled_from(["", " ", "(", "\0", "é"])


@given(leads, syllables, st.sampled_from(["", "", "", ".", "é"]))
def test_a_key_that_is_no_hash_is_the_word(lead, text, tail):
    word = (lead + text + tail).encode()
    low, high = key(word)
    packed = 16 <= len(word) <= 22 and len(lead.encode()) <= 1 and not tail
    assert (high < LONG_KEY) == (len(word) <= 15 or packed)
    if high < LONG_KEY:
        assert word_of(low, high) == word


@given(st.binary(min_size=16, max_size=22))
def test_other_bytes_are_no_characters(word):
    low, high = key(word)
    assert high >= LONG_KEY or word_of(low, high) == word


def test_one_bit_more_or_less_is_no_character_or_another_key():
    for word in (
        text.encode() for text in (" 대한민국의", "가나다라마바", " 가나다라마바", "한글날입니다요", " 한글날입니다요")
    ):
        assert key(word)[1] < LONG_KEY
        for bit in range(8 * len(word)):
            other = bytearray(word)
            other[bit >> 3] ^= 1 << (bit & 7)
            assert key(bytes(other)) != key(word)
            low, high = key(bytes(other))
            assert high >= LONG_KEY or word_of(low, high) == other

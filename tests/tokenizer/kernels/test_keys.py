"""Keys and slots of eight words at a time against those of one word."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from corpus.kernels.hashing import key_of, next_slot, pointer, slot_of, zeros_above
from tokenizer.kernels.keys import AHEAD, HIGHS, HOMES, LOWS, WIDTH, find_keys

GARBAGE = 0x5555555555555555


@njit
def found(data, bounds, count, slots, mask, batch):
    find_keys(pointer(data), data.shape[0], pointer(bounds), count, pointer(slots), mask, zeros_above(mask),
              pointer(batch))  # fmt: skip


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

"""The hash table of words against collections.Counter."""

import itertools
from collections import Counter

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tokenizer.kernels.words import PARTITIONS, WordTable, aligned, buffers, int64_array, int64_values, partitioned


def add(table: WordTable, words: list[bytes], weights: list[int] | None = None) -> None:
    data, offsets = buffers(pa.array(words, pa.large_binary()))
    table.add(data, int(offsets[0]), offsets[1:], None if weights is None else np.array(weights, np.int64))


def content(table: WordTable) -> dict[bytes, int]:
    return dict(zip(table.column().to_pylist(), table.counts().tolist(), strict=True))


# Few letters and NUL, lengths around the limits of the two kinds of key.
words = st.lists(st.binary(max_size=40) | st.text("ab\0", max_size=18).map(str.encode), max_size=60)


@given(words, words)
def test_counts_like_counter(first, second):
    table = WordTable(slots=4)
    add(table, first)
    add(table, second)
    expected = Counter(first + second)
    assert content(table) == expected
    assert table.column().to_pylist() == list(expected)  # in the order of first occurrence


@given(st.lists(st.tuples(st.binary(max_size=20), st.integers(1, 1 << 40)), max_size=40))
def test_adds_weights(pairs):
    table = WordTable(slots=4)
    add(table, [word for word, _ in pairs], [count for _, count in pairs])
    expected: Counter[bytes] = Counter()
    for word, count in pairs:
        expected[word] += count
    assert content(table) == expected


def test_grows_far_and_keeps_long_words_apart():
    table = WordTable(slots=4)
    long = [b"x" * n + bytes([n % 251]) for n in range(1, 3000)]
    add(table, long)
    add(table, long)
    assert content(table) == dict.fromkeys(long, 2)


def test_words_are_spread_over_all_partitions():
    words = [f"{n * 7919:x}".encode() for n in range(6400)]
    sizes = [len(some) for some, _ in partitioned(pa.array(words, pa.large_binary()), np.ones(6400, np.int64))]
    assert len(sizes) == PARTITIONS == 64
    assert sum(sizes) == 6400
    assert 50 < min(sizes) <= max(sizes) < 160


def test_partitions_keep_the_order_and_each_word_its_count():
    words = [f"{n * 7919 % 5003:x}".encode() for n in range(3000)]
    counts = np.arange(3000) * 3 + 1
    place = {word: n for n, word in enumerate(words)}
    column = pa.array([b"before", *words, b"after"], pa.large_binary()).slice(1, 3000)
    found = [(part.to_pylist(), of.tolist()) for part, of in partitioned(column, counts)]
    assert sorted(place[word] for part, _ in found for word in part) == list(range(3000))
    for part, of in found:
        assert part == sorted(part, key=place.__getitem__)
        assert of == [3 * place[word] + 1 for word in part]
    again = [part.to_pylist() for part, _ in partitioned(pa.array(words[::-1], pa.large_binary()), counts)]
    assert [part[::-1] for part in again] == [part for part, _ in found]  # a word's partition is its own


def test_slices_of_columns():
    column = pa.array([b"one", b"", b"three", b"four"], pa.large_binary())
    for begin in range(5):
        for size in range(5 - begin):
            data, bounds = buffers(column.slice(begin, size))
            found = [data[i:j].tobytes() for i, j in itertools.pairwise(bounds.tolist())]
            assert found == column.slice(begin, size).to_pylist()
            numbers = int64_array(np.array([5, 6, 7, 8])).slice(begin, size)
            assert int64_values(numbers).tolist() == numbers.to_pylist() == [5, 6, 7, 8][begin : begin + size]
    assert int64_array(np.arange(6, dtype=np.int32)[::2]).to_pylist() == [0, 2, 4]


def test_slots_begin_where_cache_lines_do():
    for count in range(1, 40):
        slots = aligned(count)
        assert (len(slots), slots.ctypes.data % 64, slots.any()) == (count, 0, False)


def test_words_around_the_longest_key_that_is_the_word_itself():
    """Of 14 to 18 bytes, in which each byte takes each value once."""
    words = []
    for size in range(14, 19):
        for place in range(size):
            words += [bytes([*range(40, 40 + place), value, *range(41 + place, 40 + size)]) for value in range(1, 256)]
    table = WordTable()
    data, bounds = buffers(pa.array(words, pa.large_binary()))
    table.add(data, 0, bounds[1:])
    assert dict(zip(table.column().to_pylist(), table.counts().tolist(), strict=True)) == Counter(words)

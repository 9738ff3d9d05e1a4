"""Pairs of places: equal fingerprints against the best document, in batches of bounded text."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from corpus.repeats import pairs as module
from corpus.repeats.pairs import against_best, pair_batches, recurring, repeated
from tests.helpers.borders import WIDE

RECORDS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4), st.integers(0, 9)), max_size=40, unique=True)


@given(RECORDS, st.permutations(range(5)))
def test_every_place_against_the_best_document_of_its_fingerprint(found: list, ranks: list) -> None:
    records = np.array(found, np.uint64).reshape(-1, 3) * np.array([1 << 59, 1, 1], np.uint64)
    both = [(rank // 2, rank % 2 * 7) for rank in ranks]  # equal in the first, and then the second decides
    order = np.array(both, np.uint64)
    expected = []
    for key, document, place in found:
        same = sorted((both[d], d, p) for k, d, p in found if k == key)
        _, best, there = same[0]
        if (document, place) != (best, there):
            expected.append((document, place, best, there))
    made = against_best(repeated(records), order).tolist()
    assert sorted(map(tuple, made)) == sorted(expected)


@given(st.lists(WIDE | st.integers(0, 9), max_size=60))
def test_no_hash_that_recurs_is_left_out(hashes: list[int]) -> None:
    records = np.column_stack([np.array(hashes, np.uint64), np.zeros(len(hashes), np.uint64)])
    made = recurring(records)
    assert all(made[i] for i, key in enumerate(hashes) if hashes.count(key) > 1)


def test_few_hashes_that_do_not_recur_are_taken_for_some_that_do() -> None:
    records = np.random.default_rng(1).integers(0, 2**64, (20_000, 2), np.uint64)
    assert recurring(records).mean() < 0.25


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), max_size=60),
    st.lists(st.integers(1, 50), min_size=10, max_size=10),
    st.integers(1, 200),
)
@example([(0, 0, 1), (0, 1, 2), (1, 0, 3)], [10, 20, 30, 40, *[1] * 6], 60)  # as much as a batch may hold: no more
@example([(0, 0, 1), (0, 1, 2), (1, 0, 3)], [10, 20, 30, 40, *[1] * 6], 59)
@example([(0, 0, 1), (0, 1, 1), (2, 0, 1)], [10, 20, 30, *[1] * 7], 30)  # two places of one winner; a winner of two
def test_batches_are_bounded_and_keep_the_pairs_of_a_document_together(found: list, lengths: list, room: int) -> None:
    pairs = np.array(sorted((a, p, b, 0) for a, p, b in found), np.int64).reshape(-1, 4)
    order = np.column_stack([np.zeros(10, np.uint64), ~np.array(lengths, np.uint64)])
    module.BYTES_AT_ONCE, before = room, module.BYTES_AT_ONCE
    try:
        batches = list(pair_batches(pairs, order))
    finally:
        module.BYTES_AT_ONCE = before
    assert [n for start, end in batches for n in range(start, end)] == list(range(len(pairs)))

    def size(rows: np.ndarray) -> int:
        both = {(a, b) for a, _, b, _ in rows.tolist()}
        return sum(lengths[a] for a in {a for a, _ in both}) + sum(lengths[b] for _, b in both)

    for start, end in batches:
        assert size(pairs[start:end]) <= room or end == start + 1
        cut = end < len(pairs) and pairs[end, 0] == pairs[end - 1, 0]  # in the middle of a document
        assert not cut or size(pairs[pairs[:, 0] == pairs[end, 0]]) > room

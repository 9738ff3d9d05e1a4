"""Best fit and the layout of rows against slow, obvious twins."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from model.packing.best_fit import best_fit
from model.packing.packer import Packer, PackSettings
from model.packing.rows import concatenate, fill, fit


def best_fit_twin(lengths: list[int], capacity: int) -> list[int]:
    """The row of each document by best-fit decreasing, by looking at every row for every document.

    Ties go to the earlier document and to the row used last.
    """
    free: list[int] = []
    used: list[int] = []  # when
    rows = [0] * len(lengths)
    for turn, n in enumerate(sorted(range(len(lengths)), key=lambda n: -lengths[n])):
        fitting = [row for row, f in enumerate(free) if f >= lengths[n]]
        row = min(fitting, key=lambda row: (free[row], -used[row]), default=len(free))
        if row == len(free):
            free.append(capacity)
            used.append(turn)
        free[row] -= lengths[n]
        used[row] = turn
        rows[n] = row
    return rows


LENGTHS = st.integers(1, 70).flatmap(
    lambda capacity: st.tuples(st.just(capacity), st.lists(st.integers(1, capacity), max_size=60))
)


@given(LENGTHS)
@example((10, [7, 5, 5, 3, 2, 1]))  # 3 goes into the row of 7, 2 beside it not: the emptiest would take both
@example((10, [9, 6, 1, 1]))  # room for exactly one
@example((8, [8, 8]))
def test_best_fit_equals_its_twin(case):
    capacity, lengths = case
    rows, count = best_fit(np.array(lengths, np.int64), capacity)
    expected = best_fit_twin(lengths, capacity)
    assert rows.tolist() == expected
    assert count == len(set(expected))
    assert all(0 < f <= capacity for f in np.bincount(rows, weights=lengths, minlength=count))


def test_a_document_goes_into_the_fullest_row_that_holds_it():
    rows, count = best_fit(np.array([7, 5, 3, 2]), 10)
    assert count == 2
    assert rows[2] == rows[0]
    assert rows[3] == rows[1]


@pytest.mark.parametrize("lengths", [[0, 3], [3, 9], [-1], [8, 0]])
def test_best_fit_refuses_lengths_that_cannot_be(lengths):
    with pytest.raises(ValueError, match=r"must be in 1 … 8"):
        best_fit(np.array(lengths), 8)


def assemble(layout, documents, seq_len, bos, eos):
    ids = np.array([i for d in documents for i in d], np.uint16)
    offsets = np.cumsum([0, *map(len, documents)])
    out = np.full((layout.rows, seq_len), 9999, np.uint16)
    fill(ids, offsets, *layout[:5], bos, eos, out)  # type: ignore[call-arg]  # Numba types the call by its own account
    return out


@st.composite
def documents_of(draw):
    sizes = draw(st.lists(st.integers(0, 40), max_size=25))
    ids = iter(range(10, 9000))
    return [[next(ids) for _ in range(size)] for size in sizes]


@given(documents_of(), st.integers(2, 17), st.sampled_from([(1, 2), (0, 1), (1, 0), (1, -1), (-1, 2), (-1, -1)]))
def test_fit_keeps_every_token_and_cuts_only_what_is_longer_than_a_row(documents, seq_len, specials):
    bos, eos = specials
    whole = [[bos] * (bos >= 0) + d + [eos] * (eos >= 0) for d in documents]
    layout = fit(np.array([len(d) for d in whole], np.int64), seq_len)
    out = assemble(layout, documents, seq_len, bos, eos)
    rebuilt: list[list[tuple[int, list[int]]]] = [[] for _ in documents]
    used = np.zeros(layout.rows, int)
    for document, start, length, row, column in zip(*layout[:5], strict=True):
        assert column == used[row]  # pieces lie end to end from the first column
        used[row] += length
        rebuilt[document].append((start, out[row, column : column + length].tolist()))
        assert length == seq_len or len(whole[document]) <= seq_len or start + length == len(whole[document])
    for document, pieces in zip(whole, rebuilt, strict=True):
        assert [i for _, piece in sorted(pieces) for i in piece] == document
        assert len(pieces) == -(-len(document) // seq_len)
    rests = [len(d) % seq_len for d in whole if len(d) % seq_len]
    assert layout.rows == sum(len(d) // seq_len for d in whole) + len(set(best_fit_twin(rests, seq_len)))
    for row in range(layout.rows):
        assert 0 < used[row] <= seq_len
        assert (out[row, used[row] :] == 9999).all()
    assert (np.diff(layout.row) >= 0).all()
    # Rows come in the order of their first pieces, and keep their pieces in order.
    pieces = list(zip(layout.document.tolist(), layout.start.tolist(), strict=True))
    by_row = [[p for p, r in zip(pieces, layout.row, strict=True) if r == row] for row in range(layout.rows)]
    assert all(some == sorted(some) for some in by_row)
    assert [some[0] for some in by_row] == sorted(some[0] for some in by_row)


@given(documents_of(), st.integers(2, 17), st.integers(0, 16), st.sampled_from([(1, 2), (1, -1), (-1, 2), (-1, -1)]))
@example([[], [10], [], [], [11, 12], []], 4, 1, (-1, -1))  # a document of no token has no piece
def test_concatenate_is_the_stream_of_tokens_cut_into_rows(documents, seq_len, filled, specials):
    filled %= seq_len
    bos, eos = specials
    whole = [[bos] * (bos >= 0) + d + [eos] * (eos >= 0) for d in documents]
    layout = concatenate(np.array([len(d) for d in whole], np.int64), seq_len, filled)
    out = assemble(layout, documents, seq_len, bos, eos)
    assert (layout.length > 0).all()
    stream = [9999] * filled + [i for d in whole for i in d]
    assert layout.rows == -(-len(stream) // seq_len)
    assert out.reshape(-1)[: len(stream)].tolist() == stream
    pieces = list(zip(layout.row * seq_len + layout.column, layout.length, strict=True))
    assert [p for p, _ in pieces] == list(np.cumsum([filled, *layout.length])[:-1])


@pytest.mark.parametrize(("size", "dtype"), [(300, np.uint16), (1 << 16, np.uint16), ((1 << 16) + 1, np.uint32)])
def test_ids_are_as_wide_as_the_largest_of_them(size, dtype):
    encoder = SimpleNamespace(vocab_size=size, bos_id=0, eos_id=1, pad_id=None)
    assert Packer(PackSettings(), encoder).dtype == dtype
    assert np.iinfo(dtype).max >= size - 1


def test_rows_are_as_long_as_the_context_of_the_model_card():
    assert (PackSettings().seq_len, PackSettings().strategy, PackSettings().bos, PackSettings().eos) == (
        4096, "best-fit", True, True,
    )  # fmt: skip

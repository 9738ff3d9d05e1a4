"""Ids of symbols, computed where trainers number them one after another, against the table of them."""

import numpy as np
import pytest
from numba import njit

from tokenizer.kernels.pairs import MergeTable, id_of, ids_of


@njit
def found(merges, symbols, out):
    ids = ids_of(merges)
    for i in range(symbols.shape[0]):
        out[i] = id_of(ids, symbols[i])


def table(byte_ids: np.ndarray, results: np.ndarray) -> MergeTable:
    letters = byte_ids[ord("a") :]
    return MergeTable(np.column_stack([letters[: len(results)], letters[: len(results)]]), results, byte_ids, False)


BYTES = np.arange(256)


@pytest.mark.parametrize(
    ("byte_ids", "results", "regular"),
    [
        (BYTES, np.arange(256, 276), 0),  # ids are symbols, as GPT-2's
        (BYTES[::-1].copy() + 3, np.arange(259, 279), 256),  # as ours: special tokens, bytes in another order, merges
        (BYTES, np.arange(300, 320), 256),
        (BYTES, np.r_[300:310, 311:321], 266),  # a gap
        (BYTES, np.r_[320:300:-1], 275),  # in no order
        (np.where(BYTES < 128, BYTES, -1), np.arange(128, 148), 256),  # bytes that have no token
        (BYTES, np.zeros(0, np.int64), 0),  # no merges
    ],
)
def test_the_ids_of_all_symbols(byte_ids, results, regular):
    merges = table(byte_ids, results)
    expected = np.concatenate([byte_ids, results])
    assert merges.arrays[4][0] == regular
    out = np.empty(len(expected), np.int64)
    found(merges.arrays, np.arange(len(expected), dtype=np.int32), out)
    assert out.tolist() == expected.tolist()
    merges.keep_symbols()
    found(merges.arrays, np.arange(len(expected), dtype=np.int32), out)
    assert out.tolist() == list(range(len(expected)))

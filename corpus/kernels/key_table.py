"""Hash tables of 64-bit keys with open addressing, for kernels that compare two texts. The key 0 is not stored."""

import numpy as np
from numba import njit

from corpus.kernels.hashing import mix64
from corpus.kernels.inner import helper

BASE = np.uint64(0x9E3779B97F4A7C15)  # of the polynomial hash of a word


@njit(cache=True)  # it is called from Python as well
def slot_of(table, key):
    """The slot of a key in a table uint64[2ᵏ], or the slot where it would be."""
    mask = table.shape[0] - 1
    place = np.int64(mix64(key) & np.uint64(mask))
    while table[place] != 0 and table[place] != key:
        place = (place + 1) & mask
    return place


@helper
def has(table, key):
    return table[slot_of(table, key)] == key

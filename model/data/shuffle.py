"""A shuffle that needs no memory: a keyed bijection of 0 … n - 1.

A permutation array of a trillion-token corpus takes gigabytes and must be drawn again to resume. A small Feistel
network over the bits of n computes any position of it at once (Black & Rogaway 2002, "Ciphers with Arbitrary Finite
Domains", cycle walking), so the position in an epoch is one integer. Unlike that of NumPy's generators, the result
never changes between versions. 4,096 positions take 0.7 ms.
"""

import numpy as np

ROUNDS = 8


def shuffled(positions: np.ndarray, n: int, key: int) -> np.ndarray:
    """The image of each position of 0 … n - 1 in the permutation given by `key`: int64[m] → int64[m], a bijection on 0
    … n - 1."""
    bits = max(2, (n - 1).bit_length())
    low, high = bits // 2, bits - bits // 2
    keys = _mix(np.uint64(key % (1 << 64)) + np.arange(1, ROUNDS + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    result = np.array(positions, np.uint64)
    walking = np.arange(len(result))
    while len(
        walking
    ):  # the bits address less than 2n values: a value of n or more is mapped again until it is below n
        result[walking] = _network(result[walking], keys, np.uint64(low), np.uint64(high))
        walking = walking[result[walking] >= n]
    return result.astype(np.int64)


def _network(x: np.ndarray, keys: np.ndarray, low: np.uint64, high: np.uint64) -> np.ndarray:
    one = np.uint64(1)
    right, left = x & ((one << low) - one), x >> low
    for number, key in enumerate(keys):
        if number % 2:
            right = right ^ (_mix(left ^ key) & ((one << low) - one))
        else:
            left = left ^ (_mix(right ^ key) & ((one << high) - one))
    return (left << low) | right


def _mix(x: np.ndarray) -> np.ndarray:
    """MurmurHash3's finaliser, as corpus.kernels.hashing.mix64, over an array."""
    x = x ^ (x >> np.uint64(33))
    x = x * np.uint64(0xFF51AFD7ED558CCD)
    x = x ^ (x >> np.uint64(33))
    x = x * np.uint64(0xC4CEB9FE1A85EC53)
    return x ^ (x >> np.uint64(33))

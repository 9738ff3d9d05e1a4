"""Hashes of byte ranges, for use in kernels and for whole columns.

MurmurHash3 x64 128 (Austin Appleby, public domain) identifies documents and finds exact duplicates. It is equal to the
`mmh3` package for seeds below 2³². `hash64` is its first half. It is not safe against an adversary: a corpus with
planted collisions would lose documents. This is why near-duplicates are verified on the text.
"""

import numpy as np
import pyarrow as pa

from corpus.kernels.inner import helper, inner, kernel
from corpus.kernels.intrinsics import leading_zeros, load64
from corpus.kernels.utf8 import string_buffers

C1 = np.uint64(0x87C37B91114253D5)
C2 = np.uint64(0x4CF5AD432745937F)
LONG_KEY = np.uint64(0xFF) << np.uint64(56)  # set in keys that are a hash; other keys have the length of the word there


@inner
def mix64(x):
    """MurmurHash3's 64-bit finaliser: a bijection of uint64; each input bit changes about half of the output bits."""
    x = np.uint64(x)
    x ^= x >> np.uint64(33)
    x *= np.uint64(0xFF51AFD7ED558CCD)
    x ^= x >> np.uint64(33)
    x *= np.uint64(0xC4CEB9FE1A85EC53)
    x ^= x >> np.uint64(33)
    return x


@kernel
def mix_all(numbers):
    """uint64[n]: mix64 of each of numbers, uint64[n]."""
    mixed = np.empty(numbers.shape[0], np.uint64)
    for i in range(numbers.shape[0]):
        mixed[i] = mix64(numbers[i])
    return mixed


@inner
def _rotate(x, r):
    return (x << np.uint64(r)) | (x >> np.uint64(64 - r))


@kernel
def murmur3_128(data, start, end, seed):
    """MurmurHash3 x64 128 of data[start:end]: (uint64, uint64)."""
    h1 = np.uint64(seed)
    h2 = np.uint64(seed)
    i = start
    while i + 16 <= end:
        k1 = load64(data, i)
        k2 = load64(data, i + 8)
        h1 ^= _rotate(k1 * C1, 31) * C2
        h1 = (_rotate(h1, 27) + h2) * np.uint64(5) + np.uint64(0x52DCE729)
        h2 ^= _rotate(k2 * C2, 33) * C1
        h2 = (_rotate(h2, 31) + h1) * np.uint64(5) + np.uint64(0x38495AB5)
        i += 16
    k1 = np.uint64(0)
    k2 = np.uint64(0)
    for j in range(end - 1, i - 1, -1):
        if j - i >= 8:
            k2 = (k2 << np.uint64(8)) | np.uint64(data[j])
        else:
            k1 = (k1 << np.uint64(8)) | np.uint64(data[j])
    h2 ^= _rotate(k2 * C2, 33) * C1
    h1 ^= _rotate(k1 * C1, 31) * C2
    length = np.uint64(end - start)
    h1 ^= length
    h2 ^= length
    h1 += h2
    h2 += h1
    h1 = mix64(h1)
    h2 = mix64(h2)
    h1 += h2
    h2 += h1
    return h1, h2


@inner
def hash64(data, start, end, seed):
    """The first 64 bits of murmur3_128."""
    return murmur3_128(data, start, end, seed)[0]


@kernel
def _hash_ranges(data, offsets, seed, out):
    for i in range(offsets.shape[0] - 1):
        out[i, 0], out[i, 1] = murmur3_128(data, offsets[i], offsets[i + 1], seed)


def hash_strings(array: pa.Array, seed: int = 0) -> np.ndarray:
    """uint64[n, 2]: the 128-bit hash of each string of a column without nulls."""
    data, offsets = string_buffers(array)
    out = np.empty((len(offsets) - 1, 2), np.uint64)
    _hash_ranges(data, offsets, np.uint64(seed), out)
    return out


_MASKS = np.array([(1 << 8 * n) - 1 for n in range(8)] + [(1 << 64) - 1] * 8, np.uint64)  # the first n of eight bytes


@inner
def key_of(data, start, end):
    """The key of data[start:end] for a hash table of words: (uint64, uint64).

    Up to 15 bytes the key is the bytes and their number, so that equal keys are equal words; and so it is for five to
    seven characters of three bytes, which Hangul has, with or without one byte before them (a space): 16 bits of each.
    For other words it is a hash with the length and LONG_KEY (high >= LONG_KEY): then the bytes must be compared, too.
    Of Korean pre-tokens 9 % have more than 15 bytes, and 0.4 % have keys that are hashes.
    """
    return key_at(data, start, end, data.shape[0])


@inner
def key_at(data, start, end, size):
    """`key_of` for `data` that may be a pointer to `size` bytes."""
    length = end - start
    if length > 15:
        if length <= 22 and length % 3 != 2:
            low, high, packed = _packed_key(data, start, end)
            if packed:
                return low, high
        h = np.uint64(length)
        i = start
        while i + 8 < end:
            h = (h ^ load64(data, i)) * np.uint64(0x9E3779B97F4A7C15)
            h ^= h >> np.uint64(29)
            i += 8
        h = (h ^ load64(data, end - 8)) * np.uint64(0x9E3779B97F4A7C15)
        h ^= h >> np.uint64(32)
        return h, LONG_KEY | np.uint64(length)
    high = np.uint64(length) << np.uint64(56)
    if start + 16 <= size:  # no branch on the length, which the processor could not predict
        low = load64(data, start) & _MASKS[length]
        return low, high | (load64(data, start + 8) & _MASKS[max(length - 8, 0)])
    low = np.uint64(0)
    for i in range(length):
        byte = np.uint64(data[start + i]) << np.uint64(8 * (i & 7))
        if i < 8:
            low |= byte
        else:
            high |= byte
    return low, high


@helper
def _packed_key(data, start, end):
    """The key of five to seven characters of three bytes, perhaps with one byte before them: (low, high, whether the
    word is of this kind)."""
    length = end - start
    single = length % 3
    first = start + single
    one = load64(data, first)
    two = load64(data, first + 6)
    last = load64(data, end - 8) >> np.uint64(16)  # some of its characters are in the others, too
    fifth = load64(data, first + 7) >> np.uint64(40)
    lead = np.uint64(data[start]) if single else np.uint64(0)
    low = _sixteen_bits(one) | _sixteen_bits(two) << np.uint64(32)
    high = _sixteen_bits(last) | _sixteen_bits(fifth) << np.uint64(32)
    high |= lead << np.uint64(48) | np.uint64(length) << np.uint64(56)
    marks = np.uint64(0xC0C0F0C0C0F0)
    wrong = ((one & marks) ^ _THREE_BYTES) | ((two & marks) ^ _THREE_BYTES) | ((last & marks) ^ _THREE_BYTES)
    return low, high, wrong | ((fifth & marks) ^ (_THREE_BYTES & np.uint64(0xFFFFFF))) == 0


_THREE_BYTES = np.uint64(0x8080E08080E0)  # the bits that two characters of three bytes each have in common


@helper
def _sixteen_bits(word):
    """The 16 bits of each of the two characters of three bytes in the lowest six bytes of a word."""
    word = (
        (word & np.uint64(0x00000F00000F))
        | (word >> np.uint64(4) & np.uint64(0x0003F00003F0))
        | (word >> np.uint64(6) & np.uint64(0x00FC0000FC00))
    )
    return (word & np.uint64(0xFFFF)) | (word >> np.uint64(8) & np.uint64(0xFFFF0000))


@inner
def slot_of(low, high, mask):
    """The first slot to search for a key in a table of mask + 1 slots, a power of two above one.

    It is the highest bits of the hash, so that a table twice as large has its words in the same order, and growing
    reads and writes memory from front to back.
    """
    h = (low ^ (high * np.uint64(0xC2B2AE3D27D4EB4F))) * np.uint64(0x9E3779B97F4A7C15)
    h ^= h >> np.uint64(32)
    return np.int64(h * np.uint64(0xD6E8FEB86659FD93) >> np.uint64(leading_zeros(mask)))


@inner
def next_slot(q, home, mask):
    """The slot to search after q for a key whose first slot is `home`: the other slot of the pair, which is in the same
    cache line where slots are half a line, then the next pair."""
    return q ^ 1 if (q ^ home) & 1 == 0 else np.int64(np.uint64((q ^ 1) + 2) & mask)


@inner
def equal_bytes(a, i, b, j, length):
    """Whether a[i:i + length] and b[j:j + length] are the same bytes."""
    k = 0
    while k + 8 < length:
        if load64(a, i + k) != load64(b, j + k):
            return False
        k += 8
    if length >= 8:
        return load64(a, i + length - 8) == load64(b, j + length - 8)
    for k in range(length):  # noqa: SIM110 - all() of a generator does not compile
        if a[i + k] != b[j + k]:
            return False
    return True

"""Kernels that all scans of text share: UTF-8, 64-byte blocks, hashes, units.

These are Numba kernels, and functions that other kernels inline. Read in this order: utf8 (an Arrow column as bytes and
offsets, decoding, classes of characters), hashing (64- and 128-bit hashes), blocks (64 bytes at a time), units (the
words and syllables of which shingles, repeated spans and test items are made). A file that other kernels inline is
listed in corpus.INLINED.
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "string_buffers": "utf8",
        "strings_from": "utf8",
        "hash_strings": "hashing",
        "Units": "units",
    },
)

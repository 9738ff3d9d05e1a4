"""Kernels that all scans of text share: UTF-8, 64-byte blocks, hashes, units.

These are Numba kernels, and functions that other kernels inline. Read in this order: utf8 (an Arrow column as bytes and
offsets, decoding, classes of characters), hashing (64- and 128-bit hashes), blocks (64 bytes at a time), units (the
words and syllables of which shingles, repeated spans and test items are made). A file that other kernels inline is
listed in corpus.INLINED.
"""

import sys

from corpus.lazy import public


def _load_numba() -> None:
    """Load Numba's array functions as if scipy.linalg were not installed.

    They import it only to see whether there is a BLAS, which no kernel here calls. That costs each process 0.2 s and
    17 MB, and where memory is short, SciPy's OpenBLAS asks for it in an endless loop as it is loaded.
    """
    hidden = "scipy.linalg" not in sys.modules
    if hidden:
        sys.modules["scipy.linalg"] = None  # type: ignore[assignment]  # what Python takes for "cannot be imported"
    try:
        import numba.np.arraymath  # noqa: F401
    finally:
        if hidden:
            del sys.modules["scipy.linalg"]


_load_numba()

__getattr__ = public(
    __name__,
    {
        "string_buffers": "utf8",
        "strings_from": "utf8",
        "hash_strings": "hashing",
        "Units": "units",
    },
)

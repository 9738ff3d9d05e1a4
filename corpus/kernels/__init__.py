"""Kernels that all scans of text share: UTF-8, 64-byte blocks, hashes, units.

These are Numba kernels, and functions that other kernels inline. Read in this order: utf8 (an Arrow column as bytes and
offsets, decoding, classes of characters), intrinsics (what Numba has no functions for), hashing (64- and 128-bit
hashes), blocks (64 bytes at a time), units (the words and syllables of which shingles, repeated spans and test items
are made), fasttext (a model's predictions, its vectors, file and training). A file that other kernels inline is listed
in corpus.INLINED.
"""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from corpus.lazy import public


@contextmanager
def _hidden(name: str) -> Iterator[None]:
    """Let Python take a module for one that is not installed, unless it is loaded already."""
    hidden = name not in sys.modules
    if hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # what Python takes for "cannot be imported"
    try:
        yield
    finally:
        if hidden:
            del sys.modules[name]


def _load_numba() -> None:
    """Load Numba without two libraries that no kernel here uses.

    Its array functions import scipy.linalg only to see whether there is a BLAS. That costs each process 0.2 s and
    17 MB, and where memory is short, SciPy's OpenBLAS asks for it in an endless loop as it is loaded. Its extensions
    are loaded with the first kernel: where awkward is installed (gigatoken needs it), 0.2 s of each process.
    """
    with _hidden("scipy.linalg"):
        import numba.np.arraymath  # noqa: F401
    with _hidden("awkward.numba"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Numba extension module 'awkward")
        from numba.core.entrypoints import init_all

        init_all()


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

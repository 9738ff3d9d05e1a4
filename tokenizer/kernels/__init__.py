"""Code that counting, training and encoding share.

These are Numba kernels and pieces that other kernels inline. Read in this order: alphabet (a printable character for
each byte), words (a hash table of words), pairs (what two symbols merge to), heap (pairs by count). A file that other
kernels inline is listed in corpus.INLINED.
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "WordTable": "words",
        "MergeTable": "pairs",
        "byte_characters": "alphabet",
    },
)

"""Text to pre-tokens, the pieces of text whose borders BPE merges never cross.

Read in this order: patterns (by name, as regular expressions), classes (of characters), pretokenize (the scanner, one
kernel over UTF-8), blocks (64 bytes at a time), alternatives (one pre-token), runs (what the merges of superwords may
cross).
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "scan": "pretokenize",
        "pattern_code": "patterns",
        "run_bounds": "runs",
    },
)

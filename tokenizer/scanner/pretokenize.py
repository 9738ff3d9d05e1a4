"""Pre-tokens: the pieces of text whose borders BPE merges never cross, found by one kernel over Arrow's UTF-8 bytes.

Each pattern exists twice: as the regular expression written into tokenizer.json (tokenizer/scanner/patterns.py), and as
the kernel of tokenizer/scanner/blocks.py, which finds the same boundaries some hundred times faster than a regular
expression engine.
"""

import numpy as np
import pyarrow as pa

from corpus.kernels.blocks import BLOCK
from corpus.kernels.inner import kernel
from corpus.kernels.intrinsics import pointer
from corpus.kernels.utf8 import string_buffers
from tokenizer.scanner.blocks import scan_some
from tokenizer.scanner.kinds import kinds
from tokenizer.scanner.patterns import pattern_code


def scan(array: pa.Array, pattern: str) -> tuple[np.ndarray, np.ndarray]:
    """The pre-tokens of a string column: (ends int64[pre-tokens], first int64[n + 1]).

    The pre-tokens tile the column's bytes: one begins where the previous one ends. `ends` are positions in the bytes of
    `corpus.utf8.string_buffers`; those of document i are `ends[first[i]:first[i + 1]]`.
    """
    data, offsets = string_buffers(array)
    return scan_buffers(data, offsets, pattern_code(pattern))


def scan_buffers(data: np.ndarray, offsets: np.ndarray, code: int) -> tuple[np.ndarray, np.ndarray]:
    """`scan` over `data` uint8[bytes], valid UTF-8, and `offsets` int64[n + 1]."""
    # Room for one pre-token per byte; memory that is never written is never taken.
    ends, first = np.empty(offsets[-1] - offsets[0] + BLOCK + 2, np.int64), np.empty(len(offsets), np.int64)
    total = _scan(data, offsets, kinds(code), code, ends, first)
    return ends[:total], first


@kernel
def _scan(data, offsets, table, code, ends, first):
    n = 0
    text, characters, written = pointer(data), pointer(table), pointer(ends)
    for document in range(offsets.shape[0] - 1):
        first[document] = n
        start = offsets[document]
        end = offsets[document + 1]
        while start < end:
            start, n = scan_some(text, data.shape[0], start, end, characters, code, written, n, ends.shape[0])
    first[offsets.shape[0] - 1] = n
    return n

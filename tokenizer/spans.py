"""Which bytes of a text each token stands for.

Tokens of a byte-level BPE tile the text: one begins where the one before it ends, and their lengths are all it takes. A tokenizer
that normalises (NFKC, SentencePiece's collapsed spaces and its dummy prefix) drops and invents bytes. For a text that it changed,
its own offsets in characters give the nearest tiling: a token ends where its last character does, what the tokenizer dropped
belongs to the token after it, and tokens that share one character take a byte of it each, the last one the rest.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def tile(ids, bounds, lengths, offsets, dummy, ends):
    """Write where tokens end, as positions in the column's bytes, into `ends` int64[tokens]; whether they fill each text: bool[n].

    `ids`, `bounds` int64[n + 1] as encode_column gives them; `lengths` int64[vocabulary], bytes of each token; `offsets` int64[n + 1]
    of the column; `dummy`: bytes that the tokenizer puts before each text. One pass, about 1 ns a token.
    """
    filled = np.empty(offsets.shape[0] - 1, np.bool_)
    for d in range(filled.shape[0]):
        position = offsets[d] - (dummy if offsets[d + 1] > offsets[d] else 0)
        for t in range(bounds[d], bounds[d + 1]):
            position += lengths[ids[t]]
            ends[t] = position
        filled[d] = position == offsets[d + 1]
    return filled


def nearest_tiling(text: str, spans: list[tuple[int, int]]) -> np.ndarray:
    """int64[tokens]: where tokens end in `text.encode()`, from their spans in characters as (begin, end)."""
    widths = np.fromiter((len(character.encode("utf-8", "surrogatepass")) for character in text), np.int64, len(text))
    starts = np.concatenate([[0], np.cumsum(widths)])
    ends = np.zeros(len(spans), np.int64)
    before = 0
    for n, (_, last) in enumerate(spans):
        end = int(starts[last])
        if n + 1 < len(spans) and spans[n + 1][0] < last <= spans[n + 1][1]:  # the next one has this character, too
            end = min(max(before, int(starts[last - 1])) + 1, end)
        before = ends[n] = max(before, end)
    if len(ends):
        ends[-1] = starts[-1]
    return ends

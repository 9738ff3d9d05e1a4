"""Which bytes of a text each token covers.

Tokens of a byte-level BPE tile the text: one begins where the previous one ends, so their lengths are enough. A
tokenizer that normalises (NFKC, SentencePiece's collapsed spaces and its dummy prefix) removes and adds bytes. For a
text that it changed, its own offsets in characters give the nearest tiling: a token ends where its last character ends,
removed text belongs to the next token, and tokens that share one character get one byte of it each, the last one the
rest.
"""

import numpy as np

from corpus.kernels.inner import kernel


@kernel
def tile(ids, bounds, lengths, offsets, dummy, ends):
    """Write where tokens end, as positions in the column's bytes, into `ends` int64[tokens]; bool[n]: whether the
    tokens cover each text exactly.

    `ids`, `bounds` int64[n + 1] as encode_column returns them; `lengths` int64[vocabulary], bytes of each token;
    `offsets` int64[n + 1] of the column; `dummy`: bytes that the tokenizer puts before each text. One pass, about 1 ns
    a token.
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
    data = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
    starts = np.append(np.flatnonzero((data & 0xC0) != 0x80), len(data))  # of characters
    begins, lasts = np.array(spans, np.int64).reshape(-1, 2).T
    ends = starts[lasts]
    # Tokens whose last character is also in the next token.
    for n in np.flatnonzero((begins[1:] < lasts[:-1]) & (lasts[:-1] <= lasts[1:])).tolist():
        before = ends[n - 1] if n else 0
        ends[n] = min(max(before, starts[lasts[n] - 1]) + 1, ends[n])
    ends = np.maximum.accumulate(ends)
    ends[-1:] = len(data)
    return ends

"""Classes of characters as the regular expressions of tokenizer.json see them.

HF tokenizers compiles patterns with Oniguruma, whose Unicode version differs from Python's (Python 3.11 knows Unicode
14). So the table is not derived from `unicodedata` but asked of that engine itself, once per installed version of
`tokenizers` (about a second), and kept beside the compiled kernels. That is what lets a scanner agree with the pattern
on every string.
"""

import os
from functools import cache
from pathlib import Path

import numpy as np

OTHER, LETTER, NUMBER, SPACE, NEWLINE, MARK, HANGUL, JAMO = range(8)  # NEWLINE: \r and \n; SPACE: any other \s

# Jamo that are letters by category, so that patterns without Hangul rules can treat them as such: conjoining,
# compatibility, extended.
JAMO_RANGES = ((0x1100, 0x11FF), (0x3131, 0x318E), (0xA960, 0xA97C), (0xD7B0, 0xD7C6), (0xD7CB, 0xD7FB))
HANGUL_RANGE = (0xAC00, 0xD7A3)

# Planes 4–13 are unassigned and 15–16 private; plane 14 holds tags and variation selectors.
_ASSIGNED = (range(0xD800), range(0xE000, 0x40000), range(0xE0000, 0xE1000))


@cache
def classes() -> np.ndarray:
    """uint8[0x110000]: OTHER … JAMO for each code point (surrogates, which UTF-8 cannot hold, are OTHER)."""
    import tokenizers

    path = Path(os.environ["NUMBA_CACHE_DIR"]) / f"pattern-classes-{tokenizers.__version__}.npy"
    if path.exists():
        table = np.load(path)
        if table.shape == (0x110000,) and table.dtype == np.uint8:
            return table
    table = _ask()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.npy")
    np.save(temporary, table)
    temporary.replace(path)
    return table


def _ask() -> np.ndarray:
    """The table, from the matches of \\p{L}, \\p{N}, \\p{M} and \\s on every code point that may be assigned."""
    from tokenizers import Regex
    from tokenizers.pre_tokenizers import Split

    points = np.concatenate([np.arange(part.start, part.stop) for part in _ASSIGNED])
    text = "".join(map(chr, points.tolist()))
    table = np.zeros(0x110000, np.uint8)
    for pattern, kind in ((r"\p{L}+", LETTER), (r"\p{N}+", NUMBER), (r"\p{M}+", MARK), (r"\s+", SPACE)):
        matched = np.ones(len(points), np.bool_)
        for _, (start, end) in Split(Regex(pattern), "removed").pre_tokenize_str(text):
            matched[start:end] = False
        table[points[matched]] = kind
    table[[0x0A, 0x0D]] = NEWLINE
    for first, last in JAMO_RANGES:
        table[first : last + 1] = JAMO
    table[HANGUL_RANGE[0] : HANGUL_RANGE[1] + 1] = HANGUL
    return table

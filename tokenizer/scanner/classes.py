"""Classes of characters as the regular expressions of tokenizer.json see them.

unicode.txt lists letters, numbers and marks with the version of Unicode that assigned them, so that the table of each
version since 14.0 can be made. The version of the installed HF tokenizers is found by encoding (0.23.3 has Unicode
16.0, 1.0.0rc3 17.0), once per release, and stored beside the compiled kernels. The scanner therefore agrees with the
pattern on every string, independently of this Python's `unicodedata`.
"""

import itertools
import json
import os
import warnings
from functools import cache
from importlib import metadata
from pathlib import Path

import numpy as np

OTHER, LETTER, NUMBER, SPACE, NEWLINE, MARK, HANGUL, JAMO = range(8)  # NEWLINE: \r and \n; SPACE: any other \s

# Jamo that are letters by category, so that patterns without Hangul rules can treat them as letters: conjoining,
# compatibility, extended.
JAMO_RANGES = ((0x1100, 0x11FF), (0x3131, 0x318E), (0xA960, 0xA97C), (0xD7B0, 0xD7C6), (0xD7CB, 0xD7FB))
HANGUL_RANGE = (0xAC00, 0xD7A3)

VERSIONS = ("14.0", "15.0", "15.1", "16.0", "17.0", "18.0")
_KINDS = {"L": LETTER, "N": NUMBER, "M": MARK}
# White_Space, which has not changed since Unicode 6.3.
_SPACES = (*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
# Separates letters and numbers as every pattern does; every release reads it.
_PROBE = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def classes() -> np.ndarray:
    """uint8[0x110000]: OTHER … JAMO for each code point as the installed HF tokenizers classifies it (surrogates, which
    UTF-8 cannot hold, are OTHER)."""
    return table_of(engine_version())


@cache
def table_of(version: str) -> np.ndarray:
    """The table of one version of Unicode, of VERSIONS."""
    table = np.zeros(0x110000, np.uint8)
    known = VERSIONS[: VERSIONS.index(version) + 1]
    for first, last, kind, since in _ranges():
        if since in known:
            table[first : last + 1] = _KINDS[kind]
    table[list(_SPACES)] = SPACE
    table[[0x0A, 0x0D]] = NEWLINE
    for first, last in JAMO_RANGES:
        table[first : last + 1] = JAMO
    table[HANGUL_RANGE[0] : HANGUL_RANGE[1] + 1] = HANGUL
    return table


@cache
def engine_version() -> str:
    """The version of Unicode of the installed HF tokenizers; the nearest one, with a warning, where no table agrees
    with it entirely."""
    release = metadata.version("tokenizers")
    path = Path(os.environ["NUMBA_CACHE_DIR"]) / f"pattern-classes-{release}.json"
    try:
        found = json.loads(path.read_text())
        version, differences = found["unicode"], int(found["differences"])
        if version not in VERSIONS:
            raise ValueError(version)
    except (OSError, ValueError, KeyError, TypeError):  # not yet stored, or a damaged file
        version, differences = nearest_version(_border_points())
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}.json")
        temporary.write_text(json.dumps({"unicode": version, "differences": differences}))
        temporary.replace(path)
    if differences:
        warnings.warn(
            f"tokenizers {release} classifies {differences} of the tested characters differently from Unicode "
            f"{version}, the nearest of {', '.join(VERSIONS)}; such characters may get other ids than HF gives.",
            stacklevel=2,
        )
    return version


def nearest_version(points: np.ndarray) -> tuple[str, int]:
    """The version whose letters and numbers are the engine's among these code points, int64[n], and at how many of them
    it differs."""
    engine = ask(points)
    missed = {}
    for version in VERSIONS:
        kinds = table_of(version)[points]
        letters = np.isin(kinds, (LETTER, HANGUL, JAMO))
        wanted = np.where(letters, LETTER, np.where(kinds == NUMBER, NUMBER, OTHER))
        missed[version] = int(np.count_nonzero(wanted != engine))
    version = min(missed, key=lambda name: missed[name])
    return version, missed[version]


def ask(points: np.ndarray) -> np.ndarray:
    """uint8[n]: whether the engine classifies code points above U+007F as LETTER, NUMBER or OTHER, from the ids it
    gives.

    A letter shares a pre-token with the "a" before it, so that "a" and its first byte merge; a number does so with a
    "1".
    """
    from tokenizer.reference import Reference, byte_content

    leads = range(0xC2, 0xF5)
    engine = Reference(byte_content(_PROBE, tuple(bytes([sign, lead]) for sign in b"a1" for lead in leads)))
    text = "".join(f"\na{chr(c)}\n1{chr(c)}" for c in points.tolist())
    found = np.array(engine.encode_batch([text])[0])
    lines = np.flatnonzero(found == 0x0A)
    merged = (found[lines + 1] >= 256).reshape(-1, 2)
    return np.where(merged[:, 0], LETTER, np.where(merged[:, 1], NUMBER, OTHER)).astype(np.uint8)


def _border_points() -> np.ndarray:
    """Where classes or versions change: the ends of each range of unicode.txt, and the values before and after."""
    ends = itertools.chain.from_iterable((first - 1, first, last, last + 1) for first, last, _, _ in _ranges())
    return np.array(sorted({c for c in ends if 0x80 <= c < 0x110000 and not 0xD800 <= c < 0xE000}))


@cache
def _ranges() -> tuple[tuple[int, int, str, str], ...]:
    rows = []
    for line in (Path(__file__).parent / "unicode.txt").read_text().splitlines():
        if not line.startswith("#"):
            first, last, kind, since = line.split()
            rows.append((int(first, 16), int(last, 16), kind, since))
    return tuple(rows)

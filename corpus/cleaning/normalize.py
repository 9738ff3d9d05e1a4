"""One form for every text: NFC, one kind of newline and of space, and nothing invisible.

A kernel rewrites a whole column in one pass and reports what it changed; most documents need nothing else. The few with
characters that composition could change, half-width jamo, HTML entities or mojibake are repaired slowly and carefully
in Python (corpus/cleaning/normalize_repairs.py and corpus/cleaning/mojibake.py define when a repair is certain) and
pass the kernel again, until nothing changes any more: normalising twice is the same as once. NFKC is never used: it
would turn ㅋㅋㅋ into conjoining jamo, ² into 2 and ㎏ into kg.
"""

import unicodedata
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from corpus.cleaning.normalize_kernel import CAREFUL, CHANGES, COMPOSE, ENTITY, HALF_WIDTH, MOJIBAKE, REMOVED, rewrite
from corpus.cleaning.normalize_repairs import Repairs, repair

VERSION = 7


class NormalizeSettings(BaseModel):
    """Repairs besides those of characters, newlines and spaces, which are always made."""

    model_config = ConfigDict(extra="forbid")

    entities: bool = True  # &amp; and &#44036; in pages that are not about HTML
    mojibake: bool = True  # text decoded with the wrong character set, where only one reading makes sense


def normalize(texts: pa.Array, settings: NormalizeSettings) -> tuple[pa.Array, dict[str, int]]:
    """The texts in normal form, and how many documents each kind of repair changed.

    `texts` is a string column without nulls. It costs one pass (about 200 MB/s a core) and, if anything changes, a
    copy; documents with rare characters cost additional Python time.
    """
    repairs: Counter[str] = Counter()
    result, flags = rewrite(texts)
    plain = flags.copy()
    suspect = CAREFUL & ~(0 if settings.entities else ENTITY) & ~(0 if settings.mojibake else MOJIBAKE)
    rows = np.flatnonzero(flags & (suspect | REMOVED))
    rows = rows[~_settled(result, rows, flags[rows], settings)]
    careful: dict[int, str] = {}
    if len(rows):
        for row, text in zip(rows.tolist(), texts.take(pa.array(rows)).to_pylist(), strict=True):
            settled = _repaired(text, int(flags[row]), settings)
            if settled is None:
                continue
            mended, kinds, changes = settled
            if kinds or changes != flags[row] & 0xFF:
                careful[row] = mended
                plain[row] = changes
                repairs.update(kinds)
    for bit, name in enumerate(CHANGES):
        repairs[name] += int(np.count_nonzero(plain & (1 << bit)))
    if careful:
        mask = np.zeros(len(texts), bool)
        mask[list(careful)] = True
        result = pc.replace_with_mask(
            result, pa.array(mask), pa.array([careful[row] for row in sorted(careful)], pa.string())
        )
    return result, {name: count for name, count in sorted(repairs.items()) if count}


def _settled(plain: pa.Array, rows: np.ndarray, flags: np.ndarray, settings: NormalizeSettings) -> np.ndarray:
    """bool[n]: which of these rows of the plainly rewritten texts need no careful repair, because all that composition
    could change is composed already. A look at a text is 100 times as fast as a repair that finds nothing."""
    others = HALF_WIDTH
    if settings.entities or settings.mojibake:  # what becomes adjacent may be an entity
        others |= ENTITY | MOJIBAKE | ~_INDEPENDENT & ~COMPOSE
    out = flags & others == 0
    some = plain.take(pa.array(rows[out])).to_pylist()
    out[out] = [unicodedata.is_normalized("NFC", text) for text in some]
    return out


# If only entities were suspected in a text and the repair finds none, it would also find none after the plain
# rewriting; and nor would any repair if that changes nothing.
_INDEPENDENT = ENTITY | 0xFF & ~(REMOVED | 1 << CHANGES.index("newlines"))


def _repaired(text: str, flags: int, settings: NormalizeSettings) -> tuple[str, set[str], int] | None:
    """One document repaired until nothing changes: text, kinds of careful repairs, flags of plain ones.

    None: there was nothing to repair.
    """
    kinds: set[str] = set()
    changes = 0
    while True:
        wanted = Repairs(
            mojibake=settings.mojibake and flags & MOJIBAKE > 0,
            entities=settings.entities and flags & ENTITY > 0,
            half_width=flags & HALF_WIDTH > 0,
            compose=flags & COMPOSE > 0,
        )
        mended, applied = repair(text, wanted)
        if not (applied or kinds or changes or (flags & 0xFF and flags & ~_INDEPENDENT)):
            return None
        tried = flags
        kinds |= applied
        simple, found = rewrite(pa.array([mended], pa.string()))
        flags = int(found[0])
        changes |= flags & 0xFF
        mended = simple[0].as_py()
        if not flags & (CAREFUL | REMOVED) or (mended == text and not flags & CAREFUL & ~tried):
            return mended, kinds, changes
        text = mended

"""Verification: the exact Jaccard similarity of candidate pairs, from shingle sets made again from the texts.

Shingling is as fast as reading a stored set would be, and 8 bytes a shingle would outweigh the texts. So signatures
propose and texts decide: precision at the threshold is 1 by construction. Signatures also dispose of pairs that agree
in one band by chance.
"""

from collections.abc import Iterator

import numpy as np
from numba import njit

from corpus.duplicates.candidates import estimate
from corpus.duplicates.documents import Documents
from corpus.duplicates.facts import different_facts
from corpus.duplicates.plan import Plan
from corpus.duplicates.shingles import ShingleSettings, shingle

PAIRS_AT_ONCE = 32_000  # signatures of one stretch: at most 2 × 33 MB
BYTES_AT_ONCE = 16_000_000  # text of one stretch, repeats counted; shingle sets take about 3 bytes per byte of text


def plausible(documents: Documents, pairs: np.ndarray, floor: float) -> np.ndarray:
    """The pairs int64[n, 2] whose signatures agree in at least a share `floor`."""
    kept = [np.empty((0, 2), np.int64)]
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        some = pairs[start : start + PAIRS_AT_ONCE]
        numbers, places = np.unique(some, return_inverse=True)
        places = places.reshape(some.shape)
        signatures = documents.signatures(numbers)
        agree = estimate(signatures[places[:, 0]], signatures[places[:, 1]])
        kept.append(some[agree >= floor])
    return np.concatenate(kept)


def overlaps(documents: Documents, pairs: np.ndarray, order: np.ndarray, settings: ShingleSettings) -> np.ndarray:
    """int64[n, 3]: shingles in the first document, in the second, and in both, of pairs int64[n, 2].

    `order` is uint64[documents, 2] of `match_documents.ranks`. Pairs should come sorted: those that share a document
    share its shingles.
    """
    out = np.empty((len(pairs), 3), np.int64)
    for start, end in stretches(pairs, order):
        numbers, places = np.unique(pairs[start:end], return_inverse=True)
        hashes, offsets = shingle(documents.take("text", numbers), _languages(documents, numbers, settings), settings)
        _overlap(hashes, offsets, places.reshape(-1, 2), out[start:end])
    return out


def compare(plan: Plan, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Exact Jaccard similarity of pairs (loser, survivor), and whether it makes the first a duplicate of the second:
    (float32[n], bool[n]).

    With `containment` set, one that is in the second is a duplicate, too. Texts that tell different facts are none.
    """
    settings = plan.settings
    counts = overlaps(plan.documents, pairs, plan.order(), plan.shingles)
    similarity = jaccard(counts)
    short = counts[:, :2].min(axis=1, initial=np.iinfo(np.int64).max) < settings.short
    least = np.where(short, settings.short_threshold, settings.threshold).astype(np.float32)
    enough = similarity >= least
    if settings.containment is not None:
        enough |= ~short & (counts[:, 2] >= settings.containment * counts[:, 0])
    if settings.siblings == "keep":
        asked = np.flatnonzero(enough)
        enough[asked] = ~_facts_differ(plan.documents, pairs[asked], similarity[asked] == 1, plan.order())
    return similarity, enough


def _facts_differ(documents: Documents, pairs: np.ndarray, equal: np.ndarray, order: np.ndarray) -> np.ndarray:
    out = np.zeros(len(pairs), bool)
    for start, end in stretches(pairs, order):
        numbers, places = np.unique(pairs[start:end], return_inverse=True)
        out[start:end] = different_facts(documents.take("text", numbers), places.reshape(-1, 2), equal[start:end])
    return out


def jaccard(counts: np.ndarray) -> np.ndarray:
    """float32[n]: |A ∩ B| / |A ∪ B| from `overlaps`; 0 where both are empty."""
    union = counts[:, 0] + counts[:, 1] - counts[:, 2]
    return (counts[:, 2] / np.maximum(union, 1)).astype(np.float32)


def _languages(documents: Documents, numbers: np.ndarray, settings: ShingleSettings):
    return documents.take("lang", numbers) if settings.languages else None


def stretches(pairs: np.ndarray, order: np.ndarray) -> Iterator[tuple[int, int]]:
    """Stretches of pairs whose texts together stay below BYTES_AT_ONCE (one pair at least)."""
    weight = np.cumsum((~order[pairs, 1]).sum(axis=1).astype(np.int64))  # the second rank is the length, inverted
    start = 0
    while start < len(pairs):
        before = int(weight[start - 1]) if start else 0
        end = max(start + 1, int(np.searchsorted(weight, before + BYTES_AT_ONCE, side="right")))
        yield start, end
        start = end


@njit(cache=True, nogil=True)
def _overlap(hashes, offsets, places, out):
    """Walk two ascending sets side by side, for each pair."""
    for p in range(places.shape[0]):
        i = offsets[places[p, 0]]
        i_end = offsets[places[p, 0] + 1]
        j = offsets[places[p, 1]]
        j_end = offsets[places[p, 1] + 1]
        out[p, 0] = i_end - i
        out[p, 1] = j_end - j
        common = 0
        while i < i_end and j < j_end:
            x = hashes[i]
            y = hashes[j]
            common += x == y
            i += x <= y
            j += y <= x
        out[p, 2] = common

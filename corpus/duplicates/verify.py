"""Verification: the exact Jaccard similarity of candidate pairs, from shingle sets computed again from the texts.

Shingling is as fast as reading stored sets, and 8 bytes a shingle would need more disk than the texts. So signatures
find candidates and texts decide: precision at the threshold is 1 by construction. Signatures also exclude pairs that
agree in one band by chance.
"""

from collections.abc import Iterator

import numpy as np

from corpus.duplicates.candidates import estimate
from corpus.duplicates.documents import Documents
from corpus.duplicates.facts import different_facts
from corpus.duplicates.job import Job
from corpus.duplicates.shingles import ShingleSettings, shingle
from corpus.kernels.inner import kernel

PAIRS_AT_ONCE = 32_000  # pairs of signatures in one batch: at most 2 × 33 MB
BYTES_AT_ONCE = 16_000_000  # text of one batch, repeats counted; shingle sets have about 3 bytes per byte of text


def plausible(documents: Documents, pairs: np.ndarray, floor: float) -> np.ndarray:
    """The pairs int64[n, 2] whose signatures agree in at least the share `floor`."""
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

    `order` is uint64[documents, 2] of `documents.ranks`. Pairs should be sorted: then pairs with a common document
    compute its shingles once.
    """
    out = np.empty((len(pairs), 3), np.int64)
    for start, end in pair_batches(pairs, order):
        numbers, places = np.unique(pairs[start:end], return_inverse=True)
        hashes, offsets = shingle(documents.take("text", numbers), _languages(documents, numbers, settings), settings)
        _overlap(hashes, offsets, places.reshape(-1, 2), out[start:end])
    return out


def compare(job: Job, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Exact Jaccard similarity of pairs (loser, survivor), and whether it makes the first a duplicate of the second:
    (float32[n], bool[n]).

    With `containment` set, a first document contained in the second is a duplicate, too. Texts with different facts are
    not.
    """
    settings = job.settings
    counts = overlaps(job.documents, pairs, job.order(), job.shingles)
    similarity = jaccard(counts)
    short = counts[:, :2].min(axis=1, initial=np.iinfo(np.int64).max) < settings.short
    least = np.where(short, settings.short_threshold, settings.threshold).astype(np.float32)
    enough = similarity >= least
    if settings.containment is not None:
        enough |= ~short & (counts[:, 2] >= settings.containment * counts[:, 0])
    if settings.siblings == "keep":
        asked = np.flatnonzero(enough)
        enough[asked] = ~_facts_differ(job.documents, pairs[asked], similarity[asked] == 1, job.order())
    return similarity, enough


def _facts_differ(documents: Documents, pairs: np.ndarray, equal: np.ndarray, order: np.ndarray) -> np.ndarray:
    out = np.zeros(len(pairs), bool)
    for start, end in pair_batches(pairs, order):
        numbers, places = np.unique(pairs[start:end], return_inverse=True)
        out[start:end] = different_facts(documents.take("text", numbers), places.reshape(-1, 2), equal[start:end])
    return out


def jaccard(counts: np.ndarray) -> np.ndarray:
    """float32[n]: |A ∩ B| / |A ∪ B| from `overlaps`; 0 where both are empty."""
    union = counts[:, 0] + counts[:, 1] - counts[:, 2]
    return (counts[:, 2] / np.maximum(union, 1)).astype(np.float32)


def _languages(documents: Documents, numbers: np.ndarray, settings: ShingleSettings):
    return documents.take("lang", numbers) if settings.languages else None


def pair_batches(pairs: np.ndarray, order: np.ndarray) -> Iterator[tuple[int, int]]:
    """Batches of pairs whose texts together have at most BYTES_AT_ONCE bytes (or one pair): (first, last + 1)."""
    weight = np.cumsum((~order[pairs, 1]).sum(axis=1).astype(np.int64))  # the second rank is the length, inverted
    start = 0
    while start < len(pairs):
        before = int(weight[start - 1]) if start else 0
        end = max(start + 1, int(np.searchsorted(weight, before + BYTES_AT_ONCE, side="right")))
        yield start, end
        start = end


@kernel
def _overlap(hashes, offsets, places, out):
    """Count the common values of two ascending sets, for each pair."""
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

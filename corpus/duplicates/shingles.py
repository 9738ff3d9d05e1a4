"""Shingles: a document as a set of 64-bit hashes of short overlapping runs of units, directly from UTF-8.

Korean is written with and without spaces for the same words, so shingles of eojeol differ when a CMS or an OCR step
changes the spacing: 44 % expected recall when 5 % of the spaces differ, 1 % at 15 %. Seven syllables with the spaces
removed do not depend on spacing; their recall is that of a morphological analyser, at memory speed. So the units
(corpus/kernels/units.py) are characters for Hangul, Han and Kana, and words for other scripts. A shingle starts at each
unit and has `syllables` units if that unit is a single character, `words` units if it is a word; one document may mix
both. Blanks are added before the first and after the last unit, so that every unit is in the same number of shingles.
Without them a changed name at the start of a one-sentence article would hardly count, and a document shorter than a
shingle would have none. A document without any unit (only punctuation, emoji) is one shingle of its bytes without white
space; an empty or blank one has no shingle, and no near-duplicate.

Cost: about 430 MB of text a second on one core; 8 bytes a shingle.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numba import njit
from pydantic import BaseModel, ConfigDict, Field

from corpus.kernels.hashing import hash64, mix64
from corpus.kernels.units import lower_case, most_units, scan
from corpus.kernels.utf8 import SPACE, classes, decode, string_buffers

VERSION = 4
BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse modulo 2⁶⁴ and no unit is lost
AT_ONCE = 200_000  # bytes of text whose shingles are made together
STARTS = 1024  # starts of shingles that take a step of Horner's rule together: 8 kB


class Sizes(BaseModel):
    """Units per shingle."""

    model_config = ConfigDict(extra="forbid")

    # 7 syllables: the smallest size at which unrelated Korean news share almost nothing (Jaccard 0.0001; 0.003 at 5).
    syllables: int = Field(default=7, ge=1, le=64)
    # 5 words: what datatrove, text-dedup and the literature use for English.
    words: int = Field(default=5, ge=1, le=64)


class ShingleSettings(Sizes):
    """Units per shingle, with other sizes for the languages in `languages`."""

    languages: dict[str, Sizes] = {}


def shingle(texts: pa.Array, languages: pa.Array | None, settings: ShingleSettings) -> tuple[np.ndarray, np.ndarray]:
    """The set of shingles of each text: (uint64[total] ascending and distinct per document, int64[n + 1] bounds)."""
    hashes, offsets = windows(texts, languages, settings)
    ends = _distinct(hashes, offsets)
    return hashes[: ends[-1]].copy() if ends[-1] < len(hashes) else hashes, ends


def windows(texts: pa.Array, languages: pa.Array | None, settings: ShingleSettings) -> tuple[np.ndarray, np.ndarray]:
    """The shingles of each text in their order, repeats included: (uint64[total], int64[n + 1] bounds)."""
    _, offsets = string_buffers(texts)
    sizes = _sizes(languages, len(texts), settings)
    out = np.empty(most_units(offsets) + int(sizes.max(axis=1, initial=1).sum()), np.uint64)
    bounds = np.zeros(len(offsets), np.int64)
    for first, hashes, ends in _batches(texts, sizes):
        used = bounds[first]
        out[used : used + len(hashes)] = hashes
        bounds[first : first + len(ends)] = ends + used
    return out[: bounds[-1]], bounds


def shingle_batches(
    texts: pa.Array, languages: pa.Array | None, settings: ShingleSettings
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """`windows` of a few documents at a time: (number of the first, uint64[total], int64[documents + 1]), valid until
    the next batch.

    The buffers fit the processor's cache; writing shingles to memory would take as long as making them.
    """
    yield from _batches(texts, _sizes(languages, len(texts), settings))


def _batches(texts: pa.Array, sizes: np.ndarray) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    data, offsets = string_buffers(texts)
    cuts = _cuts(offsets)
    rooms = [most_units(offsets[first : last + 1]) for first, last in pairwise(cuts)]
    room = max(rooms, default=0)
    most = int(sizes.max(initial=1))
    units, alone = np.empty(room, np.uint64), np.empty(room, np.uint8)
    out = np.empty(room + most * max(np.diff(cuts), default=0), np.uint64)
    scratch, whose = np.empty(STARTS + most, np.uint64), np.empty(STARTS, np.uint8)
    for first, last in pairwise(cuts):
        some = offsets[first : last + 1]
        bounds, ends = np.empty(len(some), np.int64), np.empty(len(some), np.int64)
        scan(data, some, classes(), lower_case(), units, alone, None, None, bounds)
        used = _windows(data, some, classes(), units, alone, bounds, sizes[first:last], scratch, whose, out, ends)
        yield first, out[:used], ends


def _cuts(offsets: np.ndarray) -> list[int]:
    """Documents at which a new batch begins: a batch is about AT_ONCE bytes and at least one document."""
    cuts = [0]
    while cuts[-1] < len(offsets) - 1:
        reach = int(np.searchsorted(offsets, offsets[cuts[-1]] + AT_ONCE, side="right")) - 1
        cuts.append(max(reach, cuts[-1] + 1))
    return cuts


def _sizes(languages: pa.Array | None, count: int, settings: ShingleSettings) -> np.ndarray:
    """int64[n, 2]: syllables and words per shingle, for each document."""
    sizes = np.empty((count, 2), np.int64)
    sizes[:] = settings.syllables, settings.words
    if languages is not None and settings.languages:
        encoded = languages.dictionary_encode()
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.unify_dictionaries().combine_chunks()
        codes = encoded.indices.to_numpy(zero_copy_only=False)
        for code, language in enumerate(encoded.dictionary.to_pylist()):
            if language in settings.languages:
                other = settings.languages[language]
                sizes[codes == code] = other.syllables, other.words
    return sizes


@njit
def _bytes_hash(data, start, end, kinds):
    """A hash of the characters that are not white space, and whether there are any."""
    value = np.uint64(0)
    found = False
    i = start
    while i < end:
        c, width = decode(data, i)
        if kinds[c] != SPACE:
            value = mix64(value ^ hash64(data, i, i + width, np.uint64(2)))
            found = True
        i += width
    return value, found


@njit
def _with_blanks(units, alone, first, n, begin, starts, length, scratch, whose):
    """Units begin … begin + length of a document of n units from `first` on, with 0 before and after it, and the kinds
    of `starts`."""
    lead = max(-begin, 0)
    there = min(length, n - begin)
    for i in range(lead):
        scratch[i] = np.uint64(0)
        whose[i] = alone[first]
    source = units[first + begin + lead : first + begin + there]
    target = scratch[lead:there]
    for i in range(there - lead):
        target[i] = source[i]
    for i in range(there, length):
        scratch[i] = np.uint64(0)
    kinds = alone[first + begin + lead : first + begin + starts]
    for i in range(starts - lead):
        whose[lead + i] = kinds[i]


@njit(cache=True, nogil=True)
def _windows(data, offsets, kinds, units, alone, unit_bounds, sizes, scratch, whose, out, bounds):
    """Shingles of all documents into out; bounds[d] to bounds[d + 1] are those of document d. Returns how many.

    A shingle of k units is a polynomial of degree k − 1 in BASE modulo 2⁶⁴ over their (already mixed) hashes, with 0
    for a blank, followed by a final mix. In Horner's rule the shorter of the two sizes is a step towards the longer
    one, so one pass per unit computes STARTS starts at once, in vector registers, whatever size each start has.
    """
    used = 0
    for d in range(offsets.shape[0] - 1):
        bounds[d] = used
        first = unit_bounds[d]
        n = unit_bounds[d + 1] - first
        if n == 0:
            value, found = _bytes_hash(data, offsets[d], offsets[d + 1], kinds)
            if found:
                out[used] = value
                used += 1
            continue
        both = min(sizes[d, 0], sizes[d, 1])
        most = max(sizes[d, 0], sizes[d, 1])
        longer = np.uint8(sizes[d, 0] >= sizes[d, 1])  # which kind of start takes the longer size
        before = (sizes[d, 0] if alone[first] else sizes[d, 1]) - 1  # starts at blanks, of the kind of the first unit
        for begin in range(-before, n, STARTS):
            count = min(STARTS, n - begin)
            _with_blanks(units, alone, first, n, begin, count, count + most - 1, scratch, whose)
            part = out[used : used + count]
            for i in range(count):
                part[i] = scratch[i]
            j = 1
            while j + 2 <= both:  # two steps for each load and store
                for i in range(count):
                    part[i] = (part[i] * BASE + scratch[i + j]) * BASE + scratch[i + j + 1]
                j += 2
            while j < both:
                for i in range(count):
                    part[i] = part[i] * BASE + scratch[i + j]
                j += 1
            while j < most:
                for i in range(count):
                    step = part[i] * BASE + scratch[i + j]
                    part[i] = step if whose[i] == longer else part[i]
                j += 1
            for i in range(count):
                part[i] = mix64(part[i])
            used += count
    bounds[offsets.shape[0] - 1] = used
    return used


@njit(cache=True, nogil=True)
def _distinct(hashes, offsets):
    """Sort each document's hashes in place, remove repeats, and return the new bounds.

    Hashes are uniform, so after one pass into as many buckets as there are hashes they are almost sorted. An insertion
    sort completes this in linear time, several times faster than a comparison sort.
    """
    count = offsets.shape[0] - 1
    bounds = np.zeros(count + 1, np.int64)
    largest = 0
    for d in range(count):
        largest = max(largest, offsets[d + 1] - offsets[d])
    scratch = np.empty(largest, np.uint64)
    places = np.empty(2 * largest + 2, np.int64)
    used = 0
    for d in range(count):
        start = offsets[d]
        n = offsets[d + 1] - start
        bits = 0
        while (np.int64(1) << bits) < n:
            bits += 1
        shift = np.uint64(64 - bits)
        if bits:
            buckets = np.int64(1) << bits
            places[: buckets + 1] = 0
            for i in range(start, start + n):
                places[np.int64(hashes[i] >> shift) + 1] += 1
            for j in range(buckets):
                places[j + 1] += places[j]
            for i in range(start, start + n):
                bucket = np.int64(hashes[i] >> shift)
                scratch[places[bucket]] = hashes[i]
                places[bucket] += 1
        else:
            scratch[:n] = hashes[start : start + n]
        first = used
        for i in range(n):
            value = scratch[i]
            j = used
            while j > first and hashes[j - 1] > value:
                j -= 1
            if j > first and hashes[j - 1] == value:
                continue
            for k in range(used, j, -1):
                hashes[k] = hashes[k - 1]
            hashes[j] = value
            used += 1
        bounds[d + 1] = used
    return bounds

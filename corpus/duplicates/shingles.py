"""Shingles: a document as a set of 64-bit hashes of short overlapping runs of units, directly from UTF-8.

Korean is written with and without spaces for the same words, so shingles of eojeol differ when a CMS or an OCR step
changes the spacing: 44 % expected recall when 5 % of the spaces differ, 1 % at 15 %. Seven syllables with the spaces
removed do not depend on spacing; their recall is that of a morphological analyser, at memory speed. So the units
(corpus/kernels/units.py) are characters for Hangul, Han and Kana, and words for other scripts. A shingle starts at each
unit. If that unit is a single character, it has `syllables` units; if it is a word, it has `letters` letters and digits
in a row, whatever spaces and signs are between them: a lost space costs the one shingle that started after it, where
shingles of five words would lose six. (A character counts as three letters there. A word longer than `letters` starts
further shingles, so that all of it counts.) One document may mix both. Blanks are added before the first and after the
last unit, so that every unit is in the same number of shingles. Without them a changed name at the start of a
one-sentence article would hardly count, and a document shorter than a shingle would have none. A document without any
unit (only punctuation, emoji) is one shingle of its bytes without white space; an empty or blank one has no shingle,
and no near-duplicate.

Cost: about 430 MB of text a second on one core; 8 bytes a shingle.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from corpus.kernels.hashing import hash64, mix64
from corpus.kernels.inner import inner, kernel
from corpus.kernels.intrinsics import load64, pointer, store64
from corpus.kernels.units import FIRST_BYTES, LOWER8, Units, empty_units, lower_case, most_units, scan
from corpus.kernels.utf8 import SPACE, classes, decode, string_buffers

VERSION = 5
BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse modulo 2⁶⁴ and no unit is lost
AT_ONCE = 200_000  # bytes of text whose shingles are made together
LETTER = np.uint32(0x9E3779B1)  # makes a byte of a letter beyond ASCII
LETTERS = np.uint64(0xA0761D6478BD642F)  # keeps letters apart from characters
NOT_ASCII = np.uint64(0x8080808080808080)
APART = 4  # letters between two shingles that begin at blanks, and by which two of one long word overlap
STARTS = 1024  # starts of shingles that take a step of Horner's rule together: 8 kB


class Sizes(BaseModel):
    """Units per shingle."""

    model_config = ConfigDict(extra="forbid")

    # 7 syllables: the smallest size at which unrelated Korean news share almost nothing (Jaccard 0.0001; 0.003 at 5).
    syllables: int = Field(default=7, ge=1, le=64)
    # 20 letters touch five English words, what datatrove, text-dedup and the literature use.
    letters: int = Field(default=20, ge=8, le=256)


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
    texts: pa.Array, languages: pa.Array | None, settings: ShingleSettings, scanned: Units | None = None
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """`windows` of a few documents at a time: (number of the first, uint64[total], int64[documents + 1]), valid until
    the next batch. `scanned` are the units of the texts, if they are known.

    The buffers fit the processor's cache; writing shingles to memory would take as long as making them.
    """
    yield from _batches(texts, _sizes(languages, len(texts), settings), scanned)


def _batches(
    texts: pa.Array, sizes: np.ndarray, scanned: Units | None = None
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    data, offsets = string_buffers(texts)
    cuts = _cuts(offsets)
    rooms = [most_units(offsets[first : last + 1]) for first, last in pairwise(cuts)]
    room = max(rooms, default=0)
    most = int(sizes.max(initial=1))
    units, alone, starts, ends, _ = scanned or empty_units(room, 0)
    places = np.empty(room + 1, np.int64)
    out = np.empty(room + most * max(np.diff(cuts), default=0), np.uint64)
    scratch = np.empty(STARTS + most, np.uint64)
    longest = max((int(offsets[last] - offsets[first]) for first, last in pairwise(cuts)), default=0)
    stream = np.empty(2 * longest + 2 * most + 16, np.uint8)
    for first, last in pairwise(cuts):
        some = offsets[first : last + 1]
        counts = np.empty(len(some), np.int64)
        if scanned:
            bounds = scanned.bounds[first : last + 1]
        else:
            bounds = np.empty(len(some), np.int64)
            scan(data, some, classes(), lower_case(), units, alone, starts, ends, bounds)
        used = _windows(
            data, some, classes(), lower_case(), units, alone, starts, ends, bounds, sizes[first:last], scratch, stream,
            places, out, counts,
        )  # fmt: skip
        yield first, out[:used], counts


def _cuts(offsets: np.ndarray) -> list[int]:
    """Documents at which a new batch begins: a batch is about AT_ONCE bytes and at least one document."""
    cuts = [0]
    while cuts[-1] < len(offsets) - 1:
        reach = int(np.searchsorted(offsets, offsets[cuts[-1]] + AT_ONCE, side="right")) - 1
        cuts.append(max(reach, cuts[-1] + 1))
    return cuts


def _sizes(languages: pa.Array | None, count: int, settings: ShingleSettings) -> np.ndarray:
    """int64[n, 2]: syllables and letters per shingle, for each document."""
    sizes = np.empty((count, 2), np.int64)
    sizes[:] = settings.syllables, settings.letters
    if languages is not None and settings.languages:
        encoded = languages.dictionary_encode()
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.unify_dictionaries().combine_chunks()
        codes = encoded.indices.to_numpy(zero_copy_only=False)
        for code, language in enumerate(encoded.dictionary.to_pylist()):
            if language in settings.languages:
                other = settings.languages[language]
                sizes[codes == code] = other.syllables, other.letters
    return sizes


@inner
def power(size):
    """BASE to the power of size."""
    value = np.uint64(1)
    for _ in range(size):
        value *= BASE
    return value


@inner
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


@inner
def _with_blanks(units, first, n, begin, length, scratch):
    """Units begin … begin + length of a document of n units from `first` on, with 0 before and behind it."""
    lead = max(-begin, 0)
    there = min(length, n - begin)
    for i in range(lead):
        scratch[i] = np.uint64(0)
    source = units[first + begin + lead : first + begin + there]
    target = scratch[lead:there]
    for i in range(there - lead):
        target[i] = source[i]
    for i in range(there, length):
        scratch[i] = np.uint64(0)


@inner
def _letters(data, begin, lower, units, alone, starts, ends, first, n, size, stream, places):
    """The letters of a document's words in lower case, a byte each, and three bytes for a character, with `size` blanks
    before and behind them; places[i]: where unit i begins.
    """
    stream[:size] = 0
    place = size
    for i in range(first, first + n):
        places[i - first] = place
        if alone[i]:
            store64(stream, place, units[i])
            place += 3
            continue
        at = begin + starts[i]
        end = begin + ends[i]
        while at < end:
            if at + 8 <= data.shape[0]:
                left = min(end - at, 8)
                chunk = load64(data, at)
                if not chunk & FIRST_BYTES[left] & NOT_ASCII:
                    store64(stream, place, chunk | LOWER8)
                    place += left
                    at += left
                    continue
            c, width = decode(data, at)
            if c < 0x80:
                stream[place] = c | 0x20
            else:
                stream[place] = ((lower[c] if c < 0x10000 else c) * LETTER) >> np.uint32(24)
            place += 1
            at += width
    places[n] = place
    stream[place : place + size + 8] = 0


@inner
def _of_letters(stream, place, size):
    """The shingle of `size` letters from a place on."""
    value = LETTERS
    while size > 8:
        value = (value ^ load64(stream, place)) * BASE
        value ^= value >> np.uint64(32)
        place += 8
        size -= 8
    return mix64((value ^ (load64(stream, place) & FIRST_BYTES[size])) * BASE)


@kernel
def _windows(
    data, offsets, kinds, lower, units, alone, starts, ends, unit_bounds, sizes, scratch, stream, places, out, bounds
):  # fmt: skip
    """Shingles of all documents into out; bounds[d] to bounds[d + 1] are those of document d. Returns how many.

    A shingle of k characters is a polynomial of degree k − 1 in BASE modulo 2⁶⁴ over their (already mixed) hashes, a
    blank is 0, finished by a mix: by Horner's rule, STARTS starts at once in vector registers. Those that
    start at a word are written over by their letters.
    """
    used = 0
    letters = pointer(stream)
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
        singles = np.int64(0)
        for i in range(first, first + n):
            singles += alone[i]
        syllables = sizes[d, 0]
        size = sizes[d, 1]
        if singles < n:
            _letters(data, offsets[d], lower, units, alone, starts, ends, first, n, size, stream, places)
        before = syllables - 1 if alone[first] else 0  # shingles that start at blanks, of the kind of the first unit
        if not alone[first]:
            for blanks in range(APART * ((size - 1) // APART), 0, -APART):
                out[used] = _of_letters(letters, size - blanks, size)
                used += 1
        if singles:
            for begin in range(-before, n, STARTS):
                count = min(STARTS, n - begin)
                _with_blanks(units, first, n, begin, count + syllables - 1, scratch)
                part = out[used + before + begin : used + before + begin + count]
                for i in range(count):
                    part[i] = scratch[i]
                j = 1
                while j + 2 <= syllables:  # two steps for each load and store
                    for i in range(count):
                        part[i] = (part[i] * BASE + scratch[i + j]) * BASE + scratch[i + j + 1]
                    j += 2
                while j < syllables:
                    for i in range(count):
                        part[i] = part[i] * BASE + scratch[i + j]
                    j += 1
                for i in range(count):
                    part[i] = mix64(part[i])
        used += before
        more = used + n
        if singles < n:
            for i in range(n):
                if not alone[first + i]:
                    out[used + i] = _of_letters(letters, places[i], size)
                    if places[i + 1] - places[i] > size:
                        for place in range(places[i] + size - APART, places[i + 1], size - APART):
                            out[more] = _of_letters(letters, place, size)
                            more += 1
        used = more
    bounds[offsets.shape[0] - 1] = used
    return used


@kernel
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

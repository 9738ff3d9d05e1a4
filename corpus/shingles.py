"""Shingles: a document as a set of 64-bit hashes of short overlapping stretches, straight from UTF-8.

Korean is written with and without spaces for the same words, so eojeol shingles fall apart when a CMS or an OCR step changes
the spacing: 44 % expected recall when 5 % of the spaces differ, 1 % at 15 %. Seven syllables with the spaces removed are
not touched by it and reach what a morphological analyser reaches, at memory speed. So the units of a document are

    a Hangul syllable, a Han or Kana character      one unit each (Korean, and the scripts written without spaces)
    a word: a run of any other letters, digits and marks, lower-cased

and spaces, punctuation and symbols count for nothing. A shingle starts at each unit and takes `syllables` units when that unit
is a single character, `words` units when it is a word; one document may mix both. Before the first and after the last unit
stand blanks, so that every unit lies in as many shingles as any other: else a changed name at the start of a one-sentence
article would hardly count, and a document shorter than a shingle would have none. A document without any unit (only
punctuation, emoji) is one shingle of its bytes without white space; an empty or blank one has no shingle, and no near-duplicate.

Cost: about 250 MB of text a second on one core, 180 as sorted sets; 8 bytes a shingle while a batch is at work.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit
from pydantic import BaseModel, ConfigDict, Field

from corpus.hashing import hash64, mix64
from corpus.utf8 import LETTER, MARK, NUMBER, SPACE, classes, decode, is_hangul, string_buffers

VERSION = 2
BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse modulo 2⁶⁴ and no unit is lost
ASCII = np.array([ord(chr(c).lower()) if chr(c).isalnum() else 0 for c in range(128)], np.uint8)  # 0 ends a word
WORD = np.uint64(0xD1B54A32D192ED03)  # keeps a word of one letter apart from that letter as a character


class Sizes(BaseModel):
    """Units per shingle."""

    model_config = ConfigDict(extra="forbid")

    # 7 syllables: the smallest size at which unrelated Korean news share almost nothing (Jaccard 0.0001; 0.003 at 5).
    syllables: int = Field(default=7, ge=1, le=64)
    # 5 words: what datatrove, text-dedup and the literature use for English.
    words: int = Field(default=5, ge=1, le=64)


class ShingleSettings(Sizes):
    """Units per shingle, with other sizes for the languages named."""

    languages: dict[str, Sizes] = {}


def shingle(texts: pa.Array, languages: pa.Array | None, settings: ShingleSettings) -> tuple[np.ndarray, np.ndarray]:
    """The set of shingles of each text: (uint64[total] ascending and distinct per document, int64[n + 1] bounds)."""
    hashes, offsets = windows(texts, languages, settings)
    ends = _distinct(hashes, offsets)
    return hashes[: ends[-1]].copy() if ends[-1] < len(hashes) else hashes, ends


def windows(texts: pa.Array, languages: pa.Array | None, settings: ShingleSettings) -> tuple[np.ndarray, np.ndarray]:
    """The shingles of each text as they come, repeats included: (uint64[total], int64[n + 1] bounds). Enough for a minimum."""
    data, offsets = string_buffers(texts)
    bounds = np.empty(len(offsets), np.int64)
    largest = int((offsets[1:] - offsets[:-1]).max(initial=0))
    sizes = _sizes(languages, len(offsets) - 1, settings)
    out = np.empty(int(offsets[-1] - offsets[0] + sizes.max(axis=1, initial=1).sum()), np.uint64)
    used = _shingle(
        data,
        offsets,
        classes(),
        _lower(),
        sizes,
        np.empty(largest + 1, np.uint64),
        np.empty(largest + 1, np.uint8),
        out,
        bounds,
    )
    return out[:used], bounds


class Units(NamedTuple):
    """The units of a column one after another; unit i stands at bytes starts[i] to ends[i] of its own text."""

    hashes: np.ndarray  # uint64[total]
    alone: np.ndarray  # uint8[total]: 1 for a character that is a unit, 0 for a word
    starts: np.ndarray  # int32[total]
    ends: np.ndarray  # int32[total]
    bounds: np.ndarray  # int64[n + 1]


def units(texts: pa.Array) -> Units:
    """What shingles are made of, with its place: for matching spans. 17 bytes a unit."""
    data, offsets = string_buffers(texts)
    size = int(offsets[-1] - offsets[0]) + 1
    made = Units(
        np.empty(size, np.uint64),
        np.empty(size, np.uint8),
        np.empty(size, np.int32),
        np.empty(size, np.int32),
        np.empty(len(offsets), np.int64),
    )
    columns = list(made)
    total = int(_scan(data, offsets, classes(), _lower(), *columns))
    return Units(made.hashes[:total], made.alone[:total], made.starts[:total], made.ends[:total], made.bounds)


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


@cache
def _lower() -> np.ndarray:
    """uint32[65536]: each code point of the basic plane in lower case, where that is one code point."""
    return np.array([ord(low) if len(low := chr(c).lower()) == 1 else c for c in range(0x10000)], np.uint32)


@njit
def _stands_alone(c):
    """Hangul syllables, Kana and Han: scripts in which a character is a unit."""
    return (
        is_hangul(c)
        or ((c >= 0x3041) and (c <= 0x30FF))
        or ((c >= 0x3400) and (c <= 0x4DBF))
        or ((c >= 0x4E00) and (c <= 0x9FFF))
        or ((c >= 0xF900) and (c <= 0xFAFF))
        or ((c >= 0x20000) and (c <= 0x3FFFF))
    )


@njit
def _units(data, start, end, kinds, lower, units, alone, starts, ends):
    """Fill units (hashes), alone (1: a character, 0: a word) and their places in data[start:end]; how many."""
    count = 0
    word = np.uint64(0)
    begin = -1  # of the word at hand
    i = start
    while i < end:
        b = data[i]
        if b < 0x80:
            folded = ASCII[b]
            if folded:
                if begin < 0:
                    begin = i
                word = (word ^ np.uint64(folded)) * np.uint64(0x100000001B3)
            elif begin >= 0:
                units[count] = mix64(word ^ WORD)
                alone[count] = 0
                starts[count] = begin - start
                ends[count] = i - start
                count += 1
                word = np.uint64(0)
                begin = -1
            i += 1
            continue
        c, width = decode(data, i)
        single = _stands_alone(c)
        if not single and kinds[c] in (LETTER, NUMBER, MARK):
            if begin < 0:
                begin = i
            if c < 0x10000:
                c = lower[c]
            word = (word ^ np.uint64(c)) * np.uint64(0x100000001B3)
            i += width
            continue
        if begin >= 0:
            units[count] = mix64(word ^ WORD)
            alone[count] = 0
            starts[count] = begin - start
            ends[count] = i - start
            count += 1
            word = np.uint64(0)
            begin = -1
        if single:
            units[count] = mix64(np.uint64(c))
            alone[count] = 1
            starts[count] = i - start
            ends[count] = i - start + width
            count += 1
        i += width
    if begin >= 0:
        units[count] = mix64(word ^ WORD)
        alone[count] = 0
        starts[count] = begin - start
        ends[count] = end - start
        count += 1
    return count


@njit(cache=True, nogil=True)
def _scan(data, offsets, kinds, lower, units, alone, starts, ends, bounds):
    """The units of all documents; how many."""
    used = 0
    bounds[0] = 0
    for d in range(offsets.shape[0] - 1):
        used += _units(
            data, offsets[d], offsets[d + 1], kinds, lower, units[used:], alone[used:], starts[used:], ends[used:]
        )
        bounds[d + 1] = used
    return used


@njit
def _power(size):
    """BASE to the power of size."""
    value = np.uint64(1)
    for _ in range(size):
        value *= BASE
    return value


@njit
def _bytes_hash(data, start, end, kinds):
    """A hash of the characters that are no white space, and whether there are any."""
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


@njit(cache=True, nogil=True)
def _shingle(data, offsets, kinds, lower, sizes, units, alone, out, bounds):
    """Shingles of all documents into out; bounds[d] to bounds[d + 1] are those of document d. Returns how many.

    Two rolling polynomials modulo 2⁶⁴ over the (already mixed) unit hashes, one for each size, finished by a mix; a blank is 0.
    """
    used = 0
    places = np.empty(units.shape[0], np.int32)  # where units stand does not matter here
    for d in range(offsets.shape[0] - 1):
        bounds[d] = used
        n = _units(data, offsets[d], offsets[d + 1], kinds, lower, units, alone, places, places)
        if n == 0:
            value, found = _bytes_hash(data, offsets[d], offsets[d + 1], kinds)
            if found:
                out[used] = value
                used += 1
            continue
        long = sizes[d, 0]
        short = sizes[d, 1]
        long_hash = np.uint64(0)
        short_hash = np.uint64(0)
        for i in range(long - 1):
            long_hash = long_hash * BASE + (units[i] if i < n else np.uint64(0))
            if alone[0]:
                out[used] = mix64(long_hash)
                used += 1
        for i in range(short - 1):
            short_hash = short_hash * BASE + (units[i] if i < n else np.uint64(0))
            if not alone[0]:
                out[used] = mix64(short_hash)
                used += 1
        long_out = _power(long - 1)
        short_out = _power(short - 1)
        for i in range(n):
            long_hash = long_hash * BASE + (units[i + long - 1] if i + long <= n else np.uint64(0))
            short_hash = short_hash * BASE + (units[i + short - 1] if i + short <= n else np.uint64(0))
            out[used] = mix64(long_hash if alone[i] else short_hash)
            used += 1
            long_hash -= long_out * units[i]
            short_hash -= short_out * units[i]
    bounds[offsets.shape[0] - 1] = used
    return used


@njit(cache=True, nogil=True)
def _distinct(hashes, offsets):
    """Sort each document's hashes in place, close the gaps that repeats leave, and return the new bounds.

    Hashes are uniform, so one pass into as many buckets as there are hashes leaves them almost sorted: an insertion sort ends it
    in linear time, several times faster than a comparison sort.
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

"""Kernels of corpus/repeats/spans.py: fingerprints of paragraphs and of spans of text, and how far two places agree.

Fingerprints are winnowed (Schleimer, Wilkerson, Aiken 2003): of every `window` consecutive n-grams the one with the
smallest hash is kept, so that two texts that share n + window − 1 units share a fingerprint, wherever the span is in
them. For spans of 200 bytes an n-gram is 24 syllables or 12 words (units as in corpus/duplicates/shingles.py), a window
is 32 or 16 n-grams: together 55 syllables or 27 words, less than 200 bytes in both cases. Shorter spans need finer
ones.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from corpus.duplicates.shingles import BASE, power
from corpus.kernels.blocks import BLOCK, is_byte
from corpus.kernels.hashing import mix64
from corpus.kernels.inner import inner, kernel
from corpus.kernels.intrinsics import trailing_zeros
from corpus.kernels.units import Units
from corpus.kernels.utf8 import decode, string_buffers

PARAGRAPH = np.int64(1) << 40  # added to the place of a paragraph's fingerprint


class Grain(NamedTuple):
    """Units of an n-gram, by its first unit, and n-grams of a window, by the units that most of a text has."""

    syllables: int
    words: int
    long_window: int  # texts of syllables
    short_window: int


def grain(span_bytes: int) -> Grain:
    """The n-grams and windows with which spans of so many bytes are found."""
    return Grain(24, 12, 32, 16) if span_bytes >= 200 else Grain(10, 5, 14, 6)


def fingerprints(
    scanned: Units, newlines: np.ndarray, first_number: int, paragraph_units: int, spans: Grain | None
) -> np.ndarray:
    """uint64[m, 3]: (hash, document number, first byte, plus PARAGRAPH for a paragraph); of spans if their grain is
    given.

    `newlines` uint8[units] is 1 where a paragraph begins.
    """
    out = np.empty((len(scanned.hashes) + len(newlines), 3), np.uint64)
    arrays = scanned.hashes, scanned.alone, scanned.starts, scanned.bounds, newlines
    count = _fingerprints(*arrays, first_number, paragraph_units, spans is not None, spans or grain(200), out)
    return out[:count].copy()


def pack(records: np.ndarray) -> np.ndarray:
    """uint64[m, 2]: (hash, row and place) of `fingerprints` of one part, a third less on disk: rows are below 2³², and
    places, which are offsets of Arrow's strings, below 2³¹."""
    place = records[:, 2] & np.uint64(2**31 - 1)
    paragraph = (records[:, 2] >= np.uint64(PARAGRAPH)).astype(np.uint64)
    return np.column_stack([records[:, 0], records[:, 1] << np.uint64(32) | paragraph << np.uint64(31) | place])


def unpack(records: np.ndarray) -> np.ndarray:
    """uint64[m, 3]: what `pack` was given."""
    low = records[:, 1] & np.uint64(2**32 - 1)
    paragraph = low >> np.uint64(31)
    place = (low & np.uint64(2**31 - 1)) + paragraph * np.uint64(PARAGRAPH)
    return np.column_stack([records[:, 0], records[:, 1] >> np.uint64(32), place])


def paragraph_starts(data: np.ndarray, offsets: np.ndarray, scanned: Units) -> np.ndarray:
    """uint8[units]: 1 where a newline is between a unit and the one before, or at the start of a text."""
    out = np.empty(len(scanned.hashes), np.uint8)
    _paragraph_starts(data, offsets, scanned.starts, scanned.bounds, out)
    return out


def agreements(
    texts: pa.Array, scanned: Units, newlines: np.ndarray, pairs: np.ndarray, least_bytes: int
) -> np.ndarray:
    """int64[n, 2]: first byte, and byte after the last, of the text that each pair shares, in the loser's text; −1, −1
    where that is too little.

    `pairs` int64[n, 4]: loser's document, its place, winner's document, its place (places as in `fingerprints`), sorted
    by the first two. A span must have `least_bytes`; a paragraph must agree as a whole. Two units agree only if the
    signs before them (+ − × < …) agree too.
    """
    out = np.empty((len(pairs), 2), np.int64)
    signs = np.empty(len(scanned.hashes), np.uint32)
    _signs_before(*string_buffers(texts), scanned.starts, scanned.ends, scanned.bounds, signs)
    _agreements(scanned.hashes, signs, scanned.starts, scanned.ends, scanned.bounds, newlines, pairs, least_bytes, out)
    return out


@inner
def _newline(data, i, end):
    """The place of the first newline from i on; `end` if there is none before it."""
    while i + BLOCK <= end:
        found = is_byte(data, i, 0x0A)
        if found:
            return i + trailing_zeros(found)
        i += BLOCK
    while i < end and data[i] != 0x0A:
        i += 1
    return i


@kernel
def _paragraph_starts(data, offsets, starts, bounds, out):
    for d in range(bounds.shape[0] - 1):
        first = offsets[d]
        newline = first - 1  # a text begins with a paragraph
        for u in range(bounds[d], bounds[d + 1]):
            unit = first + starts[u]
            out[u] = newline < unit
            while newline < unit:
                newline = _newline(data, newline + 1, offsets[d + 1])


@kernel
def _signs_before(data, offsets, starts, ends, bounds, out):
    """A number for the signs between each unit and the one before; 0 for none."""
    for d in range(bounds.shape[0] - 1):
        base = offsets[d]
        for u in range(bounds[d], bounds[d + 1]):
            value = np.uint32(0)
            i = base + (ends[u - 1] if u > bounds[d] else 0)
            while i < base + starts[u]:
                c, width = decode(data, i)
                if c == 0x2212:
                    c = np.uint32(0x2D)
                if c in (0x2B, 0x2D, 0x23, 0x3C, 0x3D, 0x3E, 0xD7, 0xF7):
                    value = value * np.uint32(31) + np.uint32(c)
                i += width
            out[u] = value


@inner
def _gram(units, i, size):
    key = np.uint64(0)
    for j in range(i, i + size):
        key = key * BASE + units[j]
    return mix64(key)


@kernel
def _fingerprints(units, alone, starts, bounds, newlines, first_number, paragraph_units, spans, grain, out):
    count = 0
    grams = np.empty(0, np.uint64)
    sums = np.zeros(1, np.uint64)  # of the units before each: an n-gram's key is a difference of two
    long_power, short_power = power(grain.syllables), power(grain.words)
    for d in range(bounds.shape[0] - 1):
        first = bounds[d]
        end = bounds[d + 1]
        number = np.uint64(first_number + d)
        start = first
        while start < end:
            stop = start + 1
            while stop < end and not newlines[stop]:
                stop += 1
            if stop - start >= paragraph_units:
                out[count, 0] = mix64(_gram(units, start, stop - start))
                out[count, 1] = number
                out[count, 2] = np.uint64(starts[start] + PARAGRAPH)
                count += 1
            start = stop
        if not spans:
            continue
        single = 0
        for i in range(first, end):
            single += alone[i]
        window = grain.long_window if 2 * single > end - first else grain.short_window
        # An n-gram begins at every unit: `syllables` units if the first is a character, `words` if it is a word.
        if grams.shape[0] < end - first:
            grams = np.empty(end - first, np.uint64)
            sums = np.zeros(end - first + 1, np.uint64)
        for i in range(end - first):
            sums[i + 1] = sums[i] * BASE + units[first + i]
        total = 0
        for i in range(end - first):
            size = grain.syllables if alone[first + i] else grain.words
            if first + i + size > end:
                break
            above = long_power if alone[first + i] else short_power
            grams[total] = mix64(sums[i + size] - sums[i] * above)
            total += 1
        last = -1
        for w in range(total - window + 1):
            # The rightmost smallest n-gram of the window; it is searched again only when it has left the window.
            if last >= w:
                if grams[w + window - 1] <= grams[last]:
                    best = w + window - 1
                else:
                    continue
            else:
                best = w
                for j in range(w + 1, w + window):
                    if grams[j] <= grams[best]:
                        best = j
            if best != last:
                out[count, 0] = grams[best]
                out[count, 1] = number
                out[count, 2] = np.uint64(starts[first + best])
                count += 1
                last = best
    return count


@inner
def _unit_at(starts, low, high, place):
    """The unit that begins at a byte."""
    while low < high:
        middle = (low + high) // 2
        if starts[middle] < place:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _agreements(units, signs, starts, ends, bounds, newlines, pairs, least_bytes, out):
    document = -1
    covered = -1
    for p in range(pairs.shape[0]):
        out[p, 0] = -1
        out[p, 1] = -1
        loser = pairs[p, 0]
        winner = pairs[p, 2]
        paragraph = pairs[p, 1] >= PARAGRAPH
        place = pairs[p, 1] - PARAGRAPH if paragraph else pairs[p, 1]
        other = pairs[p, 3] - PARAGRAPH if paragraph else pairs[p, 3]
        if loser != document:
            document = loser
            covered = -1
        if not paragraph and place < covered:  # inside a span that is cut already
            continue
        l_first = bounds[loser]
        l_end = bounds[loser + 1]
        w_first = bounds[winner]
        w_end = bounds[winner + 1]
        i = _unit_at(starts, l_first, l_end, place)
        j = _unit_at(starts, w_first, w_end, other)
        if paragraph:
            a = i
            b = j
            while a < l_end and b < w_end and units[a] == units[b] and (a == i or not newlines[a]):
                if a > i and signs[a] != signs[b]:
                    break
                a += 1
                b += 1
            if a == l_end or newlines[a]:
                out[p, 0] = starts[i]
                out[p, 1] = ends[a - 1]
            continue
        room = i - j if loser == winner else l_end  # a repeat inside one text must not overlap its own first copy
        left = 0
        while i - left > l_first and j - left > w_first and units[i - left - 1] == units[j - left - 1]:
            if signs[i - left] != signs[j - left]:
                break
            left += 1
        right = 0
        while i + right < l_end and j + right < w_end and right < room and units[i + right] == units[j + right]:
            if right and signs[i + right] != signs[j + right]:
                break
            right += 1
        if loser == winner and left + right > room:
            left = max(room - right, 0)
        if right > 0 and ends[i + right - 1] - starts[i - left] >= least_bytes:
            out[p, 0] = starts[i - left]
            out[p, 1] = ends[i + right - 1]
            covered = max(covered, ends[i + right - 1])

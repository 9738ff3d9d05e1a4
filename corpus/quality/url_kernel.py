"""A column of URLs as kernels: each cut into its host and the words of the rest, then looked up in lists.

`split` writes the canonical form: the host in lower case without user, port and last dots, and behind it path, query
and fragment with %XX decoded and ASCII in lower case. What takes more than that (hosts in other letters, Hangul in
pieces, bytes of another encoding) is flagged, and corpus/quality/urls.py does it in Python. `count` looks up the
endings of the host, words, parts of words in other letters than ASCII, and parts of the host, in one pass.
tests/corpus/quality/test_urls.py holds both to a plain twin.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit

from corpus.kernels.inner import inner, kernel
from corpus.kernels.utf8 import read_only, string_buffers

SCHEMES = ("https:", "http:", "ftp:", "wss:", "ws:")  # the WHATWG's special ones: slashes behind them may be missing
MOST_KINDS = 16
OFFSET, PRIME = 14695981039346656037, 1099511628211  # FNV-1a of 64 bits


class Table(NamedTuple):
    """A hash table of strings: `keys` uint64[2ⁿ] (0: free), `entries` int32[2ⁿ], the bytes that strings begin with
    (bool[256]), and the longest string in bytes."""

    keys: np.ndarray
    entries: np.ndarray
    heads: np.ndarray
    longest: int


class Lists(NamedTuple):
    """What is looked for. An entry is a number; `kinds` uint16[entries] has a bit for each list that it is in."""

    domains: Table  # spelled backwards
    words: Table
    parts: Table  # anywhere behind the host, across signs such as "-": words that hold other letters than ASCII
    host_parts: Table  # hyphens of the host are not seen
    kinds: np.ndarray


def table(strings: list[bytes], first: int, backwards: bool = False) -> Table:
    """The strings as entries `first`, first + 1, …"""
    data = np.frombuffer(b"".join(strings) or b"\0", np.uint8)
    offsets = np.zeros(len(strings) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, strings), np.int64, len(strings)), out=offsets[1:])
    size = 1 << (2 * len(strings) + 1).bit_length()
    keys, entries = np.zeros(size, np.uint64), np.full(size, -1, np.int32)
    _fill(data, offsets, first, backwards, keys, entries)
    heads = np.zeros(256, bool)
    heads[data[offsets[:-1]] if strings else []] = True
    return Table(keys, entries, heads, int(np.diff(offsets).max(initial=0)))


@inner
def _step(h, byte):
    return (h ^ np.uint64(byte)) * np.uint64(PRIME)


@njit(cache=True)
def _fill(data, offsets, first, backwards, keys, entries):
    mask = np.uint64(keys.shape[0] - 1)
    for string in range(offsets.shape[0] - 1):
        h = np.uint64(OFFSET)
        start, end = offsets[string], offsets[string + 1]
        for i in range(start, end):
            h = _step(h, data[start + end - 1 - i if backwards else i])
        h |= np.uint64(1)  # 0 is a free slot
        slot = (h >> np.uint64(7)) & mask
        while keys[slot] != 0 and keys[slot] != h:
            slot = (slot + np.uint64(1)) & mask
        keys[slot] = h
        entries[slot] = first + string


@inner
def _find(h, keys, entries):
    """The entry of a hash, or -1."""
    h |= np.uint64(1)
    mask = np.uint64(keys.shape[0] - 1)
    slot = (h >> np.uint64(7)) & mask
    while keys[slot] != 0:
        if keys[slot] == h:
            return entries[slot]
        slot = (slot + np.uint64(1)) & mask
    return np.int32(-1)


@inner
def _lower(byte):
    return byte + 32 if 0x41 <= byte <= 0x5A else byte


@inner
def _digit(byte):
    """The value of a hexadecimal digit, or -1."""
    if 0x30 <= byte <= 0x39:
        return np.int64(byte) - 0x30
    byte = _lower(byte)
    return np.int64(byte) - 0x57 if 0x61 <= byte <= 0x66 else np.int64(-1)


@inner
def _is_scheme(data, i, end, scheme):
    if i + scheme.shape[0] > end:
        return False
    for k in range(scheme.shape[0]):  # noqa: SIM110 - a kernel
        if _lower(data[i + k]) != scheme[k]:
            return False
    return True


@inner
def _authority(data, start, end, schemes, bounds):
    """Where the authority of a URL begins: behind a scheme and its slashes."""
    for n in range(bounds.shape[0] - 1):
        if _is_scheme(data, start, end, schemes[bounds[n] : bounds[n + 1]]):
            i = start + bounds[n + 1] - bounds[n]
            while i < end and (data[i] == 0x2F or data[i] == 0x5C):
                i += 1
            return i
    i = start
    while i < end and (
        0x61 <= _lower(data[i]) <= 0x7A or (i > start and (0x30 <= data[i] <= 0x39 or data[i] in (0x2B, 0x2D, 0x2E)))
    ):
        i += 1
    if i > start and i + 2 < end and data[i] == 0x3A and data[i + 1] == 0x2F and data[i + 2] == 0x2F:
        return i + 3
    if start + 1 < end and data[start] == 0x2F and data[start + 1] == 0x2F:
        return start + 2
    return start


@inner
def _split_one(url, length, schemes, bounds, out, at):
    """Write the canonical form of url[:length] to out[at:]; (where the host ends, where all ends, flagged)."""
    i = _authority(url, 0, length, schemes, bounds)
    stop = i
    first = i
    while stop < length and url[stop] not in (0x2F, 0x5C, 0x3F, 0x23):
        if url[stop] == 0x40:
            first = stop + 1
        stop += 1
    end = first
    if first < stop and url[first] == 0x5B:
        while end < stop and url[end] != 0x5D:
            end += 1
        first += 1
    else:
        while end < stop and url[end] != 0x3A:
            end += 1
    flagged = False
    begin = at
    dashes = 0
    for k in range(first, end):
        byte = _lower(url[k])
        # other letters, %XX, and the xn-- that stands for other letters
        dashes = dashes + 1 if byte == 0x2D else 0
        flagged |= byte >= 0x80 or byte == 0x25 or (dashes == 2 and k > first + 2 and _lower(url[k - 2]) == 0x6E)
        if byte != 0x2E or at > begin:
            out[at] = byte
            at += 1
    while at > begin and out[at - 1] == 0x2E:
        at -= 1
    host = at
    k = stop
    after = 0  # bytes that the character before still needs
    before = np.uint8(0)
    while k < length:
        byte = url[k]
        k += 1
        if byte == 0x25 and k + 1 < length and _digit(url[k]) >= 0 and _digit(url[k + 1]) >= 0:
            byte = np.uint8(16 * _digit(url[k]) + _digit(url[k + 1]))
            k += 2
        if byte >= 0x80:
            if (byte & 0xC0) == 0x80:
                flagged |= after == 0 or (before == 0xEA and byte < 0xB0) or (before == 0xED and byte > 0x9D)
                after = max(after - 1, 0)
            else:
                # NFKC and lower case leave ideographs and whole syllables of Hangul as they are; others not always
                flagged |= after > 0 or byte < 0xE4 or byte > 0xED
                after = 2
        else:
            flagged |= after > 0
            after = 0
        before = byte
        out[at] = _lower(byte)
        at += 1
    return host, at, flagged or after > 0


@kernel
def _split(data, offsets, schemes, bounds, out, hosts, ends, flags):
    longest = 0
    for row in range(offsets.shape[0] - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    url = np.empty(longest, np.uint8)
    at = np.int64(0)
    for row in range(offsets.shape[0] - 1):
        start, end = offsets[row], offsets[row + 1]
        while start < end and data[start] <= 0x20:
            start += 1
        while end > start and data[end - 1] <= 0x20:
            end -= 1
        length = 0
        for k in range(start, end):
            if data[k] not in (0x09, 0x0A, 0x0D):
                url[length] = data[k]
                length += 1
        hosts[row], at, flags[row] = _split_one(url, length, schemes, bounds, out, at)
        ends[row + 1] = at


class Canonical(NamedTuple):
    """URLs in canonical form: bytes, where each ends (int64[n + 1]), where each one's host ends (int64[n])."""

    data: np.ndarray
    ends: np.ndarray
    hosts: np.ndarray


def split(urls: pa.Array) -> tuple[Canonical, np.ndarray]:
    """The canonical form of a string column without nulls, and which rows need more care: bool[n]."""
    data, offsets = string_buffers(urls)
    out = np.empty(max(int(offsets[-1] - offsets[0]), 1), np.uint8)
    hosts, ends = np.zeros(len(urls), np.int64), np.zeros(len(urls) + 1, np.int64)
    flags = np.zeros(len(urls), bool)
    schemes = np.frombuffer("".join(SCHEMES).encode(), np.uint8)
    bounds = np.cumsum([0, *map(len, SCHEMES)])
    _split(data, offsets, schemes, bounds, out, hosts, ends, flags)
    return Canonical(out, ends, hosts), flags


@inner
def _is_word(byte):
    return (0x61 <= byte <= 0x7A) or (0x30 <= byte <= 0x39) or byte >= 0x80


@inner
def _note(entry, row, kinds, seen, counts):
    """Count an entry once a row."""
    if entry >= 0 and seen[entry] != row:
        seen[entry] = row
        for kind in range(MOST_KINDS):
            counts[row, kind] += (kinds[entry] >> np.uint16(kind)) & np.uint16(1)


@inner
def _count_host(data, start, end, row, domains, host_parts, kinds, seen, counts):
    h = np.uint64(OFFSET)
    dots = 0
    for i in range(end - 1, start - 1, -1):
        h = _step(h, data[i])
        dots += data[i] == 0x2E
        if (i == start and dots > 0) or (i > start and data[i - 1] == 0x2E):  # a top-level domain alone is no site
            _note(_find(h, domains.keys, domains.entries), row, kinds, seen, counts)
    for first in range(start, end):
        if not host_parts.heads[data[first]]:
            continue
        h = np.uint64(OFFSET)
        length = 0
        i = first
        while i < end and length < host_parts.longest and data[i] != 0x2E:
            if data[i] != 0x2D:
                h = _step(h, data[i])
                length += 1
                _note(_find(h, host_parts.keys, host_parts.entries), row, kinds, seen, counts)
            i += 1


@inner
def _joins(byte):
    """Signs between which one expression is written: 카지노-사이트, 카지노+사이트."""
    return byte == 0x2D or byte == 0x5F or byte == 0x2B or byte == 0x20


@inner
def _count_parts(data, start, end, row, parts, kinds, seen, counts):
    """The longest part at each character, from the left, without overlaps; signs between words are not seen."""
    first = start
    while first < end:
        h = np.uint64(OFFSET)
        found, behind = np.int32(-1), first + 1
        i = first
        length = 0
        while i < end and length < parts.longest and parts.heads[data[first]]:
            if _is_word(data[i]):
                h = _step(h, data[i])
                length += 1
                entry = _find(h, parts.keys, parts.entries)
                if entry >= 0:
                    found, behind = entry, i + 1
            elif not _joins(data[i]):
                break
            i += 1
        _note(found, row, kinds, seen, counts)
        first = behind
        while first < end and (data[first] & 0xC0) == 0x80:
            first += 1


@kernel
def _count(data, ends, hosts, lists, seen, counts):
    for row in range(hosts.shape[0]):
        i, end = ends[row], ends[row + 1]
        _count_host(data, i, hosts[row], row, lists.domains, lists.host_parts, lists.kinds, seen, counts)
        other = False
        while i < end:
            first = i
            h = np.uint64(OFFSET)
            # the host and what follows are apart, even where no sign is between them
            while i < end and _is_word(data[i]) and (i != hosts[row] or i == first):
                h = _step(h, data[i])
                other |= data[i] >= 0x80
                i += 1
            if i > first:
                _note(_find(h, lists.words.keys, lists.words.entries), row, lists.kinds, seen, counts)
            else:
                i += 1
        if other:
            _count_parts(data, hosts[row], end, row, lists.parts, lists.kinds, seen, counts)


def count(urls: Canonical, lists: Lists) -> np.ndarray:
    """int32[n, MOST_KINDS]: how many different entries of each kind each URL holds."""
    counts = np.zeros((len(urls.hosts), MOST_KINDS), np.int32)
    seen = np.full(len(lists.kinds), -1, np.int64)
    _count(read_only(urls.data), urls.ends, urls.hosts, lists, seen, counts)
    return counts

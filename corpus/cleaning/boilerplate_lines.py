"""Kernels over the lines of a column: which lines can be boilerplate, their keys per site, and the texts without the
learned lines.

A line is cut only if no line around it depends on it. Tables, code, formulas and verse are never cut; lists and
quotations are cut as a whole. These lines stay: one that may be part of a sentence over several lines, one that
introduces a part that stays (a list, a table, a colon), a heading whose body stays, and the body of a heading that
stays.

A key is a 64-bit hash of a line and the scope (site) on which it was seen. The probability that two different lines of
a corpus share a key is about one in a million. Lines and their kinds are found by corpus/structure.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from corpus.kernels.blocks import BLOCK, below, fast_hash, hangul_leads, inner_bytes, latin_letters
from corpus.kernels.hashing import mix64
from corpus.kernels.inner import helper, inner, kernel
from corpus.kernels.intrinsics import bytes_between, copy_block, ones, trailing_zeros
from corpus.kernels.utf8 import LETTER, classes, decode, string_buffers, strings_from
from corpus.structure import find_lines
from corpus.structure.kinds import Kind
from corpus.structure.sentences import ends_sentence

_BLANK, _PROSE, _HEADING, _LIST, _TABLE, _CODE, _QUOTE, _VERSE, _FORMULA, _SIGNS = (int(kind) for kind in Kind)
_LABEL = 60  # most bytes of a heading without a mark: twenty syllables


class Limits(NamedTuple):
    """Which lines are eligible. Letters are weighted (Hangul and ideographs count twice), edges are counted in lines
    that are not empty."""

    edge_lines: int
    edge_letters: int
    letters: int
    max_bytes: int

    def array(self) -> np.ndarray:
        """int64[4], for kernels."""
        return np.array(self, np.int64)


@inner
def _line_key(data, start, end, scope):
    return mix64(fast_hash(data, start, end) ^ scope)


@inner
def _has_letters(data, start, end, classes, least):
    """Whether a line has so many letters, Hangul and ideographs counted twice."""
    n = 0
    i = start
    if i + BLOCK < data.shape[0]:  # the part of the block before the first other character than ASCII and syllables
        syllables = hangul_leads(data, i)
        plain = bytes_between(data, i, 0x00, 0x7F) | syllables | inner_bytes(data, i)
        width = min(trailing_zeros(~plain), end - i)
        n = ones(latin_letters(data, i) & below(width)) + 2 * ones(syllables & below(width))
        i += width
        while i < end and (data[i] & 0xC0) == 0x80:  # a syllable that ends after the block
            i += 1
    while i < end and n < least:
        c, width = decode(data, i)
        if classes[c] == LETTER:
            n += 2 if c >= 0x2E80 else 1
        i += width
    return n >= least


@inner
def _is_eligible(data, start, end, kind, index, lines, classes, limits):
    """Whether line `index` of `lines` could be boilerplate by its kind, length and place. limits: edge lines, edge
    letters, letters, bytes."""
    if kind in (_TABLE, _CODE, _VERSE, _FORMULA, _SIGNS):
        return False
    if end - start < limits[1] or end - start > limits[3]:
        return False
    edge = index < limits[0] or index >= lines - limits[0]
    return _has_letters(data, start, end, classes, limits[1] if edge else limits[2])


@inner
def _filled(kinds):
    """How many lines are not blank."""
    n = 0
    for kind in kinds:
        n += kind != _BLANK
    return n


@kernel
def _line_keys(data, bounds, starts, ends, kinds, scopes, classes, limits, keys, rows):
    """Write the key and row of every line that can be boilerplate, and one key of the scope itself for each document;
    returns their number."""
    n = 0
    for document in range(bounds.shape[0] - 1):
        keys[n] = scopes[document]
        rows[n] = document
        n += 1
        lines = _filled(kinds[bounds[document] : bounds[document + 1]])
        index = 0
        for line in range(bounds[document], bounds[document + 1]):
            start = starts[line]
            end = ends[line]
            if kinds[line] != _BLANK:
                if _is_eligible(data, start, end, kinds[line], index, lines, classes, limits):
                    keys[n] = _line_key(data, start, end, scopes[document])
                    rows[n] = document
                    n += 1
                index += 1
    return n


@kernel
def _count_rows(keys, rows, out_keys, documents, first):
    """Write the distinct keys, the number of different rows with each key, and the first of them; `keys` are ascending,
    and `rows` ascending within a key."""
    n = -1
    last = -1
    for i in range(keys.shape[0]):
        if i == 0 or keys[i] != keys[i - 1]:
            n += 1
            out_keys[n] = keys[i]
            documents[n] = 0
            first[n] = rows[i]
            last = -1
        if rows[i] != last:
            documents[n] += 1
            last = rows[i]
    return n + 1


@kernel
def _find_key(data, offsets, scope, key):
    for i in range(offsets.shape[0] - 1):
        if _line_key(data, offsets[i], offsets[i + 1], scope) == key:
            return i
    return -1


@inner
def _copy(data, start, end, out, at):
    """Copy data[start:end], and up to 63 bytes after it, to out[at:]; returns the next free place."""
    i = start
    while i < end and i + BLOCK <= data.shape[0]:
        copy_block(data, i, out, at + i - start)
        i += BLOCK
    while i < end:
        out[at + i - start] = data[i]
        i += 1
    return at + end - start


@helper
def _sieve(learned):
    """A bit for each value of the lowest sixteen bits of the keys: it excludes most lines that are not learned."""
    bits = np.zeros(1 << 10, np.uint64)
    for key in learned:
        bits[(key & np.uint64(0xFFFF)) >> np.uint64(6)] |= np.uint64(1) << (key & np.uint64(63))
    return bits


@inner
def _mark_known(data, starts, ends, kinds, scope, classes, limits, learned, sieve, known):
    """Set known[k] for each line k of a document that is learned; returns their number."""
    cut = 0
    index = 0
    lines = _filled(kinds)
    for k in range(ends.shape[0]):
        known[k] = False
        if kinds[k] != _BLANK:
            if _is_eligible(data, starts[k], ends[k], kinds[k], index, lines, classes, limits):
                key = _line_key(data, starts[k], ends[k], scope)
                if (sieve[(key & np.uint64(0xFFFF)) >> np.uint64(6)] >> (key & np.uint64(63))) & np.uint64(1):
                    found = np.searchsorted(learned, key)
                    known[k] = found < learned.shape[0] and learned[found] == key
                    cut += known[k]
            index += 1
    return cut


@inner
def _runs_into(data, starts, ends, kinds, k, classes, limits):
    """Whether line k of prose may continue in the next line: it is long, and no sentence ends with it."""
    if k + 1 >= kinds.shape[0] or kinds[k] != _PROSE or kinds[k + 1] != _PROSE:
        return False
    if ends_sentence(data, starts[k], ends[k]):
        return False
    return _has_letters(data, starts[k], ends[k], classes, limits[2])


@inner
def _is_label(data, starts, ends, kinds, k):
    """Whether line k is a heading: marked as one, or short, alone in its paragraph, and not the end of a
    sentence."""
    if kinds[k] == _HEADING:
        return True
    alone = (k == 0 or kinds[k - 1] == _BLANK) and k + 1 < kinds.shape[0] and kinds[k + 1] == _BLANK
    return (
        kinds[k] == _PROSE and alone and ends[k] - starts[k] <= _LABEL and not ends_sentence(data, starts[k], ends[k])
    )


@inner
def _spare(data, starts, ends, kinds, known, classes, limits):
    """Unset the lines that would be cut out of a block, a sentence or a section; returns how many are still to cut."""
    count = kinds.shape[0]
    changed = True
    while changed:
        changed = False
        k = 0
        while k < count:
            kind = kinds[k]
            stop = k + 1
            if kind in (_LIST, _QUOTE):  # items are cut together or not at all
                whole = known[k]
                while stop < count and kinds[stop] == kind:
                    whole = whole and known[stop]
                    stop += 1
                if not whole:
                    for j in range(k, stop):
                        changed = changed or known[j]
                        known[j] = False
            elif kind != _BLANK:
                following = stop
                while following < count and kinds[following] == _BLANK:
                    following += 1
                if known[k]:
                    before = (
                        k > 0 and not known[k - 1] and _runs_into(data, starts, ends, kinds, k - 1, classes, limits)
                    )
                    behind = (
                        stop < count and not known[stop] and _runs_into(data, starts, ends, kinds, k, classes, limits)
                    )
                    stays = following < count and not known[following]
                    other = (
                        stays
                        and kinds[following] != _PROSE
                        and kinds[following] != _HEADING
                        and kinds[following] != _SIGNS
                    )
                    last = ends[k] - 1
                    while last > starts[k] and (data[last] == 0x20 or data[last] == 0x2A):
                        last -= 1
                    colon = stays and data[last] == 0x3A
                    section = kind == _HEADING and stays and kinds[following] != _HEADING
                    if kind == _PROSE and stays and 2 * k > count and ends[k] - starts[k] <= _LABEL:
                        # "Bibliography." before its list; in the upper half of a page it is the last word of a menu.
                        section = True
                    if before or behind or other or colon or section:
                        known[k] = False
                        changed = True
                elif following < count and known[following] and _is_label(data, starts, ends, kinds, k):
                    bare = True  # whether the heading would lose its whole body
                    body = following
                    while (
                        body < count and bare and not (body > following and _is_label(data, starts, ends, kinds, body))
                    ):
                        bare = known[body] or kinds[body] == _BLANK
                        body += 1
                    if bare:
                        for j in range(following, body):
                            changed = changed or known[j]
                            known[j] = False
            k = stop
    cut = 0
    for k in range(count):
        cut += known[k]
    return cut


@kernel
def _remove(data, bounds, starts, ends, kinds, scopes, classes, limits, learned, out, out_offsets, removed):
    """Copy the texts without learned lines; blank lines that become adjacent are merged."""
    at = 0
    out_offsets[0] = 0
    known = np.empty(1024, np.bool_)
    sieve = _sieve(learned)
    for document in range(bounds.shape[0] - 1):
        low = bounds[document]
        high = bounds[document + 1]
        if known.shape[0] < high - low:
            known = np.empty(2 * (high - low), np.bool_)
        mine = known[: high - low]
        cut = _mark_known(
            data,
            starts[low:high],
            ends[low:high],
            kinds[low:high],
            scopes[document],
            classes,
            limits,
            learned,
            sieve,
            mine,
        )
        if cut:
            cut = _spare(data, starts[low:high], ends[low:high], kinds[low:high], mine, classes, limits)
        removed[document] = cut
        begun = at
        blank = False  # a blank line since the last line written
        if cut == 0:
            at = _copy(data, starts[low], ends[high - 1], out, at)
            high = low
        for k in range(low, high):
            start = starts[k]
            end = ends[k]
            if end == start:
                blank = True
            elif not known[k - low]:
                if at > begun:
                    out[at] = 0x0A
                    at += 1
                    if blank:
                        out[at] = 0x0A
                        at += 1
                blank = False
                at = _copy(data, start, end, out, at)
        out_offsets[document + 1] = at


def eligible_lines(texts: pa.Array, scopes: np.ndarray, limits: Limits) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(key uint64 ascending, documents int32, first row int32) of the eligible lines, and of each scope itself (with
    its own key).

    `scopes` is uint64[n], one for each text.
    """
    data, offsets = string_buffers(texts)
    capacity = int(offsets[-1] - offsets[0]) // limits.edge_letters + 2 * len(texts)
    keys, rows = np.empty(capacity, np.uint64), np.empty(capacity, np.int32)
    lines = find_lines(texts)
    n = _line_keys(
        data, lines.bounds, lines.starts, lines.ends, lines.kinds, scopes, classes(), limits.array(), keys, rows
    )
    order = np.argsort(keys[:n], kind="stable")
    out = np.empty(n, np.uint64), np.empty(n, np.int32), np.empty(n, np.int32)
    n = _count_rows(keys[order], rows[order], *out)
    return out[0][:n].copy(), out[1][:n].copy(), out[2][:n].copy()


def find(lines: pa.Array, scope: int, key: int) -> str | None:
    """The line that has the key on that scope."""
    index = _find_key(*string_buffers(lines), np.uint64(scope), np.uint64(key))
    return None if index < 0 else lines[int(index)].as_py()


def cut(texts: pa.Array, scopes: np.ndarray, limits: Limits, learned: np.ndarray) -> tuple[pa.Array, np.ndarray]:
    """The texts without the eligible lines whose keys are in `learned` (uint64, ascending), and int64[n] lines
    removed from each."""
    data, offsets = string_buffers(texts)
    out = np.empty(int(offsets[-1] - offsets[0]) + BLOCK, np.uint8)
    out_offsets, removed = np.empty(len(offsets), np.int64), np.empty(len(texts), np.int64)
    lines = find_lines(texts)
    places = lines.bounds, lines.starts, lines.ends, lines.kinds
    settings = scopes, classes(), limits.array(), learned
    _remove(data, *places, *settings, out, out_offsets, removed)  # type: ignore[call-arg]
    return (strings_from(out[: max(out_offsets[-1], 1)], out_offsets) if removed.any() else texts), removed

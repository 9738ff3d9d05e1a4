"""One form for every text: NFC, one kind of newline and of space, and nothing invisible.

A kernel rewrites a whole column in one pass and says what it had to change; most documents need nothing else. The few that hold
characters which composition could change, half-width jamo, HTML entities or mojibake go through slow, careful repairs in
Python (corpus/normalize_repairs.py and corpus/mojibake.py say when one is certain) and through the kernel again, until nothing changes any more: normalising
twice is normalising once. Never NFKC: it would turn ㅋㅋㅋ into conjoining jamo, ² into 2 and ㎏ into kg.
"""

import unicodedata
from collections import Counter
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit
from pydantic import BaseModel, ConfigDict

from corpus.mojibake import SUSPECTS
from corpus.normalize_repairs import Repairs, repair
from corpus.utf8 import decode, encode, string_buffers, strings_from

VERSION = 1

# What the kernel does with a code point (low bits of the table).
KEEP, NEWLINE, CONTROL, INVISIBLE, PRIVATE, EXOTIC_SPACE, FILLER, JOINER, TAG, JAMO_FILLER = range(10)

SUSPECT = 0x40  # a syllable that, before a Latin letter, may be a letter read in the wrong character set
COMPOSABLE = 0x80  # decomposed, or combines with the character before: the text may not be in NFC

# What the kernel reports per document: bit i is CHANGES[i].
CHANGES = ("newlines", "control", "invisible", "private-use", "spaces", "fillers", "trailing-space", "blank-lines")
_COMPOSE, _HALF_WIDTH, _ENTITY, _MOJIBAKE = 1 << 8, 1 << 9, 1 << 10, 1 << 11
_CAREFUL = _COMPOSE | _HALF_WIDTH | _ENTITY | _MOJIBAKE
_REMOVED = 0b101110  # control, invisible, private-use characters and fillers: without them, what stood apart may now be an entity


class NormalizeSettings(BaseModel):
    """What is repaired besides characters, newlines and spaces, which always are."""

    model_config = ConfigDict(extra="forbid")

    entities: bool = True  # &amp; and &#44036; in pages that are no pages about HTML
    mojibake: bool = True  # text decoded with the wrong character set, where only one reading makes sense

    def repairs(self) -> Repairs:
        """As the repairing functions take it."""
        return Repairs(self.entities, self.mojibake)


@cache
def actions() -> np.ndarray:
    """uint8[0x110000]: what becomes of each code point, and whether it may need composition."""
    table = np.zeros(0x110000, np.uint8)
    table[0x00:0x20] = CONTROL
    table[0x7F:0xA0] = CONTROL
    table[[0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029]] = NEWLINE
    table[[0x09, 0x0A]] = KEEP
    for first, last in ((0xE000, 0xF8FF), (0xF0000, 0xFFFFD), (0x100000, 0x10FFFD)):
        table[first : last + 1] = PRIVATE
    table[[0xA0, 0x1680, 0x202F, 0x205F, 0x3000, *range(0x2000, 0x200B)]] = EXOTIC_SPACE
    # Soft hyphen, zero-width space, direction marks, word joiner and other operators, BOM, object replacement.
    table[[0xAD, 0x180E, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0xFFFC]] = (
        INVISIBLE
    )
    table[[0x200C, 0x200D]] = JOINER
    table[0xE0000:0xE0080] = TAG
    table[[0x3164, 0xFFA0]] = FILLER
    table[[0x115F, 0x1160]] = JAMO_FILLER
    table[[*range(0xFDD0, 0xFDF0), *range(0xFFF9, 0xFFFC)]] = CONTROL  # noncharacters, interlinear annotation
    for plane in range(17):
        table[[plane * 0x10000 + 0xFFFE, plane * 0x10000 + 0xFFFF]] = CONTROL
    table[[ord(c) for c in SUSPECTS]] |= SUSPECT
    table[_composable()] |= COMPOSABLE
    return table


def _composable() -> list[int]:
    """Code points whose presence means that a text may not be in NFC (Unicode's NFC_Quick_Check other than Yes, or a combining class)."""
    # Ideographs and syllables between these blocks are always in NFC.
    blocks = ((0xC0, 0x3400), (0xA000, 0xAC00), (0xF900, 0xFFF0), (0x10000, 0x20000), (0x2F800, 0x2FA20))
    found = {*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)}  # vowels and finals join what is before them
    for first, last in blocks:
        for c in range(first, last):
            character = chr(c)
            if unicodedata.combining(character) or not unicodedata.is_normalized("NFC", character):
                found.add(c)
            parts = unicodedata.decomposition(character).split()
            if len(parts) == 2 and not parts[0].startswith("<"):
                found.add(int(parts[1], 16))
    return sorted(found)


@njit
def _conjoining(c):
    return (
        ((c >= 0x1100) and (c <= 0x11FF) and (c != 0x115F) and (c != 0x1160))
        or ((c >= 0xA960) and (c <= 0xA97F))
        or ((c >= 0xD7B0) and (c <= 0xD7FF))
    )


@njit
def _joins(before):
    """Whether a joiner after this code point means something: emoji sequences, and scripts from Arabic to Myanmar."""
    return (
        ((before >= 0x0600) and (before < 0x1100))
        or ((before >= 0x2190) and (before < 0x2C00))
        or (before == 0xFE0F)
        or ((before >= 0x1F000) and (before < 0x20000))
    )


@njit
def _is_entity(data, i, end):
    """Whether what follows an ampersand could be an entity: at most 32 letters and digits, then a semicolon."""
    stop = min(end, i + 34)
    while i < stop:
        byte = data[i]
        if byte == 0x3B:
            return True
        letter = ((byte | 0x20) >= 0x61) and ((byte | 0x20) <= 0x7A)
        if not (letter or (byte >= 0x30 and byte <= 0x39) or byte == 0x23):
            return False
        i += 1
    return False


@njit
def _is_latin(data, i, end):
    return i < end and ((data[i] | 0x20) >= 0x61) and ((data[i] | 0x20) <= 0x7A)


@njit(cache=True, nogil=True)
def _rewrite(data, offsets, table, out, out_offsets, flags):
    """Write every document in its simple normal form to `out` (never longer than the input) and what was changed to `flags`."""
    at = 0
    out_offsets[0] = 0
    for document in range(offsets.shape[0] - 1):
        changed = 0
        start = at
        content = at  # end of what is written of the document, without spaces and newlines that may yet fall
        pending = 0  # newlines since then
        opened = True  # the newlines before this line are written
        before = np.uint32(0)  # the last code point kept
        i = offsets[document]
        end = offsets[document + 1]
        while i < end:
            byte = data[i]
            if byte > 0x20 and byte < 0x7F:
                c = np.uint32(byte)
                width = np.int64(1)
                action = KEEP
                if byte == 0x26 and _is_entity(data, i + 1, end):
                    changed |= _ENTITY
            else:
                c, width = decode(data, i)
                entry = table[c]
                action = entry & 0x3F
                if entry & COMPOSABLE:
                    changed |= _COMPOSE
                if c >= 0x80:
                    if (c >= 0xFFA1) and (c <= 0xFFDC):
                        changed |= _HALF_WIDTH
                    elif c <= 0xFF:
                        following = data[i + width] if i + width < end else np.uint8(0)
                        if c < 0xA0 or (c >= 0xC2 and c <= 0xF4 and following >= 0x80) or (following & 0xFE) == 0xC2:
                            changed |= _MOJIBAKE  # a control character, or two characters that could be bytes of one
                    elif entry & SUSPECT and _is_latin(data, i + width, end):
                        changed |= _MOJIBAKE
            if action != KEEP:
                drop = True
                if action == NEWLINE:
                    changed |= 1
                    if c == 0x0D and i + 1 < end and data[i + 1] == 0x0A:
                        i += 1
                        continue  # CR LF: the LF is the newline
                    c = np.uint32(0x0A)
                    drop = False
                elif action == EXOTIC_SPACE:
                    changed |= 1 << 4
                    c = np.uint32(0x20)
                    drop = False
                elif action == FILLER:
                    changed |= 1 << 5
                    c = np.uint32(0x20)
                    drop = False
                elif action == JOINER:
                    drop = not _joins(before)
                elif action == TAG:
                    drop = not (before == 0x1F3F4 or (before >= 0xE0000 and before < 0xE0080))
                elif action == JAMO_FILLER:
                    following = np.uint32(0)
                    if i + width < end:
                        following = decode(data, i + width)[0]
                    drop = not (_conjoining(before) or _conjoining(following))
                if drop:
                    if action == CONTROL:
                        changed |= 1 << 1
                    elif action == PRIVATE:
                        changed |= 1 << 3
                    elif action == JAMO_FILLER:
                        changed |= 1 << 5
                    else:
                        changed |= 1 << 2
                    i += width
                    continue
            i += width
            before = c
            if c == 0x0A:
                if at > content:
                    changed |= 1 << 6
                at = content
                pending += 1
                opened = False
                continue
            if not opened:
                opened = True
                if content > start:
                    out[at] = 0x0A
                    at += 1
                    if pending > 1:
                        out[at] = 0x0A
                        at += 1
            at = encode(c, out, at)
            if c != 0x20 and c != 0x09:
                if pending > 2 or (pending > 0 and content == start):
                    changed |= 1 << 7
                content = at
                pending = 0
        if at > content:
            changed |= 1 << 6
        if pending > 0:
            changed |= 1 << 7
        at = content
        out_offsets[document + 1] = at
        flags[document] = changed


def _rewritten(texts: pa.Array) -> tuple[pa.Array, np.ndarray]:
    data, offsets = string_buffers(texts)
    out = np.empty(max(int(offsets[-1] - offsets[0]), 1), np.uint8)
    out_offsets = np.empty(len(offsets), np.int64)
    flags = np.zeros(len(offsets) - 1, np.int64)
    _rewrite(data, offsets, actions(), out, out_offsets, flags)
    if not (flags & 0xFF).any():
        return texts, flags
    return strings_from(out[: max(out_offsets[-1], 1)], out_offsets), flags


def normalize(texts: pa.Array, settings: NormalizeSettings) -> tuple[pa.Array, dict[str, int]]:
    """The texts in normal form, and how many documents each kind of repair changed.

    `texts` is a string column without nulls. Costs one pass (about 400 MB/s a core) and a copy, unless nothing had to
    change; documents with rare characters cost Python time on top.
    """
    repairs: Counter[str] = Counter()
    result, flags = _rewritten(texts)
    plain = flags.copy()
    rows = np.flatnonzero(flags & (_CAREFUL | _REMOVED))
    careful: dict[int, tuple[str, set[str]]] = {}
    if len(rows):
        for row, text in zip(rows.tolist(), texts.take(pa.array(rows)).to_pylist(), strict=True):
            mended, kinds, changes = _settled(text, settings.repairs())
            if kinds or changes & 0xFF != flags[row] & 0xFF:
                careful[row] = mended, kinds
                plain[row] = changes
                repairs.update(kinds)
    for bit, name in enumerate(CHANGES):
        repairs[name] += int(np.count_nonzero(plain & (1 << bit)))
    if careful:
        mask = np.zeros(len(texts), bool)
        mask[list(careful)] = True
        result = pc.replace_with_mask(
            result, pa.array(mask), pa.array([careful[row][0] for row in sorted(careful)], pa.string())
        )
    return result, {name: count for name, count in sorted(repairs.items()) if count}


def _settled(text: str, repairs: Repairs) -> tuple[str, set[str], int]:
    """One document repaired until nothing changes: text, kinds of careful repairs, flags of plain ones."""
    kinds: set[str] = set()
    changes = 0
    while True:
        mended, applied = repair(text, repairs)
        kinds |= applied
        simple, flags = _rewritten(pa.array([mended], pa.string()))
        changes |= int(flags[0]) & 0xFF
        mended = simple[0].as_py()
        if mended == text:
            return text, kinds, changes
        text = mended

"""The plain part of normalising: newlines, spaces, invisible characters, ends of lines and blank lines, in one pass
over the bytes.

The pass reports per document what it cannot decide: characters that composition could change, half-width jamo, possible
entities and mojibake. Printable ASCII and Hangul syllables are copied 64 bytes at a time, all other characters are
looked up in a table one by one: about 700 MB/s a core on Korean and English.
"""

import unicodedata
from functools import cache

import numpy as np
import pyarrow as pa

from corpus.cleaning.mojibake import SUSPECTS, TAILS
from corpus.kernels.blocks import BLOCK, below, hangul_leads, inner_bytes, is_byte, latin_letters
from corpus.kernels.inner import inner, kernel
from corpus.kernels.intrinsics import bytes_between, copy_block, trailing_zeros
from corpus.kernels.utf8 import decode, encode, string_buffers, strings_from

# What the kernel does with a code point (low bits of the table).
KEEP, NEWLINE, CONTROL, INVISIBLE, PRIVATE, EXOTIC_SPACE, FILLER, JOINER, TAG, JAMO_FILLER = range(10)

ACTION = 0x0F
TAIL = 0x20  # shown for a byte 80 to BF, which continues a character, read in the wrong character set
SUSPECT = 0x40  # a syllable that, before a Latin letter, may be a letter read in the wrong character set
COMPOSABLE = 0x80  # decomposed, or combines with the character before: the text may not be in NFC

# What the kernel reports per document: bit i is CHANGES[i].
CHANGES = ("newlines", "control", "invisible", "private-use", "spaces", "fillers", "trailing-space", "blank-lines")
COMPOSE, HALF_WIDTH, ENTITY, MOJIBAKE = 1 << 8, 1 << 9, 1 << 10, 1 << 11
CAREFUL = COMPOSE | HALF_WIDTH | ENTITY | MOJIBAKE
# control, invisible, private-use characters and fillers: without them, characters that become adjacent may be an entity
REMOVED = 0b101110


@cache
def actions() -> np.ndarray:
    """uint8[0x110000]: what the kernel does with each code point, and whether it may need composition."""
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
    table[[ord(c) for c in TAILS]] |= TAIL
    table[_composable()] |= COMPOSABLE
    return table


def _composable() -> list[int]:
    """Code points whose presence means that a text may not be in NFC (Unicode's NFC_Quick_Check other than Yes, or a
    combining class)."""
    # Ideographs and syllables between these blocks are always in NFC.
    blocks = ((0xC0, 0x3400), (0xA000, 0xAC00), (0xF900, 0xFFF0), (0x10000, 0x20000), (0x2F800, 0x2FA20))
    found = {*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)}  # vowels and finals join the character before them
    for first, last in blocks:
        for c in range(first, last):
            character = chr(c)
            if unicodedata.combining(character) or not unicodedata.is_normalized("NFC", character):
                found.add(c)
            parts = unicodedata.decomposition(character).split()
            if len(parts) == 2 and not parts[0].startswith("<"):
                found.add(int(parts[1], 16))
    return sorted(found)


@inner
def _conjoining(c):
    return (
        ((c >= 0x1100) and (c <= 0x11FF) and (c != 0x115F) and (c != 0x1160))
        or ((c >= 0xA960) and (c <= 0xA97F))
        or ((c >= 0xD7B0) and (c <= 0xD7FF))
    )


@inner
def _joins(before):
    """Whether a joiner after this code point has a meaning: emoji sequences, and scripts from Arabic to Myanmar."""
    return (
        ((before >= 0x0600) and (before < 0x1100))
        or ((before >= 0x2190) and (before < 0x2C00))
        or (before == 0xFE0F)
        or ((before >= 0x1F000) and (before < 0x20000))
    )


@inner
def _is_entity(data, i, end):
    """Whether the text after an ampersand could be an entity: at most 32 letters and digits, then a semicolon."""
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


@inner
def _is_latin(data, i, end):
    return i < end and ((data[i] | 0x20) >= 0x61) and ((data[i] | 0x20) <= 0x7A)


@inner
def _open(out, at, start, content, pending):
    """Write the newlines before a new line: at most two, and none before the first of a document."""
    if content > start:
        out[at] = 0x0A
        at += 1
        if pending > 1:
            out[at] = 0x0A
            at += 1
    return at


@inner
def _plain(data, i, end, table):
    """(number of bytes from i on that are printable ASCII, spaces or whole syllables, 64 at most; where the last of
    them that is not a space ends; bits of what must be checked). Reads 65 bytes."""
    syllables = hangul_leads(data, i)
    inner = inner_bytes(data, i)
    foreign = ~(bytes_between(data, i, 0x20, 0x7E) | syllables | inner)
    n = min(trailing_zeros(foreign), end - i)
    if n == BLOCK:  # not the beginning of a syllable that ends after the block
        n -= (2 if (syllables >> np.uint64(62)) & np.uint64(1) else 0) + np.int64(syllables >> np.uint64(63))
    mine = below(n)
    flags = 0
    ampersands = is_byte(data, i, 0x26) & mine
    while ampersands:
        if _is_entity(data, i + trailing_zeros(ampersands) + 1, end):
            flags |= ENTITY
        ampersands &= ampersands - np.uint64(1)
    suspects = (inner << np.uint64(1)) & latin_letters(data, i) & mine  # letters after a syllable
    while suspects:
        flags |= _suspect(data, i + trailing_zeros(suspects), table)
        suspects &= suspects - np.uint64(1)
    if n > 0 and data[i + n - 1] >= 0x80 and _is_latin(data, i + n, end):
        flags |= _suspect(data, i + n, table)
    visible = n
    while visible > 0 and data[i + visible - 1] == 0x20:
        visible -= 1
    return n, visible, flags


@inner
def _suspect(data, i, table):
    """MOJIBAKE if the syllable before byte i may be a letter read in the wrong character set."""
    return MOJIBAKE if table[decode(data, i - 3)[0]] & SUSPECT else 0


@inner
def _may_be_bytes(data, i, end, table):
    """Whether the characters from i on may be bytes read in the wrong character set: one of 0x80 to 0xFF (at i) that
    begins a UTF-8 sequence, with the rest of it; two of 0xA1 to 0xFE; a quotation mark or dash of Windows-1252.

    corpus.cleaning.mojibake.may_be_broken is the same for Latin-1's characters, as regular expressions.
    """
    c, width = decode(data, i)
    i += width
    if c < 0xA0:
        return (c >= 0x91) and (c <= 0x97) and (c != 0x95)
    if (c >= 0xA1) and (c <= 0xFE) and (i < end) and ((data[i] & 0xFE) == 0xC2):
        second = decode(data, i)[0]
        if (second >= 0xA1) and (second <= 0xFE):
            return True
    if c < 0xC2 or c > 0xF4:
        return False
    for _ in range(1 + (c >= 0xE0) + (c >= 0xF0)):
        if i >= end or data[i] < 0x80:
            return False
        tail, width = decode(data, i)
        if not table[tail] & TAIL:
            return False
        i += width
    return True


@kernel
def _rewrite(data, offsets, table, out, out_offsets, flags):
    """Write every document in its simple normal form to `out` (never longer than the input) and what was changed to
    `flags`.

    `out` is BLOCK bytes longer than the input, for copies of whole blocks.
    """
    at = 0
    last_block = data.shape[0] - BLOCK - 1
    out_offsets[0] = 0
    for document in range(offsets.shape[0] - 1):
        changed = 0
        start = at
        content = at  # end of the document's output so far, without trailing spaces and newlines
        pending = 0  # newlines since then
        opened = True  # the newlines before this line are written
        before = np.uint32(0)  # the last code point kept
        i = offsets[document]
        end = offsets[document + 1]
        while i < end:
            if i <= last_block:
                n, visible, found = _plain(data, i, end, table)
                if n > 0:
                    if not opened:
                        opened = True
                        at = _open(out, at, start, content, pending)
                    copy_block(data, i, out, at)
                    if visible > 0:
                        if pending > 2 or (pending > 0 and content == start):
                            changed |= 1 << 7
                        pending = 0
                        content = at + visible
                    changed |= found
                    at += n
                    i += n
                    before = np.uint32(0x20)  # nothing that a joiner or filler belongs to
                    continue
            byte = data[i]
            if byte > 0x20 and byte < 0x7F:  # at the end of a batch: a run of printable ASCII is copied as it is
                if not opened:
                    opened = True
                    at = _open(out, at, start, content, pending)
                if pending > 2 or (pending > 0 and content == start):
                    changed |= 1 << 7
                pending = 0
                while True:
                    if byte == 0x26 and _is_entity(data, i + 1, end):
                        changed |= ENTITY
                    out[at] = byte
                    at += 1
                    i += 1
                    if byte != 0x20:
                        content = at
                    if i == end:
                        break
                    byte = data[i]
                    if byte < 0x20 or byte > 0x7E:
                        break
                before = np.uint32(data[i - 1])
                continue
            if byte == 0x20 or byte == 0x0A:
                c = np.uint32(byte)
                width = np.int64(1)
                action = KEEP
            else:
                c, width = decode(data, i)
                entry = table[c]
                action = entry & ACTION
                if entry & COMPOSABLE:
                    changed |= COMPOSE
                if c >= 0x80:
                    if (c >= 0xFFA1) and (c <= 0xFFDC):
                        changed |= HALF_WIDTH
                    elif c <= 0xFF:
                        if _may_be_bytes(data, i, end, table):
                            changed |= MOJIBAKE
                    elif entry & SUSPECT and _is_latin(data, i + width, end):
                        changed |= MOJIBAKE
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
                at = _open(out, at, start, content, pending)
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


def rewrite(texts: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """The texts after the plain repairs, and int64[n] bits: what was changed (CHANGES) and what must be checked
    (CAREFUL).

    If nothing changes, the same column is returned.
    """
    data, offsets = string_buffers(texts)
    out = np.empty(int(offsets[-1] - offsets[0]) + BLOCK, np.uint8)
    out_offsets = np.empty(len(offsets), np.int64)
    flags = np.zeros(len(offsets) - 1, np.int64)
    _rewrite(data, offsets, actions(), out, out_offsets, flags)
    if not (flags & 0xFF).any():
        return texts, flags
    return strings_from(out[: max(out_offsets[-1], 1)], out_offsets), flags

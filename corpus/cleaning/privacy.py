"""Personal data is replaced by tags: addresses, telephone numbers, and registration numbers of people and companies.

A kernel marks the lines that could contain any (less than 1 % in encyclopaedias). The patterns and checksums of
corpus/cleaning/privacy_numbers.py are applied to these lines only. The scan processes about 2 GB/s a core: a line with
fewer than four digits and without "@" is skipped sixty-four bytes at a time.
"""

import re
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field

from corpus.cleaning.privacy_numbers import FINDERS, Finder, plain
from corpus.kernels.blocks import BLOCK, below, is_byte
from corpus.kernels.inner import inner, kernel
from corpus.kernels.intrinsics import bytes_between, ones, trailing_zeros
from corpus.kernels.utf8 import string_buffers, strings_from

VERSION = 9


class Tags(BaseModel):
    """The replacement texts; an empty string removes the match."""

    model_config = ConfigDict(extra="forbid")

    email: str = "<|email|>"
    resident: str = "<|resident_number|>"
    card: str = "<|card_number|>"
    licence: str = "<|licence_number|>"
    phone: str = "<|phone|>"
    business: str = "<|business_number|>"
    account: str = "<|account_number|>"
    passport: str = "<|passport_number|>"
    ip: str = "<|ip_address|>"


class PrivacySettings(BaseModel):
    """Which kinds are replaced, and by which tags."""

    model_config = ConfigDict(extra="forbid")

    kinds: list[str] = Field(default_factory=lambda: list(Tags.model_fields))
    tags: Tags = Tags()


_DIGIT = re.compile("[0-9]")


@inner
def _is_digit(byte):
    return (byte >= 0x30) and (byte <= 0x39)


@inner
def _sign(data, i, end):
    """(The ASCII character for the one at i, its number of bytes), for full-width digits and signs and all kinds of
    dashes; else (0, 1)."""
    byte = data[i]
    if byte < 0x80:
        return byte, 1
    if i + 2 < end:
        second, third = data[i + 1], data[i + 2]
        if byte == 0xEF and second == 0xBC:
            if third >= 0x88 and third <= 0x99:  # （ to ９ are in the order of ( to 9
                return np.uint8(third - 0x60), 3
            if third == 0xA0:
                return np.uint8(0x40), 3
        elif byte == 0xE2 and (
            (second == 0x80 and third >= 0x90 and third <= 0x95) or (second == 0x88 and third == 0x92)
        ):
            return np.uint8(0x2D), 3
    return np.uint8(0), 1


@inner
def _is_suspicious(data, start, end):
    """Whether a line contains an "@" inside a word, ten digits with at most one mark between two, eleven digits that
    may also have spaces and brackets between them, nine digits that begin with 0 or +82, four groups of digits with
    dots, or a capital with the digits of a passport number."""
    if end - start < 6:  # the shortest address has that many
        return False
    tight = 0  # digits with hyphens and dots between them
    loose = 0  # also with spaces and brackets
    telephone = 0  # digits since a group of the loose number began with 0, or with 8 after a plus
    dots = 0  # groups of at most three digits ended by a dot
    group = 0
    marks = 0  # since the last digit
    before = np.uint8(0x20)
    i = start
    while i < end:
        byte, width = _sign(data, i, end)
        if _is_digit(byte):
            if telephone > 0 or (group == 0 and (byte == 0x30 or (byte == 0x38 and before == 0x2B))):
                telephone += 1
            tight += 1
            loose += 1
            group += 1
            marks = 0
            if tight >= 10 or loose >= 11 or telephone >= 9 or (dots == 3 and group == 1):
                return True
            if loose == 1 and before >= 0x41 and before <= 0x5A:
                figures = 0
                j = i
                for _ in range(8):
                    sign, wide = _sign(data, min(j, end - 1), end)
                    figures += _is_digit(sign) and j < end
                    j += wide
                if figures >= 7:
                    return True
        elif byte == 0x40:
            if i > start and i + width < end and before != 0x20 and before != 0x09 and data[i + width] > 0x20:
                return True
            tight = loose = telephone = dots = group = marks = 0
        elif (
            byte == 0x2E
            or byte == 0x2D
            or byte == 0x20
            or byte == 0x29
            or byte == 0x28
            or (byte == 0x2B and loose == 0)
        ):
            dots = dots + 1 if (byte == 0x2E and group >= 1 and group <= 3) else 0
            marks += 1
            if marks > 3:
                tight = loose = telephone = 0
            elif (byte != 0x2D and byte != 0x2E) or marks > 1:
                tight = 0
            group = 0
        else:
            tight = loose = telephone = dots = group = marks = 0
            while (
                i + width < end
                and data[i + width] != 0xEF
                and not (_is_digit(data[i + width]) or data[i + width] == 0x40 or data[i + width] == 0x2B)
            ):
                i += width  # between words no state is kept
                width = 1
                byte = data[i]
        before = byte
        i += width
    return False


@kernel
def _suspicious_lines(data, offsets, spans, documents):
    """Write [start, end) of each suspicious line and its document as far as they fit; returns their number."""
    n = 0
    for document in range(offsets.shape[0] - 1):
        start = offsets[document]  # of the line
        end = offsets[document + 1]
        digits = 0  # in the line so far
        at = np.uint64(0)  # whether it contains an "@", or a byte that begins a full-width character
        i = start
        while i < end:
            if i + BLOCK <= data.shape[0]:
                width = min(BLOCK, end - i)
                newlines = is_byte(data, i, 0x0A) & below(width)
                figures = bytes_between(data, i, 0x30, 0x39) & below(width)
                signs = (is_byte(data, i, 0x40) | is_byte(data, i, 0xEF)) & below(width)
            else:  # the last bytes of a batch
                width = 1
                newlines = np.uint64(data[i] == 0x0A)
                figures = np.uint64(_is_digit(data[i]))
                signs = np.uint64(data[i] == 0x40 or data[i] == 0xEF)
            while newlines:
                stop = i + trailing_zeros(newlines)
                before = newlines ^ (newlines - np.uint64(1))  # the line's bits and its newline's
                if (digits + ones(figures & before) >= 4 or (at | signs & before)) and _is_suspicious(
                    data, start, stop
                ):
                    n = _note(spans, documents, n, start, stop, document)
                start = stop + 1
                digits = 0
                at = np.uint64(0)
                figures &= ~before
                signs &= ~before
                newlines &= newlines - np.uint64(1)
            digits += ones(figures)
            at |= signs
            i += width
        if (digits >= 4 or at) and _is_suspicious(data, start, end):
            n = _note(spans, documents, n, start, end, document)
    return n


@inner
def _note(spans, documents, n, start, end, document):
    if n < spans.shape[0]:
        spans[n, 0] = start
        spans[n, 1] = end
        documents[n] = document
    return n + 1


def redact(texts: pa.Array, settings: PrivacySettings) -> tuple[pa.Array, dict[str, int]]:
    """The texts with tags for personal data, and how many of each kind were replaced.

    `texts` is a string column without nulls; if nothing is found, the same column is returned.
    """
    data, offsets = string_buffers(texts)
    capacity = len(texts) + 1024
    while True:
        spans, documents = np.empty((capacity, 2), np.int64), np.empty(capacity, np.int64)
        found = int(_suspicious_lines(data, offsets, spans, documents))
        if found <= capacity:
            break
        capacity = found
    finders = [finder for finder in FINDERS if finder.kind in settings.kinds]
    tags = settings.tags.model_dump()
    counts: Counter[str] = Counter()
    pieces: list[memoryview | bytes] = []
    growth = np.zeros(len(offsets), np.int64)  # at index d + 1: bytes that document d gained
    view = memoryview(data)  # type: ignore[arg-type]  # NumPy arrays are buffers
    position = int(offsets[0])
    for (start, end), document in zip(spans[:found].tolist(), documents[:found].tolist(), strict=True):
        line = bytes(view[start:end]).decode()
        redacted = _redact_line(line, finders, tags, counts)
        if redacted != line:
            replacement = redacted.encode()
            pieces += [view[position:start], replacement]
            position = end
            growth[document + 1] += len(replacement) - (end - start)
    if not pieces:
        return texts, {}
    pieces.append(view[position : int(offsets[-1])])
    moved = offsets - offsets[0] + np.cumsum(growth)
    return strings_from(np.frombuffer(b"".join(pieces) or b"\0", np.uint8), moved), dict(sorted(counts.items()))


def _redact_line(line: str, finders: list[Finder], tags: dict[str, str], counts: Counter[str]) -> str:
    """Replace until nothing more is found: a match that overlaps another is found after the other is a tag."""
    seen = plain(line)
    while True:
        before = line
        digits = len(_DIGIT.findall(seen))
        for kind, pattern, valid, least, sign in finders:
            if digits < least or sign not in seen:
                continue
            spans = [match.span() for match in pattern.finditer(seen) if valid(match)]
            if spans:
                counts[kind] += len(spans)
                line, seen = (_replaced(text, spans, tags[kind]) for text in (line, seen))
                digits = len(_DIGIT.findall(seen))
        if line == before:
            return line


def _replaced(text: str, spans: list[tuple[int, int]], tag: str) -> str:
    pieces, end = [], 0
    for start, stop in spans:
        pieces += [text[end:start], tag]
        end = stop
    return "".join([*pieces, text[end:]])


def redact_column(values: pa.Array, name: str, settings: PrivacySettings) -> tuple[pa.Array, dict[str, int]]:
    """The same for another column of the documents, such as their titles, where nulls stay; kinds are counted as "email
    in title"."""
    present = values.is_valid()
    redacted, counts = redact(pc.fill_null(values, ""), settings)
    if not counts:
        return values, {}
    return pc.if_else(present, redacted, None), {f"{kind} in {name}": count for kind, count in counts.items()}

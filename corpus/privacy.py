"""Personal data replaced by tags: e-mail addresses, Korean telephone and resident registration numbers.

A number counts only with what makes it one: separators, prefixes, a date and a checksum. What merely looks similar (dates,
versions, prices, case numbers, ISBNs) stays. A kernel finds the documents that could hold any; regular expressions run on those alone.
"""

import re
from collections import Counter
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit
from pydantic import BaseModel, ConfigDict, Field

from corpus.utf8 import string_buffers

VERSION = 1


class Tags(BaseModel):
    """What stands in the text instead; an empty string removes the match."""

    model_config = ConfigDict(extra="forbid")

    email: str = "<|email|>"
    phone: str = "<|phone|>"
    resident: str = "<|resident_number|>"


class PrivacySettings(BaseModel):
    """Which kinds are replaced, and by what."""

    model_config = ConfigDict(extra="forbid")

    kinds: list[str] = Field(default_factory=lambda: list(Tags.model_fields))
    tags: Tags = Tags()


_EMAIL = re.compile(
    r"(?<![\w.+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}(?![A-Za-z0-9-])"
)
# Mobile 010-XXXX-XXXX, 011/016/017/018/019-XXX(X)-XXXX; landline 02 or 0XX with an area code; internet 070; with +82 for the first 0.
_PHONE = re.compile(
    r"(?<![\d.-])(?:\+82[- ]?|0)(?:10[-. ]?\d{4}[-. ]?\d{4}|1[16-9][-. ]?\d{3,4}[-. ]?\d{4}"
    r"|(?:2|3[1-3]|4[1-4]|5[1-5]|6[1-4]|70)(?:[-. ]|\) ?)\d{3,4}[-. ]\d{4})(?!\d|[-.]\d)"
)
_RESIDENT = re.compile(r"(?<![\d-])(\d{2})(\d{2})(\d{2})[- ]?([1-8])(\d{6})(?![\d-])")


def _is_resident(match: re.Match[str]) -> bool:
    """A date that exists, and the checksum over the first twelve digits (foreigners' numbers, 5 to 8, add two to it)."""
    month, day, kind = int(match[2]), int(match[3]), int(match[4])
    if not (1 <= month <= 12 and 1 <= day <= (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]):
        return False
    digits = [int(c) for c in match[0] if c.isdigit()]
    total = sum(digit * weight for digit, weight in zip(digits, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), strict=False))
    check = 11 - total % 11 + (2 if kind >= 5 else 0)
    return check % 10 == digits[12]


def _always(match: re.Match[str]) -> bool:
    return True


_FINDERS: dict[str, tuple[re.Pattern[str], Callable[[re.Match[str]], bool]]] = {
    "email": (_EMAIL, _always),
    "resident": (_RESIDENT, _is_resident),
    "phone": (_PHONE, _always),
}


@njit(cache=True, nogil=True)
def _candidates(data, offsets, out):
    """Documents with an "@" between visible characters, or nine digits with at most a mark between any two."""
    for document in range(offsets.shape[0] - 1):
        start = offsets[document]
        end = offsets[document + 1]
        digits = 0
        gap = 0
        found = False
        for i in range(start, end):
            byte = data[i]
            if byte >= 0x30 and byte <= 0x39:
                digits += 1
                gap = 0
                if digits >= 9:
                    found = True
                    break
            elif byte == 0x40 and i > start and data[i - 1] > 0x20 and i + 1 < end and data[i + 1] > 0x20:
                found = True
                break
            elif byte == 0x2D or byte == 0x2E or byte == 0x20 or byte == 0x29:
                gap += 1
                if gap > 2:
                    digits = 0
            else:
                digits = 0
        out[document] = found


def redact(texts: pa.Array, settings: PrivacySettings) -> tuple[pa.Array, dict[str, int]]:
    """The texts with tags for personal data, and how many of each kind were replaced."""
    data, offsets = string_buffers(texts)
    mask = np.zeros(len(texts), np.bool_)
    _candidates(data, offsets, mask)
    rows = np.flatnonzero(mask)
    if not len(rows):
        return texts, {}
    counts: Counter[str] = Counter()
    changed: dict[int, str] = {}
    for row, text in zip(rows.tolist(), texts.take(pa.array(rows)).to_pylist(), strict=True):
        redacted = _redact_text(text, settings, counts)
        if redacted != text:
            changed[row] = redacted
    if not changed:
        return texts, {}
    mask[:] = False
    mask[list(changed)] = True
    replaced = pc.replace_with_mask(
        texts, pa.array(mask), pa.array([changed[row] for row in sorted(changed)], pa.string())
    )
    return replaced, dict(sorted(counts.items()))


def _redact_text(text: str, settings: PrivacySettings, counts: Counter[str]) -> str:
    for kind, (pattern, valid) in _FINDERS.items():
        if kind in settings.kinds:
            tag = getattr(settings.tags, kind)

            def replace(match: re.Match[str], kind: str = kind, tag: str = tag, valid: Callable = valid) -> str:
                if not valid(match):
                    return match[0]
                counts[kind] += 1
                return tag

            text = pattern.sub(replace, text)
    return text

"""Texts that need more than the scanner: added tokens to cut out, strings that only separate, normalisation.

Such documents are found by fast tests on the whole column, and cut here, in Python, as HF tokenizers would cut them.
"""

import re
import unicodedata
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.kernels.inner import kernel
from corpus.kernels.utf8 import decode, string_buffers
from tokenizer.reference import nfc as nfc_of

Segment = str | int  # text, or the id of an added token


class Cutter:
    """Cuts texts at the added tokens of one tokenizer; special ones count only if `special`, else they are text."""

    def __init__(self, added: list[dict[str, Any]], removed: list[str], nfc: bool, special: bool):
        self._nfc = nfc
        # Those marked as normalised are searched for in normalised text, by their normalised names.
        self._ids = {
            nfc_of(token["content"]) if nfc and token["normalized"] else token["content"]: token["id"]
            for token in added
            if special or not token["special"]
        }
        # A special token that is treated as text still hides others that begin inside it, as in HF tokenizers.
        self._raw = _longest([token["content"] for token in added if not token["normalized"]])
        self._normalized = _longest(
            [nfc_of(token["content"]) if nfc else token["content"] for token in added if token["normalized"]]
        )
        self._removed = _longest(removed)
        strings = sorted({*self._ids, *removed}, key=len)
        self._triggers = [s for n, s in enumerate(strings) if not any(shorter in s for shorter in strings[:n])]

    def odd(self, array: pa.Array) -> np.ndarray:
        """Which documents of a string column may have to be cut or normalised: bool[n]."""
        found = np.zeros(len(array), np.bool_)
        for trigger in self._triggers:
            found |= pc.match_substring(array, trigger).to_numpy(zero_copy_only=False)
        if self._nfc:
            data, offsets = string_buffers(array)
            _mark(data, offsets, unstable(), found)
        return found

    def cut(self, text: str) -> list[Segment]:
        """The segments of one text, in order; each of them is pre-tokenized separately."""
        segments: list[Segment] = []
        for piece in self._split(text, self._raw):
            if isinstance(piece, int):
                segments.append(piece)
                continue
            for part in self._split(nfc_of(piece) if self._nfc else piece, self._normalized):
                if isinstance(part, str) and self._removed:
                    segments += filter(None, self._removed.split(part))
                else:
                    segments.append(part)
        return segments

    def _split(self, text: str, tokens: re.Pattern | None) -> list[Segment]:
        if tokens is None:
            return [text] if text else []
        segments: list[Segment] = []
        start = 0
        for match in tokens.finditer(text):
            number = self._ids.get(match[0])
            if number is None:
                continue
            if match.start() > start:
                segments.append(text[start : match.start()])
            segments.append(number)
            start = match.end()
        return [*segments, text[start:]] if start < len(text) else segments


def _longest(strings: list[str]) -> re.Pattern | None:
    """A pattern that finds the leftmost, then longest, of some strings."""
    return re.compile("|".join(map(re.escape, sorted(strings, key=len, reverse=True)))) if strings else None


@cache
def unstable() -> np.ndarray:
    """bool[0x110000]: characters that NFC may change, or join with the one before; all that this Python's Unicode
    version does not contain."""
    table = np.ones(0x110000, np.bool_)
    for c in [*range(0xD800), *range(0xE000, 0x20000), *range(0x20000, 0x2A6E0)]:
        character = chr(c)
        if unicodedata.category(character) != "Cn" and not unicodedata.combining(character):
            table[c] = not unicodedata.is_normalized("NFC", character)
    for c in range(0x20000):
        parts = unicodedata.decomposition(chr(c)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            table[int(parts[1], 16)] = True
    table[0x1161:0x1176] = table[0x11A8:0x11C3] = True  # vowels and finals that join with the Hangul before
    return table


@kernel
def _mark(data, offsets, table, found):
    for document in range(offsets.shape[0] - 1):
        i = offsets[document]
        while i < offsets[document + 1] and not found[document]:
            if data[i] < 0x80:
                i += 1
                continue
            c, width = decode(data, i)
            found[document] = table[c]
            i += width


def join(
    odd: np.ndarray,
    plain: tuple[np.ndarray, np.ndarray],
    cut: tuple[np.ndarray, np.ndarray],
    segments: list[list[Segment]],
) -> tuple[np.ndarray, np.ndarray]:
    """Ids and offsets of a column, from those of its plain documents and those of the text segments of the other
    documents."""
    plain_ids, plain_bounds = plain
    cut_ids, cut_bounds = cut
    pieces: list[np.ndarray] = []
    lengths = []
    untouched = pairwise(plain_bounds.tolist())
    texts = pairwise(cut_bounds.tolist())
    parts = iter(segments)
    for is_odd in odd.tolist():
        before = len(pieces)
        if not is_odd:
            start, end = next(untouched)
            pieces.append(plain_ids[start:end])
        else:
            for segment in next(parts):
                if isinstance(segment, int):
                    pieces.append(np.array([segment], plain_ids.dtype))
                else:
                    start, end = next(texts)
                    pieces.append(cut_ids[start:end])
        lengths.append(sum(len(piece) for piece in pieces[before:]))
    ids = np.concatenate(pieces) if pieces else plain_ids
    return ids, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)

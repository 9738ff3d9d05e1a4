"""Ends of sentences: the end of every line that is not blank, and inside a line the terminal punctuation that is not
ambiguous.

It is made for cutting: a full stop that may belong to a date, a number, an initial or a list mark is not an end, so
that the text between two ends is one or more whole sentences. About 500 MB/s a core.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from corpus.kernels.blocks import BLOCK, below, is_byte
from corpus.kernels.inner import inner, kernel
from corpus.kernels.intrinsics import bytes_between, trailing_zeros
from corpus.kernels.utf8 import decode, is_hangul, string_buffers

# the part of Unicode's Sentence_Terminal that occurs in the languages we keep and in related ones
TERMINAL = ".?!。！？．｡‼‽⁇⁈⁉﹒﹖﹗؟۔।॥።։"
CLOSING = "\"'”’)]」』》〉"  # may follow the end of a sentence
# last syllables of sentence-final endings and of note style (-음, -함)
ENDINGS = "다요까죠오네지라자음함임됨것군나니데게래걸"
STOPS = ".?!…。！？．"  # what ends a sentence inside a line
ABBREVIATIONS = (
    "mr",
    "mrs",
    "ms",
    "dr",
    "prof",
    "st",
    "jr",
    "sr",
    "vs",
    "no",
    "vol",
    "fig",
    "pp",
    "al",
    "cf",
    "inc",
    "co",
)
QUOTING = "라고하며면는"  # first syllables of a sentence that continues after a quotation: "…" 라고 했다
MARK = 4  # a sentence of one word and at most so many characters is a list mark: "가.", "1.", "Q."
_STOP, _CLOSING, _ENDING, _QUOTING = 1, 2, 4, 8


def _marks() -> np.ndarray:
    table = np.zeros(0x10000, np.uint8)
    for bit, characters in ((_STOP, STOPS), (_CLOSING, CLOSING), (_ENDING, ENDINGS), (_QUOTING, QUOTING)):
        for character in characters:
            table[ord(character)] |= bit
    return table


MARKS = _marks()
WORDS = np.array([int.from_bytes(word.encode(), "little") for word in ABBREVIATIONS], np.uint64)


class Sentences(NamedTuple):
    """Ends of sentences, one document after another: those of document d are ends[bounds[d]:bounds[d + 1]],
    ascending."""

    bounds: np.ndarray  # int64[n + 1]
    ends: (
        np.ndarray
    )  # int64[total]: the byte of the column's buffer after the sentence and its closing marks, before white space


@inner
def _last(data, start, end):
    """The code point that ends at `end`, and where it starts."""
    i = end - 1
    while i > start and (data[i] & 0xC0) == 0x80:
        i -= 1
    return decode(data, i)[0], i


@inner
def _is_latin(byte):
    return ((byte | 0x20) >= 0x61) and ((byte | 0x20) <= 0x7A)


@inner
def _abbreviates(data, start, stop, words):
    """Whether the Latin letters before `stop` are an initial or an abbreviation."""
    i = stop
    packed = np.uint64(0)
    while i > start and _is_latin(data[i - 1]) and stop - i < 8:
        i -= 1
        packed = (packed << np.uint64(8)) | np.uint64(data[i] | 0x20)
    if stop - i == 1:
        return True
    for word in words:  # noqa: SIM110  # a kernel has no any()
        if word == packed:
            return True
    return False


@inner
def _goes_on(data, at, behind, start, end, marks, words):
    """Whether the sentence may continue after the terminal punctuation at data[at:behind], which is before the end of
    the line."""
    c, first = _last(data, start, at)  # what is before the stop
    full_stop = behind == at + 1 and data[at] == 0x2E
    if data[behind] != 0x20 and data[behind] != 0x09:
        if not full_stop or not is_hangul(c) or not (marks[c] & _ENDING) or first == start:
            return True
        return not (is_hangul(_last(data, start, first)[0]) and is_hangul(decode(data, behind)[0]))
    i = behind
    while i < end and (data[i] == 0x20 or data[i] == 0x09):
        i += 1
    if i < end and data[i] >= 0x61 and data[i] <= 0x7A:
        return True
    if i < end and not full_stop:
        following = decode(data, i)[0]
        if following < 0x10000 and marks[following] & _QUOTING and marks[_last(data, at, behind)[0]] & _CLOSING:
            return True
    if data[at] == 0x2E and data[at + 1] != 0x2E:
        if c >= 0x30 and c <= 0x39:
            return True
        if c < 0x80 and _is_latin(np.uint8(c)):
            return _abbreviates(data, start, at, words)
    return False


@inner
def next_sentence(data, i, start, end, marks, words):
    """The end of the sentence that begins at `start`, searched from byte i on in a line that ends at `end`; `end` if
    there is none inside."""
    while i < end:
        if i + BLOCK <= data.shape[0]:
            found = is_byte(data, i, 0x2E) | is_byte(data, i, 0x21) | is_byte(data, i, 0x3F)
            found |= bytes_between(data, i, 0xE2, 0xE3) | is_byte(data, i, 0xEF)
            found &= below(min(BLOCK, end - i))
            if found == 0:
                i += BLOCK
                continue
            i = min(i + trailing_zeros(found), end)
        c, width = decode(data, i)
        if c >= 0x10000 or not (marks[c] & _STOP) or i == start:
            i += width
            continue
        at = i
        while i < end:
            c, width = decode(data, i)
            if c >= 0x10000 or not (marks[c] & (_STOP | _CLOSING)):
                break
            i += width
        if i >= end:
            return end
        if (data[at] == 0x2E and _is_list_mark(data, start, at)) or _goes_on(data, at, i, start, end, marks, words):
            continue
        return i
    return end


@inner
def ends_sentence(data, start, end):
    """Whether a line ends a sentence: in terminal punctuation followed by nothing but closing marks, or in a Korean
    ending."""
    while end > start:
        c, end = _last(data, start, end)
        mark = MARKS[c] if c < 0x10000 else np.uint8(0)
        if mark & (_STOP | _ENDING):
            return True
        if not mark & _CLOSING and c != 0x20 and c != 0x09:
            return False
    return False


@inner
def _is_list_mark(data, start, at):
    characters = 0
    for i in range(start, at):
        if data[i] == 0x20 or data[i] == 0x09:
            return False
        characters += (data[i] & 0xC0) != 0x80
        if characters > MARK:
            return False
    return True


@kernel
def _find(data, offsets, marks, words, bounds, ends):
    count = 0
    for document in range(offsets.shape[0] - 1):
        bounds[document] = count
        line = offsets[document]
        stop = offsets[document + 1]
        while line < stop:
            end = line
            while end < stop:
                if end + BLOCK <= data.shape[0]:
                    newlines = is_byte(data, end, 0x0A) & below(min(BLOCK, stop - end))
                    if newlines:
                        end += trailing_zeros(newlines)
                        break
                    end = min(end + BLOCK, stop)
                elif data[end] == 0x0A:
                    break
                else:
                    end += 1
            last = end
            while last > line and (data[last - 1] == 0x20 or data[last - 1] == 0x09):
                last -= 1
            start = line
            while True:
                while start < last and (data[start] == 0x20 or data[start] == 0x09):
                    start += 1
                if start >= last:
                    break
                start = next_sentence(data, start, start, last, marks, words)
                if count < ends.shape[0]:
                    ends[count] = start
                count += 1
            line = end + 1
    bounds[offsets.shape[0] - 1] = count
    return count


def find_sentences(texts: pa.Array) -> Sentences:
    """The ends of the sentences of each text. 8 bytes a sentence."""
    data, offsets = string_buffers(texts)
    bounds = np.empty(len(offsets), np.int64)
    ends = np.empty(
        int(offsets[-1] - offsets[0]) // 40 + len(texts) + 1, np.int64
    )  # a sentence has about a hundred bytes
    total = int(_find(data, offsets, MARKS, WORDS, bounds, ends))
    if total > len(ends):
        ends = np.empty(total, np.int64)
        _find(data, offsets, MARKS, WORDS, bounds, ends)
    return Sentences(bounds, ends[:total])

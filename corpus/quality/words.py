"""Counts over the characters and words of each document, in one pass.

A word is what white space separates: in Korean an eojeol, measured in syllables. The Gopher rules (Rae et al. 2021,
table A1) and the Korean statistics are ratios of these counts. The ratios are defined in corpus/quality/rules.py, so
that every count here except the entropy is an exact integer with an obvious twin in plain Python. Texts must be
normalised by corpus/cleaning/normalize.py: white space is the space, tab and newline.

Words of ASCII and Hangul syllables are counted up to 63 bytes at a time, as bits; words with any other character one
character after the other. About 700 MB/s a core.
"""

import math

import numpy as np
import pyarrow as pa

from corpus.kernels.blocks import BLOCK, below, hangul_leads, inner_bytes, is_byte, latin_letters
from corpus.kernels.inner import inner, kernel
from corpus.kernels.intrinsics import bytes_between, leading_zeros, load64, ones, same_bytes, trailing_zeros
from corpus.kernels.utf8 import (
    CONTROL,
    LETTER,
    NUMBER,
    PUNCTUATION,
    SPACE,
    SYMBOL,
    classes,
    decode,
    is_hangul,
    string_buffers,
)

COUNTS = (
    "characters",
    "visible",  # characters that are not white space
    "words",
    "real_words",  # with at least one character that is not punctuation, a symbol or a control
    "real_word_characters",
    "alphabetic_words",  # with at least one letter
    "hashes",  # "#"
    "ellipses",  # "..." and "…"
    "stop_words",  # how many of Gopher's eight stop words occur
    "syllables",  # Hangul
    "jamo",  # compatibility letters outside syllables: ㅋㅋ, ㅠㅠ
    "latin",
    "ideographs",
    "digits",
    "replacements",  # U+FFFD: bytes lost before this step
    "eojeols",  # words with a Hangul syllable
    "particle_eojeols",  # of at least two syllables, ending like a particle or a connective
    "particles",  # how many different such endings occur
    "repeated",  # letters that prolong a run of one or two alternating letters beyond five
    "distinct_syllables",
)

(
    CHARACTERS,
    VISIBLE,
    WORDS,
    REAL_WORDS,
    REAL_WORD_CHARACTERS,
    ALPHABETIC_WORDS,
    HASHES,
    ELLIPSES,
    STOP_WORDS,
    SYLLABLES,
    JAMO,
    LATIN,
    IDEOGRAPHS,
    DIGITS,
    REPLACEMENTS,
    EOJEOLS,
    PARTICLE_EOJEOLS,
    PARTICLES,
    REPEATED,
    DISTINCT_SYLLABLES,
) = range(len(COUNTS))  # columns of a row of counts

STOPS = ("the", "be", "to", "of", "and", "that", "have", "with")  # Gopher's
# Last syllables of particles and connective endings. Every Korean text of some length contains them. FineWeb-2 requires
# two of the stop morphemes 의 다 이 는 에 을 한 년 하 은 를 했 고 에서 가 있 으로 인 월 로 되, which need a
# morphological analyser.
PARTICLE_SYLLABLES = "은는이가을를의에로도와과서게며고면지"


def _packed(word: str) -> int:
    return int.from_bytes(word.encode(), "little")


_STOPS = np.array([_packed(word) for word in STOPS], np.uint64)


def _particle_bits() -> np.ndarray:
    table = np.zeros(11172, np.uint32)
    for bit, syllable in enumerate(PARTICLE_SYLLABLES):
        table[ord(syllable) - 0xAC00] = 1 << bit
    return table


_PARTICLE_BITS = _particle_bits()
_TERMS = np.array([0.0, *(n * math.log2(n) for n in range(1, 64))])  # n log2 n; most syllables of a text are rarer


@inner
def _slot(data, i):
    """Which of the 11,172 syllables is at byte i: 0 to 11,171."""
    high = (np.int64(data[i]) & 0xF) << 12 | (np.int64(data[i + 1]) & 0x3F) << 6
    return (high | np.int64(data[i + 2]) & 0x3F) - 0xAC00


@inner
def _word(data, start, end, classes, stops, particle_bits, frequency, seen, row, state):
    """Count the word at byte `start`, if there is one, and the white space after it; returns the byte after both."""
    i = start
    characters = 0
    syllables = 0
    real = False
    letters = False
    dots = 0
    last = np.uint32(0)
    width = np.int64(0)
    while i < end:
        c, width = decode(data, i)
        kind = classes[c]
        if kind == SPACE:
            break
        characters += 1
        dots = dots + 1 if c == 0x2E else 0
        if dots == 3 or c == 0x2026:
            row[ELLIPSES] += 1
            dots = 0
        if kind == LETTER:
            letters = True
            real = True
            last = c
            if c < 0x250:
                row[LATIN] += 1
            elif is_hangul(c):
                syllables += 1
                slot = _slot(data, i)
                if frequency[slot] == 0:
                    seen[state[0]] = slot
                    state[0] += 1
                frequency[slot] += 1
            elif (c >= 0x3131) and (c <= 0x318E):
                row[JAMO] += 1
            elif ((c >= 0x4E00) and (c <= 0x9FFF)) or ((c >= 0x3400) and (c <= 0x4DBF)) or (c >= 0x20000):
                row[IDEOGRAPHS] += 1
        elif kind == NUMBER:
            row[DIGITS] += 1
            real = True
        else:
            real = real or (kind != PUNCTUATION and kind != SYMBOL and kind != CONTROL)
            row[HASHES] += c == 0x23
            row[REPLACEMENTS] += c == 0xFFFD
        i += width
    if characters:
        row[VISIBLE] += characters
        row[WORDS] += 1
        row[REAL_WORDS] += real
        row[REAL_WORD_CHARACTERS] += characters if real else 0
        row[ALPHABETIC_WORDS] += letters
        row[SYLLABLES] += syllables
        if syllables:
            row[EOJEOLS] += 1
            if syllables > 1 and is_hangul(last):
                bit = particle_bits[np.int64(last) - 0xAC00]
                row[PARTICLE_EOJEOLS] += bit != 0
                state[2] |= bit
        elif i - start <= 4:
            packed = np.uint64(0)
            for j in range(i - 1, start - 1, -1):
                packed = (packed << np.uint64(8)) | np.uint64(data[j])
            _note_stop(packed, stops, state)
    row[CHARACTERS] += characters + (i < end)
    return i + width if i < end else i


@inner
def _note_stop(packed, stops, state):
    for k in range(stops.shape[0]):
        if stops[k] == packed:
            state[1] |= 1 << k


@inner
def _begin(words, end):
    """The first bit of the word that ends before bit `end`."""
    return 64 - leading_zeros(~words & below(end))


@inner
def _words(data, i, end, stops, particle_bits, frequency, seen, row, state):
    """Count the words of ASCII and syllables that begin and end in the 63 bytes from i on; returns how many bytes they
    and their white space have."""
    space = is_byte(data, i, 0x20) | bytes_between(data, i, 0x09, 0x0A)
    syllables = hangul_leads(data, i)
    inner = inner_bytes(data, i)
    n = min(trailing_zeros(~(space | bytes_between(data, i, 0x21, 0x7E) | syllables | inner)), min(BLOCK - 1, end - i))
    if i + n < end:
        n = 64 - leading_zeros(space & below(n))  # after the last white space
        if n == 0:
            return 0
    mine = below(n)
    words = ~space & mine
    first = ~inner & mine
    syllables &= mine
    latin = latin_letters(data, i) & mine
    digits = bytes_between(data, i, 0x30, 0x39) & mine
    letters = latin | syllables
    # The bits of a word are a run of ones: adding one anywhere in it carries to the bit after it.
    ends = (words << np.uint64(1)) & ~words
    real = (words + (letters | digits)) & ~words
    eojeols = (words + syllables) & ~words
    visible = ones(first & words)
    row[CHARACTERS] += ones(first)
    row[VISIBLE] += visible
    row[WORDS] += ones(ends)
    row[REAL_WORDS] += ones(real)
    row[REAL_WORD_CHARACTERS] += visible
    row[ALPHABETIC_WORDS] += ones((words + letters) & ~words)
    row[HASHES] += ones(is_byte(data, i, 0x23) & mine)
    row[SYLLABLES] += ones(syllables)
    row[LATIN] += ones(latin)
    row[DIGITS] += ones(digits)
    row[EOJEOLS] += ones(eojeols)
    unreal = ends & ~real
    while unreal:
        stop = trailing_zeros(unreal)
        row[REAL_WORD_CHARACTERS] -= stop - _begin(words, stop)  # all ASCII
        unreal &= unreal - np.uint64(1)
    dots = is_byte(data, i, 0x2E) & mine
    dots &= (dots >> np.uint64(1)) & (dots >> np.uint64(2))  # three in a row
    while dots:
        row[ELLIPSES] += 1
        dots &= ~below(trailing_zeros(dots) + 3)
    while eojeols:
        stop = trailing_zeros(eojeols)
        word = below(stop) & ~below(_begin(words, stop))
        last = 63 - leading_zeros(letters & word)
        if ones(syllables & word) > 1 and (syllables >> np.uint64(last)) & np.uint64(1):
            bit = particle_bits[_slot(data, i + last)]
            row[PARTICLE_EOJEOLS] += bit != 0
            state[2] |= bit
        eojeols &= eojeols - np.uint64(1)
    if state[1] != (1 << stops.shape[0]) - 1:
        short = words & ~(words << np.uint64(1)) & bytes_between(data, i, 0x61, 0x7A)
        while short:
            at = trailing_zeros(short)
            length = trailing_zeros(~(words >> np.uint64(at)))
            if length <= 4:
                _note_stop(load64(data, i + at) & below(8 * length), stops, state)
            short &= short - np.uint64(1)
    different = state[0]
    while syllables:
        slot = _slot(data, i + trailing_zeros(syllables))
        seen[different] = slot  # written over unless the syllable is new: a branch could not be predicted
        different += frequency[slot] == 0
        frequency[slot] += 1
        syllables &= syllables - np.uint64(1)
    state[0] = different
    return n


@inner
def _may_repeat(data, start, end):
    """Whether four letters in a row may be equal to the letters two before them. It looks for a run of bytes, as long
    as two pairs of letters, that equals the bytes one pair before it."""
    i = start + 2
    while i < end:
        if i < 8 or i + BLOCK > data.shape[0]:
            return True  # too near to an end of the buffer for a block
        letters = latin_letters(data, i) | bytes_between(data, i, 0x80, 0xFF)
        for period in range(2, 9):  # bytes of two letters
            same = same_bytes(data, i, i - period) & letters
            same &= same >> np.uint64(1)
            same &= same >> np.uint64(2)
            length = 4
            while same and length < 2 * period:
                step = min(length, 2 * period - length)
                same &= same >> np.uint64(step)
                length += step
            if same:
                return True
        i += BLOCK - 15  # the longest such run is inside one block or the next
    return False


@inner
def _repeated(data, i, end, classes):
    """Letters that prolong a run of one or two alternating letters beyond five."""
    repeated = 0
    run = 0
    before = np.uint32(0)
    before_that = np.uint32(0)
    while i < end:
        c, width = decode(data, i)
        run = run + 1 if classes[c] == LETTER and c == before_that else 0
        repeated += run > 3
        before_that = before
        before = c
        i += width
    return repeated


@kernel
def _count(data, offsets, classes, stops, particle_bits, counts, entropy):
    frequency = np.zeros(11172, np.int64)
    seen = np.empty(11172 + 1, np.int64)
    state = np.empty(3, np.int64)  # different syllables, stop words as bits, particles as bits
    for document in range(offsets.shape[0] - 1):
        row = counts[document]
        row[:] = 0
        state[:] = 0
        i = offsets[document]
        end = offsets[document + 1]
        while i < end:
            n = 0
            if i + BLOCK + 8 <= data.shape[0]:
                n = _words(data, i, end, stops, particle_bits, frequency, seen, row, state)
            if n == 0:
                i = _word(data, i, end, classes, stops, particle_bits, frequency, seen, row, state)
            i += n
        bits = 0.0  # entropy = log2 N - (sum of n log2 n) / N, in order of first appearance
        for slot in seen[: state[0]]:
            n = frequency[slot]
            frequency[slot] = 0
            bits += _TERMS[n] if n < _TERMS.shape[0] else n * math.log2(n)
        syllables = row[SYLLABLES]
        entropy[document] = 1.0
        if syllables > 1:
            entropy[document] = (math.log2(syllables) - bits / syllables) / math.log2(min(syllables, 4096))
        row[STOP_WORDS] = ones(np.uint64(state[1]))
        row[PARTICLES] = ones(np.uint64(state[2]))
        if _may_repeat(data, offsets[document], end):
            row[REPEATED] = _repeated(data, offsets[document], end, classes)
        row[DISTINCT_SYLLABLES] = state[0]


def count_words(texts: pa.Array) -> dict[str, np.ndarray]:
    """COUNTS as int64[n] each, and "syllable_entropy" float64[n].

    The entropy of the Hangul syllables, in bits, is divided by the entropy of as many different syllables (at most
    4,096), so that it can be compared across lengths. It is 1 for a document of fewer than two syllables, about 0.7 for
    long prose, and less for repetition.
    """
    data, offsets = string_buffers(texts)
    counts = np.empty((len(offsets) - 1, len(COUNTS)), np.int64)
    entropy = np.empty(len(offsets) - 1, np.float64)
    _count(data, offsets, classes(), _STOPS, _PARTICLE_BITS, counts, entropy)
    return dict(zip(COUNTS, counts.T, strict=True)) | {"syllable_entropy": entropy}

"""Counts over the characters and words of each document, in one pass.

A word is what white space separates: in Korean an eojeol, measured in syllables. The Gopher rules (Rae et al. 2021, table A1)
and the Korean statistics are ratios of these counts; ratios are made in corpus/quality.py, so that everything here is an exact
integer (the entropy excepted) and has an obvious twin in plain Python. Texts are expected as corpus/normalize.py leaves them.
About 300 MB/s a core.
"""

import math

import numpy as np
import pyarrow as pa
from numba import njit

from corpus.utf8 import CONTROL, LETTER, NUMBER, PUNCTUATION, SPACE, SYMBOL, classes, decode, is_hangul, string_buffers

COUNTS = (
    "characters",
    "visible",  # characters that are no white space
    "words",
    "real_words",  # with something else than punctuation, symbols and controls
    "real_word_characters",
    "alphabetic_words",  # with at least one letter
    "hashes",  # "#"
    "ellipses",  # "..." and "…"
    "stop_words",  # how many of Gopher's eight occur
    "syllables",  # Hangul
    "jamo",  # compatibility letters outside syllables: ㅋㅋ, ㅠㅠ
    "latin",
    "ideographs",
    "digits",
    "replacements",  # U+FFFD: bytes lost before the text came here
    "eojeols",  # words with a Hangul syllable
    "particle_eojeols",  # of at least two syllables, ending like a particle or a connective
    "particles",  # how many different such endings occur
    "repeated",  # letters that prolong a run of one or two alternating letters beyond five
    "distinct_syllables",
)

STOP_WORDS = ("the", "be", "to", "of", "and", "that", "have", "with")  # Gopher's
# Last syllables of the particles and connective endings that no longer Korean text does without; FineWeb-2 asks for two of the
# stop morphemes 의 다 이 는 에 을 한 년 하 은 를 했 고 에서 가 있 으로 인 월 로 되, which need a morphological analyser.
PARTICLES = "은는이가을를의에로도와과서게며고면지"


def _packed(word: str) -> int:
    return int.from_bytes(word.encode(), "little")


_STOPS = np.array([_packed(word) for word in STOP_WORDS], np.uint64)


def _particle_bits() -> np.ndarray:
    table = np.zeros(11172, np.uint32)
    for bit, syllable in enumerate(PARTICLES):
        table[ord(syllable) - 0xAC00] = 1 << bit
    return table


_PARTICLE_BITS = _particle_bits()


@njit
def _bits(x):
    count = 0
    while x:
        x &= x - 1
        count += 1
    return count


@njit(cache=True, nogil=True)
def _count(data, offsets, classes, stops, particle_bits, counts, entropy):
    frequency = np.zeros(11172, np.int64)
    seen = np.empty(11172, np.int64)
    for document in range(offsets.shape[0] - 1):
        i = offsets[document]
        end = offsets[document + 1]
        characters = 0
        visible = 0
        words = 0
        real_words = 0
        real_word_characters = 0
        alphabetic_words = 0
        hashes = 0
        ellipses = 0
        dots = 0  # "." in a row
        stop_bits = 0
        syllables = 0
        jamo = 0
        latin = 0
        ideographs = 0
        digits = 0
        replacements = 0
        eojeols = 0
        particle_eojeols = 0
        particles = np.uint32(0)
        repeated = 0
        distinct = 0
        run = 0
        before = np.uint32(0)
        before_that = np.uint32(0)
        word_start = i
        word_characters = 0
        word_syllables = 0
        word_real = False
        word_letters = False
        word_last = np.uint32(0)
        while i <= end:
            c = np.uint32(0x20)
            width = np.int64(1)
            kind = np.uint8(SPACE)
            if i < end:
                characters += 1
                c, width = decode(data, i)
                kind = classes[c]
            if kind == SPACE:
                if word_characters:
                    words += 1
                    visible += word_characters
                    if word_real:
                        real_words += 1
                        real_word_characters += word_characters
                    if word_letters:
                        alphabetic_words += 1
                    if word_syllables:
                        eojeols += 1
                        if word_syllables > 1 and is_hangul(word_last):
                            bit = particle_bits[word_last - 0xAC00]
                            if bit:
                                particle_eojeols += 1
                                particles |= bit
                    elif i - word_start <= 4:
                        packed = np.uint64(0)
                        for j in range(i - 1, word_start - 1, -1):
                            packed = (packed << np.uint64(8)) | np.uint64(data[j])
                        for k in range(stops.shape[0]):
                            if stops[k] == packed:
                                stop_bits |= 1 << k
                    word_characters = 0
                    word_syllables = 0
                    word_real = False
                    word_letters = False
                    word_last = np.uint32(0)
                word_start = i + width
            else:
                word_characters += 1
                if kind == LETTER:
                    word_letters = True
                    word_real = True
                    word_last = c
                    if c < 0x250:
                        latin += 1
                    elif is_hangul(c):
                        syllables += 1
                        word_syllables += 1
                        slot = np.int64(c) - 0xAC00
                        if frequency[slot] == 0:
                            seen[distinct] = slot
                            distinct += 1
                        frequency[slot] += 1
                    elif (c >= 0x3131) and (c <= 0x318E):
                        jamo += 1
                    elif ((c >= 0x4E00) and (c <= 0x9FFF)) or ((c >= 0x3400) and (c <= 0x4DBF)) or (c >= 0x20000):
                        ideographs += 1
                    if c == before_that:
                        run += 1
                        repeated += run > 3
                    else:
                        run = 0
                else:
                    run = 0
                    if kind == NUMBER:
                        digits += 1
                        word_real = True
                    elif kind != PUNCTUATION and kind != SYMBOL and kind != CONTROL:
                        word_real = True
                    hashes += c == 0x23
                    replacements += c == 0xFFFD
                    ellipses += c == 0x2026
            if c == 0x2E and i < end:
                dots += 1
                if dots == 3:
                    ellipses += 1
                    dots = 0
            else:
                dots = 0
            if kind == SPACE:
                run = 0
            before_that = before
            before = c
            i += width
        bits = 0.0  # entropy = log2 N - (sum of n log2 n) / N, in order of first appearance
        for k in range(distinct):
            n = frequency[seen[k]]
            frequency[seen[k]] = 0
            bits += n * math.log2(n)
        entropy[document] = 1.0
        if syllables > 1:
            entropy[document] = (math.log2(syllables) - bits / syllables) / math.log2(min(syllables, 4096))
        row = counts[document]
        row[0] = characters
        row[1] = visible
        row[2] = words
        row[3] = real_words
        row[4] = real_word_characters
        row[5] = alphabetic_words
        row[6] = hashes
        row[7] = ellipses
        row[8] = _bits(stop_bits)
        row[9] = syllables
        row[10] = jamo
        row[11] = latin
        row[12] = ideographs
        row[13] = digits
        row[14] = replacements
        row[15] = eojeols
        row[16] = particle_eojeols
        row[17] = _bits(np.int64(particles))
        row[18] = repeated
        row[19] = distinct


def count_words(texts: pa.Array) -> dict[str, np.ndarray]:
    """COUNTS as int64[n] each, and "syllable_entropy" float64[n].

    The entropy of the Hangul syllables, in bits, is divided by that of as many different syllables (at most 4,096), so that it
    compares across lengths: 1 for a document of fewer than two syllables, about 0.7 for long prose, less for repetition.
    """
    data, offsets = string_buffers(texts)
    counts = np.empty((len(offsets) - 1, len(COUNTS)), np.int64)
    entropy = np.empty(len(offsets) - 1, np.float64)
    _count(data, offsets, classes(), _STOPS, _PARTICLE_BITS, counts, entropy)
    return dict(zip(COUNTS, counts.T, strict=True)) | {"syllable_entropy": entropy}

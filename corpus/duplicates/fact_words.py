"""The words and the signs of a text, in the form in which corpus/duplicates/facts.py compares them: as hashes."""

from functools import cache

import numpy as np
from numba import njit

from corpus.kernels.hashing import mix64
from corpus.kernels.units import ARAEA, OLD_ARAEA
from corpus.kernels.utf8 import LETTER, MARK, NUMBER, decode

HEAD = 16  # words, or up to the first one that ends in 은 or 는 (is, are, was, were)
BASE = np.uint64(0x9E3779B97F4A7C15)
LATIN_END = 0x250
PARTICLES = [
    *("에서는", "으로는", "입니다"),
    *(
        "까지",
        "라고",
        "보다",
        "부터",
        "에게",
        "에는",
        "에도",
        "에서",
        "으로",
        "이고",
        "이나",
        "이다",
        "이며",
        "처럼",
        "하고",
    ),
    *("가", "과", "는", "도", "로", "를", "만", "에", "와", "은", "을", "의", "이"),
]  # longest first
VERBS = "다며고면여서지"  # last syllables of inflected words
# Words that only connect or modify: a reworded copy has others.
ADVERBS_AND_CONJUNCTIONS = (
    "먼저 우선 다시 또다시 매우 아주 무척 몹시 정말 참 진짜 꽤 상당히 너무 가장 제일 좀 조금 약간 많이 "
    "자주 종종 가끔 때때로 항상 늘 언제나 이미 벌써 아직 여전히 곧 금방 바로 즉시 방금 잠시 잠깐 오래 "
    "계속 그리고 그러나 하지만 그런데 그래서 따라서 그러므로 또한 혹은 또는 즉 특히 주로 대개 보통 대체로 "
    "거의 대략 모두 전부 함께 같이 서로 각각 이런 그런 저런 여러 모든 어떤 온갖 게다가 더구나 비록 만약 "
    "만일 물론 역시 결국 마침내 드디어 because since however although though while also too very quite "
    "really often usually just still then thus hence therefore furthermore moreover about around "
    "approximately such like including through via using almost nearly always sometimes already again "
    "first "
)
FILLERS = ADVERBS_AND_CONJUNCTIONS.split()
COPULAS = ["is", "are", "was", "were"]
NEGATIONS = ["not", "no", "never", "cannot", "without", "안", "못", "아니", "아닌", "않", "없"]


@cache
def particles() -> tuple[np.ndarray, np.ndarray]:
    """The particles, longest first: uint8[n, 9] bytes and int64[n] lengths."""
    encoded = [p.encode() for p in PARTICLES]
    table = np.zeros((len(encoded), 9), np.uint8)
    for row, value in zip(table, encoded, strict=True):
        row[: len(value)] = list(value)
    return table, np.array([len(value) for value in encoded], np.int64)


@cache
def word_hashes(words: tuple[str, ...]) -> np.ndarray:
    """uint64[n]: the hashes of words, the same as in `scan_words`."""
    out = np.empty(len(words), np.uint64)
    for i, word in enumerate(words):
        value = 0
        for char in word:
            value = (value * int(BASE) + ord(char) + 1) & (2**64 - 1)
        out[i] = value
    return out


@cache
def word_table(words: tuple[str, ...]) -> np.ndarray:
    """uint64[2ᵏ]: the hashes of words, as a table for `has`."""
    hashes = word_hashes(words)
    table = np.zeros(1 << (2 * len(hashes)).bit_length(), np.uint64)
    for value in hashes:
        table[slot_of(table, value)] = value
    return table


_VERBS = np.zeros(0x10000, np.bool_)
_VERBS[[ord(char) for char in VERBS]] = True


@njit
def _is_part(c, kinds):
    return (kinds[c] in (LETTER, NUMBER, MARK) or c == 0x5F) and c != ARAEA and c != OLD_ARAEA


@njit
def _is_digit(c):
    return c >= 0x30 and c <= 0x39


@njit
def scan_words(
    data, start, end, kinds, lower, table, lengths, negations, copulas, fillers, raw, powers, stems, stem_powers, marks
):
    """The words of a text: (how many, letters, negations, words of its head, Latin words).

    raw, stems: hashes with and without the particle; powers: the factor of a preceding hash when this word is appended;
    marks: 1 Latin, 2 with a digit or a sign, 4 too short or a filler, 8 possibly a verb, 16 with a capital or a low
    line, 32 coined: begins with a letter and has a digit, a low line or a capital after a small letter.
    """
    count = 0
    latins = 0
    head = -1
    letters = 0
    denied = 0
    i = start
    before = np.uint32(0x20)
    while i < end:
        c, width = decode(data, i)
        signed = False
        if (c == 0x2D or c == 0x2212) and i + width < end and not _is_part(before, kinds) and before != 0x2D:
            signed = _is_digit(decode(data, i + width)[0])
        if not signed and not _is_part(c, kinds):
            before = c
            i += width
            continue
        value = np.uint64(0)
        power = np.uint64(1)
        number = False
        shaped = False
        coined = False
        small = False  # whether the last letter is lower case
        lettered = False  # whether it begins with a letter: 10km is no name
        size = 0
        begin = i
        if signed:
            value = np.uint64(0x2E)  # both signs alike
            power = BASE
            i += width
            c, width = decode(data, i)
        latin = c < LATIN_END
        first = c
        while i < end:
            c, width = decode(data, i)
            if not _is_part(c, kinds) or (c < LATIN_END) != latin:
                joint = c == 0x2E or c == 0x2C or c == 0x3A or c == 0x2D or c == 0x2F
                if not (joint and latin and i + 1 < end and _is_digit(decode(data, i + 1)[0]) and _is_digit(before)):
                    break
                if c != 0x2C:  # 1,000 is 1000; a date is the same with full stops, hyphens and slashes
                    value = value * BASE + np.uint64(0x2F)
                    power *= BASE
                before = c
                i += width
                continue
            low = lower[c] if c < 0x10000 else np.uint32(c)
            value = value * BASE + np.uint64(low) + np.uint64(1)
            power *= BASE
            number = number or _is_digit(c)
            shaped = shaped or c == 0x5F or low != c
            coined = coined or c == 0x5F or (small and low != c)
            small = (c | 0x20) >= 0x61 and (c | 0x20) <= 0x7A and low == c
            lettered = lettered or (size == 0 and (c | 0x20) >= 0x61 and (c | 0x20) <= 0x7A)
            size += 1
            before = c
            i += width
        sign = False
        while latin and i < end and (data[i] == 0x2B or data[i] == 0x23):
            value = value * BASE + np.uint64(data[i]) + np.uint64(1)
            power *= BASE
            sign = True
            before = np.uint32(data[i])
            i += 1
        stem = value
        stem_power = power
        if not latin:
            for t in range(lengths.shape[0]):
                size_of = lengths[t]
                if i - begin < size_of + 3:  # at least one syllable must be left
                    continue
                equal = True
                for k in range(size_of):
                    equal = equal and data[i - size_of + k] == table[t, k]
                if equal:
                    stem = np.uint64(0)
                    stem_power = np.uint64(1)
                    j = begin
                    while j < i - size_of:
                        d, w = decode(data, j)
                        low = lower[d] if d < 0x10000 else np.uint32(d)
                        stem = stem * BASE + np.uint64(low) + np.uint64(1)
                        stem_power *= BASE
                        j += w
                    break
        for t in range(negations.shape[0]):
            if stem == negations[t]:
                denied += 1
        if not latin:
            if (first == 0xC54A or first == 0xC5C6 or first == 0xBABB) and size > 1:  # 않 없 못
                denied += 1
            elif first == 0xC544 and size > 2 and data[begin + 3] == 0xEB:  # 아니, 아닌
                second = decode(data, begin + 3)[0]
                denied += second == 0xB2C8 or second == 0xB2CC
        if head < 0:
            for t in range(copulas.shape[0]):
                if value == copulas[t]:
                    head = count
            if not latin and (before == 0xC740 or before == 0xB294):  # 은, 는
                head = count + 1
        raw[count] = value
        powers[count] = power
        stems[count] = stem
        stem_powers[count] = stem_power
        marks[count] = latin + 2 * (number or sign or signed) + 16 * shaped
        if latin and lettered and (coined or number):
            marks[count] |= 32
        latins += latin
        plain = not (number or sign or signed)
        if plain and (size < (3 if latin else 2) or has(fillers, value) or has(fillers, stem)):
            marks[count] |= 4
        if before < 0x10000 and _VERBS[before]:
            marks[count] |= 8
        letters += size
        count += 1
    return count, letters, denied, min(HEAD, count if head < 0 else head), latins


@njit
def _near(data, i, start, end, step):
    """The byte before or after (step −1, 1) a sign, one space skipped: 0 at the edges and for other scripts."""
    i += step
    if i >= start and i < end and data[i] == 0x20:
        i += step
    return data[i] if i >= start and i < end and data[i] < 0x80 else np.uint8(0)


@njit
def _is_operand(byte):
    lower = byte | 0x20
    return (
        _is_digit(byte) or (lower >= 0x61 and lower <= 0x7A) or byte in (0x28, 0x29, 0x5B, 0x5D, 0x7B, 0x7D, 0x24, 0x5C)
    )


@njit
def signs_hash(data, offsets, d):
    """A hash of the signs of a text that have a meaning, in their order: + - − × ÷ = < > between operands, ++ and #
    after a letter, a minus before a number, thumbs up and down. A minus between two digits without spaces is part of a
    date, a range or a telephone number and does not count.
    """
    start = offsets[d]
    end = offsets[d + 1]
    value = np.uint64(0)
    i = start
    while i < end:
        byte = data[i]
        if byte < 0x80 and not (byte == 0x2B or byte == 0x2D or byte == 0x23 or (byte >= 0x3C and byte <= 0x3E)):
            i += 1
            continue
        c, width = decode(data, i)
        if byte >= 0x80 and not (c == 0x2212 or c == 0xD7 or c == 0xF7 or c == 0x1F44D or c == 0x1F44E):
            i += width
            continue
        left = _near(data, i, start, end, -1)
        right = _near(data, i + width - 1, start, end, 1)
        before = data[i - 1] if i > start else np.uint8(0x20)
        behind = data[i + width] if i + width < end else np.uint8(0x20)
        if c == 0x2212:
            c = np.uint32(0x2D)
        counts = c > 0xFFFF
        if c == 0x2D:
            tight = _is_digit(before) and _is_digit(behind)
            number = _is_digit(left) or _is_digit(right) or not (before | 0x20 >= 0x61 and before | 0x20 <= 0x7A)
            counts = not tight and number and _is_operand(left) and _is_operand(right)
            counts = counts or (_is_digit(behind) and before < 0x80 and not _is_operand(before) and before != 0x2D)
        elif c == 0x23 or c == 0x2B:
            counts = (before | 0x20 >= 0x61 and before | 0x20 <= 0x7A) or before == 0x2B
            counts = counts or (c == 0x2B and _is_operand(left) and _is_operand(right))
        elif not counts:
            counts = _is_operand(left) and _is_operand(right)
        if counts:
            value = mix64(value ^ np.uint64(c))
        i += width
    return value


@njit
def slot_of(table, key):
    """The slot of a key in a table of open addressing, or the slot where it would be."""
    mask = table.shape[0] - 1
    place = np.int64(mix64(key) & np.uint64(mask))
    while table[place] != 0 and table[place] != key:
        place = (place + 1) & mask
    return place


@njit
def has(table, key):
    return table[slot_of(table, key)] == key

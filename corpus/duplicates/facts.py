"""Do two similar texts tell different facts? Pages of one template, "error 7904" and "error 7932", are near-duplicates
by their words.

A word tells them apart where one text has it and the other has not, and it decides the text:

    it stands in the head (a title, the subject of the first sentence) and looks like a name there: with a capital, a
    digit or a low line, or in Latin letters in a text of another script; or it recurs there, or it is Latin and stands
    in the text three times, or
    the text is so short that each word counts (a number below NUMBERS letters; below WORDS any word that is no verb by
    its ending), or it stands in the head of one text alone, and is at least twice as frequent in that text

Both texts must have such a word: where only one has, a passage was added, and that is a near-duplicate. (Words that
both have, one text in its head, must make a difference of three occurrences together, or be there while the other's is
new and recurs.) In short texts a different number of negations tells them apart, too. Words are compared without their
particles, and with their neighbours run together, so that spaces, particles and words that were swapped within a text
make no fact; adverbs and conjunctions (FILLERS), which writers exchange for one another, decide nothing. Signs belong
to a word where they make another of it: C++, C#, −5. Texts whose words are all equal, and
short ones, must agree in all signs that carry a meaning: 7 + 3 and 7 − 3 are two sums.

Cost: about 30 MB of text a second, for pairs that are similar enough to be duplicates only.
"""

from functools import cache

import numpy as np
import pyarrow as pa
from numba import njit

from corpus.kernels.hashing import mix64
from corpus.kernels.units import ARAEA, OLD_ARAEA, lower_case
from corpus.kernels.utf8 import LETTER, MARK, NUMBER, classes, decode, string_buffers

HEAD = 16  # words, or up to the first one that ends in 은 or 는 (is, are, was, were)
NUMBERS, NEGATED, WORDS = 500, 250, 120  # letters in the shorter text
RECURS = 2
TOGETHER = 3
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
VERBS = "다며고면여서지"  # last syllables of what inflects
# Words that only join or shade: a copy that was reworded has others.
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


def different_facts(texts: pa.Array, places: np.ndarray, equal: np.ndarray) -> np.ndarray:
    """bool[n]: for pairs int64[n, 2] of rows of `texts`, whether both hold a word that decides them and that the other
    lacks.

    `equal` bool[n] says of which pairs all words are the same: those differ by their signs alone.
    """
    data, offsets = string_buffers(texts)
    out = np.zeros(len(places), np.bool_)
    _differ(
        data,
        offsets,
        places,
        equal,
        classes(),
        lower_case(),
        *_endings(),
        _hashes(tuple(NEGATIONS)),
        _hashes(tuple(COPULAS)),
        _table(tuple(FILLERS)),
        out,
    )
    return out


@cache
def _endings() -> tuple[np.ndarray, np.ndarray]:
    """The particles, longest first: uint8[n, 9] bytes and int64[n] lengths."""
    encoded = [p.encode() for p in PARTICLES]
    table = np.zeros((len(encoded), 9), np.uint8)
    for row, value in zip(table, encoded, strict=True):
        row[: len(value)] = list(value)
    return table, np.array([len(value) for value in encoded], np.int64)


@cache
def _hashes(words: tuple[str, ...]) -> np.ndarray:
    """uint64[n]: the hashes of words, as `_words` makes them."""
    out = np.empty(len(words), np.uint64)
    for i, word in enumerate(words):
        value = 0
        for char in word:
            value = (value * int(BASE) + ord(char) + 1) & (2**64 - 1)
        out[i] = value
    return out


@cache
def _table(words: tuple[str, ...]) -> np.ndarray:
    """uint64[2ᵏ]: the hashes of words as a table for `_has`."""
    hashes = _hashes(words)
    table = np.zeros(1 << (2 * len(hashes)).bit_length(), np.uint64)
    for value in hashes:
        table[_slot(table, value)] = value
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
def _words(
    data, start, end, kinds, lower, table, lengths, negations, copulas, fillers, raw, powers, stems, stem_powers, marks
):
    """The words of a text: (how many, letters, negations, words of its head, Latin words).

    raw, stems: hashes with and without the particle; powers: what a hash is multiplied with when the word comes behind
    it; marks: 1 Latin, 2 with a digit or a sign, 4 too short to tell anything or a filler, 8 maybe a verb, 16 with a
    capital or a low line.
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
                if i - begin < size_of + 3:  # a syllable stays
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
        latins += latin
        plain = not (number or sign or signed)
        if plain and (size < (3 if latin else 2) or _has(fillers, value) or _has(fillers, stem)):
            marks[count] |= 4
        if before < 0x10000 and _VERBS[before]:
            marks[count] |= 8
        letters += size
        count += 1
    return count, letters, denied, min(HEAD, count if head < 0 else head), latins


@njit
def _near(data, i, start, end, step):
    """The byte before or behind (step −1, 1) a sign, over one space: 0 at the edges and for other scripts."""
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
def _signs(data, offsets, d):
    """A hash of the signs of a text that carry a meaning, in their order: + - − × ÷ = < > between operands, ++ and #
    behind a letter, a minus before a number, thumbs up and down. A minus between two digits without spaces is a date's,
    a range's or a telephone number's.
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
def _slot(table, key):
    """Where a key stands in a table of open addressing, or where it would."""
    mask = table.shape[0] - 1
    place = np.int64(mix64(key) & np.uint64(mask))
    while table[place] != 0 and table[place] != key:
        place = (place + 1) & mask
    return place


@njit
def _count(keys, count, table, counts):
    for i in range(count):
        place = _slot(table, keys[i])
        table[place] = keys[i]
        counts[place] += 1


@njit
def _of(key, table, counts):
    place = _slot(table, key)
    return counts[place] if table[place] == key else 0


@njit
def _known(raw, powers, stems, stem_powers, count):
    """All words with and without particles, alone and run together with the next one, as a table."""
    size = 16
    while size < 8 * count:
        size *= 2
    table = np.zeros(size, np.uint64)
    for i in range(count):
        table[_slot(table, raw[i])] = raw[i]
        table[_slot(table, stems[i])] = stems[i]
        if i + 1 < count:
            joined = raw[i] * powers[i + 1] + raw[i + 1]
            table[_slot(table, joined)] = joined
            joined = raw[i] * stem_powers[i + 1] + stems[i + 1]
            table[_slot(table, joined)] = joined
    return table


@njit
def _has(table, key):
    return table[_slot(table, key)] == key


@njit
def _facts(
    raw,
    powers,
    stems,
    stem_powers,
    marks,
    count,
    known,
    table,
    counts,
    others,
    other_counts,
    head,
    heads,
    letters,
    english,
):
    """(Has this text a word that decides it and that the other lacks; of the words that its head alone has, by how much
    one that is twice as frequent here is more frequent, by how much any is, and how often one stands here that the
    other text lacks).
    """
    decides = False
    twice = 0
    more = 0
    new = 0
    for i in range(count):
        if marks[i] & 4:
            continue
        here = _of(stems[i], table, counts)
        there = _of(stems[i], others, other_counts)
        aside = i < head and here > there and not _has(heads, stems[i])
        latin = marks[i] & 1
        digit = marks[i] & 2
        short = letters < WORDS and not marks[i] & 8
        named = latin and (not english or marks[i] & 18)
        titled = i < head and (named or here >= RECURS)
        alone = there == 0 and (titled or (latin and here > RECURS) or (digit and letters < NUMBERS) or short)
        if not (aside or (alone and not decides)):
            continue
        if there == 0:
            if _has(known, stems[i]) or _has(known, raw[i]):
                continue
            if i + 1 < count and (
                _has(known, raw[i] * powers[i + 1] + raw[i + 1])
                or _has(known, raw[i] * stem_powers[i + 1] + stems[i + 1])
            ):
                continue
            if i and (
                _has(known, raw[i - 1] * powers[i] + raw[i]) or _has(known, raw[i - 1] * stem_powers[i] + stems[i])
            ):
                continue
        if aside:
            more = max(more, here - there)
            twice = max(twice, here - there if 2 * there <= here else 0)
            new = max(new, here if there == 0 else 0)
        decides = decides or alone
    return decides, twice, more, new


@njit(cache=True, nogil=True)
def _differ(data, offsets, places, equal, kinds, lower, endings, lengths, negations, copulas, fillers, out):
    largest = 0
    for p in range(places.shape[0]):
        for side in range(2):
            d = places[p, side]
            largest = max(largest, offsets[d + 1] - offsets[d])
    keys = np.empty((2, 4, largest + 1), np.uint64)
    marks = np.empty((2, largest + 1), np.uint8)
    sizes = np.empty((2, 5), np.int64)
    for p in range(places.shape[0]):
        if equal[p]:
            out[p] = _signs(data, offsets, places[p, 0]) != _signs(data, offsets, places[p, 1])
            continue
        for side in range(2):
            d = places[p, side]
            sizes[side] = _words(
                data, offsets[d], offsets[d + 1], kinds, lower, endings, lengths, negations, copulas, fillers,
                keys[side, 0], keys[side, 1], keys[side, 2], keys[side, 3], marks[side],
            )  # fmt: skip
        letters = min(sizes[0, 1], sizes[1, 1])
        denied = sizes[0, 2] != sizes[1, 2]
        if letters < NEGATED and (denied or _signs(data, offsets, places[p, 0]) != _signs(data, offsets, places[p, 1])):
            out[p] = True
            continue
        known0 = _known(keys[0, 0], keys[0, 1], keys[0, 2], keys[0, 3], sizes[0, 0])
        known1 = _known(keys[1, 0], keys[1, 1], keys[1, 2], keys[1, 3], sizes[1, 0])
        table0 = np.zeros(known0.shape[0], np.uint64)
        table1 = np.zeros(known1.shape[0], np.uint64)
        counts0 = np.zeros(known0.shape[0], np.int32)
        counts1 = np.zeros(known1.shape[0], np.int32)
        _count(keys[0, 2], sizes[0, 0], table0, counts0)
        _count(keys[1, 2], sizes[1, 0], table1, counts1)
        head0 = np.zeros(64, np.uint64)
        head1 = np.zeros(64, np.uint64)
        for i in range(sizes[0, 3]):
            head0[_slot(head0, keys[0, 2, i])] = keys[0, 2, i]
        for i in range(sizes[1, 3]):
            head1[_slot(head1, keys[1, 2, i])] = keys[1, 2, i]
        first = _facts(
            keys[0, 0], keys[0, 1], keys[0, 2], keys[0, 3], marks[0], sizes[0, 0],
            known1, table0, counts0, table1, counts1, sizes[0, 3], head1, letters, 2 * sizes[0, 4] > sizes[0, 0],
        )  # fmt: skip
        second = _facts(
            keys[1, 0], keys[1, 1], keys[1, 2], keys[1, 3], marks[1], sizes[1, 0],
            known0, table1, counts1, table0, counts0, sizes[1, 3], head0, letters, 2 * sizes[1, 4] > sizes[1, 0],
        )  # fmt: skip
        out[p] = first[0] and second[0]
        if first[1] and second[1] and first[1] + second[1] >= TOGETHER:
            out[p] = True
        if first[2] and second[2] and max(first[3], second[3]) >= RECURS:
            out[p] = True

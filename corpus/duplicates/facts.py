"""Whether two similar texts state different facts. Pages of one template, "error 7904" and "error 7932", are
near-duplicates by their words but not by their facts.

A word distinguishes two texts if one text has it, the other does not, and one of these is true:

    it is in the head (a title, the subject of the first sentence) and looks like a name there: with a capital, a digit
    or a low line, or in Latin letters in a text of another script; or it recurs in the text and is in the head; or it
    is Latin and occurs three times
    the text is so short that each word counts: below NUMBERS letters a number, below WORDS letters any word that does
    not end like a verb
    it is only in the head of one text, and at least twice as frequent in that text
    it is coined (StreamReader, max_size, BC41003: the name of a function, an error, a model), and the other text does
    not contain it and has less than NAMED letters, or contains it less often and not in its head

Both texts must have such a word, or both a coined one: if only one has, a passage was added, and that is a
near-duplicate. (Words that both have, one text in its head, must differ by three occurrences together, or occur where
the other text's word is new and recurs.) In short texts a different number of negations is a different fact, too.
Words are compared without their particles, and joined with their neighbours, so that spaces, particles and swapped
words make no fact. Adverbs and conjunctions (FILLERS), which writers exchange for one another, are ignored. Signs
belong to a word if they change its meaning: C++, C#, −5. Texts whose words are all equal, and short texts, must agree
in all signs with a meaning: 7 + 3 and 7 − 3 are two sums.

Cost: about 30 MB of text a second, only for pairs that are similar enough to be duplicates.
"""

import numpy as np
import pyarrow as pa
from numba import njit

from corpus.duplicates.fact_words import (
    COPULAS,
    FILLERS,
    NEGATIONS,
    has,
    particles,
    scan_words,
    signs_hash,
    slot_of,
    word_hashes,
    word_table,
)
from corpus.kernels.units import lower_case
from corpus.kernels.utf8 import classes, string_buffers

NUMBERS, NEGATED, WORDS = 500, 250, 120  # letters in the shorter text
NAMED = 3000
RECURS = 2
TOGETHER = 3


def different_facts(texts: pa.Array, places: np.ndarray, equal: np.ndarray) -> np.ndarray:
    """bool[n]: for pairs int64[n, 2] of rows of `texts`, whether both contain a word that distinguishes them.

    `equal` bool[n] is true for pairs whose words are all the same: they can differ only by their signs.
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
        *particles(),
        word_hashes(tuple(NEGATIONS)),
        word_hashes(tuple(COPULAS)),
        word_table(tuple(FILLERS)),
        out,
    )
    return out


@njit
def _count(keys, count, table, counts):
    for i in range(count):
        place = slot_of(table, keys[i])
        table[place] = keys[i]
        counts[place] += 1


@njit
def _of(key, table, counts):
    place = slot_of(table, key)
    return counts[place] if table[place] == key else 0


@njit
def _known(raw, powers, stems, stem_powers, count):
    """All words with and without particles, alone and joined with the next one or two, as a table."""
    size = 16
    while size < 10 * count:
        size *= 2
    table = np.zeros(size, np.uint64)
    for i in range(count):
        table[slot_of(table, raw[i])] = raw[i]
        table[slot_of(table, stems[i])] = stems[i]
        if i + 1 < count:
            joined = raw[i] * powers[i + 1] + raw[i + 1]
            table[slot_of(table, joined)] = joined
            joined = raw[i] * stem_powers[i + 1] + stems[i + 1]
            table[slot_of(table, joined)] = joined
        if i + 2 < count:
            joined = (raw[i] * powers[i + 1] + raw[i + 1]) * powers[i + 2] + raw[i + 2]
            table[slot_of(table, joined)] = joined
    return table


@njit
def _is_known(i, raw, powers, stems, stem_powers, count, known):
    """Whether the other text has word i, alone or joined with one or two neighbours."""
    if has(known, stems[i]) or has(known, raw[i]):
        return True
    if i + 1 < count and (
        has(known, raw[i] * powers[i + 1] + raw[i + 1]) or has(known, raw[i] * stem_powers[i + 1] + stems[i + 1])
    ):
        return True
    if i > 0 and (has(known, raw[i - 1] * powers[i] + raw[i]) or has(known, raw[i - 1] * stem_powers[i] + stems[i])):
        return True
    for first in range(max(0, i - 2), min(i, count - 3) + 1):
        if has(known, (raw[first] * powers[first + 1] + raw[first + 1]) * powers[first + 2] + raw[first + 2]):
            return True
    return False


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
    """(whether this text has a distinguishing word; and three numbers about the words that are only in its head: the
    largest difference in occurrences of a word at least twice as frequent here, the largest difference of any word, and
    the most occurrences of a word that the other text lacks; and whether it has a coined name of its own).
    """
    decides = False
    coins = False
    twice = 0
    more = 0
    new = 0
    for i in range(count):
        if marks[i] & 4:
            continue
        here = _of(stems[i], table, counts)
        there = _of(stems[i], others, other_counts)
        aside = i < head and here > there and not has(heads, stems[i])
        latin = marks[i] & 1
        digit = marks[i] & 2
        short = letters < WORDS and not marks[i] & 8
        named = latin and (not english or marks[i] & 18)
        titled = i < head and (named or here >= RECURS)
        coined = marks[i] & 32 and i + 1 < count  # a copy may end within a word
        alone = there == 0 and (titled or (latin and here > RECURS) or (digit and letters < NUMBERS) or short)
        coin = coined and (aside or (there == 0 and letters < NAMED))
        if not (aside or (alone and not decides) or (coin and not coins)):
            continue
        if there == 0 and _is_known(i, raw, powers, stems, stem_powers, count, known):
            continue
        if aside:
            more = max(more, here - there)
            twice = max(twice, here - there if 2 * there <= here else 0)
            new = max(new, here if there == 0 else 0)
        decides = decides or alone
        coins = coins or coin
    return decides, twice, more, new, coins


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
            out[p] = signs_hash(data, offsets, places[p, 0]) != signs_hash(data, offsets, places[p, 1])
            continue
        for side in range(2):
            d = places[p, side]
            sizes[side] = scan_words(
                data, offsets[d], offsets[d + 1], kinds, lower, endings, lengths, negations, copulas, fillers,
                keys[side, 0], keys[side, 1], keys[side, 2], keys[side, 3], marks[side],
            )  # fmt: skip
        letters = min(sizes[0, 1], sizes[1, 1])
        denied = sizes[0, 2] != sizes[1, 2]
        if letters < NEGATED and (
            denied or signs_hash(data, offsets, places[p, 0]) != signs_hash(data, offsets, places[p, 1])
        ):
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
            head0[slot_of(head0, keys[0, 2, i])] = keys[0, 2, i]
        for i in range(sizes[1, 3]):
            head1[slot_of(head1, keys[1, 2, i])] = keys[1, 2, i]
        first = _facts(
            keys[0, 0], keys[0, 1], keys[0, 2], keys[0, 3], marks[0], sizes[0, 0],
            known1, table0, counts0, table1, counts1, sizes[0, 3], head1, letters, 2 * sizes[0, 4] > sizes[0, 0],
        )  # fmt: skip
        second = _facts(
            keys[1, 0], keys[1, 1], keys[1, 2], keys[1, 3], marks[1], sizes[1, 0],
            known0, table1, counts1, table0, counts0, sizes[1, 3], head0, letters, 2 * sizes[1, 4] > sizes[1, 0],
        )  # fmt: skip
        out[p] = (first[0] and second[0]) or (first[4] and second[4])
        if first[1] and second[1] and first[1] + second[1] >= TOGETHER:
            out[p] = True
        if first[2] and second[2] and max(first[3], second[3]) >= RECURS:
            out[p] = True

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

Where none of this is true, the places in which the two texts differ decide (corpus/duplicates/fact_slots.py).

Cost: about 45 MB of text a second, only for pairs that are similar enough to be duplicates.
"""

import numpy as np
import pyarrow as pa

from corpus.duplicates.fact_lists import Lists, lists
from corpus.duplicates.fact_signs import signs_hash
from corpus.duplicates.fact_slots import NAMED, facts_in_slots
from corpus.duplicates.fact_words import COINED, IGNORED, LATIN, NUMERIC, SHAPED, VERB, Words, empty_words, scan_words
from corpus.kernels.inner import helper, kernel
from corpus.kernels.key_table import has, slot_of
from corpus.kernels.units import lower_case
from corpus.kernels.utf8 import classes, string_buffers

NUMBERS, NEGATED, WORDS = 500, 250, 120  # letters in the shorter text
RECURS = 2
TOGETHER = 3


def different_facts(texts: pa.Array, places: np.ndarray, equal: np.ndarray) -> np.ndarray:
    """bool[n]: for pairs int64[n, 2] of rows of `texts`, whether both contain a word that distinguishes them.

    `equal` bool[n] is true for pairs whose words are all the same: they can differ only by their signs.
    """
    data, offsets = string_buffers(texts)
    out = np.zeros(len(places), np.bool_)
    _differ(data, offsets, places, equal, classes(), lower_case(), lists(), out)
    return out


@helper
def _count(keys, count, table, counts):
    for i in range(count):
        place = slot_of(table, keys[i])
        table[place] = keys[i]
        counts[place] += 1


@helper
def _of(key, table, counts):
    place = slot_of(table, key)
    return counts[place] if table[place] == key else 0


@helper
def _known(words: Words, count):
    """All words with and without particles, alone and joined with the next one or two, as a table."""
    raw, powers, stems, stem_powers, roots = words.raw, words.powers, words.stems, words.stem_powers, words.roots
    size = 16
    while size < 12 * count:
        size *= 2
    table = np.zeros(size, np.uint64)
    for i in range(count):
        table[slot_of(table, raw[i])] = raw[i]
        table[slot_of(table, stems[i])] = stems[i]
        table[slot_of(table, roots[i])] = roots[i]
        if i + 1 < count:
            joined = raw[i] * powers[i + 1] + raw[i + 1]
            table[slot_of(table, joined)] = joined
            joined = raw[i] * stem_powers[i + 1] + stems[i + 1]
            table[slot_of(table, joined)] = joined
        if i + 2 < count:
            joined = (raw[i] * powers[i + 1] + raw[i + 1]) * powers[i + 2] + raw[i + 2]
            table[slot_of(table, joined)] = joined
    return table


@helper
def _is_known(i, words: Words, count, known):
    """Whether the other text has word i, alone or joined with one or two neighbours."""
    raw, powers, stems, stem_powers = words.raw, words.powers, words.stems, words.stem_powers
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


@helper
def _facts(words: Words, sizes, known, table, counts, others, other_counts, heads, letters):
    """(whether this text has a distinguishing word; and three numbers about the words that are only in its head: the
    largest difference in occurrences of a word at least twice as frequent here, the largest difference of any word, and
    the most occurrences of a word that the other text lacks; and whether it has a coined name of its own).
    """
    every, stems = words.marks, words.stems
    count, head = sizes[0], sizes[3]
    english = 2 * sizes[4] > count
    decides = False
    coins = False
    twice = 0
    more = 0
    new = 0
    for i in range(count):
        marks = every[i]
        if marks & IGNORED:
            continue
        here = _of(stems[i], table, counts)
        there = _of(stems[i], others, other_counts)
        aside = i < head and here > there and not has(heads, stems[i])
        latin = marks & LATIN
        digit = marks & NUMERIC
        short = letters < WORDS and not marks & VERB
        named = latin and (not english or marks & (SHAPED | NUMERIC))
        titled = i < head and (named or here >= RECURS)
        coined = marks & COINED and i + 1 < count  # a copy may end within a word
        alone = there == 0 and (titled or (latin and here > RECURS) or (digit and letters < NUMBERS) or short)
        coin = coined and (aside or (there == 0 and letters < NAMED))
        if not (aside or (alone and not decides) or (coin and not coins)):
            continue
        if there == 0 and _is_known(i, words, count, known):
            continue
        if aside:
            more = max(more, here - there)
            twice = max(twice, here - there if 2 * there <= here else 0)
            new = max(new, here if there == 0 else 0)
        decides = decides or alone
        coins = coins or coin
    return decides, twice, more, new, coins


@helper
def _counted(words: Words, sizes):
    """The stems of a text and how often each occurs, and the stems of its head, as tables."""
    size = 16
    while size < 2 * sizes[0]:
        size *= 2
    table, counts = np.zeros(size, np.uint64), np.zeros(size, np.int32)
    _count(words.stems, sizes[0], table, counts)
    heads = np.zeros(64, np.uint64)
    for i in range(sizes[3]):
        heads[slot_of(heads, words.stems[i])] = words.stems[i]
    return table, counts, heads


@helper
def _pair_differs(left: Words, left_sizes, right: Words, right_sizes, lists: Lists):
    letters = min(left_sizes[1], right_sizes[1])
    left_known, right_known = _known(left, left_sizes[0]), _known(right, right_sizes[0])
    table, counts, heads = _counted(left, left_sizes)
    others, other_counts, other_heads = _counted(right, right_sizes)
    first = _facts(left, left_sizes, right_known, table, counts, others, other_counts, other_heads, letters)
    second = _facts(right, right_sizes, left_known, others, other_counts, table, counts, heads, letters)
    if (first[0] and second[0]) or (first[4] and second[4]):
        return True
    if first[1] and second[1] and first[1] + second[1] >= TOGETHER:
        return True
    if first[2] and second[2] and max(first[3], second[3]) >= RECURS:
        return True
    if left_sizes[0] < right_sizes[0] or (left_sizes[0] == right_sizes[0] and _is_before(left, right, left_sizes[0])):
        return facts_in_slots(left, left_sizes, left_known, right, right_sizes, right_known, letters, lists)
    return facts_in_slots(right, right_sizes, right_known, left, left_sizes, left_known, letters, lists)


@helper
def _is_before(left: Words, right: Words, count):
    """An order of two texts of equally many words that does not depend on which one is left."""
    mine, theirs = left.raw, right.raw
    for i in range(count):
        if mine[i] != theirs[i]:
            return mine[i] < theirs[i]
    return True


@kernel
def _differ(data, offsets, places, equal, kinds, lower, lists, out):
    largest = 0
    for p in range(places.shape[0]):
        for side in range(2):
            d = places[p, side]
            largest = max(largest, offsets[d + 1] - offsets[d])
    left, right = empty_words(largest), empty_words(largest)
    scanned = np.int64(-1)  # pairs are sorted: a text is often compared with several
    left_sizes = (np.int64(0), np.int64(0), np.int64(0), np.int64(0), np.int64(0), np.int64(0))
    for p in range(places.shape[0]):
        a, b = places[p]
        if equal[p]:
            out[p] = signs_hash(data, offsets, a) != signs_hash(data, offsets, b)
            continue
        if a != scanned:
            left_sizes = scan_words(data, offsets[a], offsets[a + 1], kinds, lower, lists, left)
            scanned = a
        right_sizes = scan_words(data, offsets[b], offsets[b + 1], kinds, lower, lists, right)
        if min(left_sizes[1], right_sizes[1]) < NEGATED and (
            left_sizes[2] != right_sizes[2] or signs_hash(data, offsets, a) != signs_hash(data, offsets, b)
        ):
            out[p] = True
        else:
            out[p] = _pair_differs(left, left_sizes, right, right_sizes, lists)

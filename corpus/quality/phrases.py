"""Counts of the phrases of spam pages, and of the lines that the C4 rules would keep, in one pass over the bytes.

A spam page is recognised by the share of its text that consists of a few hundred words, never by a single word: an
article about gambling names casinos now and then, a gambling page names little else. Words of the trade itself
(TRADE) count alone, words that honest texts use too only beside words of advertising (PITCH). The lists were written
for this project. C4's rules (Raffel et al. 2020, section 2.2; datatrove's C4QualityFilter) remove lines; here the lines
are only counted. The places where a phrase can begin are found 64 bytes at a time; a table over the first two syllables
or four letters excludes most of them.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from corpus.kernels.blocks import BLOCK, below, is_byte, latin_letters
from corpus.kernels.inner import inner, kernel
from corpus.kernels.intrinsics import bytes_between, load64, ones, trailing_zeros
from corpus.kernels.utf8 import string_buffers
from corpus.quality.c4_lines import closes, longest_word, sentences
from corpus.quality.phrase_lists import (
    ADULT,
    GAMBLING,
    LOREM,
    LOST,
    NAVIGATION,
    NEUTRAL,
    PITCH,
    POLICY,
    PROMOTION,
    REPORT,
    SCRIPT,
    TRADE,
    disguises,
)
from corpus.quality.phrase_table import FACTOR, chained, split_list

_CATEGORIES = (GAMBLING, ADULT, PROMOTION, PITCH, REPORT, NAVIGATION, NEUTRAL, SCRIPT, LOREM, POLICY, LOST)
_GAMBLING, _ADULT, _PROMOTION, _PITCH, _REPORT, _NAVIGATION, _NEUTRAL, _SCRIPT, _LOREM, _POLICY, _LOST = range(
    len(_CATEGORIES)
)
_DISGUISED = (_GAMBLING, _ADULT, _PROMOTION, _PITCH)
DIFFERENT = 3  # a list counts only if at least so many of its phrases occur
TIMES = 2  # words of TRADE count if so many are in the text
ENOUGH = 5  # so many phrases of advertising, or TIMES words of TRADE, are good evidence; with less, a quarter counts

COUNTS = (
    "gambling",  # characters of the page in words of the list, if three different ones occur
    "adult",
    "promotion",
    # the smaller of the characters in these three lists and in PITCH (a quarter of it if PITCH occurs with three or
    # four phrases and TRADE not twice), minus REPORT
    "solicitation",
    "trade",  # characters in TRADE, if two are in the text, minus REPORT
    "navigation",  # characters in words of menus, if three different ones occur
    "lost",  # characters of 占쏙옙 and the like
    "c4_lines",  # lines that C4 keeps: closed by terminal punctuation, of three words or more, without cookie notices
    "c4_sentences",  # sentences in them
    "curly_lines",  # of these lines, before the notices are taken out: with "{"
    "lorem_lines",
    "topics",  # characters in words of the three lists, however few
)
TOPIC, SOLICITATION, OFFER, MENU, LOST_CHARACTERS, C4_LINES, C4_SENTENCES, CURLY_LINES, LOREM_LINES, TOPICS = (
    0,
    *range(3, len(COUNTS)),
)  # columns of a row


def _phrases() -> Iterator[tuple[int, bool, bytes]]:
    """(category, of the trade, phrase)."""
    trade = set(split_list(TRADE))
    for category, listed in enumerate(_CATEGORIES):
        for word in split_list(listed, category in (_SCRIPT, _LOREM)):
            yield category, word in trade, word.encode()
            if category in _DISGUISED:
                yield from ((category, word in trade, other.encode()) for other in disguises(word))


def _table() -> tuple[np.ndarray, ...]:
    """The arrays of `chained`, and of each phrase its category and whether it is of the trade."""
    phrases = sorted(_phrases(), key=lambda phrase: len(phrase[2]))
    for _, _, phrase in phrases:
        assert phrase[0] >= 0x80 or phrase[:1].isalpha(), phrase  # see _beginnings
    categories = np.array([category for category, _, _ in phrases], np.uint8)
    trade = np.array([trade for _, trade, _ in phrases], np.bool_)
    return *chained([phrase for _, _, phrase in phrases]), categories, trade


_TABLE = _table()


@inner
def _is_letter(byte):
    return ((byte | 0x20) >= 0x61) and ((byte | 0x20) <= 0x7A)


@inner
def _folded(byte):
    return byte | np.uint8(0x20) if (byte >= 0x41) and (byte <= 0x5A) else byte


@inner
def _find(data, i, start, end, index, following, phrases, bounds, categories):
    """The longest phrase of the chain that is at byte i, or -1.

    Latin phrases of the spam lists must be whole words.
    """
    while index >= 0:
        first = bounds[index]
        length = bounds[index + 1] - first
        if i + length <= end:
            same = True
            for j in range(length):
                if _folded(data[i + j]) != phrases[first + j]:
                    same = False
                    break
            if same and categories[index] < _SCRIPT and phrases[first] < 0x80:
                before = i > start and _is_letter(data[i - 1])
                after = i + length < end and _is_letter(data[i + length])
                same = not (before or after)
            if same:
                return index
        index = following[index]
    return -1


@inner
def _behind_separators(data, i, end):
    """Where the syllable begins that one or two signs or spaces separate from what ends at i; -1 if there is none."""
    for _ in range(2):
        if i >= end:
            return -1
        byte = data[i]
        if byte == 0xC2 and i + 1 < end and data[i + 1] == 0xB7:  # ·
            i += 2
        elif byte < 0x20 or byte >= 0x7F or _is_letter(byte) or (byte >= 0x30 and byte <= 0x39):
            return -1
        else:
            i += 1
        if i < end and data[i] >= 0xEA and data[i] <= 0xED:
            return i
    return -1


@inner
def _find_apart(data, i, end, heads, following, phrases, bounds, categories):
    """(phrase, where it ends) of the longest one that stands at byte i with a separator between all its syllables, or
    (-1, i): 바.카.라. Two syllables with a space between them are two words."""
    second = _behind_separators(data, i + 3, end)
    if second < 0:
        return -1, i
    window = np.uint64(0)
    for j in range(3):
        window |= np.uint64(data[i + j]) << np.uint64(8 * j)
        window |= np.uint64(data[min(second + j, end - 1)]) << np.uint64(24 + 8 * j)
    index = heads[(window * FACTOR) >> np.uint64(48)]
    while index >= 0:
        j = i
        syllables = 0
        spaced = False
        same = categories[index] < _SCRIPT
        k = bounds[index]
        while same and k < bounds[index + 1]:
            if phrases[k] == 0x20:
                k += 1
                continue
            if syllables:
                spaced = spaced or data[j] == 0x20
                j = _behind_separators(data, j, end)
            same = j >= 0 and j + 3 <= end and phrases[k] >= 0x80
            for n in range(3):
                same = same and data[j + n] == phrases[k + n]
            j += 3
            k += 3
            syllables += 1
        if same and (syllables > 2 or not spaced):
            return index, j
        index = following[index]
    return -1, i


@inner
def _either(data, i, letter):
    """Bits of the bytes that are this small letter or its capital."""
    return is_byte(data, i, letter) | is_byte(data, i, letter - 0x20)


@inner
def _beginnings(data, i, start):
    """Where a phrase could begin: Latin words; the inner phrases' first two letters; Hangul, 占 and ï.

    Reads 65 bytes.
    """
    latin = latin_letters(data, i)
    before = np.uint64(i > start and _is_letter(data[i - 1]))
    inner = (
        (_either(data, i, 0x6A) & _either(data, i + 1, 0x61))  # ja
        | (_either(data, i, 0x6C) & _either(data, i + 1, 0x6F))  # lo
        | (_either(data, i, 0x74) & _either(data, i + 1, 0x65))  # te
        | (_either(data, i, 0x70) & _either(data, i + 1, 0x72))  # pr
        | (_either(data, i, 0x63) & _either(data, i + 1, 0x6F))  # co
        | (_either(data, i, 0x75) & _either(data, i + 1, 0x73))  # us
    )
    others = bytes_between(data, i, 0xEA, 0xED) | is_byte(data, i, 0xE5) | is_byte(data, i, 0xC3)
    return (latin & ~(latin << np.uint64(1) | before)) | inner | others


@inner
def _take_line(data, start, end, words, curly, found, row):
    """Count a line of `words` words; `found` has the bits of the categories of its phrases."""
    first = start
    while first < end and (data[first] == 0x20 or data[first] == 0x09):
        first += 1
    if words < 3 or not closes(data, first, end) or (end - start > 1000 and longest_word(data, start, end) > 1000):
        return
    if found & (1 << _LOREM):
        row[LOREM_LINES] += 1
    elif not found & (1 << _SCRIPT):
        row[CURLY_LINES] += curly
        if not found & (1 << _POLICY):
            row[C4_LINES] += 1
            row[C4_SENTENCES] += sentences(data, first, end)


@kernel
def _count(data, offsets, heads, bits, following, phrases, bounds, categories, trade, counts):
    seen = np.zeros(categories.shape[0], np.int64)  # the last document (from 1) that had the phrase
    covered = np.empty(len(_CATEGORIES), np.int64)
    different = np.empty(len(_CATEGORIES), np.int64)
    for document in range(offsets.shape[0] - 1):
        row = counts[document]
        row[:] = 0
        covered[:] = 0
        different[:] = 0
        offered = 0  # characters and number of the words of the trade
        offers = 0
        start = offsets[document]
        end = offsets[document + 1]
        line = start
        words = 0
        curly = False
        found = 0  # categories in the line, as bits
        free = start  # phrases begin here or later
        i = start
        while i < end:
            if i + BLOCK < data.shape[0]:
                width = min(BLOCK, end - i)
                newlines = is_byte(data, i, 0x0A) & below(width)
                letters = ~(newlines | is_byte(data, i, 0x20) | is_byte(data, i, 0x09)) & below(width)
                braces = is_byte(data, i, 0x7B) & below(width)
                beginnings = _beginnings(data, i, start) & below(width)
            else:  # the last bytes of a batch
                width = 1
                c = data[i]
                newlines = np.uint64(c == 0x0A)
                letters = np.uint64(c != 0x0A and c != 0x20 and c != 0x09)
                braces = np.uint64(c == 0x7B)
                beginnings = np.uint64((c & 0xC0) != 0x80)
            c = data[i - 1] if i > start else np.uint8(0x0A)
            outside = c == 0x0A or c == 0x20 or c == 0x09
            first = letters & ~(letters << np.uint64(1) | np.uint64(not outside))
            while True:
                # The line's bits in this block; all the rest if the line continues in the next block.
                before = newlines ^ (newlines - np.uint64(1)) if newlines else below(64)
                here = beginnings & before
                while here:
                    at = i + trailing_zeros(here)
                    here &= here - np.uint64(1)
                    if at < free:
                        continue
                    if at + 8 <= data.shape[0]:
                        window = load64(data, at)
                    else:
                        window = np.uint64(0)
                        for j in range(at, min(at + 6, end)):
                            window |= np.uint64(data[j]) << np.uint64(8 * (j - at))
                    if data[at] < 0x80:  # to small letters; no phrase contains the other bytes that this changes
                        window = (window & np.uint64(0xFFFFFFFF)) | np.uint64(0x20202020)
                    else:
                        window &= np.uint64(0xFFFFFFFFFFFF)
                    key = (window * FACTOR) >> np.uint64(48)
                    phrase = -1
                    stop = at
                    if (bits[key >> np.uint64(3)] >> np.uint8(key & np.uint64(7))) & np.uint8(1):
                        phrase = _find(data, at, start, end, heads[key], following, phrases, bounds, categories)
                        stop = at + bounds[phrase + 1] - bounds[phrase] if phrase >= 0 else at
                    if phrase < 0 and data[at] >= 0xEA and data[at] <= 0xED and at + 6 < end:
                        alone = at == start or data[at - 1] < 0x80  # a syllable that no other touches
                        if alone and (data[at + 3] < 0x7F or data[at + 3] == 0xC2):
                            phrase, stop = _find_apart(data, at, end, heads, following, phrases, bounds, categories)
                    if phrase >= 0:
                        kind = np.int64(categories[phrase])
                        found |= 1 << kind  # type: ignore[assignment]  # Numba has one integer
                        free = stop
                        characters = 0
                        for j in range(at, free):
                            characters += (data[j] & 0xC0) != 0x80
                        covered[kind] += characters
                        if trade[phrase]:
                            offered += characters
                            offers += 1
                        if seen[phrase] != document + 1:
                            seen[phrase] = document + 1
                            different[kind] += 1
                words += ones(first & before)
                curly = curly or (braces & before) != 0
                if not newlines:
                    break
                stop = i + trailing_zeros(newlines)
                _take_line(data, line, stop, words, curly, found, row)
                line = stop + 1
                words = 0
                curly = False
                found = 0
                beginnings &= ~before
                first &= ~before
                braces &= ~before
                newlines &= newlines - np.uint64(1)
            i += width
        _take_line(data, line, end, words, curly, found, row)
        topics = 0
        for category in range(_PITCH):
            row[TOPIC + category] = covered[category] if different[category] >= DIFFERENT else 0
            topics += covered[category]
        row[TOPICS] = topics
        if different[_PITCH] >= DIFFERENT:
            certain = offers >= TIMES or different[_PITCH] >= ENOUGH
            both = min(topics, covered[_PITCH])
            row[SOLICITATION] = max(0, (both if certain else both // 4) - covered[_REPORT])
        if offers >= TIMES:
            row[OFFER] = max(0, offered - covered[_REPORT])
        if different[_NAVIGATION] >= DIFFERENT:
            row[MENU] = covered[_NAVIGATION]
        row[LOST_CHARACTERS] = covered[_LOST]


def count_phrases(texts: pa.Array) -> dict[str, np.ndarray]:
    """COUNTS as int64[n] each, for texts as corpus/cleaning/normalize.py leaves them."""
    data, offsets = string_buffers(texts)
    counts = np.empty((len(offsets) - 1, len(COUNTS)), np.int64)
    _count(data, offsets, *_TABLE, counts)  # type: ignore[call-arg]  # a tuple of seven arrays
    return dict(zip(COUNTS, counts.T, strict=True))

"""The words of a text, in the form in which corpus/duplicates/facts.py compares them: as hashes and marks."""

from typing import NamedTuple

import numpy as np

from corpus.duplicates.fact_lists import (
    AUTHOR,
    COPULA,
    DATED,
    FILLER,
    NEGATION,
    STAMPED,
    TIMED,
    VERBS,
    VISITED,
    WRITER,
    Lists,
)
from corpus.kernels.inner import helper
from corpus.kernels.intrinsics import trailing_zeros
from corpus.kernels.key_table import BASE, slot_of
from corpus.kernels.units import ARAEA, OLD_ARAEA
from corpus.kernels.utf8 import LETTER, MARK, NUMBER, decode

HEAD = 16  # words, or up to the first one that ends in 은 or 는 (is, are, was, were)
LATIN_END = 0x250
LATIN, NUMERIC, IGNORED, VERB, SHAPED, COINED, HAN, DENIES = 1, 2, 4, 8, 16, 32, 64, 128
DATE, CLOCK = 256, 512
STAMP = 12  # words of the time at which a page was made
FROM, UNTIL = 1, 2
TURN = np.uint64(0xD6E8FEB86659FD93)


class Words(NamedTuple):
    """The words of one text, arrays with room for one of each byte.

    `raw`, `stems`: hashes with and without the particle; `powers`, `stem_powers`: the factor of a preceding hash when
    this word is appended; `keys`: the stems, those with 부터 and 까지 apart; `firsts`: the hash of the first two
    syllables, of the whole word in Latin letters; `onsets`: the first syllable without its last consonant, 0 in other
    scripts; `lines`: the number of the line.
    `marks`: LATIN, NUMERIC with a digit or a sign, IGNORED too short, a filler, or part of the time and author of a
    page, VERB possibly, SHAPED with a capital or a low line, COINED begins with a letter and has a digit, a low line or
    a capital after a small letter, HAN letters, DENIES, DATE 2021-03-02, CLOCK 14:05.
    `roles`: the lists that have the raw word (bits of fact_lists).
    """

    raw: np.ndarray
    powers: np.ndarray
    stems: np.ndarray
    stem_powers: np.ndarray
    roots: np.ndarray
    keys: np.ndarray
    firsts: np.ndarray
    onsets: np.ndarray
    lines: np.ndarray
    marks: np.ndarray
    roles: np.ndarray


@helper
def empty_words(size):
    """Room for the words of a text of `size` bytes."""
    hashes, numbers = np.empty((7, size + 1), np.uint64), np.empty((2, size + 1), np.int64)
    marks, roles = np.empty(size + 1, np.int64), np.empty(size + 1, np.int64)
    return Words(
        hashes[0],
        hashes[1],
        hashes[2],
        hashes[3],
        hashes[4],
        hashes[5],
        hashes[6],
        numbers[0],
        numbers[1],
        marks,
        roles,
    )


_VERBS = np.zeros(0x10000, np.bool_)
_VERBS[[ord(char) for char in VERBS]] = True


@helper
def _is_part(c, kinds):
    return (kinds[c] in (LETTER, NUMBER, MARK) or c == 0x5F) and c != ARAEA and c != OLD_ARAEA


@helper
def is_digit(c):
    return c >= 0x30 and c <= 0x39


@helper
def _without_particle(data, begin, end, tails, lengths, endings, turns):
    """(end of the word without its particle, FROM or UNTIL for 부터 and 까지 or 0); at least one syllable is left."""
    todo = tails[data[end - 1] & 0x3F]  # particles that end in this byte: two or three, mostly none
    while todo:
        t = trailing_zeros(todo)
        todo &= todo - np.uint64(1)
        size = lengths[t]
        if end - begin < size + 3:
            continue
        k = 0
        while k < size and data[end - size + k] == endings[t, k]:
            k += 1
        if k == size:
            return end - size, FROM if t == turns[0] else (UNTIL if t == turns[1] else 0)
    return end, 0


@helper
def _roles(value, listed, roles):
    """The lists that have this word."""
    place = slot_of(listed, value)
    return roles[place] if listed[place] == value else 0


@helper
def _hash(data, begin, end, lower):
    """(hash, power) of letters."""
    value, power = np.uint64(0), np.uint64(1)
    while begin < end:
        c, width = decode(data, begin)
        low = lower[c] if c < 0x10000 else np.uint32(c)
        value = value * BASE + np.uint64(low) + np.uint64(1)
        power *= BASE
        begin += width
    return value, power


@helper
def scan_words(data, start, end, kinds, lower, lists: Lists, words: Words):
    """Fill `words` with those of a text: (how many, letters, negations, words of its head, Latin and Han words)."""
    # Taken out of their tuples once: inside the loop each use would count references, a third of the time.
    raw, powers, stems, stem_powers, roots = words.raw, words.powers, words.stems, words.stem_powers, words.roots
    keys, firsts, onsets, lines = words.keys, words.firsts, words.onsets, words.lines
    marks, word_roles = words.marks, words.roles
    listed, listed_roles = lists.words, lists.roles
    tails, lengths, endings, turns = lists.tails, lists.lengths, lists.endings, lists.turns
    count = 0
    line = 0
    latins = 0
    hans = 0
    head = -1
    letters = 0
    denied = 0
    i = start
    before = np.uint32(0x20)
    while i < end:
        c, width = decode(data, i)
        signed = False
        if (c == 0x2D or c == 0x2212) and i + width < end and not _is_part(before, kinds) and before != 0x2D:
            signed = is_digit(decode(data, i + width)[0])
        if not signed and not _is_part(c, kinds):
            line += c == 0x0A
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
        joints = 0
        clock = False
        size = 0
        begin = i
        if signed:
            value = np.uint64(0x2E)  # both signs alike
            power = BASE
            i += width
            c, width = decode(data, i)
        latin = c < LATIN_END
        first = c
        two = np.uint64(0)
        while i < end:
            # Small letters and syllables are most of all text, and no question below concerns them.
            byte = data[i]
            if latin and byte >= 0x61 and byte <= 0x7A:
                value = value * BASE + np.uint64(byte) + np.uint64(1)
                power *= BASE
                small = True
                lettered = lettered or size == 0
                size += 1
                before = np.uint32(byte)
                i += 1
                continue
            c, width = decode(data, i)
            if not latin and c >= 0xAC00 and c <= 0xD7A3:
                value = value * BASE + np.uint64(c) + np.uint64(1)
                power *= BASE
                small = False
                size += 1
                before = c
                i += 3
                if size == 2:
                    two = value
                continue
            if not _is_part(c, kinds) or (c < LATIN_END) != latin:
                joint = c == 0x2E or c == 0x2C or c == 0x3A or c == 0x2D or c == 0x2F
                if not (joint and latin and i + 1 < end and is_digit(decode(data, i + 1)[0]) and is_digit(before)):
                    break
                if c != 0x2C:  # 1,000 is 1000; a date is the same with full stops, hyphens and slashes
                    value = value * BASE + np.uint64(0x2F)
                    power *= BASE
                    joints += 1
                    clock = clock or c == 0x3A
                before = c
                i += width
                continue
            low = lower[c] if c < 0x10000 else np.uint32(c)
            value = value * BASE + np.uint64(low) + np.uint64(1)
            power *= BASE
            number = number or is_digit(c)
            shaped = shaped or c == 0x5F or low != c
            coined = coined or c == 0x5F or (small and low != c)
            small = (c | 0x20) >= 0x61 and (c | 0x20) <= 0x7A and low == c
            lettered = lettered or (size == 0 and (c | 0x20) >= 0x61 and (c | 0x20) <= 0x7A)
            size += 1
            before = c
            i += width
            if size == 2:
                two = value
        sign = False
        while latin and i < end and (data[i] == 0x2B or data[i] == 0x23):
            value = value * BASE + np.uint64(data[i]) + np.uint64(1)
            power *= BASE
            sign = True
            before = np.uint32(data[i])
            i += 1
        stem, stem_power, root = value, power, value
        turn = 0
        if not latin:
            last, turn = _without_particle(data, begin, i, tails, lengths, endings, turns)
            if last < i:
                stem, stem_power = _hash(data, begin, last, lower)
            further, _ = _without_particle(data, begin, last, tails, lengths, endings, turns)
            root = _hash(data, begin, further, lower)[0] if further < last else stem
        roles = _roles(value, listed, listed_roles)
        stem_roles = roles if stem == value else _roles(stem, listed, listed_roles)
        denies = stem_roles & NEGATION > 0
        if not latin:
            denies = denies or ((first == 0xC54A or first == 0xC5C6 or first == 0xBABB) and size > 1)  # 않 없 못
            if first == 0xC544 and size > 2 and data[begin + 3] == 0xEB:  # 아니, 아닌
                second = decode(data, begin + 3)[0]
                denies = denies or second == 0xB2C8 or second == 0xB2CC
        if head < 0:
            if roles & COPULA:
                head = count
            if not latin and (before == 0xC740 or before == 0xB294):  # 은, 는
                head = count + 1
        numeric = number or sign or signed
        han = _is_han(first)
        raw[count] = value
        powers[count] = power
        stems[count] = stem
        stem_powers[count] = stem_power
        roots[count] = root
        keys[count] = stem ^ (np.uint64(turn) * BASE)
        firsts[count] = value if latin or size < 2 else two
        onsets[count] = (first - 0xAC00) // 28 + 1 if first >= 0xAC00 and first < 0xD7A4 else 0
        lines[count] = line
        word_roles[count] = roles
        marks[count] = LATIN * latin + NUMERIC * numeric + SHAPED * shaped + HAN * han + DENIES * denies
        marks[count] += CLOCK * clock + DATE * (joints > 1 and not clock)
        if latin and lettered and (coined or number):
            marks[count] |= COINED
        if not numeric and (size < (3 if latin else 2) or (roles | stem_roles) & FILLER):
            marks[count] |= IGNORED
        if before < 0x10000 and _VERBS[before]:
            marks[count] |= VERB
        latins += latin
        hans += han
        denied += denies
        letters += size
        count += 1
    _ignore_stamps(words, count)
    return count, letters, denied, min(HEAD, count if head < 0 else head), latins, hans


@helper
def _ignore_stamps(words: Words, count):
    """Mark as IGNORED the time at which a page was made or read ("입력 2021.03.02 14:05", "updated: 5 March 2021"), the
    number of its visits ("조회 1,234", "12 comments") and the name of its writer ("홍길동 기자").

    A time stands behind a word of STAMPS and has a date, or is a date with the hour behind it.
    """
    marks, roles, lines = words.marks, words.roles, words.lines
    for i in range(count):
        if i > 0 and roles[i] & WRITER:
            marks[i - 1] |= IGNORED
        if roles[i] & AUTHOR:
            for k in range(i + 1, min(i + 4, count)):
                marks[k] |= IGNORED if lines[k] == lines[i] else 0
        visits = roles[i] & VISITED > 0
        if visits and i > 0 and marks[i - 1] & NUMERIC and lines[i - 1] == lines[i]:
            marks[i - 1] |= IGNORED
        clock = marks[i] & DATE and i + 1 < count and marks[i + 1] & CLOCK
        if not (visits or clock or roles[i] & STAMPED):
            continue
        first = i if clock else i + 1
        last = first
        numbers = 0
        dated = visits or clock
        while last < min(count, first + (1 if visits else STAMP)):
            if not (marks[last] & NUMERIC or roles[last] & TIMED):
                break
            numbers += marks[last] & NUMERIC > 0
            dated = dated or numbers > 2 or marks[last] & (DATE | CLOCK) or roles[last] & DATED
            last += 1
        if dated:
            for k in range(first, last):
                marks[k] |= IGNORED


@helper
def _is_han(c):
    return (c >= 0x3400 and c <= 0x9FFF) or (c >= 0xF900 and c <= 0xFAFF)

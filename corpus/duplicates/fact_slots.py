"""Aligned places in which two similar texts differ, and whether what changed there is a fact.

A slot is a stretch of at most SLOT words on each side that is left between equal words (corpus/kernels/alignment.py)
and is not the same letters with other spaces: "[2023]년 시험" / "[2024]년 시험". It states another fact if

    it is in the head of both texts, in a line with equal words, and both sides have a number or both a name (Latin
    letters, in English with a capital) with equal words around, or both a word that the other text lacks
    one side denies what the other says: 저장된다 / 저장되지 않는다, 허용 / 금지, legal / illegal, 없음 / something
    in a text below TURNED letters 부터 is 까지
    words that the other text lacks are inserted in the head and once more elsewhere ("per second")
    one word is exchanged for one other in two slots or more, and these are at least half of all slots
    numbers or names that the other text lacks are exchanged in three slots, one more for each SPREAD letters, and these
    are at least half of all slots
    both titles (first lines of at most HEAD words) have words inserted that the other title lacks: "query [expression]
    syntax" / "[method-based] query syntax"
    it is the only slot, and names are exchanged in it: "(Visual Basic)" / "(C#)" at the end

The first four and the titles decide only if there are at most CLUTTER slots: more are a rewriting, or noise. A word
that is misspelt is no other word. A number in the head decides always, and a coined name in the title exchanged for
another name: /Project / /ProjectConfig. A text below SHORT letters has at least LEAD words in its head.
Words in Han letters alone are the gloss of the word before and no fact. Denials are looked for in texts below NAMED
letters, exchanges below SWAPPED and NAMED: in longer texts one word is a correction. Slots beside a passage that was
moved or rewritten do not count.

Cost: linear in the words of both texts.
"""

import numpy as np

from corpus.duplicates.fact_lists import Lists
from corpus.duplicates.fact_words import COINED, DENIES, HAN, HEAD, IGNORED, LATIN, NUMERIC, SHAPED, VERB, Words
from corpus.kernels.alignment import find_gaps, is_firm
from corpus.kernels.inner import helper
from corpus.kernels.key_table import BASE, has

LEAD, SHORT = 8, 300  # words that count as the head of a text of fewer letters
CLUTTER = 6  # slots up to which a single one decides: more are a rewriting, or noise
SYLLABLES, LONGEST = 11172, 8  # Hangul syllables; syllables of a word in which a misspelt one is looked for
INVERSE = np.uint64(pow(int(BASE), -1, 2**64))
SLOT = 4  # words on each side
NAMED = 3000  # letters
SPREAD = 1400  # letters for each further slot that is asked for
NUMBER, NAME, NEW_NUMBER, NEW_NAME, NEW_NOUN, GLOSSED, NOUN = 1, 2, 4, 8, 16, 32, 64
CALLED = NUMBER | NAME  # C# and A1 are numbers
FACT, NEW = CALLED | NOUN, NEW_NUMBER | NEW_NAME | NEW_NOUN
SWAPPED = 1500  # letters up to which a word that is exchanged twice is a fact
TURNED = 500  # letters up to which 부터 / 까지 is a fact


@helper
def _letters_of(words: Words, first, last):
    """The hash of all letters of a stretch, without the spaces."""
    value = np.uint64(0)
    for i in range(first, last):
        value = value * words.powers[i] + words.raw[i]
    return value


@helper
def _within(words: Words, first, last, count):
    """Whether both neighbours of the stretch are in its line, where the text does not begin with it."""
    before = first == 0 or words.lines[first - 1] == words.lines[first]
    return before and last < count and words.lines[last] == words.lines[last - 1]


@helper
def _beside(words: Words, first, last, count):
    """Whether a neighbour of the stretch is in its line."""
    before = first > 0 and words.lines[first - 1] == words.lines[first]
    return before or (last < count and words.lines[last] == words.lines[last - 1])


@helper
def _kinds(words: Words, first, last, names, korean, others):
    """What a stretch has, as bits: numbers, names and nouns, those that the other text lacks (NEW_…), and GLOSSED:
    words that are not in Han letters, which are often the gloss of the word before."""
    kinds = 0
    for i in range(first, last):
        marks = words.marks[i]
        kinds |= 0 if marks & HAN else GLOSSED
        if marks & IGNORED:
            continue
        new = 0 if has(others, words.stems[i]) or has(others, words.raw[i]) or has(others, words.roots[i]) else 1
        if marks & NUMERIC:
            kinds |= NUMBER | (NEW_NUMBER * new)
        elif (marks & HAN and korean) or (marks & LATIN and (names or marks & SHAPED)):
            kinds |= NAME | (NEW_NAME * new)
        elif korean and not marks & (LATIN | HAN) and (words.stems[i] != words.raw[i] or not marks & VERB):
            kinds |= NOUN | (NEW_NOUN * new)
    return kinds


@helper
def _marked(words: Words, first, last, mark):
    """How many words of a stretch have the mark."""
    count = 0
    for i in range(first, last):
        count += words.marks[i] & mark > 0
    return count


@helper
def _opposite(left: Words, a, b, right: Words, c, d, lists: Lists):
    """Whether one side denies what the other says."""
    first, second = _marked(left, a, b, DENIES), _marked(right, c, d, DENIES)
    if first != second:
        if a == b or c == d:  # 안, not
            return first + second == b - a + d - c
        if left.onsets[a] > 0 and left.onsets[a] == right.onsets[c]:
            return True
    for i in range(a, b):
        for k in range(c, d):
            if has(lists.opposites, left.firsts[i] * BASE + right.firsts[k]):
                return True
            for prefix in lists.prefixes:
                more = prefix * right.powers[k] + right.raw[k] == left.raw[i]
                if more or prefix * left.powers[i] + left.raw[i] == right.raw[k]:
                    return True
    return False


@helper
def _none(left: Words, a, b, right: Words, c, d, lists: Lists):
    """Whether one side is a single word that says that there is nothing (없음, none), and the other is something."""
    if a == b or c == d:
        return False
    return (b - a == 1 and has(lists.absent, left.raw[a])) != (d - c == 1 and has(lists.absent, right.raw[c]))


@helper
def _same_root(left: Words, i, right: Words, k):
    return left.roots[i] == right.roots[k] or left.roots[i] == right.stems[k] or left.stems[i] == right.roots[k]


@helper
def _same_word(left: Words, i, right: Words, k):
    """Whether two words are one with other particles, or one is misspelt: of four syllables and more one differs, and
    that only in its first consonant, its vowel or its last consonant."""
    if _same_root(left, i, right, k):
        return True
    if left.onsets[i] == 0 or left.stem_powers[i] != right.stem_powers[k]:
        return False
    if left.stem_powers[i] == BASE or left.stem_powers[i] == BASE * BASE or left.stem_powers[i] == BASE * BASE * BASE:
        return False
    difference = left.stems[i] - right.stems[k]
    for _ in range(LONGEST):
        step = np.int64(difference)
        if abs(step) < SYLLABLES:
            return abs(step) < 28 or (step % 28 == 0 and abs(step) < 588) or step % 588 == 0
        difference *= INVERSE
    return False


@helper
def _slot_head(words: Words, sizes):
    """The words of the head as far as slots are looked for: up to the topic, of a text without one its first line, and
    where that is long its first LEAD words."""
    if sizes[3] < min(HEAD, sizes[0]):
        return sizes[3]
    count = 0
    while count < min(HEAD, sizes[0]) and words.lines[count] == words.lines[0]:
        count += 1
    return count if count < HEAD else LEAD


@helper
def _title(words: Words, sizes):
    """The number of words of the first line, if that is a title: at most HEAD words, and not the whole text."""
    count = 0
    while count <= HEAD and count < sizes[0] and words.lines[count] == words.lines[0]:
        count += 1
    return count if count <= HEAD and count < sizes[0] else 0


@helper
def _added(words: Words, first, last, other: Words, title, names, korean, known):
    """What a stretch of one title has that the other title lacks: 0 nothing, 1 a word, 3 a number, a name or a noun."""
    found = 0
    for i in range(first, last):
        new = True
        for k in range(title):
            new = new and not _same_word(words, i, other, k) and words.raw[i] != other.raw[k]
        if new:
            found |= 3 if _kinds(words, i, i + 1, names, korean, known) & FACT else 1
    return found


@helper
def facts_in_slots(left: Words, left_sizes, left_known, right: Words, right_sizes, right_known, letters, lists: Lists):
    """Whether a slot of two texts states another fact.

    `left_sizes` as returned by `scan_words`, `left_known` a table of the words of the left text; `letters` of the
    shorter text.
    """
    gaps = find_gaps(left.keys, left_sizes[0], right.keys, right_sizes[0])
    korean = 4 * (left_sizes[4] + left_sizes[5]) < 3 * left_sizes[0]
    names = 2 * left_sizes[4] <= left_sizes[0]
    lead = LEAD if letters < SHORT else 0
    left_head, right_head = max(lead, _slot_head(left, left_sizes)), max(lead, _slot_head(right, right_sizes))
    left_title, right_title = _title(left, left_sizes), _title(right, right_sizes)
    left_added, right_added = 0, 0
    slots, facts, repeated = 0, 0, 0
    decided, renamed = False, False
    swaps = np.zeros((SLOT * gaps.shape[0], 2), np.uint64)
    swapped = 0
    for g in range(gaps.shape[0]):
        a, b, c, d = gaps[g]
        letters_left, letters_right = _letters_of(left, a, b), _letters_of(right, c, d)
        if letters_left == letters_right:
            continue
        slots += 1
        if not is_firm(gaps, g, SLOT):
            continue
        if letters < NAMED and _none(left, a, b, right, c, d, lists):
            decided = True
        if b - a > SLOT or d - c > SLOT:
            continue
        if letters < NAMED and _opposite(left, a, b, right, c, d, lists):
            decided = True
        head = a < left_head and c < right_head
        if a == b or c == d:
            if b <= left_title and d <= right_title:
                left_added |= _added(left, a, b, right, right_title, names, korean, right_known)
                right_added |= _added(right, c, d, left, left_title, names, korean, left_known)
            known = left_known if a == b else right_known
            kinds = _kinds(right, c, d, names, korean, known) if a == b else _kinds(left, a, b, names, korean, known)
            if kinds & NEW == 0:
                continue
            inserted = (letters_left ^ letters_right) & ~np.uint64(1) | np.uint64(head)
            for k in range(swapped):
                again = swaps[k, 0] == 0 and (swaps[k, 1] ^ inserted) <= 1
                decided = decided or (again and (head or swaps[k, 1] & np.uint64(1) > 0))
            swaps[swapped, 1] = inserted
            swapped += 1
            continue
        if b - a == 1 and d - c == 1 and left.stems[a] == right.stems[c]:
            both = left.keys[a] != left.stems[a] and right.keys[c] != right.stems[c]
            decided = decided or (both and letters < TURNED)  # 부터, 까지
            continue
        mine = _kinds(left, a, b, names, korean, right_known)
        theirs = _kinds(right, c, d, names, korean, left_known)
        both = mine & theirs
        if not both & GLOSSED:
            continue
        beside = _beside(left, a, b, left_sizes[0]) and _beside(right, c, d, right_sizes[0])
        within = _within(left, a, b, left_sizes[0]) and _within(right, c, d, right_sizes[0]) and (a == 0) == (c == 0)
        same = b - a == d - c
        for i in range(b - a):
            same = same and (left.raw[a + i] == right.raw[c + i] or _same_word(left, a + i, right, c + i))
        called = mine & CALLED > 0 and theirs & CALLED > 0 and (mine | theirs) & NAME > 0
        cut = b == left_sizes[0] and d == right_sizes[0] and b - a == d - c  # a copy may end within a word
        renamed = renamed or (beside and not same and called and not cut)
        if head and not same:
            coined = _marked(left, a, b, COINED) + _marked(right, c, d, COINED) > 0
            titled = b <= left_title and d <= right_title and coined
            if within and (both & NUMBER or (titled and both & NAME > 0)):
                return True
            decided = decided or (within and both & NAME > 0)
            decided = decided or (beside and mine & NEW > 0 and theirs & NEW > 0)
        facts += (both & (NEW_NUMBER | NEW_NAME)) > 0
        if b - a != d - c:
            continue
        for i in range(b - a):
            mine = _kinds(left, a + i, a + i + 1, names, korean, right_known)
            theirs = _kinds(right, c + i, c + i + 1, names, korean, left_known)
            if not (mine & FACT and theirs & FACT) or _same_word(left, a + i, right, c + i):
                continue
            swaps[swapped, 0] = left.stems[a + i]
            swaps[swapped, 1] = right.stems[c + i]
            for k in range(swapped):
                if swaps[k, 0] == swaps[swapped, 0] and swaps[k, 1] == swaps[swapped, 1]:
                    repeated += 1 + (repeated == 0)
                    break
            swapped += 1
    decided = decided or (left_added > 0 and right_added > 0 and left_added + right_added > 2)
    if decided and slots <= CLUTTER:
        return True
    if letters < NAMED and slots == 1 and renamed:
        return True
    if letters < SWAPPED and repeated > 0 and 2 * repeated >= slots:
        return True
    return letters < NAMED and facts > 2 + letters // SPREAD and 2 * facts >= slots

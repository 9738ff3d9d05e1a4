"""corpus/duplicates/facts.py in plain Python: words as strings, tables as sets and counters."""

import re
import string
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from corpus.duplicates import fact_lists as lists
from corpus.duplicates.fact_slots import CLUTTER, LEAD, LONGEST, NAMED, SHORT, SLOT, SPREAD, SWAPPED, SYLLABLES, TURNED
from corpus.duplicates.fact_words import HEAD, STAMP
from corpus.duplicates.facts import NEGATED, NUMBERS, RECURS, TOGETHER, WORDS
from corpus.kernels.alignment import FIRM, SPLIT
from corpus.kernels.units import lower_case

LOWER = lower_case()
OPERANDS = set(string.ascii_letters + string.digits + "()[]{}$\\")
OPPOSITES = {tuple(pair.split("/")) for pair in lists.OPPOSITES}
Gap = tuple[int, int, int, int]


@dataclass
class Word:
    """`raw` in lower case, with "-" for a minus and "." for every joint of numbers; `stem` without the particle."""

    raw: str
    stem: str
    root: str
    latin: bool
    number: bool
    shaped: bool
    coined: bool
    joints: str
    line: int
    ignored: bool = False

    @property
    def size(self) -> int:
        return len(self.raw.rstrip("+#").removeprefix("-").replace(".", ""))

    @property
    def han(self) -> bool:
        return 0x3400 <= ord(self.raw[0]) <= 0x9FFF or 0xF900 <= ord(self.raw[0]) <= 0xFAFF

    @property
    def verb(self) -> bool:
        return self.raw[-1] in lists.VERBS

    @property
    def first(self) -> str:
        return self.raw if self.latin else self.raw[:2]

    @property
    def onset(self) -> int:
        return (ord(self.raw[0]) - ord("가")) // 28 + 1 if "가" <= self.raw[0] <= "힣" else 0

    @property
    def turn(self) -> str:
        ending = self.raw[len(self.stem) :]
        return ending if ending in ("부터", "까지") and self.raw.startswith(self.stem) else ""

    @property
    def key(self) -> tuple[str, str]:
        return self.stem, self.turn

    @property
    def denies(self) -> bool:
        if self.stem in lists.NEGATIONS:
            return True
        return not self.latin and (
            (self.raw[0] in "않없못" and self.size > 1) or (self.raw[:2] in ("아니", "아닌") and self.size > 2)
        )

    @property
    def date(self) -> bool:
        return len(self.joints) > 1 and ":" not in self.joints

    @property
    def clock(self) -> bool:
        return ":" in self.joints


def _is_part(char: str) -> bool:
    return char == "_" or (char not in "ㆍᆞ" and not char.isspace() and unicodedata.category(char)[0] in "LNM")


def is_coined(word: str) -> bool:
    """With a low line, a digit, or a capital behind a small letter."""
    inner = any(re.match("[a-z]", a) and LOWER[ord(b)] != ord(b) for a, b in pairwise(word.rstrip("+#")))
    return "_" in word or bool(re.search("[0-9]", word)) or inner


def _without_particle(word: str) -> str:
    fits = (p for p in lists.PARTICLES if word.endswith(p) and len(word.encode()) >= len(p.encode()) + 3)
    return word[: len(word) - len(next(fits, ""))]


def plain_words(text: str) -> list[Word]:
    """The words of a text, those of times and authors ignored."""
    words: list[Word] = []
    i = 0
    while i < len(text):
        before = text[i - 1] if i else " "
        sign = (
            text[i] in "-−"
            and text[i + 1 : i + 2].isascii()
            and text[i + 1 : i + 2].isdigit()
            and not _is_part(before)
            and before != "-"
        )
        if not sign and not _is_part(text[i]):
            i += 1
            continue
        begin = i
        i += sign
        latin = ord(text[i]) < 0x250
        while i < len(text):
            if not _is_part(text[i]) or (ord(text[i]) < 0x250) != latin:
                digits = text[i - 1] in "0123456789" and text[i + 1 : i + 2] in tuple("0123456789")
                if not (latin and text[i] in ".,:-/" and digits):
                    break
            i += 1
        end = i
        while latin and i < len(text) and text[i] in "+#":
            i += 1
        joints = "".join(re.findall(r"(?<=[0-9])([.:/-])(?=[0-9])", text[begin + sign : i]))
        number = re.sub(r"(?<=[0-9])[.:/-](?=[0-9])", ".", re.sub(r"(?<=[0-9]),(?=[0-9])", "", text[begin + sign : i]))
        word = ("-" if sign else "") + number
        shaped = "_" in word or any(ord(c) < 0x10000 and LOWER[ord(c)] != ord(c) for c in word)
        coined = latin and bool(re.match("[A-Za-z]", word)) and is_coined(word)
        word = "".join(chr(LOWER[ord(c)]) if ord(c) < 0x10000 else c for c in word)
        stem = word
        if not latin:
            stem = _without_particle(word)
        number = sign or i > end or any(c in "0123456789" for c in word)
        words.append(
            Word(
                word,
                stem,
                stem if latin else _without_particle(stem),
                latin,
                number,
                shaped,
                coined,
                joints,
                text.count("\n", 0, begin),
            )
        )
    for w in words:
        short = w.size < (3 if w.latin else 2)
        w.ignored = not w.number and (short or w.raw in lists.FILLERS or w.stem in lists.FILLERS)
    _ignore_stamps(words)
    return words


def _ignore_stamps(words: list[Word]) -> None:
    for i, w in enumerate(words):
        if i and w.raw in lists.WRITERS:
            words[i - 1].ignored = True
        if w.raw in lists.AUTHORS:
            for behind in words[i + 1 : i + 4]:
                behind.ignored = behind.ignored or behind.line == w.line
        visits = w.raw in lists.VISITS
        if visits and i and words[i - 1].number and words[i - 1].line == w.line:
            words[i - 1].ignored = True
        clock = w.date and i + 1 < len(words) and words[i + 1].clock
        if not (visits or clock or w.raw in lists.STAMPS):
            continue
        first = i if clock else i + 1
        run: list[Word] = []
        for behind in words[first : first + (1 if visits else STAMP)]:
            if not (behind.number or behind.raw in lists.TIMES + lists.DATES):
                break
            run.append(behind)
        dated = any(part.date or part.clock or part.raw in lists.DATES for part in run)
        if visits or clock or dated or sum(part.number for part in run) > 2:
            for part in run:
                part.ignored = True


def _head(words: list[Word]) -> int:
    """How many words the head has."""
    for i, w in enumerate(words):
        if w.raw in lists.COPULAS:
            return min(HEAD, i)
        if not w.latin and w.raw[-1] in "은는":
            return min(HEAD, i + 1)
    return min(HEAD, len(words))


def _runs(words: list[Word]) -> set[str]:
    made = {part for w in words for part in (w.raw, w.stem, w.root)}
    made |= {"".join(w.raw for w in words[i : i + 3]) for i in range(len(words) - 2)}
    return made | {a.raw + part for a, b in pairwise(words) for part in (b.raw, b.stem)}


def _is_known(words: list[Word], i: int, known: set[str]) -> bool:
    w = words[i]
    behind = i + 1 < len(words) and any(w.raw + part in known for part in (words[i + 1].raw, words[i + 1].stem))
    before = i > 0 and any(words[i - 1].raw + part in known for part in (w.raw, w.stem))
    three = ["".join(w.raw for w in words[at : at + 3]) for at in range(max(0, i - 2), min(i, len(words) - 3) + 1)]
    return w.stem in known or w.raw in known or behind or before or any(joined in known for joined in three)


def _facts(
    words: list[Word], head: int, others: list[Word], other_head: int, letters: int
) -> tuple[bool, int, int, int, bool]:
    here, there = Counter(w.stem for w in words), Counter(w.stem for w in others)
    known, heads = _runs(others), {w.stem for w in others[:other_head]}
    decides, twice, more, new, coins = False, 0, 0, 0, False
    english = 2 * sum(w.latin for w in words) > len(words)
    for i, w in enumerate(words):
        if w.ignored or (not there[w.stem] and _is_known(words, i, known)):
            continue
        ahead = here[w.stem] - there[w.stem]
        aside = i < head and ahead > 0 and w.stem not in heads
        if aside:
            more = max(more, ahead)
            twice = max(twice, ahead if 2 * there[w.stem] <= here[w.stem] else 0)
            new = max(new, 0 if there[w.stem] else ahead)
        named = w.latin and (not english or w.shaped or w.number)
        titled = i < head and (named or here[w.stem] >= RECURS)
        short = letters < WORDS and not w.verb
        alone = titled or (w.latin and here[w.stem] > RECURS) or (w.number and letters < NUMBERS) or short
        decides = decides or (not there[w.stem] and alone)
        coined = w.coined and i + 1 < len(words)
        coins = coins or (coined and (aside or (not there[w.stem] and letters < NAMED)))
    return decides, twice, more, new, coins


def plain_signs(text: str) -> list[str]:
    """The signs with a meaning, in their order."""
    signs = []
    for i, c in enumerate(text):
        before, behind = text[i - 1 : i] or " ", text[i + 1 : i + 2] or " "
        left, right = (
            (text[: i - 1][-1:] if before == " " and i else before),
            (text[i + 2 : i + 3] if behind == " " else behind),
        )
        operands = left in OPERANDS and right in OPERANDS
        letter = before in set(string.ascii_letters)
        if c in "-−":
            tight = before in set(string.digits) and behind in set(string.digits)
            counts = operands and not tight and (left.isdigit() or right.isdigit() or not letter)
            counts = counts or (behind in set(string.digits) and before.isascii() and before not in OPERANDS | {"-"})
        elif c in "+#":
            counts = letter or before == "+" or (c == "+" and operands)
        else:
            counts = c in "👍👎" or (c in "×÷=<>" and operands)
        if counts:
            signs.append("-" if c == "−" else c)
    return signs


def _increasing(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest sequence that increases in both places; of equals the one that patience sorting leaves."""
    ends: list[list[tuple[int, int]]] = []
    for place in places:
        low = next((n for n, chain in enumerate(ends) if chain[-1][1] >= place[1]), len(ends))
        ends[low : low + 1] = [(ends[low - 1] if low else []) + [place]]
    return ends[-1] if ends else []


def _common(left: list[tuple[str, str]], right: list[tuple[str, str]]) -> list[tuple[int, int]]:
    """The places of the longest common subsequence, the left text skipped first."""
    best = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in reversed(range(len(left))):
        for k in reversed(range(len(right))):
            best[i][k] = best[i + 1][k + 1] + 1 if left[i] == right[k] else max(best[i + 1][k], best[i][k + 1])
    found, i, k = [], 0, 0
    while i < len(left) and k < len(right) and best[i][k]:
        if left[i] == right[k]:
            found.append((i, k))
            i, k = i + 1, k + 1
        elif best[i + 1][k] >= best[i][k + 1]:
            i += 1
        else:
            k += 1
    return found


def plain_gaps(left: list[tuple[str, str]], right: list[tuple[str, str]]) -> list[Gap]:
    """The stretches of both texts between equal words."""
    runs, others = Counter(pairwise(left)), Counter(pairwise(right))
    where = {pair: k for k, pair in enumerate(pairwise(right))}
    once = [(i, where[p]) for i, p in enumerate(pairwise(left)) if runs[p] == 1 and others[p] == 1]
    gaps: list[Gap] = []
    a, b = 0, 0
    for a_end, b_end in [*_increasing(once), (len(left), len(right))]:
        last_a, last_b = a_end, b_end
        while a < last_a and b < last_b and left[a] == right[b]:
            a, b = a + 1, b + 1
        while a < last_a and b < last_b and left[last_a - 1] == right[last_b - 1]:
            last_a, last_b = last_a - 1, last_b - 1
        pieces = [(a, b)]
        if a < last_a and b < last_b and max(last_a - a, last_b - b) <= SPLIT:
            pieces += [(a + i, b + k) for i, k in _common(left[a:last_a], right[b:last_b])]
        ends = [*pieces[1:], (last_a, last_b)]
        starts = [pieces[0], *((i + 1, k + 1) for i, k in pieces[1:])]
        for (i, k), (i_end, k_end) in zip(starts, ends, strict=True):
            if i < i_end or k < k_end:
                gaps.append((i, i_end, k, k_end))
        a, b = a_end, b_end
    return gaps


def _is_firm(gaps: list[Gap], g: int) -> bool:
    for one, other in ((g - 1, g), (g, g + 1)):
        if one >= 0 and other < len(gaps):
            wide = gaps[other if one == g else one]
            if max(wide[1] - wide[0], wide[3] - wide[2]) > SLOT and gaps[other][0] - gaps[one][1] < FIRM:
                return False
    return True


def _kinds(words: list[Word], names: bool, korean: bool, known: set[str]) -> set[str]:
    kinds = {"plain" for w in words if not w.han}
    for w in words:
        if w.ignored:
            continue
        kind = ""
        if w.number:
            kind = "number"
        elif (w.han and korean) or (w.latin and (names or w.shaped)):
            kind = "name"
        elif korean and not (w.latin or w.han) and (w.stem != w.raw or not w.verb):
            kind = "noun"
        if kind:
            kinds |= {kind} if {w.stem, w.raw, w.root} & known else {kind, f"new {kind}"}
    return kinds


def _opposite(left: list[Word], right: list[Word]) -> bool:
    first, second = (sum(w.denies for w in words) for words in (left, right))
    if first != second:
        if not left or not right:
            return first + second == len(left) + len(right)
        if left[0].onset and left[0].onset == right[0].onset:
            return True
    for a in left:
        for b in right:
            prefixed = any(a.raw == p + b.raw or b.raw == p + a.raw for p in lists.PREFIXES)
            if prefixed or (a.first, b.first) in OPPOSITES or (b.first, a.first) in OPPOSITES:
                return True
    return False


def _beside(words: list[Word], first: int, last: int) -> tuple[bool, bool]:
    """Whether one neighbour is in its line, and whether both are (or the text begins)."""
    before = first > 0 and words[first - 1].line == words[first].line
    behind = last < len(words) and words[last].line == words[last - 1].line
    return before or behind, (first == 0 or before) and behind


def _same_root(one: Word, other: Word) -> bool:
    return one.root in (other.root, other.stem) or one.stem == other.root


def _same_word(one: Word, other: Word) -> bool:
    if _same_root(one, other):
        return True
    if not one.onset or len(one.stem) != len(other.stem) or len(one.stem) < 4:
        return False
    differing = [(n, ord(a) - ord(b)) for n, (a, b) in enumerate(zip(one.stem, other.stem, strict=True)) if a != b]
    place, step = differing[-1]
    if len(differing) > 1 or len(one.stem) - place > LONGEST or abs(step) >= SYLLABLES:
        return False
    return abs(step) < 28 or (step % 28 == 0 and abs(step) < 588) or step % 588 == 0


def _slot_head(words: list[Word]) -> int:
    if _head(words) < min(HEAD, len(words)):
        return _head(words)
    line = next((n for n, w in enumerate(words[:HEAD]) if w.line != words[0].line), min(HEAD, len(words)))
    return line if line < HEAD else LEAD


def _title(words: list[Word]) -> int:
    count = sum(w.line == words[0].line for w in words)
    return count if count <= HEAD and count < len(words) else 0


def _added(words: list[Word], title: list[Word], names: bool, korean: bool) -> int:
    new = [w for w in words if not any(_same_word(w, other) or w.raw == other.raw for other in title)]
    return max((3 if _kinds([w], names, korean, set()) & {"number", "name", "noun"} else 1 for w in new), default=0)


def _facts_in_slots(left: list[Word], right: list[Word], letters: int) -> bool:
    gaps = plain_gaps([w.key for w in left], [w.key for w in right])
    korean = 4 * sum(w.latin + w.han for w in left) < 3 * len(left)
    names = 2 * sum(w.latin for w in left) <= len(left)
    knowns = _runs(left), _runs(right)
    heads = [max(_slot_head(words), LEAD if letters < SHORT else 0) for words in (left, right)]
    titles = left[: _title(left)], right[: _title(right)]
    added = [0, 0]
    slots = facts = repeated = 0
    decided = renamed = False
    swaps: list[tuple[str, str]] = []
    inserted: list[tuple[str, bool]] = []
    new = {"new number", "new name", "new noun"}
    for g, (a, b, c, d) in enumerate(gaps):
        mine, theirs = left[a:b], right[c:d]
        texts = ["".join(w.raw for w in words) for words in (mine, theirs)]
        if texts[0] == texts[1]:
            continue
        slots += 1
        if not _is_firm(gaps, g):
            continue
        absent = [len(words) == 1 and words[0].raw in lists.ABSENT for words in (mine, theirs)]
        if letters < NAMED and mine and theirs and absent[0] != absent[1]:
            decided = True
        if max(len(mine), len(theirs)) > SLOT:
            continue
        if letters < NAMED and _opposite(mine, theirs):
            decided = True
        head = a < heads[0] and c < heads[1]
        titled = b <= len(titles[0]) and d <= len(titles[1])
        if not mine or not theirs:
            if titled:
                found = _added(mine, titles[1], names, korean), _added(theirs, titles[0], names, korean)
                added = [max(pair) for pair in zip(added, found, strict=True)]
            kinds = _kinds(theirs, names, korean, knowns[0]) if not mine else _kinds(mine, names, korean, knowns[1])
            if kinds & new:
                whole = texts[0] or texts[1]
                decided |= any(other == whole and (head or ahead) for other, ahead in inserted)
                inserted.append((whole, head))
            continue
        if len(mine) == len(theirs) == 1 and mine[0].stem == theirs[0].stem:
            decided |= bool(mine[0].turn and theirs[0].turn) and letters < TURNED
            continue
        kinds, others = _kinds(mine, names, korean, knowns[1]), _kinds(theirs, names, korean, knowns[0])
        if "plain" not in kinds & others:
            continue
        sides = _beside(left, a, b), _beside(right, c, d)
        within = sides[0][1] and sides[1][1] and (a == 0) == (c == 0)
        beside = sides[0][0] and sides[1][0]
        same = len(mine) == len(theirs) and all(
            one.raw == other.raw or _same_word(one, other) for one, other in zip(mine, theirs, strict=True)
        )
        called = kinds & {"number", "name"} and others & {"number", "name"} and "name" in kinds | others
        cut = b == len(left) and d == len(right) and len(mine) == len(theirs)
        renamed = renamed or (beside and not same and bool(called) and not cut)
        if head and not same:
            coined = titled and any(w.coined for w in mine + theirs) and "name" in kinds & others
            if within and ("number" in kinds & others or coined):
                return True
            decided |= within and "name" in kinds & others
            decided |= beside and bool(kinds & new) and bool(others & new)
        facts += bool(kinds & others & {"new number", "new name"})
        if len(mine) == len(theirs):
            for one, other in zip(mine, theirs, strict=True):
                if _same_word(one, other):
                    continue
                if _kinds([one], names, korean, set()) & new and _kinds([other], names, korean, set()) & new:
                    if (one.stem, other.stem) in swaps:
                        repeated += 1 if repeated else 2
                    swaps.append((one.stem, other.stem))
    decided = decided or (min(added) > 0 and sum(added) > 2)
    if decided and slots <= CLUTTER:
        return True
    if letters < NAMED and slots == 1 and renamed:
        return True
    if letters < SWAPPED and repeated and 2 * repeated >= slots:
        return True
    return letters < NAMED and facts > 2 + letters // SPREAD and 2 * facts >= slots


def plain_differ(a: str, b: str, equal: bool = False) -> bool:
    """Whether two texts state different facts; `equal` if all words are."""
    if equal:
        return plain_signs(a) != plain_signs(b)
    left, right = plain_words(a), plain_words(b)
    letters = min(sum(w.size for w in words) for words in (left, right))
    if letters < NEGATED and sum(w.denies for w in left) != sum(w.denies for w in right):
        return True
    if letters < NEGATED and plain_signs(a) != plain_signs(b):
        return True
    heads = _head(left), _head(right)
    first = _facts(left, heads[0], right, heads[1], letters)
    second = _facts(right, heads[1], left, heads[0], letters)
    if first[2] and second[2] and max(first[3], second[3]) >= RECURS:
        return True
    if (first[4] and second[4]) or (first[0] and second[0]):
        return True
    if min(first[1], second[1]) > 0 and first[1] + second[1] >= TOGETHER:
        return True
    ordered = sorted((left, right), key=lambda words: (len(words), [lists.hash_of(w.raw) for w in words]))
    return _facts_in_slots(*ordered, letters)

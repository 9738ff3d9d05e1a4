"""Every count of this folder in plain Python over one text. These are the definitions, slow and obvious; the tests
check that the kernels return the same.
"""

import math
import re
from collections import Counter, defaultdict

from corpus.kernels.utf8 import CONTROL, LETTER, NUMBER, PUNCTUATION, SYMBOL, classes
from corpus.quality.lines import BEFORE_DA, BEFORE_YO, BULLETS, SHORT
from corpus.quality.phrase_lists import (
    ADULT,
    GAMBLING,
    LOST,
    NAVIGATION,
    NEUTRAL,
    PITCH,
    POLICY,
    PROMOTION,
    REPORT,
    TRADE,
    disguises,
)
from corpus.quality.phrases import DIFFERENT, ENOUGH, TIMES
from corpus.quality.words import PARTICLE_SYLLABLES, STOPS
from corpus.structure import definition as structure
from corpus.structure.kinds import Kind
from corpus.structure.sentences import CLOSING, ENDINGS, TERMINAL


def kind(c: str) -> int:
    return int(classes()[ord(c)])


def is_hangul(c: str) -> bool:
    return "가" <= c <= "힣"


def words_of(text: str) -> list[str]:
    return text.split()


def word_counts(text: str) -> dict[str, float]:
    words = words_of(text)
    real = [w for w in words if any(kind(c) not in (PUNCTUATION, SYMBOL, CONTROL) for c in w)]
    eojeols = [w for w in words if any(map(is_hangul, w))]
    endings = []
    for word in eojeols:
        letters = [c for c in word if kind(c) == LETTER]
        if sum(map(is_hangul, word)) > 1 and letters[-1] in PARTICLE_SYLLABLES:
            endings.append(letters[-1])
    return {
        "characters": len(text),
        "visible": sum(not c.isspace() for c in text),
        "words": len(words),
        "real_words": len(real),
        "real_word_characters": sum(map(len, real)),
        "alphabetic_words": sum(any(kind(c) == LETTER for c in w) for w in words),
        "hashes": text.count("#"),
        "ellipses": text.count("...") + text.count("…"),
        "stop_words": len(set(words) & set(STOPS)),
        "syllables": sum(map(is_hangul, text)),
        "jamo": sum("\u3131" <= c <= "\u318e" and kind(c) == LETTER for c in text),
        "latin": sum(kind(c) == LETTER and c < "\u0250" for c in text),
        "ideographs": sum(
            kind(c) == LETTER and ("\u4e00" <= c <= "\u9fff" or "\u3400" <= c <= "\u4dbf" or c >= "\U00020000")
            for c in text
        ),
        "digits": sum(kind(c) == NUMBER for c in text),
        "replacements": text.count("\ufffd"),
        "eojeols": len(eojeols),
        "particle_eojeols": len(endings),
        "particles": len(set(endings)),
        "repeated": repeated(text),
        "distinct_syllables": len({c for c in text if is_hangul(c)}),
        "syllable_entropy": syllable_entropy(text),
    }


def repeated(text: str) -> int:
    count = run = 0
    for i, c in enumerate(text):
        matches = kind(c) == LETTER and i >= 2 and c == text[i - 2]
        run = run + 1 if matches else 0
        count += run > 3
    return count


def syllable_entropy(text: str) -> float:
    frequency = Counter(c for c in text if is_hangul(c))
    n = sum(frequency.values())
    if n < 2:
        return 1.0
    bits = 0.0
    for f in frequency.values():  # in order of first appearance
        bits += f * math.log2(f)
    return (math.log2(n) - bits / n) / math.log2(min(n, 4096))


def is_closed(line: str) -> bool:
    return line.rstrip(CLOSING)[-1:] in set(TERMINAL)


def is_ending(line: str) -> bool:
    rest = re.sub(rf"[{re.escape(TERMINAL + CLOSING)} …~\u3131-\u318e]+$", "", line)
    return bool(rest) and is_hangul(rest[-1]) and rest[-1] in ENDINGS


def has_sentence(line: str) -> bool:
    line = line.strip(" \t")
    return len(structure.sentence_ends(line)) > 1 or bool(re.search(f"[{BEFORE_DA}]다 |[{BEFORE_YO}]요 ", line))


def says_something(line: str) -> bool:
    return is_closed(line) or is_ending(line) or has_sentence(line)


def is_label(line: str) -> bool:
    return len(line) <= SHORT and not says_something(line)


def duplicates(elements: list[str]) -> tuple[int, int]:
    seen: set[str] = set()
    again = [e for e in elements if e in seen or seen.add(e)]  # type: ignore[func-returns-value]  # add returns None
    return len(again), sum(map(len, again))


def with_again(lines: list[tuple[str, Kind]]) -> list[tuple[str, Kind, bool]]:
    """Each line with whether it was seen before."""
    seen: set[str] = set()
    out = []
    for line, kind in lines:
        out.append((line, kind, line in seen))
        seen.add(line)
    return out


def distinct(text: str) -> str:
    """A text with spaces in place of each line seen before."""
    seen: set[str] = set()
    out = []
    for line in text.split("\n"):
        out.append(" " * len(line.encode()) if line.strip(" \t") and line in seen else line)
        seen.add(line)
    return "\n".join(out)


def line_counts(text: str, kinds: list[Kind]) -> dict[str, int]:
    filled = [(line, kind) for line, kind in zip(text.split("\n"), kinds, strict=True) if line.strip(" \t")]
    lines = [line for line, _ in filled]
    prose = [line for line, kind in filled if kind in (Kind.PROSE, Kind.QUOTE)]
    repeated = [(line, kind) for line, kind, again in with_again(filled) if again]
    recurring = [line for line, kind in repeated if kind != Kind.HEADING and not is_label(line)]
    paragraphs = [p for p in re.split(r"\n{2,}", text.strip("\n")) if p]
    duplicate_paragraphs, duplicate_paragraph_characters = duplicates([p for p in paragraphs if len(p) > SHORT])
    return {
        "newlines": text.count("\n"),
        "lines": len(lines),
        "list_lines": sum(kind == Kind.LIST for _, kind in filled),
        "bullet_lines": sum(kind == Kind.LIST and line.lstrip(" \t")[0] in BULLETS for line, kind in filled),
        "ellipsis_lines": sum(line.endswith(("...", "…")) for line in lines),
        "terminal_lines": sum(line.endswith(tuple(TERMINAL)) for line in lines),
        "prose_lines": len(prose),
        "closed_lines": sum(map(says_something, prose)),
        "ending_lines": sum(map(is_ending, lines)),
        "short_lines": sum(map(is_label, prose)),
        "sentence_characters": sum(len(line) for line, kind in filled if kind != Kind.HEADING and says_something(line)),
        "duplicate_lines": len(recurring),
        "duplicate_line_characters": sum(map(len, recurring)),
        "again_characters": sum(len(line) for line, _ in repeated),
        "paragraphs": len(paragraphs),
        "duplicate_paragraphs": duplicate_paragraphs,
        "duplicate_paragraph_characters": duplicate_paragraph_characters,
    }


def repetition_counts(text: str) -> dict[str, int]:
    words = words_of(text)
    counts = {f"top_{n}_gram_characters": top_gram(words, n) for n in (2, 3, 4)}
    return counts | {f"duplicate_{n}_gram_characters": duplicate_grams(words, n) for n in range(5, 11)}


def top_gram(words: list[str], n: int) -> int:
    grams = Counter(" ".join(words[i : i + n]) for i in range(len(words) - n + 1))
    if not grams:
        return 0
    gram, count = grams.most_common(1)[0]
    return len(gram) * count if count > 1 else 0


def duplicate_grams(words: list[str], n: int) -> int:
    seen: set[tuple[str, ...]] = set()
    covered = i = 0
    while i <= len(words) - n:
        gram = tuple(words[i : i + n])
        if gram in seen:
            covered += len("".join(gram))
            i += n
        else:
            seen.add(gram)
            i += 1
    return covered


def listed(lists: str) -> list[str]:
    return [w for line in lists.strip().split("\n") for w in (line.split("|") if "|" in line else line.split())]


LISTS = {
    "gambling": GAMBLING,
    "adult": ADULT,
    "promotion": PROMOTION,
    "pitch": PITCH,
    "report": REPORT,
    "navigation": NAVIGATION,
    "neutral": NEUTRAL,
}
WORDS = {name: listed(words) for name, words in LISTS.items()}
for _name in ("gambling", "adult", "promotion", "pitch"):
    WORDS[_name] = [*WORDS[_name], *(other for word in WORDS[_name] for other in disguises(word))]
OF_THE_TRADE = {form for word in listed(TRADE) for form in (word, *disguises(word))}
BY_FIRST: dict[str, list[str]] = defaultdict(list)
for _words in WORDS.values():
    for _word in _words:
        BY_FIRST[_word[0]].append(_word)
WORD_SETS = {name: frozenset(words) for name, words in WORDS.items()}
NOTICES = ["javascript", "lorem ipsum", *POLICY.split("|"), *LOST.split("|")]
HEADS = {*BY_FIRST, *(word[0] for word in NOTICES)}  # the first characters of all of them


def folded(text: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in text)


SEPARATED = re.compile(r"[\x20-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e·]{1,2}")


def phrase_at(text: str, i: int) -> tuple[str, int] | None:
    """The longest phrase that begins at character i of a folded text, and its length there; Latin ones of the lists
    stand alone."""
    found = [word for word in NOTICES if text.startswith(word, i)]
    for word in (word for word in BY_FIRST.get(text[i], []) if text.startswith(word, i)):
        alone = not re.match("[a-z]", text[i + len(word) :]) and not (i and re.match("[a-z]", text[i - 1]))
        if alone or not word[0].isascii():
            found.append(word)
    if found:
        longest = max(found, key=lambda word: len(word.encode()))
        return longest, len(longest)
    if not SEPARATED.match(text, i + 1):
        return None
    apart = [(word, stop) for word in BY_FIRST.get(text[i], []) if (stop := stands_apart(text, i, word))]
    return max(apart, key=lambda pair: len(pair[0].encode())) if apart else None


def stands_apart(text: str, i: int, word: str) -> int:
    """The length of a Korean phrase that begins at i with a sign or space or two between all its syllables, or 0."""
    if not re.fullmatch("[가-힣 ]+", word) or (i and not text[i - 1].isascii()):
        return 0
    syllables = word.replace(" ", "")
    at, spaced = i + 1, False
    for syllable in syllables[1:]:
        gap = SEPARATED.match(text, at)
        if not gap or text[gap.end() : gap.end() + 1] != syllable:
            return 0
        spaced = spaced or text[at] == " "
        at = gap.end() + 1
    return at - i if len(syllables) > 2 or not spaced else 0


def phrases_of(text: str) -> list[tuple[int, str, int]]:
    """(position, phrase, length), from the left, without overlaps."""
    text = folded(text)
    found = []
    i = 0
    while i < len(text):
        match = phrase_at(text, i) if text[i] in HEADS else None
        if match:
            found.append((i, *match))
        i += match[1] if match else 1
    return found


def phrase_counts(text: str) -> dict[str, float]:
    found = [(phrase, length) for _, phrase, length in phrases_of(text)]
    mine = {name: [pair for pair in found if pair[0] in words] for name, words in WORD_SETS.items()}
    covered = {name: sum(length for _, length in pairs) for name, pairs in mine.items()}
    different = {name: len({phrase for phrase, _ in pairs}) for name, pairs in mine.items()}
    counts: dict[str, float] = {}
    for name in ("gambling", "adult", "promotion", "navigation"):
        counts[name] = covered[name] if different[name] >= DIFFERENT else 0
    topics = counts["topics"] = covered["gambling"] + covered["adult"] + covered["promotion"]
    offers = [length for phrase, length in found if phrase in OF_THE_TRADE]
    both = min(topics, covered["pitch"]) if different["pitch"] >= DIFFERENT else 0
    certain = len(offers) >= TIMES or different["pitch"] >= ENOUGH
    counts["solicitation"] = max(0, (both if certain else both // 4) - covered["report"])
    counts["trade"] = max(0, sum(offers) - covered["report"]) if len(offers) >= TIMES else 0
    counts["lost"] = sum(length for p, length in found if p in LOST.split("|"))
    return counts | c4_counts(text)


def c4_counts(text: str) -> dict[str, float]:
    kept = sentences = curly = lorem = start = 0
    phrases = phrases_of(text)
    for line in text.split("\n"):
        here = {p for at, p, _ in phrases if start <= at < start + len(line) + 1}
        start += len(line) + 1
        words = [word for word in re.split(r"[ \t]", line) if word]
        bare = re.sub(r"(?:\[\d*\]|\[edit\]|\[citation needed\])+$", "", line.lstrip(" \t"))
        closed = bare.endswith((".", "?", "!", '"', "'")) and not bare.endswith("...")
        if len(words) < 3 or max(map(len, words)) > 1000 or not closed:
            continue
        if "lorem ipsum" in here:
            lorem += 1
        elif "javascript" not in here:
            curly += "{" in line
            if not here & set(POLICY.split("|")):
                kept += 1
                sentences += 1 + len(re.findall(r"""[.?!]["')\].?!]* (?![a-z])(?=.)""", line.lstrip(" \t")))
    return {"c4_lines": kept, "c4_sentences": sentences, "curly_lines": curly, "lorem_lines": lorem}


def counts(text: str) -> dict[str, float]:
    """Every count of the text's running text, and the number of words outside it."""
    running, kinds, aside = structure.running(text)
    return counts_of_running(running, kinds) | {"aside_words": aside}


def counts_of_running(text: str, kinds: list[Kind]) -> dict[str, float]:
    """Every count of a text without markup."""
    return word_counts(text) | line_counts(text, kinds) | repetition_counts(distinct(text)) | phrase_counts(text)

"""The rules: one table from which the statistics, the limits, the recipe keys, the reasons in the report and the table
of docs/cleaning.md are made.

A rule is a statistic, a side and a limit for each kind of text. Its name is its key in a recipe: `max_hash_ratio =
0.1` drops a document whose statistic `hash_ratio` is above 0.1. A statistic is a count of the kernels, a ratio of two
counts, or the user's own function over an Arrow column (docs/extending.md). A ratio of few things is weak evidence, so
a rule may name the things: then it fires only when its share is beyond the limit by more than chance. Chance means that
it would happen once in a hundred texts exactly at the limit (binomial distribution).
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

SENTENCES = "sentence_characters"  # the statistic that exempts a text from the rules on labels
ENOUGH = 200  # of these characters: about three sentences, whatever list, table or menu is around them

Count = str | Callable[[Any], Any]  # a count of the kernels, or a function: string column → number per text


class Rule(NamedTuple):
    """One rule; where a limit is None, the rule is off for that kind of text."""

    side: Literal["min", "max"]
    statistic: str
    of: Count | tuple[Count, Count]  # what it counts, or a ratio of two counts; 0 / 0 is 0
    ko: float | None = None  # profile web, Korean
    en: float | None = None  # profile web, English
    reference: float | None = None  # profile reference, and profile web in other languages
    things: str | None = None  # the count that is the evidence of a ratio
    each: float = 1  # so many of these make one independent thing: five words make one 5-gram
    meaning: str = ""
    source: str = ""
    spared: float | None = None  # does not apply to a text with so many characters in lines with the end of a sentence

    @property
    def name(self) -> str:
        """The key in a recipe, and the reason in the report."""
        return f"{self.side}_{self.statistic}"


def _grams() -> list[Rule]:
    # Gopher's 0.15 to 0.1 and FineWeb-2's 0.201 to 0.127 drop 3 % of API documentation for its set phrases; what is above these is spun text.
    top = {2: (0.282, 0.2), 3: (0.228, 0.18), 4: (0.185, 0.16)}
    duplicate = {5: 0.3, 6: 0.28, 7: 0.26, 8: 0.24, 9: 0.22, 10: 0.2}
    anywhere = {5: 0.4, 10: 0.3}
    return [
        Rule("max", f"top_{n}_gram", (f"top_{n}_gram_characters", "distinct_characters"), *limits, None, "all_words", n,
             f"characters in the most common run of {n} words, if it recurs", "Gopher; FineWeb-2 for Korean")
        for n, limits in top.items()
    ] + [
        Rule("max", f"duplicate_{n}_gram", (f"duplicate_{n}_gram_characters", "distinct_characters"), limit, limit, anywhere.get(n), "all_words", n,
             f"characters in runs of {n} words seen before", "Gopher, limits doubled")
        for n, limit in duplicate.items()
    ]  # fmt: skip


# In the order in which they are tried: a document is dropped by the first that it breaks. Counts are of running text (corpus/structure),
# which contains no code, tables, formulas or link targets.
RULES: tuple[Rule, ...] = (
    Rule("min", "words", "words", ko=20, en=20,
         meaning="words with a letter or digit, code and tables included", source="Gopher: 50, which is 300 characters; an eojeol is about as much text as 1.7 words"),
    Rule("max", "words", "words", ko=100_000, en=100_000, reference=1_000_000,
         meaning="words with a letter or digit, code and tables included", source="Gopher"),
    Rule("min", "characters", "characters", meaning="characters of the running text"),
    Rule("max", "lost", ("lost", "visible"), ko=0.01, en=0.01, reference=0.01,
         meaning="� and 占쏙옙 among the characters", source="one character in a hundred did not survive its decoding"),
    Rule("max", "gambling", ("gambling", "visible"), ko=0.2, en=0.2,
         meaning="characters in words of the gambling list, three different ones", source="own"),
    Rule("max", "adult", ("adult", "visible"), ko=0.2, en=0.2,
         meaning="characters in words of the adult list, three different ones", source="own"),
    Rule("max", "promotion", ("promotion", "visible"), ko=0.2, en=0.2,
         meaning="characters in words of the list of loans and goods, three different ones", source="own"),
    Rule("max", "solicitation", ("solicitation", "visible"), ko=0.02, en=0.03,
         meaning="the smaller of two shares, words of the three lists and words of advertising, minus the share of words of reports and laws", source="own"),
    Rule("max", "trade", ("trade", "visible"), ko=0.02, en=0.03,
         meaning="characters in words of the trade (카지노사이트, 소액결제 현금화, 비아그라 구매), two of them, minus words of reports and laws", source="own"),
    Rule("max", "sales_talk", "sales_talk", ko=5,
         meaning="points for different phrases that court readers (이 글 하나로, 꿀팁, 지금 문의), minus words of reports and one point for 200 characters (12 where little is offered)", source="own"),
    Rule("max", "keyword", "keyword", ko=0.04,
         meaning="characters of the title's most frequent word in the text, where the page sells: a point of sales talk for 200 characters, a sign of an offer, no story", source="own"),
    Rule("max", "navigation", ("navigation", "visible"), ko=0.15, en=0.2, spared=ENOUGH,
         meaning="characters in words of menus (로그인, 장바구니, my account), three different ones", source="own"),
    Rule("max", "lorem_lines", "lorem_lines", ko=0, en=0, meaning="lines of lorem ipsum", source="C4"),
    Rule("max", "curly_lines", "curly_lines", meaning="sentences with a brace", source="C4"),
    Rule("min", "word_length", ("real_word_characters", "running_words"), en=3, things="running_words",
         meaning="characters a word", source="Gopher"),
    Rule("max", "word_length", ("real_word_characters", "running_words"), ko=30, en=12, things="running_words",
         meaning="characters a word", source="Gopher; Korean: spaces missing throughout"),
    Rule("min", "eojeol_length", ("syllables", "eojeols"), ko=1.5, things="eojeols", meaning="syllables an eojeol", source="dps"),
    Rule("max", "eojeol_length", ("syllables", "eojeols"), ko=15, things="eojeols", meaning="syllables an eojeol", source="dps"),
    Rule("min", "hangul", ("syllables", "visible"), ko=0.05, things="all_words",
         meaning="Hangul among the visible characters", source="dps: 0.25, which drops code-mixed texts"),
    Rule("max", "jamo", ("jamo", "visible"), ko=0.25, things="all_words", meaning="ㅋㅋ and ㅠㅠ among the visible characters", source="own"),
    Rule("max", "repeated", ("repeated", "visible"), ko=0.2, reference=0.3, things="all_words",
         meaning="letters that extend a run of one or two alternating letters", source="own"),
    Rule("min", "syllable_entropy", "syllable_entropy", ko=0.4, meaning="entropy of the syllables, 1 = all equally frequent", source="own"),
    Rule("max", "hash_ratio", ("hashes", "all_words"), ko=0.1, en=0.1, things="all_words", meaning="# a word, headings not counted", source="Gopher"),
    Rule("max", "ellipsis_ratio", ("ellipses", "all_words"), ko=0.1, en=0.1, things="all_words", meaning="... a word", source="Gopher"),
    Rule("max", "bullet_lines", ("bullet_lines", "all_lines"), ko=0.9, en=0.9, things="all_lines",
         spared=ENOUGH, meaning="lines that are items with a bullet", source="Gopher"),
    Rule("max", "ellipsis_lines", ("ellipsis_lines", "all_lines"), ko=0.3, en=0.3, things="all_lines", meaning="lines that end in ...", source="Gopher"),
    Rule("min", "alphabetic_words", ("alphabetic_words", "unmarked_words"), ko=0.6, en=0.8, things="all_words",
         spared=ENOUGH, meaning="words with a letter, without the marks of lists", source="Gopher; FineWeb-2 0.79 of the morphemes"),
    Rule("min", "stop_words", "stop_words", en=2, things="all_words", each=8, meaning="how many of the, be, to, of, and, that, have, with occur", source="Gopher"),
    Rule("min", "particles", "particles", meaning="how many of Korean's particles and connectives occur", source="FineWeb-2: two stop morphemes"),
    Rule("min", "particle_eojeols", ("particle_eojeols", "eojeols"), ko=0.06, things="eojeols",
         spared=ENOUGH, meaning="eojeols that end in a particle or a connective; labels of a menu do not", source="own"),
    Rule("max", "duplicate_paragraphs", ("duplicate_paragraphs", "paragraphs"), en=0.4, things="paragraphs",
         meaning="paragraphs seen before", source="Gopher"),
    Rule("max", "duplicate_paragraph_characters", ("duplicate_paragraph_characters", "characters"), en=0.35, things="paragraphs",
         meaning="characters of paragraphs seen before", source="Gopher"),
    Rule("max", "duplicate_lines", ("duplicate_lines", "lines"), ko=0.374, en=0.374, things="lines",
         meaning="lines seen before, headings not counted", source="Gopher; FineWeb-2"),
    Rule("max", "duplicate_line_characters", ("duplicate_line_characters", "characters"), en=0.3, things="lines",
         meaning="characters of lines seen before, headings not counted", source="Gopher"),
    Rule("max", "recurring_lines", ("duplicate_line_characters", "line_characters"), ko=0.3, en=0.3, reference=0.5, things="lines",
         meaning="characters of lines seen before, neither headings nor newlines counted", source="FineWeb's 0.01 and FineWeb-2's 0.1 drop documentation"),
    *_grams(),
    Rule("min", "c4_sentences", "c4_sentences", meaning="sentences in lines that C4 keeps", source="C4"),
    Rule("min", "c4_lines", ("c4_lines", "lines"), things="lines", meaning="lines that C4 keeps", source="C4"),
    Rule("min", "terminal_lines", ("terminal_lines", "lines"), things="lines", meaning="lines that end in terminal punctuation", source="FineWeb"),
    Rule("min", "closed_lines", ("closed_lines", "prose_lines"), en=0.12, things="prose_lines",
         spared=ENOUGH, meaning="lines of prose in which a sentence ends, with or without a full stop", source="FineWeb's share of terminal lines"),
    Rule("min", "ending_lines", ("ending_lines", "lines"), things="lines", meaning="lines that end as Korean sentences do", source="own"),
    Rule("max", "short_lines", ("short_lines", "lines"), en=0.67, things="lines",
         spared=ENOUGH, meaning="labels of a menu among the lines: at most 30 characters and no end of a sentence", source="FineWeb"),
    Rule("max", "newline_ratio", ("newlines", "all_words"), things="all_words",
         meaning="newlines a word", source="FineWeb; FineWeb-2 0.196 a morpheme"),
)  # fmt: skip

MORE: dict[
    str, Count | tuple[Count, Count]
] = {  # statistics without a rule: for the survivor among duplicates and for inspection
    SENTENCES: SENTENCES,
    "latin": ("latin", "visible"),
    "digits": ("digits", "visible"),
    "aside_words": ("aside_words", "words"),
}


def table() -> str:
    """The rules as the Markdown table of docs/cleaning.md."""

    def shown(limit: float | None) -> str:
        return "" if limit is None else f"{limit:g}"

    rows = [
        f"| {r.name} | {shown(r.ko)} | {shown(r.en)} | {shown(r.reference)} | {r.things or ''} | {shown(r.spared)} | {r.meaning} | {r.source} |"
        for r in RULES
    ]
    return "\n".join(
        [
            "| rule | ko | en | reference | evidence | spared from | counts | source |",
            "|---|---|---|---|---|---|---|---|",
            *rows,
        ]
    )

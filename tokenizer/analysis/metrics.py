"""The metrics of the fertility report, one entry each: report, page, limits, JSON schema and docs follow METRICS.

A metric is a function of totals over documents, computed for each language, source and script, or a function of some
documents as a tokenizer encodes them, computed for each language and source. docs/extending.md, "A metric", shows how
to add one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa

from tokenizer.analysis.bootstrap import divided
from tokenizer.analysis.efficiency import resampled_efficiency
from tokenizer.analysis.subject import Subject
from tokenizer.analysis.tally import COLUMNS
from tokenizer.analysis.word_list import single_token_rate

# The columns of tokenizer/analysis/tally.py by name, and those of words written in Hangul only.
TOTALS = (*COLUMNS, "hangul_tokens", "hangul_syllables")
TOPICS = ("cost", "compression", "distinct words", "running words", "vocabulary")  # in the order of the page

Totals = dict[str, np.ndarray]  # name of TOTALS → float64[n], one value for each resample
Estimate = dict[str, float | None]  # {"value", "low", "high"}


@dataclass
class Encoded:
    """Some documents as one tokenizer encodes them."""

    subject: Subject
    words: pa.Array  # large_string[n]: the most frequent distinct words, the same for all tokenizers
    used: np.ndarray  # int64[vocabulary]: how often each id occurs
    frequent: np.ndarray  # int64[rows, FREQUENT + 1]: how often the most frequent ids do, and all tokens
    seed: int

    @cached_property
    def efficiency(self) -> tuple[Estimate, Estimate]:
        """Rényi efficiency over the whole vocabulary, and over the tokens that occur; computed once."""
        rows, totals = self.frequent[:, :-1], self.frequent[:, -1]
        return resampled_efficiency(self.used, rows, totals, self.subject.vocab_size, self.seed)


@dataclass(frozen=True)
class Metric:
    """One figure of the report. Exactly one of `totals` and `encoded` is given.

    `totals` returns float64[n], one value for each resample, NaN where it is not defined; its interval is bootstrapped
    over documents. `encoded` returns the value with its interval.
    """

    name: str  # the key in fertility.json, and in limits after the language
    label: str  # on the page
    better: Literal["low", "high", ""]  # which direction is better; "": neither
    unit: Literal["", "%"]  # "%": a share of 1, shown in per cent
    topic: str  # of TOPICS: where the page shows it
    meaning: str  # a sentence for the reader of the page
    definition: str  # for the reader of docs/fertility.md
    source: str = ""
    totals: Callable[[Totals], np.ndarray] | None = None
    encoded: Callable[[Encoded], Estimate] | None = None

    def __post_init__(self) -> None:
        if (self.totals is None) == (self.encoded is None):
            raise ValueError(f"metric {self.name}: expected one of totals and encoded, found both or neither")
        if self.topic not in TOPICS:
            raise ValueError(f"metric {self.name}: found the topic {self.topic!r}, expected one of {', '.join(TOPICS)}")


def _share(above: str, below: str) -> Callable[[Totals], np.ndarray]:
    return lambda t: divided(t[above], t[below])


METRICS = [
    Metric(
        "fertility", "tokens per word", "low", "", "cost",
        meaning="Fertility: tokens for each word between white space (eojeol in Korean), in running text.",
        definition="tokens / words",
        source="Rust et al. 2021, arXiv:2012.15613",
        totals=_share("tokens", "words"),
    ),
    Metric(
        "bytes_per_token", "bytes per token", "high", "", "compression",
        meaning="How much UTF-8 text one token contains.",
        definition="UTF-8 bytes / tokens",
        totals=_share("bytes", "tokens"),
    ),
    Metric(
        "characters_per_token", "characters per token", "high", "", "compression",
        meaning="How many characters one token contains.",
        definition="characters / tokens",
        totals=_share("characters", "tokens"),
    ),
    Metric(
        "tokens_per_syllable", "tokens per syllable", "low", "", "cost",
        meaning="Tokens for each precomposed Hangul syllable.",
        definition="tokens / syllables of words written in Hangul only; tokens of white space are not counted",
        totals=_share("hangul_tokens", "hangul_syllables"),
    ),
    Metric(
        "words_kept_whole", "words kept whole", "high", "%", "running words",
        meaning="The share of running words without a token boundary inside, ignoring punctuation around them.",
        definition="share of words with no token boundary between their first letter or digit and their last: a comma "
        "after a word does not count",
        totals=_share("whole", "words"),
    ),
    Metric(
        "continued_words", "continued words", "low", "%", "running words",
        meaning="The share of running words that are two tokens or more, punctuation included.",
        definition="share of words of two tokens or more",
        source="Rust et al. 2021",
        totals=_share("continued", "words"),
    ),
    Metric(
        "strr", "STRR", "high", "%", "distinct words",
        meaning="Single token retention rate: of the most frequent distinct words, the share that is one token "
        "(Nayeem et al. 2025).",
        definition="single token retention: of the 10,000 most frequent distinct words with letters, without the signs "
        "around them, the share that is one token after a space",
        source="Nayeem et al. 2025, arXiv:2510.09947",
        encoded=lambda e: single_token_rate(e.subject, e.words, e.seed),
    ),
    Metric(
        "renyi_efficiency", "Rényi efficiency", "", "", "vocabulary",
        meaning="How evenly the vocabulary is used, α = 2.5 (Zouhar et al. 2023): 1 is even.",
        definition="H₂.₅ of the tokens' shares / log of the vocabulary's size",
        source="Zouhar et al. 2023, arXiv:2306.16842",
        encoded=lambda e: e.efficiency[0],
    ),
    Metric(
        "renyi_efficiency_observed", "Rényi, observed", "", "", "vocabulary",
        meaning="The same over the tokens that occur, not the whole vocabulary.",
        definition="the same over the log of the number of tokens that occur, which is what `tokenization-scorer` "
        "gives by default",
        source="Zouhar et al. 2023",
        encoded=lambda e: e.efficiency[1],
    ),
]  # fmt: skip


def metric(name: str) -> Metric:
    """The entry of a name. Raises KeyError where there is none."""
    return {m.name: m for m in METRICS}[name]


def names(scripts: bool = False) -> list[str]:
    """The names of all metrics in the order of fertility.json; `scripts`: of those that scripts have, too."""
    return [m.name for m in METRICS if m.totals or not scripts]


def by_topic() -> list[Metric]:
    """All metrics in the order of the page."""
    return sorted(METRICS, key=lambda m: TOPICS.index(m.topic))


def table() -> str:
    """The metrics as the Markdown table of docs/fertility.md."""
    rows = [f"| `{m.name}` | {m.definition} | {m.better} | {m.source} |" for m in by_topic()]
    return "\n".join(["| name | definition | better | source |", "|---|---|---|---|", *rows])

"""The single token retention rate: the share of the most frequent words that a tokenizer keeps as one token.

STRR = Σ 1[|t(w)| = 1] / n over a list of distinct words (Nayeem et al. 2025, arXiv:2510.09947). The list is the same
for all tokenizers: the most frequent words of the text that is measured, without the punctuation around them, letters
only; each is encoded after a space, as in running text. Its interval resamples words, not documents, because the words
are the sample.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tokenizer.analysis.bootstrap import RESAMPLES, estimate
from tokenizer.analysis.tally import cores
from tokenizer.kernels.words import WordTable

SIZE = 10_000


def frequent_words(columns: Iterable[pa.Array], size: int = SIZE) -> pa.Array:
    """The most frequent words with letters of some string columns, large_string[≤ size], the most frequent first; ties
    in order of occurrence."""
    table = WordTable()
    for column in columns:
        data, ends = cores(column)
        table.add(data, 0, ends)
    order = np.argsort(-table.counts(), kind="stable")[:size]
    return table.column().take(pa.array(order)).cast(pa.large_string())


def single_token_rate(subject: Any, words: pa.Array, seed: int = 0) -> dict[str, float | None]:
    """STRR of a tokenizer (tokenizer/analysis/peers.py's Subject) on a list of words, with its interval over words."""
    if len(words) == 0:
        return estimate(None, np.zeros(0))
    # A tokenizer that adds a space before each text gets the words without one.
    nothing, space = pa.scalar("", pa.large_string()), pa.scalar(" ", pa.large_string())
    spaced = words if subject.dummy else pc.binary_join_element_wise(nothing, words, space)
    _, bounds = subject.encode_column(spaced)
    rate = float(np.mean(np.diff(bounds) == 1))
    draws = np.random.default_rng(seed).binomial(len(words), rate, RESAMPLES) / len(words)
    return estimate(rate, draws)

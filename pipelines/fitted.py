"""The vocabulary and the length of rows that suit a corpus, where the user names none.

`train_tokenizer`, `pack` and `end_to_end` take the same ones, so that the steps one by one make what the chain makes.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from pipelines.console import console, megabytes


class Fitted(NamedTuple):
    """Tokens of a vocabulary, and tokens of a row."""

    vocab_size: int
    seq_len: int


# Bytes of a corpus up to which they are taken. The demo (0.2 MB) gives no more than 8,692 merges that occur twice, most
# of them too rare to learn from, and its documents have 213 tokens at most. 32,768 and 2,048 are those of the recipe
# `mini`; 50,304 (the published vocabulary) and 4,096 those of the 1.3B model.
SIZES = (
    (10_000_000, Fitted(4096, 512)),
    (10_000_000_000, Fitted(32768, 2048)),
    (float("inf"), Fitted(50304, 4096)),
)


def fitted(size: float) -> Fitted:
    """What suits a corpus of so many bytes."""
    return next(fit for bound, fit in SIZES if size <= bound)


def fit_shards(shards: Iterable[Path]) -> tuple[Fitted, str]:
    """What suits the corpus of these shards, and its size for people."""
    size = sum(shard.stat().st_size for shard in shards)
    return fitted(size), megabytes(size)


def tell(what: str, size: str, option: str) -> None:
    """Print a default that was fitted, and the option that changes it."""
    console.print(f"{what}, fitted to {size} of corpus; {option} takes another.", soft_wrap=True)

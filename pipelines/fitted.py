"""The vocabulary, the length of rows and the model that suit a corpus, where the user names none.

`train_tokenizer`, `pack` and `end_to_end` take the same ones, so that the steps one by one make what the chain makes.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from corpus.quantities import megabytes
from pipelines.console import console


class Fitted(NamedTuple):
    """Tokens of a vocabulary, tokens of a row, and the model."""

    vocab_size: int
    seq_len: int
    config: str  # of pretrain, on a GPU; on a CPU the larger ones take weeks
    bytes_per_token: float  # of Korean and English text, roughly: what --dry-run tells


# Bytes of a corpus up to which they are taken. The demo (0.2 MB) gives no more than 8,692 merges that occur twice, most
# of them too rare to learn from, and its documents have 213 tokens at most. 32,768 and 2,048 are those of the recipe
# `mini`; 50,304 (the published vocabulary) and 4,096 those of the 1.3B model, which `350m` shares. The models
# read about 0.2 million, 0.3 billion and 7 billion tokens. Bytes per token: of the demo and of `mini`, 2026-11-27.
SIZES = (
    (10_000_000, Fitted(4096, 512, "tiny", 3.5)),
    (10_000_000_000, Fitted(32768, 2048, "mini", 4.6)),
    (float("inf"), Fitted(50304, 4096, "350m", 4.8)),
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
    console.print(f"{what}, fitted to {size} of corpus; {option} takes another.")

"""Train a byte-level BPE tokenizer on a corpus: count its words once, learn merges, write what transformers reads."""

import shutil
import time
from pathlib import Path
from typing import Annotated

import typer

from corpus.engine import LocalEngine
from corpus.errors import UserError
from corpus.shards import shard_paths
from corpus.task import file_sha256, write_json
from pipelines.console import Display, run
from tokenizer.bpe import train
from tokenizer.counts import count_shards, read_index, weighted
from tokenizer.files import SPECIAL_TOKENS, TOKENIZER, write_tokenizer


def main(
    corpus: Annotated[Path, typer.Option(help="Corpus directory, as build_corpus leaves it.")] = Path("runs/demo"),
    out: Annotated[Path, typer.Option(help="Directory for the tokenizer.")] = Path("runs/tokenizer"),
    vocab_size: Annotated[int, typer.Option(min=512, help="Tokens in all; rounded up to a multiple of 128.")] = 50304,
    pattern: Annotated[str, typer.Option(help="Pre-token pattern: hanji, gpt2 or cl100k.")] = "hanji",
    min_frequency: Annotated[int, typer.Option(min=1, help="A pair must occur so often to be merged.")] = 2,
    max_token_bytes: Annotated[int, typer.Option(min=0, help="Longest token in bytes; 0: no bound.")] = 0,
    whole_characters: Annotated[
        bool, typer.Option(help="Never merge across the boundary of a UTF-8 character unless it completes one.")
    ] = False,
    weights: Annotated[str, typer.Option(help="Weights of languages, e.g. ko=1,en=0.5.")] = "",
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0: one per core.")] = 0,
) -> None:
    """Train a tokenizer on a corpus."""
    begun = time.monotonic()
    shards = shard_paths(corpus)
    language_weights = _weights(weights)
    with Display() as display, LocalEngine(workers or None, display) as engine:
        count_shards(shards, out / "counts", pattern, engine, out / "work")
    counted = time.monotonic()
    words, counts = weighted(out / "counts", language_weights)
    if len(words) == 0:
        raise UserError(f"{corpus}: the corpus holds no text to learn from.")
    size = -(-vocab_size // 128) * 128
    merges = train(
        words,
        counts,
        size - len(SPECIAL_TOKENS),
        min_frequency=min_frequency,
        max_token_bytes=max_token_bytes,
        whole_characters=whole_characters,
    )
    tokens = write_tokenizer(out, merges, pattern, size, multiple=128)
    write_json(
        out / "training.json",
        {
            "corpus": str(corpus),
            "pattern": pattern,
            "vocab_size": tokens,
            "merges": len(merges.pairs),
            "special_tokens": SPECIAL_TOKENS,
            "min_frequency": min_frequency,
            "max_token_bytes": max_token_bytes,
            "whole_characters": whole_characters,
            "weights": language_weights,
            "counts": read_index(out / "counts")["tables"],
            "tokenizer_sha256": file_sha256(out / TOKENIZER),
            "seconds": {"count": round(counted - begun, 2), "train": round(time.monotonic() - counted, 2)},
        },
    )
    shutil.rmtree(out / "work", ignore_errors=True)
    print(f"{out}: {tokens} tokens from {len(words)} distinct words, {time.monotonic() - begun:.1f} s")


def _weights(text: str) -> dict[str, float]:
    try:
        pairs = (part.split("=") for part in text.split(",") if part)
        return {lang.strip(): float(weight) for lang, weight in pairs}
    except ValueError:
        raise UserError(f"--weights {text!r}: expected languages and numbers such as ko=1,en=0.5.") from None


if __name__ == "__main__":
    run(main)

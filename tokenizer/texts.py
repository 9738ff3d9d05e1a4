"""A tokenizer from texts of any form, and the tokens of a corpus, without a command."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.columns import text_arrays
from corpus.errors import UserError
from corpus.shards import read_shard, shard_paths, source_of, splits_of
from tokenizer.directory import MULTIPLE, SPECIAL_TOKENS
from tokenizer.encoding.encode import Encoder
from tokenizer.kernels.words import WordTable
from tokenizer.scanner.patterns import DEFAULT_PATTERN, pattern_code
from tokenizer.training.bpe import train
from tokenizer.training.counts import Pretokens
from tokenizer.training.files import write_tokenizer

COUNTED = pa.schema(
    [("split", pa.string()), ("source", pa.string()), ("lang", pa.string())]
    + [(name, pa.int64()) for name in ("documents", "bytes", "tokens")]
)


def train_tokenizer(
    texts: Any,
    out: Path | str | None = None,
    *,
    column: str = "text",
    vocab_size: int = 50304,
    pattern: str = DEFAULT_PATTERN,
    min_frequency: int = 2,
    max_token_bytes: int = 0,
    whole_characters: bool = True,
) -> Encoder:
    """A byte-level BPE tokenizer of `texts` (the forms of find_duplicates; nulls count as empty), written to the folder
    `out` if one is given, and opened.

    The vocabulary is rounded up to a multiple of 128, as by the command train_tokenizer, which also weighs languages
    and keeps word counts. Here the distinct words have to fit into memory. Raises UserError for texts without a word,
    an unknown pattern, a vocabulary below 512, and an `out` that has other files.
    """
    pattern_code(pattern)
    if vocab_size < 512:
        raise UserError(f"vocab_size {vocab_size}: a vocabulary needs at least 512 tokens.")
    folder = None if out is None else Path(out)
    if folder is not None and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} exists and is not an empty folder; nothing in it is replaced. Name another one.")
    words, cut = WordTable(), Pretokens(pattern)
    for array in text_arrays(texts, column):
        words.add(*cut(pc.fill_null(array.cast(pa.large_string()), "")))
    if not len(words.counts()):
        raise UserError("the texts contain no word to learn from.")
    size = -(-vocab_size // MULTIPLE) * MULTIPLE
    merges = train(
        words.column(),
        words.counts(),
        size - len(SPECIAL_TOKENS),
        min_frequency=min_frequency,
        max_token_bytes=max_token_bytes,
        whole_characters=whole_characters,
    )
    with TemporaryDirectory(prefix="tokenizer-") as temporary:
        made = folder or Path(temporary)
        write_tokenizer(made, merges, pattern, size, MULTIPLE)
        return Encoder.from_file(made)


def count_tokens(corpus: Path | str, tokenizer: Encoder | Path | str) -> pa.Table:
    """Documents, bytes and tokens of a corpus by split, source and language, without BOS and EOS; their sum is
    `pyarrow.compute.sum(table["tokens"])`.

    `tokenizer` is an Encoder, a tokenizer.json or its folder. Every document is encoded. Raises UserError if the folder
    is not a finished corpus, or if there is no tokenizer.
    """
    encoder = tokenizer if isinstance(tokenizer, Encoder) else Encoder.from_file(tokenizer)
    sums: dict[tuple[str, str, str], np.ndarray] = {}
    for split in splits_of(Path(corpus)):
        for path in shard_paths(corpus, split):
            for batch in read_shard(path):
                for lang in pc.unique(batch["lang"]).to_pylist():
                    texts = batch["text"].filter(pc.equal(batch["lang"], lang))
                    size = pc.sum(pc.binary_length(texts)).as_py() or 0
                    counted = np.array([len(texts), size, len(encoder.encode_column(texts)[0])], np.int64)
                    key = split, source_of(path), lang
                    sums[key] = sums.get(key, np.zeros(3, np.int64)) + counted
    rows = [[*key, *numbers.tolist()] for key, numbers in sums.items()]
    return pa.table(list(map(list, zip(*rows, strict=True))) or [[] for _ in COUNTED], schema=COUNTED)

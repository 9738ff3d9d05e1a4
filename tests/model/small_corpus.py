"""A small corpus on disk, a tokenizer without merges and packed data by hand, for the tests of packing and loading."""

from pathlib import Path

import tokenizers

from tests.helpers import corpora
from tests.helpers.corpora import batch_of

__all__ = ["batch_of", "byte_tokenizer", "write_corpus", "write_packed"]


def byte_tokenizer() -> tokenizers.Tokenizer:
    """A byte-level tokenizer without merges: ids are bytes, in the byte-level alphabet's order."""
    specials = ["<s>", "</s>", "<pad>"]
    names = specials + sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE({name: i for i, name in enumerate(names)}, []))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.add_special_tokens(specials)
    return tokenizer


def write_corpus(root: Path, shards: dict[str, dict[str, list[str]]]) -> Path:
    """A corpus folder with both splits: {"train": {"web-00000": [texts], …}, "validation": {…}}."""
    return corpora.write_corpus(root, {split: shards.get(split, {}) for split in ("train", "validation")})


def write_packed(root: Path, sources: dict[str, list[list[list[int]]]], seq_len: int, pad_id: int = 0) -> Path:
    """Packed data written by hand, each source in two files: source → rows → documents → ids, as training's contract
    says."""
    halves = {name: (rows[: (len(rows) + 1) // 2], rows[(len(rows) + 1) // 2 :]) for name, rows in sources.items()}
    train = {name: [half for half in pair if half] for name, pair in halves.items()}
    return corpora.write_rows(root, {"train": train, "validation": {}}, seq_len, pad_id=pad_id, vocab_size=1000)

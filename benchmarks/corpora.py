"""Corpus directories and packed data for benchmarks: documents to shards that every command can read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from benchmarks.command_line import require
from corpus.document import SCHEMA
from corpus.shards import describe_split, write_stream

ROWS = 500  # of a record batch


def batch(texts: Sequence[str], source: str, lang: str = "", start: int = 0) -> pa.RecordBatch:
    """Documents of a source; the default language is that of the kind in benchmarks/texts.py."""
    common = {
        "source": source,
        "lang": lang or ("ko" if source in ("ko", "mixed") else "en"),
        "origin": "",
        "duplicates": 1,
    }
    rows = [{"id": f"{source}-{start + n}", "text": text} | common for n, text in enumerate(texts)]
    return pa.RecordBatch.from_pylist(rows, SCHEMA)


def batches(texts: Sequence[str], source: str, lang: str = "") -> Iterator[pa.RecordBatch]:
    """The same, some hundred documents at a time."""
    return (batch(texts[start : start + ROWS], source, lang, start) for start in range(0, len(texts), ROWS))


def write_split(folder: Path, sources: Mapping[str, Iterable[pa.RecordBatch]]) -> list[Path]:
    """Write FOLDER as a split of a corpus, one shard per source; returns the shards."""
    folder.mkdir(parents=True)
    paths = [folder / f"{source}-00000.arrow" for source in sources]
    for path, made in zip(paths, sources.values(), strict=True):
        write_stream(path, SCHEMA, made)
    describe_split(folder, SCHEMA, [path.name for path in paths], "0" * 16, folder.name)
    return paths


def build_mini(folder: Path) -> Path:
    """The corpus of the recipe `mini`, built from HANJI_MIRROR."""
    from pipelines import build_corpus

    build_corpus.main(recipe="mini", out=folder, mirror=str(require("mirror", "the corpus is built from the mirror")))
    return folder


def pack_texts(folder: Path, splits: Mapping[str, Mapping[str, Sequence[str]]], vocab_size: int, seq_len: int) -> Path:
    """Packed data of texts, {split: {source: texts}}, with a tokenizer trained on them; FOLDER/packed.

    The last two letters of a source's name are its language.
    """
    from pipelines import pack, train_tokenizer

    for split, sources in splits.items():
        write_split(
            folder / "corpus" / split, {name: batches(texts, name, name[-2:]) for name, texts in sources.items()}
        )
    corpus, tokenizer, packed = (folder / name for name in ("corpus", "tokenizer", "packed"))
    train_tokenizer.main(corpus=corpus, out=tokenizer, vocab_size=vocab_size, workers=1)
    pack.main(corpus=corpus, tokenizer=tokenizer, out=packed, seq_len=seq_len, workers=1)
    return packed

"""Corpus directories for benchmarks: documents to shards that every command can read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

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

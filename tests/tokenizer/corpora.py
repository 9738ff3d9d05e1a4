"""A corpus directory made of a few texts."""

from pathlib import Path

import pyarrow as pa

from corpus.document import SCHEMA
from corpus.shards import describe_split, write_stream

Row = tuple[str, str, str | None]  # text, language, address


def write_corpus(directory: Path, sources: dict[str, list[Row]], batch: int = 3) -> Path:
    """Write sources as the train split of a corpus, `batch` documents a record batch."""
    files = []
    for source, rows in sources.items():
        table = pa.table(
            {
                "id": [f"{source}-{n}" for n in range(len(rows))],
                "text": [text for text, _, _ in rows],
                "source": [source] * len(rows),
                "lang": [lang for _, lang, _ in rows],
                "origin": [f"{source}#{n}" for n in range(len(rows))],
                "url": pa.array([url for _, _, url in rows], pa.string()),
                "title": pa.nulls(len(rows), pa.string()),
                "license": pa.nulls(len(rows), pa.string()),
                "duplicates": pa.array([1] * len(rows), pa.int32()),
            }
        ).cast(SCHEMA)
        (directory / "train").mkdir(parents=True, exist_ok=True)
        name = f"{source}-00000.arrow"
        write_stream(directory / "train" / name, SCHEMA, table.to_batches(max_chunksize=batch))
        files.append(name)
    describe_split(directory / "train", SCHEMA, files, "0" * 16, "train")
    return directory

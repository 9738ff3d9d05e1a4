"""A corpus directory made of a few texts."""

from pathlib import Path

from tests.helpers import corpora
from tests.helpers.corpora import Row

__all__ = ["Row", "write_corpus"]


def write_corpus(directory: Path, sources: dict[str, list[Row]], batch: int = 3) -> Path:
    """Write sources as the train split of a corpus, `batch` documents a record batch."""
    shards = {f"{source}-00000": rows for source, rows in sources.items()}
    return corpora.write_corpus(directory, {"train": shards}, batch)

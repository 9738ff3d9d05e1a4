"""All text of the mirror, document by document, by kind: the input of the tokenizer's benchmarks."""

import bz2
import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import zstandard

from benchmarks.command_line import require

HUB = "huggingface.co/datasets"
RED = "data.together.xyz/redpajama-data-1T/v1.0.0"

# "mixed" is Korean technical documentation, full of Latin script and code; "code" is C++ documentation with its
# examples.
KINDS = {
    "ko": [f"{HUB}/wikimedia/wikipedia/20231101.ko/*.parquet"],
    "en": [
        f"{HUB}/wikimedia/wikipedia/20231101.en/*.parquet",
        f"{HUB}/allenai/c4/en/c4-train.00000-of-01024.json.gz",
        f"{HUB}/monology/pile-uncopyrighted/**/*.jsonl.zst",
        f"{RED}/arxiv/*.jsonl",
        f"{RED}/stackexchange/*.jsonl",
    ],
    "mixed": [f"{HUB}/allenai/c4/multilingual/*.json.gz"],
    "code": [f"{HUB}/allenai/c4/en/c4-train.00001-of-01024.json.gz"],
}


def mirror() -> Path:
    """The mirror that HANJI_MIRROR names."""
    return require("mirror", "the benchmark reads the mirror's texts")


def up_to(found: Iterable[str], size: float) -> list[str]:
    """The first texts, up to and including the one that reaches `size` bytes of UTF-8."""
    kept, length = [], 0
    for text in found:
        kept.append(text)
        length += len(text.encode())
        if length >= size:
            break
    return kept


def wikipedia(folder: Path, language: str) -> Iterator[str]:
    """The articles of the mirror `folder`'s Wikipedia."""
    for path in sorted((folder / HUB / f"wikimedia/wikipedia/20231101.{language}").glob("*.parquet")):
        for batch in pq.ParquetFile(path).iter_batches(1000, columns=["text"]):
            yield from batch["text"].to_pylist()


def texts(kind: str) -> Iterator[str]:
    """The documents of one kind."""
    for pattern in KINDS[kind]:
        for path in sorted(mirror().glob(pattern)):
            if path.suffix == ".parquet":
                for batch in pq.ParquetFile(path).iter_batches(1000, columns=["text"]):
                    yield from batch["text"].to_pylist()
            else:
                for line in _lines(path):
                    yield orjson.loads(line)["text"]


def _lines(path: Path) -> Iterator[bytes]:
    if path.suffix == ".zst":
        with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as reader:
            yield from reader.read().removesuffix(b"\n").split(b"\n")
    elif path.suffix in (".gz", ".bz2"):
        with gzip.open(path) if path.suffix == ".gz" else bz2.open(path) as lines:
            yield from lines
    else:
        with path.open("rb") as lines:
            yield from lines


def files() -> list[Path]:
    """Every file of the mirror."""
    return sorted(path for path in mirror().rglob("*") if path.is_file())


def strings(path: Path) -> Iterator[str]:
    """All strings in a file of the mirror, of any format: those of table columns and JSON values, else its lines."""
    if path.suffix == ".parquet":
        for batch in pq.ParquetFile(path).iter_batches(1000):
            for column in batch.to_pydict().values():
                yield from _strings(column)
    elif ".json" in path.name:
        for line in _lines(path):
            yield from _strings(orjson.loads(line))
    else:
        yield from (line.decode(errors="replace") for line in _lines(path))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value if isinstance(value, list) else value.values():
            yield from _strings(part)

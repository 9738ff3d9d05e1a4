"""The documents of a build as records on disk: every document of the shards, and every duplicate with its survivor.

A record is six 64-bit numbers: the hash of the id, the hash of the id of the document that stays for it (its own if it
stays itself), the hash of the text (0 for a duplicate), and its place. They are written in partitions by the id, so
that two builds of any size are compared in bounded memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpus.duplicates.shuffle import partitions, write_partitioned
from corpus.kernels.hashing import hash_strings
from corpus.shards import read_shard, source_of

ROW_BITS = 40
SMALLEST = 1_000_000  # records of a partition: 48 MB


@dataclass(frozen=True)
class Build:
    """The files of a build that say which documents it has."""

    shards: Mapping[str, tuple[Path, str]]  # name in the corpus → path, SHA-256
    duplicates: Path
    documents: Mapping[str, int]  # kept ones of each source
    inputs: Mapping[str, str]  # URL of each upstream file → SHA-256
    settings: Any

    @property
    def files(self) -> list[Path]:
        """Shards by name, and the list of duplicates last; a place counts these."""
        return [path for _, (path, _) in sorted(self.shards.items())] + [self.duplicates]

    @property
    def sources(self) -> list[str]:
        """The source of each file; "" for the list of duplicates."""
        return [source_of(Path(name)) for name in sorted(self.shards)] + [""]

    def same_files(self, other: "Build") -> dict[int, str]:
        """Shards that another build has as well, with every byte: place of the file → source."""
        theirs = {sha256 for _, sha256 in other.shards.values()}
        shards = enumerate(sorted(self.shards.items()))
        return {number: source_of(Path(name)) for number, (name, (_, sha256)) in shards if sha256 in theirs}

    def look_up(self, places: np.ndarray, columns: Sequence[str]) -> pa.Table:
        """Columns of the files at these places, in the order of the places."""
        files, rows = places >> np.uint64(ROW_BITS), places & np.uint64((1 << ROW_BITS) - 1)
        pieces, order = [], []
        for number in np.unique(files).tolist():
            here = np.flatnonzero(files == number)
            with pa.memory_map(str(self.files[number])) as file:
                table = pa.ipc.open_stream(file).read_all().select(list(columns))
                pieces.append(table.take(pa.array(rows[here].astype(np.int64))))
            order.append(here)
        if not pieces:
            return pa.table({name: pa.array([], pa.string()) for name in columns})
        back = np.empty(len(places), np.int64)
        back[np.concatenate(order)] = np.arange(len(places))
        return pa.concat_tables(pieces).take(pa.array(back))


def write_records(build: Build, without: Mapping[int, str], count: int, out: Path) -> list[Path]:
    """Write the records of a build in `count` partitions, one folder a file; files in `without` are left out."""
    folders = []
    for number, path in enumerate(build.files):
        if number not in without:
            pieces = [np.empty((0, 6), np.uint64), *_records(path, number, path == build.duplicates)]
            folders.append(out / f"{number:06d}")
            folders[-1].mkdir(parents=True)
            write_partitioned(folders[-1], np.concatenate(pieces), count)
    return folders


def partitions_of(*builds: Build) -> int:
    """In how many partitions the records of builds are compared."""
    return max(partitions(sum(build.documents.values()), smallest=SMALLEST) for build in builds)


def _records(path: Path, number: int, duplicates: bool) -> Iterator[np.ndarray]:
    start = 0
    for batch in read_shard(path):
        made = np.zeros((batch.num_rows, 6), np.uint64)
        made[:, :2] = hash_strings(batch["id"])
        made[:, 2:4] = hash_strings(batch["survivor"]) if duplicates else made[:, :2]
        if not duplicates:
            made[:, 4] = hash_strings(batch["text"])[:, 0]
        made[:, 5] = np.arange(start, start + batch.num_rows, dtype=np.uint64) | np.uint64(number << ROW_BITS)
        start += batch.num_rows
        yield made

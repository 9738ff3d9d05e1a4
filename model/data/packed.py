"""Packed data on disk, memory-mapped: random access to rows, and nothing is copied before it is used.

Needs only pyarrow and NumPy. Opening checks that every file exists in its full size; `verify` also compares checksums,
which reads everything once (about 1.6 GB/s).
"""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from corpus.engine.marker import read_result, where_to_make
from corpus.engine.task import file_sha256
from corpus.errors import UserError

FORMAT = 2  # of packing.json
MOST_COPIES = 16  # of a row in one epoch


class Segment(NamedTuple):
    """Consecutive rows of a source whose documents have equally many duplicates."""

    first: int
    rows: int
    tokens: int
    duplicates: int  # at least so many, 1 for the lowest tier


KEYS = {"format", "seq_len", "dtype", "pad_id", "vocab_size", "tiers", "splits", "fingerprint"}  # of packing.json


class PackedSource:
    """The rows of one source of a split, in files of one segment each."""

    def __init__(self, root: Path, name: str, counts: dict[str, Any], seq_len: int):
        self.name, self.seq_len = name, seq_len
        self.rows: int = counts["rows"]
        self.tokens: int = counts["tokens"]
        self.languages: dict[str, int] = counts["languages"]
        self.licenses: dict[str, int] = counts.get("licenses", {})
        self.files: list[dict[str, Any]] = counts["files"]
        self._root = root
        self._batches: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        starts = [0]
        for file in self.files:
            for batch in _open(root / file["path"], file["bytes"]):
                ids = batch.column(0).values.to_numpy(zero_copy_only=True).reshape(-1, seq_len)
                lengths = batch.column(1)
                self._batches.append((ids, lengths.offsets.to_numpy(), lengths.values.to_numpy()))
                starts.append(starts[-1] + batch.num_rows)
        if starts[-1] != self.rows:
            raise UserError(
                f"{root}/packing.json: {name} should have {self.rows} rows, its files contain {starts[-1]}. Run `pack`"
                " again."
            )
        self._starts = starts
        firsts = accumulate((file["rows"] for file in self.files), initial=0)
        self.segments = [
            Segment(first, file["rows"], file["tokens"], file["duplicates"])
            for first, file in zip(firsts, self.files, strict=False)
        ]

    def epoch_tokens(self, rehydrate: Mapping[int, int]) -> int:
        """Tokens of one epoch with segments repeated according to `copies`."""
        return sum(segment.tokens * copies(segment.duplicates, rehydrate) for segment in self.segments)

    def row(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """(ids uint16|uint32[seq_len], lengths int32[documents]), both views of the file."""
        batch = bisect_right(self._starts, index) - 1
        ids, offsets, lengths = self._batches[batch]
        local = index - self._starts[batch]
        return ids[local], lengths[offsets[local] : offsets[local + 1]]

    def verify(self) -> None:
        """Compare the checksum of each file; UserError names the first that differs."""
        for file in self.files:
            found = file_sha256(self._root / file["path"])
            if found != file["sha256"]:
                raise UserError(
                    f"{self._root / file['path']}: damaged: its SHA-256 is {found}, packing.json says {file['sha256']}."
                    " Run `pack` again with the same settings; it makes the file again."
                )


def copies(duplicates: int, rehydrate: Mapping[int, int]) -> int:
    """How often a row occurs in an epoch: the value of the highest bound in `rehydrate` up to its tier, once without
    one."""
    bounds = [bound for bound in rehydrate if bound <= duplicates]
    return rehydrate[max(bounds)] if bounds else 1


class PackedData:
    """One split of packed data."""

    def __init__(self, root: Path | str, split: str = "train"):
        self.root, self.split = Path(root), split
        self.description = read_description(self.root)
        splits = self.description["splits"]
        if split not in splits:
            raise UserError(f"{root}: no split {split!r}; there are {', '.join(splits)}.")
        self.seq_len: int = self.description["seq_len"]
        self.pad_id: int = self.description["pad_id"] or 0
        self.dtype = np.dtype(self.description["dtype"])
        self.fingerprint: str = self.description["fingerprint"]
        self.tiers: tuple[int, ...] = tuple(self.description["tiers"])
        self.sources = [PackedSource(self.root, name, counts, self.seq_len) for name, counts in splits[split].items()]
        self.rows = sum(source.rows for source in self.sources)
        self.tokens = sum(source.tokens for source in self.sources)
        self.bytes = sum(file["bytes"] for source in self.sources for file in source.files)

    def rehydration(self, table: Mapping[str, int]) -> dict[int, int]:
        """The bounds and copies of a `data.rehydrate` table as numbers; raises UserError where these data have no such
        tier."""
        found = {}
        for key, value in table.items():
            if not key.isdecimal() or int(key) not in self.tiers:
                has = f"tiers from {', '.join(map(str, self.tiers))} duplicates" if self.tiers else "no tiers"
                raise UserError(
                    f"data.rehydrate.{key}: {self.root} has {has}. Name one of them, or pack again with `--tiers` and"
                    " this bound."
                )
            if not 1 <= value <= MOST_COPIES:
                raise UserError(f"data.rehydrate.{key}: {value} is not a number of copies; expected 1 … {MOST_COPIES}.")
            found[int(key)] = value
        return found

    def verify(self) -> None:
        """Compare the checksum of every file of the split; UserError names the first that differs."""
        for source in self.sources:
            source.verify()


def read_description(root: Path) -> dict[str, Any]:
    """packing.json of a packed folder. Raises UserError where there is none."""
    try:
        description = read_result(root, "packing.json")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(
            f"{root}: not packed data: packing.json is missing."
            f" {where_to_make(root, 'pack --corpus DIR --tokenizer DIR')}"
        ) from error
    missing = sorted(KEYS - set(description)) if isinstance(description, dict) else sorted(KEYS)
    if missing:
        raise UserError(f"{root}/packing.json: damaged: it has no {missing[0]!r}. Run `pack` again.")
    if description["format"] != FORMAT:
        raise UserError(
            f"{root}/packing.json: format {description['format']}; this version reads format {FORMAT}. Run `pack`"
            " again."
        )
    return description


def _open(path: Path, size: int) -> list[pa.RecordBatch]:
    try:
        found = path.stat().st_size
        if found != size:
            raise UserError(
                f"{path}: {found} bytes, packing.json says {size}. Run `pack` again, or copy the folder again."
            )
        with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as reader:
            return list(reader)
    except FileNotFoundError as error:
        raise UserError(
            f"{path}: missing, though packing.json lists it. Run `pack` again, or copy the folder again."
        ) from error
    except (pa.ArrowInvalid, OSError) as error:
        raise UserError(
            f"{path}: not a readable Arrow file ({error}). Run `pack` again, or copy the folder again."
        ) from error


def evenly_spaced(rows: int, wanted: int) -> np.ndarray:
    """At most `wanted` of 0 … rows - 1, the first and the last among them, as far apart as possible: int64."""
    return np.unique(np.linspace(0, rows - 1, min(wanted, rows)).astype(np.int64)) if rows else np.zeros(0, np.int64)

"""From clean parts and the list of duplicates to the shards of a corpus.

First the rows of each shard are determined, which is cheap: text lengths from memory-mapped offsets, minus the dropped
rows, are cut into shards of about equal size per source and split. Then one task per shard gathers its rows. So shards
do not depend on the order of parallel work, and an interrupted shard is made again alone.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.document import SCHEMA
from corpus.duplicates.documents import Documents
from corpus.duplicates.report import summed
from corpus.engine.task import TaskRecord, atomic_write, moved, run_task
from corpus.kernels.hashing import hash_strings
from corpus.shards import write_stream
from corpus.stored import CHANGED, TEXTS, changed_lengths, put_changed, read_table

VERSION = 2
MIX = ("languages", "language_bytes", "licenses", "license_documents")  # the content of a shard: documents and bytes

DUPLICATES_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("survivor", pa.string()),
        ("kind", pa.string()),
        ("similarity", pa.float32()),
        ("source", pa.string()),
        ("survivor_source", pa.string()),
        ("origin", pa.string()),
        ("survivor_origin", pa.string()),
        ("bytes", pa.int64()),
    ]
)
COUNTS = pa.schema(
    [
        ("part", pa.int32()),
        ("source", pa.string()),
        ("survivor_source", pa.string()),
        ("kind", pa.string()),
        ("documents", pa.int64()),
        ("bytes", pa.int64()),
    ]
)
SHARD = "shard.arrow"
NAMED = 100_000  # duplicates whose names are in memory at once


@dataclass(frozen=True)
class Shard:
    """Rows of several parts that become one file.

    `rows` are kept rows, `duplicates` the number of documents that each represents.
    """

    name: str  # train/mc4-ko-00000.arrow
    documents: tuple[Path, ...]  # the parts' documents.arrow
    texts: tuple[Path | None, ...]  # the parts' texts.arrow, with the texts that were cut (corpus/trim.py)
    contents: tuple[tuple[str, ...], ...]  # SHA-256 of both
    rows: tuple[np.ndarray, ...]  # int64 per part, ascending
    duplicates: tuple[np.ndarray, ...]  # int32 per part
    bytes: int  # of text
    directory: Path
    finished: Path | None = None  # this file of the finished corpus that is being built again

    @property
    def path(self) -> Path:
        """The path to which its task writes it; it is moved when the corpus is finished. A shard that is as it was in
        a finished corpus stays there."""
        written = self.directory / SHARD
        return self.finished if self.finished and not written.is_file() else written


def open_documents(path: Path) -> pa.Table:
    """A part's documents, memory-mapped."""
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def shards_of(
    parts: Sequence[TaskRecord],
    trimmed: Sequence[TaskRecord],
    sources: Sequence[str],
    shares: dict[str, float],
    duplicates: Path,
    shard_bytes: int,
    work: Path,
) -> list[Shard]:
    """The shards of a corpus: which rows of which parts each of them contains.

    `parts` are the clean tasks in order, `trimmed` those of corpus/trim.py, `sources` the source of each; `shares` the
    held-out share per source; `duplicates` the table of corpus/duplicates/match.py. A document is held out if the hash
    of its id is below the share: this does not change when other documents are added or removed.
    """
    table = open_documents(duplicates)
    dropped_part, dropped_row = table["part"].to_numpy(), table["row"].to_numpy()
    kept_part, kept_row = table["survivor_part"].to_numpy(), table["survivor_row"].to_numpy()
    bounds = np.searchsorted(dropped_part, np.arange(len(parts) + 1))
    by_survivor = np.lexsort((kept_row, kept_part))
    survivor_bounds = np.searchsorted(kept_part[by_survivor], np.arange(len(parts) + 1))
    open_shards: dict[tuple[str, str], _Growing] = {}
    shards: list[Shard] = []
    for index, (part, trim, source) in enumerate(zip(parts, trimmed, sources, strict=True)):
        documents = open_documents(part.directory / "documents.arrow")
        lengths = pc.binary_length(documents["text"]).to_numpy()
        cut = trim.directory / TEXTS if TEXTS in trim.outputs else None
        lengths = changed_lengths(lengths, cut) if cut else lengths
        contents = [part.outputs["documents.arrow"]["sha256"]] + ([trim.outputs[TEXTS]["sha256"]] if cut else [])
        given = part.directory / "documents.arrow", cut, tuple(contents)
        keep = lengths > 0
        keep[dropped_row[bounds[index] : bounds[index + 1]]] = False
        stands_for = np.ones(documents.num_rows, np.int32)
        survivors = kept_row[by_survivor[survivor_bounds[index] : survivor_bounds[index + 1]]]
        np.add.at(stands_for, survivors, 1)
        held_out = _fractions(documents["id"]) < shares[source]
        for split, mask in (("train", keep & ~held_out), ("validation", keep & held_out)):
            growing = open_shards.setdefault((split, source), _Growing(split, source, shard_bytes, work))
            shards += growing.add(given, np.flatnonzero(mask), lengths, stands_for)
    for _, growing in sorted(open_shards.items()):
        shards += growing.finish()
    return sorted(shards, key=lambda shard: shard.name)


def _fractions(ids: pa.ChunkedArray) -> np.ndarray:
    hashes = [hash_strings(chunk, seed=1)[:, 0] for chunk in ids.chunks]
    return (np.concatenate(hashes) if hashes else np.zeros(0, np.uint64)) / 2.0**64


class _Growing:
    """The shard of a source and split that is being filled."""

    def __init__(self, split: str, source: str, limit: int, work: Path):
        self.split, self.source, self.limit, self.work = split, source, limit, work
        self.pieces: list[tuple[Path, Path | None, tuple[str, ...], np.ndarray, np.ndarray]] = []
        self.size = 0
        self.number = 0

    def add(
        self,
        part: tuple[Path, Path | None, tuple[str, ...]],
        rows: np.ndarray,
        lengths: np.ndarray,
        stands_for: np.ndarray,
    ) -> Iterator[Shard]:
        while len(rows):
            ends = self.size + np.cumsum(lengths[rows].astype(np.int64))
            fits = max(int(np.searchsorted(ends, self.limit, side="right")), 0 if self.pieces else 1)
            if fits:
                self.pieces.append((*part, rows[:fits], stands_for[rows[:fits]]))
                self.size = int(ends[fits - 1])
            rows = rows[fits:]
            if len(rows):
                yield from self.finish()

    def finish(self) -> Iterator[Shard]:
        if self.pieces:
            paths, texts, contents, rows, counts = zip(*self.pieces, strict=True)
            name = f"{self.split}/{self.source}-{self.number:05d}.arrow"
            directory = self.work / name.replace("/", "-").removesuffix(".arrow")
            yield Shard(name, paths, texts, contents, rows, counts, self.size, directory)
            self.number += 1
            self.pieces, self.size = [], 0


def write_shard(shard: Shard) -> TaskRecord:
    """Gather one shard's rows into one Arrow stream; returns rows and bytes of text."""

    def function(out: Path) -> dict[str, Any]:
        mix: dict[str, Counter[str]] = {name: Counter() for name in MIX}

        def batches() -> Iterator[pa.RecordBatch]:
            for path, texts, rows, counts in zip(
                shard.documents, shard.texts, shard.rows, shard.duplicates, strict=True
            ):
                for batch in _gather(path, texts, rows, counts):
                    _count_mix(batch, mix)
                    yield batch

        rows = write_stream(out / SHARD, SCHEMA, batches())
        return {"rows": rows, "bytes": mix["language_bytes"].total()} | {
            name: dict(sorted(mix[name].items())) for name in mix
        }

    which = hashlib.sha256(b"".join(a.tobytes() for a in (*shard.rows, *shard.duplicates))).hexdigest()
    settings = {"name": shard.name, "contents": shard.contents, "rows": which}
    if shard.finished:
        record = moved(shard.directory, {SHARD: shard.finished}, settings=settings, version=VERSION)
        if record is not None:
            return record
    return run_task(shard.directory, function, settings=settings, version=VERSION)


def _count_mix(batch: pa.RecordBatch, mix: dict[str, Counter[str]]) -> None:
    table = pa.table(
        {"lang": batch["lang"], "license": pc.fill_null(batch["license"], ""), "bytes": pc.binary_length(batch["text"])}
    )
    for row in table.group_by("lang", use_threads=False).aggregate([("bytes", "sum"), ("bytes", "count")]).to_pylist():
        mix["languages"][row["lang"]] += row["bytes_count"]
        mix["language_bytes"][row["lang"]] += row["bytes_sum"]
    licenses = table.group_by("license", use_threads=False)
    for row in licenses.aggregate([("bytes", "sum"), ("bytes", "count")]).to_pylist():
        mix["license_documents"][row["license"]] += row["bytes_count"]
        mix["licenses"][row["license"]] += row["bytes_sum"]


def _gather(path: Path, texts: Path | None, rows: np.ndarray, counts: np.ndarray) -> Iterator[pa.RecordBatch]:
    """The chosen rows (ascending) of a part, record batch by record batch, with `duplicates` filled in and the texts
    that were cut."""
    start = 0
    column = SCHEMA.get_field_index("duplicates")
    changed = read_table(texts) if texts else CHANGED.empty_table()
    with pa.memory_map(str(path)) as source:
        reader = pa.ipc.open_file(source)
        for index in range(reader.num_record_batches):
            batch = reader.get_batch(index)
            first, last = np.searchsorted(rows, [start, start + batch.num_rows])
            if first < last:
                chosen = batch.select(SCHEMA.names).take(pa.array(rows[first:last] - start))
                chosen = chosen.set_column(column, SCHEMA.field(column), pa.array(counts[first:last]))
                yield chosen.set_column(1, SCHEMA.field(1), put_changed(chosen["text"], rows[first:last], changed))
            start += batch.num_rows


def write_duplicates(parts: Sequence[Path], duplicates: Path, out: Path) -> pa.Table:
    """Write duplicates.arrow: every dropped duplicate with its survivor, by name, NAMED duplicates at a time.

    Returns how many there are and their bytes of text, for each part, source, survivor_source and kind that occur
    together.
    """
    documents = Documents.open(parts, signed=False)
    counts = [COUNTS.empty_table()]

    def batches() -> Iterator[pa.RecordBatch]:
        with pa.memory_map(str(duplicates)) as source:
            reader = pa.ipc.open_file(source)
            for index in range(reader.num_record_batches):
                found = reader.get_batch(index)
                for first in range(0, found.num_rows, NAMED):
                    some = found.slice(first, NAMED)
                    named = _named(documents, some)
                    keys = {"part": some["part"]} | {n: named[n] for n in ("source", "survivor_source", "kind")}
                    counts.append(
                        _counted(pa.table(keys | {"documents": np.ones(len(some), int), "bytes": named["bytes"]}))
                    )
                    yield named

    with atomic_write(out) as temporary:
        write_stream(temporary, DUPLICATES_SCHEMA, batches())
    return _counted(pa.concat_tables(counts))


def _named(documents: Documents, found: pa.RecordBatch) -> pa.RecordBatch:
    """Rows of corpus.match's table as rows of DUPLICATES_SCHEMA."""
    gone = documents.numbers(found["part"].to_numpy(), found["row"].to_numpy())
    kept = documents.numbers(found["survivor_part"].to_numpy(), found["survivor_row"].to_numpy())
    columns = {
        "kind": found["kind"],
        "similarity": found["similarity"],
        "bytes": documents.take("text", gone, pc.binary_length).cast(pa.int64()),
        "survivor": documents.take_anywhere("id", kept),
    }
    columns |= {name: documents.take(name, gone) for name in ("id", "source", "origin")}
    columns |= {f"survivor_{name}": documents.take_anywhere(name, kept) for name in ("source", "origin")}
    return pa.RecordBatch.from_arrays([columns[name] for name in DUPLICATES_SCHEMA.names], schema=DUPLICATES_SCHEMA)


def _counted(table: pa.Table) -> pa.Table:
    """The sums of COUNTS, one row for each combination of its keys, in their order."""
    return summed(table, COUNTS.names[:4]).cast(COUNTS)

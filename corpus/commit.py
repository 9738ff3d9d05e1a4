"""From clean parts and the list of duplicates to the shards of a corpus.

One task per shard gathers its rows, which corpus/plan.py determined: an interrupted shard is made again alone.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.document import SCHEMA
from corpus.duplicates.documents import Documents
from corpus.duplicates.report import summed
from corpus.engine.task import TaskRecord, atomic_write, moved, run_task
from corpus.plan import SHARD, Shard
from corpus.shards import write_stream
from corpus.stored import CHANGED, put_changed, read_table

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
NAMED = 100_000  # duplicates whose names are in memory at once


def write_shard(shard: Shard) -> TaskRecord:
    """Gather one shard's rows into one Arrow stream; returns rows and bytes of text."""
    chosen = [piece.read() for piece in shard.pieces]  # 16 bytes a document

    def function(out: Path) -> dict[str, Any]:
        mix: dict[str, Counter[str]] = {name: Counter() for name in MIX}

        def batches() -> Iterator[pa.RecordBatch]:
            for piece, rows in zip(shard.pieces, chosen, strict=True):
                for batch in _gather(piece.documents, piece.texts, rows["row"], rows["copies"]):
                    _count_mix(batch, mix)
                    yield batch

        rows = write_stream(out / SHARD, SCHEMA, batches())
        return {"rows": rows, "bytes": mix["language_bytes"].total()} | {
            name: dict(sorted(mix[name].items())) for name in mix
        }

    which = hashlib.sha256()
    for name in ("row", "copies"):
        for rows in chosen:
            which.update(rows[name].tobytes())
    contents = [piece.content for piece in shard.pieces]
    settings = {"name": shard.name, "contents": contents, "rows": which.hexdigest()}
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

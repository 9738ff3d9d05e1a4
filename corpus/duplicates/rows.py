"""The rows of one file of the user's, read by column and copied in the same format: JSON lines, parquet, or an Arrow
file of a dataset on disk. JSON lines are copied byte for byte."""

import gzip
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from corpus.document import Unreadable
from corpus.errors import GET_AGAIN
from corpus.readers import format_of, read
from corpus.readers.columns import Columns, dotted, empty
from corpus.readers.lines import lines
from corpus.readers.stream import Limits
from corpus.readers.tables import column_at, columns_of, parquet_batches
from corpus.readers.unpack import blocks
from corpus.shards import read_shard, write_stream
from corpus.stored import named


def text_keys(path: Path, column: str) -> tuple[str, ...]:
    """The field of the text: the column with exactly this name (including dots) if there is one, else a nested one."""
    if "." in column:
        if path.suffix == ".arrow":
            names = _schema(path).names
        elif format_of(path) == "parquet":
            try:
                names = pq.read_schema(path).names
            except (pa.ArrowException, OSError):
                names = []
        else:
            first = next(iter(read(path, {"text": (column,)})), None)
            names = [column] if first is not None and len(first.rows) else []
        if column in names:
            return (column,)
    return dotted(column)


def value_rows(path: Path, keys: tuple[str, ...]) -> Iterator[tuple[int, Any]]:
    """Every row of a file with its value at a path of keys, of any type; None if it has none."""
    if path.suffix == ".arrow" or format_of(path) == "parquet":
        batches = _numbered(read_shard(path)) if path.suffix == ".arrow" else _whole(path)
        for rows, batch in batches:
            column = column_at(batch, keys)
            yield from zip(rows.tolist(), [None] * len(batch) if column is None else column.to_pylist(), strict=True)
        return
    limits = Limits()
    for chunk in lines(blocks(path, limits), limits):
        if not isinstance(chunk, Unreadable):
            for number, line in enumerate(chunk.bytes().split(b"\n")[: chunk.newlines]):
                yield chunk.row + number, _value(line, keys)


def _value(line: bytes, keys: tuple[str, ...]) -> Any:
    import orjson

    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if len(keys) > 1 and isinstance(record, dict) and ".".join(keys) in record:
        return record[".".join(keys)]
    for key in keys:
        record = record.get(key) if isinstance(record, dict) else None
    return record


def read_columns(path: Path, fields: dict[str, tuple[str, ...]]) -> Iterator[Columns]:
    """The wanted columns of a file, chunk by chunk, as corpus/readers/columns.py describes them."""
    if path.suffix != ".arrow" and format_of(path) != "parquet":
        yield from read(path, fields)
        return
    if path.suffix != ".arrow":  # all columns, so that damage in any of them is known before anything is dropped
        for rows, batch, unreadable in _parquet(path):
            yield empty(fields, unreadable) if batch is None else columns_of(batch, rows, fields, "text")
        return
    first = 0
    for batch in read_shard(path):
        yield columns_of(batch, np.arange(first, first + batch.num_rows), fields, "text")
        first += batch.num_rows


def copy_rows(source: Path, target: Path, rows: np.ndarray) -> None:
    """Write the given rows (ascending) of a file to another of the same format."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == ".arrow":
        schema = _schema(source)
        chosen = _chosen(_numbered(read_shard(source)), rows)
        first = next(chosen, pa.RecordBatch.from_pylist([], schema=schema))  # a file without any batch does not open
        write_stream(target, schema, chain([first], chosen))
    elif format_of(source) == "parquet":
        try:
            schema = pq.read_schema(source)
        except (pa.ArrowException, OSError):
            return  # reported as unreadable
        with pq.ParquetWriter(target, schema, compression="zstd") as writer:
            for batch in _chosen(_whole(source), rows):
                writer.write_batch(batch)
    else:
        limits = Limits()
        with _writer(target) as out:
            for chunk in lines(blocks(source, limits), limits):
                if isinstance(chunk, Unreadable):
                    continue
                first, last = np.searchsorted(rows, [chunk.row, chunk.row + chunk.newlines])
                texts = chunk.bytes().split(b"\n")
                out.writelines(texts[row - chunk.row] + b"\n" for row in rows[first:last].tolist())


def _chosen(batches: Iterable[tuple[np.ndarray, pa.RecordBatch]], rows: np.ndarray) -> Iterator[pa.RecordBatch]:
    """The given rows (ascending) of batches with the numbers of their rows."""
    for numbers, batch in batches:
        chosen = np.flatnonzero(np.isin(numbers, rows, assume_unique=True))
        if len(chosen):
            yield batch.take(pa.array(chosen))


@contextmanager
def _writer(path: Path) -> Iterator[IO[bytes]]:
    """A file to write lines to, compressed as its name says (.bz2 by pyarrow, without threads)."""
    if path.suffix == ".gz":
        with gzip.open(path, "wb", compresslevel=6) as file:
            yield file  # type: ignore[misc]  # a GzipFile is written to like any binary file
    elif path.suffix in (".zst", ".bz2"):
        with pa.CompressedOutputStream(str(path), path.suffix[1:].replace("zst", "zstd")) as file:
            yield file
    else:
        with path.open("wb") as file:
            yield file


def _numbered(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[np.ndarray, pa.RecordBatch]]:
    first = 0
    for batch in batches:
        yield np.arange(first, first + batch.num_rows), batch
        first += batch.num_rows


def _whole(path: Path) -> Iterator[tuple[np.ndarray, pa.RecordBatch]]:
    return ((rows, batch) for rows, batch, _ in _parquet(path) if batch is not None)


def _parquet(path: Path) -> Iterator[tuple[np.ndarray, pa.RecordBatch | None, list[Unreadable]]]:
    """Row numbers and batches of a parquet file; of what is damaged the rows."""
    try:
        names = pq.read_schema(path).names
    except (pa.ArrowException, OSError):
        names = []
    yield from parquet_batches(path, names, Limits())


def _schema(path: Path) -> pa.Schema:
    with named(path, GET_AGAIN), pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as reader:
        return reader.schema


SHOWN = 20  # names of fields in a message


def named_fields(path: Path) -> str:
    """The fields that a table has instead."""
    if path.suffix == ".arrow":
        names = _names(_schema(path))
    elif format_of(path) == "parquet":
        names = _names(pq.read_schema(path))
    else:
        names = list(next((record for _, record in value_rows(path, ()) if isinstance(record, dict)), {}))
    return f" (it has {', '.join(names[:SHOWN])}{', …' * (len(names) > SHOWN)})" if names else ""


def _names(fields: Iterable[pa.Field]) -> list[str]:
    """The names of columns, those in a struct joined by dots."""
    found = []
    for field in fields:
        below = _names(field.type) if pa.types.is_struct(field.type) else []
        found += [f"{field.name}.{name}" for name in below] or [field.name]
    return found

"""How intermediate documents are stored: compressed, and their texts only where a step changed them.

Two steps in a row hold nearly the same texts. What `read` wrote is compressed with zstd (0.43 of the text, 4 ms a MB to
write and 1 ms to read); what `measure` and `trim` write holds null, or no row, for a text that is that of the step
before. The clean parts, whose texts matching reads in any order, stay as they are.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.errors import MAKE_AGAIN, DamagedError, first_line, require_file

CHANGED = pa.schema([("row", pa.int64()), ("text", pa.string())])  # the texts of some rows, ascending
TEXTS = "texts.arrow"  # of these
ROW = pa.field("row", pa.int32(), nullable=False)  # the place of a document in the batch of the step before


@contextmanager
def named(path: Path, advice: str = MAKE_AGAIN) -> Iterator[None]:
    """Errors of Arrow in the body name this file, and what is wrong inside it is a DamagedError with this advice."""
    require_file(path)
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise OSError(error.errno, os.strerror(error.errno), str(path)) from error
        raise DamagedError(f"{path} is damaged ({first_line(error)}). {advice}") from error


@contextmanager
def compressed(path: Path, schema: pa.Schema) -> Iterator[pa.RecordBatchFileWriter]:
    """A writer of an Arrow file, zstd 1. No threads: Arrow's wait for ever where memory is short."""
    options = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", 1), use_threads=False)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema, options=options) as writer:
        yield writer


def batches(path: Path, columns: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
    """The batches of an Arrow file, compressed or not; only these columns are unpacked, in the order of the file."""
    with named(path), pa.memory_map(str(path)) as source:
        reader = pa.ipc.open_file(source)
        if columns:
            reader = pa.ipc.open_file(source, options=_only(reader.schema, columns))
        for index in range(reader.num_record_batches):
            yield reader.get_batch(index)


def batch_at(path: Path, index: int, columns: Sequence[str]) -> pa.RecordBatch:
    """These columns of batch `index` of an Arrow file; nothing else is unpacked."""
    with named(path), pa.memory_map(str(path)) as source:
        options = _only(pa.ipc.open_file(source).schema, columns)
        return pa.ipc.open_file(source, options=options).get_batch(index)


def read_table(path: Path, columns: Sequence[str] = ()) -> pa.Table:
    """These columns of an Arrow file, or all; mapped into memory where they are not compressed."""
    with named(path), pa.memory_map(str(path)) as source:
        schema = pa.ipc.open_file(source).schema
        return pa.ipc.open_file(source, options=_only(schema, columns or schema.names)).read_all()


def _only(schema: pa.Schema, columns: Sequence[str]) -> pa.ipc.IpcReadOptions:
    return pa.ipc.IpcReadOptions(included_fields=sorted(map(schema.get_field_index, columns)), use_threads=False)


def row_of(path: Path, row: int) -> pa.RecordBatch:
    """One row of an Arrow file, as a batch. Raises IndexError for one that it does not have."""
    start = 0
    for batch in batches(path):
        if row < start + batch.num_rows:
            return batch.slice(row - start, 1)
        start += batch.num_rows
    raise IndexError(f"{path} has no row {row}")


def where_changed(before: pa.Array, after: pa.Array) -> pa.Array:
    """The texts of `after`, null where they are those of `before`."""
    same = pc.equal(before, after).to_numpy(zero_copy_only=False)
    return after.take(pa.array(np.arange(len(after)), mask=same))  # if_else would keep the bytes under the nulls


def filled(before: Path, after: Path, columns: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
    """The batches of `after`, their texts taken from `before` where they are null.

    Batch i is made of rows of batch i of `before`, those that its column ROW names. `columns` are read besides these.
    """
    wanted = list(dict.fromkeys([*columns, "text", ROW.name])) if columns else ()
    for old, new in zip(batches(before, ["text"]), batches(after, wanted), strict=True):
        if new.num_rows:
            place = new.schema.get_field_index("text")
            yield new.set_column(place, pa.field("text", pa.string(), nullable=False), _fill(old["text"], new))


def _fill(before: pa.Array, batch: pa.RecordBatch) -> pa.Array:
    texts = before if len(before) == batch.num_rows else before.take(batch[ROW.name])
    return texts if batch["text"].null_count == batch.num_rows else pc.coalesce(batch["text"], texts)


def texts_at(before: Path, after: Path, rows: np.ndarray) -> list[str]:
    """The texts at ascending rows of `after`, filled in from `before`; other batches are not unpacked."""
    found: list[str] = []
    start = 0
    for index, batch in enumerate(batches(after, [ROW.name])):
        first, last = np.searchsorted(rows, [start, start + batch.num_rows])
        if first < last:
            old, new = batch_at(before, index, ["text"]), batch_at(after, index, ["text", ROW.name])
            found += _fill(old["text"], new).take(pa.array(rows[first:last] - start)).to_pylist()
        start += batch.num_rows
    return found


def changed_lengths(lengths: np.ndarray, changed: Path) -> np.ndarray:
    """Bytes of each text, with those of a CHANGED file in the place of theirs."""
    out = lengths.copy()
    for batch in batches(changed):
        out[batch["row"].to_numpy()] = pc.binary_length(batch["text"]).to_numpy()
    return out


def put_changed(texts: pa.Array, rows: np.ndarray, changed: pa.Table) -> pa.Array:
    """Texts of ascending rows, with those of a CHANGED table in the place of theirs."""
    known = changed["row"].to_numpy()
    first, last = np.searchsorted(known, [rows[0], rows[-1] + 1]) if len(rows) else (0, 0)
    if first == last:
        return texts
    place = np.searchsorted(known[first:last], rows)
    missing = np.append(known[first:last], -1)[place] != rows
    some = changed["text"].slice(first, last - first).combine_chunks()
    return pc.coalesce(some.take(pa.array(place, mask=missing)), texts)

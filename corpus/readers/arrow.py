"""Arrow IPC files, both kinds: the file format and the stream that `datasets` writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.document import Unreadable
from corpus.readers.columns import SAMPLE, Columns, Fields, empty
from corpus.readers.tables import columns_of

MAGIC = b"ARROW1"

MOST_ROWS = 1 << 22  # of a batch without buffers: a claim of 2⁶² rows costs a few bytes


def read_arrow(path: Path, fields: Fields, required: str) -> Iterator[Columns]:
    """Columns batch by batch.

    Rows of a damaged batch cannot be counted, so it is one unreadable record; a stream ends there.
    """
    first = 0
    wanted = {normalize("NFC", name) for keys in fields.values() for name in (keys[0], ".".join(keys))}
    known: list[str] = []
    for batch in _batches(path, wanted, known):
        if isinstance(batch, str):
            yield empty(fields, [Unreadable(first, -1, "damaged arrow", batch.encode()[:SAMPLE])])
            first += 1
            continue
        rows = np.arange(first, first + batch.num_rows, dtype=np.int64)
        first += batch.num_rows
        if batch.num_rows:
            yield columns_of(batch, rows, fields, required, known)


@contextmanager
def opened(path: Path) -> Iterator[tuple[pa.Schema, Iterator[pa.RecordBatch]]]:
    """The schema and the batches of a sound file of either kind, memory-mapped. Raises pa.ArrowException otherwise."""
    with pa.memory_map(str(path)) as source:
        if _is_file(path):
            file = pa.ipc.open_file(source)
            yield file.schema, (file.get_batch(number) for number in range(file.num_record_batches))
        else:
            stream = pa.ipc.open_stream(source)
            yield stream.schema, iter(stream)


def _is_file(path: Path) -> bool:
    """Whether it has the file format, not that of a stream."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _batches(path: Path, wanted: set[str], known: list[str]) -> Iterator[pa.RecordBatch | str]:
    """The wanted columns of intact batches, and a message for each damaged one; the names of all columns are added to
    `known`."""
    seekable = _is_file(path)
    with pa.OSFile(str(path)) as source:
        try:
            reader = pa.ipc.open_file(source) if seekable else pa.ipc.open_stream(source)
        except (pa.ArrowException, OSError, ValueError) as error:
            yield str(error)
            return
        known += reader.schema.names
        index = 0
        while not seekable or index < reader.num_record_batches:
            try:
                batch = reader.get_batch(index) if seekable else reader.read_next_batch()
                batch = batch.select(
                    [name for name in dict.fromkeys(batch.schema.names) if normalize("NFC", name) in wanted]
                )
                for column in batch.columns:
                    check_offsets(column)
                if batch.num_rows > max(MOST_ROWS, 8 * batch.nbytes):
                    raise pa.ArrowInvalid(f"a batch says it has {batch.num_rows:,} rows and holds no text for them")
            except StopIteration:
                return
            except (pa.ArrowException, OSError, ValueError) as error:
                yield str(error)
                if not seekable:
                    return
            else:
                yield batch
            index += 1


def check_offsets(array: pa.Array) -> None:
    """Raise ArrowInvalid if offsets or indices point outside their buffers, at any depth: reading there would crash the
    process.

    UTF-8 is checked row by row later, so strings are checked as bytes.
    """
    kind = array.type
    if isinstance(array, pa.ExtensionArray):
        check_offsets(array.storage)
    elif pa.types.is_dictionary(kind):
        check_offsets(array.indices)
        check_offsets(array.dictionary)
        bounds = pc.min_max(array.indices).as_py()
        if bounds["min"] is not None and not 0 <= bounds["min"] <= bounds["max"] < len(array.dictionary):
            raise pa.ArrowInvalid("a dictionary's indices point outside of it")
    else:
        array.view(_as_bytes(kind)).validate(full=True)
        for child in _children(array):
            check_offsets(child)


def _children(array: pa.Array) -> list[pa.Array]:
    kind = array.type
    if pa.types.is_struct(kind) or pa.types.is_union(kind):
        return [array.field(i) for i in range(kind.num_fields)]
    if pa.types.is_map(kind):
        return [array.keys, array.items]
    if pa.types.is_run_end_encoded(kind):
        return [array.run_ends, array.values]
    return [array.values] if hasattr(array, "values") else []


def _as_bytes(kind: pa.DataType) -> pa.DataType:
    """The same layout with bytes instead of strings, so that full validation checks offsets and not UTF-8."""
    if pa.types.is_string(kind):
        return pa.binary()
    if pa.types.is_large_string(kind):
        return pa.large_binary()
    if kind == pa.string_view():
        return pa.binary_view()
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_as_bytes(field.type)) for field in kind])
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_as_bytes(kind.value_type)))
    if pa.types.is_large_list(kind):
        return pa.large_list(kind.value_field.with_type(_as_bytes(kind.value_type)))
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(kind.value_field.with_type(_as_bytes(kind.value_type)), kind.list_size)
    return kind

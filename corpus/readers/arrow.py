"""Arrow IPC files, both kinds: the file format and the stream that `datasets` writes."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from corpus.document import Unreadable
from corpus.readers.columns import SAMPLE, Columns, Fields, empty
from corpus.readers.tables import columns_of

MAGIC = b"ARROW1"


def read_arrow(path: Path, fields: Fields, required: str) -> Iterator[Columns]:
    """Batch by batch.

    Rows of a damaged batch cannot be counted, so it is one unreadable record; a stream ends there.
    """
    first = 0
    for batch in _batches(path):
        if isinstance(batch, str):
            yield empty(fields, [Unreadable(first, -1, "damaged arrow", batch.encode()[:SAMPLE])])
            first += 1
            continue
        rows = np.arange(first, first + batch.num_rows, dtype=np.int64)
        first += batch.num_rows
        if batch.num_rows:
            yield columns_of(batch, rows, fields, required)


def _batches(path: Path) -> Iterator[pa.RecordBatch | str]:
    """Sound batches, and a message for each damaged one."""
    with path.open("rb") as file:
        seekable = file.read(len(MAGIC)) == MAGIC
    with pa.OSFile(str(path)) as source:
        try:
            reader = pa.ipc.open_file(source) if seekable else pa.ipc.open_stream(source)
        except (pa.ArrowException, OSError, ValueError) as error:
            yield str(error)
            return
        index = 0
        while not seekable or index < reader.num_record_batches:
            try:
                batch = reader.get_batch(index) if seekable else reader.read_next_batch()
                _check_offsets(batch)
            except StopIteration:
                return
            except (pa.ArrowException, OSError, ValueError) as error:
                yield str(error)
                if not seekable:
                    return
            else:
                yield batch
            index += 1


def _check_offsets(batch: pa.RecordBatch) -> None:
    """Raise ArrowInvalid where offsets point outside their buffers: reading there would crash.

    UTF-8 is judged row by row later.
    """
    for column in batch.columns:
        if pa.types.is_string(column.type):
            column = column.view(pa.binary())
        elif pa.types.is_large_string(column.type):
            column = column.view(pa.large_binary())
        elif pa.types.is_nested(column.type) or column.type == pa.string_view():
            column.validate()
            continue
        column.validate(full=True)

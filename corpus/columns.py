"""A column of texts in any of the usual forms: a list, an Arrow array or table, a Hugging Face dataset, a frame of
polars or pandas, record batches as they come."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from corpus.errors import UserError


def text_arrays(texts: Any, column: str) -> Iterator[pa.Array]:
    """Any accepted form of a text column as arrays of strings."""
    if isinstance(texts, pa.Array):
        chunks: Iterable[pa.Array] = [texts]
    elif isinstance(texts, pa.ChunkedArray):
        chunks = texts.chunks
    elif isinstance(texts, pa.Table | pa.RecordBatch):
        chunks = text_arrays(_column(texts, column), column)
    elif isinstance(texts, list | tuple) and all(text is None or isinstance(text, str) for text in texts):
        chunks = [pa.array(texts, pa.string())]
    elif isinstance(texts, Mapping):  # datasets.DatasetDict
        raise UserError(f"the data has several parts ({', '.join(map(str, texts))}); pass one of them, data[name].")
    elif hasattr(texts, "with_format") and not hasattr(texts, "__len__"):  # datasets.IterableDataset
        names = texts.column_names
        if names is not None and column not in names:
            raise UserError(f"no column {column!r} in the dataset; it has {', '.join(names)}.")
        chunks = (_cells(batch, column) for batch in texts.iter(batch_size=1000))
    elif hasattr(texts, "with_format") and hasattr(texts, "column_names"):  # datasets.Dataset, without importing it
        if column not in texts.column_names:
            raise UserError(f"no column {column!r} in the dataset; it has {', '.join(texts.column_names)}.")
        arrow = texts.select_columns([column]).with_format("arrow")
        chunks = (a for table in arrow.iter(batch_size=1000) for a in text_arrays(table, column))
    elif hasattr(texts, "__arrow_c_stream__"):  # polars, pandas, DuckDB and others
        names = getattr(texts, "columns", None)
        if names is None:
            chunks = pa.chunked_array(texts).chunks
        else:
            if column not in names:
                raise UserError(f"no column {column!r} in the frame; it has {', '.join(map(str, names))}.")
            chunks = pa.table(texts[[column]]).column(0).chunks
    elif isinstance(texts, Iterable):
        chunks = (array for part in texts for array in _part(part, column))
    else:
        raise UserError(f"a {type(texts).__name__} is no column of texts; collect it to a frame, table or list first.")
    for chunk in chunks:
        if pa.types.is_string_view(chunk.type):
            chunk = chunk.cast(pa.large_string())
        if pa.types.is_dictionary(chunk.type):
            chunk = chunk.cast(chunk.type.value_type)
        if not (pa.types.is_string(chunk.type) or pa.types.is_large_string(chunk.type) or pa.types.is_null(chunk.type)):
            raise UserError(f"column {column!r} has type {chunk.type}; expected text. Name another column.")
        yield chunk


def _part(part: Any, column: str) -> Iterator[pa.Array]:
    if not isinstance(part, pa.Array | pa.ChunkedArray | pa.Table | pa.RecordBatch):
        raise UserError(
            f"a {type(part).__name__} is among the texts; expected texts or nulls alone, or Arrow arrays, tables and"
            " record batches."
        )
    return text_arrays(part, column)


def _cells(batch: Mapping[str, Any], column: str) -> pa.Array:
    if column not in batch:
        raise UserError(f"no column {column!r} in the dataset; it has {', '.join(batch)}.")
    return pa.array(batch[column])


def _column(table: pa.Table | pa.RecordBatch, column: str) -> pa.Array | pa.ChunkedArray:
    if column not in table.schema.names:
        raise UserError(f"no column {column!r} in the table; it has {', '.join(table.schema.names)}.")
    return table.column(column)

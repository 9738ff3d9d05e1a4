"""Parquet and Arrow IPC files, read by record batches of about 8 MiB of text."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unicodedata import normalize

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpus.document import Unreadable
from corpus.readers.columns import SAMPLE, Columns, Fields, empty, require
from corpus.readers.stream import BLOCK, FREE_OUTPUT, Limits

MOST_ROWS = 4096  # of a batch: a dictionary can expand a few bytes enormously, which only the unpacked batch shows


def read_parquet(path: Path, fields: Fields, required: str, limits: Limits) -> Iterator[Columns]:
    """Columns row group by row group; a damaged group costs its own rows, a damaged footer the whole file."""
    names = sorted({name for keys in fields.values() for name in (keys[0], ".".join(keys))})
    known: list[str] | None = None
    for rows, batch, unreadable in parquet_batches(path, names, limits):
        if batch is None:
            yield empty(fields, unreadable)
            continue
        known = pq.read_schema(path).names if known is None else known
        yield columns_of(batch, rows, fields, required, known)


def parquet_batches(
    path: Path, names: list[str], limits: Limits
) -> Iterator[tuple[np.ndarray, pa.RecordBatch | None, list[Unreadable]]]:
    """(row numbers, batch, []) or ([], None, unreadable rows): the columns `names` of a parquet file, as they are.

    A row group that declares, or batches that unpack to, more than the limits allow end the file: the rest is one
    "archive bomb", of as many records as the file says it has left.
    """
    none = np.zeros(0, np.int64)
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True, memory_map=False)
        groups = [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
        sizes = [(group.num_rows, group.total_byte_size) for group in groups]
        names = [
            name for name in file.schema_arrow.names if normalize("NFC", name) in {normalize("NFC", n) for n in names}
        ]
    except (pa.ArrowException, OSError, ValueError) as error:
        yield none, None, [Unreadable(-1, -1, "damaged parquet", str(error).encode()[:SAMPLE])]
        return
    total = sum(rows for rows, _ in sizes)
    first = unpacked = 0
    most = int(min(limits.max_bytes, max(FREE_OUTPUT, limits.max_ratio * path.stat().st_size)))
    for group, (rows, size) in enumerate(sizes):
        done = 0
        if unpacked + size > most:
            yield none, None, [Unreadable(first, -1, "archive bomb", b"", max(1, total - first))]
            return
        per_batch = max(1, min(rows, MOST_ROWS, rows * BLOCK // max(size, 1)))
        try:
            for batch in file.iter_batches(per_batch, row_groups=[group], columns=names, use_threads=False):
                numbers = np.arange(first + done, first + done + len(batch), dtype=np.int64)
                done += len(batch)
                unpacked += batch.nbytes
                if unpacked > most:
                    place = first + done - len(batch)
                    yield none, None, [Unreadable(place, -1, "archive bomb", b"", max(1, total - place))]
                    return
                yield numbers, batch, []
        except (pa.ArrowException, OSError, ValueError) as error:
            sample = str(error).encode()[:SAMPLE]
            yield none, None, [Unreadable(first + done, -1, "damaged parquet", sample, rows - done)]
        first += rows


def columns_of(
    batch: pa.RecordBatch, rows: np.ndarray, fields: Fields, required: str, known: Sequence[str] | None = None
) -> Columns:
    """The wanted columns of a batch as valid UTF-8 strings; rows with bad bytes or without `required` are unreadable.

    A list of strings (paragraphs, turns of a dialogue) is one text, with each item on its own line. `known` are the
    names of all columns of the file, for the message if the required one is missing.
    """
    columns: dict[str, pa.Array] = {}
    bad = np.zeros(len(batch), bool)
    reason, sample = None, b""
    notes: tuple[str, ...] = ()
    for name, keys in fields.items():
        array = column_at(batch, keys)
        if array is not None and _is_list_of_strings(array.type):
            array, notes = _joined(array), ("lists of strings are joined line by line",)
        if name == required and array is None:
            reason, sample = "missing field", ", ".join(known or batch.schema.names).encode()[:SAMPLE]
        elif name == required and array is not None and not (_is_string(array.type) or pa.types.is_null(array.type)):
            reason, sample = f"{required} is no string", str(array.type).encode()[:SAMPLE]
        columns[name], invalid = _strings(pa.nulls(len(batch), pa.string()) if array is None else array)
        bad |= invalid
    unreadable = [Unreadable(int(row), -1, "bad utf-8", b"") for row in rows[bad]]
    if bad.any():
        keep = pa.array(~bad)
        rows, columns = rows[~bad], {name: array.filter(keep) for name, array in columns.items()}
    return require(Columns(rows, columns, unreadable, notes), required, reason, sample)


def column_at(batch: pa.RecordBatch, keys: tuple[str, ...]) -> pa.Array | None:
    """The column at a path of keys, through structs; None if there is none. Names are compared in Unicode's composed
    form.

    A column whose name is the keys joined by dots counts too.
    """
    names = [normalize("NFC", name) for name in batch.schema.names]
    whole = normalize("NFC", ".".join(keys))
    if whole in names:
        return batch.column(names.index(whole))
    first = normalize("NFC", keys[0])
    array: Any = batch.column(names.index(first)) if first in names else None
    for key in keys[1:]:
        if array is None or not pa.types.is_struct(array.type):
            return None
        inner = [normalize("NFC", field.name) for field in array.type]
        if normalize("NFC", key) not in inner:
            return None
        array = pc.struct_field(array, [inner.index(normalize("NFC", key))])
    return array


def _is_string(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_string(kind.value_type)
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return any(test(kind) for test in tests) or kind == pa.string_view()


def _is_list_of_strings(kind: pa.DataType) -> bool:
    return (pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)) and _is_string(
        kind.value_type
    )


def _joined(lists: pa.Array) -> pa.Array:
    """list<string>[n] → binary[n], items joined by newlines; null items are left out."""
    values = (
        b"\n".join(item for item in items if item is not None) if items is not None else None for items in _items(lists)
    )
    return pa.array(values, pa.binary())


def _items(lists: pa.Array) -> Iterator[list[bytes | None] | None]:
    for item in lists:
        if not item.is_valid:
            yield None
            continue
        strings = item.values
        strings = strings.dictionary_decode() if pa.types.is_dictionary(strings.type) else strings
        yield strings.cast(pa.large_binary()).to_pylist()


def _strings(array: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """A column as strings (null for other values), and bool[n]: which rows contain bytes that are not UTF-8."""
    invalid = np.zeros(len(array), bool)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_binary(array.type) or pa.types.is_large_binary(array.type):
        array = array.cast(pa.binary()).view(pa.string())
    elif not _is_string(array.type):
        return pa.nulls(len(array), pa.string()), invalid
    try:
        array = array.cast(pa.string())
        array.validate()  # offsets within the buffers
    except pa.ArrowInvalid:
        valid = False
    else:
        valid = _is_valid(array)
    if not valid:
        raw = [value.as_buffer().to_pybytes() if value.is_valid else None for value in array.cast(pa.binary())]
        invalid = np.array([value is not None and not _is_utf8(value) for value in raw], bool)
        array = pa.array([None if bad else value for value, bad in zip(raw, invalid, strict=True)], pa.binary())
        array = array.cast(pa.string())
    return array, invalid


def _is_valid(array: pa.StringArray) -> bool:
    """Whether every string is valid UTF-8: all bytes together are, and no string begins inside a character."""
    from corpus.kernels.utf8 import string_buffers  # the kernels take a second to load
    from corpus.readers.utf8_check import is_utf8

    data, offsets = string_buffers(array.fill_null("") if array.null_count else array)
    text = data[offsets[0] : offsets[-1]]
    if not len(text) or text.max() < 0x80:
        return bool((np.diff(offsets) >= 0).all())
    starts = offsets[:-1][np.diff(offsets) > 0]
    if (np.diff(offsets) < 0).any() or ((data[starts] & 0xC0) == 0x80).any():
        return False
    last = int(starts[-1])
    if text[-1] < 0x80:
        return is_utf8(text)
    return is_utf8(np.append(data[offsets[0] : last], np.uint8(10))) and _is_utf8(data[last : offsets[-1]].tobytes())


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True

"""The user's files, read for their text and copied in the same format: JSON lines, parquet, or a Hugging Face dataset
on disk.

The files are read twice: once for the text, once to copy the records that stay, with all their fields and, for JSON
lines, byte for byte. Records whose text cannot be read are left out and listed; files without any text are left out and
named.
"""

import gzip
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from corpus.document import WITHOUT_TEXT, Unreadable, lacks_text
from corpus.engine.marker import MARKER, read_marker
from corpus.engine.task import file_sha256, read_json, settings_sha256, write_json
from corpus.errors import UserError
from corpus.readers import format_of, read
from corpus.readers.columns import Columns, dotted, empty
from corpus.readers.lines import lines
from corpus.readers.stream import Limits
from corpus.readers.tables import column_at, columns_of, parquet_batches
from corpus.readers.unpack import blocks
from corpus.shards import read_shard, write_stream

FORMATS = ("jsonl", "parquet")
DATASETS = ("build_corpus", "dedup", "decontaminate")  # commands whose folders hold documents


@dataclass
class Input:
    """One file, and its readable rows, in order."""

    path: Path
    rows: list[np.ndarray] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    ids: list[pa.Array] = field(default_factory=list)  # the records' own ids, if they are needed

    @property
    def known(self) -> np.ndarray:
        """int64[n]: rows with a text."""
        return np.concatenate(self.rows) if self.rows else np.empty(0, np.int64)

    @property
    def known_ids(self) -> pa.Array:
        """The own id of each of these rows, null if it has none."""
        return pa.concat_arrays(self.ids) if self.ids else pa.nulls(len(self.known), pa.string())

    @property
    def has_ids(self) -> bool:
        """Whether any record has its own id."""
        return any(array.null_count < len(array) for array in self.ids)


def name_in(path: Path, root: Path) -> str:
    """The path of a file below `root`, as in reports."""
    return path.relative_to(root).as_posix()


def _splits(root: Path) -> list[Path]:
    """The folders of a dataset on disk: itself, or one for each split; an empty list if there is none."""
    if (root / "dataset_dict.json").is_file():
        return [root / name for name in read_json(root / "dataset_dict.json")["splits"]]
    return [root] if (root / "state.json").is_file() else []


def input_files(data: Path, left_out: dict[str, str]) -> list[Path]:
    """The files to read, in a fixed order; files of other formats are added to `left_out`.

    Raises UserError for a folder of Hanji's that is no dataset; such folders within `data` are left out.
    """
    if told := _no_dataset(data):
        raise UserError(
            f"--in {data}: it holds {told}, and no documents. Name a corpus, or a file or folder with JSON lines or"
            " parquet."
        )
    splits = _splits(data)
    if splits:
        return [folder / e["filename"] for folder in splits for e in read_json(folder / "state.json")["_data_files"]]
    if data.is_file():
        return [data] if _is_readable(data, strict=True) else []
    every = sorted(p for p in data.rglob("*") if p.is_file() and not _is_hidden(p.relative_to(data)))
    made = {path.parent: told for path in data.rglob(MARKER) if (told := _no_dataset(path.parent))}
    others = {path: f"part of {told}" for path in every for parent in path.parents if (told := made.get(parent))}
    every = [path for path in every if path not in others]
    left_out |= {name_in(path, data): reason for path, reason in others.items()}
    files = [path for path in every if _is_readable(path)]
    if not files:
        raise UserError(f"{data}: no .jsonl (also .gz, .zst, .bz2) and no .parquet file there, and no dataset on disk.")
    left_out |= {name_in(path, data): "neither JSON lines nor parquet" for path in every if path not in files}
    return files


def _no_dataset(folder: Path) -> str | None:
    """What a folder holds that another command of Hanji made, as in "a tokenizer, made by train_tokenizer"; None for a
    dataset and for folders of other tools."""
    marker = read_marker(folder)
    if marker is None or marker["command"] in DATASETS:
        return None
    return f"{marker['holds']}, made by {marker['command']}"


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _is_readable(path: Path, strict: bool = False) -> bool:
    try:
        kind = format_of(path)
    except UserError:
        if strict:
            raise
        return False
    if kind not in FORMATS and strict:
        raise UserError(f"{path}: {kind} files are not supported here; convert them to JSON lines or parquet.")
    return kind in FORMATS


def read_texts(
    inputs: list[Input],
    column: str,
    root: Path,
    left_out: dict[str, str],
    identifier: str | None = None,
    note: Callable[[Path], Callable[[np.ndarray], None]] | None = None,
) -> Iterator[pa.Array]:
    """The texts of all files. Rows, unreadable records and the ids at `identifier` are recorded in `inputs`, files
    without any text in `left_out`. `note` returns a function for each file, which is called with rows before their
    texts are yielded.

    Raises UserError if no file has a text.
    """
    without = []
    for each in inputs:
        fields = {"text": text_keys(each.path, column)}
        if identifier is not None:
            fields["id"] = text_keys(each.path, identifier)
        noted = note(each.path) if note else None
        for columns in read_columns(each.path, fields):
            each.unreadable += columns.unreadable
            each.rows.append(columns.rows)
            if noted:
                noted(columns.rows)
            if identifier is not None:
                each.ids.append(columns.columns["id"].cast(pa.string()))
            yield columns.columns["text"]
        lost: Counter[str] = Counter()
        for u in each.unreadable:
            lost[u.reason] += u.records
        described = each.path.suffix == ".json" and set(lost) <= {*WITHOUT_TEXT, "bad json"}
        if not len(each.known) and lost and (lacks_text(lost) or described):
            without.append(each)
            left_out[name_in(each.path, root)] = f"no record has a text in {column!r}"
    if without and len(without) == len(inputs):
        path = without[0].path
        raise UserError(
            f"{path}: no record has a text in {column!r}{_fields(path)}. Name the field of the text with --column."
        )


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
            for number, line in enumerate(chunk.bytes().split(b"\n")[: chunk.newlines + 1]):
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


def _whole(path: Path) -> Iterator[tuple[np.ndarray, pa.RecordBatch]]:
    return ((rows, batch) for rows, batch, _ in _parquet(path) if batch is not None)


def _schema(path: Path) -> pa.Schema:
    with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as reader:
        return reader.schema


def _fields(path: Path) -> str:
    """The fields that a table has instead."""
    if path.suffix == ".arrow":
        names: list[str] = _schema(path).names
    elif format_of(path) == "parquet":
        names = pq.read_schema(path).names
    else:
        return ""
    return f" (it has {', '.join(names)})"


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


def _parquet(path: Path) -> Iterator[tuple[np.ndarray, pa.RecordBatch | None, list[Unreadable]]]:
    """Row numbers and batches of a parquet file; of what is damaged the rows."""
    try:
        names = pq.read_schema(path).names
    except (pa.ArrowException, OSError):
        names = []
    yield from parquet_batches(path, names, Limits())


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


def _numbered(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[np.ndarray, pa.RecordBatch]]:
    first = 0
    for batch in batches:
        yield np.arange(first, first + batch.num_rows), batch
        first += batch.num_rows


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


def describe_dataset(root: Path, out: Path, inputs: list[Input]) -> None:
    """Make the folder a dataset on disk again, if the input was one."""
    for folder in _splits(root):
        target = out / folder.relative_to(root)
        target.mkdir(exist_ok=True)
        shutil.copyfile(folder / "dataset_info.json", target / "dataset_info.json")
        mine = [target / each.path.name for each in inputs if each.path.parent == folder] or [_no_rows(target)]
        state = read_json(folder / "state.json") | {"_data_files": [{"filename": path.name} for path in mine]}
        fingerprint = settings_sha256([file_sha256(path) for path in mine])[:16]
        write_json(target / "state.json", state | {"_fingerprint": fingerprint})
    if (root / "dataset_dict.json").is_file():
        shutil.copyfile(root / "dataset_dict.json", out / "dataset_dict.json")


def _no_rows(folder: Path) -> Path:
    """A file without rows for a dataset of no files, which `datasets` writes but cannot open."""
    from datasets import Features

    schema = Features.from_dict(read_json(folder / "dataset_info.json")["features"]).arrow_schema
    path = folder / "data-00000-of-00001.arrow"
    write_stream(path, schema, [pa.RecordBatch.from_pylist([], schema=schema)])
    return path


def unreadable_reasons(inputs: list[Input]) -> dict[str, int]:
    """The number of unreadable records, by reason."""
    counts: Counter[str] = Counter()
    for each in inputs:
        for lost in each.unreadable:
            counts[lost.reason] += lost.records
    return dict(sorted(counts.items()))


def write_unreadable(inputs: list[Input], root: Path, path: Path) -> None:
    """List every unreadable record, as JSON lines: its file, row, byte, reason and a sample."""
    import orjson

    with path.open("wb") as file:
        for each in inputs:
            for bad in each.unreadable:
                entry = {"file": each.path.relative_to(root).as_posix(), "row": bad.row, "offset": bad.offset}
                entry |= {"records": bad.records} if bad.records > 1 else {}
                sample = bad.sample.decode("utf-8", "backslashreplace")
                file.write(orjson.dumps(entry | {"reason": bad.reason, "sample": sample}) + b"\n")

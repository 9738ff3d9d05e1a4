"""Deduplicate somebody's files: JSON lines, parquet, or a Hugging Face dataset on disk, in the form they came in.

The files are read twice: once for the text, once to copy the records that stay, with all their fields and, for JSON
lines, byte for byte. Records whose text cannot be read are left out and listed, never silently.
"""

import gzip
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from corpus.document import Unreadable
from corpus.duplicates.dataset import NearDuplicateSettings, cluster_sizes, find_duplicates
from corpus.engine.local import Engine
from corpus.engine.task import file_sha256, read_json, settings_sha256, write_json
from corpus.errors import UserError
from corpus.readers import format_of, read
from corpus.readers.columns import Columns, dotted
from corpus.readers.lines import lines
from corpus.readers.stream import Limits
from corpus.readers.tables import columns_of
from corpus.readers.unpack import blocks
from corpus.shards import read_shard, write_stream

FORMATS = ("jsonl", "parquet")


@dataclass
class _Input:
    """One file, and the rows of it that could be read, in order."""

    path: Path
    rows: list[np.ndarray] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)

    @property
    def known(self) -> np.ndarray:
        """int64[n]: rows with a text."""
        return np.concatenate(self.rows) if self.rows else np.empty(0, np.int64)


def deduplicate_files(
    data: Path, column: str, out: Path, settings: NearDuplicateSettings, engine: Engine
) -> dict[str, Any]:
    """Write the files of `data` without their duplicates to `out`, under their names; what became of the records.

    `data` is a file, a folder of files (jsonl, also .gz and .zst; parquet) or a dataset on disk. Beside the files come
    duplicates.parquet (file, row, survivor_file, survivor_row, kind, similarity), unreadable.jsonl and summary.json.
    Raises UserError for an unknown format, a missing column, or a folder `out` that is not empty.
    """
    if out.exists() and (not out.is_dir() or any(path.name != "work" for path in out.iterdir())):
        raise UserError(f"{out} is not empty. Name a new folder with --out; nothing was read.")
    inputs = [_Input(path) for path in _files(data)]
    work = out / "work"
    shutil.rmtree(work, ignore_errors=True)  # of an interrupted run
    made = work / "made"
    made.mkdir(parents=True)
    found = find_duplicates(_texts(inputs, column), column, settings=settings, engine=engine, work=work)
    known = [each.known for each in inputs]
    starts = np.cumsum([0, *(len(rows) for rows in known)])
    keep = np.ones(starts[-1], bool)
    keep[found["row"].to_numpy()] = False
    root = data if data.is_dir() else data.parent
    for each, rows, first in zip(inputs, known, starts[:-1], strict=True):
        _copy(each.path, made / each.path.relative_to(root), rows[keep[first : first + len(rows)]])
    if (root / "state.json").is_file():
        _describe(root, made, inputs)
    _write_duplicates(found, inputs, known, starts, root, made / "duplicates.parquet")
    summary = _summary(found, inputs, int(starts[-1]))
    _write_unreadable(inputs, root, made / "unreadable.jsonl")
    write_json(made / "summary.json", summary | {"settings": settings.model_dump()})
    for path in made.iterdir():
        path.rename(out / path.name)
    shutil.rmtree(work)
    return summary


def _files(data: Path) -> list[Path]:
    """The files to read, in a fixed order."""
    if (data / "state.json").is_file():
        return [data / entry["filename"] for entry in read_json(data / "state.json")["_data_files"]]
    if (data / "dataset_dict.json").is_file():
        raise UserError(
            f"{data} holds several splits ({', '.join(read_json(data / 'dataset_dict.json')['splits'])}); name the"
            " folder of one."
        )
    if data.is_file():
        return [data] if _is_readable(data, strict=True) else []
    files = sorted(p for p in data.rglob("*") if p.is_file() and _is_readable(p))
    if not files:
        raise UserError(f"{data}: no .jsonl (also .gz, .zst, .bz2) and no .parquet file there, and no dataset on disk.")
    return files


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


def _texts(inputs: list[_Input], column: str) -> Iterator[pa.Array]:
    """The texts of all files; rows and what could not be read are noted in `inputs`."""
    fields = {"text": dotted(column)}
    for each in inputs:
        for columns in _columns(each.path, fields):
            each.unreadable += columns.unreadable
            each.rows.append(columns.rows)
            yield columns.columns["text"]
        reasons = {u.reason for u in each.unreadable}
        if not len(each.known) and reasons and reasons <= {"missing field", "text is no string", "null text"}:
            raise UserError(
                f"{each.path}: no record has a text in {column!r}{_fields(each.path)}. Name the field of the text with"
                " --column."
            )


def _fields(path: Path) -> str:
    """What a table has instead."""
    if path.suffix == ".arrow":
        names: list[str] = next((batch.schema.names for batch in read_shard(path)), [])
    elif format_of(path) == "parquet":
        names = pq.read_schema(path).names
    else:
        return ""
    return f" (it has {', '.join(names)})"


def _columns(path: Path, fields: dict[str, tuple[str, ...]]) -> Iterator[Columns]:
    if path.suffix != ".arrow":
        yield from read(path, fields)
        return
    first = 0
    for batch in read_shard(path):
        yield columns_of(batch, np.arange(first, first + batch.num_rows), fields, "text")
        first += batch.num_rows


def _copy(source: Path, target: Path, rows: np.ndarray) -> None:
    """Write the given rows (ascending) of a file to another of the same format."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == ".arrow":
        batches = list(read_shard(source))
        schema = batches[0].schema if batches else pa.schema([])
        write_stream(target, schema, _chosen(batches, rows))
    elif format_of(source) == "parquet":
        file = pq.ParquetFile(source)
        with pq.ParquetWriter(target, file.schema_arrow, compression="zstd") as writer:
            for batch in _chosen(file.iter_batches(), rows):
                writer.write_batch(batch)
    else:
        limits = Limits()
        with _writer(target) as out:
            for stretch in lines(blocks(source, limits), limits):
                if isinstance(stretch, Unreadable):
                    continue
                first, last = np.searchsorted(rows, [stretch.row, stretch.row + stretch.newlines])
                texts = stretch.bytes().split(b"\n")
                out.writelines(texts[row - stretch.row] + b"\n" for row in rows[first:last].tolist())


def _chosen(batches: Any, rows: np.ndarray) -> Iterator[pa.RecordBatch]:
    first = 0
    for batch in batches:
        low, high = np.searchsorted(rows, [first, first + batch.num_rows])
        if low < high:
            yield batch.take(pa.array(rows[low:high] - first))
        first += batch.num_rows


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


def _describe(root: Path, out: Path, inputs: list[_Input]) -> None:
    """Make the folder a dataset on disk again."""
    shutil.copyfile(root / "dataset_info.json", out / "dataset_info.json")
    state = read_json(root / "state.json")
    fingerprint = settings_sha256([file_sha256(out / each.path.name) for each in inputs])[:16]
    write_json(out / "state.json", state | {"_fingerprint": fingerprint})


def _write_duplicates(
    found: pa.Table, inputs: list[_Input], known: list[np.ndarray], starts: np.ndarray, root: Path, path: Path
) -> None:
    names = pa.array([each.path.relative_to(root).as_posix() for each in inputs], pa.string())
    every = np.concatenate([np.empty(0, np.int64), *known])
    columns: dict[str, Any] = {}
    for side, name in (("", "row"), ("survivor_", "survivor")):
        numbers = found[name].to_numpy()
        files = np.searchsorted(starts, numbers, side="right") - 1
        columns[f"{side}file"] = names.take(pa.array(files))
        columns[f"{side}row"] = pa.array(every[numbers])
    pq.write_table(pa.table({**columns, "kind": found["kind"], "similarity": found["similarity"]}), path)


def _summary(found: pa.Table, inputs: list[_Input], rows: int) -> dict[str, Any]:
    sizes, counts = np.unique(cluster_sizes(found, rows), return_counts=True)
    kinds = Counter(found["kind"].to_pylist())
    return {
        "files": len(inputs),
        "records": rows + sum(len(each.unreadable) for each in inputs),
        "unreadable": dict(sorted(Counter(u.reason for each in inputs for u in each.unreadable).items())),
        "exact": kinds["exact"],
        "near": kinds["near"],
        "kept": rows - found.num_rows,
        "cluster_sizes": {int(size): int(n) for size, n in zip(sizes, counts, strict=True) if size},
    }


def _write_unreadable(inputs: list[_Input], root: Path, path: Path) -> None:
    import orjson

    with path.open("wb") as file:
        for each in inputs:
            for bad in each.unreadable:
                entry = {"file": each.path.relative_to(root).as_posix(), "row": bad.row, "offset": bad.offset}
                sample = bad.sample.decode("utf-8", "backslashreplace")
                file.write(orjson.dumps(entry | {"reason": bad.reason, "sample": sample}) + b"\n")

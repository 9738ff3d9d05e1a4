"""The user's files: JSON lines, parquet, or a Hugging Face dataset on disk.

The files are read twice: once for the text, once to copy the records that stay, with all their fields
(corpus/duplicates/rows.py). Records whose text cannot be read are left out and listed; files without any text are left
out and named.
"""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpus.document import WITHOUT_TEXT, Unreadable, lacks_text
from corpus.duplicates.rows import named_fields, read_columns, text_keys
from corpus.engine.marker import MARKER, check_texts, read_marker
from corpus.engine.task import file_sha256, read_json, settings_sha256, write_json
from corpus.errors import GET_AGAIN, DamagedError, UserError, first_line, leaves, require_file, require_utf8_names
from corpus.readers import format_of
from corpus.shards import write_stream

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
    path = root / "dataset_dict.json"
    if path.is_file():
        return _listed(path, read_json(path, GET_AGAIN)["splits"])
    return [root] if (root / "state.json").is_file() else []


def _files_of(folder: Path) -> list[Path]:
    """The files of one folder of a dataset on disk, as its state.json lists them."""
    path = folder / "state.json"
    files = read_json(path, GET_AGAIN)["_data_files"]
    return _listed(path, [e["filename"] for e in files] if _is_list(files, dict) else files)


def _listed(path: Path, names: Any) -> list[Path]:
    """What is listed in the file `path` and lies beside it. Raises DamagedError for what is no list of names, or leaves
    the folder."""
    if not _is_list(names, str) or any(map(leaves, names)):
        told = json.dumps(names, ensure_ascii=False)
        raise DamagedError(f"{path} is damaged (it lists {told[:60]} instead of names of files beside it). {GET_AGAIN}")
    return [path.parent / name for name in names]


def _is_list(value: Any, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(each, kind) for each in value)


def input_files(data: Path, left_out: dict[str, str]) -> list[Path]:
    """The files to read, in a fixed order; files of other formats are added to `left_out`.

    Raises UserError for a folder of Hanji's that is no dataset (such folders within `data` are left out), and for a
    file of Hanji's that has changed since it was written.
    """
    files = _input_files(data, left_out)
    for path in files:
        require_file(path)
    check_texts(files)
    return files


def _input_files(data: Path, left_out: dict[str, str]) -> list[Path]:
    if told := no_dataset(data):
        raise UserError(
            f"--in {data}: it holds {told}, and no documents. Name a corpus, or a file or folder with JSON lines or"
            " parquet."
        )
    splits = _splits(data)
    if splits:
        return [path for folder in splits for path in _files_of(folder)]
    if data.is_file():
        return [data] if _is_readable(data, strict=True) else []
    every = sorted(p for p in data.rglob("*") if not p.is_dir() and not _is_hidden(p.relative_to(data)))
    require_utf8_names(every)
    left_out |= {name_in(path, data): "a broken link, a pipe or a device" for path in every if not path.is_file()}
    every = [path for path in every if path.is_file()]
    made = {path.parent: told for path in data.rglob(MARKER) if (told := no_dataset(path.parent))}
    others = {path: f"part of {told}" for path in every for parent in path.parents if (told := made.get(parent))}
    every = [path for path in every if path not in others]
    left_out |= {name_in(path, data): reason for path, reason in others.items()}
    files = [path for path in every if _is_readable(path)]
    if not files:
        raise UserError(f"{data}: no .jsonl (also .gz, .zst, .bz2) and no .parquet file there, and no dataset on disk.")
    left_out |= {name_in(path, data): "neither JSON lines nor parquet" for path in every if path not in files}
    return files


def require_outside(data: Path, out: Path) -> None:
    """Raises UserError if a later run would read the output as its input."""
    if data.is_dir() and out.resolve() != data.resolve() and out.resolve().is_relative_to(data.resolve()):
        raise UserError(
            f"--out {out} is inside --in {data}: the next run would read what this one wrote. Give a folder outside."
        )


def no_dataset(folder: Path) -> str | None:
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

    Raises UserError if no file has a text, if nothing could be read, or if no record has an id.
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
            f"{path}: no record has a text in {column!r}{named_fields(path)}. Name the field of the text with --column."
        )
    reasons = unreadable_reasons(inputs)
    if reasons and not any(len(each.known) for each in inputs):
        first = next(each for each in inputs if each.unreadable)
        place = f"{first.path}, record {first.unreadable[0].row:,}" if first.unreadable[0].row >= 0 else first.path
        told = ", ".join(f"{count:,} {reason}" for reason, count in reasons.items())
        raise UserError(
            f"{place}: nothing in {'this file' if len(inputs) == 1 else f'the {len(inputs)} files there'} could be read"
            f" ({told}). Is it damaged, or of another format than its name says?"
        )
    if identifier is not None and inputs and not any(each.has_ids for each in inputs):
        named = inputs[0].path if len(inputs) == 1 else root
        raise UserError(f"{named}: no record has a string in {identifier!r}. Name the field of the ids with --id.")


def describe_dataset(root: Path, out: Path, inputs: list[Input]) -> None:
    """Make the folder a dataset on disk again, if the input was one."""
    for folder in _splits(root):
        target = out / folder.relative_to(root)
        target.mkdir(exist_ok=True)
        require_file(folder / "dataset_info.json")
        shutil.copyfile(folder / "dataset_info.json", target / "dataset_info.json")
        mine = [target / each.path.name for each in inputs if each.path.parent == folder] or [_no_rows(target)]
        state = read_json(folder / "state.json", GET_AGAIN)
        state |= {"_data_files": [{"filename": path.name} for path in mine]}
        fingerprint = settings_sha256([file_sha256(path) for path in mine])[:16]
        write_json(target / "state.json", state | {"_fingerprint": fingerprint})
    if (root / "dataset_dict.json").is_file():
        shutil.copyfile(root / "dataset_dict.json", out / "dataset_dict.json")


def _no_rows(folder: Path) -> Path:
    """A file without rows for a dataset of no files, which `datasets` writes but cannot open."""
    from datasets import Features

    described = folder / "dataset_info.json"
    try:
        schema = Features.from_dict(read_json(described, GET_AGAIN)["features"]).arrow_schema
    except UserError:
        raise
    except Exception as error:  # `datasets` raises anything
        raise DamagedError(f"{described} is damaged (its features: {first_line(error)}). {GET_AGAIN}") from error
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

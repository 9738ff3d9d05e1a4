"""Arrow shards in the format of Hugging Face `datasets` on disk, written and read without importing `datasets`.

A split is a folder of Arrow IPC stream files with `dataset_info.json` and `state.json`; `datasets.load_from_disk` opens
it, and so does plain pyarrow, memory-mapped.
"""

import mmap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpus.engine.marker import read_result, where_to_make
from corpus.engine.task import atomic_write, write_json
from corpus.errors import UserError, leaves, require_file

_FEATURES = {
    "string": "string",
    "int32": "int32",
    "int64": "int64",
    "float": "float32",
    "uint16": "uint16",
    "uint32": "uint32",
}


def write_stream(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    """Write one Arrow IPC stream file; returns the number of rows. The caller flushes it (corpus/engine/task.py)."""
    rows = 0
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
        if not rows:  # `datasets` does not open a stream without a batch
            writer.write_batch(pa.record_batch([pa.array([], field.type) for field in schema], schema=schema))
    return rows


def read_shard(path: Path) -> Iterator[pa.RecordBatch]:
    """The record batches of one Arrow IPC stream file, memory-mapped: data is read from disk when it is used, and its
    pages stay in this process's memory until the next batch is asked for (then only for who still reads them)."""
    require_file(path)
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)  # unmapped with the last batch that is kept
        with pa.ipc.open_stream(pa.py_buffer(mapped)) as reader:
            for batch in reader:
                yield batch
                mapped.madvise(mmap.MADV_DONTNEED)
    except (ValueError, OSError) as error:  # pa.ArrowInvalid is a ValueError, and so is an empty file's
        raise UserError(
            f"{path}: not a readable Arrow shard ({error}). Make or fetch again what it belongs to."
        ) from error


def shard_paths(corpus: Path | str, split: str = "train") -> list[Path]:
    """The shards of one split of a corpus, in order. Raises UserError if the folder is not a finished corpus."""
    folder = Path(corpus) / split
    state = folder / "state.json"
    if Path(corpus).is_file():
        raise UserError(f"{corpus}: a file, not a folder. Name the folder of a corpus, as build_corpus leaves it.")
    if not state.is_file():
        if (Path(corpus) / "state.json").is_file():
            raise UserError(f"{corpus}: one split of a corpus. Name the folder of the corpus, {Path(corpus).parent}.")
        raise UserError(
            f"{corpus}: not a finished corpus: {split}/state.json is missing."
            f" {where_to_make(Path(corpus), 'build_corpus --recipe demo')}"
        )
    found = read_result(Path(corpus), f"{split}/state.json")
    try:
        names = [entry["filename"] for entry in found["_data_files"]]
        if any(map(leaves, names)):
            raise TypeError
        return [folder / name for name in names]
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{state}: no list of shards in it; it is damaged. Build the corpus again.") from error


def splits_of(corpus: Path) -> list[str]:
    """The splits of a corpus: train, and validation where documents are held out."""
    return ["train"] + ["validation"] * (corpus / "validation" / "state.json").is_file()


def source_of(path: Path) -> str:
    """The source in a shard's file name: `mc4-ko-00000.arrow` → `mc4-ko`."""
    return path.stem.rsplit("-", 1)[0]


def describe_split(
    folder: Path, schema: pa.Schema, files: list[str], fingerprint: str, split: str, license: str = ""
) -> None:
    """Write the two JSON files that make a folder of Arrow streams a dataset on disk.

    `fingerprint` is the name of the caches of `datasets`: the hash of the content, so that equal corpora share them.
    """
    info: dict[str, Any] = {
        "citation": "",
        "description": "",
        "features": _features(schema),
        "homepage": "",
        "license": license,
    }
    write_json(folder / "dataset_info.json", info)
    state: dict[str, Any] = {
        "_data_files": [{"filename": name} for name in files],
        "_fingerprint": fingerprint[:16],
        "_format_columns": None,
        "_format_kwargs": {},
        "_format_type": None,
        "_output_all_columns": False,
        "_split": split,
    }
    write_json(folder / "state.json", state)


def describe_folder(folder: Path, name: str, splits: Sequence[str]) -> None:
    """Make a folder of splits one dataset: load_from_disk opens it as a DatasetDict, and load_dataset finds each
    document once."""
    write_json(folder / "dataset_dict.json", {"splits": list(splits)})
    write_readme(folder, name, {split: f"{split}/*.arrow" for split in splits})


def write_readme(folder: Path, title: str, patterns: Mapping[str, str], head: Sequence[str] = ()) -> None:
    """README.md with the header that datasets.load_dataset reads: the pattern of each split's files, after the lines of
    `head`."""
    files = "".join(f"  - split: {split}\n    path: {pattern}\n" for split, pattern in patterns.items())
    lines = "".join(f"{line}\n" for line in head)
    header = f"---\n{lines}configs:\n- config_name: default\n  data_files:\n{files}---\n"
    with atomic_write(folder / "README.md") as temporary:
        temporary.write_text(f"{header}\n# {title}\n\nWritten by Hanji.\n", encoding="utf-8")


def _features(schema: pa.Schema) -> dict[str, Any]:
    return {field.name: _feature(field.type) for field in schema}


def _feature(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_fixed_size_list(kind):
        return {"feature": _feature(kind.value_type), "length": kind.list_size, "_type": "List"}
    if pa.types.is_list(kind):
        return {"feature": _feature(kind.value_type), "_type": "List"}
    return {"dtype": _FEATURES[str(kind)], "_type": "Value"}

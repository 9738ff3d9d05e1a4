"""A lasting index: the data for finding the duplicates of documents whose texts may no longer be available.

    INDEX/.hanji.json           the marker: settings, versions of the kernels, SHA-256 of every file
    INDEX/00000/                a dataset, in the order in which they were added
        signatures.npy          uint8[n, permutations]: eight bits of each minimum (corpus/duplicates/minhash.py)
        hashes.npy              uint64[n, 2]: 128-bit hashes of the normalised texts
        shingles.npy            uint32[n]: how many shingles each text has
        places.arrow            file, row and id of each, compressed
        dataset.json            name, folder, files, documents; written last, so a dataset is there whole or not at all

About 155 bytes a document, plus the document's own id. All arrays are memory-mapped. Band keys are computed from the
signatures when they are needed, so an index can be used with every threshold. Adding a dataset writes one folder; if
the command is killed, the index contains the datasets that it had before, and the same command continues.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpus.duplicates import shingles
from corpus.duplicates.dataset import NearDuplicateSettings, text_batches, write_parts
from corpus.duplicates.documents import DOCUMENTS
from corpus.duplicates.inputs import Input, input_files, name_in, read_texts
from corpus.duplicates.minhash import VERSION as MINHASH_VERSION
from corpus.duplicates.minhash import describe, short_signatures, sketch_and_count
from corpus.duplicates.required import MAKER, index_marker, require_index
from corpus.engine.local import Engine
from corpus.engine.marker import hashes_of, read_marker
from corpus.engine.output import Output, claim
from corpus.engine.task import file_sha256, read_json, settings_sha256, write_json
from corpus.errors import DamagedError, UserError
from corpus.stored import named

FORMAT = 1
ARRAYS = ("signatures.npy", "hashes.npy", "shingles.npy")
PLACES, DATASET = "places.arrow", "dataset.json"
PLACE_ROWS = 65_536  # places that are compressed together


@dataclass(frozen=True)
class Dataset:
    """The documents of one dataset of an index."""

    folder: Path
    about: dict[str, Any]  # dataset.json

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.about["name"])

    @property
    def documents(self) -> int:
        """How many there are."""
        return int(self.about["documents"])

    @property
    def bytes(self) -> int:
        """Bytes on disk."""
        return sum(path.stat().st_size for path in self.folder.iterdir())

    def array(self, name: str) -> np.ndarray:
        """One of ARRAYS, memory-mapped."""
        return np.asarray(np.load(self.folder / name, mmap_mode="r"))

    def places(self, rows: np.ndarray) -> pa.Table:
        """`file` (number in about["files"]), `row` and `id` of ascending rows; only the necessary batches are
        unpacked."""
        with named(self.folder / PLACES), pa.memory_map(str(self.folder / PLACES)) as source:
            reader = pa.ipc.open_file(source)
            batches = [
                reader.get_batch(int(number)).take(pa.array(rows[rows // PLACE_ROWS == number] % PLACE_ROWS))
                for number in np.unique(rows // PLACE_ROWS)
            ]
            return pa.Table.from_batches(batches, schema=reader.schema)


@dataclass(frozen=True)
class Index:
    """The datasets of an index in the order in which they were added; documents are numbered across them."""

    path: Path
    settings: NearDuplicateSettings
    datasets: tuple[Dataset, ...]

    @staticmethod
    def open(path: Path) -> "Index":
        """The index in a folder; every file is checked against its SHA-256.

        Raises UserError if there is none, if it was made by other kernels, and if a file is damaged.
        """
        settings = _settings_in(path, require_index(path))
        datasets = tuple(_datasets(path))
        _check(path, datasets)
        return Index(path, settings, datasets)

    @cached_property
    def starts(self) -> np.ndarray:
        """int64[datasets + 1]: the number of the first document of each."""
        return np.cumsum([0, *(each.documents for each in self.datasets)]).astype(np.int64)

    @property
    def count(self) -> int:
        """How many documents there are."""
        return int(self.starts[-1])

    def split(self, numbers: np.ndarray) -> Iterator[tuple[Dataset, np.ndarray]]:
        """Ascending document numbers by dataset: each dataset that has any, with their rows in it."""
        owners = np.searchsorted(self.starts, numbers, side="right") - 1
        for owner in np.unique(owners):
            yield self.datasets[owner], numbers[owners == owner] - self.starts[owner]

    def sizes(self, numbers: np.ndarray) -> np.ndarray:
        """How many shingles documents have: uint32 of the shape of `numbers`, 0 where these are negative."""
        ascending, back = np.unique(numbers, return_inverse=True)
        told = np.zeros(len(ascending), np.uint32)
        there = ascending >= 0
        pieces = [dataset.array("shingles.npy")[rows] for dataset, rows in self.split(ascending[there])]
        told[there] = np.concatenate([told[:0], *pieces])
        return told[back].reshape(numbers.shape)

    def places(self, numbers: np.ndarray) -> pa.Table:
        """`dataset`, `file`, `row` and `id` of document numbers in any order, names as strings."""
        ascending, back = np.unique(numbers, return_inverse=True)
        tables = [PLACED.empty_table()]
        for dataset, rows in self.split(ascending):
            found = dataset.places(rows)
            files = pa.array(dataset.about["files"], pa.string()).take(found["file"].combine_chunks())
            names = pa.repeat(pa.scalar(dataset.name, pa.string()), len(rows))
            tables.append(pa.table([names, files, found["row"], found["id"]], schema=PLACED))
        return pa.concat_tables(tables).take(pa.array(back, pa.int64()))


PLACED = pa.schema([("dataset", pa.string()), ("file", pa.string()), ("row", pa.int64()), ("id", pa.string())])


def add(
    data: Path,
    out: Path,
    column: str,
    engine: Engine,
    *,
    name: str | None = None,
    identifier: str | None = None,
    settings: NearDuplicateSettings | None = None,
    files: Sequence[Path] | None = None,
) -> dict[str, Any]:
    """Add the documents of `data` to the index `out`, which is made if it does not exist; returns dataset.json and
    `unreadable`, `left_out`, `added` (False if it was in the index already).

    `data` is a file, a folder of files or a dataset on disk, `files` only these of it; `name` is the path of `data`
    unless given; `identifier` is the field of the records' own ids. Raises UserError for a name that is taken by other
    files, for other settings than those of the index, and for anything else in the folder `out`.
    """
    settings = _agreed(out, settings)
    root = data if data.is_dir() else data.parent
    left_out: dict[str, str] = {}
    inputs = [Input(path) for path in (files or input_files(data, left_out))]
    about: dict[str, Any] = {
        "name": name or str(data.resolve()),
        "folder": str(root.resolve()),
        "column": column,
        "id": identifier,
        "content": {name_in(each.path, root): file_sha256(each.path) for each in inputs},
    }
    _check(out, _datasets(out))
    with claim(out, MAKER, _identity(settings)) as output:
        for known in _datasets(out):
            if known.name == about["name"]:
                if any(known.about[key] != about[key] for key in ("column", "id", "content")):
                    raise UserError(
                        f"{out} has a dataset {known.name!r} of other content. Give this one another --name, or remove"
                        f" that one first: `hanji index --out {out} --remove {known.name}`."
                    )
                _finish(output)
                return known.about | {"unreadable": 0, "left_out": {}, "added": False}
        shutil.rmtree(output.work, ignore_errors=True)  # of an interrupted run
        number = 1 + max((int(each.folder.name) for each in _datasets(out)), default=-1)
        made = output.staging() / f"{number:05d}"
        made.mkdir()
        texts = read_texts(inputs, column, root, left_out, identifier)
        folders, starts = write_parts(text_batches(texts, settings.normalize), output.work)
        for _ in engine.map(partial(_sign, settings), folders, name="index"):
            pass
        _join(folders, starts, settings, made)
        inputs = [each for each in inputs if name_in(each.path, root) not in left_out]
        _write_places(inputs, made / PLACES)
        about |= {"files": [name_in(each.path, root) for each in inputs], "documents": int(starts[-1])}
        write_json(made / DATASET, about)
        names = {each.folder.name: each.name for each in _datasets(out)}
        output.publish(
            made.parent, f"{made.name}/{DATASET}", keep=list(names), record=names | {made.name: about["name"]}
        )
        shutil.rmtree(output.work, ignore_errors=True)
    unreadable = sum(lost.records for each in inputs for lost in each.unreadable)
    return about | {"unreadable": unreadable, "left_out": left_out, "added": True}


def remove(out: Path, name: str) -> dict[str, Any]:
    """Remove a dataset from an index; returns its dataset.json, of a lost one (see `lost`) only `name`.

    `name` is that of the dataset, or the path that it was added from. Raises UserError for an unknown one.
    """
    settings = _settings_of(out)
    there = {each.folder.name: each.name for each in _datasets(out)} if settings else {}
    names = there | (lost(out) if settings else {})
    found = [folder for folder, known in names.items() if known in (name, str(Path(name).resolve()))]
    if settings is None or not found:
        raise UserError(f"{out}: no dataset {name!r} in an index there; it has {', '.join(names.values()) or 'none'}.")
    folder = out / found[0]
    _check(out, [each for each in _datasets(out) if each.folder != folder], but=folder.name)
    about: dict[str, Any] = read_json(folder / DATASET) if folder.name in there else {"name": names[folder.name]}
    with claim(out, MAKER, _identity(settings)) as output:
        output.reserve([])  # no longer finished: whoever finds the folder gone knows that it was removed
        if folder.is_dir():
            folder.rename(output.staging() / folder.name)  # from now on it is no longer in the index
        _finish(output)
    return about


def _finish(output: Output) -> None:
    """Remove files that belong to no dataset, and mark the index as finished."""
    kept = {each.folder.name for each in _datasets(output.path)}
    for folder in {name.split("/")[0] for name in output.files} - kept:
        shutil.rmtree(output.path / folder, ignore_errors=True)
    output.record = {each.folder.name: each.name for each in _datasets(output.path)}
    output.finish(sorted(kept))
    shutil.rmtree(output.work, ignore_errors=True)


def _datasets(path: Path) -> list[Dataset]:
    """The complete datasets. Folders of other names, such as a copy of one, are the user's."""
    found = sorted(each for each in path.glob(f"*/{DATASET}") if each.parent.name.isdecimal())
    return [Dataset(each.parent, read_json(each)) for each in found]


def lost(path: Path) -> dict[str, str]:
    """The datasets of a finished index whose folder or dataset.json is gone: name by folder (of an index that recorded
    no names the folder itself)."""
    marker = read_marker(path)
    if marker is None or not marker["finished"]:
        return {}
    folders = sorted({name.split("/")[0] for name in marker["files"]})
    return {f: (marker["record"] or {}).get(f, f) for f in folders if not (path / f / DATASET).is_file()}


def _check(path: Path, datasets: Sequence[Dataset], but: str | None = None) -> None:
    """Raises UserError for a file of these datasets that has changed since it was written, and for a lost dataset
    (`but` the one in this folder), whose documents would be left out in silence."""
    for folder, name in lost(path).items():
        if folder != but:
            gone = path / folder / DATASET if (path / folder).is_dir() else path / folder
            raise DamagedError(
                f"{gone} is missing, so the index no longer has the documents of {name}. Put it back; or go on without"
                f" them: `hanji index --out {path} --remove {name}`."
            )
    hashes_of(path, [file for each in datasets for file in sorted(each.folder.iterdir())])


def _identity(settings: NearDuplicateSettings) -> dict[str, Any]:
    return {"format": FORMAT, **describe(settings.shingles, settings.minhash), "normalize": settings.normalize}


def _settings_of(path: Path) -> NearDuplicateSettings | None:
    """The settings of the index in a folder, None if there is none; raises UserError if other kernels made it."""
    marker = index_marker(path)
    return None if marker is None else _settings_in(path, marker)


def _settings_in(path: Path, marker: dict[str, Any]) -> NearDuplicateSettings:
    found = marker["settings"]
    versions = {"shingles": shingles.VERSION, "minhash": MINHASH_VERSION}
    for name, version in versions.items():
        if found[name]["version"] != version or found["format"] != FORMAT:
            raise UserError(
                f"{path}: this index was made by version {found[name]['version']} of the {name} kernel; this is version"
                f" {version}. Their signatures cannot be compared: make the index again, in another folder,"
                " from the datasets that `hanji index --list --out INDEX` names."
            )
    without = {name: {k: v for k, v in found[name].items() if k != "version"} for name in versions}
    return NearDuplicateSettings.model_validate(without | {"normalize": found["normalize"]})


def _agreed(out: Path, settings: NearDuplicateSettings | None) -> NearDuplicateSettings:
    """The settings for adding: those of the index, or those given for a new index; raises UserError if they differ."""
    known = _settings_of(out)
    if known is None:
        return settings or NearDuplicateSettings()
    if settings is not None and _identity(settings) != _identity(known):
        raise UserError(
            f"{out}: the index has other settings: {json.dumps(_identity(known))}. Use them, or another folder."
        )
    return known


def _sign(settings: NearDuplicateSettings, folder: Path) -> None:
    """The arrays of one part."""
    signed, counted, hashed = [], [], []
    with pa.memory_map(str(folder / DOCUMENTS)) as source:
        reader = pa.ipc.open_file(source)
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            signatures, counts = sketch_and_count(batch.column("text"), None, settings.shingles, settings.minhash)
            signed.append(short_signatures(signatures))
            counted.append(counts)
            hashed.append(hash_words(batch.column("hash")))
    for name, arrays in zip(ARRAYS, (signed, hashed, counted), strict=True):
        np.save(folder / name, np.concatenate(arrays))


def hash_words(hashes: pa.Array) -> np.ndarray:
    """uint64[n, 2] from the binary(16) column `hash` of a part."""
    words = np.frombuffer(hashes.buffers()[1], np.uint64)[2 * hashes.offset :][: 2 * len(hashes)]
    return words.reshape(-1, 2)


def _join(folders: Sequence[Path], starts: np.ndarray, settings: NearDuplicateSettings, out: Path) -> None:
    """The arrays of all parts one after another."""
    shapes = ((np.uint8, (settings.minhash.permutations,)), (np.uint64, (2,)), (np.uint32, ()))
    for name, (kind, shape) in zip(ARRAYS, shapes, strict=True):
        if not starts[-1]:
            np.save(out / name, np.empty((0, *shape), kind))  # an empty file cannot be mapped
            continue
        whole = np.lib.format.open_memmap(out / name, mode="w+", dtype=kind, shape=(int(starts[-1]), *shape))
        for folder, first in zip(folders, starts, strict=False):
            piece = np.load(folder / name)
            whole[first : first + len(piece)] = piece
        whole.flush()


def _write_places(inputs: Sequence[Input], path: Path) -> None:
    """places.arrow: PLACE_ROWS rows in each batch except the last one."""
    schema = pa.schema([("file", pa.int32()), ("row", pa.int64()), ("id", pa.string())])
    tables = [schema.empty_table()]
    for number, each in enumerate(inputs):
        files = pa.array(np.full(len(each.known), number, np.int32))
        tables.append(pa.table([files, pa.array(each.known), each.known_ids], schema=schema))
    whole = pa.concat_tables(tables).combine_chunks()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema, options=options) as writer:
        for batch in whole.to_batches(max_chunksize=PLACE_ROWS):
            writer.write_batch(batch)


def content_of(index: Index, without: str) -> dict[str, str]:
    """All that a search in the index depends on: the content of each dataset by name, except one."""
    return {each.name: settings_sha256(each.about) for each in index.datasets if each.name != without}

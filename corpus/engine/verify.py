"""Check every file of a finished folder against its marker, or else its manifest.

The marker (corpus/engine/marker.py) lists all files of a folder. If it is missing because a folder was copied without
hidden files, the manifests of the folder's own format are used; they list the data but not some small files.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.engine.marker import EDITABLE, MARKER, damage, read_marker
from corpus.engine.task import MANIFEST, read_json, read_manifest
from corpus.errors import DamagedError

DEPTH = 3  # levels of folders below the given one in which results are searched


@dataclass(frozen=True)
class Result:
    """A folder, and the files that are listed of it: path → {"bytes", "sha256"}."""

    folder: Path
    holds: str
    listed_in: str
    finished: bool
    files: Mapping[str, Mapping[str, Any]]

    def check(self) -> Iterator[tuple[str, int]]:
        """For each file its damage ("" if there is none) and its size in bytes."""
        for name, known in self.files.items():
            yield damage(self.folder / name, known), known["bytes"]


def find_results(folder: Path) -> list[Result]:
    """The results in a folder: the folder itself, or folders below it. Raises DamagedError for a list that cannot be
    read."""
    own = _result(folder)
    if own is not None:  # others may be in it: token files in packed data, scores in a run
        inside = {
            path.parent for depth in range(1, DEPTH + 1) for path in folder.glob("/".join(["*"] * depth + [MARKER]))
        }
        return [own, *(result for path in sorted(inside) if (result := _result(path)))]
    found = []
    for depth in range(1, DEPTH + 1):
        places = {path.parent for path in folder.glob("/".join(["*"] * (depth - 1) + ["*", MARKER]))}
        found += [result for path in sorted(places) if (result := _result(path))]
    return found


def _result(folder: Path) -> Result | None:
    marker = read_marker(folder) if folder.is_dir() else None
    if marker is not None:
        files = {name: known for name, known in marker["files"].items() if known and name not in EDITABLE}
        if not marker["finished"] and (folder / "config.toml").is_file():
            files |= _run(folder)  # an interrupted run has checkpoints, each with its own list
        return Result(folder, marker["holds"], MARKER, marker["finished"], files)
    for name, (holds, listed) in LISTS.items():
        if (folder / name).is_file():
            try:
                return Result(folder, holds, name, True, listed(folder))
            except (KeyError, TypeError) as error:
                raise DamagedError(f"{folder / name} is damaged: it has no list of files ({error}).") from error
    return None


def _corpus(folder: Path) -> dict[str, Any]:
    return {output["path"]: output for output in read_json(folder / "manifest.json")["outputs"]}


def _packed(folder: Path) -> dict[str, Any]:
    splits = read_json(folder / "packing.json")["splits"]
    return {
        file["path"]: file for sources in splits.values() for source in sources.values() for file in source["files"]
    }


def _checkpoint(folder: Path) -> dict[str, Any]:
    return read_json(folder / "manifest.json")["files"]


def _run(folder: Path) -> dict[str, Any]:
    return {
        f"checkpoints/{step.name}/{name}": known
        for step in sorted((folder / "checkpoints").glob("step-*"))
        for name, known in _checkpoint(step).items()
    }


def _task(folder: Path) -> dict[str, Any]:
    manifest = read_manifest(folder)
    if manifest is None:
        raise DamagedError(f"{folder / MANIFEST} is damaged: it has changed since it was written.")
    return manifest["outputs"]


# The list of files of each kind of folder → what the folder contains, and how to read the list.
LISTS: dict[str, tuple[str, Callable[[Path], dict[str, Any]]]] = {
    "packing.json": ("packed data", _packed),
    "stats.json": ("a corpus", _corpus),
    "config.toml": ("a training run", _run),
    ".metadata": ("a checkpoint", _checkpoint),
    MANIFEST: ("the outputs of a task", _task),
}

"""One task, one folder: atomic output, its own manifest, and a skip only if that manifest still matches.

A task is a pure function of its input files and its settings. It writes into a temporary folder beside its final one;
the files are synced to disk, hashed and listed in `task.json`; then the folder is renamed into place. A task that is
killed at any moment is either complete or has no effect. A rerun skips it only if inputs, settings and code version are
those of the manifest and every output exists in its full size.

Inputs are identified by content. Hashing terabytes again on each rerun would be a waste, so an upstream file whose size
and modification time are those of the manifest counts as unchanged. The outputs of other tasks are hashed whenever a
task reads them: SHA-256 processes 1.3 GB a second, a task 20 to 100 MB, and a flipped bit is found before the file is
used. An output that is newer than its manifest is hashed before its task is skipped.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from corpus.errors import MAKE_AGAIN, DamagedError, require_file
from corpus.values import from_json

MANIFEST = "task.json"
Result = TypeVar("Result")


@dataclass(frozen=True)
class TaskRecord:
    """The record of a finished task: its folder, the content hashes of inputs and outputs, and the result of its
    function."""

    directory: Path
    fingerprint: str
    inputs: list[dict[str, Any]]  # {"path", "bytes", "mtime_ns", "sha256"}
    outputs: dict[str, dict[str, Any]]  # name -> {"bytes", "sha256"}
    result: dict[str, Any] = field(default_factory=dict)
    skipped: bool = False


def run_task(
    directory: Path,
    function: Callable[[Path], Mapping[str, Any] | None],
    *,
    inputs: Sequence[Path] = (),
    settings: Any = None,
    version: Any = 1,
    durable: bool = True,
    thorough: bool = False,
) -> TaskRecord:
    """Run `function(temporary folder)` so that `directory` appears complete or not at all; skip it if it is finished
    already.

    `settings` and `version` are JSON values; any change of them, or of the content of a file in `inputs`, runs the
    task again. The function's result (a JSON object, for example counts) is stored in the manifest and also returned
    when the task is skipped. With durable=False nothing is flushed to the disk: for folders that need not survive a
    power cut. With thorough=True every output is hashed before the task is skipped: for outputs whose next reader is
    not a task, and so does not hash them.

    Raises DamagedError for an input that another task wrote and that has changed since; that task then runs again in
    the next run.
    """
    record = finished(directory, inputs=inputs, settings=settings, version=version, thorough=thorough)
    _outcomes[record is not None] += 1
    if record is not None:
        return record
    identities = [identify(path, read=True) for path in inputs]
    temporary = directory.with_name(f".{directory.name}.tmp-{os.getpid()}")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        result = dict(function(temporary) or {})
        outputs = {}
        for path in sorted(p for p in temporary.rglob("*") if p.is_file()):
            if durable:
                sync(path)
            outputs[path.relative_to(temporary).as_posix()] = {
                "bytes": path.stat().st_size,
                "sha256": file_sha256(path),
            }
        content = {
            "fingerprint": _fingerprint(identities, settings, version),
            "inputs": identities,
            "settings": settings,
            "version": version,
            "outputs": outputs,
            "result": result,
        }
        write_json(temporary / MANIFEST, content | {"sha256": settings_sha256(content)}, durable)
        for folder in [p for p in temporary.rglob("*") if p.is_dir()] if durable else []:
            sync(folder)
        _replace_directory(temporary, directory, durable)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return TaskRecord(directory, content["fingerprint"], identities, outputs, result)


_outcomes = [0, 0]  # calls of `run_task` in this process: those that ran, those that were skipped


def noted(function: Callable[[], Result]) -> tuple[Result, bool]:
    """The result of a function, and whether an earlier run had finished all tasks of it (one at least)."""
    ran, skipped = _outcomes
    result = function()
    return result, _outcomes[0] == ran and _outcomes[1] > skipped


def finished(
    directory: Path, *, inputs: Sequence[Path], settings: Any, version: Any, thorough: bool = False
) -> TaskRecord | None:
    """The record of a task whose manifest matches these inputs, settings and version, with all outputs in place; else
    None.

    Outputs that are newer than the manifest are hashed; with `thorough` all are.
    """
    manifest = read_manifest(directory)
    if manifest is None or [i["path"] for i in manifest["inputs"]] != [str(path) for path in inputs]:
        return None
    identities = []
    for path, known in zip(inputs, manifest["inputs"], strict=True):
        try:
            stat = path.stat()
        except FileNotFoundError:
            return None
        unchanged = stat.st_size == known["bytes"] and stat.st_mtime_ns == known["mtime_ns"]
        identities.append(known if unchanged else identify(path))
    if _fingerprint(identities, settings, version) != manifest["fingerprint"]:
        return None
    written = (directory / MANIFEST).stat().st_mtime_ns
    for name, output in manifest["outputs"].items():
        path = directory / name
        if not path.is_file() or path.stat().st_size != output["bytes"]:
            return None
        if (thorough or path.stat().st_mtime_ns > written) and file_sha256(path) != output["sha256"]:
            return None
    return TaskRecord(
        directory, manifest["fingerprint"], identities, manifest["outputs"], manifest["result"], skipped=True
    )


def moved(
    directory: Path, places: Mapping[str, Path], *, inputs: Sequence[Path] = (), settings: Any = None, version: Any = 1
) -> TaskRecord | None:
    """The record of a task whose manifest matches and whose outputs were moved to `places` (name of the output → where
    it is now) and have their size; else None. Who reads them checks their content."""
    manifest = read_manifest(directory)
    if manifest is None or set(manifest["outputs"]) != set(places):
        return None
    identities = [identify(path) for path in inputs]
    if _fingerprint(identities, settings, version) != manifest["fingerprint"]:
        return None
    for name, output in manifest["outputs"].items():
        if not places[name].is_file() or places[name].stat().st_size != output["bytes"]:
            return None
    return TaskRecord(
        directory, manifest["fingerprint"], identities, manifest["outputs"], manifest["result"], skipped=True
    )


def read_manifest(directory: Path) -> dict[str, Any] | None:
    """The manifest of a task folder, or None if there is no readable manifest with a correct checksum."""
    try:
        require_file(directory / MANIFEST)
        manifest = from_json((directory / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    if not isinstance(manifest, dict):
        return None
    checksum = manifest.pop("sha256", None)
    return manifest if checksum == settings_sha256(manifest) else None


def identify(path: Path, read: bool = False) -> dict[str, Any]:
    """Path, size in bytes, modification time and SHA-256 of a file.

    A task's output with an unchanged modification time is not hashed again, unless it is about to be `read`. Raises
    DamagedError if it has changed since that task wrote it; that task then counts as not finished.
    """
    stat = path.stat()
    made = (read_manifest(path.parent) or {"outputs": {}})["outputs"].get(path.name)
    manifest = path.with_name(MANIFEST)
    known = made and made["bytes"] == stat.st_size and stat.st_mtime_ns <= manifest.stat().st_mtime_ns
    sha256 = made["sha256"] if known and not read else file_sha256(path)
    if made and made["sha256"] != sha256:
        manifest.unlink(missing_ok=True)
        raise DamagedError(
            f"{path} has changed since it was written: its SHA-256 differs. A disk or its memory is failing, or"
            " another program wrote to it. Run the same command again; it makes this file again."
        )
    return {"path": str(path), "bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": sha256}


def require_whole(path: Path, advice: str) -> None:
    """Raise DamagedError with this advice for a file that a task wrote and that has changed since. For readers that are
    no tasks, and leave the folder as it is."""
    made = (read_manifest(path.parent) or {"outputs": {}})["outputs"].get(path.name)
    if made and made["sha256"] != file_sha256(path):
        raise DamagedError(f"{path} has changed since it was written: its SHA-256 differs. {advice}")


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    require_file(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_state(path: Path) -> tuple[int, int, int]:
    """Inode, size in bytes and modification time: if one of them changes, there is another file in the same place.

    It is part of the key of everything that a process caches of a file, because a second build may write to the same
    folder.
    """
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def settings_sha256(settings: Any) -> str:
    """SHA-256 of a JSON value, independent of the order of keys."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@contextmanager
def atomic_write(path: Path, durable: bool = True):
    """A temporary path to write to; on success it is synced (if `durable`) and renamed to `path`, on failure it is
    removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():  # the system would name the temporary file
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    try:
        yield temporary
        if durable:
            sync(temporary)
        os.replace(temporary, path)
        if durable:
            sync(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any, durable: bool = True) -> None:
    """Write a JSON value atomically: indented, UTF-8, keys in the order given."""
    with atomic_write(path, durable) as temporary:
        temporary.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


class Fields(dict[str, Any]):
    """An object in a JSON file that a program wrote: a key that it lacks is damage to the file."""

    def __init__(self, found: Mapping[str, Any], path: Path, advice: str) -> None:
        super().__init__(found)
        self.path, self.advice = path, advice

    def __missing__(self, key: str) -> Any:
        raise _unreadable(self.path, f"it has no {key!r} where it should", self.advice)


def read_json(path: Path, advice: str = MAKE_AGAIN) -> Fields:
    """Read a JSON file that a command wrote, or with other `advice` another program. Raises DamagedError for one that
    holds no JSON object, and when a key is wanted that an object in it lacks."""
    try:
        require_file(path)
        found = from_json(path.read_text(encoding="utf-8"), lambda each: Fields(each, path, advice))
    except ValueError as error:
        raise _unreadable(path, f"not JSON: {error}", advice) from error
    if not isinstance(found, Fields):
        raise _unreadable(path, f"it holds {json.dumps(found)[:40]} instead of an object", advice)
    return found


def _unreadable(path: Path, why: str, advice: str) -> DamagedError:
    return DamagedError(f"{path} is damaged ({why}). {advice}")


def sync(path: Path) -> None:
    """Flush a file or a folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _fingerprint(identities: list[dict[str, Any]], settings: Any, version: Any) -> str:
    contents = [[identity["bytes"], identity["sha256"]] for identity in identities]
    return settings_sha256({"inputs": contents, "settings": settings, "version": version})


def _replace_directory(temporary: Path, directory: Path, durable: bool) -> None:
    if durable:
        sync(temporary)
    if directory.exists():
        # A folder cannot be replaced in one step; without its manifest the old one no longer counts.
        (directory / MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(directory)
    os.replace(temporary, directory)
    if durable:
        sync(directory.parent)

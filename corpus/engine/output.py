"""The folder that a command writes: which command made it, its files, whether it is finished, and its lock.

    OUT/.hanji.json   the marker, written before anything else: the command, its settings, the files that the command
                      made with their SHA-256, and whether it finished
    OUT/.hanji.lock   held by the process that is working there
    OUT/.work/        intermediate results for a rerun; not part of the result, and hidden from
                      `datasets.load_dataset(OUT)`
    OUT/…             the result

A command owns the files that its marker names, and `.work`. It deletes and replaces nothing else. The same rules hold
for every command. A finished folder with the same settings is left as it is. With other settings the command stops and
names the settings that differ, unless it may overwrite. An unfinished folder is continued. Results are made in `.work`
and moved into place file by file (corpus/engine/publish.py), so that a result and the work files never share their
blocks on the disk.
"""

import errno
import fcntl
import json
import logging
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from corpus.engine.marker import EDITABLE, MARKER, Maker, damages, describe, differences, read_marker, write_marker
from corpus.engine.publish import move, prune, sync_folders
from corpus.engine.task import read_manifest
from corpus.errors import UserError

LOCK, WORK = ".hanji.lock", ".work"


log = logging.getLogger(__name__)


class Output:
    """An output folder that this process holds.

    `done`: it is finished with these settings, and every file is unchanged.
    """

    def __init__(self, path: Path, maker: Maker, settings: Any, done: bool, marker: Mapping[str, Any]):
        self.path, self.maker, self.settings, self.done = path, maker, settings, done
        self.finished = marker["finished"]  # with these settings or others
        self.before = marker["settings"]  # of the run before this one, finished or not
        self.record = marker["record"]
        self.files = dict(marker["files"])  # path in the folder → {"bytes", "sha256"}, or {} for files being made

    @property
    def work(self) -> Path:
        """The folder of intermediate results."""
        return self.path / WORK

    def staging(self) -> Path:
        """A new, empty folder in which to make the result."""
        folder = self.work / "made"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def reserve(self, names: Iterable[str]) -> None:
        """Record these names as the command's own before it writes them in place (folders end with "/").

        Raises UserError if a file of another origin has such a name.
        """
        names = list(names)
        for name in names:
            if (self.path / name).exists() and not self._mine(name.rstrip("/")):
                raise self._foreign(self.path / name)
        self._write({name: self.files.get(name, {}) for name in names} | self.files, finished=False)

    def publish(
        self,
        staged: Path,
        last: str,
        *,
        tasks: Mapping[str, tuple[Path, str]] | None = None,
        keep: Iterable[str] = (),
        record: Any = None,
    ) -> None:
        """Move the files in `staged` into the folder, the file `last` after all others, and mark the folder as
        finished.

        `tasks` are further files, by their name in the folder: where a task wrote it, and its SHA-256 then. Files of an
        earlier result that are neither of these nor under one of the names in `keep` (made in place) are removed. Files
        that the marker does not name are never changed. Raises UserError, before anything is moved, if such a file is
        in the way, or if a task's file has changed since it was written. `record` is a JSON value that the marker keeps
        for the command's next run.
        """
        made = {p.relative_to(staged).as_posix(): p for p in sorted(staged.rglob("*")) if p.is_file()}
        made = {name: path for name, path in made.items() if not self._edited(name)}
        made |= {name: path for name, (path, _) in (tasks or {}).items()}
        for name in made:
            self._check_way(name)
        kept = {p.relative_to(self.path).as_posix(): p for name in keep for p in _files(self.path / name)}
        files = {name: describe(path) for name, path in sorted((made | kept).items())}
        for name, (path, known) in (tasks or {}).items():
            if files[name]["sha256"] != known:
                path.unlink()
                raise UserError(
                    f"{path} has changed since it was written: its SHA-256 differs. A disk or its memory is failing,"
                    f" or another program wrote to it. It was removed, and nothing was put into {self.path}. Run the"
                    " same command again; it makes this file again."
                )
        old = {name for name in self.files if not name.endswith("/") and not self._edited(name)}
        # The names are recorded before the files are moved.
        self._write({name: self.files[name] for name in old} | files, finished=False)
        (self.path / last).unlink(missing_ok=True)  # while files are being replaced the folder is not a finished result
        for name in sorted(old - files.keys()):
            (self.path / name).unlink(missing_ok=True)
            prune((self.path / name).parent, self.path)
        for name in sorted(made, key=lambda name: (name == last, name)):
            if name == last:
                sync_folders(self.path, made)
            move(made[name], self.path / name)
        sync_folders(self.path, made)
        self.record = record
        self._write(files, finished=True)
        shutil.rmtree(staged, ignore_errors=True)
        prune(self.work, self.path)
        self.done = True

    def take_back(self, places: Mapping[str, Path]) -> None:
        """Move files of an unfinished result back to where tasks wrote them (name in the folder → path), if they are
        unchanged, so that a run that was killed while publishing need not make them again."""
        if self.finished:
            return
        for name, place in places.items():
            made = (read_manifest(place.parent) or {"outputs": {}})["outputs"].get(place.name)
            source = self.path / name
            if made and name in self.files and source.is_file() and not place.exists() and describe(source) == made:
                os.replace(source, place)

    def in_place(self, name: str, place: Path) -> Path | None:
        """The file of this name in a finished folder, if it is the one that a task wrote to `place` before it was
        moved; a result that is made again need not make it again."""
        made = (read_manifest(place.parent) or {"outputs": {}})["outputs"].get(place.name)
        return self.path / name if self.finished and made and self.files.get(name) == made else None

    def finish(self, names: Iterable[str]) -> None:
        """Mark the folder as finished: the result is the files with these names, which were made in place."""
        files = {p.relative_to(self.path).as_posix(): p for name in names for p in _files(self.path / name)}
        self._write({name: describe(path) for name, path in sorted(files.items())}, finished=True)
        self.done = True

    def _write(self, files: Mapping[str, Any], finished: bool) -> None:
        self.files = dict(files)
        write_marker(self.path, self.maker, self.settings, self.files, finished, self.record)

    def _edited(self, name: str) -> bool:
        """Whether a person changed this file since it was made."""
        path = self.path / name
        return name in EDITABLE and path.is_file() and describe(path) != self.files.get(name)

    def _mine(self, name: str) -> bool:
        return any(known.rstrip("/") == name or known.startswith(f"{name}/") for known in self.files)

    def _check_way(self, name: str) -> None:
        path = self.path / name
        if path.is_dir() or (path.exists() and name not in self.files):
            raise self._foreign(path)
        for parent in path.relative_to(self.path).parents:
            if parent.name and (self.path / parent).exists() and not (self.path / parent).is_dir():
                raise self._foreign(self.path / parent)

    def _foreign(self, path: Path) -> UserError:
        return UserError(
            f"{path} is in the way: {self.maker.command} writes something of this name, and did not make what is there."
            " Move it away and run the same command again, or give another folder with --out."
        )


@contextmanager
def claim(out: Path, maker: Maker, settings: Any, overwrite: bool = False) -> Iterator[Output]:
    """Lock the folder `out` for a command that makes its result there with these settings (a JSON value).

    Raises UserError, and changes nothing, if `out` is a file, contains anything that the command did not make, is in
    use by another process, or is finished with other settings and `overwrite` is not set. A folder of another command
    is an error even with `overwrite`. If the command fails before it has written a file to a folder that had no
    marker, the folder is left as it was.
    """
    settings = json.loads(json.dumps(settings))
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file; name a folder with --out.")
    _check(out, maker)
    new = [folder for folder in (out, *out.parents) if not folder.exists()]
    out.mkdir(parents=True, exist_ok=True)
    with lock(out), _undone(out, new):
        marker = _check(out, maker)
        _sweep(out, marker)
        marker = marker or {"finished": False, "settings": None, "record": None, "files": {}}
        done = False
        if marker["finished"]:
            if marker["settings"] == settings:
                wrong = damages(out, marker["files"])
                done = marker["finished"] = not wrong
                for problem in wrong:
                    log.warning("%s; it is made again", problem)
            elif not overwrite:
                update = ", bring it up to date with --update," if maker.updates else ","
                raise UserError(
                    f"{out} is finished with other settings: {differences(marker['settings'], settings)}. Give another"
                    f" folder with --out{update} or replace it with --overwrite."
                )
        if not marker["finished"]:  # a result to overwrite counts as finished until the new one is there
            write_marker(out, maker, settings, marker["files"], finished=False)
        yield Output(out, maker, settings, done, marker)


@contextmanager
def lock(out: Path) -> Iterator[None]:
    """Lock an existing folder against other processes. Raises UserError if another process has locked it."""
    while True:
        with _lock_file(out / LOCK) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UserError(f"{out} is in use by another process. Wait for it, or stop it first.") from error
            if not _is_at(file.fileno(), out / LOCK):  # a process that was refused removed it between the two calls
                out.mkdir(parents=True, exist_ok=True)
                continue
            yield
            return


def _lock_file(path: Path) -> IO[str]:
    """The lock, open; for reading where nothing may be written, so that a finished result there is told to be done."""
    try:
        return path.open("a")
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EROFS) or not os.access(path, os.R_OK):
            raise
        return path.open()


def _is_at(handle: int, path: Path) -> bool:
    """Whether an open file is the one at this path."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def _undone(out: Path, new: Iterable[Path]) -> Iterator[None]:
    """If the body fails before it has written a file of its own to a folder without a marker, remove the marker, the
    lock, and those of the folders `new` that are empty (the innermost first)."""
    fresh = not (out / MARKER).exists()
    try:
        yield
    except BaseException:
        with suppress(OSError):  # what cannot be looked at or removed stays, and the marker with it
            if fresh and not _written(out):
                remove(out / WORK)  # folders without files
                for path in (out / MARKER, out / LOCK):
                    path.unlink(missing_ok=True)
                for folder in new:
                    folder.rmdir()
        raise


def _written(out: Path) -> bool:
    """Whether a folder has any file beside its marker and its lock. Raises OSError where that cannot be told."""

    def fail(error: OSError) -> None:
        raise error

    ours = {out / MARKER, out / LOCK}
    return any(Path(root) / name not in ours for root, _, names in os.walk(out, onerror=fail) for name in names)


def drop_work(out: Path) -> None:
    """Remove the intermediate results of a finished folder."""
    with lock(out):
        shutil.rmtree(out / WORK, ignore_errors=True)


def _check(out: Path, maker: Maker) -> dict[str, Any] | None:
    """The folder's marker, if this command may write there; raises UserError if not."""
    if not out.is_dir():
        return None
    marker = read_marker(out)
    if marker is None:
        foreign = sorted(p.name for p in out.iterdir() if p.name != LOCK and not _is_temporary(p.name, [MARKER]))
        if foreign:
            raise UserError(
                f"{out} is not empty and was not made by {maker.command} (it holds {foreign[0]}). Give a new folder"
                " with --out; nothing was changed."
            )
    elif marker["command"] != maker.command:
        raise UserError(
            f"{out} holds {marker['holds']}, made by {marker['command']}; {maker.command} would write {maker.holds}"
            " there. Give another folder with --out; nothing was changed."
        )
    return marker


def _sweep(out: Path, marker: Mapping[str, Any] | None) -> None:
    """Remove the half-written files of killed runs: temporary names of our own files, and all temporary names in
    .work."""
    tops = {MARKER, *(name.split("/")[0] for name in (marker["files"] if marker else ()))}
    for path in list(out.iterdir()):
        if _is_temporary(path.name, tops):
            remove(path)
    for root, folders, files in os.walk(out / WORK):
        for name in [*folders, *files]:
            if name.startswith(".") and ".tmp-" in name:
                remove(Path(root) / name)
        folders[:] = [name for name in folders if not (name.startswith(".") and ".tmp-" in name)]


def _is_temporary(name: str, of: Iterable[str]) -> bool:
    """Whether a name is that of a half-written file or folder (corpus/engine/task.py) of one of the names in `of`."""
    stem, found, number = name.rpartition(".tmp-")
    return bool(found) and number.isdigit() and stem.startswith(".") and stem[1:] in set(of)


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())

"""Move finished files into place so that they survive a power cut: written, flushed, renamed, the folder flushed.

Files are moved out of the work folder, never linked: a hard link is one file with two names, and a flipped bit would
damage both the result and the file from which it can be made again. Moving needs no disk space; a moved file can be
made again by its task.
"""

import errno
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from corpus.engine.task import atomic_write, sync


def move(source: Path, target: Path) -> None:
    """Flush a file to the disk and give it its final name. It is copied if the two are on different file systems.

    The caller flushes the folder afterwards (`sync_folders`), once for all files in it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    sync(source)
    try:
        os.replace(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy(source, target)
        source.unlink()


def copy(source: Path, target: Path) -> None:
    """A copy of a file at its final name, flushed to the disk; never a second name of the same file."""
    with atomic_write(target) as temporary:
        shutil.copyfile(source, temporary)


def sync_folders(root: Path, names: Iterable[str]) -> None:
    """Flush every folder that contains one of these files (paths below `root`), and the folders above them up to
    `root`."""
    folders = {root} | {root / parent for name in names for parent in Path(name).parents}
    for folder in sorted(folders, key=lambda folder: -len(folder.parts)):
        if folder.is_dir():
            sync(folder)


def prune(folder: Path, root: Path) -> None:
    """Remove a folder below `root` if it is empty, and the folders above it that become empty."""
    while folder != root and root in folder.parents:
        try:
            folder.rmdir()
        except OSError:  # it is not empty
            return
        folder = folder.parent

"""Put finished files in their place so that they survive a power cut: written, flushed, renamed, the folder flushed.

Files are moved out of the work folder, never linked: a hard link is one file with two names, and a flipped bit then
damages the result and what it could be made from again. Moving takes no disk; what was moved can be made again by the
task that made it.
"""

import errno
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from corpus.engine.task import atomic_write, sync


def move(source: Path, target: Path) -> None:
    """Flush a file to the disk and give it its final name. Copies where the two are on different file systems.

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
    """Flush every folder that holds one of these files (paths below `root`), and the folders above them up to
    `root`."""
    folders = {root} | {root / parent for name in names for parent in Path(name).parents}
    for folder in sorted(folders, key=lambda folder: -len(folder.parts)):
        if folder.is_dir():
            sync(folder)


def prune(folder: Path, root: Path) -> None:
    """Remove a folder below `root` if it is empty, and those above it that thereby become empty."""
    while folder != root and root in folder.parents:
        try:
            folder.rmdir()
        except OSError:  # it holds something
            return
        folder = folder.parent

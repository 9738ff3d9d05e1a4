"""The last build of a corpus that is brought up to date, and what changed since then."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from corpus.changes.builds import Build
from corpus.changes.describe import VERSION, describe_changes
from corpus.engine.marker import hashes_of
from corpus.engine.output import Output
from corpus.engine.task import file_sha256, read_json, read_manifest, run_task, settings_sha256
from corpus.errors import UserError

LAST_BUILD = "since the last build"  # the section of stats.json

log = logging.getLogger(__name__)


class Since:
    """The finished corpus that is brought up to date. Raises UserError if there is none."""

    def __init__(self, folder: Output):
        self.folder = folder
        self.before: Build | None = None
        if folder.finished:
            marked = hashes_of(folder.path, [folder.path / name for name in ("stats.json", "manifest.json")])
            stats, manifest = (read_json(folder.path / name) for name in marked)
            self.before = Build(
                {o["path"]: (folder.path / o["path"], o["sha256"]) for o in manifest["outputs"] if "rows" in o},
                folder.path / "duplicates.arrow",
                {name: book["output"]["documents"] for name, book in stats["sources"].items()},
                {known["url"]: known["sha256"] for known in folder.record},
                folder.before,
            )
        elif read_manifest(self.work(folder)) is None:
            raise UserError(
                f"--update: {folder.path} is not finished, or damaged, so there is nothing to compare with. Run the"
                " same command without --update; it completes the corpus."
            )

    @staticmethod
    def work(folder: Output) -> Path:
        """The folder of the task that compares."""
        return folder.work / "since"

    def changes(self, after: Build, read: Sequence[tuple[str, Path]]) -> dict[str, Any] | None:
        """The changes as corpus/changes/describe.py describes them, made before the first file is replaced.

        After an interruption while files were replaced it is the result of then. None if that was of another update.
        """
        key = [[sha256 for _, sha256 in after.shards.values()], file_sha256(after.duplicates), after.settings]
        before = self.before
        if before is None:
            made = read_manifest(self.work(self.folder))
            if made and made["settings"]["after"] == settings_sha256(key):
                return dict(made["result"])
            log.warning(
                "%s: an earlier update was interrupted while files were replaced, and this is another one: what changed"
                " since the last build is not known",
                self.folder.path,
            )
            return None
        kept = {sha256 for _, sha256 in after.shards.values()}
        hashes_of(
            self.folder.path, [before.duplicates, *(path for path, sha in before.shards.values() if sha not in kept)]
        )
        record = run_task(
            self.work(self.folder),
            lambda out: describe_changes(before, after, read, out / "records"),
            settings={"before": settings_sha256(self.folder.files), "after": settings_sha256(key)},
            version=VERSION,
        )
        return record.result

"""Any folder that a command wrote, as an inspection: in detail where there is one of its kind, else the figures of the
results in it, else what its marker says."""

from pathlib import Path

from corpus.engine.marker import read_marker
from corpus.errors import DamagedError, UserError, require_folder
from model.inspection.inspect import KINDS, inspect
from model.inspection.sections import Inspection, Section
from model.overview.run_folder import overview, shown


def inspected(folder: Path) -> Inspection:
    """The inspection of a folder. Raises UserError for one that no command wrote."""
    require_folder(folder)
    if any((folder / mark).is_file() for mark in KINDS):
        return inspect(folder)
    try:
        found = overview([folder])
    except DamagedError:
        raise
    except UserError:  # no result with figures
        return _marked(folder)
    sections = [
        Section(
            result.kind if result.folder == folder else f"{result.kind} ({result.folder.relative_to(folder)})",
            ["figure", "value"],
            [[fact.label, shown(fact._asdict())] for fact in result.facts],
            "; ".join(result.warnings),
        )
        for result in found
    ]
    if [result.folder for result in found] == [folder]:
        return Inspection(found[0].kind.lower(), folder, f"made {found[0].made}", sections)
    return Inspection("results", folder, f"{len(found)} of them", sections)


def _marked(folder: Path) -> Inspection:
    """A folder that a command wrote and of which nothing else is known: its files."""
    marker = read_marker(folder)
    if marker is None:
        raise UserError(
            f"{folder}: neither a corpus (stats.json), word counts (counts.json), packed data (packing.json), a run"
            " (config.toml) nor another folder that one of the commands wrote."
        )
    state = "finished" if marker["finished"] else "unfinished: its command was interrupted, run it again"
    rows = [[name, file.get("bytes")] for name, file in sorted(marker["files"].items())]
    files = Section("Files", ["name", "bytes"], rows)
    return Inspection(marker["holds"], folder, f"made by {marker['command']}, {state}", [files])

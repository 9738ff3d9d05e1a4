"""Whether a folder is an index: a check that loads no kernel, for commands to begin with."""

from pathlib import Path
from typing import Any

from corpus.engine.marker import Maker, read_marker
from corpus.errors import UserError

MAKER = Maker("index", "an index of documents")


def index_marker(path: Path) -> dict[str, Any] | None:
    """The marker of the index in a folder, None if there is none."""
    marker = read_marker(path) if path.is_dir() else None
    return marker if marker is not None and marker["command"] == MAKER.command else None


def require_index(path: Path) -> dict[str, Any]:
    """The marker of the index in a folder. Raises UserError for a folder that is not one of an index."""
    marker = index_marker(path)
    if marker is None:
        raise UserError(f"{path}: no index there. Make one with `hanji index --in DATASET --out {path}`.")
    return marker

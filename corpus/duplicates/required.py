"""Whether a folder is an index: a check that loads no kernel, for commands to begin with."""

from pathlib import Path

from corpus.engine.marker import Maker, read_marker
from corpus.errors import UserError

MAKER = Maker("index", "an index of documents")


def require_index(path: Path) -> None:
    """Raise UserError for a folder that is not one of an index."""
    marker = read_marker(path) if path.is_dir() else None
    if marker is None or marker["command"] != MAKER.command:
        raise UserError(f"{path}: no index there. Make one with `hanji index --in DATASET --out {path}`.")

"""Peers: tokenizers to compare with, by name, from a folder and from installed packages.

A peer that is not found is reported as missing.

The tokenizers themselves are opened by tokenizer/analysis/subject.py.
"""

from pathlib import Path

from corpus.errors import UserError
from tokenizer.analysis.packaged import PACKAGED, locate
from tokenizer.analysis.subject import Subject, as_subject, name_of, open_subject
from tokenizer.directory import TOKENIZER

__all__ = ["PACKAGED", "Subject", "as_subject", "find_peers", "folder_peers", "locate", "open_subject", "seek_peers"]


def folder_peers(directory: Path) -> dict[str, Path]:
    """Every tokenizer under a folder by name: a folder's path in it joined by "-", or a file's stem."""
    if not directory.is_dir():
        raise UserError(f"--peers-dir {directory}: no such folder.")
    found: dict[str, Path] = {}
    for path in sorted(directory.rglob("*")):
        if path.name == TOKENIZER or (path.name == "vocab.json" and (path.parent / "merges.txt").is_file()):
            found.setdefault(_joined(path.parent, directory), path.parent)
        elif path.suffix == ".tiktoken":
            found.setdefault(path.stem.removesuffix("_base"), path)
        elif path.suffix == ".model" and not (path.parent / TOKENIZER).exists():
            found.setdefault(_joined(path.parent, directory) if path.name == "tok.model" else path.stem, path)
    return found


def seek_peers(names: list[str] | None, peers_dir: Path | None = None) -> tuple[dict[str, Path], list[dict[str, str]]]:
    """The paths of the peers of these names (or paths) by name, and the missing ones as {"name", "reason"}. Nothing is
    opened.

    A name is looked for in `peers_dir`, then in the installed packages (PACKAGED). `names` None: all of `peers_dir`;
    ["all"]: all of both.
    """
    files = folder_peers(peers_dir) if peers_dir else {}
    if names is None:
        names = list(files)
    elif names == ["all"]:
        names = [*files, *(name for name in PACKAGED if name not in files)]
    found: dict[str, Path] = {}
    missing: list[dict[str, str]] = []
    for name in dict.fromkeys(names):
        path = files.get(name) or (Path(name) if Path(name).exists() else locate(name))
        if isinstance(path, Path):
            found[name if name in files or name in PACKAGED else name_of(path)] = path
        else:
            missing.append({"name": name, "reason": path})
    return found, missing


def find_peers(names: list[str] | None, peers_dir: Path | None = None) -> tuple[list[Subject], list[dict[str, str]]]:
    """The peers that `seek_peers` finds, opened; one that cannot be read is also listed as missing, with the reason."""
    found, missing = seek_peers(names, peers_dir)
    subjects = []
    for name, path in found.items():
        try:
            subjects.append(open_subject(path, name=name))
        except UserError as error:
            missing.append({"name": name, "reason": str(error)})
    return subjects, missing


def _joined(folder: Path, directory: Path) -> str:
    return "-".join(folder.relative_to(directory).parts) or folder.name

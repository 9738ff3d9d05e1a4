"""Peers: tokenizers to compare with, by name, from a folder and from installed packages. What isn't there is told as missing.

The tokenizers themselves are opened by tokenizer/subject.py.
"""

from pathlib import Path

from corpus.errors import UserError
from tokenizer.files import TOKENIZER
from tokenizer.packaged import PACKAGED, locate
from tokenizer.subject import Subject, as_subject, open_subject

__all__ = ["PACKAGED", "Subject", "as_subject", "find_peers", "folder_peers", "locate", "open_subject"]


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


def find_peers(names: list[str] | None, peers_dir: Path | None = None) -> tuple[list[Subject], list[dict[str, str]]]:
    """The peers of these names, or paths, and what is missing as {"name", "reason"}.

    A name is looked for in `peers_dir`, then in the installed packages (PACKAGED). `names` None: all of `peers_dir`;
    ["all"]: all of both. A folder's peer that cannot be read is missing, too, with the reason.
    """
    files = folder_peers(peers_dir) if peers_dir else {}
    if names is None:
        names = list(files)
    elif names == ["all"]:
        names = [*files, *(name for name in PACKAGED if name not in files)]
    subjects: list[Subject] = []
    missing: list[dict[str, str]] = []
    for name in dict.fromkeys(names):
        try:
            path = files.get(name)
            subjects.append(open_subject(path, name=name) if path else open_subject(name))
        except UserError as error:
            missing.append({"name": name, "reason": str(error)})
    return subjects, missing


def _joined(folder: Path, directory: Path) -> str:
    return "-".join(folder.relative_to(directory).parts) or folder.name

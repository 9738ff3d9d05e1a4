"""Peers: tokenizers to compare with, by name, from a folder and from installed packages.

A peer that is not found is reported as missing.

The tokenizers themselves are opened by tokenizer/analysis/subject.py.
"""

from pathlib import Path

from corpus.errors import UserError
from tokenizer.analysis.packaged import PACKAGED, locate
from tokenizer.analysis.places import folder_peers, seek_peers
from tokenizer.analysis.subject import Subject, as_subject, open_subject

__all__ = ["PACKAGED", "Subject", "as_subject", "find_peers", "folder_peers", "locate", "open_subject", "seek_peers"]


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

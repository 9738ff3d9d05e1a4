"""Globs over files and over lists of names: `*` and `?` within one name, `**` for folders at any depth.

Names are compared in Unicode's composed form: macOS writes Hangul in file names decomposed, and people type it
composed.
"""

import fnmatch
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from unicodedata import normalize

MAGIC = frozenset("*?[")


def matching(pattern: str) -> list[str]:
    """The paths that a glob matches, sorted; `**` matches folders at any depth. Names are compared in Unicode's
    composed form.
    """
    parts = Path(pattern).parts
    start = Path(parts[0]) if Path(pattern).is_absolute() else Path()
    found = [start]
    for part in parts[1:] if Path(pattern).is_absolute() else parts:
        found = [path for place in found for path in _inside(place, normalize("NFC", part))]
    if parts and parts[-1] == "**":  # then files too
        found += [path for place in found for path in _inside(place, "*")]
    return sorted(dict.fromkeys(map(str, found)))


def _inside(place: Path, part: str) -> Iterator[Path]:
    if part == "**":
        yield place
        for folder, folders, _ in os.walk(place, followlinks=True):
            within = {
                Path(folder).resolve(),
                *Path(folder).resolve().parents,
            }  # a link to one of them would be an endless loop
            folders[:] = [n for n in folders if not n.startswith(".") and (Path(folder) / n).resolve() not in within]
            yield from (Path(folder) / name for name in folders)
    elif part == ".." or (not MAGIC & set(part) and (place / part).exists()):
        yield place / part
    elif place.is_dir():
        for name in os.listdir(place):
            composed = normalize("NFC", name)
            hidden = name.startswith(".") and not part.startswith(".")
            if composed == part or (MAGIC & set(part) and not hidden and fnmatch.fnmatchcase(composed, part)):
                yield place / name


def chosen(names: Sequence[str], pattern: str) -> list[str]:
    """The names, with "/" between folders, that a glob matches, sorted."""
    parts = normalize("NFC", pattern).split("/")
    return sorted(name for name in names if _fits(normalize("NFC", name).split("/"), parts))


def _fits(name: Sequence[str], pattern: Sequence[str]) -> bool:
    if not pattern:
        return not name
    if pattern[0] == "**":
        return any(_fits(name[i:], pattern[1:]) for i in range(len(name) + 1))
    return bool(name) and fnmatch.fnmatchcase(name[0], pattern[0]) and _fits(name[1:], pattern[1:])

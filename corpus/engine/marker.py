"""The marker of an output folder: which command made it, with which settings, and its files with their SHA-256.

corpus/engine/output.py writes it; every command that reads a folder checks the files against it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.engine.task import Fields, file_sha256, read_json, settings_sha256, write_json
from corpus.errors import DamagedError, leaves, require_file
from corpus.values import from_json

MARKER = ".hanji.json"
FORMAT = 1
FIELDS = ("format", "command", "holds", "finished", "settings", "record", "files")
SHOWN = 5  # differing settings named in an error message
EDITABLE = ("README.md",)  # files that people edit by hand: their changes are kept and do not count as damage


@dataclass(frozen=True)
class Maker:
    """A command, and what its folder contains: in words for people, and as recorded in the marker."""

    command: str
    holds: str
    updates: bool = False  # the command has --update for a finished folder of other settings


def read_marker(folder: Path) -> dict[str, Any] | None:
    """The marker of a folder, or None if there is none. Raises UserError if it is damaged."""
    path = folder / MARKER
    try:
        require_file(path)
        marker = from_json(path.read_text(encoding="utf-8"))
        content = {key: marker[key] for key in FIELDS}
        if marker["sha256"] != settings_sha256(content):
            raise ValueError("its checksum does not match")
        for name in content["files"]:
            if leaves(name):
                raise ValueError(f"it names {name!r} outside of the folder")
        return content
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedError(
            f"{path} is damaged ({error}), so it is unknown which files here were made by Hanji. Move the files that"
            " you need and give another folder, or delete this one and run the command again."
        ) from error


def where_to_make(folder: Path, command: str) -> str:
    """The end of a message about a folder that does not hold what is wanted: what it holds, and the command that makes
    it, there if the folder is free or is unfinished work of that command."""
    marker = read_marker(folder) if folder.is_dir() else None
    name = command.split()[0]
    if marker is not None and marker["command"] != name:
        return f"It holds {marker['holds']}, made by {marker['command']}. Make one with `hanji {command}`."
    return f"Make one with `hanji {command} --out {folder}`."


def write_marker(
    out: Path, maker: Maker, settings: Any, files: Mapping[str, Any], finished: bool, record: Any = None
) -> None:
    """Write the marker of a folder."""
    made = {"command": maker.command, "holds": maker.holds}
    content = {
        "format": FORMAT,
        **made,
        "finished": finished,
        "settings": settings,
        "record": record,
        "files": dict(files),
    }
    write_json(out / MARKER, content | {"sha256": settings_sha256(content)})


def describe(path: Path) -> dict[str, Any]:
    """Bytes and SHA-256 of a file."""
    return {"bytes": path.stat().st_size, "sha256": file_sha256(path)}


def damages(out: Path, files: Mapping[str, Any]) -> list[str]:
    """The damage to the files of a finished folder: a line for each file that is missing or has changed."""
    found = (damage(out / name, known) for name, known in files.items() if name not in EDITABLE)
    return [problem for problem in found if problem]


def damage(path: Path, known: Mapping[str, Any]) -> str:
    """The damage to a file that had these bytes and this SHA-256; "" if there is none."""
    if not path.is_file():
        return f"{path} is missing"
    if path.stat().st_size != known["bytes"]:
        return f"{path} has {path.stat().st_size:,} bytes instead of {known['bytes']:,}"
    if file_sha256(path) != known["sha256"]:
        return f"{path} has changed since it was written: its SHA-256 differs"
    return ""


def hashes_of(folder: Path, paths: Iterable[Path]) -> dict[str, str]:
    """SHA-256 of files that a command is about to read, by their path in `folder`, checked against its marker if there
    is one.

    Raises UserError for a file that has changed since it was written.
    """
    marker = read_marker(folder)
    found = {path.relative_to(folder).as_posix(): file_sha256(path) for path in paths}
    for name, known in (marker["files"] if marker else {}).items():
        if name in found and found[name] != known.get("sha256", found[name]):  # an unfinished result lists names only
            raise DamagedError(
                f"{folder / name} is damaged: it has changed since it was written. Run the command that made {folder}"
                " again with the same settings; it makes the file again."
            )
    return found


def check_texts(paths: Iterable[Path]) -> None:
    """Raise DamagedError for the first of these files that belongs to a result of Hanji's, in its folder or up to two
    levels above, and has changed since it was written."""
    made: dict[Path, list[Path]] = {}
    for path in paths:
        for folder in path.parents[:3]:
            if (folder / MARKER).is_file():
                made.setdefault(folder, []).append(path)
                break
    for folder, mine in made.items():
        try:
            hashes_of(folder, mine)
        except DamagedError as error:
            raise DamagedError(f"{error} To read it as it is, copy it into a folder of your own.") from error


def unfinished(folder: Path) -> str:
    """What to say about a folder whose command was interrupted or still runs; "" for another one."""
    marker = read_marker(folder)
    if marker is None or marker["finished"]:
        return ""
    return f"not finished: {marker['command']} was interrupted here, or still runs."


def read_result(folder: Path, name: str) -> Fields:
    """A JSON file of a finished folder, checked against the folder's marker if there is one.

    Raises DamagedError for a file that has changed since it was written or is no JSON object, and FileNotFoundError.
    """
    hashes_of(folder, [folder / name])
    return read_json(folder / name)


def differences(before: Any, now: Any) -> str:
    """The settings in which two runs differ, as a phrase: "seq_len was 4096 and is 2048"."""
    one, two = dict(_leaves(before)), dict(_leaves(now))
    changed = [key for key in one | two if one.get(key, "nothing") != two.get(key, "nothing")]
    told = [f"{key} was {_short(one.get(key, 'not set'))} and is {_short(two.get(key, 'not set'))}" for key in changed]
    return "; ".join(told[:SHOWN]) + (f"; and {len(told) - SHOWN} more" if len(told) > SHOWN else "")


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and (value or not key):
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for index, inner in enumerate(value):
            name = inner.get("name", index) if isinstance(inner, dict) else index
            yield from _leaves(inner, f"{key}.{name}")
    else:
        yield key, value


def _short(value: Any) -> str:
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"

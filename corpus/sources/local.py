"""The user's own files: paths, folders and globs in any format that corpus.readers knows, with a mapping of fields.

[[sources]]
name = "my-news"
files = "/data/news"                     # or a list of files, folders and globs such as ["/data/news/*.jsonl.zst"];
                                         # package:PACKAGE/FILE for files that come with this software
license = "CC-BY-4.0"
fields = { text = "body", title = "headline", url = "meta.link" }
encoding = "cp949"                       # of text, CSV and JSON; by default UTF-8, or what the whole file shows
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from corpus.document import Chunk, Part
from corpus.download.locator import PACKAGE, Locator, local_path
from corpus.engine.marker import check_texts
from corpus.engine.objects import Store, address_of, place_of
from corpus.errors import UserError, require_utf8_names
from corpus.readers import format_of, read
from corpus.readers.columns import Fields, dotted
from corpus.readers.encoding import codec
from corpus.sources.base import Declared, to_chunk
from corpus.sources.globs import MAGIC, matching

Column = Literal["text", "url", "title", "license", "subsource"]
WEB = re.compile(r"(https?|ftp|hf)://")
BESIDE_DATA = ("dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json")


class Mapped(Declared):
    """A source whose recipe says which fields of its records are the columns."""

    field_names: Mapping[Column, str] = Field({}, alias="fields")  # column -> field, nested ones with dots
    encoding: str | None = None  # of its text, CSV and JSON files
    version: ClassVar[int] = (
        3  # 2: damaged and misdeclared web pages are read; 3: other encodings, plain tables, JSON arrays
    )
    license: str = "unknown"  # type: ignore[misc]  # here a setting, elsewhere a fact about the source

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, name: str | None) -> str | None:
        if name is not None:
            codec(name)
        return name

    def chunks(self, path: Path, part: Part) -> Iterator[Chunk]:
        """One document for each record; columns without a mapping are read from fields of the same name."""
        check_texts([path])
        names = {"text": "text", "url": "url", "title": "title", **self.field_names}
        fields: Fields = {str(column): dotted(name) for column, name in names.items()}
        for columns in read(path, fields, limits=self.limits(), encoding=self.encoding):
            yield to_chunk(columns, self.license)


class Local(Mapped):
    """A local corpus with a name that the recipe gives it."""

    files: tuple[str, ...] = Field(min_length=1)

    @field_validator("files", mode="before")
    @classmethod
    def _one_or_many(cls, files: Any) -> Any:
        return (files,) if isinstance(files, str) else files

    def listed(self, locate: Locator) -> list[Part]:
        """One part per file, sorted by path within each pattern; a UserError if a pattern matches nothing."""
        found: dict[str, None] = {}
        for pattern in self.files:
            if address := address_of(pattern):
                found.update(dict.fromkeys(self._objects(address, locate)))
                continue
            if WEB.match(pattern):
                raise UserError(
                    f"source {self.name!r}: files = {pattern!r} is an address of the web. Download it and give the"
                    ' file; datasets of the Hugging Face hub are sources of kind = "hub".'
                )
            files = [pattern] if pattern.startswith(PACKAGE) else self._matches(pattern)
            files = [name for name in files if (local_path(name) or Path()).is_file()]
            if not files:
                hint = "; write the path with /" if "\\" in pattern else ""
                raise UserError(
                    f"source {self.name!r}: files = {pattern!r} matches no file (looked from {Path.cwd()}){hint}"
                )
            found.update(dict.fromkeys(files))
        for url in found:
            format_of(url)
        return [Part(self.name, url) for url in found]

    def _objects(self, address: str, locate: Locator) -> list[str]:
        """Objects of a store by an address, a pattern or a folder; with a mirror, the files that it has of them."""
        if locate.mirror is not None:
            root = locate.mirror / place_of(address)
            places = [root] if root.exists() else [Path(match) for match in matching(str(root))]
            files = [file for place in places for file in ([place] if place.is_file() else sorted(place.rglob("*")))]
            names = [file.relative_to(locate.mirror).as_posix() for file in files if file.is_file()]
            found = [name.replace("/", "://", 1) for name in names]
        else:
            store = Store(address)
            found = store.glob() if MAGIC & set(address) else [address] if store.is_object() else []
            found = found or sorted(f"{address}/{name}" for name in store.sizes())
        folder = re.split(r"[*?[]", address)[0]
        found = [name for name in found if name == address or _is_named_as_data(name, folder)]
        if not found:
            raise UserError(f"source {self.name!r}: files = {address!r} matches no object")
        return found

    def present(self) -> bool:
        """Whether each pattern still matches a file. Objects of stores are taken to be there."""
        try:
            return all(
                pattern.startswith(PACKAGE) or address_of(pattern) or self._matches(pattern) for pattern in self.files
            )
        except UserError:
            return False

    def reads(self, folder: Path) -> str | None:
        """The pattern that would find files in a folder, whatever is in it yet; None if there is none."""
        for pattern in self.files:
            if pattern.startswith(PACKAGE) or address_of(pattern):
                continue
            root = Path(os.path.expanduser(re.split(r"[*?[]", pattern)[0] + "x")).parent  # without what is a pattern
            place = root if "**" in pattern else Path(os.path.expanduser(pattern))
            if place.is_dir() and folder.resolve().is_relative_to(place.resolve()):
                return pattern
        return None

    def _matches(self, pattern: str) -> list[str]:
        """The files of a pattern; of a folder all files of a known format, at any depth."""
        places = [Path(match).resolve() for match in matching(os.path.expanduser(pattern))]
        files = [str(place) for place in places if place.is_file()]
        for folder in (place for place in places if place.is_dir() and not MAGIC & set(pattern)):
            files += [str(file) for file in sorted(folder.rglob("*")) if _is_data(file, folder)]
            if not files:
                raise UserError(f"source {self.name!r}: no file of a known format in the folder {folder}")
        require_utf8_names(files)
        return files


def _is_data(path: Path, folder: Path) -> bool:
    """Whether a file found in a folder is to be read: of a known format, not hidden, and not what `datasets` writes
    beside its data."""
    return path.is_file() and _is_named_as_data(str(path), str(folder))


def _is_named_as_data(name: str, folder: str) -> bool:
    parts = name.removeprefix(folder).strip("/").split("/")
    if any(part.startswith(".") for part in parts) or parts[-1] in BESIDE_DATA:
        return False
    try:
        format_of(parts[-1])
    except UserError:
        return False
    return True

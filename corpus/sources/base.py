"""What all sources share: common settings, the selection of parts, and chunks made from columns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ClassVar, Protocol, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field

from corpus.document import RAW_SCHEMA, Chunk, Part, Unreadable
from corpus.download.locator import Locator
from corpus.errors import UserError
from corpus.readers import Columns, Limits, read
from corpus.readers.columns import Fields, empty
from corpus.readers.guard import to_the_end
from corpus.sources.licenses import Accepted, accepts, filter_licenses

T = TypeVar("T")


class Source(Protocol):
    """An upstream corpus: its files, and how they become documents."""

    @property
    def name(self) -> str: ...
    @property
    def lang(self) -> str | None: ...  # hint; None: decided by the text
    @property
    def license(self) -> str: ...
    @property
    def profile(self) -> str: ...  # "web", "reference" or "none": which quality rules apply
    @property
    def version(self) -> int: ...  # increased when the same bytes become other documents
    @property
    def excluded(self) -> str | None: ...  # why it has no parts, or None

    def parts(self, locate: Locator) -> list[Part]:
        """The upstream files to read, in order."""
        ...

    def read(self, path: Path, part: Part) -> Iterator[Chunk]:
        """Documents of one file in chunks of about 8 MiB of text."""
        ...


class Declared(BaseModel):
    """A source as a declaration; its fields are the keys that a recipe may set for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(exclude=True)
    parts_chosen: str = Field("", alias="parts")  # "0:4", "3", "0,2,5:8"; empty: all
    byte_budget: int | None = Field(None, alias="bytes", gt=0)  # parts in order until their sizes reach this many bytes
    max_line_bytes: int = Field(Limits.max_line_bytes, gt=0, le=1 << 30)
    licenses: Accepted = "any"  # set by the recipe

    lang: ClassVar[str | None] = None
    license: ClassVar[str]
    profile: ClassVar[str] = "web"
    version: ClassVar[int] = 1
    fields: ClassVar[Fields] = {"text": ("text",)}

    def urls(self, locate: Locator) -> Sequence[str]:
        """All upstream files in their own order."""
        raise NotImplementedError

    def listed(self, locate: Locator) -> list[Part]:
        """A part for each of `urls`; sources that know more about their parts add it here."""
        return [Part(self.name, url) for url in self.urls(locate)]

    def beside(self, part: Part, locate: Locator) -> Iterable[str]:
        """URLs of files that are read together with a part."""
        return ()

    @property
    def excluded(self) -> str | None:
        """Why no part of this source is read, or None: its licence, or that the recipe does not say where its files
        are."""
        if accepts(self.licenses, self.license):
            return None
        return f"source {self.name!r} is left out: the recipe's licenses = {self.licenses!r} exclude {self.license!r}"

    def parts(self, locate: Locator) -> list[Part]:
        """The parts of `listed` that the recipe selects, with their sizes; none if the source is excluded."""
        if self.excluded:
            return []
        parts = select_parts(self.listed(locate), self.parts_chosen, f"source {self.name!r}")
        with ThreadPoolExecutor(16) as pool:  # without a mirror each size is a question to a server
            sizes = pool.map(locate.size, [part.url for part in parts])
            parts = [replace(part, bytes=size) for part, size in zip(parts, sizes, strict=True)]
        return [
            replace(part, beside=tuple(self.beside(part, locate))) for part in within_budget(parts, self.byte_budget)
        ]

    def read(self, path: Path, part: Part) -> Iterator[Chunk]:
        """Documents of one file, without those whose licences the recipe does not accept."""
        chunks = partial(self.chunks, path, part)
        for chunk in to_the_end(chunks, lambda lost: to_chunk(empty(self.fields, [lost]), self.license)):
            yield filter_licenses(chunk, self.licenses)

    def chunks(self, path: Path, part: Part) -> Iterator[Chunk]:
        """One document for each record, with the columns of `fields`."""
        for columns in read(path, self.fields, limits=self.limits()):
            yield to_chunk(columns, self.license)

    def limits(self) -> Limits:
        """The limits for reading one file."""
        return Limits(max_line_bytes=self.max_line_bytes)


def select_parts(files: Sequence[T], parts: str, where: str) -> list[T]:
    """The elements of `files` that a selection such as "0:4" or "0,3,8:10" names, in their order; raises UserError if
    it names none or one outside."""
    if not parts:
        return list(files)
    indices: set[int] = set()
    for piece in parts.split(","):
        first, colon, last = (side.strip() for side in piece.partition(":"))
        try:
            start = int(first or 0)
            stop = start + 1 if not colon else int(last or len(files))
        except ValueError:
            raise UserError(f'{where}: parts = {parts!r}; expected such as "0:4", "3" or "0,2,5:8"') from None
        if not 0 <= start < stop <= len(files):
            raise UserError(f"{where}: parts = {parts!r}; {piece.strip()!r} is outside its {len(files)} files")
        indices.update(range(start, stop))
    return [files[i] for i in sorted(indices)]


def within_budget(parts: list[Part], budget: int | None) -> list[Part]:
    """The first parts whose sizes together reach `budget` bytes (at least one part); an unknown size ends the
    selection."""
    if budget is None:
        return parts
    taken: list[Part] = []
    total = 0
    for part in parts:
        if taken and (total >= budget or part.bytes is None):
            break
        taken.append(part)
        total += part.bytes or 0
    return taken


def select(columns: Columns, name: str, wanted: Sequence[str], reason: str) -> tuple[Columns, dict[str, int]]:
    """The records whose column `name` is one of `wanted` (all, if that is empty), and how many were skipped for
    `reason`."""
    if not wanted:
        return columns, {}
    keep = pc.is_in(columns.columns[name], pa.array(list(wanted), pa.string()))
    kept = np.flatnonzero(keep.to_numpy(zero_copy_only=False))
    lost = len(columns.rows) - len(kept)
    chosen = {key: values.filter(keep) for key, values in columns.columns.items()}
    return columns._replace(rows=columns.rows[kept], columns=chosen), {reason: lost} if lost else {}


def to_chunk(columns: Columns, license: str | None, skipped: Mapping[str, int] | None = None) -> Chunk:
    """A chunk of RAW_SCHEMA; columns that the format does not have are null, the licence is that of the source."""
    count = len(columns.rows)
    arrays: dict[str, pa.Array] = {"row": pa.array(columns.rows, pa.int64()), **columns.columns}
    if "license" not in arrays:
        arrays["license"] = pa.repeat(pa.scalar(license, pa.string()), count)
    batch = pa.record_batch(
        [arrays[field.name] if field.name in arrays else pa.nulls(count, field.type) for field in RAW_SCHEMA],
        schema=RAW_SCHEMA,
    )
    return Chunk(batch, columns.unreadable, dict(skipped or {}), columns.notes)


def chunk_of(
    texts: Sequence[str], rows: Sequence[int], license: str, unreadable: list[Unreadable], skipped: Mapping[str, int]
) -> Chunk:
    """A chunk of texts without other columns."""
    columns = Columns(np.array(rows, np.int64), {"text": pa.array(texts, pa.string())}, unreadable)
    return to_chunk(columns, license, skipped)

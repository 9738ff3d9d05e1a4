"""Files of one's own: paths and globs in any format that corpus.readers knows, with a mapping of fields.

[[sources]]
name = "my-news"
files = ["/data/news/*.jsonl.zst"]      # or package:PACKAGE/FILE for files that come with this software
license = "CC-BY-4.0"
fields = { text = "body", title = "headline", url = "meta.link" }
"""

import glob
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from corpus.document import Chunk, Part
from corpus.download.locator import PACKAGE, Locator, local_path
from corpus.errors import UserError
from corpus.readers import format_of, read
from corpus.readers.columns import Fields, dotted
from corpus.sources.base import Declared, choose, to_chunk, within_budget

Column = Literal["text", "url", "title", "license", "subsource"]


class Local(Declared):
    """A local corpus under a name of one's own."""

    files: tuple[str, ...] = Field(min_length=1)
    field_names: Mapping[Column, str] = Field({}, alias="fields")  # column -> field, nested ones with dots
    version: ClassVar[int] = 2  # 2: damaged and misdeclared web pages are read
    license: str = "unknown"  # type: ignore[misc]  # here a setting, elsewhere a fact about the source

    def present(self) -> bool:
        """Whether each pattern still matches a file."""
        return all(p.startswith(PACKAGE) or any(map(os.path.isfile, glob.iglob(p, recursive=True))) for p in self.files)

    def parts(self, locate: Locator) -> list[Part]:
        """One part per file, sorted by path within each glob; a UserError if a pattern matches nothing."""
        if self.excluded:
            return []
        found: dict[str, None] = {}
        for pattern in self.files:
            matches = [pattern] if pattern.startswith(PACKAGE) else sorted(glob.glob(pattern, recursive=True))
            matches = [match if match.startswith(PACKAGE) else str(Path(match).resolve()) for match in matches]
            files = [match for match in matches if (local_path(match) or Path()).is_file()]
            if not files:
                raise UserError(f"source {self.name!r}: files = {pattern!r} matches no file (looked from {Path.cwd()})")
            found.update(dict.fromkeys(files))
        for url in found:
            format_of(url)
        urls = choose(list(found), self.parts_chosen, f"source {self.name!r}")
        return within_budget([Part(self.name, url, "", locate.size(url)) for url in urls], self.byte_budget)

    def chunks(self, path: Path, part: Part) -> Iterator[Chunk]:
        """One document a record; fields that are not mapped are looked for under their own names."""
        names = {"text": "text", "url": "url", "title": "title", **self.field_names}
        fields: Fields = {str(column): dotted(name) for column, name in names.items()}
        for columns in read(path, fields, limits=self.limits()):
            yield to_chunk(columns, self.license)

"""RedPajama-Data-1T: JSON lines with `text` and `meta`, one folder per subset, listed in urls.txt.

The C4 subset is off by default, because it is all of `c4-en` again; the book subset was withdrawn upstream.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal

import pyarrow as pa
from pydantic import Field

from corpus.document import Chunk, Part
from corpus.download.locator import Locator
from corpus.readers import read
from corpus.readers.columns import Fields
from corpus.sources.base import Declared, to_chunk
from corpus.sources.licenses import accepts

ROOT = "https://data.together.xyz/redpajama-data-1T/v1.0.0/"
LICENSES = {
    "arxiv": "mixed",  # each paper's
    "c4": "ODC-BY",
    "common_crawl": "Common Crawl terms",
    "github": "permissive",  # upstream kept repositories under MIT, BSD and Apache licences
    "stackexchange": "CC-BY-SA-4.0",
    "wikipedia": "CC-BY-SA-3.0",
}
Subset = Literal["arxiv", "c4", "common_crawl", "github", "stackexchange", "wikipedia"]


class RedPajama(Declared):
    """redpajama: 2,084 files, about 5 TB."""

    subsets: tuple[Subset, ...] = Field(("arxiv", "common_crawl", "github", "stackexchange", "wikipedia"), min_length=1)

    lang: ClassVar[str | None] = None  # arXiv, GitHub and Wikipedia contain other languages too
    license: ClassVar[str] = "mixed"
    fields: ClassVar[Fields] = {"text": ("text",), "url": ("meta", "url"), "title": ("meta", "title")}

    @property
    def excluded(self) -> None:
        """Never: licences are checked subset by subset."""
        return None

    def listed(self, locate: Locator) -> list[Part]:
        """The files of the chosen subsets whose licences are accepted, in the order of urls.txt."""
        listing = locate.fetch(ROOT + "urls.txt").read_text(encoding="utf-8").split()
        subsets = {url: url.removeprefix(ROOT).split("/")[0] for url in listing if url.startswith(ROOT)}
        wanted = [subset for subset in self.subsets if accepts(self.licenses, LICENSES[subset])]
        return [Part(self.name, url, subset) for url, subset in subsets.items() if subset in wanted]

    def chunks(self, path: Path, part: Part) -> Iterator[Chunk]:
        """One document for each record; the subset is the sub-source and determines the licence."""
        for columns in read(path, self.fields, limits=self.limits()):
            columns.columns["subsource"] = pa.repeat(pa.scalar(part.subset), len(columns.rows))
            yield to_chunk(columns, LICENSES[part.subset])

"""Wikipedia from its XML dump of a given date: articles only, with their wikitext converted to plain text
(corpus/readers/wikitext)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

import numpy as np
import pyarrow as pa
from pydantic import Field

from corpus.document import Chunk, Part, Unreadable
from corpus.download.locator import Locator
from corpus.readers import Columns, wikitext
from corpus.readers.mediawiki import pages
from corpus.readers.stream import BLOCK
from corpus.sources.base import Declared, to_chunk

ROOT = "https://dumps.wikimedia.org"


class WikipediaDump(Declared):
    """wikipedia-dump: one language's articles of one date; upstream keeps the last few dates."""

    date: str = Field(pattern=r"^\d{8}$")
    language: str = Field("ko", pattern=r"^[a-z][a-z-]*$")
    files: tuple[
        str, ...
    ] = ()  # names of the dump's files, for wikis with several; the one multistream file by default

    license: ClassVar[str] = "CC-BY-SA-4.0"
    profile: ClassVar[str] = "reference"
    version: ClassVar[int] = wikitext.VERSION

    def urls(self, locate: Locator) -> Sequence[str]:
        """The named files, or LANGwiki-DATE-pages-articles-multistream.xml.bz2."""
        wiki = f"{self.language.replace('-', '_')}wiki"
        names = self.files or (f"{wiki}-{self.date}-pages-articles-multistream.xml.bz2",)
        return [f"{ROOT}/{wiki}/{self.date}/{name}" for name in names]

    def chunks(self, path: Path, part: Part) -> Iterator[Chunk]:
        """One document an article; redirects and other namespaces are skipped."""
        rows: list[int] = []
        texts: list[str] = []
        titles: list[str] = []
        unreadable: list[Unreadable] = []
        skipped: Counter[str] = Counter()
        size = 0

        def chunk() -> Chunk:
            urls = [f"https://{self.language}.wikipedia.org/wiki/{quote(title.replace(' ', '_'))}" for title in titles]
            arrays = {name: pa.array(v, pa.string()) for name, v in (("text", texts), ("title", titles), ("url", urls))}
            return to_chunk(Columns(np.array(rows, np.int64), arrays, unreadable), self.license, skipped)

        for page in pages(path, self.limits()):
            if isinstance(page, Unreadable):
                unreadable.append(page)
            elif page.namespace != 0:
                skipped["not an article"] += 1
            elif page.redirect:
                skipped["redirect"] += 1
            elif text := wikitext.clean(page.text, page.title, self.language):
                rows.append(page.row)
                texts.append(text)
                titles.append(page.title)
                size += len(text.encode())
            else:
                skipped["no text"] += 1
            if size >= BLOCK:
                yield chunk()
                rows, texts, titles, unreadable, skipped, size = [], [], [], [], Counter(), 0
        if rows or unreadable or skipped:
            yield chunk()

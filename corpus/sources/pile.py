"""The Pile without its five copyrighted sets, as published by monology/pile-uncopyrighted: 30 zstd files of JSON lines.

Each line is `{"text": …, "meta": {"pile_set_name": …}}`; the set's name is the sub-source. `val` and `test` are
evaluation sets and never read.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc

from corpus.document import Chunk, Part
from corpus.download.locator import Locator
from corpus.readers import read
from corpus.readers.columns import Fields
from corpus.sources.base import Declared, select, to_chunk

ROOT = "hf://datasets/monology/pile-uncopyrighted/train"

Set = Literal[
    "ArXiv",
    "DM Mathematics",
    "Enron Emails",
    "EuroParl",
    "FreeLaw",
    "Github",
    "Gutenberg (PG-19)",
    "HackerNews",
    "NIH ExPorter",
    "PhilPapers",
    "Pile-CC",
    "PubMed Abstracts",
    "PubMed Central",
    "StackExchange",
    "USPTO Backgrounds",
    "Ubuntu IRC",
    "Wikipedia (en)",
]
# Only for sets with one licence; the others are "mixed".
LICENSES = {
    "FreeLaw": "public domain",
    "Gutenberg (PG-19)": "public domain",
    "NIH ExPorter": "public domain",
    "StackExchange": "CC-BY-SA-4.0",
    "USPTO Backgrounds": "public domain",
    "Wikipedia (en)": "CC-BY-SA-3.0",
}


class Pile(Declared):
    """The Pile (English): 30 training files."""

    sets: tuple[Set, ...] = ()  # only these; empty: all

    lang: ClassVar[str | None] = "en"
    license: ClassVar[str] = "mixed"
    fields: ClassVar[Fields] = {"text": ("text",), "subsource": ("meta", "pile_set_name")}

    @property
    def excluded(self) -> None:
        """Never: licences are checked set by set."""
        return None

    def urls(self, locate: Locator) -> Sequence[str]:
        """train/00 to train/29."""
        return [f"{ROOT}/{i:02}.jsonl.zst" for i in range(30)]

    def chunks(self, path: Path, part: Part) -> Iterator[Chunk]:
        """The chosen sets, each document with its set's licence."""
        names, licenses = pa.array(list(LICENSES), pa.string()), pa.array(list(LICENSES.values()), pa.string())
        for columns in read(path, self.fields, limits=self.limits()):
            columns, skipped = select(columns, "subsource", self.sets, "set not chosen")
            known = licenses.take(pc.index_in(columns.columns["subsource"], names))
            columns.columns["license"] = pc.fill_null(known, self.license)
            yield to_chunk(columns, self.license, skipped)

"""RedPajama-Data-V2, its English partitions: CCNet documents with quality signals and lists of duplicates beside them.

A key such as `2023-06/0000/en_head` names documents/KEY.json.gz, quality_signals/KEY.signals.json.gz and
duplicates/KEY.duplicates.parquet; the listing of a snapshot and partition contains the keys. Line i of the signals
belongs to line i of the documents, and a duplicate is named `KEY.json.gz/i` in the list. Some lists are missing
upstream; then no duplicates are skipped.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import orjson
import pyarrow.parquet as pq
from pydantic import Field

from corpus.document import Chunk, Part, Unreadable
from corpus.download.locator import Locator
from corpus.errors import UserError
from corpus.readers import read
from corpus.readers.columns import Fields
from corpus.readers.lines import lines
from corpus.readers.unpack import blocks
from corpus.sources.base import Declared, to_chunk

ROOT = "https://data.together.xyz/redpajama-data-v2/v1.0.0"


class RedPajamaV2(Declared):
    """redpajama-v2, English."""

    # Common Crawl's names; 84 of them, the last is 2023-14.
    snapshots: tuple[str, ...] = Field(("2023-14",), min_length=1)
    partition: Literal["head_middle", "tail"] = "head_middle"  # "tail" has neither signals nor duplicates
    skip_duplicates: bool = True
    # name -> least and greatest value; documents outside are skipped
    signals: dict[str, tuple[float | None, float | None]] = Field({})

    lang: ClassVar[str | None] = "en"
    license: ClassVar[str] = "Common Crawl terms"
    fields: ClassVar[Fields] = {"text": ("raw_content",), "url": ("url",), "title": ("title",)}

    def listed(self, locate: Locator) -> list[Part]:
        """The documents of the chosen snapshots."""
        if self.partition == "tail" and self.signals:
            raise UserError(f"source {self.name!r}: the tail partition has no quality signals; remove `signals`")
        listings = [f"{ROOT}/listings/en-{snapshot}-{self.partition}.txt" for snapshot in self.snapshots]
        keys = [key for listing in listings for key in locate.fetch(listing).read_text(encoding="utf-8").split()]
        return [Part(self.name, f"{ROOT}/documents/{key}.json.gz", key) for key in keys]

    def beside(self, part: Part, locate: Locator) -> Iterator[str]:
        """URLs of the signals and the list of duplicates, if the settings use them; some lists are missing upstream."""
        if self.signals:
            yield f"{ROOT}/quality_signals/{part.subset}.signals.json.gz"
        duplicates = f"{ROOT}/duplicates/{part.subset}.duplicates.parquet"
        if self.skip_duplicates and self.partition != "tail" and locate.exists(duplicates):
            yield duplicates

    def chunks(self, path: Path, part: Part) -> Iterator[Chunk]:
        """One document for each record, without those that the list of duplicates or a signal excludes."""
        root = path.parents[part.subset.count("/") + 1]  # …/v1.0.0
        verdicts = {"duplicate upstream": self._duplicates(root, part.subset)}
        if self.signals:
            verdicts["quality signal"] = self._outside(root / "quality_signals" / f"{part.subset}.signals.json.gz")
        for columns in read(path, self.fields, limits=self.limits()):
            skipped: dict[str, int] = {}
            for reason, rows in verdicts.items():
                keep = ~np.isin(columns.rows, rows)
                if not keep.all():
                    skipped[reason] = int((~keep).sum())
                    chosen = {name: array.filter(keep) for name, array in columns.columns.items()}
                    columns = columns._replace(rows=columns.rows[keep], columns=chosen)
            yield to_chunk(columns, self.license, skipped)

    def _duplicates(self, root: Path, key: str) -> np.ndarray:
        """int64[]: the rows that the list of duplicates names."""
        path = root / "duplicates" / f"{key}.duplicates.parquet"
        if not self.skip_duplicates or not path.is_file():
            return np.zeros(0, np.int64)
        names = pq.read_table(path, columns=["doc_id"])["doc_id"].to_pylist()
        return np.array([int(name.rsplit("/", 1)[1]) for name in names], np.int64)

    def _outside(self, path: Path) -> np.ndarray:
        """int64[]: the rows with a signal outside its bounds. A row without that signal passes."""
        rows: list[int] = []
        for chunk in lines(blocks(path, self.limits()), self.limits()):
            if isinstance(chunk, Unreadable):
                continue  # a document without signals passes
            for row, line in enumerate(chunk.bytes().split(b"\n"), chunk.row):
                try:
                    record = orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue
                if isinstance(record, dict) and not self._inside(record.get("quality_signals")):
                    rows.append(row)
        return np.array(rows, np.int64)

    def _inside(self, signals: Any) -> bool:
        if not isinstance(signals, dict):
            return True
        for name, (least, greatest) in self.signals.items():
            for _, _, value in signals.get(name) or []:
                if value is not None and (
                    (least is not None and value < least) or (greatest is not None and value > greatest)
                ):
                    return False
        return True

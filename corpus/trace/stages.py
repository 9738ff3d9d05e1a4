"""The files of each step of a build, and the row of a document in them.

A document is identified by its origin (upstream file#row), which is unique in its part; rows change when an earlier
step drops documents.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.contamination.find import scan_folder
from corpus.document import Part as UpstreamPart
from corpus.engine.marker import hashes_of, read_marker, read_result
from corpus.engine.output import WORK
from corpus.engine.task import require_whole
from corpus.errors import UserError
from corpus.prepare import PartTask
from corpus.quality import urls
from corpus.recipe import Recipe, validate
from corpus.stored import TEXTS, batches, read_table, row_of


@dataclass(frozen=True)
class Part:
    """One upstream file of a corpus, as a part of the build."""

    number: int  # over all sources, as matching counts parts
    source: str
    name: str  # of its folders


@dataclass(frozen=True)
class Stages:
    """A finished corpus with its work folder. Each file of a task is compared with the task's manifest before it is
    read for the first time, each shard with the marker of the corpus."""

    corpus: Path

    @classmethod
    def open(cls, corpus: Path) -> "Stages":
        """Raises UserError for a folder that is not a finished corpus, or whose work folder was deleted."""
        if not (corpus / "manifest.json").is_file():
            raise UserError(f"{corpus}: not a finished corpus: manifest.json is missing. Name one with --corpus.")
        stages = cls(corpus)
        if not (stages.work / "clean").is_dir():
            raise UserError(
                f"{corpus}: its folder {WORK}, which holds what each step did, was dropped (--no-keep-work) or not"
                " copied along. Build the corpus again, into another folder, to look at what was dropped."
            )
        return stages

    @property
    def work(self) -> Path:
        """The folder of the steps' files."""
        return self.corpus / WORK

    @cached_property
    def _compared(self) -> set[Path]:
        return set()

    def _whole(self, path: Path) -> Path:
        """The path of a task's file, once it is known to be as it was written (if it exists)."""
        if path not in self._compared and path.is_file():
            require_whole(path, f"Build {self.corpus} again with the same settings; it makes the file again.")
            self._compared.add(path)
        return path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """manifest.json of the corpus."""
        return read_result(self.corpus, "manifest.json")

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe of the corpus."""
        try:
            return validate(Recipe, self.manifest["recipe"], f"{self.corpus}/manifest.json")
        except UserError as error:
            raise UserError(
                f"{self.corpus} was built by another version of Hanji ({self.manifest['hanji']}); its recipe has other"
                f" keys: {error} Build it anew, into another folder, to trace documents."
            ) from error

    @cached_property
    def parts(self) -> list[Part]:
        """In the order of the build: the recipe's sources, and each one's files."""
        manifest = self.manifest
        sources = [source.name for source in self.recipe.sources]
        if any("part" not in entry for entry in manifest["inputs"]):
            raise UserError(
                f"{self.corpus} was built by another version of Hanji ({manifest['hanji']}), which named the files of"
                " its steps otherwise. Build it anew, into another folder, to trace documents."
            )
        names = dict.fromkeys((entry["source"], entry["part"]) for entry in manifest["inputs"])
        ordered = sorted(names, key=lambda name: sources.index(name[0]))
        return [Part(number, source, name) for number, (source, name) in enumerate(ordered)]

    @cached_property
    def inputs(self) -> dict[str, dict[str, Any]]:
        """The upstream files: URL → path, bytes, SHA-256 as they were read."""
        marker = read_marker(self.corpus)
        return {entry["url"]: entry for entry in (marker or {}).get("record") or []}

    @cached_property
    def duplicates(self) -> pa.Table:
        """The dropped duplicates and their survivors: part, row, survivor_part, survivor_row, kind, similarity."""
        return read_table(self._whole(self.work / "match" / "result" / "duplicates.arrow"))

    def documents(self, stage: str, part: Part) -> Path:
        """The documents of a part after a step: "read", "measured" (null for a text as it was read), "clean"."""
        return self._whole(self.work / stage / part.name / "documents.arrow")

    def cut_texts(self, part: Part) -> Path:
        """The texts of a part that were cut, and their rows; exists only if something was cut."""
        return self._whole(self.work / "trim" / part.name / TEXTS)

    def row(self, stage: str, part: Part, origin: str) -> int:
        """The row of a document after a step, or −1."""
        return index_of(self.documents(stage, part), "origin", origin)

    def statistics(self, part: Part) -> Path:
        """The statistics of quality, row by row beside the measured documents."""
        return self._whole(self.work / "measured" / part.name / "statistics.arrow")

    def judged(self, part: Part) -> Path:
        """The judgement of each measured document: id, reason, value."""
        return self._whole(self.work / "clean" / part.name / "judged.arrow")

    def learned(self) -> Path:
        """The boilerplate of the corpus."""
        return self._whole(self.work / "boilerplate" / "learned.arrow")

    def cuts(self, part: Part) -> list[Path]:
        """The folders of cut lists of a part that exist."""
        folders = [self.work / "spans" / "cuts", self.work / "contamination" / "settled"]
        found = [folder / f"{part.number:05d}" for folder in folders]
        return [folder for folder in found if self._whole(folder / "cuts.arrow").is_file()]

    def test_items(self, part: Part) -> Path:
        """Pieces of evaluation items found in the clean documents of a part."""
        return self._whole(scan_folder(self.work / "contamination", Path(part.name)) / "found.arrow")

    def shards(self, source: str) -> Iterator[Path]:
        """The finished shards of a source."""
        for split in ("train", "validation"):
            for path in sorted((self.corpus / split).glob("*.arrow")):
                if re.fullmatch(re.escape(source) + r"-\d+", path.stem):
                    hashes_of(self.corpus, [path])
                    yield path


def index_of(path: Path, column: str, value: str | int) -> int:
    """The first row of an Arrow file whose column is that value, or −1."""
    start = 0
    for batch in batches(path, [column]):
        place = pc.index(batch[column], value).as_py()
        if place >= 0:
            return start + int(place)
        start += batch.num_rows
    return -1


def rows_where(path: Path, column: str, value: str, part_of: bool = False) -> np.ndarray:
    """int64: the rows whose column is that value, or contains it with `part_of`."""
    found, start = [np.zeros(0, np.int64)], 0
    for batch in batches(path, [column]):
        match = pc.match_substring(batch[column], value) if part_of else pc.equal(batch[column], value)
        found.append(start + np.flatnonzero(pc.fill_null(match, False).to_numpy(zero_copy_only=False)))
        start += batch.num_rows
    return np.concatenate(found)


def record(path: Path, row: int) -> dict[str, Any]:
    """One row of an Arrow file."""
    found: dict[str, Any] = row_of(path, row).to_pylist()[0]
    return found


def profile_of(recipe: Recipe, source: str) -> str:
    """Which rules judge the documents of a source."""
    entry = next(each for each in recipe.sources if each.name == source)
    nowhere = Path()
    return PartTask(recipe, entry, UpstreamPart(source, ""), nowhere, 0, nowhere, nowhere).profile


def url_rules(recipe: Recipe, source: str, documents: pa.Table) -> list[str]:
    """For each document as it was read, the rule that drops it by its URL; "" for none, and where there is no text,
    which is dropped before."""
    columns = documents["url"].combine_chunks(), documents["text"].combine_chunks()
    verdicts, _ = urls.judge(columns[0], profile_of(recipe, source), recipe.quality.urls)
    lengths = pc.binary_length(columns[1]).to_numpy()
    return [urls.RULES[rule] if rule >= 0 and size else "" for rule, size in zip(verdicts, lengths, strict=True)]

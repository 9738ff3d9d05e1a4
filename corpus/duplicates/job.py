"""The job of matching, which every task of it gets: the documents, the settings, and how the work is cut into tasks.

Blocks and partitions depend only on the number of documents, never on workers, so that any number of workers gives the
same bytes. They are small for small corpora and grow to 250,000 documents or 64 MB, the size at which a task's fixed
costs no longer matter.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from corpus.duplicates.candidates import floor
from corpus.duplicates.documents import Documents
from corpus.duplicates.shingles import ShingleSettings
from corpus.duplicates.shuffle import partitions
from corpus.engine.task import run_task

VERSION = 6


class MatchSettings(BaseModel):
    """Which documents are duplicates."""

    model_config = ConfigDict(extra="forbid")

    # Least exact Jaccard similarity of the shingle sets of two duplicates. At 0.7 Korean news are still found with 10 %
    # changed particles or 3 % changed words, and pages of one template with other facts stay separate.
    threshold: float = Field(default=0.7, gt=0.3, le=1)
    # In a document of one or two sentences one changed name or number changes few shingles but the whole meaning: such
    # documents must be almost equal. Counted in shingles of the smaller set, about one a syllable or English word.
    short: int = Field(default=100, ge=0)
    short_threshold: float = Field(default=0.9, gt=0.3, le=1)
    # Weight of a missed pair against a false candidate when datasketch selects the bands. A false candidate only costs
    # one verification.
    caution: float = Field(default=0.98, gt=0, lt=1)
    # Pages of one template with other facts ("error 7904", "error 7932"; corpus/duplicates/facts.py) are not
    # duplicates; with "drop" they are.
    siblings: Literal["keep", "drop"] = "keep"
    # Which document of a cluster survives: "central" the one with the most verified pairs, of equals the best by rank;
    # "ranked" the best by rank (quality, then length: corpus/duplicates/survivors.py).
    survivor: Literal["central", "ranked"] = "central"
    # A document with at least this share of its shingles in the survivor is dropped whatever the similarity is: an
    # excerpt, an older version. Only pairs that share a band are compared, so excerpts of less than half are mostly
    # missed.
    containment: float | None = Field(default=None, gt=0.5, le=1)


@dataclass(frozen=True)
class Job:
    """One run of matching. `content` identifies documents and settings, so that tasks need not hash their input files
    again."""

    documents: Documents
    settings: MatchSettings
    shingles: ShingleSettings
    permutations: int
    bands: int
    rows: int
    priorities: Mapping[str, int]
    work: Path
    content: str
    durable: bool

    @property
    def block(self) -> int:
        """How many documents' bands one task makes."""
        return min(max(self.documents.count // 64, 10_000), 250_000)

    @property
    def exact_partitions(self) -> int:
        return partitions(self.documents.count, smallest=100_000)

    @property
    def band_partitions(self) -> int:
        return partitions(self.documents.count * self.bands, smallest=500_000)

    @property
    def floor(self) -> float:
        """The estimated similarity below which a pair is not compared: certainly below the threshold, or below half of
        `containment`."""
        least = floor(self.settings.threshold, self.permutations)
        return least if self.settings.containment is None else min(least, self.settings.containment / 2)

    def order(self) -> np.ndarray:
        """uint64[documents, 2] of match_documents.ranks, memory-mapped."""
        return self.load("order/order.npy")

    def load(self, name: str) -> np.ndarray:
        """An array of the work folder, memory-mapped."""
        return np.asarray(np.load(self.work / name, mmap_mode="r"))

    def folders(self, phase: str, count: int) -> list[Path]:
        """The folders of a phase of `count` tasks."""
        return [self.work / phase / f"{index:05d}" for index in range(count)]

    def task(self, phase: str, stage: Callable[["Job", Path], Any]) -> None:
        """Run a stage that is one task, unless it is done: stage(job, out) writes to the folder `out`."""
        self._run(phase, partial(stage, self))

    def part(self, phase: str, stage: Callable[["Job", int, Path], Any], index: int) -> None:
        """Run task `index` of a stage, unless it is done: stage(job, index, out) writes to the folder `out`."""
        self._run(f"{phase}/{index:05d}", partial(stage, self, index))

    def _run(self, folder: str, function: Callable[[Path], Any]) -> None:
        run_task(self.work / folder, function, settings=self.content, version=VERSION, durable=self.durable)


def per_document(path: Path, count: int, fill: float | None, kind: type) -> np.ndarray:
    """A new array with an entry for each document, in a memory-mapped file, so that the system can write its pages to
    disk."""
    made = np.lib.format.open_memmap(path, mode="w+", dtype=kind, shape=(max(count, 1),))
    if fill is not None:
        made[:] = fill
    return np.asarray(made)

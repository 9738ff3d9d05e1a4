"""Which rows of the clean parts make which shard of a corpus.

    choose   one task per part: the rows that are left, for training and held out
    cut      here: these rows, in their order, cut into shards of about equal size per source and split

`choose` writes 16 bytes a document to disk; `cut` reads them part by part, so its memory depends on the largest part.
Shards do not depend on the order of parallel work.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from corpus.duplicates.documents import Documents
from corpus.duplicates.dropped import Dropped
from corpus.engine.task import TaskRecord, run_task
from corpus.kernels.hashing import hash_strings
from corpus.stored import TEXTS, batches, changed_lengths

VERSION = 1
SPLITS = ("train", "validation")
SHARD = "shard.arrow"
# A chosen row, the documents that it represents, and the bytes of its text.
CHOSEN = np.dtype([("row", np.int64), ("copies", np.int32), ("bytes", np.int32)])


@dataclass(frozen=True)
class ChooseTask:
    """One clean part, its texts that were cut (corpus/trim.py), and its place among all documents."""

    source: str
    part: int
    first: int  # number of the part's first document, and that of the next part
    last: int
    documents: Path
    texts: Path | None
    content: tuple[str, ...]  # SHA-256 of both
    dropped: Dropped
    held_out: float  # share of the source
    directory: Path


@dataclass(frozen=True)
class Piece:
    """The rows first … last − 1 of what was chosen of one part."""

    documents: Path
    texts: Path | None
    content: tuple[str, ...]
    chosen: Path
    first: int
    last: int

    def read(self) -> np.ndarray:
        """CHOSEN[last − first], rows ascending."""
        return np.array(np.load(self.chosen, mmap_mode="r")[self.first : self.last])


@dataclass(frozen=True)
class Shard:
    """Pieces of several parts that become one file."""

    name: str  # train/mc4-ko-00000.arrow
    pieces: tuple[Piece, ...]
    bytes: int  # of text
    directory: Path
    finished: Path | None = None  # this file of the finished corpus that is being built again

    @property
    def rows(self) -> int:
        """How many documents are in it."""
        return sum(piece.last - piece.first for piece in self.pieces)

    @property
    def path(self) -> Path:
        """The path to which its task writes it; it is moved when the corpus is finished. A shard that is as it was in
        a finished corpus stays there."""
        written = self.directory / SHARD
        return self.finished if self.finished and not written.is_file() else written


def choose_tasks(
    parts: Sequence[TaskRecord],
    trimmed: Sequence[TaskRecord],
    sources: Sequence[str],
    shares: Mapping[str, float],
    dropped: Dropped,
    work: Path,
) -> list[ChooseTask]:
    """The tasks that choose rows: `parts` are the clean tasks in order, `trimmed` those of corpus/trim.py, `sources`
    the source of each; `shares` the held-out share per source."""
    starts = Documents.open([part.directory for part in parts], signed=False).starts
    tasks = []
    for index, (part, trim, source) in enumerate(zip(parts, trimmed, sources, strict=True)):
        cut = trim.directory / TEXTS if TEXTS in trim.outputs else None
        content = [part.outputs["documents.arrow"]["sha256"]] + ([trim.outputs[TEXTS]["sha256"]] if cut else [])
        tasks.append(
            ChooseTask(
                source,
                index,
                starts[index],
                starts[index + 1],
                part.directory / "documents.arrow",
                cut,
                tuple(content),
                dropped,
                shares[source],
                work / part.directory.name,
            )
        )
    return tasks


def choose_rows(task: ChooseTask) -> TaskRecord:
    """Write the rows of a part that a corpus keeps: train.npy and validation.npy (CHOSEN, rows ascending).

    Not kept are duplicates and empty texts. A document is held out if the hash of its id is below the share: this does
    not change when other documents are added or removed.
    """
    gone, copies = task.dropped.rows(task.part), task.dropped.copies(task.first, task.last)

    def function(out: Path) -> dict[str, int]:
        read = list(_lengths_and_fractions(task.documents))
        lengths, fractions = (np.concatenate(column) for column in zip(*read, strict=True))
        chosen = np.empty(len(lengths), CHOSEN)
        chosen["row"], chosen["copies"] = np.arange(len(chosen)), copies
        chosen["bytes"] = changed_lengths(lengths, task.texts) if task.texts else lengths
        keep = chosen["bytes"] > 0
        keep[gone] = False
        held_out = fractions < task.held_out
        kept = {}
        for split, mask in zip(SPLITS, (keep & ~held_out, keep & held_out), strict=True):
            np.save(out / f"{split}.npy", chosen[mask])
            kept[split] = int(np.count_nonzero(mask))
        return kept

    matched = hashlib.sha256(gone.tobytes() + copies.tobytes()).hexdigest()
    settings = [task.content, matched, task.held_out]
    return run_task(task.directory, function, settings=settings, version=VERSION)


def _lengths_and_fractions(documents: Path) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Of each batch the bytes of the texts, and the hashes of the ids as shares of the largest."""
    yield np.empty(0, np.int64), np.empty(0)
    for batch in batches(documents, ["id", "text"]):
        lengths = pc.binary_length(batch["text"]).to_numpy().astype(np.int64)
        yield lengths, hash_strings(batch["id"], seed=1)[:, 0] / 2.0**64


def cut_shards(tasks: Sequence[ChooseTask], chosen: Sequence[TaskRecord], shard_bytes: int, work: Path) -> list[Shard]:
    """The shards of a corpus, by name, from the rows that were chosen of its parts, in their order."""
    growing: dict[tuple[str, str], _Growing] = {}
    shards: list[Shard] = []
    for task, record in zip(tasks, chosen, strict=True):
        for split in SPLITS:
            mine = growing.setdefault((split, task.source), _Growing(split, task.source, shard_bytes, work))
            if record.result[split]:
                shards += mine.add(task, task.directory / f"{split}.npy")
    for _, mine in sorted(growing.items()):
        shards += mine.finish()
    return sorted(shards, key=lambda shard: shard.name)


class _Growing:
    """The shard of a source and split that is being filled."""

    def __init__(self, split: str, source: str, limit: int, work: Path):
        self.split, self.source, self.limit, self.work = split, source, limit, work
        self.pieces: list[Piece] = []
        self.size = 0
        self.number = 0

    def add(self, task: ChooseTask, chosen: Path) -> Iterator[Shard]:
        ends = np.cumsum(np.load(chosen, mmap_mode="r")["bytes"], dtype=np.int64)
        first = before = 0
        while first < len(ends):
            fits = int(np.searchsorted(ends, self.limit - self.size + before, side="right"))
            last = max(fits, first if self.pieces else first + 1)
            if last > first:
                self.pieces.append(Piece(task.documents, task.texts, task.content, chosen, first, last))
                self.size += int(ends[last - 1]) - before
                first, before = last, int(ends[last - 1])
            if first < len(ends):
                yield from self.finish()

    def finish(self) -> Iterator[Shard]:
        if self.pieces:
            name = f"{self.split}/{self.source}-{self.number:05d}.arrow"
            directory = self.work / name.replace("/", "-").removesuffix(".arrow")
            yield Shard(name, tuple(self.pieces), self.size, directory)
            self.number += 1
            self.pieces, self.size = [], 0

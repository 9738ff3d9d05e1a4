"""Text that occurs in several documents: whole paragraphs, and long spans inside otherwise different pages. One copy
stays.

    fingerprints  per part        of paragraphs and winnowed spans, by hash; made while the part is cleaned
                                                                                    (corpus/repeats/fingerprints.py)
    order, keep   once            the order of survival of all documents, and which of them matching kept
    pairs         per partition   every place against the best document that has the same fingerprint, shuffled by loser
    agree         per partition   unit by unit comparison of the texts, as far as they agree: cuts

The best document is the one that would survive as a duplicate (priority, quality, length). It keeps its copy. A span is
cut only where the texts really agree, at whole words (corpus/repeats/cuts.py), and the winner always ranks above the
loser, so that no text loses its last copy. Documents that matching dropped are ignored. The work per fingerprint is
linear in its occurrences.

The fingerprints of a part depend on its documents alone, neither on its number nor on what matching dropped, so that a
corpus to which parts are added makes only theirs.

Disk: 16 bytes a fingerprint, about one for 50 bytes of text. Call it between match and commit.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from corpus.duplicates.documents import Documents, ranks
from corpus.duplicates.job import per_document
from corpus.duplicates.shuffle import partitions, read_partition, read_partitions, write_partitioned
from corpus.engine.local import Engine
from corpus.engine.task import run_task
from corpus.kernels.units import units
from corpus.kernels.utf8 import string_buffers
from corpus.repeats.contained import CONTAINED, contained_documents, name_contained
from corpus.repeats.cuts import CUTS, SPAN_BYTES, write_cuts
from corpus.repeats.fingerprints import (
    FINE,
    VERSION,
    Wanted,
    content,
    fingerprint_part,
    fingerprints_folder,
    known_fingerprints,
)
from corpus.repeats.pairs import against_best, pair_batches, recurring, repeated
from corpus.repeats.spans_kernel import PARAGRAPH, agreements, grain, paragraph_starts, unpack
from corpus.stored import batches


class SpanSettings(BaseModel):
    """Which repeated text is cut."""

    model_config = ConfigDict(extra="forbid")

    paragraphs: bool = False  # cut paragraphs that are in another document
    # Two or three sentences; headings, list items and set phrases are shorter.
    paragraph_units: int = Field(default=40, ge=8)
    spans: bool = False  # cut long spans that are in another place
    # Lee et al. 2022 cut from 50 BPE tokens on, about 200 bytes of English or of Korean; their tool's default is 100.
    span_bytes: int = Field(default=SPAN_BYTES, ge=100)
    # A document is contained if at least this share of it is in other documents, for example a page quoted in a longer
    # one. Finding them costs as much as `spans`. "report" changes no text, "drop" drops the contained documents.
    contained: float = Field(default=0.9, gt=0, le=1)
    containment: Literal["ignore", "report", "drop"] = "ignore"

    @property
    def active(self) -> bool:
        """Whether any setting needs this step."""
        return self.paragraphs or self.spans or self.containment != "ignore"

    @property
    def fingerprints(self) -> Wanted:
        """Which fingerprints are needed."""
        least = self.paragraph_units if self.paragraphs else int(np.iinfo(np.int64).max)
        return Wanted(least, grain(self.span_bytes) if self.spans or self.containment != "ignore" else None)


@dataclass(frozen=True)
class _Job:
    documents: Documents
    dropped: Path
    settings: SpanSettings
    priorities: Mapping[str, int]
    work: Path
    identity: Any

    @property
    def parts(self) -> range:
        return range(len(self.documents.folders))

    def folders(self, phase: str, count: int) -> list[Path]:
        return [self.work / phase / f"{index:05d}" for index in range(count)]

    @property
    def fingerprints(self) -> list[Path]:
        """The folders of the parts' fingerprints."""
        return [fingerprints_folder(self.work, folder) for folder in self.documents.folders]

    def order(self) -> np.ndarray:
        """uint64[documents, 2] of `ranks`, memory-mapped."""
        return np.asarray(np.load(self.work / "order" / "order.npy", mmap_mode="r"))


def find_spans(
    parts: Sequence[Path],
    duplicates: Path,
    settings: SpanSettings,
    engine: Engine,
    work: Path,
    priorities: Mapping[str, int],
) -> list[Path]:
    """Per part a folder with `cuts.arrow` (kinds "paragraph", "span"); parts, engine and priorities as in
    corpus.match.match.

    `duplicates` is what match returned. The cuts do not depend on the number of workers.
    """
    if not settings.active:
        return []
    documents = Documents.open(parts, signed=False)
    identity = [settings.model_dump(), dict(priorities), list(documents.starts), [content(part) for part in parts]]
    job = _Job(documents, duplicates, settings, dict(priorities), work, identity)
    known = [
        known_fingerprints(part, settings.fingerprints, folder)
        for part, folder in zip(parts, job.fingerprints, strict=True)
    ]
    missing = [part for part in job.parts if known[part] is None]
    made = list(engine.map(partial(_fingerprint, job), missing, name="spans: fingerprints"))
    run_task(work / "order", partial(_order, job), settings=job.identity, version=VERSION)
    run_task(work / "keep", partial(_keep, job), inputs=[duplicates], settings=job.identity, version=VERSION)
    count = min(partitions(sum(made) + sum(filter(None, known)), smallest=4_000_000), FINE)
    list(engine.map(partial(_pair, job, count), range(count), name="spans: pairs"))
    list(engine.map(partial(_agree, job, count), range(count), name="spans: agree"))
    # Equal places can give other cuts: at another share other documents are contained, and documents may be renamed.
    run_task(
        work / "cuts", partial(_split, job, count), inputs=_places(job, count), settings=job.identity, version=VERSION
    )
    return job.folders("cuts", len(parts))


def _places(job: _Job, count: int) -> list[Path]:
    return [folder / "places.npy" for folder in job.folders("agree", count)]


def _fingerprint(job: _Job, part: int) -> int:
    """Write one part's fingerprints; returns their number."""
    return fingerprint_part(job.documents.folders[part], job.settings.fingerprints, job.fingerprints[part])


def _order(job: _Job, out: Path) -> None:
    """order.npy: uint64[max(documents, 1), 2] of `ranks`."""
    shape = (max(job.documents.count, 1), 2)
    order = np.lib.format.open_memmap(out / "order.npy", mode="w+", dtype=np.uint64, shape=shape)
    for part in job.parts:
        for first, batch in job.documents.batches(part):
            order[first : first + batch.num_rows] = ranks(batch, job.priorities)
    order.flush()


def _keep(job: _Job, out: Path) -> None:
    """keep.npy: bool[max(documents, 1)], those that matching did not drop."""
    keep = per_document(out / "keep.npy", job.documents.count, True, np.bool_)
    for batch in batches(job.dropped):
        keep[job.documents.numbers(batch["part"].to_numpy(), batch["row"].to_numpy())] = False


def _pair(job: _Job, count: int, partition: int) -> None:
    def function(out: Path) -> dict[str, int]:
        bounds = partition * FINE // count, (partition + 1) * FINE // count
        pieces = [read_partitions(folder, *bounds) for folder in job.fingerprints]
        packed = np.concatenate([np.empty((0, 2), np.uint64), *pieces])
        chosen = np.flatnonzero(recurring(packed))  # most fingerprints are unique
        records = unpack(packed[chosen])
        parts = np.searchsorted(np.cumsum([len(piece) for piece in pieces]), chosen, side="right")
        records[:, 1] += np.asarray(job.documents.starts, np.uint64)[parts]
        records = records[np.load(kept, mmap_mode="r")[records[:, 1].astype(np.int64)]]
        pairs = against_best(repeated(records), job.order())
        pairs[:, 0] <<= np.uint64(job.documents.shift)
        write_partitioned(out, pairs, count)
        return {"pairs": len(pairs)}

    kept = job.work / "keep" / "keep.npy"
    inputs = [job.work / "order" / "order.npy", kept]
    folder = job.work / "pairs" / f"{partition:05d}"
    run_task(folder, function, inputs=inputs, settings=[job.identity, count], version=VERSION)


def _agree(job: _Job, count: int, partition: int) -> None:
    def function(out: Path) -> dict[str, int]:
        keyed = read_partition(job.folders("pairs", count), partition).reshape(-1, 4)
        keyed[:, 0] >>= np.uint64(job.documents.shift)
        pairs = keyed.astype(np.int64)
        pairs = pairs[np.lexsort((pairs[:, 3], pairs[:, 2], pairs[:, 1], pairs[:, 0]))]
        places = [np.empty((0, 5), np.int64)]
        for start, end in pair_batches(pairs, job.order()):
            some = pairs[start:end]
            numbers, index = np.unique(some[:, [0, 2]], return_inverse=True)
            index = index.reshape(-1, 2)
            texts = job.documents.take("text", numbers)
            scanned = units(texts)
            newlines = paragraph_starts(*string_buffers(texts), scanned)
            local = np.column_stack([index[:, 0], some[:, 1], index[:, 1], some[:, 3]])
            found = agreements(texts, scanned, newlines, local, job.settings.span_bytes)
            good = found[:, 0] >= 0
            places.append(np.column_stack([some[:, 0], found, some[:, 1] >= PARAGRAPH, some[:, 2]])[good])
        every = np.concatenate(places)
        np.save(out / "places.npy", every)
        return {"places": len(every)}

    inputs = [folder / "records.npy" for folder in job.folders("pairs", count)]
    folder = job.work / "agree" / f"{partition:05d}"
    settings = [job.identity, partition]  # the task also reads the texts, not only the pairs
    run_task(folder, function, inputs=inputs, settings=settings, version=VERSION)


def _split(job: _Job, count: int, out: Path) -> dict[str, Any]:
    """Cut lists per part, and how many cuts of each kind there are; `contained.arrow` lists the documents that are
    contained in others.

    A partition has all places of documents that follow each other, so only the places of one partition and the cuts of
    one part are in memory.
    """
    found: Counter[str] = Counter()
    contained: list[pa.Table] = []
    pending = [CUTS.empty_table()]  # cuts of the first part that is not written yet
    written = 0
    for path in _places(job, count):
        places = np.load(path)
        contained.append(contained_documents(places, job.order(), job.settings.contained))
        # The other places were needed for containment only.
        places = places[np.where(places[:, 3] == 1, job.settings.paragraphs, job.settings.spans)]
        found["documents"] += len(np.unique(places[:, 0]))
        found.update(np.where(places[:, 3] == 1, "paragraph", "span").tolist())
        parts, table = _cuts(job, places, contained[-1]["document"].to_numpy())
        bounds = np.searchsorted(parts, np.arange(len(job.parts) + 1))
        for part in np.unique(parts).tolist():
            written = _write_cuts(out, written, part, pending)
            pending.append(table.slice(bounds[part], bounds[part + 1] - bounds[part]))
    _write_cuts(out, written, len(job.parts), pending)
    every = pa.concat_tables(contained)
    with pa.OSFile(str(out / "contained.arrow"), "wb") as sink, pa.ipc.new_file(sink, CONTAINED) as writer:
        writer.write_table(name_contained(every, job.documents))
    return {"documents": found.pop("documents"), "contained": every.num_rows} | dict(sorted(found.items()))


def _write_cuts(out: Path, first: int, last: int, pending: list[pa.Table]) -> int:
    """Write the cut lists of the parts first … last − 1: `pending`, which is emptied, is that of the first."""
    for part in range(first, last):
        (out / f"{part:05d}").mkdir()
        write_cuts(out / f"{part:05d}", pa.concat_tables(pending))
        pending[:] = [CUTS.empty_table()]
    return max(first, last)


def _cuts(job: _Job, places: np.ndarray, contained: np.ndarray) -> tuple[np.ndarray, pa.Table]:
    """The part of each cut (ascending) and the cuts (schema CUTS), of these places and contained documents."""
    whole = contained if job.settings.containment == "drop" else contained[:0]
    numbers = np.concatenate([places[:, 0], whole])
    kinds = np.append(np.where(places[:, 3] == 1, "paragraph", "span"), np.full(len(whole), "contained"))
    starts = np.append(places[:, 1], np.zeros(len(whole), np.int64))
    ends = np.append(places[:, 2], np.full(len(whole), -1))
    order = np.argsort(numbers, kind="stable")
    parts, rows = job.documents.locate(numbers[order])
    columns = rows, starts[order], ends[order], kinds[order]
    return parts, pa.table([pa.array(c, f.type) for c, f in zip(columns, CUTS, strict=True)], schema=CUTS)

"""The pieces of evaluation items that a document contains: seeds are looked up in the index while a part is cleaned.

The scan is part of the pass that reads, cleans and signs each batch of documents, when their text is in memory. Its
result is a separate task beside the cleaned part, so that with other evaluation sets nothing is cleaned again: only
then the scan reads the part once more. Both ways write the same bytes.

Cost: a quarter of a second for 100 MB of text on one core; memory for one batch and the result.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpus.contamination.index import SYLLABLES, WORDS, Table, find, load_index, seeds
from corpus.contamination.index import VERSION as INDEX_VERSION
from corpus.duplicates import shingles
from corpus.duplicates.documents import DOCUMENTS
from corpus.engine.task import file_sha256, finished, read_manifest, run_task
from corpus.kernels.units import Units, units

VERSION = 2
REACH = 2  # the covered seeds must be within so many times the length of the piece
FOUND = pa.schema(
    [
        ("row", pa.int64()),
        ("piece", pa.int32()),
        ("coverage", pa.float32()),
        ("start", pa.int64()),
        ("end", pa.int64()),
    ]
)


class Scanner:
    """The pieces of the index found in batches of documents, which are added in their order."""

    def __init__(self, index: Path, coverage: float):
        self.table, self.coverage = load_index(index), coverage
        self.wanted = with_seeds(self.table)
        self.rows = 0
        self.batches: list[pa.RecordBatch] = []

    def add(self, texts: pa.Array, scanned: Units) -> None:
        """Scan the next documents, of which `scanned` are the units."""
        pieces = covered(scanned, self.table, self.wanted, self.coverage)
        entries = [dict(zip(FOUND.names, (row + self.rows, *rest), strict=True)) for row, *rest in pieces]
        self.batches.append(pa.RecordBatch.from_pylist(entries, schema=FOUND))
        self.rows += len(texts)

    def write(self, path: Path) -> dict[str, int]:
        """Write the pieces found as an Arrow file of schema FOUND; returns the numbers of documents and pieces."""
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, FOUND) as writer:
            for batch in self.batches:
                writer.write_batch(batch)
        return {"documents": self.rows, "found": sum(batch.num_rows for batch in self.batches)}


def scan_part(part: Path, index: Path, coverage: float, out: Path, scanner: Scanner | None = None) -> Path:
    """The pieces in the documents of one part: `found.arrow` (schema FOUND) in the folder `out`, a task.

    `scanner` contains the result if the part was made just now; without it the part is read.
    """

    def function(to: Path) -> dict[str, Any]:
        return (scanner or _scan(part, index, coverage)).write(to / "found.arrow")

    run_task(out, function, **_identity(part, index, coverage))
    return out / "found.arrow"


def is_scanned(part: Path, index: Path, coverage: float, out: Path) -> bool:
    """Whether `out` holds the pieces in the documents of this part already."""
    return finished(out, **_identity(part, index, coverage)) is not None


def _identity(part: Path, index: Path, coverage: float) -> dict[str, Any]:
    """What the result of a scan depends on."""
    manifest = read_manifest(part)
    content = manifest["outputs"][DOCUMENTS]["sha256"] if manifest else file_sha256(part / DOCUMENTS)
    return {
        "inputs": [index / "seeds.npy", index / "pieces.parquet"],
        "settings": {"coverage": coverage, "documents": content},
        "version": [VERSION, INDEX_VERSION, shingles.VERSION],
    }


def _scan(part: Path, index: Path, coverage: float) -> Scanner:
    scanner = Scanner(index, coverage)
    with pa.memory_map(str(part / DOCUMENTS)) as source:
        reader = pa.ipc.open_file(source)
        for number in range(reader.num_record_batches):
            texts = reader.get_batch(number).column("text")
            scanner.add(texts, units(texts))
    return scanner


def with_seeds(table: Table) -> np.ndarray:
    """bool[pieces]: whether the piece has seeds, and most of them are its own and not of its task's template."""
    size = np.where(table.pieces["korean"].to_numpy(), SYLLABLES, WORDS)
    every = table.pieces["units"].to_numpy() - size + 1
    return (every >= 1) & (table.pieces["seeds"].to_numpy() >= 0.5 * every)


def covered(
    scanned: Units, table: Table, wanted: np.ndarray, coverage: float
) -> list[tuple[int, int, float, int, int]]:
    """(row, piece, coverage, first byte, byte after the last) of every wanted piece that is covered enough in a
    text."""
    keys = seeds(scanned)
    where, which = find(keys, table)
    keep = wanted[which]
    where, which = where[keep], which[keep]
    row_of = np.searchsorted(scanned.bounds, where, side="right") - 1
    need = table.pieces["seeds"].to_numpy()[which] * coverage
    order = np.lexsort((where, which, row_of))
    where, which, row_of, need = where[order], which[order], row_of[order], need[order]
    group = (
        np.cumsum(np.append(True, (which[1:] != which[:-1]) | (row_of[1:] != row_of[:-1]))) - 1 if len(which) else which
    )
    enough = np.bincount(group)[group] >= need if len(which) else np.zeros(0, bool)
    out: list[tuple[int, int, float, int, int]] = []
    firsts = np.flatnonzero(enough & np.append(True, group[1:] != group[:-1])[: len(group)])
    lengths = np.bincount(group) if len(group) else group
    sizes = table.pieces["units"].to_numpy()
    own = table.pieces["seeds"].to_numpy()
    for first in firsts.tolist():
        places = where[first : first + lengths[group[first]]]
        piece, row = int(which[first]), int(row_of[first])
        best, begin, end = _densest(places, keys, REACH * int(sizes[piece]))
        if best >= coverage * own[piece]:
            size = SYLLABLES if scanned.alone[end] else WORDS
            start, stop = int(scanned.starts[begin]), int(scanned.ends[end + size - 1])
            out.append((row, piece, best / own[piece], start, stop))
    return out


def _densest(places: np.ndarray, keys: np.ndarray, reach: int) -> tuple[int, int, int]:
    """The most distinct seeds within `reach` units: (their number, first unit, last unit)."""
    best, begin, end = 0, int(places[0]), int(places[0])
    seen: Counter[int] = Counter()
    left = 0
    for right, place in enumerate(places.tolist()):
        seen[int(keys[place])] += 1
        while place - places[left] > reach:
            seen[int(keys[places[left]])] -= 1
            if not seen[int(keys[places[left]])]:
                del seen[int(keys[places[left]])]
            left += 1
        if len(seen) > best:
            best, begin, end = len(seen), int(places[left]), int(places[right])
    return best, begin, end

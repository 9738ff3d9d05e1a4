"""The duplicates that a corpus drops, part by part, from the table of corpus/duplicates/join.py.

The table has a row for each dropped document of the whole corpus. It is memory-mapped, and only the rows of one part
are read at a time; where they begin, and how many documents each survivor represents, is counted once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from corpus.duplicates.documents import Documents
from corpus.duplicates.job import per_document
from corpus.engine.task import file_state, run_task
from corpus.stored import batches

VERSION = 1
BOUNDS, COPIES = "bounds.npy", "copies.npy"


@dataclass(frozen=True)
class Dropped:
    """The table of dropped documents, and the folder of what `index_dropped` counted. Small enough for a task."""

    table: Path
    folder: Path

    def rows(self, part: int) -> np.ndarray:
        """int64[n]: the dropped rows of a part, ascending."""
        first, last = np.load(self.folder / BOUNDS, mmap_mode="r")[part : part + 2].tolist()
        pieces = [np.empty(0, np.int64), *(batch["row"].to_numpy() for batch in _slices(self.table, first, last))]
        return np.concatenate(pieces)

    def count(self) -> np.ndarray:
        """int64[parts]: the dropped documents of each part."""
        return np.diff(np.load(self.folder / BOUNDS))

    def copies(self, first: int, last: int) -> np.ndarray:
        """int32[last − first]: how many documents each of these documents represents, itself included."""
        return np.array(np.load(self.folder / COPIES, mmap_mode="r")[first:last])


def index_dropped(parts: Sequence[Path], table: Path, folder: Path) -> Dropped:
    """Count where the rows of each part begin, and the copies of each survivor (4 bytes a document on disk), as a task
    in `folder`. Its memory does not depend on the number of documents."""
    documents = Documents.open(parts, signed=False)

    def function(out: Path) -> None:
        counts = np.zeros(len(parts), np.int64)
        copies = per_document(out / COPIES, documents.count, 1, np.int32)
        for batch in batches(table):
            counts += np.bincount(batch["part"].to_numpy(), minlength=len(parts))
            survivors = documents.numbers(batch["survivor_part"].to_numpy(), batch["survivor_row"].to_numpy())
            np.add.at(copies, survivors, 1)
        np.save(out / BOUNDS, np.concatenate([[0], np.cumsum(counts)]))

    run_task(folder, function, inputs=[table], settings=list(documents.starts), version=VERSION)
    return Dropped(table, folder)


def _slices(table: Path, first: int, last: int) -> Iterator[pa.RecordBatch]:
    """The rows first … last − 1 of the table."""
    starts = _starts(table, file_state(table))
    with pa.memory_map(str(table)) as source:
        reader = pa.ipc.open_file(source)
        for index in range(int(np.searchsorted(starts, first, side="right")) - 1, len(starts) - 1):
            if starts[index] >= last:
                return
            low, high = max(first, int(starts[index])), min(last, int(starts[index + 1]))
            yield reader.get_batch(index).slice(low - int(starts[index]), high - low)


@lru_cache(maxsize=8)
def _starts(table: Path, state: tuple[int, ...]) -> np.ndarray:
    return np.cumsum([0, *(batch.num_rows for batch in batches(table))])

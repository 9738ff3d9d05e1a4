"""All documents of all parts under one numbering, with random access to texts, ids and signatures from memory-mapped
files.

Document number = first number of its part + its row. Numbers, and all results made from them, do not depend on
workers. Files are opened lazily in each process, so that a job of ten thousand parts is sent as a list of paths.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.duplicates.minhash import SIGNATURES
from corpus.engine.task import file_state
from corpus.errors import UserError

DOCUMENTS = "documents.arrow"
UNKNOWN_PRIORITY = 100  # of a source that the priorities do not name; also a recipe's default


class _Part:
    """One documents.arrow, memory-mapped."""

    def __init__(self, folder: Path):
        self.reader = pa.ipc.open_file(pa.memory_map(str(folder / DOCUMENTS)))
        self.batches = self.reader.num_record_batches
        rows = [self.reader.get_batch(i).num_rows for i in range(self.batches)]
        self.starts = np.concatenate([[0], np.cumsum(rows, dtype=np.int64)]).astype(np.int64)
        self.rows = int(self.starts[-1])

    def take(self, column: str, rows: np.ndarray, of: Callable[[pa.Array], pa.Array] | None) -> pa.Array:
        """The values of a column, or of a function of it, at ascending rows."""
        bounds = np.searchsorted(rows, self.starts)
        pieces = []
        for i in np.flatnonzero(bounds[1:] > bounds[:-1]):
            values = self.reader.get_batch(i).column(column)
            chosen = pa.array(rows[bounds[i] : bounds[i + 1]] - self.starts[i], pa.int64())
            pieces.append((of(values) if of else values).take(chosen))
        return pa.concat_arrays(pieces)


def _open(folder: Path) -> _Part:
    return _open_state(folder, file_state(folder / DOCUMENTS))


def _signatures(folder: Path) -> np.ndarray:
    return _signatures_state(folder, file_state(folder / SIGNATURES))


@lru_cache(maxsize=200)  # open files per process stay below the usual limit of 1024
def _open_state(folder: Path, state: tuple[int, ...]) -> _Part:
    return _Part(folder)


@lru_cache(maxsize=200)
def _signatures_state(folder: Path, state: tuple[int, ...]) -> np.ndarray:
    return np.load(folder / SIGNATURES, mmap_mode="r")


@dataclass(frozen=True)
class Documents:
    """Parts in order, and the number of the first document of each; the last entry is the number of documents."""

    folders: tuple[Path, ...]
    starts: tuple[int, ...]

    @staticmethod
    def open(folders: Sequence[Path], signed: bool = True) -> "Documents":
        """Number the documents of these folders.

        Raises UserError where documents and signatures do not belong together.
        """
        rows = []
        for folder in folders:
            count = _open(folder).rows
            signed_rows = len(_signatures(folder)) if signed else count
            if count != signed_rows:
                raise UserError(
                    f"{folder}: {count} documents but {signed_rows} signatures; the folder is damaged. Delete it and"
                    " make it again."
                )
            rows.append(count)
        return Documents(tuple(folders), tuple(int(n) for n in np.concatenate([[0], np.cumsum(rows)])))

    @property
    def count(self) -> int:
        """How many documents there are."""
        return self.starts[-1]

    @property
    def shift(self) -> int:
        """The shift that moves document numbers to the upper bits, by which a shuffle selects partitions."""
        return 64 - max(self.count, 1).bit_length()

    def locate(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Part and row of document numbers: (int32[n], int64[n])."""
        starts = np.asarray(self.starts)
        parts = np.searchsorted(starts, numbers, side="right") - 1
        return parts.astype(np.int32), (numbers - starts[parts]).astype(np.int64)

    def take(self, column: str, numbers: np.ndarray, of: Callable[[pa.Array], pa.Array] | None = None) -> pa.Array:
        """The values of a column at ascending document numbers, or the results of `of`, a function of whole columns
        (for example their lengths)."""
        pieces = [_open(self.folders[p]).take(column, rows, of) for p, rows in self._by_part(numbers)]
        return pa.concat_arrays(pieces) if pieces else pa.array([], pa.string())

    def take_anywhere(self, column: str, numbers: np.ndarray) -> pa.Array:
        """The values of a column at document numbers in any order."""
        ascending, back = np.unique(numbers, return_inverse=True)
        return self.take(column, ascending).take(pa.array(back))

    def numbers(self, parts: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """int64[n]: the document numbers of rows of parts."""
        return np.asarray(self.starts)[parts] + rows

    def signatures(self, numbers: np.ndarray) -> np.ndarray:
        """uint32[n, permutations] at ascending document numbers."""
        return np.concatenate([_signatures(self.folders[p])[rows] for p, rows in self._by_part(numbers)])

    def blocks(self, size: int) -> list[tuple[tuple[int, int, int], ...]]:
        """All rows as blocks of about `size` documents: tuples of (part, first row, last row + 1)."""
        blocks: list[tuple[tuple[int, int, int], ...]] = []
        current: list[tuple[int, int, int]] = []
        room = size
        for part in range(len(self.folders)):
            rows, first = self.starts[part + 1] - self.starts[part], 0
            while first < rows:
                last = min(rows, first + room)
                current.append((part, first, last))
                room -= last - first
                first = last
                if room == 0:
                    blocks.append(tuple(current))
                    current, room = [], size
        return [*blocks, tuple(current)] if current else blocks

    def batches(self, part: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        """(number of the first document, record batch) of one part, in order."""
        opened = _open(self.folders[part])
        for index in range(opened.batches):
            yield self.starts[part] + int(opened.starts[index]), opened.reader.get_batch(index)

    def signature_rows(self, part: int, first: int, last: int) -> np.ndarray:
        """uint32[last − first, permutations]: a range of one part's signatures, read into memory."""
        return np.array(_signatures(self.folders[part])[first:last])

    def _by_part(self, numbers: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        parts, rows = self.locate(numbers)
        for part in np.unique(parts):
            yield int(part), rows[parts == part]


def ranks(batch: pa.RecordBatch, priorities: Mapping[str, int]) -> np.ndarray:
    """uint64[n, 2]: the order of survival as two numbers, the smaller survives: (priority, then quality descending),
    length descending.

    Length is bytes of text. Documents equal in both are ordered by id; equal records, which share an id, by their
    place.
    """
    sources = batch.column("source").dictionary_encode()
    by_source = np.array([priority(name, priorities) for name in sources.dictionary.to_pylist()], np.uint64)
    bits = np.nan_to_num(batch.column("quality").to_numpy().astype(np.float32), nan=-np.inf).view(np.uint32)
    ascending = np.where(bits >> 31, ~bits, bits | np.uint32(0x80000000))  # floats as integers of the same order
    out = np.empty((batch.num_rows, 2), np.uint64)
    out[:, 0] = (by_source[sources.indices.to_numpy()] << np.uint64(32)) | (~ascending).astype(np.uint64)
    out[:, 1] = ~pc.binary_length(batch.column("text")).to_numpy(zero_copy_only=False).astype(np.uint64)
    return out


def join_ranks(out: Path, folders: Sequence[Path], documents: Documents) -> None:
    """order.npy of all documents, uint64[max(documents, 1), 2], from the order.npy of each part's folder."""
    whole = np.lib.format.open_memmap(out / "order.npy", mode="w+", dtype=np.uint64, shape=(max(documents.count, 1), 2))
    for folder, first in zip(folders, documents.starts, strict=False):
        piece = np.load(folder / "order.npy", mmap_mode="r")
        whole[first : first + len(piece)] = piece
    whole.flush()


def priority_of(order: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """int64[n]: the priority of the sources of documents, from `ranks` of all."""
    return (order[numbers, 0] >> np.uint64(32)).astype(np.int64)


def priority(source: str, priorities: Mapping[str, int]) -> int:
    """The priority of a source; a set within a source (`pile.uspto`) has that of the source."""
    name = source
    while name not in priorities and "." in name:
        name = name.rsplit(".", 1)[0]
    return priorities.get(name, UNKNOWN_PRIORITY)


def first_of_groups(documents: Documents, order: np.ndarray, groups: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """The survivor of each group: int64[groups], from a group index 0 … per entry (ascending) and its document number.

    `order` is uint64[documents, 2] of `ranks`. Ids are fetched only where ranks tie.
    """
    first = np.append(np.flatnonzero(np.append(True, groups[1:] != groups[:-1])), len(groups))[:-1]
    sorted_by = np.lexsort((numbers, order[numbers, 1], order[numbers, 0], groups))
    ranked = numbers[sorted_by]
    best = ranked[first]
    count = np.diff(np.append(first, len(groups)))
    leader = np.repeat(best, count)
    tied = (order[ranked] == order[leader]).all(axis=1)
    contested = np.add.reduceat(tied.astype(np.int64), first) > 1
    if contested.any():
        entries = np.flatnonzero(tied & np.repeat(contested, count))
        ascending, back = np.unique(ranked[entries], return_inverse=True)
        ids = documents.take("id", ascending).take(pa.array(back))
        table = pa.table({"group": groups[entries], "id": ids, "number": ranked[entries]})
        by_id = pc.sort_indices(table, [("group", "ascending"), ("id", "ascending"), ("number", "ascending")])
        winner = table.take(by_id)
        group = winner["group"].to_numpy()
        firsts = np.flatnonzero(np.append(True, group[1:] != group[:-1]))
        best[group[firsts]] = winner["number"].to_numpy()[firsts]
    return best

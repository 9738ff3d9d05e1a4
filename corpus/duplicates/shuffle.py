"""A shuffle on disk: records of many tasks are grouped by key for many other tasks, in bounded memory.

A writing task writes one file: its records ordered by partition, and where each partition begins. A reading task
gathers its slice of every file and sorts it. Nothing here depends on the number of workers: the number of partitions
depends on the number of records.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from corpus.kernels.inner import kernel

RECORDS, BOUNDS = "records.npy", "bounds.npy"


def partitions(records: int, smallest: int) -> int:
    """The number of partitions for so many records: a power of two, so that a key's upper bits are its partition.

    Up to 32 partitions of at least `smallest` records, so that a small corpus needs little memory; then partitions of 4
    million records, about 64 MB each.
    """
    count = 1
    per_partition = min(max(records // 32, smallest), 4_000_000)
    while count * per_partition < records:
        count *= 2
    return count


def write_partitioned(folder: Path, records: np.ndarray, count: int) -> None:
    """Write uint64[n, k] records ordered by partition: the upper bits of the first column."""
    out, bounds = records, np.array([0, len(records)])
    if count > 1:
        out = np.empty_like(records)
        bounds = _by_partition(records, np.int64(count.bit_length() - 1), count, out)
    np.save(folder / RECORDS, out)
    np.save(folder / BOUNDS, bounds)


def read_partition(folders: Iterable[Path], partition: int) -> np.ndarray:
    """uint64[n, k]: one partition's records of all folders, in the order of the folders."""
    pieces = [read_partitions(folder, partition, partition + 1) for folder in folders]
    pieces = [piece for piece in pieces if len(piece)]
    return np.concatenate(pieces) if pieces else np.empty((0, 2), np.uint64)


def read_partitions(folder: Path, first: int, last: int) -> np.ndarray:
    """uint64[n, k]: the records of partitions first … last − 1 of one folder, which are side by side."""
    bounds = np.load(folder / BOUNDS)
    return np.array(np.load(folder / RECORDS, mmap_mode="r")[bounds[first] : bounds[last]])


def sort_records(records: np.ndarray) -> np.ndarray:
    """uint64[n, 2] records sorted by their first column; equal keys keep their order."""
    return _radix(records, np.empty_like(records)) if len(records) else records


@kernel
def _by_partition(records, bits, count, out):
    shift = np.uint64(64 - bits)
    bounds = np.zeros(count + 1, np.int64)
    for i in range(records.shape[0]):
        bounds[np.int64(records[i, 0] >> shift) + 1] += 1
    for p in range(count):
        bounds[p + 1] += bounds[p]
    places = bounds[:-1].copy()
    for i in range(records.shape[0]):
        partition = np.int64(records[i, 0] >> shift)
        place = places[partition]
        for column in range(records.shape[1]):  # a row at once would be a view, whose references are counted
            out[place, column] = records[i, column]
        places[partition] += 1
    return bounds


@kernel
def _radix(records, other):
    """Least significant digit first, 11 bits a pass; passes in which all digits are equal are skipped."""
    n = records.shape[0]
    counts = np.zeros((6, 2048), np.int64)
    for i in range(n):
        key = records[i, 0]
        for d in range(6):
            counts[d, np.int64((key >> np.uint64(11 * d)) & np.uint64(2047))] += 1
    source = records
    target = other
    for d in range(6):
        if counts[d].max() == n:
            continue
        total = 0
        for j in range(2048):
            c = counts[d, j]
            counts[d, j] = total
            total += c
        shift = np.uint64(11 * d)
        for i in range(n):
            digit = np.int64((source[i, 0] >> shift) & np.uint64(2047))
            place = counts[d, digit]
            target[place, 0] = source[i, 0]
            target[place, 1] = source[i, 1]
            counts[d, digit] = place + 1
        swap = source
        source = target
        target = swap
    return source

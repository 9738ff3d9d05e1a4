"""Compare two builds by the ids of their documents, one partition at a time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from corpus.changes.builds import ROW_BITS, Build, partitions_of, write_records
from corpus.duplicates.shuffle import read_partition

BEFORE, AFTER = 0, 1


@dataclass
class Differences:
    """Which documents are in both builds or in one: counts, and places in the files of the build that is named."""

    same: Counter[str] = field(default_factory=Counter)  # by source
    changed: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint64))  # after: kept in both, other text
    left: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint64))  # before: not in the other build at all
    replaced: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint64))  # before: a duplicate now
    added: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint64))  # after: not in the other build at all
    freed: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint64))  # after: was a duplicate
    # Documents of both builds that another document stays for now: its hash before and after, place before and after.
    moved: np.ndarray = field(default_factory=lambda: np.empty((0, 6), np.uint64))


def compare(before: Build, after: Build, work: Path) -> Differences:
    """What is another in `after`. Shards that both have are not read. `work` is a folder for records on disk."""
    count = partitions_of(before, after)
    builds = before, after
    both = before.same_files(after), after.same_files(before)
    folders = [write_records(builds[side], both[side], count, work / str(side)) for side in (BEFORE, AFTER)]
    found = Differences()
    for number, source in both[AFTER].items():
        found.same[source] += _rows(after.files[number])
    pieces: dict[str, list[np.ndarray]] = {}
    for partition in range(count):
        sides = [_distinct(read_partition(some, partition).reshape(-1, 6)) for some in folders]
        for name, places in _parted(*sides).items():
            if name == "same":
                files, times = np.unique(places >> np.uint64(ROW_BITS), return_counts=True)
                for file, n in zip(files.tolist(), times.tolist(), strict=True):
                    found.same[after.sources[file]] += n
            else:
                pieces.setdefault(name, []).append(places)
    for name, some in pieces.items():
        setattr(found, name, np.concatenate(some))
    return found


def _rows(path: Path) -> int:
    from corpus.shards import read_shard

    return sum(batch.num_rows for batch in read_shard(path))


def _distinct(records: np.ndarray) -> np.ndarray:
    """One record for each id, sorted: equal records share an id, and the one that is kept says most."""
    stays = (records[:, :2] == records[:, 2:4]).all(axis=1) & (records[:, 4] != 0)
    records = records[np.lexsort((records[:, 5], ~stays, records[:, 1], records[:, 0]))]
    return records[np.append(True, (records[1:, :2] != records[:-1, :2]).any(axis=1))[: len(records)]]


def _parted(before: np.ndarray, after: np.ndarray) -> dict[str, np.ndarray]:
    """The records of two builds, one for each id, as arrays of places by the fields of Differences."""
    one, two = _in_both(before, after)
    kept = [side[:, 4] != 0 for side in (before, after)]
    alone = [np.ones(len(side), bool) for side in (before, after)]
    alone[BEFORE][one], alone[AFTER][two] = False, False
    stays = kept[BEFORE][one] & kept[AFTER][two]
    equal = before[one, 4] == after[two, 4]
    moved = (before[one, 2:4] != after[two, 2:4]).any(axis=1)
    return {
        "same": after[two[stays & equal], 5],
        "changed": after[two[stays & ~equal], 5],
        "left": before[alone[BEFORE] & kept[BEFORE], 5],
        "replaced": before[one[kept[BEFORE][one] & ~kept[AFTER][two]], 5],
        "added": after[alone[AFTER] & kept[AFTER], 5],
        "freed": after[two[~kept[BEFORE][one] & kept[AFTER][two]], 5],
        "moved": np.column_stack(
            [before[one[moved], 2:4], after[two[moved], 2:4], before[one[moved], 5], after[two[moved], 5]]
        ),
    }


def _in_both(before: np.ndarray, after: np.ndarray) -> Sequence[np.ndarray]:
    """The places of the ids that both have, in each of them."""
    ids = np.concatenate([before[:, :2], after[:, :2]])
    order = np.lexsort((np.arange(len(ids)), ids[:, 1], ids[:, 0]))
    pairs = np.flatnonzero((ids[order[1:]] == ids[order[:-1]]).all(axis=1))
    return order[pairs], order[pairs + 1] - len(before)

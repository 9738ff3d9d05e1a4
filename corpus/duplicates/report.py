"""The result of matching for the report: which source repeats which, the sizes of clusters, and the largest clusters
side by side."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.duplicates.documents import Documents
from corpus.duplicates.dropped import Dropped
from corpus.stored import batches

AT_ONCE = 1_000_000  # documents whose copies are in memory at once
SHOWN = 400  # characters of each text


def describe_matches(
    parts: Sequence[Path], dropped: Dropped, counts: pa.Table, clusters: int = 10, members: int = 4
) -> dict[str, Any]:
    """The tables of a report, as JSON values.

    matrix: {"source": dropped, "survivor_source": kept, "kind", "documents", "bytes"} for every pair that occurs;
    sizes: {cluster size: clusters}, without the unique documents; largest: the `clusters` largest, each with its
    survivor and `members` of the dropped documents, from the least similar one up. `counts` from
    corpus.commit.write_duplicates. Its memory does not depend on the number of duplicates.
    """
    documents = Documents.open(parts, signed=False)
    sizes, largest = _sizes(documents, dropped, clusters)
    shown = _least_similar(documents, dropped, largest[:, 0], members)
    return {
        "matrix": _matrix(counts),
        "sizes": dict(sorted(sizes.items())),
        "largest": [
            {
                "size": size,
                "survivor": _show(documents, survivor),
                "members": [
                    _show(documents, gone) | {"kind": kind, "similarity": round(similarity, 3)}
                    for similarity, gone, kind in found
                ],
            }
            for (survivor, size), found in zip(largest.tolist(), shown, strict=True)
        ],
    }


def _sizes(documents: Documents, dropped: Dropped, clusters: int) -> tuple[Counter[int], np.ndarray]:
    """How many clusters there are of each size, and int64[clusters, 2]: survivor and size of the largest."""
    sizes: Counter[int] = Counter()
    largest = np.empty((0, 2), np.int64)
    for first in range(0, documents.count, AT_ONCE):
        copies = dropped.copies(first, min(first + AT_ONCE, documents.count))
        several = np.flatnonzero(copies > 1)
        for size, count in zip(*np.unique(copies[several], return_counts=True), strict=True):
            sizes[int(size)] += int(count)
        largest = np.concatenate([largest, np.column_stack([first + several, copies[several]])])
        largest = largest[np.lexsort((largest[:, 0], -largest[:, 1]))[:clusters]]
    return sizes, largest


def _least_similar(
    documents: Documents, dropped: Dropped, survivors: np.ndarray, members: int
) -> list[list[tuple[float, int, str]]]:
    """Of each survivor the least similar dropped documents, ascending: similarity, number, kind."""
    found: list[list[tuple[float, int, str]]] = [[] for _ in survivors]
    for batch in batches(dropped.table):
        kept = documents.numbers(batch["survivor_part"].to_numpy(), batch["survivor_row"].to_numpy())
        for mine, survivor in zip(found, survivors.tolist(), strict=True):
            rows = np.flatnonzero(kept == survivor)
            if len(rows):
                some = batch.take(pa.array(rows))
                gone = documents.numbers(some["part"].to_numpy(), some["row"].to_numpy())
                similarity = some["similarity"].to_numpy()
                least = np.lexsort((gone, similarity))[:members].tolist()
                mine += [(float(similarity[i]), int(gone[i]), some["kind"][i].as_py()) for i in least]
                mine[:] = sorted(mine)[:members]
    return found


def _matrix(counts: pa.Table) -> list[dict[str, Any]]:
    return summed(counts, ["source", "survivor_source", "kind"]).to_pylist()


def summed(table: pa.Table, keys: list[str]) -> pa.Table:
    """The sums of `documents` and `bytes`, one row for each combination of the keys, in their order."""
    grouped = table.group_by(keys, use_threads=False).aggregate([("documents", "sum"), ("bytes", "sum")])
    rows = grouped.select([*keys, "documents_sum", "bytes_sum"]).rename_columns([*keys, "documents", "bytes"])
    return rows.take(pc.sort_indices(rows, [(key, "ascending") for key in keys]))


def _show(documents: Documents, number: int) -> dict[str, str]:
    one = np.array([number])
    shown = {name: documents.take(name, one)[0].as_py() for name in ("id", "source", "origin")}
    return shown | {"text": documents.take("text", one)[0].as_py()[:SHOWN]}

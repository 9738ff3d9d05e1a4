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

SHOWN = 400  # characters of each text


def describe_matches(
    parts: Sequence[Path], duplicates: Path, counts: pa.Table, clusters: int = 10, members: int = 4
) -> dict[str, Any]:
    """The tables of a report, as JSON values.

    matrix: {"source": dropped, "survivor_source": kept, "kind", "documents", "bytes"} for every pair that occurs;
    sizes: {cluster size: clusters}, without the unique documents; largest: the `clusters` largest, each with its
    survivor and `members` of the dropped documents, from the least similar one up. `parts` and `duplicates` as in
    corpus.match.match, `counts` from corpus.commit.write_duplicates. Memory: 24 bytes a duplicate.
    """
    documents = Documents.open(parts, signed=False)
    with pa.memory_map(str(duplicates)) as file:
        table = pa.ipc.open_file(file).read_all()
    kept = documents.numbers(table["survivor_part"].to_numpy(), table["survivor_row"].to_numpy())
    numbers, sizes = np.unique(kept, return_counts=True)
    order = np.lexsort((numbers, -sizes))[:clusters]
    return {
        "matrix": _matrix(counts),
        "sizes": {int(size): count for size, count in sorted(Counter((sizes + 1).tolist()).items())},
        "largest": [
            _cluster(documents, int(numbers[i]), table.filter(pa.array(kept == numbers[i])), members) for i in order
        ],
    }


def _matrix(counts: pa.Table) -> list[dict[str, Any]]:
    return summed(counts, ["source", "survivor_source", "kind"]).to_pylist()


def summed(table: pa.Table, keys: list[str]) -> pa.Table:
    """The sums of `documents` and `bytes`, one row for each combination of the keys, in their order."""
    grouped = table.group_by(keys, use_threads=False).aggregate([("documents", "sum"), ("bytes", "sum")])
    rows = grouped.select([*keys, "documents_sum", "bytes_sum"]).rename_columns([*keys, "documents", "bytes"])
    return rows.take(pc.sort_indices(rows, [(key, "ascending") for key in keys]))


def _cluster(documents: Documents, survivor: int, rows: pa.Table, members: int) -> dict[str, Any]:
    gone = documents.numbers(rows["part"].to_numpy(), rows["row"].to_numpy())
    similarity = rows["similarity"].to_numpy()
    chosen = np.lexsort((gone, similarity))[:members]
    return {
        "size": len(gone) + 1,
        "survivor": _show(documents, survivor),
        "members": [
            _show(documents, int(gone[i]))
            | {"kind": rows["kind"][int(i)].as_py(), "similarity": round(float(similarity[i]), 3)}
            for i in chosen
        ],
    }


def _show(documents: Documents, number: int) -> dict[str, str]:
    one = np.array([number])
    shown = {name: documents.take(name, one)[0].as_py() for name in ("id", "source", "origin")}
    return shown | {"text": documents.take("text", one)[0].as_py()[:SHOWN]}

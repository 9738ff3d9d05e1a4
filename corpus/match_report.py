"""What matching found, for people: which source repeats which, how large clusters are, and the largest ones side by side."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.match_documents import Documents

SHOWN = 400  # characters of each text


def describe_matches(parts: Sequence[Path], duplicates: Path, clusters: int = 10, members: int = 4) -> dict[str, Any]:
    """The tables of a report, as JSON values.

    matrix: {"source": dropped, "survivor_source": kept, "kind", "documents", "bytes"} for every pair that occurs;
    sizes: {cluster size: clusters}, without the unique documents; largest: the `clusters` largest, each with its survivor and
    `members` of the dropped documents, from the least similar one up. `parts` and `duplicates` as in corpus.match.match.
    """
    documents = Documents.open(parts)
    starts = np.asarray(documents.starts)
    with pa.OSFile(str(duplicates)) as file:
        table = pa.ipc.open_file(file).read_all()
    gone = starts[table["part"].to_numpy()] + table["row"].to_numpy()
    kept = starts[table["survivor_part"].to_numpy()] + table["survivor_row"].to_numpy()
    numbers, sizes = np.unique(kept, return_counts=True)
    order = np.lexsort((numbers, -sizes))[:clusters]
    return {
        "matrix": _matrix(documents, gone, kept, table["kind"]),
        "sizes": {int(size): count for size, count in sorted(Counter((sizes + 1).tolist()).items())},
        "largest": [
            _cluster(
                documents,
                int(numbers[i]),
                gone[kept == numbers[i]],
                table.filter(pa.array(kept == numbers[i])),
                members,
            )
            for i in order
        ],
    }


def _matrix(documents: Documents, gone: np.ndarray, kept: np.ndarray, kinds: pa.ChunkedArray) -> list[dict[str, Any]]:
    if not len(gone):
        return []
    lengths = pc.binary_length(documents.take("text", gone))
    columns = {
        "source": documents.take("source", gone),
        "survivor_source": _take(documents, "source", kept),
        "kind": kinds,
        "bytes": lengths,
    }
    keys = ["source", "survivor_source", "kind"]
    grouped = pa.table(columns).group_by(keys).aggregate([("bytes", "count"), ("bytes", "sum")])
    rows = grouped.rename_columns([*keys, "documents", "bytes"]).sort_by([(key, "ascending") for key in keys])
    return rows.to_pylist()


def _take(documents: Documents, column: str, numbers: np.ndarray) -> pa.Array:
    """The values of a column at document numbers in any order."""
    ascending, back = np.unique(numbers, return_inverse=True)
    return documents.take(column, ascending).take(pa.array(back))


def _cluster(documents: Documents, survivor: int, gone: np.ndarray, rows: pa.Table, members: int) -> dict[str, Any]:
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

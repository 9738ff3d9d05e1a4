"""Documents that are in longer ones: which, how much of them, and where."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.duplicates.documents import Documents

CONTAINED = pa.schema(
    [
        ("id", pa.string()),
        ("container", pa.string()),
        ("share", pa.float32()),
        ("bytes", pa.int64()),
        ("source", pa.string()),
        ("container_source", pa.string()),
        ("origin", pa.string()),
        ("container_origin", pa.string()),
    ]
)


def contained_documents(places: np.ndarray, order: np.ndarray, least: float) -> pa.Table:
    """document, share (of its bytes that are elsewhere), container (the document that has most of its spans).

    `places` int64[n, 5]: document, first byte, byte after the last, whether it is a paragraph, the other document;
    `order` is uint64[documents, 2] of corpus/duplicates/documents.ranks. Documents with at least the share `least`.
    """
    places = places[np.lexsort((places[:, 1], places[:, 0]))]
    documents, index = np.unique(places[:, 0], return_inverse=True)
    base = index << 40  # so the ends of one document are never in the next document's range
    reached = np.concatenate([[0], np.maximum.accumulate(base + places[:, 2])])[:-1] if len(places) else base
    fresh = np.maximum(base + places[:, 2] - np.maximum(base + places[:, 1], reached), 0)
    share = np.bincount(index, weights=fresh, minlength=len(documents)) / (~order[documents, 1]).astype(np.int64)
    pairs, sizes = np.unique(places[:, [0, 4]], axis=0, return_counts=True)
    most = pairs[np.lexsort((-sizes, pairs[:, 0]))]
    first = np.append(True, most[1:, 0] != most[:-1, 0])[: len(most)]
    chosen = share >= least
    columns = {"document": documents, "share": share.astype(np.float32), "container": most[first, 1]}
    return pa.table({name: pa.array(values[chosen]) for name, values in columns.items()})


def name_contained(contained: pa.Table, documents: Documents) -> pa.Table:
    """The contained documents and their containers by name, the longest first."""
    numbers, containers = contained["document"].to_numpy(), contained["container"].to_numpy()
    columns = {
        "share": contained["share"],
        "bytes": documents.take("text", numbers, pc.binary_length).cast(pa.int64()),
        "container": documents.take_anywhere("id", containers),
    }
    columns |= {name: documents.take(name, numbers) for name in ("id", "source", "origin")}
    columns |= {f"container_{name}": documents.take_anywhere(name, containers) for name in ("source", "origin")}
    table = pa.table([columns[name] for name in CONTAINED.names], schema=CONTAINED)
    order = [("bytes", "descending"), ("id", "ascending"), ("origin", "ascending")]
    return table.take(pc.sort_indices(table, order))

"""From verified edges to the list of duplicates, without ever having all edges in memory.

    join      here            union-find over a memory-mapped label per document, partition of edges by partition
    route     per partition   edges, shuffled by the label of their component
    assign    per partition   whole components: survivors, chains cut (corpus/duplicates/clusters.py)
    result    here            duplicates in the order of the documents, AT_ONCE documents at a time

`join` writes eight bytes a document to disk. A component is never split, so the largest one determines the memory of
`assign`: about 100 bytes an edge.
"""

from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from corpus.duplicates import clusters
from corpus.duplicates.documents import first_of_groups, priority_of
from corpus.duplicates.job import Job, per_document
from corpus.duplicates.shuffle import read_partition, write_partitioned
from corpus.duplicates.verify import compare

AT_ONCE = 1_000_000  # documents whose duplicates are written at once
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd; labels are small numbers, and their products fill the upper bits
DUPLICATES = pa.schema(
    [
        ("part", pa.int32()),
        ("row", pa.int64()),
        ("survivor_part", pa.int32()),
        ("survivor_row", pa.int64()),
        ("kind", pa.string()),
        ("similarity", pa.float32()),
    ]
)


def join(job: Job, out: Path) -> None:
    """labels.npy: the smallest document number of each document's component."""
    labels = per_document(out / "labels.npy", job.documents.count, None, np.int64)
    for first in range(0, len(labels), AT_ONCE):
        labels[first : first + AT_ONCE] = np.arange(first, min(first + AT_ONCE, len(labels)))
    for folder in job.folders("verify", job.band_partitions):
        clusters.unite(labels, np.load(folder / "edges.npy"))
    clusters.point_to_smallest(labels)


def route(job: Job, partition: int, out: Path) -> None:
    """The edges of one partition, shuffled by component."""
    folder = job.work / "verify" / f"{partition:05d}"
    edges, similarity = np.load(folder / "edges.npy"), np.load(folder / "similarity.npy")
    records = np.empty((len(edges), 4), np.uint64)
    records[:, 0] = job.load("join/labels.npy")[edges[:, 0]].astype(np.uint64) * MULTIPLIER
    records[:, 1:3] = edges
    records[:, 3] = similarity.view(np.uint32)
    write_partitioned(out, records, job.band_partitions)


def assign(job: Job, partition: int, out: Path) -> dict[str, int]:
    """The dropped documents of the components of one partition, and their survivors."""
    records = read_partition(job.folders("route", job.band_partitions), partition).reshape(-1, 4)
    edges, similarity = records[:, 1:3].astype(np.int64), records[:, 3].astype(np.uint32).view(np.float32)
    del records
    survivors = partial(first_of_groups, job.documents, job.order())
    gone, kept, similar = clusters.assign(
        edges,
        similarity,
        partial(priority_of, job.order()),
        survivors,
        partial(compare, job),
        central=job.settings.survivor == "central",
    )
    np.save(out / "pairs.npy", np.column_stack([gone, kept]))
    np.save(out / "similarity.npy", similar)
    return {"near": len(gone), "edges": len(edges)}


def result(job: Job, out: Path) -> dict[str, int]:
    """duplicates.arrow (schema DUPLICATES), and how many there are."""
    count = job.documents.count
    survivor = per_document(out / "survivor.npy", count, -1, np.int64)
    similarity = per_document(out / "similarity.npy", count, 1, np.float32)
    for folder in job.folders("assign", job.band_partitions):
        pairs = np.load(folder / "pairs.npy")
        survivor[pairs[:, 0]] = pairs[:, 1]
        similarity[pairs[:, 0]] = np.load(folder / "similarity.npy")
    exact = job.load("unique/survivor.npy")
    found = {"exact": 0, "near": 0}
    with pa.OSFile(str(out / "duplicates.arrow"), "wb") as sink, pa.ipc.new_file(sink, DUPLICATES) as writer:
        for first in range(0, count, AT_ONCE):
            numbers, kept, similar, equal = _of(slice(first, first + AT_ONCE), survivor, similarity, exact)
            kinds = pa.DictionaryArray.from_arrays(equal.astype(np.int8), ["near", "exact"]).cast(pa.string())
            places = job.documents.locate(numbers + first), job.documents.locate(kept)
            columns = [*places[0], *places[1], kinds, similar]
            arrays = [pa.array(c, f.type) for c, f in zip(columns, DUPLICATES, strict=True)]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=DUPLICATES))
            found["exact"] += int(equal.sum())
            found["near"] += int((~equal).sum())
    for name in ("survivor.npy", "similarity.npy"):
        (out / name).unlink()
    return {"documents": count, **found}


def _of(
    block: slice, survivor: np.ndarray, similarity: np.ndarray, exact: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The duplicates among a block of documents: (place in the block, survivor, similarity, whether it is exact).

    The survivor of an exact duplicate may be a near-duplicate itself: then both get its survivor.
    """
    direct = exact[block]
    equal = direct >= 0
    through = survivor[np.where(equal, direct, 0)]
    kept = np.where(equal, np.where(through >= 0, through, direct), survivor[block])
    similar = np.where(equal, similarity[np.where(equal, direct, 0)], similarity[block])
    numbers = np.flatnonzero(kept >= 0)
    return numbers, kept[numbers], similar[numbers], equal[numbers]

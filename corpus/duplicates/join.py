"""From verified edges to the list of duplicates, without all edges ever being in one place.

    join      here            union-find over a memory-mapped label per document, partition of edges by partition
    route     per partition   edges, shuffled by the label of their component
    assign    per partition   whole components: survivors, chains cut (corpus/duplicates/clusters.py)
    result    here            duplicates in the order of the documents, a stretch at a time

What `join` keeps is eight bytes a document on disk. A component is never split, so the largest one decides how much
memory `assign` takes: about 100 bytes an edge of it.
"""

from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from corpus.duplicates import clusters
from corpus.duplicates.documents import first_of_groups, priority_of
from corpus.duplicates.plan import Plan, per_document
from corpus.duplicates.shuffle import read_partition, write_partitioned
from corpus.duplicates.verify import compare

STRETCH = 1_000_000  # documents whose duplicates are written at once
SPREAD = np.uint64(0x9E3779B97F4A7C15)  # labels are small numbers; times this (odd) they fill the upper bits
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


def join(plan: Plan, out: Path) -> None:
    """labels.npy: the smallest document number of each document's component."""
    labels = per_document(out / "labels.npy", plan.documents.count, None, np.int64)
    for first in range(0, len(labels), STRETCH):
        labels[first : first + STRETCH] = np.arange(first, min(first + STRETCH, len(labels)))
    for folder in plan.folders("verify", plan.band_partitions):
        clusters.unite(labels, np.load(folder / "edges.npy"))
    clusters.point_to_smallest(labels)


def route(plan: Plan, partition: int, out: Path) -> None:
    """The edges of one partition, shuffled by component."""
    folder = plan.work / "verify" / f"{partition:05d}"
    edges, similarity = np.load(folder / "edges.npy"), np.load(folder / "similarity.npy")
    records = np.empty((len(edges), 4), np.uint64)
    records[:, 0] = plan.load("join/labels.npy")[edges[:, 0]].astype(np.uint64) * SPREAD
    records[:, 1:3] = edges
    records[:, 3] = similarity.view(np.uint32)
    write_partitioned(out, records, plan.band_partitions)


def assign(plan: Plan, partition: int, out: Path) -> dict[str, int]:
    """Who is dropped for whom in the components of one partition."""
    records = read_partition(plan.folders("route", plan.band_partitions), partition).reshape(-1, 4)
    edges, similarity = records[:, 1:3].astype(np.int64), records[:, 3].astype(np.uint32).view(np.float32)
    del records
    survivors = partial(first_of_groups, plan.documents, plan.order())
    gone, kept, similar = clusters.assign(
        edges,
        similarity,
        partial(priority_of, plan.order()),
        survivors,
        partial(compare, plan),
        central=plan.settings.survivor == "central",
    )
    np.save(out / "pairs.npy", np.column_stack([gone, kept]))
    np.save(out / "similarity.npy", similar)
    return {"near": len(gone), "edges": len(edges)}


def result(plan: Plan, out: Path) -> dict[str, int]:
    """duplicates.arrow (schema DUPLICATES), and how many there are."""
    count = plan.documents.count
    survivor = per_document(out / "survivor.npy", count, -1, np.int64)
    similarity = per_document(out / "similarity.npy", count, 1, np.float32)
    for folder in plan.folders("assign", plan.band_partitions):
        pairs = np.load(folder / "pairs.npy")
        survivor[pairs[:, 0]] = pairs[:, 1]
        similarity[pairs[:, 0]] = np.load(folder / "similarity.npy")
    exact = plan.load("unique/survivor.npy")
    found = {"exact": 0, "near": 0}
    with pa.OSFile(str(out / "duplicates.arrow"), "wb") as sink, pa.ipc.new_file(sink, DUPLICATES) as writer:
        for first in range(0, count, STRETCH):
            numbers, kept, similar, equal = _of(slice(first, first + STRETCH), survivor, similarity, exact)
            kinds = pa.DictionaryArray.from_arrays(equal.astype(np.int8), ["near", "exact"]).cast(pa.string())
            places = plan.documents.locate(numbers + first), plan.documents.locate(kept)
            columns = [*places[0], *places[1], kinds, similar]
            arrays = [pa.array(c, f.type) for c, f in zip(columns, DUPLICATES, strict=True)]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=DUPLICATES))
            found["exact"] += int(equal.sum())
            found["near"] += int((~equal).sum())
    for name in ("survivor.npy", "similarity.npy"):
        (out / name).unlink()
    return {"documents": count, **found}


def _of(
    stretch: slice, survivor: np.ndarray, similarity: np.ndarray, exact: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The duplicates among a stretch of documents: (place in it, survivor, similarity, is it an exact one?).

    The survivor of an exact duplicate may be a near-duplicate itself: then both have its survivor.
    """
    direct = exact[stretch]
    equal = direct >= 0
    through = survivor[np.where(equal, direct, 0)]
    kept = np.where(equal, np.where(through >= 0, through, direct), survivor[stretch])
    similar = np.where(equal, similarity[np.where(equal, direct, 0)], similarity[stretch])
    numbers = np.flatnonzero(kept >= 0)
    return numbers, kept[numbers], similar[numbers], equal[numbers]

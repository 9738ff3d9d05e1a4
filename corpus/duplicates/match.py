"""Match: find the duplicates of a whole corpus, on disk and in bounded memory.

    ranks        per part        the order of survival; 128-bit hashes of the texts, shuffled
    exact        per partition   equal hashes: one survivor for each hash
    bands        per block       LSH keys of the signatures of the documents left, shuffled
    candidates   per partition   documents that share a key, as pairs, shuffled by their loser
    verify       per partition   exact Jaccard similarity on the texts: edges
    join …       per partition   components, survivors, chains cut (corpus/duplicates/join.py)

Every step is a task whose result depends only on the documents and the settings, so a killed match continues where it
stopped, and any number of workers gives the same bytes. Arrays with an entry per document are memory-mapped files (52
bytes a document on disk); only one block or partition at a time is in memory.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from corpus.duplicates.candidates import band_records, band_shape, candidate_pairs
from corpus.duplicates.documents import DOCUMENTS, Documents, first_of_groups, join_ranks, ranks
from corpus.duplicates.job import VERSION, Job, per_document
from corpus.duplicates.job import MatchSettings as MatchSettings
from corpus.duplicates.join import DUPLICATES as DUPLICATES
from corpus.duplicates.join import assign, join, result, route
from corpus.duplicates.minhash import SIGNATURES, describe, is_empty, read_sketches
from corpus.duplicates.shuffle import read_partition, sort_records, write_partitioned
from corpus.duplicates.verify import compare, plausible
from corpus.engine.local import Engine
from corpus.engine.task import file_sha256, finished, read_manifest, settings_sha256

SIGNED = 25_000  # documents whose signatures are in memory at once: 13 MB
PHASES = ("ranks", "order", "exact", "unique", "bands", "candidates", "verify", "join", "route", "assign")


def match(
    parts: Sequence[Path],
    settings: MatchSettings,
    engine: Engine,
    work: Path,
    priorities: Mapping[str, int],
    *,
    durable: bool = True,
) -> Path:
    """Find the duplicates among the documents of `parts`; returns the path of an Arrow IPC file of schema DUPLICATES.

    One row per document to drop, sorted by (part, row), with its survivor, the kind ("exact", "near") and the exact
    similarity to it. Of duplicates the one with the smallest (priority number of its source, −verified pairs, −quality,
    −length, id) survives; a survivor is never dropped itself. Documents without shingles (blank ones) can only be exact
    duplicates. Each part contains `documents.arrow` (Arrow IPC file: SCHEMA, `hash` binary(16), `quality` float32) and
    the files of minhash.write_signatures. Raises UserError if signatures have different settings or versions.
    `durable` as in corpus/engine/task.py.
    """
    shingling, hashing = read_sketches(parts)
    identity = [
        VERSION,
        describe(shingling, hashing),
        settings.model_dump(),
        dict(priorities),
        [_content(p, durable) for p in parts],
    ]
    content = settings_sha256(identity)
    done = finished(work / "result", inputs=(), settings=content, version=VERSION)
    if done is None:
        bands, rows = band_shape(settings.threshold, hashing.permutations, settings.caution)
        documents = Documents.open(parts)
        job = Job(
            documents, settings, shingling, hashing.permutations, bands, rows, dict(priorities), work, content, durable
        )
        _run(job, engine)
    return work / "result" / "duplicates.arrow"


def _run(job: Job, engine: Engine) -> None:
    def each(phase: str, stage: Callable[[Job, int, Path], Any], count: int) -> None:
        for _ in engine.map(partial(job.part, phase, stage), range(count), name=f"match: {phase}"):
            pass

    each("ranks", _rank, len(job.documents.folders))
    job.task("order", _join_ranks)
    each("exact", _exact, job.exact_partitions)
    job.task("unique", _join_exact)
    each("bands", _band, len(job.documents.blocks(job.block)))
    each("candidates", _candidates, job.band_partitions)
    each("verify", _verify, job.band_partitions)
    job.task("join", join)
    each("route", route, job.band_partitions)
    each("assign", assign, job.band_partitions)
    job.task("result", result)
    for phase in PHASES:
        shutil.rmtree(job.work / phase, ignore_errors=True)


def _content(part: Path, durable: bool) -> dict[str, Any]:
    """SHA-256 of a part's files: from the manifest of the task that made them, if there is one.

    For temporary parts (not `durable`) path and modification time are enough.
    """
    manifest = read_manifest(part)
    names = (DOCUMENTS, SIGNATURES)
    if not durable:
        return {str(part / name): (part / name).stat().st_mtime_ns for name in names}
    if manifest and all(name in manifest["outputs"] for name in names):
        return {name: manifest["outputs"][name]["sha256"] for name in names}
    return {name: file_sha256(part / name) for name in names}


def _rank(job: Job, part: int, out: Path) -> None:
    rows = job.documents.starts[part + 1] - job.documents.starts[part]
    order, records = np.empty((rows, 2), np.uint64), np.empty((rows, 3), np.uint64)
    for first, batch in job.documents.batches(part):
        place = slice(first - job.documents.starts[part], first - job.documents.starts[part] + batch.num_rows)
        order[place] = ranks(batch, job.priorities)
        hashes = batch.column("hash")
        words = np.frombuffer(hashes.buffers()[1], np.uint64)[2 * hashes.offset :][: 2 * len(hashes)]
        records[place, :2] = words.reshape(-1, 2)
        records[place, 2] = np.arange(first, first + batch.num_rows)
    np.save(out / "order.npy", order)
    write_partitioned(out, records, job.exact_partitions)


def _join_ranks(job: Job, out: Path) -> None:
    join_ranks(out, job.folders("ranks", len(job.documents.folders)), job.documents)


def _exact(job: Job, partition: int, out: Path) -> None:
    records = read_partition(job.folders("ranks", len(job.documents.folders)), partition).reshape(-1, 3)
    records = records[np.lexsort((records[:, 2], records[:, 1], records[:, 0]))]
    new = np.append(True, (records[1:, :2] != records[:-1, :2]).any(axis=1))[: len(records)]
    groups = np.cumsum(new) - 1
    shared = np.bincount(groups, minlength=1)[groups] > 1 if len(records) else np.zeros(0, bool)
    groups, numbers = groups[shared], records[shared, 2].astype(np.int64)
    _, groups = np.unique(groups, return_inverse=True)
    best = first_of_groups(job.documents, job.order(), groups, numbers) if len(groups) else numbers
    kept = best[groups] if len(groups) else numbers
    np.save(out / "dropped.npy", np.column_stack([numbers, kept])[numbers != kept])


def _join_exact(job: Job, out: Path) -> None:
    """survivor.npy: for each document the document that it repeats exactly, or −1."""
    survivor = per_document(out / "survivor.npy", job.documents.count, -1, np.int64)
    for folder in job.folders("exact", job.exact_partitions):
        dropped = np.load(folder / "dropped.npy")
        survivor[dropped[:, 0]] = dropped[:, 1]


def _band(job: Job, block: int, out: Path) -> None:
    exact = job.load("unique/survivor.npy")
    pieces = job.documents.blocks(job.block)[block]
    records = np.empty((sum(last - first for _, first, last in pieces) * job.bands, 2), np.uint64)
    used = 0
    for part, begin, end in pieces:
        start = job.documents.starts[part]
        for first in range(begin, end, SIGNED):
            last = min(first + SIGNED, end)
            signatures = job.documents.signature_rows(part, first, last)
            rows = np.flatnonzero(~is_empty(signatures) & (exact[start + first : start + last] < 0))
            made = band_records(signatures[rows], start + first + rows, job.bands, job.rows)
            records[used : used + len(made)] = made
            used += len(made)
    write_partitioned(out, records[:used], job.band_partitions)


def _candidates(job: Job, partition: int, out: Path) -> dict[str, int]:
    blocks = len(job.documents.blocks(job.block))
    records = sort_records(read_partition(job.folders("bands", blocks), partition))
    pairs = _distinct(candidate_pairs(records, job.order()))
    del records
    keyed = pairs.astype(np.uint64)
    keyed[:, 0] <<= np.uint64(job.documents.shift)
    write_partitioned(out, keyed, job.band_partitions)
    return {"candidates": len(pairs)}


def _verify(job: Job, partition: int, out: Path) -> dict[str, int]:
    keyed = read_partition(job.folders("candidates", job.band_partitions), partition)
    keyed[:, 0] >>= np.uint64(job.documents.shift)
    pairs = _distinct(keyed.astype(np.int64))
    likely = plausible(job.documents, pairs, job.floor)
    similarity, verified = compare(job, likely)
    np.save(out / "edges.npy", likely[verified])
    np.save(out / "similarity.npy", similarity[verified])
    return {"pairs": len(pairs), "compared": len(likely), "verified": int(verified.sum())}


def _distinct(pairs: np.ndarray) -> np.ndarray:
    """int64[n, 2] sorted by both columns, each pair once."""
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    return pairs[np.append(True, (pairs[1:] != pairs[:-1]).any(axis=1))[: len(pairs)]]

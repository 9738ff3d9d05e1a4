"""Match: who duplicates whom, over the whole corpus, on disk and in bounded memory.

    ranks        per part        who would survive whom; 128-bit hashes of the texts, shuffled
    exact        per partition   equal hashes: one survivor each
    bands        per block       LSH keys of the signatures of what is left, shuffled
    candidates   per partition   documents that share a key, as pairs, shuffled by their loser
    verify       per partition   exact Jaccard similarity on the texts: edges
    join …       per partition   components, survivors, chains cut (corpus/duplicates/join.py)

Every step is a task whose result depends on the documents and settings alone, so a killed match goes on where it
stopped, and any number of workers gives the same bytes. What has an entry per document is in memory-mapped files (52
bytes a document on disk); what is in memory is one block or partition at a time.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from corpus.duplicates.candidates import band_records, band_shape, candidate_pairs
from corpus.duplicates.documents import DOCUMENTS, Documents, first_of_groups, join_ranks, ranks
from corpus.duplicates.join import DUPLICATES as DUPLICATES
from corpus.duplicates.join import assign, join, result, route
from corpus.duplicates.minhash import SIGNATURES, describe, is_empty, read_sketches
from corpus.duplicates.plan import VERSION, Plan, per_document
from corpus.duplicates.plan import MatchSettings as MatchSettings
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
    """Find the duplicates among the documents of `parts`; the path of an Arrow IPC file of schema DUPLICATES.

    One row per document to drop, sorted by (part, row), with its survivor, the kind ("exact", "near") and the exact
    similarity to it. Of duplicates the one with the smallest (priority number of its source, −verified pairs, −quality,
    −length, id) survives; a survivor is never dropped itself. Documents without shingles (blank ones) can only be exact
    duplicates. Each part holds `documents.arrow` (Arrow IPC file: SCHEMA, `hash` binary(16), `quality` float32) and
    what minhash.write_signatures wrote. Raises UserError where signatures of different settings or versions meet.
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
        plan = Plan(
            documents, settings, shingling, hashing.permutations, bands, rows, dict(priorities), work, content, durable
        )
        _run(plan, engine)
    return work / "result" / "duplicates.arrow"


def _run(plan: Plan, engine: Engine) -> None:
    def each(phase: str, stage: Callable[[Plan, int, Path], Any], count: int) -> None:
        for _ in engine.map(partial(plan.part, phase, stage), range(count), name=f"match: {phase}"):
            pass

    each("ranks", _rank, len(plan.documents.folders))
    plan.task("order", _join_ranks)
    each("exact", _exact, plan.exact_partitions)
    plan.task("unique", _join_exact)
    each("bands", _band, len(plan.documents.blocks(plan.block)))
    each("candidates", _candidates, plan.band_partitions)
    each("verify", _verify, plan.band_partitions)
    plan.task("join", join)
    each("route", route, plan.band_partitions)
    each("assign", assign, plan.band_partitions)
    plan.task("result", result)
    for phase in PHASES:
        shutil.rmtree(plan.work / phase, ignore_errors=True)


def _content(part: Path, durable: bool) -> dict[str, Any]:
    """SHA-256 of a part's files: from the manifest of the task that made them, where there is one.

    Of passing ones place and time will do.
    """
    manifest = read_manifest(part)
    names = (DOCUMENTS, SIGNATURES)
    if not durable:
        return {str(part / name): (part / name).stat().st_mtime_ns for name in names}
    if manifest and all(name in manifest["outputs"] for name in names):
        return {name: manifest["outputs"][name]["sha256"] for name in names}
    return {name: file_sha256(part / name) for name in names}


def _rank(plan: Plan, part: int, out: Path) -> None:
    rows = plan.documents.starts[part + 1] - plan.documents.starts[part]
    order, records = np.empty((rows, 2), np.uint64), np.empty((rows, 3), np.uint64)
    for first, batch in plan.documents.batches(part):
        place = slice(first - plan.documents.starts[part], first - plan.documents.starts[part] + batch.num_rows)
        order[place] = ranks(batch, plan.priorities)
        hashes = batch.column("hash")
        words = np.frombuffer(hashes.buffers()[1], np.uint64)[2 * hashes.offset :][: 2 * len(hashes)]
        records[place, :2] = words.reshape(-1, 2)
        records[place, 2] = np.arange(first, first + batch.num_rows)
    np.save(out / "order.npy", order)
    write_partitioned(out, records, plan.exact_partitions)


def _join_ranks(plan: Plan, out: Path) -> None:
    join_ranks(out, plan.folders("ranks", len(plan.documents.folders)), plan.documents)


def _exact(plan: Plan, partition: int, out: Path) -> None:
    records = read_partition(plan.folders("ranks", len(plan.documents.folders)), partition).reshape(-1, 3)
    records = records[np.lexsort((records[:, 2], records[:, 1], records[:, 0]))]
    new = np.append(True, (records[1:, :2] != records[:-1, :2]).any(axis=1))[: len(records)]
    groups = np.cumsum(new) - 1
    shared = np.bincount(groups, minlength=1)[groups] > 1 if len(records) else np.zeros(0, bool)
    groups, numbers = groups[shared], records[shared, 2].astype(np.int64)
    _, groups = np.unique(groups, return_inverse=True)
    best = first_of_groups(plan.documents, plan.order(), groups, numbers) if len(groups) else numbers
    kept = best[groups] if len(groups) else numbers
    np.save(out / "dropped.npy", np.column_stack([numbers, kept])[numbers != kept])


def _join_exact(plan: Plan, out: Path) -> None:
    """survivor.npy: for each document that which it repeats exactly, or −1."""
    survivor = per_document(out / "survivor.npy", plan.documents.count, -1, np.int64)
    for folder in plan.folders("exact", plan.exact_partitions):
        dropped = np.load(folder / "dropped.npy")
        survivor[dropped[:, 0]] = dropped[:, 1]


def _band(plan: Plan, block: int, out: Path) -> None:
    exact = plan.load("unique/survivor.npy")
    pieces = plan.documents.blocks(plan.block)[block]
    records = np.empty((sum(last - first for _, first, last in pieces) * plan.bands, 2), np.uint64)
    used = 0
    for part, begin, end in pieces:
        start = plan.documents.starts[part]
        for first in range(begin, end, SIGNED):
            last = min(first + SIGNED, end)
            signatures = plan.documents.signature_rows(part, first, last)
            rows = np.flatnonzero(~is_empty(signatures) & (exact[start + first : start + last] < 0))
            made = band_records(signatures[rows], start + first + rows, plan.bands, plan.rows)
            records[used : used + len(made)] = made
            used += len(made)
    write_partitioned(out, records[:used], plan.band_partitions)


def _candidates(plan: Plan, partition: int, out: Path) -> dict[str, int]:
    blocks = len(plan.documents.blocks(plan.block))
    records = sort_records(read_partition(plan.folders("bands", blocks), partition))
    pairs = _distinct(candidate_pairs(records, plan.order()))
    del records
    keyed = pairs.astype(np.uint64)
    keyed[:, 0] <<= np.uint64(plan.documents.shift)
    write_partitioned(out, keyed, plan.band_partitions)
    return {"candidates": len(pairs)}


def _verify(plan: Plan, partition: int, out: Path) -> dict[str, int]:
    keyed = read_partition(plan.folders("candidates", plan.band_partitions), partition)
    keyed[:, 0] >>= np.uint64(plan.documents.shift)
    pairs = _distinct(keyed.astype(np.int64))
    likely = plausible(plan.documents, pairs, plan.floor)
    similarity, verified = compare(plan, likely)
    np.save(out / "edges.npy", likely[verified])
    np.save(out / "similarity.npy", similarity[verified])
    return {"pairs": len(pairs), "compared": len(likely), "verified": int(verified.sum())}


def _distinct(pairs: np.ndarray) -> np.ndarray:
    """int64[n, 2] sorted by both columns, each pair once."""
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    return pairs[np.append(True, (pairs[1:] != pairs[:-1]).any(axis=1))[: len(pairs)]]

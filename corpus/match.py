"""Match: who duplicates whom, over the whole corpus, on disk and in bounded memory.

    ranks        per part        who would survive whom; 128-bit hashes of the texts, shuffled
    exact        per partition   equal hashes: one survivor each
    bands        per block       LSH keys of the signatures of what is left, shuffled
    candidates   per partition   documents that share a key, as pairs, shuffled by their loser
    verify       per partition   exact Jaccard similarity on the texts: edges
    clusters     here            components, survivors, chains cut (corpus/clusters.py)

Every step is a task whose result depends on the documents and settings alone, so a killed match goes on where it stopped, and any
number of workers gives the same bytes. Resident here: 16 bytes a document (memory-mapped) and 20 a verified edge.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from corpus import clusters
from corpus.engine import Engine
from corpus.match_candidates import band_records, band_shape, candidate_pairs, floor
from corpus.match_documents import DOCUMENTS, Documents, first_of_groups, ranks
from corpus.match_shuffle import partitions, read_partition, sort_records, write_partitioned
from corpus.match_verify import jaccard, overlaps, plausible
from corpus.minhash import SIGNATURES, describe, is_empty, read_sketches
from corpus.shingles import ShingleSettings
from corpus.task import file_sha256, finished, read_manifest, run_task, settings_sha256

VERSION = 2
BLOCK = 250_000  # documents whose signatures are read at once: 128 MB
PHASES = ("ranks", "order", "exact", "unique", "bands", "candidates", "verify")
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


class MatchSettings(BaseModel):
    """What counts as a duplicate."""

    model_config = ConfigDict(extra="forbid")

    # Exact Jaccard similarity of the shingle sets from which two documents are the same one. At 0.7 Korean news survive 10 % changed
    # particles or 3 % changed words, and pages of one template with other facts stay apart.
    threshold: float = Field(default=0.7, gt=0.3, le=1)
    # In a document of one or two sentences one changed name or number changes few shingles and everything else: those must be all but
    # equal. Counted in shingles of the smaller set, about one a syllable or English word.
    short: int = Field(default=100, ge=0)
    short_threshold: float = Field(default=0.9, gt=0.3, le=1)
    # Weight of a missed pair against a false candidate in datasketch's choice of bands. False ones are only verified in vain.
    caution: float = Field(default=0.98, gt=0, lt=1)
    chain_cap: int = Field(default=64, ge=2)  # larger components must be similar to the survivor one by one


@dataclass(frozen=True)
class _Plan:
    """What every task knows. `content` identifies documents and settings, in place of input files hashed by each task again."""

    documents: Documents
    settings: MatchSettings
    shingles: ShingleSettings
    permutations: int
    bands: int
    rows: int
    priorities: Mapping[str, int]
    work: Path
    content: str
    durable: bool

    @property
    def exact_partitions(self) -> int:
        return partitions(self.documents.count)

    @property
    def band_partitions(self) -> int:
        return partitions(self.documents.count * self.bands)

    @property
    def pair_shift(self) -> int:
        """Document numbers shifted so far fill the upper bits, by which a shuffle chooses partitions."""
        return 64 - max(self.documents.count, 1).bit_length()

    def order(self) -> np.ndarray:
        """uint64[documents, 2] of `ranks`, memory-mapped."""
        return np.asarray(np.load(self.work / "order" / "order.npy", mmap_mode="r"))

    def folders(self, phase: str, count: int) -> list[Path]:
        return [self.work / phase / f"{index:05d}" for index in range(count)]


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

    One row per document to drop, sorted by (part, row), with its survivor, the kind ("exact", "near") and the exact similarity to
    it. Of duplicates the one with the smallest (priority number of its source, −quality, −length, id) survives; a survivor is never
    dropped itself. Documents without shingles (blank ones) can only be exact duplicates. Each part holds `documents.arrow` (Arrow
    IPC file: SCHEMA, `hash` binary(16), `quality` float32) and what minhash.write_signatures wrote. Raises UserError where
    signatures of different settings or versions meet. `durable` as in corpus/task.py.
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
        plan = _Plan(
            documents, settings, shingling, hashing.permutations, bands, rows, dict(priorities), work, content, durable
        )
        _run(plan, engine)
    return work / "result" / "duplicates.arrow"


def _run(plan: _Plan, engine: Engine) -> None:
    count = len(plan.documents.folders)
    _map(engine, "ranks", partial(_rank, plan), count)
    _task(plan, "order", partial(_join_ranks, plan))
    _map(engine, "exact", partial(_exact, plan), plan.exact_partitions)
    _task(plan, "unique", partial(_join_exact, plan))
    blocks = plan.documents.blocks(BLOCK)
    _map(engine, "bands", partial(_band, plan, blocks), len(blocks))
    _map(engine, "candidates", partial(_candidates, plan, len(blocks)), plan.band_partitions)
    _map(engine, "verify", partial(_verify, plan), plan.band_partitions)
    _task(plan, "result", partial(_result, plan, engine))
    for phase in PHASES:
        shutil.rmtree(plan.work / phase, ignore_errors=True)


def _map(engine: Engine, name: str, function: Any, count: int) -> None:
    for _ in engine.map(function, range(count), name=f"match: {name}"):
        pass


def _task(plan: _Plan, folder: str, function: Any) -> dict[str, Any]:
    return run_task(plan.work / folder, function, settings=plan.content, version=VERSION, durable=plan.durable).result


def _content(part: Path, durable: bool) -> dict[str, Any]:
    """SHA-256 of a part's files: from the manifest of the task that made them, where there is one. Of passing ones place and time will do."""
    manifest = read_manifest(part)
    names = (DOCUMENTS, SIGNATURES)
    if not durable:
        return {str(part / name): (part / name).stat().st_mtime_ns for name in names}
    if manifest and all(name in manifest["outputs"] for name in names):
        return {name: manifest["outputs"][name]["sha256"] for name in names}
    return {name: file_sha256(part / name) for name in names}


def _rank(plan: _Plan, part: int) -> None:
    def function(out: Path) -> None:
        order, records = [np.empty((0, 2), np.uint64)], [np.empty((0, 3), np.uint64)]
        for first, batch in plan.documents.batches(part):
            order.append(ranks(batch, plan.priorities))
            hashes = batch.column("hash")
            words = np.frombuffer(hashes.buffers()[1], np.uint64)[2 * hashes.offset :][: 2 * len(hashes)].reshape(-1, 2)
            numbers = np.arange(first, first + batch.num_rows, dtype=np.uint64)
            records.append(np.column_stack([words, numbers]))
        np.save(out / "order.npy", np.concatenate(order))
        write_partitioned(out, np.concatenate(records), plan.exact_partitions)

    _task(plan, f"ranks/{part:05d}", function)


def _join_ranks(plan: _Plan, out: Path) -> None:
    whole = np.lib.format.open_memmap(
        out / "order.npy", mode="w+", dtype=np.uint64, shape=(max(plan.documents.count, 1), 2)
    )
    for folder, first in zip(plan.folders("ranks", len(plan.documents.folders)), plan.documents.starts, strict=False):
        piece = np.load(folder / "order.npy", mmap_mode="r")
        whole[first : first + len(piece)] = piece
    whole.flush()


def _exact(plan: _Plan, partition: int) -> None:
    def function(out: Path) -> None:
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

    _task(plan, f"exact/{partition:05d}", function)


def _join_exact(plan: _Plan, out: Path) -> None:
    dropped = np.concatenate([np.load(f / "dropped.npy") for f in plan.folders("exact", plan.exact_partitions)])
    np.save(out / "dropped.npy", dropped[np.argsort(dropped[:, 0])])


def _exact_duplicates(plan: _Plan) -> np.ndarray:
    """int64[n, 2]: exact duplicates and their survivors, ascending."""
    return np.load(plan.work / "unique" / "dropped.npy", mmap_mode="r")


def _band(plan: _Plan, blocks: list[tuple[tuple[int, int, int], ...]], block: int) -> None:
    def function(out: Path) -> None:
        dropped = _exact_duplicates(plan)[:, 0]
        pieces = [np.empty((0, 2), np.uint64)]
        for part, first, last in blocks[block]:
            start = plan.documents.starts[part]
            signatures = plan.documents.signature_rows(part, first, last)
            keep = ~is_empty(signatures)
            low, high = np.searchsorted(dropped, [start + first, start + last])
            keep[dropped[low:high] - (start + first)] = False
            rows = np.flatnonzero(keep)
            pieces.append(band_records(signatures[rows], start + first + rows, plan.bands, plan.rows))
        write_partitioned(out, np.concatenate(pieces), plan.band_partitions)

    _task(plan, f"bands/{block:05d}", function)


def _candidates(plan: _Plan, blocks: int, partition: int) -> None:
    def function(out: Path) -> dict[str, int]:
        records = sort_records(read_partition(plan.folders("bands", blocks), partition))
        pairs = _distinct(candidate_pairs(records, plan.order()))
        keyed = pairs.astype(np.uint64)
        keyed[:, 0] <<= np.uint64(plan.pair_shift)
        write_partitioned(out, keyed, plan.band_partitions)
        return {"candidates": len(pairs)}

    _task(plan, f"candidates/{partition:05d}", function)


def _verify(plan: _Plan, partition: int) -> None:
    def function(out: Path) -> dict[str, int]:
        keyed = read_partition(plan.folders("candidates", plan.band_partitions), partition)
        keyed[:, 0] >>= np.uint64(plan.pair_shift)
        pairs = _distinct(keyed.astype(np.int64))
        likely = plausible(plan.documents, pairs, floor(plan.settings.threshold, plan.permutations))
        similarity, verified = _compare(plan, likely)
        np.save(out / "edges.npy", likely[verified])
        np.save(out / "similarity.npy", similarity[verified])
        return {"pairs": len(pairs), "compared": len(likely), "verified": int(verified.sum())}

    _task(plan, f"verify/{partition:05d}", function)


def _distinct(pairs: np.ndarray) -> np.ndarray:
    """int64[n, 2] sorted by both columns, each pair once."""
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    return pairs[np.append(True, (pairs[1:] != pairs[:-1]).any(axis=1))[: len(pairs)]]


def _compare(plan: _Plan, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Exact Jaccard similarity of pairs, and whether it makes them duplicates: (float32[n], bool[n])."""
    counts = overlaps(plan.documents, pairs, plan.order(), plan.shingles)
    similarity = jaccard(counts)
    short = counts[:, :2].min(axis=1, initial=np.iinfo(np.int64).max) < plan.settings.short
    least = np.where(short, plan.settings.short_threshold, plan.settings.threshold).astype(np.float32)
    return similarity, similarity >= least


def _pairs(chunk: np.ndarray) -> str:
    return f"{len(chunk)} pairs"


def _result(plan: _Plan, engine: Engine, out: Path) -> dict[str, int]:
    folders = plan.folders("verify", plan.band_partitions)
    edges = np.concatenate([np.load(f / "edges.npy") for f in folders])
    similarity = np.concatenate([np.load(f / "similarity.npy") for f in folders])

    def verify(pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        chunks = [pairs[i : i + 20_000] for i in range(0, len(pairs), 20_000)]
        compared = engine.map(partial(_compare, plan), chunks, name="match: survivors", describe=_pairs)
        similar, enough = zip(*compared, strict=True)
        return np.concatenate(similar), np.concatenate(enough)

    survivors = partial(first_of_groups, plan.documents, plan.order())
    gone, kept, similar = clusters.assign(edges, similarity, plan.settings.chain_cap, survivors, verify)
    exact = np.array(_exact_duplicates(plan))
    place = np.minimum(np.searchsorted(gone, exact[:, 1]), max(len(gone) - 1, 0))
    moved = gone[place] == exact[:, 1] if len(gone) else np.zeros(len(exact), bool)
    final, alike = exact[:, 1].copy(), np.ones(len(exact), np.float32)
    final[moved], alike[moved] = kept[place[moved]], similar[place[moved]]
    _write(
        plan,
        out,
        np.concatenate([exact[:, 0], gone]),
        np.concatenate([final, kept]),
        len(exact),
        np.concatenate([alike, similar]),
    )
    return {"documents": plan.documents.count, "exact": len(exact), "near": len(gone), "edges": len(edges)}


def _write(plan: _Plan, out: Path, dropped: np.ndarray, kept: np.ndarray, exact: int, similarity: np.ndarray) -> None:
    order = np.argsort(dropped)
    kinds = np.where(order < exact, "exact", "near")
    columns = [*plan.documents.locate(dropped[order]), *plan.documents.locate(kept[order]), kinds, similarity[order]]
    table = pa.table([pa.array(c, f.type) for c, f in zip(columns, DUPLICATES, strict=True)], schema=DUPLICATES)
    with pa.OSFile(str(out / "duplicates.arrow"), "wb") as sink, pa.ipc.new_file(sink, DUPLICATES) as writer:
        writer.write_table(table, max_chunksize=1_000_000)

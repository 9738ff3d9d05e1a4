"""Time and memory of matching, and memory of planning the shards after it, as the corpus grows: 10⁵, 10⁶, 10⁷
documents with a long tail of cluster sizes and one giant cluster.

    python -m benchmarks.match_scale [--sizes 100000,1000000,10000000] [--folder DIR]

Documents are synthetic (60 random syllables, 200 bytes) but complete: they have texts, hashes and signatures, and
candidates are verified on the texts. 60 % are unique; 30 % are in clusters whose sizes follow a power law (exponent
2.2, up to 10,000); 10 % are copies of one template, some exact, most with one other syllable near the end. Each size
runs in a separate process with one worker. Memory is the peak anonymous memory (RssAnon) above that at the start,
sampled 50 times a second; the peak RSS also includes pages of memory-mapped files, which the kernel can reclaim at any
time. Part of the memory are task buffers of fixed size, so it is reported per document of each size, and per additional
document from one size to the next. Needs 1 kB of disk per document at --folder (default: a temporary folder).
"""

import argparse
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks import command_line
from benchmarks.memory import Peak
from corpus.commit import write_duplicates
from corpus.duplicates.dataset import PART_SCHEMA
from corpus.duplicates.dropped import index_dropped
from corpus.duplicates.match import MatchSettings, match
from corpus.duplicates.minhash import MinHashSettings, sketch, write_signatures
from corpus.duplicates.report import describe_matches
from corpus.duplicates.shingles import ShingleSettings
from corpus.engine.local import LocalEngine
from corpus.engine.task import TaskRecord
from corpus.kernels.hashing import hash_strings, mix64
from corpus.kernels.inner import kernel
from corpus.kernels.utf8 import strings_from
from corpus.plan import choose_rows, choose_tasks, cut_shards

SYLLABLES = 60
PART = 500_000  # documents in one part
BATCH = 50_000
SETTINGS = MatchSettings(short=0, siblings="drop")  # near-duplicates of random syllables must be found


def clusters(count: int, seed: int = 1) -> np.ndarray:
    """int64[count]: the cluster of each document; each unique document has its own."""
    rng = np.random.default_rng(seed)
    giant = count // 10
    sizes = [np.array([giant])]
    filled = giant
    while filled < giant + int(count * 0.3):
        more = np.minimum(rng.zipf(2.2, 100_000) + 1, 10_000)
        more = more[: int(np.searchsorted(np.cumsum(more), giant + int(count * 0.3) - filled)) + 1]
        sizes.append(more)
        filled += int(more.sum())
    every = np.concatenate(sizes)
    labels = np.repeat(np.arange(len(every)), every)[:count]
    labels = np.concatenate([labels, np.arange(len(every), len(every) + count - len(labels))])
    return rng.permutation(labels)


@kernel
def _write_texts(labels, first, out):
    """Syllables of cluster labels[i]; in three of four documents one of the last three is another (similarity 0.76
    and more)."""
    at = 0
    for i in range(labels.shape[0]):
        own = mix64(np.uint64(first + i) * np.uint64(2) + np.uint64(1))
        changed = SYLLABLES - 1 - np.int64(own % np.uint64(3)) if own >> np.uint64(62) else -1
        for s in range(SYLLABLES):
            value = mix64(np.uint64(labels[i]) * np.uint64(1000) + np.uint64(s) + np.uint64(7))
            if s == changed:
                value = mix64(own)
            c = np.uint32(0xAC00) + np.uint32(value % np.uint64(11172))
            out[at] = 0xE0 | (c >> np.uint32(12))
            out[at + 1] = 0x80 | ((c >> np.uint32(6)) & np.uint32(0x3F))
            out[at + 2] = 0x80 | (c & np.uint32(0x3F))
            at += 3
            if s % 3 == 2:
                out[at] = 32
                at += 1


def texts(labels: np.ndarray, first: int) -> pa.Array:
    """The documents first … of these clusters."""
    size = SYLLABLES * 3 + SYLLABLES // 3
    out = np.empty(len(labels) * size, np.uint8)
    _write_texts(labels, first, out)
    return strings_from(out, np.arange(len(labels) + 1, dtype=np.int64) * size)


def write_parts(folder: Path, count: int) -> list[Path]:
    """Prepared parts with `count` documents."""
    labels = clusters(count)
    parts: list[Path] = []
    for start in range(0, count, PART):
        part = folder / f"{len(parts):05d}"
        part.mkdir(parents=True)
        blocks = []
        with pa.OSFile(str(part / "documents.arrow"), "wb") as sink, pa.ipc.new_file(sink, PART_SCHEMA) as writer:
            for first in range(start, min(start + PART, count), BATCH):
                made = texts(labels[first : min(first + BATCH, start + PART, count)], first)
                writer.write_batch(_documents(made, first))
                blocks.append(sketch(made, None, ShingleSettings(), MinHashSettings()))
        write_signatures(part, blocks, ShingleSettings(), MinHashSettings())
        parts.append(part)
    return parts


def _documents(made: pa.Array, first: int) -> pa.RecordBatch:
    count = len(made)
    hashes = hash_strings(made)
    columns = {
        "id": pc.utf8_lpad(pc.cast(pa.array(np.arange(first, first + count)), pa.string()), 12, "0"),
        "text": made,
        "source": pa.repeat("synthetic", count),
        "lang": pa.repeat("ko", count),
        "origin": pa.repeat("", count),
        "duplicates": pa.repeat(pa.scalar(1, pa.int32()), count),
        "hash": pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), count, [None, pa.py_buffer(hashes)]),
        "quality": pa.repeat(pa.scalar(0.5, pa.float32()), count),
    }
    arrays = [columns.get(field.name, pa.nulls(count, field.type)) for field in PART_SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=PART_SCHEMA)


def plan(parts: list[Path], duplicates: Path, work: Path) -> int:
    """What a build does with the duplicates: rows of each shard, the named list, the report's clusters. Returns the
    documents in shards."""
    records = [TaskRecord(part, "", [], {"documents.arrow": {"sha256": ""}}) for part in parts]
    untrimmed = [TaskRecord(part, "", [], {}) for part in parts]
    dropped = index_dropped(parts, duplicates, work / "dropped")
    sources = ["synthetic"] * len(parts)
    tasks = choose_tasks(records, untrimmed, sources, {"synthetic": 0.01}, dropped, work / "plan")
    shards = cut_shards(tasks, [choose_rows(task) for task in tasks], 256_000_000, work / "shards")
    counts = write_duplicates(parts, duplicates, work / "named.arrow")
    describe_matches(parts, dropped, counts)
    return sum(shard.rows for shard in shards)


def measure(folder: Path, count: int) -> dict[str, float]:
    """One size, in this process."""
    with LocalEngine(1) as engine:
        match(write_parts(folder / "warm", 2000), SETTINGS, engine, folder / "warm-work", {})  # kernels are loaded
        parts = write_parts(folder / "parts", count)
        with Peak() as peak:
            start, cpu = time.perf_counter(), time.process_time()
            path = match(parts, SETTINGS, engine, folder / "work", {})
            seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        with Peak() as after:
            planned = plan(parts, path, folder / "work")
    with pa.OSFile(str(path)) as file:
        found = pa.ipc.open_file(file).read_all()
    expected = count - len(np.unique(clusters(count)))
    survivors = found["survivor_part"].to_numpy().astype(np.int64) * PART + found["survivor_row"].to_numpy()
    largest = int(np.unique(survivors, return_counts=True)[1].max())
    return {
        "documents": count,
        "seconds": seconds,
        "cpu_seconds": cpu,
        "us_per_document": seconds / count * 1e6,
        "bytes_per_document": peak.anonymous / count,
        "resident_per_document": peak.resident / count,
        "plan_bytes_per_document": after.anonymous / count,
        "planned": planned / (count - found.num_rows),
        "dropped": found.num_rows,
        "recall": found.num_rows / expected,
        "largest_cluster": largest + 1,
    }


def main() -> None:
    """Run every size in a process of its own; the last line is one JSON object."""
    parser = command_line.parser(__doc__)
    parser.add_argument("--sizes", default="100000,1000000,10000000")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = command_line.parse(parser)
    if options.one:
        print(json.dumps(measure(options.folder, options.one)))
        return
    base = Path(tempfile.mkdtemp(prefix="match-scale-", dir=options.folder))
    rows = []
    try:
        for size in map(int, options.sizes.split(",")):
            command = [
                sys.executable,
                "-m",
                "benchmarks.match_scale",
                "--one",
                str(size),
                "--folder",
                str(base / str(size)),
            ]
            result = subprocess.run(command, capture_output=True, text=True, check=False)
            if result.returncode:
                sys.exit(result.stderr)
            rows.append(json.loads(result.stdout.splitlines()[-1]))
            print({key: round(value, 3) for key, value in rows[-1].items()}, flush=True)
            shutil.rmtree(base / str(size))
    finally:
        shutil.rmtree(base, ignore_errors=True)
    first, last = rows[0], rows[-1]
    growth = (
        math.log(last["cpu_seconds"] / first["cpu_seconds"]) / math.log(last["documents"] / first["documents"])
        if len(rows) > 1
        else 1.0
    )
    out = {f"us_per_document_{row['documents']:.0e}": round(row["us_per_document"], 2) for row in rows}
    out |= {f"bytes_per_document_{row['documents']:.0e}": round(row["bytes_per_document"], 1) for row in rows}
    for small, large in pairwise(rows):
        added = large["documents"] - small["documents"]
        more = large["bytes_per_document"] * large["documents"] - small["bytes_per_document"] * small["documents"]
        out[f"bytes_per_added_document_{large['documents']:.0e}"] = round(more / added, 1)
    print(
        json.dumps(out | {"growth_exponent": round(growth, 3), "recall": round(min(row["recall"] for row in rows), 5)})
    )


if __name__ == "__main__":
    main()

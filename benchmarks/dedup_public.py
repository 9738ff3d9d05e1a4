"""Deduplication from file to file beside the tools that people use: documents a second, memory, recall, precision.

    python -m benchmarks.dedup_public [--documents 60000] [--times 17] [--peer-documents 20000] [--languages ko,en]

The corpora: documents of web length, composed of sentences of real Korean and English documents (HANJI_MIRROR) drawn at
random, so that two of them share nothing but by plan; and the real documents themselves, with the duplicates that they
have. One composed document in five is a copy with one edit: none, 5 % of the spaces lost, 3 % of the words or a tenth
of the particles changed, a fifth cut off, a page's head and foot around it. Found: the copy or its original is dropped.
One in ten shares a template with another: two fifths of its paragraphs are others, which nobody should lose. Right: a
composed document that is dropped has a copy or is one. (What is dropped of the real ones is told as a share.)

`--times` is for a million documents and more, which would take hours to compose: so many copies of the composed
documents, each with the letters exchanged for one another, so that copies share no shingle. Only we run on all of them.

Each tool runs in a process of its own on one core, from a parquet file to a file of what it keeps, with the settings of
its README for near-duplicates of documents; cost is processor time, user and system, of all its processes, and memory
is the peak of the largest one. rensa runs on the same documents as we do, slower peers on the first --peer-documents of
them; what is compared is the cost of a document, which grows at least linearly with them. rensa also runs with other
settings than its README's for near-duplicates, which find more (`rensa_low`, `rensa_letters`), and with the single
words of its first example (`rensa_words`). A peer that is not installed is left out. Our kernels are compiled
beforehand; loading them (some 2 s) counts.

The last line is one JSON object: vs_PEER (the peer's processor time a document by ours), vs_equal (that of the fastest
peer, by any settings, with recall and precision of at least 0.9 in each language; null if none), docs_per_s_core,
anonymous_mb (most memory that is no mapped file), bytes_per_document (of it, for each document of the second half of
the corpus), recall, precision.
"""

import argparse
import importlib.util
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.memory import Peak
from benchmarks.near_duplicates import EDITS, documents, join

COPIES = ("exact", "space5", "words3", "josa10", "truncated80", "boilerplate")
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
ROW_GROUP = 20_000
BATCH = 5000  # documents whose token sets are in memory at once
FAST = ("rensa", "rensa_words", "rensa_rho")  # run on as many documents as we do
SIBLINGS = 0.1  # of documents, that share three fifths of their paragraphs with another
QUALITY = 0.9  # recall and precision of the peers in vs_equal
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "NUMBA_NUM_THREADS", "ARROW_NUM_THREADS"), "1")


class ToolError(Exception):
    """What a tool ended with, in its last line."""


def compose(mirror: Path, language: str, count: int, path: Path) -> None:
    """Write `count` documents to a parquet file: text, family (that of the original of a copy), edit."""
    real = documents(mirror, language, min(20_000, count // 5), 600, 12_000)
    pool = sorted({s.strip() for text in real for s in SENTENCE.split(text) if 20 <= len(s) <= 400})
    rng = random.Random(5)
    rng.shuffle(pool)
    held: list[tuple[int, str]] = []
    schema = pa.schema([("text", pa.string()), ("family", pa.int64()), ("edit", pa.string())])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        rows: list[tuple[str, int, str]] = []
        for number in range(count):
            kind = rng.random()
            if real and kind > 0.8:
                rows.append((real.pop(), -1, "real"))
            elif held and kind < 0.2:
                family, text = held.pop(rng.randrange(len(held)))
                edit = rng.choice(COPIES)
                copy = text if edit == "exact" else EDITS[edit](text, language, rng)
                rows.append((copy, family, edit))
            elif held and kind < 0.2 + SIBLINGS:
                lines = rng.choice(held)[1].split("\n")
                for i in rng.sample(range(len(lines)), -(-2 * len(lines) // 5)):
                    lines[i] = " ".join(rng.sample(pool, 5))
                rows.append(("\n".join(lines), number, "sibling"))
            else:
                sentences = rng.sample(pool, int(np.clip(rng.lognormvariate(2.9, 0.6), 6, 120)))
                text = "\n".join(" ".join(sentences[i : i + 5]) for i in range(0, len(sentences), 5))
                rows.append((text, number, "original"))
                held.append((number, text))
                if len(held) > 20_000:
                    held.pop(0)
            if len(rows) >= ROW_GROUP or number == count - 1:
                columns = [pa.array(column) for column in zip(*rows, strict=True)]
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
                rows = []


def exchanged(source: Path, target: Path, times: int) -> None:
    """The documents `times` times, from the second time on with other letters: those of ASCII, and the syllables of
    each block of 64, for one another."""
    file = pq.ParquetFile(source)
    count = file.metadata.num_rows
    with pq.ParquetWriter(target, file.schema_arrow, compression="zstd") as writer:
        for time in range(times):
            rng = np.random.default_rng(time)
            order, last = (rng.permutation(n) if time else np.arange(n) for n in (26, 64))
            table = np.arange(256, dtype=np.uint8)
            for first in (0x41, 0x61):
                table[first : first + 26] = first + order
            for batch in file.iter_batches(5000):
                text, family, edit = batch.columns
                _, offsets, data = text.buffers()
                letters = table[np.frombuffer(data, np.uint8)]
                places = np.flatnonzero((letters == 0xEB) | (letters == 0xEC)) + 2  # U+B000 to U+CFFF: syllables
                letters[places] = 0x80 | last[letters[places] & 0x3F]
                other = pa.StringArray.from_buffers(len(text), offsets, pa.py_buffer(letters), offset=text.offset)
                families = family.to_numpy()
                moved = pa.array(np.where(families < 0, families, families + time * count))
                writer.write_batch(pa.RecordBatch.from_arrays([other, moved, edit], schema=file.schema_arrow))


def first_rows(source: Path, target: Path, count: int) -> None:
    """The first documents of a parquet file as one of its own."""
    file = pq.ParquetFile(source)
    with pq.ParquetWriter(target, file.schema_arrow, compression="zstd") as writer:
        for batch in file.iter_batches(5000):
            writer.write_batch(batch.slice(0, count))
            count -= batch.num_rows
            if count <= 0:
                return


def texts_of(path: Path) -> Iterator[str]:
    """The texts of a parquet file."""
    for batch in pq.ParquetFile(path).iter_batches(1000, columns=["text"]):
        yield from batch.column(0).to_pylist()


def keep(path: Path, kept: np.ndarray, out: Path) -> None:
    """Write the rows of bool[n] `kept`."""
    pq.write_table(pq.read_table(path).filter(pa.array(kept)), out / "kept.parquet", compression="zstd")
    np.save(out / "kept.npy", kept)


def hanji(path: Path, language: str, out: Path) -> None:
    """`python -m pipelines.dedup`: exact and near duplicates, verified on the texts, and the audit page."""
    from corpus.duplicates.dataset import NearDuplicateSettings
    from corpus.duplicates.files import deduplicate_files
    from corpus.engine.local import LocalEngine

    with LocalEngine(1) as engine:
        deduplicate_files(path, "text", out / "result", NearDuplicateSettings(), engine)
    kept = np.ones(pq.ParquetFile(path).metadata.num_rows, bool)
    kept[pq.read_table(out / "result" / "duplicates.parquet")["row"].to_numpy()] = False
    np.save(out / "kept.npy", kept)


def _grams(text: str, size: int = 5) -> list[str]:
    words = text.split()
    return [" ".join(words[i : i + size]) for i in range(max(len(words) - size + 1, 1))]


def datasketch(path: Path, language: str, out: Path) -> None:
    """MinHash.bulk and MinHashLSH of the documentation: 5 words, 128 permutations, threshold 0.7."""
    from datasketch import MinHash, MinHashLSH

    index, pairs = MinHashLSH(threshold=0.7, num_perm=128), []
    sets = ([gram.encode() for gram in _grams(text)] for text in texts_of(path))
    count = 0
    for i, signature in enumerate(MinHash.generator(sets, num_perm=128)):
        pairs += [(i, other) for other in index.query(signature)]
        index.insert(i, signature)
        count = i + 1
    keep(path, np.array(join(pairs, count)) == np.arange(count), out)


def _letter_grams(text: str, size: int = 5) -> list[str]:
    letters = "".join(text.split())
    return [letters[i : i + size] for i in range(max(len(letters) - size + 1, 1))]


def _rensa(path: Path, out: Path, shingles: Callable[[str], list[str]], threshold: float = 0.7) -> None:
    from rensa import RMinHashDeduplicator

    deduplicator = RMinHashDeduplicator(threshold=threshold, num_perm=128, use_lsh=True)
    kept = deduplicator.add_pairs((str(i), shingles(text)) for i, text in enumerate(texts_of(path)))
    keep(path, np.array(kept, bool), out)


def rensa(path: Path, language: str, out: Path) -> None:
    """RMinHashDeduplicator as its README shows it, on 5-word shingles: 128 permutations, threshold 0.7, LSH."""
    _rensa(path, out, _grams)


def rensa_low(path: Path, language: str, out: Path) -> None:
    """The same with a threshold of 0.5, which finds as many edited copies as we do."""
    _rensa(path, out, _grams, 0.5)


def rensa_letters(path: Path, language: str, out: Path) -> None:
    """The same on 5 letters in a row, without spaces."""
    _rensa(path, out, _letter_grams)


def rensa_words(path: Path, language: str, out: Path) -> None:
    """The same on single words, `text.split()`: texts are compared as sets of words."""
    _rensa(path, out, str.split)


def rensa_rho(path: Path, language: str, out: Path) -> None:
    """Its fast pipeline: single words, positions sampled (rho), 16 bands; it flags all of a cluster, the first as
    well, so that nothing of it is kept."""
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(threshold=0.8, num_perm=128, num_bands=16)
    flags: list[bool] = []
    texts = texts_of(path)
    while sets := [text.split() for text in islice(texts, BATCH)]:
        matrix = RMinHash.digest_matrix_from_token_sets_rho(sets, num_perm=128, seed=42)
        flags += index.insert_matrix_and_query_duplicate_flags(matrix, len(flags))
    keep(path, ~np.array(flags, bool), out)


def datatrove(path: Path, language: str, out: Path) -> None:
    """Its four steps with FineWeb-2's settings: 5 words of its own tokenizer, 14 bands of 8, 64-bit SHA-1."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import minhash
    from datatrove.pipeline.readers import ParquetReader
    from datatrove.pipeline.writers import ParquetWriter
    from datatrove.utils.hashing import HashConfig

    config = minhash.MinhashConfig(
        hash_config=HashConfig(precision=64, hash_fc="sha1"), n_grams=5, num_buckets=14, hashes_per_bucket=8
    )
    shutil.copyfile(path, out / "input.parquet")

    def reader() -> Any:
        return ParquetReader(str(out), glob_pattern="input.parquet", id_key="none")

    sign = minhash.MinhashDedupSignature(
        str(out / "signatures"), config, language={"ko": "kor_Hang", "en": "eng_Latn"}[language]
    )
    if language == "ko":
        sign.word_tokenizer.model_type = "cong"  # the model that current kiwipiepy ships; datatrove asks for "sbg"
    steps: list[list[Any]] = [
        [reader(), sign],
        [minhash.MinhashDedupBuckets(str(out / "signatures"), str(out / "buckets"), config=config)],
        [minhash.MinhashDedupCluster(str(out / "buckets"), str(out / "remove"), config=config)],
        [reader(), minhash.MinhashDedupFilter(str(out / "remove")), ParquetWriter(str(out / "kept"))],
    ]
    for number, pipeline in enumerate(steps):
        tasks = config.num_buckets if number == 1 else 1
        LocalPipelineExecutor(pipeline, tasks=tasks, workers=1, logging_dir=str(out / f"logs{number}")).run()
    kept = np.ones(pq.ParquetFile(path).metadata.num_rows, bool)
    for file in (out / "remove").glob("*.remove"):
        kept[np.fromfile(file, "<u4")] = False
    np.save(out / "kept.npy", kept)


def text_dedup(path: Path, language: str, out: Path) -> None:
    """`python -m text_dedup.minhash` with its defaults: 5 words, 250 permutations, threshold 0.7."""
    numbered = pq.read_table(path, columns=["text"])
    numbered = numbered.append_column("number", pa.array(np.arange(numbered.num_rows)))
    pq.write_table(numbered, out / "numbered.parquet")
    command = [sys.executable, "-m", "text_dedup.minhash", "--path", "parquet", "--split", "train", "--column", "text"]
    command += ["--data_files", str(out / "numbered.parquet"), "--cache_dir", str(out / "cache"), "--num_proc", "1"]
    command += ["--output", str(out / "kept"), "--batch_size", "10000"]
    subprocess.run(command, check=True, capture_output=True)
    from datasets import load_from_disk

    kept = np.zeros(numbered.num_rows, bool)
    kept[load_from_disk(str(out / "kept"))["number"][:]] = True
    np.save(out / "kept.npy", kept)


TOOLS: dict[str, Callable[[Path, str, Path], None]] = {
    "hanji": hanji,
    "datasketch": datasketch,
    "rensa": rensa,
    "rensa_low": rensa_low,
    "rensa_letters": rensa_letters,
    "rensa_words": rensa_words,
    "rensa_rho": rensa_rho,
    "datatrove": datatrove,
    "text_dedup": text_dedup,
}


def run(tool: str, path: Path, language: str, base: Path) -> dict[str, float]:
    """One tool on one file, in a process of its own; figures and what it found."""
    out = Path(tempfile.mkdtemp(dir=base))
    command = [sys.executable, "-m", "benchmarks.dedup_public", "--one", tool, str(path), language, str(out)]
    result = subprocess.run(command, capture_output=True, text=True, env=os.environ | THREADS, check=False)
    if result.returncode:
        raise ToolError(result.stderr.strip().splitlines()[-1])
    told = json.loads(result.stdout.splitlines()[-1])
    told |= judge(path, np.load(out / "kept.npy"))
    shutil.rmtree(out)
    return told


def one(tool: str, path: Path, language: str, out: Path) -> dict[str, float]:
    """Run a tool in this process. `anonymous` is the most memory that is no file mapped into it, seen every 20 ms:
    pages of files can be dropped at any time, and count as memory used on a machine that has free memory."""
    with Peak() as memory:
        TOOLS[tool](path, language, out)
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    status = Path("/proc/self/status").read_text().split("VmHWM:")[1]  # ru_maxrss counts the parent before exec, too
    return {
        "cpu": sum(usage.ru_utime + usage.ru_stime for usage in usages),
        "anonymous": memory.start[0] + memory.anonymous,
        "peak": max(int(status.split()[0]), usages[1].ru_maxrss) * 1024,
    }


def judge(path: Path, kept: np.ndarray) -> dict[str, float]:
    """Documents, megabytes of text, recall per edit and over all, precision, the share dropped of real documents."""
    table = pq.read_table(path, columns=["family", "edit"])
    family, edits = table["family"].to_numpy(), np.array(table["edit"].to_pylist())
    whole = sum(
        int(pa.compute.sum(pa.compute.binary_length(batch.column(0))).as_py())
        for batch in pq.ParquetFile(path).iter_batches(5000, columns=["text"])
    )
    originals = {int(f): i for i, f in enumerate(family) if edits[i] == "original"}
    copies = np.array([i for i, edit in enumerate(edits) if edit in COPIES])
    found = np.array([not (kept[i] and kept[originals[int(family[i])]]) for i in copies])
    relatives = np.bincount(family[family >= 0], minlength=len(kept))
    dropped = np.flatnonzero(~kept & (family >= 0))
    right = relatives[family[dropped]] > 1
    told = {"documents": len(kept), "megabytes": whole / 1e6, "recall": float(found.mean())}
    told |= {f"recall {edit}": float(found[edits[copies] == edit].mean()) for edit in COPIES}
    told["precision"] = float(right.mean()) if len(dropped) else 1.0
    return told | {"dropped of real": float((~kept[family < 0]).mean())}


def reaches(figures: dict[str, dict[str, float]], languages: int) -> bool:
    """Whether a tool ran on all languages, with a recall and precision of at least QUALITY in each."""
    return len(figures) == languages and all(
        min(row["recall"], row["precision"]) >= QUALITY for row in figures.values()
    )


def added_bytes(small: dict[str, float], large: dict[str, float]) -> int:
    """Anonymous memory for each document that the larger corpus has more; 0 if it takes no more."""
    more = max(large["documents"] - small["documents"], 1)
    return max(0, round((large["anonymous"] - small["anonymous"]) / more))


def installed(tool: str) -> bool:
    """Whether a peer's package is there."""
    return tool == "hanji" or importlib.util.find_spec("rensa" if tool.startswith("rensa") else tool) is not None


def main() -> None:
    """Compose the corpora, run every tool, print a table and one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=100_000, help="of each language, for our own figures")
    parser.add_argument("--peer-documents", type=int, default=10_000, help="of each language, for all tools")
    parser.add_argument("--times", type=int, default=1, help="so many times, with other letters, for our own figures")
    parser.add_argument("--languages", default="ko,en")
    parser.add_argument("--tools", default=",".join(TOOLS))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        tool, path, language, out = options.one
        print(json.dumps(one(tool, Path(path), language, Path(out))))
        return
    base = Path(tempfile.mkdtemp(prefix="dedup-public-", dir=options.folder))
    mirror = Path(os.environ["HANJI_MIRROR"])
    small: dict[str, dict[str, float]] = {}  # ours of the smaller size
    results: dict[str, dict[str, dict[str, float]]] = {}  # tool → language → figures
    try:
        for language in options.languages.split(","):
            whole, some = base / f"{language}.parquet", base / f"{language}-some.parquet"
            compose(mirror, language, options.documents, whole)
            first_rows(whole, some, min(options.peer_documents, options.documents))
            half, many = base / f"{language}-half.parquet", base / f"{language}-many.parquet"
            exchanged(whole, many, options.times)
            first_rows(many, half, options.documents * options.times // 2)
            small[language] = run("hanji", half, language, base)  # kernels are compiled, too
            for tool in options.tools.split(","):
                if not installed(tool):
                    print(f"{tool} is not installed", flush=True)
                    continue
                try:
                    told = run(tool, many if tool == "hanji" else whole if tool in FAST else some, language, base)
                except ToolError as error:
                    if tool == "hanji":
                        raise
                    print(f"{language} {tool} is left out: {error}", flush=True)
                    continue
                results.setdefault(tool, {})[language] = told
                print(language, tool, {key: round(value, 3) for key, value in told.items()}, flush=True)
    finally:
        shutil.rmtree(base, ignore_errors=True)

    ours = results["hanji"]

    def ratio(tool: str) -> float:
        """Processor time a document by ours, the languages that the tool ran on weighted alike."""
        theirs = results[tool]
        cost = [np.mean([rows[name]["cpu"] / rows[name]["documents"] for name in theirs]) for rows in (theirs, ours)]
        return round(float(cost[0] / cost[1]), 1)

    def total(name: str) -> float:
        return sum(row[name] for row in ours.values())

    line: dict[str, float | None] = {f"vs_{tool.replace('_', '')}": ratio(tool) for tool in results if tool != "hanji"}
    good = [tool for tool in results if tool != "hanji" and reaches(results[tool], len(ours))]
    line["vs_equal"] = min(map(ratio, good), default=None)
    line |= {
        "docs_per_s_core": round(total("documents") / total("cpu")),
        "mb_per_s_core": round(total("megabytes") / total("cpu"), 1),
        "anonymous_mb": round(max(row["anonymous"] for row in ours.values()) / 1e6),
        "bytes_per_document": max(added_bytes(small[name], row) for name, row in ours.items()),
        "recall": round(total("recall") / len(ours), 4),
        "precision": round(total("precision") / len(ours), 4),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()

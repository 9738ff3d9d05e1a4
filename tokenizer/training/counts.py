"""Word counts: how often each pre-token occurs in a corpus, per source and language, as Arrow tables.

They are counted once and used for every vocabulary size, language mix and merge rule, and for the fertility of any
tokenizer with the same pattern. One task per shard counts into hash tables, which are written out and emptied when they
exceed their memory. A table is split into 64 partitions by the hash of the word, one record batch each, so that adding
up any number of tables needs a 64th of the words in memory at a time. Within a partition words are in the order of
their first occurrence: the tables are the same for any number of workers and any memory.
"""

import ctypes
import hashlib
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.engine.local import Engine
from corpus.engine.task import file_sha256, read_json, read_manifest, run_task, write_json
from corpus.errors import UserError, leaves
from corpus.kernels.utf8 import string_buffers
from corpus.shards import read_shard, source_of
from corpus.stored import named
from tokenizer.kernels.words import PARTITIONS, WordTable, buffers, int64_array, int64_values, partitioned
from tokenizer.scanner.classes import engine_version
from tokenizer.scanner.patterns import REGEXES, pattern_code
from tokenizer.scanner.pretokenize import scan_buffers
from tokenizer.training.sample import Sample, sampled

VERSION = 5
INDEX = "counts.json"
SCHEMA = pa.schema([pa.field("word", pa.large_binary(), nullable=False), pa.field("count", pa.int64(), nullable=False)])


class Words(NamedTuple):
    """Distinct pre-tokens with their counts."""

    words: pa.Array  # large_binary[n]
    counts: np.ndarray  # int64[n]


class Pretokens(NamedTuple):
    """Cuts texts into the pre-tokens of a pattern."""

    pattern: str

    def __call__(self, texts: pa.Array) -> tuple[np.ndarray, int, np.ndarray]:
        """(bytes uint8[], start of the first piece, ends of pieces int64[]): pieces tile the bytes."""
        data, offsets = string_buffers(texts)
        ends, _ = scan_buffers(data, offsets, pattern_code(self.pattern))
        return data, int(offsets[0]), ends

    @property
    def identity(self) -> Any:
        """The settings of this way of cutting, as a JSON value: releases of HF tokenizers differ in which characters
        are letters."""
        return [REGEXES[self.pattern], engine_version()]


def count_shards(
    shards: list[Path],
    directory: Path,
    pattern: str,
    engine: Engine,
    sample: Sample | None = None,
    memory: int = 1 << 30,
    work: Path | None = None,
) -> None:
    """Count the pre-tokens of corpus shards into `directory`: one Arrow file per source and language, and counts.json.

    `work` is a folder for intermediate tables, removed at the end; by default one beside `directory`. `memory` bounds
    the hash tables of one worker, in bytes. A rerun skips finished work: nothing is counted again for another
    vocabulary, and after an interruption only the missing shards are counted.
    """
    pattern_code(pattern)
    count_pieces(shards, directory, Pretokens(pattern), {"pattern": pattern}, engine, sample, memory, work)


def count_pieces(
    shards: list[Path],
    directory: Path,
    cut: Any,
    index: dict[str, Any],
    engine: Engine,
    sample: Sample | None = None,
    memory: int = 1 << 30,
    work: Path | None = None,
) -> None:
    """`count_shards` for any way to cut texts into pieces of bytes: `cut` has the interface of Pretokens, `index` is
    written into counts.json."""
    work = work or directory.with_name(f"{directory.name}.work")

    def make(folder: Path) -> None:
        task = partial(_count_shard, work=work, cut=cut, sample=sample, memory=memory)
        found = list(engine.map(task, shards, name="count", describe=str, group=source_of, weigh=_size))
        groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for tables in found:
            for table in tables:
                groups.setdefault((table["source"], table["lang"]), []).append(table)
        merge = partial(_merge, folder=folder)
        items = sorted(groups.items())
        tables = list(engine.map(merge, items, name="add up", describe=_name, weigh=_weight))
        write_json(folder / INDEX, index | {"tables": tables})

    settings = {"pieces": cut.identity, "sample": sample_identity(sample)}
    run_task(directory, make, inputs=shards, settings=settings, version=VERSION, thorough=True)
    shutil.rmtree(work, ignore_errors=True)


def texts_of(path: Path, sample: Sample | None) -> Iterator[tuple[str, pa.Array]]:
    """The languages and texts of a shard, batch by batch, limited to the sample."""
    source = source_of(path)
    for whole in read_shard(path):
        yield from _by_language(whole if sample is None else sampled(whole, source, sample))


def check_weights(weights: dict[str, float], shards: list[Path], sample: Sample | None) -> None:
    """Raise UserError for weights of a language that no shard has, or none that is sampled, before they are counted.
    Reads the names of languages only."""
    if not weights:
        return
    if sample:
        languages = {lang for _, lang in sample.thresholds}
    else:
        languages = {
            lang for path in shards for batch in read_shard(path) for lang in batch["lang"].unique().to_pylist()
        }
    for lang in sorted(set(weights) - languages):
        raise UserError(
            f"--weights: there is no text of language {lang!r} to learn from; there is text of"
            f" {', '.join(sorted(languages)) or 'none'}."
        )


def read_index(directory: Path) -> dict[str, Any]:
    """counts.json: {"pattern", "tables": [{"file", "source", "lang", "documents", "bytes", "words", "distinct"}]}."""
    try:
        index = read_json(directory / INDEX)
        index["pattern" if "limit" not in index else "limit"]
        if any(leaves(table["file"]) for table in index["tables"]):
            raise TypeError
        return index
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{directory / INDEX} is damaged: no list of tables in it. Make the counts again with"
            " `hanji train_tokenizer`."
        ) from error
    except FileNotFoundError:
        raise UserError(
            f"{directory}: no word counts ({INDEX} is missing). Make them with `hanji train_tokenizer`."
        ) from None


def count_hashes(directory: Path) -> dict[str, str]:
    """SHA-256 of counts.json and of each table, by name; raises UserError for one that was changed."""
    names = [INDEX, *(table["file"] for table in read_index(directory)["tables"])]
    made = (read_manifest(directory) or {"outputs": {}})["outputs"]
    found = {name: file_sha256(directory / name) for name in names}
    for name, sha256 in found.items():
        if name in made and made[name]["sha256"] != sha256:
            raise UserError(
                f"{directory / name} is damaged: its SHA-256 differs from that in counts.json. Count again, with"
                " --corpus and a new --out."
            )
    return found


def counted_text(directory: Path) -> list[str]:
    """SHA-256 of the shards that were counted, in order; empty where the counts do not say so."""
    made = read_manifest(directory)
    return sorted(entry["sha256"] for entry in made["inputs"]) if made else []


def read_partition(path: Path, partition: int) -> Words:
    """One partition of a table, memory-mapped."""
    with named(path), pa.memory_map(str(path)) as source:
        batch = pa.ipc.open_file(source).get_batch(partition)
    return Words(batch["word"], int64_values(batch["count"]))


class Total(NamedTuple):
    """The sum of tables, and how much was pruned from it."""

    words: pa.Array
    counts: np.ndarray
    pruned_words: int  # distinct
    pruned_count: int  # occurrences


def weighted(directory: Path, weights: dict[str, float] | None = None, min_count: int = 1) -> Total:
    """All tables of a directory added up, each language's counts times its weight (default 1; 0 leaves it out), rounded
    to whole numbers of at least 1. Words whose sum is below `min_count` are pruned.

    Raises UserError for a language that the counts do not have.
    """
    tables = read_index(directory)["tables"]
    weights = weights or {}
    languages = sorted({table["lang"] for table in tables})
    for lang in sorted(set(weights) - set(languages)):
        raise UserError(f"no word counts for language {lang!r}; there are counts for: {', '.join(languages)}.")
    tables = [table for table in tables if weights.get(table["lang"], 1) > 0]
    kept, kept_counts, pruned_words, pruned_count = [], [], 0, 0
    for partition in range(PARTITIONS):
        parts = []
        for table in tables:
            words, counts = read_partition(directory / table["file"], partition)
            weight = weights.get(table["lang"], 1)
            if weight != 1:
                counts = np.maximum(np.rint(counts * weight), 1).astype(np.int64)
            parts.append(Words(words, counts))
        words, counts = add_up(parts)
        if min_count > 1:
            rare = counts < min_count
            pruned_words += int(np.count_nonzero(rare))
            pruned_count += int(counts[rare].sum())
            words, counts = words.filter(pa.array(~rare)), counts[~rare]
        kept.append(words)
        kept_counts.append(counts)
    total = Total(pa.concat_arrays(kept), np.concatenate(kept_counts), pruned_words, pruned_count)
    del kept, kept_counts, parts, words, counts
    _give_back()
    return total


def _give_back() -> None:
    """Return freed memory to the system, so that training does not need more beside it: Arrow's pool and glibc keep 60
    MB after counting 137 MB of text."""
    pa.default_memory_pool().release_unused()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # glibc only
        trim(0)


def _count_shard(path: Path, work: Path, **options: Any) -> list[dict[str, Any]]:
    """Count one shard, as a task; returns its tables.

    The stage identifies shards by content; here size and time are enough.
    """
    folder = work / path.stem
    stat = path.stat()
    settings = {
        "shard": [str(path), stat.st_size, stat.st_mtime_ns],
        "pieces": options["cut"].identity,
        "sample": sample_identity(options["sample"]),
        "memory": options["memory"],
    }
    make = partial(_count, path=path, **options)
    record = run_task(folder, make, settings=settings, version=VERSION, durable=False)
    return [table | {"files": [str(folder / name) for name in table["files"]]} for table in record.result["tables"]]


def _count(folder: Path, path: Path, cut: Any, sample: Sample | None, memory: int) -> dict[str, Any]:
    source = source_of(path)
    tables: dict[str, WordTable] = {}
    entries: dict[str, dict[str, Any]] = {}

    def flush() -> None:
        for lang in list(tables):
            name = f"{lang}.{len(entries[lang]['files'])}.arrow"
            table = tables.pop(lang)
            words, counts = table.column(), table.counts()
            del table  # its slots are most of the memory
            _write(folder / name, partitioned(words, counts))
            entries[lang]["files"].append(name)
            entries[lang]["words"] += int(counts.sum())
            entries[lang]["distinct"] += len(words)

    for lang, texts in texts_of(path, sample):
        empty = {"documents": 0, "bytes": 0, "words": 0, "distinct": 0}
        entry = entries.setdefault(lang, {"source": source, "lang": lang, "files": []} | empty)
        _, offsets = string_buffers(texts)
        tables.setdefault(lang, WordTable()).add(*cut(texts))
        entry["documents"] += len(texts)
        entry["bytes"] += int(offsets[-1] - offsets[0])
        if sum(table.bytes for table in tables.values()) > memory:
            flush()
    flush()
    return {"tables": list(entries.values())}


def _merge(item: tuple[tuple[str, str], list[dict[str, Any]]], folder: Path) -> dict[str, Any]:
    """Add up the tables of one source and language; returns its entry in the index."""
    (source, lang), tables = item
    files = [Path(name) for table in tables for name in table["files"]]
    name = f"{source}.{lang}.arrow"
    totals = {key: sum(table[key] for table in tables) for key in ("documents", "bytes", "words")}
    if len(files) == 1:  # adding up would write the same file
        shutil.copyfile(files[0], folder / name)
        return {"file": name, "source": source, "lang": lang, **totals, "distinct": tables[0]["distinct"]}
    distinct = 0

    def batches() -> Iterator[tuple[pa.Array, np.ndarray]]:
        nonlocal distinct
        for partition in range(PARTITIONS):
            words, counts = add_up([read_partition(file, partition) for file in files])
            distinct += len(words)
            yield words, counts

    _write(folder / name, batches())
    return {"file": name, "source": source, "lang": lang, **totals, "distinct": distinct}


def add_up(parts: list[Words]) -> Words:
    """The sum of tables of distinct words."""
    if len(parts) == 1:
        return parts[0]
    room = sum(len(part.words) for part in parts)
    total = WordTable(1 << (room * 4 // 3 + 3).bit_length())  # never grows
    for words, counts in parts:
        data, offsets = buffers(words)
        total.add(data, int(offsets[0]), offsets[1:], counts)
    return Words(total.column(), total.counts())


def _write(path: Path, partitions: Iterator[tuple[pa.Array, np.ndarray]]) -> None:
    """Write one table as an Arrow IPC file; its folder belongs to a task and is therefore atomic."""
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, SCHEMA) as writer:
        for words, counts in partitions:
            writer.write_batch(pa.record_batch([_compact(words), int64_array(counts)], schema=SCHEMA))


def _compact(words: pa.Array) -> pa.Array:
    """The same words in buffers of exact size, so that equal tables are equal files."""
    data, offsets = buffers(words)
    bounds, used = offsets - offsets[0], data[offsets[0] : offsets[-1]]
    return pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(words), [None, pa.py_buffer(bounds), pa.py_buffer(np.ascontiguousarray(used))]
    )


def _by_language(batch: pa.RecordBatch) -> Iterator[tuple[str, pa.Array]]:
    languages = batch["lang"].unique().to_pylist()
    for lang in languages:
        yield lang, batch["text"] if len(languages) == 1 else batch["text"].filter(pc.equal(batch["lang"], lang))


def sample_identity(sample: Sample | None) -> Any:
    """What distinguishes one sample of documents from another, as a JSON value."""
    if sample is None:
        return None
    content = hashlib.sha256(sample.sites.tobytes() + sample.site_thresholds.tobytes()).hexdigest()
    return [sample.seed, sorted([*key, value] for key, value in sample.thresholds.items()), content]


def _size(path: Path) -> int:
    return path.stat().st_size


def _name(item: tuple[tuple[str, str], list[dict[str, Any]]]) -> str:
    return " ".join(item[0])


def _weight(item: tuple[tuple[str, str], list[dict[str, Any]]]) -> int:
    return sum(table["bytes"] for table in item[1])

"""Word counts: how often each pre-token stands in a corpus, per source and language, as Arrow tables.

Counted once, they serve every vocabulary size, language mix and rule of merging, and the fertility of any tokenizer with the same
pattern. One task per shard counts into hash tables; their results are added up in the order of the shards, so that the
tables are the same for any number of workers.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.engine import Engine
from corpus.errors import UserError
from corpus.shards import read_shard, source_of
from corpus.task import atomic_write, read_json, run_task, write_json
from corpus.utf8 import string_buffers
from tokenizer.pretokenize import pattern_code, scan_buffers
from tokenizer.words import WordTable, buffers

VERSION = 1
INDEX = "counts.json"
SCHEMA = pa.schema([pa.field("word", pa.large_binary(), nullable=False), pa.field("count", pa.int64(), nullable=False)])

Words = tuple[pa.Array, np.ndarray]  # large_binary[n] distinct pre-tokens, int64[n] counts


def count_shards(shards: list[Path], directory: Path, pattern: str, engine: Engine, work: Path) -> None:
    """Count the pre-tokens of corpus shards into `directory`: one Arrow file per source and language, and counts.json.

    `work` keeps the counts of each shard, so that a rerun skips what is done.
    """
    pattern_code(pattern)
    task = partial(_count_shard, pattern=pattern, work=work)
    records = list(
        engine.map(task, shards, name="count", describe=str, group=source_of, weigh=lambda path: path.stat().st_size)
    )
    files: dict[tuple[str, str], list[tuple[Path, dict[str, Any]]]] = {}
    for folder, groups in records:
        for group in groups:
            files.setdefault((group["source"], group["lang"]), []).append((folder / group["file"], group))
    index = []
    for (source, lang), parts in sorted(files.items()):
        table = WordTable()
        for path, _ in parts:
            words, counts = read_words(path)
            data, offsets = buffers(words)
            table.add(data, int(offsets[0]), offsets[1:], counts)
        name = f"{source}.{lang}.arrow"
        write_words(directory / name, table.column(), table.counts())
        index.append(
            {
                "file": name,
                "source": source,
                "lang": lang,
                "documents": sum(group["documents"] for _, group in parts),
                "bytes": sum(group["bytes"] for _, group in parts),
                "words": int(table.counts().sum()),
                "distinct": table.size,
            }
        )
    write_json(directory / INDEX, {"pattern": pattern, "version": VERSION, "tables": index})


def read_index(directory: Path) -> dict[str, Any]:
    """counts.json: {"pattern", "tables": [{"file", "source", "lang", "documents", "bytes", "words", "distinct"}]}."""
    try:
        return read_json(directory / INDEX)
    except FileNotFoundError:
        raise UserError(f"{directory}: no word counts ({INDEX} is missing). Make them with train_tokenizer.") from None


def read_words(path: Path) -> Words:
    """The words and counts of one table, memory-mapped."""
    with pa.memory_map(str(path)) as source:
        table = pa.ipc.open_file(source).read_all()
    if table.num_rows == 0:
        return pa.array([], pa.large_binary()), np.zeros(0, np.int64)
    columns = table.combine_chunks()
    return columns["word"].chunk(0), columns["count"].chunk(0).to_numpy()


def write_words(path: Path, words: pa.Array, counts: np.ndarray) -> None:
    """Write one table as an Arrow IPC file, atomically."""
    batch = pa.record_batch([words, pa.array(counts, pa.int64())], schema=SCHEMA)
    with (
        atomic_write(path) as temporary,
        pa.OSFile(str(temporary), "wb") as sink,
        pa.ipc.new_file(sink, SCHEMA) as writer,
    ):
        writer.write_batch(batch)


def weighted(directory: Path, weights: dict[str, float] | None = None) -> Words:
    """All tables of a directory added up, each language's counts times its weight (1 unless given), rounded to whole counts of at
    least 1. Raises UserError for a language that the counts do not have."""
    tables = read_index(directory)["tables"]
    weights = weights or {}
    unknown = set(weights) - {table["lang"] for table in tables}
    if unknown:
        languages = ", ".join(sorted({table["lang"] for table in tables}))
        raise UserError(f"no word counts for language {', '.join(sorted(unknown))}; there are: {languages}.")
    total = WordTable()
    for table in tables:
        words, counts = read_words(directory / table["file"])
        weight = weights.get(table["lang"], 1.0)
        if weight <= 0:
            continue
        if weight != 1:
            counts = np.maximum(np.rint(counts * weight), 1).astype(np.int64)
        data, offsets = buffers(words)
        total.add(data, int(offsets[0]), offsets[1:], counts)
    return total.column(), total.counts()


def _count_shard(path: Path, pattern: str, work: Path) -> tuple[Path, list[dict[str, Any]]]:
    """Count one shard, as a task of its own."""
    folder = work / path.stem
    record = run_task(
        folder,
        partial(_count, path=path, pattern=pattern),
        inputs=[path],
        settings={"pattern": pattern},
        version=VERSION,
    )
    return folder, record.result["tables"]


def _count(folder: Path, path: Path, pattern: str) -> dict[str, Any]:
    code = pattern_code(pattern)
    tables: dict[str, tuple[WordTable, dict[str, Any]]] = {}
    for batch in read_shard(path):
        for lang, texts in _by_language(batch):
            if lang not in tables:
                group: dict[str, Any] = {
                    "source": source_of(path),
                    "lang": lang,
                    "file": f"{lang}.arrow",
                    "documents": 0,
                    "bytes": 0,
                }
                tables[lang] = WordTable(), group
            table, group = tables[lang]
            data, offsets = string_buffers(texts)
            ends, _ = scan_buffers(data, offsets, code)
            table.add(data, int(offsets[0]), ends)
            group["documents"] += len(texts)
            group["bytes"] += int(offsets[-1] - offsets[0])
    for table, group in tables.values():
        write_words(folder / group["file"], table.column(), table.counts())
    return {"tables": [group for _, group in tables.values()]}


def _by_language(batch: pa.RecordBatch) -> Iterator[tuple[str, pa.Array]]:
    languages = batch["lang"].unique().to_pylist()
    for lang in languages:
        yield lang, batch["text"] if len(languages) == 1 else batch["text"].filter(pc.equal(batch["lang"], lang))

"""A corpus as Parquet files, for programs that do not read Arrow streams: the same documents, columns and order.

    OUT/train/<source>-00000.parquet  OUT/validation/…     zstd; row groups of about 64 MB of text
    OUT/README.md                                          so that datasets.load_dataset(OUT) finds both splits
    OUT/summary.json                                       documents and bytes of each file

The later steps of Hanji read the corpus itself; this is a copy to hand on.
"""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.document import SCHEMA
from corpus.engine.marker import Maker, hashes_of
from corpus.engine.output import claim
from corpus.engine.task import read_json, write_json
from corpus.prepare import text_bytes
from corpus.shards import read_shard, shard_paths, splits_of, write_readme

MAKER = Maker("export", "a corpus as Parquet")
GROUP_BYTES = 64_000_000  # of text in a row group


def write_parquet(corpus: Path, out: Path, overwrite: bool = False) -> dict[str, Any]:
    """Copy a corpus to `out` as Parquet; {"splits": {split: {file: {"documents", "bytes"}}}, "documents", "bytes"}.

    A folder that holds this copy already is left as it is. Raises UserError if `corpus` is not a finished corpus or is
    damaged, or if `out` contains something else.
    """
    shards = {split: shard_paths(corpus, split) for split in splits_of(corpus)}
    identity = {"text": hashes_of(corpus, [path for paths in shards.values() for path in paths])}
    with claim(out, MAKER, identity, overwrite) as folder:
        if folder.done:
            return read_json(out / "summary.json")
        staged = folder.staging()
        found: dict[str, dict[str, dict[str, int]]] = {}
        for split, paths in shards.items():
            (staged / split).mkdir()
            names = [f"{path.stem}.parquet" for path in paths]
            found[split] = {name: _copy(path, staged / split / name) for path, name in zip(paths, names, strict=True)}
        books = [book for files in found.values() for book in files.values()]
        told: dict[str, Any] = {name: sum(book[name] for book in books) for name in ("documents", "bytes")}
        write_readme(staged, corpus.resolve().name, {split: f"{split}/*.parquet" for split in shards})
        write_json(staged / "summary.json", told | {"splits": found})
        folder.publish(staged, "summary.json")
        return told | {"splits": found}


def _copy(shard: Path, out: Path) -> dict[str, int]:
    documents = size = 0
    with pq.ParquetWriter(out, SCHEMA, compression="zstd") as writer:
        waiting: list[pa.RecordBatch] = []
        held = 0
        for batch in read_shard(shard):
            waiting.append(batch)
            held += text_bytes(batch["text"])
            documents += batch.num_rows
            if held >= GROUP_BYTES:
                writer.write_table(pa.Table.from_batches(waiting))
                size, held, waiting = size + held, 0, []
        writer.write_table(pa.Table.from_batches(waiting, SCHEMA))
    return {"documents": documents, "bytes": size + held}

"""Packed data for measurements of speed: documents of web length, ids by Zipf's law. The content does not change the
speed."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from corpus.engine.task import file_sha256, settings_sha256, write_json
from model.data.packed import FORMAT
from tests.model.packed_data import train_tokenizer

VOCABULARY, LENGTH = 50_304, 4096


def synthetic(folder: Path, rows: int, length: int = LENGTH, vocabulary: int = VOCABULARY) -> Path:
    """Packed data: documents of log-normal length (median 400 tokens, mean 700, as C4 has), ids by Zipf's law."""
    generator = np.random.default_rng(0)
    ids = (generator.zipf(1.2, (rows, length)) % vocabulary).astype(np.uint16)
    lengths = []
    for _ in range(rows):
        sizes = np.clip(generator.lognormal(6.0, 1.05, 256), 16, length).astype(int)
        ends = np.minimum(np.cumsum(sizes), length)
        lengths.append(np.diff(np.concatenate([[0], ends[: int(np.argmax(ends == length)) + 1]])).tolist())
    file = folder / "train" / "synthetic" / "synthetic-00000.arrow"
    file.parent.mkdir(parents=True)
    column = pa.FixedSizeListArray.from_arrays(pa.array(ids.reshape(-1)), length)
    batch = pa.RecordBatch.from_arrays([column, pa.array(lengths, pa.list_(pa.int32()))], ["input_ids", "lengths"])
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    book = {"rows": rows, "tokens": rows * length, "languages": {"und": rows * length}}
    entry = {
        "path": str(file.relative_to(folder)),
        "duplicates": 1,
        "bytes": file.stat().st_size,
        "sha256": file_sha256(file),
        **book,
    }
    tokenizer = train_tokenizer(folder / "tokenizer")
    description = {
        "tokenizer_sha256": file_sha256(tokenizer),
        "format": FORMAT,
        "tiers": [],
        "seq_len": length,
        "dtype": "uint16",
        "vocab_size": vocabulary,
        "pad_id": 0,
    }
    description["splits"] = {"train": {"synthetic": {**book, "files": [entry]}}, "validation": {}}
    write_json(folder / "packing.json", description | {"fingerprint": settings_sha256(description)})
    return folder

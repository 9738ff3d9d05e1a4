"""Packed data for the GPU benchmarks: synthetic rows for speed, and a part of real packed data for learning curves.

    python -m benchmarks.gpu.rows --packed PACKED --out DIR [--tokens 17e6]

writes a part that is small enough to be copied to the device machine: 17M tokens of 16 bits are 34 MB.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from benchmarks import command_line
from corpus.engine.task import file_sha256, settings_sha256, write_json
from model.data.packed import FORMAT, PackedData, evenly_spaced
from model.packing.packer import row_schema
from model.runs.run_directory import find_tokenizer
from tests.model.packed_data import train_tokenizer

VOCABULARY, LENGTH = 50_304, 4096
HELD_OUT = 64  # rows of a source


class Rows(NamedTuple):
    """Rows of one source: ids [rows, length], the document lengths of each row, and tokens by language."""

    ids: np.ndarray
    lengths: list[list[int]]
    languages: dict[str, int]


def synthetic(folder: Path, rows: int, length: int = LENGTH, vocabulary: int = VOCABULARY) -> Path:
    """Packed data: documents of log-normal length (median 400 tokens, mean 700, as in C4), ids by Zipf's law. The
    content does not change the speed."""
    generator = np.random.default_rng(0)
    ids = (generator.zipf(1.2, (rows, length)) % vocabulary).astype(np.uint16)
    lengths = []
    for _ in range(rows):
        sizes = np.clip(generator.lognormal(6.0, 1.05, 256), 16, length).astype(int)
        ends = np.minimum(np.cumsum(sizes), length)
        lengths.append(np.diff(np.concatenate([[0], ends[: int(np.argmax(ends == length)) + 1]])).tolist())
    tokenizer = train_tokenizer(folder / "tokenizer")
    facts = {"tokenizer_sha256": file_sha256(tokenizer), "vocab_size": vocabulary, "pad_id": 0}
    made = Rows(ids, lengths, {"und": rows * length})
    return write(folder, {"train": {"synthetic": made}, "validation": {}}, facts)


def part(packed: Path, out: Path, tokens: float) -> Path:
    """About `tokens` tokens of packed data: evenly spaced rows of each source in the same shares, and held-out rows."""
    splits: dict[str, dict[str, Rows]] = {}
    for split in ("train", "validation"):
        data = PackedData(packed, split)
        share = min(1.0, tokens / sum(source.tokens for source in data.sources)) if split == "train" else 1.0
        splits[split] = {}
        for source in data.sources:
            wanted = round(source.rows * share) if split == "train" else HELD_OUT
            chosen = [source.row(int(n)) for n in evenly_spaced(source.rows, max(1, wanted))]
            if chosen:
                lengths = [row_lengths.tolist() for _, row_lengths in chosen]
                kept = sum(map(sum, lengths)) / max(1, source.tokens)
                languages = {name: round(count * kept) for name, count in source.languages.items()}
                splits[split][source.name] = Rows(np.stack([ids for ids, _ in chosen]), lengths, languages)
    keys = ("tokenizer_sha256", "vocab_size", "pad_id", "bos_id", "eos_id")
    written = write(out, splits, {key: data.description[key] for key in keys if key in data.description})
    find_tokenizer(packed, data.description).write(out / "tokenizer")
    return written


def write(folder: Path, splits: Mapping[str, Mapping[str, Rows]], facts: dict[str, Any]) -> Path:
    """Write packed data in the format of model/packing/corpus.py."""
    described: dict[str, dict[str, Any]] = {}
    length = next(iter(splits["train"].values())).ids.shape[1]
    schema = row_schema(length, np.dtype(np.uint16))
    for split, sources in splits.items():
        described[split] = {}
        for name, rows in sources.items():
            file = folder / split / name / f"{name}-00000.arrow"
            file.parent.mkdir(parents=True)
            column = pa.FixedSizeListArray.from_arrays(pa.array(rows.ids.reshape(-1)), length)
            columns = [column.cast(schema.field(0).type), pa.array(rows.lengths, schema.field(1).type)]
            with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
            counts = {"rows": len(rows.lengths), "tokens": sum(map(sum, rows.lengths)), "languages": rows.languages}
            found = {"bytes": file.stat().st_size, "sha256": file_sha256(file), "duplicates": 1}
            described[split][name] = {**counts, "files": [{"path": str(file.relative_to(folder)), **found, **counts}]}
    description = {"format": FORMAT, "tiers": [], "seq_len": length, "dtype": "uint16", **facts, "splits": described}
    write_json(folder / "packing.json", description | {"fingerprint": settings_sha256(description)})
    return folder


def main() -> None:
    parser = command_line.parser(__doc__)
    parser.add_argument("--packed", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tokens", type=float, default=17e6)
    given = command_line.parse(parser)
    if given.out.exists():
        sys.exit(f"{given.out} exists; choose another --out")
    part(given.packed, given.out, given.tokens)
    size = sum(path.stat().st_size for path in given.out.rglob("*") if path.is_file())
    print(json.dumps({"out": str(given.out), "megabytes": round(size / 1e6, 1)}))


if __name__ == "__main__":
    main()

"""A small corpus on disk, a tokenizer without merges and packed data by hand, for the tests of packing and loading."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import tokenizers

from corpus.document import SCHEMA
from corpus.shards import describe_split, write_stream


def byte_tokenizer() -> tokenizers.Tokenizer:
    """A byte-level tokenizer without merges: ids are bytes, in the byte-level alphabet's order."""
    specials = ["<s>", "</s>", "<pad>"]
    names = specials + sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE({name: i for i, name in enumerate(names)}, []))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.add_special_tokens(specials)
    return tokenizer


def batch_of(texts: list[str], source: str, lang: str = "ko") -> pa.RecordBatch:
    rows = [
        {"id": f"{source}-{i}", "text": text, "source": source, "lang": lang, "origin": f"f#{i}", "duplicates": 1}
        for i, text in enumerate(texts)
    ]
    return pa.RecordBatch.from_pylist(rows, SCHEMA)


def write_corpus(root: Path, shards: dict[str, dict[str, list[str]]]) -> Path:
    """A corpus folder: {"train": {"web-00000": [texts], …}, "validation": {…}}."""
    for split in ("train", "validation"):
        folder = root / split
        folder.mkdir(parents=True)
        names = []
        for name, texts in shards.get(split, {}).items():
            names.append(f"{name}.arrow")
            source = name.rsplit("-", 1)[0]
            batch = batch_of(texts, source, "en" if source.endswith("en") else "ko")
            write_stream(folder / names[-1], SCHEMA, [batch.slice(0, 7), batch.slice(7)])
        describe_split(folder, SCHEMA, names, "0" * 16, split)
    (root / "manifest.json").write_text(json.dumps({}))
    return root


def write_packed(root: Path, sources: dict[str, list[list[list[int]]]], seq_len: int, pad_id: int = 0) -> Path:
    """Packed data written by hand: source → rows → documents → ids, as training's contract says."""
    from corpus.engine.task import file_sha256, settings_sha256
    from model.packing.packer import row_schema

    splits: dict[str, dict] = {"train": {}, "validation": {}}
    for name, rows in sources.items():
        folder = root / "train" / name
        folder.mkdir(parents=True)
        half = (len(rows) + 1) // 2
        files = []
        for number, part in enumerate((rows[:half], rows[half:])):
            if not part:
                continue
            ids = [[i for d in row for i in d] for row in part]
            ids = [row + [pad_id] * (seq_len - len(row)) for row in ids]
            schema = row_schema(seq_len, np.dtype(np.uint16))
            arrays = [
                pa.array(ids, schema.field(0).type),
                pa.array([[len(d) for d in row] for row in part], schema.field(1).type),
            ]
            path = f"train/{name}/{name}-{number:05d}.arrow"
            write_stream(root / path, schema, [pa.RecordBatch.from_arrays(arrays, schema=schema)])
            files.append(
                {
                    "path": path,
                    "rows": len(part),
                    "tokens": sum(len(d) for row in part for d in row),
                    "duplicates": 1,
                    "bytes": (root / path).stat().st_size,
                    "sha256": file_sha256(root / path),
                }
            )
        tokens = sum(len(d) for row in rows for d in row)
        splits["train"][name] = {"rows": len(rows), "tokens": tokens, "languages": {"ko": tokens}, "files": files}
    description = {
        "format": 2,
        "seq_len": seq_len,
        "dtype": "uint16",
        "pad_id": pad_id,
        "vocab_size": 1000,
        "tiers": [],
        "splits": splits,
    }
    description["fingerprint"] = settings_sha256(description)
    (root / "packing.json").write_text(json.dumps(description))
    return root

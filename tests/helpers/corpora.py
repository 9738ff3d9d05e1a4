"""Small corpora and packed data on disk, written by hand: what the build and the packer would write for a few
documents."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpus.document import SCHEMA
from corpus.engine.task import file_sha256, settings_sha256, write_json
from corpus.shards import describe_split, source_of, write_stream

Row = tuple[str, str, str | None]  # text, language, address


def batch_of(texts: Sequence[str | Row], source: str, lang: str = "ko") -> pa.RecordBatch:
    """Documents of a source; a bare text is in the language `lang`."""
    rows = [(text, lang, None) if isinstance(text, str) else text for text in texts]
    common = {"source": source, "duplicates": 1}
    return pa.RecordBatch.from_pylist(
        [
            {"id": f"{source}-{i}", "text": text, "lang": language, "origin": f"f#{i}", "url": url} | common
            for i, (text, language, url) in enumerate(rows)
        ],
        SCHEMA,
    )


def write_corpus(root: Path, splits: Mapping[str, Mapping[str, Sequence[str | Row]]], batch: int = 7) -> Path:
    """A corpus folder, {"train": {"web-00000": documents, …}, …}, `batch` documents a record batch; sources in "en"
    are English."""
    for split, shards in splits.items():
        folder = root / split
        folder.mkdir(parents=True, exist_ok=True)
        names = [f"{name}.arrow" for name in shards]
        for name, rows in zip(names, shards.values(), strict=True):
            source = source_of(Path(name))
            whole = batch_of(rows, source, "en" if source.endswith("en") else "ko")
            batches = [whole.slice(start, batch) for start in range(0, len(rows), batch)]
            write_stream(folder / name, SCHEMA, batches)
        describe_split(folder, SCHEMA, names, "0" * 16, split)
    (root / "manifest.json").write_text("{}")
    return root


def write_rows(
    root: Path, splits: Mapping[str, Mapping[str, list[list[list[list[int]]]]]], seq_len: int, **facts: Any
) -> Path:
    """Packed data: split → source → files → rows → documents → ids.

    `facts` go into packing.json; language: a source's first letters.
    """
    from model.packing.packer import row_schema

    schema, pad = row_schema(seq_len, np.dtype(np.uint16)), facts["pad_id"]
    books: dict[str, dict[str, Any]] = {}
    for split, sources in splits.items():
        books[split] = {}
        for name, files in sources.items():
            (root / split / name).mkdir(parents=True)
            entries: list[dict[str, Any]] = []
            for number, rows in enumerate(files):
                filled = [[i for d in row for i in d] for row in rows]
                ids = pa.array([row + [pad] * (seq_len - len(row)) for row in filled], schema.field(0).type)
                lengths = pa.array([[len(d) for d in row] for row in rows], schema.field(1).type)
                path = root / split / name / f"{name}-{number:05d}.arrow"
                write_stream(path, schema, [pa.RecordBatch.from_arrays([ids, lengths], schema=schema)])
                entries.append(
                    {
                        "path": str(path.relative_to(root)),
                        "rows": len(rows),
                        "tokens": sum(map(len, filled)),
                        "documents": sum(map(len, rows)),
                        "duplicates": 1,
                        "bytes": path.stat().st_size,
                        "sha256": file_sha256(path),
                    }
                )
            sums = {key: sum(entry[key] for entry in entries) for key in ("rows", "tokens", "documents")}
            language = "en" if name.startswith("en") else "ko"
            books[split][name] = sums | {"languages": {language: sums["tokens"]}, "files": entries}
    description = {"format": 2, "tiers": [], "seq_len": seq_len, "dtype": "uint16", **facts, "splits": books}
    write_json(root / "packing.json", description | {"fingerprint": settings_sha256(description)})
    return root

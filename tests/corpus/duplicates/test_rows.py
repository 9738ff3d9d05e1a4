"""Rows of a user's file, in every format: read by column, by value, and copied as they are."""

import bz2
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.duplicates.rows import copy_rows, named_fields, read_columns, text_keys, value_rows
from corpus.readers import unpack
from corpus.readers.lines import lines
from corpus.readers.stream import Gap, Limits
from corpus.shards import write_stream

RECORDS: list[dict[str, Any]] = [
    {"text": "하나", "meta": {"n": 1, "name": "a"}, "meta.n": "n10"},
    {"text": "둘\n째", "meta": {"n": 2, "name": None}, "meta.n": "n20"},
    {"text": "", "meta": {"n": 3, "name": "c"}, "meta.n": "n30"},
    {"text": "x" * 50, "meta": {"n": None, "name": "d"}, "meta.n": "n40"},
    {"text": "다섯", "meta": {"n": 5, "name": "e"}, "meta.n": "n50"},
]
LINES = [json.dumps(record, ensure_ascii=False).encode() for record in RECORDS]


def packed(pack: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(pack(b"\n".join(LINES))) and None  # the last line does not end


def zstd(data: bytes) -> bytes:
    return bytes(pa.Codec("zstd").compress(data, asbytes=True))


def arrow(path: Path) -> None:
    table = pa.Table.from_pylist(RECORDS)
    write_stream(path, table.schema, table.to_batches(max_chunksize=2))


FORMATS: dict[str, Callable[[Path], Any]] = {
    "a.jsonl": packed(bytes),
    "a.jsonl.gz": packed(gzip.compress),
    "a.jsonl.bz2": packed(bz2.compress),
    "a.jsonl.zst": packed(zstd),
    "a.parquet": lambda path: pq.write_table(pa.Table.from_pylist(RECORDS), path, row_group_size=2),
    "a.arrow": arrow,
}


def whole(path: Path) -> list[dict[str, Any]]:
    """The records of a file; its lines must be those that were written."""
    if path.suffix == ".arrow":
        with pa.memory_map(str(path)) as source:
            return list(pa.ipc.open_stream(source).read_all().to_pylist())
    if path.suffix == ".parquet":
        return list(pq.read_table(path).to_pylist())
    pieces = list(unpack.blocks(path, Limits()))
    assert not any(isinstance(piece, Gap) for piece in pieces)
    data = b"".join(piece for piece in pieces if isinstance(piece, bytes))
    assert data == b"".join(line + b"\n" for line in data.split(b"\n")[:-1])
    assert set(data.split(b"\n")[:-1]) <= set(LINES)
    return [json.loads(line) for line in data.split(b"\n")[:-1]]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("rows", [[0, 1, 2, 3, 4], [0], [1, 2], [3, 4], [0, 2, 4], []], ids=str)
def test_the_rows_that_are_named_are_copied(tmp_path: Path, name: str, rows: list[int]) -> None:
    FORMATS[name](tmp_path / name)
    copy_rows(tmp_path / name, tmp_path / "out" / name, np.array(rows, np.int64))
    assert whole(tmp_path / "out" / name) == [RECORDS[row] for row in rows]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("small", [False, True])
def test_values_and_texts_are_those_of_their_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, small: bool
) -> None:
    """In chunks of any size; a name with a dot is a field, or one within another."""
    if small:
        monkeypatch.setattr("corpus.readers.unpack.PIECE", 70)
        monkeypatch.setattr(lines, "__defaults__", (70,))
    FORMATS[name](tmp_path / name)
    for keys, values in (
        (("text",), [record["text"] for record in RECORDS]),
        (("meta", "name"), [record["meta"]["name"] for record in RECORDS]),
        (("none",), [None] * 5),
    ):
        assert list(value_rows(tmp_path / name, keys)) == list(enumerate(values))
    assert text_keys(tmp_path / name, "meta.n") == ("meta.n",)
    assert text_keys(tmp_path / name, "meta.name") == ("meta", "name")
    assert text_keys(tmp_path / name, "text") == ("text",)
    found = [
        pair
        for columns in read_columns(tmp_path / name, {"text": ("text",)})
        for pair in zip(columns.rows.tolist(), columns.columns["text"].to_pylist(), strict=True)
    ]
    assert found == list(enumerate(record["text"] for record in RECORDS))
    table = name in ("a.parquet", "a.arrow")
    assert named_fields(tmp_path / name) == f" (it has text, {'meta.n, meta.name' if table else 'meta'}, meta.n)"


def test_of_two_fields_of_one_name_with_a_dot_the_plain_one_counts(tmp_path: Path) -> None:
    rows = ['{"a.b": 1, "a": {"b": 2}}', '{"a": {"b": 3}}', '{"a": [4]}', "5", "{broken", ""]
    (tmp_path / "a.jsonl").write_text("".join(f"{row}\n" for row in rows))
    assert list(value_rows(tmp_path / "a.jsonl", ("a", "b"))) == list(enumerate([1, 3, None, None, None, None]))


@pytest.mark.parametrize(("fields", "ending"), [(1, "f0)"), (20, "f19)"), (21, "f19, …)")])
def test_of_many_fields_the_first_twenty_are_named(tmp_path: Path, fields: int, ending: str) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({f"f{n}": n for n in range(fields)}) + "\n")
    assert named_fields(tmp_path / "a.jsonl").endswith(ending)
    (tmp_path / "b.jsonl").write_text("5\n")
    assert named_fields(tmp_path / "b.jsonl") == ""

"""Damaged files of every format through a whole build: what is sound is kept, the rest quarantined with its place,
the books balance."""

import bz2
import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from datasets import concatenate_datasets, load_from_disk

from corpus.build import Built, build
from corpus.download.locator import Locator
from corpus.engine.local import LocalEngine
from corpus.recipe import Recipe

COUNT = 30
SIZE = 3  # documents of a block: a member, frame, row group or record batch


def text_of(source: str, i: int) -> str:
    """A text that no other source has, and of which no other document is a near-duplicate."""
    words = [f"{source}의 {i}번째 글에서 {k}번째로 나오는 낱말은 {hash_of(source, i, k)}이다." for k in range(12)]
    return " ".join(words)


def hash_of(*values: object) -> str:
    number = sum(ord(c) * 31**n for n, c in enumerate(repr(values))) * 2654435761 % 11172**4
    return "".join(chr(0xAC00 + number // 11172**n % 11172) for n in range(4))


def texts(source: str) -> list[str]:
    return [text_of(source, i) for i in range(COUNT)]


def lines(source: str) -> list[bytes]:
    return [json.dumps({"text": text}, ensure_ascii=False).encode() + b"\n" for text in texts(source)]


def blocks(source: str, pack: Callable[[bytes], bytes]) -> list[bytes]:
    every = lines(source)
    return [pack(b"".join(every[i : i + SIZE])) for i in range(0, COUNT, SIZE)]


def damaged(data: bytes, at: float = 0.5, noise: bytes = b"\x00\xff\x00\xff") -> bytes:
    place = int(len(data) * at)
    return data[:place] + noise + data[place + len(noise) :]


def parquet(source: str) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"text": texts(source)}), out, row_group_size=SIZE, write_page_checksum=True)
    return out.getvalue()


def arrow(source: str, stream: bool = True) -> bytes:
    out = io.BytesIO()
    table = pa.table({"text": texts(source)})
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=SIZE)
    return out.getvalue()


def table(source: str) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["text"], *([text] for text in texts(source))])
    return out.getvalue().encode()


def warc(source: str) -> list[bytes]:
    head = "WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: http://a/{}\r\nContent-Length: {}\r\n\r\n"
    contents = [text.encode() for text in texts(source)]
    return [head.format(i, len(c)).encode() + c + b"\r\n\r\n" for i, c in enumerate(contents)]


def replaced(parts: list[bytes], **others: bytes) -> bytes:
    """The parts joined, some by their number (`_7=…`) replaced."""
    return b"".join(others.get(f"_{i}", part) for i, part in enumerate(parts))


def broken(part: bytes) -> bytes:
    return part.replace("번째".encode(), b"\xeb\xb2", 1)  # a character cut short


CCTX = zstandard.ZstdCompressor(write_checksum=True).compress
# source -> (file name, content, reason, fewest documents kept, most records lost)
CASES: dict[str, tuple[str, Callable[[str], bytes], str, int, int]] = {
    "gzip-cut": ("a.jsonl.gz", lambda s: b"".join(blocks(s, gzip.compress))[:-40], "truncated gzip", COUNT - SIZE, 1),
    "gzip-bad": ("a.jsonl.gz", lambda s: damaged(b"".join(blocks(s, gzip.compress))), "damaged gzip", COUNT - 2 * SIZE, 2),
    "zstd-cut": ("a.jsonl.zst", lambda s: b"".join(blocks(s, CCTX))[:-40], "truncated zstd", COUNT - SIZE, 1),
    "zstd-bad": ("a.jsonl.zst", lambda s: damaged(b"".join(blocks(s, CCTX))), "damaged zstd", COUNT - 2 * SIZE, 2),
    "bz2-cut": ("a.jsonl.bz2", lambda s: b"".join(blocks(s, bz2.compress))[:-40], "truncated bz2", COUNT - SIZE, 1),
    "bz2-bad": ("a.jsonl.bz2", lambda s: damaged(b"".join(blocks(s, bz2.compress))), "damaged bz2", COUNT - 2 * SIZE, 2),
    "parquet-cut": ("a.parquet", lambda s: parquet(s)[:-10], "damaged parquet", 0, 1),
    "parquet-bad": ("a.parquet", lambda s: damaged(parquet(s), 0.3), "damaged parquet", COUNT - 2 * SIZE, 2 * SIZE),
    "arrow-cut": ("a.arrow", lambda s: arrow(s)[: len(arrow(s)) // 2], "damaged arrow", COUNT // 2 - 2 * SIZE, 1),
    "csv-row": ("a.csv", lambda s: replaced(table(s).splitlines(True), _8=b"a,b\r\n"), "wrong number of cells", COUNT - 1, 1),
    "utf8-jsonl": ("a.jsonl", lambda s: replaced(lines(s), _7=broken(lines(s)[7])), "bad utf-8", COUNT - 1, 1),
    "utf8-csv": ("a.csv", lambda s: broken(table(s)), "bad utf-8", COUNT - 1, 1),
    "utf8-txt": ("a.txt", lambda s: broken(text_of(s, 0).encode()), "bad utf-8", 0, 1),
    "utf8-warc": ("a.warc", lambda s: replaced(warc(s), _7=warc(s)[7].replace(b"\xeb\xb2\x88", b"\xff\xff\xff")), "bad utf-8", COUNT - 1, 1),
    "json-broken": ("a.jsonl", lambda s: replaced(lines(s), _7=lines(s)[7][:-4] + b"\n"), "bad json", COUNT - 1, 1),
    "json-other": ("a.jsonl", lambda s: replaced(lines(s), _7=b'["no object"]\n'), "not an object", COUNT - 1, 1),
    "field-jsonl": ("a.jsonl", lambda s: replaced(lines(s), _7=b'{"body":"x"}\n'), "missing field", COUNT - 1, 1),
    "null-jsonl": ("a.jsonl", lambda s: replaced(lines(s), _7=b'{"text":null}\n'), "null text", COUNT - 1, 1),
    "number-jsonl": ("a.jsonl", lambda s: replaced(lines(s), _7=b'{"text":7}\n'), "text is no string", COUNT - 1, 1),
    "long-jsonl": ("a.jsonl", lambda s: replaced(lines(s), _7=b'{"text":"' + b"x" * 50_000 + b'"}\n'), "line too long", COUNT - 1, 1),
    "null-parquet": ("a.parquet", lambda s: nulls(s), "null text", COUNT - 1, 1),
    "warc-length": ("a.warc", lambda s: replaced(warc(s), _7=warc(s)[7].replace(b"Length: ", b"Length: 1")), "bad length", COUNT - 1, 1),
    "bomb": ("a.jsonl.gz", lambda s: gzip.compress(b"".join(lines(s))) + gzip.compress(bytes(70 << 20)), "archive bomb", COUNT, 2),
}  # fmt: skip


def nulls(source: str) -> bytes:
    out = io.BytesIO()
    values = [None if i == 7 else text for i, text in enumerate(texts(source))]
    pq.write_table(pa.table({"text": pa.array(values, pa.string())}), out)
    return out.getvalue()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("bad")
    sources: list[dict[str, Any]] = []
    for name, (file, content, *_) in CASES.items():
        path = folder / name / file
        path.parent.mkdir()
        path.write_bytes(content(name))
        sources.append(
            {
                "name": name,
                "files": [str(path)],
                "profile": "none",
                "lang": "ko",
                "max_line_bytes": 20_000,
                "license": "CC0",
            }
        )
    recipe = Recipe.model_validate({"name": "bad", "sources": sources, "validation": 0.1, "match": {"short": 10**6}})
    with LocalEngine(1) as engine:  # the build itself fails if the books do not balance
        return build(recipe, folder / "out", engine, Locator(folder, folder))


@pytest.mark.parametrize("name", CASES)
def test_damage_costs_only_itself_and_is_quarantined(built: Built, name: str) -> None:
    file, _, reason, fewest, most = CASES[name]
    documents = concatenate_datasets([load_from_disk(str(built.out / split)) for split in ("train", "validation")])
    kept = [row["text"] for row in documents.filter(lambda source: source == name, input_columns="source")]
    assert set(kept) <= set(texts(name)), "a document was invented"
    assert len(kept) == len(set(kept)) >= fewest
    entries = [json.loads(line) for line in (built.out / "rejects" / f"{name}.unreadable.jsonl").open(encoding="utf-8")]
    book = built.stats["sources"][name]
    assert reason in book["read"]["unreadable"]
    lost: Counter[str] = Counter()
    for entry in entries:
        lost[entry["reason"]] += entry.get("records", 1)
    assert lost == book["read"]["unreadable"]
    assert 1 <= len(entries) <= most
    assert {Path(entry["origin"]).name for entry in entries} == {file}
    assert all(entry["row"] >= 0 or entry["offset"] >= 0 or "parquet" in reason for entry in entries)
    assert book["read"]["in"] == len(kept) + sum(lost.values()), "nothing but damage cost a record here"
    if most == 1 and fewest == COUNT - 1:  # a record by itself: its row is told
        assert [entry["row"] for entry in entries] == [0 if name == "utf8-csv" else 7]

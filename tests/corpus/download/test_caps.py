"""What one file can cost: bombs by ratio and by size in every packed format, and lines far longer than the cap, in
bounded memory."""

import bz2
import gzip
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from corpus.document import Unreadable
from corpus.readers import Limits, read
from corpus.readers.lines import Lines, lines
from corpus.readers.stream import BLOCK, PIECE, Gap
from corpus.readers.unpack import blocks

FIELDS = {"text": ("text",)}
PACK = {".gz": gzip.compress, ".zst": zstandard.compress, ".bz2": bz2.compress}
MB = 1 << 20


def read_all(path: Path, limits: Limits) -> tuple[list[str], list[Unreadable]]:
    columns = list(read(path, FIELDS, limits=limits))
    return [text for c in columns for text in c.columns["text"].to_pylist()], [u for c in columns for u in c.unreadable]


@pytest.mark.parametrize("suffix", PACK)
@pytest.mark.parametrize(
    ("limits", "most"),
    [(Limits(), 65 * MB), (Limits(max_ratio=1e9, max_bytes=20 * MB), 20 * MB)],
    ids=["ratio", "absolute"],
)
def test_bombs_are_cut_off(suffix: str, limits: Limits, most: int, tmp_path: Path) -> None:
    path = tmp_path / f"x.jsonl{suffix}"
    path.write_bytes(5 * PACK[suffix](bytes(16 * MB)))
    seen = 0
    last: bytes | Gap = b""
    for last in blocks(path, limits):
        seen += len(last) if isinstance(last, bytes) else 0
    assert isinstance(last, Gap)
    assert last.reason == "archive bomb"
    assert seen <= most
    texts, lost = read_all(path, limits)
    assert texts == []
    assert "archive bomb" in {u.reason for u in lost}


@pytest.mark.parametrize("suffix", PACK)
def test_what_comes_before_a_bomb_is_read(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.jsonl{suffix}"
    good = b"".join(json.dumps({"text": f"text {i}"}).encode() + b"\n" for i in range(100))
    path.write_bytes(PACK[suffix](good) + PACK[suffix](bytes(8 * MB)))
    texts, lost = read_all(path, Limits(max_bytes=4 * MB))
    assert texts == [f"text {i}" for i in range(100)]
    assert {u.reason for u in lost} == {"archive bomb"}


@pytest.mark.parametrize("kind", ["declared", "dictionary"])
@pytest.mark.parametrize("limits", [Limits(max_ratio=20), Limits(max_ratio=1e9, max_bytes=20 * MB)])
def test_parquet_bombs_are_cut_off(kind: str, limits: Limits, tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    small = pa.table({"text": ["before"]})
    repeated = pa.table({"text": ["a" * 100_000] * 2000})  # 200 MB
    with pq.ParquetWriter(path, small.schema, compression="zstd", use_dictionary=kind == "dictionary") as writer:
        writer.write_table(small)
        writer.write_table(repeated)
    assert path.stat().st_size < MB
    texts, lost = read_all(path, limits)
    assert texts == ["before"]
    assert [(u.row, u.reason, u.records) for u in lost] == [(1, "archive bomb", 2000)]  # as many as the file has left


def test_an_endless_line_is_passed_over_in_bounded_memory() -> None:
    """The buffer never holds more than the cap and what is read at a time, however long the line."""
    good = b'{"text":"good"}\n'
    limits = Limits(max_line_bytes=2 * MB)
    long: Iterator[bytes | Gap] = itertools.repeat(b"x" * PIECE, 256)  # a quarter of a gigabyte
    found, largest = [], 0
    for chunk in lines(itertools.chain([good], long, [b"\n" + good]), limits, BLOCK // 8):
        if isinstance(chunk, Lines):
            largest = max(largest, len(chunk.buffer))
            found.append((chunk.row, chunk.bytes()))
        else:
            found.append((chunk.row, chunk.reason))
    assert found == [(0, good), (1, "line too long"), (2, good)]
    assert largest <= 2 * (limits.max_line_bytes + BLOCK // 8 + PIECE)


LONG_LINE = """
import re, sys
from pathlib import Path
from corpus.readers import read
for columns in read(Path(sys.argv[1]), {"text": ("text",)}):
    print(columns.columns["text"].to_pylist(), [u.reason for u in columns.unreadable])
print(re.search("VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="tells memory by /proc")
def test_a_line_beyond_the_cap_costs_itself_and_little_memory(tmp_path: Path) -> None:
    """A line of 300 MB, the cap being 64; docs/sources.md tells of one of 1 GB."""
    peaks = []
    for length, reasons in ((0, "['a', 'b'] ['missing field']"), (300, "['a', 'b'] ['line too long']")):
        path = tmp_path / f"{length}.jsonl"
        with path.open("wb") as file:
            file.write(b'{"text":"a"}\n{"x":"')
            for _ in range(length):
                file.write(b"x" * MB)
            file.write(b'"}\n{"text":"b"}\n')
        done = subprocess.run([sys.executable, "-c", LONG_LINE, path], capture_output=True, text=True, check=True)
        *lines_told, peak = done.stdout.splitlines()
        assert lines_told == [reasons]
        peaks.append(int(peak) / 1024)
    assert peaks[1] - peaks[0] < 2 * 64 + 40  # MB: the buffer, and its copy when it grows

"""Exact repeated substrings: what google/deduplicate-text-datasets removes, and how much of it our spans remove.

    python -m benchmarks.substrings [--megabytes 8] [--bytes 200]

Their definition (Lee et al. 2022): every substring of at least N bytes that occurs at least twice, at any byte, is
struck. N is 100 by default there, and 50 BPE tokens, about 200 bytes, in the paper. They strike all copies, which loses
text; what has to go is all copies but one. So the measure is the excess: windows of N bytes, minus distinct windows. (A
substring of at least N bytes is repeated if and only if each of its windows is. This needs no suffix array.) Windows do
not reach across documents.

Both work on the same texts: normalised, without exact and near duplicates. Three figures of each kind of text: the
share of the excess that is gone after our cuts (whole sentences and blocks, at least N bytes in a row), the share
that would be gone if everything that we find were cut to the byte, and processor time with the peak of memory beside
that of a suffix array, which takes 8 bytes a byte and the text. What is found and stays is inside a sentence, a table,
a list or code that is not repeated as a whole.

The last line is one JSON object: found and removed (shares of the excess, over all texts), bytes_per_byte (of memory
that grows with the text), mb_per_s.
"""

import json
import resource
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from rich.console import Console
from rich.table import Table

from benchmarks import command_line, texts
from benchmarks.timing import cpu_seconds, in_new_process
from corpus.cleaning.normalize import NormalizeSettings, normalize
from corpus.duplicates import drop_duplicates
from corpus.duplicates.dataset import text_batches, write_parts
from corpus.duplicates.match import DUPLICATES
from corpus.engine.local import LocalEngine
from corpus.kernels.hashing import mix64
from corpus.kernels.inner import kernel
from corpus.repeats.cuts import apply_cuts, read_cuts
from corpus.repeats.spans import SpanSettings, find_spans

KINDS = ("ko", "en", "mixed", "code")
LEAST = 100  # the smallest span_bytes
FACTOR = np.uint64(0x9E3779B97F4A7C15)


def excess(pieces: list[bytes], size: int) -> int:
    """Windows of `size` bytes that repeat another one: all windows of the pieces, minus the distinct ones."""
    data = np.frombuffer(b"".join(pieces), np.uint8)
    offsets = np.cumsum([0, *map(len, pieces)])
    out = np.empty(max(len(data), 1), np.uint64)
    count = _windows(data, offsets, size, out)
    hashes = np.sort(out[:count])
    return count - int((hashes[1:] != hashes[:-1]).sum()) - (count > 0)


@kernel
def _windows(data, offsets, size, out):
    """A hash of each window, rolled on byte by byte; returns their number."""
    power = np.uint64(1)
    for _ in range(size):
        power *= FACTOR
    n = 0
    for d in range(offsets.shape[0] - 1):
        rolled = np.uint64(0)
        for i in range(offsets[d], offsets[d + 1]):
            rolled = rolled * FACTOR + mix64(np.uint64(data[i]) + np.uint64(1))
            if i - offsets[d] >= size:
                rolled -= power * mix64(np.uint64(data[i - size]) + np.uint64(1))
            if i - offsets[d] + 1 >= size:
                out[n] = mix64(rolled)
                n += 1
    return n


def outside(column: pa.Array, cuts: pa.Table) -> list[bytes]:
    """What is left of the texts outside the ranges of the cuts, to the byte, as separate pieces."""
    ranges: dict[int, list[tuple[int, int]]] = {}
    for row, start, end in zip(*(cuts[name].to_pylist() for name in ("row", "start", "end")), strict=True):
        ranges.setdefault(row, []).append((start, end))
    pieces = []
    for row, text in enumerate(column.to_pylist()):
        data, at = text.encode(), 0
        for start, end in sorted(ranges.get(row, [])):
            pieces.append(data[at : max(start, at)])
            at = max(at, end)
        pieces.append(data[at:])
    return pieces


def spans(column: pa.Array, size: int) -> tuple[pa.Array, pa.Table, pa.Array]:
    """The texts, the repeated ranges that are found, and the texts after the cuts; all texts are in one part."""
    with tempfile.TemporaryDirectory() as folder, LocalEngine(1) as engine:
        [part], _ = write_parts(text_batches([column], False), Path(folder))
        dropped = Path(folder) / "duplicates.arrow"
        with pa.OSFile(str(dropped), "wb") as sink, pa.ipc.new_file(sink, DUPLICATES) as writer:
            writer.write_table(DUPLICATES.empty_table())
        settings = SpanSettings(spans=True, span_bytes=size)
        cuts = read_cuts(find_spans([part], dropped, settings, engine, Path(folder) / "spans", {}))
    return column, cuts, apply_cuts(column, 0, cuts, size)[0]


def column_of(kind: str, megabytes: float) -> pa.Array:
    """The texts of a kind, normalised, without exact and near duplicates."""
    found = texts.up_to(texts.texts(kind), megabytes * 1e6)
    plain = normalize(pa.array(found, pa.string()), NormalizeSettings())[0].to_pylist()
    return pa.array(drop_duplicates(plain), pa.string())


def measured(kind: str, megabytes: float, size: int) -> dict[str, Any]:
    """The figures of one kind of text."""
    column = column_of(kind, megabytes)
    spans(column.slice(0, 10), max(size, LEAST))  # load the kernels
    before = _peak()
    seconds, (_, cuts, after) = cpu_seconds(spans, column, max(size, LEAST))
    grown = _peak() - before
    raw = [text.encode() for text in column.to_pylist()]
    whole = excess(raw, size)
    return {
        "kind": kind,
        "bytes": sum(map(len, raw)),
        "excess": whole,
        "found": whole - excess(outside(column, cuts), size),
        "removed": whole - excess([text.encode() for text in after.to_pylist()], size),
        "seconds": seconds,
        "peak": grown,
    }


def _peak() -> int:
    """Peak memory of this process, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and, last, one JSON object."""
    parser = command_line.parser(__doc__)
    parser.add_argument("--megabytes", type=float, default=8, help="text of each kind")
    parser.add_argument("--bytes", type=int, default=200, help="N, the least length of a repeated substring")
    options = command_line.parse(parser, arguments)
    command_line.require("mirror", "the benchmark reads the mirror's texts")
    rows = [in_new_process(measured, kind, options.megabytes, options.bytes) for kind in KINDS]
    table = Table("", "text", "excess", "found", "removed", "MB/s", title=f"Substrings of {options.bytes} bytes")
    for row in rows:
        shares = [f"{row[key] / max(row['excess'], 1):.1%}" for key in ("found", "removed")]
        speed = f"{row['bytes'] / row['seconds'] / 1e6:.1f}"
        size = f"{row['bytes'] / 1e6:.1f} MB"
        table.add_row(row["kind"], size, f"{row['excess'] / row['bytes']:.2%}", *shares, speed)
    Console().print(table)
    total = {key: sum(row[key] for row in rows) for key in ("bytes", "excess", "found", "removed", "seconds", "peak")}
    told = {
        "bytes": options.bytes,
        "excess": total["excess"] / total["bytes"],
        "found": total["found"] / max(total["excess"], 1),
        "removed": total["removed"] / max(total["excess"], 1),
        "bytes_per_byte": total["peak"] / total["bytes"],
        "mb_per_s": total["bytes"] / total["seconds"] / 1e6,
    }
    print(json.dumps({key: round(value, 4) for key, value in told.items()}))


if __name__ == "__main__":
    main()

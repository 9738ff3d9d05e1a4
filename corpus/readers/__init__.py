"""Files in, columns out: `read` opens any of the formats that corpora come in, by the file's name.

Readers cut a file into stretches of about 8 MiB of text and never hold more than a few of them. Whatever is wrong with
the content costs the record, the line or the compressed block it stands in, and is told with its place; nothing in a
file raises (corpus/readers/guard.py catches what no reader foresaw).
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from corpus.errors import UserError
from corpus.readers.columns import Columns, Fields, empty
from corpus.readers.guard import to_the_end
from corpus.readers.stream import COMPRESSED, Limits

LINES = (".jsonl", ".json", ".ndjson")


def format_of(path: str | Path) -> str:
    """The format by the name: "jsonl", "parquet", "arrow", "csv", "txt", "warc"; a UserError for others."""
    name = Path(path)
    if name.suffix in COMPRESSED:
        name = name.with_suffix("")
    suffix = name.suffix.lower()
    if suffix in LINES:
        return "jsonl"
    if suffix in (".parquet", ".arrow", ".csv", ".tsv", ".txt", ".warc"):
        return {".tsv": "csv"}.get(suffix, suffix[1:])
    raise UserError(
        f"{path}: cannot tell the format from the name; expected .jsonl, .json, .ndjson, .csv, .tsv, .txt or .warc "
        "(each also with .gz, .zst or .bz2), .parquet or .arrow"
    )


def read(path: Path, fields: Fields, *, required: str = "text", limits: Limits | None = None) -> Iterator[Columns]:
    """The columns `fields` of a file, stretch by stretch; a record without a string at `required` is unreadable.

    Raises UserError for an unknown format, OSError when the file is not there or the disk fails.
    """
    stretches = partial(_stretches, path, fields, required, limits or Limits())
    yield from to_the_end(stretches, lambda lost: empty(fields, [lost]))


def _stretches(path: Path, fields: Fields, required: str, limits: Limits) -> Iterator[Columns]:
    kind = format_of(path)
    if kind == "jsonl":
        from corpus.readers.jsonl import read_jsonl

        yield from read_jsonl(path, fields, required, limits)
    elif kind == "parquet":
        from corpus.readers.tables import read_parquet

        yield from read_parquet(path, fields, required, limits)
    elif kind == "arrow":
        from corpus.readers.arrow import read_arrow

        yield from read_arrow(path, fields, required)
    elif kind == "csv":
        from corpus.readers.csv_rows import read_csv

        yield from read_csv(path, fields, required, limits)
    elif kind == "txt":
        from corpus.readers.plain_text import read_text

        yield from read_text(path, fields, required, limits)
    else:
        from corpus.readers.warc import read_warc

        yield from read_warc(path, fields, required, limits)

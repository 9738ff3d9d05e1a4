"""Readers turn files into columns: `read` opens any of the usual formats of corpora, by the file's name.

Readers cut a file into chunks of about 8 MiB of text and have only a few of them in memory. Damage costs only its
record, line or compressed block, and is reported with its place; no content of a file raises an exception
(corpus/readers/guard.py catches unexpected ones).
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from corpus.document import Unreadable
from corpus.errors import UserError
from corpus.readers.columns import Columns, Fields, empty
from corpus.readers.encoding import Text
from corpus.readers.guard import to_the_end
from corpus.readers.stream import COMPRESSED, Limits

LINES = (".jsonl", ".json", ".ndjson")
OTHERS = {  # what to do with files of other kinds
    **dict.fromkeys((".xlsx", ".xls", ".ods"), "Save the sheet as .csv (UTF-8)"),
    **dict.fromkeys((".docx", ".doc", ".hwp", ".hwpx", ".odt", ".rtf"), "Save the document as .txt (UTF-8)"),
    **dict.fromkeys((".pdf", ".epub", ".ps"), "Convert it to .txt, for example with pdftotext or pandoc"),
    **dict.fromkeys((".zip", ".7z", ".rar", ".tar", ".tgz"), "Unpack it and name what is in it"),
    **dict.fromkeys((".xz", ".lzma", ".lz4", ".br", ".lz"), "Unpack it, or pack it anew as .zst"),
    **dict.fromkeys((".html", ".htm", ".xml", ".md"), "Convert it to .txt, or to .jsonl with a text on each line"),
    **dict.fromkeys((".pkl", ".pickle", ".npy", ".db", ".sqlite"), "Write its texts as .jsonl or .parquet"),
}


def format_of(path: str | Path) -> str:
    """The format by the name: "jsonl", "parquet", "arrow", "csv", "txt", "warc"; raises UserError for others."""
    name = Path(path)
    if name.suffix.lower() in COMPRESSED:
        name = name.with_suffix("")
    suffix = name.suffix.lower()
    if suffix in LINES:
        return "jsonl"
    if suffix in (".parquet", ".arrow", ".csv", ".tsv", ".txt", ".warc"):
        return {".tsv": "csv"}.get(suffix, suffix[1:])
    wanted = ".jsonl, .json, .ndjson, .csv, .tsv, .txt or .warc (each also with .gz, .zst or .bz2), .parquet or .arrow"
    if suffix in OTHERS:
        raise UserError(f"{path}: {suffix} files are not read. {OTHERS[suffix]}; expected {wanted}")
    raise UserError(f"{path}: the name does not show the format; expected {wanted}")


def read(
    path: Path,
    fields: Fields,
    *,
    required: str = "text",
    limits: Limits | None = None,
    encoding: str | None = None,
) -> Iterator[Columns]:
    """The columns `fields` of a file, chunk by chunk; a record without a string at `required` is unreadable.

    `encoding` is that of text, CSV and JSON files; without it the encoding is UTF-8 or detected from the whole file
    (corpus/readers/encoding.py). Raises UserError for an unknown format, OSError if the file is missing or the disk
    fails.
    """
    chunks = partial(_chunks, path, fields, required, limits or Limits(), encoding)
    yield from to_the_end(chunks, lambda lost: empty(fields, [lost]))


def _chunks(path: Path, fields: Fields, required: str, limits: Limits, encoding: str | None) -> Iterator[Columns]:
    kind = format_of(path)
    if kind == "parquet":
        from corpus.readers.tables import read_parquet

        yield from read_parquet(path, fields, required, limits)
    elif kind == "arrow":
        from corpus.readers.arrow import read_arrow

        yield from read_arrow(path, fields, required)
    elif kind == "warc":
        from corpus.readers.warc import read_warc

        yield from read_warc(path, fields, required, limits)
    else:
        text = Text(path, limits, encoding)
        for columns in _of_text(kind, text, fields, required):
            yield columns._replace(
                unreadable=[_in_its_encoding(lost, text.transcoded) for lost in columns.unreadable],
                notes=(*columns.notes, *text.notes),
            )


def _of_text(kind: str, text: Text, fields: Fields, required: str) -> Iterator[Columns]:
    if kind == "csv":
        from corpus.readers.csv_rows import read_csv

        yield from read_csv(text, fields, required)
    elif kind == "txt":
        from corpus.readers.plain_text import read_text

        yield from read_text(text, fields, required)
    else:
        from corpus.readers.json_values import is_lines, read_values
        from corpus.readers.jsonl import read_jsonl

        yield from (read_jsonl if is_lines(text) else read_values)(text, fields, required)


def _in_its_encoding(lost: Unreadable, encoding: str | None) -> Unreadable:
    """Unreadable records of a file in another encoding: places in UTF-8 have no meaning there, and the reason names
    that encoding."""
    if encoding is None:
        return lost
    return lost._replace(offset=-1, reason=lost.reason.replace("bad utf-8", f"bad {encoding}"))

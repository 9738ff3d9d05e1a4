"""CSV and TSV with a header line; rows are counted without the header. Whether quotation marks quote cells is decided
per file (corpus/readers/quoting.py), and so is the separator: spreadsheets write ";" where the comma is the decimal
sign.

The csv module parses about 100 MB/s, which is enough for tables of text. A row with another number of cells than the
header is unreadable: this is how damage is detected. A quotation that is never closed includes the text after it, up to
`max_line_bytes`. Names of columns are compared in Unicode's composed form: macOS writes Hangul decomposed.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unicodedata import normalize

from corpus.document import Unreadable
from corpus.readers.columns import SAMPLE, Columns, Fields
from corpus.readers.encoding import Text
from corpus.readers.gather import Record, gather
from corpus.readers.lines import lines
from corpus.readers.quoting import quotes, text_lines
from corpus.readers.stream import COMPRESSED

SEPARATORS = (";", "\t", ",", "|")


def read_csv(text: Text, fields: Fields, required: str) -> Iterator[Columns]:
    """Columns by the header's names."""
    yield from gather(_Rows(text, fields, required), fields, required)


class _Rows:
    """The rows of a file in order, and the unreadable ones."""

    def __init__(self, text: Text, fields: Fields, required: str) -> None:
        self.names = [normalize("NFC", ".".join(keys)) for keys in fields.values()]
        self.text = text
        self.required = list(fields).index(required)
        usual = "\t" if _is_tabbed(text.path) else ","
        self.delimiter = self._separator(usual, self.names[self.required])
        if self.delimiter != usual:
            text.note(f"cells are separated by {self.delimiter!r}")
        quoting = quotes(self._sound_lines, self.delimiter, text.limits.max_line_bytes)
        self.quoting: Any = csv.QUOTE_NONE if quoting is False else csv.QUOTE_MINIMAL
        if quoting is False:
            text.note("quotation marks are text")
        elif quoting and self.delimiter == "\t":
            text.note("quotation marks quote cells")
        self.chunks = lines(text.blocks(), text.limits)
        self.lost: Unreadable | None = None  # what ended the last run of lines
        self.ended = False

    def _separator(self, usual: str, wanted: str) -> str:
        """The separator by which the header has the column of the text; the usual one if none does."""
        header = next((line for line in self._sound_lines() if line.strip()), "")
        for separator in (usual, *SEPARATORS):
            try:
                cells = next(csv.reader([header], delimiter=separator, strict=True), [])
            except csv.Error:  # a header with a line end in a cell
                continue
            if wanted in (normalize("NFC", cell) for cell in cells):
                return separator
        return usual

    def _sound_lines(self) -> Iterator[str]:
        for chunk in lines(self.text.blocks(), self.text.limits):
            if not isinstance(chunk, Unreadable):
                yield from text_lines(chunk.bytes())

    def __iter__(self) -> Iterator[Record | Unreadable]:
        header: list[str] | None = None
        row = 0
        while not self.ended:
            reader = csv.reader(self._undamaged(), delimiter=self.delimiter, quoting=self.quoting, strict=True)
            while True:
                csv.field_size_limit(self.text.limits.max_line_bytes)
                try:
                    cells = next(reader)
                except StopIteration:
                    break
                except csv.Error as error:
                    yield Unreadable(row, -1, "bad csv", str(error).encode()[:SAMPLE])
                    row += header is not None
                    continue
                if not cells:
                    continue
                if header is None:
                    header = [normalize("NFC", name) for name in cells]
                    places = [header.index(name) if name in header else None for name in self.names]
                    continue
                if places[self.required] is None:
                    yield Unreadable(row, -1, "missing field", ", ".join(header).encode("utf-8", "replace")[:SAMPLE])
                else:
                    yield _record(row, cells, len(header), places)
                row += 1
            if self.lost:
                yield self.lost._replace(row=row)
                row += 1

    def _undamaged(self) -> Iterator[str]:
        """Lines up to the next damage, so that no row is made of text from both sides of it."""
        self.lost = None
        for chunk in self.chunks:
            if isinstance(chunk, Unreadable):
                self.lost = chunk
                return
            yield from text_lines(chunk.bytes())
        self.ended = True


def _is_tabbed(path: Path) -> bool:
    name = path.with_suffix("") if path.suffix.lower() in COMPRESSED else path
    return name.suffix.lower() == ".tsv"


def _record(row: int, cells: list[str], width: int, places: list[int | None]) -> Record | Unreadable:
    if len(cells) != width:
        sample = "\t".join(cells)[:SAMPLE].encode("utf-8", "surrogateescape")
        return Unreadable(row, -1, "wrong number of cells", sample[:SAMPLE])
    values = [None if place is None else cells[place] for place in places]
    for value in values:
        if value is not None and not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                return Unreadable(row, -1, "bad utf-8", value[:SAMPLE].encode("utf-8", "surrogateescape")[:SAMPLE])
    return row, values

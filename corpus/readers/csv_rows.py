"""CSV and TSV with a header line, cells quoted as RFC 4180 says; rows are counted without the header.

The csv module parses at about 100 MB/s, which tables of text never are large enough to mind. A row whose number of
cells is not the header's is unreadable: that is how damage shows. A quote that is never closed takes what follows with
it, up to `max_line_bytes`.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from corpus.document import Unreadable
from corpus.readers.columns import SAMPLE, Columns, Fields
from corpus.readers.gather import Record, gather
from corpus.readers.lines import lines
from corpus.readers.stream import COMPRESSED, Limits
from corpus.readers.unpack import blocks


def read_csv(path: Path, fields: Fields, required: str, limits: Limits) -> Iterator[Columns]:
    """Columns by the header's names."""
    yield from gather(_Rows(path, fields, limits), fields, required)


class _Rows:
    """The rows of a file in order, and what could not be read."""

    def __init__(self, path: Path, fields: Fields, limits: Limits) -> None:
        name = path.with_suffix("") if path.suffix in COMPRESSED else path
        self.delimiter = "\t" if name.suffix.lower() == ".tsv" else ","
        self.names = [".".join(keys) for keys in fields.values()]
        self.limits = limits
        self.stretches = lines(blocks(path, limits), limits)
        self.lost: Unreadable | None = None  # what ended the last run of lines
        self.ended = False

    def __iter__(self) -> Iterator[Record | Unreadable]:
        header: list[str] | None = None
        row = 0
        while not self.ended:
            reader = csv.reader(self._undamaged(), delimiter=self.delimiter, strict=True)
            while True:
                csv.field_size_limit(self.limits.max_line_bytes)
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
                    header = cells
                    places = [header.index(name) if name in header else None for name in self.names]
                    continue
                yield _record(row, cells, len(header), places)
                row += 1
            if self.lost:
                yield self.lost._replace(row=row)
                row += 1

    def _undamaged(self) -> Iterator[str]:
        """Lines up to the next damage, so that no row is made of what stands on either side of it."""
        self.lost = None
        for stretch in self.stretches:
            if isinstance(stretch, Unreadable):
                self.lost = stretch
                return
            yield from io.StringIO(stretch.bytes().decode("utf-8", "surrogateescape"), newline="\n")
        self.ended = True


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

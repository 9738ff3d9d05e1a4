"""Whether quotation marks in a table of cells quote, or are text: decided once for a file, by the reading that gives
more rows of the header's width.

Tables with tabs are mostly written without quoting (NSMC's reviews, Tatoeba's sentences). If their marks are read as
quoting, a cell that begins with one includes the rows up to the next mark. Tables from spreadsheets do quote. So a file
is read both ways. The plain reading loses lines of another width. The quoting reading loses records of another width,
and lines that would be rows alone but became a part of a cell. The reading that loses less is right. If both lose the
same, the marks decide: writers that quote also quote cells that contain a mark, and quote cells only if they must, or
all cells of a column.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator

NUMBER = re.compile(r"[\s\d.,+\-eE%]*\Z")
WELL_QUOTED = re.compile(r'"(?:[^"]|"")*"\Z')


def quotes(lines: Callable[[], Iterator[str]], delimiter: str, longest: int) -> bool | None:
    """Whether the marks quote; None if there are none.

    `lines` gives the file's lines with their ends, as often as it is called.
    """
    width, plain, marks = _plain(lines(), delimiter)
    if not marks.any:
        return None
    lost, swallowed = _quoted(lines(), delimiter, width, longest)
    if lost + swallowed != plain:
        return lost + swallowed < plain
    if swallowed:  # then quoting explains lines that are not rows
        return True
    if delimiter in ",;" or marks.header:  # without quoting there could be no comma in a text
        return True
    return not marks.bare and (marks.doubled or not marks.needless)


class _Marks:
    """Statistics of the quotation marks of a file, line by line."""

    def __init__(self, width: int, header: bool = False) -> None:
        self.header = header  # every name of a column is in marks
        self.any = self.bare = self.doubled = False
        self.quoted, self.unquoted = [0] * width, [0] * width

    def add(self, cells: list[str]) -> None:
        for column, cell in enumerate(cells[: len(self.quoted)]):
            if cell.startswith('"') and WELL_QUOTED.match(cell) and len(cell) > 1:
                self.quoted[column] += 1
                self.doubled |= '""' in cell[1:-1]
            elif not NUMBER.match(cell):
                self.unquoted[column] += 1
            self.any |= '"' in cell
            self.bare |= '"' in cell and not cell.startswith('"')

    @property
    def needless(self) -> bool:
        """Whether some cells of a column are quoted and others are not, although none needs to be."""
        return any(quoted and unquoted for quoted, unquoted in zip(self.quoted, self.unquoted, strict=True))


def _plain(lines: Iterator[str], delimiter: str) -> tuple[int, int, _Marks]:
    """The header's width, how many lines have another width, and the statistics of the marks."""
    width = lost = 0
    marks = _Marks(0)
    for line in lines:
        line = line.rstrip("\r\n")
        if not line:
            continue
        if not width:
            width = line.count(delimiter) + 1
            marks = _Marks(width, all(map(WELL_QUOTED.match, line.removeprefix("\ufeff").split(delimiter))))
        lost += line.count(delimiter) + 1 != width
        marks.add(line.split(delimiter))
    return width, lost, marks


def _quoted(lines: Iterator[str], delimiter: str, width: int, longest: int) -> tuple[int, int]:
    """How many rows of another width a reading with quotes gives, and how many lines inside cells would be rows
    alone."""
    rows: list[bool] = []  # of the lines of the record in hand: whether each could be a row

    def watched() -> Iterator[str]:
        for line in lines:
            rows.append(line.count(delimiter) + 1 == width)
            yield line

    reader = csv.reader(watched(), delimiter=delimiter, strict=True)
    csv.field_size_limit(longest)
    lost = swallowed = 0
    while True:
        rows.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return lost, swallowed
        except csv.Error:
            lost += max(1, sum(rows))
            continue
        if cells and len(cells) != width:
            lost += max(1, sum(rows))
        elif len(rows) > 1 and width > 1:  # in a table of one column any line could be a row
            swallowed += sum(rows)


def text_lines(data: bytes) -> Iterator[str]:
    """The lines of UTF-8 bytes with their ends; bytes that are not UTF-8 become surrogates."""
    yield from io.StringIO(data.decode("utf-8", "surrogateescape"), newline="\n")

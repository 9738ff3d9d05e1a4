"""Separators and quotation marks of tables, where several readings are possible."""

from pathlib import Path

import pytest

from corpus.readers import Limits, read


def texts(path: Path, content: str) -> list[str]:
    path.write_text(content, encoding="utf-8")
    chunks = list(read(path, {"text": ("text",)}))
    assert not [lost for chunk in chunks for lost in chunk.unreadable]
    return [text for chunk in chunks for text in chunk.columns["text"].to_pylist()]


@pytest.mark.parametrize(("ending", "content"), [("csv", "text\na; b\nc | d\n"), ("tsv", "text\na; b\nc, d\n")])
def test_a_table_of_one_column_has_the_usual_separator(tmp_path: Path, ending: str, content: str) -> None:
    """Its header has the column by any separator; its rows may hold the others."""
    assert texts(tmp_path / f"a.{ending}", content) == content.split("\n")[1:-1]


@pytest.mark.parametrize(
    ("name", "cells", "expected"),
    [
        ("text", ['"안녕"', "그래"], ['"안녕"', "그래"]),  # one is quoted and needs it not: the marks are text
        ('"text"', ['"안녕"', '"그래"'], ["안녕", "그래"]),  # all are quoted, the name of the column, too
        ("text", ['"say ""hi"""', "그래"], ['say "hi"', "그래"]),  # doubled marks are a writer's
        ('"text"', ['"안녕"', 'a"b'], ['"안녕"', 'a"b']),
        ('"text"', ['"안녕"', "12"], ["안녕", "12"]),  # writers do not quote numbers
        ("text", ['""', "그래"], ['""', "그래"]),  # nothing in marks is no doubled mark
    ],
)
def test_marks_in_a_table_with_tabs(tmp_path: Path, name: str, cells: list[str], expected: list[str]) -> None:
    rows = "".join(f"{n}\t{cell}\n" for n, cell in enumerate(cells))
    path = tmp_path / "a.tsv"
    path.write_text(f"n\t{name}\n{rows}", encoding="utf-8")
    column = name if expected[0] == cells[0] else "text"  # marks that are text belong to the name, too
    chunks = list(read(path, {"text": (column,)}))
    assert [text for chunk in chunks for text in chunk.columns["text"].to_pylist()] == expected


@pytest.mark.parametrize("separator", [",", ";", "|"])
def test_marks_in_a_table_with_other_separators(tmp_path: Path, separator: str) -> None:
    """One cell is quoted and needs it not: without quoting there could be no comma and no semicolon in a text."""
    content = f'n{separator}text\n1{separator}"안녕"\n2{separator}그래\n'
    assert texts(tmp_path / "a.csv", content) == ['"안녕"' if separator == "|" else "안녕", "그래"]


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_a_mark_that_is_never_closed_loses_all_rows_behind_it(tmp_path: Path, rows: int) -> None:
    """That is counted against quoting, as cells with commas are against plain text: what loses less is right."""
    quoted, good = 'u,"a, b"\n' * 3, "u,c\n" * rows
    path = tmp_path / "a.csv"
    path.write_text(f'url,text\n{quoted}u,"never closed\n{good}')
    chunks = list(read(path, {"text": ("text",)}))
    found = [text for chunk in chunks for text in chunk.columns["text"].to_pylist()]
    lost = [(one.row, one.reason) for chunk in chunks for one in chunk.unreadable]
    if rows < 3:
        assert (found, lost) == (["a, b"] * 3, [(3, "bad csv")])
    else:
        assert (found, lost) == (['"never closed', *["c"] * rows], [(row, "wrong number of cells") for row in range(3)])


def test_quoting_is_told_of_tables_with_tabs_only(tmp_path: Path) -> None:
    """In the others it is what everybody expects; that marks are text is told of each."""
    cases = {
        "a.csv": ('n,text\n1,"a, b"\n', ()),
        "b.csv": ('n,text\n1,"a\n2,b\n3,c\n', ("quotation marks are text",)),
        "a.tsv": ('n\ttext\n1\t"a\tb"\n', ("quotation marks quote cells",)),
        "b.tsv": ('n\ttext\n1\t"a"\n2\tb\n', ("quotation marks are text",)),
        "c.csv": ('n;text\n1;"a; b"\n', ("cells are separated by ';'",)),
        "c.tsv": ('n,text\n1,"a, b"\n', ("cells are separated by ','",)),
        "d.csv": ("n,text\n1,a\n", ()),
        "d.tsv": ("n\ttext\n1\ta\n", ()),
    }
    for name, (content, notes) in cases.items():
        (tmp_path / name).write_text(content)
        [chunk] = read(tmp_path / name, {"text": ("text",)})
        assert chunk.notes == notes, name


@pytest.mark.parametrize("size", [100, 131_072, 131_073, 400_000])
def test_a_cell_may_be_as_long_as_a_line(tmp_path: Path, size: int) -> None:
    """Python's csv module by itself reads no cell of more than 131,072 characters."""
    path = tmp_path / "a.csv"
    path.write_text(f'n,text\n1,"{"x" * (size // 2)}, {"y" * (size - size // 2 - 2)}"\n2,b\n')
    for limit, expected in ((size, [size, 1]), (size - 1, [1])):
        chunks = list(read(path, {"text": ("text",)}, limits=Limits(max_line_bytes=limit + 10 * (limit == size))))
        assert [len(text) for chunk in chunks for text in chunk.columns["text"].to_pylist()] == expected

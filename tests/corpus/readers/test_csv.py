"""Separators and quotation marks of tables, where several readings are possible."""

from pathlib import Path

import pytest

from corpus.readers import read


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
    ],
)
def test_marks_in_a_table_with_tabs(tmp_path: Path, name: str, cells: list[str], expected: list[str]) -> None:
    rows = "".join(f"{n}\t{cell}\n" for n, cell in enumerate(cells))
    path = tmp_path / "a.tsv"
    path.write_text(f"n\t{name}\n{rows}", encoding="utf-8")
    column = name if expected[0] == cells[0] else "text"  # marks that are text belong to the name, too
    chunks = list(read(path, {"text": (column,)}))
    assert [text for chunk in chunks for text in chunk.columns["text"].to_pylist()] == expected

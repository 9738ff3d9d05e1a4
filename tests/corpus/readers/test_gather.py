"""Columns of bounded size from single records."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.document import Unreadable
from corpus.readers import Limits, read
from corpus.readers import gather as module
from corpus.readers.gather import gather


def test_columns_end_at_the_bytes_of_their_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As soon as the texts have as many bytes; other fields are not counted, unreadable records come along."""
    monkeypatch.setattr(module, "BLOCK", 12)
    records = [
        (0, ["가나", "x" * 99]),
        (1, ["다라", "y"]),
        Unreadable(2, 5, "bad", b""),
        (3, ["마", None]),
        (4, ["바", "z"]),
    ]
    chunks = list(gather(records, {"text": ("text",), "url": ("url",)}, "text"))
    assert [chunk.rows.tolist() for chunk in chunks] == [[0, 1], [3, 4]]
    assert [[lost.row for lost in chunk.unreadable] for chunk in chunks] == [[], [2]]
    assert chunks[1].columns["url"].to_pylist() == [None, "z"]


def test_an_empty_text_is_a_text_and_none_is_a_missing_field() -> None:
    records = [(0, ["", "u"]), (1, [None, "v"]), (2, ["a", "w"])]
    [chunk] = gather(records, {"text": ("text",), "url": ("url",)}, "text")
    assert chunk.columns["text"].to_pylist() == ["", "a"]
    assert [(lost.row, lost.reason, lost.sample) for lost in chunk.unreadable] == [(1, "missing field", b"text")]
    [chunk] = gather(records, {"url": ("url",), "text": ("text",)}, "text")  # the second field here
    assert (chunk.columns["text"].to_pylist(), chunk.unreadable) == (["u", "v", "w"], [])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.lists(st.sampled_from(["", "가", "ab", None, 1, 2, 3]), max_size=40), most=st.integers(1, 5),
       size=st.integers(1, 9))  # fmt: skip
def test_nothing_is_lost_between_chunks(
    monkeypatch: pytest.MonkeyPatch, records: list[str | int | None], most: int, size: int
) -> None:
    """Whatever fills a chunk, texts or unreadable records; neither are more than so many in memory."""
    monkeypatch.setattr(module, "BLOCK", size)
    monkeypatch.setattr(module, "MOST_UNREADABLE", most)
    given_, row = [], 0
    for text in records:
        lost = isinstance(text, int)
        given_.append(Unreadable(row, row, "bad", b"", text) if lost else (row, [text, f"u{row}"]))
        row += text if lost else 1
    chunks = list(gather(given_, {"text": ("text",), "url": ("url",)}, "text"))
    rows = [row for chunk in chunks for row in chunk.rows.tolist()]
    for name, expected in (("text", [cells[0] for _, cells in _good(given_)]), ("url", [f"u{row}" for row in rows])):
        assert [value for chunk in chunks for value in chunk.columns[name].to_pylist()] == expected
    assert rows == [row for row, _ in _good(given_)]
    told = [(lost.row + n, lost.reason) for chunk in chunks for lost in chunk.unreadable for n in range(lost.records)]
    bad = [one for one in given_ if isinstance(one, Unreadable)]
    missing = [(row, "missing field") for row, cells in _cells(given_) if cells[0] is None]
    assert sorted(told) == sorted(missing + [(one.row + n, "bad") for one in bad for n in range(one.records)])
    for chunk in chunks[:-1]:
        texts = chunk.columns["text"].to_pylist()
        assert sum(len(text.encode()) for text in texts) < size + 3
        assert len(chunk.unreadable) == most or sum(len(text.encode()) for text in texts) >= size
    assert all(len(chunk.unreadable) <= most for chunk in chunks)


def _cells(records: list) -> list[tuple[int, list[str | None]]]:
    return [record for record in records if not isinstance(record, Unreadable)]


def _good(records: list) -> list[tuple[int, list[str | None]]]:
    return [record for record in _cells(records) if record[1][0] is not None]


LONG = "가" * 300
SAMPLE = 200


def jsonl(records: list[bytes]) -> bytes:
    return b"\n".join(records)


def array(records: list[bytes]) -> bytes:
    return b"[" + b",\n ".join(records) + b"]"


@pytest.mark.parametrize(("name", "joined"), [("a.jsonl", jsonl), ("a.json", array)])
def test_an_unreadable_record_is_told_with_its_place_and_its_beginning(
    tmp_path: Path, name: str, joined: Callable[[list[bytes]], bytes]
) -> None:
    good, long = b'{"text": "a"}', LONG.encode()
    bad = {
        b'{"text": 1, "x": "' + long + b'"}': "text is no string",
        b'{"text": null}': "null text",
        b'{"body": "x"}': "missing field",
        b"7": "not an object",
        b'{"text": "ab\xff' + long + b'"}': "bad utf-8",
    }
    if name == "a.jsonl":
        bad |= {b'["' + long + b'"]': "not an object", b'{"text": "' + long * 2 + b'"}': "line too long"}
    records = [good, *(one for text in bad for one in (text, good))]
    (tmp_path / name).write_bytes(joined(records))
    chunks = list(read(tmp_path / name, {"text": ("text",)}, limits=Limits(max_line_bytes=1000)))
    places = [len(joined([*records[:n], b""])) - (name == "a.json") for n in range(len(records))]
    assert [lost for chunk in chunks for lost in chunk.unreadable] == [
        Unreadable(2 * n + 1, places[2 * n + 1], reason, text[:SAMPLE]) for n, (text, reason) in enumerate(bad.items())
    ]
    assert [row for chunk in chunks for row in chunk.rows.tolist()] == list(range(0, len(records), 2))


@pytest.mark.parametrize(
    ("content", "limit", "lost"),
    [
        (b"good \xff" + LONG.encode(), 10**6, (5, "bad utf-8", b"\xff" + LONG.encode())),
        (LONG.encode(), 899, (0, "text too long", LONG.encode())),
    ],
)
def test_an_unreadable_text_is_told_with_its_place_and_what_is_there(
    tmp_path: Path, content: bytes, limit: int, lost: tuple[int, str, bytes]
) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    [chunk] = read(tmp_path / "a.txt", {"text": ("text",)}, limits=Limits(max_line_bytes=limit))
    assert chunk.unreadable == [Unreadable(0, lost[0], lost[1], lost[2][:SAMPLE])]


def test_an_unreadable_row_of_a_table_is_told_with_its_beginning(tmp_path: Path) -> None:
    rows = ["u1", f"u2,{LONG},x", f"u3,b\udcffd{LONG}", "u4,good"]
    path = tmp_path / "a.csv"
    path.write_bytes("\n".join(["url,text", "u0,a", *rows]).encode("utf-8", "surrogateescape"))
    [chunk] = read(path, {"text": ("text",)})
    assert chunk.rows.tolist() == [0, 4]
    assert chunk.unreadable == [
        Unreadable(1, -1, "wrong number of cells", b"u1"),
        Unreadable(2, -1, "wrong number of cells", f"u2\t{LONG}".encode()[:SAMPLE]),
        Unreadable(3, -1, "bad utf-8", b"b\xffd" + LONG.encode()[: SAMPLE - 3]),
    ]
    path.write_text("url,body\nu0,a\nu1,b\n")
    [chunk] = read(path, {"text": ("text",)})
    assert chunk.unreadable == [Unreadable(row, -1, "missing field", b"url, body") for row in (0, 1)]
    # A first line that is no row of a table is no header, and counts as no row.
    path.write_text('"url"x,text\nurl,text\nu0,"a, a"\n"u1"x,b\nu2,"c, c"\nu3,"d, d"\nu4,"e, e"\n')
    [chunk] = read(path, {"text": ("text",)})
    assert [(lost.row, lost.reason) for lost in chunk.unreadable] == [(0, "bad csv"), (1, "bad csv")]
    assert chunk.rows.tolist() == [0, 2, 3, 4]


def test_json_names_what_is_missing(tmp_path: Path) -> None:
    """The record itself, as it is written."""
    record = {"body": "x", "url": "u"}
    (tmp_path / "a.jsonl").write_text(json.dumps(record))
    [chunk] = read(tmp_path / "a.jsonl", {"text": ("text",)})
    assert chunk.unreadable == [Unreadable(0, 0, "missing field", json.dumps(record).encode())]

"""CSV, Arrow, text and WARC files: good ones against plain readings, damaged ones losing only what is damaged."""

import csv
import gzip
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from corpus.document import Unreadable
from corpus.readers import Limits, read, unpack
from corpus.readers.arrow import check_offsets
from corpus.readers.columns import merged, runs

FIELDS = {"text": ("text",), "url": ("url",)}
TEXTS = ["첫째 문서", 'with "quotes", commas', "two\nlines", "", "마지막"]
Found = tuple[list[tuple[int, str, str | None]], list[Unreadable]]


def read_all(path: Path, limits: Limits | None = None) -> Found:
    rows: list[tuple[int, str, str | None]] = []
    lost: list[Unreadable] = []
    for columns in read(path, FIELDS, limits=limits):
        arrays = [columns.columns[name].to_pylist() for name in FIELDS]
        rows += zip(columns.rows.tolist(), *arrays, strict=True)
        lost += columns.unreadable
    return rows, lost


def csv_bytes(delimiter: str = ",") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(["url", "text"])
    writer.writerows((f"http://a/{i}", text) for i, text in enumerate(TEXTS))
    return out.getvalue().encode()


def wet(texts: list[str], kind: str = "conversion") -> bytes:
    info = b"WARC/1.0\r\nWARC-Type: warcinfo\r\nContent-Length: 4\r\n\r\ninfo\r\n\r\n"
    records = [info]
    for i, text in enumerate(texts):
        content = text.encode()
        head = (
            f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: http://a/{i}\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        records.append(head.encode() + content + b"\r\n\r\n")
    return b"".join(records)


EXPECTED = [(i, text, f"http://a/{i}") for i, text in enumerate(TEXTS)]


@pytest.mark.parametrize(("suffix", "delimiter"), [(".csv", ","), (".tsv", "\t"), (".csv.gz", ",")])
def test_csv(tmp_path: Path, suffix: str, delimiter: str) -> None:
    path = tmp_path / f"a{suffix}"
    data = csv_bytes(delimiter)
    path.write_bytes(gzip.compress(data) if suffix.endswith("gz") else data)
    assert read_all(path) == (EXPECTED, [])


def test_csv_loses_only_the_bad_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"url,text\nu0,good\nu1\nu2,b\xffd\nu3,too,many\nu4,good\n")
    rows, lost = read_all(path)
    assert rows == [(0, "good", "u0"), (4, "good", "u4")]
    assert [(u.row, u.reason) for u in lost] == [
        (1, "wrong number of cells"),
        (2, "bad utf-8"),
        (3, "wrong number of cells"),
    ]
    path.write_bytes(
        b'url,text\nu0,"good, quoted"\n' * 1 + b'u0,"good, quoted"\n' * 3 + b'u1,"never closed\nu2,taken along\n'
    )
    rows, lost = read_all(path)
    assert rows == [(n, "good, quoted", "u0") for n in range(4)]
    assert [u.reason for u in lost] == ["bad csv"]


@pytest.mark.parametrize("stream", [False, True])
def test_arrow(tmp_path: Path, stream: bool) -> None:
    path = tmp_path / "a.arrow"
    table = pa.table({"url": [url for _, _, url in EXPECTED], "text": TEXTS})
    open_writer = pa.ipc.new_stream if stream else pa.ipc.new_file
    with pa.OSFile(str(path), "wb") as sink, open_writer(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    assert read_all(path) == (EXPECTED, [])
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    rows, lost = read_all(path)
    assert rows == EXPECTED[: len(rows)]
    assert {u.reason for u in lost} == {"damaged arrow"}


def test_a_text_file_is_one_document(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbf" + "첫 줄\n둘째 줄\n".encode())
    assert read_all(path) == ([(0, "첫 줄\n둘째 줄\n", None)], [])
    assert [u.reason for u in read_all(path, Limits(max_line_bytes=5))[1]] == ["text too long"]
    path.write_bytes(b"good \xff bad")
    rows, lost = read_all(path)
    assert rows == []
    assert [(u.offset, u.reason) for u in lost] == [(5, "bad utf-8")]


@pytest.mark.parametrize(
    ("name", "data", "size", "reason"),
    [
        ("a.txt", "가나다".encode(), 9, "text too long"),
        ("a.jsonl", b'{"text":"abc"}', 14, "line too long"),
        ("a.jsonl", b'{"text":"abc"}\n{"text":"b"}\n', 14, "line too long"),
        ("a.json", b'[{"text":"abc"}, {"text":"b"}]', 14, "record too long"),
        ("a.warc", wet(["가나다"]), 9, "record too long"),
    ],
)
def test_what_is_exactly_as_long_as_the_limit_is_read(
    tmp_path: Path, name: str, data: bytes, size: int, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    rows, lost = read_all(path, Limits(max_line_bytes=size))
    assert rows[0][1] in ("abc", "가나다")
    assert not lost
    shorter, lost = read_all(path, Limits(max_line_bytes=size - 1))
    assert shorter == rows[1:]
    assert [u.reason for u in lost] == [reason]


def test_an_array_whose_record_never_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b'[{"text":"abc"},' + b'{"text":"abcdef')
    for size, reason in ((15, "bad json"), (14, "record too long")):
        rows, lost = read_all(path, Limits(max_line_bytes=size))
        assert [text for _, text, _ in rows] == ["abc"]
        assert [(u.row, u.offset, u.reason) for u in lost] == [(1, 16, reason)]


PIECES: dict[str, bytes] = {
    "a.txt": "\ufeff첫 줄\r\n둘째 😀 줄\n".encode(),
    "a.jsonl": b'{"text":"\\u00e9 \\n","url":"u"}\n\n{"text":1}\nbroken\n{"text":"'
    + "글 😀".encode()
    + b'"}\r\n{"text":NaN}\n{"text":["a","b"]}',
    "a.json": b'[{"text": "a } ] {", "url": {"b": [1, "}"]}}, 7, {"text": "' + "글 😀".encode() + b'"},\n{"no": 1}]',
    "a.csv": csv_bytes() + b'u,"never closed\nu,two\n',
    "a.warc": wet(TEXTS) + wet(["cut"])[:-9],
}


@pytest.mark.parametrize("name", PIECES)
def test_pieces_of_any_size_give_the_same_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A file comes in pieces of 1 MiB: what lies across the border of two is not to be missed."""
    path = tmp_path / name
    path.write_bytes(PIECES[name])
    whole = read_all(path)
    assert whole[0]
    for size in (3, 4, 5, 7, 11, 16, 64):
        monkeypatch.setattr(unpack, "PIECE", size)
        rows, lost = read_all(path)
        assert rows == whole[0]
        assert [u._replace(sample=b"") for u in lost] == [u._replace(sample=b"") for u in whole[1]]


@pytest.mark.parametrize("index", [2, 3, -1])
def test_an_index_beyond_its_dictionary_is_damage(index: int) -> None:
    """Reading there would crash the process; the last one of three is 2."""
    indices = pa.array([0, index, None, 1], pa.int32())
    column = pa.DictionaryArray.from_arrays(indices, pa.array(["가", "나", "다"]), safe=False)
    if index == 2:
        check_offsets(column)
        check_offsets(column.slice(2, 1))  # only a null
        check_offsets(column.slice(0, 0))
        return
    with pytest.raises(pa.ArrowInvalid, match="point outside"):
        check_offsets(column)


@pytest.mark.parametrize("suffix", [".warc", ".warc.gz"])
def test_warc(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(gzip.compress(wet(TEXTS)) if suffix.endswith("gz") else wet(TEXTS))
    assert read_all(path) == (EXPECTED, [])
    path.write_bytes(gzip.compress(wet(TEXTS, "response")) if suffix.endswith("gz") else wet(TEXTS, "response"))
    rows, lost = read_all(path)
    assert rows == []
    assert [u.reason for u in lost] == ["bad http"] * len(TEXTS)


@pytest.mark.parametrize("length", [b"3", b"400", b"99999999999999", b"-1", b"x"])
def test_a_warc_record_of_a_bad_length_costs_itself(tmp_path: Path, length: bytes) -> None:
    texts = ["one one", "two two!", "three"]
    path = tmp_path / "a.warc"
    path.write_bytes(wet(texts).replace(b"Content-Length: 8", b"Content-Length: " + length))
    rows, lost = read_all(path)
    assert rows == [(0, "one one", "http://a/0"), (2, "three", "http://a/2")]
    assert [u.row for u in lost] == [1]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["csv", "warc", "arrow", "txt"]),
    place=st.floats(0, 0.999),
    junk=st.binary(max_size=12),
    cut=st.integers(0, 30),
)
def test_damage_never_crashes(tmp_path: Path, kind: str, place: float, junk: bytes, cut: int) -> None:
    path = tmp_path / f"damaged.{kind}"
    if kind == "csv":
        good = csv_bytes()
    elif kind == "warc":
        good = wet(TEXTS)
    elif kind == "txt":
        good = TEXTS[0].encode()
    else:
        sink = io.BytesIO()
        table = pa.table({"url": [url for _, _, url in EXPECTED], "text": TEXTS})
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table, max_chunksize=2)
        good = sink.getvalue()
    at = int(place * len(good))
    path.write_bytes(good[:at] + junk + good[at + cut :])
    rows, _ = read_all(path)
    for _, text, _ in rows:
        text.encode()
    if kind == "warc":  # what stands whole before the damage is read
        whole = [text for i, text in enumerate(TEXTS) if len(wet(TEXTS[: i + 1])) <= at]
        assert [text for _, text, _ in rows][: len(whole)] == whole


def damage(data: bytes, place: float, junk: bytes, cut: int) -> tuple[bytes, int, int]:
    """Bytes with a chunk replaced, and where that chunk begins and ends in what they were."""
    at = int(place * len(data))
    end = min(len(data), at + cut)
    return data[:at] + junk + data[end:], at, end


DAMAGE = {"place": st.floats(0, 0.999), "junk": st.binary(max_size=12), "cut": st.integers(0, 30)}
NAMES = [f"문서 {i} " + "가나다 abc " * (i % 5) for i in range(12)]


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(**DAMAGE)
def test_csv_loses_the_lines_that_damage_touches(tmp_path: Path, place: float, junk: bytes, cut: int) -> None:
    """A block is a line, and the next one where the newline between them goes.

    Quotes that damage brings in may swallow what follows.
    """
    body = [f"http://a/{i},{name.strip()}\n".encode() for i, name in enumerate(NAMES)]
    junk = junk.replace(b'"', b"'")
    data, at, end = damage(b"".join(body), place, junk, cut)
    path = tmp_path / "a.csv"
    path.write_bytes(b"url,text\n" + data)
    whole: dict[str, tuple[int, int]] = {}
    start = 0
    for line, name in zip(body, NAMES, strict=True):
        whole[name.strip()] = start, start + len(line)
        start += len(line)
    rows, lost = read_all(path)
    away = {text for text, (first, last) in whole.items() if last <= at or first > end}
    assert away <= {text for _, text, _ in rows}
    touched = sum(not (last <= at or first > end) for first, last in whole.values())
    assert len(rows) <= len(whole) + data.count(b"\n") + data.count(b"\r")
    assert len([text for _, text, _ in rows if text not in whole]) <= touched + junk.count(b"\n") + junk.count(b"\r")
    assert len(rows) + len(lost) >= len(away)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(**DAMAGE)
def test_warc_loses_the_records_that_damage_touches(tmp_path: Path, place: float, junk: bytes, cut: int) -> None:
    """A block is a record, and the one before it if its end goes.

    Text has no checksum: a changed one may be read as changed.
    """
    parts = [wet([name])[len(wet([])) :] for name in NAMES]
    info = wet([])
    data, at, end = damage(b"".join(parts), place, junk, cut)
    path = tmp_path / "a.warc"
    path.write_bytes(info + data)
    whole: dict[str, tuple[int, int]] = {}
    start = 0
    for part, name in zip(parts, NAMES, strict=True):
        whole[name] = start, start + len(part)
        start += len(part)
    found = read_all(path)
    away = {text for text, (first, last) in whole.items() if last <= at or first > end}
    assert away <= {text for _, text, _ in found[0]}, "an undamaged record was lost"
    invented = [text for _, text, _ in found[0] if text not in whole]
    assert len(invented) <= sum(not (last <= at or first > end) for first, last in whole.values())
    assert len(found[0]) + len(found[1]) <= len(whole) + 2


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(**DAMAGE, stream=st.booleans())
def test_arrow_loses_the_batches_that_damage_touches(
    tmp_path: Path, place: float, junk: bytes, cut: int, stream: bool
) -> None:
    """Bytes replaced in place: a block is a record batch; after damage to its metadata a stream ends, and a file
    loses it alone."""
    sink = io.BytesIO()
    table = pa.table({"url": [f"http://a/{i}" for i in range(len(NAMES))], "text": NAMES})
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=3)
    good = sink.getvalue()
    data, at, _ = damage(good, place, junk, len(junk))
    path = tmp_path / "a.arrow"
    path.write_bytes(data)
    rows, lost = read_all(path)
    known = set(zip(table["text"].to_pylist(), table["url"].to_pylist(), strict=True))
    assert len(rows) <= len(NAMES)
    first = good.find(NAMES[0].encode())
    if at >= first and at + len(junk) < len(good) - 600:  # in the batches, not in schema or footer
        batches = [good.find(name.encode()) for name in NAMES[::3]]
        before = sum(stop <= at for stop in batches[1:])  # batches that end before the damage
        assert [(text, url) for _, text, url in rows][: 3 * before] == [
            (name, f"http://a/{i}") for i, name in enumerate(NAMES[: 3 * before])
        ]
        assert len([1 for _, text, url in rows if (text, url) not in known]) <= 6, "at most the batch that was hit"
    if not rows:
        assert lost or len(data) == 0


def records_of(lost: list[Unreadable]) -> list[tuple[int, str]]:
    """(row, reason) of every record that the entries stand for."""
    return [(entry.row + k, entry.reason) for entry in lost for k in range(entry.records)]


LOST = st.lists(st.tuples(st.integers(1, 3), st.sampled_from("ab"), st.integers(1, 2)), max_size=30)


@given(LOST, st.integers(0, 4))
@example([(1, "a", 1)] * 6, 2)
@example([(1, "a", 1), (2, "a", 1), (1, "a", 1)], 0)  # a gap between the rows
@example([(1, "a", 1), (1, "b", 1), (1, "a", 1)], 0)  # another reason between them
def test_entries_in_one_stand_for_the_same_records(steps: list[tuple[int, str, int]], most: int) -> None:
    lost, row = [], 0
    for step, reason, records in steps:
        lost.append(Unreadable(row + step - 1, -1, reason, b"", records))
        row += step - 1 + records
    found = merged(lost, most)
    assert records_of(found) == records_of(lost)
    assert len(found) <= len(lost)
    if len({reason for _, reason, _ in steps}) == 1 and all(step == 1 for step, _, _ in steps) and len(steps) > most:
        assert len(found) == max(most, 1)


@given(st.sets(st.integers(0, 40)))
@example({0})
@example({0, 1, 2, 4})
@example(set())
def test_runs_of_rows_stand_for_each_of_them(rows: set[int]) -> None:
    found = runs(np.array(sorted(rows), np.int64), "null text", b"")
    assert records_of(found) == [(row, "null text") for row in sorted(rows)]
    assert len(found) == sum(row - 1 not in rows for row in rows)

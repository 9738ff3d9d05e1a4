"""Files as other people have them: Korean encodings, quotation marks that quote or do not, JSON that is not one record
a line, odd names and columns."""

import bz2
import csv
import gzip
import io
import json
import random
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.document import Unreadable
from corpus.errors import UserError
from corpus.readers import Limits, format_of, read, unpack
from corpus.readers.encoding import Text
from corpus.readers.quoting import quotes, text_lines

FIELDS = {"text": ("text",), "title": ("title",)}
KOREAN = "동네 도서관은 아침 아홉 시에 문을 열고 저녁에 닫는다. 어린이 책은 이 층에 있다."
LINES = [f"{n}번째 줄이다. {KOREAN} 쑛 펲 뷁" for n in range(40)]  # syllables beyond KS X 1001 too


def read_all(path: Path, fields: dict = FIELDS, **options: object) -> tuple[list[str], list[Unreadable], set[str]]:
    found = list(read(path, fields, **options))  # type: ignore[arg-type]
    return (
        [text for columns in found for text in columns.columns["text"].to_pylist()],
        [lost for columns in found for lost in columns.unreadable],
        {note for columns in found for note in columns.notes},
    )


def content(kind: str, texts: list[str]) -> str:
    if kind == "jsonl":
        return "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
    if kind == "json":
        return json.dumps([{"text": text} for text in texts], ensure_ascii=False, indent=1)
    if kind == "txt":
        return "\n".join(texts)
    out = io.StringIO()
    csv.writer(out, delimiter="\t" if kind == "tsv" else ",").writerows([["id", "text"], *enumerate(texts)])
    return out.getvalue()


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", "tsv", "txt"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("packed", [False, True])
def test_korean_encodings_are_known_by_the_whole_file(tmp_path: Path, kind: str, encoding: str, packed: bool) -> None:
    texts = ["plain ASCII " * 100_000, *LINES] if kind == "jsonl" else LINES  # more than a piece before it shows
    if encoding == "utf-16-be" and kind == "txt":
        texts = ["\ufeff" + texts[0], *texts[1:]]
    data = content(kind, texts).encode(encoding)
    path = tmp_path / (f"a.{kind.upper()}.GZ" if packed else f"a.{kind}")
    path.write_bytes(gzip.compress(data) if packed else data)
    found, lost, notes = read_all(path)
    expected = texts if kind != "txt" else ["\n".join(texts).removeprefix("\ufeff")]
    assert (found, lost) == (expected, [])
    name = {"u": "UTF-16", "c": "CP949"}[encoding[0]]
    assert (f"read as {name}" in notes) == (not encoding.startswith("utf-8"))


def test_one_wrong_byte_is_damage_and_no_other_encoding(tmp_path: Path) -> None:
    """In UTF-8 it costs a line; in CP949 nothing says what the file is, unless the recipe does, and then it costs a
    line there too."""
    for encoding in ("utf-8", "cp949"):
        data = content("jsonl", LINES).encode(encoding)
        place = data.index("5번째".encode(encoding)) + 2
        path = tmp_path / f"{encoding}.jsonl"
        path.write_bytes(data[:place] + b"\xff" + data[place:])
        found, lost, _ = read_all(path, encoding=encoding)
        assert found == [line for n, line in enumerate(LINES) if n != 5]
        assert [(u.row, u.reason) for u in lost] == [(5, "bad utf-8" if encoding == "utf-8" else "bad CP949")]
    found, lost, _ = read_all(tmp_path / "utf-8.jsonl")
    assert len(found) == 39
    assert [u.row for u in lost] == [5]
    found, lost, _ = read_all(tmp_path / "cp949.jsonl")
    assert found == []
    assert {u.reason for u in lost} == {"bad utf-8"}


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Le café était fermé, déjà à l'été où l'on naît.", "latin-1"),
        ("Größe und Maß der Übung prüfen wir später.", "cp1252"),
        ("図書館は朝九時に開きます。子供の本は二階にあります。", "euc_jp"),
        ("图书馆早上九点开门，儿童读物在二楼。请保持安静，谢谢合作。", "gb2312"),
        ("圖書館早上九點開門，兒童讀物在二樓。", "big5"),
        ("Библиотека открывается в девять часов утра.", "koi8_r"),
        ("図書館は朝九時に開きます。", "shift_jis"),
    ],
)
def test_other_languages_are_not_read_as_korean(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes((text * 3).encode(encoding))
    found, lost, _ = read_all(path)
    assert found == []
    assert [u.reason for u in lost] == ["bad utf-8"]
    assert read_all(path, encoding=encoding)[0] == [text * 3]


def test_places_in_a_file_of_another_encoding_are_not_told(tmp_path: Path) -> None:
    """They would be places in the text as it is in UTF-8, where nobody can look."""
    path = tmp_path / "a.jsonl"
    lines = [*(json.dumps({"text": line}, ensure_ascii=False) for line in LINES), "broken"]
    for encoding, offset in (("utf-8", len("\n".join(lines).encode()) - 6), ("cp949", -1), ("utf-16", -1)):
        path.write_bytes("\n".join(lines).encode(encoding))
        texts, lost, _ = read_all(path)
        assert texts == LINES
        assert [(u.row, u.offset, u.reason) for u in lost] == [(len(LINES), offset, "bad json")]


@pytest.mark.parametrize("size", range(2, 12))
def test_only_the_first_byte_order_mark_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Wherever pieces of the file end, also inside a character, and before a mark that belongs to the text."""
    monkeypatch.setattr(unpack, "PIECE", size)
    path = tmp_path / "a.txt"
    text = "\ufeff가나\ufeff\ufeff다😀\ufeffabc\n"
    for encoding in ("utf-16-le", "utf-16-be"):
        path.write_bytes(text.encode(encoding))
        file = Text(path, Limits(), encoding)
        assert b"".join(file.blocks()).decode() == text[1:]  # type: ignore[arg-type]  # no gaps


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=300))
def test_text_in_utf8_is_never_taken_for_another(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode())
    file = Text(path, Limits())
    assert b"".join(piece for piece in file.blocks() if isinstance(piece, bytes)) == text.encode()
    assert not file.notes


PLAIN = [
    "그냥 그랬다",
    '"재밌다 라고 누가 그랬나',
    '배우들 연기가 참 좋았다"',
    '"벗" 이라 부른 사람',
    '"굿"',
    '별로 "라고" 했다',
    '5" 화면',
    '"',
    "평범하다",
]


def tsv(texts: list[str]) -> bytes:
    return b"".join(
        b"\t".join(x.encode() for x in row) + b"\n"
        for row in [("id", "text", "label"), *((str(n), text, "1") for n, text in enumerate(texts))]
    )


@pytest.mark.parametrize("seed", range(20))
def test_quotation_marks_of_a_plain_table_are_text(tmp_path: Path, seed: int) -> None:
    """Whatever the mix: rows are neither merged nor lost."""
    random.seed(seed)
    texts = [random.choice(PLAIN) for _ in range(random.choice([1, 2, 3, 30]))] + ["끝"]
    path = tmp_path / "ratings.tsv"
    path.write_bytes(tsv(texts))
    found, lost, notes = read_all(path)
    assert (found, lost) == (texts, [])
    assert notes == ({"quotation marks are text"} if any('"' in text for text in texts) else set())


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("header", ["id{0}text", '"id"{0}"text"', "\ufefftext{0}id"])
def test_the_separator_is_that_by_which_the_header_has_the_text(
    tmp_path: Path, suffix: str, separator: str, header: str
) -> None:
    texts = ["봄, 여름", "가을 그리고 겨울"] if separator != "," else ["봄 여름", "가을"]
    first = header.startswith("\ufeff")
    rows = [separator.join([text, str(n)] if first else [str(n), text]) for n, text in enumerate(texts)]
    path = tmp_path / f"a{suffix}"
    path.write_text("\r\n".join([header.format(separator), *rows, ""]), encoding="utf-8", newline="")
    found, lost, notes = read_all(path)
    assert (found, lost) == (texts, [])
    usual = "\t" if suffix == ".tsv" else ","
    assert notes - {"quotation marks quote cells"} == (
        set() if separator == usual else {f"cells are separated by {separator!r}"}
    )


QUOTED = st.lists(
    st.text(st.sampled_from('가나 ab,"\t\n'), min_size=1, max_size=12).filter(lambda t: t.strip()),
    min_size=3,
    max_size=30,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    QUOTED, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]), st.sampled_from(["csv", "tsv"])
)
def test_tables_that_a_writer_quoted_are_read_back(tmp_path: Path, texts: list[str], quoting: int, kind: str) -> None:
    mark = (
        "\t" if kind == "tsv" else ","
    )  # lines within a cell that have as many of them as a row cannot be told from rows
    texts = [text.replace(mark, " ") if "\n" in text else text for text in texts]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=mark, quoting=quoting, lineterminator="\r\n")
    writer.writerow(["id", "text", "label"])
    writer.writerows([n, text, "좋음"] for n, text in enumerate(texts))
    path = tmp_path / f"a.{kind}"
    path.write_bytes(out.getvalue().encode())
    found, lost, _ = read_all(path)
    assert (found, lost) == (texts, [])


def test_a_damaged_row_does_not_turn_the_marks_round() -> None:
    plain = tsv(PLAIN * 3) + b"cut\n"
    assert quotes(lambda: text_lines(plain), "\t", 1 << 20) is False
    quoted = b'id,text\n1,"a, ""b"""\n2,"two\nlines, here"\n3,"c, d"\ncut\n'
    assert quotes(lambda: text_lines(quoted), ",", 1 << 20) is True
    assert quotes(lambda: text_lines(b"id\ttext\n1\ta\n"), "\t", 1 << 20) is None


def test_json_arrays_and_records_over_many_lines(tmp_path: Path) -> None:
    texts = ['a "quoted" [x]', "끝 } , {", "b\\", "", '{"text": "within"}']
    records = [{"text": text, "title": None, "more": {"list": [{"a": 1}, {"b": "]"}]}} for text in texts]
    layouts = {
        "array": json.dumps(records, ensure_ascii=False, indent=2),
        "flat": json.dumps(records),
        "lines in an array": "[\n" + ",\n".join(json.dumps(record) for record in records) + "\n]\n",
        "objects": "\n".join(json.dumps(record, indent=2) for record in records),
    }
    for name, data in layouts.items():
        path = tmp_path / "a.json"
        path.write_text("\ufeff" + data, encoding="utf-8")
        found, lost, _ = read_all(path)
        assert (found, lost) == (texts, []), name


def test_a_broken_record_of_an_array_costs_itself(tmp_path: Path) -> None:
    records = [json.dumps({"text": f"text {n}"}) for n in range(6)]
    wrong = [
        records[0],
        "12",
        '{"text": 3}',
        '{"text": "a" "b"}',
        '{"other": 1}',
        *records[1:3],
        '{"text": "no end',
        *records[3:],
    ]
    path = tmp_path / "a.json"
    path.write_text("[" + ",\n".join(wrong) + "]")
    found, lost, _ = read_all(path)
    assert found == ["text 0", "text 1", "text 2", "text 4", "text 5"]  # what a missing mark opens ends a record later
    assert {"bad json", "not an object", "text is no string", "missing field"} <= {u.reason for u in lost}
    path.write_text("[" + ",".join(records))  # cut off
    assert read_all(path)[0] == [f"text {n}" for n in range(6)]
    path.write_text("[" + ",".join(records)[:-4])
    found, lost, _ = read_all(path)
    assert found == [f"text {n}" for n in range(5)]
    assert [u.reason for u in lost] == ["bad json"]


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.integers(0, 100))
def test_damaged_arrays_never_raise_nor_invent(tmp_path: Path, junk: bytes, place: int) -> None:
    good = json.dumps([{"text": f"text {n}"} for n in range(5)]).encode()
    path = tmp_path / "a.json"
    path.write_bytes(good[:place] + junk + good[place:])
    for columns in read(path, FIELDS):
        assert len(columns.rows) == len(set(columns.rows.tolist()))


def test_what_python_writes_as_json(tmp_path: Path) -> None:
    """NaN and Infinity, escaped names, lists of strings; in their order among the others."""
    path = tmp_path / "a.JSONL"
    lines = [
        '{"text": "one", "score": NaN}',
        '{"text": "two"}',
        '{"score": [-Infinity, 1e999], "text": "three", "title": "T"}',
        '{"text": ["four", "five"]}',
        '{"text": NaN}',
        '{"text": "NaN", "score": }',
        '{"text": [1, 2]}',
        '{"text": "\\ud800", "score": NaN}',
    ]
    path.write_text("\n".join(lines))
    [columns] = read(path, FIELDS)
    assert columns.rows.tolist() == [0, 1, 2, 3]
    assert columns.columns["text"].to_pylist() == ["one", "two", "three", "four\nfive"]
    assert columns.columns["title"].to_pylist() == [None, None, "T", None]
    assert [(u.row, u.reason) for u in columns.unreadable] == [
        (4, "null text"),
        (5, "bad json"),
        (6, "text is no string"),
        (7, "lone surrogate"),
    ]


@pytest.mark.parametrize("kind", ["jsonl", "escaped jsonl", "json", "csv", "tsv", "parquet", "arrow"])
@pytest.mark.parametrize(("stored", "asked"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_names_of_fields_are_compared_composed(tmp_path: Path, kind: str, stored: str, asked: str) -> None:
    record = {normalize(stored, "내용"): "글", normalize(stored, "제목"): "T"}  # type: ignore[arg-type]
    fields = {"text": (normalize(asked, "내용"),), "title": (normalize(asked, "제목"),)}  # type: ignore[arg-type]
    path = tmp_path / f"a.{kind.split()[-1]}"
    table = pa.table({name: [value] for name, value in record.items()})
    if kind == "parquet":
        pq.write_table(table, path)
    elif kind == "arrow":
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table)
    elif "json" in kind:
        data = json.dumps(record, ensure_ascii=kind.startswith("escaped"))
        path.write_text(f"[{data}]" if kind == "json" else data, encoding="utf-8")
    else:
        mark = "\t" if kind == "tsv" else ","
        path.write_text(mark.join(record) + "\n" + mark.join(record.values()) + "\n", encoding="utf-8")
    [columns] = read(path, fields)
    assert {name: array.to_pylist() for name, array in columns.columns.items()} == {"text": ["글"], "title": ["T"]}


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_lists_of_strings_and_dotted_names(tmp_path: Path, kind: str) -> None:
    paragraphs = pa.array([["one", "two"], [], None, ["three", None], ["\xff"]], pa.list_(pa.string()))
    table = pa.table({"meta.text": paragraphs, "meta": [{"text": "inner"}] * 5, "n": range(5)})
    path = tmp_path / f"a.{kind}"
    if kind == "parquet":
        pq.write_table(table, path)
    else:
        with pa.ipc.new_stream(path, table.schema) as writer:
            writer.write_table(table)
    found, lost, notes = read_all(path, {"text": ("meta", "text")})
    assert found == ["one\ntwo", "", "three", "\xff"]
    assert [(u.row, u.reason) for u in lost] == [(2, "null text")]
    assert notes == {"lists of strings are joined line by line"}
    _, lost, _ = read_all(path, {"text": ("n",)})
    assert [(u.row, u.reason, u.records) for u in lost] == [(0, "text is no string", 5)]
    _, lost, _ = read_all(path, {"text": ("body",)})
    assert [(u.reason, u.records, u.sample) for u in lost] == [("missing field", 5, b"meta.text, meta, n")]


def wild(kind: pa.DataType, values: list) -> bytes:
    """An Arrow file with the last offset of its innermost strings pointing far outside."""
    table = pa.table({"text": ["abc"] * len(values), "meta": pa.array(values, kind)})
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    data = sink.getvalue()
    offsets = (0).to_bytes(4, "little") + (7).to_bytes(4, "little")
    place = data.rfind(offsets, 0, data.index(b"abcdefg"))
    assert place > 0
    return data[: place + 4] + (1 << 30).to_bytes(4, "little") + data[place + 8 :]


WILD = {
    "struct": (pa.struct([("t", pa.string())]), [{"t": "abcdefg"}]),
    "list": (pa.list_(pa.string()), [["abcdefg"]]),
    "deep": (pa.struct([("u", pa.struct([("t", pa.string())]))]), [{"u": {"t": "abcdefg"}}]),
    "string": (pa.string(), ["abcdefg"]),
    "map": (pa.map_(pa.string(), pa.int8()), [[("abcdefg", 1)]]),
    "dictionary": (pa.dictionary(pa.int32(), pa.string()), ["abcdefg"]),
}
PATHS = {"struct": ("meta", "t"), "deep": ("meta", "u", "t")}


@pytest.mark.parametrize("kind", WILD)
def test_offsets_that_point_outside_cost_a_batch_and_no_process(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.arrow"
    path.write_bytes(wild(*WILD[kind]))
    _, lost, _ = read_all(path, {"text": PATHS.get(kind, ("meta",))})
    assert [u.reason for u in lost] == ["damaged arrow"]
    assert read_all(path, {"text": ("text",)})[0] == ["abc"]  # a column that nobody reads costs nothing


def test_rows_that_a_batch_only_claims_cost_the_batch(tmp_path: Path) -> None:
    schema = pa.schema({"text": pa.null()})
    with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for rows in (3, 5_000_000, 2):  # four bytes more say 2⁶² rows
            writer.write_batch(pa.record_batch([pa.nulls(rows)], schema=schema))
    _, lost, _ = read_all(tmp_path / "a.arrow", {"text": ("text",)})
    assert [(u.reason, u.records) for u in lost] == [("null text", 3), ("damaged arrow", 1), ("null text", 2)]


def test_rows_of_nulls_cost_little(tmp_path: Path) -> None:
    """200,000 nulls are a parquet file of 731 bytes; one entry tells of a batch of them, and the list of a part has an
    end."""
    from corpus.cleaning.privacy import PrivacySettings
    from corpus.rejects import Quarantine

    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": pa.nulls(200_000, pa.string())}), path)
    lost = read_all(path)[1]
    assert sum(u.records for u in lost) == 200_000
    assert len(lost) < 60
    with (tmp_path / "lost").open("wb") as file:
        quarantine = Quarantine(file, "a", PrivacySettings(), most=3)
        quarantine.add([Unreadable(row, -1, reason, b"x") for row in range(10) for reason in ("bad json", "bad utf-8")])
        quarantine.add(lost)
        quarantine.close()
    told = [json.loads(line) for line in (tmp_path / "lost").read_text().split("\n")[:-1]]
    assert len(told) == 3 * (3 + 1)
    assert sum(entry.get("records", 1) for entry in told) == 20 + 200_000


@pytest.mark.parametrize("kind", ["jsonl", "csv", "json"])
def test_a_file_of_nothing_but_bad_records_is_told_in_few_entries(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    count = 50_000
    body = {"jsonl": b"x\n" * count, "csv": b"text,title\n" + b"x\n" * count, "json": b"[" + b"1,\n" * count + b"]"}[
        kind
    ]
    path.write_bytes(body)
    lost = read_all(path)[1]
    assert sum(u.records for u in lost) == count
    assert len(lost) < 5000
    assert [u.row for u in lost[:100]] == list(range(100))


def test_formats_are_known_in_any_case() -> None:
    names = ("A.JSONL.GZ", "b.Tsv.ZST", "c.Parquet", "d.TXT", "e.NDJSON.Bz2")
    assert [format_of(name) for name in names] == ["jsonl", "csv", "parquet", "txt", "jsonl"]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, zstandard.ZstdCompressor().compress])
def test_a_compressed_file_whose_name_does_not_say_so_is_named(tmp_path: Path, pack: Any) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(pack(b'{"text": "a"}\n' * 9))
    (columns,) = read(path, {"text": ("text",)})
    assert not len(columns.rows)
    (lost,) = columns.unreadable
    assert lost.reason.startswith("compressed: rename it to end in .")


@pytest.mark.parametrize("start", [b"BZh", b"BZh9", b"\x1f\x8b", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd"])
def test_a_file_that_begins_like_a_compressed_one_loses_its_first_line_alone(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(start + b"ang went home.\n" + '{"text": "둘째 글이다."}\n'.encode() * 9)
    texts = [text for columns in read(path, {"text": ("text",)}) for text in columns.columns["text"].to_pylist()]
    assert texts == ["둘째 글이다."] * 9


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("표.xlsx", "Save the sheet as .csv"),
        ("글.hwp", "as .txt"),
        ("a.pdf", "pdftotext"),
        ("a.jsonl.zip", "Unpack it and name"),
        ("ko.txt.xz", "Unpack it, or pack it anew as .zst"),
    ],
)
def test_files_of_other_programs_are_named_with_what_to_do(name: str, told: str) -> None:
    with pytest.raises(UserError, match=f"{name}: .* files are not read. .*{told}.*; expected .jsonl"):
        format_of(name)

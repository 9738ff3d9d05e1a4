"""The JSON kernel against orjson, line by line, on good, odd and broken lines."""

import json
from itertools import product

import numpy as np
import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.document import Unreadable
from corpus.readers import json_fields, json_kernel, jsonl, read, unpack
from corpus.readers.jsonl import parse
from corpus.readers.lines import Lines, lines
from corpus.readers.stream import Gap, Limits
from corpus.readers.utf8_check import is_utf8

FIELDS = {"text": ("text",), "url": ("url",), "set": ("meta", "set"), "deep": ("meta", "a", "b")}
ABSENT = object()


def at(record, path):
    for key in path:
        if not isinstance(record, dict) or key not in record:
            return ABSENT
        record = record[key]
    return record


def twin(line: bytes):
    """What the reader must make of one line: the values of FIELDS, or a reason."""
    try:
        line.decode()
    except UnicodeDecodeError:
        return "bad utf-8"
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        # orjson refuses numbers beyond a double, which the grammar does not; NaN and Infinity are what Python writes
        if "number" not in str(error) and b"NaN" not in line and b"Infinity" not in line:
            return "bad json"
        try:
            record = json.loads(line)
        except ValueError:
            return "bad json"
    if not isinstance(record, dict):
        return "not an object"
    text = at(record, ("text",))
    if isinstance(text, list) and text and all(isinstance(item, str) for item in text):
        record = record | {"text": "\n".join(text)}
    elif text is None or text != text:  # NaN
        return "null text"
    elif not isinstance(text, str):
        return "missing field" if text is ABSENT else "text is no string"
    return tuple(value if isinstance(value := at(record, path), str) else None for path in FIELDS.values())


def read_all(data: bytes) -> dict[int, object]:
    """Row → values or reason."""
    found: dict[int, object] = {}
    for chunk in lines([data] if data else [], Limits()):
        assert isinstance(chunk, Lines)
        columns = parse(chunk, FIELDS, "text", 1 << 30)
        for i, row in enumerate(columns.rows.tolist()):
            found[row] = tuple(column[i].as_py() for column in columns.columns.values())
        found.update({lost.row: lost.reason for lost in columns.unreadable})
    return found


def expected(data: bytes) -> dict[int, object]:
    rows = enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"))
    return {row: twin(line) for row, line in rows if line.strip(b" \t\r")}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["text", "url", "meta", "set", "a", "b", "", "텍스트"]), inner, max_size=4)
    ),
    max_leaves=12,
)
RECORDS = st.dictionaries(st.sampled_from(["text", "url", "meta", "other"]), VALUES, max_size=4)
LINES = st.builds(
    lambda record, ascii, spaced: json.dumps(
        record, ensure_ascii=ascii, separators=(", ", " : ") if spaced else (",", ":")
    ).encode("utf-8", "replace"),
    RECORDS | VALUES,
    st.booleans(),
    st.booleans(),
)
ODD = st.sampled_from(
    [
        b'{"text":"1","text":"2","te\\u0078t":"3"}',
        b'{"meta":{"set":"p","a":{"b":"z"}},"meta":{"set":"\\u0041"},"text":""}',
        b'{"text":"\\ud83d\\ude00 \\b\\f\\n\\r\\t\\/\\\\\\""}',
        b'{"text":"\\ud83d"}',
        b'{"text":"\\ude00"}',
        b'{"text":"a","n":-0.5e+10,"m":[1e5,[],{}]} \r',
        b'{"text":"a","n":01}',
        b'{"text":"a",}',
        b'{"text":NaN}',
        b'{"text":"tab\there"}',
        b'{"text":"\x7f"}',
        b'{"text":"a"} {"text":"b"}',
        b"   \t\r",
        b'"text"',
        b"[" * 1025 + b"]" * 1025,
        b'{"text":"deep","x":' + b"[" * 1023 + b"]" * 1023 + b"}",
        b'{"text":"deep","x":' + b"[" * 1024 + b"]" * 1024 + b"}",
        b'{"text":"\xed\xa0\x80"}',
        b'{"text":"\xf4\x90\x80\x80"}',
        b'{"text":"\xc0\x80"}',
        b'{"text":"\xe2\x82"}',
    ]
)
ALPHABET = b'{}[]",:\\ntfu0123456789.eE+- \t\r"ab\x00\x1f\x7f\xc3\xa9\xed\xa0\x80\xf0\x9f\x98'
# Escapes across the borders of 64 bytes, which the kernels take at a time; some of them wrong.
ESCAPES = st.sampled_from(
    [b"\\\\", b'\\"', b"\\n", b"\\u00e9", b"\\ud83d\\ude00", b"\\ud83d", b"\\x", b"ab", "가".encode(), b"q" * 61]
)
ESCAPED = st.lists(ESCAPES, max_size=60).map(b"".join)
MIXED = st.builds(lambda text, url: b'{"url":"' + url + b'","text":"' + text + b'"}', ESCAPED, ESCAPED)
EDITS = st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(ALPHABET), st.sampled_from("idr")), max_size=4)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(LINES | ODD | MIXED, EDITS), max_size=5), st.booleans())
def test_agrees_with_orjson_on_good_and_broken_lines(edited, ends_with_newline):
    broken = []
    for line, edits in edited:
        for place, byte, edit in edits:
            i = place % (len(line) + 1)
            line = line[:i] + (b"" if edit == "d" else bytes([byte])) + line[i + (edit != "i") :]
        broken.append(line.replace(b"\n", b""))
    data = b"\n".join(broken) + b"\n" * ends_with_newline
    assert read_all(data) == expected(data)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=12) | st.text(max_size=8).map(str.encode), max_size=5).map(b"".join))
def test_utf8_check_agrees_with_python(data):
    try:
        data.decode()
        valid = True
    except UnicodeDecodeError:
        valid = False
    assert is_utf8(np.frombuffer(data + b"\n", np.uint8)) == valid
    assert is_utf8(np.frombuffer(b"a" * 9000 + data + b"\n", np.uint8)) == valid


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=30), max_size=8), st.integers(1, 40), st.integers(5, 60))
@example([b"", b"\xef\xbb\xbf", b"\0\0\0\0\0\0"], 1, 5)
@example([b"", b"\xef\xbb\xbf", b"\0"], 1, 5)
@example([b"abcde", b"\nabcdef", b"\n"], 1, 5)  # of exactly the greatest length, and its end is in the next piece
@example([b"ab\nxxxxxx", b"x\ncd\n"], 40, 5)  # whole lines are held as a long one begins
def test_cutting_at_newlines_keeps_every_byte_and_number(pieces, block, cap):
    data = b"".join(pieces).removeprefix(b"\xef\xbb\xbf")
    limits = Limits(max_line_bytes=cap)
    whole: dict[int, tuple[int, bytes]] = {}
    long: dict[int, int] = {}
    for chunk in lines([piece for piece in pieces if piece], limits, block):
        if isinstance(chunk, Unreadable):
            assert chunk.reason == "line too long"
            long[chunk.row] = chunk.offset
            continue
        offset = chunk.offset
        for row, line in enumerate(chunk.bytes().split(b"\n")[:-1], chunk.row):
            whole[row] = (offset, line)
            offset += len(line) + 1
    shift = 3 if b"".join(pieces).startswith(b"\xef\xbb\xbf") else 0
    if b"".join(pieces).startswith(b"\xef\xbb\xbf") and not next(p for p in pieces if p).startswith(b"\xef\xbb\xbf"):
        return  # a byte order mark over several pieces is not looked for: pieces are large
    offset = shift
    for row, line in enumerate(data.split(b"\n")):
        if offset - shift < len(data):
            if row in long:
                assert len(line) > cap
                assert long[row] == offset
            else:
                assert whole[row] == (offset, line)
        offset += len(line) + 1


@given(
    st.lists(
        st.lists(st.sampled_from([b"ab", b"c\n", b"\n", b"d" * 300, b"e\nf"]), max_size=5), min_size=1, max_size=4
    ),
    st.integers(1, 40),
)
@example([[b"ab"], [], [b"c\n"]], 1)
@example([[b"d" * 300], [b"ab"]], 40)
def test_lines_around_damage_are_marked_and_counted(segments, block):
    """Each line between them is told as it is; the last one before and the first one behind damage are torn."""
    expected, row, offset = [], 0, 0
    for number, pieces in enumerate(segments):
        *whole, rest = b"".join(pieces).split(b"\n")
        for n, line in enumerate([*whole, rest] if rest else whole):
            last = n == len(whole)
            expected.append((row, offset, line, number > 0 and n == 0, last and number < len(segments) - 1))
            row, offset = row + 1, offset + len(line) + (not last)
        if number < len(segments) - 1:
            expected.append(Unreadable(row, offset, f"damage {number}", rest[:200]))
            row += 1
    gaps = [[Gap(0, f"damage {number}")] for number in range(len(segments) - 1)] + [[]]
    found = []
    for chunk in lines([piece for pair in zip(segments, gaps, strict=True) for one in pair for piece in one],
                       Limits(), block):  # fmt: skip
        if isinstance(chunk, Unreadable):
            found.append(chunk)
            continue
        here, data = chunk.offset, chunk.bytes().split(b"\n")[:-1]
        assert len(data) == chunk.newlines
        for n, line in enumerate(data):
            torn = n == 0 and chunk.torn_first, n == len(data) - 1 and chunk.torn_last
            found.append((chunk.row + n, here, line, *torn))
            here += len(line) + 1
    assert found == expected


def test_long_lines_cost_only_themselves():
    good = b'{"text":"a"}\n'
    data = good + b'{"text":"' + b"x" * 5000 + b'"}\n' + good
    for piece in (100, 1000, 100_000):
        pieces = [data[i : i + piece] for i in range(0, len(data), piece)]
        rows, lost = [], []
        for chunk in lines(pieces, Limits(max_line_bytes=1000), block=64):
            if isinstance(chunk, Unreadable):
                lost.append(chunk)
            else:
                columns = parse(chunk, {"text": ("text",)}, "text", 1000)
                rows += columns.rows.tolist()
                lost += columns.unreadable
        assert rows == [0, 2]
        assert [(u.row, u.offset, u.reason, len(u.sample)) for u in lost] == [(1, len(good), "line too long", 200)]


def test_numbers_and_words_are_those_of_python():
    """All strings of up to four signs of numbers, words with one letter changed, and all white space around them."""
    signs = ["".join(made) for n in range(1, 5) for made in product("-+.eE01", repeat=n)]
    words = [
        word[:i] + c + word[i + 1 :] for word in ("true", "false", "null") for i in range(len(word)) for c in "tuls"
    ]
    spaces = [f"{a}1{b}" for a, b in product(["", " ", "\t", "\r", "\x0b", "\x0c", "\xa0"], repeat=2)]
    values = [*signs, *words, "true", "false", "null", *spaces, "1e400", "9" * 400, "-0.0e-0"]
    data = "".join(f'{{"n":{value},"text":"a"}}\n' for value in values).encode()
    buffer = np.zeros(len(data) + 128, np.uint8)
    buffer[: len(data)] = np.frombuffer(data, np.uint8)
    found = json_fields.find(buffer, len(data), len(values), [("text",), ("n",)], 0)

    def reads(value: str) -> bool:
        try:
            json.loads(f'{{"n":{value}}}')
        except ValueError:
            return False
        return True

    good = np.array([reads(value) for value in values])
    assert ((found.status == json_kernel.GOOD) == good).all()
    nulls = np.array([value.strip(" \t\r") == "null" for value in values])
    assert (found.kinds[good, 1] == np.where(nulls[good], json_kernel.NULL, json_kernel.OTHER)).all()


SEQUENCES = [
    *(b"\xed\x95\x9c", b"\xf0\x9f\x98\x80", b"\xf4\x8f\xbf\xbf", b"\xc2\x80", b"\xe0\xa0\x80", b"\xf0\x90\x80\x80"),
    # cut off, alone, overlong, surrogates, beyond U+10FFFF
    *(b"\xed\x95", b"\xed", b"\xf0\x9f\x98", b"\xf0\x9f", b"\xf0", b"\xc3", b"\x80", b"\xbf\xbf"),
    *(b"\xc0\x80", b"\xc1\xbf", b"\xe0\x80\x80", b"\xe0\x9f\xbf", b"\xf0\x80\x80\x80", b"\xf0\x8f\xbf\xbf"),
    *(b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xff"),
]


@pytest.mark.parametrize("sequence", SEQUENCES, ids=bytes.hex)
def test_utf8_at_every_place_of_a_block(sequence):
    """Across the borders of 64 bytes, behind letters and behind syllables, before letters and at the end."""
    try:
        valid = bool(sequence.decode())
    except UnicodeDecodeError:
        valid = False
    for offset in range(131):
        for before in (b"a" * offset, ("가" * 44).encode()[: offset // 3 * 3] + b"a" * (offset % 3)):
            for after in (b"", b"b" * 70):
                assert is_utf8(np.frombuffer(before + sequence + after + b"\n", np.uint8)) == valid


@pytest.mark.parametrize(
    "escapes",
    [
        *(r"\ud83d\ude00", r"\ud83d", r"\ude00", r"\ud83d\ud83d", r"\ude00\ud83d", r"\ud800\udc00", r"\udbff\udfff"),
        *(
            r"\udc00",
            r"\udfff",
            r"\ud800",
            r"\udbff",
            r"\ud7ff",
            r"\ue000",
            r"\uffff",
            r"\ud83d\ue000",
            r"\ud83d\udbff",
        ),
        *(r"\ud83dx", r"\ud83d\n", r"\ud83d\\ude00", r"\ud83d\uffff"),
    ],
)
def test_halves_of_surrogate_pairs(escapes):
    for line in (f'{{"text": "{escapes}"}}', f'{{"text": "a", "{escapes}": 1}}', f'{{"text": "{"x" * 60}{escapes}y"}}'):
        data = line.encode() + b'\n{"text": "good"}\n'
        assert read_all(data) == expected(data)


@pytest.mark.parametrize("size", [16, 40, 100, 1 << 20])
def test_rows_and_places_do_not_depend_on_chunks(tmp_path, monkeypatch, size):
    """Lines come in chunks of 1 MiB, and some are read again by Python: each stays where it was in the file."""
    good = [b'{"text":"%d"}' % i for i in range(6)]
    odd = [b'{"text":["a","b"]}', b'{"text":"x","n":NaN}', b'{"text":1}', b"broken", b'{"no":1}', b'{"text":"\xff"}']
    data = b"\n".join(line for pair in zip(odd, good, strict=True) for line in (*pair, b"")) + b"\n"
    path = tmp_path / "a.jsonl"
    path.write_bytes(data)
    monkeypatch.setattr(unpack, "PIECE", size)
    monkeypatch.setattr(jsonl, "CHUNK", size)
    monkeypatch.setattr(jsonl, "BLOCK", size)
    rows, texts, lost = [], [], []
    for columns in read(path, {"text": ("text",)}):
        rows += columns.rows.tolist()
        texts += columns.columns["text"].to_pylist()
        lost += [(one.row, one.reason, one.offset) for one in columns.unreadable]
    assert rows == [0, 1, 3, 4, 7, 10, 13, 16]
    assert texts == ["a\nb", "0", "x", "1", "2", "3", "4", "5"]
    places = [data.find(line) for line in odd]
    assert lost == [
        (6, "text is no string", places[2]),
        (9, "bad json", places[3]),
        (12, "missing field", places[4]),
        (15, "bad utf-8", places[5]),
    ]

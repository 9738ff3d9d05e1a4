"""Damage to compressed files costs the damaged member, frame or block; nothing else is lost and nothing is invented."""

import bz2
import gzip
import io
import json
import mmap
import random
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.document import Unreadable
from corpus.readers import bzip, gzipped, read, tables
from corpus.readers.stream import Gap, Limits
from corpus.readers.tables import _strings, columns_of
from corpus.readers.unpack import blocks

FIELDS = {"text": ("text",), "url": ("url",)}


def _corpus() -> list[bytes]:
    rng = random.Random(7)
    texts = ("".join(rng.choice("가나다라마바사abcdef \n") for _ in range(rng.randint(5, 2000))) for _ in range(120))
    return [json.dumps({"text": f"{i} {text}"}, ensure_ascii=False).encode() + b"\n" for i, text in enumerate(texts)]


LINES = _corpus()
TEXTS = [json.loads(line)["text"] for line in LINES]
PACK = {
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor(write_checksum=True).compress,
    ".bz2": lambda data: bz2.compress(data, 1),
}
NAMES = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}
STREAMS = [b"the first of them\n", b"another stream!\n", b"and the last one\n"]


def texts_of(path: Path) -> tuple[list[str], list[str]]:
    texts, reasons = [], []
    for columns in read(path, FIELDS):
        texts += columns.columns["text"].to_pylist()
        reasons += [lost.reason for lost in columns.unreadable for _ in range(lost.records)]
        assert all(len(lost.sample) <= 200 for lost in columns.unreadable)
    return texts, reasons


def pack(suffix: str, groups: int) -> list[tuple[range, bytes]]:
    size = -(-len(LINES) // groups)
    spans = [range(i, min(i + size, len(LINES))) for i in range(0, len(LINES), size)]
    return [(span, PACK[suffix](b"".join(LINES[i] for i in span))) for span in spans]


@pytest.mark.parametrize("suffix", PACK)
@settings(max_examples=40, deadline=None)
@given(
    groups=st.sampled_from([1, 4]),
    place=st.floats(0, 1, exclude_max=True),
    kind=st.sampled_from(["flip", "overwrite", "cut", "delete", "insert"]),
    noise=st.binary(min_size=1, max_size=60),
)
def test_any_damage_costs_only_the_block_it_hits(suffix, tmp_path_factory, groups, place, kind, noise):
    packed = pack(suffix, groups)
    raw = bytearray(b"".join(data for _, data in packed))
    i = int(place * len(raw))
    end = min(len(raw), i + len(noise))
    if kind == "flip":
        raw[i] ^= 1 << noise[0] % 8
        end = i + 1
    elif kind == "overwrite":
        raw[i:end] = noise[: end - i]
    elif kind == "cut":
        end = len(raw)
        del raw[i:]
    elif kind == "delete":
        del raw[i:end]
    else:
        raw[i:i] = noise
        end = i + 1
    path = tmp_path_factory.mktemp("damage") / f"x.jsonl{suffix}"
    path.write_bytes(raw)
    texts, reasons = texts_of(path)
    assert len(set(texts)) == len(texts)
    assert set(texts) <= set(TEXTS), "a record was invented"
    position = 0
    for span, data in packed:
        if position + len(data) <= i or position >= end:
            assert {TEXTS[k] for k in span} <= set(texts), "a record outside the damage was lost"
        position += len(data)
    boundaries = [sum(len(data) for _, data in packed[:k]) for k in range(len(packed))]
    if len(texts) < len(TEXTS) and not (kind == "cut" and i in boundaries):  # such a file is whole
        assert reasons, "records were lost in silence"


@pytest.mark.parametrize("suffix", PACK)
def test_truncated_files_give_what_is_there(suffix, tmp_path):
    [(_, data)] = pack(suffix, 1)
    path = tmp_path / f"x.jsonl{suffix}"
    path.write_bytes(data[: len(data) * 3 // 4])
    texts, reasons = texts_of(path)
    assert texts == TEXTS[: len(texts)]
    assert reasons[-1] == f"truncated {suffix[1:].replace('gz', 'gzip').replace('zst', 'zstd')}"
    if suffix == ".gz":  # the others hold back what their blocks' checksums have not passed
        assert len(texts) > len(TEXTS) // 2


def test_bz2_blocks_behind_damage_are_recovered(tmp_path, monkeypatch):
    """And those before it are not given a second time, however many the decoder had given when it failed."""
    monkeypatch.setattr(bzip, "LARGEST_BLOCK", 100_000)  # as at level 1: then one block is held back, not nine
    monkeypatch.setattr(bzip, "INPUT", 1 << 14)
    rng = random.Random(3)
    text = "".join(json.dumps({"text": f"{i} " + "".join(rng.choices("abcdefgh", k=900))}) + "\n" for i in range(1000))
    raw = bytearray(bz2.compress(text.encode(), 1))  # about ten blocks of 100 kB
    wanted = [json.loads(line)["text"] for line in text.splitlines()]
    path = tmp_path / "x.jsonl.bz2"
    for place in (len(raw) // 2, len(raw) * 4 // 5):
        damaged = raw.copy()
        damaged[place] ^= 255
        path.write_bytes(damaged)
        texts, reasons = texts_of(path)
        assert set(texts) <= set(wanted)
        assert len(set(texts)) == len(texts) > 850
        assert texts[:400] == wanted[:400]
        assert texts[-1] == wanted[-1]
        assert reasons == ["damaged bz2"]


@pytest.mark.parametrize("suffix", PACK)
def test_a_flipped_bit_anywhere_costs_its_stream_at_most(suffix, tmp_path):
    """Each byte of three small streams, marks and checksums included; what is lost is told once, wherever it was."""
    packed = [PACK[suffix](data) for data in STREAMS]
    raw, path = b"".join(packed), tmp_path / f"x{suffix}"
    hits = [number for number, data in enumerate(packed) for _ in data]
    lost = 0
    for place, hit in enumerate(hits):
        bits = 1 << place % 8 if place % 3 else 0xFF
        path.write_bytes(raw[:place] + bytes([raw[place] ^ bits]) + raw[place + 1 :])
        pieces = list(blocks(path, Limits()))
        found = b"".join(piece for piece in pieces if not isinstance(piece, Gap))
        gaps = [piece for piece in pieces if isinstance(piece, Gap)]
        others = b"".join(data for number, data in enumerate(STREAMS) if number != hit)
        assert found in (b"".join(STREAMS), others), (place, bits)
        if found == others:
            lost += 1
            assert len(gaps) == 1
            assert gaps[0].reason in (f"damaged {NAMES[suffix]}", f"truncated {NAMES[suffix]}")
            assert gaps[0].offset == sum(map(len, STREAMS[:hit]))
    assert lost > len(raw) / 2


@pytest.mark.parametrize("suffix", PACK)
def test_a_file_cut_anywhere_gives_its_whole_streams(suffix, tmp_path):
    """And says that something is missing, unless what is missing says nothing."""
    packed = [PACK[suffix](data) for data in STREAMS]
    raw, path = b"".join(packed), tmp_path / f"x{suffix}"
    ends = [sum(map(len, packed[:n])) for n in range(4)]
    for cut in range(1, len(raw)):
        path.write_bytes(raw[:cut])
        pieces = list(blocks(path, Limits()))
        found = b"".join(piece for piece in pieces if not isinstance(piece, Gap))
        whole = sum(end <= cut for end in ends[1:])
        assert b"".join(STREAMS).startswith(found)
        assert found.startswith(b"".join(STREAMS[:whole]))
        reasons = [piece.reason for piece in pieces if isinstance(piece, Gap)]
        if cut in ends:
            assert reasons == []
        elif suffix == ".bz2":  # its blocks say where they begin, not where they end
            nothing = [[]] if found == b"".join(STREAMS[: whole + 1]) else []
            assert reasons in [["truncated bz2"], ["damaged bz2"], *nothing]
        else:
            assert reasons == [f"truncated {NAMES[suffix]}"], cut


@pytest.mark.parametrize("place", ["mark", "checksum", "inside"])
def test_each_block_of_a_bz2_stream_stands_by_itself(tmp_path, place):
    """One block after the other is damaged, the first and the last, too: it alone is lost, and that is told."""
    rng = random.Random(5)
    content = "".join(rng.choices("abcdefgh", k=330_000)).encode()
    raw, path = bz2.compress(content, 1), tmp_path / "x.bz2"
    path.write_bytes(raw)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        begins = list(bzip._marks(data, bzip.BEGIN, 0, len(raw)))
        sizes = [len(bzip._block(data, one, two) or b"") for one, two in pairwise(begins)]
    assert len(begins) == 4
    bounds = [0, *accumulate(sizes), len(content)]
    for number, begin in enumerate(begins):
        damaged = bytearray(raw)
        damaged[begin // 8 + {"mark": 3, "checksum": 8, "inside": 9000}[place]] ^= 0x10
        path.write_bytes(damaged)
        pieces = list(blocks(path, Limits()))
        found = b"".join(piece for piece in pieces if not isinstance(piece, Gap))
        first, last = bounds[number], bounds[number + 1]
        if place == "mark" and number:  # then the block before it is not seen to end either
            first = bounds[number - 1]
        assert found == content[:first] + content[last:], number
        gaps = [piece for piece in pieces if isinstance(piece, Gap)]
        assert [(gap.offset, gap.reason) for gap in gaps] == [(first, "damaged bz2")]


def test_large_gzip_members_are_unpacked_a_second_time(tmp_path, monkeypatch):
    """What of a member is kept in memory is bounded; what is read is the same."""
    path = tmp_path / "x.gz"
    parts = [b"".join(LINES[i : i + 40]) for i in (0, 40, 80)]
    members = [gzip.compress(part) for part in parts]
    wrong = bytearray(members[1])
    wrong[-6] ^= 1
    path.write_bytes(members[0] + bytes(wrong) + members[2] + members[0][:-300])
    read_once = list(blocks(path, Limits()))
    monkeypatch.setattr(gzipped, "PIECE", 1000)
    for held in (0, 999, 1000, 20_000, len(parts[0]), len(parts[0]) - 1):
        monkeypatch.setattr(gzipped, "HELD", held)
        pieces = list(blocks(path, Limits()))
        gaps = [piece for piece in pieces if isinstance(piece, Gap)]
        assert gaps == [piece for piece in read_once if isinstance(piece, Gap)]
        assert [gap.reason for gap in gaps] == ["damaged gzip", "truncated gzip"]
        found = b"".join(piece for piece in pieces if not isinstance(piece, Gap))
        assert found == b"".join(piece for piece in read_once if not isinstance(piece, Gap))
        assert found.startswith(parts[0] + parts[2] + parts[0][:1000])
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            kept = [sum(map(len, member.content or [])) for member in gzipped._members(data, memoryview(data))]
        assert max(kept) <= held


def test_zeros_between_gzip_members_are_padding(tmp_path):
    """As tar and tapes write them; anything else is damage."""
    path = tmp_path / "x.jsonl.gz"
    one, two = (gzip.compress(b"".join(part)) for part in (LINES[:60], LINES[60:]))
    path.write_bytes(one + bytes(700) + two + bytes(9))
    assert texts_of(path) == (TEXTS, [])
    path.write_bytes(one + b" " + two)
    assert texts_of(path) == (TEXTS, ["damaged gzip"])


def test_begins_of_gzip_members_are_tried_so_often(tmp_path, monkeypatch):
    """A file of a million false begins must not be unpacked a million times."""
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(b"no member" + (gzipped.MAGIC + b"false") * 5 + gzip.compress(b"".join(LINES)))
    for most, found in ((5, []), (6, TEXTS)):
        monkeypatch.setattr(gzipped, "MOST_SEARCHES", most)
        assert texts_of(path) == (found, ["damaged gzip"])


@pytest.mark.parametrize("checksum", [True, False])
def test_zstd_frames_of_every_kind_follow_each_other(tmp_path, checksum):
    """With and without a checksum, and the sixteen kinds that hold no data."""
    path = tmp_path / "x.jsonl.zst"
    pack = zstandard.ZstdCompressor(write_checksum=checksum).compress
    skipped = [bytes([kind]) + b"\x2a\x4d\x18" + (n).to_bytes(4, "little") + b"{" * n
               for n, kind in enumerate(range(0x50, 0x60))]  # fmt: skip
    frames = [pack(b"".join(LINES[i : i + 8])) for i in range(0, 120, 8)]
    path.write_bytes(b"".join(part for pair in zip(skipped, [*frames, b""], strict=True) for part in pair))
    assert texts_of(path) == (TEXTS, [])


@pytest.mark.parametrize("checksum", [True, False])
def test_zstd_frames_with_blocks_of_every_kind(tmp_path, checksum):
    """Compressed, as they are, and one byte so many times: each frame ends where its blocks say."""
    contents = [random.Random(1).randbytes(300_000), b"a" * 400_000, b"".join(LINES), b"b" * 131_072 + b"c", b""]
    path = tmp_path / "x.zst"
    made = [zstandard.ZstdCompressor(write_checksum=checksum).compress(content) for content in contents]
    path.write_bytes(b"".join(made))
    assert b"".join(blocks(path, Limits())) == b"".join(contents)
    for number in range(len(made) - 1):  # one is damaged in its last bytes, and the others are there
        wrong = bytearray(made[number])
        wrong[-1] ^= 0xFF
        path.write_bytes(b"".join(made[:number]) + bytes(wrong) + b"".join(made[number + 1 :]))
        pieces = list(blocks(path, Limits()))
        found = b"".join(piece for piece in pieces if not isinstance(piece, Gap))
        assert found.startswith(b"".join(contents[:number]))
        assert found.endswith(b"".join(contents[number + 1 :]))
        reasons = [piece.reason for piece in pieces if isinstance(piece, Gap)]
        assert reasons == ["damaged zstd"] or (reasons == [] and not checksum)


@pytest.mark.parametrize("name", ["a.json.gz", "a.jsonl.gz", "a.txt.gz"])
def test_places_after_damage_are_those_in_the_unpacked_file(tmp_path, name):
    """What the recipe's user searches in `zcat`: bytes before the damage, and after it those that could be read."""
    begin, end = b'[{"text": "a"}, {"text": "lost ', b'half"},\n{"text": "b"},\n{"nothing": 1},\n{"text": "c"}]\n'
    if name == "a.jsonl.gz":
        begin, end = (part.strip(b"[]\n").replace(b"},", b"}") + b"\n"[: part is end] for part in (begin, end))
    path = tmp_path / name
    path.write_bytes(gzip.compress(begin)[:-8] + b"damagedd" + gzip.compress(end))
    lost = [one for columns in read(path, FIELDS) for one in columns.unreadable]
    assert lost[0].reason == "damaged gzip"
    path.write_bytes(gzip.compress(begin) + b"damaged" + gzip.compress(end))
    lost = [one for columns in read(path, FIELDS) for one in columns.unreadable]
    places = {one.reason: one.offset for one in lost}
    assert places["damaged gzip"] in (len(begin), begin.rfind(b'{"text": "lost'))
    if name != "a.txt.gz":
        assert places["missing field"] == len(begin) + end.find(b'{"nothing"')


@pytest.mark.parametrize("suffix", PACK)
def test_garbage_and_emptiness_are_no_archives(suffix, tmp_path):
    path = tmp_path / f"x.jsonl{suffix}"
    path.write_bytes(b"")
    assert texts_of(path) == ([], [])
    path.write_bytes(b"<html>503 Service Unavailable</html>" * 100)
    texts, reasons = texts_of(path)
    assert not texts
    assert len(reasons) == 1


@pytest.fixture(scope="module")
def parquet(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("parquet") / "x.parquet"
    table = pa.table({"text": TEXTS, "url": [str(i) for i in range(len(TEXTS))]})
    pq.write_table(table, path, row_group_size=30, compression="zstd", write_page_checksum=True)
    return path


@settings(max_examples=60, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), noise=st.binary(min_size=1, max_size=40), cut=st.booleans())
def test_damaged_parquet_costs_row_groups_or_the_file(parquet, tmp_path_factory, place, noise, cut):
    raw = bytearray(parquet.read_bytes())
    i = int(place * len(raw))
    if cut:
        del raw[i:]
    else:
        raw[i : i + len(noise)] = noise[: len(raw) - i]
    path = tmp_path_factory.mktemp("damage") / "x.parquet"
    path.write_bytes(raw)
    texts, reasons = texts_of(path)
    whole = parquet.read_bytes()
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")  # it has no checksum
    assert set(texts) <= set(TEXTS) or i + len(noise) > footer
    if 4 <= i < footer - len(noise) and not cut:
        assert len(texts) + len(reasons) == len(TEXTS)
        assert len(texts) >= 60  # noise of 40 bytes hits two row groups of 30 at most
    if len(texts) < len(TEXTS):
        assert reasons


def test_what_was_read_of_a_damaged_row_group_is_not_lost_too(tmp_path, monkeypatch):
    """Batches of ten rows: those before the damaged page are read, the rest of the group is told once, and the next
    group has its own rows."""
    monkeypatch.setattr(tables, "MOST_ROWS", 10)
    path = tmp_path / "x.parquet"
    table = pa.table({"text": [f"글 {i} " + "가나다" * 9 for i in range(300)]})
    how = {"compression": None, "use_dictionary": False, "write_page_checksum": True, "data_page_size": 200}
    pq.write_table(table, path, row_group_size=100, write_batch_size=10, **how)
    raw = bytearray(path.read_bytes())
    raw[raw.find("글 155 ".encode()) + 5] ^= 1  # in the text, not in the statistics
    path.write_bytes(raw)
    found = list(read(path, FIELDS))
    rows = [row for columns in found for row in columns.rows.tolist()]
    [lost] = [one for columns in found for one in columns.unreadable]
    texts = [text for columns in found for text in columns.columns["text"].to_pylist()]
    assert rows == [*range(lost.row), *range(200, 300)]
    assert texts == [f"글 {row} " + "가나다" * 9 for row in rows]
    assert 100 < lost.row <= 150
    assert lost.row + lost.records == 200


STRINGS = [pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary()]
STRINGS += [pa.dictionary(pa.int8(), kind) for kind in (pa.string(), pa.large_string(), pa.binary())]


@pytest.mark.parametrize("kind", STRINGS, ids=str)
def test_strings_of_every_kind_are_texts(kind):
    """And lists of them, item by item on lines; a null and an empty text are not the same."""
    values = ["가", None, "", "bc"]
    column = pa.array(values, kind.value_type).dictionary_encode() if pa.types.is_dictionary(kind) else None
    column = column.cast(kind) if column is not None else pa.array(values, kind)
    rows, fields = np.array([3, 5, 6, 9]), {"text": ("text",), "url": ("u.l",)}
    batch = pa.RecordBatch.from_arrays([column, pa.array([1, 2, 3, 4])], ["text", "u.l"])
    found = columns_of(batch, rows, fields, "text")
    assert (found.rows.tolist(), found.notes) == ([3, 6, 9], ())
    assert {name: values.to_pylist() for name, values in found.columns.items()} == {
        "text": ["가", "", "bc"], "url": [None] * 3
    }  # fmt: skip
    assert [tuple(lost) for lost in found.unreadable] == [(5, -1, "null text", b"", 1)]
    for offsets, lists in (([0, 2, 2, 4, 4], pa.ListArray), ([0, 2, 2, 4, 4], pa.LargeListArray)):
        joined = columns_of(
            pa.RecordBatch.from_arrays([lists.from_arrays(offsets, column)], ["text"]),
            rows,
            {"text": ("text",)},
            "text",
        )
        assert joined.columns["text"].to_pylist() == ["가", "", "\nbc", ""]
        assert (joined.unreadable, joined.notes) == ([], ("lists of strings are joined line by line",))


@pytest.mark.parametrize("stream", [False, True])
def test_a_damaged_arrow_batch_is_one_record(tmp_path, stream):
    """A file goes on behind it, a stream ends there; rows count on, and what is missing names the columns there are."""
    out, path = io.BytesIO(), tmp_path / "x.arrow"
    table = pa.table({"url": [f"u{n}" for n in range(12)], "text": pa.array(TEXTS[:12], pa.large_string())})
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=3)
    raw = out.getvalue()
    offsets = np.cumsum([0, *(len(text.encode()) for text in TEXTS[3:6])], dtype=np.int64).tobytes()
    assert raw.count(offsets) == 1
    path.write_bytes(raw.replace(offsets, offsets[:16] + b"\x7f" * 8 + offsets[24:]))
    found = list(read(path, FIELDS))
    rows = [row for columns in found for row in columns.rows.tolist()]
    texts = [text for columns in found for text in columns.columns["text"].to_pylist()]
    assert rows == ([0, 1, 2] if stream else [0, 1, 2, *range(4, 10)])
    assert texts == TEXTS[:3] + ([] if stream else TEXTS[6:12])
    [lost] = [one for columns in found for one in columns.unreadable]
    assert (lost.row, lost.offset, lost.reason, lost.records) == (3, -1, "damaged arrow", 1)
    assert 0 < len(lost.sample) <= 200
    path.write_bytes(raw)
    found = list(read(path, {"text": ("body",)}))
    told = [(one.row, one.reason, one.sample, one.records) for columns in found for one in columns.unreadable]
    assert told == [(row, "missing field", b"url, text", 3) for row in (0, 3, 6, 9)]


@pytest.mark.parametrize("declared", [True, False])
def test_what_a_parquet_file_has_beyond_its_limits_is_told_row_by_row(tmp_path, declared):
    """Whether its row groups say how large they are, or a dictionary unpacks to more."""
    texts = [random.Random(n if declared else 0).randbytes(500).hex() for n in range(50)]
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"text": texts}), path, row_group_size=20)
    sizes = [pq.ParquetFile(path).metadata.row_group(group).total_byte_size for group in range(3)]
    for limit, read_rows in ((20_000 + sizes[1], 20), (sum(sizes), 50)) if declared else ((20_000, 0), (30_000, 20)):
        found = list(read(path, FIELDS, limits=Limits(max_bytes=limit)))
        rows = [row for columns in found for row in columns.rows.tolist()]
        lost = [one for columns in found for one in columns.unreadable]
        assert rows == list(range(read_rows))
        bomb = Unreadable(read_rows, -1, "archive bomb", b"", 50 - read_rows)
        assert lost == ([bomb] if read_rows < 50 else [])


def test_batches_of_a_parquet_file_have_about_so_many_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "BLOCK", 10_000)
    text = [random.Random(n).randbytes(500).hex() for n in range(60)]
    pq.write_table(pa.table({"text": text, "n": list(range(60))}), tmp_path / "x.parquet", row_group_size=40)
    found = list(read(tmp_path / "x.parquet", FIELDS))
    assert {len(columns.rows) for columns in found} <= {9, 8, 4}  # the last one of a group is smaller
    assert [row for columns in found for row in columns.rows.tolist()] == list(range(60))
    assert [value for columns in found for value in columns.columns["text"].to_pylist()] == text


@settings(max_examples=200, deadline=None)
@given(st.lists(st.none() | st.text(max_size=3).map(str.encode) | st.binary(max_size=4), max_size=5))
@example([b"\xed\x95", b"\x9c"])  # a syllable over two strings: together they are UTF-8
@example(["가".encode(), None, b"", b"\xed", b"\x95\x9c", b"a"])
@example([b"\xed\xa0\x80"])  # half of a surrogate pair
@example([b"\xc0\x80", b"\xf4\x90\x80\x80"])
@example([b""])
@example([])
def test_string_columns_are_checked_as_python_would(values):
    binary = pa.array(values, pa.binary())
    column = pa.Array.from_buffers(pa.string(), len(values), binary.buffers())

    def valid(value: bytes | None) -> bool:
        try:
            return value is None or bool(value.decode()) or True
        except UnicodeDecodeError:
            return False

    strings, invalid = _strings(column)
    assert invalid.tolist() == [not valid(value) for value in values]
    assert strings.cast(pa.binary()).to_pylist() == [value if valid(value) else None for value in values]


def test_bad_utf8_in_parquet_costs_its_row(tmp_path):
    good = "좋은 글".encode()
    binary = pa.array([good, b"\xff\xfe", None, good], pa.binary())
    strings = pa.Array.from_buffers(pa.string(), 4, binary.buffers())
    pq.write_table(pa.table({"text": strings}), tmp_path / "x.parquet")
    [columns] = read(tmp_path / "x.parquet", FIELDS)
    assert columns.rows.tolist() == [0, 3]
    assert [(lost.row, lost.reason) for lost in columns.unreadable] == [(1, "bad utf-8"), (2, "null text")]

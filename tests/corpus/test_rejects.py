"""The sample of what was dropped: so many of each reason, the same however the input was cut."""

import io
import json
import tracemalloc
from pathlib import Path

import mmh3
import numpy as np
import pyarrow as pa
import pytest

from corpus.clean import _Books
from corpus.cleaning.privacy import PrivacySettings
from corpus.document import Unreadable
from corpus.rejects import EXCERPT, MOST_TOLD, SAMPLE, Quarantine, Rejects, merge_samples


def batch(numbers: list[int]) -> pa.RecordBatch:
    rows = [{"id": f"s-{n}", "text": f"글 {n}", "origin": f"file#{n}", "lang": "ko", "url": None} for n in numbers]
    return pa.RecordBatch.from_pylist(rows)


@pytest.mark.parametrize("count", [0, 1, SAMPLE - 1, SAMPLE, SAMPLE + 1, 3 * SAMPLE])
@pytest.mark.parametrize("parts", [1, 3])
def test_the_smallest_hashes_are_kept(tmp_path: Path, count: int, parts: int) -> None:
    files = []
    for part in range(parts):
        mine = list(range(part, count, parts))
        rejects = Rejects()
        for some in (mine[:7], mine[7:]):
            if some:
                rejects.add("short", batch(some), np.array(some, float))
        rejects.write(tmp_path / f"{part}.jsonl")
        files.append(tmp_path / f"{part}.jsonl")
    merge_samples(files, tmp_path / "all.jsonl")
    found = [json.loads(line)["id"] for line in (tmp_path / "all.jsonl").read_text(encoding="utf-8").splitlines()]
    expected = sorted((f"s-{n}" for n in range(count)), key=lambda name: mmh3.hash64(name, signed=False)[0])
    assert found == expected[:SAMPLE]


def test_a_dropped_document_is_told_with_its_value(tmp_path: Path) -> None:
    rows = [
        {
            "id": f"s-{n}",
            "text": "글" * (EXCERPT + n),
            "origin": f"f#{n}",
            "lang": "en",
            "url": "u" * EXCERPT * n or None,
        }
        for n in range(3)
    ]
    rejects = Rejects()
    for reason in ("short", "adult"):
        rejects.add(reason, pa.RecordBatch.from_pylist(rows), np.array([0.123456, 2, 3]))
    rejects.write(tmp_path / "part.jsonl")
    merge_samples([tmp_path / "part.jsonl"], tmp_path / "all.jsonl")
    found = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [entry["reason"] for entry in found] == ["adult"] * 3 + ["short"] * 3
    for entry in found:
        n = int(entry["id"][-1])
        assert entry == {
            "reason": entry["reason"], "value": [0.1235, 2, 3][n], "id": f"s-{n}", "origin": f"f#{n}", "lang": "en",
            "text": "글" * EXCERPT, **({"url": "u" * EXCERPT} if n else {}),
        }  # fmt: skip
    assert (SAMPLE, EXCERPT, MOST_TOLD) == (20, 600, 1000)


def test_the_first_unreadable_records_of_a_reason_are_listed_and_the_others_counted() -> None:
    file = io.BytesIO()
    quarantine = Quarantine(file, "f", PrivacySettings(), most=2)
    mail = b"a.b@example.com " + b"x" * 300
    quarantine.add([Unreadable(0, 5, "json", mail, 1), Unreadable(1, 9, "json", b"\xff", 2)])
    quarantine.add([Unreadable(5, 50, "json", b"", 7), Unreadable(12, 60, "long", b"", 1)])
    quarantine.add([Unreadable(13, 70, "json", b"", 2)])
    quarantine.close()
    found = [json.loads(line) for line in file.getvalue().splitlines()]
    assert found == [
        {"reason": "json", "origin": "f", "row": 0, "offset": 5, "sample": "<|email|> " + "x" * 184},
        {"reason": "json", "origin": "f", "row": 1, "offset": 9, "records": 2, "sample": "\ufffd"},
        {"reason": "long", "origin": "f", "row": 12, "offset": 60, "sample": ""},
        {"reason": "json", "origin": "f", "row": -1, "offset": -1, "records": 9, "sample": ""},
    ]


def test_what_a_rule_drops_is_told_with_its_own_value(tmp_path: Path) -> None:
    """Of a batch of which only some rows are dropped."""
    rejects, books = Rejects(), _Books({"dropped": {"long": 1}, "dropped_bytes": {"long": 5}})
    books.drop("long", batch([0, 1, 2, 3]), np.array([1, 3]), np.array([10.0, 11, 12, 13]), rejects)
    books.drop("none", batch([0]), np.array([], int), np.array([1.0]), rejects)
    rejects.write(tmp_path / "r.jsonl")
    found = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {entry["id"]: entry["value"] for entry in found} == {"s-1": 11, "s-3": 13}
    assert books.result() == {"dropped": {"long": 3}, "dropped_bytes": {"long": 5 + 10}}


def test_of_equal_hashes_the_first_origin_comes_first(tmp_path: Path) -> None:
    """Whichever part is merged first: what is kept does not depend on the order of parts."""
    rows = batch(list(range(SAMPLE + 5)))
    for part in range(SAMPLE + 5):
        rejects = Rejects()
        same = rows.slice(part, 1).set_column(0, "id", pa.array(["s-0"]))
        rejects.add("short", same, np.zeros(1))
        rejects.write(tmp_path / f"{part}.jsonl")
    expected = sorted(f"file#{part}" for part in range(SAMPLE + 5))[:SAMPLE]
    for order in (range(SAMPLE + 5), reversed(range(SAMPLE + 5))):
        merge_samples([tmp_path / f"{part}.jsonl" for part in order], tmp_path / "all.jsonl")
        told = [json.loads(line)["origin"] for line in (tmp_path / "all.jsonl").read_text().splitlines()]
        assert told == expected


@pytest.mark.parametrize(("sample", "told"), [
    ("ab가나".encode() * 25, "ab가나" * 25),  # 200 bytes
    (("a" + "가" * 80).encode(), "a" + "가" * 66),  # the 200th byte is the first of a character
    (b"a" * 198 + "가".encode(), "a" * 198),
    (b"a" * 198 + "가".encode()[:2], "a" * 198),  # exactly as much as is kept of a record
    (b"a" * 150 + b"\xea\xb0", "a" * 150 + "\ufffd"),  # the record itself ends in half a character
])  # fmt: skip
def test_a_sample_is_cut_between_characters(sample: bytes, told: str) -> None:
    file = io.BytesIO()
    quarantine = Quarantine(file, "f", PrivacySettings())
    quarantine.add([Unreadable(0, 0, "json", sample, 1)])
    assert json.loads(file.getvalue())["sample"] == told


def test_merging_holds_the_samples_of_one_part(tmp_path: Path) -> None:
    """Ten times the parts need no more memory."""

    def peak(parts: int) -> int:
        files = []
        for part in range(parts):
            rejects = Rejects()
            for reason in map(str, range(20)):
                mine = list(range(part * SAMPLE, (part + 1) * SAMPLE))
                rejects.add(reason, batch(mine), np.array(mine, float))
            files.append(tmp_path / f"{parts}-{part}.jsonl")
            rejects.write(files[-1])
        tracemalloc.start()
        merge_samples(files, tmp_path / "all.jsonl")
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(30) < 1.3 * peak(3)

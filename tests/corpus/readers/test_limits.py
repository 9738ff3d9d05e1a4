"""Records of exactly the greatest length are read, and longer ones are told; in each format that has such a limit."""

import json
from pathlib import Path

import pytest

from corpus.readers import Limits, read
from corpus.readers.stream import FREE_OUTPUT, Gap
from corpus.readers.unpack import bounded

LONGEST = 200


def found(path: Path) -> tuple[list[str], list[str]]:
    """The texts, and the reasons of what could not be read."""
    columns = list(read(path, {"text": ("text",), "url": ("url",)}, limits=Limits(max_line_bytes=LONGEST)))
    texts = [text for chunk in columns for text in chunk.columns["text"].to_pylist()]
    return texts, [lost.reason for chunk in columns for lost in chunk.unreadable]


def jsonl(text: str) -> bytes:
    return json.dumps({"text": text}, ensure_ascii=False).encode() + b"\n"


def warc(text: str) -> bytes:
    head = f"WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: {len(text.encode())}\r\n\r\n"
    return f"{head}{text}\r\n\r\n".encode()


@pytest.mark.parametrize(("ending", "record", "around"), [("jsonl", jsonl, 12), ("warc", warc, 0)])
@pytest.mark.parametrize("letter", ["x", "가"])
def test_a_record_of_exactly_the_greatest_length_is_read(
    tmp_path: Path, ending: str, record, around: int, letter: str
) -> None:
    """Bytes count: of the line of JSON, of the content of a WARC record."""
    room = LONGEST - around
    most = letter * (room // len(letter.encode()))
    most += "x" * (room - len(most.encode()))
    path = tmp_path / f"a.{ending}"
    path.write_bytes(record("first") + record(most) + record(most + "x") + record("last"))
    texts, lost = found(path)
    assert texts == ["first", most, "last"]
    assert len(lost) == 1
    assert "too long" in lost[0]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_only_python_writes_cost_no_record(tmp_path: Path, value: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"text": "one"}}\n{{"x": {value}, "text": "two"}}\n{{"text": "three", "x": [{value}]}}\n')
    assert found(path) == (["one", "two", "three"], [])


def test_addresses_in_brackets_are_without_them(tmp_path: Path) -> None:
    head = "WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: {}\r\nContent-Length: 1\r\n\r\n{}\r\n\r\n"
    addresses = ["<http://a.kr/>", "http://b.kr/", ""]
    path = tmp_path / "a.warc"
    path.write_bytes("".join(head.format(address, n) for n, address in enumerate(addresses)).encode())
    [chunk] = read(path, {"text": ("text",), "url": ("url",)})
    assert chunk.columns["url"].to_pylist() == ["http://a.kr/", "http://b.kr/", None]


@pytest.mark.parametrize(("length", "reasons"), [(LONGEST, []), (LONGEST + 1, ["text too long"])])
def test_a_text_of_exactly_the_greatest_length_is_read(tmp_path: Path, length: int, reasons: list[str]) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x" * length)
    assert found(path) == ([] if reasons else ["x" * length], reasons)


SMALL = b"x" * 1000
LARGE = bytes(FREE_OUTPUT - 1000)


@pytest.mark.parametrize(
    ("limits", "size", "pieces", "read"),
    [
        (Limits(max_bytes=3000), 1, 3, 3),  # so many bytes are read, and no byte more
        (Limits(max_bytes=2999), 1, 3, 2),
        (Limits(max_ratio=1), 1, 3, 3),  # the ratio is not looked at before FREE_OUTPUT
    ],
)
def test_output_ends_with_its_limit(limits: Limits, size: int, pieces: int, read: int) -> None:
    found = list(bounded(iter([SMALL] * pieces), size, limits))
    assert found == [SMALL] * read + [Gap(1000 * read, "archive bomb")] * (read < pieces)


@pytest.mark.parametrize(("size", "bomb"), [(FREE_OUTPUT // 200 + 5, False), (FREE_OUTPUT // 200 + 4, True)])
def test_output_of_two_hundred_times_the_file_is_a_bomb(size: int, bomb: bool) -> None:
    """From FREE_OUTPUT on, and exactly so much is not. Places of damage are those in the output."""
    rest = 200 * (FREE_OUTPUT // 200 + 5) - FREE_OUTPUT
    pieces = [LARGE, Gap(0, "damaged gzip"), SMALL, b"y" * rest]
    found = list(bounded(iter(pieces), size, Limits()))
    assert found[:3] == [LARGE, Gap(len(LARGE), "damaged gzip"), SMALL]
    assert found[3:] == [Gap(FREE_OUTPUT, "archive bomb") if bomb else b"y" * rest]

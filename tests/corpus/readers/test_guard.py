"""What a reader did not foresee costs the record it stands in, and what takes too long as well; what is not the
record's is raised."""

import contextlib
import gzip
import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.document import Chunk, Part, Unreadable
from corpus.errors import UserError
from corpus.readers import guard, read
from corpus.readers.entities import unescape, unescape_page
from corpus.readers.gather import gather
from corpus.readers.guard import Pending, RecordError, guarded, to_the_end
from corpus.readers.mediawiki import pages
from corpus.readers.stream import Limits
from corpus.sources.base import Declared

FIELDS = {"text": ("text",)}
DIGITS = "9" * 5000  # more than Python makes a number of


def failing(content: bytes) -> list[str | None]:
    word = content.decode()
    if word == "index":
        return [[][1]]
    if word == "type":
        return [None + 1]  # type: ignore[operator]
    if word == "surrogate":
        return ["\ud800"]
    if word == "refused":
        raise RecordError("no page")
    if word == "deep":
        return failing(content)
    return [word]


def test_any_error_costs_its_record() -> None:
    words = [b"one", b"index", b"type", b"surrogate", b"refused", b"\xff", b"deep", b"two"]
    [columns] = gather([Pending(i, i * 10, word, failing) for i, word in enumerate(words)], FIELDS, "text")
    assert columns.columns["text"].to_pylist() == ["one", "two"]
    assert columns.rows.tolist() == [0, 7]
    assert [(lost.row, lost.offset, lost.reason) for lost in columns.unreadable] == [
        (1, 10, "reader failed: IndexError"),
        (2, 20, "reader failed: TypeError"),
        (3, 30, "lone surrogate"),
        (4, 40, "no page"),
        (5, 50, "bad utf-8"),
        (6, 60, "reader failed: RecursionError"),
    ]


@pytest.mark.parametrize("error", [UserError("x"), FileNotFoundError("x"), MemoryError()])
def test_what_is_not_the_records_is_raised(error: Exception) -> None:
    def read(content: bytes) -> None:
        raise error

    with pytest.raises(type(error)):
        guarded(read, b"", 0, 0)

    def chunks() -> Iterator[object]:
        yield "first"
        raise error

    found = to_the_end(chunks, lambda lost: lost)
    assert next(found) == "first"
    with pytest.raises(type(error)):
        next(found)


def test_a_record_that_cannot_be_written_is_told_as_such() -> None:
    content = b"x" * 300
    reasons = {"\ud800".encode: "lone surrogate", b"\xff".decode: "bad utf-8", "x".index: "reader failed: TypeError"}
    for function, reason in reasons.items():
        found = guarded(lambda _, function=function: function(), content, 3, 4)
        assert found == Unreadable(3, 4, reason, b"x" * 200)


def test_a_clock_that_rings_late_ends_nothing() -> None:
    """The signal may come when the record is read already."""
    watch = guard._Watch()
    watch._expired(0, None)
    watch.armed = True
    with pytest.raises(guard._TooSlow):
        watch._expired(0, None)


@pytest.mark.parametrize("kind", ["python", "pattern", "swallowed"])
def test_a_record_that_takes_too_long_costs_itself(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(guard, "SECONDS", 0.05)

    def slow(content: bytes) -> list[str | None]:
        if content == b"good":
            return ["good"]
        if kind == "pattern":
            re.match(r"(?:a|a)*b", "a" * 60)
        while True:
            with contextlib.suppress(Exception):  # as libraries do
                sum(range(1000))

    [columns] = gather([Pending(i, 0, word, slow) for i, word in enumerate([b"bad", b"good"])], FIELDS, "text")
    assert columns.columns["text"].to_pylist() == ["good"]
    assert [lost.reason for lost in columns.unreadable] == ["took too long"]


def test_the_clock_rings_again_where_a_callback_has_caught_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """C libraries drop what a callback of theirs raises; and a record has more time the larger it is."""
    real, told = signal.setitimer, []

    def quicker(which: int, seconds: float, again: float = 0.0) -> None:
        told.append((which, seconds, again))
        real(which, seconds and 0.02, again and 0.02)

    monkeypatch.setattr(guard.signal, "setitimer", quicker)

    def deaf(content: bytes) -> bytes:
        end = time.process_time() + 1.0  # where nothing rings
        for _ in range(2 if content else 0):
            with contextlib.suppress(BaseException):
                while time.process_time() < end:
                    sum(range(1000))
        while content and time.process_time() < end:
            sum(range(1000))
        return content

    assert guarded(deaf, b"", 0, 0) == b""
    lost = guarded(deaf, b"x" * 2_000_000, 3, 4)
    assert isinstance(lost, Unreadable)
    assert (lost.row, lost.offset, lost.reason, lost.sample) == (3, 4, "took too long", b"x" * 200)
    off = (signal.ITIMER_VIRTUAL, 0, 0.0)
    assert told == [(signal.ITIMER_VIRTUAL, 10.0, 1.0), off, (signal.ITIMER_VIRTUAL, 40.0, 1.0), off]


def test_other_threads_have_no_clock() -> None:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(guarded(bytes.decode, b"x", 0, 0)))
    thread.start()
    thread.join()
    assert found == ["x"]


def test_an_error_outside_of_records_ends_the_file() -> None:
    def chunks() -> Iterator[object]:
        yield "first"
        raise KeyError("what happened")

    first, lost = to_the_end(chunks, lambda lost: lost)
    assert first == "first"
    assert isinstance(lost, Unreadable)
    assert lost.reason == "reader failed: KeyError"
    assert b"what happened" in lost.sample


def test_readers_and_sources_are_guarded_without_their_doing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("글")
    monkeypatch.setattr("corpus.readers.encoding.blocks", lambda path, limits: [None])
    [columns] = read(path, FIELDS)
    assert [lost.reason for lost in columns.unreadable] == ["reader failed: TypeError"]

    class Broken(Declared):
        license = "CC0-1.0"

        def chunks(self, path: Path, part: Part) -> Iterator[Chunk]:
            raise ZeroDivisionError

    [chunk] = Broken(name="broken").read(path, Part("broken", "x"))
    assert [lost.reason for lost in chunk.unreadable] == ["reader failed: ZeroDivisionError"]


@pytest.mark.parametrize(
    ("reference", "character", "on_a_page"),
    [
        ("&#44032;&#x3b1;&amp;", "가α&", "가α&"),
        (f"a&#{DIGITS};b", "ab", "a\ufffdb"),
        (f"a&#x{DIGITS};b", "ab", "a\ufffdb"),
        (f"a&#{'0' * 5000}65;b", "aAb", "aAb"),
        (f"a&#{DIGITS}b", f"a&#{DIGITS}b", "a\ufffdb"),
        ("&#xD800;&#x110000;&#0;", "", "\ufffd\ufffd\ufffd"),
        ("?a=1&para=2&copy=3", "?a=1&para=2&copy=3", "?a=1¶=2©=3"),
    ],
)
def test_references(reference: str, character: str, on_a_page: str) -> None:
    assert unescape(reference) == character
    assert unescape_page(reference) == on_a_page
    assert unescape("&#xE000;7&#xE001;", re.compile("[\ue000-\ue003]")) == "7"


def test_numbers_without_end_in_a_dump(tmp_path: Path) -> None:
    page = "<page><title>{}</title><ns>{}</ns><revision><text>{}</text></revision></page>\n"
    path = tmp_path / "a.xml"
    path.write_text(
        page.format("가", 0, "글")
        + page.format(f"&#{DIGITS};", 0, f"&#{DIGITS};글")
        + page.format("나", DIGITS, "글")
        + page.format("다", 0, "글")
    )
    found = list(pages(path, Limits()))
    assert [page.reason if isinstance(page, Unreadable) else page.title for page in found] == [
        "가",
        "",
        "bad page",
        "다",
    ]


def test_numbers_and_sets_without_meaning_in_a_page(tmp_path: Path) -> None:
    body = "<html><head><title>%s</title></head><body><article><p>%s</p></article></body></html>"
    sentence = "한강은 오늘도 조용히 흐르고 사람들은 강가를 걷는다. " * 6
    records = []
    for charset, title in [
        ("utf-8", f"제목 &#{DIGITS};"),
        ("undefined", "제목"),
        ("punycode", "제목"),
        ("idna", "제목"),
        ("x" * 5000, "제목"),
    ]:
        content = (
            f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset={charset}\r\n\r\n{body % (title, sentence)}".encode()
        )
        head = f"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: {len(content)}\r\n\r\n"
        records.append(head.encode() + content + b"\r\n\r\n")
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gzip.compress(b"".join(records)))
    [columns] = read(path, {**FIELDS, "title": ("title",)})
    assert [str(title).rstrip("\ufffd ") for title in columns.columns["title"].to_pylist()] == ["제목"] * 5
    assert all("강가를 걷는다" in text for text in columns.columns["text"].to_pylist())

"""The books balance, or the build fails."""

from pathlib import Path
from typing import Any

import pytest

from corpus.books import UnbalancedError, open_books
from corpus.engine.task import TaskRecord


def _record(**result: Any) -> TaskRecord:
    return TaskRecord(Path("t"), "", [], {}, result)


def _read(**changes: Any) -> TaskRecord:
    base = {
        "records": 10,
        "bytes": 100,
        "documents": 7,
        "normalised_bytes": 70,
        "skipped": {"redirect": 1},
        "unreadable": {"bad json": 2},
    }
    return _record(**base | {"repairs": {"nfc": 3}, "notes": {}} | changes)


def _clean(**changes: Any) -> TaskRecord:
    base = {
        "documents_in": 7,
        "bytes_in": 70,
        "documents": 5,
        "bytes": 50,
        "dropped": {"language": 2},
        "dropped_bytes": {"language": 20},
    }
    return _record(**base | {"languages": {"ko": 5, "ja": 2}, "redacted": {}, "boilerplate": {}} | changes)


def _shard(rows: int = 4, size: int = 40) -> TaskRecord:
    return _record(
        rows=rows,
        bytes=size,
        languages={"ko": rows},
        language_bytes={"ko": size},
        licenses={"CC0-1.0": size},
        license_documents={"CC0-1.0": rows},
    )


def _books(
    read: TaskRecord, clean: TaskRecord, shard: TaskRecord, kinds: dict[str, int] | None = None
) -> dict[str, Any]:
    dropped = {"exact": 1} if kinds is None else kinds
    return open_books(
        ["s"],
        ["s"],
        [read],
        [clean],
        [_record(dropped={}, dropped_bytes=0, cut_documents=0, cut_bytes=0)],
        {"s": dropped},
        {"s": 10},
        {"s": [shard]},
    )


def test_balanced_books_add_up() -> None:
    books = _books(_read(), _clean(), _shard())
    assert books["sources"]["s"]["output"]["documents"] == 4
    assert books["total"]["read"]["unreadable"] == {"bad json": 2}
    assert books["total"]["clean"]["in"] == 7


@pytest.mark.parametrize(
    ("read", "clean", "shard", "kinds", "where"),
    [
        (_read(records=11), _clean(), _shard(), None, "read:"),
        (_read(), _clean(documents_in=8, documents=6), _shard(), None, "read → clean"),
        (_read(), _clean(documents=4), _shard(), None, "at clean:"),
        (_read(), _clean(), _shard(rows=5), None, "trim → output"),
        (_read(), _clean(), _shard(), {"exact": 2}, "trim → output"),
        (_read(), _clean(), _shard(size=41), None, "bytes"),
    ],
)
def test_a_lost_or_invented_document_fails_the_build(read: Any, clean: Any, shard: Any, kinds: Any, where: str) -> None:
    with pytest.raises(UnbalancedError, match=where):
        _books(read, clean, shard, kinds)


def test_a_source_without_parts_is_all_zero() -> None:
    books = open_books(["s"], [], [], [], [], {}, {}, {})
    assert books["sources"]["s"]["read"]["in"] == books["sources"]["s"]["output"]["documents"] == 0

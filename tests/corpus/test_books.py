"""The books balance, or the build fails."""

from pathlib import Path
from typing import Any

import pytest

from corpus.books import Found, UnbalancedError, open_books
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


def _found(cleaned: int = 5, unmatched: int = 4, planned: int = 4, **matched: int) -> Found:
    everything = {"documents": 5, "exact": 1, "near": 0} | matched
    return Found({"s": cleaned}, {"s": unmatched}, {"s": planned}, everything)


def _trim(**changes: Any) -> TaskRecord:
    return _record(**{"dropped": {}, "dropped_bytes": 0, "cut_documents": 0, "cut_bytes": 0} | changes)


def _books(
    read: TaskRecord,
    clean: TaskRecord,
    shard: TaskRecord,
    kinds: dict[str, int] | None = None,
    found: Found | None = None,
    trim: TaskRecord | None = None,
) -> dict[str, Any]:
    dropped = {"exact": 1} if kinds is None else kinds
    return open_books(
        ["s"],
        ["s"],
        [read],
        [clean],
        [trim or _trim()],
        {"s": dropped},
        {"s": 10},
        {"s": [shard]},
        found or _found(),
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
        (_read(), _clean(), _shard(), {"exact": 2}, "deduplicate → trim"),
        (_read(), _clean(), _shard(size=41), None, "bytes"),
    ],
)
def test_a_lost_or_invented_document_fails_the_build(read: Any, clean: Any, shard: Any, kinds: Any, where: str) -> None:
    with pytest.raises(UnbalancedError, match=where):
        _books(read, clean, shard, kinds)


def test_a_source_without_parts_is_all_zero() -> None:
    books = open_books(["s"], [], [], [], [], {}, {}, {}, Found({}, {}, {}, {"documents": 0, "exact": 0, "near": 0}))
    assert books["sources"]["s"]["read"]["in"] == books["sources"]["s"]["output"]["documents"] == 0


@pytest.mark.parametrize(
    ("found", "kinds", "trim", "where"),
    [
        (_found(cleaned=6), None, None, "clean → deduplicate"),
        (_found(cleaned=4), None, None, "clean → deduplicate"),
        (_found(unmatched=5), None, None, "deduplicate → trim"),
        (_found(unmatched=3, planned=3), None, None, "deduplicate → trim"),
        (_found(), {"exact": 0}, None, "deduplicate → trim"),
        (_found(planned=5), None, None, "at trim:"),
        (_found(), None, _trim(dropped={"test item": 1}), "at trim:"),
        (_found(planned=3), None, _trim(dropped={"test item": 1}), "trim → output"),
        (_found(documents=6), None, None, "all sources .*documents matched"),
        (_found(exact=2), None, None, "all sources .*duplicates, exact"),
        (_found(exact=0, near=1), None, None, "all sources .*duplicates, exact"),
        (_found(near=1), None, None, "all sources .*duplicates, near"),
    ],
)
def test_what_files_hold_is_held_to_what_tasks_say(found: Found, kinds: Any, trim: Any, where: str) -> None:
    """Each balance has its sides from different files: a number off on either of them is found."""
    with pytest.raises(UnbalancedError, match=where):
        _books(_read(), _clean(), _shard(), kinds, found, trim)


def test_an_imbalance_is_told_with_both_of_its_sides() -> None:
    told = "the books of s do not balance at read: 11 came in, 10 are accounted for"
    with pytest.raises(UnbalancedError, match=f"^{told}$"):
        _books(_read(records=11), _clean(), _shard())


def test_every_stage_of_balanced_books() -> None:
    book = _books(_read(), _clean(), _shard())["sources"]["s"]
    flow = [(book[stage]["in"], book[stage]["kept"]) for stage in ("read", "clean", "deduplicate", "trim")]
    assert flow == [(10, 7), (7, 5), (5, 4), (4, 4)]


def test_every_figure_comes_from_its_own_count() -> None:
    """No two of these numbers are equal: one taken for another, or left out of the sums, is seen."""
    reads = [
        _read(records=21, documents=18, bytes=1900, normalised_bytes=1800, skipped={"redirect": 2}, notes={"cut": 4}),
        _read(records=9, documents=4, bytes=470, normalised_bytes=430),
    ]
    cleans = [
        _clean(
            documents_in=18, bytes_in=1799, documents=13, bytes=1300, dropped={"language": 4, "words": 1},
            dropped_bytes={"language": 401, "words": 98}, languages={"ko": 14, "ja": 4}, redacted={"email": 6},
            boilerplate={"lines": 7},
        ),
        _clean(
            documents_in=4, bytes_in=430, documents=3, bytes=301, dropped={"words": 1}, dropped_bytes={"words": 129}
        ),
    ]  # fmt: skip
    trims = [_trim(dropped={"test item": 1}, dropped_bytes=110, cut_documents=2, cut_bytes=17), _trim(cut_bytes=3)]
    reads[0].result["unreadable"] = {"bad json": 3}
    shards = [_shard(8, 700), _shard(2, 271)]
    found = Found({"s": 16}, {"s": 11}, {"s": 10}, {"documents": 16, "exact": 2, "near": 3})
    books = open_books(
        ["s"], ["s", "s"], reads, cleans, trims, {"s": {"near": 3, "exact": 2}}, {"s": 500}, {"s": shards}, found
    )
    assert books["sources"]["s"] == {
        "read": {
            "in": 30, "kept": 22, "unreadable": {"bad json": 5}, "skipped": {"redirect": 3}, "bytes_in": 2370,
            "bytes_kept": 2230, "repairs": {"nfc": 6}, "notes": {"cut": 4}, "parts": 2,
        },
        "clean": {
            "in": 22, "kept": 16, "dropped": {"language": 4, "words": 2}, "bytes_in": 2229, "bytes_kept": 1601,
            "bytes_dropped": {"language": 401, "words": 227}, "languages": {"ja": 6, "ko": 19},
            "redacted": {"email": 6}, "boilerplate": {"lines": 7},
        },
        "deduplicate": {
            "in": 16, "kept": 11, "dropped": {"exact": 2, "near": 3}, "bytes_in": 1601, "bytes_kept": 1101,
        },
        "trim": {
            "in": 11, "kept": 10, "dropped": {"test item": 1}, "documents_cut": 2, "bytes_in": 1101, "bytes_kept": 971,
            "bytes_cut": 20,
        },
        "output": {
            "documents": 10, "bytes": 971, "shards": 2, "languages": {"ko": 10}, "language_bytes": {"ko": 971},
            "licenses": {"CC0-1.0": 971}, "license_documents": {"CC0-1.0": 10},
        },
    }  # fmt: skip
    assert books["total"] == books["sources"]["s"]


def test_totals_are_sums_over_the_sources_by_name() -> None:
    """Also where both have the same reason; names are in their order, whichever part has them first."""
    one, two = {"z": 1, "b": 2}, {"b": 1, "a": 2}
    reads = [_read(documents=6, unreadable=one), _read(documents=6, unreadable=two)]
    cleans = [_clean(documents_in=6, documents=3, dropped=dropped, dropped_bytes=dropped) for dropped in (one, two)]
    names = ["s", "t"]
    zero = dict.fromkeys(names, 0)
    three = dict.fromkeys(names, 3)
    found = Found(three, three, three, {"documents": 6, "exact": 0, "near": 0})
    books = open_books(
        names, names, reads, cleans, [_trim(), _trim()], {}, zero, {name: [_shard(3, 50)] for name in names}, found
    )
    total = books["total"]
    for counts in (total["read"]["unreadable"], total["clean"]["dropped"], total["clean"]["bytes_dropped"]):
        assert list(counts.items()) == [("a", 2), ("b", 3), ("z", 1)]
    assert list(books["sources"]["s"]["clean"]["dropped"]) == ["b", "z"]
    assert total["output"]["licenses"] == {"CC0-1.0": 100}
    assert (total["clean"]["kept"], total["output"]["shards"]) == (6, 2)


def test_a_part_belongs_to_its_own_source() -> None:
    everything = {"documents": 5, "exact": 1, "near": 0}
    found = Found({"s": 5}, {"s": 4}, {"s": 4}, everything)
    empty = [_read(records=0, documents=0, skipped={}, unreadable={}, bytes=0, normalised_bytes=0, repairs={})]
    none = [_clean(documents_in=0, documents=0, dropped={}, dropped_bytes={}, languages={}, bytes=0, bytes_in=0)]
    reads, cleans, trims = [*empty, _read()], [*none, _clean()], [_trim(), _trim()]
    books = open_books(
        ["s", "t"], ["t", "s"], reads, cleans, trims, {"s": {"exact": 1}}, {"s": 10}, {"s": [_shard()]}, found
    )
    assert books["sources"]["s"] == _books(_read(), _clean(), _shard())["sources"]["s"]
    assert books["total"]["read"]["in"] == 10
    assert books["sources"]["t"]["read"]["in"] == 0

"""Sources of which little is left are told, with how much and why; healthy ones are not."""

from typing import Any

import pytest

from corpus.losses import warnings


def book(records: int, kept: int, **changes: Any) -> dict[str, Any]:
    given = {
        "skipped": {},
        "unreadable": {},
        "dropped": {},
        "bytes_dropped": {},
        "duplicates": {},
        "cut": {},
        "bytes_in": 1000,
        "bytes_out": 900,
    } | changes
    return {
        "read": {key: given[key] for key in ("skipped", "unreadable", "bytes_in")} | {"in": records},
        "clean": {key: given[key] for key in ("dropped", "bytes_dropped")},
        "deduplicate": {"dropped": given["duplicates"], "bytes_in": 500, "bytes_kept": 400},
        "trim": {"dropped": given["cut"], "bytes_in": 400, "bytes_kept": 380},
        "output": {"documents": kept, "bytes": given["bytes_out"]},
    }


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (book(46, 0, unreadable={"missing field": 40, "null text": 6}), "46 of 46 records (100 %) could not be read, "
         "mostly: missing field. They are in rejects/news.unreadable.jsonl"),
        (book(100, 90, unreadable={"bad json": 10}), "10 of 100 records (10 %) could not be read, mostly: bad json"),
        (book(100, 91, unreadable={"bad json": 9}), None),
        (book(100, 9, dropped={"language": 80, "min_words": 3}, duplicates={"near": 8}),
         "9 of 100 records are kept (9.0 %); most are dropped for: language"),
        (book(100, 9, dropped={"language": 3}, duplicates={"exact": 88}), "most are dropped for: exact duplicate"),
        (book(100, 9, dropped={"language": 3}, duplicates={"exact": 8}, cut={"contamination": 80}),
         "most are dropped for: contamination"),
        (book(100, 10), None),
        (book(100, 99, bytes_out=499, bytes_dropped={"min_words": 400}),
         "50 % of its text is kept; most is dropped for: min_words"),
        (book(100, 99, bytes_out=499), "50 % of its text is kept; most is dropped for: duplicates"),
        (book(100, 99, bytes_out=500), None),
        (book(0, 0), "holds no record"),
        (book(5, 0, skipped={"redirect": 5}), "holds no document: 5 records, all skipped: redirect"),
        (book(1000, 90, skipped={"redirect": 900}), None),
    ],
)  # fmt: skip
def test_a_source_that_lost_much_is_told(found: dict[str, Any], told: str | None) -> None:
    made = warnings({"sources": {"wiki": book(10, 10), "news": found}})
    assert len(made) == (told is not None)
    if told:
        assert made[0].startswith("source 'news'")
        assert told in made[0]

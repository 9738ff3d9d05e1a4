"""Columns of bounded size from single records."""

import pytest

from corpus.document import Unreadable
from corpus.readers import gather as module
from corpus.readers.gather import gather


def test_columns_end_at_the_bytes_of_their_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As soon as the texts have as many bytes; other fields are not counted, unreadable records come along."""
    monkeypatch.setattr(module, "BLOCK", 12)
    records = [
        (0, ["가나", "x" * 99]),
        (1, ["다라", "y"]),
        Unreadable(2, 5, "bad", b""),
        (3, ["마", None]),
        (4, ["바", "z"]),
    ]
    chunks = list(gather(records, {"text": ("text",), "url": ("url",)}, "text"))
    assert [chunk.rows.tolist() for chunk in chunks] == [[0, 1], [3, 4]]
    assert [[lost.row for lost in chunk.unreadable] for chunk in chunks] == [[], [2]]
    assert chunks[1].columns["url"].to_pylist() == [None, "z"]


def test_an_empty_text_is_a_text_and_none_is_a_missing_field() -> None:
    records = [(0, ["", "u"]), (1, [None, "v"]), (2, ["a", "w"])]
    [chunk] = gather(records, {"text": ("text",), "url": ("url",)}, "text")
    assert chunk.columns["text"].to_pylist() == ["", "a"]
    assert [(lost.row, lost.reason, lost.sample) for lost in chunk.unreadable] == [(1, "missing field", b"text")]
    [chunk] = gather(records, {"url": ("url",), "text": ("text",)}, "text")  # the second field here
    assert (chunk.columns["text"].to_pylist(), chunk.unreadable) == (["u", "v", "w"], [])

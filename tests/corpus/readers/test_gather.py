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

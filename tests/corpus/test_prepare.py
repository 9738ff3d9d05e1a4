"""Ids, names of sets and counts of what is read."""

from types import SimpleNamespace
from typing import Any

import mmh3
import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from corpus.document import RAW_SCHEMA, Chunk
from corpus.prepare import _hex, _ids, _normalised, _subsources, sorted_counts, text_bytes
from corpus.recipe import Recipe


def ids(rows: list[dict[str, Any]], source: str = "s") -> list[str]:
    filled = [dict.fromkeys(RAW_SCHEMA.names) | {"row": n} | row for n, row in enumerate(rows)]
    return _ids(source, pa.RecordBatch.from_pylist(filled, schema=RAW_SCHEMA)).to_pylist()


def test_an_id_is_that_of_text_address_and_title() -> None:
    whole = {"text": "글", "url": "u", "title": "t"}
    rows: list[dict[str, Any]] = [whole, {"text": "글!"}, {"url": "v"}, {"title": "w"}, {"url": None}, {"title": None}]
    found = ids([whole | row for row in rows])
    assert len(set(found)) == len(rows)
    again = ids([{"text": "x"}, whole | {"license": "MIT", "subsource": "a"}])
    assert again[1] == found[0]  # wherever the record is, and whatever else it has
    assert ids([whole], "other")[0] == "other" + found[0].removeprefix("s")
    assert ids([{"text": "글"}]) == ids([{"text": "글", "url": "", "title": ""}])


def test_an_id_is_the_same_for_ever() -> None:
    """MurmurHash3 of the hexadecimal digits of the hashes of text, URL and title."""
    digits = "".join(mmh3.hash_bytes(part.encode()).hex() for part in ("글", "u", ""))
    assert ids([{"text": "글", "url": "u"}]) == [f"s-{mmh3.hash_bytes(digits.encode()).hex()}"]


@given(st.lists(st.binary(min_size=4, max_size=4), max_size=5))
def test_hexadecimal_digits(rows: list[bytes]) -> None:
    made = _hex(np.frombuffer(b"".join(rows), np.uint8).reshape(-1, 4))
    assert made.to_pylist() == [row.hex() for row in rows]


def test_names_of_sets_are_those_of_files() -> None:
    names = pa.array(["USPTO Backgrounds", "A  / B", None, "a_b.c-d", "한글 ko"], pa.string())
    expected = ["pile.uspto-backgrounds", "pile.a-b", "pile", "pile.a_b.c-d", "pile.-ko"]
    assert _subsources("pile", names).to_pylist() == expected


def test_the_language_of_a_source_decides_only_what_the_text_does_not() -> None:
    texts = ["이 문서는 한국어로 쓴 짧은 문서이다.", "This is quite certainly an English sentence.", "12 34"]
    rows = [dict.fromkeys(RAW_SCHEMA.names) | {"row": n, "text": text} for n, text in enumerate(texts)]
    chunk = Chunk(pa.RecordBatch.from_pylist(rows, schema=RAW_SCHEMA), [], {}, ())
    recipe = Recipe.model_validate({"name": "t", "sources": [{"name": "s"}]})
    task: Any = SimpleNamespace(recipe=recipe, source=recipe.sources[0], origin="f")
    for hint, expected in (("ko", ["ko", "en", "ko"]), ("en", ["ko", "en", "en"]), (None, ["ko", "en", "und"])):
        batch, _ = _normalised(task, "MIT", chunk, hint)
        assert batch["lang"].to_pylist() == expected
        assert batch["origin"].to_pylist() == ["f#0", "f#1", "f#2"]
        assert set(batch["license"].to_pylist()) == {"MIT"}


def test_counts() -> None:
    assert list(sorted_counts({"b": 1, "c": 0, "a": 2}).items()) == [("a", 2), ("b", 1)]
    assert text_bytes(pa.array(["가", "ab", ""])) == 5
    assert text_bytes(pa.array([], pa.string())) == 0

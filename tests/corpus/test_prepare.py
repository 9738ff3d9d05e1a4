"""Ids, names of sets and counts of what is read."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mmh3
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.cleaning import boilerplate
from corpus.document import RAW_SCHEMA, Chunk, Part, Unreadable
from corpus.engine.task import TaskRecord
from corpus.errors import UserError
from corpus.prepare import (
    PartTask,
    _hex,
    _ids,
    _normalised,
    _subsources,
    check_fields,
    read_part,
    sorted_counts,
    text_bytes,
)
from corpus.recipe import Recipe
from corpus.stored import read_table


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


def records_of(*rows: dict[str, Any]) -> pa.RecordBatch:
    filled = [dict.fromkeys(RAW_SCHEMA.names) | {"row": n} | row for n, row in enumerate(rows)]
    return pa.RecordBatch.from_pylist(filled, schema=RAW_SCHEMA)


def task_of(tmp_path: Path, **source: Any) -> PartTask:
    recipe = Recipe.model_validate({"name": "t", "sources": [{"name": "s", "kind": "local"} | source]})
    file = tmp_path / "in.jsonl"
    file.write_text("{}")
    folders = tmp_path / "read" / "s", tmp_path / "clean" / "s"
    return PartTask(recipe, recipe.sources[0], Part("s", str(file)), file, 1, *folders)


def test_the_books_of_reading_count_every_record_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries of several unreadable records, skipped ones, chunks without any document; notes and reasons by name. A
    record's own licence comes before the source's, and the recipe's language before it."""
    texts = [" 12 34 ", "이 글은 한국어로 쓴 짧은\u00a0글이다.", "12"]
    chunks = [
        Chunk(
            records_of({"text": texts[0], "license": "MIT"}, {"text": texts[1]}, {"text": texts[2]}),
            [Unreadable(3, 0, "bad json", b"x", 3), Unreadable(6, 9, "bad json", b"y")],
            {"redirect": 2, "no text": 0},
            ("read as CP949",),
        ),
        Chunk(records_of(), [Unreadable(9, 20, "bad utf-8", b"z", 5)], {"license": 4}, ("a note", "read as CP949")),
    ]
    kind = SimpleNamespace(lang="ko", license="CC0-1.0", profile="web", version=1, read=lambda path, part: chunks)
    monkeypatch.setattr(PartTask, "kind", lambda self: kind)
    task = task_of(tmp_path, lang="en", files=["x"])
    made = read_part(task)
    documents = read_table(made.directory / "documents.arrow")
    assert made.result == {
        "records": 18, "documents": 3, "bytes": sum(len(text.encode()) for text in texts),
        "normalised_bytes": text_bytes(documents["text"].combine_chunks()), "skipped": {"license": 4, "redirect": 2},
        "unreadable": {"bad json": 4, "bad utf-8": 5}, "repairs": made.result["repairs"],
        "notes": {"a note": 1, "read as CP949": 1},
    }  # fmt: skip
    assert list(made.result["unreadable"]) == ["bad json", "bad utf-8"]
    assert documents["license"].to_pylist() == ["MIT", "CC0-1.0", "CC0-1.0"]
    assert documents["lang"].to_pylist() == ["en", "ko", "en"]
    assert made.result["normalised_bytes"] < made.result["bytes"]
    lines = boilerplate.LineCounts(task.recipe.boilerplate)
    lines.add(*(documents[name].combine_chunks() for name in ("text", "url", "source")))
    lines.write(tmp_path / "lines.arrow")
    counted = read_table(tmp_path / "lines.arrow")
    assert len(counted) > 0
    assert read_table(made.directory / "lines.arrow").equals(counted)


@pytest.mark.parametrize(("own", "expected"), [(None, "web"), ("reference", "reference"), ("none", "none")])
def test_the_profile_of_the_recipe_comes_before_the_source_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str | None, expected: str
) -> None:
    monkeypatch.setattr(PartTask, "kind", lambda self: SimpleNamespace(profile="web"))
    assert task_of(tmp_path, profile=own, files=["x"]).profile == expected


@pytest.mark.parametrize(
    ("unreadable", "documents", "told"),
    [
        ({"missing field": 3}, 0, True),
        ({"missing field": 3, "bad json": 2}, 0, True),
        ({"missing field": 3, "bad json": 3}, 0, False),  # damage
        ({"missing field": 3}, 1, False),  # some records have it
        ({"null text": 3}, 0, False),  # the field is there
    ],
)
def test_a_field_that_no_record_has_is_an_error_of_the_recipe(
    tmp_path: Path, unreadable: dict[str, int], documents: int, told: bool
) -> None:
    (tmp_path / "unreadable.jsonl").write_text(
        '{"reason": "bad json", "sample": "?"}\n{"reason": "missing field", "sample": "{1}"}\n'
    )
    record = TaskRecord(tmp_path, "", [], {}, {"unreadable": unreadable, "documents": documents})
    tasks = [task_of(tmp_path, files=["x"], fields={"text": "body"})]
    if not told:
        return check_fields(tasks, [record])
    with pytest.raises(UserError, match=rf"none of its {sum(unreadable.values())} records has .* 'body'.*: \{{1\}}"):
        check_fields(tasks, [record])

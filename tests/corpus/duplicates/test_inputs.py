"""The user's files: which are read, what is left out and why, and what the summary says of them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.document import Unreadable
from corpus.duplicates.dataset import NearDuplicateSettings
from corpus.duplicates.files import deduplicate_files
from corpus.duplicates.inputs import (
    Input,
    describe_dataset,
    input_files,
    read_texts,
    require_outside,
    unreadable_reasons,
    write_unreadable,
)
from corpus.duplicates.rows import named_fields
from corpus.duplicates.survivor_rule import parse_rule
from corpus.engine.local import LocalEngine
from corpus.engine.marker import Maker, write_marker
from corpus.errors import UserError


def put(path: Path, *records: dict[str, Any] | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (record if isinstance(record, str) else json.dumps(record) for record in records)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def names(data: Path) -> tuple[list[str], dict[str, str]]:
    left_out: dict[str, str] = {}
    return [path.relative_to(data).as_posix() for path in input_files(data, left_out)], left_out


def test_hidden_files_are_not_read_and_other_formats_are_named(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a/c.jsonl", ".git/d.jsonl", ".e.jsonl", "a/.f/g.jsonl"):
        put(tmp_path / name, {"text": "글"})
    (tmp_path / "notes.txt").write_text("mine")
    assert names(tmp_path) == (["a/c.jsonl", "b.jsonl"], {"notes.txt": "neither JSON lines nor parquet"})


def test_an_output_within_the_input_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for out in ("in/out", "in/a/b"):
        with pytest.raises(UserError, match=r"out .*/in/.* is inside --in .*/in: the next run would read"):
            require_outside(tmp_path / "in", tmp_path / out)
    (tmp_path / "link").symlink_to("in")
    with pytest.raises(UserError, match="is inside"):
        require_outside(tmp_path / "link", tmp_path / "in/out")
    require_outside(tmp_path / "in", tmp_path / "in-out")
    require_outside(tmp_path / "in", tmp_path / "in")  # claim refuses it, in words of its own
    require_outside(tmp_path / "in/a.jsonl", tmp_path / "in/out")


@pytest.mark.parametrize(
    ("command", "read"),
    [("build_corpus", True), ("dedup", True), ("decontaminate", True), ("pack", False), ("train_tokenizer", False)],
)
def test_only_folders_of_documents_are_read(tmp_path: Path, command: str, read: bool) -> None:
    """Of those that other commands made: by itself, and within a folder."""
    put(tmp_path / "data/x.jsonl", {"text": "글"})
    put(tmp_path / "data/made/y.jsonl", {"text": "글"})
    write_marker(tmp_path / "data/made", Maker(command, "something"), {}, {}, True)
    told = {} if read else {"made/y.jsonl": f"part of something, made by {command}"}
    assert names(tmp_path / "data") == (["made/y.jsonl", "x.jsonl"] if read else ["x.jsonl"], told)
    if read:
        assert names(tmp_path / "data/made")[0] == ["y.jsonl"]
    else:
        with pytest.raises(UserError, match=f"it holds something, made by {command}, and no documents"):
            names(tmp_path / "data/made")


def test_files_without_the_field_are_left_out_and_damaged_ones_are_not(tmp_path: Path) -> None:
    files = {
        "none.jsonl": [{"body": "글"}, {"body": "말"}],
        "mostly.jsonl": [{"body": "글"}, {"body": "말"}, "{broken"],
        "damaged.jsonl": ["{broken", "{broken", {"body": "글"}],
        "empty.jsonl": [],
        "good.jsonl": [{"body": "글"}, {"text": "말"}],
    }
    inputs = [Input(put(tmp_path / name, *records)) for name, records in files.items()]
    left_out: dict[str, str] = {}
    texts = [text for array in read_texts(inputs, "text", tmp_path, left_out) for text in array.to_pylist()]
    assert texts == ["말"]
    assert left_out == dict.fromkeys(["none.jsonl", "mostly.jsonl"], "no record has a text in 'text'")
    assert unreadable_reasons(inputs) == {"bad json": 3, "missing field": 6}
    again = [Input(each.path) for each in inputs]
    with pytest.raises(UserError, match=r"none.jsonl: no record has a text in 'text' \(it has body\). Name the field"):
        list(read_texts(again[:2], "text", tmp_path, {}))
    again = [Input(each.path) for each in inputs]
    assert not next(read_texts(again[:3], "text", tmp_path, {})).to_pylist()  # the damaged one may have had some


def test_entries_of_several_records_count_as_many(tmp_path: Path) -> None:
    one, two = Input(tmp_path / "a.jsonl"), Input(tmp_path / "b/c.jsonl")
    one.unreadable = [Unreadable(0, 5, "bad json", b"\xff", 2), Unreadable(7, 50, "too long", b"x")]
    two.unreadable = [Unreadable(3, 9, "bad json", b"y", 4)]
    assert unreadable_reasons([one, two]) == {"bad json": 6, "too long": 1}
    write_unreadable([one, two], tmp_path, tmp_path / "unreadable.jsonl")
    assert [json.loads(line) for line in (tmp_path / "unreadable.jsonl").read_text().splitlines()] == [
        {"file": "a.jsonl", "row": 0, "offset": 5, "records": 2, "reason": "bad json", "sample": "\\xff"},
        {"file": "a.jsonl", "row": 7, "offset": 50, "reason": "too long", "sample": "x"},
        {"file": "b/c.jsonl", "row": 3, "offset": 9, "records": 4, "reason": "bad json", "sample": "y"},
    ]


def test_rows_and_ids_go_on_over_chunks(tmp_path: Path) -> None:
    each = Input(tmp_path / "a.jsonl", [np.array([0, 2]), np.array([3])])
    assert each.known.tolist() == [0, 2, 3]
    assert each.known_ids.to_pylist() == [None] * 3
    assert not each.has_ids
    each.ids = [pa.array([None, None], pa.string()), pa.array([None], pa.string())]
    assert not each.has_ids
    each.rows[1] = np.array([3, 4])
    each.ids[1] = pa.array([None, "x"])
    assert each.has_ids  # one record is enough
    assert each.known_ids.to_pylist() == [None, None, None, "x"]
    assert Input(tmp_path / "b.jsonl").known.tolist() == []


def test_each_split_of_a_dataset_lists_its_own_files(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    splits = {"train": ["a.arrow", "b.arrow"], "test": ["c.arrow"]}
    for split, files in splits.items():
        (data / split).mkdir(parents=True)
        (out / split).mkdir(parents=True)
        state = {"_data_files": [{"filename": name} for name in files], "_fingerprint": "0", "_split": split}
        (data / split / "state.json").write_text(json.dumps(state))
        (data / split / "dataset_info.json").write_text("{}")
        for name in files:
            (out / split / name).write_text(name)
    (data / "dataset_dict.json").write_text(json.dumps({"splits": list(splits)}))
    assert names(data)[0] == ["train/a.arrow", "train/b.arrow", "test/c.arrow"]
    describe_dataset(data, out, [Input(path) for path in input_files(data, {})])
    found = {split: json.loads((out / split / "state.json").read_text()) for split in splits}
    assert {split: [file["filename"] for file in state["_data_files"]] for split, state in found.items()} == splits
    assert len({state["_fingerprint"] for state in found.values()} | {"0"}) == 3
    assert {state["_split"] for state in found.values()} == set(splits)
    assert (out / "dataset_dict.json").is_file()


def run(data: Path, out: Path, **more: Any) -> dict[str, Any]:
    with LocalEngine(1) as engine:
        return deduplicate_files(data, "text", out, NearDuplicateSettings(), engine, **more)


def test_the_summary_adds_up(tmp_path: Path) -> None:
    """Equal and blank texts, single ones, and entries of several records without one."""
    texts = ["하나", "둘", "하나", "하나", "셋", "둘"]
    pq.write_table(pa.table({"text": [*texts[:4], None, None, *texts[4:]]}), tmp_path / "a.parquet")
    summary = run(tmp_path / "a.parquet", tmp_path / "out")
    assert summary["unreadable"] == {"null text": 2}
    assert (summary["records"], summary["exact"], summary["near"], summary["kept"]) == (8, 3, 0, 3)
    assert summary["cluster_sizes"] == {1: 1, 2: 1, 3: 1}
    written = json.loads((tmp_path / "out/summary.json").read_text())
    assert {name: written[name] for name in ("records", "kept", "exact")} == {"records": 8, "kept": 3, "exact": 3}
    rows = pq.read_table(tmp_path / "out/duplicates.parquet").to_pylist()
    assert [(r["row"], r["survivor_row"]) for r in rows] == [(2, 0), (3, 0), (7, 1)]


@pytest.mark.parametrize("taken", ["summary.json", "hanji-summary.json"])
def test_our_names_give_way_to_those_of_the_data(tmp_path: Path, taken: str) -> None:
    data = tmp_path / "data"
    for name in {"summary.json", taken}:
        put(data / name, {"text": f"글 {name}"}, {"text": "다른 글"})
    run(data, tmp_path / "out")
    prefix = "hanji-" if taken == "summary.json" else "hanji-hanji-"
    for name in ("duplicates.parquet", "unreadable.jsonl", "audit.html", "audit.json", "summary.json"):
        assert (tmp_path / "out" / f"{prefix}{name}").is_file()
    assert json.loads((tmp_path / "out" / "summary.json").read_text().splitlines()[0]) == {"text": "글 summary.json"}


@pytest.mark.parametrize("what", ["nothing", "content", "rule", "id"])
def test_a_finished_folder_is_known_by_all_that_it_was_made_of(tmp_path: Path, what: str) -> None:
    data = put(tmp_path / "a.jsonl", {"text": "하나", "n": 1}, {"text": "하나", "n": 2})
    run(data, tmp_path / "out")
    if what == "content":
        put(data, {"text": "하나", "n": 1}, {"text": "둘셋", "n": 2})
    more = {"rule": {"rule": parse_rule("highest:n")}, "id": {"identifier": "n"}}.get(what, {})
    if what == "nothing":
        assert run(data, tmp_path / "out")["kept"] == 1
    else:
        with pytest.raises(UserError, match="is finished with other settings"):
            run(data, tmp_path / "out", **more)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("state.json", "{"),
        ("state.json", "[]"),
        ("state.json", '{"_data_files": null}'),
        ("state.json", '{"_data_files": [1]}'),
        ("state.json", '{"_data_files": [{"name": "a.arrow"}]}'),
        ("state.json", '{"_data_files": [{"filename": null}]}'),
        ("state.json", '{"_data_files": [{"filename": "../secret.arrow"}]}'),
        ("state.json", '{"_data_files": [{"filename": "/etc/secret.arrow"}]}'),
        ("dataset_dict.json", '{"splits": "train"}'),
        ("dataset_dict.json", '{"splits": ["train", {}]}'),
        ("dataset_dict.json", '{"splits": ["../other"]}'),
        ("dataset_dict.json", '{"splits": [""]}'),
    ],
)
def test_a_damaged_dataset_of_others_is_told_with_advice_for_it(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(UserError) as told:
        input_files(tmp_path, {})
    assert str(tmp_path / name) in str(told.value)
    assert str(told.value).endswith("Get the dataset again, or save it again with `datasets`.")


def test_the_fields_that_a_file_has_instead_are_named(tmp_path: Path) -> None:
    struct = pa.array([{"text": "글", "n": 1}])
    pq.write_table(pa.table({"doc": struct, "id": [1]}), tmp_path / "a.parquet")
    put(tmp_path / "b.jsonl", {f"k{n}": 1 for n in range(25)})
    put(tmp_path / "c.jsonl", ["no object"])
    assert named_fields(tmp_path / "a.parquet") == " (it has doc.text, doc.n, id)"
    assert named_fields(tmp_path / "b.jsonl") == f" (it has {', '.join(f'k{n}' for n in range(20))}, …)"
    assert named_fields(tmp_path / "c.jsonl") == ""

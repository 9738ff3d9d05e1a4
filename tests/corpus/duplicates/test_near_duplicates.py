"""The library on every form of a column, and whole files in and out."""

import gzip
import json
import random
import unicodedata
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.duplicates.dataset import (
    NearDuplicateSettings,
    cluster_sizes,
    drop_duplicates,
    find_duplicates,
    rehydration,
)
from corpus.duplicates.files import deduplicate_files
from corpus.duplicates.match import MatchSettings
from corpus.duplicates.shingles import ShingleSettings, Sizes
from corpus.engine.local import LocalEngine
from corpus.errors import UserError
from tests.corpus.duplicates.test_match import prose

RNG = random.Random(4)
ORIGINALS = [prose(RNG) for _ in range(6)]
TEXTS = [*ORIGINALS, ORIGINALS[1], ORIGINALS[2].replace(" ", ""), ORIGINALS[3] + " 덧붙임", "", None, "짧다"]
KEPT = [0, 1, 2, 4, 5, 8, 9, 11]  # 3 loses to the longer 8, 6 is 1, 7 is 2 without spaces, 10 (null) is 9 (empty)


FORMS = ["array", "large, in chunks", "dictionary", "table", "dataset", "list"]
FORMS += ["polars", "polars series", "pandas", "pandas series"]


def _forms(name: str):
    if name == "array":
        return pa.array(TEXTS)
    if name == "large, in chunks":
        return pa.chunked_array([pa.array(TEXTS[:5], pa.large_string()), pa.array(TEXTS[5:], pa.large_string())])
    if name == "dictionary":
        return pa.array(TEXTS).dictionary_encode()
    if name == "table":
        return pa.table({"n": range(len(TEXTS)), "body": TEXTS})
    if name == "list":
        return list(TEXTS)
    if name in ("polars", "pandas"):
        module = pytest.importorskip(name)
        return module.DataFrame({"n": range(len(TEXTS)), "body": TEXTS})
    if name in ("polars series", "pandas series"):
        return pytest.importorskip(name.split()[0]).Series(TEXTS)
    datasets = pytest.importorskip("datasets")
    return datasets.Dataset.from_dict({"n": list(range(len(TEXTS))), "body": TEXTS})


@pytest.mark.parametrize("name", FORMS)
def test_every_form(name: str) -> None:
    data = _forms(name)
    found = find_duplicates(data, "body")
    assert found["row"].to_pylist() == [i for i in range(len(TEXTS)) if i not in KEPT]
    assert dict(zip(found["row"].to_pylist(), found["survivor"].to_pylist(), strict=True)) == {3: 8, 6: 1, 7: 2, 10: 9}
    assert found["kind"].to_pylist() == ["near", "exact", "near", "exact"]
    kept = drop_duplicates(data, "body")
    assert len(kept) == len(KEPT)
    if name in ("table", "dataset", "polars", "pandas"):
        assert type(kept) is type(data)
        assert list(kept["n"].to_pylist() if name == "table" else kept["n"]) == KEPT
    assert cluster_sizes(found, len(TEXTS)).tolist() == [1, 2, 2, 0, 1, 1, 0, 0, 2, 2, 0, 1]


def test_a_survivor_counts_all_that_it_stands_for() -> None:
    """Those whose survivor is in an index count for nobody here."""
    found = pa.table({"row": [1, 2, 4, 5], "survivor": pa.array([0, 0, 3, None], pa.int64())})
    assert cluster_sizes(found, 7).tolist() == [3, 0, 0, 2, 0, 0, 1]


@pytest.mark.parametrize(("normalised", "rows"), [(True, [1]), (False, [])])
def test_texts_are_normalised_unless_they_are_already(normalised: bool, rows: list[int]) -> None:
    texts = [ORIGINALS[0], unicodedata.normalize("NFD", ORIGINALS[0])]
    found = find_duplicates(texts, settings=NearDuplicateSettings(normalize=normalised))
    assert found["row"].to_pylist() == rows


def test_names_of_signs_are_text() -> None:
    """Only characters, newlines and spaces are normalised: what "&amp;" means depends on where it is from."""
    (row,) = find_duplicates([f"{ORIGINALS[0]} A &amp; B", f"{ORIGINALS[0]} A & B"]).to_pylist()
    assert row["kind"] == "near"


def test_rehydration_weights() -> None:
    sizes = np.array([0, 1, 2, 3, 4, 5, 99, 100, 999, 1000, 10**6])
    assert rehydration(sizes).tolist() == [0, 1, 2, 3, 3, 5, 5, 8, 8, 1, 1]
    assert rehydration(sizes[:4], {1: 1, 3: 2}).tolist() == [0, 1, 1, 2]


def test_a_generator_of_arrays_in_any_cut() -> None:
    whole = find_duplicates(pa.array(TEXTS)).to_pylist()
    for size in (1, 5):
        assert find_duplicates(pa.array(TEXTS[i : i + size]) for i in range(0, len(TEXTS), size)).to_pylist() == whole


def test_small_parts_change_nothing(monkeypatch, tmp_path: Path) -> None:
    whole = find_duplicates(pa.array(TEXTS)).to_pylist()
    monkeypatch.setattr("corpus.duplicates.dataset.BATCH_BYTES", 1500)
    monkeypatch.setattr("corpus.duplicates.dataset.PART_BYTES", 2500)
    assert find_duplicates(pa.array(TEXTS), work=tmp_path).to_pylist() == whole
    assert len(list((tmp_path / "parts").iterdir())) > 2


@pytest.mark.parametrize(
    ("data", "message"),
    [(pa.table({"a": ["x"]}), "no column 'text'; it has a|it has a"), (pa.array([1]), "has type int64")],
)
def test_columns_that_cannot_be(data, message: str) -> None:
    with pytest.raises(UserError, match=message):
        find_duplicates(data)


def _lines(entries: list) -> bytes:
    return b"".join(e if isinstance(e, bytes) else json.dumps(e, ensure_ascii=False).encode() + b"\n" for e in entries)


def _dedup(data: Path, out: Path, column: str = "text") -> dict:
    with LocalEngine(1) as engine:
        return deduplicate_files(data, column, out, NearDuplicateSettings(), engine)


def test_json_lines_stay_byte_for_byte(tmp_path: Path) -> None:
    data = tmp_path / "in"
    (data / "deep").mkdir(parents=True)
    good = [{"id": i, "meta": {"body": t}, "x": None} for i, t in enumerate(TEXTS) if t is not None]
    broken = [b"{broken\n", b"\n", b'{"meta": {"body": "\xff"}}\n', {"meta": {}}]
    (data / "a.jsonl").write_bytes(_lines([*good[:6], *broken]))
    (data / "deep" / "b.jsonl.gz").write_bytes(gzip.compress(_lines(good[6:])))
    summary = _dedup(data, tmp_path / "out", "meta.body")
    kept = [e for e in good if e["id"] in KEPT]
    assert (tmp_path / "out" / "a.jsonl").read_bytes() == _lines([e for e in kept if e["id"] < 6])
    assert gzip.decompress((tmp_path / "out" / "deep" / "b.jsonl.gz").read_bytes()) == _lines(
        [e for e in kept if e["id"] >= 6]
    )
    assert summary["unreadable"] == {"bad json": 1, "bad utf-8": 1, "missing field": 1}
    assert summary["records"] == 14 == summary["kept"] + summary["exact"] + summary["near"] + 3
    unreadable = [json.loads(line) for line in (tmp_path / "out" / "unreadable.jsonl").open()]
    assert [(u["file"], u["row"]) for u in unreadable] == [("a.jsonl", 6), ("a.jsonl", 8), ("a.jsonl", 9)]
    found = pq.read_table(tmp_path / "out" / "duplicates.parquet").to_pylist()
    assert [(d["file"], d["row"], d["survivor_file"], d["survivor_row"]) for d in found] == [
        ("a.jsonl", 3, "deep/b.jsonl.gz", 2),
        ("deep/b.jsonl.gz", 0, "a.jsonl", 1),
        ("deep/b.jsonl.gz", 1, "a.jsonl", 2),
    ]


def test_parquet_and_datasets_keep_their_columns(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    table = pa.table({"n": range(9), "text": TEXTS[:9], "tags": [[i] for i in range(9)]})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=4)
    _dedup(tmp_path / "a.parquet", tmp_path / "p")
    expected = table.take([0, 1, 2, 4, 5, 8])
    assert pq.read_table(tmp_path / "p" / "a.parquet").equals(expected)
    datasets.Dataset(table).save_to_disk(tmp_path / "d", num_shards=2)
    _dedup(tmp_path / "d", tmp_path / "e")
    loaded = datasets.load_from_disk(tmp_path / "e")
    assert loaded.to_dict() == expected.to_pydict()
    assert loaded.features == datasets.load_from_disk(tmp_path / "d").features


def test_what_cannot_be_done_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(_lines([{"body": "x"}]))
    (tmp_path / "b.txt").write_text("x")
    (tmp_path / "none").mkdir()
    pq.write_table(pa.table({"n": [1, 2], "text": pa.array([None, None], pa.string())}), tmp_path / "c.parquet")
    with pytest.raises(UserError, match=r"no record has a text in 'n' \(it has n, text\)"):
        _dedup(tmp_path / "c.parquet", tmp_path / "out", "n")
    for data, message in ((tmp_path / "a.jsonl", "no record has a text in 'text'"), (tmp_path / "b.txt",
        "txt files are not"),
                          (tmp_path / "none", "no .jsonl")):  # fmt: skip
        with pytest.raises(UserError, match=message):
            _dedup(data, tmp_path / "out")
    for own in ("mine", "work"):  # a folder with anything of the user's, whatever its name is
        (tmp_path / own / "work").mkdir(parents=True)
        (tmp_path / own / "work" / "thesis.txt").write_text("precious")
        with pytest.raises(UserError, match="is not empty"):
            _dedup(tmp_path / "a.jsonl", tmp_path / own, "body")
        assert (tmp_path / own / "work" / "thesis.txt").read_text() == "precious"
    assert (
        _dedup(tmp_path / "a.jsonl", tmp_path / "out", "body")["kept"] == 1
    )  # after the failures above, and now all is well


def test_a_field_of_ids_that_no_record_has_is_told(tmp_path: Path) -> None:
    for name in ("a.jsonl", "data/a.jsonl", "data/b.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text('{"text": "글", "id": 7}\n')
    for data in (tmp_path / "a.jsonl", tmp_path / "data"):
        told = f"^{data}: no record has a string in 'number'"
        with LocalEngine(1) as engine, pytest.raises(UserError, match=told):
            deduplicate_files(data, "text", tmp_path / "out", NearDuplicateSettings(), engine, identifier="number")


def test_threads_of_signatures_agree_with_one(tmp_path: Path) -> None:
    texts = pa.array([prose(RNG) for _ in range(50)] * 2)
    with LocalEngine(2) as engine:
        assert find_duplicates(texts, engine=engine)["row"].to_numpy().tolist() == np.arange(50, 100).tolist()


def _parquet(path: Path, texts: list[str | None], **columns: list) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"text": texts, **columns}), path, row_group_size=2, compression="snappy")


@pytest.mark.parametrize("column", ["text", "n"])
def test_a_damaged_row_group_costs_its_own_rows(tmp_path: Path, column: str) -> None:
    """Also where another column than the text is damaged: no survivor may be lost that another was dropped for."""
    data = tmp_path / "a.parquet"
    _parquet(data, [*ORIGINALS[:6], ORIGINALS[2]], n=[f"number {i} of some" for i in range(7)])
    place = ["text", "n"].index(column)
    chunk = pq.read_metadata(data).row_group(1).column(place)
    raw = bytearray(data.read_bytes())
    end = chunk.data_page_offset + chunk.total_compressed_size - (chunk.data_page_offset - chunk.dictionary_page_offset)
    raw[end - 12 : end] = b"\xff" * 12
    raw[chunk.dictionary_page_offset + 30 : chunk.dictionary_page_offset + 40] = b"\xff" * 10
    data.write_bytes(raw)
    summary = _dedup(data, tmp_path / "out")
    assert summary["unreadable"] == {"damaged parquet": 2}
    kept = pq.read_table(tmp_path / "out" / "a.parquet")["text"].to_pylist()
    assert kept == [ORIGINALS[0], ORIGINALS[1], ORIGINALS[4], ORIGINALS[5], ORIGINALS[2]]
    lost = [json.loads(line) for line in (tmp_path / "out" / "unreadable.jsonl").open()]
    assert [(entry["row"], entry["records"]) for entry in lost] == [(2, 2)]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_repository_s_descriptions_are_no_data(tmp_path: Path, indent: int | None) -> None:
    _parquet(tmp_path / "in" / "data" / "train.parquet", [ORIGINALS[0], ORIGINALS[1], ORIGINALS[0]])
    _parquet(tmp_path / "in" / "data" / "other.parquet", [ORIGINALS[3]])
    pq.write_table(pa.table({"body": [ORIGINALS[0]]}), tmp_path / "in" / "data" / "without.parquet")
    described = json.dumps({"default": {"features": {"text": {"dtype": "string"}}}}, indent=indent)
    (tmp_path / "in" / "dataset_infos.json").write_text(described)
    (tmp_path / "in" / "README.md").write_text("# Data")
    (tmp_path / "in" / ".cache").mkdir()
    (tmp_path / "in" / ".cache" / "x.jsonl").write_text("{}\n")
    summary = _dedup(tmp_path / "in", tmp_path / "out")
    assert (summary["records"], summary["exact"], summary["kept"], summary["unreadable"]) == (4, 1, 3, {})
    assert set(summary["left_out"]) == {"README.md", "data/without.parquet", "dataset_infos.json"}
    assert not (tmp_path / "out" / "dataset_infos.json").exists()


def test_files_named_like_ours_are_kept(tmp_path: Path) -> None:
    names = ("unreadable.jsonl", "work/a.jsonl", "z.jsonl")
    for name, text in zip(names, ORIGINALS, strict=False):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(_lines([{"text": text}, {"text": ORIGINALS[5]}, b"{\n"]))
    _parquet(tmp_path / "in" / "duplicates.parquet", [ORIGINALS[4]])
    summary = _dedup(tmp_path / "in", tmp_path / "out")
    assert (summary["records"], summary["kept"], summary["exact"]) == (10, 5, 2)
    assert pq.read_table(tmp_path / "out" / "duplicates.parquet")["text"].to_pylist() == [ORIGINALS[4]]
    assert [len((tmp_path / "out" / name).read_bytes().splitlines()) for name in names] == [2, 1, 1]
    assert len((tmp_path / "out" / "hanji-unreadable.jsonl").read_bytes().splitlines()) == 3
    assert pq.read_table(tmp_path / "out" / "hanji-duplicates.parquet").num_rows == 2


def test_a_dot_may_be_part_of_a_name(tmp_path: Path) -> None:
    pq.write_table(pa.table({"meta.body": [ORIGINALS[0], ORIGINALS[0]]}), tmp_path / "a.parquet")
    (tmp_path / "b.jsonl").write_bytes(_lines([{"meta.body": ORIGINALS[0]}, {"meta.body": ORIGINALS[0]}]))
    nested = [{"meta": {"body": ORIGINALS[0]}}] * 2
    (tmp_path / "c.jsonl").write_bytes(_lines(nested))
    pq.write_table(pa.Table.from_pylist(nested), tmp_path / "d.parquet")
    for name in ("a.parquet", "b.jsonl", "c.jsonl", "d.parquet"):
        assert _dedup(tmp_path / name, tmp_path / f"out-{name}", "meta.body")["exact"] == 1


def test_datasets_of_no_rows_and_of_several_splits_open(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"text": datasets.Value("string"), "id": datasets.Value("int64")})
    datasets.Dataset.from_dict({"text": [], "id": []}, features=features).save_to_disk(tmp_path / "empty")
    assert _dedup(tmp_path / "empty", tmp_path / "none")["records"] == 0
    assert datasets.load_from_disk(tmp_path / "none").features == features
    train = datasets.Dataset.from_dict({"text": ORIGINALS[:3], "id": [0, 1, 2]}, features=features)
    test = datasets.Dataset.from_dict({"text": ORIGINALS[:1], "id": [3]}, features=features)
    datasets.DatasetDict({"train": train, "test": test}).save_to_disk(tmp_path / "splits")
    summary = _dedup(tmp_path / "splits", tmp_path / "both")
    assert (summary["records"], summary["exact"]) == (4, 1)
    loaded = datasets.load_from_disk(tmp_path / "both")
    assert {name: split["id"][:] for name, split in loaded.items()} == {"train": [0, 1, 2], "test": []}


def test_streams_and_several_splits_as_a_library(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    data = datasets.Dataset.from_dict({"n": list(range(len(TEXTS))), "body": TEXTS})
    stream = data.to_iterable_dataset()
    assert find_duplicates(stream, "body").to_pylist() == find_duplicates(data, "body").to_pylist()
    assert [row["n"] for row in drop_duplicates(stream, "body")] == KEPT
    with pytest.raises(UserError, match="no column 'text' in the dataset; it has n, body"):
        find_duplicates(stream)
    with pytest.raises(UserError, match=r"several parts \(train\)"):
        find_duplicates(datasets.DatasetDict({"train": data}), "body")


def test_settings_that_would_be_ignored_are_refused() -> None:
    with pytest.raises(ValueError, match="texts have no language here"):
        NearDuplicateSettings(shingles=ShingleSettings(languages={"ja": Sizes(syllables=5)}))


@pytest.mark.parametrize("threshold", [0.999, 1.0])
def test_a_threshold_of_one_finds_what_differs_in_signs_only(threshold: float) -> None:
    text = "동해 물과 백두산이 마르고 닳도록 하느님이 보우하사 우리나라 만세. " * 4
    texts = [text, text.replace(".", "!"), text + "아니다.", "다른 글이다."]
    found = find_duplicates(texts, settings=NearDuplicateSettings(match=MatchSettings(threshold=threshold)))
    assert [(row["row"], row["survivor"]) for row in found.to_pylist()] == [(1, 0)]

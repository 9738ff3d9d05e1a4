"""An index that lasts: the same result as deduplicating together, kept through kills, removals and lost texts."""

import json
import os
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.duplicates import index as index_module
from corpus.duplicates import lookup
from corpus.duplicates.candidates import band_shape
from corpus.duplicates.dataset import NearDuplicateSettings, part_batch, sign_part, text_batches, write_parts
from corpus.duplicates.files import deduplicate_files
from corpus.duplicates.index import Index, add, content_of, hash_words, remove
from corpus.duplicates.job import MatchSettings
from corpus.duplicates.match import match
from corpus.duplicates.minhash import MinHashSettings, short_signatures, sketch
from corpus.duplicates.shingles import ShingleSettings, shingle
from corpus.engine.local import LocalEngine
from corpus.errors import DamagedError, UserError
from tests.corpus.duplicates.test_match import prose

SETTINGS = NearDuplicateSettings()


def _write(path: Path, texts: Sequence[str], prefix: str = "") -> Path:
    records = [{"text": text, "name": f"{prefix}{i}"} for i, text in enumerate(texts)]
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    return path


def _edit(text: str, share: float, rng: random.Random) -> str:
    words = text.split(" ")
    return " ".join(rng.choice(words) if rng.random() < share else word for word in words)


def _collection(seed: int) -> tuple[list[str], list[str]]:
    """Texts of an index without duplicates among them, and new ones: equal, alike, a little alike, new, twice new."""
    rng = random.Random(seed)
    old = [prose(rng) for _ in range(40)]
    new = [*old[:5], *(t.replace(" ", "") for t in old[5:10])]
    new += [_edit(rng.choice(old), rng.uniform(0, 0.08), rng) for _ in range(60)]
    fresh = [prose(rng) for _ in range(15)]
    new += [*fresh, *(_edit(rng.choice(fresh), rng.uniform(0, 0.05), rng) for _ in range(20)), fresh[3], "", "짧다"]
    rng.shuffle(new)
    return old, new


def _together(old: list[str], new: list[str], work: Path) -> dict[int, tuple[str, float]]:
    """The new documents that deduplicating both together drops, where the index's survive."""
    folders = [work / "old", work / "new"]
    for folder, texts, source in zip(folders, (old, new), ("index", ""), strict=True):
        folder.mkdir(parents=True)
        (batch,) = [*text_batches([pa.array(texts)], True)]
        table = pa.Table.from_batches([part_batch(batch, np.arange(len(texts)), source)])
        with pa.OSFile(str(folder / "documents.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        sign_part(SETTINGS, folder)
    with LocalEngine(1) as engine:
        path = match(folders, SETTINGS.match, engine, work / "match", {"index": 0}, durable=False)
    with pa.OSFile(str(path)) as file:
        found = pa.ipc.open_file(file).read_all().to_pylist()
    return {r["row"]: (r["kind"], round(r["similarity"], 6)) for r in found if r["part"] == 1}


def _against(data: Path, index: Path, out: Path, **more) -> tuple[dict, list[dict]]:
    with LocalEngine(1) as engine:
        summary = deduplicate_files(data, "text", out, SETTINGS, engine, against=index, identifier="name", **more)
    return summary, pq.read_table(out / "duplicates.parquet").to_pylist()


def _index(data: Path, out: Path, **more) -> dict:
    with LocalEngine(1) as engine:
        return add(data, out, "text", engine, **more)


@pytest.mark.parametrize("seed", range(4))
def test_against_an_index_is_together_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """With the new documents in one batch, or in many of many parts."""
    old, new = _collection(seed)
    with monkeypatch.context() as patch:
        if seed % 2:
            patch.setattr("corpus.duplicates.dataset.BATCH_BYTES", 3000)
            patch.setattr("corpus.duplicates.dataset.PART_BYTES", 20_000)
        _index(_write(tmp_path / "old.jsonl", old, "o"), tmp_path / "index", identifier="name")
        summary, found = _against(_write(tmp_path / "new.jsonl", new, "n"), tmp_path / "index", tmp_path / "out")
    together = _together(old, new, tmp_path / "together")
    assert [r["row"] for r in found] == sorted(together)
    assert {r["row"]: r["kind"] for r in found} == {row: kind for row, (kind, _) in together.items()}
    inside = [r for r in found if r["survivor_dataset"]]
    assert len(inside) == sum(summary["in_index"].values()) >= 20
    for r in inside:  # both ids, and a similarity that anybody can compute
        assert (r["id"], r["survivor_id"]) == (f"n{r['row']}", f"o{r['survivor_row']}")
        pair = new[r["row"]], old[r["survivor_row"]]
        sets = [set(shingle(pa.array([text]), None, ShingleSettings())[0].tolist()) for text in pair]
        assert r["similarity"] == pytest.approx(len(sets[0] & sets[1]) / len(sets[0] | sets[1]))
        assert not r["estimated"]
    assert summary["kept"] == len(new) - len(found)


def test_without_the_texts_signatures_decide_and_say_so(tmp_path: Path) -> None:
    old, new = _collection(9)
    data = _write(tmp_path / "old.jsonl", old)
    _index(data, tmp_path / "index")
    new_data = _write(tmp_path / "new.jsonl", new)
    _, exact = _against(new_data, tmp_path / "index", tmp_path / "exact")
    data.unlink()
    summary, found = _against(new_data, tmp_path / "index", tmp_path / "estimated")
    assert summary["in_index"]["near"] == 0 < summary["in_index"]["estimated"]
    known = {r["row"]: r for r in exact if r["survivor_dataset"] and r["kind"] == "near"}
    estimated = {r["row"]: r for r in found if r["estimated"]}
    sure = [row for row, r in known.items() if r["similarity"] > 0.7 + 4 * 0.04]
    assert sure
    assert estimated.keys() >= set(sure)
    for row in estimated.keys() & known.keys():
        s = known[row]["similarity"]
        assert abs(estimated[row]["similarity"] - s) <= 4.5 * np.sqrt(s * (1 - s) / 128) + 0.01
    equal = [{r["row"] for r in rows if r["kind"] == "exact" and r["survivor_dataset"]} for rows in (exact, found)]
    assert equal[0] == equal[1]


def test_estimates_of_short_texts_need_the_short_threshold(tmp_path: Path) -> None:
    """A similarity of about .84: above the threshold of long texts, below that of short ones, on either side."""
    rng = random.Random(11)
    short = [prose(rng, 70) for _ in range(10)]
    data = _write(tmp_path / "old.jsonl", short)
    _index(data, tmp_path / "index")
    data.unlink()
    new = _write(tmp_path / "new.jsonl", [text + " 가나다라마바사" for text in short])
    summary, _ = _against(new, tmp_path / "index", tmp_path / "out")
    assert summary["in_index"]["estimated"] <= 2  # by chance: 1.5 standard errors below
    assert Index.open(tmp_path / "index").sizes(np.array([[0, -1], [9, 3]])).tolist() == [[76, 0], [76, 76]]


def test_a_text_that_was_changed_in_place_is_not_taken_for_the_indexed_one(tmp_path: Path) -> None:
    rng = random.Random(3)
    old = [prose(rng) for _ in range(3)]
    data = _write(tmp_path / "old.jsonl", old)
    _index(data, tmp_path / "index")
    _write(data, [old[0], prose(rng), old[2]])
    new = _write(tmp_path / "new.jsonl", [t + " 끝" for t in old])
    _, found = _against(new, tmp_path / "index", tmp_path / "out")
    assert [(r["row"], r["survivor_row"], r["estimated"]) for r in found] == [
        (0, 0, False),
        (1, 1, True),
        (2, 2, False),
    ]


def test_add_list_remove(tmp_path: Path) -> None:
    rng = random.Random(5)
    texts = [prose(rng) for _ in range(6)]
    a, b = _write(tmp_path / "a.jsonl", texts[:3]), _write(tmp_path / "b.jsonl", texts[3:])
    out = tmp_path / "index"
    assert _index(a, out, name="first")["added"]
    assert _index(b, out)["added"]
    assert not _index(a, out, name="first")["added"]
    assert [(d.name, d.documents) for d in Index.open(out).datasets] == [("first", 3), (str(b), 3)]
    with pytest.raises(UserError, match=r"has a dataset 'first' of other content.*--remove first"):
        _index(b, out, name="first")
    with pytest.raises(UserError, match="no dataset 'second' in an index there; it has first"):
        remove(out, "second")
    assert remove(out, "first")["documents"] == 3
    assert [d.name for d in Index.open(out).datasets] == [str(b)]
    assert not (out / "00000").exists()
    _, found = _against(_write(tmp_path / "new.jsonl", texts), out, tmp_path / "out")
    assert [r["row"] for r in found] == [3, 4, 5]
    assert _index(a, out, name="first")["added"]
    assert [d.folder.name for d in Index.open(out).datasets] == ["00001", "00002"]


def test_a_copy_of_a_dataset_beside_it_is_the_users(tmp_path: Path) -> None:
    """A file manager calls it "00000 copy"; it is no dataset of the index, and stays."""
    for number in range(2):
        with LocalEngine(1) as engine:
            add(_write(tmp_path / f"{number}.jsonl", [f"글 {number}"]), tmp_path / "index", "text", engine)
        if number == 0:
            shutil.copytree(tmp_path / "index" / "00000", tmp_path / "index" / "00000 copy")
    assert [each.folder.name for each in Index.open(tmp_path / "index").datasets] == ["00000", "00001"]
    remove(tmp_path / "index", str(tmp_path / "0.jsonl"))
    assert sorted(each.name for each in (tmp_path / "index").iterdir() if each.is_dir()) == ["00000 copy", "00001"]


def test_hashes_of_a_slice_are_its_own() -> None:
    words = np.arange(8, dtype=np.uint64).reshape(-1, 2)
    hashes = pa.array([row.tobytes() for row in words], pa.binary(16))
    assert hash_words(hashes.slice(1, 2)).tolist() == words[1:3].tolist()
    assert hash_words(hashes.slice(4)).shape == (0, 2)


def test_places_are_found_in_whatever_batch_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some are compressed together, of which only those are unpacked that are asked for."""
    monkeypatch.setattr(index_module, "PLACE_ROWS", 4)
    for name, count in (("a", 11), ("b", 4)):
        _index(_write(tmp_path / f"{name}.jsonl", [f"글 {n}" for n in range(count)], name), tmp_path / "index",
               name=name, identifier="name")  # fmt: skip
    index = Index.open(tmp_path / "index")
    every = [("a", "a.jsonl", n, f"a{n}") for n in range(11)] + [("b", "b.jsonl", n, f"b{n}") for n in range(4)]
    for asked in ([3], [4], [10, 11], [14, 0, 7, 7, 8], list(range(15)), []):
        found = index.places(np.array(asked, np.int64)).to_pylist()
        assert [tuple(row.values()) for row in found] == [every[number] for number in asked]


def test_the_same_files_by_other_fields_are_another_dataset(tmp_path: Path) -> None:
    records = [{"text": f"글 {n}", "body": f"본문 {n}", "name": f"n{n}", "key": f"k{n}"} for n in range(3)]
    data = tmp_path / "a.jsonl"
    data.write_text("".join(json.dumps(record) + "\n" for record in records))
    _index(data, tmp_path / "index", identifier="name")
    assert not _index(data, tmp_path / "index", identifier="name")["added"]
    for other in ({"identifier": "key"}, {}):
        with pytest.raises(UserError, match="of other content"):
            _index(data, tmp_path / "index", **other)
    with LocalEngine(1) as engine, pytest.raises(UserError, match="of other content"):
        add(data, tmp_path / "index", "body", engine, identifier="name")


def test_what_is_no_index_is_refused(tmp_path: Path) -> None:
    a = _write(tmp_path / "a.jsonl", ["한 글"])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(UserError, match="not made by index"):
        _index(a, tmp_path / "mine")
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["notes.txt"]
    with pytest.raises(UserError, match="no index there"):
        Index.open(tmp_path / "mine")
    with pytest.raises(UserError, match="no record has a string in 'key'"):
        _index(a, tmp_path / "other", identifier="key")
    _index(a, tmp_path / "index")
    with pytest.raises(UserError, match="has other settings"):
        _index(a, tmp_path / "index", settings=NearDuplicateSettings(minhash=MinHashSettings(seed=2)), name="b")
    with pytest.raises(UserError, match="has other settings"):
        _index(a, tmp_path / "index", settings=NearDuplicateSettings(normalize=False), name="b")
    file = tmp_path / "index" / "00000" / "signatures.npy"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(DamagedError, match="is damaged"):
        _index(a, tmp_path / "index", name="b")
    with pytest.raises(DamagedError, match="is damaged"):
        Index.open(tmp_path / "index")


def test_signatures_of_another_kernel_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _index(_write(tmp_path / "a.jsonl", ["한 글"]), tmp_path / "index")
    monkeypatch.setattr(index_module, "MINHASH_VERSION", 99)
    with pytest.raises(UserError, match=r"version 1 of the minhash kernel; this is version 99"):
        Index.open(tmp_path / "index")
    monkeypatch.undo()
    monkeypatch.setattr(index_module, "FORMAT", 99)
    with pytest.raises(UserError, match="cannot be compared: make the index again"):
        Index.open(tmp_path / "index")


def _bytes_of(index: Path) -> dict[str, bytes]:
    return {p.relative_to(index).as_posix(): p.read_bytes() for p in sorted(index.rglob("*")) if p.is_file()}


def test_killed_at_any_rename_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(6)
    texts = [prose(rng) for _ in range(6)]
    a, b = _write(tmp_path / "a.jsonl", texts[:3]), _write(tmp_path / "b.jsonl", texts[3:])
    whole = tmp_path / "whole"
    _index(a, whole)
    _index(b, whole)
    expected = _bytes_of(whole)
    real = os.replace
    for survived in range(100):
        out = tmp_path / f"killed-{survived}"
        _index(a, out)
        left = [survived]

        def replace(source, target, left=left):
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            real(source, target)

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", replace)
            try:
                _index(b, out)
            except KeyboardInterrupt:
                pass
            else:
                break
        assert str(a) in [d.name for d in Index.open(out).datasets]  # what was there is there, and can be read
        _index(b, out)
        assert _bytes_of(out) == expected
    assert survived >= 8


def test_an_update_that_was_killed_is_made_up_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = _collection(2)
    _index(_write(tmp_path / "old.jsonl", old), tmp_path / "index")
    data = _write(tmp_path / "new.jsonl", new)
    with monkeypatch.context() as patch:
        patch.setattr("corpus.duplicates.files.add", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            _against(data, tmp_path / "index", tmp_path / "out", update=True)
    assert len(Index.open(tmp_path / "index").datasets) == 1
    for _ in range(2):  # the second time everything is done
        summary, _ = _against(data, tmp_path / "index", tmp_path / "out", update=True)
        datasets = Index.open(tmp_path / "index").datasets
        assert [d.documents for d in datasets] == [len(old), summary["kept"]]
    again, found = _against(data, tmp_path / "index", tmp_path / "again")
    assert again["kept"] == 0
    assert {r["survivor_dataset"] for r in found} == {d.name for d in datasets}


@pytest.mark.parametrize(("block", "at_once", "workers"), [(100_000, 1_000_000, 1), (7, 11, 1), (50, 13, 2)])
def test_lookup_agrees_with_comparing_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, at_once: int, workers: int
) -> None:
    old, new = _collection(7)
    for number, texts in enumerate((old[:25], old[25:])):
        _index(_write(tmp_path / f"{number}.jsonl", texts), tmp_path / "index")
    monkeypatch.setattr(lookup, "BLOCK", block)
    monkeypatch.setattr(lookup, "AT_ONCE", at_once)
    made = [short_signatures(sketch(pa.array(t), None, SETTINGS.shingles, SETTINGS.minhash)) for t in (new, old)]
    shape = band_shape(0.7, 128, 0.98)
    wanted = np.array([bool(text) for text in new])
    with LocalEngine(workers) as engine:
        index = Index.open(tmp_path / "index")
        numbers, agreeing = lookup.alike(made[0], wanted, index, shape, 0.3, engine, tmp_path / "work")
    bands, rows = shape
    for i, signature in enumerate(made[0]):
        equal = made[1] == signature
        shared = equal[:, : bands * rows].reshape(-1, bands, rows).all(axis=2).any(axis=1)
        counts = equal.sum(axis=1)
        best = sorted((-int(counts[j]), j) for j in np.flatnonzero(shared & (counts >= 0.3 * 128)))[: lookup.MOST]
        best = best if wanted[i] else []
        assert numbers[i].tolist() == [j for _, j in best] + [-1] * (lookup.MOST - len(best))
        assert agreeing[i].tolist()[: len(best)] == [-count for count, _ in best]


def test_less_than_200_bytes_a_document(tmp_path: Path) -> None:
    rng = random.Random(8)
    texts = [f"{i} {rng.random()}" for i in range(20_000)]
    records = [{"text": t, "name": f"{rng.getrandbits(128):032x}"} for t in texts]
    data = tmp_path / "a.jsonl"
    data.write_text("".join(json.dumps(r) + "\n" for r in records))
    _index(data, tmp_path / "plain")
    _index(data, tmp_path / "ids", identifier="name")
    sizes = [sum(p.stat().st_size for p in (tmp_path / n).rglob("*") if p.is_file()) / 20_000 for n in ("plain", "ids")]
    assert sizes[0] < 155
    assert sizes[1] < 200


def test_equal_hashes_are_found_across_datasets(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    hashes = rng.integers(0, 4, (300, 2), dtype=np.uint64)  # many share a first half
    texts = write_parts(iter([pa.array(["x"])]), tmp_path / "w")
    assert len(texts[0]) == 1
    shutil.rmtree(tmp_path / "w")

    class Fake:
        def __init__(self, words: np.ndarray):
            self.words, self.documents = words, len(words)

        def array(self, name: str) -> np.ndarray:
            return self.words

    known = [rng.integers(0, 4, (n, 2), dtype=np.uint64) for n in (5, 0, 4)]
    index = type("I", (), {"datasets": [Fake(w) for w in known], "starts": np.array([0, 5, 5, 9])})()
    every = np.concatenate(known).tolist()
    expected = [every.index(h) if h in every else -1 for h in hashes.tolist()]
    assert lookup.known_hashes(hashes, index).tolist() == expected


def test_a_file_in_the_place_of_an_index_is_told(tmp_path: Path) -> None:
    data = _write(tmp_path / "a.jsonl", ["하나의 글"])
    (tmp_path / "index").write_text("")
    with LocalEngine(1) as engine, pytest.raises(UserError, match="index is a file; name a folder with --out"):
        add(data, tmp_path / "index", "text", engine)


def _gone(folder: Path, old: Sequence[str], new: Sequence[str], **match: object) -> list[dict]:
    """What is dropped of `new` against an index of `old`, whose texts are no longer there."""
    data = _write(folder / "old.jsonl", old)
    _index(data, folder / "index")
    data.unlink()
    settings = NearDuplicateSettings(match=MatchSettings.model_validate(match))
    with LocalEngine(1) as engine:
        deduplicate_files(
            _write(folder / "new.jsonl", new), "text", folder / "out", settings, engine, against=folder / "index"
        )
    return pq.read_table(folder / "out" / "duplicates.parquet").to_pylist()


def test_an_estimate_at_the_threshold_is_a_duplicate(tmp_path: Path) -> None:
    """All bytes of the signatures agree: a similarity of 1, where 1 is asked for."""
    old = [prose(random.Random(n)) for n in range(3)]
    found = _gone(tmp_path, old, [text.replace(" ", "") + "!" for text in old], threshold=1.0, short_threshold=1.0)
    assert [(r["kind"], r["similarity"], r["estimated"]) for r in found] == [("near", 1.0, True)] * 3


@pytest.mark.parametrize(("short", "dropped"), [(76, 10), (77, 0), (80, 0)])
def test_the_shorter_text_decides_which_threshold_an_estimate_needs(tmp_path: Path, short: int, dropped: int) -> None:
    """76 shingles in the index and 83 in the new text, which are alike but not equal."""
    rng = random.Random(11)
    old = [prose(rng, 70) for _ in range(10)]
    found = _gone(tmp_path, old, [text + " 가나다라마바사" for text in old], short=short, short_threshold=1.0)
    assert len(found) == dropped


def test_an_excerpt_of_an_indexed_text_is_looked_up(tmp_path: Path) -> None:
    """Where containment counts, a pair is compared whose similarity is far below the threshold."""
    rng = random.Random(12)
    old = [prose(rng, 500) for _ in range(30)]
    _index(_write(tmp_path / "old.jsonl", old), tmp_path / "index")
    new = _write(tmp_path / "new.jsonl", [text[: len(text) * 46 // 100] for text in old])
    found = {}
    for containment in (None, 0.8):
        settings = NearDuplicateSettings(match=MatchSettings(containment=containment))
        out = tmp_path / f"out-{containment}"
        with LocalEngine(1) as engine:
            deduplicate_files(new, "text", out, settings, engine, against=tmp_path / "index")
        found[containment] = pq.read_table(out / "duplicates.parquet").to_pylist()
    assert not found[None]
    assert len(found[0.8]) >= 5
    assert all(r["row"] == r["survivor_row"] and r["similarity"] < 0.5 for r in found[0.8])


def test_repeats_inside_the_index_are_not_told(tmp_path: Path) -> None:
    text, other = prose(random.Random(13)), prose(random.Random(14))
    _index(_write(tmp_path / "old.jsonl", [text, text + " 하나", text + " 둘"]), tmp_path / "index")
    _, found = _against(_write(tmp_path / "new.jsonl", [other, text + " 셋", other + "."]), tmp_path / "index",
                        tmp_path / "out")  # fmt: skip
    assert [(r["row"], r["survivor_dataset"] is None) for r in found] == [(0, True), (1, False)]


@pytest.mark.parametrize("normalize", [False, True])
def test_texts_are_read_again_as_they_were_indexed(tmp_path: Path, normalize: bool) -> None:
    """Normalised or not, from several pieces of a file: only then their hashes are those of the index."""
    rng = random.Random(15)
    old = [f"{prose(rng)}\u3000 \u00a0끝 \n" for _ in range(6)]
    data = tmp_path / "old.parquet"
    pq.write_table(pa.table({"text": old}), data, row_group_size=2)
    _index(data, tmp_path / "index", settings=NearDuplicateSettings(normalize=normalize))
    assert Index.open(tmp_path / "index").settings.normalize == normalize
    new = [f"{text} 그리고" for text in old[1::2]]
    _, found = _against(_write(tmp_path / "new.jsonl", new), tmp_path / "index", tmp_path / "out")
    assert [(r["row"], r["survivor_row"], r["kind"], r["estimated"]) for r in found] == [
        (n, 2 * n + 1, "near", False) for n in range(3)
    ]


def test_places_name_the_file_among_several_and_ids_where_a_file_has_them(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.jsonl").write_text('{"text": "하나의 글"}\n')
    _write(data / "b.jsonl", ["둘째 글", "셋째 글"], "b")
    _index(data, tmp_path / "index", identifier="name", name="d")
    found = Index.open(tmp_path / "index").places(np.arange(3)).to_pylist()
    assert [tuple(row.values()) for row in found] == [
        ("d", "a.jsonl", 0, None), ("d", "b.jsonl", 0, "b0"), ("d", "b.jsonl", 1, "b1")
    ]  # fmt: skip


@pytest.mark.parametrize("damaged", ["first", "second"])
def test_a_damaged_dataset_can_be_removed_and_none_beside_one(tmp_path: Path, damaged: str) -> None:
    """What stays is checked first: what is to go need not be sound."""
    for number, name in enumerate(("first", "second")):
        _index(_write(tmp_path / f"{name}.jsonl", [f"글 {number}"]), tmp_path / "index", name=name)
    file = tmp_path / "index" / ("00000" if damaged == "first" else "00001") / "hashes.npy"
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    if damaged == "second":
        with pytest.raises(DamagedError, match="is damaged"):
            remove(tmp_path / "index", "first")
    else:
        remove(tmp_path / "index", "first")
        assert [d.name for d in Index.open(tmp_path / "index").datasets] == ["second"]


def test_a_dataset_without_its_description_is_not_left_out_in_silence(tmp_path: Path) -> None:
    data = _write(tmp_path / "a.jsonl", ["하나의 글"])
    index = tmp_path / "index"
    _index(data, index)
    (index / "00000" / "dataset.json").unlink()
    for attempt in (lambda: Index.open(index), lambda: _index(data, index, name="another")):
        with pytest.raises(DamagedError, match=r"dataset\.json is missing"):
            attempt()
    remove(index, str(data))  # as the message says
    assert not (index / "00000").exists()
    _index(data, index)
    assert Index.open(index).count == 1


def test_a_dataset_whose_folder_is_gone_is_not_taken_for_removed(tmp_path: Path) -> None:
    data = [_write(tmp_path / f"{n}.jsonl", [f"글 {n}"]) for n in range(2)]
    index = tmp_path / "index"
    for each in data:
        _index(each, index)
    shutil.rmtree(index / "00000")
    for attempt in (lambda: Index.open(index), lambda: _index(data[0], index), lambda: remove(index, str(data[1]))):
        with pytest.raises(DamagedError, match=f"00000 is missing.*documents of {data[0]}.*--remove {data[0]}"):
            attempt()
    assert remove(index, str(data[0])) == {"name": str(data[0])}
    assert [each.name for each in Index.open(index).datasets] == [str(data[1])]


def test_a_removal_that_was_killed_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = _write(tmp_path / "a.jsonl", ["하나의 글"])
    index = tmp_path / "index"
    _index(data, index)

    def killed(output: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(index_module, "_finish", killed)
        with pytest.raises(KeyboardInterrupt):
            remove(index, str(data))
    assert Index.open(index).count == 0


def test_a_dataset_is_removed_by_the_path_that_it_was_added_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = _write(tmp_path / "a.jsonl", ["하나의 글"])
    _index(data, tmp_path / "index")
    monkeypatch.chdir(tmp_path)
    assert remove(tmp_path / "index", "a.jsonl")["name"] == str(data)


def test_a_search_depends_on_the_content_of_every_other_dataset(tmp_path: Path) -> None:
    data = [_write(tmp_path / f"{n}.jsonl", [f"글 {n}"]) for n in range(3)]
    for n in range(2):
        _index(data[n], tmp_path / "index", name=f"d{n}")
    before = content_of(Index.open(tmp_path / "index"), without="d1")
    assert before.keys() == {"d0"}
    remove(tmp_path / "index", "d0")
    _index(data[2], tmp_path / "index", name="d0")
    after = content_of(Index.open(tmp_path / "index"), without="")
    assert after.keys() == {"d0", "d1"}
    assert after["d0"] != before["d0"]


@pytest.mark.parametrize("there", [True, False])
def test_texts_decide_where_they_are_at_hand_and_signatures_where_not(tmp_path: Path, there: bool) -> None:
    """Two pages of one template with other facts: estimates know no facts."""
    body = prose(random.Random(16), 300)
    data = _write(tmp_path / "old.jsonl", [f"오류 7904 오류 7904의 뜻 {body}"])
    _index(data, tmp_path / "index")
    if not there:
        data.unlink()
    new = _write(tmp_path / "new.jsonl", [f"오류 7932 오류 7932의 뜻 {body}"])
    _, found = _against(new, tmp_path / "index", tmp_path / "out")
    assert [(r["kind"], r["estimated"]) for r in found] == ([] if there else [("near", True)])


def test_a_text_that_is_not_at_hand_decides_beside_one_that_is(tmp_path: Path) -> None:
    """The most similar one states other facts; of the next only the signature is left. Numbers go on over datasets."""
    rng = random.Random(18)
    body = prose(rng, 400)
    texts = [f"오류 7955 오류 7955의 뜻 {_edit(body, 0.03, rng)}", f"오류 7904 오류 7904의 뜻 {body}"]
    for name, text in zip("ab", texts, strict=True):
        _index(_write(tmp_path / f"{name}.jsonl", [prose(rng), text]), tmp_path / "index", name=name)
    (tmp_path / "a.jsonl").unlink()
    new = _write(tmp_path / "new.jsonl", [f"오류 7932 오류 7932의 뜻 {body}"])
    _, found = _against(new, tmp_path / "index", tmp_path / "out")
    assert [(r["survivor_dataset"], r["survivor_row"], r["estimated"]) for r in found] == [("a", 1, True)]


def test_of_several_estimated_ones_the_most_similar_survives(tmp_path: Path) -> None:
    rng = random.Random(17)
    text = prose(rng, 400)
    old = [_edit(text, share, rng) for share in (0.06, 0.06, 0.02, 0.06)]
    (found,) = _gone(tmp_path, old, [text], siblings="drop")
    assert (found["survivor_row"], found["estimated"]) == (2, True)

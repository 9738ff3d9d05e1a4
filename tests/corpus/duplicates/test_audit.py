"""The audit of a deduplication: every band is there, numbers are those of the table, and a seed decides the sample."""

import json
import random
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.duplicates import audit
from corpus.duplicates.dataset import NearDuplicateSettings
from corpus.duplicates.files import deduplicate_files
from corpus.duplicates.index import add
from corpus.engine.local import LocalEngine
from tests.corpus.duplicates.test_index import _edit, _write
from tests.corpus.duplicates.test_match import prose


def _run(data: Path, out: Path, against: Path | None = None) -> dict:
    with LocalEngine(1) as engine:
        return deduplicate_files(data, "text", out, NearDuplicateSettings(), engine, against=against, identifier="name")


def test_bands_of_similarity_begin_at_their_edges() -> None:
    """Also for similarities of 32 bits, of which .9 and .6 are a little less; estimates have bands of their own."""
    edges = [0.0, 0.4999, 0.5, 0.6, 0.7, 0.7499, 0.75, 0.8, 0.85, 0.9, 0.95, 0.9999, 1.0]
    rows = [("near", s, estimated) for estimated in (False, True) for s in edges] + [("exact", 1.0, False)]
    kinds, similarity, estimated = zip(*rows, strict=True)
    table = pa.table({"kind": kinds, "similarity": pa.array(similarity, pa.float32()), "estimated": estimated})
    expected: dict[str, list[int]] = {}
    for place, (kind, s, guessed) in enumerate(rows):
        if kind == "near":
            low = max(e for e in (0.0, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0) if e <= s)
            expected.setdefault(f"{low:.2f}{guessed}", []).append(place)
    found = {}
    for name, places in audit.bands(table).items():
        low = "1.00" if name.startswith("Similarity 1:") else name.split()[1]
        found[f"{low}{'estimated' in name}"] = places.tolist()
    assert found == expected
    assert audit.bands(table.drop_columns("estimated").slice(0, 0)) == {}


def test_each_band_is_sampled_with_its_own_numbers(tmp_path: Path, monkeypatch) -> None:
    rng = random.Random(2)
    old = [prose(rng) for _ in range(30)]
    texts = [*old, *(_edit(rng.choice(old), rng.uniform(0.005, 0.05), rng) for _ in range(120)), old[0], old[1]]
    data = _write(tmp_path / "a.jsonl", texts, "n")
    monkeypatch.setattr(audit, "DRAWN", 4)
    summary = _run(data, tmp_path / "out")
    told = json.loads((tmp_path / "out" / "audit.json").read_text())
    rows = {r["row"]: r for r in pq.read_table(tmp_path / "out" / "duplicates.parquet").to_pylist()}
    assert sum(group["size"] for group in told["groups"]) == summary["near"] > 30
    assert (told["seed"], told["threshold"], told["short_threshold"]) == (1, 0.7, 0.9)
    page = (tmp_path / "out" / "audit.html").read_text(encoding="utf-8")
    for group in told["groups"]:
        low, high = (float(word) for word in group["name"].split()[1::2])
        inside = [r for r in rows.values() if r["kind"] == "near" and low - 1e-6 <= r["similarity"] < high]
        assert group["size"] == len(inside)
        assert len(group["pairs"]) == min(4, len(inside))
        share = f"{100 * group['size'] / summary['near']:.1f} %"
        assert re.search(rf"{re.escape(group['name'])}\W[^§]{{0,80}}\W{group['size']}\W[^§]{{0,40}}>{share}<", page)
        for pair in group["pairs"]:
            known = rows[pair["row"]]
            assert (pair["survivor_row"], pair["id"] in page) == (known["survivor_row"], True)
            assert f"similarity {known['similarity']:.3f}" in page
            assert f"n{pair['row']} (a.jsonl, row {pair['row']})" in page
    _run(data, tmp_path / "again")
    assert (tmp_path / "again" / "audit.html").read_bytes() == (tmp_path / "out" / "audit.html").read_bytes()


def test_pairs_with_an_index_show_its_text_or_say_that_it_is_gone(tmp_path: Path) -> None:
    rng = random.Random(4)
    old = [prose(rng) for _ in range(4)]
    source = _write(tmp_path / "old.jsonl", old)
    with LocalEngine(1) as engine:
        add(source, tmp_path / "index", "text", engine)
    data = _write(tmp_path / "new.jsonl", [text + " 끝" for text in old])
    _run(data, tmp_path / "there", tmp_path / "index")
    assert audit.GONE not in (tmp_path / "there" / "audit.html").read_text(encoding="utf-8")
    source.unlink()
    _run(data, tmp_path / "gone", tmp_path / "index")
    page = (tmp_path / "gone" / "audit.html").read_text(encoding="utf-8")
    assert audit.GONE in page
    assert "estimated from signatures" in page


def test_nothing_removed_is_a_page_too(tmp_path: Path) -> None:
    _run(_write(tmp_path / "a.jsonl", ["하나", "둘"]), tmp_path / "out")
    assert "Judge a sample" not in (tmp_path / "out" / "audit.html").read_text(encoding="utf-8")


def test_a_pair_is_told_with_its_places_and_the_length_of_each_side() -> None:
    """Of a survivor whose text is gone there is no length."""
    told = {"similarity": 0.81249, "file": "a", "row": 3, "survivor_file": "b", "survivor_row": 5}
    for estimated, mark in ((False, ""), (True, ", estimated")):
        pair = audit._pair(told | {"estimated": estimated}, "가" * 1200, "나" * 7, "p1")
        assert pair["facts"] == [f"similarity 0.812{mark}", "1,200 characters against 7"]
    assert audit._pair(told, "abc", audit.GONE, "p1")["facts"] == ["similarity 0.812", "3 characters"]
    pair = audit._pair(told | {"id": "x", "survivor_id": "y", "survivor_dataset": "d"}, "abc", "ab", "p1")
    assert pair["record"]["similarity"] == 0.8125
    assert [pair[side]["title"] for side in ("left", "right")] == ["removed: x (a, row 3)", "stays: y (b, row 5 of d)"]

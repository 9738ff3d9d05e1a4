"""The report's tables against counting by hand."""

import random
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.commit import write_duplicates
from corpus.duplicates.dropped import index_dropped
from corpus.duplicates.match import MatchSettings, match
from corpus.duplicates.report import _matrix, describe_matches
from corpus.engine.local import LocalEngine
from tests.corpus.duplicates.test_match import _edited, part, prose


def test_matrix_sizes_and_examples(tmp_path: Path) -> None:
    rng = random.Random(1)
    a, b, c = (prose(rng, 400) for _ in range(3))
    near = a.replace(" ", "")
    parts = [
        part(tmp_path / "p", [{"text": t, "source": "wiki"} for t in (a, b, c)]),
        part(tmp_path / "q", [{"text": t, "source": "web"} for t in (near, a, b)]),
    ]
    with LocalEngine(1) as engine:
        path = match(parts, MatchSettings(), engine, tmp_path / "w", {"wiki": 1, "web": 2})
    found = describe_matches(
        parts, index_dropped(parts, path, tmp_path / "dropped"), write_duplicates(parts, path, tmp_path / "named.arrow")
    )
    exact, close = (
        {"source": "web", "survivor_source": "wiki", "kind": kind, "documents": n, "bytes": size}
        for kind, n, size in (("exact", 2, len((a + b).encode())), ("near", 1, len(near.encode())))
    )
    assert found["matrix"] == [exact, close]
    assert found["sizes"] == {2: 1, 3: 1}
    assert [cluster["size"] for cluster in found["largest"]] == [3, 2]
    assert found["largest"][0]["survivor"]["text"] == a[:400] != a
    assert {m["kind"] for m in found["largest"][0]["members"]} == {"exact", "near"}


def test_no_duplicates(tmp_path: Path) -> None:
    parts = [part(tmp_path / "p", [{"text": prose(random.Random(3))}])]
    with LocalEngine(1) as engine:
        path = match(parts, MatchSettings(), engine, tmp_path / "w", {})
    counts = write_duplicates(parts, path, tmp_path / "named.arrow")
    assert describe_matches(parts, index_dropped(parts, path, tmp_path / "dropped"), counts) == {
        "matrix": [],
        "sizes": {},
        "largest": [],
    }


def test_the_least_similar_are_shown_first(tmp_path: Path) -> None:
    rng = random.Random(5)
    best = prose(rng)
    rows = [{"text": best, "quality": 0.9}, *({"text": _edited(rng, best, n)} for n in (1, 5, 3))]
    parts = [part(tmp_path / "p", rows)]
    with LocalEngine(1) as engine:
        path = match(parts, MatchSettings(siblings="drop"), engine, tmp_path / "w", {})
    counts = write_duplicates(parts, path, tmp_path / "named.arrow")
    (cluster,) = describe_matches(parts, index_dropped(parts, path, tmp_path / "dropped"), counts)["largest"]
    similar = [member["similarity"] for member in cluster["members"]]
    assert len(set(similar)) == 3
    assert similar == sorted(similar)
    (shown,) = describe_matches(parts, index_dropped(parts, path, tmp_path / "dropped"), counts, members=1)["largest"]
    assert [member["similarity"] for member in shown["members"]] == similar[:1]
    assert shown["size"] == 4


def test_the_tables_are_the_same_whatever_is_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch of the table for each dropped document, and the copies of one document at a time."""
    rng = random.Random(6)
    texts = [prose(rng) for _ in range(4)]
    rows = [{"text": text} for text in texts]
    rows += [{"text": _edited(rng, texts[n % 3], 1 + (5 * n) % 7), "quality": 0.1} for n in range(15)]
    parts = [part(tmp_path / "p", rows[:9]), part(tmp_path / "q", rows[9:])]
    found = []
    for name in ("whole", "cut"):
        if name == "cut":
            monkeypatch.setattr("corpus.duplicates.join.AT_ONCE", 1)
            monkeypatch.setattr("corpus.duplicates.report.AT_ONCE", 1)
        with LocalEngine(1) as engine:
            path = match(parts, MatchSettings(siblings="drop"), engine, tmp_path / name, {})
        counts = write_duplicates(parts, path, tmp_path / f"{name}.arrow")
        found.append(describe_matches(parts, index_dropped(parts, path, tmp_path / f"{name}-dropped"), counts))
    assert found[0] == found[1]
    assert [cluster["size"] for cluster in found[0]["largest"]] == [6, 6, 6]
    for cluster in found[0]["largest"]:
        similar = [member["similarity"] for member in cluster["members"]]
        assert similar == sorted(similar)
        assert cluster["survivor"]["text"] in {text[:400] for text in texts}


NAMES = st.sampled_from(["web", "wiki", "a"])


@given(st.lists(st.tuples(NAMES, NAMES, st.sampled_from(["near", "exact"]), st.integers(0, 9), st.integers(0, 2**40))))
def test_the_matrix_adds_up_each_pair_of_sources_in_their_order(rows: list[tuple[str, str, str, int, int]]) -> None:
    names = ["source", "survivor_source", "kind", "documents", "bytes"]
    columns = list(zip(*rows, strict=True)) or [[]] * 5
    types = [pa.string()] * 3 + [pa.int64()] * 2
    table = pa.table([pa.array(column, kind) for column, kind in zip(columns, types, strict=True)], names=names)
    expected = [
        dict(zip(names, (*key, *(sum(row[n] for row in rows if row[:3] == key) for n in (3, 4))), strict=True))
        for key in sorted({row[:3] for row in rows})
    ]
    assert _matrix(table) == expected

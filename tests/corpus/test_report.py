"""The report's figures add up: each record has one end, each dropped duplicate one cell, each cluster one class."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from corpus.quantities import megabytes
from corpus.repeats.contained import CONTAINED
from corpus.report import (
    EXAMPLES,
    _boilerplate,
    _contained,
    _contamination,
    _matrix,
    _rejects,
    bars,
    figure,
    funnel,
    size_classes,
    stages,
)
from corpus.shards import write_stream

counts = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(1, 50), max_size=3)


def book(skipped: Any, unreadable: Any, clean: Any, exact: int, trim: Any, kept: int) -> dict[str, Any]:
    return {
        "read": {"skipped": skipped, "unreadable": unreadable},
        "clean": {"dropped": clean},
        "deduplicate": {"dropped": {"exact": exact, "near": 2}},
        "trim": {"dropped": trim},
        "output": {"documents": kept},
    }


@given(counts, counts, counts, st.integers(0, 9), counts, st.integers(0, 99))
def test_the_funnel_adds_up(skipped: Any, unreadable: Any, clean: Any, exact: int, trim: Any, kept: int) -> None:
    trim = {f"trimmed {name}": n for name, n in trim.items()}  # the rules have other names than what trimming finds
    found = funnel(book(skipped, unreadable, clean, exact, trim, kept))
    ends = {kind: n for kind, _, n in found}
    everything = sum(sum(c.values()) for c in (skipped, unreadable, clean, trim)) + exact + 2 + kept
    assert sum(n for *_, n in found) == everything
    assert [kind for kind, *_ in found] == ["kept", "duplicate", "dropped", "skipped", "unreadable"]
    assert ends["dropped"] == sum(clean.values()) + sum(trim.values())
    assert ends["kept"] == kept
    texts = {kind: text for kind, text, _ in found}
    assert texts["dropped"].split(", ") == [
        f"{name}: {n}" for name, n in sorted((clean | trim).items(), key=lambda item: -item[1])
    ] or not (clean | trim)


def test_the_matrix_adds_up_over_kinds() -> None:
    rows = [
        {"source": s, "survivor_source": t, "kind": kind, "documents": n, "bytes": 10 * n}
        for s, t, kind, n in [
            *(("web", "wiki", "exact", 3), ("web", "wiki", "near", 4), ("web", "wiki", "other", 5)),
            *(("web", "web", "near", 7), ("wiki", "web", "near", 1)),
        ]
    ]
    cells = _matrix({"matrix": rows})
    assert cells == {("web", "wiki"): (12, 120), ("web", "web"): (7, 70), ("wiki", "web"): (1, 10)}


@given(st.dictionaries(st.integers(1, 5000), st.integers(1, 30), max_size=12))
def test_every_cluster_is_in_the_class_of_its_size(sizes: dict[int, int]) -> None:
    found = size_classes(sizes)
    assert sum(clusters for _, clusters, _ in found) == sum(sizes.values())
    assert sum(members for *_, members in found) == sum(size * n for size, n in sizes.items())
    for name, clusters, members in found:
        bounds = [int(part.replace(",", "")) for part in name.split(" – ")]
        mine = {size: n for size, n in sizes.items() if bounds[0] <= size <= bounds[-1]}
        assert (clusters, members) == (sum(mine.values()), sum(size * n for size, n in mine.items()))


def test_stages_are_what_each_step_left() -> None:
    numbers = iter(range(1, 99))
    names = ("read", "clean", "deduplicate", "trim")
    total = {name: {key: next(numbers) for key in ("in", "kept", "bytes_in", "bytes_kept")} for name in names}
    assert [(documents, size) for _, documents, size in stages(total)] == [(1, 3), (2, 4), (6, 8), (10, 12), (14, 16)]


def test_a_histogram_is_drawn_in_proportion() -> None:
    drawn = bars({"counts": [4, 0, 16, 1], "width": 10.0, "limit": 25.0}, "min")
    assert drawn["bars"] == [
        (0, 30, True, 4, 0),
        (60, 0, True, 0, 10),
        (120, 60, False, 16, 20),
        (180, 15, False, 1, 30),
    ]
    assert (drawn["unit"], drawn["limit"], drawn["end"]) == (60, 150, 40)
    beyond = {side: bars({"counts": [1] * 4, "width": 10.0, "limit": 25.0}, side)["bars"] for side in ("min", "max")}
    assert [gone for _, _, gone, _, _ in beyond["min"]] == [True, True, False, False]
    assert [gone for _, _, gone, _, _ in beyond["max"]] == [False, False, False, True]  # a bin is where its middle is
    assert bars({"counts": [0], "width": 1.0, "limit": 9.0}, "max")["limit"] == 240  # not outside of the drawing


def test_figures_and_sizes_for_people() -> None:
    assert [figure(value) for value in (0.03131234, 99.5, 100, 12345.6, -250.4)] == [
        "0.03131",
        "99.5",
        "100",
        "12,346",
        "-250",
    ]
    assert [megabytes(count) for count in (999, 1000, 1_250_000, 3.2e9, 1e12)] == [
        "999 B",
        "1.0 kB",
        "1.2 MB",
        "3.2 GB",
        "1.0 TB",
    ]


def test_a_few_rejects_of_each_source_are_shown_by_reason(tmp_path: Path) -> None:
    def listed(name: str, *reasons: str) -> None:
        entries = [{"reason": reason, "n": n} for n, reason in enumerate(reasons)]
        (tmp_path / name).write_text("".join(json.dumps(entry) + "\n" for entry in entries))

    listed("web.jsonl", *["short"] * (EXAMPLES + 1), "adult")
    listed("web.unreadable.jsonl", "bad json")
    listed("wiki.jsonl", "short")
    listed("wiki.unreadable.jsonl")
    found = _rejects(tmp_path, ["wiki", "web"])
    assert {reason: [entry["source"] for entry in entries] for reason, entries in found.items()} == {
        "adult": ["web"], "bad json": ["web"], "short": ["wiki", *["web"] * 5]
    }  # fmt: skip
    assert list(found) == ["adult", "bad json", "short"]
    assert [entry["n"] for entry in found["short"]] == [0, 0, 1, 2, 3, 4]


def test_contained_documents_are_counted_by_source_and_container(tmp_path: Path) -> None:
    rows = [("a", "b", 5), ("b", "a", 1), ("a", "b", 7), *[("c", "c", 2)] * 20]
    columns = [
        {"source": one, "container_source": two, "bytes": count, "id": str(n)}
        for n, (one, two, count) in enumerate(rows)
    ]
    write_stream(tmp_path / "c.arrow", CONTAINED, [pa.RecordBatch.from_pylist(columns, schema=CONTAINED)])
    found = _contained(tmp_path / "c.arrow")
    assert found
    assert [tuple(pair.values()) for pair in found["pairs"]] == [
        ("a", "b", 2, 12),
        ("b", "a", 1, 1),
        ("c", "c", 20, 40),
    ]
    assert found["documents"] == 23
    assert [row["id"] for row in found["longest"]] == [str(n) for n in range(20)]
    assert _contained(tmp_path / "none.arrow") is None


def test_the_most_frequent_boilerplate_is_shown(tmp_path: Path) -> None:
    assert _boilerplate(tmp_path) == []
    assert _contamination(tmp_path / "none.json") == {}
    entries = [{"documents": n // 2, "line": f"{n % 2}"} for n in range(210)]
    (tmp_path / "learned.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    shown = [(entry["documents"], entry["line"]) for entry in _boilerplate(tmp_path)]
    assert shown == [(n, line) for n in range(104, 54, -1) for line in "01"]

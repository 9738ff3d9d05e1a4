"""The report's figures add up: each record has one end, each dropped duplicate one cell, each cluster one class."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from corpus.report import _matrix, funnel, size_classes

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
    assert all(f"{name}: {n}" in texts["dropped"] for name, n in (clean | trim).items())


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

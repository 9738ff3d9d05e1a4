"""What changed between two small builds, beside sets and dictionaries."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.books import UnbalancedError
from corpus.changes.builds import Build, partitions_of
from corpus.changes.compare import _distinct, _parted
from corpus.changes.describe import EXAMPLES, FILES, PAIRS, describe_changes
from corpus.commit import DUPLICATES_SCHEMA
from corpus.document import SCHEMA
from corpus.kernels.hashing import hash_strings
from corpus.shards import write_stream

ABSENT, DROPPED, DUPLICATE, KEPT, OTHER_TEXT = range(5)  # what becomes of a record in a build
SOURCES = ("web", "wiki")


@dataclass(frozen=True)
class Record:
    """A record of an upstream file, and what became of it before and after."""

    source: str
    file: int
    url: str | None
    states: tuple[int, int]


RECORDS = st.lists(
    st.builds(
        Record,
        st.sampled_from(SOURCES),
        st.integers(0, 1),
        st.sampled_from([None, "a", "b"]),
        st.tuples(*[st.sampled_from([ABSENT, DROPPED, DUPLICATE, KEPT, KEPT, OTHER_TEXT])] * 2),
    ),
    max_size=14,
)


@dataclass
class State:
    """One of two builds: id → record for what was read, text of what is kept, survivor of what is a duplicate."""

    read: dict[str, Record]
    kept: dict[str, str]
    gone: dict[str, str]

    @property
    def stays(self) -> dict[str, str]:
        return self.gone | {name: name for name in self.kept}


def url_of(record: Record) -> str:
    return f"{record.source}/{record.file}.jsonl"


def state(records: Sequence[Record], side: int) -> State:
    names = {f"{r.source}-{n}": r for n, r in enumerate(records) if r.states[side] != ABSENT}
    kept = {name: "글" + "!" * (r.states[side] - KEPT) for name, r in names.items() if r.states[side] >= KEPT}
    gone = [name for name, r in names.items() if r.states[side] == DUPLICATE]
    return State(names, kept, {name: list(kept)[n % len(kept)] for n, name in enumerate(gone)} if kept else {})


def write(
    folder: Path, found: State, changed_files: Sequence[str], twice: bool
) -> tuple[Build, list[tuple[str, Path]]]:
    """The files of a build, in batches of two, and what was read; `twice`: each kept document has an equal copy, too,
    which is listed as its duplicate and has its id."""
    folder.mkdir()
    shards: dict[str, tuple[Path, str]] = {}
    read = []
    for source in SOURCES:
        rows = [
            dict.fromkeys(SCHEMA.names) | {"id": name, "text": text, "source": source, "url": found.read[name].url}
            | {"origin": f"{url_of(found.read[name])}#{name.partition('-')[2]}", "duplicates": 1}
            for name, text in found.kept.items()
            if found.read[name].source == source
        ]  # fmt: skip
        for number, some in enumerate((rows[:3], rows[3:])):
            path = folder / f"{source}-{number:05d}.arrow"
            pieces = [pa.RecordBatch.from_pylist(some[k : k + 2], schema=SCHEMA) for k in range(0, len(some), 2)]
            write_stream(path, SCHEMA, pieces)
            shards[f"train/{path.name}"] = path, hashlib.sha256(path.read_bytes()).hexdigest()
        for file in (0, 1):
            schema = pa.schema([("id", pa.string())])
            ids = [n for n, r in found.read.items() if (r.source, r.file) == (source, file)]
            read.append((source, folder / f"read-{source}-{file}.arrow"))
            with pa.OSFile(str(read[-1][1]), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
                for name in ids:
                    writer.write_batch(pa.record_batch([pa.array([name])], schema=schema))
    pairs = [*found.gone.items(), *((name, name) for name in found.kept if twice)]
    listed = [
        dict.fromkeys(DUPLICATES_SCHEMA.names)
        | {"id": name, "survivor": best, "origin": f"{url_of(found.read[name])}#{name.partition('-')[2]}"}
        for name, best in pairs
    ]
    pieces = [pa.RecordBatch.from_pylist(listed[k : k + 2], schema=DUPLICATES_SCHEMA) for k in range(0, len(listed), 2)]
    write_stream(folder / "duplicates.arrow", DUPLICATES_SCHEMA, pieces)
    inputs = {url_of(r): "2" if url_of(r) in changed_files else "1" for r in found.read.values()}
    counts = Counter(found.read[name].source for name in found.kept)
    return Build(shards, folder / "duplicates.arrow", {s: counts[s] for s in SOURCES}, inputs, {"s": len(inputs)}), read


def plain(before: State, after: State, inputs: Sequence[dict[str, str]]) -> dict[str, dict[str, str]]:
    """Kind of change → id → source."""

    def order(names: list[str]) -> list[str]:  # that in which pages of one URL are paired
        return [n for _, n in sorted(zip(hash_strings(pa.array(names)).tolist(), names, strict=True))] if names else []

    left = order([name for name in before.kept if name not in after.stays])
    added = order([name for name in after.kept if name not in before.stays])
    paired: dict[str, str] = {}
    for name in added:
        page = after.read[name].source, after.read[name].url
        same = [old for old in left if (before.read[old].source, before.read[old].url) == page]
        same = [old for old in same if old not in paired.values()]
        if page[1] is not None and same:
            paired[name] = same[0]
    left = [name for name in left if name not in paired.values()]
    fresh = [name for name in added if name not in paired]
    old, new = inputs
    same_file = {name for name in fresh if old.get(url_of(after.read[name])) == new[url_of(after.read[name])]}
    both = [name for name in after.kept if name in before.kept]
    kinds = {
        "same": [name for name in both if before.kept[name] == after.kept[name]],
        "changed": [name for name in both if before.kept[name] != after.kept[name]],
        "new version": list(paired),
        "gone": [name for name in left if name not in after.read],
        "duplicate now": [name for name in before.kept if name in after.gone],
        "dropped now": [name for name in left if name in after.read],
        "new": [name for name in fresh if name not in same_file],
        "no duplicate any more": [name for name in after.kept if name in before.gone],
        "kept now": [name for name in fresh if name in same_file],
    }
    return {kind: {name: name.partition("-")[0] for name in names} for kind, names in kinds.items()}


@given(RECORDS, st.sets(st.sampled_from([f"{s}/{n}.jsonl" for s in SOURCES for n in (0, 1)])), st.booleans())
@settings(max_examples=40)
@example(
    [Record("web", n % 2, "a", s) for n, s in enumerate([(KEPT, ABSENT)] * 3 + [(ABSENT, KEPT)] * 2)], set(), False
)
@example([Record("web", 0, "a", (KEPT, ABSENT)), Record("wiki", 0, "a", (ABSENT, KEPT))], set(), False)  # two pages
@example([Record("web", 0, None, (KEPT, KEPT))] * 7 + [Record("wiki", 1, "b", (KEPT, ABSENT))], {"wiki/1.jsonl"}, True)
def test_changes_are_those_of_sets(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record], changed_files: set[str], twice: bool
) -> None:
    folder = tmp_path_factory.mktemp("changes")
    before, after = state(records, 0), state(records, 1)
    old, _ = write(folder / "before", before, (), twice)
    new, read = write(folder / "after", after, sorted(changed_files), twice)
    told = describe_changes(old, new, read, folder / "work")
    kinds = plain(before, after, (dict(old.inputs), dict(new.inputs)))
    for source in SOURCES:
        counts = {kind: list(names.values()).count(source) for kind, names in kinds.items()}
        assert told["sources"][source] == {
            "before": old.documents[source], "after": new.documents[source],
            **{kind: counts[kind] for kind in ("same", "changed", "new version")},
            "added": {kind: counts[kind] for kind in ("new", "no duplicate any more", "kept now")},
            "left": {kind: counts[kind] for kind in ("gone", "duplicate now", "dropped now")},
        }  # fmt: skip
    assert told["total"]["left"]["gone"] == len(kinds["gone"])
    assert told["total"]["same"] == len(kinds["same"])
    for kind, names in kinds.items():
        shown = told["examples"].get(kind, [])
        assert {row["id"] for row in shown} <= names.keys()
        assert len({row["id"] for row in shown}) == len(shown) == (min(len(names), EXAMPLES) if kind != "same" else 0)
        every = before.read | after.read
        assert all(row["source"] == names[row["id"]] for row in shown)
        assert all(row["origin"].rpartition("#")[0] == url_of(every[row["id"]]) for row in shown)
    moved = Counter(
        (before.stays[name], after.stays[name]) for name in before.stays.keys() & after.stays.keys()
        if before.stays[name] != after.stays[name]
    )  # fmt: skip
    most = [((m["was"], m["is"]), m["documents"]) for m in told["survivors"]["most"]]
    assert (told["survivors"]["documents"], told["survivors"]["changes"]) == (moved.total(), len(moved))
    assert [n for _, n in most] == sorted(moved.values(), reverse=True)[:PAIRS]
    assert all(moved[pair] == n for pair, n in most)
    assert told["files"] == {
        "new": {"files": len(new.inputs.keys() - old.inputs), "first": sorted(new.inputs.keys() - old.inputs)},
        "gone": {"files": len(old.inputs.keys() - new.inputs), "first": sorted(old.inputs.keys() - new.inputs)},
        "changed": {"files": len(c := [u for u in new.inputs if old.inputs.get(u, new.inputs[u]) != new.inputs[u]]),
                    "first": sorted(c)},
    }  # fmt: skip


def _two(tmp_path: Path, count: int) -> tuple[Build, Build, list[tuple[str, Path]]]:
    records = [Record("web", 0, None, (DUPLICATE if n else KEPT, KEPT)) for n in range(count)]
    old, _ = write(tmp_path / "before", state(records, 0), (), False)
    new, read = write(tmp_path / "after", state(records, 1), (), False)
    return old, new, read


@pytest.mark.parametrize(("side", "other"), [(0, -1), (0, 1), (1, -1), (1, 1)])
def test_documents_that_are_not_accounted_for_are_an_error(tmp_path: Path, side: int, other: int) -> None:
    *builds, read = _two(tmp_path, 3)
    wrong: Any = {"web": builds[side].documents["web"] + other, "wiki": 0}
    builds[side] = replace(builds[side], documents=wrong)
    with pytest.raises(UnbalancedError, match="changes of web since the last build do not add up"):
        describe_changes(builds[0], builds[1], read, tmp_path / "work")


def test_lists_are_short_and_sorted(tmp_path: Path) -> None:
    """Many changes: the most common ones, a few documents, and the first files by name."""
    old, new, read = _two(tmp_path, 2 * PAIRS)
    names = [f"{n:02d}" for n in reversed(range(FILES + 5))]
    told = describe_changes(old, replace(new, inputs=dict.fromkeys(names, "1")), read, tmp_path / "work")
    assert told["files"]["new"] == {"files": FILES + 5, "first": sorted(names)[:FILES]}
    assert told["files"]["gone"] == {"files": 1, "first": ["web/0.jsonl"]}
    assert (told["survivors"]["changes"], len(told["survivors"]["most"])) == (2 * PAIRS - 1, PAIRS)
    assert len(told["examples"]["no duplicate any more"]) == EXAMPLES
    assert (EXAMPLES, PAIRS, FILES) == (5, 10, 20)


def test_ids_that_share_half_a_hash_are_two() -> None:
    """Hashes of ids and survivors count in full; of equal ids the record that says most stays."""
    one, two, gone = [1, 2, 1, 2, 7, 0], [1, 3, 1, 3, 7, 1], [2, 2, 5, 6, 0, 2]
    records = np.array([gone, two, one, [1, 2, 1, 9, 0, 3]], np.uint64)
    assert _distinct(records).tolist() == [one, two, gone]
    found = _parted(np.array([one, gone], np.uint64), np.array([two, [2, 2, 5, 7, 0, 4]], np.uint64))
    assert {name: places.tolist() for name, places in found.items() if len(places)} == {
        "left": [0],
        "added": [1],
        "moved": [[5, 6, 5, 7, 2, 4]],
    }


def test_two_builds_are_compared_in_as_many_pieces_as_the_larger_needs() -> None:
    small, large = (Build({}, Path("d"), {"a": count, "b": 1}, {}, None) for count in (10, 50_000_000))
    assert partitions_of(small) == 1
    assert partitions_of(small, large) == partitions_of(large, small) == partitions_of(large) > 1

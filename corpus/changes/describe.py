"""The section "since the last build" of stats.json.

Per source: documents before = same + changed + new version + those that left; documents after = same + changed +
new version + those that were added. A new version is another record of the same URL. Documents leave because their
record is gone, because they are duplicates now, or because a rule, a test set or a cut drops them; they are added
because their record is new, because they are no duplicate any more, or because nothing drops them any more.
"""

import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.books import UnbalancedError
from corpus.changes.builds import ROW_BITS, Build
from corpus.changes.compare import Differences, compare
from corpus.engine.marker import differences
from corpus.kernels.hashing import hash_strings, mix_all
from corpus.stored import batches

VERSION = 1
EXAMPLES = 5  # ids of each kind
PAIRS = 10  # changes of a survivor that are named
FILES = 20  # upstream files that are named
COLUMNS = ("id", "origin", "url")
LEFT, ADDED = ("gone", "duplicate now", "dropped now"), ("new", "no duplicate any more", "kept now")


def describe_changes(before: Build, after: Build, read: Sequence[tuple[str, Path]], work: Path) -> dict[str, Any]:
    """What is another in `after`: {"settings", "files", "sources": {name: …}, "total", "survivors", "examples"}.

    `read` names the source and the documents of each part as they were read: a document of these that is not in the
    corpus was dropped. Raises UnbalancedError if the counts of a source do not add up. Memory: what changed, 200 bytes
    a document, and one partition of records.
    """
    found = compare(before, after, work)
    shutil.rmtree(work)
    kinds = _kinds(found, before, after, read)
    names = list(dict.fromkeys([*after.documents, *before.documents]))
    sources = {name: _counts(name, kinds, found.same, before, after) for name in names}
    return {
        "settings": differences(before.settings, after.settings),
        "files": _files(before, after),
        "sources": sources,
        "total": _total(sources.values()),
        "survivors": _survivors(found.moved, before, after),
        "examples": {kind: _examples(told) for kind, told in kinds.items() if told.num_rows},
    }


def _kinds(found: Differences, before: Build, after: Build, read: Sequence[tuple[str, Path]]) -> dict[str, pa.Table]:
    """The documents of each kind of change: source, id, origin, url."""
    left, added = _named(before, found.left), _named(after, found.added)
    old, new = _versions(left, added)
    left, added, version = left.filter(pa.array(~old)), added.filter(pa.array(~new)), added.filter(pa.array(new))
    there = _are_read(left, read)
    known = {url for url, sha256 in before.inputs.items() if after.inputs.get(url) == sha256}
    files = [origin.rpartition("#")[0] for origin in added["origin"].to_pylist()]
    unchanged = np.array([file in known for file in files], bool)
    return {
        "changed": _named(after, found.changed),
        "new version": version,
        "gone": left.filter(pa.array(~there)),
        "duplicate now": _named(before, found.replaced),
        "dropped now": left.filter(pa.array(there)),
        "new": added.filter(pa.array(~unchanged)),
        "no duplicate any more": _named(after, found.freed),
        "kept now": added.filter(pa.array(unchanged)),
    }


def _named(build: Build, places: np.ndarray) -> pa.Table:
    files = (places >> np.uint64(ROW_BITS)).astype(np.int64)
    sources = pa.array(build.sources, pa.string()).take(pa.array(files))
    return build.look_up(places, COLUMNS).append_column("source", sources)


def _versions(left: pa.Table, added: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """bool for each row of both: whether it is paired with a row of the other that has its source and URL."""
    keys = [_page_keys(table) for table in (left, added)]
    pairs = np.intersect1d(*(key[key != 0] for key in keys))
    old, new = (np.isin(key, pairs) for key in keys)
    return old, new


def _page_keys(table: pa.Table) -> np.ndarray:
    """uint64: a hash of source and URL, and of how many rows before have the same; 0 without a URL."""
    pages = pc.binary_join_element_wise(table["source"], pc.fill_null(table["url"], ""), "\n").combine_chunks()
    keys = hash_strings(pages)[:, 0] if len(pages) else np.empty(0, np.uint64)
    order = np.argsort(keys, kind="stable")
    first = np.append(True, keys[order[1:]] != keys[order[:-1]])[: len(keys)]
    starts = np.maximum.accumulate(np.where(first, np.arange(len(keys)), 0)) if len(keys) else order
    keys[order] ^= mix_all((np.arange(len(keys)) - starts).astype(np.uint64))
    return np.where(table["url"].is_null().to_numpy(), np.uint64(0), keys)


def _are_read(left: pa.Table, read: Sequence[tuple[str, Path]]) -> np.ndarray:
    """bool for each row: whether its record was read for this build."""
    ids = left["id"].combine_chunks()
    there = np.zeros(len(ids), bool)
    for source in pc.unique(left["source"]).to_pylist():
        for name, path in read:
            if name == source:
                for batch in batches(path, ["id"]):
                    hits = pc.index_in(batch["id"], ids).drop_null()
                    there[hits.to_numpy(zero_copy_only=False)] = True
    return there


def _counts(name: str, kinds: dict[str, pa.Table], same: Counter[str], before: Build, after: Build) -> dict[str, Any]:
    of = {kind: pc.sum(pc.equal(told["source"], name)).as_py() or 0 for kind, told in kinds.items()}
    counts: dict[str, Any] = {
        "before": before.documents.get(name, 0),
        "after": after.documents.get(name, 0),
        "same": same[name],
        "changed": of["changed"],
        "new version": of["new version"],
        "added": {kind: of[kind] for kind in ADDED},
        "left": {kind: of[kind] for kind in LEFT},
    }
    stay = counts["same"] + counts["changed"] + counts["new version"]
    for end, moved in (("before", "left"), ("after", "added")):
        if counts[end] != stay + sum(counts[moved].values()):
            raise UnbalancedError(f"the changes of {name} since the last build do not add up: {counts}")
    return counts


def _total(sources: Any) -> dict[str, Any]:
    total: dict[str, Any] = {}
    for counts in sources:
        for key, value in counts.items():
            if isinstance(value, dict):
                total[key] = {kind: total.get(key, {}).get(kind, 0) + n for kind, n in value.items()}
            else:
                total[key] = total.get(key, 0) + value
    return total


def _survivors(moved: np.ndarray, before: Build, after: Build) -> dict[str, Any]:
    """How many documents, kept or duplicate, another document stays for now; which took whose place, most documents
    first."""
    pairs, first, counts = np.unique(moved[:, :4], axis=0, return_index=True, return_counts=True)
    most = np.lexsort((*pairs.T[::-1], -counts))[:PAIRS]
    was = [_stays(before, int(place)) for place in moved[first[most], 4].tolist()]
    now = [_stays(after, int(place)) for place in moved[first[most], 5].tolist()]
    named = [
        {"was": one, "is": two, "documents": n} for one, two, n in zip(was, now, counts[most].tolist(), strict=True)
    ]
    return {"documents": len(moved), "changes": len(pairs), "most": named}


def _stays(build: Build, place: int) -> str:
    """The id of the document that stays for the one at a place."""
    duplicate = place >> ROW_BITS == len(build.files) - 1
    column = "survivor" if duplicate else "id"
    return str(build.look_up(np.array([place], np.uint64), [column])[column][0].as_py())


def _examples(told: pa.Table) -> list[dict[str, str]]:
    return told.slice(0, EXAMPLES).select(["id", "source", "origin"]).to_pylist()


def _files(before: Build, after: Build) -> dict[str, Any]:
    """Upstream files that came, left or have another content: how many, and the first FILES of them."""
    lists = {
        "new": [url for url in after.inputs if url not in before.inputs],
        "changed": [url for url, sha256 in after.inputs.items() if before.inputs.get(url, sha256) != sha256],
        "gone": [url for url in before.inputs if url not in after.inputs],
    }
    return {kind: {"files": len(urls), "first": sorted(urls)[:FILES]} for kind, urls in lists.items()}

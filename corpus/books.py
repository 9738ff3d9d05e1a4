"""The books (the accounts) of a corpus: per source and stage, the documents in equal the documents kept plus those
dropped for each reason.

Every number is counted where it arises (corpus/prepare.py, corpus/duplicates/match.py, corpus/commit.py). This file
adds the numbers and raises an error if a document is missing or counted twice. The two sides of a balance never come
from the same file: the number that a task reports is compared with the rows that the next task finds.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from corpus.engine.task import TaskRecord

STAGES = ("read", "clean", "deduplicate", "trim", "output")


@dataclass(frozen=True)
class Found:
    """Documents per source as counted in the files between the stages, not as reported by tasks."""

    cleaned: Mapping[str, int]  # rows of the clean parts
    unmatched: Mapping[str, int]  # rows of the trimmed parts that the list of duplicates does not name
    planned: Mapping[str, int]  # rows assigned to the shards
    matched: Mapping[str, int]  # of all sources together, as matching counted: "documents", "exact", "near"


class UnbalancedError(RuntimeError):
    """The books do not balance: an error of the program, never of the data."""


def open_books(
    sources: Sequence[str],
    part_sources: Sequence[str],
    read: Sequence[TaskRecord],
    clean: Sequence[TaskRecord],
    trimmed: Sequence[TaskRecord],
    duplicates: Mapping[str, Mapping[str, int]],
    duplicate_bytes: Mapping[str, int],
    shards: Mapping[str, Sequence[TaskRecord]],
    found: Found,
) -> dict[str, Any]:
    """stats.json: {"sources": {name: {stage: {…}}}, "total": {stage: {…}}}, checked.

    `part_sources` names the source of each read, clean and trim task; `duplicates` counts dropped documents per source
    and kind; `shards` are the written shards per source, train and validation together; `found` are the counts of the
    files. Raises UnbalancedError.
    """
    books: dict[str, Any] = {}
    for name in sources:
        mine = [i for i, source in enumerate(part_sources) if source == name]
        reads, cleans, trims = ([stage[i].result for i in mine] for stage in (read, clean, trimmed))
        written = [record.result for record in shards.get(name, ())]
        kinds = duplicates.get(name, {})
        bytes_clean = _sum(cleans, "bytes")
        bytes_kept = bytes_clean - duplicate_bytes.get(name, 0)
        cleaned, unmatched = found.cleaned.get(name, 0), found.unmatched.get(name, 0)
        books[name] = {
            "read": {
                "in": _sum(reads, "records"),
                "kept": _sum(reads, "documents"),
                "unreadable": _merge(reads, "unreadable"),
                "skipped": _merge(reads, "skipped"),
                "bytes_in": _sum(reads, "bytes"),
                "bytes_kept": _sum(reads, "normalised_bytes"),
                "repairs": _merge(reads, "repairs"),
                "notes": _merge(reads, "notes"),
                "parts": len(mine),
            },
            "clean": {
                "in": _sum(cleans, "documents_in"),
                "kept": _sum(cleans, "documents"),
                "dropped": _merge(cleans, "dropped"),
                "bytes_in": _sum(cleans, "bytes_in"),
                "bytes_kept": bytes_clean,
                "bytes_dropped": _merge(cleans, "dropped_bytes"),
                "languages": _merge(cleans, "languages"),
                "redacted": _merge(cleans, "redacted"),
                "boilerplate": _merge(cleans, "boilerplate"),
            },
            "deduplicate": {
                "in": cleaned,
                "kept": cleaned - sum(kinds.values()),
                "dropped": {kind: kinds[kind] for kind in sorted(kinds)},
                "bytes_in": bytes_clean,
                "bytes_kept": bytes_kept,
            },
            "trim": {
                "in": unmatched,
                "kept": found.planned.get(name, 0),
                "dropped": _merge(trims, "dropped"),
                "documents_cut": _sum(trims, "cut_documents"),
                "bytes_in": bytes_kept,
                "bytes_kept": bytes_kept - _sum(trims, "dropped_bytes") - _sum(trims, "cut_bytes"),
                "bytes_cut": _sum(trims, "cut_bytes"),
            },
            "output": {
                "documents": _sum(written, "rows"),
                "bytes": _sum(written, "bytes"),
                "shards": len(written),
                **{
                    key: _merge(written, key)
                    for key in ("languages", "language_bytes", "licenses", "license_documents")
                },
            },
        }
        _check(name, books[name])
    total = _total(books)
    counted, matched = total["deduplicate"], found.matched
    named = [(f"duplicates, {kind}", matched[kind], counted["dropped"].get(kind, 0)) for kind in ("exact", "near")]
    _balance("all sources", [("documents matched", matched["documents"], counted["in"]), *named])
    return {"sources": books, "total": total}


def _check(name: str, book: Mapping[str, Mapping[str, Any]]) -> None:
    read, clean, deduplicated, trim, output = (book[stage] for stage in STAGES)
    claims = [
        ("read", read["in"], read["kept"] + sum(read["unreadable"].values()) + sum(read["skipped"].values())),
        ("read → clean", read["kept"], clean["in"]),
        ("clean", clean["in"], clean["kept"] + sum(clean["dropped"].values())),
        ("clean → deduplicate", clean["kept"], deduplicated["in"]),
        ("deduplicate → trim", deduplicated["kept"], trim["in"]),
        ("trim", trim["in"], trim["kept"] + sum(trim["dropped"].values())),
        ("trim → output", trim["kept"], output["documents"]),
        ("trim → output, bytes", trim["bytes_kept"], output["bytes"]),
    ]
    _balance(name, claims)


def _balance(name: str, claims: Sequence[tuple[str, int, int]]) -> None:
    for stage, left, right in claims:
        if left != right:
            raise UnbalancedError(
                f"the books of {name} do not balance at {stage}: {left} came in, {right} are accounted for"
            )


def _sum(results: Sequence[Mapping[str, Any]], key: str) -> int:
    return sum(result[key] for result in results)


def _merge(results: Sequence[Mapping[str, Any]], key: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for result in results:
        counts.update(result[key])
    return {name: counts[name] for name in sorted(counts)}


def _total(books: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, dict[str, Any]]:
    total: dict[str, dict[str, Any]] = {}
    for stage in STAGES:
        sums: dict[str, Any] = {}
        for book in books.values():
            for key, value in book[stage].items():
                if isinstance(value, Mapping):
                    merged = Counter(sums.get(key, {}))
                    merged.update(value)
                    sums[key] = dict(sorted(merged.items()))
                else:
                    sums[key] = sums.get(key, 0) + value
        total[stage] = sums
    return total

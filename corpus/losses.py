"""Warnings about sources of which little could be read or was kept.

The usual cause of a source that lost almost everything is a wrong field, encoding or language in the recipe, although
the build itself succeeds. So these sentences are printed above the summary and are first in the report.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from corpus.quantities import percent

UNREADABLE = 0.1  # share of a source's records; real dumps and crawls have below 0.001
KEPT = 0.1  # share of the records; the strictest real source, raw Common Crawl, keeps about 0.2
TEXT = 0.5  # share of the bytes of text


def warnings(stats: Mapping[str, Any]) -> list[str]:
    """One sentence for each source that lost much of its text, from the books of corpus/books.py."""
    return [told for name, book in stats["sources"].items() if (told := _warning(name, book))]


def _warning(name: str, book: Mapping[str, Any]) -> str | None:
    read, output = book["read"], book["output"]
    records = read["in"] - sum(read["skipped"].values())
    if not records:
        why = f": {_largest(read['skipped'])}" if read["skipped"] else ""
        return f"source {name!r} holds no document: {read['in']:,} records, all skipped{why}." if read["in"] else (
            f"source {name!r} holds no record. Look at the files that the recipe names."
        )  # fmt: skip
    if (lost := sum(read["unreadable"].values())) >= UNREADABLE * records:
        return (
            f"source {name!r}: {lost:,} of {records:,} records ({percent(lost / records, 0)}) could not be read,"
            f" mostly: {_largest(read['unreadable'])}. They are in rejects/{name}.unreadable.jsonl; check"
            " fields and encoding in the recipe."
        )
    if output["documents"] < KEPT * records:
        dropped: Counter[str] = Counter(book["clean"]["dropped"])
        dropped.update({f"{kind} duplicate": n for kind, n in book["deduplicate"]["dropped"].items()})
        dropped.update(book["trim"]["dropped"])
        return (
            f"source {name!r}: {output['documents']:,} of {records:,} records are kept"
            f" ({percent(output['documents'] / records)}); most are dropped for: {_largest(dropped)}."
        )
    if output["bytes"] < TEXT * read["bytes_in"]:
        gone = Counter(book["clean"]["bytes_dropped"])
        gone["duplicates"] = book["deduplicate"]["bytes_in"] - book["deduplicate"]["bytes_kept"]
        gone["repeated passages and test items"] = book["trim"]["bytes_in"] - book["trim"]["bytes_kept"]
        kept = output["bytes"] / read["bytes_in"]
        return f"source {name!r}: {percent(kept, 0)} of its text is kept; most is dropped for: {_largest(gone)}."
    return None


def _largest(counts: Mapping[str, int]) -> str:
    return max(sorted(counts), key=lambda name: counts[name])

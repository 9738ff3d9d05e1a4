"""report.html: the kept and dropped documents of every step, on one self-contained page.

It is made from the finished corpus folder (books, duplicates, rejects), without network, so that it opens anywhere; its
one script filters samples. Two reports can be compared with diff.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from corpus.changes import LAST_BUILD
from corpus.html import write_page
from corpus.lines import read_lines
from corpus.losses import warnings
from corpus.quantities import megabytes
from corpus.recipe import Recipe
from corpus.verdicts import name_of

EXAMPLES = 5  # shown per reason and kind


def write_report(
    out: Path,
    recipe: Recipe,
    stats: Mapping[str, Any],
    rules: Sequence[Mapping[str, Any]],
    matches: Mapping[str, Any],
    boilerplate: Path,
) -> None:
    """Write OUT/report.html from the stats, the effects of the rules (corpus/verdicts.py), the result of
    matching (corpus/duplicates/report.py), the task folder of the learned boilerplate, and the files in OUT."""
    filters: dict[str, Any] = {
        "bytes": megabytes,
        "count": lambda n: f"{n:,}",
        "figure": figure,
        "reason": name_of,
    }
    write_page(
        out / "report.html",
        "corpus",
        "corpus.html",
        filters,
        recipe=recipe,
        stats=stats,
        total=stats["total"],
        warnings=warnings(stats),
        since=stats.get(LAST_BUILD),
        stages=stages(stats["total"]),
        lengths=stats.get("lengths", {"from": [], "languages": {}}),
        rules={rule["rule"]: rule for rule in rules},
        bars=bars,
        funnels={name: funnel(book) for name, book in stats["sources"].items()},
        matrix=_matrix(matches),
        sizes=size_classes(matches["sizes"]),
        clusters=matches["largest"],
        contained=_contained(out / "contained.arrow"),
        rejects=_rejects(out / "rejects", [source.name for source in recipe.sources]),
        contamination=_contamination(out / "contamination.json"),
        boilerplate=_boilerplate(boilerplate),
    )


def stages(total: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """The corpus after each stage: (what it is then, documents, bytes of text)."""
    read, clean, matched, trim = (total[name] for name in ("read", "clean", "deduplicate", "trim"))
    return [
        ("records read", read["in"], read["bytes_in"]),
        ("readable and normalised", read["kept"], read["bytes_kept"]),
        ("kept by the rules", clean["kept"], clean["bytes_kept"]),
        ("without duplicates", matched["kept"], matched["bytes_kept"]),
        ("without repeated passages and test items", trim["kept"], trim["bytes_kept"]),
    ]


def bars(group: Mapping[str, Any], side: str) -> dict[str, Any]:
    """A histogram of corpus/verdicts.py as a drawing of 240 × 60 units: bars as (x, height, dropped, documents, from),
    and where the limit is. Heights are square roots, so that the few near the limit are seen beside the many."""
    counts, width, limit = group["counts"], group["width"], group["limit"]
    unit, tallest = 240 / len(counts), max(*counts, 1)
    drawn = []
    for place, count in enumerate(counts):
        middle = (place + 0.5) * width
        gone = middle < limit if side == "min" else middle > limit
        drawn.append((place * unit, 60 * (count / tallest) ** 0.5, gone, count, place * width))
    return {"bars": drawn, "unit": unit, "limit": min(240.0, limit / width * unit), "end": len(counts) * width}


def figure(value: float) -> str:
    """A statistic or a limit for people: 0.0313, 1,000."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"


def funnel(book: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """The records of a source as (kind, detail, records), kept ones first; the counts add up to the records read."""
    ends = {
        "duplicate": {f"{kind} duplicate": n for kind, n in book["deduplicate"]["dropped"].items()},
        "dropped": book["clean"]["dropped"] | book["trim"]["dropped"],
        "skipped": book["read"]["skipped"],
        "unreadable": book["read"]["unreadable"],
    }
    steps = [("kept", f"kept: {book['output']['documents']:,}", book["output"]["documents"])]
    for kind, reasons in ends.items():
        largest = sorted(reasons.items(), key=lambda item: -item[1])
        steps.append((kind, ", ".join(f"{reason}: {n:,}" for reason, n in largest), sum(reasons.values())))
    return steps


def _matrix(matches: Mapping[str, Any]) -> dict[tuple[str, str], tuple[int, int]]:
    """(dropped source, survivor's source) → (documents, bytes), of all kinds together."""
    cells: dict[tuple[str, str], tuple[int, int]] = {}
    for row in matches["matrix"]:
        key = row["source"], row["survivor_source"]
        documents, size_so_far = cells.get(key, (0, 0))
        cells[key] = documents + row["documents"], size_so_far + row["bytes"]
    return cells


def size_classes(sizes: Mapping[int, int]) -> list[tuple[str, int, int]]:
    """Clusters by number of documents, in classes that double: (class, clusters, documents in them)."""
    classes: dict[int, tuple[int, int]] = {}
    for members, clusters in sizes.items():
        first = 1 << (members.bit_length() - 1)
        known = classes.get(first, (0, 0))
        classes[first] = known[0] + clusters, known[1] + members * clusters
    names = {first: f"{first:,}" if first == 1 else f"{first:,} – {2 * first - 1:,}" for first in classes}
    return [(names[first], *classes[first]) for first in sorted(classes)]


def _contained(path: Path) -> dict[str, Any] | None:
    """The number of documents that are in longer ones, by source and container's source, and the longest; None if they
    were not searched."""
    if not path.is_file():
        return None
    with pa.memory_map(str(path)) as source:
        table = pa.ipc.open_stream(source).read_all()
    keys = ["source", "container_source"]
    grouped = table.group_by(keys, use_threads=False).aggregate([("bytes", "count"), ("bytes", "sum")])
    order = pc.sort_indices(grouped, [(key, "ascending") for key in keys])
    return {
        "documents": table.num_rows,
        "pairs": grouped.take(order).to_pylist(),
        "longest": table.slice(0, 20).to_pylist(),
    }


def _rejects(folder: Path, sources: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Reason → a few dropped documents, over all sources in turn."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name in sources:
        seen: Counter[str] = Counter()
        for path in (folder / f"{name}.jsonl", folder / f"{name}.unreadable.jsonl"):
            with path.open(encoding="utf-8", newline="\n") as lines:
                for line in lines:
                    entry = json.loads(line)
                    seen[entry["reason"]] += 1
                    if seen[entry["reason"]] <= EXAMPLES:
                        found.setdefault(entry["reason"], []).append(entry | {"source": name})
    return {reason: found[reason] for reason in sorted(found)}


def _contamination(path: Path) -> dict[str, Any]:
    """Evaluation task → items found, documents and examples, as corpus/contamination/find.py reports them; empty if
    there was no search."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _boilerplate(folder: Path) -> list[dict[str, Any]]:
    path = folder / "learned.jsonl"
    if not path.is_file():
        return []
    entries = [json.loads(line) for line in read_lines(path)]
    return sorted(entries, key=lambda entry: (-entry["documents"], entry["line"]))[:100]

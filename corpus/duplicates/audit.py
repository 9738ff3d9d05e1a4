"""The audit of a deduplication: removed pairs of every similarity, side by side, for a person to judge.

In another project unverified MinHash removed two of three documents wrongly before anybody looked at them. So every
deduplication and every build of a corpus writes a page (`hanji audit` another one, corpus/audit.py): a seeded sample
of removed pairs from each band of similarity, and the precision computed from the verdicts (corpus/review.py). Exact
duplicates are equal texts and are not sampled.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.duplicates.documents import Documents
from corpus.duplicates.job import MatchSettings
from corpus.engine.task import read_json, write_json
from corpus.quantities import percent
from corpus.review import marked, sample, write_review

EDGES = (0.0, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
NAMES = ("id", "source", "origin")  # of a document of a corpus
DRAWN = 20  # pairs of each band
GONE = "(its text is no longer at the indexed place)"


def bands(found: pa.Table) -> dict[str, np.ndarray]:
    """The near-duplicates of `found` (kind, similarity; `estimated` if an index was searched) by band of similarity:
    name → int64 places in it, ascending by similarity; empty bands are left out."""
    near = pc.equal(found["kind"], "near").to_numpy().astype(bool)
    estimated = np.zeros(len(near), bool)
    if "estimated" in found.column_names:
        estimated = found["estimated"].to_numpy()
    similarity = found["similarity"].to_numpy()
    which = np.searchsorted(EDGES, similarity + 1e-6, side="right") - 1
    named = {}
    for band, low in enumerate(EDGES):
        text = f"Similarity {low:.2f} to {EDGES[band + 1]:.2f}" if low < 1 else "Similarity 1: the same shingles"
        named[text] = near & ~estimated & (which == band)
        named[f"{text}, estimated from signatures"] = near & estimated & (which == band)
    return {name: np.flatnonzero(chosen) for name, chosen in named.items() if chosen.any()}


def write_audit(
    page: Path,
    summary: Path,
    found: pa.Table,
    listed: Callable[[np.ndarray], list[dict[str, Any]]],
    documents: Documents,
    known_text: Callable[[int], str | None],
    settings: MatchSettings,
    counts: dict[str, Any],
    seed: int = 1,
    drawn: int | None = None,
) -> None:
    """Write the page, and its content as JSON: per band its name, its number of pairs (`size`) and the pairs drawn.

    `found` has row and survivor (numbers of `documents`), kind and similarity, and `known` if an index was searched,
    whose texts `known_text` returns; `listed` is the same by file and row, for some rows of `found`. At most `drawn`
    pairs of each band (DRAWN) are shown.
    """
    groups: list[dict[str, Any]] = []
    for name, chosen in sample(members := bands(found), drawn or DRAWN, seed).items():
        pairs = [
            _pair(told, *_texts(found, place, documents, known_text), str(place))
            for told, place in zip(listed(chosen), chosen.tolist(), strict=True)
        ]
        groups.append({"name": name, "size": len(members[name]), "pairs": pairs})
    write_json(
        summary,
        {
            "seed": seed,
            "threshold": settings.threshold,
            "short_threshold": settings.short_threshold,
            "groups": [
                {
                    "name": group["name"],
                    "size": group["size"],
                    "pairs": [{"id": pair["id"], **pair["record"]} for pair in group["pairs"]],
                }
                for group in groups
            ],
        },
    )
    near = sum(group["size"] for group in groups)
    rows = [[group["name"], f"{group['size']:,}", percent(group["size"] / near)] for group in groups]
    write_review(
        page,
        {
            "title": "Documents removed as duplicates",
            "about": [
                "The first text of a pair was removed, the second stays. Words that only one"
                " of them has are marked; white space and capitals are ignored.",
                f"Texts are duplicates from a Jaccard similarity of {settings.threshold:g} on, texts of one or two"
                f" sentences from {settings.short_threshold:g} on. Equal texts are not sampled.",
            ],
            "figures": [
                (f"{counts['records']:,}", "records"),
                (f"{counts['exact']:,}", "removed as equal"),
                (f"{counts['near']:,}", "removed as nearly equal"),
                (f"{counts['kept']:,}", "kept"),
            ],
            "tables": [("Near-duplicates by similarity", ["similarity", "removed", "share"], rows)],
            "question": "Was it right to remove one of them?",
            "answers": ("yes, the same", "no, different"),
            "groups": groups,
        },
    )


def audit_match(
    folder: Path,
    duplicates: pa.Table,
    documents: Documents,
    settings: MatchSettings,
    counts: dict[str, Any],
    seed: int = 1,
    drawn: int | None = None,
) -> None:
    """Write audit.html and audit.json of a corpus to a folder: `duplicates` has the columns of match.DUPLICATES, and
    `counts` records, exact, near and kept."""
    found = pa.table(
        {
            "row": documents.numbers(duplicates["part"].to_numpy(), duplicates["row"].to_numpy()),
            "survivor": documents.numbers(
                duplicates["survivor_part"].to_numpy(), duplicates["survivor_row"].to_numpy()
            ),
            "kind": duplicates["kind"],
            "similarity": duplicates["similarity"],
        }
    )

    def listed(rows: np.ndarray) -> list[dict[str, Any]]:
        return [_named(documents, row) for row in found.take(pa.array(rows)).to_pylist()]

    pages = folder / "audit.html", folder / "audit.json"
    write_audit(*pages, found, listed, documents, lambda _: None, settings, counts, seed, drawn)
    write_json(pages[1], counts | read_json(pages[1]))


def _named(documents: Documents, row: dict[str, Any]) -> dict[str, Any]:
    """A removed document and its survivor by id, source, file and row."""
    told: dict[str, Any] = {"kind": row["kind"], "similarity": row["similarity"]}
    for side, number in (("", row["row"]), ("survivor_", row["survivor"])):
        one = {name: documents.take(name, np.array([number]))[0].as_py() for name in NAMES}
        file, _, place = one.pop("origin").rpartition("#")
        told |= {f"{side}{name}": value for name, value in one.items()} | {
            f"{side}file": file,
            f"{side}row": int(place),
        }
    return told


def _texts(
    found: pa.Table, place: int, documents: Documents, known_text: Callable[[int], str | None]
) -> tuple[str, str]:
    left = documents.take("text", np.array([found["row"][place].as_py()]))[0].as_py()
    survivor = found["survivor"][place].as_py()
    if survivor is None:
        return left, known_text(found["known"][place].as_py()) or GONE
    return left, documents.take("text", np.array([survivor]))[0].as_py()


def _pair(told: dict[str, Any], left: str, right: str, name: str) -> dict[str, Any]:
    runs = ([(left, "same")], [(right, "gap")]) if right == GONE else marked(left, right)
    record = {key: round(value, 4) if isinstance(value, float) else value for key, value in told.items()}
    estimated = ", estimated" if told.get("estimated") else ""
    sizes = f"{len(left):,} characters" + ("" if right == GONE else f" against {len(right):,}")
    return {
        "id": name,
        "record": record,
        "facts": [f"similarity {told['similarity']:.3f}{estimated}", sizes],
        "left": {"title": f"removed: {_name(told, '')}", "runs": runs[0]},
        "right": {"title": f"stays: {_name(told, 'survivor_')}", "runs": runs[1]},
    }


def _name(told: dict[str, Any], side: str) -> str:
    where = f"{told[f'{side}file']}, row {told[f'{side}row']}"
    dataset = told.get("survivor_dataset") if side else None
    named = told.get(f"{side}id")
    return "".join([f"{named} (" if named else "", where, f" of {dataset}" if dataset else "", ")" if named else ""])

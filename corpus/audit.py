"""Another audit of a finished corpus than the page that it was built with: more pairs, or others.

The page is that of a deduplication (corpus/duplicates/audit.py). The texts of removed documents are in the corpus's
.work, as they were compared.
"""

from pathlib import Path
from typing import Any

from corpus.duplicates.audit import audit_match
from corpus.duplicates.documents import Documents
from corpus.engine.marker import Maker, read_result
from corpus.engine.output import claim
from corpus.engine.task import file_sha256, read_manifest
from corpus.errors import UserError
from corpus.trace import Stages

MAKER = Maker("audit", "an audit of a corpus")


def audit_corpus(corpus: Path, out: Path, drawn: int = 20, seed: int = 1, overwrite: bool = False) -> dict[str, Any]:
    """Write audit.html and audit.json to the folder `out`: at most `drawn` pairs of each band of similarity.

    Returns how many documents were removed, and the bands. Raises UserError for a folder that is not a finished corpus,
    has no .work, or whose .work is that of another build.
    """
    stages = Stages.open(corpus)
    with claim(out, MAKER, _identity(stages, drawn, seed), overwrite) as folder:
        if not folder.done:
            staged = folder.staging()
            counts = _counts(stages)
            documents = Documents.open([stages.documents("clean", part).parent for part in stages.parts], signed=False)
            audit_match(staged, stages.duplicates, documents, stages.recipe.match, counts, seed, drawn)
            folder.publish(staged, "audit.json")
    told = read_result(out, "audit.json")
    bands = {group["name"]: group["size"] for group in told["groups"]}
    pairs = sum(len(group["pairs"]) for group in told["groups"])
    return {name: told[name] for name in ("records", "exact", "near", "kept")} | {"bands": bands, "pairs": pairs}


def _identity(stages: Stages, drawn: int, seed: int) -> dict[str, Any]:
    path = stages.corpus / "duplicates.arrow"
    return {"corpus": str(stages.corpus.resolve()), "duplicates": file_sha256(path), "pairs": drawn, "seed": seed}


def _counts(stages: Stages) -> dict[str, int]:
    """Records that were compared, removed and kept. Raises UserError if .work counts others than the corpus."""
    book = read_result(stages.corpus, "stats.json")["total"]["deduplicate"]
    counts = {"records": book["in"]} | {kind: book["dropped"].get(kind, 0) for kind in ("exact", "near")}
    made = read_manifest(stages.work / "match" / "result")
    matched = made["result"] if made else {}
    if matched != {"documents": counts["records"], "exact": counts["exact"], "near": counts["near"]}:
        raise UserError(
            f"{stages.corpus}: its .work is that of another build, which was interrupted. Complete that build, or run"
            " the one of the corpus again."
        )
    return counts | {"kept": book["kept"]}

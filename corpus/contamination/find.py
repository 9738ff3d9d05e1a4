"""Contamination: find test items in the training text by coverage, report them per task, and cut or drop them.

    index    evaluation sets → seeds                                (corpus/contamination/index.py)
    scan     per part: which pieces of which items a document covers, while it is cleaned (corpus/contamination/scan.py)
    decide   over all parts: what is a leak, and per part what to cut

A piece of an item is found in a document when the share `coverage` of its seeds is close together there. That alone is
not a leak: in an audit of another corpus 88 of 114 flagged sources were false alarms. So there are three guards:

    short      pieces below `syllables` or `words` are too short to decide ("맛있어요", "Yes, they do"): a document must
               contain at least two of one item, and together they must be as long
    common     a piece found in more than `common` documents is a saying, a headline or boilerplate, not a leak
    background a paragraph that the test took from another text (Wikipedia in BoolQ) is reported, but is not a leak

The report counts items per task by verdict, with examples side by side to check.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from corpus.contamination.evaluation_set import EvaluationSet
from corpus.contamination.index import SYLLABLES, WORDS, Table, build_index, load_index
from corpus.contamination.scan import FOUND, is_scanned, scan_part, with_seeds
from corpus.contamination.sets import evaluation_sets
from corpus.download.locator import Locator
from corpus.duplicates.documents import DOCUMENTS
from corpus.engine.local import Engine
from corpus.engine.task import read_manifest, run_task, write_json
from corpus.repeats.cuts import CUTS, write_cuts

VERSION = 1
EXAMPLES = 5  # per task and verdict
LEAK, SHORT, COMMON, BACKGROUND = VERDICTS = ("leak", "short", "common", "background")


class ContaminationSettings(BaseModel):
    """Which tests must not be in the training text, and what happens to the text found."""

    model_config = ConfigDict(extra="forbid")

    sets: list[str | EvaluationSet] = []  # "kobest", "klue", "english", "korean", one of their tasks, or a table
    remove: Literal["document", "span", "nothing"] = "document"
    coverage: float = Field(default=0.7, gt=0, le=1)
    # 13 words is GPT-3's n; 20 syllables are about 7 eojeol and as much text. Shorter sentences are repeated by chance.
    syllables: int = Field(default=20, ge=SYLLABLES)
    words: int = Field(default=13, ge=WORDS)
    common: int = Field(default=10, ge=1)  # GPT-3 ignored n-grams in more than ten documents


def _weight(table: Table, settings: ContaminationSettings) -> np.ndarray:
    """float64[pieces]: units as a share of the least length of a leak (1 and more: long enough alone)."""
    least = np.where(table.pieces["korean"].to_numpy(), settings.syllables, settings.words)
    return table.pieces["units"].to_numpy() / least


def prepare_index(settings: ContaminationSettings, locator: Locator, work: Path) -> Path | None:
    """The index of the chosen sets, in the folder `work`; None if no set is chosen.

    Raises UserError for a missing file or field.
    """
    return build_index(evaluation_sets(settings.sets), locator, work / "index") if settings.sets else None


def scan_folder(work: Path, part: Path) -> Path:
    """The folder of the scan of a part."""
    return work / "scan" / part.name


def find_contamination(
    parts: Sequence[Path], settings: ContaminationSettings, engine: Engine, index: Path, work: Path
) -> list[Path]:
    """Decide what is a leak: per part a folder with `cuts.arrow` (corpus/repeats/cuts.py), and one
    `work/settled/report.json`.

    Each part is a folder with `documents.arrow`; parts that were not scanned while they were cleaned are scanned now.
    Call it between match and commit. The cuts do not depend on the number of workers.
    """
    items = [(part, index, settings.coverage, scan_folder(work, part)) for part in parts]
    # Most parts were scanned while they were cleaned: that is no work of this step, neither new nor done before.
    todo = [item for item in items if not is_scanned(*item)]
    if todo:
        list(engine.map(_scan_item, todo, name="contamination", describe=lambda item: str(item[0])))
    found = [folder / "found.arrow" for *_, folder in items]
    # The places can be the same and the report not: other items that nothing was found of, other texts around a place.
    scans = [manifest["fingerprint"] for path in found if (manifest := read_manifest(path.parent))]
    run_task(
        work / "settled",
        partial(_settle, parts, found, index, settings),
        inputs=found,
        settings=[settings.model_dump(), scans],
        version=VERSION,
    )
    return [work / "settled" / f"{number:05d}" for number in range(len(parts))]


def _scan_item(item: tuple[Path, Path, float, Path]) -> Path:
    return scan_part(*item)


def _settle(
    parts: Sequence[Path], found: Sequence[Path], index: Path, settings: ContaminationSettings, out: Path
) -> dict[str, Any]:
    every, table, verdict = judged(found, index, settings)
    bounds = np.searchsorted(every["part"].to_numpy(), np.arange(len(parts) + 1)).tolist()
    for number, (first, last) in enumerate(pairwise(bounds)):
        (out / f"{number:05d}").mkdir()
        leaks = every.slice(first, last - first).filter(pa.array(verdict[first:last] == LEAK))
        leaks = leaks.slice(0, 0) if settings.remove == "nothing" else leaks
        whole = settings.remove == "document"
        starts = pa.array(np.zeros(leaks.num_rows, np.int64)) if whole else leaks["start"]
        ends = pa.array(np.full(leaks.num_rows, -1)) if whole else leaks["end"]
        kinds = pa.repeat("contamination", leaks.num_rows)
        write_cuts(out / f"{number:05d}", pa.table([leaks["row"], starts, ends, kinds], schema=CUTS))
    write_json(out / "report.json", _report(parts, every, table, verdict, settings))
    return {"found": every.num_rows, "leaks": int((verdict == LEAK).sum())}


def judged(found: Sequence[Path], index: Path, settings: ContaminationSettings) -> tuple[pa.Table, Table, np.ndarray]:
    """What was found in each part (schema FOUND with `part`), the index, and one of VERDICTS for each row."""
    table = load_index(index)
    numbered = [_read(path) for path in found]
    numbered = [t.append_column("part", pa.array(np.full(t.num_rows, i, np.int32))) for i, t in enumerate(numbered)]
    every = pa.concat_tables([FOUND.append(pa.field("part", pa.int32())).empty_table(), *numbered])
    return every, table, judge(every, table, settings)


def judge(every: pa.Table, table: Table, settings: ContaminationSettings) -> np.ndarray:
    """One of VERDICTS for each row of FOUND with `part`."""
    piece = every["piece"].to_numpy()
    names = table.pieces["task"].to_numpy(zero_copy_only=False), table.pieces["item"].to_numpy()
    items = np.unique([f"{task}#{item}" for task, item in zip(*names, strict=True)], return_inverse=True)[1]
    weight = _weight(table, settings)
    background = table.pieces["background"].to_numpy()[piece]
    times = np.bincount(piece, minlength=table.pieces.num_rows)[piece] if len(piece) else piece
    common = times > settings.common
    # The weights of short pieces of one item in one document are added: each is below 1, so at least two are needed.
    short = (weight[piece] < 1) & ~background & ~common
    keys = np.column_stack([every["part"].to_numpy(), every["row"].to_numpy(), items[piece]])
    together = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1) if len(piece) else piece
    sums = np.bincount(together, weights=np.where(short, weight[piece], 0))[together] if len(piece) else weight[piece]
    alone = np.where(short & (sums < 1), SHORT, LEAK)
    return np.where(background, BACKGROUND, np.where(common, COMMON, alone))


def _read(path: Path) -> pa.Table:
    with pa.OSFile(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


def _report(
    parts: Sequence[Path], every: pa.Table, table: Table, verdict: np.ndarray, settings: ContaminationSettings
) -> dict[str, Any]:
    """Per task: all items, items too short to decide even as a whole, items and documents by verdict, and examples side
    by side."""
    task, item = (table.pieces[name].to_numpy(zero_copy_only=False) for name in ("task", "item"))
    useful = with_seeds(table) & ~table.pieces["background"].to_numpy()
    weight = np.where(useful, _weight(table, settings), 0)
    report: dict[str, Any] = {}
    rows: dict[str, list[tuple[dict[str, Any], str]]] = defaultdict(list)
    for row, kind in zip(every.to_pylist(), verdict.tolist(), strict=True):
        rows[task[row["piece"]]].append((row, kind))
    for name in dict.fromkeys(task.tolist()):
        mine = task == name
        longest = np.zeros(item[mine].max(initial=-1) + 1)
        np.add.at(longest, item[mine], weight[mine])
        hit: dict[str, set[int]] = defaultdict(set)
        documents: dict[str, set[tuple[int, int]]] = defaultdict(set)
        examples: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row, kind in rows[name]:
            piece = row["piece"]
            if item[piece] not in hit[kind] and len(examples[kind]) < EXAMPLES:
                examples[kind].append(_example(parts, row, table))
            hit[kind].add(int(item[piece]))
            documents[kind].add((row["part"], row["row"]))
        report[name] = {
            "items": len(longest),
            "too short to tell": int((longest < 1).sum()),
            "items hit": {kind: len(hit[kind]) for kind in VERDICTS},
            "documents": {kind: len(documents[kind]) for kind in VERDICTS},
            "examples": dict(examples),
        }
    return report


def _example(parts: Sequence[Path], row: dict[str, Any], table: Table) -> dict[str, Any]:
    piece = table.pieces.slice(row["piece"], 1).to_pylist()[0]
    with pa.memory_map(str(parts[row["part"]] / DOCUMENTS)) as source:
        documents = pa.ipc.open_file(source).read_all().slice(row["row"], 1).to_pylist()[0]
    data = documents["text"].encode()
    around = data[max(0, row["start"] - 60) : row["end"] + 60].decode("utf-8", "ignore")
    return {
        "field": piece["field"],
        "item": piece["item"],
        "test": piece["text"][:400],
        "document": documents.get("id", ""),
        "origin": documents.get("origin", ""),
        "text": around[:600],
        "coverage": round(float(row["coverage"]), 3),
    }
